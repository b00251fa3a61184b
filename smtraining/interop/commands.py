"""``smtraining grades``, ``roster`` and ``collect``: what the instructor decides, and the reports. See docs/lms.md."""

from __future__ import annotations

import argparse
import datetime as dt
import difflib
import zoneinfo
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from smtraining.errors import ExchangeError
from smtraining.interop import collect, export, gradebook, lms, roster, tables, tidy, uploads

OK, PROBLEMS = 0, 1

Root = Callable[[], Path]


def add(commands: Any, root: Root) -> None:
    """Add the commands to ``commands`` (of argparse). ``root`` tells the folder of the course when a command runs."""
    _add_grades(_group(commands, "grades", "hand grades back to a learning management system"), root)
    _add_roster(_group(commands, "roster", "take over the students of a learning management system"), root)
    _add_collect(commands, root)


def _group(commands: Any, name: str, help: str) -> Any:
    return commands.add_parser(name, help=help, description=help).add_subparsers(dest="action", required=True, metavar="ACTION")


def _flag(command: argparse.ArgumentParser, name: str, help: str) -> None:
    command.add_argument(name, action="store_true", help=help)


def _add_grades(actions: Any, root: Root) -> None:
    help = "merge the grades into the file that the LMS exported, or write one row for each item"
    command = actions.add_parser("export", help=help, description=help)
    command.add_argument("--to", required=True, choices=[*lms.LAYOUTS, "tidy"], help="whose file it is; tidy: one row for each item")
    command.add_argument(
        "--into", "--template", type=Path, metavar="FILE", help="the gradebook as the LMS exported it; it is never changed"
    )
    command.add_argument("-o", "--output", required=True, type=Path, metavar="OUT", help="the file to write, for upload to the LMS")
    command.add_argument("--assignment", metavar="NAME", help="only this one (default: all that have a column)")
    command.add_argument("--column", metavar="HEADER", help="the column of the LMS for --assignment, if their names differ")
    _flag(command, "--missing-as-zero", "0 for who handed in nothing, where the LMS has no grade yet")
    _flag(command, "--include-unmarked", "also grades of which a part still waits to be marked by hand")
    _flag(command, "--scale", "convert if the LMS counts other points")
    _flag(command, "--skip-ambiguous", "leave out students who cannot be told apart, and write the others")
    _flag(command, "--dry-run", "write nothing; show what would change")
    command.set_defaults(run=lambda arguments: _export(arguments, root()))


def _add_roster(actions: Any, root: Root) -> None:
    help = "students of a CSV file into nbgrader's gradebook"
    command = actions.add_parser("import", help=help, description=help)
    command.add_argument("file", type=Path, metavar="FILE", help="a gradebook or list of participants of the LMS, or any CSV")
    command.add_argument("--from", dest="form", choices=["auto", *roster.FORMS], default="auto", help="who wrote it (default: auto)")
    command.add_argument("--id-from", metavar="COLUMN", help="the column that holds the student ids of the gradebook")
    _flag(command, "--skip-ambiguous", "leave out rows with problems, and take over the others")
    _flag(command, "--dry-run", "write nothing; show what would change")
    command.set_defaults(run=lambda arguments: _roster(arguments, root()))


def _add_collect(commands: Any, root: Root) -> None:
    help = "put notebooks that students uploaded to an LMS where nbgrader looks for them"
    command = commands.add_parser("collect", help=help, description=help)
    command.add_argument("source", type=Path, metavar="FOLDER|ZIP", help="the submissions as the LMS gave them")
    command.add_argument("--assignment", required=True, metavar="NAME", help="the assignment they were handed in for")
    command.add_argument("--pattern", default="auto", help="how the files are named: auto, the name of an LMS, or a regular expression")
    command.add_argument(
        "--timezone", metavar="ZONE", help="of the times in file names, such as America/Chicago (default: of this machine)"
    )
    command.add_argument("--late-as", metavar="TIME", help="the time, such as '2026-03-02 23:59', of files the LMS calls late without one")
    _flag(command, "--replace", "also replace notebooks that were collected before, where it is not known which is newer")
    _flag(command, "--skip-ambiguous", "leave out files that cannot be told apart, and collect the others")
    _flag(command, "--dry-run", "write nothing; show what would be collected")
    command.set_defaults(run=lambda arguments: _collect(arguments, root()))


