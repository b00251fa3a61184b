"""One submission graded in a worker process: files in, files and a plain record out, no gradebook.

The autograded folder is made under a hidden name beside its place (:func:`unfinished`) and stays there until the rows are committed. No
code of a student runs here; exercises that need a kernel are not given to this module (see :mod:`smtraining.grading.classrun`).
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import validator
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import ClearOutput
from nbgrader.utils import find_all_files

from smtraining.errors import GradingError
from smtraining.grading.marking import Marks, mark
from smtraining.grading.restoring import Master, Say, capture, restore


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker knows of an assignment: plain data, the same for every submission.

    ``extra_files`` are put over the student's files of the same (relative) name; ``ignored`` are globs of files that are left out;
    ``permissions`` are those of every file in an autograded folder.
    """

    name: str
    masters: Mapping[str, Master]
    extra_files: Mapping[str, Path]
    ignored: tuple[str, ...]
    missing_note: str | None
    permissions: int


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
    ``failure`` is the reason why there is no autograded folder.
    """

    submission: Submission
    notebooks: Mapping[str, Marks] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    failure: str | None = None


def unfinished(target: Path) -> Path:
    """The folder that stands for a submission in work. Hidden, so that nbgrader, which lists folders by ``*``, does not see it."""
    return target.parent / f".{target.name}.unfinished"


def grade(submission: Submission, assignment: Assignment) -> Record:
    """Grade one submission. Whatever is wrong with it ends up in the record: this never raises on what a student handed in."""
    remarks: list[str] = []
    notebooks: dict[str, Marks] = {}
    absent = tuple(name for name in assignment.masters if not (submission.source / f"{name}.ipynb").exists())
    for name in absent:
        remarks.append(f"No submitted file: {name}.ipynb")
    folder = unfinished(submission.target)
    failure = None
    try:
        _clear(folder)
        folder.mkdir(parents=True)
        _copy_files(submission, assignment, folder)
        for path in sorted(submission.source.glob("*.ipynb")):
            if path.stem not in assignment.masters:
                remarks.append(f"Skipping unknown notebook: {path.name}")
                continue
            text, marks = _graded(path, assignment.masters[path.stem], assignment.missing_note, remarks.append)
            (folder / path.name).write_text(text, encoding="utf-8")
            notebooks[path.stem] = marks
        if not notebooks:
            expected = ", ".join(f"{name}.ipynb" for name in assignment.masters)
            raise GradingError(f"No notebook of {assignment.name} was handed in: expected {expected}.")
        for file in folder.rglob("*"):
            if file.is_file():
                file.chmod(assignment.permissions)
    except Exception as error:  # a stranger made these files: the reason goes to the instructor, and the others are graded
        failure = f"{type(error).__name__}: {error}" if not isinstance(error, GradingError) else str(error)
        _clear(folder)
    return Record(submission, notebooks, absent, tuple(remarks), failure)


def _graded(path: Path, master: Master, missing_note: str | None, say: Say) -> tuple[str, Marks]:
    """The text of the autograded notebook and its marks: the steps of nbgrader_config.py in their order, without writing in between.

    The flags of the cells need no check here: they are the master's (see :func:`smtraining.grading.restoring.check`).
    """
    if not path.is_file():
        raise GradingError(f"{path.name} is not a file.")
    with path.open(encoding="utf-8") as file:
        nb: NotebookNode = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]
    _, nb = validator.normalize(nb)
    capture(nb, path.parent, path.name, say)
    _check(nb)
    ClearOutput().preprocess(nb, {})
    if master.kernelspec:
        nb.metadata["kernelspec"] = master.kernelspec
    restore(nb, master, missing_note, say)
    points = {cell.name: cell.points for cell in master.cells.values() if cell.points is not None}
    marks = mark(nb, points, (), say)
    _check(nb)
    text: str = nbformat.writes(nb, version=4)  # type: ignore[no-untyped-call]
    return text if text.endswith("\n") else f"{text}\n", marks


def _check(nb: NotebookNode) -> None:
    nbformat.validate(nb, relax_add_props=True)


def _copy_files(submission: Submission, assignment: Assignment, folder: Path) -> None:
    """The student's other files, and over them those that belong to the assignment."""
    own = {os.path.relpath(f, submission.source): Path(f) for f in find_all_files(str(submission.source), [*assignment.ignored, "*.ipynb"])}
    for name, path in (own | dict(assignment.extra_files)).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def _clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
