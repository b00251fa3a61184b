"""The statistics of a class, on frames whose answers are known beforehand."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pandas as pd
import pytest

from smtraining import bank as banks
from smtraining import kinds
from smtraining.analysis import choices, groups, items, judgement, markers, progress, pseudonyms, responses, standards
from smtraining.analysis.data import ANSWERS, CREDIT, MARKS, OPTIONS, STUDENTS, ClassData, ItemInfo
from smtraining.analysis.reliability import alpha, reliability
from smtraining.analysis.samples import LEAST, SMALL_GROUP
from smtraining.errors import ExchangeError

MOST = pd.Series({"solved": 1.0, "missed": 1.0, "good": 1.0, "bad": 1.0, "part": 4.0})


def made(n: int = 40) -> pd.DataFrame:
    """Points of students from the weakest to the strongest. ``bad`` is solved by the weaker half only, ``part`` earns 0 to 4."""
    rows = [(1.0, 0.0, float(i >= n // 4), float(i < n // 2), float(i * 5 // n)) for i in range(n)]
    return pd.DataFrame(rows, columns=list(MOST.index), index=[f"s{i:02d}" for i in range(n)])


# -- difficulty and discrimination -----------------------------------------------------------------------------------------


def test_difficulty_is_the_mean_credit() -> None:
    found = items.difficulty(made(), MOST)
    assert found["p"].to_dict() == {"solved": 1.0, "missed": 0.0, "good": 0.75, "bad": 0.5, "part": 0.5}
    assert found["n"].tolist() == [40] * 5
    assert (found["p_low"] <= found["p"]).all() and (found["p"] <= found["p_high"]).all()
    assert found.loc["solved", "p_low"] < 1  # forty right answers do not prove that all will be right


def test_an_item_that_nobody_was_marked_on_has_no_difficulty() -> None:
    points = made().assign(good=math.nan)
    points.loc["s00", "part"] = math.nan
    found = items.difficulty(points, MOST)
    assert found.loc["good", "n"] == 0 and math.isnan(found.loc["good", "p"])
    assert found.loc["part", "n"] == 39


def test_an_item_that_weaker_students_solve_is_found_and_told() -> None:
    points = made()
    table = items.difficulty(points, MOST).join(items.item_rest(points))
    assert table.loc["bad", "r_high"] < 0
    assert "Check the key" in items.remarks(table.loc["bad"])
    assert table.loc["good", "r"] > 0
    assert "Nearly all get it right" in items.remarks(table.loc["solved"])
    assert "Hardly any" in items.remarks(table.loc["missed"])


@pytest.mark.parametrize("item", ["solved", "missed"])
def test_where_all_earned_the_same_there_is_no_correlation_and_it_says_so(item: str) -> None:
    row = items.item_rest(made()).loc[item]
    assert math.isnan(row["r"])
    assert row["note"] == "All students earned the same, so there is nothing to correlate."


def test_an_item_is_not_correlated_with_itself() -> None:
    """Two items that have nothing to do with each other: with itself in the total each would correlate by .71."""
    points = pd.DataFrame({"one": [0.0, 0.0, 1.0, 1.0] * 10, "two": [0.0, 1.0, 0.0, 1.0] * 10})
    assert points["one"].corr(points.sum(axis=1)) == pytest.approx(0.7071, abs=1e-4)
    assert items.item_rest(points)["r"].tolist() == pytest.approx([0, 0], abs=1e-12)


def test_a_single_item_has_nothing_to_be_compared_with() -> None:
    assert items.item_rest(made()[["good"]]).loc["good", "note"] == "There is no other item to compare with."


# -- reliability -----------------------------------------------------------------------------------------------------------


def test_items_without_differences_are_left_out_of_alpha_and_named() -> None:
    found = reliability(made())
    assert found.left_out == ("solved", "missed")
    assert found.alpha == alpha(made()[["good", "bad", "part"]])
    assert "solved is left out: all students earned the same." in found.notes


def test_an_item_that_waits_to_be_marked_is_left_out_and_named() -> None:
    points = made()
    points.loc[["s01", "s02", "s03"], "part"] = math.nan
    found = reliability(points)
    assert "part is left out: it is still to be marked for 3 students." in found.notes
    assert "part" in found.left_out
    assert items.item_rest(points).loc["part", "note"] == "It is still to be marked for 3 students."


def test_alpha_below_zero_says_so_and_gives_no_standard_error() -> None:
    points = pd.DataFrame({"a": [0.0, 1.0, 0.0, 1.0] * 10, "b": [1.0, 0.0, 1.0, 0.0] * 10, "c": [0.0, 0.0, 1.0, 1.0] * 10})
    found = reliability(points)
    assert found.alpha is not None and found.alpha < 0
    assert found.sem is None
    assert "below zero" in found.notes[0]


def test_equal_totals_give_no_alpha() -> None:
    points = pd.DataFrame({"a": [0.0, 1.0] * 20, "b": [1.0, 0.0] * 20})
    found = reliability(points)
    assert found.alpha is None
    assert found.notes[0] == "All students have the same total, so there is nothing to measure."


# -- too few students ------------------------------------------------------------------------------------------------------


def test_below_the_least_number_correlations_are_withheld_and_at_it_they_are_not() -> None:
    few, enough = made(LEAST - 1), made(LEAST)
    said = f"Withheld: {LEAST - 1} students, and it takes {LEAST} or more."
    assert set(items.item_rest(few)["note"]) == {said}
    assert (reliability(few).alpha, reliability(few).notes[0]) == (None, said)
    assert items.item_rest(enough)["r"].notna().sum() == 3
    assert reliability(enough).alpha is not None


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_students(n: int) -> None:
    points = made(40).iloc[:n]
    hard = items.difficulty(points, MOST)
    assert hard["n"].tolist() == [n] * 5
    assert hard["p"].notna().tolist() == [n > 0] * 5
    assert items.item_rest(points)["r"].isna().all()
    assert reliability(points).alpha is None
    table = choices.choice_table(*_single(points, lambda i: "a"), points)
    assert table["n"].tolist() == [n, 0, 0, 0]
    assert table["lower"].isna().all()


# -- choices ---------------------------------------------------------------------------------------------------------------


def _single(points: pd.DataFrame, choose: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers and options of ``good``, a question with the options a (right), b and c."""
    picked = [(student, "good", "", choose(i)) for i, student in enumerate(points.index)]  # type: ignore[operator]
    answers = pd.DataFrame([row for row in picked if row[3]], columns=ANSWERS)
    options = pd.DataFrame([("good", "", id, id.upper(), id == "a") for id in "abc"], columns=OPTIONS)
    return answers, options


