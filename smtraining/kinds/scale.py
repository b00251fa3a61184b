"""Scale: where do you stand? Recorded, never scored: there is no right point."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from smtraining.kinds.base import Explanation, Key, Option, OutlineGroup, Question, Sample, Value
from smtraining.models import Mark, Outcome, Score, Text

RULE = "There is no right point: your answer is kept and not scored."


class ScaleKey(Key):
    """Feedback only."""


class Scale(Question):
    """3 to 11 points in order, with ids "1", "2" and so on; ``low`` and ``high`` name the ends. Value: the id of a point, ``"4"``."""

    kind: Literal["scale"]
    steps: Annotated[tuple[Option, ...], Field(min_length=3, max_length=11)]
    low: Text
    high: Text

    key_model: ClassVar[type[Key]] = ScaleKey
    scored: ClassVar[bool] = False

    @model_validator(mode="after")
    def _points_are_numbered(self) -> Self:
        wanted = [str(n) for n in range(1, len(self.steps) + 1)]
        if [p.id for p in self.steps] != wanted:
            raise ValueError(f'the ids of the points are "1" to "{len(wanted)}" in order (in quotes: they are text)')
        return self

    def how(self) -> str:
        return "Choose the point that fits you best. There is no right answer; it is not scored."

    def view(self) -> dict[str, Any]:
        return super().view() | {"steps": [{"id": p.id, "text": p.text} for p in self.steps], "low": self.low, "high": self.high}

    def outline(self) -> tuple[OutlineGroup, ...]:
        entries = tuple((p.id, p.text) for p in self.steps)
        return (OutlineGroup(heading=f"From “{self.low}” to “{self.high}”", marker="circle", entries=entries),)

    def option_ids(self) -> tuple[str, ...]:
        return tuple(p.id for p in self.steps)

    def parse(self, raw: Any) -> Value:
        expected = f"a number from 1 to {len(self.steps)}"
        if type(raw) is int:
            if not 1 <= raw <= len(self.steps):
                raise self._bad(raw, expected)
            return str(raw)
        ids = self._ids(raw, self.option_ids(), expected)
        if len(ids) > 1:
            raise self._bad(raw, expected)
        return ids[0] if ids else None

    def key(self) -> ScaleKey:
        return ScaleKey(feedback=self._own_feedback(self.steps), rationale=self._own_rationale())

    def score(self, value: Any, key: ScaleKey) -> Score:
        """RECORDED, without a fraction."""
        if value is None:
            return self._not_attempted(RULE)
        marks = dict.fromkeys(self.option_ids(), Mark.NONE)
        return Score(outcome=Outcome.RECORDED, fraction=None, marks=marks, rule=RULE, summary=f"You chose {value}.")

    def explain(self, value: Any, score: Score, key: ScaleKey) -> Explanation:
        return self._explanation(score, key, {p.id: p.text for p in self.steps}, [] if value is None else [value])

    def samples(self, key: ScaleKey) -> tuple[Sample, ...]:
        return (
            Sample(name="best", raw=str(len(self.steps))),
            Sample(name="wrong", raw="1"),
            Sample(name="blank", raw=None),
            Sample(name="invalid", raw="0"),
        )
