"""One row for each student and graded cell: for statistics, and for whoever wants to look at the items.

Points are the gradebook's. Outcome and time of the answer come from the audit that autograding leaves in the notebook, where there is one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from smtraining.interop.export import shown
from smtraining.interop.gradebook import Item
from smtraining.interop.tables import Table

HEADER = ("student", "assignment", "item", "points", "max", "outcome", "manual", "late", "time")

AUDIT = "smtraining_audit"
"""The notebook metadata in which autograding tells how each score came about (docs/grading.md)."""

MAX_NOTEBOOK = 50_000_000


def table(items: Iterable[Item], autograded: Path) -> Table:
    """The table, header first. ``late``: seconds after the due date; ``time``: of the answer, else of the submission, in UTC."""
    audits: dict[tuple[str, str, str], dict[str, Any]] = {}
    rows = [HEADER]
    for item in items:
        key = (item.student, item.assignment, item.notebook)
        if key not in audits:
            audits = {key: _audit(autograded / item.student / item.assignment / f"{item.notebook}.ipynb")}  # items come by notebook
        told = audits[key].get(item.name, {})
        time = told.get("time") or (item.time.strftime("%Y-%m-%dT%H:%M:%SZ") if item.time else "")
        rows.append(
            (
                item.student,
                item.assignment,
                item.name,
                "" if item.points is None else shown(item.points),
                shown(item.max),
                "unmarked" if item.unmarked and item.points is None else str(told.get("outcome") or ""),
                "yes" if item.manual else "no",
                str(item.late),
                str(time),
            )
        )
    return Table(tuple(rows), line_end="\n")


def _audit(path: Path) -> dict[str, Any]:
    """Item -> entry of the audit; nothing if the notebook is not there or cannot be read, since the points stand in the gradebook."""
    try:
        if path.stat().st_size > MAX_NOTEBOOK:
            return {}
        found = json.loads(path.read_text(encoding="utf-8"))["metadata"][AUDIT]["items"]
        return {entry["item"]: entry for entry in found}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
