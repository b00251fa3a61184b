"""Reliability of the whole exercise: coefficient alpha, its interval, alpha if an item is deleted, and the standard error of measurement.

``points`` is a frame with one row for each student who handed in and one column for each item (NaN: still to be marked).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from smtraining.analysis.samples import too_few


@dataclass(frozen=True, slots=True)
class Reliability:
    """``alpha`` of ``k`` items over ``n`` students with its 95 per cent interval; ``sem`` and the totals' ``sd`` in points.

    ``name`` is "KR-20" where every item is right or wrong. ``if_deleted``: item -> alpha of the others. What is None is explained in
    ``notes``; ``left_out`` are the items that could not take part.
    """

    n: int
    k: int
    name: str
    alpha: float | None
    low: float | None
    high: float | None
    sem: float | None
    sd: float | None
    if_deleted: dict[str, float]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def reliability(points: pd.DataFrame) -> Reliability:
    """Reliability of the totals. See :func:`alpha`, :func:`feldt` and :func:`sem` for what the numbers are and where they come from.

    Items that are not marked for everybody, and items on which all students earned the same, are left out (as R's psych does: an item
    without variance adds nothing to the spread of the totals, but would change k). Withheld for fewer than LEAST students, and where the
    totals do not differ.
    """
    complete, waiting = marked(points)
    flat = [item for item in complete.columns if complete[item].nunique() < 2]
    used = complete.drop(columns=flat)
    n, k = used.shape
    notes = [f"{item} is left out: {why[0].lower()}{why[1:]}" for item, why in waiting.items()]
    notes += [f"{item} is left out: all students earned the same." for item in flat if n > 1]
    whole = n > 0 and all(used[item].nunique() == 2 and used[item].min() == 0 for item in used.columns)
    name = "KR-20" if whole else "Cronbach's alpha"
    few = too_few(n)
    if not few and k < 2:
        few = "It takes two items or more on which students differ."
    found = None if few else alpha(used)
    if not few and found is None:
        few = "All students have the same total, so there is nothing to measure."
    if found is None:
        return Reliability(n, k, name, None, None, None, None, None, {}, (*waiting, *flat), (few, *notes))
    low, high = feldt(found, n, k)
    deleted = {item: a for item in used.columns if k > 2 and (a := alpha(used.drop(columns=item))) is not None}
    sd = float(used.sum(axis=1).std(ddof=1))
    if found < 0:
        notes.insert(0, "Alpha is below zero: the items do not measure one thing, or a key is wrong. So there is no standard error.")
    error = None if found < 0 else sem(sd, found)
    return Reliability(n, k, name, found, low, high, error, sd, deleted, (*waiting, *flat), tuple(notes))


def alpha(points: pd.DataFrame) -> float | None:
    """Coefficient alpha, k/(k-1) (1 - sum of the items' variances / variance of the totals); None if the totals do not differ.

    Cronbach (1951), "Coefficient alpha and the internal structure of tests", *Psychometrika*, 16, 297-334. For items that are right or
    wrong it is formula 20 of Kuder and Richardson (1937), "The theory of the estimation of test reliability", *Psychometrika*, 2,
    151-160. Complete points of two items or more are expected.
    """
    k = len(points.columns)
    total = float(points.sum(axis=1).var(ddof=1))
    if not total > 1e-12:
        return None
    return k / (k - 1) * (1 - float(points.var(ddof=1).sum()) / total)


def feldt(alpha: float, n: int, k: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of an alpha of ``k`` items over ``n`` students: 1 - (1 - alpha) F, with n-1 and (n-1)(k-1) degrees of freedom.

    Feldt (1965), "The approximate sampling distribution of Kuder-Richardson reliability coefficient twenty", *Psychometrika*, 30, 357-370;
    formulas 6 and 7 of Feldt, Woodruff and Salih (1987), "Statistical inference for coefficient alpha", *Applied Psychological
    Measurement*, 11, 93-103.
    """
    tail = (1 - level) / 2
    df = (n - 1, (n - 1) * (k - 1))
    return 1 - (1 - alpha) * float(stats.f.ppf(1 - tail, *df)), 1 - (1 - alpha) * float(stats.f.ppf(tail, *df))


def sem(sd: float, reliability: float) -> float:
    """Standard error of measurement, sd * sqrt(1 - reliability), in the unit of ``sd``.

    Lord and Novick (1968), *Statistical Theories of Mental Test Scores*, ch. 3. About two in three totals lie within one such error of
    what the same student would get on average.
    """
    return sd * math.sqrt(1 - reliability)


def marked(points: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """The items that are marked for everybody, and for each other item the reason why it cannot take part."""
    missing = points.isna().sum()
    waiting = {
        str(item): f"It is still to be marked for {count} student{'' if count == 1 else 's'}." for item, count in missing.items() if count
    }
    return points.drop(columns=list(waiting)), waiting


def without(points: pd.DataFrame, item: str) -> pd.Series:
    """The rest score: each student's total of all items but one."""
    return points.drop(columns=item, errors="ignore").sum(axis=1).round(9)  # so that equal sums of decimals are equal
