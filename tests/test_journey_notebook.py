"""The same pages in real Notebook 7: every kind by mouse, and the keys that this host takes away from controls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from journeys import (
    ALL_RIGHT,
    PARTLY_RIGHT,
    Keyboard,
    Mouse,
    expect_answered,
    expect_host_keys_kept,
    expected,
    give_all,
    in_notebook,
    on_disk,
    values,
)
from jupyter_support import Served
from playwright.sync_api import Page

pytest_plugins = ["browser_support", "jupyter_fixtures"]
pytestmark = pytest.mark.browser

START = "00-start-here.ipynb"


def test_every_kind_is_answered_by_mouse_and_comes_back_after_reload_and_new_kernel(notebook7: Served, tab: Callable[[], Page]) -> None:
    folder = notebook7.lessons("mouse")
    book = notebook7.book(tab(), folder / START)
    book.open()
    book.run_all()
    give_all(book, Mouse(), ALL_RIGHT)
    book.save()
    assert values(on_disk(folder), ALL_RIGHT) == expected(ALL_RIGHT)
    assert values(in_notebook(folder / START), ALL_RIGHT) == expected(ALL_RIGHT)
    book.reload()
    expect_answered(book, ALL_RIGHT)
    book.restart_kernel()
    book.run_all()
    expect_answered(book, ALL_RIGHT)
    book.end_kernel()


def test_radios_boxes_buttons_and_lists_work_by_keyboard_and_the_notebook_keeps_its_hands_off(
    notebook7: Served, tab: Callable[[], Page]
) -> None:
    folder = notebook7.lessons("keyboard")
    page = tab()
    book = notebook7.book(page, folder / START)
    book.open()
    book.run_all()
    cells = book.sources()
    keys = Keyboard(page)
    some = [
        answer for answer in PARTLY_RIGHT if answer.item in ("m00-p-single", "m00-p-multiple", "m00-p-order", "m00-p-match", "m00-p-spot")
    ]
    give_all(book, keys, some, before=lambda question: keys.press_stray_keys(book, question))
    keys.press_stray_keys(book, book.question("m00-p-match"), "button")
    keys.press_stray_keys(book, book.question("m00-p-single"), "summary")
    expect_answered(book, some)
    assert book.sources() == cells
    assert values(on_disk(folder), some) == expected(some)
    book.end_kernel()


def test_saving_and_leaving_a_page_by_key_stay_with_the_host(notebook7: Served, tab: Callable[[], Page]) -> None:
    folder = notebook7.lessons("keys")
    book = notebook7.book(tab(), folder / START)
    book.open()
    book.run_all()
    expect_host_keys_kept(book)
    book.end_kernel()
