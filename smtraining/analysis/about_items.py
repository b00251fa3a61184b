"""The parts of the dashboard and the report that speak of items: what was found, how to read it, and the numbers, as HTML."""

from __future__ import annotations

import math

import pandas as pd

from smtraining.analysis import figures
from smtraining.analysis.choices import THIRDS
from smtraining.analysis.markup import (
    Cell,
    Column,
    bar,
    correlation,
    correlations,
    count,
    decimal,
    estimate,
    facts,
    ids,
    look,
    paragraph,
    percent,
    percents,
    table,
)
from smtraining.analysis.samples import LEAST, too_few
from smtraining.analysis.shown import Shown

KINDS = {
    "single": "one choice",
    "multiple": "several choices",
    "pair": "choice and reason",
    "order": "order",
    "match": "sorting",
    "spot": "marking",
    "rank": "ranking",
    "rate": "rating",
    "written": "written",
    "policy": "policy",
    "cell": "code",
}


def items(shown: Shown) -> str:
    """Difficulty, discrimination, reliability."""
    found = shown.analysis
    rows = found.items
    few = too_few(len(found.data.points))
    parts = [
        shown.h("Items"),
        paragraph(
            "Mean credit (p) says how easy an item was. The item-rest correlation says whether those who do well on the rest of the "
            "exercise also do well on this item; near zero or below, look at the key and the wording. The ranges are 95% intervals: "
            "where the true number may well be."
        ),
    ]
    if few:
        parts.append(paragraph(f"{few} So correlations and reliability are not shown; the mean credit is, with its interval."))
    else:
        parts.append(_reliability(shown))
    if rows["p"].notna().any():
        parts += [figures.difficulty(rows), figures.discrimination(rows)]
    columns = [
        Column("Item"), Column("Question", wide=True), Column("Note", wide=True), Column("Mean credit (p)", number=True),
        Column("Item-rest correlation", number=True), Column("Alpha without it", number=True), Column("No answer", number=True),
        Column("Points", number=True),
    ]  # fmt: skip
    body: list[list[Cell]] = []
    for _, row in rows.iterrows():
        p = estimate(bar(row["p"]), percents(row["p_low"], row["p_high"]))
        r = "" if few else estimate(correlation(row["r"]), correlations(row["r_low"], row["r_high"]))
        deleted = "" if few else correlation(row["alpha_if_deleted"])
        note = "" if row["note"] == few else row["note"]
        question = f"{row['title']} ({KINDS[row['kind']]})"
        body.append([row["item"], question, note, p, r, deleted, percent(row["omitted"]), decimal(row["max"], 2)])
    return "".join([*parts, table("Item analysis", columns, body)])


def choices(shown: Shown, item: str | None = None) -> str:
    """What was chosen, for one item or for all, by thirds of the class."""
    found = shown.analysis
    few = too_few(len(found.data.points))
    parts = [
        shown.h("Choices"),
        paragraph(
            "Each option with the share of students who chose it, in the whole class and in its thirds by the total of the other items. "
            "A good wrong option draws weaker students more than stronger ones. Students with equal totals stay in one third."
        ),
    ]
    if few:
        parts.append(paragraph(f"{few} So the thirds are not shown."))
    chosen = found.choices if item is None else found.choices[found.choices["item"] == item]
    if chosen.empty:
        parts.append(paragraph("There are no choices to show here."))
    for id, rows in chosen.groupby("item", sort=False):
        parts += [shown.h(f"{id}: {found.data.items[str(id)].title}", 1), *_choices(shown, str(id), rows, few)]
    return "".join(parts)


def standards(shown: Shown) -> str:
    """The hardest standards."""
    rows, names = shown.analysis.standards, shown.analysis.data.standards
    parts = [
        shown.h("Hardest standards"),
        paragraph("The mean credit of the items that rest on each standard or law, the hardest first. One item may rest on several."),
    ]
    if rows.empty:
        return "".join([*parts, paragraph("Nothing handed in rests on a standard yet.")])
    labels = [names[id] for id in rows["standard"]]
    columns = [Column("Standard", wide=True), Column("Mean credit", number=True), Column("Hardest item", number=True),
               Column("Items", wide=True), Column("Note", wide=True)]  # fmt: skip
    body = [
        (label, bar(row["p"]), percent(row["p_hardest"]), ids(row["items"].split(", ")), row["note"])
        for label, (_, row) in zip(labels, rows.iterrows(), strict=True)
    ]
    return "".join([*parts, table("Standards, the hardest first", columns, body)])


