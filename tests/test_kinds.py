"""Question kinds: what a learner may answer, what it earns, and what is told. Scores are worked by hand from each rule's source."""

from __future__ import annotations

import importlib
import itertools
import json
import pkgutil
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from smtraining import kinds
from smtraining.errors import KeyMismatch, ResponseError
from smtraining.kinds import KINDS, AnyQuestion, Question, explain, make_key, parse, score, self_test
from smtraining.kinds.base import MAX_TEXT, Key, Sample, listed
from smtraining.kinds.rank import raw_points
from smtraining.kinds.single import Single
from smtraining.models import Mark, Outcome

SHARED = {"stem": "What now?", "concerns": ["confidentiality"], "epas": [1], "sources": ["nasw-1.07r"]}
ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyQuestion)

SECRETS = ("feedback", "correct", "rationale", "identifies", "mode", "modes", "best_first", "correct_order", "proportions", "panel")
"""Field names that would give an answer away."""


def option(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "text": f"Text of {id}", "feedback": f"SECRET-FEEDBACK-{id}", **more}


def build(kind: str, **fields: Any) -> Any:
    return ADAPTER.validate_python({"kind": kind, "id": f"q-{kind}", "rationale": "SECRET-RATIONALE", **SHARED, **fields})


def choices(ids: str, right: str, name: str = "correct") -> list[dict[str, Any]]:
    return [option(id, **({name: True} if id in right else {})) for id in ids]


def multiple(right: str = "abc", ids: str = "abcdef", **fields: Any) -> Any:
    return build("multiple", options=choices(ids, right), **fields)


def ranking(best_first: str, **fields: Any) -> Any:
    return build("rank", options=[option(id) for id in sorted(best_first)], best_first=list(best_first), panel="SECRET-PANEL", **fields)


def ordering(correct: str) -> Any:
    return build("order", entries=[option(id) for id in sorted(correct)], correct_order=list(correct))


FORMATIVE: dict[str, Any] = {
    "single": build("single", options=choices("abc", "b")),
    "plus-minus": multiple(),
    "select-n": multiple(rule="select-n", select=3),
    "per-option": multiple(rule="per-option"),
    "all-or-nothing": multiple(rule="all-or-nothing"),
    "all-right": multiple(right="ab", ids="ab"),
    "pair": build(
        "pair", actions=choices("abc", "a"), reasons=[option("r1"), option("r2", correct=True), option("r3")], hint="Think of Dana."
    ),
    "order": ordering("dbca"),
    "match": build(
        "match",
        entries=[option("e1", category="c1"), option("e2", category="c2"), option("e3", category="c1"), option("e4", category="c3")],
        categories=[{"id": "c1", "text": "Group one"}, {"id": "c2", "text": "Group two"}, {"id": "c3", "text": "Group three"}],
    ),
    "spot": build("spot", artifact="post", spans=choices(["tag", "photo", "joke", "time"], ["tag", "photo"], "identifies")),
    "rank": ranking("cabed"),
    "mode": build(
        "rate", responses=[option("a", mode=1), option("b", mode=4), option("c", mode=3), option("d", mode=2)], panel="SECRET-PANEL"
    ),
    "proportion": build(
        "rate",
        responses=[option("a", proportions=[0.1, 0.2, 0.4, 0.3]), option("b", proportions=[0.8, 0.2, 0, 0])],
        panel="SECRET-PANEL",
    ),
    "scale": build("scale", steps=[option(str(n)) for n in range(1, 6)], low="Not at all", high="Very"),
    "reflect": build("reflect", words=[40, 90], look_for=[option("a"), option("b")]),
}
KEYS = {name: question.key() for name, question in FORMATIVE.items()}
EVERY = pytest.mark.parametrize("name", FORMATIVE)
SCORED = [name for name, question in FORMATIVE.items() if question.scored]


def graded_fields(question: Any) -> dict[str, Any]:
    """The question as content would hold it if it were graded: no feedback, no key."""

    def strip(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: strip(value) for name, value in part.items() if name not in (*SECRETS, "category")}
        return [strip(value) for value in part] if isinstance(part, list | tuple) else part

    return {**strip(question.model_dump(mode="json", exclude_unset=True)), "graded": True, "points": 3}


def fraction(question: Any, raw: Any) -> float | None:
    key = question.key()
    return score(question, parse(question, raw), key).fraction


# --- every kind -------------------------------------------------------------------------------------------------------


def test_the_kinds_are_those_the_architecture_page_lists_and_every_kind_module_is_wired() -> None:
    page = (Path(kinds.__file__).parents[2] / "docs/architecture.md").read_text(encoding="utf-8")
    table = page.split("### Question kinds")[1].split("Browser views")[0]
    assert list(KINDS) == re.findall(r"^\| `(\w+)` \|", table, flags=re.M)
    modules = [importlib.import_module(f"smtraining.kinds.{m.name}") for m in pkgutil.iter_modules(kinds.__path__)]
    written = {c for m in modules for c in vars(m).values() if isinstance(c, type) and issubclass(c, Question) and c is not Question}
    assert set(KINDS.values()) == written
    assert {question.kind for question in FORMATIVE.values()} == set(KINDS)


