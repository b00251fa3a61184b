"""From what was handed in and a grading cell to points: the one place where both of our graders meet ``kinds.score``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from smtraining import kinds
from smtraining.bank import Bank
from smtraining.errors import GradingError, KeyMismatch, UnknownId
from smtraining.grading.answers import Answers, Source, Taken
from smtraining.grading.cells import GradeCall, Part, PolicyCall
from smtraining.grading.drafts import HandedIn, time_of
from smtraining.grading.policyparts import RULES, Account, Policy, account
from smtraining.kinds.base import Explanation, Key, Question
from smtraining.models import Score, WrittenTask


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one graded item: ``earned`` of ``points``, and where it comes from.

    ``trouble`` is set if an answer may have been given but cannot be read: a person should look. ``content_digest`` are 12 hex digits of
    SHA-256 over the public side of the item: they tell whether its wording or its rule has changed.
    """

    call: GradeCall | PolicyCall
    points: float
    earned: float
    score: Score
    taken: Taken | None
    trouble: str | None
    content_digest: str


@dataclass(frozen=True, slots=True)
class QuestionResult(Result):
    """A graded question, with everything needed to explain its score."""

    question: Question
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class PolicyResult(Result):
    """A part of the handed-in policy, with its account line by line. ``policy`` is None if no draft counts."""

    part: Part
    account: Account
    handed: HandedIn
    policy: Policy | None


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


def marks_policy(id: str, bank: Bank) -> bool:
    """Whether the answer cell ``id`` belongs to a written task whose rubric is about the policy that was handed in."""
    return any(task.id == id and task.marks == "policy" for exercise in bank.exercises.values() for task in exercise.written)


def score(call: GradeCall | PolicyCall, answers: Answers, bank: Bank, points: float) -> Result:
    """Score one item: a :class:`QuestionResult` or a :class:`PolicyResult`.

    ``points`` is what it is worth in the gradebook; ``earned`` is rounded to 2 decimals, the way it is shown. No answer, or one that
    cannot be read, earns 0. Raises GradingError if the grading cell itself is at fault.
    """
    return _question(call, answers, bank, points) if isinstance(call, GradeCall) else _policy(call, answers.policy, bank, points)


def _question(call: GradeCall, answers: Answers, bank: Bank, points: float) -> QuestionResult:
    question, key = question_and_key(call, bank)
    taken = answers.items.get(call.item)
    scored = kinds.score(question, taken.value if taken else None, key)
    if scored.fraction is None:
        raise GradingError(f"{call.item}: a question of the kind {question.kind} is recorded and never scored; it cannot be graded.")
    return QuestionResult(
        call=call,
        points=points,
        earned=_earned(scored.fraction, points),
        score=scored,
        taken=taken,
        trouble=None if taken else _trouble(call.item, answers),
        content_digest=_digest(question.model_dump_json()),
        question=question,
        explanation=question.explain(taken.value if taken else None, scored, key),
    )


def _policy(call: PolicyCall, handed: HandedIn, bank: Bank, points: float) -> PolicyResult:
    found = account(call.part, handed, bank)
    fraction = found.score.fraction or 0.0
    draft = handed.draft
    when = f"{time_of(draft):%Y-%m-%dT%H:%M:%SZ}" if draft else ""
    return PolicyResult(
        call=call,
        points=points,
        earned=_earned(fraction, points),
        score=found.score,
        taken=Taken({"draft": draft.id}, draft.revision, when, Source(handed.source)) if draft else None,
        trouble=handed.trouble,
        content_digest=_digest(_measure(call.part, bank)),
        part=call.part,
        account=found,
        handed=handed,
        policy=Policy.of(handed, bank),
    )


def _measure(part: Part, bank: Bank) -> str:
    """All that a part is measured by, besides the draft."""
    asked = [element.model_dump_json(include={"id", "required"}) for element in bank.elements.values()]
    found = [rule.model_dump_json(exclude={"fires_on", "spares"}) for rule in (*bank.risks.values(), *bank.conflicts.values())]
    return "\n".join([RULES[part], *asked, *(found if part is Part.WORDING else [])])


def _earned(fraction: float, points: float) -> float:
    return min(points, max(0.0, round(fraction * points, 2)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _trouble(item: str, answers: Answers) -> str | None:
    if item in answers.spoiled:
        return f"The saved answer cannot be read: {answers.spoiled[item]}"
    if answers.damaged:
        return "No answer was found, but a part of the saved answers could not be read."
    return None
