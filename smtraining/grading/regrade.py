"""Regrading: stored answers scored with the key and the content of today, shown beside what stands in the gradebook, then accepted or not.

Only automatic scores of our own grading cells change. Scores and comments given by hand stay as they are; what a person scored is flagged
for another look if the automatic score below it has changed. Late penalties follow the new score.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Grade, Gradebook, MissingEntry, SubmittedAssignment, SubmittedNotebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from traitlets.config.loader import Config, PyFileConfigLoader

from smtraining import bank as banks
from smtraining.errors import GradingError
from smtraining.grading import settings
from smtraining.grading.cells import is_grading_cell
from smtraining.grading.late import penalize
from smtraining.grading.rescoring import Change, changes
from smtraining.grading.restoring import Master, MasterCell


@dataclass(slots=True)
class Redone:
    """A notebook of a student scored anew: its changes, and score and late penalty (points) before and after.

    ``looks``: the cells that change, and whether a person should have looked at them before.
    """

    student: str
    notebook: str
    path: Path
    changes: tuple[Change, ...]
    looks: dict[str, bool] = field(default_factory=dict)
    score: tuple[float, float] = (0.0, 0.0)
    penalty: tuple[float, float] = (0.0, 0.0)

    @property
    def total(self) -> tuple[float, float]:
        """Score less penalty, before and after."""
        return (self.score[0] - self.penalty[0], self.score[1] - self.penalty[1])


@dataclass(slots=True)
class Report:
    """What a regrade found, or did: ``same`` notebooks without any change; ``skipped``: student -> why; ``notes`` for the instructor.

    ``id`` names an accepted regrade, for taking it back.
    """

    redone: list[Redone] = field(default_factory=list)
    same: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    id: str | None = None

    def note(self, sentence: str) -> None:
        """Add a note once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


@dataclass(frozen=True, slots=True)
class Only:
    """The students and the grading cells that are looked at; all of them, if none is named."""

    students: Collection[str] = ()
    cells: Collection[str] = ()

    def wants(self, change: Change) -> bool:
        """Whether a change is one of those that were asked for."""
        return not self.cells or change.cell in self.cells


ALL = Only()

Tell = Callable[[int], None]
"""Takes the number of submissions that were looked at."""

Keep = Callable[[Redone, Any], None]
"""Takes a notebook scored anew, and nbgrader's ``SubmittedNotebook`` with its rows changed in the open session; commits, or rolls back."""


@dataclass(frozen=True, slots=True)
class Course:
    """The open gradebook of a course with the settings that a regrade needs."""

    config: Config
    directory: CourseDirectory
    gradebook: Any
    assignment: str
    masters: Mapping[str, Master]
    late: AssignLatePenalties

    @classmethod
    def of(cls, assignment: str, gradebook: Gradebook, config: Config) -> Course:
        """Raises GradingError if the gradebook does not know the assignment, or the late policy cannot be used."""
        try:
            masters = {notebook.name: Master.of(notebook) for notebook in gradebook.find_assignment(assignment).notebooks}
        except MissingEntry:
            known = ", ".join(sorted(entry.name for entry in gradebook.assignments)) or "none yet"
            raise GradingError(f"The gradebook has no assignment {assignment!r} (it has: {known}).") from None
        late = AssignLatePenalties(config=config)
        late.init_plugin()
        return cls(config, CourseDirectory(config=config), gradebook, assignment, masters, late)

    def autograded(self, student: str, notebook: str) -> Path:
        """Where the autograded notebook of a student stands."""
        return Path(self.directory.format_path(self.directory.autograded_directory, student, self.assignment)) / f"{notebook}.ipynb"

    def submissions(self, students: Collection[str]) -> Iterator[Any]:
        """nbgrader's rows, student after student. Raises GradingError for a student without any."""
        entry = self.gradebook.find_assignment(self.assignment).id
        known = sorted(self.gradebook.db.scalars(select(SubmittedAssignment.student_id).where(SubmittedAssignment.assignment_id == entry)))
        unknown = sorted(set(students) - set(known))
        if unknown:
            raise GradingError(f"{', '.join(unknown)}: nothing was graded for {self.assignment!r} yet.")
        grades = selectinload(SubmittedAssignment.notebooks).selectinload(SubmittedNotebook.grades).selectinload(Grade.cell)
        rows = select(SubmittedAssignment).where(SubmittedAssignment.assignment_id == entry).options(grades)
        for student in known:
            if not students or student in students:
                yield self.gradebook.db.scalars(rows.where(SubmittedAssignment.student_id == student)).one()
                self.gradebook.db.expunge_all()  # rows of a large class do not pile up in memory


