"""Multiple choice: several options may be right, under one of four printed rules.

The rule changes the score a lot (Kanzow et al., 2023, JMIR Medical Education 9:e43792, compare 41 of them), so it is always shown.

With C right options among K, and TP, FP, TN counting the right ones chosen, the wrong ones chosen, and the wrong ones left out:

===============  ========================  =====================================================================================
plus-minus       max(0, TP − FP) / C       NCSBN, Next Generation NCLEX, "+/− scoring"; among the most promising rules for
                                           "select all that apply" in Betts, Muntean, Kim & Kao (2022), Educational and
                                           Psychological Measurement 82(1), 151–176
select-n         TP / N; 0 if more than    NCSBN, "0/1 scoring" of select-N items; more chosen than asked earns nothing, as in
                 N are chosen              the "choose three" part of the UK Foundation Programme's situational judgement test
per-option       (TP + TN) / K             multiple true/false scoring, each option a judgement of its own; Betts et al. (2022)
all-or-nothing   1 if TP = C and FP = 0    dichotomous scoring, the strictest: for sets of which a part is of no use
===============  ========================  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from smtraining.errors import KeyMismatch
from smtraining.kinds.base import NO_ID, Explanation, Key, Option, OutlineGroup, Question, Sample, Value, outcome_of
from smtraining.models import Id, Mark, Score

PLUS_MINUS = "Each right choice adds, each wrong one takes away; never below zero."


class MultipleOption(Option):
    """An option; ``correct: true`` on each right one of a formative question."""

    correct: bool = False


class MultipleKey(Key):
    """``correct`` are the ids of the right options."""

    correct: Annotated[tuple[Id, ...], Field(min_length=1)]


class Multiple(Question):
    """One question, 2 to 10 options, one or more right. Value: the chosen ids, in the order of the options."""

    kind: Literal["multiple"]
    options: Annotated[tuple[MultipleOption, ...], Field(min_length=2, max_length=10)]
    rule: Literal["plus-minus", "select-n", "per-option", "all-or-nothing"] = "plus-minus"
    select: Annotated[int, Field(strict=True, ge=1)] | None = None

    key_model: ClassVar[type[Key]] = MultipleKey
    key_fields: ClassVar[frozenset[str]] = frozenset({"correct"})

    @model_validator(mode="after")
    def _select_fits_rule(self) -> Self:
        if (self.rule == "select-n") != (self.select is not None):
            raise ValueError("'select' is given with 'rule: select-n', and only then")
        if self.select is not None and self.select >= len(self.options):
            raise ValueError(f"'select' is {self.select} of {len(self.options)} options: leave something to leave out")
        return self

    def how(self) -> str:
        lead = "Choose all that apply." if self.select is None else f"Choose {self.select}."
        return f"{lead} {self.rule_text()}"

    def rule_text(self) -> str:
        """The scoring rule in a sentence for the learner."""
        match self.rule:
            case "select-n":
                return f"Each right choice earns an equal part; choosing more than {self.select} earns nothing."
            case "per-option":
                return "Every option counts the same: choosing one that belongs, or leaving out one that does not, earns its part."
            case "all-or-nothing":
                return "Only the complete and exact choice earns credit."
            case _:
                return PLUS_MINUS

    def view(self) -> dict[str, Any]:
        shown = super().view() | {"options": [{"id": o.id, "text": o.text} for o in self.options], "rule": self.rule}
        return shown if self.select is None else shown | {"select": self.select}

    def outline(self) -> tuple[OutlineGroup, ...]:
        return (OutlineGroup(marker="box", entries=tuple((o.id, o.text) for o in self.options)),)

    def option_ids(self) -> tuple[str, ...]:
        return tuple(o.id for o in self.options)

    def parse(self, raw: Any) -> Value:
        chosen = self._ids(raw, self.option_ids(), f"one or more of {', '.join(self.option_ids())}, each once")
        return [id for id in self.option_ids() if id in chosen] or None

    def key(self) -> MultipleKey:
        feedback = self._own_feedback(self.options)
        right = tuple(o.id for o in self.options if o.correct)
        if not right:
            raise KeyMismatch(self.id, "no option is 'correct: true'")
        return MultipleKey(correct=right, feedback=feedback, rationale=self._own_rationale())

    def _check_own_key(self, key: MultipleKey) -> None:
        check_set(self, "correct", key.correct)
        if self.select is not None and len(key.correct) != self.select:
            raise KeyMismatch(self.id, f"it asks for {self.select} options, and {len(key.correct)} are right")

    def score(self, value: Any, key: MultipleKey) -> Score:
        """Score by the question's rule (see the module)."""
        rule = self.rule_text()
        if value is None:
            return self._not_attempted(rule)
        chosen, right = set(value), set(key.correct)
        hits, extra = len(chosen & right), len(chosen - right)
        summary = found(hits, len(right), extra)
        match self.rule:
            case "select-n":
                assert self.select is not None  # the model sees to it
                too_many = len(chosen) > self.select
                fraction = 0.0 if too_many else hits / self.select
                if too_many:
                    summary = f"You chose {len(chosen)}; the question asks for {self.select}, and more earn nothing. {summary}"
            case "per-option":
                judged = len(self.options) - (len(right) - hits) - extra
                fraction = judged / len(self.options)
                summary = f"{judged} of {len(self.options)} options judged right. {summary}"
            case "all-or-nothing":
                fraction = float(chosen == right)
            case _:
                fraction = plus_minus(hits, len(right), extra)
        return Score(
            outcome=outcome_of(fraction),
            fraction=fraction,
            marks=set_marks(self.option_ids(), chosen, right),
            rule=rule,
            summary=summary,
        )

    def explain(self, value: Any, score: Score, key: MultipleKey) -> Explanation:
        return self._explanation(score, key, {o.id: o.text for o in self.options}, value or [])

    def samples(self, key: MultipleKey) -> tuple[Sample, ...]:
        right = [id for id in self.option_ids() if id in key.correct]
        wrong = [id for id in self.option_ids() if id not in key.correct]
        # Where everything is right, the worst one can do and still answer is to choose one.
        worst = 0.0 if wrong or self.rule == "all-or-nothing" else 1 / len(right)
        return (
            Sample(name="best", raw=list(right), fraction=1.0),
            Sample(name="wrong", raw=list(wrong or right[:1]), fraction=worst),
            Sample(name="blank", raw=[], fraction=0.0),
            Sample(name="invalid", raw=[NO_ID]),
        )


