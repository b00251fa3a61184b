"""Spot it: select the words of an artifact that answer the question (what identifies the person, say).

Scored plus-minus like a multiple choice (NCSBN, Next Generation NCLEX, highlight items; Betts et al., 2022), so that selecting
everything is no way to full credit.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from smtraining.errors import KeyMismatch
from smtraining.kinds.base import NO_ID, Explanation, Key, Option, OutlineGroup, Question, Sample, Value, outcome_of
from smtraining.kinds.multiple import PLUS_MINUS, check_set, found, plus_minus, set_marks
from smtraining.models import Id, Score


class Span(Option):
    """Words of the artifact, under the id they have there; ``identifies: true`` on those to be selected."""

    identifies: bool = False


class SpotKey(Key):
    """``identifies`` are the ids of the spans to be selected."""

    identifies: Annotated[tuple[Id, ...], Field(min_length=1)]


class Spot(Question):
    """An artifact with 2 to 15 spans that can be selected. Value: the selected ids, in the order of the spans.

    The bank checks that every span is in the artifact and says the same words.
    """

    kind: Literal["spot"]
    artifact: Id
    spans: Annotated[tuple[Span, ...], Field(min_length=2, max_length=15)]

    key_model: ClassVar[type[Key]] = SpotKey
    key_fields: ClassVar[frozenset[str]] = frozenset({"identifies"})

    def how(self) -> str:
        return f"Select every part that answers the question. {PLUS_MINUS}"

    def view(self) -> dict[str, Any]:
        return super().view() | {"spans": [{"id": s.id, "text": s.text} for s in self.spans]}

    def outline(self) -> tuple[OutlineGroup, ...]:
        return (OutlineGroup(marker="box", entries=tuple((s.id, s.text) for s in self.spans)),)

    def option_ids(self) -> tuple[str, ...]:
        return tuple(s.id for s in self.spans)

    def parse(self, raw: Any) -> Value:
        chosen = self._ids(raw, self.option_ids(), f"one or more of {', '.join(self.option_ids())}, each once")
        return [id for id in self.option_ids() if id in chosen] or None

    def key(self) -> SpotKey:
        feedback = self._own_feedback(self.spans)
        right = tuple(s.id for s in self.spans if s.identifies)
        if not right:
            raise KeyMismatch(self.id, "no span is 'identifies: true'")
        return SpotKey(identifies=right, feedback=feedback, rationale=self._own_rationale())

    def _check_own_key(self, key: SpotKey) -> None:
        check_set(self, "identifies", key.identifies)

    def score(self, value: Any, key: SpotKey) -> Score:
        """max(0, right ones selected − others selected) / right ones."""
        if value is None:
            return self._not_attempted(PLUS_MINUS)
        chosen, right = set(value), set(key.identifies)
        hits, extra = len(chosen & right), len(chosen - right)
        fraction = plus_minus(hits, len(right), extra)
        return Score(
            outcome=outcome_of(fraction),
            fraction=fraction,
            marks=set_marks(self.option_ids(), chosen, right),
            rule=PLUS_MINUS,
            summary=found(hits, len(right), extra),
        )

    def explain(self, value: Any, score: Score, key: SpotKey) -> Explanation:
        return self._explanation(score, key, {s.id: s.text for s in self.spans}, value or [])

    def samples(self, key: SpotKey) -> tuple[Sample, ...]:
        right = [id for id in self.option_ids() if id in key.identifies]
        wrong = [id for id in self.option_ids() if id not in key.identifies]
        return (
            Sample(name="best", raw=list(right), fraction=1.0),
            Sample(name="wrong", raw=list(wrong or right[:1]), fraction=0.0 if wrong else 1 / len(right)),
            Sample(name="blank", raw=[], fraction=0.0),
            Sample(name="invalid", raw=[NO_ID]),
        )
