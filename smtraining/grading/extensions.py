"""Extensions: who may hand in what until when. A small table that an instructor writes by hand, or with ``smtraining extend``.

The file is ``grading/extensions.csv`` (students' names stay out of git) with the columns ``student``, ``assignment``, ``until`` and, if
you like, ``note``. Times are those of the course's time zone unless they name another. nbgrader keeps an extension only for work that was
handed in already; this table can be filled before.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smtraining.errors import GradingError
from smtraining.grading import moments

NEEDED = ("student", "assignment", "until")
COLUMNS = (*NEEDED, "note")


@dataclass(frozen=True, slots=True)
class Extension:
    """One line of the table. ``text`` is ``until`` as it was written."""

    student: str
    assignment: str
    until: dt.datetime
    text: str
    note: str
    line: int


Extensions = Mapping[tuple[str, str], Extension]
"""By student and assignment."""


def read(path: Path, zone: dt.tzinfo) -> dict[tuple[str, str], Extension]:
    """The extensions in a file; none if there is no file.

    Lines that are empty or begin with ``#`` are passed over; a semicolon may stand for the comma. Raises GradingError that names file
    and line if a line cannot be read, or if a student has two for one assignment.
    """
    if not path.exists():
        return {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GradingError(f"{path} cannot be read: {error}. Save it as CSV (UTF-8).") from error
    numbered = [(number, line) for number, line in enumerate(lines, 1) if _counts(line)]
    if not numbered:
        return {}
    mark = _separator(numbered[0][1])
    rows = [(number, next(csv.reader([line], delimiter=mark))) for number, line in numbered]
    head = _head(path, *rows[0])
    found: dict[tuple[str, str], Extension] = {}
    for number, row in rows[1:]:
        one = _extension(path, number, dict(zip(head, (cell.strip() for cell in row), strict=False)), zone)
        earlier = found.setdefault((one.student, one.assignment), one)
        if earlier is not one:
            raise GradingError(
                f"{path}, line {number}: {one.student} has an extension for {one.assignment} in line {earlier.line} already. "
                "Keep one of them."
            )
    return found


def put(path: Path, student: str, assignment: str, until: str | None, note: str, zone: dt.tzinfo) -> Extension | None:
    """Write one extension into the file, in place of the one that was there; ``until=None`` takes it away. Returns what was there before.

    Other lines stay as they are. The file is made if need be, and replaced in one step. Raises GradingError as :func:`read` does, and if a
    name or the time cannot stand in the file.
    """
    before = read(path, zone).get((student, assignment))
    lines = path.read_text(encoding="utf-8-sig").splitlines() if path.exists() else []
    if not any(map(_counts, lines)):
        lines.append(",".join(COLUMNS))
    if before is not None:
        del lines[before.line - 1]
    if until is not None:
        moments.read(until, zone)
        if (
            not student.strip()
            or any(letter in text for text in (student, assignment, note) for letter in "\r\n")
            or student.startswith("#")
        ):
            raise GradingError(f"{student!r} cannot stand in {path.name}: a student is one line of text that does not begin with '#'.")
        lines.append(_line(lines, {"student": student, "assignment": assignment, "until": until, "note": note}))
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_text("\n".join(lines) + "\n", encoding="utf-8")
    read(new, zone)
    new.replace(path)
    return before


def _counts(line: str) -> bool:
    """Whether a line says anything."""
    return bool(line.strip(" ,;\t")) and not line.lstrip().startswith("#")


def _separator(line: str) -> str:
    return ";" if line.count(";") > line.count(",") else ","


def _head(path: Path, number: int, cells: list[str]) -> list[str]:
    head = [cell.strip().lower() for cell in cells]
    while head and not head[-1]:  # a spreadsheet may add empty columns
        head.pop()
    missing = [name for name in NEEDED if name not in head]
    unknown = [name for name in head if name not in COLUMNS]
    if missing or unknown:
        wrong = f"has no column {missing[0]!r}" if missing else f"has a column {unknown[0]!r} that nobody reads"
        raise GradingError(f"{path}, line {number}: the table {wrong}. Its first line is: {','.join(COLUMNS)} (note may be left out).")
    return head


def _extension(path: Path, number: int, row: Mapping[str, str], zone: dt.tzinfo) -> Extension:
    empty = [name for name in NEEDED if not row.get(name)]
    if empty:
        raise GradingError(f"{path}, line {number}: {empty[0]!r} is empty.")
    try:
        until = moments.read(row["until"], zone)
    except GradingError as error:
        raise GradingError(f"{path}, line {number}: {error}") from None
    return Extension(row["student"], row["assignment"], until, row["until"], row.get("note", ""), number)


def _line(lines: list[str], row: Mapping[str, str]) -> str:
    """A row in the order of the columns that the file has, with its own separator."""
    first = next(filter(_counts, lines))
    mark = _separator(first)
    head = [cell.strip().lower() for cell in next(csv.reader([first], delimiter=mark))]
    if row["note"] and "note" not in head:
        raise GradingError("The table of extensions has no column for a note. Add one named 'note' to its first line.")
    made = io.StringIO()
    csv.writer(made, delimiter=mark, lineterminator="").writerow([row.get(name, "") for name in head])
    return made.getvalue()
