"""The audit record: for each point in the gradebook, from which answer, content, key and rule it came, and when.

``grading/audit/ASSIGNMENT.jsonl`` holds one line of JSON for every notebook each time it is scored, and for every change that a regrade
makes or takes back. Lines are only ever added, after the rows of the gradebook are committed. ``nbgrader autograde`` and
``smtraining autograde`` write the same lines. Keys are named by digest, never quoted; answers are: the file stays with the gradebook.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import Config

from smtraining.grading import settings
from smtraining.grading.marking import Marks

SCHEMA = 1

Entry = dict[str, Any]
"""One line. Always ``schema, time, what, program, assignment, student``; the rest depends on ``what``."""


def folder(config: Config) -> Path:
    """Where the audit records of a course stand: beside its autograded work."""
    return settings.root(config) / Path(str(CourseDirectory(config=config).autograded_directory)).parent / "audit"


def file(config: Config, assignment: str) -> Path:
    """The record of one assignment."""
    return folder(config) / f"{assignment}.jsonl"


def entry(what: str, assignment: str, student: str, **more: Any) -> Entry:
    """A line with the time of now (UTC) and the version of the program."""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = {"schema": SCHEMA, "time": now, "what": what, "program": f"smtraining {version('smtraining')}"}
    return head | {"assignment": assignment, "student": student} | more


def scored(assignment: str, student: str, notebook: str, marks: Marks, most: Mapping[str, float]) -> Entry:
    """The line of a notebook that was scored. ``most``: what each graded cell is worth.

    Each cell: ``cell, earned`` (null: a person must give the points), ``points`` to be had, ``look`` (a person should look), ``how``
    and, for cells of ours, where the points came from (docs/grading.md).
    """
    cells = []
    by_name = {item["cell"]: item for item in marks.items}
    for name, mark in marks.marks.items():
        about = by_name.get(name, {})
        how = "answer" if about else "person" if mark.points is None else "nbgrader"
        cells.append({"cell": name, "earned": mark.points, "points": most.get(name), "look": mark.look, "how": how} | about)
    return entry("scored", assignment, student, notebook=notebook, cells=cells)


def append(path: Path, entries: Sequence[Entry]) -> None:
    """Add lines to a record, in one go and to the disk. A line that a power cut left unfinished is closed first."""
    if not entries:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in entries)
    with path.open("ab+") as target:
        if target.tell() and not _ends_a_line(path):
            text = "\n" + text
        target.write(text.encode())
        target.flush()
        os.fsync(target.fileno())


def read(path: Path) -> Iterator[Entry]:
    """The lines of a record, oldest first; none if there is no file. What is no line of a record is passed over."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                one = json.loads(line)
            except ValueError:
                continue
            if isinstance(one, dict) and one.get("schema") == SCHEMA:
                yield one


def of_items(entries: Iterable[Entry]) -> dict[tuple[str, str], dict[str, Any]]:
    """The newest record of each cell: (student, cell) -> what :func:`scored` said of it."""
    return {(one["student"], cell["cell"]): cell for one in entries if one["what"] == "scored" for cell in one["cells"]}


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as source:
        source.seek(-1, os.SEEK_END)
        return source.read() == b"\n"
