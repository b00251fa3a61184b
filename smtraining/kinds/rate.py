"""Rate: how appropriate is each of these responses?

Two rules, both with less weight on how a person uses the ends of a scale than raw distance to a mean has (Weng et al., 2018, Journal of
Vocational Behavior 104, 199, doi:10.1016/j.jvb.2017.11.005, find raw consensus distance the worst of the usual ways and mode or
proportion scoring better):

mode         1 at the rating most often given by the panel (or reasoned in the key), else 0.
proportion   share of the panel that gave the chosen rating / share of the most frequent rating: the aggregate scoring of
             script concordance tests, n_k / n_mode (https://cpass.umontreal.ca, "provide scores").

The question's score is the mean over its responses; one that was not rated earns 0. ``panel`` says where the key comes from.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from smtraining.errors import KeyMismatch
from smtraining.kinds.base import Explanation, Key, Option, OutlineGroup, Question, Sample, Value, assigned, outcome_of
from smtraining.models import Id, Mark, Score, Text

APPROPRIATENESS = ("Very inappropriate", "Inappropriate", "Appropriate", "Very appropriate")

MODE_RULE = "Each rating that equals the suggested one earns an equal part; any other earns nothing."
PROPORTION_RULE = (
    "Each rating earns the share of the panel that gave it, compared with the panel's most frequent rating; all count the same."
)

Rating = Annotated[int, Field(strict=True, ge=1)]
Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class RatedResponse(Option):
    """A response to rate. A formative question gives either ``mode`` (1 is the lowest label) or ``proportions`` (one share per label)."""

    mode: Rating | None = None
    proportions: tuple[Share, ...] | None = None


class RateKey(Key):
    """Either ``modes`` or ``proportions``, for every response id; ``panel`` is a sentence on where they come from."""

    modes: dict[Id, Rating] | None = None
    proportions: dict[Id, tuple[Share, ...]] | None = None
    panel: Text


class Rate(Question):
    """2 to 8 responses, each rated on the same scale of 2 to 7 labels. Value: ``{response: 1..k}`` of those rated so far."""

    kind: Literal["rate"]
    responses: Annotated[tuple[RatedResponse, ...], Field(min_length=2, max_length=8)]
    scale: Annotated[tuple[Text, ...], Field(min_length=2, max_length=7)] = APPROPRIATENESS
    panel: Text | None = None

    key_model: ClassVar[type[Key]] = RateKey
    key_fields: ClassVar[frozenset[str]] = frozenset({"mode", "proportions", "panel"})

    def how(self) -> str:
        return "Rate each one by itself; two may get the same rating. Each is compared with a suggested rating, and all count the same."

    def view(self) -> dict[str, Any]:
        return super().view() | {"responses": [{"id": r.id, "text": r.text} for r in self.responses], "scale": list(self.scale)}

    def outline(self) -> tuple[OutlineGroup, ...]:
        points = tuple((str(n), label) for n, label in enumerate(self.scale, start=1))
        return tuple(OutlineGroup(heading=f"{r.text} ({r.id})", marker="circle", entries=points) for r in self.responses)

    def option_ids(self) -> tuple[str, ...]:
        return tuple(r.id for r in self.responses)

    def parse(self, raw: Any) -> Value:
        # A table instead of int(): it knows no other digits, no "+3", no "1_0", and no number too long to convert.
        known = {str(n): n for n in range(1, len(self.scale) + 1)}
        given = assigned(raw)
        ratings: dict[str, Value] = {}
        if given is not None and set(given) <= set(self.option_ids()):
            for id in self.option_ids():
                rating = given.get(id)
                if type(rating) is int and 1 <= rating <= len(self.scale):
                    ratings[id] = rating
                elif type(rating) is str and rating in known:
                    ratings[id] = known[rating]
        if given is None or len(ratings) != len(given):
            raise self._bad(raw, f"some of {', '.join(self.option_ids())}, each given a number from 1 to {len(self.scale)}")
        return ratings or None

    def key(self) -> RateKey:
        feedback = self._own_feedback(self.responses)
        if self.panel is None:
            raise KeyMismatch(self.id, "'panel' is missing: say in a sentence where the ratings come from")
        modes = {r.id: r.mode for r in self.responses if r.mode is not None}
        shares = {r.id: r.proportions for r in self.responses if r.proportions is not None}
        return RateKey(
            modes=modes or None, proportions=shares or None, panel=self.panel, feedback=feedback, rationale=self._own_rationale()
        )

    def _check_own_key(self, key: RateKey) -> None:
        if (key.modes is None) == (key.proportions is None):
            raise KeyMismatch(self.id, "it needs a 'mode' for every response or 'proportions' for every response, not both and not neither")
        name, given = ("modes", set(key.modes)) if key.modes is not None else ("proportions", set(key.proportions or {}))
        if given != set(self.option_ids()):
            raise KeyMismatch(self.id, f"'{name}' must speak of each of {', '.join(self.option_ids())} and of nothing else")
        top = len(self.scale)
        for id, mode in (key.modes or {}).items():
            if mode > top:
                raise KeyMismatch(self.id, f"the mode of {id} is {mode}; the scale goes from 1 to {top}")
        for id, shares in (key.proportions or {}).items():
            if len(shares) != top or abs(sum(shares) - 1) > 0.02:
                raise KeyMismatch(self.id, f"the proportions of {id} must be {top} shares that add up to 1 (0.02 are left to rounding)")
            if len(set(shares)) == 1:
                raise KeyMismatch(self.id, f"the proportions of {id} are all equal: any rating would earn everything")

    def score(self, value: Any, key: RateKey) -> Score:
        """The mean over the responses of what each rating earns (see the module)."""
        rule = MODE_RULE if key.modes is not None else PROPORTION_RULE
        if value is None:
            return self._not_attempted(rule)
        credits = {id: _credit(key, id, value.get(id)) for id in self.option_ids()}
        fraction = sum(credits.values()) / len(credits)
        marks = {}
        for id in self.option_ids():
            rating = value.get(id)
            # Under the mode rule a neighbour earns nothing, but it is worth knowing that one was near.
            near = credits[id] > 0 or (rating is not None and key.modes is not None and abs(rating - key.modes[id]) == 1)
            marks[id] = Mark.MISSED if rating is None else Mark.HIT if credits[id] == 1 else Mark.CLOSE if near else Mark.FALSE_ALARM
        return Score(outcome=outcome_of(fraction), fraction=fraction, marks=marks, rule=rule, summary=_summary(marks))

    def explain(self, value: Any, score: Score, key: RateKey) -> Explanation:
        mine = value or {}
        notes = {}
        for id in self.option_ids():
            tail = f"; yours: {self.scale[mine[id] - 1]}" if id in mine and _credit(key, id, mine[id]) < 1 else ""
            notes[id] = f"Suggested: {' or '.join(self.scale[n - 1] for n in _suggested(key, id))}{tail}."
        whence = f"{key.rationale}\n\nWhere these ratings come from: {key.panel}"
        return self._explanation(score, key, {r.id: r.text for r in self.responses}, mine, notes, whence)

    def samples(self, key: RateKey) -> tuple[Sample, ...]:
        best: dict[str, Value] = {}
        wrong: dict[str, Value] = {}
        left = 0.0
        for id in self.option_ids():
            earned = {n: _credit(key, id, n) for n in range(1, len(self.scale) + 1)}
            best[id] = _suggested(key, id)[0]
            worst = min(earned, key=earned.__getitem__)
            wrong[id] = worst
            left += earned[worst]
        return (
            Sample(name="best", raw=best, fraction=1.0),
            Sample(name="wrong", raw=wrong, fraction=left / len(self.responses)),
            Sample(name="blank", raw={}, fraction=0.0),
            Sample(name="invalid", raw={self.option_ids()[0]: len(self.scale) + 1}),
        )


def _suggested(key: RateKey, id: str) -> list[int]:
    """The ratings that earn everything: the mode, or the most frequent ones."""
    if key.modes is not None:
        return [key.modes[id]]
    shares = (key.proportions or {})[id]
    return [n for n, share in enumerate(shares, start=1) if share == max(shares)]


def _credit(key: RateKey, id: str, rating: int | None) -> float:
    """What a rating of one response earns, 0..1."""
    if rating is None:
        return 0.0
    if key.modes is not None:
        return float(rating == key.modes[id])
    shares = (key.proportions or {})[id]
    return shares[rating - 1] / max(shares)


def _summary(marks: dict[str, Mark]) -> str:
    hits, near, still_open = (sum(mark is wanted for mark in marks.values()) for wanted in (Mark.HIT, Mark.CLOSE, Mark.MISSED))
    if hits == len(marks):
        return f"All {hits} rated as suggested."
    tail = (f"; {near} close" if near else "") + (f"; {still_open} not rated" if still_open else "")
    return f"{hits} of {len(marks)} rated as suggested{tail}."
