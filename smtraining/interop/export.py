"""Grades into the gradebook file of an LMS: what would change is planned first, then written as a file for upload.

Only rows and columns in which something changes are written, with the columns that identify a student. A cell about which the gradebook
says nothing keeps what the LMS had, because an empty cell would erase a grade there.
"""

from __future__ import annotations

import difflib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from smtraining.errors import ExchangeError
from smtraining.interop.gradebook import Mark, Student
from smtraining.interop.lms import Column, Person, Sheet, comparable, number
from smtraining.interop.tables import Table

_NO_GRADE = ("", "-")

MAX_COMPARED = 100_000
"""Pairs of names up to which the nearest are looked for: if nobody matches, the file is a wrong one, and hints would only take minutes."""

_EXCUSED = "EX"
"""What stands in Canvas's file for a student who is excused."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the instructor decided."""

    missing_as_zero: bool = False
    include_unmarked: bool = False
    scale: bool = False
    skip_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One cell of the LMS that gets another value."""

    student: str
    column: str
    old: str
    new: str


@dataclass(slots=True)
class Plan:
    """What an export would do. ``blocked``: reasons why nothing may be written; the other lists are told to the instructor."""

    changes: list[Change] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    not_in_lms: list[str] = field(default_factory=list)
    not_in_gradebook: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Graded:
    """An assignment of the gradebook: its points, the marks by student id, and the column it goes to."""

    name: str
    max: float
    marks: Mapping[str, Mark]
    column: Column


def plan(sheet: Sheet, students: Sequence[Student], graded: Sequence[Graded], options: Options) -> Plan:
    """What changes in ``sheet``. ``table`` of the plan is the file to upload, or None if nothing changes or it is blocked."""
    made = Plan()
    pairs = _matched(sheet, students, made)
    rows = [list(row) for row in sheet.table.rows]
    changed: set[tuple[int, int]] = set()
    for assignment in graded:
        factor = _factor(assignment, options, made)
        if factor is None:
            continue
        if assignment.column.feedback is None and sheet.layout.name == "moodle":
            made.notes.append(
                f"{assignment.column.header}: the file has no column for feedback, so grades go alone. "
                "Export from Moodle again with 'Include feedback in export' to send both."
            )
        for student, person in pairs:
            cells = _fill(rows[person.row], assignment, student, factor, options, made)
            changed |= {(person.row, column) for column in cells}
    if made.ambiguous and not options.skip_ambiguous:
        made.blocked.append(
            "Some students are ambiguous (listed above). Mend the gradebook or the file, or leave them out: --skip-ambiguous"
        )
    if changed and not made.blocked:
        columns = sorted({*sheet.kept, *(column for _, column in changed)})
        keep = set(range(len(rows))) - {person.row for person in sheet.people} | {row for row, _ in changed}
        made.table = sheet.table.with_rows([[rows[row][column] for column in columns] for row in sorted(keep)])
    return made


def choose(sheet: Sheet, points: Mapping[str, float], assignment: str | None, column: str | None) -> list[tuple[str, Column]]:
    """(assignment, its column) for one assignment, or for all that have a column. Raises ExchangeError if there is none."""
    if column is not None and assignment is None:
        raise ExchangeError("--column says where one assignment goes. Name the assignment too: --assignment NAME")
    wanted = list(points) if assignment is None else [assignment]
    found = [(name, where) for name in wanted if (where := sheet.column(column or name))]
    if not found:
        titles = ", ".join(repr(entry.header) for entry in sheet.columns) or "none"
        raise ExchangeError(
            f"No column for {', '.join(wanted) or 'any assignment'} in the file. Its columns of grades: {titles}. "
            "Name one with --assignment NAME --column HEADER, or make the assignment in the LMS and export again."
        )
    return found


def nearest(name: str, others: Iterable[str]) -> str:
    """' Nearest: ...' with up to two similar names, or nothing."""
    near = difflib.get_close_matches(name, list(others), n=2, cutoff=0.6)
    return f" Nearest: {', '.join(near)}." if near else ""


def shown(points: float) -> str:
    """Points with up to two decimals, halves upward, as an LMS shows them."""
    return f"{math.floor(points * 100 + 0.5 + 1e-9) / 100:.2f}".rstrip("0").rstrip(".")


# -- private ---------------------------------------------------------------------------------------------------------


def _matched(sheet: Sheet, students: Sequence[Student], made: Plan) -> list[tuple[Student, Person]]:
    """Who is who: by identifiers alone. Whoever fits more than one of the other side is ambiguous."""
    by_id: defaultdict[tuple[str, str], list[Person]] = defaultdict(list)
    for person in sheet.people:
        for key in person.ids:
            by_id[key].append(person)
    rows: dict[str, set[int]] = {}
    claims: defaultdict[int, list[Student]] = defaultdict(list)
    people = {person.row: person for person in sheet.people}
    for student in students:
        keys = [(name, comparable(getattr(student, name))) for name in ("id", "email", "lms_user_id")]
        rows[student.id] = {person.row for key in keys if key[1] for person in by_id[key]}
        for row in rows[student.id]:
            claims[row].append(student)
    pairs = []
    unmatched = []
    doubtful: set[int] = set()
    for student in students:
        mine = sorted(rows[student.id])
        rivals = [other for row in mine for other in claims[row] if other is not student]
        if len(mine) > 1:
            made.ambiguous.append(f"{student} fits rows {', '.join(str(row + 1) for row in mine)} of the file.")
        elif rivals:
            made.ambiguous.append(f"{student} and {', '.join(map(str, rivals))} fit the same row {mine[0] + 1} ({people[mine[0]].name}).")
        elif mine:
            pairs.append((student, people[mine[0]]))
            continue
        else:
            unmatched.append(student)
        doubtful.update(mine)
    taken = {person.row for _, person in pairs} | doubtful
    alone = [person for person in sheet.people if person.row not in taken]
    few = len(unmatched) * len(alone) <= MAX_COMPARED
    there, here = [p.name for p in alone if few], [s.name for s in unmatched if few]
    made.not_in_lms = [f"{student}.{nearest(student.name, there)}" for student in unmatched]
    made.not_in_gradebook = [f"row {p.row + 1}: {p.name}.{nearest(p.name, here)}" for p in alone]
    return pairs


def _factor(assignment: Graded, options: Options, made: Plan) -> float | None:
    """What points are multiplied with; None if the LMS counts other points and nobody asked to convert."""
    there, here = assignment.column.max, assignment.max
    if there is None or not here or there == here:
        return 1.0
    if options.scale and there > 0:
        made.notes.append(f"{assignment.name}: {shown(here)} points here become {shown(there)} in the LMS.")
        return there / here
    made.blocked.append(
        f"{assignment.name} has {shown(here)} points, but {assignment.column.header!r} has {shown(there)}. "
        "Change the points in the LMS and export again, or convert: --scale"
    )
    return None


def _fill(row: list[str], assignment: Graded, student: Student, factor: float, options: Options, made: Plan) -> list[int]:
    """Put one student's mark into the row and note what that changes; returns the columns that have to be sent for it."""
    column, mark = assignment.column, assignment.marks.get(student.id)
    old = row[column.index].strip()
    if old.upper() == _EXCUSED:
        made.notes.append(f"{assignment.name}: {student} is excused in the LMS. That stays; to send a grade, take it back there first.")
        return []
    if mark is None:
        made.missing.append(f"{assignment.name}: {student}")
        if not options.missing_as_zero or old not in _NO_GRADE:
            return []
    elif mark.unmarked:
        made.unmarked.append(f"{assignment.name}: {student}")
        if not options.include_unmarked:
            return []
    before = len(made.changes)
    new = shown(mark.points * factor if mark else 0.0)
    was = number(old)
    if was is None or shown(was) != new:
        made.changes.append(Change(str(student), column.header, old, new))
        row[column.index] = new
    if column.feedback is not None and mark and mark.feedback and mark.feedback != row[column.feedback].strip():
        made.changes.append(Change(str(student), "feedback", row[column.feedback].strip(), mark.feedback))
        row[column.feedback] = mark.feedback
    if len(made.changes) == before:
        return []
    # Never one without the other: Moodle loses the grades of an import that has feedback alone.
    return [column.index] if column.feedback is None else [column.index, column.feedback]
