"""How far two people who marked the same answers agree: per cent, and Cohen's kappa, plain and with quadratic weights.

Kappa is what is left of the agreement when chance is taken away: Cohen, J. (1960), "A coefficient of agreement for nominal scales",
Educational and Psychological Measurement 20, 37-46. With weights, a difference of two levels counts four times as much as one of a single
level: Cohen, J. (1968), Psychological Bulletin 70, 213-220. Intervals come from the large-sample standard error of Fleiss, J. L.,
Cohen, J. and Everitt, B. S. (1969), Psychological Bulletin 72, 323-327. The tests compare every figure with packages for R.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

LEAST_FOR_PER_CENT = 10
"""Answers marked by both, below which a per cent is withheld and only the count is told. A rule of this course, not of nature."""

LEAST_FOR_KAPPA = 20
"""Answers marked by both, below which kappa is withheld, because its interval is wide then. A rule of this course."""

Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa, at most 1, and the ends of its 95 % interval (cut to -1..1)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two people on one criterion: ``n`` answers marked by both, ``same`` at the same level, ``near`` at most one level apart.

    ``share`` is same / n. What is None is withheld, and ``withheld`` says why, in sentences.
    """

    n: int
    same: int
    near: int
    share: float | None
    kappa: Kappa | None
    weighted: Kappa | None
    withheld: tuple[str, ...]


def agreement(pairs: Sequence[tuple[int, int]], levels: int) -> Agreement:
    """Agreement of two people. ``pairs``: for every answer the level of each, as an index below ``levels``."""
    n = len(pairs)
    same = sum(a == b for a, b in pairs)
    near = sum(abs(a - b) <= 1 for a, b in pairs)
    withheld = []
    if n < LEAST_FOR_PER_CENT:
        withheld.append(f"Per cent is withheld: {n} marked by both, and it takes at least {LEAST_FOR_PER_CENT}.")
    plain = weighted = None
    if n < LEAST_FOR_KAPPA:
        withheld.append(f"Kappa is withheld: {n} marked by both, and it takes at least {LEAST_FOR_KAPPA}.")
    else:
        plain, weighted = kappa(pairs, levels), kappa(pairs, levels, quadratic=True)
        if plain is None:
            withheld.append("There is no kappa: one of the two chose the same level every time, so agreement cannot be told from chance.")
    share = same / n if n >= LEAST_FOR_PER_CENT else None
    return Agreement(n, same, near, share, plain, weighted, tuple(withheld))


def kappa(pairs: Sequence[tuple[int, int]], levels: int, *, quadratic: bool = False) -> Kappa | None:
    """Cohen's kappa, however few the pairs; None if there are none, or one of the two chose the same level every time.

    Then kappa is 0 or not defined, whatever the other did, and its standard error says nothing.

    Unused levels count in the weights: from the first to the last level is the whole way, whoever used what lies between.
    """
    n = len(pairs)
    if not n or any(len(set(side)) == 1 for side in zip(*pairs, strict=True)):
        return None
    steps = range(levels)
    p = [[0.0] * levels for _ in steps]
    for a, b in pairs:
        p[a][b] += 1 / n
    w = [[1 - ((i - j) / (levels - 1)) ** 2 if quadratic else float(i == j) for j in steps] for i in steps]
    rows = [sum(p[i]) for i in steps]
    columns = [sum(p[i][j] for i in steps) for j in steps]
    observed = sum(w[i][j] * p[i][j] for i in steps for j in steps)
    expected = sum(w[i][j] * rows[i] * columns[j] for i in steps for j in steps)
    value = (observed - expected) / (1 - expected)
    # Fleiss, Cohen and Everitt (1969): mean weights of each row and column, then the variance of the estimate.
    by_row = [sum(w[i][j] * columns[j] for j in steps) for i in steps]
    by_column = [sum(w[i][j] * rows[i] for i in steps) for j in steps]
    spread = sum(p[i][j] * (w[i][j] * (1 - expected) - (by_row[i] + by_column[j]) * (1 - observed)) ** 2 for i in steps for j in steps)
    variance = (spread - (observed * expected - 2 * expected + observed) ** 2) / (n * (1 - expected) ** 4)
    reach = Z * math.sqrt(max(0.0, variance))
    return Kappa(value, max(-1.0, value - reach), min(1.0, value + reach))
