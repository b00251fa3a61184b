"""Who may be stuck, and how long feedback takes: from the gradebook, the submissions and the feedback files."""

from __future__ import annotations

import math

import pandas as pd

from smtraining.analysis.data import ClassData

LOW = 0.5
"""Credit below which a student is listed. A choice of ours; nothing in the course depends on it."""

SKIPPED = 1 / 3
"""Share of items without an answer from which a student is listed."""

STUCK = ["student", "name", "group", "credit", "not_attempted", "low_items", "changes", "waiting", "late_hours", "reason"]
WAIT = ["student", "name", "group", "time", "feedback", "hours"]


def stuck(data: ClassData) -> pd.DataFrame:
    """Students who may need help, the most pressing first: STUCK.

    Listed is who handed in nothing, left SKIPPED of the items or more without an answer, or earned less than LOW of the points marked so
    far. ``credit`` is that share (NaN: nothing marked), ``not_attempted`` counts items without an answer, ``low_items`` those below LOW,
    ``changes`` the times the most often changed answer was saved, ``waiting`` items still to be marked. Whether a hint was opened is not
    recorded, so nothing here speaks of hints.
    """
    per = _per_student(data)
    rows = []
    for student, who in data.students.join(per).iterrows():
        reasons = []
        if not who["handed_in"]:
            reasons.append("Handed in nothing.")
        elif who["not_attempted"] and who["not_attempted"] >= SKIPPED * who["items"]:
            reasons.append(f"No answer to {who['not_attempted']:.0f} of {who['items']:.0f} items.")
        if who["handed_in"] and who["credit"] < LOW:
            reasons.append("Less than half of the points marked so far.")
        if reasons:
            counts = [int(who[name]) if who["handed_in"] else 0 for name in ("not_attempted", "low_items", "waiting")]
            skipped, low, waiting = counts
            press = (bool(who["handed_in"]), 0.0 if math.isnan(who["credit"]) else who["credit"], -skipped, str(student))
            row = (student, who["name"], who["group"], who["credit"], skipped, low, who["changes"], waiting, who["late"] / 3600)
            rows.append((press, (*row, " ".join(reasons))))
    return pd.DataFrame([row for _, row in sorted(rows, key=lambda pair: pair[0])], columns=STUCK)


def _per_student(data: ClassData) -> pd.DataFrame:
    """Sums over the items of each student who handed in."""
    found = data.credit.assign(
        not_attempted=data.credit["attempted"] == False,  # noqa: E712  (the column also holds None)
        waiting=data.credit["points"].isna(),
        low_items=data.credit["points"] / data.credit["max"] < LOW,
        worth=data.credit["max"].where(data.credit["points"].notna(), 0.0),
    ).groupby("student")
    sums = found[["not_attempted", "waiting", "low_items", "points", "worth"]].sum()
    return sums.assign(items=found.size(), changes=found["changes"].max(), credit=sums["points"] / sums["worth"].where(sums["worth"] > 0))


def waits(data: ClassData) -> pd.DataFrame:
    """Hours from handing in to the feedback file, the longest first; those without feedback come before all: WAIT.

    The feedback file's time is when it was last written. ``hours`` is NaN while there is no feedback, or where it is not known when the
    work was handed in; students who handed in nothing are left out.
    """
    here = data.students[data.students["handed_in"].astype(bool)]
    hours = (here["feedback"] - here["time"]).dt.total_seconds() / 3600
    found = here.assign(hours=hours.where(hours >= 0)).rename_axis("student").reset_index()
    return found.sort_values(["hours", "student"], ascending=[False, True], na_position="first", ignore_index=True)[WAIT]
