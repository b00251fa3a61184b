"""A learner's way through the lessons in real JupyterLab: answering, coming back, carrying the notebook away."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from journeys import (
    ALL_RIGHT,
    PARTLY_RIGHT,
    Answer,
    Keyboard,
    Mouse,
    Player,
    expect_answered,
    expected,
    give_all,
    in_notebook,
    on_disk,
    values,
)
from jupyter_support import NotebookPage, Served, jupyter
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

pytest_plugins = ["browser_support"]
pytestmark = pytest.mark.browser

START = "00-start-here.ipynb"
PRACTICE = ("quiz-practice", "quiz-arrange", "quiz-judge")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("lab")
    root = folder / "course"
    root.mkdir()
    with jupyter(root, "lab", folder / "home") as served:
        yield served


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """``tab()`` opens a browser window of its own."""
    contexts: list[BrowserContext] = []

    def open_() -> Page:
        contexts.append(chromium.new_context(viewport={"width": 1280, "height": 1000}))
        return contexts[-1].new_page()

    yield open_
    for context in contexts:
        context.close()


def test_answers_given_by_mouse_come_back_after_whatever_happens_to_the_notebook(lab: Served, tab: Callable[[], Page]) -> None:
    folder = lab.lessons("mouse")
    book = lab.book(tab(), folder / START)
    book.open()
    book.run_all()
    give_all(book, Mouse(), ALL_RIGHT)
    expect_answered(book, ALL_RIGHT)
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

    # As the notebook says it: Esc, then Shift+Enter for each cell. The last cell is not run: that would add a new one.
    cells = book.sources()
    book.count_runs()
    keys.press("Escape", *["Shift+Enter"] * (len(cells) - 1))
    book.wait_until_run()
    keys.press(*["ArrowUp"] * (book.active_cell() - [*book.ids()].index("quiz-practice")))

    def stray(question: Locator) -> None:
        controls = {"single": "input", "multiple": "input", "match": "select", "order": "button", "spot": ".smt-spot", "rate": "input"}
        if control := controls.get(str(question.get_attribute("data-kind"))):
            keys.press_stray_keys(book, question.locator(control).first)

    give_all(book, keys, PARTLY_RIGHT, before=stray)
    for button in ("Try again", "Move down", "Hint"):
        print(button)
    keys.press_stray_keys(book, book.question("m00-p-single").locator("summary").first)
    keys.press_stray_keys(book, book.question("m00-p-single").locator(".smt-actions > button"))

    expect_answered(book, PARTLY_RIGHT)
    assert book.sources() == cells
    assert values(on_disk(folder), PARTLY_RIGHT) == expected(PARTLY_RIGHT)
    book.end_kernel()


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
    book.run_all()
    keys = Keyboard(page)
    kitchen = Player(book, keys, "m00-v-kitchen")
    kitchen.first_answer("name")
    kitchen.think({"values": "fair", "after": "elsewhere", "ask": "her"})
    kitchen.decide("morning", "private")

    book.save()
    book.reload()
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
