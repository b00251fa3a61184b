"""Rank: put possible responses in order, from the best to the worst.

Scored like the ranking items of the UK Foundation Programme's situational judgement test (UKFPO): an option at its rank in the key earns
4 points, one fewer for each rank away, never below zero. With five options a complete ranking earns 8 to 20: even the reversed order has
8, so the sum is rescaled, (raw − reversed) / (best − reversed), to run from 0 for the reversed order to 1 for the key's.

With six options a distance of 4 or 5 earns 0 alike, and some orders earn less than the reversed one (whose two middle options are near
their places); they score 0 too.

Sources: https://foundationprogramme.nhs.uk/situational-judgement-test-sjt/sjt-scoring/; UKFPO, "Understanding your SJT score". A key is
one reasoned order, not a fact of nature: ``panel`` says where it comes from, and the learner is shown it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from smtraining.errors import KeyMismatch
from smtraining.kinds.base import Explanation, Key, Option, OutlineGroup, Question, Sample, Value, outcome_of
from smtraining.kinds.order import place_marks, place_notes, placed, places_away
from smtraining.models import Id, Score, Text

FULL = 4
"""What an option at its rank earns."""

RULE = (
    "An option at its suggested rank earns 4 points, one fewer for each rank away; "
    "the sum is rescaled so that the reversed order earns nothing."
)


class RankKey(Key):
    """``best_first`` holds all ids, best first; ``panel`` is a sentence on where that order comes from."""

    best_first: tuple[Id, ...]
    panel: Text


class Rank(Question):
    """3 to 6 options to rank; ``best_first`` holds their ids. Value: all ids, best first."""

    kind: Literal["rank"]
    options: Annotated[tuple[Option, ...], Field(min_length=3, max_length=6)]
    best_first: tuple[Id, ...] | None = None
    panel: Text | None = None

    key_model: ClassVar[type[Key]] = RankKey
    key_fields: ClassVar[frozenset[str]] = frozenset({"best_first", "panel"})

    def how(self) -> str:
        return "Rank these from best to worst. The closer each one is to its suggested rank, the more it earns."

    def view(self) -> dict[str, Any]:
        return super().view() | {"options": [{"id": o.id, "text": o.text} for o in self.options]}

    def outline(self) -> tuple[OutlineGroup, ...]:
        return (OutlineGroup(marker="number", entries=tuple((o.id, o.text) for o in self.options)),)

    def option_ids(self) -> tuple[str, ...]:
        return tuple(o.id for o in self.options)

    def parse(self, raw: Any) -> Value:
        order = self._full_order(raw, self.option_ids())
        return None if order is None else list(order)

    def key(self) -> RankKey:
        feedback = self._own_feedback(self.options)
        if self.best_first is None or self.panel is None:
            raise KeyMismatch(self.id, "'best_first' and 'panel' are both needed, and one is missing")
        return RankKey(best_first=self.best_first, panel=self.panel, feedback=feedback, rationale=self._own_rationale())

    def _check_own_key(self, key: RankKey) -> None:
        self._check_order("best_first", key.best_first, self.option_ids())

    def score(self, value: Any, key: RankKey) -> Score:
        """(raw − reversed) / (best − reversed), never below 0 (see the module)."""
        if value is None:
            return self._not_attempted(RULE)
        away = places_away(value, key.best_first)
        lowest = raw_points(key.best_first[::-1], key.best_first)
        highest = FULL * len(value)
        fraction = max(0, raw_points(value, key.best_first) - lowest) / (highest - lowest)
        return Score(
            outcome=outcome_of(fraction),
            fraction=fraction,
            marks=place_marks(away),
            rule=RULE,
            summary=placed(away, "at the suggested rank"),
        )

    def explain(self, value: Any, score: Score, key: RankKey) -> Explanation:
        texts = {o.id: o.text for o in self.options}
        labels = {id: texts[id] for id in key.best_first}
        whence = f"{key.rationale}\n\nWhere this order comes from: {key.panel}"
        return self._explanation(score, key, labels, value or [], place_notes(value, key.best_first), whence)

    def samples(self, key: RankKey) -> tuple[Sample, ...]:
        return (
            Sample(name="best", raw=list(key.best_first), fraction=1.0),
            Sample(name="wrong", raw=list(reversed(key.best_first)), fraction=0.0),
            Sample(name="blank", raw=[], fraction=0.0),
            Sample(name="invalid", raw=list(key.best_first[1:])),
        )


def raw_points(given: Sequence[str], best_first: Sequence[str]) -> int:
    """Σ max(0, 4 − distance) over the options: 8..20 for five."""
    return sum(max(0, FULL - away) for away in places_away(given, best_first).values())
