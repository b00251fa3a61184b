"""The page in a real browser: every question kind by mouse and by keyboard, saving, feedback, hostile text, look."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from browser_support import Stage
from playwright.sync_api import Locator, Page, expect

pytest_plugins = ["browser_support"]
pytestmark = pytest.mark.browser

Open = Callable[..., Stage]
Data = dict[str, Any]


def options(*texts: str, prefix: str = "") -> list[Data]:
    return [{"id": f"{prefix}{'abcdef'[i]}", "text": text} for i, text in enumerate(texts)]


POST: Data = {
    "id": "m03-post", "type": "post", "platform": "Looply",
    "author": {"name": "Jess Marlow", "handle": "@jessm", "role": "Case worker"},
    "when": "Tuesday, 21:40", "place": "[[place|Northgate Family Centre]]",
    "body": "Long day. [[age|A nine-year-old]] told me today that [[dog|the dog]] is the only one who listens.\n\nI think of *her*.",
    "reactions": "34 hearts · 6 comments",
}  # fmt: skip

ITEMS: dict[str, Data] = {
    "single": {
        "id": "m03-q1", "kind": "single", "how": "Choose one.", "hint": "Ask who could know her, not who does.",
        "context": "Jess Marlow works at a family centre. On the way home she writes a post.\n\nShe uses no name.",
        "artifact": "m03-post", "stem": "Who can recognise the girl from this post?",
        "options": options(
            "Nobody: there is no name in it.",
            "Her family, her school and anyone who knows the centre.",
            "Only the people who follow Jess on Looply.",
        ),
    },
    "multiple": {
        "id": "m03-q2", "kind": "multiple", "how": "Choose two.", "rule": "select-n", "select": 2,
        "stem": "Which two details say most about who she is?",
        "options": options("The place tag", "The time of the post", "Her age", "The hearts"),
    },
    "pair": {
        "id": "m03-q3", "kind": "pair", "how": "Choose what you would do and why. Both must fit.",
        "stem": "Jess shows you the post before she goes to sleep. What do you tell her?",
        "actions": options("Take it down tonight.", "Leave it, but remove the place tag.", "Leave it: it is kind."),
        "reasons": options(
            "A detail can identify as surely as a name.", "Kind words do no harm.", "Only her followers will see it.", prefix="r"
        ),
    },
    "order": {
        "id": "m03-q4", "kind": "order", "how": "Put the steps in order, first to last.",
        "stem": "Jess has taken the post down. What comes next?",
        "entries": options("Tell your supervisor", "Write down what was posted and when", "Decide together whether the family must know"),
    },
    "match": {
        "id": "m03-q5", "kind": "match", "how": "Choose a place for each entry.",
        "stem": "What kind of detail is it?",
        "entries": options("The name of the centre", "Nine years old", "A rare illness"),
        "categories": [{"id": "direct", "text": "Identifies at once"}, {"id": "mosaic", "text": "Identifies together with others"}],
    },
    "spot": {
        "id": "m03-q6", "kind": "spot", "how": "Select every passage that helps to identify the girl.", "artifact": "m03-post",
        "stem": "What gives her away?",
        "spans": [
            {"id": "place", "text": "Northgate Family Centre"}, {"id": "age", "text": "A nine-year-old"}, {"id": "dog", "text": "the dog"}
        ],
    },
    "rank": {
        "id": "m03-q7", "kind": "rank", "how": "Rank the responses, best first.",
        "stem": "A colleague has shared the post. How good is each response?",
        "options": options("Speak with her in person", "Comment under the post", "Report her to the board at once", "Say nothing"),
    },
    "rate": {
        "id": "m03-q8", "kind": "rate", "how": "Rate each response.", "stem": "The girl's aunt comments. How fitting is each response?",
        "responses": options("Answer her in the comments", "Call her from the office"),
        "scale": ["Very inappropriate", "Inappropriate", "Appropriate", "Very appropriate"],
    },
    "scale": {
        "id": "m03-q9", "kind": "scale", "how": "There is no right answer. Where do you stand?",
        "stem": "How sure are you that you have never posted something like this?",
        "steps": [{"id": str(n), "text": str(n)} for n in range(1, 6)], "low": "Not sure at all", "high": "Quite sure",
    },
    "reflect": {
        "id": "m03-q10", "kind": "reflect", "how": "Write for yourself, about 30 to 80 words.",
        "stem": "Think of a post about work that you have seen. What would the person in it say?", "words": [30, 80],
    },
}  # fmt: skip

SOURCES = [
    {
        "id": "nasw-1.07p", "label": "NASW Code of Ethics 1.07(p)", "text": "Do not share what could identify a client.",
        "url": "https://example.org/code", "as_of": "2026-01-15", "stale": False,
    },
    {"id": "law-x", "label": "An older rule", "text": "Once in force.", "as_of": "2019-01-01", "stale": True},
]  # fmt: skip


def said(id: str, label: str, chosen: bool, mark: str, feedback: str) -> Data:
    return {"id": id, "label": label, "chosen": chosen, "mark": mark, "feedback": feedback}


def reveal(outcome: str, fraction: float | None, summary: str, entries: list[Data]) -> Data:
    return {
        "outcome": outcome, "fraction": fraction, "summary": summary, "rule": "One option is right; it earns the point.",
        "rationale": "Details add up: a *place* and an *age* are enough for people who know the family.",
        "items": entries, "sources": SOURCES,
    }  # fmt: skip


def plain_reveal(item: Data, field: str, outcome: str = "partly-right") -> Data:
    """Feedback on every option, with a mix of marks as the kind gives them; the first two are what was chosen."""
    by_kind = {"order": ["hit", "close", "missed"], "rank": ["hit", "close", "missed", "close"]}
    marks = by_kind.get(item["kind"], ["hit", "false-alarm", "missed", "passed-over"])
    entries = [
        said(
            o["id"],
            o["text"],
            i < 2,
            marks[min(i, 3)],
            f"What speaks for and against it: point {i + 1}. It is tempting, and it costs something.",
        )
        for i, o in enumerate(item[field])
    ]
    return reveal(outcome, 0.5, "You saw part of it; one detail is missing.", entries)


REVEALS: dict[str, Data] = {
    "m03-q1": reveal("wrong", 0.0, "Another answer is stronger here.", [
        said("a", "Nobody: there is no name in it.", True, "false-alarm", "It feels safe: we hide a name. Her teacher needs no name."),
        said("b", "Her family, her school and anyone who knows the centre.", False, "missed", "Age, place and day are enough for them."),
        said("c", "Only the people who follow Jess on Looply.", False, "passed-over", "Followers can share it in one click."),
    ]),
    "m03-q2": plain_reveal(ITEMS["multiple"], "options"),
    "m03-q3": reveal("right", 1.0, "Both fit together.", [
        said(o["id"], o["text"], o["id"] in ("a", "ra"), "hit" if o["id"] in ("a", "ra") else "passed-over", f"About {o['text']}")
        for o in (*ITEMS["pair"]["actions"], *ITEMS["pair"]["reasons"])
    ]),
    "m03-q4": plain_reveal(ITEMS["order"], "entries"),
    "m03-q5": plain_reveal(ITEMS["match"], "entries"),
    "m03-q6": plain_reveal(ITEMS["spot"], "spans"),
    "m03-q7": plain_reveal(ITEMS["rank"], "options"),
    "m03-q8": plain_reveal(ITEMS["rate"], "responses"),
    "m03-q9": reveal("recorded", None, "Kept. It is yours alone.", [
        said(p["id"], p["text"], p["id"] == "4", "none", "Many say so. Look again after the lesson.") for p in ITEMS["scale"]["steps"]
    ]),
    "m03-q10": reveal("recorded", None, "Kept.", [
        said("l1", "It takes the other person's side", False, "none", "Reading as the person in the post is the quickest test."),
        said("l2", "It names a detail", False, "none", "Being concrete keeps us honest."),
    ]),
}  # fmt: skip


def quiz(*kinds: str, mode: str = "formative") -> Data:
    """A page with these kinds (default: all)."""
    items = copy.deepcopy([ITEMS[kind] for kind in (kinds or ITEMS)])
    if mode == "graded":
        items = [item | {"points": 2} for item in items]
    return {
        "schema": 1, "page": "quiz", "id": "m03-check", "title": "A changed name is not anonymity", "mode": mode,
        "intro": "Take your time. You can try every question again.", "items": items, "artifacts": {"m03-post": POST},
    }  # fmt: skip


# --- answering, by mouse and by keyboard ------------------------------------------------------------------------------


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("(node) => node === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {target}")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def mouse_single(page: Page) -> None:
    page.get_by_text("Nobody: there is no name in it.").click()


def mouse_multiple(page: Page) -> None:
    page.get_by_text("Her age", exact=True).click()
    page.get_by_text("The place tag", exact=True).click()


def mouse_pair(page: Page) -> None:
    page.get_by_text("Take it down tonight.").click()
    page.get_by_text("Kind words do no harm.").click()


def mouse_order(page: Page) -> None:
    page.get_by_role("button", name="Move down: Tell your supervisor").click()


def mouse_match(page: Page) -> None:
    page.get_by_label("The name of the centre").select_option("direct")
    page.get_by_label("Nine years old").select_option("mosaic")
    page.get_by_label("A rare illness").select_option("mosaic")


def mouse_spot(page: Page) -> None:
    page.get_by_role("button", name="the dog").click()
    page.get_by_role("button", name="Northgate Family Centre").click()
    page.get_by_role("button", name="A nine-year-old").click()
    page.get_by_role("button", name="the dog").click()


def mouse_rank(page: Page) -> None:
    page.get_by_role("button", name="Move up: Say nothing").click()


def mouse_rate(page: Page) -> None:
    page.get_by_role("group", name="Answer her in the comments").get_by_text("Inappropriate", exact=True).click()
    page.get_by_role("group", name="Call her from the office").get_by_text("Very appropriate").click()


def mouse_scale(page: Page) -> None:
    page.get_by_text("4", exact=True).click()


def mouse_reflect(page: Page) -> None:
    page.get_by_role("textbox").fill("She would ask why her dog is in it.")


def keys_single(page: Page) -> None:
    tab_to(page, page.get_by_role("radio").first)
    press(page, "Space")


def keys_multiple(page: Page) -> None:
    tab_to(page, page.get_by_role("checkbox", name="The place tag"))
    press(page, "Space", "Tab", "Tab", "Space")


def keys_pair(page: Page) -> None:
    tab_to(page, page.get_by_role("radio").first)
    press(page, "Space", "Tab", "ArrowDown")


def keys_order(page: Page) -> None:
    tab_to(page, page.get_by_role("button", name="Move down: Tell your supervisor"))
    press(page, "Enter")


def keys_match(page: Page) -> None:
    tab_to(page, page.get_by_label("The name of the centre"))
    press(page, "ArrowDown", "Tab", "ArrowDown", "ArrowDown", "Tab", "ArrowDown", "ArrowDown")


def keys_spot(page: Page) -> None:
    tab_to(page, page.get_by_role("button", name="Northgate Family Centre"))
    press(page, "Space", "Tab", "Enter")


def keys_rank(page: Page) -> None:
    tab_to(page, page.get_by_role("button", name="Move up: Say nothing"))
    press(page, "Space")


def keys_rate(page: Page) -> None:
    tab_to(page, page.get_by_role("radio").first)
    press(page, "ArrowRight", "Tab", "ArrowLeft")


def keys_scale(page: Page) -> None:
    tab_to(page, page.get_by_role("radio").first)
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")


def keys_reflect(page: Page) -> None:
    tab_to(page, page.get_by_role("textbox"))
    page.keyboard.type("She would ask why her dog is in it.")


VALUES: dict[str, Any] = {
    "single": "a",
    "multiple": ["a", "c"],
    "pair": {"action": "a", "reason": "rb"},
    "order": ["b", "a", "c"],
    "match": {"a": "direct", "b": "mosaic", "c": "mosaic"},
    "spot": ["place", "age"],
    "rank": ["a", "b", "d", "c"],
    "rate": {"a": 2, "b": 4},
    "scale": "4",
    "reflect": "She would ask why her dog is in it.",
}
"""What both ways of answering must send, per kind (docs/architecture.md)."""

MOUSE = {kind: globals()[f"mouse_{kind}"] for kind in ITEMS}
KEYS = {kind: globals()[f"keys_{kind}"] for kind in ITEMS}
CHECK = re.compile("Check my answer|Keep this")


def item_id(kind: str) -> str:
    return str(ITEMS[kind]["id"])


@pytest.mark.parametrize("kind", ITEMS)
def test_an_answer_by_mouse_is_sent_saved_and_checked(open_page: Open, kind: str) -> None:
    stage = open_page(quiz(kind), reveals=REVEALS, clock=True)
    page, status = stage.page, stage.page.locator(".smt-status")
    expect(status).to_have_text("Not answered")
    MOUSE[kind](page)
    page.clock.run_for(700)
    expect(status).to_have_text(re.compile("^Saved 10:02$"))
    assert stage.last(item_id(kind)) == {"type": "answer", "item": item_id(kind), "value": VALUES[kind], "done": False}
    page.get_by_role("button", name=CHECK).click()
    page.clock.run_for(100)
    expect(status).to_have_text(re.compile("^Feedback shown · saved 10:02$"))
    assert stage.last(item_id(kind)) == {"type": "answer", "item": item_id(kind), "value": VALUES[kind], "done": True}
    told = page.get_by_role("status").filter(has_text=REVEALS[item_id(kind)]["summary"])
    expect(told).to_be_visible()
    first = REVEALS[item_id(kind)]["items"][3 if kind == "scale" else 0]
    expect(told.get_by_text(first["feedback"])).to_be_visible()
    expect(told.get_by_text("enough for people who know the family")).to_be_visible()


@pytest.mark.parametrize("kind", ITEMS)
def test_an_answer_by_keyboard_alone_is_the_same_answer(open_page: Open, kind: str) -> None:
    stage = open_page(quiz(kind), reveals=REVEALS)
    page = stage.page
    KEYS[kind](page)
    tab_to(page, page.get_by_role("button", name=CHECK))
    press(page, "Enter")
    told = page.get_by_role("status").filter(has_text=REVEALS[item_id(kind)]["summary"])
    expect(told).to_be_visible()
    assert stage.last(item_id(kind)) == {"type": "answer", "item": item_id(kind), "value": VALUES[kind], "done": True}
    expect(page.get_by_role("button", name=re.compile("Try again|Change it|Write on"))).to_be_focused()


@pytest.mark.parametrize("kind", ITEMS)
def test_the_stem_names_the_group_of_controls(open_page: Open, kind: str) -> None:
    stage = open_page(quiz(kind))
    expect(stage.page.get_by_role("group", name=ITEMS[kind]["stem"], exact=True)).to_have_count(1)
    if kind == "reflect":
        expect(stage.page.get_by_role("textbox", name=ITEMS[kind]["stem"], exact=True)).to_be_visible()


def answer_everything(stage: Stage) -> None:
    """Answer and check every question of a page with all kinds, in the order of the page."""
    page = stage.page
    for kind in ITEMS:
        card = page.locator(f"[data-kind={kind}]")
        if kind == "scale":
            card.get_by_text("4", exact=True).click()
        elif kind == "spot":
            card.get_by_role("button", name="A nine-year-old").click()
        else:
            MOUSE[kind](page)
        card.get_by_role("button", name=CHECK).click()
        expect(card.locator(".smt-status")).to_contain_text("Feedback shown")


UNPROTECTED = """
() => [...document.querySelectorAll(".smt *")]
  .filter((node) => node.tabIndex >= 0 || node.hasAttribute("tabindex"))
  .filter((node) => node.dataset.lmSuppressShortcuts !== "true")
  .map((node) => node.outerHTML.slice(0, 120))
