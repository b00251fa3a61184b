"""Match: put each entry in the category where it belongs.

Each right entry earns an equal part and a wrong one earns nothing (NCSBN, Next Generation NCLEX, "0/1 scoring" of matrix items).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from smtraining.errors import KeyMismatch
from smtraining.kinds.base import NO_ID, Explanation, Key, Option, OutlineGroup, Question, Sample, Value, assigned, outcome_of
from smtraining.models import Id, Mark, Model, Score, Text

RULE = "Each one in its right group earns an equal part; a wrong one takes nothing away."


class MatchEntry(Option):
    """An entry; ``category`` is where it belongs (formative questions)."""

    category: Id | None = None


class Category(Model):
    """A group that entries belong to."""

    id: Id
    text: Text


class MatchKey(Key):
    """``categories`` gives the category id of every entry id."""

    categories: dict[Id, Id]


class Match(Question):
    """2 to 12 entries and 2 to 6 categories. Value: ``{entry: category}`` of the entries placed so far."""

    kind: Literal["match"]
    entries: Annotated[tuple[MatchEntry, ...], Field(min_length=2, max_length=12)]
    categories: Annotated[tuple[Category, ...], Field(min_length=2, max_length=6)]

    key_model: ClassVar[type[Key]] = MatchKey
    key_fields: ClassVar[frozenset[str]] = frozenset({"category"})

    @model_validator(mode="after")
    def _categories_differ(self) -> Self:
        if len(self._category_texts()) != len(self.categories):
            raise ValueError("a category id is used twice; every category of a question has an id of its own")
        return self

    def _category_texts(self) -> dict[str, str]:
        return {c.id: c.text for c in self.categories}

    def how(self) -> str:
        return f"Put each one in the group where it belongs. {RULE}"

    def view(self) -> dict[str, Any]:
        return super().view() | {
            "entries": [{"id": e.id, "text": e.text} for e in self.entries],
            "categories": [{"id": c.id, "text": c.text} for c in self.categories],
        }

    def outline(self) -> tuple[OutlineGroup, ...]:
        groups = ", ".join(f"{c.text} ({c.id})" for c in self.categories)
        return (OutlineGroup(heading=f"Groups: {groups}", marker="line", entries=tuple((e.id, e.text) for e in self.entries)),)

    def option_ids(self) -> tuple[str, ...]:
        return tuple(e.id for e in self.entries)

    def parse(self, raw: Any) -> Value:
        known = self._category_texts()
        given = assigned(raw)
        if given is None or not set(given) <= set(self.option_ids()) or any(type(c) is not str or c not in known for c in given.values()):
            raise self._bad(raw, f"some of {', '.join(self.option_ids())}, each given one of {', '.join(known)}")
        return {id: str(given[id]) for id in self.option_ids() if id in given} or None

    def key(self) -> MatchKey:
        feedback = self._own_feedback(self.entries)
        if homeless := [e.id for e in self.entries if e.category is None]:
            raise KeyMismatch(self.id, f"no 'category' on {', '.join(homeless)}")
        categories = {e.id: e.category for e in self.entries if e.category is not None}
        return MatchKey(categories=categories, feedback=feedback, rationale=self._own_rationale())

    def _check_own_key(self, key: MatchKey) -> None:
        if set(key.categories) != set(self.option_ids()):
            raise KeyMismatch(self.id, f"'categories' must give a category to each of {', '.join(self.option_ids())} and to nothing else")
        known = self._category_texts()
        if unknown := sorted(set(key.categories.values()) - set(known)):
            raise KeyMismatch(self.id, f"'categories' uses {', '.join(unknown)}; the categories are {', '.join(known)}")

    def score(self, value: Any, key: MatchKey) -> Score:
        """Entries in their right category / entries."""
        if value is None:
            return self._not_attempted(RULE)
        marks = {}
        for id, right in key.categories.items():
            given = value.get(id)
            marks[id] = Mark.MISSED if given is None else Mark.HIT if given == right else Mark.FALSE_ALARM
        hits = sum(mark is Mark.HIT for mark in marks.values())
        fraction = hits / len(self.entries)
        return Score(outcome=outcome_of(fraction), fraction=fraction, marks=marks, rule=RULE, summary=_summary(marks))

    def explain(self, value: Any, score: Score, key: MatchKey) -> Explanation:
        mine = value or {}
        names = self._category_texts()
        notes = {}
        for id, right in key.categories.items():
            tail = f"; you put it in: {names[mine[id]]}" if mine.get(id, right) != right else ""
            notes[id] = f"Belongs in: {names[right]}{tail}."
        return self._explanation(score, key, {e.id: e.text for e in self.entries}, mine, notes)

    def samples(self, key: MatchKey) -> tuple[Sample, ...]:
        wrong: dict[str, Value] = {}
        for id in self.option_ids():
            wrong[id] = next(c.id for c in self.categories if c.id != key.categories[id])
        return (
            Sample(name="best", raw=dict(key.categories), fraction=1.0),
            Sample(name="wrong", raw=wrong, fraction=0.0),
            Sample(name="blank", raw={}, fraction=0.0),
            Sample(name="invalid", raw={self.option_ids()[0]: NO_ID}),
        )


def _summary(marks: dict[str, Mark]) -> str:
    hits, still_open = (sum(mark is wanted for mark in marks.values()) for wanted in (Mark.HIT, Mark.MISSED))
    if hits == len(marks):
        return f"All {hits} in their right group."
    return f"{hits} of {len(marks)} in the right group{f'; {still_open} not placed' if still_open else ''}."
