"""The kinds of question, and the only scorer.

Other layers call the functions below, never a kind's ``score`` with data they did not check. To add a kind, write its module and add it
to :data:`AnyQuestion`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from pydantic import Field, ValidationError

from smtraining.errors import KeyMismatch, ResponseError
from smtraining.kinds.base import Explanation, Key, Question, Sample, Value
from smtraining.kinds.match import Match
from smtraining.kinds.multiple import Multiple
from smtraining.kinds.order import Order
from smtraining.kinds.pair import Pair
from smtraining.kinds.rank import Rank
from smtraining.kinds.rate import Rate
from smtraining.kinds.reflect import Reflect
from smtraining.kinds.scale import Scale
from smtraining.kinds.single import Single
from smtraining.kinds.spot import Spot
from smtraining.models import Outcome, Score

AnyQuestion = Annotated[
    Single | Multiple | Pair | Order | Match | Spot | Rank | Rate | Scale | Reflect,
    Field(discriminator="kind"),
]
"""A question of any kind; ``kind`` says which."""

KINDS: dict[str, type[Question]] = {get_args(q.model_fields["kind"].annotation)[0]: q for q in get_args(get_args(AnyQuestion)[0])}
"""Every kind by name, in the order of docs/architecture.md."""

__all__ = ["KINDS", "AnyQuestion", "Explanation", "Key", "Question", "Score", "explain", "make_key", "parse", "score", "self_test"]


def parse(question: Question, raw: Any) -> Value:
    """The canonical value of a response, None if nothing was answered. Raises ResponseError if it is not well-formed."""
    return question.parse(raw)


def score(question: Question, value: Value, key: Key) -> Score:
    """Score a response: the only scorer, for feedback and for the gradebook alike.

    Raises KeyMismatch if the key does not fit the question and ResponseError if the value does not: never a score by accident.
    """
    question.check_key(key)
    return question.score(question.parse(value), key)


def explain(question: Question, value: Value, key: Key) -> Explanation:
    """Feedback on every option for a response. Raises as :func:`score` does."""
    return question.explain(question.parse(value), score(question, value, key), key)


def make_key(question: Question, fields: Mapping[str, Any]) -> Key:
    """The checked key of a graded question from the literal arguments of its grading cell.

    ``fields`` holds the fields of the kind's key (``{"correct": "b"}``; docs/architecture.md lists them) together with ``feedback`` and
    ``rationale``. Raises KeyMismatch that names everything that is wrong.
    """
    try:
        key = question.key_model.model_validate(dict(fields))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        allowed = ", ".join(question.key_model.model_fields)
        raise KeyMismatch(question.id, f"{wrong} (the key of a {question.kind} question has {allowed})") from None
    question.check_key(key)
    return key


def self_test(question: Question, key: Key) -> list[str]:
    """Try the question on its own samples. Returns a sentence for each thing that is not as it should be; [] if all is well."""
    try:
        question.check_key(key)
    except KeyMismatch as error:
        return [str(error)]
    failed: list[str] = []
    fractions: dict[str, float | None] = {}
    for sample in question.samples(key):
        failed += [f"{question.id}: the {sample.name} sample {complaint}" for complaint in _try(question, key, sample)]
        fractions[sample.name] = sample.fraction
    if missing := [name for name in ("best", "wrong", "blank", "invalid") if name not in fractions]:
        return [*failed, f"{question.id}: it has no {', '.join(missing)} sample."]
    best, wrong = fractions["best"], fractions["wrong"]
    if question.scored and not (best == 1 and wrong is not None and wrong < best):
        failed.append(f"{question.id}: the wrong sample earns {wrong}, the best one {best}; wrong must be below best, and best 1.")
    return failed


def _try(question: Question, key: Key, sample: Sample) -> list[str]:
    """What is wrong with one sample's way through parse, score and explain."""
    try:
        value = question.parse(sample.raw)
    except ResponseError:
        return [] if sample.name == "invalid" else ["is refused."]
    if sample.name == "invalid":
        return ["is accepted as an answer."]
    if question.parse(value) != value:
        return ["changes when it is read a second time."]
    if (value is None) != (sample.name == "blank"):
        return [f"is read as {'not answered' if value is None else 'an answer'}."]
    result = question.score(value, key)
    answered = Outcome.RECORDED if not question.scored else Outcome.RIGHT if sample.name == "best" else None
    expected = Outcome.NOT_ATTEMPTED if sample.name == "blank" else answered
    wrong = []
    if result.fraction != (sample.fraction if question.scored else None):
        wrong.append(f"earns {result.fraction}, not {sample.fraction}.")
    if expected is not None and result.outcome is not expected:
        wrong.append(f"is {result.outcome.value}, not {expected.value}.")
    if {item.id for item in question.explain(value, result, key).items} != set(question.option_ids()):
        wrong.append("gets no feedback on some option.")
    return wrong
