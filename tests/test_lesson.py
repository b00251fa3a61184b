"""What a notebook cell calls: pages that answer, plain-text answers, panels, and notes in place of tracebacks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import smtraining as smt
from smtraining import bank as banks
from smtraining.lesson import items as lesson_items
from smtraining.lesson.conversation import Conversation
from smtraining.lesson.items import QuestionItem, VignetteItem
from smtraining.lesson.panels import MIME, Panel
from smtraining.models import Outcome
from smtraining.responses import FILE_NAME, Store
from smtraining.widgets.page import Page

BANK = banks.load()
FORMATIVE = [q for q in BANK.questions.values() if not q.graded]
GRADED = [q for q in BANK.questions.values() if q.graded]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _best(question: Any) -> Any:
    return next(s.raw for s in question.samples(question.key()) if s.name == "best")


def _strings(data: Any) -> Iterator[str]:
    """Every text in nested data, keys included."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from (key, *_strings(value))
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from _strings(value)


def _html(shown: Page | Panel) -> str:
    if isinstance(shown, Panel):
        return str(shown._repr_mimebundle_()["text/html"])
    html, _text = shown._static()
    return html


@pytest.mark.parametrize("id", sorted(BANK.quizzes))
def test_every_quiz_opens_as_one_page_that_holds_no_key(id: str) -> None:
    page = smt.quiz(id)
    assert isinstance(page, Page)
    assert [item["id"] for item in page.view["items"]] == list(BANK.quizzes[id].questions)
    sent = "\n".join(_strings([page.view, page.state]))
    for question in (BANK.question(q) for q in BANK.quizzes[id].questions):
        for text in [question.rationale, *question.key().feedback.values()]:
            assert text not in sent, f"{question.id}: feedback travels before an answer"


@pytest.mark.parametrize("question", FORMATIVE, ids=lambda q: q.id)
def test_the_best_answer_to_every_question_is_saved_and_explained(question: Any, tmp_path: Path) -> None:
    talk = Conversation([QuestionItem(question, BANK)], Store(tmp_path))
    [reply] = talk.reply({"type": "answer", "item": question.id, "value": _best(question), "done": True})
    assert reply["type"] == "saved"
    assert reply["reveal"]["outcome"] in {Outcome.RIGHT, Outcome.RECORDED}
    assert reply["reveal"]["sources"], "feedback names what it rests on"
    assert {entry["id"] for entry in reply["reveal"]["items"]} == set(question.option_ids()), "every option is explained"
    assert (tmp_path / FILE_NAME).exists()


def test_before_checking_an_answer_is_saved_and_nothing_is_told(tmp_path: Path) -> None:
    question = next(q for q in FORMATIVE if q.kind == "single")
    talk = Conversation([QuestionItem(question, BANK)], Store(tmp_path))
    [reply] = talk.reply({"type": "answer", "item": question.id, "value": _best(question), "done": False})
    assert reply["record"]["done"] is False
    assert reply["reveal"] is None


@pytest.mark.parametrize("question", GRADED, ids=lambda q: q.id)
def test_a_graded_question_is_saved_and_tells_nothing_even_if_asked(question: Any, tmp_path: Path) -> None:
    first = question.view()
    lists = ("options", "entries", "spans", "actions", "responses")
    ids = [o["id"] for o in next(first[name] for name in lists if name in first)]
    raw: Any = {
        "single": ids[0],
        "multiple": ids[:1],
        "spot": ids[:1],
        "order": ids,
        "rank": ids,
        "rate": {ids[0]: 1},
        "match": {ids[0]: (first.get("categories") or [{"id": None}])[0]["id"]},
        "pair": {"action": ids[0], "reason": (first.get("reasons") or [{"id": None}])[0]["id"]},
    }[question.kind]
    talk = Conversation([QuestionItem(question, BANK)], Store(tmp_path))
    [reply] = talk.reply({"type": "answer", "item": question.id, "value": raw, "done": True})
    assert reply["type"] == "saved"
    assert reply["reveal"] is None
    assert talk.state["reveals"] == {}


def test_a_page_that_is_opened_again_shows_the_answers_and_the_feedback(tmp_path: Path) -> None:
    question = FORMATIVE[0]
    Conversation([QuestionItem(question, BANK)], Store(tmp_path)).reply(
        {"type": "answer", "item": question.id, "value": _best(question), "done": True}
    )
    later = Conversation([QuestionItem(question, BANK)], Store(tmp_path))
    assert later.state["answers"][question.id]["v"] == question.parse(_best(question))
    assert later.state["reveals"][question.id]["summary"]


