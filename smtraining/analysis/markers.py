"""Agreement on written work, as the marking page's own module works it out (:mod:`smtraining.grading.agreement`), laid out as a table."""

from __future__ import annotations

import math
from itertools import combinations

import pandas as pd

from smtraining.grading.agreement import agreement

COLUMNS = ["task", "criterion", "markers", "n", "share", "near", "kappa", "kappa_low", "kappa_high", "weighted", "note"]


def agreement_table(marks: pd.DataFrame) -> pd.DataFrame:
    """Two markers on one criterion in each row: COLUMNS. ``marks`` is as in :data:`smtraining.analysis.data.MARKS`.

    ``n`` answers were marked by both; ``share`` and ``near`` (0 to 1) are at the same level, and at most one level apart; the rest is
    Cohen's kappa with its interval, and kappa with quadratic weights. What is withheld is NaN, and ``note`` says why.
    """
    rows = []
    for (task, criterion), group in marks.groupby(["task", "criterion"], sort=False):
        wide = group.pivot(index="student", columns="marker", values="level")
        for first, second in combinations(sorted(wide.columns), 2):
            both = wide[[first, second]].dropna().astype(int)
            if both.empty:
                continue
            found = agreement(list(both.itertuples(index=False, name=None)), int(group["levels"].max()))
            share, near = (math.nan, math.nan) if found.share is None else (found.share, found.near / found.n)
            kappa = (math.nan,) * 3 if found.kappa is None else (found.kappa.value, found.kappa.low, found.kappa.high)
            weighted = math.nan if found.weighted is None else found.weighted.value
            row = (task, criterion, f"{first} and {second}", found.n, share, near, *kappa, weighted, " ".join(found.withheld))
            rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)