@EVERY
def test_every_kind_passes_its_own_samples(name: str) -> None:
    assert self_test(FORMATIVE[name], KEYS[name]) == []


@EVERY
def test_a_sample_set_is_best_wrong_blank_invalid_and_wrong_earns_less_than_best(name: str) -> None:
    question, key = FORMATIVE[name], KEYS[name]
    samples = {s.name: s for s in question.samples(key)}
    assert list(samples) == ["best", "wrong", "blank", "invalid"]
    with pytest.raises(ResponseError):
        parse(question, samples["invalid"].raw)
    if question.scored:
        assert fraction(question, samples["wrong"].raw) < fraction(question, samples["best"].raw) == 1


class Generous(Single):
    """A defective kind: whatever is answered is right."""

    def score(self, value: Any, key: Any) -> Any:
        return super().score(key.correct, key)


class Gullible(Single):
    """A defective kind: takes anything for an answer and has a sample that pays for the wrong one."""

    def parse(self, raw: Any) -> Any:
        return "b" if raw == "?" else super().parse(raw)

    def samples(self, key: Any) -> Any:
        return (*super().samples(key)[:1], Sample(name="wrong", raw="b", fraction=1.0), *super().samples(key)[2:])


def test_self_test_tells_a_broken_scorer_a_broken_parser_and_a_broken_key() -> None:
    fields = {"kind": "single", "id": "q-x", "rationale": "R", "options": choices("abc", "b"), **SHARED}
    key = KEYS["single"]
    generous = self_test(Generous.model_validate(fields), key)
    assert any("wrong sample earns 1.0, not 0.0" in s for s in generous)
    assert any("blank sample is right, not not-attempted" in s for s in generous)
    gullible = self_test(Gullible.model_validate(fields), key)
    assert any("invalid sample is accepted" in s for s in gullible)
    assert any("wrong must be below best" in s for s in gullible)
    assert self_test(FORMATIVE["single"], key.model_copy(update={"correct": "z"})) != []


@EVERY
def test_not_attempted_is_not_wrong(name: str) -> None:
    question, key = FORMATIVE[name], KEYS[name]
    for blank in (None, "", "  \n"):
        assert parse(question, blank) is None
    nothing = score(question, None, key)
    assert nothing.outcome is Outcome.NOT_ATTEMPTED
    assert nothing.fraction == (0 if question.scored else None)
    assert set(nothing.marks.values()) <= {Mark.NONE}
    wrong = next(s for s in question.samples(key) if s.name == "wrong")
    assert score(question, parse(question, wrong.raw), key).outcome is not Outcome.NOT_ATTEMPTED
    if question.scored:
        told = explain(question, None, key)
        assert not any(item.chosen for item in told.items)


