"""Accepting a regrade, and taking it back. Each step is in the audit record; a run that is stopped can be started again.

Before rows change, what stood there goes to ``grading/audit/ASSIGNMENT.undo-ID.jsonl``. The order is: that file, the rows (one transaction
for each notebook), the autograded notebook, the line in the audit record.
"""

from __future__ import annotations

import datetime as dt
import getpass
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode, from_dict
from nbgrader.api import MissingEntry
from sqlalchemy.exc import OperationalError

from smtraining.errors import GradingError
from smtraining.grading import audit
from smtraining.grading.answers import AUDIT
from smtraining.grading.regrade import ALL, Course, Only, Redone, Report, Tell, opened, run, settle
from smtraining.grading.rescoring import Change, same


def accept(root: Path, assignment: str, only: Only = ALL, tell: Tell = lambda number: None) -> Report:
    """Make the changes that :func:`smtraining.grading.regrade.plan` shows. Raises as it does, and if the gradebook cannot be written."""
    with opened(root, assignment) as course:
        record = audit.file(course.config, assignment)
        id = _new_id(record)

        def keep(redone: Redone, notebook: Any) -> None:
            nb = _read(redone.path)
            audit.append(_undo_file(record, id), [_before(redone, notebook, nb)])
            _commit(course.gradebook.db)
            _put_cells(redone.path, nb, {c.cell: c.shown for c in redone.changes}, {c.cell: c.new for c in redone.changes})
            audit.append(record, [_line(id, assignment, redone, change) for change in redone.changes])

        report = run(course, only, keep, tell)
        report.id = id if report.redone else None
        return report


@dataclass(slots=True)
class Undone:
    """What was put back (or would be): (student, cell, score now, score then); ``kept``: (student, cell) and why it stays."""

    id: str
    back: list[tuple[str, str, float | None, float | None]] = field(default_factory=list)
    kept: list[tuple[str, str, str]] = field(default_factory=list)


def undo(root: Path, assignment: str, id: str | None = None, *, write: bool = False) -> Undone:
    """Put back what an accepted regrade changed (default: the last one). Without ``write`` it is only told.

    A cell that is not as the regrade left it is left alone. Scores by hand and comments stay. Raises GradingError if there is no such
    regrade.
    """
    with opened(root, assignment) as course:
        record = audit.file(course.config, assignment)
        path = _undoable(record, id)
        done = Undone(path.stem.rpartition(".undo-")[2])
        for line in audit.read(path):
            _undo_one(course, line, done, record if write else None)
    if write:
        path.rename(path.with_suffix(".undone"))
    return done


def _undo_one(course: Course, line: Mapping[str, Any], done: Undone, record: Path | None) -> None:
    student, name = line["student"], line["notebook"]
    try:
        submission = course.gradebook.find_submission(course.assignment, student)
        notebook = course.gradebook.find_submission_notebook(name, course.assignment, student)
        path = course.autograded(student, name)
        nb = _read(path)
    except (MissingEntry, GradingError) as error:
        done.kept += [(student, cell["cell"], str(error)) for cell in line["cells"]]
        return
    grades = {grade.name: grade for grade in notebook.grades}
    records = {entry.get("cell"): entry for entry in nb.metadata.get(AUDIT, {}).get("items", ())}
    back = []
    for cell in line["cells"]:
        grade = grades.get(cell["cell"])
        now = records.get(cell["cell"], {})
        if grade is None or not same(grade.auto_score, cell["after"]) or now.get("key") != cell["key"]:
            done.kept.append((student, cell["cell"], "it is not as the regrade left it"))
            continue
        back.append(cell)
        done.back.append((student, cell["cell"], grade.auto_score, cell["before"]))
        if grade.needs_manual_grade == cell["look_after"]:
            grade.needs_manual_grade = cell["look_before"]
        grade.auto_score = cell["before"]
    if record is None or not back:
        course.gradebook.db.rollback()
        return
    settle(course, submission, notebook)
    _commit(course.gradebook.db)
    _put_cells(path, nb, {c["cell"]: c["shown"] for c in back}, {c["cell"]: c["record"] for c in back})
    more = {"regrade": done.id, "by": _me(), "notebook": name}
    lines = [
        audit.entry("undone", course.assignment, student, **more, cell=c["cell"], before=c["after"], after=c["before"], record=c["record"])
        for c in back
    ]
    audit.append(record, lines)