# -- commands ----------------------------------------------------------------------------------------------------------


def _export(arguments: argparse.Namespace, root: Path) -> int:
    course = gradebook.settings(root)
    if arguments.to == "tidy":
        return _tidy(arguments, course)
    if arguments.into is None:
        raise ExchangeError(f"Export the gradebook from {arguments.to} first, and give that file: --into FILE. See docs/lms.md.")
    sheet = lms.sheet(tables.read(arguments.into), arguments.to)
    with gradebook.opened(course) as book:
        points = gradebook.assignments(book)
        if arguments.assignment is not None:
            gradebook.known(book, arguments.assignment)
        chosen = export.choose(sheet, points, arguments.assignment, arguments.column)
        graded = [export.Graded(name, points[name], gradebook.marks(book, name), column) for name, column in chosen]
        students = gradebook.students(book)
    options = export.Options(arguments.missing_as_zero, arguments.include_unmarked, arguments.scale, arguments.skip_ambiguous)
    made = export.plan(sheet, students, graded, options)
    if made.changes:
        _table(("student", "column", "in the LMS", "new"), [(c.student, c.column, c.old or "-", c.new) for c in made.changes])
    zero = "0 where the LMS has no grade" if options.missing_as_zero else "left as they are; 0 with --missing-as-zero"
    waiting = "sent all the same" if options.include_unmarked else "left out; sent with --include-unmarked"
    _list("Ambiguous", made.ambiguous)
    _list("In the gradebook, not in the LMS file", made.not_in_lms)
    _list("In the LMS file, not in the gradebook", made.not_in_gradebook)
    _list(f"A part still waits to be marked ({waiting})", made.unmarked)
    _list(f"Nothing handed in ({zero})", made.missing)
    _list("Note", made.notes)
    _list("Nothing was written", made.blocked)
    if made.blocked:
        return PROBLEMS
    if made.table is None:
        print("The LMS has these grades already. Nothing to write.")
    elif arguments.dry_run:
        print(f"Dry run: {_count(len(made.changes), 'cell')} would change. Nothing was written.")
    else:
        _written(arguments.output, made.table, arguments.into)
    return OK


def _tidy(arguments: argparse.Namespace, course: gradebook.Settings) -> int:
    with gradebook.opened(course) as book:
        names = [arguments.assignment] if arguments.assignment is not None else list(gradebook.assignments(book))
        items = [item for name in names for item in gradebook.items(book, name)]
    table = tidy.table(items, course.autograded)
    if arguments.dry_run:
        _table(table.rows[0], table.rows[1:21])
        print(f"Dry run: {_count(len(items), 'row')}. Nothing was written.")
    else:
        _written(arguments.output, table, None)
    return OK


def _roster(arguments: argparse.Namespace, root: Path) -> int:
    course = gradebook.settings(root)
    table = tables.read(arguments.file)
    found, problems = roster.read(table, roster.form_of(table) if arguments.form == "auto" else arguments.form, arguments.id_from)
    there: list[gradebook.Student] = []
    if course.file is None or course.file.exists():  # else there is nobody yet, and a dry run makes no gradebook
        with gradebook.opened(course) as book:
            there = gradebook.students(book)
    made = roster.plan(found, there)
    problems += made.problems
    rows = [("new", s.id, s.name, s.email, s.lms_user_id) for s in made.new]
    rows += [("changed", s.id, s.name, s.email, s.lms_user_id) for _, s in made.changed]
    if rows:
        _table(("", "id", "name", "email", "LMS id"), rows)
    _list("Problems", problems)
    _list("In the gradebook, not in the file (they stay)", made.not_in_file)
    summary = f"{len(made.new)} new, {len(made.changed)} changed, {made.same} as they were"
    if problems and not arguments.skip_ambiguous:
        print("Nothing was written. Mend the rows listed under Problems, or leave them out: --skip-ambiguous")
        return PROBLEMS
    if arguments.dry_run:
        print(f"Dry run: {summary}. Nothing was written.")
        return OK
    with gradebook.opened(course, create=True) as book:
        roster.apply(made, book)
    print(f"Students: {summary}.")
    return OK


