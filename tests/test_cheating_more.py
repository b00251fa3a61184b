"""More of what a submission may hold, beyond edited notebooks and forged records (test_cheating.py): files, names, times and copies."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from fixtures.grading_course import FULL_POINTS, NAME, OVERLAY, PARTLY, PARTLY_POINTS, RIGHT, Course, cell, lines, records
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from test_cheating import EDITS, FORGED

from smtraining.grading import classrun

pytestmark = [
    pytest.mark.nbgrader,
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),  # nbgrader's own
    pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId"),  # of forged notebooks, which is the point
]

NOTEBOOK = f"{NAME}.ipynb"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course(tmp_path_factory.mktemp("course") / "course")
    (course.root / "solutions" / NAME / "table.csv").write_text("the instructor's")
    course.release()
    return course


# --- what is graded, and earns what it earns --------------------------------------------------------------------------


def _beside(course: Course, folder: Path) -> None:
    """A second notebook with all the right answers."""
    nb = course.released()
    nb.metadata["smtraining"] = records(RIGHT, 99)
    for name in ("90-fixture (1).ipynb", "90-Fixture.ipynb", "solution.ipynb"):
        course.write(folder / name, nb)
    course.write(folder / "sub" / NOTEBOOK, nb)


def _others_side_file(course: Course, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "answers.smtraining.jsonl").write_text(lines(RIGHT, 99))
    (folder / "answers.smtraining.jsonl.bak").write_text(lines(RIGHT, 99))


def _own_table(course: Course, folder: Path) -> None:
    (folder / "table.csv").write_text("the student's")


def _master_beside(course: Course, folder: Path) -> None:
    (folder / "solutions" / NAME).mkdir(parents=True)
    (folder / "solutions" / NAME / NOTEBOOK).write_text((course.root / "solutions" / NAME / NOTEBOOK).read_text())
    (folder / "gradebook.db").write_bytes(b"not a gradebook")
    (folder / "nbgrader_config.py").write_text("raise SystemExit('ran')")


def _edit(change: Callable[[NotebookNode], None]) -> Callable[[Course, Path], None]:
    def spoil(course: Course, folder: Path) -> None:
        nb = json.loads((folder / NOTEBOOK).read_text())
        node = nbformat.from_dict(nb)
        change(node)
        course.write(folder / NOTEBOOK, node)

    return spoil


def _same_cell_ids(nb: NotebookNode) -> None:
    for found in nb.cells:
        found.id = "same"


def _packed_twice(nb: NotebookNode) -> None:
    """An older pack with better answers does not win over the newer record."""
    data = {"application/vnd.smtraining.answers+json": records(RIGHT, time="2026-03-01T00:00:00Z"), "text/plain": "packed"}
    nb.cells.append(new_code_cell("smt.pack()", outputs=[new_output("display_data", data=data)]))


def _typed_over(nb: NotebookNode) -> None:
    """A typed answer counts only where no saved one is."""
    nb.cells.append(new_code_cell('answer("t90-01", "b")\nanswer("t90-02", "county")'))


def _answers_in_text(nb: NotebookNode) -> None:
    nb.cells.append(new_markdown_cell('answer("t90-01", "b")'))
    nb.cells.append(new_code_cell('text = """\n  answer("t90-01", "b")"""'))


def _key_in_attachment(nb: NotebookNode) -> None:
    cell(nb, "t90-w1").attachments = {"a.png": {"image/png": "b" * 1000}}
    nb.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"x": {"state": {"score": 12}}}}}


def _thousand_cells(nb: NotebookNode) -> None:
    nb.cells += [new_code_cell(f"grade('t90-01', {n})") for n in range(1000)]


SCORED: dict[str, Callable[[Course, Path], None]] = {
    "more notebooks beside it": _beside,
    "side files elsewhere": _others_side_file,
    "the assignment's own file replaced": _own_table,
    "a master and a configuration of one's own": _master_beside,
    "all cells with the same id": _edit(_same_cell_ids),
    "an older packed output": _edit(_packed_twice),
    "typed answers over saved ones": _edit(_typed_over),
    "answers in a text": _edit(_answers_in_text),
    "state of widgets and attachments": _edit(_key_in_attachment),
    "a thousand cells more": _edit(_thousand_cells),
}


@pytest.fixture(scope="module")
def scored(released: Course) -> classrun.Outcome:
    for number, spoil in enumerate(SCORED.values()):
        spoil(released, released.submit(f"s{number}", PARTLY))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))
        return classrun.autograde(released.root, NAME)


@pytest.mark.parametrize("how", SCORED)
def test_a_submission_earns_what_its_own_answers_earn(released: Course, scored: classrun.Outcome, how: str) -> None:
    student = f"s{list(SCORED).index(how)}"
    assert student not in scored.failed
    assert released.points(student) == PARTLY_POINTS
    assert all(row.manual is None for row in released.rows(student).values())
    table = released.folder(student, "autograded") / "table.csv"
    assert table.read_text() == "the instructor's"


# --- what cannot be graded, and stops nobody --------------------------------------------------------------------------


def _folder(course: Course, path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(course: Course, path: Path) -> None:
    """Reading it would wait for ever."""
    path.unlink()
    os.mkfifo(path)


def _linked_folder(course: Course, path: Path) -> None:
    path.unlink()
    path.symlink_to(course.root / "solutions" / NAME / NOTEBOOK)


def _version_of_the_future(course: Course, path: Path) -> None:
    path.write_text(json.dumps({"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}))


def _other_encoding(course: Course, path: Path) -> None:
    path.write_bytes(path.read_text().encode("utf-16"))


def _no_object(course: Course, path: Path) -> None:
    path.write_text("[1, 2, 3]")


def _too_large(course: Course, path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(60_000_000)


REFUSED: dict[str, Callable[[Course, Path], Any]] = {
    "a folder": _folder,
    "a pipe": _pipe,
    "a link to the master": _linked_folder,
    "a version of the future": _version_of_the_future,
    "another encoding": _other_encoding,
    "no notebook but JSON": _no_object,
    "too large": _too_large,
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_cannot_be_graded_earns_nothing_and_stops_nobody(
    released: Course, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))
    course = object.__new__(Course)
    course.root = tmp_path / "course"
    shutil.copytree(released.root, course.root)
    shutil.rmtree(course.root / "grading" / "submitted", ignore_errors=True)
    course.submit("honest", RIGHT)
    REFUSED[how](course, course.submit("mallory", RIGHT) / NOTEBOOK)
    done = classrun.autograde(course.root, NAME)
    assert (done.graded, list(done.failed)) == (1, ["mallory"])
    assert course.points("honest") == FULL_POINTS
    assert sum(row.score for row in course.rows("mallory").values()) == 0
    assert not course.folder("mallory", "autograded").exists()


def test_there_are_many_ways_and_all_are_different() -> None:
    assert len({*EDITS, *FORGED, *SCORED, *REFUSED}) >= 20
