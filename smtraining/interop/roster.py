"""Students of an LMS into nbgrader's gradebook: as often as you like, nothing is doubled and nobody is removed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smtraining.errors import ExchangeError
from smtraining.interop.gradebook import Student
from smtraining.interop.tables import Table, plain

FIELDS = ("first_name", "last_name", "email", "lms_user_id")

_SAFE_ID = re.compile(r"[\w@][\w.@-]{0,127}")
"""A student id becomes the name of a folder, and nbgrader wants no + in it."""


@dataclass(frozen=True, slots=True)
class Form:
    """The columns of one kind of roster. Where several are named, the first that holds something counts."""

    id: tuple[str, ...]
    lms_user_id: tuple[str, ...]
    email: tuple[str, ...] = ("Email address", "Email")


FORMS: Mapping[str, Form] = {
    "canvas": Form(("SIS Login ID", "SIS User ID", "ID"), ("ID",)),
    "moodle": Form(("Username", "ID number", "Email address"), ("ID number",)),
    "blackboard": Form(("Username",), ("Student ID",)),
    "brightspace": Form(("Username", "OrgDefinedId", "Org Defined ID"), ("OrgDefinedId", "Org Defined ID")),
    "plain": Form(("id", "student_id", "username", "student", "email"), ("lms_user_id",), ("email", "e-mail")),
}


@dataclass(slots=True)
class Plan:
    """What an import would do. ``changed``: (before, after)."""

    new: list[Student] = field(default_factory=list)
    changed: list[tuple[Student, Student]] = field(default_factory=list)
    same: int = 0
    not_in_file: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def form_of(table: Table) -> str:
    """Which LMS wrote this roster, told from its header; "plain" if it looks like none of them."""
    header = {plain(cell) for cell in table.rows[0]}
    if {"student", "id", "section"} <= header:
        return "canvas"
    if "orgdefinedid" in header or "endoflineindicator" in header:
        return "brightspace"
    if "emailaddress" in header:
        return "moodle"
    if {"username", "lastname", "firstname"} <= header:
        return "blackboard"
    return "plain"


def read(table: Table, form: str, id_from: str | None = None) -> tuple[list[Student], list[str]]:
    """The students of a roster, and what is wrong with rows that give none.

    ``form`` is a key of FORMS; ``id_from`` names the column of the student ids. Raises ExchangeError if there is no such column.
    """
    shape = FORMS[form]
    header = [plain(cell) for cell in table.rows[0]]
    wanted = (id_from,) if id_from else shape.id
    if not any(plain(name) in header for name in wanted):
        found = ", ".join(cell.strip() for cell in table.rows[0])
        raise ExchangeError(f"No column {' or '.join(wanted)} for the student ids. The file has: {found}. Name one with --id-from COLUMN.")
    students: list[Student] = []
    problems = []
    for number, row in enumerate(table.rows[1:], 2):
        cells = dict(zip(reversed(header), reversed([cell.strip().lstrip("#") for cell in row]), strict=True))
        if form == "canvas" and _is_no_student(cells):
            continue
        student = _student(cells, shape, wanted)
        if not student.id:
            problems.append(f"row {number}: no id ({student.name or 'no name'}).")
        elif not _SAFE_ID.fullmatch(student.id):
            problems.append(
                f"row {number}: {student.id!r} cannot be an id: letters, digits and . _ - @ only, since it names a folder. "
                "Take another column: --id-from COLUMN"
            )
        else:
            students.append(student)
    counts = Counter(student.id.casefold() for student in students)
    problems += [f"{id!r} stands in {count} rows." for id, count in counts.items() if count > 1]
    return [student for student in students if counts[student.id.casefold()] == 1], problems


def plan(found: Sequence[Student], there: Sequence[Student]) -> Plan:
    """What would change. Empty cells change nothing; an e-mail address or LMS id that another student has is a problem."""
    made = Plan()
    by_id = {student.id: student for student in there}
    spelled = {student.id.casefold(): student.id for student in there}
    owner = {(name, getattr(s, name).casefold()): s.id for s in there for name in ("email", "lms_user_id") if getattr(s, name)}
    for student in found:
        other = next(
            (o for n in ("email", "lms_user_id") if (o := owner.get((n, getattr(student, n).casefold()), student.id)) != student.id), None
        )
        other = other or (spelled.get(student.id.casefold()) if student.id not in by_id else None)
        if other:
            made.problems.append(
                f"{student} is in the gradebook as {other!r} already. "
                "To keep that id, import with the column that holds it: --id-from COLUMN"
            )
            continue
        old = by_id.get(student.id)
        if old is None:
            made.new.append(student)
            continue
        after = Student(student.id, *(getattr(student, name) or getattr(old, name) for name in FIELDS))
        if after == old:
            made.same += 1
        else:
            made.changed.append((old, after))
    listed = {student.id for student in found}
    made.not_in_file = [str(student) for student in there if student.id not in listed]
    return made


def apply(made: Plan, gradebook: Any) -> None:
    """Write the plan into nbgrader's gradebook."""
    for student in [*made.new, *(after for _, after in made.changed)]:
        values = {name: value for name in FIELDS if (value := getattr(student, name))}
        gradebook.update_or_create_student(student.id, **values)


# -- private ---------------------------------------------------------------------------------------------------------


def _is_no_student(cells: Mapping[str, str]) -> bool:
    name = cells.get("student", "")
    posting = not name and not cells.get("id")
    return "Points Possible" in name or posting or name == "Student, Test"


def _student(cells: Mapping[str, str], shape: Form, ids: Sequence[str | None]) -> Student:
    def first(names: Sequence[str | None]) -> str:
        return next((cells[plain(name)] for name in names if name and cells.get(plain(name))), "")

    given, family = first(("first_name", "First name", "given name")), first(("last_name", "Last name", "Surname", "family name"))
    if not given and not family:
        whole = first(("Student", "name", "full name"))
        family, comma, given = (part.strip() for part in whole.partition(","))
        if not comma:
            given, _, family = whole.rpartition(" ")
    id = first(ids)
    email = first(shape.email) or (id if "@" in id else "")
    return Student(id, given.strip(), family.strip(), email, first(shape.lms_user_id))
