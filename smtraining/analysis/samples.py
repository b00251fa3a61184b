"""How many students a statistic needs before it is shown, and what is said where it is not.

A number that the next class would turn over misleads more than no number. So below :data:`LEAST` students everything that rests on
correlations is withheld, and the place where it would stand says so.
"""

from __future__ import annotations

import math

from scipy import stats

LEAST = 30
"""Students needed for correlations, coefficient alpha, alpha if deleted, the standard error of measurement, and shares by thirds.

With 30 students the 95 per cent interval of a correlation of .30 reaches from -.07 to .60 (:func:`correlation_interval`): its sign is
hardly known. For alpha, 30 is the smallest number that simulations found enough, and that only where one factor dominates: Yurdugül
(2008), *Hacettepe University Journal of Education*, 35, 397-405; Bujang, Omar and Baharum (2018), *Malaysian Journal of Medical
Sciences*, 25(6), 85-99, doi 10.21315/mjms2018.25.6.9, review the advice. The intervals beside the numbers say how little 30 still is.
"""

SMALL_GROUP = 5
"""Groups of students smaller than this are not told apart in an export. The number is our own choice, and common in school statistics."""


def too_few(n: int, least: int = LEAST) -> str:
    """Why a statistic is withheld: "" if ``n`` students are enough."""
    return "" if n >= least else f"Withheld: {n} student{'' if n == 1 else 's'}, and it takes {least} or more."


def correlation_interval(r: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of a correlation over ``n`` students by Fisher's z.

    Fisher (1921), "On the probable error of a coefficient of correlation deduced from a small sample", *Metron*, 1, 3-32. (r, r) for a
    perfect correlation; (-1, 1) with fewer than four students.
    """
    if n < 4:
        return -1.0, 1.0
    if abs(r) >= 1:
        return r, r
    half = float(stats.norm.ppf((1 + level) / 2)) / math.sqrt(n - 3)
    z = math.atanh(r)
    return math.tanh(z - half), math.tanh(z + half)


def proportion_interval(hits: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a proportion of ``n`` students (n >= 1).

    Wilson (1927), "Probable inference, the law of succession, and statistical inference", *JASA*, 22, 209-212.
    """
    z = float(stats.norm.ppf((1 + level) / 2))
    p = hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_interval(mean: float, sd: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Student's t interval of a mean credit, cut at 0 and 1; (0, 1) with fewer than two students.

    Student (1908), "The probable error of a mean", *Biometrika*, 6, 1-25.
    """
    if n < 2:
        return 0.0, 1.0
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * sd / math.sqrt(n)
    return max(0.0, mean - half), min(1.0, mean + half)
