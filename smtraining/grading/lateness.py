"""Late penalties of an assignment worked out anew, and told: after an extension, a change of the policy, or marks given by hand.

nbgrader takes a penalty from the score at the moment of autograding. What a person marks later changes that score; so the penalties are
worked out once more before grades go out, by this module or by the same step in front of the feedback.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smtraining.errors import GradingError
from smtraining.grading import extensions, moments
from smtraining.grading.late import Lateness, LatePolicy, Policy, Rules, of
from smtraining.grading.regrade import Course, opened, settle
from smtraining.grading.rescoring import same


@dataclass(frozen=True, slots=True)
class Late:
    """One submission: how late (None: nbgrader knows no time, or the rule is not ours), points taken before and now, score without them."""

    student: str
    lateness: Lateness | None
    before: float
    after: float
    score: float

    @property
    def changed(self) -> bool:
        """Whether other points are taken now."""
        return not same(self.before, self.after)


@dataclass(slots=True)
class Report:
    """Every submission, the policy (None: nbgrader's own), sentences for the instructor."""

    policy: Policy | None
    due: str
    rows: list[Late] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def penalties(root: Path, assignment: str, students: Collection[str] = (), *, write: bool) -> Report:
    """Work out the penalties of an assignment; with ``write`` they go into the gradebook.

    Raises GradingError if the gradebook has no such assignment, or settings or extensions cannot be used.
    """
    with opened(root, assignment) as course:
        rules = course.late.plugin_inst.rules if isinstance(course.late.plugin_inst, LatePolicy) else None
        due = course.gradebook.find_assignment(assignment).duedate
        zone = rules.policy(assignment).zone if rules else moments.zone("UTC")
        report = Report(
            rules.policy(assignment) if rules else None,
            moments.shown(moments.of_gradebook(due), zone) if due else "",
        )
        for submission in course.submissions(students):
            report.rows.append(_one(course, rules, submission))
            if write:
                course.gradebook.db.commit()
            else:
                course.gradebook.db.rollback()
        if not students:
            report.notes += _notes(course, rules, report)
    return report


def extend(root: Path, student: str, assignment: str, until: str | None, note: str = "") -> tuple[str, Report]:
    """Write an extension into the table (``until=None``: take it out), and correct the penalty of work that was graded already.

    Returns what was done as a sentence, and the student's penalties. Raises GradingError if the late policy is not switched on, the
    gradebook has no such assignment, or the time is none or not after the due date.
    """
    with opened(root, assignment) as course:
        if not isinstance(course.late.plugin_inst, LatePolicy):
            raise GradingError(
                "The late policy is not switched on, so an extension would change nothing. Take away the '#' before the lines on late "
                "work in nbgrader_config.py, then try again. See docs/grading.md."
            )
        rules = course.late.plugin_inst.rules
        zone = rules.policy().zone
        due = course.gradebook.find_assignment(assignment).duedate
        if until is not None and due is not None and moments.read(until, zone) <= moments.of_gradebook(due):
            raise GradingError(f"{until} is not after the due date ({moments.shown(moments.of_gradebook(due), zone)}).")
        graded = student in {submission.student_id for submission in course.gradebook.assignment_submissions(assignment)}
        known = student in {entry.id for entry in course.gradebook.students}
    before = _put(rules, student, assignment, until, note)
    if until is None:
        said = (
            f"{student} has no extension for {assignment} any more (it was until {before})." if before else f"{student} had no extension."
        )
    else:
        said = f"{student} may hand in {assignment} until {moments.shown(moments.read(until, zone), zone)}"
        said += f" (before: {before})." if before else "."
    if not known:
        said += f" The gradebook knows no student {student!r} yet: check the spelling."
    return said, penalties(root, assignment, [student], write=True) if graded else Report(rules.policy(assignment), "")


def _put(rules: Rules, student: str, assignment: str, until: str | None, note: str) -> str:
    """Write it; returns until when the student had before, or an empty text."""
    before = extensions.put(rules.extensions_file, student, assignment, until, note, rules.policy().zone)
    return before.text if before else ""


def _one(course: Course, rules: Rules | None, submission: Any) -> Late:
    notebooks = submission.notebooks
    before = _taken(notebooks)
    for notebook in notebooks:
        settle(course, submission, notebook)
        course.gradebook.db.refresh(notebook)
    lateness = of(rules, submission, submission.student_id, course.assignment) if rules else None
    return Late(submission.student_id, lateness, before, _taken(notebooks), sum(float(notebook.score) for notebook in notebooks))


def _taken(notebooks: Iterable[Any]) -> float:
    return sum(float(notebook.late_submission_penalty or 0.0) for notebook in notebooks)


def _notes(course: Course, rules: Rules | None, report: Report) -> list[str]:
    """What may surprise: no policy, no due date, no times, extensions that do nothing."""
    if rules is None:
        return [
            'The late policy is not switched on (docs/grading.md, "Late work"): nothing is taken, unless you set up nbgrader\'s own rule.'
        ]
    notes = []
    due = course.gradebook.find_assignment(course.assignment).duedate
    if due is None:
        notes.append("The assignment has no due date, so nothing is late. Set one in Formgrader > Manage Assignments.")
    timeless = [row.student for row in report.rows if row.lateness is None]
    if due is not None and timeless:
        notes.append(f"No time is known of what {_names(timeless)} handed in (there is no timestamp.txt), so it is not late.")
    students = {entry.id for entry in course.gradebook.students}
    for (student, assignment), one in rules.extensions.items():
        where = f"{rules.extensions_file.name}, line {one.line}"
        if assignment == course.assignment and student not in students:
            notes.append(f"{where}: the gradebook knows no student {student!r}. Check the spelling.")
        elif assignment == course.assignment and due is not None and one.until <= moments.of_gradebook(due):
            notes.append(f"{where}: the extension of {student} ends before the due date, so it changes nothing.")
    return notes


def _names(students: list[str]) -> str:
    return ", ".join(students[:5]) + (f" and {len(students) - 5} more" if len(students) > 5 else "")
