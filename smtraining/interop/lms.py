"""The gradebook files of four learning management systems: which columns say who a row is, and which hold grades.

What each rule rests on (a help page, or the source of the LMS) is listed in docs/lms.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from smtraining.errors import ExchangeError
from smtraining.interop.tables import Table, plain


@dataclass(frozen=True, slots=True)
class Layout:
    """One LMS. ``keys``: column that identifies -> attributes of a gradebook student it may equal; ``info``: other columns to keep."""

    name: str
    keys: Mapping[str, tuple[str, ...]]
    info: tuple[str, ...]
    grade: re.Pattern[str]
    needs: tuple[str, ...]
    """At least one of these columns must be there for the file to be one of this LMS."""


LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout(
            "canvas",
            {"ID": ("lms_user_id",), "SIS User ID": ("id",), "SIS Login ID": ("id", "email")},
            ("Student", "LastName", "FirstName", "Integration ID", "Root Account", "Section"),
            re.compile(r"(?P<title>.+?)(?: \(\d+\))?"),
            ("Student", "LastName"),
        ),
        Layout(
            "moodle",
            {"Email address": ("email",), "Username": ("id",), "ID number": ("id", "lms_user_id")},
            ("First name", "Last name", "Surname", "Institution", "Department"),
            re.compile(r"(?:[^:()]{1,30}: ?)?(?P<title>.+?) \((?!Feedback|Percentage|Letter)[^()]+\)"),
            ("Email address", "Username", "ID number"),
        ),
        Layout(
            "blackboard",
            {"Username": ("id", "email"), "Student ID": ("lms_user_id", "id")},
            ("Last Name", "First Name"),
            re.compile(r"(?P<title>.+?) ?\[Total Pts: ?(?P<max>[\d.]*)[^\]]*\](?: ?\|\d+)?"),
            ("Username",),
        ),
        Layout(
            "brightspace",
            {"OrgDefinedId": ("lms_user_id", "id"), "Org Defined ID": ("lms_user_id", "id"), "Username": ("id",), "Email": ("email",)},
            ("End-of-Line Indicator",),
            re.compile(r"(?P<title>.+?) Points Grade(?: ?<(?:.*?MaxPoints: ?(?P<max>[\d.]+))?.*>)?"),
            ("OrgDefinedId", "Org Defined ID", "Username"),
        ),
    )
}

_CANVAS_TOTALS = re.compile(r"(?:Current|Final|Override) (?:Score|Points|Grade|Status)")
_CANVAS_POSTING = re.compile(r"\s*(?:Muted|Manual Posting.*)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of grades: position, header as it stands, title without the LMS's additions, and points if the file tells them."""

    index: int
    header: str
    title: str
    max: float | None
    feedback: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A row of a student. ``ids``: (attribute of a gradebook student, its value) for each identifier, in comparable form."""

    row: int
    name: str
    ids: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A gradebook file, understood. ``kept``: columns that go along unchanged; rows that are no ``people`` go along unchanged too."""

    layout: Layout
    table: Table
    kept: tuple[int, ...]
    columns: tuple[Column, ...]
    people: tuple[Person, ...] = field(default=())

    def column(self, wanted: str) -> Column | None:
        """The one column with this header or title, or None. Raises ExchangeError if there are several."""
        exact = [column for column in self.columns if column.header == wanted]
        found = exact or [column for column in self.columns if plain(column.title) == plain(wanted)]
        if len(found) > 1:
            headers = ", ".join(repr(column.header) for column in found)
            raise ExchangeError(
                f"{len(found)} columns may be meant by {wanted!r}: {headers}. Name one with --column, exactly as it stands."
            )
        return found[0] if found else None


def sheet(table: Table, lms: str) -> Sheet:
    """The gradebook file of the LMS named ``lms`` (a key of LAYOUTS). Raises ExchangeError if it cannot be one."""
    layout = LAYOUTS[lms]
    header = [cell.strip() for cell in table.rows[0]]
    keys = {index: layout.keys[name] for index, cell in enumerate(header) if (name := _known(cell, layout.keys))}
    if not keys or not any(_known(cell, layout.needs) for cell in header):
        needed, found = ", ".join(layout.keys), ", ".join(header[:8])
        raise ExchangeError(
            f"This is not a gradebook export of {lms}: it needs one of the columns {needed}; the file begins with: {found}. "
            "Export the gradebook from the LMS and give that file with --into."
        )
    info = [index for index, cell in enumerate(header) if _known(cell, layout.info)]
    kept = tuple(sorted({*keys, *info}))
    if lms == "brightspace":  # its help page asks to import nothing else of a person
        kept = tuple(index for index in kept if _known(header[index], ("OrgDefinedId", "Org Defined ID", "Username", *layout.info)))
    fixed = _canvas_rows(table) if lms == "canvas" else {0}
    points = next((table.rows[row] for row in fixed if "Points Possible" in table.rows[row][0]), None)
    people = []
    for number, row in enumerate(table.rows):
        if number in fixed:
            continue
        ids = {(name, value) for index, names in keys.items() for name in names if (value := comparable(row[index]))}
        people.append(Person(number, _name(header, row), frozenset(ids)))
    columns = []
    for index, cell in enumerate(header):
        if index not in kept and index not in keys and (column := _column(layout, header, index, cell, points)):
            columns.append(column)
    return Sheet(layout, table, kept, tuple(columns), tuple(people))


def comparable(identifier: str) -> str:
    """An identifier without what spelling does not mean: spaces around, capitals, the # that Brightspace puts before it."""
    return identifier.strip().removeprefix("#").casefold()


# -- private ---------------------------------------------------------------------------------------------------------


def _known(cell: str, names: Mapping[str, object] | tuple[str, ...]) -> str | None:
    return next((name for name in names if plain(name) == plain(cell)), None)


def _canvas_rows(table: Table) -> set[int]:
    """Header, posting policy and points: the rows that are no students."""
    found = {0}
    for number, row in enumerate(table.rows[:4]):
        if "Points Possible" in row[0] or all(_CANVAS_POSTING.fullmatch(cell) for cell in row):
            found.add(number)
    return found


def _column(layout: Layout, header: list[str], index: int, cell: str, points: tuple[str, ...] | None) -> Column | None:
    if layout.name == "canvas" and (_CANVAS_TOTALS.search(cell) or (points and "read only" in points[index])):
        return None
    found = layout.grade.fullmatch(cell)
    if not found or (layout.name == "moodle" and plain(found["title"]) == "coursetotal"):
        return None
    told = points[index] if points else found.groupdict().get("max")
    feedback = None
    if layout.name == "moodle":
        beside = f"{cell.rpartition(' (')[0]} (Feedback)"
        feedback = header.index(beside) if beside in header else None
    return Column(index, cell, found["title"], number(told or ""), feedback)


def number(cell: str) -> float | None:
    """The number in a cell, with a decimal point or comma; None if it holds none."""
    try:
        return float(cell.strip().replace(",", "."))
    except ValueError:
        return None


def _name(header: list[str], row: tuple[str, ...]) -> str:
    """The person of a row as an instructor would say it."""
    named = {plain(cell): row[index].strip() for index, cell in enumerate(header)}
    first = named.get("firstname", "")
    last = named.get("lastname") or named.get("surname", "")
    if first or last:
        return f"{first} {last}".strip()
    if "student" in named:
        last, _, first = named["student"].partition(",")
        return f"{first.strip()} {last.strip()}".strip()
    return next((row[index].strip() for index, cell in enumerate(header) if plain(cell) in ("username", "emailaddress")), "")
