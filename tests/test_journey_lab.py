"""A learner's way through the lessons in real JupyterLab: answering, coming back, carrying the notebook away."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from journeys import (
    ALL_RIGHT,
    KITCHEN_ENDED,
    PARTLY_RIGHT,
    Answer,
    Keyboard,
    Mouse,
    Player,
    expect_accessible,
    expect_answered,
    expect_host_keys_kept,
    expected,
    give_all,
    in_notebook,
    in_words,
    on_disk,
    record_answers,
    values,
)
from jupyter_support import NotebookPage, Served
from playwright.sync_api import Page, expect

from smtraining import bank

pytest_plugins = ["browser_support", "jupyter_fixtures"]
pytestmark = pytest.mark.browser

START = "00-start-here.ipynb"
LESSON = "03-confidentiality.ipynb"


def test_answers_given_by_mouse_come_back_after_whatever_happens_to_the_notebook(lab: Served, tab: Callable[[], Page]) -> None:
    folder = lab.lessons("mouse")
    book = lab.book(tab(), folder / START)
    book.open()
    book.run_all()
    expect(book.page.locator(".smt-static:visible")).to_have_count(0)  # each page is there once
    give_all(book, Mouse(), ALL_RIGHT)
    expect_answered(book, ALL_RIGHT)
    assert book.errors == []
    assert values(on_disk(folder), ALL_RIGHT) == expected(ALL_RIGHT)

    # The browser page is loaded again while the kernel goes on: nothing needs to be run.
    book.save()
    book.reload()
    expect_answered(book, ALL_RIGHT)

    # A new kernel knows nothing; the cells are run again.
    book.restart_kernel()
    book.run_all()
    expect_answered(book, ALL_RIGHT)

    # One answer is changed and checked again; the second is changed only.
    changed = Answer("m00-p-single", "c", "Another answer is stronger here.")
    give_all(book, Mouse(), [changed])
    open_again = book.question("m00-p-scale")
    Mouse().answer(open_again, "A little")
    expect(open_again.locator(".smt-status")).to_contain_text("Saved")
    expect(open_again.locator(".smt-feedback")).to_be_empty()

    # The outputs are cleared, with the pages and all that was stored in them.
    book.clear_outputs()
    book.run_all()
    now = (changed, *(answer for answer in ALL_RIGHT[1:] if answer.item != "m00-p-scale"), Answer("m00-p-scale", "2"))
    expect_answered(book, now)
    book.save()
    assert values(in_notebook(folder / START), now) == expected(now)

    # Only the notebook file goes to another folder.
    book.end_kernel()
    elsewhere = lab.root / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(folder / START, elsewhere)
    carried = lab.book(tab(), elsewhere / START)
    carried.open()
    carried.run_all()
    expect_answered(carried, now)
    assert values(on_disk(elsewhere), now) == expected(now)
    carried.end_kernel()


def test_every_kind_is_answered_and_checked_by_keyboard_alone(lab: Served, tab: Callable[[], Page]) -> None:
    folder = lab.lessons("keyboard")
    page = tab()
    book = lab.book(page, folder / START)
    book.open()
    keys = Keyboard(page)

    cells = book.sources()
    keys.run_to(book, "pack")  # the last cell with code
    keys.press(*["ArrowUp"] * (book.active_cell() - book.ids().index("practice-choose")))

    give_all(book, keys, PARTLY_RIGHT, before=lambda question: keys.press_stray_keys(book, question))
    keys.press_stray_keys(book, book.question("m00-p-reflect"), "button")
    keys.press_stray_keys(book, book.question("m00-p-rate"), "summary")

    expect_answered(book, PARTLY_RIGHT)
    assert book.sources() == cells
    assert values(on_disk(folder), PARTLY_RIGHT) == expected(PARTLY_RIGHT)
    book.end_kernel()


def test_a_lesson_as_it_comes_can_be_read_before_anything_is_run(lab: Served, tab: Callable[[], Page]) -> None:
    folder = lab.lessons("fresh")
    book = lab.book(tab(), folder / START)
    book.open()
    expect_readable(book)
    assert book.errors == []


def test_a_lesson_that_was_run_saved_and_closed_can_be_read_before_it_is_run_again(lab: Served, tab: Callable[[], Page]) -> None:
    folder = lab.lessons("closed")
    book = lab.book(tab(), folder / START)
    book.open()
    book.run_all()
    book.save()
    book.end_kernel()
    again = lab.book(tab(), folder / START)
    again.open()
    expect_readable(again)
    again.run_all()
    expect(again.page.locator("section.smt").first).to_be_visible()
    expect(again.page.locator(".smt-static:visible")).to_have_count(0)
    again.end_kernel()


def test_saving_and_leaving_a_page_by_key_stay_with_the_host(lab: Served, tab: Callable[[], Page]) -> None:
    folder = lab.lessons("keys")
    book = lab.book(tab(), folder / START)
    book.open()
    book.run_all()
    expect_host_keys_kept(book)
    book.end_kernel()


def expect_readable(book: NotebookPage) -> None:
    """Without a kernel's help the cells show the static pages: what is asked, and among what; and no word of an error."""
    for cell, words in (
        ("quiz-practice", bank.load().question("m00-p-single").stem),
        ("quiz-practice", in_words("m00-p-single", "b")),
        ("vignette-kitchen", bank.load().vignette("m00-v-kitchen").title),
    ):
        expect(book.cell(cell).locator(".smt-static").get_by_text(words).first).to_be_visible()
    expect(book.page.get_by_text("Error").locator("visible=true")).to_have_count(0)
    expect(book.pages()).to_have_count(0)