def inside(part: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        for name, value in part.items():
            yield name, value
            yield from inside(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from inside(value)


@EVERY
def test_a_view_holds_no_key_and_no_feedback(name: str) -> None:
    shown = FORMATIVE[name].view()
    assert not {field for field, _ in inside(shown)} & set(SECRETS)
    for text in (json.dumps(shown), *(group.model_dump_json() for group in FORMATIVE[name].outline())):
        assert "SECRET" not in text


def test_views_have_the_fields_of_the_protocol() -> None:
    own = {
        "single": {"options"},
        "multiple": {"options", "rule"},
        "pair": {"actions", "reasons"},
        "order": {"entries"},
        "match": {"entries", "categories"},
        "spot": {"spans"},
        "rank": {"options"},
        "rate": {"responses", "scale"},
        "scale": {"steps", "low", "high"},
        "reflect": {"words"},
    }
    for name, question in FORMATIVE.items():
        more = {"select"} if name == "select-n" else {"artifact"} if name == "spot" else {"hint"} if name == "pair" else set()
        assert set(question.view()) == {"id", "kind", "stem", "how"} | own[question.kind] | more
        for _, part in inside(question.view()):
            if isinstance(part, dict):
                assert set(part) == {"id", "text"}
    assert FORMATIVE["mode"].view()["scale"] == ["Very inappropriate", "Inappropriate", "Appropriate", "Very appropriate"]
    assert FORMATIVE["reflect"].view()["words"] == [40, 90]


@EVERY
def test_the_learner_is_told_what_to_do_and_every_option_stands_in_the_outline(name: str) -> None:
    question = FORMATIVE[name]
    assert question.how().endswith(".")
    outline = json.dumps([group.model_dump(mode="json") for group in question.outline()])
    if question.kind != "reflect":  # what a thoughtful answer holds is told afterwards
        assert all(f"Text of {id}" in outline for id in question.option_ids())


def test_a_rule_that_takes_points_away_is_announced_before_the_answer() -> None:
    announced = "Each right choice adds, each wrong one takes away; never below zero."
    assert announced in FORMATIVE["plus-minus"].how()
    assert announced in FORMATIVE["spot"].how()
    assert FORMATIVE["select-n"].how().startswith("Choose 3.")


@EVERY
def test_feedback_speaks_to_every_option_for_every_sample(name: str) -> None:
    question, key = FORMATIVE[name], KEYS[name]
    for sample in question.samples(key):
        if sample.name == "invalid":
            continue
        value = parse(question, sample.raw)
        told = explain(question, value, key)
        assert sorted(item.id for item in told.items) == sorted(question.option_ids())
        for item in told.items:
            assert item.label == f"Text of {item.id}"
            assert key.feedback[item.id] in item.feedback
        assert told.rationale.startswith("SECRET-RATIONALE")
        assert told.summary.endswith(".")
        assert told.rule


def test_where_a_key_comes_from_is_told_with_the_feedback() -> None:
    for name in ("rank", "mode", "proportion"):
        assert "SECRET-PANEL" in explain(FORMATIVE[name], None, KEYS[name]).rationale


# --- what an answer earns ---------------------------------------------------------------------------------------------


def test_single_is_right_or_wrong() -> None:
    question = FORMATIVE["single"]
    assert (fraction(question, "b"), fraction(question, "a")) == (1, 0)
    told = explain(question, "a", KEYS["single"])
    assert [(i.mark, i.chosen) for i in told.items] == [(Mark.FALSE_ALARM, True), (Mark.MISSED, False), (Mark.PASSED_OVER, False)]


@pytest.mark.parametrize(
    ("rule", "given", "earned"),
    [
        # three of six are right (a b c): max(0, TP - FP) / 3
        ("plus-minus", "a b c", 1),
        ("plus-minus", "a b", 2 / 3),
        ("plus-minus", "a b d", 1 / 3),
        ("plus-minus", "a d", 0),
        ("plus-minus", "a d e f", 0),
        ("plus-minus", "a b c d", 2 / 3),
        ("plus-minus", "a b c d e f", 0),
        # TP / 3, and more than three chosen is nothing
        ("select-n", "a b c", 1),
        ("select-n", "a b d", 2 / 3),
        ("select-n", "a", 1 / 3),
        ("select-n", "d e f", 0),
        ("select-n", "a b c d", 0),
        # (TP + TN) / 6
        ("per-option", "a b c", 1),
        ("per-option", "a", 4 / 6),
        ("per-option", "a b d", 4 / 6),
        ("per-option", "a b c d e f", 3 / 6),
        ("per-option", "d e f", 0),
        ("all-or-nothing", "a b c", 1),
        ("all-or-nothing", "a b", 0),
        ("all-or-nothing", "a b c d", 0),
    ],
)
def test_multiple_choice_by_each_rule(rule: str, given: str, earned: float) -> None:
    assert fraction(FORMATIVE[rule], given) == pytest.approx(earned)


def test_a_multiple_choice_where_everything_is_right_pays_for_each() -> None:
    assert (fraction(FORMATIVE["all-right"], "a b"), fraction(FORMATIVE["all-right"], "b")) == (1, 0.5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("a b c", "All 3 found, and nothing that does not belong."),
        ("a b", "2 of 3 found."),
        ("a b d", "2 of 3 found; 1 chosen that does not belong."),
        ("d e", "0 of 3 found; 2 chosen that do not belong."),
    ],
)
def test_partial_credit_is_explained_in_words(given: str, words: str) -> None:
    question = FORMATIVE["plus-minus"]
    assert score(question, parse(question, given), KEYS["plus-minus"]).summary == words


def test_choosing_too_many_is_explained() -> None:
    question = FORMATIVE["select-n"]
    result = score(question, parse(question, "a b c d"), KEYS["select-n"])
    assert result.summary.startswith("You chose 4; the question asks for 3, and more earn nothing.")
    assert result.marks["d"] is Mark.FALSE_ALARM


def test_multiple_choice_marks_each_option() -> None:
    question = FORMATIVE["plus-minus"]
    marks = score(question, ["a", "d"], KEYS["plus-minus"]).marks
    assert [marks[id] for id in "abde"] == [Mark.HIT, Mark.MISSED, Mark.FALSE_ALARM, Mark.PASSED_OVER]


@pytest.mark.parametrize(
    ("given", "earned", "outcome"),
    [
        ("tag photo", 1, Outcome.RIGHT),
        ("tag", 0.5, Outcome.PARTLY),
        ("tag photo joke", 0.5, Outcome.PARTLY),
        ("tag joke", 0, Outcome.WRONG),
        ("tag photo joke time", 0, Outcome.WRONG),
    ],
)
def test_selecting_everything_in_a_text_earns_nothing(given: str, earned: float, outcome: Outcome) -> None:
    question = FORMATIVE["spot"]
    result = score(question, parse(question, given), KEYS["spot"])
    assert (result.fraction, result.outcome) == (earned, outcome)


@pytest.mark.parametrize(
    ("given", "earned", "words"),
    [
        ("a r2", 1, "The action and the reason both hold."),
        ("r2 a", 1, "The action and the reason both hold."),
        ("a r1", 0, "Your action holds, but another reason carries it."),
        ("b r2", 0, "Your reason holds, but it leads to another action."),
        ("b r1", 0, "Another action, for another reason, is stronger here."),
        ("a", 0, "You left the reason open, so the pair does not count yet."),
        ("r2", 0, "You left the action open, so the pair does not count yet."),
    ],
)
def test_a_pair_counts_only_if_action_and_reason_are_right(given: str, earned: float, words: str) -> None:
    question = FORMATIVE["pair"]
    result = score(question, parse(question, given), KEYS["pair"])
    assert (result.fraction, result.summary) == (earned, words)


def test_a_pair_marks_both_columns() -> None:
    marks = score(FORMATIVE["pair"], {"action": "a", "reason": "r1"}, KEYS["pair"]).marks
    assert [marks[id] for id in ("a", "b", "r1", "r2", "r3")] == [
        Mark.HIT,
        Mark.PASSED_OVER,
        Mark.FALSE_ALARM,
        Mark.MISSED,
        Mark.PASSED_OVER,
    ]


@pytest.mark.parametrize(
    ("correct", "given", "earned"),
    [
        ("dbca", "d b c a", 1),
        ("dbca", "a c b d", 0),  # reversed: 3 + 1 + 1 + 3 = 8 of at most 8
        ("dbca", "b d c a", 1 - 2 / 8),  # neighbours swapped
        ("dbca", "a b c d", 1 - 6 / 8),  # first and last swapped
        ("dbca", "b c a d", 1 - 6 / 8),  # the first put last: 3 + 1 + 1 + 1
        ("edcba", "a b c d e", 0),  # reversed: 4 + 2 + 0 + 2 + 4 = 12 of at most 12
        ("edcba", "d e c b a", 1 - 2 / 12),
        ("cba", "b c a", 1 - 2 / 4),
    ],
)
def test_an_order_earns_by_closeness(correct: str, given: str, earned: float) -> None:
    assert fraction(ordering(correct), given) == pytest.approx(earned)


@pytest.mark.parametrize("n", [3, 4, 5, 6, 7])
def test_no_order_earns_less_than_nothing_and_only_the_right_one_earns_all(n: int) -> None:
    correct = "gfedcba"[-n:]
    question, key = ordering(correct), ordering(correct).key()
    earned = {p: score(question, list(p), key).fraction for p in itertools.islice(itertools.permutations(correct), 1000)}
    assert all(0 <= f <= 1 for f in earned.values())
    assert [p for p, f in earned.items() if f == 1] == [tuple(correct)]


def test_feedback_on_an_order_shows_the_right_order_and_ones_own() -> None:
    told = explain(FORMATIVE["order"], ["b", "d", "c", "a"], KEYS["order"])
    assert [item.id for item in told.items] == ["d", "b", "c", "a"]
    assert [item.mark for item in told.items] == [Mark.CLOSE, Mark.CLOSE, Mark.HIT, Mark.HIT]
    assert told.items[0].feedback.startswith("Place 1; you put it at 2. ")
    assert told.items[2].feedback.startswith("Place 3. ")
    assert told.summary == "2 of 4 in place; 2 one place off."


@pytest.mark.parametrize(
    ("given", "earned", "words"),
    [
        ("e1=c1 e2=c2 e3=c1 e4=c3", 1, "All 4 in their right group."),
        ("e1=c1 e2=c2 e3=c3 e4=c3", 0.75, "3 of 4 in the right group."),
        ("e1=c1 e2=c1", 0.25, "1 of 4 in the right group; 2 not placed."),
        ("e4=c1", 0, "0 of 4 in the right group; 3 not placed."),
    ],
)
def test_matching_earns_by_entry(given: str, earned: float, words: str) -> None:
    question = FORMATIVE["match"]
    result = score(question, parse(question, given), KEYS["match"])
    assert (result.fraction, result.summary) == (earned, words)


def test_feedback_on_matching_names_the_right_group() -> None:
    items = {i.id: i for i in explain(FORMATIVE["match"], {"e1": "c1", "e2": "c3"}, KEYS["match"]).items}
    assert [items[id].mark for id in ("e1", "e2", "e3")] == [Mark.HIT, Mark.FALSE_ALARM, Mark.MISSED]
    assert items["e2"].feedback.startswith("Belongs in: Group two; you put it in: Group three. ")
    assert items["e3"].feedback.startswith("Belongs in: Group one. ")


def test_ranking_five_options_gives_the_published_table() -> None:
    """UKFPO: what an option of each key rank earns at each given rank, and 8 to 20 over the five."""
    table = [[4, 3, 2, 1, 0], [3, 4, 3, 2, 1], [2, 3, 4, 3, 2], [1, 2, 3, 4, 3], [0, 1, 2, 3, 4]]
    key = list("abcde")
    sums = set()
    for given in itertools.permutations(key):
        by_hand = sum(table[key.index(id)][rank] for rank, id in enumerate(given))
        assert raw_points(given, key) == by_hand
        sums.add(by_hand)
    assert (min(sums), max(sums)) == (8, 20)


@pytest.mark.parametrize(
    ("key", "given", "raw", "earned"),
    [
        ("edcba", "edcba", 20, 1),
        ("edcba", "decba", 18, 10 / 12),  # neighbours swapped: (18 - 8) / (20 - 8)
        ("edcba", "adcbe", 12, 4 / 12),  # first and last swapped
        ("edcba", "abcde", 8, 0),
        ("cba", "cba", 12, 1),
        ("cba", "cab", 10, 0.5),  # (10 - 8) / (12 - 8)
        ("cba", "abc", 8, 0),
        ("dcba", "acbd", 10, 2 / 8),  # 1 + 4 + 4 + 1; (10 - 8) / (16 - 8)
        ("dcba", "abcd", 8, 0),
        ("fedcba", "fedcba", 24, 1),
        ("fedcba", "edcbaf", 15, 7 / 16),  # 5 away earns 0, the others 3 each; (15 - 8) / (24 - 8)
        ("fedcba", "abcdef", 8, 0),  # 0 + 1 + 3 + 3 + 1 + 0
        ("fedcba", "cbafed", 6, 0),  # everything 3 away: less than the reversed order, and never below nothing
    ],
)
def test_ranking_is_rescaled_so_that_the_reversed_order_earns_nothing(key: str, given: str, raw: int, earned: float) -> None:
    assert raw_points(given, key) == raw
    assert fraction(ranking(key), list(given)) == pytest.approx(earned)


def test_feedback_on_a_ranking_is_in_the_suggested_order() -> None:
    told = explain(FORMATIVE["rank"], list("cbaed"), KEYS["rank"])
    assert [(i.id, i.mark) for i in told.items] == [
        ("c", Mark.HIT),
        ("a", Mark.CLOSE),
        ("b", Mark.CLOSE),
        ("e", Mark.HIT),
        ("d", Mark.HIT),
    ]
    assert told.summary == "3 of 5 at the suggested rank; 2 one place off."


@pytest.mark.parametrize(
    ("given", "earned", "words"),
    [
        ("a=1 b=4 c=3 d=2", 1, "All 4 rated as suggested."),
        ("a=2 b=4 c=3 d=4", 0.5, "2 of 4 rated as suggested; 1 close."),
        ("a=1", 0.25, "1 of 4 rated as suggested; 3 not rated."),
        ("a=4 b=1 c=1 d=4", 0, "0 of 4 rated as suggested."),
    ],
)
def test_rating_by_mode(given: str, earned: float, words: str) -> None:
    question = FORMATIVE["mode"]
    result = score(question, parse(question, given), KEYS["mode"])
    assert (result.fraction, result.summary) == (earned, words)


@pytest.mark.parametrize(
    ("given", "earned"),
    [
        ("a=3 b=1", 1),
        ("a=4 b=1", (0.75 + 1) / 2),  # 0.3 of the panel against 0.4 at the mode
        ("a=1 b=2", (0.25 + 0.25) / 2),
        ("a=2 b=4", (0.5 + 0) / 2),
        ("b=1", 1 / 2),
    ],
)
def test_rating_by_proportion_is_the_share_against_the_share_of_the_mode(given: str, earned: float) -> None:
    assert fraction(FORMATIVE["proportion"], given) == pytest.approx(earned)


def test_feedback_on_a_rating_names_the_suggested_label_and_ones_own() -> None:
    items = {i.id: i for i in explain(FORMATIVE["mode"], {"a": 1, "b": 1, "c": 4}, KEYS["mode"]).items}
    assert [items[id].mark for id in "abcd"] == [Mark.HIT, Mark.FALSE_ALARM, Mark.CLOSE, Mark.MISSED]
    assert items["a"].feedback.startswith("Suggested: Very inappropriate. ")
    assert items["b"].feedback.startswith("Suggested: Very appropriate; yours: Very inappropriate. ")
    shared = build(
        "rate", responses=[option("a", proportions=[0.5, 0.5, 0, 0]), option("b", proportions=[0, 0, 0, 1])], panel="Four of us."
    )
    told = explain(shared, {"a": 2}, shared.key())
    assert told.items[0].mark is Mark.HIT
    assert told.items[0].feedback.startswith("Suggested: Very inappropriate or Inappropriate. ")


def test_a_scale_and_a_reflection_are_recorded_and_never_scored() -> None:
    for name, raw in (("scale", "2"), ("reflect", "I would ask my supervisor.")):
        result = score(FORMATIVE[name], parse(FORMATIVE[name], raw), KEYS[name])
        assert (result.outcome, result.fraction) == (Outcome.RECORDED, None)
    told = explain(FORMATIVE["scale"], "2", KEYS["scale"])
    assert [item.id for item in told.items if item.chosen] == ["2"]
    assert "5 words are kept" in explain(FORMATIVE["reflect"], "I would ask my supervisor.", KEYS["reflect"]).summary


# --- what counts as an answer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("single", "b", "b"),
        ("single", " B ", "b"),
        ("single", ["b"], "b"),
        ("plus-minus", "c, a", ["a", "c"]),
        ("plus-minus", ["c", "a"], ["a", "c"]),
        ("spot", "time tag", ["tag", "time"]),
        ("pair", "r2 a", {"action": "a", "reason": "r2"}),
        ("pair", {"reason": "r2", "action": None}, {"action": None, "reason": "r2"}),
        ("pair", {"action": "a"}, {"action": "a", "reason": None}),
        ("pair", {"action": None, "reason": None}, None),
        ("order", "d b c a", ["d", "b", "c", "a"]),
        ("order", "d > b > c > a", ["d", "b", "c", "a"]),
        ("rank", ["e", "d", "c", "b", "a"], ["e", "d", "c", "b", "a"]),
        ("match", "e2=c2, e1 = c1", {"e1": "c1", "e2": "c2"}),
        ("match", {"e2": "c2", "e1": None}, {"e2": "c2"}),
        ("match", {"e1": None}, None),
        ("mode", "b=1 a=3", {"a": 3, "b": 1}),
        ("mode", {"a": "3", "b": 1}, {"a": 3, "b": 1}),
        ("mode", {}, None),
        ("scale", "4", "4"),
        ("scale", 4, "4"),
        ("reflect", "  Ask first.\n", "Ask first."),
        ("reflect", "é" * MAX_TEXT, "é" * MAX_TEXT),
    ],
)
def test_answers_from_the_page_and_as_plain_text_come_to_the_same_value(name: str, raw: Any, value: Any) -> None:
    parsed = parse(FORMATIVE[name], raw)
    assert parsed == value
    assert type(parsed) is type(value)
    assert list(parsed) == list(value) if isinstance(value, dict) else True
    assert parse(FORMATIVE[name], parsed) == parsed
    assert json.loads(json.dumps(parsed)) == parsed


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("single", "a b"),
        ("single", "d"),
        ("single", 1),
        ("plus-minus", "a a"),
        ("plus-minus", ["a", "a"]),
        ("plus-minus", ["a", None]),
        ("plus-minus", {"a": True}),
        ("spot", "tag nowhere"),
        ("pair", "a b"),
        ("pair", "a r1 r2"),
        ("pair", "a a"),
        ("pair", {"action": "r1", "reason": "r2"}),
        ("pair", {"action": "a", "reason": "r2", "also": 1}),
        ("pair", {"action": ["a"], "reason": None}),
        ("order", "d b c"),
        ("order", "d b c c"),
        ("order", "d b c a a"),
        ("rank", ["a", "b"]),
        ("match", "e1=c9"),
        ("match", "e9=c1"),
        ("match", "e1=c1 e1=c2"),
        ("match", "e1"),
        ("match", "e1=c1=c2"),
        ("match", {"e1": ["c1"]}),
        ("match", ["e1=c1"]),
        ("mode", {"a": True}),
        ("mode", {"a": 2.0}),
        ("mode", {"a": 0}),
        ("mode", {"a": 5}),
        ("mode", "a=+3"),
        ("mode", "a=٣"),
        ("mode", {"a": 10**4000}),
        ("scale", True),
        ("scale", False),
        ("scale", 0),
        ("scale", 6),
        ("scale", 4.0),
        ("scale", "٣"),
        ("scale", -(10**4000)),
        ("reflect", 5),
        ("reflect", ["words"]),
        ("reflect", "nul \0 inside"),
        ("reflect", "lone \ud800 surrogate"),
        ("reflect", "x" * (MAX_TEXT + 1)),
    ],
)
def test_what_is_not_an_answer_is_refused_with_what_was_expected(name: str, raw: Any) -> None:
    with pytest.raises(ResponseError, match="Expected") as refused:
        parse(FORMATIVE[name], raw)
    assert refused.value.item == FORMATIVE[name].id
    assert len(str(refused.value)) < 500


