"""What the commands need of nbgrader's gradebook, each in one query however large the class is."""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smtraining.errors import ExchangeError

CONFIG = "nbgrader_config.py"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where nbgrader keeps the course. Folders are absolute."""

    db_url: str
    course_id: str
    submitted: Path
    autograded: Path

    @property
    def file(self) -> Path | None:
        """The file of an SQLite gradebook; None for a database server."""
        prefix = "sqlite:///"
        return Path(self.db_url.removeprefix(prefix).split("?")[0]) if self.db_url.startswith(prefix) else None


@dataclass(frozen=True, slots=True)
class Student:
    """A student of the gradebook; what is not known is ""."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.first_name, self.last_name)))

    def __str__(self) -> str:
        return f"{self.id} ({self.name})" if self.name else self.id


@dataclass(frozen=True, slots=True)
class Mark:
    """What a student got: points after the late penalty (never below 0), whether a part still waits for a person, the comments."""

    points: float
    unmarked: bool
    feedback: str


@dataclass(frozen=True, slots=True)
class Item:
    """The grade of one cell. ``late``: seconds after the due date (0 if in time); ``time``: when it was handed in, UTC, or None."""

    student: str
    assignment: str
    notebook: str
    name: str
    points: float | None
    max: float
    manual: bool
    unmarked: bool
    late: int
    time: dt.datetime | None


def settings(root: Path) -> Settings:
    """Settings of the course in ``root``. Raises ExchangeError without nbgrader or its configuration."""
    if not (root / CONFIG).is_file():
        raise ExchangeError(f"There is no {CONFIG} in {root}. Run this in the folder of the course.")
    try:
        from traitlets.config.loader import PyFileConfigLoader
    except ImportError:
        raise ExchangeError("nbgrader is not installed. Run: pip install 'smtraining[instructor]'") from None
    found = PyFileConfigLoader(CONFIG, path=str(root)).load_config().get("CourseDirectory", {})
    return Settings(
        db_url=str(found.get("db_url", f"sqlite:///{root / 'gradebook.db'}")),
        course_id=str(found.get("course_id", "default_course")) or "default_course",
        submitted=root / str(found.get("submitted_directory", "submitted")),
        autograded=root / str(found.get("autograded_directory", "autograded")),
    )


@contextlib.contextmanager
def opened(course: Settings, *, create: bool = False) -> Iterator[Any]:
    """nbgrader's gradebook. Raises ExchangeError if there is none yet, unless ``create``."""
    if not create and course.file is not None and not course.file.exists():
        raise ExchangeError(
            f"There is no gradebook yet ({course.file}). Release an exercise first: nbgrader generate_assignment NAME --force"
        )
    try:
        from nbgrader.api import Gradebook
    except ImportError:
        raise ExchangeError("nbgrader is not installed. Run: pip install 'smtraining[instructor]'") from None
    with Gradebook(course.db_url, course.course_id) as found:
        yield found


def students(gradebook: Any) -> list[Student]:
    """All students, in the order of their names."""
    return [
        Student(row.id, row.first_name or "", row.last_name or "", row.email or "", row.lms_user_id or "") for row in gradebook.students
    ]


def assignments(gradebook: Any) -> dict[str, float]:
    """Name -> points of every assignment."""
    return {row.name: float(row.max_score) for row in gradebook.assignments}


def known(gradebook: Any, assignment: str) -> Any:
    """nbgrader's entry of the assignment. Raises ExchangeError, with the nearest names, if there is none."""
    for found in gradebook.assignments:
        if found.name == assignment:
            return found
    names = [found.name for found in gradebook.assignments]
    near = difflib.get_close_matches(assignment, names, n=3, cutoff=0.4) or sorted(names)
    raise ExchangeError(f"There is no assignment {assignment!r} in the gradebook. It holds: {', '.join(near) or 'none'}.")


def marks(gradebook: Any, assignment: str) -> dict[str, Mark]:
    """Student id -> mark, for everybody who handed in."""
    from nbgrader.api import BaseCell, Comment, SubmittedAssignment, SubmittedNotebook

    entry = known(gradebook, assignment)
    comments: defaultdict[str, list[str]] = defaultdict(list)
    query = (
        gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, Comment.comment)
        .select_from(Comment)
        .join(BaseCell, Comment.cell_id == BaseCell.id)
        .join(SubmittedNotebook, Comment.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .filter(SubmittedAssignment.assignment_id == entry.id)
        .order_by(BaseCell.name)
    )
    for student, cell, text in query:
        if text and text.strip():
            comments[student].append(f"{cell}: {text.strip()}")
    columns = (
        SubmittedAssignment.student_id,
        SubmittedAssignment.score,
        SubmittedAssignment.late_submission_penalty,
        SubmittedAssignment.needs_manual_grade,
    )
    rows = gradebook.db.query(*columns).filter(SubmittedAssignment.assignment_id == entry.id)
    return {
        student: Mark(max(0.0, float(score or 0) - float(penalty or 0)), bool(unmarked), "\n".join(comments[student]))
        for student, score, penalty, unmarked in rows
    }


def items(gradebook: Any, assignment: str) -> list[Item]:
    """Every graded cell of everybody who handed in, by student, notebook and cell. Cells worth nothing are left out."""
    from nbgrader.api import BaseCell, Grade, Notebook, SubmittedAssignment, SubmittedNotebook

    entry = known(gradebook, assignment)
    columns = (
        SubmittedAssignment.student_id,
        SubmittedAssignment.timestamp,
        SubmittedAssignment.extension,
        Notebook.name,
        BaseCell.name,
        Grade.score,
        Grade.max_score,
        Grade.auto_score,
        Grade.manual_score,
        Grade.needs_manual_grade,
    )
    query = (
        gradebook.db.query(*columns)
        .select_from(Grade)
        .join(BaseCell, Grade.cell_id == BaseCell.id)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .filter(SubmittedAssignment.assignment_id == entry.id)
        .order_by(SubmittedAssignment.student_id, Notebook.name, BaseCell.name)
    )
    found = []
    for student, time, extension, notebook, name, score, most, auto, manual, unmarked in query:
        due = entry.duedate + (extension or dt.timedelta()) if entry.duedate else None
        late = max(0, int((time - due).total_seconds())) if time and due else 0
        given = None if auto is None and manual is None else float(score)
        if most:
            found.append(Item(student, assignment, notebook, name, given, float(most), manual is not None, bool(unmarked), late, time))
    return found
