"""The vignette player: what may be shown when, which records are accepted, and which graphs cannot be played."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from smtraining.errors import ResponseError
from smtraining.kinds.base import MAX_TEXT
from smtraining.kinds.vignette import STEP_LABELS, check_graph, is_done, outline, parse, play, view
from smtraining.models import PolicyElement, Vignette


def choice(id: str, to: str) -> dict[str, Any]:
    return {
        "id": id,
        "text": f"Choice {id}",
        "to": to,
        "protects": f"PROTECTS-{id}",
        "risks": f"RISKS-{id}",
        "comment": f"COMMENT-{id}",
        "sources": [f"nasw-{id}"],
    }


def scene(id: str, *choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    asks = {"ask": f"What now in {id}?", "choices": list(choices)} if choices else {}
    return {"id": id, "title": f"Title {id}", "text": f"SCENE-{id}", **asks, **more}


def replay(setting: str) -> dict[str, Any]:
    return {
        "setting": setting,
        "opening": f"OPENING-{setting}",
        "what_changes": f"CHANGES-{setting}",
        "verdicts": {"a": f"VERDICT-{setting}-a", "b": f"VERDICT-{setting}-b"},
        "sources": ["law-one"],
    }


CASE: dict[str, Any] = {
    "id": "v-case",
    "module": "m03",
    "title": "The photo on the fridge",
    "minutes": 8,
    "setting": "nonprofit",
    "role": "You are a caseworker.",
    "opening": "A photo appears on ChatterBox.",
    "artifact": "post",
    "gut": "Quick: what would you do?",
    "think": [
        {
            "id": "t1",
            "step": "examine",
            "prompt": "Which value is at stake?",
            "options": [
                {"id": "o1", "text": "Privacy", "reply": "REPLY-o1"},
                {"id": "o2", "text": "Candor", "reply": "REPLY-o2"},
            ],
        },
        {"id": "t2", "step": "consult", "prompt": "Whom would you ask?"},
    ],
    "start": "s1",
    "scenes": [
        scene("s1", choice("a", "s2"), choice("b", "end-b"), artifact="reply"),
        scene("s2", choice("c", "end-c"), choice("d", "end-b")),
        scene("end-b"),
        scene("end-c"),
    ],
    "debrief": {
        "what_happened": "HAPPENED",
        "law_and_code": "LAW",
        "record": "RECORD",
        "supervision": "SUPERVISION",
    },
    "patch": {
        "element": "pe-07",
        "prompt": "PATCH-PROMPT",
        "clauses": [{"id": "k1", "text": "CLAUSE-k1"}, {"id": "k2", "text": "CLAUSE-k2"}],
    },
    "replays": [replay("government"), replay("private-practice")],
    "content_note": {"text": "Someone is hurt.", "help": "Call a friend."},
    "concerns": ["confidentiality"],
    "epas": [1],
    "sources": ["nasw-1.07", "law-one"],
}
ENDINGS = {("a", "c"): "end-c", ("a", "d"): "end-b", ("b",): "end-b"}
"""Every way through the case, and where it ends."""

ELEMENT = PolicyElement.model_validate(
    {"id": "pe-07", "number": 7, "part": "disclosure", "title": "Images", "why": "They say more than words."}
)


def case(**changes: Any) -> Vignette:
    fields = copy.deepcopy(CASE) | changes
    return Vignette.model_validate({name: value for name, value in fields.items() if value is not None})


VIGNETTE = case()
PLAIN = case(gut=None, think=None, replays=None, artifact=None, content_note=None)


def source_view(id: str) -> dict[str, Any]:
    return {"id": id, "label": id.upper(), "text": f"About {id}", "stale": False}


def reveal(raw: Any, vignette: Vignette = VIGNETTE) -> dict[str, Any]:
    told = play(vignette, parse(vignette, raw), ELEMENT, source_view)
    assert json.loads(json.dumps(told)) == told, "the reveal goes to the browser as JSON"
    return told


def done(*path: str, **more: Any) -> dict[str, Any]:
    return {"gut": "a", "think": {"t1": "o1"}, "thought": True, "path": list(path), **more}


# --- stages -----------------------------------------------------------------------------------------------------------


def test_the_view_tells_the_situation_and_nothing_that_comes_later() -> None:
    shown = view(VIGNETTE)
    assert shown == {
        "id": "v-case",
        "kind": "vignette",
        "title": "The photo on the fridge",
        "minutes": 8,
        "role": "You are a caseworker.",
        "setting": "Nonprofit",
        "opening": "A photo appears on ChatterBox.",
        "artifact": "post",
        "content_note": {"text": "Someone is hurt.", "help": "Call a friend."},
    }
    assert set(view(PLAIN)) == set(shown) - {"artifact", "content_note"}


def test_the_outline_offers_the_first_decision_on_paper() -> None:
    whole = outline(VIGNETTE)
    assert (whole.title, whole.role, whole.setting) == ("The photo on the fridge", "You are a caseworker.", "Nonprofit")
    assert whole.first.heading == "Quick: what would you do?"
    assert whole.first.entries == (("a", "Choice a"), ("b", "Choice b"))
    assert outline(PLAIN).first.heading == "What now in s1?"
    assert "COMMENT" not in whole.model_dump_json()


def test_a_case_opens_with_the_gut_question_alone() -> None:
    told = reveal(None)
    assert told == {
        "stage": "gut",
        "gut": {
            "prompt": "Quick: what would you do?",
            "choices": [{"id": "a", "text": "Choice a"}, {"id": "b", "text": "Choice b"}],
            "chosen": None,
        },
        "think": None,
        "scenes": [],
        "debrief": None,
        "replays": [],
        "patch": None,
        "sources": [],
    }


def test_after_the_gut_answer_the_case_asks_to_think_and_replies_to_what_is_chosen() -> None:
    told = reveal({"gut": "b"})
    assert (told["stage"], told["gut"]["chosen"], told["scenes"]) == ("think", "b", [])
    assert told["think"] == {
        "prompts": [
            {
                "id": "t1",
                "step": "examine",
                "step_label": "Examine values",
                "prompt": "Which value is at stake?",
                "options": [{"id": "o1", "text": "Privacy"}, {"id": "o2", "text": "Candor"}],
            },
            {"id": "t2", "step": "consult", "step_label": "Consult", "prompt": "Whom would you ask?", "options": []},
        ],
        "answers": {},
        "replies": {},
        "thought": False,
    }
    told = reveal({"gut": "b", "think": {"t1": "o2", "t2": "My supervisor"}})
    assert told["stage"] == "think"
    assert told["think"]["answers"] == {"t1": "o2", "t2": "My supervisor"}
    assert told["think"]["replies"] == {"t1": "REPLY-o2"}


def test_thinking_ends_only_when_the_learner_says_so() -> None:
    answered = {"gut": "a", "think": {"t1": "o1", "t2": "Nobody"}}
    assert reveal(answered)["stage"] == "think"
    assert reveal(answered | {"thought": True})["stage"] == "scene"
    assert reveal({"gut": "a", "thought": True})["stage"] == "scene"


def test_a_path_is_not_shown_before_gut_and_thinking_are_done_and_comes_back_after() -> None:
    """A case may get its gut prompt after a learner has played it; nothing the learner did is lost, and nothing is told early."""
    for raw, stage in (({"path": ["a", "c"]}, "gut"), ({"gut": "a", "path": ["a", "c"]}, "think")):
        told = reveal(raw)
        assert (told["stage"], told["scenes"], told["debrief"]) == (stage, [], None)
        assert not is_done(VIGNETTE, parse(VIGNETTE, raw))
    assert reveal(done("a", "c"))["stage"] == "ended"


def test_a_case_without_gut_or_thinking_starts_with_its_first_scene() -> None:
    told = reveal(None, PLAIN)
    assert (told["stage"], told["gut"], told["think"]) == ("scene", None, None)
    assert [s["id"] for s in told["scenes"]] == ["s1"]
    assert reveal(None, case(gut=None))["stage"] == "think"
    assert reveal({"gut": "a"}, case(think=None))["stage"] == "scene"


def test_scenes_come_one_by_one_with_what_was_chosen() -> None:
    told = reveal(done())
    assert told["scenes"] == [
        {
            "id": "s1",
            "title": "Title s1",
            "text": "SCENE-s1",
            "artifact": "reply",
            "ask": "What now in s1?",
            "choices": [{"id": "a", "text": "Choice a"}, {"id": "b", "text": "Choice b"}],
            "chosen": None,
            "ending": False,
        }
    ]
    told = reveal(done("a"))
    assert [(s["id"], s["chosen"], s["ending"]) for s in told["scenes"]] == [("s1", "a", False), ("s2", None, False)]


@pytest.mark.parametrize("path", ENDINGS)
def test_every_path_ends_in_its_ending_with_a_debrief_of_every_decision(path: tuple[str, ...]) -> None:
    value = parse(VIGNETTE, done(*path))
    assert is_done(VIGNETTE, value)
    told = reveal(done(*path))
    assert told["stage"] == "ended"
    last = told["scenes"][-1]
    assert (last["id"], last["ending"], last["choices"], last["chosen"]) == (ENDINGS[path], True, [], None)
    assert "ask" not in last
    decisions = told["debrief"]["decisions"]
    assert [[c["id"] for c in d["choices"] if c["chosen"]] for d in decisions] == [[id] for id in path]
    assert [d["ask"] for d in decisions] == [f"What now in {s['id']}?" for s in told["scenes"][:-1]]
    assert [[c["id"] for c in d["choices"]] for d in decisions] == [["a", "b"], ["c", "d"]][: len(path)]
    for judged in (c for d in decisions for c in d["choices"]):
        id = judged["id"]
        assert (judged["protects"], judged["risks"], judged["comment"]) == (f"PROTECTS-{id}", f"RISKS-{id}", f"COMMENT-{id}")
        assert judged["sources"] == [source_view(f"nasw-{id}")]
    assert told["sources"] == [source_view("nasw-1.07"), source_view("law-one")]
    assert [told["debrief"][name] for name in ("what_happened", "law_and_code", "experts_differ", "record", "supervision")] == [
        "HAPPENED",
        "LAW",
        None,
        "RECORD",
        "SUPERVISION",
    ]


LATER = ("COMMENT-", "PROTECTS-", "RISKS-", "HAPPENED", "LAW", "RECORD", "VERDICT-", "OPENING-", "PATCH-PROMPT", "CLAUSE-", "About ")
"""What is told at the end only."""


@pytest.mark.parametrize("raw", [None, {"gut": "a"}, done(), done("a"), done("a", replay={"government": "a"}, patch={"text": "Mine"})])
def test_nothing_of_the_end_is_told_before_the_end(raw: Any) -> None:
    told = reveal(raw)
    assert not [words for words in LATER if words in json.dumps(told)]
    seen = {s["id"] for s in told["scenes"]}
    assert not [s.id for s in VIGNETTE.scenes if s.id not in seen and s.text in json.dumps(told)]
    assert not is_done(VIGNETTE, parse(VIGNETTE, raw))


def test_gut_and_second_answer_stand_side_by_side() -> None:
    debrief = reveal(done("b"))["debrief"]
    assert (debrief["gut"], debrief["second"], debrief["changed"]) == ("Choice a", "Choice b", True)
    assert reveal(done("a", "c"))["debrief"]["changed"] is False
    debrief = reveal({"path": ["b"]}, PLAIN)["debrief"]
    assert (debrief["gut"], debrief["second"], debrief["changed"]) == (None, "Choice b", None)


def test_starting_over_keeps_gut_thinking_and_wording_but_shows_the_first_scene_again() -> None:
    told = reveal(done(patch={"clause": "k1", "text": "Mine"}))
    assert (told["stage"], told["gut"]["chosen"], told["think"]["answers"]) == ("scene", "a", {"t1": "o1"})
    assert [s["id"] for s in told["scenes"]] == ["s1"]
    assert told["patch"] is None
    assert reveal(done("b", patch={"clause": "k1", "text": "Mine"}))["patch"]["saved"] == {"clause": "k1", "text": "Mine"}


def test_a_replay_gives_its_verdict_after_the_choice_only() -> None:
    government, private = reveal(done("b", replay={"private-practice": "a"}))["replays"]
    assert government == {
        "setting": "government",
        "label": "Government agency",
        "opening": "OPENING-government",
        "what_changes": "CHANGES-government",
        "ask": "What now in s1?",
        "choices": [{"id": "a", "text": "Choice a"}, {"id": "b", "text": "Choice b"}],
        "chosen": None,
        "verdict": None,
        "sources": [source_view("law-one")],
    }
    assert (private["label"], private["chosen"], private["verdict"]) == ("Private practice", "a", "VERDICT-private-practice-a")
    assert reveal({"path": ["b"]}, PLAIN)["replays"] == []


def test_the_patch_is_offered_at_the_end_with_its_policy_element() -> None:
    assert reveal(done("b"))["patch"] == {
        "element": {"id": "pe-07", "number": 7, "part": "disclosure", "title": "Images", "why": "They say more than words."},
        "prompt": "PATCH-PROMPT",
        "clauses": [{"id": "k1", "text": "CLAUSE-k1"}, {"id": "k2", "text": "CLAUSE-k2"}],
        "saved": None,
    }


def test_the_five_steps_are_those_of_the_decision_model() -> None:
    assert list(STEP_LABELS.values()) == [
        "Examine values",
        "Think about standards and law",
        "Hypothesize consequences",
        "Identify who benefits and who is harmed",
        "Consult",
    ]


# --- records ----------------------------------------------------------------------------------------------------------


def test_the_canonical_value_has_every_field() -> None:
    assert parse(VIGNETTE, {"gut": "a"}) == {
        "gut": "a",
        "think": {},
        "thought": False,
        "path": [],
        "replay": {},
        "patch": None,
    }


def test_texts_are_trimmed_and_blanks_are_no_answer() -> None:
    raw = done("b", patch={"clause": None, "text": " \n"}, replay={"government": None})
    value = parse(VIGNETTE, raw | {"think": {"t1": None, "t2": "  Ask Ana.  "}})
    assert value is not None
    assert (value["think"], value["patch"], value["replay"]) == ({"t2": "Ask Ana."}, None, {})
    patched = parse(VIGNETTE, {"patch": {"clause": "k2"}})
    assert patched is not None
    assert patched["patch"] == {"clause": "k2", "text": ""}


@pytest.mark.parametrize(
    "raw",
    [None, {}, {"gut": None, "think": {}, "thought": False, "path": [], "replay": {}, "patch": None}, {"patch": {"text": " "}}],
)
def test_nothing_done_is_not_attempted(raw: Any) -> None:
    assert parse(VIGNETTE, raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        "a",
        7,
        True,
        ["a"],
        {"gutt": "a"},
        {1: "a"},
        {"gut": "c"},
        {"gut": ["a"]},
        {"gut": True},
        {"think": {"t9": "o1"}},
        {"think": {"t1": "o9"}},
        {"think": {"t2": 5}},
        {"think": {"t2": "nul \0"}},
        {"think": {"t2": "\ud800"}},
        {"think": {"t2": "x" * (MAX_TEXT + 1)}},
        {"think": ["t1"]},
        {"thought": 1},
        {"thought": None},
        {"path": "a"},
        {"path": ["c"]},
        {"path": ["a", "b"]},
        {"path": ["b", "c"]},
        {"path": ["b", "b"]},
        {"path": [None]},
        {"path": [["a"]]},
        {"path": ["a"] * 100_000},
        {"replay": {"nonprofit": "a"}},
        {"replay": {"government": "c"}},
        {"replay": {"government": 1}},
        {"patch": {"clause": "k9", "text": "x"}},
        {"patch": {"clause": "k1", "text": "x" * (MAX_TEXT + 1)}},
        {"patch": {"clause": "k1", "words": "x"}},
        {"patch": "k1"},
    ],
)
def test_a_record_that_does_not_follow_the_case_is_refused_whole(raw: Any) -> None:
    with pytest.raises(ResponseError, match="Expected") as refused:
        parse(VIGNETTE, raw)
    assert len(str(refused.value)) < 500


def test_a_wrong_step_is_named() -> None:
    with pytest.raises(ResponseError, match="step 2, in scene 's2', is one of c, d"):
        parse(VIGNETTE, {"path": ["a", "b"]})
    with pytest.raises(ResponseError, match="step 2, in scene 'end-b', is an ending"):
        parse(VIGNETTE, {"path": ["b", "b"]})


def test_whatever_is_accepted_can_be_stored_read_again_and_played() -> None:
    chance = random.Random("vignette")
    words = ["a", "b", "c", "d", "o1", "o2", "k1", "t1", "t2", "government", None, True, False, 1, "free words", "?"]

    def part(depth: int = 0) -> Any:
        shape = chance.randrange(6)
        if shape < 3 or depth > 1:
            return chance.choice(words)
        if shape == 3:
            return [part(depth + 1) for _ in range(chance.randrange(3))]
        return {chance.choice(["t1", "t2", "government", "clause", "text", "x"]): part(depth + 1) for _ in range(chance.randrange(3))}

    good = {
        "gut": ["a", "b", None],
        "think": [{}, {"t1": "o1"}, {"t2": "Words"}],
        "thought": [True, False],
        "path": [[], ["a"], ["a", "c"], ["a", "d"], ["b"]],
        "replay": [{}, {"government": "a"}, {"private-practice": "b"}],
        "patch": [None, {"clause": "k1", "text": "Mine"}],
    }
    accepted, stages = 0, set()
    for _ in range(3000):
        raw = {name: part() if chance.random() < 0.08 else chance.choice(given) for name, given in good.items() if chance.random() < 0.9}
        try:
            value = parse(VIGNETTE, raw)
        except ResponseError:
            continue
        accepted += 1
        assert parse(VIGNETTE, json.loads(json.dumps(value))) == value
        told = reveal(value)
        stages.add(told["stage"])
        assert is_done(VIGNETTE, value) == (told["debrief"] is not None) == (told["patch"] is not None)
    assert accepted > 500
    assert stages == {"gut", "think", "scene", "ended"}


# --- graphs -----------------------------------------------------------------------------------------------------------


def test_a_sound_case_has_no_problems() -> None:
    assert check_graph(VIGNETTE) == []
    assert check_graph(PLAIN) == []


S1, S2, END_B, END_C = CASE["scenes"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"start": "s9"}, "The start is the scene 's9', which does not exist."),
        (
            {"scenes": [scene("s1", choice("a", "s9"), choice("b", "end-b")), END_B, END_C]},
            "The choice 'a' of scene 's1' leads to the scene 's9', which does not exist.",
        ),
        ({"scenes": [S1, S2, END_B, END_C, scene("lost")]}, "The scene 'lost' cannot be reached from the start 's1'."),
        (
            {"scenes": [S1, S2, END_B, END_C, scene("x", choice("e", "y"), choice("f", "y")), scene("y")]},
            "The scene 'y' cannot be reached from the start 's1'.",
        ),
        (
            {"scenes": [S1, scene("s2", choice("c", "s1"), choice("d", "end-b")), END_B]},
            "The scenes s1 -> s2 -> s1 go round in a circle; every path must come to an ending.",
        ),
        (
            {"scenes": [S1, scene("s2", choice("c", "s2"), choice("d", "end-b")), END_B]},
            "The scenes s2 -> s2 go round in a circle; every path must come to an ending.",
        ),
        (
            {"scenes": [S1, scene("s2", choice("c", "end-b"), choice("c", "end-c")), END_B, END_C]},
            "In scene 's2' the choice 'c' stands twice.",
        ),
        ({"scenes": [S1, S2, END_B, END_C, END_C]}, "The scene 'end-c' stands twice; give each scene its own id."),
        ({"start": "end-b"}, "The start 'end-b' offers no choices, so there is nothing to decide."),
        ({"start": "end-b"}, "There is a gut prompt, but the start 'end-b' has no choices to answer it with."),
        (
            {"replays": [replay("government") | {"verdicts": {"a": "Yes."}}]},
            "The replay 'government' has no verdict on the first choice 'b'.",
        ),
        (
            {"replays": [replay("government") | {"verdicts": {"a": "Yes.", "b": "No.", "c": "Perhaps."}}]},
            "The replay 'government' has a verdict on 'c', which is no choice of the first scene.",
        ),
        ({"replays": [replay("government"), replay("government")]}, "The replay 'government' stands twice."),
        ({"think": [CASE["think"][1], CASE["think"][1]]}, "The prompt 't2' stands twice."),
        (
            {"think": [CASE["think"][0] | {"options": [CASE["think"][0]["options"][0]] * 2}]},
            "In the prompt 't1' the option 'o1' stands twice.",
        ),
        ({"patch": CASE["patch"] | {"clauses": [CASE["patch"]["clauses"][0]] * 2}}, "The clause 'k1' stands twice."),
    ],
)
def test_a_graph_that_cannot_be_played_is_told_in_sentences(changes: dict[str, Any], problem: str) -> None:
    assert problem in check_graph(case(**changes))


def test_every_problem_is_reported_not_only_the_first() -> None:
    broken = case(
        scenes=[S1, scene("s2", choice("c", "s2"), choice("d", "nowhere")), END_B, scene("lost")],
        replays=[replay("government") | {"verdicts": {"a": "Yes."}}],
    )
    assert len(check_graph(broken)) == 4


def test_two_ways_to_one_scene_are_no_circle() -> None:
    diamond = [
        scene("s1", choice("a", "s2"), choice("b", "s3")),
        scene("s2", choice("c", "s4"), choice("d", "end")),
        scene("s3", choice("e", "s4"), choice("f", "end")),
        scene("s4", choice("g", "end"), choice("h", "end")),
        scene("end"),
    ]
    assert check_graph(case(scenes=diamond)) == []


def test_a_very_long_case_is_checked_without_running_out_of_stack() -> None:
    steps = [scene(f"n{i}", choice("a", f"n{i + 1}"), choice("b", f"n{i + 1}")) for i in range(3000)]
    assert check_graph(case(start="n0", scenes=[*steps, scene("n3000")])) == []
    assert check_graph(case(start="n0", scenes=[*steps, scene("n3000", choice("a", "n0"), choice("b", "n5"))])) != []
