"""The scores of a restored notebook, worked out without the gradebook at hand, and what a person reads in each cell.

Used by nbgrader's step :class:`~smtraining.grading.preprocessors.ScoreAnswers` and by the workers that grade a whole class.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict
from nbgrader import utils

from smtraining import bank as banks
from smtraining.bank import Bank
from smtraining.errors import GradingError, SmtrainingError
from smtraining.grading import view
from smtraining.grading.answers import AUDIT, CAPTURED, Answers
from smtraining.grading.cells import Call, RubricCall, is_grading_cell, read
from smtraining.grading.restoring import Say
from smtraining.grading.scoring import Result, marks_policy, score, written_task

NO_RESPONSE = "No response."
"""What nbgrader writes beside an answer that was not touched."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The automatic score of a cell (None: a person must give one), and whether a person should look at it all the same."""

    points: float | None
    look: bool = False

    def put(self, grade: Any) -> None:
        """Write it into nbgrader's ``Grade``. A score given by hand stays, and is flagged: the automatic one may have changed under it."""
        grade.auto_score = self.points
        grade.needs_manual_grade = self.look or self.points is None or grade.manual_score is not None


@dataclass(frozen=True, slots=True)
class Marks:
    """What a notebook puts into the gradebook: marks of its graded cells and automatic comments on its answers, by name of the cell.

    ``items`` tell how the marks of our own cells came about, for the audit record (:mod:`smtraining.grading.audit`).
    """

    marks: dict[str, Mark] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)


def mark(
    nb: NotebookNode,
    points: Mapping[str, float],
    ran: Collection[str | None],
    say: Say,
    log: logging.Logger | None = None,
    bank: Bank | None = None,
) -> Marks:
    """Score a captured and restored notebook, and write into it how each score came about.

    ``points``: what the gradebook says each graded cell is worth; ``ran``: the cells of which it is sure that they ran in a kernel;
    ``bank``: the content, if it is at hand.
    Raises GradingError if the answers were not taken before.
    """
    if CAPTURED not in nb.metadata:
        raise GradingError("The answers were not taken: CaptureAnswers must be the first of Autograde.sanitize_preprocessors.")
    answers = Answers.from_metadata(nb.metadata[CAPTURED])
    bank = bank or banks.load()
    found = Marks()
    audit = found.items
    tasks: dict[str, str] = {}
    for cell in nb.cells:
        if utils.is_grade(cell):
            name = cell.metadata.nbgrader.grade_id
            if cell.cell_type != "code" or utils.is_solution(cell):
                # A policy waits for its reader, though nothing may be written beside it.
                waits = answers.policy.draft is not None and marks_policy(name, bank)
                found.marks[name] = Mark(None if waits else utils.determine_grade(cell, log)[0])
            elif is_grading_cell(cell):
                found.marks[name] = _ours(cell, points[name], answers, bank, audit, tasks, say)
            else:
                found.marks[name] = Mark(_test(cell, points[name], ran, say, log))
        if utils.is_solution(cell) or utils.is_task(cell):
            flags = cell.metadata.nbgrader
            waits = answers.policy.draft is not None and marks_policy(flags.grade_id, bank)
            untouched = not waits and not utils.is_task(cell) and flags.get("checksum") == utils.compute_checksum(cell)
            found.comments[flags.grade_id] = NO_RESPONSE if untouched else None
    nb.cells = _beside_their_answers(nb.cells, tasks)
    nb.metadata[AUDIT] = {"schema": 1, "items": audit}
    return found


def _ours(
    cell: NotebookNode, points: float, answers: Answers, bank: Bank, audit: list[dict[str, Any]], tasks: dict[str, str], say: Say
) -> Mark:
    """No answer, or one that cannot be read, is 0, and the latter asks for a look. A cell that is itself at fault gets no score."""
    name = cell.metadata.nbgrader.grade_id
    try:
        call = _read(cell.source, name)
        if isinstance(call, RubricCall):
            tasks[name] = call.task
            html = view.rubric(call, written_task(call.task, bank).title)
            _show(cell, f"# {name}: how to mark {call.task}", html, f"Rubric of {call.task}")
            return Mark(0.0)
        result = score(call, answers, bank, points)
    except SmtrainingError as error:
        say(f"{name}: {error}")
        _show(cell, f"# {name}: not scored", view.unscored(name, str(error)), f"{name}: not scored. {error}")
        return Mark(None, look=True)
    audit.append({"cell": name} | _record(result))
    if result.trouble:
        say(f"{name}: {result.trouble}")
    about = re.compile(rf"(?<![\w.-]){re.escape(call.item)}(?![\w-])")
    remarks = [remark for remark in answers.remarks if result.trouble or about.search(remark)]
    source = f"# {name}: scored from the saved answer; the key is in the master notebook"
    _show(cell, source, view.instructor(result, remarks), view.plain(result))
    return Mark(result.earned, look=result.trouble is not None)


@lru_cache(maxsize=512)
def _read(source: str, name: str) -> Call:
    """What a grading cell says: the same for a whole class."""
    return read(source, name)


def _test(cell: NotebookNode, most: float, ran: Collection[str | None], say: Say, log: logging.Logger | None) -> float | None:
    """nbgrader's score of a test cell, or None where nbgrader would give full marks for want of evidence."""
    name = cell.metadata.nbgrader.grade_id
    if name not in ran:
        say(f"{name}: nothing shows that this test ran as it was written: it needs grading by hand")
        return None
    for output in cell.outputs:
        if output.output_type == "execute_result" and not _is_number(output, most):
            say(f"{name} ended in something that is not a score from 0 to its points: it needs grading by hand")
            return None
    points, _ = utils.determine_grade(cell, log)
    return None if points is None else float(points)


def _record(result: Result) -> dict[str, Any]:
    taken = result.taken
    return {
        "item": result.call.item,
        "answer": taken.value if taken else None,
        "revision": taken.revision if taken else None,
        "time": taken.time if taken else None,
        "source": taken.source.value if taken else None,
        "outcome": result.score.outcome.value,
        "fraction": result.score.fraction,
        "earned": result.earned,
        "points": result.points,
        "rule": result.score.rule,
        "reason": result.score.summary,
        "key": result.call.digest,
        "content": result.content_digest,
        "trouble": result.trouble,
    }


def _show(cell: NotebookNode, source: str, html: str, text: str) -> None:
    """Replace source and outputs. A display, never a result: no later step may take it for a score."""
    cell.source = source
    cell.execution_count = None
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": html, "text/plain": text}}
    cell.outputs = [from_dict(output)]  # type: ignore[no-untyped-call]


def _beside_their_answers(cells: list[NotebookNode], tasks: Mapping[str, str]) -> list[NotebookNode]:
    """The cells with each rubric cell moved to just after the cell of its written task. ``tasks``: grade id of a rubric -> of its task."""
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
    rubrics = {tasks[name]: cell for name, cell in zip(names, cells, strict=True) if name in tasks and tasks[name] in names}
    moved = [id(cell) for cell in rubrics.values()]
    found = []
    for name, cell in zip(names, cells, strict=True):
        if id(cell) not in moved:
            found.append(cell)
        if name in rubrics:
            found.append(rubrics[name])
    return found


def _is_number(output: NotebookNode, most: float) -> bool:
    try:
        return 0.0 <= float(output.data["text/plain"]) <= most
    except (KeyError, TypeError, ValueError):
        return False
