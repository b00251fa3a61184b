"""Everything that is worked out about a class and an exercise, in one go: what the dashboard, the report and the CSV files show."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from smtraining.analysis import choices, groups, items, judgement, markers, progress, standards
from smtraining.analysis.data import ClassData
from smtraining.analysis.reliability import Reliability, reliability
from smtraining.analysis.responses import PLACED

ITEMS = ["item", "title", "kind", "max", "n", "p", "p_low", "p_high", "sd", "r", "r_low", "r_high", "alpha_if_deleted", "omitted", "note"]


@dataclass(frozen=True, slots=True)
class Analysis:
    """The tables, as the functions that make them describe them. ``items`` has the columns ITEMS, in the order of the exercise;
    ``omitted`` is the share (0 to 1) of students without an answer, NaN where that is not known. ``group`` is "" for the whole class."""

    data: ClassData
    group: str
    reliability: Reliability
    items: pd.DataFrame
    choices: pd.DataFrame
    standards: pd.DataFrame
    spread: pd.DataFrame
    concordance: pd.DataFrame
    stuck: pd.DataFrame
    waits: pd.DataFrame
    groups: pd.DataFrame
    agreement: pd.DataFrame

    @property
    def totals(self) -> pd.Series:
        """Credit (0 to 1) of each student who handed in, on the items that are marked for everybody."""
        points = self.data.points.dropna(axis="columns")
        worth = float(self.data.most[points.columns].sum())
        return points.sum(axis=1) / worth if worth else pd.Series(dtype=float)


def analyse(data: ClassData, group: str = "") -> Analysis:
    """The analysis of a class, or of one of its groups. The comparison of groups is always that of the whole class."""
    part = data.only(group) if group else data
    points = part.points
    hard = items.difficulty(points, part.most)
    placed = {id: info.kind for id, info in part.items.items() if info.kind in PLACED}
    is_placed = part.options["item"].isin(placed)
    spread = judgement.spread_table(part.answers, part.options[is_placed], part.parts)
    whole = reliability(points)
    return Analysis(
        data=part,
        group=group,
        reliability=whole,
        items=_items(part, points, hard, whole),
        choices=choices.choice_table(part.answers, part.options[~is_placed], points),
        standards=standards.standards_table(hard, {id: info.sources for id, info in part.items.items()}),
        spread=spread,
        concordance=judgement.concordance_table(part.answers, placed, spread),
        stuck=progress.stuck(part),
        waits=progress.waits(part),
        groups=groups.compare(data),
        agreement=markers.agreement_table(part.marks),
    )


def on_standard(found: Analysis, standard: str) -> Analysis:
    """The same analysis with only the items that rest on a standard. Totals, and what is compared with them, stay those of the exercise."""
    kept = [id for id, info in found.data.items.items() if standard in info.sources]

    def of(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["item"].isin(kept)].reset_index(drop=True)

    return replace(found, items=of(found.items), choices=of(found.choices), spread=of(found.spread), concordance=of(found.concordance))


def _items(data: ClassData, points: pd.DataFrame, hard: pd.DataFrame, whole: Reliability) -> pd.DataFrame:
    table = hard.join(items.item_rest(points))
    table["note"] = [row["note"] or items.remarks(row) for _, row in table.iterrows()]
    table["title"] = [data.items[item].title for item in table.index]
    table["kind"] = [data.items[item].kind for item in table.index]
    table["max"] = [data.items[item].points for item in table.index]
    table["alpha_if_deleted"] = pd.Series(whole.if_deleted, dtype=float).reindex(table.index)
    tried = data.credit[data.credit["student"].isin(points.index)].dropna(subset=["attempted"])
    table["omitted"] = (tried["attempted"] == False).groupby(tried["item"]).mean().reindex(table.index)  # noqa: E712
    return table.rename_axis("item").reset_index()[ITEMS]