class Hostile:
    """Whatever is asked of it fails."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    __str__ = __len__ = __iter__ = __eq__ = __hash__ = __bool__ = __getitem__ = __repr__  # type: ignore[assignment]


class HostileText(str):
    """A text whose every method fails."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    def __hash__(self) -> int:
        raise RuntimeError("hash")


def _nested(depth: int) -> list[Any]:
    part: list[Any] = []
    for _ in range(depth):
        part = [part]
    return part


def odd_things() -> list[Any]:
    circle: list[Any] = []
    circle.append(circle)
    return [
        Hostile(),
        [Hostile()],
        {"a": Hostile()},
        HostileText("a"),
        [HostileText("a")],
        {"action": HostileText("a")},
        {Hostile: 1},
        {("a",): 1},
        {1: 2},
        _nested(20_000),
        circle,
        "x" * 1_000_000,
        "a " * 300_000,
        "=" * 300_000,
        ["a"] * 300_000,
        {str(n): n for n in range(50_000)},
        10**6000,
        float("nan"),
        float("inf"),
        -0.0,
        b"a",
        {"a"},
        range(3),
        (n for n in range(3)),
        object(),
        Ellipsis,
        "\ud800",
        "a\0",
        ["\ud800"],
        {"\ud800": "\ud800"},
    ]


