"""``smtraining ...``: the command line of authors and instructors.

A thin shell: every command calls one function of the package and prints what it returns. The package's errors become lines; exit codes
are 0 (all is well), 1 (problems were found) and 2 (the command was not understood). See docs/authoring.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from smtraining import bank as banks
from smtraining import lean  # noqa: F401  before all that loads nbformat
from smtraining.analysis import commands as analysis
from smtraining.authoring import catalogue, course, lint, notebooks, preview, release, stats
from smtraining.bank import Bank
from smtraining.errors import ContentError, Problem, SmtrainingError
from smtraining.grading import commands as grading
from smtraining.interop import commands as interop
from smtraining.policy import commands as policy

OK, PROBLEMS = 0, 1

SCHEMA = Path("docs") / "content.schema.json"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. argparse itself exits with 2 on a command it does not understand."""
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()  # here, so that a reader that has gone is noticed here and not when the interpreter ends
    except ContentError as error:
        return _report(error.problems)
    except BrokenPipeError:  # the reader of a pipe (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (SmtrainingError, OSError) as error:
        print(f"smtraining: {error}", file=sys.stderr)
        return PROBLEMS
    return code


def parser() -> argparse.ArgumentParser:
    """Every command and option. docs/authoring.md documents each, and a test proves it."""
    top = argparse.ArgumentParser(prog="smtraining", description="Check, count, preview and release the curriculum.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Any, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(run=run)
        return added

    def with_overlay(added: argparse.ArgumentParser) -> argparse.ArgumentParser:
        text = "a folder of content that adds or replaces items; may be given more than once"
        added.add_argument("--overlay", action="append", default=[], type=Path, metavar="DIR", help=text)
        return added

    with_overlay(command("check", _check, "check the content and the lesson notebooks, and list everything that is wrong"))
    added = command("stats", _stats, "count items and measure how hard the text is to read")
    added.add_argument("--json", action="store_true", help="print JSON")
    added = command("schema", _schema, "write the JSON Schema that editors use to complete and check content")
    added.add_argument("-o", "--output", type=Path, metavar="FILE", help=f"where to write it (default: {SCHEMA.as_posix()})")
    added = command("notebooks", _notebooks, "run the lesson notebooks and store their static previews")
    added.add_argument("--check", action="store_true", help="change nothing; fail if a stored preview is out of date")
    added = command("release", _release, "make exercises/ anew from solutions/ with nbgrader")
    added.add_argument("--check", action="store_true", help="change nothing; fail if exercises/ is out of date")
    added = command("autograde", _autograde, "score what a class handed in, as 'nbgrader autograde' does, and much faster")
    added.add_argument("assignment", metavar="ASSIGNMENT")
    added.add_argument(
        "--jobs", type=_positive, default=os.cpu_count() or 1, metavar="N", help="at most so many processes (default: all cores)"
    )
    added.add_argument("--student", action="extend", nargs="+", default=[], metavar="ID", help="only these students")
    added.add_argument("--force", action="store_true", help="score again, though nothing new was handed in")
    added.add_argument("--memory", type=_positive, metavar="MB", help="memory for the code of one submission (default: 2048 megabytes)")
    added.add_argument("--scheduler", metavar="ADDRESS", help="let the workers of this Dask cluster compute, such as tcp://10.0.0.5:8786")
    added = with_overlay(command("items", _items, "list the questions and vignettes"))
    added.add_argument("--module", metavar="ID", help="only those of one module, such as m03")
    added = with_overlay(command("show", _show, "print one entry with its key, rationale and sources"))
    added.add_argument("id", metavar="ITEM")
    added = with_overlay(command("preview", _preview, "write the static version of an item as an HTML page"))
    added.add_argument("id", metavar="ITEM")
    added.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="the HTML file to write")
    grading.add(commands)
    interop.add(commands, course.root)
    policy.add(commands)
    analysis.add(commands, course.root)
    return top


# -- commands --------------------------------------------------------------------------------------------------------


def _bank(arguments: argparse.Namespace) -> Bank:
    """The package's content from its sources, with the overlays of the environment and of the command."""
    return banks.read(overlays=[*banks.overlay_folders(), *getattr(arguments, "overlay", [])])


def _check(arguments: argparse.Namespace) -> int:
    bank = _bank(arguments)
    found = lint.lint(bank, dt.date.today())
    problems = [problem for path in course.lessons(course.root()) for problem in notebooks.lint(path, bank)]
    errors = [finding for finding in found if finding.severity == "error"]
    for finding in found:
        print(finding)
    for problem in problems:
        print(f"error (notebook): {problem}")
    counts = ", ".join(f"{len(getattr(bank, name))} {name}" for name in banks.LISTS)
    wrong = len(errors) + len(problems)
    print(f"{counts}: {_count(wrong, 'error')}, {_count(sum(f.severity == 'warning' for f in found), 'warning')}.")
    return PROBLEMS if wrong else OK


