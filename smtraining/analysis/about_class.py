"""The parts of the dashboard and the report that speak of students: what was found, how to read it, and the numbers, as HTML."""

from __future__ import annotations

import pandas as pd

from smtraining.analysis import figures
from smtraining.analysis.markup import (
    Cell,
    Column,
    bar,
    correlation,
    correlations,
    count,
    decimal,
    details,
    facts,
    look,
    paragraph,
    percent,
    span,
    table,
)
from smtraining.analysis.shown import Shown


def overview(shown: Shown) -> str:
    """How many handed in, what they earned, how far the totals can be relied on."""
    found, data = shown.analysis, shown.analysis.data
    n, everybody = len(data.points), len(data.students)
    waiting = int(data.credit["points"].isna().sum())
    pairs: list[tuple[str, Cell]] = [("Handed in", f"{n} of {count(everybody, 'student')}")]
    if n and len(found.totals):
        mean, middle = float(found.totals.mean()), float(found.totals.median())
        pairs.append(("Mean credit", f"{percent(mean)} of the points (half of the class has {percent(middle)} or more)"))
    if waiting:
        pairs.append(("Still to be marked", count(waiting, "answer")))
    parts = [shown.h("Overview"), look(data.notes), facts(pairs)]
    if n and len(found.totals):
        parts += [figures.totals(found.totals), details("The same as a table", _totals_table(found.totals))]
    return "".join(parts)


def stuck(shown: Shown) -> str:
    """Who may need help."""
    rows = shown.analysis.stuck
    parts = [
        shown.h("Who may be stuck"),
        paragraph(
            "Students who handed in nothing, left a third of the items or more without an answer, or earned less than half of the points "
            "marked so far. It is a reason to ask, not a judgement. Whether somebody opened a hint is not recorded."
        ),
    ]
    if rows.empty:
        return "".join([*parts, paragraph("Nobody is on this list.")])
    columns = [
        Column("Student"), Column("Why", wide=True), Column("Credit", number=True), Column("No answer", number=True),
        Column("Items below half", number=True), Column("To be marked", number=True), Column("Most changes to one answer", number=True),
        Column("Late", number=True),
    ]  # fmt: skip
    body = [
        (
            _student(shown, row), row["reason"], percent(row["credit"]), str(row["not_attempted"]), str(row["low_items"]),
            str(row["waiting"]), decimal(row["changes"], 0), span(row["late_hours"]) if row["late_hours"] > 0 else "no",
        )
        for _, row in rows.iterrows()
    ]  # fmt: skip
    return "".join([*parts, table(f"Students who may need help ({len(body)})", columns, body)])


def feedback(shown: Shown) -> str:
    """How long feedback takes."""
    rows = shown.analysis.waits
    hours = rows["hours"].dropna()
    waiting = rows[rows["feedback"].isna()]
    unknown = int((rows["feedback"].notna() & rows["hours"].isna()).sum())
    pairs: list[tuple[str, Cell]] = [("Without feedback yet", f"{len(waiting)} of {len(rows)} who handed in")]
    if len(hours):
        pairs += [("Half had it within", span(float(hours.median()))), ("Nine in ten within", span(float(hours.quantile(0.9))))]
        pairs.append(("The longest wait", span(float(hours.max()))))
    if unknown:
        pairs.append(("Time not known", f"{count(unknown, 'student')}: no time of handing in, or one after the feedback"))
    parts = [
        shown.h("Time to feedback"),
        paragraph("From handing in to the last writing of the feedback file. Making it anew starts the count anew."),
        facts(pairs),
        figures.waiting(rows["hours"]),
    ]
    if len(waiting):
        now = pd.Timestamp.now(tz="UTC")
        body = [
            (_student(shown, row), f"{row['time']:%Y-%m-%d %H:%M}" if pd.notna(row["time"]) else "not known",
             span((now - row["time"]).total_seconds() / 3600) if pd.notna(row["time"]) else "–")
            for _, row in waiting.sort_values(["time", "student"], na_position="last").iterrows()
        ]  # fmt: skip
        parts.append(
            table("Waiting for feedback", [Column("Student"), Column("Handed in (UTC)", number=True), Column("Waiting", number=True)], body)
        )
    return "".join(parts)


def written(shown: Shown) -> str:
    """Agreement of those who marked written work."""
    rows = shown.analysis.agreement
    parts = [
        shown.h("Written work: agreement"),
        paragraph(
            "Where two people marked the same answers: how often they chose the same level, and Cohen's kappa, which takes chance away "
            "(1 is full agreement, 0 is no more than chance). Weighted kappa counts a near miss less than a far one."
        ),
    ]
    if rows.empty:
        return "".join([*parts, paragraph("No answer has been marked by two people.")])
    columns = [Column("Task"), Column("Criterion"), Column("Markers"), Column("Answers", number=True), Column("Same level", number=True),
               Column("At most one apart", number=True), Column("Kappa", number=True), Column("Interval", number=True),
               Column("Weighted", number=True), Column("Note", wide=True)]  # fmt: skip
    body = [
        (row["task"], row["criterion"], row["markers"], str(row["n"]), bar(row["share"]), percent(row["near"]), correlation(row["kappa"]),
         correlations(row["kappa_low"], row["kappa_high"]), correlation(row["weighted"]), row["note"])
        for _, row in rows.iterrows()
    ]  # fmt: skip
    return "".join([*parts, table("Agreement of markers", columns, body)])


def groups(shown: Shown) -> str:
    """The groups side by side."""
    rows = shown.analysis.groups
    parts = [
        shown.h("Groups"),
        paragraph("Groups side by side, whichever is chosen above. They were not drawn by lot, so a difference has many possible reasons."),
    ]
    if rows.empty:
        return "".join([*parts, paragraph("No groups are known. docs/analysis.md says how to name them.")])
    columns = [Column("Group"), Column("Students", number=True), Column("Handed in", number=True), Column("Mean credit", number=True),
               Column("SD", number=True), Column("Median time to feedback", number=True), Column("Note", wide=True)]  # fmt: skip
    body = [
        (row["group"], decimal(row["students"], 0), decimal(row["handed_in"], 0), bar(row["credit"]), percent(row["sd"]),
         span(row["hours"]), row["note"])
        for _, row in rows.iterrows()
    ]  # fmt: skip
    return "".join([*parts, table("Groups compared", columns, body)])


def _student(shown: Shown, row: pd.Series) -> str:
    name = shown.names[row["student"]]
    return f"{name} ({row['group']})" if row["group"] and not shown.analysis.group else name


def _totals_table(credit: pd.Series) -> str:
    edges = [*range(0, 100, 20)]
    rows = []
    for low in edges:
        top = credit <= 1 if low == 80 else credit < (low + 20) / 100
        inside = int(((credit >= low / 100) & top).sum())
        rows.append((f"{low} to {low + 20}%", str(inside), bar(inside / len(credit))))
    return table("Totals", [Column("Share of the points"), Column("Students", number=True), Column("Share of students", number=True)], rows)