@EVERY
def test_no_odd_or_huge_object_gets_past_parse_or_breaks_it(name: str) -> None:
    question = FORMATIVE[name]
    for odd in odd_things():
        with pytest.raises(ResponseError) as refused:
            parse(question, odd)
        assert len(str(refused.value)) < 500


def _random_raw(chance: random.Random, words: list[Any], depth: int = 0) -> Any:
    shape = chance.randrange(8 if depth < 2 else 4)
    if shape < 3:
        return chance.choice(words)
    if shape == 3:
        return " ".join(str(word) for word in chance.sample(words, chance.randrange(4)))
    if shape < 6:
        return [_random_raw(chance, words, depth + 1) for _ in range(chance.randrange(6))]
    return {str(chance.choice(words)): _random_raw(chance, words, depth + 1) for _ in range(chance.randrange(5))}


@EVERY
def test_whatever_parse_accepts_can_be_stored_read_again_scored_and_explained(name: str) -> None:
    """Random JSON made of the question's own ids and other words: refused with a ResponseError, or good to the end."""
    question, key, chance = FORMATIVE[name], KEYS[name], random.Random(f"fuzz {name}")
    ids = list(question.option_ids())
    words: list[Any] = [*ids, *ids, "", "?", "a=1", "e1=c1", "c1", "c2", "action", "reason", None, True, False, 0, 1, 3, 4, 2.5, "4"]
    accepted = 0
    for _ in range(800):
        raw = chance.sample(ids, len(ids)) if chance.random() < 0.1 else _random_raw(chance, words)
        try:
            value = parse(question, raw)
        except ResponseError:
            continue
        accepted += value is not None
        assert parse(question, json.loads(json.dumps(value))) == value
        result = score(question, value, key)
        assert (result.outcome is Outcome.NOT_ATTEMPTED) == (value is None)
        assert result.fraction is None if not question.scored else 0 <= result.fraction <= 1
        assert len(explain(question, value, key).items) == len(ids)
    assert accepted > 5