def test_a_distractor_that_nobody_chooses_is_told_and_no_answer_is_counted() -> None:
    points = made()
    answers, options = _single(points, lambda i: "a" if i >= 10 else "b" if i >= 4 else None)
    table = choices.choice_table(answers, options, points).set_index("text")
    assert table["n"].to_dict() == {"A": 30, "B": 6, "C": 0, choices.NO_ANSWER: 4}
    assert table["share"].sum() == 1
    assert table.loc["C", "note"] == "Chosen by nobody."
    assert table.loc["A", "lower"] < table.loc["A", "upper"]
    assert table.loc["A", "key"] is True


def test_a_wrong_choice_of_the_strong_and_a_right_choice_of_the_weak_are_told() -> None:
    points = made()[["part", "good"]]
    answers, options = _single(points, lambda i: "c" if i >= 20 else "a")
    table = choices.choice_table(answers, options, points).set_index("text")
    assert "draws stronger students" in table.loc["C", "note"]
    assert "draws weaker students" in table.loc["A", "note"]
    assert (table.loc["C", "lower"], table.loc["C", "upper"]) == (0, 1)


def test_thirds_have_equal_sizes_and_never_part_equal_scores() -> None:
    apart = choices.thirds(pd.Series(range(30), dtype=float))
    assert apart.value_counts().to_dict() == {"lower": 10, "middle": 10, "upper": 10}
    assert apart.iloc[[0, 15, 29]].tolist() == ["lower", "middle", "upper"]
    tied = pd.Series([1.0] * 14 + [2.0] * 16)
    assert choices.thirds(tied).groupby(tied).nunique().tolist() == [1, 1]
    assert set(choices.thirds(pd.Series([5.0] * 9))) == {"middle"}


QUESTIONS = [question for question in banks.load().questions.values() if question.scored and not question.graded]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.id)
def test_the_best_answer_to_every_question_consists_of_what_the_key_marks_as_right(question: kinds.Question) -> None:
    key = question.key()
    best = next(sample for sample in question.samples(key) if sample.name == "best")
    chosen = set(responses.chosen(question, question.parse(best.raw)))
    offered = list(responses.offered(question, key))
    assert chosen == {(part, choice) for part, choice, _, right in offered if right}
    assert {part for part, *_ in offered} == set(responses.parts(question))
    assert all(text for *_, text, _ in offered)
    assert not list(responses.chosen(question, None))


# -- standards and judgement -----------------------------------------------------------------------------------------------


def test_the_hardest_standard_comes_first_and_every_item_counts_the_same() -> None:
    hard = items.difficulty(made(), MOST)
    table = standards.standards_table(hard, {"good": ["s1", "s2"], "part": ["s1"], "missed": ["s3"], "gone": ["s4"]})
    assert table["standard"].tolist() == ["s3", "s1", "s2"]
    assert table.set_index("standard")["p"].to_dict() == {"s1": 0.625, "s2": 0.75, "s3": 0.0}
    assert table.set_index("standard").loc["s1", ["items", "p_hardest", "note"]].tolist() == ["good, part", 0.5, ""]
    assert table.set_index("standard").loc["s3", "note"] == "One item only."


