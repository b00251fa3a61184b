"""Single choice: one option is right."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from smtraining.errors import KeyMismatch
from smtraining.kinds.base import NO_ID, Explanation, Key, Option, OutlineGroup, Question, Sample, Value
from smtraining.models import Id, Mark, Outcome, Score

RULE = "One option is right and earns all there is; the others earn nothing."


class SingleOption(Option):
    """An option; ``correct: true`` on exactly one of a formative question."""

    correct: bool = False


class SingleKey(Key):
    """``correct`` is the id of the right option."""

    correct: Id


class Single(Question):
    """One question, 2 to 5 options, one right. Value: an option id."""

    kind: Literal["single"]
    options: Annotated[tuple[SingleOption, ...], Field(min_length=2, max_length=5)]

    key_model: ClassVar[type[Key]] = SingleKey
    key_fields: ClassVar[frozenset[str]] = frozenset({"correct"})

    def how(self) -> str:
        return "Choose one."

    def view(self) -> dict[str, Any]:
        return super().view() | {"options": [{"id": o.id, "text": o.text} for o in self.options]}

    def outline(self) -> tuple[OutlineGroup, ...]:
        return (OutlineGroup(marker="circle", entries=tuple((o.id, o.text) for o in self.options)),)

    def option_ids(self) -> tuple[str, ...]:
        return tuple(o.id for o in self.options)

    def parse(self, raw: Any) -> Value:
        expected = f"one of {', '.join(self.option_ids())}"
        ids = self._ids(raw, self.option_ids(), expected)
        if len(ids) > 1:
            raise self._bad(raw, expected)
        return ids[0] if ids else None

    def key(self) -> SingleKey:
        feedback = self._own_feedback(self.options)
        right = [o.id for o in self.options if o.correct]
        if len(right) != 1:
            raise KeyMismatch(self.id, f"exactly one option is 'correct: true', found {len(right)}")
        return SingleKey(correct=right[0], feedback=feedback, rationale=self._own_rationale())

    def _check_own_key(self, key: SingleKey) -> None:
        if key.correct not in self.option_ids():
            raise KeyMismatch(self.id, f"'correct' is {key.correct!r}; the options are {', '.join(self.option_ids())}")

    def score(self, value: Any, key: SingleKey) -> Score:
        """1 if the right option was chosen, else 0."""
        if value is None:
            return self._not_attempted(RULE)
        marks = dict.fromkeys(self.option_ids(), Mark.PASSED_OVER)
        if value == key.correct:
            marks[key.correct] = Mark.HIT
            return Score(outcome=Outcome.RIGHT, fraction=1.0, marks=marks, rule=RULE, summary="You chose the stronger answer.")
        marks[value], marks[key.correct] = Mark.FALSE_ALARM, Mark.MISSED
        return Score(outcome=Outcome.WRONG, fraction=0.0, marks=marks, rule=RULE, summary="Another answer is stronger here.")

    def explain(self, value: Any, score: Score, key: SingleKey) -> Explanation:
        return self._explanation(score, key, {o.id: o.text for o in self.options}, [] if value is None else [value])

    def samples(self, key: SingleKey) -> tuple[Sample, ...]:
        wrong = next(id for id in self.option_ids() if id != key.correct)
        return (
            Sample(name="best", raw=key.correct, fraction=1.0),
            Sample(name="wrong", raw=wrong, fraction=0.0),
            Sample(name="blank", raw=None, fraction=0.0),
            Sample(name="invalid", raw=NO_ID),
        )
