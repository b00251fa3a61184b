"""The two steps around a release: a master notebook that does not hold together, or a student copy that tells too much, is refused.

``CheckMaster`` comes first in ``GenerateAssignment.preprocessors`` and ``RefuseLeaks`` last (see ``nbgrader_config.py``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from smtraining import bank as banks
from smtraining.bank import Bank
from smtraining.errors import GradingError, UnknownId
from smtraining.grading.answers import AUDIT, CAPTURED, METADATA
from smtraining.grading.cells import MODULE, GradeCall, PolicyCall, RubricCall, is_grading_cell, read
from smtraining.grading.scoring import question_and_key, written_task
from smtraining.policy import drafts_store, profile_store
from smtraining.responses import FILE_NAME

OWN_FILES = {
    FILE_NAME: "your own answers",
    drafts_store.FOLDER: "your own drafts of a policy",
    profile_store.FILE_NAME: "your own agency's profile",
}
"""What trying the exercise leaves beside the notebook."""


class CheckMaster(NbGraderPreprocessor):  # type: ignore[misc]
    """Every grading cell must be readable and fit the content, and every graded item must have one, before a student sees the notebook.

    Raises GradingError with every problem found. Takes out the answers the author gave while trying the page.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        notebook, bank = resources["nbgrader"]["notebook"], banks.load()
        problems = list(_problems(nb, notebook, bank))
        problems += [
            f"{own} stands beside the master notebook: nbgrader would hand {what} to every student. Delete it."
            for own, what in OWN_FILES.items()
            if (Path(resources["metadata"]["path"]) / own).exists()
        ]
        if problems:
            raise GradingError(f"{notebook} cannot be released:\n" + "\n".join(f"  {problem}" for problem in problems))
        for name in (METADATA, CAPTURED, AUDIT, "widgets"):
            nb.metadata.pop(name, None)
        return nb, resources


class RefuseLeaks(NbGraderPreprocessor):  # type: ignore[misc]
    """Raises GradingError if a cell of the student copy still holds a key, a rationale, a rubric or what a part of the policy is worth."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        for number, cell in enumerate(nb.cells, start=1):
            if MODULE in cell.source and re.search(r"\b(grade|grade_policy|rubric)\s*\(", cell.source):
                raise GradingError(
                    f"Cell {number} of the student copy of {resources['nbgrader']['notebook']} still holds grade(...) or rubric(...) "
                    "or grade_policy(...). "
                    "Put it between '### BEGIN HIDDEN TESTS' and '### END HIDDEN TESTS' in the master notebook."
                )
        return nb, resources


# -- private ---------------------------------------------------------------------------------------------------------


def _problems(nb: NotebookNode, notebook: str, bank: Bank) -> Iterator[str]:
    """What is wrong with the grading cells of a master notebook, alone and together."""
    seen: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    written = {cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points for cell in nb.cells if _is_written(cell)}
    for cell in nb.cells:
        if not is_grading_cell(cell):
            continue
        name, points = cell.metadata.nbgrader.grade_id, float(cell.metadata.nbgrader.points)
        try:
            call = read(cell.source, name)
            if isinstance(call, GradeCall):
                seen[call.item] += 1
                yield from _grade_problems(call, name, points, bank)
            elif isinstance(call, PolicyCall):
                parts[call.part.value] += 1
                if call.points != points:
                    yield f"Cell {name}: the cell is worth {points:g} points, grade_policy() says {call.points:g}. Make them equal."
            else:
                yield from _rubric_problems(call, name, points, bank)
        except (GradingError, UnknownId) as error:
            yield str(error)
    yield from (f"{item} has {count} grading cells; it must have one." for item, count in seen.items() if count > 1)
    yield from (f"The part {part!r} of the policy has {n} grading cells; it may have one." for part, n in parts.items() if n > 1)
    exercise = bank.exercises.get(notebook)
    if exercise is None:
        return
    for item in exercise.questions:
        if item not in seen:
            yield f"{item} is a question of the exercise {notebook} and has no grading cell. Add one, or take it out of the exercise."
    for task in exercise.written:
        if written.get(task.id) != task.points:
            yield f"The written task {task.id} needs a manually graded answer cell with the id {task.id} and {task.points} points."


def _is_written(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "markdown" and utils.is_grade(cell) and utils.is_solution(cell))


def _grade_problems(call: GradeCall, name: str, points: float, bank: Bank) -> Iterator[str]:
    question, _ = question_and_key(call, bank)
    if not call.points == points == question.points:
        yield (
            f"Cell {name}: the cell is worth {points:g} points, grade() says {call.points:g} and the content says {question.points}. "
            "Make them equal."
        )


def _rubric_problems(call: RubricCall, name: str, points: float, bank: Bank) -> Iterator[str]:
    task = written_task(call.task, bank)
    if points:
        yield f"Cell {name}: a rubric cell is worth 0 points, and this one {points:g}."
    if call.points != task.points:
        yield f"Cell {name}: the best levels add up to {call.points:g} points, and the content says {task.points}. Make them equal."