def test_answers_found_in_the_notebook_alone_come_back(tmp_path: Path) -> None:
    question = FORMATIVE[0]
    record = {"r": 3, "t": "2026-01-31T10:02:00Z", "v": question.parse(_best(question)), "done": True, "n": 1}
    talk = Conversation([QuestionItem(question, BANK)], Store(tmp_path))
    [reply] = talk.reply({"type": "restore", "seed": "abcd1234", "answers": {question.id: record, "not-here": record}})
    assert reply["answers"] == {question.id: record}
    assert reply["reveals"][question.id]["outcome"]
    assert reply["seed"] == "abcd1234", "an empty folder takes over the order of the options"
    assert set(Store(tmp_path).answers) == {question.id}


def test_an_answer_that_no_longer_fits_its_question_is_kept_but_not_shown(tmp_path: Path) -> None:
    question = next(q for q in FORMATIVE if q.kind == "single")
    store = Store(tmp_path)
    store.put(question.id, "an-option-that-was-removed", done=True)
    talk = Conversation([QuestionItem(question, BANK)], store)
    assert talk.state["answers"] == {}
    assert store.answers[question.id].value == "an-option-that-was-removed"


def test_a_failed_write_says_what_to_do_and_changes_nothing(tmp_path: Path) -> None:
    question = FORMATIVE[0]
    (tmp_path / FILE_NAME).symlink_to("/dev/full")
    talk = Conversation([QuestionItem(question, BANK)], Store(tmp_path))
    [reply] = talk.reply({"type": "answer", "item": question.id, "value": _best(question), "done": True})
    assert reply["type"] == "failed"
    assert reply["message"] and reply["advice"] and reply["detail"]
    assert talk.state["answers"] == {}


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "dance"},
        {"type": "answer"},
        {"type": "answer", "item": ["x"], "value": 1},
        {"type": "answer", "item": "x" * 10_000, "value": 1},
        {"type": "answer", "item": FORMATIVE[0].id, "value": {"deep": [[[[]]]]}},
        {"type": "restore", "answers": [1, 2]},
        {"type": "restore", "answers": {FORMATIVE[0].id: {"r": "1"}}},
    ],
)
def test_nonsense_from_the_browser_gets_an_answer_and_no_crash(message: dict[str, Any], tmp_path: Path) -> None:
    talk = Conversation([QuestionItem(FORMATIVE[0], BANK)], Store(tmp_path))
    [reply] = talk.reply(message)
    assert reply["type"] in {"failed", "restored"}
    assert not talk.state["answers"]


@pytest.mark.parametrize("id", sorted(BANK.vignettes))
def test_every_case_can_be_played_to_an_ending_and_its_clause_is_kept(id: str, tmp_path: Path) -> None:
    case = BANK.vignette(id)
    item = VignetteItem(case, BANK)
    talk = Conversation([item], Store(tmp_path))
    value: dict[str, Any] = {"gut": None, "think": {}, "thought": False, "path": [], "replay": {}, "patch": None}
    told = talk.state["reveals"][id]
    for _ in range(40):
        if told["stage"] == "gut":
            value["gut"] = told["gut"]["choices"][0]["id"]
        elif told["stage"] == "think":
            value["think"] = {p["id"]: p["options"][0]["id"] if p["options"] else "The client." for p in told["think"]["prompts"]}
            value["thought"] = True
        elif told["stage"] == "scene":
            value["path"] = [*value["path"], told["scenes"][-1]["choices"][-1]["id"]]
        else:
            break
        [reply] = talk.reply({"type": "answer", "item": id, "value": value, "done": False})
        assert reply["type"] == "saved", reply
        told = reply["reveal"]
    assert told["stage"] == "ended"
    assert reply["record"]["done"] is True
    for replay in told["replays"]:
        value["replay"] = {**value["replay"], replay["setting"]: replay["choices"][0]["id"]}
    value["patch"] = {"clause": told["patch"]["clauses"][0]["id"], "text": "We ask first, in writing."}
    [reply] = talk.reply({"type": "answer", "item": id, "value": value, "done": True})
    assert all(replay["verdict"] for replay in reply["reveal"]["replays"])
    assert reply["reveal"]["patch"]["saved"]["text"] == "We ask first, in writing."
    policy = smt.my_policy()
    assert "We ask first, in writing." in _html(policy)
    assert case.title in policy.text


def test_the_policy_is_empty_with_a_word_on_how_to_fill_it() -> None:
    assert "Nothing kept yet" in smt.my_policy().text


