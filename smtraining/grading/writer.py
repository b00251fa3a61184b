"""The one writer of the gradebook: records of many submissions in one transaction.

Every row is the one that nbgrader's own autograde would write. A folder of autograded work gets its name only after its rows are
committed, so that a submission whose folder is there is done, whenever the run was stopped.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from nbgrader.api import Comment, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import selectinload

from smtraining.errors import GradingError
from smtraining.grading import audit
from smtraining.grading.late import penalize
from smtraining.grading.submission import Record, unfinished


class Writer:
    """Writes records of one assignment into an open gradebook. ``late`` is nbgrader's step with the course's own late policy."""

    def __init__(self, gradebook: Gradebook, assignment: str, late: AssignLatePenalties) -> None:
        self._gradebook = gradebook
        self._db = gradebook.db
        found = gradebook.find_assignment(assignment)
        self._assignment: str = found.id
        self._notebooks: dict[str, str] = {notebook.id: notebook.name for notebook in found.notebooks}
        self._graded: dict[str, dict[str, str]] = {}  # id of a notebook -> id of a cell -> its name
        self._commented: dict[str, dict[str, str]] = {}
        for notebook in found.notebooks:
            self._graded[notebook.id] = {cell.id: cell.name for cell in (*notebook.grade_cells, *notebook.task_cells)}
            self._commented[notebook.id] = {cell.id: cell.name for cell in (*notebook.solution_cells, *notebook.task_cells)}
        self._points = {n.name: {c.name: float(c.max_score) for c in (*n.grade_cells, *n.task_cells)} for n in found.notebooks}
        self._record = audit.file(late.config, assignment)
        self._late = late
        late.init_plugin()

    def write(self, records: Sequence[Record]) -> dict[str, str]:
        """Commit the rows of all records, then put their folders into place; returns student -> reason for those that failed.

        If the rows of one cannot be written, the others still are. Raises GradingError if the gradebook itself cannot be written.
        """
        failed = {record.submission.student: record.failure for record in records if record.failure}
        for record in records:
            if record.submission.target.exists():  # gone before the new rows are there: a run stopped in between starts it anew
                shutil.rmtree(record.submission.target)
        try:
            self.commit(records)
        except OperationalError as error:
            self._db.rollback()
            raise GradingError(
                f"The gradebook cannot be written: {error.orig}. What was committed before is safe. Close other programs that use the "
                "gradebook, or after an update of nbgrader run 'nbgrader db upgrade', then run the same command again."
            ) from error
        except Exception as error:
            self._db.rollback()
            if len(records) > 1:
                return {student: reason for record in records for student, reason in self.write([record]).items()}
            submission = records[0].submission
            shutil.rmtree(unfinished(submission.target), ignore_errors=True)
            return {submission.student: f"Its rows could not be written: {error}"}
        audit.append(self._record, [line for record in records if not record.failure for line in self._lines(record)])
        for record in records:
            if not record.failure:
                unfinished(record.submission.target).rename(record.submission.target)
        return failed

    def commit(self, records: Sequence[Record]) -> None:
        """One transaction: students, submissions, scores, comments and penalties."""
        rows = self._rows([record.submission.student for record in records])
        for record in records:
            student = record.submission.student
            submission = rows[student] = rows.get(student) or self._new(student)
            if record.submission.time is not None:
                submission.timestamp = record.submission.time
            for notebook in submission.notebooks:
                self._put(notebook, self._notebooks[notebook.notebook_id], record)
        self._db.flush()
        for record in records:
            submission = rows[record.submission.student]
            for notebook in submission.notebooks:
                if self._notebooks[notebook.notebook_id] in record.notebooks:
                    penalize(self._late, self._gradebook, submission, notebook)
        self._db.commit()
        self._db.expunge_all()  # rows of a large class do not pile up in memory

    def _lines(self, record: Record) -> list[audit.Entry]:
        student = record.submission.student
        return [audit.scored(self._record.stem, student, name, marks, self._points[name]) for name, marks in record.notebooks.items()]

    def _rows(self, students: Sequence[str]) -> dict[str, Any]:
        notebooks = selectinload(SubmittedAssignment.notebooks)
        query = (
            select(SubmittedAssignment)
            .where(SubmittedAssignment.assignment_id == self._assignment, SubmittedAssignment.student_id.in_(students))
            .options(notebooks.selectinload(SubmittedNotebook.grades), notebooks.selectinload(SubmittedNotebook.comments))
        )
        return {row.student_id: row for row in self._db.scalars(query)}

    def _new(self, student: str) -> Any:
        """A submission with a row for every graded cell and every answer, as ``Gradebook.add_submission`` makes it."""
        if self._db.get(Student, student) is None:
            self._db.add(Student(id=student))
        submission = SubmittedAssignment(assignment_id=self._assignment, student_id=student)
        for id in self._notebooks:
            notebook = SubmittedNotebook(notebook_id=id, assignment=submission)
            for cell in self._graded[id]:
                Grade(cell_id=cell, notebook=notebook)
            for cell in self._commented[id]:
                Comment(cell_id=cell, notebook=notebook)
        self._db.add(submission)
        return submission

    def _put(self, notebook: Any, name: str, record: Record) -> None:
        if name in record.absent:
            for grade in notebook.grades:
                grade.auto_score, grade.needs_manual_grade = 0, False
        if name not in record.notebooks:
            return
        found = record.notebooks[name]
        grades = {self._graded[notebook.notebook_id][grade.cell_id]: grade for grade in notebook.grades}
        comments = {self._commented[notebook.notebook_id][comment.cell_id]: comment for comment in notebook.comments}
        missing = sorted((found.marks.keys() - grades.keys()) | (found.comments.keys() - comments.keys()))
        if missing:
            raise GradingError(f"the gradebook has no row for {', '.join(missing)} of this submission")
        for cell, mark in found.marks.items():
            mark.put(grades[cell])
        for cell, comment in found.comments.items():
            comments[cell].auto_comment = comment
