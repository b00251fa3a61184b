"""Spread of situational judgement: how far the answers to an ordering, ranking or rating item lie apart from each other, and from the key.

Where people judge, there is often no single right answer. A response on which the class agrees and yet leaves the key is a question to
the key as much as to the class.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from smtraining.analysis.samples import SMALL_GROUP, too_few

SPREAD = ["item", "part", "text", "key", "n", "mean", "sd", "at_key", "distance", "note"]
CONCORDANCE = ["item", "kind", "n", "responses", "w", "distance", "note"]


def spread_table(answers: pd.DataFrame, options: pd.DataFrame, texts: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """Each response of each item with the places (or grades) it was given: SPREAD.

    ``answers`` and ``options`` are as in :mod:`smtraining.analysis.choices`, with whole numbers as choices; ``texts`` are the words of each
    (item, part). ``mean`` and ``sd`` (n-1) describe the places given; ``at_key`` is the share (0 to 1) who gave the place of the key;
    ``distance`` the mean number of places between answer and key (the mean of Spearman's footrule over one response: Diaconis and Graham,
    1977, "Spearman's footrule as a measure of disarray", *JRSS B*, 39, 262-268). ``sd`` is NaN for fewer than two answers.
    """
    chosen = dict(list(answers.groupby(["item", "part"])["choice"]))
    rows = []
    for (item, part), group in options.groupby(["item", "part"], sort=False):
        given = chosen.get((item, part), answers["choice"].iloc[:0]).astype(float)
        known = group.loc[group["key"] == True, "choice"]  # noqa: E712  (the column also holds None)
        key = float(known.iloc[0]) if len(known) else math.nan
        n = len(given)
        mean, sd = (float(given.mean()) if n else math.nan), (float(given.std(ddof=1)) if n > 1 else math.nan)
        at_key, distance = (float((given == key).mean()), float((given - key).abs().mean())) if n and known.size else (math.nan, math.nan)
        rows.append((item, part, texts.get((item, part), part), key, n, mean, sd, at_key, distance, _note(given, key)))
    return pd.DataFrame(rows, columns=SPREAD)


def concordance_table(answers: pd.DataFrame, kinds: Mapping[str, str], spread: pd.DataFrame) -> pd.DataFrame:
    """Each item as a whole: CONCORDANCE. ``kinds`` tells the kind of each such item; ``spread`` is the table of :func:`spread_table`.

    ``w`` is Kendall's coefficient of concordance over complete rankings: 1 if all students give one order, 0 if there is no order that they
    share (Kendall and Babington Smith, 1939, "The problem of m rankings", *Annals of Mathematical Statistics*, 10, 275-287). It needs
    SMALL_GROUP students and is NaN for ratings, where ties make the order a matter of chance.
    """
    rows = []
    for item, kind in kinds.items():
        mine = answers[answers["item"] == item]
        wide = mine.assign(choice=mine["choice"].astype(float)).pivot(index="student", columns="part", values="choice").dropna()
        n, k = wide.shape
        note = "Ratings: see the responses one by one." if kind == "rate" else too_few(n, SMALL_GROUP)
        w = kendall_w(wide) if not note and k > 1 else math.nan
        distance = spread.loc[spread["item"] == item, "distance"]
        rows.append((item, kind, n, k, w, float(distance.mean()) if distance.notna().any() else math.nan, note))
    return pd.DataFrame(rows, columns=CONCORDANCE)


def kendall_w(ranks: pd.DataFrame) -> float:
    """Kendall's W of complete rankings without ties: one row for each student, one column for each thing ranked (two or more)."""
    n, k = ranks.shape
    sums = ranks.sum()
    return float(12 * ((sums - sums.mean()) ** 2).sum() / (n**2 * (k**3 - k)))


def _note(given: pd.Series, key: float) -> str:
    places = given.value_counts(normalize=True)
    if len(given) < SMALL_GROUP or math.isnan(key) or places.iloc[0] <= 0.5 or places.index[0] == key:
        return ""
    return f"More than half give it {places.index[0]:.0f}, not {key:.0f} as the key does. Talk about it, and look at the key."