def test_lists_longer_than_any_question_are_not_read() -> None:
    assert listed(["a"] * 101) is None
    assert listed("a " * 5000) is None


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCORED)
def test_a_graded_question_is_scored_with_the_key_of_its_grading_cell_as_a_formative_one_is(name: str) -> None:
    formative, key = FORMATIVE[name], KEYS[name]
    question = ADAPTER.validate_python(graded_fields(formative))
    assert question.view()["points"] == 3
    with pytest.raises(KeyMismatch, match="carries no key"):
        question.key()
    literal = json.loads(key.model_dump_json(exclude_none=True))
    made = make_key(question, literal)
    assert made == key
    for sample in question.samples(made):
        if sample.name != "invalid":
            value = parse(question, sample.raw)
            assert score(question, value, made) == score(formative, value, key)


@pytest.mark.parametrize("name", SCORED)
def test_a_graded_question_that_carries_a_part_of_its_key_is_refused(name: str) -> None:
    """Each part of the key alone is a leak: it would reach the students."""
    whole = FORMATIVE[name].model_dump(mode="json", exclude_unset=True)
    bare = graded_fields(FORMATIVE[name])
    ADAPTER.validate_python(bare)
    leaks = 0
    for field, value in whole.items():
        if field in SECRETS:
            with pytest.raises(ValidationError, match=field):
                ADAPTER.validate_python({**bare, field: value})
            leaks += 1
        elif isinstance(value, list) and isinstance(value[0], dict):
            for number, entry in enumerate(value):
                for part in set(entry) - {"id", "text"}:
                    listing = [dict(e) for e in bare[field]]
                    listing[number][part] = entry[part]
                    with pytest.raises(ValidationError, match=part):
                        ADAPTER.validate_python({**bare, field: listing})
                    leaks += 1
    assert leaks >= 3