def _stats(arguments: argparse.Namespace) -> int:
    numbers = stats.stats(_bank(arguments), course.lessons(course.root()), dt.date.today())
    if arguments.json:
        print(json.dumps(numbers, indent=2))
        return OK
    for name, value in numbers.items():
        shown = ", ".join(f"{key} {part}" for key, part in value.items()) if isinstance(value, dict) else value
        print(f"{name.replace('_', ' '):<26} {shown}")
    return OK


def _schema(arguments: argparse.Namespace) -> int:
    path: Path = arguments.output or course.root() / SCHEMA
    path.write_text(schema_text(), encoding="utf-8", newline="\n")
    print(f"Written: {path}")
    return OK


def schema_text() -> str:
    """The JSON Schema of a content file as it is stored in docs/."""
    return json.dumps(banks.json_schema(), indent=1, ensure_ascii=False) + "\n"


def _notebooks(arguments: argparse.Namespace) -> int:
    stale = []
    for path in course.lessons(course.root()):
        text = notebooks.refreshed(path)
        if text == path.read_text(encoding="utf-8"):
            continue
        stale.append(Problem(f"notebooks/{path.name}", None, None, "Its stored previews are out of date.", "Run: smtraining notebooks"))
        if not arguments.check:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"Written: notebooks/{path.name}")
    return _report(stale) if arguments.check else OK


def _release(arguments: argparse.Namespace) -> int:
    if arguments.check:
        return _report(release.drift(course.root()))
    changed = release.release(course.root())
    print(f"Released: {', '.join(changed)}" if changed else "exercises/ is up to date.")
    return OK


def _autograde(arguments: argparse.Namespace) -> int:
    from smtraining.grading import classrun, progress  # nbgrader takes a second to load, and no other command needs it

    with progress.shown(arguments.assignment) as tell:
        done = classrun.autograde(
            classrun.course_folder(),
            arguments.assignment,
            jobs=arguments.jobs,
            students=arguments.student,
            force=arguments.force,
            memory=arguments.memory,
            scheduler=arguments.scheduler,
            progress=tell,
        )
    if done.notice:
        print(f"{'!' * 100}\n{done.notice}\n{'!' * 100}", file=sys.stderr)
    if done.by_nbgrader:
        print(f"Done by nbgrader, one after the other: {done.by_nbgrader}.")
    for student, remarks in sorted(done.remarks.items()):
        for remark in remarks:
            print(_printable(f"{student}: {remark}"))
    for student, reason in sorted(done.failed.items()):
        print(_printable(f"NOT GRADED {student}: {reason}"))
    print(f"{done.graded} graded, {done.skipped} unchanged, {len(done.failed)} not graded.")
    return PROBLEMS if done.failed else OK


def _items(arguments: argparse.Namespace) -> int:
    bank = _bank(arguments)
    if arguments.module:
        bank.module(arguments.module)
    rows = [
        (item.id, item.kind + (" (graded)" if item.graded else ""), ", ".join(item.sources), item.title)
        for item in catalogue.items(bank)
        if arguments.module in (None, item.module)
    ]
    _print_table(("id", "kind", "sources", "title"), rows)
    return OK


def _show(arguments: argparse.Namespace) -> int:
    print(preview.sheet(_bank(arguments), arguments.id, dt.date.today()), end="")
    return OK


def _preview(arguments: argparse.Namespace) -> int:
    text = preview.document(_bank(arguments), arguments.id, dt.date.today())
    arguments.output.write_text(text, encoding="utf-8", newline="\n")
    print(f"Written: {arguments.output}")
    return OK


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a whole number from 1")
    return number


# -- printing --------------------------------------------------------------------------------------------------------


def _report(problems: Iterable[Problem]) -> int:
    listed = list(problems)
    for problem in listed:
        print(problem)
    if listed:
        print(f"{_count(len(listed), 'problem')}.")
    return PROBLEMS if listed else OK


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _printable(text: str) -> str:
    """Without what could steer a terminal: remarks quote what students handed in."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _print_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Columns as wide as they need to be, but no wider than 40; the last is cut at 80, since it only helps to recognize the row."""
    widths = [min(40, max(len(row[column]) for row in (head, *rows))) for column in range(len(head) - 1)]
    for row in (head, *rows):
        cells = [f"{_cut(cell, width):<{width}}" for cell, width in zip(row, widths, strict=False)]
        print("  ".join([*cells, _cut(row[-1], 80)]).rstrip())


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


if __name__ == "__main__":
    sys.exit(main())