"""


def test_no_control_leaves_its_keys_to_the_notebook(open_page: Open) -> None:
    """JupyterLab and Notebook 7 take arrow and letter keys from every focused element that does not itself carry the attribute."""
    stage = open_page(quiz(), reveals=REVEALS)
    assert stage.page.evaluate(UNPROTECTED) == []
    answer_everything(stage)
    stage.python("failed")
    stage.page.get_by_role("textbox").fill("More.")
    expect(stage.page.get_by_role("button", name="Try again", exact=True).last).to_be_visible()
    assert stage.page.evaluate(UNPROTECTED) == []
    assert stage.page.evaluate("document.querySelectorAll('.smt [data-lm-suppress-shortcuts=true]').length") > 60


def test_arrow_keys_stay_inside_their_question(open_page: Open) -> None:
    stage = open_page(quiz("single", "scale"))
    radios = stage.page.locator("[data-kind=single]").get_by_role("radio")
    tab_to(stage.page, radios.first)
    press(stage.page, "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown")
    expect(radios.nth(1)).to_be_checked()
    expect(stage.page.locator("[data-kind=scale] input:checked")).to_have_count(0)


# --- checking and feedback --------------------------------------------------------------------------------------------


def test_checking_without_an_answer_says_what_is_missing(open_page: Open) -> None:
    stage = open_page(quiz("single", "match", "order"), reveals=REVEALS)
    page = stage.page
    page.locator("[data-kind=single]").get_by_role("button", name=CHECK).click()
    expect(page.get_by_text("Choose an answer first, then check it.").first).to_be_visible()
    page.get_by_label("Nine years old").select_option("mosaic")
    page.locator("[data-kind=match]").get_by_role("button", name=CHECK).click()
    expect(page.locator("[data-kind=match] .smt-lack")).to_have_text("Choose a place for the remaining 2 first.")
    page.locator("[data-kind=order]").get_by_role("button", name=CHECK).click()
    expect(page.locator("[data-kind=order] .smt-lack")).to_contain_text("This order is my answer")
    assert not any(message["done"] for message in stage.sent())


def test_feedback_says_in_words_what_became_of_each_choice(open_page: Open) -> None:
    stage = open_page(quiz("single"), reveals=REVEALS)
    page = stage.page
    MOUSE["single"](page)
    page.get_by_role("button", name=CHECK).click()
    chosen = page.locator(".smt-said").filter(has_text="Her teacher needs no name.")
    expect(chosen).to_contain_text("You chose this · another answer is stronger")
    expect(page.locator(".smt-said").filter(has_text="Age, place and day")).to_contain_text("The stronger answer")
    expect(page.get_by_text("Followers can share it in one click.")).to_be_hidden()
    page.get_by_text("About the other choices (1)").click()
    expect(page.get_by_text("Followers can share it in one click.")).to_be_visible()
    link = page.get_by_role("link", name="NASW Code of Ethics 1.07(p)")
    assert (link.get_attribute("rel"), link.get_attribute("target")) == ("noopener", "_blank")
    expect(page.get_by_text("As of January 1, 2019.")).to_be_visible()
    expect(page.get_by_text("This may be out of date")).to_have_count(1)
    expect(page.get_by_text("How this is scored: One option is right")).to_be_visible()


def test_feedback_stays_until_the_answer_changes(open_page: Open) -> None:
    stage = open_page(quiz("single"), reveals=REVEALS)
    page = stage.page
    MOUSE["single"](page)
    page.get_by_role("button", name=CHECK).click()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_label("Nobody")).to_be_focused()
    expect(page.get_by_text("Her teacher needs no name.")).to_be_visible()
    page.get_by_label("Her family").check()
    expect(page.get_by_text("Her teacher needs no name.")).to_have_count(0)
    expect(page.locator(".smt-status")).to_contain_text("Saved")
    expect(page.get_by_role("button", name="Check my answer")).to_be_visible()


def test_the_points_to_look_for_stay_while_a_reflection_is_rewritten(open_page: Open) -> None:
    stage = open_page(quiz("reflect"), reveals=REVEALS)
    page = stage.page
    MOUSE["reflect"](page)
    page.get_by_role("button", name="Keep this").click()
    tick = page.get_by_role("checkbox", name="It takes the other person's side")
    tick.check()
    page.get_by_role("textbox").press_sequentially(" And why nobody asked her.")
    expect(page.locator(".smt-status")).to_contain_text("Saved")
    expect(tick).to_be_checked()


def test_the_moved_entry_keeps_the_focus_and_its_place_is_announced(open_page: Open) -> None:
    stage = open_page(quiz("order"))
    page = stage.page
    button = page.get_by_role("button", name="Move down: Tell your supervisor")
    tab_to(page, button)
    press(page, "Enter")
    expect(page.locator(".smt-live")).to_have_text("“Tell your supervisor” is now 2 of 3.")
    press(page, "Enter", "Enter")
    expect(page.locator(".smt-live")).to_have_text("“Tell your supervisor” is already last.")
    expect(button).to_be_focused()
    assert stage.last(item_id("order"))["value"] == ["b", "c", "a"]
    box = button.bounding_box()
    assert box and box["width"] >= 24 and box["height"] >= 24


def test_an_order_nobody_touched_is_no_answer_until_it_is_confirmed(open_page: Open) -> None:
    stage = open_page(quiz("rank", mode="graded"))
    page = stage.page
    expect(page.locator(".smt-status")).to_have_text("Not answered")
    assert stage.sent() == []
    page.get_by_role("button", name="This order is my answer").click()
    expect(page.locator(".smt-status")).to_contain_text("Saved")
    assert stage.last(item_id("rank"))["value"] == ["a", "b", "c", "d"]


def test_graded_work_shows_points_and_status_but_no_feedback(open_page: Open) -> None:
    stage = open_page(quiz("single", "multiple", mode="graded"), reveals=REVEALS)
    page = stage.page
    MOUSE["single"](page)
    expect(page.locator("[data-kind=single] .smt-status")).to_contain_text("Saved")
    expect(page.get_by_text("2 points")).to_have_count(2)
    expect(page.get_by_role("button", name=CHECK)).to_have_count(0)
    expect(page.locator(".smt-feedback-said:not(:empty)")).to_have_count(0)
    expect(page.get_by_text("1 of 2 answered")).to_be_visible()


def test_choosing_more_than_asked_is_pointed_out(open_page: Open) -> None:
    stage = open_page(quiz("multiple"), reveals=REVEALS)
    page = stage.page
    for box in page.get_by_role("checkbox").all()[:3]:
        box.check()
    expect(page.get_by_text("Chosen: 3 of 2. That is too many.")).to_be_visible()
    page.get_by_role("button", name=CHECK).click()
    expect(page.locator(".smt-lack")).to_have_text("Choose 2; you have chosen 3.")


# --- saving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ITEMS)
def test_a_failed_write_says_what_to_do_and_keeps_the_answer(open_page: Open, kind: str) -> None:
    stage = open_page(quiz(kind), reveals=REVEALS, notebook={})
    page = stage.page
    stage.python("failed")
    MOUSE[kind](page)
    expect(page.locator(".smt-status")).to_have_text("Not saved")
    trouble = page.locator(".smt-trouble")
    expect(trouble).to_contain_text("this folder is read-only. Copy the notebook to your own folder; nothing you typed is lost.")
    expect(trouble.get_by_text("PermissionError")).to_be_hidden()
    assert stage.metadata() is None
    stage.python("ok")
    retry = trouble.get_by_role("button", name="Try again")
    retry.focus()
    press(page, "Enter")
    expect(page.locator(".smt-status")).to_contain_text("Saved")
    expect(page.locator(".smt-status")).to_be_focused()
    expect(trouble).to_be_empty()
    assert stage.last(item_id(kind))["value"] == VALUES[kind]


@pytest.mark.parametrize("mode", ["silent", "throws"])
def test_without_a_kernel_the_page_says_so_and_nothing_is_lost(open_page: Open, mode: str) -> None:
    stage = open_page(quiz("reflect"), notebook={}, clock=True)
    page = stage.page
    stage.python(mode)
    MOUSE["reflect"](page)
    page.clock.run_for(700)
    if mode == "silent":
        expect(page.locator(".smt-status")).to_have_text("Saving…")
        page.clock.run_for(8_000)
    expect(page.locator(".smt-trouble")).to_contain_text("Not saved yet: the notebook's engine (kernel) is not answering.")
    expect(page.locator(".smt-trouble")).to_contain_text("Choose Run > Run All Cells; what you typed stays here.")
    expect(page.get_by_role("textbox")).to_have_value(VALUES["reflect"])
    assert stage.metadata() is None


def test_a_late_reply_of_a_busy_kernel_still_counts(open_page: Open) -> None:
    stage = open_page(quiz("single"), clock=True)
    stage.python("silent")
    MOUSE["single"](stage.page)
    stage.page.clock.run_for(9_000)
    expect(stage.page.locator(".smt-status")).to_have_text("Not saved")
    record = {"r": 1, "t": "2026-03-02T10:02:09Z", "v": "a", "done": False, "n": 0}
    stage.emit({"type": "saved", "item": item_id("single"), "record": record, "reveal": None, "seed": "s"})
    expect(stage.page.locator(".smt-status")).to_have_text("Saved 10:02")


def test_an_answer_given_in_another_window_is_shown_here_too(open_page: Open) -> None:
    stage = open_page(quiz("single"))
    stage.page.get_by_label("Nobody").check()
    expect(stage.page.locator(".smt-status")).to_contain_text("Saved")
    record = {"r": 2, "t": "2026-03-02T10:02:00Z", "v": "b", "done": False, "n": 0}
    stage.emit({"type": "saved", "item": item_id("single"), "record": record, "reveal": None, "seed": "s"})
    expect(stage.page.get_by_label("Her family")).to_be_checked()


def test_an_answer_that_was_overtaken_is_not_shown_as_saved(open_page: Open) -> None:
    stage = open_page(quiz("single"))
    stage.python("silent")
    stage.page.get_by_label("Nobody").check()
    stage.page.get_by_label("Her family").check()
    record = {"r": 1, "t": "2026-03-02T10:02:00Z", "v": "a", "done": False, "n": 0}
    stage.emit({"type": "saved", "item": item_id("single"), "record": record, "reveal": None, "seed": "s"})
    expect(stage.page.locator(".smt-status")).to_have_text("Saving…")
    expect(stage.page.get_by_label("Her family")).to_be_checked()


def test_text_is_sent_in_pauses_and_before_the_focus_leaves(open_page: Open) -> None:
    stage = open_page(quiz("reflect"), clock=True)
    page, box = stage.page, stage.page.get_by_role("textbox")
    box.press_sequentially("One two ")
    assert stage.sent() == []
    expect(page.locator(".smt-count")).to_have_text("2 words · a guide: 30 to 80")
    page.clock.run_for(700)
    assert [message["value"] for message in stage.sent()] == ["One two "]
    # The reply must not touch what is being typed: the space before the next word is still there.
    box.press_sequentially("three")
    expect(box).to_have_value("One two three")
    box.blur()
    assert stage.last(item_id("reflect"))["value"] == "One two three"


def test_an_emptied_text_clears_the_answer(open_page: Open) -> None:
    stage = open_page(quiz("reflect"))
    stage.page.get_by_role("textbox").fill("x")
    stage.page.get_by_role("textbox").fill("  ")
    stage.page.get_by_role("textbox").blur()
    expect(stage.page.locator(".smt-status")).to_have_text("Not answered")
    assert stage.last(item_id("reflect"))["value"] is None


def test_progress_counts_what_is_saved(open_page: Open) -> None:
    stage = open_page(quiz("single", "scale", "reflect"), reveals=REVEALS)
    page = stage.page
    expect(page.get_by_text("0 of 3 answered")).to_be_visible()
    MOUSE["single"](page)
    page.locator("[data-kind=single]").get_by_role("button", name=CHECK).click()
    expect(page.get_by_text("1 of 3 answered · 1 checked")).to_be_visible()
    stage.python("failed")
    page.locator("[data-kind=scale]").get_by_text("4", exact=True).click()
    expect(page.locator("[data-kind=scale] .smt-status")).to_have_text("Not saved")
    expect(page.get_by_text("1 of 3 answered · 1 checked")).to_be_visible()


# --- the notebook's own copy ------------------------------------------------------------------------------------------


def test_answers_go_into_the_notebook_only_once_they_are_saved(open_page: Open) -> None:
    other = {"r": 4, "t": "2026-01-01T00:00:00Z", "v": "b", "done": True, "n": 1}
    stage = open_page(quiz("single"), notebook={"smtraining": {"schema": 1, "seed": "mine", "answers": {"m01-q1": other}, "later": 1}})
    stage.python("silent")
    MOUSE["single"](stage.page)
    assert item_id("single") not in stage.metadata()["answers"]  # type: ignore[index]
    record = {"r": 1, "t": "2026-03-02T10:02:00Z", "v": "a", "done": False, "n": 0}
    stage.emit({"type": "saved", "item": item_id("single"), "record": record, "reveal": None, "seed": "kept"})
    expect(stage.page.locator(".smt-status")).to_contain_text("Saved")
    assert stage.metadata() == {
        "schema": 1,
        "seed": "kept",
        "answers": {"m01-q1": other, item_id("single"): record},
        "later": 1,
    }


def test_answers_of_a_tab_that_was_closed_without_saving_go_into_the_notebook_at_once(open_page: Open) -> None:
    record = {"r": 2, "t": "2026-03-01T09:00:00Z", "v": "a", "done": False, "n": 0}
    state = {"seed": "s", "answers": {item_id("single"): record}, "reveals": {}, "notice": None}
    stage = open_page(quiz("single"), state=state, notebook={})
    assert stage.metadata() == {"schema": 1, "seed": "s", "answers": {item_id("single"): record}}
    assert stage.sent() == []


def test_a_page_without_answers_leaves_the_notebook_as_it_is(open_page: Open) -> None:
    assert open_page(quiz("single"), notebook={}).metadata() is None


def test_newer_answers_in_the_notebook_are_shown_and_handed_to_python(open_page: Open) -> None:
    newer = {"r": 3, "t": "2026-03-01T08:00:00Z", "v": "b", "done": True, "n": 1}
    older = {"r": 1, "t": "2026-03-01T08:00:00Z", "v": "1", "done": False, "n": 0}
    foreign = {"r": 9, "t": "2026-03-01T08:00:00Z", "v": "b", "done": False, "n": 0}
    known = {"r": 2, "t": "2026-03-01T09:00:00Z", "v": "5", "done": False, "n": 0}
    stage = open_page(
        quiz("single", "scale"),
        state={"seed": "s", "answers": {item_id("scale"): known}, "reveals": {}, "notice": None},
        notebook={
            "smtraining": {
                "schema": 1,
                "seed": "mine",
                "answers": {item_id("single"): newer, item_id("scale"): older, "m01-q1": foreign},
            }
        },
        reveals=REVEALS,
    )
    assert stage.sent() == [{"type": "restore", "seed": "mine", "answers": {item_id("single"): newer}}]
    expect(stage.page.get_by_label("Her family")).to_be_checked()
    expect(stage.page.locator("[data-kind=scale]").get_by_label("5")).to_be_checked()
    expect(stage.page.locator("[data-kind=single] .smt-status")).to_contain_text("Feedback shown")
    assert stage.metadata()["answers"][item_id("scale")] == known  # type: ignore[index]
    assert stage.metadata()["answers"]["m01-q1"] == foreign  # type: ignore[index]


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"schema": 2, "answers": {"m03-q1": {"r": 9, "t": "2030-01-01T00:00:00Z", "v": "b"}}}, "saved by a newer version of smtraining"),
        ("not ours", "could not be read"),
        ({"schema": 1, "answers": [1]}, "could not be read"),
    ],
)
def test_a_notebook_copy_that_is_not_understood_is_left_alone(open_page: Open, stored: Any, words: str) -> None:
    stage = open_page(quiz("single"), notebook={"smtraining": stored})
    expect(stage.page.locator(".smt-notices")).to_contain_text(words)
    MOUSE["single"](stage.page)
    expect(stage.page.locator(".smt-status")).to_contain_text("Saved")
    assert stage.metadata() == stored
    assert all(message["type"] == "answer" for message in stage.sent())


def test_damaged_records_in_the_notebook_do_not_break_the_page(open_page: Open) -> None:
    junk = {
        item_id(kind): {"r": 1, "t": "2026-01-01T00:00:00Z", "v": value, "done": True, "n": 1} for kind in ITEMS for value in [{"a": [1]}]
    }
    stage = open_page(quiz(), notebook={"smtraining": {"schema": 1, "seed": 5, "answers": junk | {item_id("pair"): "x"}}})
    expect(stage.page.get_by_role("group", name=ITEMS["reflect"]["stem"])).to_be_visible()
    MOUSE["single"](stage.page)
    expect(stage.page.locator("[data-kind=single] .smt-status")).to_contain_text("Saved")


def test_without_notebook_metadata_the_foot_says_how_to_hand_in(open_page: Open) -> None:
    stage = open_page(quiz("single", "scale"), notebook=None)
    MOUSE["single"](stage.page)
    expect(stage.page.locator("[data-kind=single] .smt-status")).to_contain_text("Saved")
    foot = stage.page.get_by_text("Answers are kept beside the notebook; use “Download my answers” if you hand in a single file.")
    expect(foot).to_be_visible()
    with stage.page.expect_download() as started:
        stage.page.get_by_role("button", name="Download my answers").click()
    assert started.value.suggested_filename == "smtraining-answers.json"
    found = json.loads(started.value.path().read_text(encoding="utf-8"))
    assert (found["schema"], found["seed"]) == (1, "fake-seed")
    assert found["answers"][item_id("single")]["v"] == "a"


def test_what_python_knew_is_shown_when_the_page_opens(open_page: Open) -> None:
    answers = {item_id(kind): {"r": 1, "t": "2026-03-02T10:02:00Z", "v": VALUES[kind], "done": True, "n": 1} for kind in ITEMS}
    notice = {"message": "This folder is read-only.", "advice": "Copy the notebook.", "detail": "errno 13"}
    stage = open_page(quiz(), state={"seed": "s", "answers": answers, "reveals": REVEALS, "notice": notice})
    page = stage.page
    expect(page.get_by_text("10 of 10 answered · 10 checked")).to_be_visible()
    expect(page.get_by_label("Nobody")).to_be_checked()
    expect(page.get_by_role("textbox")).to_have_value(VALUES["reflect"])
    expect(page.get_by_role("button", name="A nine-year-old")).to_have_attribute("aria-pressed", "true")
    rows = page.locator("[data-kind=rank] .smt-sort-text").all_text_contents()
    assert rows == ["Speak with her in person", "Comment under the post", "Say nothing", "Report her to the board at once"]
    expect(page.get_by_text("This folder is read-only. Copy the notebook.")).to_be_visible()
    assert stage.sent() == []


# --- order, views, hostile text ---------------------------------------------------------------------------------------


def shown_orders(stage: Stage) -> dict[str, list[str]]:
    found: dict[str, list[str]] = stage.page.evaluate(
        """() => {
          const texts = ".smt-choice, .smt-step, .smt-sort-text, .smt-match-row label, .smt-subgroup > legend";
          return Object.fromEntries([...document.querySelectorAll(".smt-question")].map((card) =>
            [card.dataset.kind, [...card.querySelectorAll(texts)].map((node) => node.textContent)]));
        }"""
    )
    return found


def test_each_learner_has_an_order_of_their_own_that_never_changes(open_page: Open) -> None:
    def state(seed: str) -> Data:
        return {"seed": seed, "answers": {}, "reveals": {}, "notice": None}

    listed = shown_orders(open_page(quiz()))
    orders = [shown_orders(open_page(quiz(), state=state(f"seed-{n}"))) for n in range(6)]
    assert orders[0] == shown_orders(open_page(quiz(), state=state("seed-0")))
    for kind in ("single", "multiple", "pair", "order", "match", "rank"):
        assert len({tuple(order[kind]) for order in orders}) > 1, kind
        assert all(sorted(order[kind]) == sorted(listed[kind]) for order in orders)
    for kind in ("rate", "scale", "spot"):
        assert all(order[kind] == listed[kind] for order in orders), kind
    assert listed["single"] == [option["text"] for option in ITEMS["single"]["options"]]


def test_two_views_of_one_page_show_the_same_answers(open_page: Open) -> None:
    stage = open_page(quiz(), reveals=REVEALS, views=2)
    first, second = stage.page.locator(".view").all()
    first.get_by_text("Nobody: there is no name in it.").click()
    first.get_by_role("button", name="Move up: Say nothing").click()
    first.get_by_role("textbox").fill("Shared.")
    expect(second.get_by_label("Nobody")).to_be_checked()
    expect(first.get_by_label("Nobody")).to_be_checked()
    expect(second.get_by_role("textbox")).to_have_value("Shared.")
    expect(second.locator("[data-kind=rank] .smt-sort-text").nth(2)).to_have_text("Say nothing")
    second.locator("[data-kind=single]").get_by_role("button", name=CHECK).click()
    expect(first.locator("[data-kind=single]").get_by_text("Her teacher needs no name.")).to_be_visible()
    ids = stage.page.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))
    stage.page.evaluate("window.fake.cleanups[0]()")
    expect(stage.page.locator(".smt")).to_have_count(1)


ATTACK = '<img src=x onerror="window.pwned = true"> '


def hostile(data: Any, key: str = "") -> Any:
    """The same data with markup in front of every text a person may have written."""
    kept = {"id", "kind", "mark", "outcome", "artifact", "type", "mode", "page", "url", "as_of", "rule", "drawing"}
    if isinstance(data, dict):
        return {name: hostile(value, name) for name, value in data.items()}
    if isinstance(data, list):
        return [hostile(value, key) for value in data]
    return ATTACK + data if isinstance(data, str) and key not in kept else data


def test_markup_in_any_text_is_shown_as_text(open_page: Open) -> None:
    view = hostile(quiz()) | {"artifacts": hostile(quiz()["artifacts"])}
    answers = {item_id("reflect"): {"r": 1, "t": "2026-03-02T10:02:00Z", "v": ATTACK, "done": True, "n": 1}}
    told = hostile({"message": "m", "advice": "a", "detail": "d"})
    stage = open_page(view, reveals=hostile(REVEALS), state={"answers": answers, "reveals": hostile(REVEALS), "notice": told})
    page = stage.page
    page.locator("[data-kind=single]").get_by_role("radio").first.check()
    page.locator("[data-kind=single]").get_by_role("button", name=CHECK).click()
    expect(page.locator("[data-kind=single]").get_by_role("status")).to_contain_text("<img src=x")
    stage.emit({"type": "failed", "item": item_id("scale"), **told})
    expect(page.locator("[data-kind=scale] .smt-trouble")).to_contain_text("<img src=x")
    assert page.locator(".smt img").count() == 0
    assert page.evaluate("window.pwned") is None


def test_a_script_is_never_a_link(open_page: Open) -> None:
    bad = copy.deepcopy(REVEALS["m03-q1"])
    bad["sources"][0]["url"] = "javascript:window.pwned = true"
    stage = open_page(quiz("single"), reveals={"m03-q1": bad})
    MOUSE["single"](stage.page)
    stage.page.get_by_role("button", name=CHECK).click()
    expect(stage.page.get_by_text("NASW Code of Ethics 1.07(p)")).to_be_visible()
    expect(stage.page.get_by_role("link")).to_have_count(0)


def test_a_part_that_cannot_be_shown_does_not_take_the_page_with_it(open_page: Open) -> None:
    view = quiz("single", "match")
    view["items"][0]["kind"] = "hologram"
    del view["items"][1]["categories"]
    view["items"].append(copy.deepcopy(ITEMS["scale"]))
    stage = open_page(view)
    expect(stage.page.get_by_text("This part of the page could not be shown.")).to_have_count(2)
    expect(stage.page.get_by_role("group", name=ITEMS["scale"]["stem"])).to_be_visible()


# --- look -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("theme", "forced"), [("light", "none"), ("dark", "none"), ("light", "active")])
def test_axe_finds_nothing(open_page: Open, theme: str, forced: str) -> None:
    stage = open_page(quiz(), reveals=REVEALS, theme=theme, forced_colors=forced)
    assert stage.violations() == []
    answer_everything(stage)
    stage.python("failed")
    stage.page.get_by_role("textbox").fill("More.")
    expect(stage.page.locator("[data-kind=reflect] .smt-trouble")).to_contain_text("read-only")
    for fold in stage.page.locator(".smt summary").all():
        fold.click()
    assert stage.violations() == []


def test_nothing_is_wider_than_a_narrow_screen(open_page: Open) -> None:
    stage = open_page(quiz(), reveals=REVEALS, width=320)
    answer_everything(stage)
    for fold in stage.page.locator(".smt summary").all():
        fold.click()
    wide = stage.page.evaluate(
        "[...document.querySelectorAll('.smt *')].filter((n) => n.getBoundingClientRect().right > 320.5).map((n) => n.outerHTML)"
    )
    assert wide == []
    assert stage.page.evaluate("document.documentElement.scrollWidth") == 320


def test_paper_is_white_in_a_dark_theme_too(open_page: Open) -> None:
    stage = open_page(quiz("single"), theme="dark")
    stage.page.emulate_media(media="print")
    card = stage.page.locator(".smt-question")
    expect(card).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(card).to_have_css("color", "rgb(0, 0, 0)")
    expect(stage.page.get_by_role("button", name=CHECK)).to_be_hidden()


def test_a_long_passage_breaks_over_lines_like_the_text_around_it(open_page: Open) -> None:
    view = quiz("spot")
    words = "the dog, who sleeps at the foot of her bed and waits for her at the gate after school"
    view["items"][0]["spans"][2]["text"] = words
    view["artifacts"] = {"m03-post": POST | {"body": f"She told me today that [[dog|{words}]] is the only one who listens."}}
    passage = open_page(view, width=500).page.get_by_role("button", name=words)
    assert passage.evaluate("(node) => node.getClientRects().length") > 1
    passage.press("Space")
    expect(passage).to_have_attribute("aria-pressed", "true")
    passage.press("Shift+Enter")
    expect(passage).to_have_attribute("aria-pressed", "true")


def test_the_style_sheet_touches_nothing_outside_the_page(open_page: Open) -> None:
    """Hosts load the sheet for their whole document."""
    stage = open_page(quiz("single"))
    outside = stage.page.evaluate(
        """() => {
          const inside = (rule) => rule.selectorText === undefined
            ? !rule.cssRules || rule instanceof CSSKeyframesRule || [...rule.cssRules].every(inside)
            : rule.selectorText.split(/,(?![^(]*\\))/).every((selector) => /(^|\\s)\\.smt(?![\\w-])/.test(selector.trim()));
          return [...document.styleSheets].at(-1).cssRules.length
            && [...[...document.styleSheets].at(-1).cssRules].filter((rule) => !inside(rule)).map((rule) => rule.cssText.slice(0, 80));
        }"""
    )
    assert outside == []