# -- files -------------------------------------------------------------------------------------------------------------


def _before(redone: Redone, notebook: Any, nb: NotebookNode) -> audit.Entry:
    """What undoing needs: rows, records and cells as they were, and the rows as they will be."""
    shown = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in nb.cells}
    after = {grade.name: grade for grade in notebook.grades}
    cells = [
        {
            "cell": c.cell,
            "before": c.before,
            "after": after[c.cell].auto_score,
            "look_before": redone.looks[c.cell],
            "look_after": bool(after[c.cell].needs_manual_grade),
            "key": c.new.get("key"),
            "record": dict(c.old),
            "shown": json.loads(json.dumps(shown[c.cell])),
        }
        for c in redone.changes
    ]
    return audit.entry("before", "", redone.student, notebook=redone.notebook, cells=cells)


def _put_cells(path: Path, nb: NotebookNode, shown: Mapping[str, Any], records: Mapping[str, Mapping[str, Any]]) -> None:
    """Put cells and records of how they were scored into an autograded notebook, and replace its file in one step."""
    for index, cell in enumerate(nb.cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in shown:
            nb.cells[index] = from_dict(dict(shown[name]))  # type: ignore[no-untyped-call]
    kept = [entry for entry in nb.metadata.get(AUDIT, {}).get("items", ()) if entry.get("cell", entry["item"]) not in shown]
    order = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells]
    items = [*kept, *(dict(entry) for entry in records.values() if entry)]
    items.sort(key=lambda entry: order.index(entry.get("cell", entry["item"])) if entry.get("cell", entry["item"]) in order else len(order))
    nb.metadata[AUDIT] = {"schema": 1, "items": items}
    text: str = nbformat.writes(nb, version=4)  # type: ignore[no-untyped-call]
    new = path.with_name(f".{path.name}.regraded")
    new.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    new.chmod(path.stat().st_mode & 0o777)
    new.replace(path)


def _line(id: str, assignment: str, redone: Redone, change: Change) -> audit.Entry:
    """What was changed, by whom, by which key, and why."""
    return audit.entry(
        "regraded",
        assignment,
        redone.student,
        regrade=id,
        by=_me(),
        notebook=redone.notebook,
        cell=change.cell,
        before=change.before,
        after=change.after.points,
        by_hand=change.manual,
        reasons=list(change.reasons),
        old=dict(change.old),
        new=dict(change.new),
        score=list(redone.score),
        penalty=list(redone.penalty),
    )


def _commit(db: Any) -> None:
    try:
        db.commit()
    except OperationalError as error:
        db.rollback()
        raise GradingError(
            f"The gradebook cannot be written: {error.orig}. What was committed before is safe. Close other programs that use the "
            "gradebook, then run the same command again."
        ) from error


def _undo_file(record: Path, id: str) -> Path:
    return record.with_name(f"{record.stem}.undo-{id}.jsonl")


def _undoable(record: Path, id: str | None) -> Path:
    known = sorted(record.parent.glob(f"{record.stem}.undo-*.jsonl"))
    found = [path for path in known if id is None or path == _undo_file(record, id)]
    if not found:
        listed = ", ".join(path.stem.rpartition(".undo-")[2] for path in known) or "none"
        raise GradingError(f"There is no regrade {id or ''} to take back for {record.stem} (there are: {listed}).".replace("  ", " "))
    return found[-1]


def _new_id(record: Path) -> str:
    now = dt.datetime.now(dt.UTC)
    while _undo_file(record, now.strftime("%Y%m%d-%H%M%S")).exists():
        now += dt.timedelta(seconds=1)
    return now.strftime("%Y%m%d-%H%M%S")


def _read(path: Path) -> NotebookNode:
    try:
        nb: NotebookNode = nbformat.read(path, 4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise GradingError(f"{path} cannot be read: {error}") from error
    return nb


def _me() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "unknown"
