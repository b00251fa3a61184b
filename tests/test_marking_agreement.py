"""Agreement of two markers: every figure against another implementation, and silence where figures would mislead."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from smtraining.grading.agreement import LEAST_FOR_KAPPA, LEAST_FOR_PER_CENT, agreement, kappa

REFERENCE = json.loads((Path(__file__).parent / "fixtures" / "agreement" / "reference.json").read_text(encoding="utf-8"))
TABLES = {name: case for name, case in REFERENCE.items() if name != "made with"}


def pairs_of(table: list[list[int]]) -> list[tuple[int, int]]:
    return [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("which", ["kappa", "weighted"])
def test_kappa_and_its_interval_are_those_of_two_packages_for_r(name: str, which: str) -> None:
    """Kappa by psych, its standard error by vcd, both to 12 decimals; ours is cut to -1..1."""
    case = TABLES[name]
    found = kappa(pairs_of(case["table"]), len(case["table"]), quadratic=which == "weighted")
    assert found is not None
    value, error = case[which]
    reach = 1.959963984540054 * error
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.low == pytest.approx(max(-1, value - reach), abs=1e-12)
    assert found.high == pytest.approx(min(1, value + reach), abs=1e-12)


def test_kappa_is_its_definition_in_exact_fractions() -> None:
    """By hand, for a 2 x 2 table: 35 of 50 agree; chance gives 30/50 * 25/50 + 20/50 * 25/50 = 1/2; so (0.7 - 0.5) / 0.5."""
    found = kappa(pairs_of([[20, 10], [5, 15]]), 2)
    assert found is not None
    assert found.value == pytest.approx(float((Fraction(35, 50) - Fraction(1, 2)) / Fraction(1, 2)), abs=1e-15)


def test_weights_forgive_a_near_miss_more_than_a_far_one() -> None:
    near = [(0, 1), (1, 2), (2, 3), (3, 2)] + [(n % 4, n % 4) for n in range(20)]
    far = [(0, 3), (3, 0), (0, 3), (3, 0)] + [(n % 4, n % 4) for n in range(20)]
    near_kappa, far_kappa = kappa(near, 4, quadratic=True), kappa(far, 4, quadratic=True)
    assert near_kappa and far_kappa and near_kappa.value > 0.85 > far_kappa.value


def test_below_the_least_numbers_only_counts_are_told_and_the_reason() -> None:
    few = agreement([(1, 1)] * (LEAST_FOR_PER_CENT - 1), 4)
    assert (few.n, few.same, few.near, few.share, few.kappa, few.weighted) == (9, 9, 9, None, None, None)
    assert few.withheld == (
        "Per cent is withheld: 9 marked by both, and it takes at least 10.",
        "Kappa is withheld: 9 marked by both, and it takes at least 20.",
    )
    some = agreement([(n % 3, n % 2) for n in range(LEAST_FOR_KAPPA - 1)], 4)
    assert some.share == pytest.approx(some.same / 19)
    assert some.kappa is None and some.withheld == ("Kappa is withheld: 19 marked by both, and it takes at least 20.",)


def test_with_enough_answers_everything_is_told() -> None:
    enough = agreement([(n % 4, n % 4) for n in range(LEAST_FOR_KAPPA)], 4)
    assert enough.share == 1.0
    assert enough.kappa and enough.weighted and (enough.kappa.value, enough.weighted.value) == (1.0, 1.0)
    assert enough.withheld == ()


@pytest.mark.parametrize("pairs", [[(2, 2)] * 30, [(2, n % 4) for n in range(40)]], ids=["both", "one"])
def test_somebody_who_uses_one_level_only_leaves_no_kappa_and_it_says_so(pairs: list[tuple[int, int]]) -> None:
    always = agreement(pairs, 4)
    assert (always.share, always.kappa, always.weighted) == (always.same / len(pairs), None, None)
    assert "chose the same level every time" in always.withheld[0]


def test_without_any_answer_there_is_nothing() -> None:
    assert kappa([], 4) is None
    assert agreement([], 4).n == 0