# --- choosing a set: also how a spot-it question is scored ------------------------------------------------------------


def plus_minus(hits: int, right: int, extra: int) -> float:
    """max(0, hits − extra) / right: 0..1."""
    return max(0, hits - extra) / right


def set_marks(ids: Iterable[str], chosen: Collection[str], right: Collection[str]) -> dict[str, Mark]:
    """What became of each option, given what was chosen and what is right."""
    marks = {(True, True): Mark.HIT, (True, False): Mark.FALSE_ALARM, (False, True): Mark.MISSED, (False, False): Mark.PASSED_OVER}
    return {id: marks[id in chosen, id in right] for id in ids}


def found(hits: int, right: int, extra: int) -> str:
    """The result in words: "2 of 3 found; 1 chosen that does not belong."."""
    if hits == right and not extra:
        return "You found it." if right == 1 else f"All {right} found, and nothing that does not belong."
    tail = f"; {extra} chosen that {'does' if extra == 1 else 'do'} not belong" if extra else ""
    return f"{hits} of {right} found{tail}."


def check_set(question: Question, name: str, ids: Sequence[str]) -> None:
    """Raise KeyMismatch unless all ids are options of the question, none twice."""
    if unknown := [id for id in ids if id not in question.option_ids()]:
        raise KeyMismatch(question.id, f"'{name}' holds {', '.join(unknown)}; the options are {', '.join(question.option_ids())}")
    if len(set(ids)) != len(ids):
        raise KeyMismatch(question.id, f"'{name}' holds an option twice: {', '.join(ids)}")
