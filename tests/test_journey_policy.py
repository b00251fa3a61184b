"""A policy written in real JupyterLab for three agencies: switchboard, builder, a kernel that is restarted half way, documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from docx import Document
from journeys import Keyboard, expect_accessible, labelled
from jupyter_support import NotebookPage, Served
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page, expect
from policy_profiles import GOVERNMENT, NONPROFIT, NOTHING_ELSE, SOLO
from pypdf import PdfReader

from smtraining import bank as banks
from smtraining.lesson.panels import MIME
from smtraining.models import Level
from smtraining.policy.draft import Draft
from smtraining.policy.drafts_store import Drafts
from smtraining.policy.profile import Profile, profile
from smtraining.policy.profile_store import ProfileStore
from smtraining.policy.requirements import needs

pytest_plugins = ["browser_support", "jupyter_fixtures"]
pytestmark = pytest.mark.browser

BANK = banks.load()
HEBREW = "אנחנו לא מפרסמים דבר על לקוחות."
EMOJI = "\U0001f9e1\U0001f469\u200d\U0001f52c"

CHILD_WELFARE = {**NOTHING_ELSE, **GOVERNMENT, "child-welfare": "agency"}
PART_2 = {**NOTHING_ELSE, **NONPROFIT, "substance-use": "program", "hipaa": "covered", "hhs-money": "receives"}
PRACTICE = {**NOTHING_ELSE, **SOLO, "hipaa": "covered"}

CELLS = {
    "switchboard": "import smtraining as smt; smt.switchboard()",
    "builder": "import smtraining as smt; smt.policy_builder()",
    "pack": "import smtraining as smt; smt.pack()",
}


def notebook(served: Served, name: str) -> Path:
    """A notebook with the switchboard, the builder and the packing, in a folder of its own."""
    folder = served.root / name
    folder.mkdir()
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    cells = [new_code_cell(source, id=id) for id, source in CELLS.items()]
    nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "policy.ipynb")  # type: ignore[no-untyped-call]
    return folder / "policy.ipynb"


def musts(answers: Mapping[str, Any]) -> list[str]:
    """The elements that a policy must have, in the order in which the builder offers them: part by part."""
    wanted = [need.element for need in needs(profile(BANK, answers), BANK) if need.strictest is Level.MUST]
    parts = list(dict.fromkeys(element.part for element in BANK.elements.values()))
    return [element.id for element in sorted(wanted, key=lambda element: (parts.index(element.part), element.number))]


def words(id: str) -> str:
    """A clause that nobody else would write: it names its element, and some have emoji, others run from right to left."""
    element = BANK.element(id)
    text = f"On element {element.number} we agreed in writing who does it, when it is done, and whom to ask if it goes wrong."
    return f"{text} {EMOJI}" if element.number % 5 == 0 else f"{HEBREW} {text}" if element.number % 7 == 0 else text


class Desk:
    """The builder and the switchboard on a notebook page."""

    def __init__(self, book: NotebookPage) -> None:
        self.book = book
        self.switchboard = book.page.locator('section.smt[data-page="switchboard"]')
        self.builder = book.page.locator('section.smt[data-page="builder"]')

    @property
    def heading(self) -> Locator:
        return self.builder.locator(".smt-desk-heading")

    @property
    def clause(self) -> Locator:
        return self.builder.get_by_label("Your clause")

    @property
    def on(self) -> Locator:
        """The button that goes on with what is still to be written."""
        return self.builder.locator(".smt-desk-page .smt-primary").first

    def at(self, id: str) -> None:
        expect(self.heading).to_contain_text(f"{BANK.element(id).number}. {BANK.element(id).title}")

    def saved(self) -> None:
        expect(self.builder.locator(".smt-overall .smt-status")).to_contain_text("Everything is saved")

    def show(self, page: str) -> None:
        self.builder.locator(f'.smt-nav-item[data-page="{page}"]').click()

    def write_documents(self, *kinds: str) -> None:
        self.show("documents")
        for kind in kinds:
            row = self.builder.locator(f'[data-export="{kind}"]')
            row.get_by_role("button", name="Write the").click()
            expect(row).to_contain_text("Written beside this notebook", timeout=120_000)


def answer_by_mouse(desk: Desk, answers: Mapping[str, Any]) -> None:
    for switch, given in answers.items():
        question = desk.switchboard.locator(f'[data-item="{switch}"]')
        for option in [given] if isinstance(given, str) else given:
            text = next(o.text for o in BANK.switch(switch).options if o.id == option)
            question.locator("label", has=desk.book.page.get_by_text(text, exact=True)).click()
        expect(question.locator(".smt-status")).to_contain_text("Saved")


def write_by_mouse(desk: Desk, ids: list[str]) -> None:
    """Write these elements, each from the overview: "Go on with ..."."""
    for id in ids:
        desk.show("overview")
        desk.on.click()
        desk.at(id)
        desk.clause.fill(words(id))
        desk.clause.blur()  # sent at once
        expect(desk.builder.locator(".smt-desk-page .smt-status").first).to_contain_text("Saved")


def expect_written(folder: Path, ids: list[str], answered: Profile) -> Draft:
    """Every clause is in the draft on disk and in the Word file, and LibreOffice has made pages of it that say them."""
    draft = Drafts(folder).latest()
    assert draft is not None
    assert {id: draft.clause(id).text for id in ids} == {id: words(id) for id in ids}
    assert draft.profile == answered.to_json()
    assert ProfileStore(folder).load() == answered
    in_word = {paragraph.text for paragraph in Document(str(folder / "Social media policy.docx")).paragraphs}
    assert {words(id) for id in ids} <= in_word
    pages = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(folder / "Social media policy.pdf").pages)
    for id in ids:
        assert f"On element {BANK.element(id).number} we agreed in writing" in pages
    return draft


def test_a_government_child_welfare_agency_by_mouse(lab: Served, tab: Callable[[], Page]) -> None:
    path = notebook(lab, "county")
    book = lab.book(tab(), path)
    desk = Desk(book)
    book.open()
    book.run_all()
    answer_by_mouse(desk, CHILD_WELFARE)
    expect(desk.switchboard.locator('[data-item="rule-public-page"]')).to_contain_text("You said that")
    desk.builder.get_by_label("Agency or practice").fill("Oak County")
    desk.builder.get_by_role("button", name="Begin", exact=True).click()
    expect(desk.heading).to_have_text("Overview")

    ids = musts(CHILD_WELFARE)
    half = len(ids) // 2
    write_by_mouse(desk, ids[:half])
    book.save()
    book.restart_kernel()
    book.run_all()
    expect(desk.switchboard.locator(".smt-summary-line")).to_contain_text("12 of 12")
    expect(desk.builder.locator(".smt-desk-page")).to_contain_text(f"{half} of the {len(ids)} elements that your policy must have")
    write_by_mouse(desk, ids[half:])

    # The browser page is loaded again while the kernel goes on: nothing needs to be run.
    book.save()
    book.reload()
    expect(desk.builder.locator(".smt-desk-page")).to_contain_text(f"{len(ids)} of the {len(ids)} elements that your policy must have")
    desk.show("gaps")
    expect(desk.builder.locator(".smt-group:visible")).to_contain_text(["Missing, and your policy should have it (2)"])
    desk.write_documents("word", "pdf", "notice", "markdown")
    expect_written(path.parent, ids, profile(BANK, CHILD_WELFARE))
    assert {"Social media policy.md", "Social media policy - notice for clients.docx"} <= {p.name for p in path.parent.iterdir()}

    book.run_all()
    book.save()
    book.end_kernel()
    outputs = [o for c in json.loads(path.read_text(encoding="utf-8"))["cells"] for o in c["outputs"]]
    [packed] = [o["data"][MIME] for o in outputs if MIME in o.get("data", {})]
    [draft] = packed["policy_drafts"].values()
    assert {id: draft["clauses"][id]["text"] for id in ids} == {id: words(id) for id in ids}
    assert packed["policy_profile"]["answers"]["child-welfare"] == ["agency"]
    assert book.errors == []


def test_a_nonprofit_with_a_substance_use_program_in_two_windows(lab: Served, tab: Callable[[], Page]) -> None:
    path = notebook(lab, "program")
    first = Desk(lab.book(tab(), path))
    first.book.open()
    first.book.run_all()
    answer_by_mouse(first, PART_2)
    expect(first.switchboard.locator('[data-item="rule-part-2"]')).to_contain_text("Do not show that anybody is a patient")
    first.builder.get_by_role("button", name="Begin", exact=True).click()
    ids = musts(PART_2)
    write_by_mouse(first, ids[:3])
    first.book.save()

    # A second tab on the same notebook, with the same kernel: both go on, on different clauses.
    second = Desk(lab.book(tab(), path))
    second.book.open()
    expect(second.builder.locator(".smt-desk-page")).to_contain_text(f"3 of the {len(ids)} elements")
    write_by_mouse(second, ids[3:6])
    write_by_mouse(first, ids[6:])
    second.show("overview")
    expect(second.builder.locator(".smt-desk-page")).to_contain_text(f"{len(ids)} of the {len(ids)} elements")
    second.book.page.close()
    first.book.save()
    first.book.restart_kernel()
    first.book.run_all()
    expect(first.builder.locator(".smt-desk-page")).to_contain_text(f"{len(ids)} of the {len(ids)} elements")
    first.write_documents("word", "pdf")
    expect_written(path.parent, ids, profile(BANK, PART_2))

    for theme in ("light", "dark"):
        first.book.choose_theme(theme)
        first.book.draw_all()
        expect_accessible(first.book.page, "section.smt")
    first.book.choose_theme("light")
    first.book.end_kernel()


def test_a_private_practice_by_keyboard_alone(lab: Served, tab: Callable[[], Page]) -> None:
    path = notebook(lab, "practice")
    page = tab()
    book = lab.book(page, path)
    desk = Desk(book)
    keys = Keyboard(page)
    book.open()
    sources = book.sources()
    keys.run_to(book, "builder")
    for switch, given in PRACTICE.items():
        question = desk.switchboard.locator(f'[data-item="{switch}"]')
        options = {option.id: option.text for option in BANK.switch(switch).options}
        for option in [given] if isinstance(given, str) else given:
            if BANK.switch(switch).many:
                keys.go_to(labelled(question, options[option]))
                keys.press("Space")
            else:
                keys.choose(question, options[option])
        expect(question.locator(".smt-status")).to_contain_text("Saved")
    keys.go_to(desk.builder.get_by_label("Agency or practice"))
    page.keyboard.type("Room by the river")
    keys.press("Enter")
    expect(desk.heading).to_be_focused()

    ids = musts(PRACTICE)
    write_by_keyboard(desk, keys, ids[:4])
    keys.press("Control+s")
    page.wait_for_function("() => !ask.panel().context.model.dirty")
    keys.press("Escape", "0", "0")  # restart the kernel
    page.evaluate("() => ask.watchRestart()")
    keys.press("Enter")
    page.wait_for_function("() => window.restarted && ask.ready()")
    keys.run_to(book, "builder")
    write_by_keyboard(desk, keys, ids[4:])

    keys.push(desk.builder.locator('.smt-nav-item[data-page="documents"]'))
    for kind in ("word", "pdf"):
        row = desk.builder.locator(f'[data-export="{kind}"]')
        keys.push(row.get_by_role("button", name="Write the"))
        expect(row).to_contain_text("Written beside this notebook", timeout=120_000)
    assert expect_written(path.parent, ids, profile(BANK, PRACTICE)).agency == "Room by the river"
    assert book.sources() == sources
    book.end_kernel()


def write_by_keyboard(desk: Desk, keys: Keyboard, ids: list[str]) -> None:
    """Write these elements: the first from the overview, the others with "Next"."""
    for id in ids:
        keys.push(desk.builder.locator('.smt-nav-item[data-page="overview"]'))
        keys.push(desk.on)
        desk.at(id)
        expect(desk.heading).to_be_focused()
        keys.go_to(desk.clause)
        desk.book.page.keyboard.insert_text(words(id))
        desk.saved()