def _ranked(orders: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers and options of a ranking of a, b, c, of which the key is abc."""
    rows = [(f"s{i}", "rank", part, str(order.index(part) + 1)) for i, order in enumerate(orders) for part in "abc"]
    options = [("rank", part, str(n), f"place {n}", "abc".index(part) + 1 == n) for part in "abc" for n in (1, 2, 3)]
    return pd.DataFrame(rows, columns=ANSWERS), pd.DataFrame(options, columns=OPTIONS)


@pytest.mark.parametrize(("orders", "w"), [(["bac"] * 6, 1.0), (["abc", "cba"] * 3, 0.0)])
def test_concordance_is_one_for_one_order_and_zero_for_opposite_ones(orders: list[str], w: float) -> None:
    answers, options = _ranked(orders)
    spread = judgement.spread_table(answers, options, {})
    row = judgement.concordance_table(answers, {"rank": "rank"}, spread).iloc[0]
    assert (row["n"], row["responses"], row["w"]) == (6, 3, pytest.approx(w))


def test_where_the_class_agrees_against_the_key_it_is_told() -> None:
    answers, options = _ranked(["bac"] * 5 + ["abc"])
    table = judgement.spread_table(answers, options, {("rank", "a"): "Ask her."}).set_index("part")
    assert table.loc["a", ["text", "key", "at_key", "distance"]].tolist() == ["Ask her.", 1.0, pytest.approx(1 / 6), pytest.approx(5 / 6)]
    assert table.loc["a", "note"].startswith("More than half give it 2, not 1")
    assert table.loc["c", ["mean", "sd", "note"]].tolist() == [3.0, 0.0, ""]


def test_concordance_is_withheld_for_a_handful_and_not_made_of_ratings() -> None:
    answers, options = _ranked(["abc"] * (SMALL_GROUP - 1))
    spread = judgement.spread_table(answers, options, {})
    few, ratings = (judgement.concordance_table(answers, {"rank": kind}, spread).iloc[0] for kind in ("rank", "rate"))
    assert math.isnan(few["w"]) and "4 students" in few["note"]
    assert math.isnan(ratings["w"]) and "one by one" in ratings["note"]


# -- students --------------------------------------------------------------------------------------------------------------

MONDAY = pd.Timestamp("2026-03-02 12:00", tz="UTC")


def _class() -> ClassData:
    """ada has everything, ben left two of three out, cleo earns little and waits for feedback, dan handed in nothing."""
    rows = {
        "ada": ("Ada", "North", True, MONDAY, 0, MONDAY + dt.timedelta(hours=30)),
        "ben": ("Ben", "North", True, MONDAY, 7200, MONDAY + dt.timedelta(hours=50)),
        "cleo": ("Cleo", "South", True, MONDAY, 0, pd.NaT),
        "dan": ("Dan", "South", False, pd.NaT, 0, pd.NaT),
        "eve": ("Eve", "South", True, MONDAY, 0, MONDAY - dt.timedelta(hours=1)),
    }
    students = pd.DataFrame.from_dict(rows, orient="index", columns=STUDENTS)
    students["time"], students["feedback"] = pd.to_datetime(students["time"], utc=True), pd.to_datetime(students["feedback"], utc=True)
    earned = {"ada": [2, 2, 2], "ben": [2, 0, 0], "cleo": [0.5, 1, math.nan], "eve": [1, 1, 1]}
    tried = {"ben": [True, False, False]}
    credit = [
        (who, item, float(points), 2.0, tried.get(who, [True] * 3)[i], 1.0 + i)
        for who, all_points in earned.items()
        for i, (item, points) in enumerate(zip("xyz", all_points, strict=True))
    ]
    return ClassData(
        assignment="90",
        students=students,
        credit=pd.DataFrame(credit, columns=CREDIT).astype({"attempted": object}),
        answers=pd.DataFrame(columns=ANSWERS),
        options=pd.DataFrame(columns=OPTIONS),
        items={item: ItemInfo(item, item, "single", 2.0) for item in "xyz"},
        parts={},
        standards={},
        marks=pd.DataFrame(columns=MARKS),
    )


def test_who_may_be_stuck_the_most_pressing_first_with_the_reason() -> None:
    table = progress.stuck(_class()).set_index("student")
    assert table.index.tolist() == ["dan", "ben", "cleo"]
    assert table.loc["dan", "reason"] == "Handed in nothing."
    assert table.loc["ben", "reason"] == "No answer to 2 of 3 items. Less than half of the points marked so far."
    assert table.loc["ben", ["not_attempted", "low_items", "late_hours", "changes"]].tolist() == [2, 2, 2.0, 3.0]
    assert table.loc["cleo", ["credit", "waiting"]].tolist() == [0.375, 1]


def test_time_to_feedback_leaves_out_what_is_not_known() -> None:
    table = progress.waits(_class())
    assert table["student"].tolist() == ["cleo", "eve", "ben", "ada"]
    assert table["hours"].tolist()[2:] == [50.0, 30.0]
    assert table["hours"].isna().tolist() == [True, True, False, False]  # eve's feedback is older than her work


def test_one_group_is_one_group() -> None:
    part = _class().only("North")
    assert (list(part.students.index), part.points.index.tolist()) == (["ada", "ben"], ["ada", "ben"])
    assert set(part.credit["student"]) == {"ada", "ben"}


# -- groups ----------------------------------------------------------------------------------------------------------------


def test_groups_side_by_side() -> None:
    table = groups.compare(_class()).set_index("group")
    assert table.loc["North", ["students", "handed_in", "hours"]].tolist() == [2, 2, 40.0]
    assert table.loc["North", "credit"] == pytest.approx((1 + 1 / 3) / 2)
    assert table.loc["South", ["students", "handed_in"]].tolist() == [3, 2]
    assert groups.compare(_class().only("North")).empty


def _sized(**sizes: int) -> pd.DataFrame:
    return pd.DataFrame([(name, n, n, 0.5, 0.1, 3.0, "") for name, n in sizes.items()], columns=groups.COMPARED)


def test_a_single_small_group_takes_the_next_smallest_with_it() -> None:
    """Else its mean could be worked out from the mean of the class."""
    table = groups.suppressed(_sized(a=12, b=4, c=7)).set_index("group")
    assert table["credit"].isna().to_dict() == {"a": False, "b": True, "c": True}
    assert table["handed_in"].isna().to_dict() == {"a": False, "b": True, "c": True}
    assert "fewer than 5" in table.loc["b", "note"] and "cannot be worked out" in table.loc["c", "note"]


def test_two_small_groups_hide_each_other_and_large_ones_are_shown() -> None:
    assert groups.suppressed(_sized(a=12, b=4, c=3))["credit"].isna().tolist() == [False, True, True]
    assert groups.suppressed(_sized(a=5, b=6))["credit"].notna().all()


def test_groups_are_read_from_a_table_with_the_usual_headings(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("Name,SIS Login ID,Section\nAda,ada,A\nBen,ben,B\nZoe,zoe,B\nNo,,\n")
    assert groups.read(path, ["ada", "ben", "cleo"]) == ({"ada": "A", "ben": "B"}, ["roster.csv: not in the gradebook: zoe."])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("student,room\nada,1\n", "needs two columns: 'student'"),
        ("student,group\nada,A\nada,B\n", "row 3: ada is in the groups 'A' and 'B'"),
    ],
)
def test_a_table_of_groups_that_does_not_fit_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "groups.csv").write_text(text)
    with pytest.raises(ExchangeError, match=said):
        groups.read(tmp_path / "groups.csv", ["ada"])


# -- names and marks -------------------------------------------------------------------------------------------------------


def test_pseudonyms_stay_the_same_and_need_the_key(tmp_path: Path) -> None:
    students = [f"student{i}" for i in range(3000)]
    key = pseudonyms.key(tmp_path)
    assert pseudonyms.key(tmp_path) == key
    assert (tmp_path / pseudonyms.FILE).stat().st_mode & 0o077 == 0
    found = pseudonyms.pseudonyms(students, key)
    assert len(set(found.values())) == 3000
    some = pseudonyms.pseudonyms(students[:50], key)
    assert sum(found[student] == some[student] for student in students[:50]) >= 49  # a longer one may end a clash in the whole class
    assert not set(pseudonyms.pseudonyms(students[:50], b"another").values()) & set(some.values())


def test_two_markers_are_compared_criterion_by_criterion() -> None:
    rows = [(f"s{i}", "w1", "safe", who, (i + (who == "Noor" and i == 0)) % 3, 3) for i in range(24) for who in ("Ana", "Noor")]
    rows += [("s0", "w1", "alive", "Ana", 1, 2), ("s0", "w1", "alive", "Noor", 0, 2), ("s1", "w1", "alive", "Ana", 1, 2)]
    table = markers.agreement_table(pd.DataFrame(rows, columns=MARKS)).set_index("criterion")
    assert table.loc["safe", ["markers", "n", "share", "near"]].tolist() == ["Ana and Noor", 24, 23 / 24, 1.0]
    assert table.loc["safe", "kappa_low"] < table.loc["safe", "kappa"] < 1
    assert table.loc["alive", "n"] == 1
    assert math.isnan(table.loc["alive", "share"]) and "withheld" in table.loc["alive", "note"]
