"""From an answer and a grading cell to points: the one place where both of our graders meet ``kinds.score``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from smtraining import kinds
from smtraining.bank import Bank
from smtraining.errors import GradingError, KeyMismatch, UnknownId
from smtraining.grading.answers import Answers, Taken
from smtraining.grading.cells import GradeCall
from smtraining.kinds.base import Explanation, Key, Question
from smtraining.models import Score, WrittenTask


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one graded question: ``earned`` of ``points``, and everything needed to explain it.

    ``trouble`` is set if an answer may have been given but cannot be read: it earns nothing, and a person should look.
    """

    question: Question
    call: GradeCall
    points: float
    earned: float
    score: Score
    explanation: Explanation
    taken: Taken | None
    trouble: str | None

    @property
    def content_digest(self) -> str:
        """The first 12 hex digits of SHA-256 over the public side of the question: tells whether its wording or options have changed."""
        return hashlib.sha256(self.question.model_dump_json().encode()).hexdigest()[:12]


def question_and_key(call: GradeCall, bank: Bank) -> tuple[Question, Key]:
    """The question a grading cell speaks of and its key.

    Raises GradingError if the bank has no such graded question, or the key does not fit it.
    """
    try:
        question = bank.question(call.item)
        if not question.graded:
            raise GradingError(f"{call.item} is not a graded question: set 'graded: true' in the content, or grade another item.")
        return question, kinds.make_key(question, {**call.key, "feedback": call.feedback, "rationale": call.rationale})
    except (UnknownId, KeyMismatch) as error:
        raise GradingError(f"The grading cell of {call.item} does not fit the content: {error}") from error


def written_task(id: str, bank: Bank) -> WrittenTask:
    """The written task with this id, of whatever exercise. Raises UnknownId."""
    tasks = {task.id: task for exercise in bank.exercises.values() for task in exercise.written}
    if id not in tasks:
        raise UnknownId("written task", id, tasks)
    return tasks[id]


def score(call: GradeCall, answers: Answers, bank: Bank, points: float) -> Result:
    """Score one item. ``points`` is what it is worth in the gradebook; ``earned`` is rounded to 2 decimals, the way it is shown.

    No answer, or one that cannot be read, earns 0. Raises GradingError if the grading cell itself is at fault.
    """
    question, key = question_and_key(call, bank)
    taken = answers.items.get(call.item)
    scored = kinds.score(question, taken.value if taken else None, key)
    if scored.fraction is None:
        raise GradingError(f"{call.item}: a question of the kind {question.kind} is recorded and never scored; it cannot be graded.")
    return Result(
        question=question,
        call=call,
        points=points,
        earned=min(points, max(0.0, round(scored.fraction * points, 2))),
        score=scored,
        explanation=question.explain(taken.value if taken else None, scored, key),
        taken=taken,
        trouble=None if taken else _trouble(call.item, answers),
    )


def _trouble(item: str, answers: Answers) -> str | None:
    if item in answers.spoiled:
        return f"The saved answer cannot be read: {answers.spoiled[item]}"
    if answers.damaged:
        return "No answer was found, but a part of the saved answers could not be read."
    return None
