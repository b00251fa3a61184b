"""Difficulty and discrimination of items.

Every function takes ``points``: a frame with one row for each student who handed in and one column for each item, holding the points
earned (NaN: still to be marked), and ``most``: what each item is worth. Credit is points by what the item is worth, 0 to 1.
"""

from __future__ import annotations

import math

import pandas as pd

from smtraining.analysis.reliability import marked, without
from smtraining.analysis.samples import correlation_interval, mean_interval, proportion_interval, too_few

EASY, HARD, FLAT = 0.90, 0.20, 0.20
"""Marks for the eye: items that nearly all or hardly any solve, and those whose item-rest correlation is below .20 (Ebel, 1965, *Measuring
Educational Achievement*, asks to revise items whose index of discrimination is lower than that). After good teaching an easy item is no
fault; it only tells nobody apart."""


def difficulty(points: pd.DataFrame, most: pd.Series) -> pd.DataFrame:
    """Item difficulty with its 95 per cent interval: columns ``n, p, p_low, p_high, sd``, one row for each item.

    ``p`` is the mean credit of those who were marked: for right-or-wrong items the share who got it right, for partial credit the mean
    score by the highest (Crocker and Algina, 1986, *Introduction to Classical and Modern Test Theory*, ch. 14). High means easy. The
    interval is Wilson's for right-or-wrong items, else Student's. Everything is NaN where nobody was marked; ``sd`` needs two.
    """
    rows = {}
    for item in points.columns:
        credit = (points[item] / float(most[item])).dropna()
        n = len(credit)
        if not n:
            rows[item] = (0, *[math.nan] * 4)
            continue
        p = float(credit.mean())
        sd = float(credit.std(ddof=1)) if n > 1 else math.nan
        whole = bool(credit.isin([0.0, 1.0]).all())
        low, high = proportion_interval(float(credit.sum()), n) if whole else mean_interval(p, sd, n)
        rows[item] = (n, p, low, high, sd)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["n", "p", "p_low", "p_high", "sd"]).astype({"n": int})


def item_rest(points: pd.DataFrame) -> pd.DataFrame:
    """Corrected item-total correlation: columns ``r, r_low, r_high, note``, one row for each item.

    ``r`` is Pearson's correlation of the item's points with the total of all other items; for right-or-wrong items that is the corrected
    point-biserial correlation. Without the correction an item would correlate with itself: Henrysson (1963), "Correction of item-total
    correlations in item analysis", *Psychometrika*, 28, 211-218. The interval is Fisher's. NaN, with the reason in ``note``, where fewer
    than LEAST students are there, the item or the rest has no spread, or a part is still to be marked.
    """
    complete, waiting = marked(points)
    few = too_few(len(points))
    rows = {}
    for item in points.columns:
        note = few or waiting.get(item, "")
        if not note and len(complete.columns) < 2:
            note = "There is no other item to compare with."
        if not note:
            note = _no_spread(complete, item)
        if note:
            rows[item] = (math.nan, math.nan, math.nan, note)
            continue
        r = float(complete[item].corr(without(complete, item)))
        rows[item] = (r, *correlation_interval(r, len(complete)), "")
    return pd.DataFrame.from_dict(rows, orient="index", columns=["r", "r_low", "r_high", "note"])


def remarks(row: pd.Series) -> str:
    """What an instructor should look at, in words: for a row with ``p``, ``r`` and ``r_high``; "" if nothing stands out."""
    said = []
    if row["r_high"] < 0:
        said.append("Stronger students do worse on it than weaker ones. Check the key and the wording.")
    elif row["r"] < 0:
        said.append("Below zero, perhaps by chance. Read it again.")
    elif row["r"] < FLAT:
        said.append("Tells strong and weak students hardly apart.")
    if row["p"] > EASY:
        said.append("Nearly all get it right.")
    elif row["p"] < HARD:
        said.append("Hardly any get it right.")
    return " ".join(said)


def _no_spread(points: pd.DataFrame, item: str) -> str:
    if points[item].nunique() < 2:
        return "All students earned the same, so there is nothing to correlate."
    if without(points, item).nunique() < 2:
        return "All students earned the same on the other items, so there is nothing to correlate."
    return ""