@pytest.mark.parametrize("name", ["scale", "reflect"])
def test_what_is_never_scored_cannot_be_graded(name: str) -> None:
    with pytest.raises(ValidationError, match="never scored"):
        ADAPTER.validate_python(graded_fields(FORMATIVE[name]) | {"points": 3})


def literal_key(name: str) -> dict[str, Any]:
    return json.loads(KEYS[name].model_dump_json(exclude_none=True))


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("single", {"correct": "z"}, "'correct' is 'z'; the options are a, b, c"),
        ("single", {"correct": None}, "correct:"),
        ("single", {"corect": "a"}, "corect: Extra inputs are not permitted.*correct"),
        ("single", {"rationale": ""}, "rationale:"),
        ("single", {"feedback": {"a": "x", "b": "y"}}, "no feedback for c"),
        ("single", {"feedback": dict.fromkeys("abcd", "x")}, "feedback for d, which the question does not have"),
        ("plus-minus", {"correct": ["a", "z"]}, "'correct' holds z"),
        ("plus-minus", {"correct": ["a", "a"]}, "twice"),
        ("plus-minus", {"correct": []}, "correct:"),
        ("select-n", {"correct": ["a", "b"]}, "asks for 3 options, and 2 are right"),
        ("spot", {"identifies": ["z"]}, "'identifies' holds z"),
        ("pair", {"action": "r2"}, "'action' is 'r2'; the actions are a, b, c"),
        ("pair", {"reason": "a"}, "'reason' is 'a'; the reasons are r1, r2, r3"),
        ("order", {"correct_order": ["d", "b", "c"]}, "'correct_order' must hold each of a, b, c, d once"),
        ("order", {"correct_order": ["a", "b", "c", "d"]}, "gives it away"),
        ("rank", {"best_first": ["c", "a", "b", "e", "e"]}, "'best_first' must hold each"),
        ("rank", {"best_first": list("abcde")}, "gives it away"),
        ("rank", {"panel": ""}, "panel:"),
        ("match", {"categories": {"e1": "c1"}}, "must give a category to each"),
        ("match", {"categories": {"e1": "c1", "e2": "c2", "e3": "c1", "e4": "c9"}}, "uses c9"),
        ("mode", {"modes": {"a": 1, "b": 4, "c": 3}}, "must speak of each of a, b, c, d"),
        ("mode", {"modes": {"a": 1, "b": 5, "c": 3, "d": 2}}, "the mode of b is 5; the scale goes from 1 to 4"),
        ("mode", {"modes": {"a": True, "b": 4, "c": 3, "d": 2}}, "modes.a:"),
        ("mode", {"modes": {}}, "must speak of each"),
        ("mode", {"proportions": {"a": [1, 0, 0, 0]}}, "not both"),
        ("proportion", {"proportions": {"a": [1, 0, 0], "b": [1, 0, 0, 0]}}, "proportions of a must be 4 shares"),
        ("proportion", {"proportions": {"a": [0.5, 0.1, 0, 0], "b": [1, 0, 0, 0]}}, "add up to 1"),
        ("proportion", {"proportions": {"a": [0.25] * 4, "b": [1, 0, 0, 0]}}, "all equal"),
    ],
)
def test_a_key_that_does_not_fit_is_refused_and_named(name: str, change: dict[str, Any], says: str) -> None:
    with pytest.raises(KeyMismatch, match=says) as refused:
        make_key(FORMATIVE[name], literal_key(name) | change)
    assert str(refused.value).startswith(f"{FORMATIVE[name].id}: ")


