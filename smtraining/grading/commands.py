"""``smtraining late``, ``extend`` and ``regrade``: what the instructor decides, and the reports. See docs/grading.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smtraining.grading import lateness, regrade

OK, PROBLEMS = 0, 1

SHOWN = 50
"""Rows of a report that are printed unless all are asked for."""


def add(commands: Any) -> None:
    """Add the commands to ``commands`` (of argparse). nbgrader takes seconds to load, so each loads it when it runs."""
    help = "work out late penalties anew, and tell who is how late and why"
    command = commands.add_parser("late", help=help, description=help)
    command.add_argument("assignment", metavar="ASSIGNMENT")
    command.add_argument("--dry-run", action="store_true", help="write nothing; show what would change")
    command.add_argument("--all", action="store_true", help="print every row, and those who were in time, too")
    command.set_defaults(run=_late)

    help = "give one student more time for an assignment"
    command = commands.add_parser("extend", help=help, description=help)
    command.add_argument("student", metavar="STUDENT")
    command.add_argument("assignment", metavar="ASSIGNMENT")
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--until", metavar="TIME", help="such as '2026-03-09 23:59', in the time zone of the course")
    which.add_argument("--withdraw", action="store_true", help="take the extension back")
    command.add_argument("--note", default="", help="why; it stays in the table")
    command.set_defaults(run=_extend)

    help = "score all stored answers with the key of today, show what would change, and change it if you accept"
    command = commands.add_parser("regrade", help=help, description=help)
    command.add_argument("assignment", metavar="ASSIGNMENT")
    command.add_argument("--student", action="extend", nargs="+", default=[], metavar="ID", help="only these students")
    command.add_argument("--item", action="extend", nargs="+", default=[], metavar="ITEM", help="only these questions")
    choice = command.add_mutually_exclusive_group()
    choice.add_argument("--dry-run", action="store_true", help="write nothing; show what would change (this is what it does anyway)")
    choice.add_argument("--accept", action="store_true", help="make the changes")
    command.add_argument("--undo", nargs="?", const="", metavar="ID", help="take an accepted regrade back (default: the last one)")
    command.add_argument("--all", action="store_true", help="print every row")
    command.set_defaults(run=_regrade)


# -- late work ---------------------------------------------------------------------------------------------------------


def _late(arguments: argparse.Namespace) -> int:
    from smtraining.grading import classrun, lateness

    report = lateness.penalties(classrun.course_folder(), arguments.assignment, write=not arguments.dry_run)
    _tell_policy(report)
    late = [row for row in report.rows if arguments.all or row.changed or row.after or (row.lateness and row.lateness.days)]
    _tell_late(late, everything=arguments.all)
    _tell_notes(report.notes)
    changed = sum(row.changed for row in report.rows)
    days = sum(bool(row.lateness and row.lateness.days) for row in report.rows)
    print(f"{_count(len(report.rows), 'submission')}, {days} late, {_count(changed, 'penalty', 'penalties')} changed.")
    if arguments.dry_run:
        print("Dry run: nothing was written.")
    elif changed:
        print(_pages(arguments.assignment))
    return OK


def _extend(arguments: argparse.Namespace) -> int:
    from smtraining.grading import classrun, lateness

    until = None if arguments.withdraw else arguments.until
    said, report = lateness.extend(classrun.course_folder(), arguments.student, arguments.assignment, until, arguments.note)
    print(_printable(said))
    _tell_late(report.rows, everything=True)
    if any(row.changed for row in report.rows):
        print(_pages(arguments.assignment))
    return OK


def _tell_policy(report: lateness.Report) -> None:
    policy = report.policy
    if policy is None:
        return
    print(f"Due {report.due or 'at no date'}. Time zone of the course: {policy.timezone}.")
    of = "earned" if policy.percent_of == "earned" else "to be had"
    grace = f"{policy.grace_minutes:g} minutes of grace, then " if policy.grace_minutes else ""
    print(f"{grace}{policy.percent_per_day:g}% of the points {of} for each day begun, at most {policy.max_penalty_percent:g}%.")


def _tell_late(rows: Sequence[lateness.Late], *, everything: bool) -> None:
    if rows:
        head = ("student", "taken", "before", "score", "why")
        _table(head, [(r.student, _number(r.after), _number(r.before), _number(r.score - r.after), _why(r)) for r in rows], everything)


def _why(row: lateness.Late) -> str:
    return str(row.lateness) if row.lateness else "-"


# -- regrade -----------------------------------------------------------------------------------------------------------


def _regrade(arguments: argparse.Namespace) -> int:
    from smtraining.grading import classrun, regrade, regrade_undo

    root = classrun.course_folder()
    if arguments.undo is not None:
        return _undo(regrade_undo.undo(root, arguments.assignment, arguments.undo or None, write=arguments.accept), arguments)
    only = regrade.Only(arguments.student, arguments.item)
    redo = regrade_undo.accept if arguments.accept else regrade.plan
    report = redo(root, arguments.assignment, only, _progress(arguments.assignment))
    _tell_notes(report.notes)
    _tell_items(report)
    _tell_students(report, everything=arguments.all)
    for student, reason in sorted(report.skipped.items()):
        print(_printable(f"NOT LOOKED AT {student}: {reason}"))
    moved = [redone for redone in report.redone if any(change.counts for change in redone.changes)]
    looked, rest = len(report.redone) + report.same, len(report.redone) - len(moved)
    print(f"{_count(looked, 'notebook')}: points change in {len(moved)}, only the record of the key in {rest}.")
    if not report.redone:
        print("Nothing to do: every score is what the key of today gives.")
    elif report.id is None:
        print("Nothing was written. To make these changes: the same command with --accept (for some only: --student ID …, --item ITEM …).")
    else:
        print(f"Written as regrade {report.id}. To take it back: smtraining regrade {arguments.assignment} --undo {report.id} --accept")
        print(_pages(arguments.assignment))
    return PROBLEMS if report.skipped else OK


def _tell_items(report: regrade.Report) -> None:
    """One line for each question: why, and how many get more or less."""
    found: dict[tuple[str, str], list[float]] = {}
    for redone in report.redone:
        for change in redone.changes:
            moves = found.setdefault((change.item, "; ".join(change.reasons)), [])
            moves.append((change.after.points or 0.0) - (change.before or 0.0) if change.counts else 0.0)
    rows = [
        (item, str(sum(m > 0 for m in moves)), str(sum(m < 0 for m in moves)), str(sum(m == 0 for m in moves)), why)
        for (item, why), moves in sorted(found.items())
    ]
    if rows:
        _table(("question", "more", "less", "same", "what has changed"), rows, everything=True)
        print()


def _tell_students(report: regrade.Report, *, everything: bool) -> None:
    rows = []
    for redone in report.redone:
        for change in redone.changes:
            if change.counts:
                by_hand = f"stays {_number(change.manual)}, given by hand" if change.manual is not None else ""
                said = f"{change.old.get('reason', '-')} -> {change.new.get('reason', '-')}"
                now = _number(change.after.points)
                rows.append((redone.student, change.item, _number(change.before), now, by_hand, said))
        if any(change.counts for change in redone.changes):
            penalty = f"late penalty {_number(redone.penalty[0])} -> {_number(redone.penalty[1])}" if any(redone.penalty) else ""
            rows.append((redone.student, "total", _number(redone.total[0]), _number(redone.total[1]), "", penalty))
    if rows:
        _table(("student", "question", "before", "after", "", "why"), rows, everything)


def _undo(done: Any, arguments: argparse.Namespace) -> int:
    rows = [(student, cell, _number(now), _number(then)) for student, cell, now, then in done.back]
    if rows:
        _table(("student", "question", "now", "back to"), rows, arguments.all)
    for student, cell, reason in done.kept:
        print(_printable(f"STAYS {student} {cell}: {reason}"))
    if not arguments.accept:
        print(f"Nothing was written. To take regrade {done.id} back: smtraining regrade {arguments.assignment} --undo {done.id} --accept")
        return OK
    print(f"Regrade {done.id} was taken back in {_count(len(rows), 'question')}. The gradebook still holds the new key.")
    print(_pages(arguments.assignment))
    return OK


# -- printing ----------------------------------------------------------------------------------------------------------


def _progress(what: str) -> regrade.Tell:
    """On a terminal, how many were looked at."""

    def tell(number: int) -> None:
        if sys.stderr.isatty() and number % 20 == 0:
            print(f"\r{what}: {number}", end="\r", file=sys.stderr, flush=True)

    return tell


def _pages(assignment: str) -> str:
    return f"Pages of feedback made before are out of date: nbgrader generate_feedback {assignment} --force"


def _tell_notes(notes: Sequence[str]) -> None:
    for note in notes:
        print(_printable(f"Note: {note}"))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], everything: bool) -> None:
    shown = rows if everything else rows[:SHOWN]
    cells = [[_printable(" ".join(cell.split())) for cell in row] for row in (head, *shown)]
    widths = [min(40, max(len(row[column]) for row in cells)) for column in range(len(head) - 1)]
    for row in cells:
        columns = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))
        print("  ".join([*columns, row[-1]]).rstrip())
    if len(shown) < len(rows):
        print(f"… and {len(rows) - len(shown)} more rows: --all")


def _number(points: float | None) -> str:
    return "-" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")


def _count(number: int, what: str, many: str = "") -> str:
    return f"{number} {what if number == 1 else many or what + 's'}"


def _printable(text: str) -> str:
    """Without what could steer a terminal: ids and reasons come from outside."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
