"""Marks of written work for other parts of the package: the feedback page, statistics. Reads the record of marking and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smtraining.grading.marks import Marks
from smtraining.grading.marks_store import FILE_NAME, MarksStore
from smtraining.grading.rubrics import Rubric


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How the score of a written task came about: the rubric with the points that were in force, and the chosen level of each criterion.

    ``score`` is what was put into the gradebook; where the gradebook says otherwise, somebody has typed another mark since.
    """

    rubric: Rubric
    levels: Mapping[str, int]
    score: float


@dataclass(frozen=True, slots=True)
class Given:
    """One level that one marker gave, of ``levels`` that there are, counted from 0."""

    student: str
    task: str
    criterion: str
    marker: str
    level: int
    levels: int


def marks_file(db_url: str, autograded: Path) -> Path:
    """Where the record of marking of a course is: beside an SQLite gradebook, else beside the folder ``autograded``. It may not exist."""
    prefix = "sqlite:///"
    beside = Path(db_url.removeprefix(prefix).split("?")[0]) if db_url.startswith(prefix) else autograded
    return beside.parent / FILE_NAME


def breakdown(file: Path, assignment: str, task: str, student: str) -> Breakdown | None:
    """How the mark came about that was last put into the gradebook for this answer; None if there is none or it was taken back.

    Raises RecordError if the record cannot be read.
    """
    store = MarksStore(file)
    event = store.last(assignment, "posted", task, student)
    if event is None or event.step.data["score"] is None:
        return None
    data = event.step.data
    return Breakdown(Rubric.from_json(store.rubrics()[data["rubric"]]), dict(data["levels"]), float(data["score"]))


def given(file: Path, assignment: str) -> list[Given]:
    """Every level that stands, by everybody, whatever became of it; in the order in which answers were first marked.

    Levels are counted as in the rubric they were chosen from. Raises RecordError if the record cannot be read.
    """
    store = MarksStore(file)
    marks = Marks()
    marks.read(store.events(assignment))
    rubrics = {digest: Rubric.from_json(text) for digest, text in store.rubrics().items()}
    found = []
    for (task, student), by_marker in marks.given.items():
        for marker, mark in sorted(by_marker.items()):
            for criterion, (level, digest) in mark.levels.items():
                known = rubrics[digest].criterion(criterion)
                if known is not None:
                    found.append(Given(student, task, criterion, marker, level, len(known.levels)))
    return found
