"""Reflect: a short text of the learner's own. Recorded, never scored: no program can tell a thoughtful answer from a long one."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from smtraining.kinds.base import MAX_TEXT, Explanation, Key, Option, OutlineGroup, Question, Sample, Value, written
from smtraining.models import Mark, Outcome, Score

RULE = "Your words are kept and not scored."

WordCount = Annotated[int, Field(strict=True, ge=1, le=600)]


class ReflectKey(Key):
    """Feedback only: why each point of ``look_for`` matters."""


class Reflect(Question):
    """A prompt with a guide to length; ``look_for`` is what a thoughtful answer tends to hold, shown afterwards. Value: the text."""

    kind: Literal["reflect"]
    words: tuple[WordCount, WordCount]
    look_for: Annotated[tuple[Option, ...], Field(min_length=1, max_length=8)]

    key_model: ClassVar[type[Key]] = ReflectKey
    scored: ClassVar[bool] = False

    @model_validator(mode="after")
    def _guide_is_a_range(self) -> Self:
        if self.words[0] >= self.words[1]:
            raise ValueError(f"'words' is [fewest, most], not {list(self.words)}")
        return self

    def how(self) -> str:
        return f"Write about {self.words[0]} to {self.words[1]} words, about no real client. {RULE}"

    def view(self) -> dict[str, Any]:
        return super().view() | {"words": list(self.words)}

    def outline(self) -> tuple[OutlineGroup, ...]:
        return (OutlineGroup(marker="line", entries=(("text", f"Your words, about {self.words[0]} to {self.words[1]}"),)),)

    def option_ids(self) -> tuple[str, ...]:
        return tuple(o.id for o in self.look_for)

    def parse(self, raw: Any) -> Value:
        text = written(raw)
        if text is None:
            raise self._bad(raw, f"a text of at most {MAX_TEXT:,} characters")
        return text or None

    def key(self) -> ReflectKey:
        return ReflectKey(feedback=self._own_feedback(self.look_for), rationale=self._own_rationale())

    def score(self, value: Any, key: ReflectKey) -> Score:
        """RECORDED, without a fraction."""
        if value is None:
            return self._not_attempted(RULE)
        marks = dict.fromkeys(self.option_ids(), Mark.NONE)
        count = len(value.split())
        summary = f"Your {count} {'word is' if count == 1 else 'words are'} kept. Hold them against the points below."
        return Score(outcome=Outcome.RECORDED, fraction=None, marks=marks, rule=RULE, summary=summary)

    def explain(self, value: Any, score: Score, key: ReflectKey) -> Explanation:
        return self._explanation(score, key, {o.id: o.text for o in self.look_for}, [])

    def samples(self, key: ReflectKey) -> tuple[Sample, ...]:
        return (
            Sample(name="best", raw=" ".join(o.text for o in self.look_for)[:MAX_TEXT]),
            Sample(name="wrong", raw="I do not know yet."),
            Sample(name="blank", raw="  \n"),
            Sample(name="invalid", raw="x" * (MAX_TEXT + 1)),
        )
