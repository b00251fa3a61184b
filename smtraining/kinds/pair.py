"""Pair: what would you do, and why? It counts only if both hold.

NCSBN, Next Generation NCLEX, "rationale scoring": a right action for a wrong reason earns nothing, because the reason is what carries
over to the next case.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from smtraining.errors import KeyMismatch
from smtraining.kinds.base import NO_ID, Explanation, Key, Option, OutlineGroup, Question, Sample, Value, listed
from smtraining.models import Id, Mark, Outcome, Score

RULE = "It counts only if the action and the reason are both right."


class PairOption(Option):
    """An action or a reason; ``correct: true`` on exactly one of each in a formative question."""

    correct: bool = False


class PairKey(Key):
    """The ids of the right action and of the right reason."""

    action: Id
    reason: Id


class Pair(Question):
    """2 to 5 actions and 2 to 5 reasons, ids unique over both. Value: ``{"action": id | null, "reason": id | null}``."""

    kind: Literal["pair"]
    actions: Annotated[tuple[PairOption, ...], Field(min_length=2, max_length=5)]
    reasons: Annotated[tuple[PairOption, ...], Field(min_length=2, max_length=5)]

    key_model: ClassVar[type[Key]] = PairKey
    key_fields: ClassVar[frozenset[str]] = frozenset({"correct"})

    def how(self) -> str:
        return f"Choose what to do and the reason for it. {RULE}"

    def view(self) -> dict[str, Any]:
        return super().view() | {
            "actions": [{"id": o.id, "text": o.text} for o in self.actions],
            "reasons": [{"id": o.id, "text": o.text} for o in self.reasons],
        }

    def outline(self) -> tuple[OutlineGroup, ...]:
        return (
            OutlineGroup(heading="What to do", marker="circle", entries=tuple((o.id, o.text) for o in self.actions)),
            OutlineGroup(heading="The reason", marker="circle", entries=tuple((o.id, o.text) for o in self.reasons)),
        )

    def option_ids(self) -> tuple[str, ...]:
        return tuple(o.id for o in (*self.actions, *self.reasons))

    def parse(self, raw: Any) -> Value:
        actions, reasons = [o.id for o in self.actions], [o.id for o in self.reasons]
        expected = f"an action ({', '.join(actions)}) and a reason ({', '.join(reasons)})"
        if type(raw) is dict:
            if not set(raw) <= {"action", "reason"}:
                raise self._bad(raw, expected)
            action, reason = raw.get("action"), raw.get("reason")
        else:
            ids = listed(raw)
            if ids is None or len(ids) > 2:
                raise self._bad(raw, expected)
            action = next((id for id in ids if id in actions), None)
            reason = next((id for id in ids if id in reasons), None)
            if len(ids) != (action is not None) + (reason is not None):
                raise self._bad(raw, expected)
        for given, known in ((action, actions), (reason, reasons)):
            if given is not None and (type(given) is not str or given not in known):
                raise self._bad(raw, expected)
        return None if action is None and reason is None else {"action": action, "reason": reason}

    def key(self) -> PairKey:
        feedback = self._own_feedback((*self.actions, *self.reasons))
        actions, reasons = [o.id for o in self.actions if o.correct], [o.id for o in self.reasons if o.correct]
        if len(actions) != 1 or len(reasons) != 1:
            found = f"{len(actions)} and {len(reasons)}"
            raise KeyMismatch(self.id, f"exactly one action and one reason are 'correct: true', found {found}")
        return PairKey(action=actions[0], reason=reasons[0], feedback=feedback, rationale=self._own_rationale())

    def _check_own_key(self, key: PairKey) -> None:
        for name, id, options in (("action", key.action, self.actions), ("reason", key.reason, self.reasons)):
            known = [o.id for o in options]
            if id not in known:
                raise KeyMismatch(self.id, f"'{name}' is {id!r}; the {name}s are {', '.join(known)}")

    def score(self, value: Any, key: PairKey) -> Score:
        """1 if action and reason are both right, else 0 (also if one of them is still open)."""
        if value is None:
            return self._not_attempted(RULE)
        marks = dict.fromkeys(self.option_ids(), Mark.PASSED_OVER)
        for given, right in ((value["action"], key.action), (value["reason"], key.reason)):
            marks[right] = Mark.MISSED
            if given is not None:
                marks[given] = Mark.HIT if given == right else Mark.FALSE_ALARM
        both = value["action"] == key.action and value["reason"] == key.reason
        return Score(
            outcome=Outcome.RIGHT if both else Outcome.WRONG,
            fraction=float(both),
            marks=marks,
            rule=RULE,
            summary=_summary(value, key),
        )

    def explain(self, value: Any, score: Score, key: PairKey) -> Explanation:
        chosen = [] if value is None else [id for id in value.values() if id is not None]
        return self._explanation(score, key, {o.id: o.text for o in (*self.actions, *self.reasons)}, chosen)

    def samples(self, key: PairKey) -> tuple[Sample, ...]:
        wrong = next(o.id for o in self.reasons if o.id != key.reason)
        return (
            Sample(name="best", raw={"action": key.action, "reason": key.reason}, fraction=1.0),
            Sample(name="wrong", raw={"action": key.action, "reason": wrong}, fraction=0.0),
            Sample(name="blank", raw={"action": None, "reason": None}, fraction=0.0),
            Sample(name="invalid", raw={"action": NO_ID, "reason": key.reason}),
        )


def _summary(value: dict[str, str | None], key: PairKey) -> str:
    action, reason = value["action"], value["reason"]
    if action is None or reason is None:
        return f"You left the {'action' if action is None else 'reason'} open, so the pair does not count yet."
    if action == key.action and reason == key.reason:
        return "The action and the reason both hold."
    if action == key.action:
        return "Your action holds, but another reason carries it."
    if reason == key.reason:
        return "Your reason holds, but it leads to another action."
    return "Another action, for another reason, is stronger here."