@pytest.mark.parametrize("question", FORMATIVE, ids=lambda q: q.id)
def test_every_question_can_be_answered_in_plain_text(question: Any) -> None:
    raw = _best(question)
    if isinstance(raw, list):
        raw = " ".join(raw)
    elif isinstance(raw, dict) and set(raw) == {"action", "reason"}:
        raw = f"{raw['action']} {raw['reason']}"
    elif isinstance(raw, dict):
        raw = " ".join(f"{k}={v}" for k, v in raw.items())
    shown = smt.answer(question.id, raw)
    assert "saved" in shown.text
    assert "Source:" in shown.text
    assert Store(Path.cwd()).answers[question.id].done


@pytest.mark.parametrize("id", sorted(BANK.vignettes))
def test_a_case_can_be_worked_through_in_plain_text(id: str) -> None:
    case = BANK.vignette(id)
    path, scene = [], case.scene(case.start)
    while not scene.is_ending:
        path.append(scene.choices[0].id)
        scene = case.scene(scene.choices[0].to)
    gut = case.scene(case.start).choices[-1].id
    smt.answer(id, gut)
    shown = smt.answer(id, " ".join([gut, *path]) if case.gut else " ".join(path))
    assert scene.title in shown.text
    assert case.debrief.what_happened[:40] in shown.text
    assert "Kept in my policy so far: Ask first." in smt.answer(id, "patch: Ask first.").text
    assert "Ask first." in smt.my_policy().text


@pytest.mark.parametrize("id", [*sorted(BANK.questions), *sorted(BANK.vignettes)])
def test_without_a_response_the_question_is_shown_with_the_words_to_answer_it(id: str) -> None:
    shown = smt.answer(id).text
    assert f'smt.answer("{id}", "...")' in shown
    if id in BANK.questions:
        question = BANK.questions[id]
        assert " ".join(question.stem.split())[:30] in " ".join(shown.split())
        if question.kind != "reflect":
            assert all(f"  {option} = " in shown or f"({option})" in shown for option in question.option_ids())
    assert not Path(FILE_NAME).exists(), "looking is not answering"


def test_a_plain_text_answer_that_does_not_fit_is_explained_and_not_saved() -> None:
    question = next(q for q in FORMATIVE if q.kind == "single")
    shown = smt.answer(question.id, "no-such-option")
    assert "Expected one of" in shown.text
    assert not Path(FILE_NAME).exists()


def test_an_id_that_does_not_exist_is_a_note_that_names_the_nearest() -> None:
    known = sorted(BANK.quizzes)[0]
    shown = smt.quiz(known + "x")
    assert isinstance(shown, Panel)
    assert known in shown.text
    assert 'role="note"' in _html(shown)


def test_what_the_learner_typed_cannot_become_markup_in_a_note() -> None:
    assert "<script>" not in _html(smt.quiz("<script>alert(1)</script>"))


def test_packing_puts_all_answers_into_the_output() -> None:
    assert "no answers to pack" in smt.pack().text
    question = FORMATIVE[0]
    smt.answer(question.id, _best(question))
    packed = smt.pack()
    assert packed.data[MIME]["answers"][question.id]["v"] == question.parse(_best(question))
    assert "hand in this one file" in packed.text


def test_progress_counts_answers_of_each_module() -> None:
    quiz = next(iter(BANK.quizzes.values()))
    total = sum(len(z.questions) for z in BANK.quizzes.values() if z.module == quiz.module)
    smt.answer(quiz.questions[0], _best(BANK.question(quiz.questions[0])))
    assert f"1 of {total}" in smt.progress().text


def test_the_sources_of_a_module_are_dated_and_say_that_they_are_no_advice() -> None:
    text = smt.sources("m03").text
    assert "Checked 2026-" in text
    assert "not legal advice" in text


def test_a_source_past_its_review_date_is_shown_as_possibly_out_of_date(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import datetime as dt

    class Later(dt.date):
        @classmethod
        def today(cls) -> Later:
            return cls(2031, 1, 1)

    monkeypatch.setattr(lesson_items.dt, "date", Later)
    question = next(q for q in FORMATIVE if any(s.startswith(("nasw-", "law-")) for s in q.sources))
    talk = Conversation([QuestionItem(question, BANK)], Store(tmp_path))
    [reply] = talk.reply({"type": "answer", "item": question.id, "value": _best(question), "done": True})
    assert any(source["stale"] for source in reply["reveal"]["sources"])