def _collect(arguments: argparse.Namespace, root: Path) -> int:
    course = gradebook.settings(root)
    zone = _zone(arguments.timezone)
    times = collect.Times(zone, _time(arguments.late_as, zone))
    with gradebook.opened(course) as book:
        entry = gradebook.known(book, arguments.assignment)
        notebooks = [notebook.name for notebook in entry.notebooks]
        students = gradebook.students(book)
    if len(notebooks) != 1:
        listed = ", ".join(notebooks) or "none"
        raise ExchangeError(
            f"{arguments.assignment} has {_count(len(notebooks), 'notebook')} ({listed}); collect is for assignments with one."
        )
    if not students:
        raise ExchangeError("There are no students in the gradebook yet. Run first: smtraining roster import FILE")
    place = collect.Place(course.submitted, arguments.assignment, notebooks[0])
    made = collect.plan(arguments.source, students, place, uploads.patterns(arguments.pattern), times, replace=arguments.replace)
    rows = [
        (str(t.student), f"{t.time:%Y-%m-%d %H:%M} UTC" if t.time else "-", "as before" if t.same else "new", t.source) for t in made.taken
    ]
    if rows:
        _table(("student", "time", "", "file"), rows)
    _list("Earlier attempts, left out", [f"{taken.student}: {path}" for taken in made.taken for path in taken.older])
    _list(
        "Late, but the LMS does not say when: no time is set. Give one with --late-as",
        [str(t.student) for t in made.taken if t.late and not t.time],
    )
    _list("Ambiguous", made.ambiguous)
    _list("Without a student", made.unmatched)
    _list("Refused", made.refused)
    _list("Kept", made.kept)
    if made.other_files:
        print(f"Not looked at, because not a notebook: {_count(made.other_files, 'file')}.")
    if made.ambiguous and not arguments.skip_ambiguous:
        print("Nothing was written. Give a --pattern that tells them apart, or leave them out: --skip-ambiguous")
        return PROBLEMS
    if not made.taken and not made.kept:
        raise ExchangeError(f"No notebook of a student was found in {arguments.source}.")
    if arguments.dry_run:
        print(f"Dry run: {_count(len(made.taken), 'notebook')}. Nothing was written.")
        return OK
    collect.apply(made)
    print(f"Collected: {_count(len(made.taken), 'notebook')} into {course.submitted}.")
    return OK


# -- reading what was typed ----------------------------------------------------------------------------------------------


def _zone(name: str | None) -> dt.tzinfo:
    if name is None:
        return _Local()
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        near = ", ".join(difflib.get_close_matches(name, zoneinfo.available_timezones(), n=3, cutoff=0.5))
        raise ExchangeError(
            f"There is no time zone {name!r}. {f'Did you mean {near}?' if near else 'Write it as in America/Chicago.'}"
        ) from None


class _Local(dt.tzinfo):
    """The zone of this machine, with summer time as of the day that is asked about."""

    def utcoffset(self, when: dt.datetime | None) -> dt.timedelta:
        moment = when.replace(tzinfo=None) if when else dt.datetime.now()
        return moment.astimezone().utcoffset() or dt.timedelta()

    def dst(self, when: dt.datetime | None) -> None:
        return None

    def tzname(self, when: dt.datetime | None) -> str:
        return "local"


def _time(text: str | None, zone: dt.tzinfo) -> dt.datetime | None:
    if text is None:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ExchangeError(f"--late-as {text!r} is no time. Write it as in '2026-03-02 23:59'.") from None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(dt.UTC)


# -- printing ------------------------------------------------------------------------------------------------------------


def _written(path: Path, table: tables.Table, source: Path | None) -> None:
    guarded = tables.write(path, table, never=source)
    print(f"Written: {path}")
    if guarded:
        print(f"{_count(guarded, 'cell')} began like a formula and now begins with an apostrophe.")


def _list(title: str, lines: Sequence[str]) -> None:
    if lines:
        print(f"{title}:")
        for line in lines:
            print(f"  {_printable(line)}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    cells = [[_cut(_printable(" ".join(cell.split()))) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for row in cells:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _printable(text: str) -> str:
    """Without what could steer a terminal: names of files and people come from outside."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