@contextlib.contextmanager
def opened(root: Path, assignment: str) -> Iterator[Course]:
    """The course in a folder. Raises GradingError if its gradebook has no such assignment, or its late policy cannot be used."""
    config = PyFileConfigLoader(settings.CONFIG, path=str(root)).load_config()
    directory = CourseDirectory(config=config)
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        yield Course.of(assignment, gradebook, config)


def plan(root: Path, assignment: str, only: Only = ALL, tell: Tell = lambda number: None) -> Report:
    """What a regrade would change. Nothing is written. Raises GradingError if there is no such assignment, student or cell."""
    with opened(root, assignment) as course:
        return run(course, only, lambda redone, notebook: course.gradebook.db.rollback(), tell)


def run(course: Course, only: Only, keep: Keep, tell: Tell) -> Report:
    """Score all stored submissions anew, and hand each one that changes to ``keep``, with its rows changed but not committed."""
    report = Report()
    bank = banks.load()
    ours = {name: _grading_cells(master) for name, master in course.masters.items()}
    _check_cells(only.cells, ours, course)
    report.notes += _notes(course, ours)
    for number, submission in enumerate(course.submissions(only.students), 1):
        tell(number)
        for notebook in submission.notebooks:
            name = notebook.name
            path = course.autograded(submission.student_id, name)
            try:
                found = changes(path, notebook, ours[name], bank, report.note)
                wanted = tuple(change for change in found if only.wants(change))
            except GradingError as error:
                report.skipped[submission.student_id] = str(error)
                continue
            if not wanted:
                report.same += 1
                continue
            redone = Redone(submission.student_id, name, path, wanted)
            apply(course, redone, submission, notebook)
            keep(redone, notebook)
            redone.changes = tuple(dataclasses.replace(change, shown=None) for change in wanted)
            report.redone.append(redone)
    return report


def apply(course: Course, redone: Redone, submission: Any, notebook: Any) -> None:
    """Put the changes into nbgrader's rows and flush them; sets score and penalty of ``redone``. The caller commits or rolls back."""
    db = course.gradebook.db
    before = (float(notebook.score), float(notebook.late_submission_penalty or 0.0))
    grades = {grade.name: grade for grade in notebook.grades}
    redone.looks = {change.cell: bool(grades[change.cell].needs_manual_grade) for change in redone.changes}
    for change in redone.changes:
        if change.counts:
            change.after.put(grades[change.cell])
    settle(course, submission, notebook)
    db.refresh(notebook)
    redone.score = (before[0], float(notebook.score))
    redone.penalty = (before[1], float(notebook.late_submission_penalty or 0.0))


def settle(course: Course, submission: Any, notebook: Any) -> None:
    """Flush changed scores, and let the late penalty follow."""
    db = course.gradebook.db
    db.flush()
    db.refresh(notebook)  # its score is a sum that the database makes
    penalize(course.late, course.gradebook, submission, notebook)
    db.flush()


def _grading_cells(master: Master) -> dict[str, MasterCell]:
    """Name -> cell of those that are ours."""
    return {name: cell for name, cell in master.cells.items() if _is_ours(cell)}


def _is_ours(cell: MasterCell) -> bool:
    return is_grading_cell({"cell_type": cell.cell_type, "source": cell.source, "metadata": {"nbgrader": cell.flags}})


def _check_cells(cells: Collection[str], ours: Mapping[str, Mapping[str, MasterCell]], course: Course) -> None:
    known = {name for names in ours.values() for name in names}
    unknown = sorted(set(cells) - known)
    if unknown:
        raise GradingError(f"{course.assignment} has no grading cell {', '.join(unknown)}. It has: {', '.join(sorted(known))}.")


def _notes(course: Course, ours: Mapping[str, Mapping[str, MasterCell]]) -> list[str]:
    """What an instructor should know first: a new key that has not come to the gradebook, and cells that are not ours."""
    notes = []
    code = [cell.name for master in course.masters.values() for cell in master.cells.values() if cell.needs_kernel]
    if code:
        notes.append(
            f"Code cells are not run again ({', '.join(code[:3])}{', …' if len(code) > 3 else ''}): autograde with --force does that."
        )
    for name, cells in ours.items():
        path = Path(course.directory.format_path(course.directory.source_directory, ".", course.assignment)) / f"{name}.ipynb"
        try:
            nb: NotebookNode = nbformat.read(path, 4)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, nbformat.ValidationError):
            continue
        master = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in nb.cells}
        newer = [name for name, cell in cells.items() if name in master and master[name].strip() != cell.source.strip()]
        if newer:
            notes.append(
                f"{', '.join(newer)}: the master notebook is not what the gradebook holds, and the gradebook's key is used. To take over "
                f"the master's, run first: nbgrader generate_assignment {course.assignment} --force"
            )
    return notes
