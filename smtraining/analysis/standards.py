"""The hardest standards: mean difficulty of the items that rest on each standard of a code, law or publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

COLUMNS = ["standard", "items", "n_items", "p", "p_hardest", "note"]


def standards_table(difficulty: pd.DataFrame, sources: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Standards, hardest first: COLUMNS.

    ``difficulty`` is the frame of :func:`smtraining.analysis.items.difficulty`; ``sources`` tells the standards of each item. ``p`` is the
    plain mean of the items' p, so that no item counts more because it is worth more points; ``p_hardest`` the lowest of them. An item on
    several standards counts for each. A mean over one item says as much of the item as of the standard, and ``note`` says so.
    """
    of: dict[str, list[str]] = {}
    for item in difficulty.index[difficulty["p"].notna()]:
        for standard in sources.get(item, ()):
            of.setdefault(standard, []).append(item)
    rows = []
    for standard, items in of.items():
        p = difficulty.loc[items, "p"]
        note = "One item only." if len(items) == 1 else ""
        rows.append((standard, ", ".join(items), len(items), float(p.mean()), float(p.min()), note))
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["p", "standard"], ignore_index=True)
