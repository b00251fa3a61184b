"""The rubrics of an assignment as the marking page uses them: criteria and levels as data, with points that can be changed.

A rubric stands in the hidden region of the master notebook (:class:`~smtraining.grading.cells.RubricCall`) and is read from the gradebook's
copy of it, never run. It is in no student copy and in no wheel. An instructor may give levels other points for one class; then the
wording stays the master's, and every total follows, because a mark is a choice of levels and not a number.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from smtraining.bank import Bank
from smtraining.errors import GradingError, SmtrainingError
from smtraining.grading.cells import Criterion, Level, RubricCall, is_grading_cell, read
from smtraining.grading.scoring import written_task

CENT = 0.005
"""Points that differ by less are the same: they are shown with two decimals."""


@dataclass(frozen=True, slots=True)
class Rubric:
    """The criteria of a written task, each with its levels."""

    criteria: tuple[Criterion, ...]

    @property
    def digest(self) -> str:
        """The first 16 hex digits of SHA-256 over ids, texts and points."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    @property
    def points(self) -> float:
        """What the task is worth: the best level of every criterion."""
        return round(sum(criterion.best for criterion in self.criteria), 2)

    def to_json(self) -> str:
        """The rubric as one line of JSON, for :meth:`from_json`."""
        return json.dumps([criterion.model_dump(mode="json") for criterion in self.criteria], sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Rubric:
        """What :meth:`to_json` wrote."""
        return cls(tuple(Criterion.model_validate({**entry, "levels": tuple(entry["levels"])}) for entry in json.loads(text)))

    def criterion(self, id: str) -> Criterion | None:
        """The criterion with this id, or None."""
        return next((criterion for criterion in self.criteria if criterion.id == id), None)

    def complete(self, levels: Mapping[str, int]) -> bool:
        """Whether a level is chosen for every criterion."""
        return all(criterion.id in levels for criterion in self.criteria)

    def total(self, levels: Mapping[str, int]) -> float:
        """Points of the chosen levels (criterion id -> index of the level), rounded to two decimals. Criteria without one count 0."""
        return round(sum(c.levels[levels[c.id]].points for c in self.criteria if c.id in levels), 2)

    def with_points(self, points: Mapping[str, Sequence[float]]) -> Rubric:
        """The same rubric with other points: criterion id -> points of its levels, in their order.

        Raises GradingError if a criterion or a level is left out, points are no numbers from 0 to 100, or the best levels no longer add
        up to what the task is worth in the gradebook.
        """
        if set(points) != {criterion.id for criterion in self.criteria}:
            raise GradingError(f"Give points for every criterion: {', '.join(c.id for c in self.criteria)}. Nothing was changed.")
        criteria = tuple(criterion.model_copy(update={"levels": _levels(criterion, points[criterion.id])}) for criterion in self.criteria)
        changed = Rubric(criteria)
        if abs(changed.points - self.points) > CENT:
            raise GradingError(
                f"The best levels add up to {number(changed.points)} points, and the task is worth {number(self.points)}. "
                "Raise or lower the best level of a criterion until they are the same. Nothing was changed."
            )
        return changed

    def carried(self, old: Rubric, criterion: str, level: int) -> int | None:
        """Where a level that was chosen under an ``old`` version of this rubric stands now; None if a person must choose again.

        A level is known by its words; where these were edited and the number of levels is the same, by its place.
        """
        before, now = old.criterion(criterion), self.criterion(criterion)
        if before is None or now is None or not 0 <= level < len(before.levels):
            return None
        texts = [entry.text for entry in now.levels]
        words = before.levels[level].text
        if texts.count(words) == 1:
            return texts.index(words)
        return level if len(before.levels) == len(now.levels) else None


@dataclass(frozen=True, slots=True)
class Task:
    """A written task of an assignment: where its answer stands (``notebook``, cell ``id``), and how it is marked.

    ``master`` is the rubric of the master notebook; ``rubric`` the one in force, with the points of this class.
    """

    id: str
    notebook: str
    title: str
    prompt: str
    points: float
    master: Rubric
    rubric: Rubric
    model_answer: str

    def in_force(self, rubric: Rubric) -> Task:
        """The same task, marked by another version of its rubric."""
        return replace(self, rubric=rubric)


def tasks(gradebook: Any, assignment: str, bank: Bank) -> tuple[tuple[Task, ...], tuple[str, ...]]:
    """The written tasks of an assignment that have a rubric, and sentences about those that cannot be marked with one.

    ``gradebook`` is nbgrader's, open. Tasks come in the order of the exercise. Raises nbgrader's MissingEntry for an unknown assignment.
    """
    found: list[Task] = []
    remarks: list[str] = []
    for notebook in gradebook.find_assignment(assignment).notebooks:
        answers = {cell.name: float(cell.max_score) for cell in notebook.grade_cells if cell.cell_type == "markdown"}
        answers |= {cell.name: float(cell.max_score) for cell in notebook.task_cells}
        for source in notebook.source_cells:
            entry = {"cell_type": source.cell_type, "source": source.source, "metadata": {"nbgrader": {"grade": True, "solution": False}}}
            if source.cell_type != "code" or not is_grading_cell(entry):
                continue
            try:
                call = read(source.source, source.name)
                if isinstance(call, RubricCall):
                    found.append(_task(call, notebook.name, answers, bank))
                    answers.pop(call.task, None)
            except SmtrainingError as error:
                remarks.append(f"{source.name} cannot be used: {error}")
        remarks += [f"{name} has no rubric. Mark it in Formgrader." for name in sorted(answers)]
    order = [task.id for exercise in bank.exercises.values() for task in exercise.written]
    found.sort(key=lambda task: order.index(task.id))
    return tuple(found), tuple(remarks)


def number(value: float) -> str:
    """Points as people write them: two decimals at most, and none that say nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _task(call: RubricCall, notebook: str, answers: Mapping[str, float], bank: Bank) -> Task:
    written = written_task(call.task, bank)
    if call.task not in answers:
        raise GradingError(f"there is no graded answer cell {call.task} in the notebook {notebook}.")
    rubric = Rubric(call.criteria)
    if abs(rubric.points - answers[call.task]) > CENT:
        raise GradingError(
            f"the best levels of {call.task} add up to {number(rubric.points)} points, the gradebook says {number(answers[call.task])}. "
            "Mend the master notebook, then run nbgrader generate_assignment --force."
        )
    return Task(call.task, notebook, written.title, written.prompt, answers[call.task], rubric, rubric, call.model_answer)


def _levels(criterion: Criterion, points: object) -> tuple[Level, ...]:
    values = list(points) if isinstance(points, Sequence) and not isinstance(points, str) else []
    if len(values) != len(criterion.levels):
        raise GradingError(f"“{criterion.title}” has {len(criterion.levels)} levels: give each its points. Nothing was changed.")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not 0 <= value <= 100:
            raise GradingError(f"“{criterion.title}”: {value!r} is no number of points. Use a number from 0 to 100. Nothing was changed.")
    levels = zip(criterion.levels, values, strict=True)
    return tuple(level.model_copy(update={"points": round(float(value), 2)}) for level, value in levels)