def judgement(shown: Shown) -> str:
    """How far the answers to ordering, ranking and rating items lie apart."""
    found = shown.analysis
    parts = [
        shown.h("Judgement: spread of the answers"),
        paragraph(
            "For items that ask for an order or a rating: where the class puts each response, how far the answers lie apart (standard "
            "deviation, SD), and where the key puts it. Kendall's W is 1 if all give one order, and 0 if they share none. Where the class "
            "agrees and the key does not, talk about it: either may be wrong."
        ),
    ]
    if found.concordance.empty:
        return "".join([*parts, paragraph("There is no item of this sort here.")])
    columns = [Column("Response", wide=True), Column("Key", number=True), Column("Mean", number=True), Column("SD", number=True),
               Column("At the key", number=True), Column("Mean distance", number=True), Column("Note", wide=True)]  # fmt: skip
    for _, whole in found.concordance.iterrows():
        rows = found.spread[found.spread["item"] == whole["item"]]
        title = found.data.items[whole["item"]].title
        agreed = f" Kendall's W {correlation(whole['w'])}." if not math.isnan(whole["w"]) else f" {whole['note']}"
        parts += [
            shown.h(f"{whole['item']}: {title}", 1),
            paragraph(f"{count(whole['n'], 'complete answer')}.{agreed}"),
            figures.spread(rows),
            table(
                f"{whole['item']}: places given",
                columns,
                [
                    (row["text"], decimal(row["key"], 0), decimal(row["mean"], 2), decimal(row["sd"], 2), bar(row["at_key"]),
                     decimal(row["distance"], 2), row["note"])
                    for _, row in rows.iterrows()
                ],
            ),
        ]  # fmt: skip
    return "".join(parts)


def _reliability(shown: Shown) -> str:
    whole = shown.analysis.reliability
    if whole.alpha is None or whole.low is None or whole.high is None:
        return look(whole.notes)
    pairs: list[tuple[str, Cell]] = [
        (whole.name, f"{correlation(whole.alpha)}, interval {correlations(whole.low, whole.high)} ({whole.k} items, {whole.n} students)")
    ]
    if whole.sem is not None and whole.sd is not None:
        pairs.append(("Standard error", f"{decimal(whole.sem, 2)} points (the totals' standard deviation is {decimal(whole.sd, 2)})"))
    said = (
        "Alpha says how much of the differences between totals is more than chance. A short exercise on many topics has a low one; that is "
        f"no fault, but do not rank people by it. With fewer than {LEAST} students nothing of this is shown."
    )
    return "".join([shown.h("Reliability of the totals", 1), facts(pairs), paragraph(said), look(whole.notes)])


def _choices(shown: Shown, item: str, rows: pd.DataFrame, few: str) -> list[str]:
    columns = [
        Column("Option", wide=True), Column("Key"), Column("Note", wide=True), Column("Share (students)", number=True),
        Column("Weakest third", number=True), Column("Middle third", number=True), Column("Strongest third", number=True),
        Column("Correlation with the rest", number=True),
    ]  # fmt: skip
    found = []
    for part, mine in rows.groupby("part", sort=False):
        body: list[list[Cell]] = []
        for _, row in mine.iterrows():
            by_thirds: list[Cell] = ["", "", "", ""] if few else [*(bar(row[third]) for third in THIRDS), correlation(row["r"])]
            note = "" if few else row["note"]
            body.append([row["text"], "right" if row["key"] is True else "", note, bar(row["share"], row["n"]), *by_thirds])
        words = shown.analysis.data.parts.get((item, str(part)), "")
        caption = f"{item}: {words}" if words else f"{item}: what was chosen"
        found.append(table(caption, columns, body, [row["key"] is True for _, row in mine.iterrows()]))
    return found
