"""One submission graded in a worker process: files in, files and a plain record out, no gradebook.

The autograded folder is made under a hidden name beside its place (:func:`unfinished`) and stays there until the rows are committed. Code
of a student runs only in exercises with code cells of the instructor's own, and then in a sandbox (:mod:`smtraining.grading.codecells`).
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import validator
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import writes_json
from nbgrader.preprocessors import ClearOutput
from nbgrader.utils import find_all_files

from smtraining.bank import Bank
from smtraining.errors import GradingError
from smtraining.grading.isolation import Code, Flag
from smtraining.grading.marking import Marks, mark
from smtraining.grading.restoring import Master, Say, capture, needs_kernel, refuse, restore

if TYPE_CHECKING:
    from smtraining.grading.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker knows of an assignment: plain data, the same for every submission.

    ``extra_files`` are put over the student's files of the same (relative) name; ``ignored`` are globs of files that are left out;
    ``permissions`` are those of every file in an autograded folder; ``code`` says how code cells are run, if there are any.
    """

    name: str
    masters: Mapping[str, Master]
    extra_files: Mapping[str, Path]
    ignored: tuple[str, ...]
    missing_note: str | None
    permissions: int
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What one student handed in (``source``), when, and where the autograded folder goes (``target``)."""

    student: str
    source: Path
    target: Path
    time: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Record:
    """What became of a submission.

    ``absent`` are notebooks of the assignment that were not handed in: they score 0. ``remarks`` are sentences for the instructor.
    ``failure`` is the reason why there is no autograded folder; ``flags`` tell what happened while its code ran,
    and ``notice`` whether it was isolated, if it ran on another machine.
    """

    submission: Submission
    notebooks: Mapping[str, Marks] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    failure: str | None = None
    flags: tuple[Flag, ...] = ()
    notice: str = ""


def unfinished(target: Path) -> Path:
    """The folder that stands for a submission in work. Hidden, so that nbgrader, which lists folders by ``*``, does not see it."""
    return target.parent / f".{target.name}.unfinished"


def grade(submission: Submission, assignment: Assignment, bank: Bank, sandbox: Callable[[], Sandbox]) -> Record:
    """Grade one submission. Whatever is wrong with it ends up in the record: this never raises on what a student handed in.

    ``sandbox`` is asked for only if a notebook has code cells of the instructor's own.
    """
    remarks: list[str] = []
    flags: list[Flag] = []
    notebooks: dict[str, Marks] = {}
    absent = tuple(name for name in assignment.masters if not (submission.source / f"{name}.ipynb").exists())
    for name in absent:
        remarks.append(f"No submitted file: {name}.ipynb")
    folder = unfinished(submission.target)
    failure = None
    try:
        _clear(folder)
        folder.mkdir(parents=True)
        _copy_files(submission, assignment, folder, remarks.append)
        for path in sorted(submission.source.glob("*.ipynb")):
            if path.stem not in assignment.masters:
                remarks.append(f"Skipping unknown notebook: {path.name}")
                continue
            master = assignment.masters[path.stem]
            nb = _restored(path, master, assignment.missing_note, bank, remarks.append)
            ran: frozenset[str] = frozenset()
            if any(needs_kernel(cell) for cell in nb.cells):
                ran = _run(nb, folder, sandbox(), flags, remarks.append)
            points = {cell.name: cell.points for cell in master.cells.values() if cell.points is not None}
            notebooks[path.stem] = mark(nb, points, ran, remarks.append, bank=bank)
            (folder / path.name).write_text(_text(nb), encoding="utf-8")
        if not notebooks:
            expected = ", ".join(f"{name}.ipynb" for name in assignment.masters)
            raise GradingError(f"No notebook of {assignment.name} was handed in: expected {expected}.")
        for file in folder.rglob("*"):
            if file.is_file():
                file.chmod(assignment.permissions)
    except Exception as error:  # a stranger made these files: the reason goes to the instructor, and the others are graded
        failure = f"{type(error).__name__}: {error}" if not isinstance(error, GradingError) else str(error)
        _clear(folder)
    return Record(submission, notebooks, absent, tuple(remarks), failure, tuple(dict.fromkeys(flags)))


def _restored(path: Path, master: Master, missing_note: str | None, bank: Bank, say: Say) -> NotebookNode:
    """The notebook as it is to be run and marked: the first steps of nbgrader_config.py in their order, without writing in between.

    The flags of the cells need no check here: they are the master's (see :func:`smtraining.grading.restoring.check`).
    """
    refuse(path)
    with path.open(encoding="utf-8") as file:
        nb: NotebookNode = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]
    _, nb = validator.normalize(nb)
    capture(nb, path.parent, path.name, say, bank)
    _check(nb)
    ClearOutput().preprocess(nb, {})
    if master.kernelspec:
        nb.metadata["kernelspec"] = master.kernelspec
    restore(nb, master, missing_note, say)
    return nb


def _run(nb: NotebookNode, folder: Path, sandbox: Sandbox, flags: list[Flag], say: Say) -> frozenset[str]:
    from smtraining.grading import codecells

    ran = codecells.run(nb, codecells.files_of(folder), sandbox, say)
    flags += ran.flags
    return ran.names


def _text(nb: NotebookNode) -> str:
    _check(nb)
    text: str = writes_json(nb)  # type: ignore[no-untyped-call]
    return text if text.endswith("\n") else f"{text}\n"


def _check(nb: NotebookNode) -> None:
    nbformat.validate(nb, relax_add_props=True)


def _copy_files(submission: Submission, assignment: Assignment, folder: Path, say: Say) -> None:
    """The student's other files, and over them those that belong to the assignment. A link may show what is somebody else's."""
    own = {os.path.relpath(f, submission.source): Path(f) for f in find_all_files(str(submission.source), [*assignment.ignored, "*.ipynb"])}
    links = [name for name, path in own.items() if path.is_symlink()]
    for name in links:
        say(f"{name} is a link to another file and was not taken")
        del own[name]
    for name, path in (own | dict(assignment.extra_files)).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def _clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