def test_two_tabs_on_one_notebook_lose_nothing_and_show_the_newest_when_opened_again(lab: Served, tab: Callable[[], Page]) -> None:
    folder = lab.lessons("tabs")
    first, second = (lab.book(tab(), folder / START) for _ in range(2))
    mouse = Mouse()
    first.open()
    first.run_all()
    give_all(first, mouse, PARTLY_RIGHT[:1])
    first.save()

    second.open()
    expect_answered(second, PARTLY_RIGHT[:1])
    give_all(second, mouse, ALL_RIGHT[:2])  # the first answer anew, and one more
    give_all(first, mouse, ALL_RIGHT[3:4])  # in the first tab, which was not loaded again, a third

    newest = (*ALL_RIGHT[:2], ALL_RIGHT[3])
    for book in (first, second):
        book.reload()
        book.run_all()
        expect_answered(book, newest)
    assert values(on_disk(folder), newest) == expected(newest)
    first.end_kernel()


def test_a_case_is_played_by_keyboard_resumes_after_a_reload_and_its_clause_is_in_my_policy(lab: Served, tab: Callable[[], Page]) -> None:
    folder = lab.lessons("case")
    page = tab()
    book = lab.book(page, folder / START)
    book.open()
    keys = Keyboard(page)
    keys.run_to(book, "vignette-kitchen")
    kitchen = Player(book, keys, "m00-v-kitchen")
    kitchen.first_answer("name")
    kitchen.think({"values": "fair", "after": "elsewhere", "ask": "her"})
    kitchen.decide("morning", "private")

    # The window is closed in the middle, without saving.
    book.reload()
    keys.run_to(book, "vignette-kitchen")
    expect(kitchen.case.locator(".smt-gut, .smt-part-line").first).to_contain_text("Write in the chat that it was Priya, with a wink")
    expect(kitchen.case.locator(".smt-scene").last).to_contain_text("A quick reply")

    kitchen.decide("asked", "own")
    expect(kitchen.case.locator(".smt-ending")).to_contain_text("a list appears on the fridge")
    debrief = kitchen.case.locator(".smt-debrief")
    expect(debrief).to_contain_text("You changed your mind.")
    expect(debrief).to_contain_text("nobody in the chat could know that")
    wording = kitchen.keep_clause("people", " We keep it kind.")

    # Shift+Tab leads back to the cell of the case; from the cell below it, Shift+Enter runs on to the one that collects the clauses.
    # (The arrows skip cells whose code is hidden.)
    keys.go_to(book.cell("vignette-kitchen"))
    keys.press("ArrowDown", "Shift+Enter")
    assert book.ids()[book.active_cell()] == "my-policy"
    keys.press("Shift+Enter")
    expect(book.cell("my-policy").locator(".smt-panel")).to_contain_text(wording)
    assert on_disk(folder)["m00-v-kitchen"]["v"] == {
        "gut": "name",
        "think": {"values": "fair", "after": "elsewhere", "ask": "her"},
        "thought": True,
        "path": ["private", "own"],
        "replay": {},
        "patch": {"clause": "people", "text": wording},
    }
    book.end_kernel()


