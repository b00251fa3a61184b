"""``smtraining analyse``: the item analysis of an exercise in the terminal, and as CSV and HTML files. See docs/analysis.md."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtraining.errors import ExchangeError

if TYPE_CHECKING:
    from smtraining.analysis.overall import Analysis

OK = 0


def add(commands: Any, root: Callable[[], Path]) -> None:
    """Add the command to ``commands`` (of argparse). ``root`` tells the folder of the course when it runs."""
    help = "difficulty, discrimination, reliability and more of an exercise that a class has handed in"
    command = commands.add_parser("analyse", help=help, description=help)
    command.add_argument("assignment", metavar="ASSIGNMENT")
    command.add_argument("--csv", type=Path, metavar="DIR", help="write each table as a CSV file into this folder")
    command.add_argument("--html", type=Path, metavar="FILE", help="write the whole report as one page")
    command.add_argument("--group", default="", metavar="NAME", help="only the students of one group")
    command.add_argument("--groups", type=Path, metavar="FILE", help="who is in which group (default: groups.csv beside the gradebook)")
    command.add_argument("--names", action="store_true", help="write the students' names, not their pseudonyms")
    command.set_defaults(run=lambda arguments: _analyse(arguments, root()))


def _analyse(arguments: argparse.Namespace, root: Path) -> int:
    try:
        from smtraining.analysis import loading, overall, report
        from smtraining.analysis.pseudonyms import key, pseudonyms
    except ImportError as error:
        raise ExchangeError(f"{error.name} is not installed. Run: pip install 'smtraining[instructor]'") from None
    data = loading.load(root, arguments.assignment, arguments.groups)
    if arguments.group and arguments.group not in data.groups:
        raise ExchangeError(f"There is no group {arguments.group!r}. There are: {', '.join(data.groups) or 'none'}.")
    found = overall.analyse(data, arguments.group)
    written = []
    if arguments.csv or arguments.html:
        names = dict(data.students["name"]) if arguments.names else pseudonyms(data.students.index, key(loading.folders(root).grading))
        if arguments.html:
            report.write_html(arguments.html, report.document(found, names, dt.datetime.now(dt.UTC)))
            written.append(arguments.html)
        if arguments.csv:
            written += report.write_csv(arguments.csv, report.frames(found, names))
    _print(found)
    for path in written:
        print(f"Written: {path}")
    return OK


def _print(found: Analysis) -> None:
    from smtraining.analysis.markup import correlation, correlations, percent, percents

    whole, n = found.reliability, len(found.data.points)
    for note in found.data.notes:
        print(_printable(note))
    print(f"{n} of {len(found.data.students)} handed in.")
    if whole.alpha is not None and whole.low is not None and whole.high is not None:
        print(f"{whole.name}: {correlation(whole.alpha)} (95% interval {correlations(whole.low, whole.high)}), {whole.k} items.")
    for note in whole.notes:
        print(_printable(note))
    rows = [("item", "n", "p", "interval", "item-rest", "interval", "note")]
    for _, row in found.items.iterrows():
        note = "" if row["note"] in whole.notes else row["note"]
        interval = percents(row["p_low"], row["p_high"]), correlation(row["r"]), correlations(row["r_low"], row["r_high"])
        rows.append((row["item"], str(row["n"]), percent(row["p"]), *interval, note))
    _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> None:
    cells = [[_printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]) - 1)]
    for row in cells:
        print("  ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip())


def _printable(text: str) -> str:
    """Without what could steer a terminal: names of groups and cells come from outside."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
