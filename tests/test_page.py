"""The widget's Python side: messages in, replies out, and nothing that goes wrong ever vanishes."""

from __future__ import annotations

from typing import Any

import pytest

from smtraining.errors import SaveError
from smtraining.widgets.page import LARGEST_MESSAGE, Page, all_parts, compose_script, compose_style, parts_of

VIEW = {"schema": 1, "page": "quiz", "id": "q", "title": "A quiz", "mode": "formative", "items": [], "artifacts": {}}
RECORD = {"r": 1, "t": "2026-03-02T10:02:00Z", "v": "b", "done": True, "n": 1}
SAVED = {"type": "saved", "item": "m03-q1", "record": RECORD, "reveal": {"outcome": "right"}, "seed": "abc"}
ANSWER = {"type": "answer", "item": "m03-q1", "value": "b", "done": True}


class Wire:
    """A page whose outgoing messages are kept instead of sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, on_message: Any) -> None:
        self.sent: list[Any] = []
        self.state: dict[str, Any] = {"answers": {}, "reveals": {}, "notice": None}
        self.page = Page(VIEW, self.state, on_message, lambda: ("<p>A quiz</p>", "A quiz"))
        monkeypatch.setattr(self.page, "send", self.sent.append)

    def receive(self, content: Any) -> list[Any]:
        """What the page replies to a message of the browser."""
        before = len(self.sent)
        self.page._handle_custom_msg(content, [])
        return self.sent[before:]


def test_every_reply_is_sent_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []

    def on_message(message: dict[str, Any]) -> list[dict[str, Any]]:
        heard.append(message)
        return [SAVED, SAVED | {"item": "m03-q2"}]

    wire = Wire(monkeypatch, on_message)
    assert [reply["item"] for reply in wire.receive(ANSWER)] == ["m03-q1", "m03-q2"]
    assert heard == [ANSWER]


def test_a_page_that_is_loaded_again_knows_what_was_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(monkeypatch, lambda _: [SAVED])
    wire.receive(ANSWER)
    assert wire.page.get_state("state")["state"] == {
        "answers": {"m03-q1": RECORD},
        "reveals": {"m03-q1": {"outcome": "right"}},
        "notice": None,
        "seed": "abc",
    }


def test_a_changed_answer_takes_its_feedback_away(monkeypatch: pytest.MonkeyPatch) -> None:
    replies = iter([[SAVED], [SAVED | {"record": RECORD | {"r": 2, "done": False}, "reveal": None}]])
    wire = Wire(monkeypatch, lambda _: next(replies))
    wire.receive(ANSWER)
    wire.receive(ANSWER | {"done": False})
    assert wire.page.state["reveals"] == {}
    assert wire.page.state["answers"]["m03-q1"]["r"] == 2


def test_restored_answers_are_kept_for_the_next_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    reply = {"type": "restored", "answers": {"m03-q1": RECORD}, "reveals": {}, "seed": "old"}
    wire = Wire(monkeypatch, lambda _: [reply])
    wire.receive({"type": "restore", "seed": "old", "answers": {"m03-q1": RECORD}})
    assert (wire.page.state["answers"], wire.page.state["seed"]) == ({"m03-q1": RECORD}, "old")


def test_a_write_that_fails_is_answered_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def on_message(_: dict[str, Any]) -> list[dict[str, Any]]:
        raise SaveError("This folder is read-only.", "Copy the notebook.", "errno 13")

    wire = Wire(monkeypatch, on_message)
    told = {"message": "This folder is read-only.", "advice": "Copy the notebook.", "detail": "errno 13"}
    assert wire.receive(ANSWER) == [told | {"type": "failed", "item": "m03-q1"}]
    assert wire.page.state["notice"] == told


def test_any_other_error_becomes_a_reply_with_the_error_folded_below(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(monkeypatch, lambda _: [][1])
    (reply,) = wire.receive(ANSWER)
    assert (reply["type"], reply["item"]) == ("failed", "m03-q1")
    assert "Your answer could not be saved" in reply["message"]
    assert "Try again" in reply["advice"]
    assert reply["detail"] == "IndexError: list index out of range"


def test_the_notice_goes_once_an_answer_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    replies = iter(["no list of replies", [SAVED]])
    wire = Wire(monkeypatch, lambda _: next(replies))
    wire.receive(ANSWER)
    assert wire.page.state["notice"] is not None
    wire.receive(ANSWER)
    assert wire.page.state["notice"] is None


@pytest.mark.parametrize("content", [None, "answer", ["answer"], {}, {"type": 3}])
def test_what_is_no_message_is_refused_before_anybody_reads_it(monkeypatch: pytest.MonkeyPatch, content: Any) -> None:
    heard: list[Any] = []
    wire = Wire(monkeypatch, lambda message: heard.append(message) or [])
    (reply,) = wire.receive(content)
    assert (reply["type"], reply["item"]) == ("failed", None)
    assert heard == []


def test_an_answer_beyond_all_measure_is_refused_with_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(monkeypatch, lambda _: [SAVED])
    (reply,) = wire.receive(ANSWER | {"value": "x" * LARGEST_MESSAGE})
    assert (reply["type"], reply["item"]) == ("failed", "m03-q1")
    assert "too long" in reply["message"]
    assert f"{LARGEST_MESSAGE:,}" in reply["detail"]
    assert wire.page.state["answers"] == {}


def test_a_cell_shows_the_widget_where_it_can_and_the_static_version_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Wire(monkeypatch, lambda _: []).page
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr("smtraining.widgets.page.publish_display_data", lambda data, *_: shown.append(data))
    page._ipython_display_()
    live, static = shown
    assert static == {"text/html": "<p>A quiz</p>", "text/plain": "A quiz"}
    assert list(live) == ["application/vnd.jupyter.widget-view+json"]
    assert live["application/vnd.jupyter.widget-view+json"]["model_id"] == page.model_id


def test_a_cell_that_is_run_again_and_again_keeps_two_pages_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page on display, and the one before it, which another tab may still show; each open page travels at every reload."""

    class Shell:
        def get_parent(self) -> dict[str, Any]:
            return {"metadata": {"cellId": "a-cell"}}

    monkeypatch.setattr("smtraining.widgets.page.get_ipython", Shell)
    monkeypatch.setattr("smtraining.widgets.page.publish_display_data", lambda data, *_: None)
    pages = []
    for _ in range(4):
        page = Page(VIEW, {}, lambda _: [], lambda: ("<p>A quiz</p>", "A quiz"))
        page._ipython_display_()
        pages.append(page)
    assert [page.comm is not None for page in pages] == [False, False, True, True]


def test_a_page_takes_only_the_parts_it_needs() -> None:
    """The module travels with every page: a quiz of single choices needs neither the cases' player nor the other kinds."""
    item = {"id": "a", "kind": "single"}
    assert parts_of(VIEW | {"items": [item]}) == ("kind_single",)
    assert parts_of(VIEW | {"items": [{"id": "a", "kind": "vignette"}]}) == ("artifact", "vignette")
    spot = VIEW | {"items": [{"id": "b", "kind": "spot"}, item], "artifacts": {"x": {}}}
    assert parts_of(spot) == ("artifact", "kind_single", "kind_spot")
    assert len(compose_script(("kind_single",))) < len(compose_script(all_parts())) / 2


def test_the_module_stands_alone() -> None:
    """A notebook loads it from a blob: it can import nothing and must export exactly once."""
    script = compose_script(all_parts())
    assert script.count("export default { initialize, render };") == 1
    assert not [line for line in script.splitlines() if line.startswith(("import ", "export ")) and "default" not in line]
    assert "innerHTML" not in script
    assert "http://" not in script.replace("http://www.w3.org/2000/svg", "")
    for styled in (compose_style(), script):
        assert "@import" not in styled
        assert "url(" not in styled