def test_a_case_of_the_confidentiality_lesson_is_played_to_an_ending_by_keyboard(lab: Served, tab: Callable[[], Page]) -> None:
    folder = lab.lessons("mural")
    page = tab()
    book = lab.book(page, folder / LESSON)
    book.open()
    keys = Keyboard(page)
    keys.run_to(book, "mural")
    case = bank.load().vignette("m03-v-mural")
    mural = Player(book, keys, case.id)
    scene = case.scene(case.start)
    mural.read_note()
    mural.first_answer(scene.choices[-1].id)
    open_prompt = next(prompt.id for prompt in case.think if not prompt.options)
    mural.think({case.think[0].id: case.think[0].options[0].id, open_prompt: "The mother on the second floor."})
    path = []
    while scene.choices:
        path.append(scene.choices[0].id)
        mural.decide(scene.id, path[-1])
        scene = case.scene(scene.choices[0].to)
    expect(mural.case.locator(".smt-debrief")).to_contain_text("Looking back")
    wording = mural.keep_clause(case.patch.clauses[0].id, " Ask first.")

    kept = on_disk(folder)[case.id]
    assert kept["done"] is True
    assert kept["v"]["path"] == path
    assert kept["v"]["think"][open_prompt] == "The mother on the second floor."
    assert kept["v"]["patch"]["text"] == wording
    book.end_kernel()


@pytest.mark.parametrize("name", [START, LESSON])
def test_pages_pass_axe_in_the_light_and_in_the_dark_theme(lab: Served, tab: Callable[[], Page], name: str) -> None:
    folder = lab.lessons(f"axe-{name[:2]}")
    record_answers(folder, (*PARTLY_RIGHT[:5], *ALL_RIGHT[5:], KITCHEN_ENDED))  # with feedback of every sort on the page
    page = tab()
    book = lab.book(page, folder / name)
    book.open()
    book.run_all()
    for theme in ("light", "dark"):
        book.choose_theme(theme)
        book.draw_all()
        expect_accessible(page, "section.smt")
    book.choose_theme("light")
    book.end_kernel()


def test_every_question_is_a_group_named_by_its_stem_and_results_are_announced(lab: Served, tab: Callable[[], Page]) -> None:
    folder = lab.lessons("tree")
    page = tab()
    book = lab.book(page, folder / START)
    book.open()
    book.run_all()
    book.draw_all()
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    groups = {node["name"]["value"] for node in tree if node.get("role", {}).get("value") == "group" and "name" in node}
    for id in [answer.item for answer in ALL_RIGHT] + list(bank.load().quiz("m00-before").questions):
        assert bank.load().question(id).stem in groups

    for answer in (PARTLY_RIGHT[0], PARTLY_RIGHT[5]):
        question = book.question(answer.item)
        # The region that is read out is there, and empty, before anything is put into it.
        region = question.locator(".smt-feedback [role=status]").element_handle()
        assert region is not None and region.text_content() == ""
        give_all(book, Mouse(), [answer])
        assert answer.told in str(region.text_content())
        assert region.evaluate("(node) => node.isConnected")
    book.end_kernel()
