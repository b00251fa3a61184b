"""The statistics against R: its own functions and its psych package.

tests/fixtures/analysis/reference.R made the numbers, and says how; no R is needed here.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from smtraining.analysis import choices, items, judgement
from smtraining.analysis.reliability import Reliability, feldt, reliability
from smtraining.analysis.samples import correlation_interval

FOLDER = Path(__file__).parent / "fixtures" / "analysis"
R = {row["name"]: float(row["value"]) for row in csv.DictReader((FOLDER / "reference.csv").open(encoding="utf-8"))}
MOST = pd.Series({"d1": 1.0, "d2": 1.0, "d3": 1.0, "d4": 1.0, "d5": 1.0, "d6": 1.0, "p1": 4.0, "p2": 3.0, "p3": 6.0})
DICHOTOMOUS = ["d1", "d2", "d3", "d4", "d5", "d6"]

PRECISE = 1e-9
"""How far a number may be from R's, which is written with twelve digits."""


def close(name: str) -> object:
    return pytest.approx(R[name], rel=PRECISE, abs=PRECISE)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "points.csv", index_col="student")


@pytest.fixture(scope="module")
def points(table: pd.DataFrame) -> pd.DataFrame:
    return table[list(MOST.index)]


@pytest.fixture(scope="module")
def whole(points: pd.DataFrame) -> Reliability:
    return reliability(points)


def test_alpha_its_interval_and_the_standard_error(whole: Reliability) -> None:
    assert (whole.n, whole.k, whole.name) == (64, 9, "Cronbach's alpha")
    assert whole.alpha == close("alpha")
    assert whole.low == close("alpha.low")
    assert whole.high == close("alpha.high")
    assert whole.sd == close("sd")
    assert whole.sem == close("sem")


def test_kr20_of_the_items_that_are_right_or_wrong(points: pd.DataFrame) -> None:
    found = reliability(points[DICHOTOMOUS])
    assert (found.name, found.alpha) == ("KR-20", close("kr20"))


@pytest.mark.parametrize("item", MOST.index)
def test_alpha_if_the_item_is_deleted(whole: Reliability, item: str) -> None:
    assert whole.if_deleted[item] == close(f"deleted.{item}")


@pytest.mark.parametrize("item", MOST.index)
def test_the_corrected_item_total_correlation_and_its_interval(points: pd.DataFrame, item: str) -> None:
    row = items.item_rest(points).loc[item]
    assert row["r"] == close(f"r.drop.{item}")
    assert row["r"] == close(f"r.{item}")
    assert (row["r_low"], row["r_high"]) == (close(f"r.low.{item}"), close(f"r.high.{item}"))


@pytest.mark.parametrize("item", MOST.index)
def test_difficulty_and_its_interval(points: pd.DataFrame, item: str) -> None:
    """Wilson's interval for right or wrong, Student's for partial credit."""
    row = items.difficulty(points, MOST).loc[item]
    assert (row["n"], row["p"], row["sd"]) == (64, close(f"p.{item}"), close(f"sd.{item}"))
    assert (row["p_low"], row["p_high"]) == (close(f"p.low.{item}"), close(f"p.high.{item}"))


@pytest.mark.parametrize("choice", ["a", "b", "c", "d"])
def test_the_distractor_table(table: pd.DataFrame, points: pd.DataFrame, choice: str) -> None:
    answers = pd.DataFrame([(s, "d3", "", c) for s, c in table["d3_choice"].items()], columns=["student", "item", "part", "choice"])
    options = pd.DataFrame([("d3", "", c, c, c == "b") for c in "abcd"], columns=["item", "part", "choice", "text", "key"])
    row = choices.choice_table(answers, options, points).set_index("choice").loc[choice]
    assert row["share"] == close(f"share.{choice}")
    assert [row[third] for third in choices.THIRDS] == [close(f"{third}.{choice}") for third in choices.THIRDS]
    assert row["r"] == close(f"choice.r.{choice}")


def test_the_concordance_of_rankings() -> None:
    ranks = pd.read_csv(FOLDER / "rankings.csv", index_col="student")
    assert judgement.kendall_w(ranks) == close("kendall.w")


def test_feldts_interval_at_another_level_and_size() -> None:
    """With the figures of the example in Feldt, Woodruff and Salih (1987): alpha .79, 41 people, 26 items, 90 per cent."""
    assert feldt(0.79, 41, 26, level=0.90) == (close("example.low"), close("example.high"))


def test_fishers_interval_at_the_least_number_of_students() -> None:
    """The figures that the threshold is explained with."""
    assert correlation_interval(0.30, 30) == (pytest.approx(-0.07, abs=0.005), pytest.approx(0.60, abs=0.005))