def test_a_key_of_another_kind_gives_no_score() -> None:
    with pytest.raises(KeyMismatch, match="needs a MultipleKey, not a SingleKey"):
        score(FORMATIVE["plus-minus"], ["a"], KEYS["single"])
    with pytest.raises(KeyMismatch):
        score(FORMATIVE["single"], "a", Key(feedback=dict.fromkeys("abc", "x"), rationale="R"))


def test_a_value_that_is_no_answer_gives_no_score() -> None:
    with pytest.raises(ResponseError):
        score(FORMATIVE["single"], "z", KEYS["single"])
    with pytest.raises(ResponseError):
        explain(FORMATIVE["order"], ["a"], KEYS["order"])


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("single", {"options": choices("abc", "ab")}, "exactly one option is 'correct: true', found 2"),
        ("single", {"options": [option("a", correct=True), {"id": "b", "text": "B"}]}, "option b has no feedback"),
        ("single", {"options": choices("abc", "a"), "rationale": None}, "no rationale"),
        ("multiple", {"options": choices("abc", "")}, "no option is 'correct: true'"),
        ("spot", {"artifact": "post", "spans": choices("abc", "")}, "no span is 'identifies: true'"),
        ("pair", {"actions": choices("ab", ""), "reasons": choices("cd", "c")}, "found 0 and 1"),
        ("order", {"entries": choices("abc", "")}, "'correct_order' is missing"),
        ("rank", {"options": choices("abc", ""), "best_first": ["c", "b", "a"]}, "'best_first' and 'panel' are both needed"),
        (
            "match",
            {
                "entries": [option("a", category="x"), option("b")],
                "categories": [{"id": "x", "text": "X"}, {"id": "y", "text": "Y"}],
            },
            "no 'category' on b",
        ),
        ("rate", {"responses": [option("a", mode=1), option("b", mode=2)]}, "'panel' is missing"),
        ("rate", {"responses": [option("a"), option("b")], "panel": "Us."}, "not neither"),
    ],
)
def test_a_formative_question_without_a_part_of_its_key_is_told_so(kind: str, fields: dict[str, Any], says: str) -> None:
    question = build(kind, **fields)
    with pytest.raises(KeyMismatch, match=says):
        question.check_key(question.key())


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("single", {"options": choices("aab", "b")}, "a is used twice"),
        ("pair", {"actions": choices("ab", "a"), "reasons": choices("bc", "c")}, "b is used twice"),
        ("multiple", {"options": choices("abc", "a"), "select": 1}, "'select' is given with 'rule: select-n'"),
        ("multiple", {"options": choices("abc", "a"), "rule": "select-n"}, "'select' is given with 'rule: select-n'"),
        ("multiple", {"options": choices("abc", "abc"), "rule": "select-n", "select": 3}, "leave something to leave out"),
        ("spot", {"spans": choices("abc", "a")}, "artifact"),
        (
            "match",
            {
                "entries": [option("a", category="x"), option("b", category="x")],
                "categories": [{"id": "x", "text": "X"}, {"id": "x", "text": "Y"}],
            },
            "category id is used twice",
        ),
        ("rank", {"options": [option(id) for id in "abcdefg"]}, "at most 6"),
        ("scale", {"steps": [option(id) for id in "abc"], "low": "L", "high": "H"}, '"1" to "3" in order'),
        ("reflect", {"words": [90, 40], "look_for": [option("a")]}, "fewest, most"),
        ("rate", {"responses": [option("a", mode=True), option("b", mode=2)], "panel": "Us."}, "valid integer"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(kind: str, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        build(kind, **fields)
