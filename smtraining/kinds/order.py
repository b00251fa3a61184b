"""Order: put steps in the order in which they should happen.

Scored by closeness: 1 − footrule / largest footrule. Spearman's footrule is the sum of how many places each entry is away from its own;
the largest is ⌊n²/2⌋, which the reversed order has (Diaconis & Graham, 1977, Journal of the Royal Statistical Society B 39(2), 262–268).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from smtraining.errors import KeyMismatch
from smtraining.kinds.base import Explanation, Key, Option, OutlineGroup, Question, Sample, Value, outcome_of
from smtraining.models import Id, Mark, Score

RULE = "The closer each one is to its place, the more it earns; the reversed order earns nothing."


class OrderKey(Key):
    """``correct_order`` holds all ids, first to last."""

    correct_order: tuple[Id, ...]


class Order(Question):
    """3 to 10 entries to put in order; ``correct_order`` holds their ids. Value: all ids, first to last."""

    kind: Literal["order"]
    entries: Annotated[tuple[Option, ...], Field(min_length=3, max_length=10)]
    correct_order: tuple[Id, ...] | None = None

    key_model: ClassVar[type[Key]] = OrderKey
    key_fields: ClassVar[frozenset[str]] = frozenset({"correct_order"})

    def how(self) -> str:
        return f"Put these in order, first to last. {RULE}"

    def view(self) -> dict[str, Any]:
        return super().view() | {"entries": [{"id": e.id, "text": e.text} for e in self.entries]}

    def outline(self) -> tuple[OutlineGroup, ...]:
        return (OutlineGroup(marker="number", entries=tuple((e.id, e.text) for e in self.entries)),)

    def option_ids(self) -> tuple[str, ...]:
        return tuple(e.id for e in self.entries)

    def parse(self, raw: Any) -> Value:
        order = self._full_order(raw, self.option_ids())
        return None if order is None else list(order)

    def key(self) -> OrderKey:
        feedback = self._own_feedback(self.entries)
        if self.correct_order is None:
            raise KeyMismatch(self.id, "'correct_order' is missing")
        return OrderKey(correct_order=self.correct_order, feedback=feedback, rationale=self._own_rationale())

    def _check_own_key(self, key: OrderKey) -> None:
        self._check_order("correct_order", key.correct_order, self.option_ids())

    def score(self, value: Any, key: OrderKey) -> Score:
        """1 − footrule / ⌊n²/2⌋ (see the module)."""
        if value is None:
            return self._not_attempted(RULE)
        away = places_away(value, key.correct_order)
        fraction = 1 - sum(away.values()) / (len(value) ** 2 // 2)
        return Score(outcome=outcome_of(fraction), fraction=fraction, marks=place_marks(away), rule=RULE, summary=placed(away, "in place"))

    def explain(self, value: Any, score: Score, key: OrderKey) -> Explanation:
        texts = {e.id: e.text for e in self.entries}
        labels = {id: texts[id] for id in key.correct_order}
        return self._explanation(score, key, labels, value or [], place_notes(value, key.correct_order))

    def samples(self, key: OrderKey) -> tuple[Sample, ...]:
        return (
            Sample(name="best", raw=list(key.correct_order), fraction=1.0),
            Sample(name="wrong", raw=list(reversed(key.correct_order)), fraction=0.0),
            Sample(name="blank", raw=[], fraction=0.0),
            Sample(name="invalid", raw=list(key.correct_order[1:])),
        )


# --- places in an order: also used by ranking -------------------------------------------------------------------------


def places_away(given: Sequence[str], right: Sequence[str]) -> dict[str, int]:
    """How many places each id is away from its own, by id."""
    return {id: abs(given.index(id) - place) for place, id in enumerate(right)}


def place_marks(away: dict[str, int]) -> dict[str, Mark]:
    """HIT in its place, CLOSE one away, MISSED otherwise."""
    return {id: Mark.HIT if d == 0 else Mark.CLOSE if d == 1 else Mark.MISSED for id, d in away.items()}


def placed(away: dict[str, int], where: str) -> str:
    """The result in words: "2 of 5 in place; 2 one place off."."""
    hits, close = (sum(d == wanted for d in away.values()) for wanted in (0, 1))
    if hits == len(away):
        return f"All {hits} {where}."
    return f"{hits} of {len(away)} {where}{f'; {close} one place off' if close else ''}."


def place_notes(given: Sequence[str] | None, right: Sequence[str]) -> dict[str, str]:
    """For every id its place, and where it was put if that was another."""
    notes = {}
    for place, id in enumerate(right, start=1):
        mine = place if given is None else list(given).index(id) + 1
        notes[id] = f"Place {place}." if mine == place else f"Place {place}; you put it at {mine}."
    return notes
