"""Marks of written work into nbgrader's gradebook, through its own API, so that Formgrader, feedback and exports show them.

A mark fills ``Grade.manual_score``, ``Comment.manual_comment`` and takes ``needs_manual_grade`` away. What a person typed in Formgrader is
never written over: such an answer is reported, and somebody decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smtraining.errors import SaveError
from smtraining.grading.marks import Final
from smtraining.grading.rubrics import CENT, Rubric, Task, number

Value = tuple[float | None, str]
"""A score given by hand (None: none) and the comment beside it ("": none)."""

NOTHING: Value = (None, "")


@dataclass(slots=True)
class Row:
    """What the gradebook holds for one answer: nbgrader's ``Grade`` and ``Comment`` (None where a cell takes none)."""

    grade: Any
    comment: Any

    @property
    def value(self) -> Value:
        """What a person, or an earlier mark, has put there."""
        score = self.grade.manual_score
        text = self.comment.manual_comment if self.comment is not None else None
        return (None if score is None else float(score), text or "")

    @property
    def untouched(self) -> bool:
        """Whether autograding found the answer cell as it was released: then it is 0 already, and there is nothing to read."""
        return self.grade.auto_score is not None

    def put(self, value: Value) -> None:
        """Write a value, or take it back, and say whether a person must still look."""
        score, text = value
        self.grade.manual_score = score
        self.grade.needs_manual_grade = score is None and not self.untouched
        if self.comment is not None:
            self.comment.manual_comment = text or None


def rows(gradebook: Any, assignment: str, task: Task, student: str | None = None) -> dict[str, Row]:
    """Student -> row, for everybody whose work is in the gradebook, or only for ``student``.

    ``gradebook`` is nbgrader's, open. Two queries, however large the class.
    """
    from nbgrader.api import Assignment, BaseCell, Comment, Grade, Notebook, SubmittedAssignment, SubmittedNotebook

    def found(table: Any) -> dict[str, Any]:
        query = (
            gradebook.db.query(SubmittedAssignment.student_id, table)
            .select_from(table)
            .join(BaseCell, table.cell_id == BaseCell.id)
            .join(SubmittedNotebook, table.notebook_id == SubmittedNotebook.id)
            .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
            .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            .filter(Assignment.name == assignment, Notebook.name == task.notebook, BaseCell.name == task.id)
        )
        if student is not None:
            query = query.filter(SubmittedAssignment.student_id == student)
        return dict(query.all())

    comments = found(Comment)
    return {student: Row(grade, comments.get(student)) for student, grade in found(Grade).items()}


def commit(gradebook: Any, values: Mapping[str, Value], into: Mapping[str, Row]) -> None:
    """Put values (student -> value) into rows, all in one transaction. Raises SaveError; then none was written."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        for student, value in values.items():
            into[student].put(value)
        gradebook.db.commit()
    except SQLAlchemyError as error:
        gradebook.db.rollback()
        raise SaveError(
            "Your mark is kept, but nbgrader's gradebook could not be written.",
            "Close other programs that use the gradebook, then choose “Put marks into the gradebook”.",
            str(getattr(error, "orig", error)),
        ) from error


def value(final: Final | None, rubric: Rubric) -> Value:
    """What the gradebook should hold for a mark: its total, and a comment that tells the level of every criterion."""
    return NOTHING if final is None else (rubric.total(final.levels), told(final, rubric))


def told(final: Final, rubric: Rubric) -> str:
    """The comment a student reads, in Markdown (nbgrader's feedback renders it): the marker's words, then every criterion."""
    lines = [_quiet(final.comment.strip()), ""] if final.comment.strip() else []
    lines += [f"How it was marked ({number(rubric.total(final.levels))} of {number(rubric.points)} points):", ""]
    for criterion in rubric.criteria:
        level = criterion.levels[final.levels[criterion.id]]
        lines.append(f"- **{criterion.title}: {number(level.points)} of {number(criterion.best)}.** {level.text}")
    return "\n".join(lines)


def same(one: Value, other: Value) -> bool:
    """Whether two values are the same, to the last decimal that is shown."""
    (a, text), (b, words) = one, other
    return text == words and (a is b or (a is not None and b is not None and abs(a - b) < CENT))


def _quiet(text: str) -> str:
    """A comment may quote a student: no tag in it becomes markup in the feedback page, where Markdown lets HTML through."""
    return text.replace("<", "\\<")
