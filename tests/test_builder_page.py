"""The builder as a person meets it: typing, saving, findings, two windows, documents; thirty long clauses, a small window, the keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from journeys import Keyboard
from playwright.sync_api import Locator, expect
from policy_profiles import AGENCIES
from workbench_support import Bench

import smtraining as smt
from smtraining import bank as banks
from smtraining.policy.draft import Draft, new_draft
from smtraining.policy.drafts_store import Drafts
from smtraining.policy.fields import fields, with_field
from smtraining.policy.profile import profile
from smtraining.policy.profile_store import ProfileStore
from smtraining.responses import Store
from smtraining.widgets.workbench import compose_script

pytest_plugins = ["browser_support", "workbench_support"]
pytestmark = pytest.mark.browser

BANK = banks.load()
RISKY = "Staff may never use social media. That holds at work and at home, on any device of theirs."
HEBREW = "אנחנו לא מפרסמים דבר על לקוחות."
EMOJI = "Be kind \U0001f9e1\U0001f469\u200d\U0001f52c, always, in every reply that we write to anybody."


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def begin(folder: Path, **texts: str) -> Drafts:
    """A draft on disk with these texts (``pe_14`` stands for ``pe-14``)."""
    drafts, draft = Drafts(folder), new_draft(agency="Oak County")
    for key, text in texts.items():
        draft = with_field(draft, key.replace("_", "-"), text, BANK)
    drafts.save(draft)
    return drafts


def now(folder: Path) -> Draft:
    found = Drafts(folder).latest()
    assert found is not None
    return found


def clause(seen: Bench) -> Locator:
    return seen.root.get_by_label("Your clause")


def status(seen: Bench) -> Locator:
    return seen.root.locator(".smt-desk-page .smt-write .smt-status").first


def test_saved_is_said_only_after_the_write(bench: Callable[..., Bench], folder: Path) -> None:
    begin(folder)
    seen = bench(smt.policy_builder())
    seen.go(14)
    seen.mode("slow")
    clause(seen).press_sequentially("We ask first.")
    expect(status(seen)).to_have_text("Saving…")
    seen.page.wait_for_function("bench.held.length > 0")
    expect(status(seen)).to_have_text("Saving…")
    assert now(folder).clauses["pe-14"].text.startswith("We")
    seen.mode("ok")
    seen.page.evaluate("bench.release()")
    expect(status(seen)).to_contain_text("Saved")
    assert now(folder).clauses["pe-14"].text == "We ask first."
    edits = [message for message in seen.sent if message["type"] == "edit"]
    assert len(edits) < len("We ask first.")  # not one for each key
    assert seen.errors == []


def test_without_a_kernel_the_text_stays_and_the_next_page_saves_it(bench: Callable[..., Bench], folder: Path) -> None:
    begin(folder)
    seen = bench(smt.policy_builder())
    seen.page.clock.install()
    seen.go(14)
    seen.mode("silent")
    clause(seen).fill("Typed while the kernel was gone.")
    seen.page.clock.fast_forward(1000)
    expect(status(seen)).to_have_text("Saving…")
    seen.page.clock.fast_forward(9000)
    trouble = seen.root.locator(".smt-desk-page .smt-trouble")
    expect(trouble).to_contain_text("kernel")
    expect(status(seen)).to_have_text("Not saved")
    expect(seen.root.locator(".smt-overall .smt-status")).to_have_text("Not saved: 1 field")
    # The cell is run again: a new widget in the same window.
    seen.mode("ok")
    again = smt.policy_builder()
    seen.widget = again
    seen.page.evaluate("bench.close.forEach((close) => close())")
    given = {"esm": compose_script(), "view": again.view, "state": again.state, "views": 1}
    seen.page.evaluate("(given) => bench.open(given)", json.loads(json.dumps(given)))
    seen.go(14)
    expect(clause(seen)).to_have_value("Typed while the kernel was gone.")
    expect(status(seen)).to_contain_text("Saved")
    assert now(folder).clauses["pe-14"].text == "Typed while the kernel was gone."


def test_a_kernel_that_was_only_busy_is_forgiven(bench: Callable[..., Bench], folder: Path) -> None:
    begin(folder)
    seen = bench(smt.policy_builder())
    seen.page.clock.install()
    seen.go(14)
    seen.mode("slow")
    clause(seen).fill("Typed while it was busy.")
    seen.page.clock.fast_forward(1000)
    seen.page.wait_for_function("bench.held.length > 0")
    seen.page.clock.fast_forward(9000)
    expect(status(seen)).to_have_text("Not saved")
    clause(seen).press_sequentially(" And more.")
    seen.mode("ok")
    seen.page.evaluate("bench.release()")
    seen.page.clock.fast_forward(1000)
    expect(status(seen)).to_contain_text("Saved")
    assert now(folder).clauses["pe-14"].text == "Typed while it was busy. And more."


def test_what_the_disk_refuses_is_said_with_what_to_do(bench: Callable[..., Bench], folder: Path) -> None:
    begin(folder, pe_14="Old.")
    seen = bench(smt.policy_builder())
    path = next((folder / "policy-drafts").glob("*.json"))
    newer = '{"smtraining": "policy-draft", "schema": 2}'
    path.write_text(newer, encoding="utf-8")
    seen.go(14)
    clause(seen).fill("New.")
    expect(seen.root.locator(".smt-desk-page .smt-trouble")).to_contain_text("update smtraining")
    expect(clause(seen)).to_have_value("New.")
    assert path.read_text(encoding="utf-8") == newer


def test_the_same_clause_written_in_another_window_is_shown_and_both_can_stay(bench: Callable[..., Bench], folder: Path) -> None:
    drafts = begin(folder, pe_14="Begun together.")
    seen = bench(smt.policy_builder())
    seen.go(14)
    clause(seen).focus()
    seen.page.wait_for_timeout(100)
    drafts.save(with_field(now(folder), "pe-14", "Theirs.", BANK))
    clause(seen).fill("Mine.")
    trouble = seen.root.locator(".smt-desk-page .smt-trouble")
    expect(trouble).to_contain_text("Theirs.")
    assert now(folder).clauses["pe-14"].text == "Theirs."
    assert seen.violations() == []
    trouble.get_by_role("button", name="Keep both").click()
    expect(status(seen)).to_contain_text("Saved")
    expect(clause(seen)).to_have_value("Theirs.\n\nMine.")
    assert now(folder).clauses["pe-14"].text == "Theirs.\n\nMine."


def test_what_another_window_wrote_is_there_when_one_comes_back(bench: Callable[..., Bench], folder: Path) -> None:
    drafts = begin(folder)
    seen = bench(smt.policy_builder())
    seen.go(14)
    drafts.save(with_field(now(folder), "pe-14", "From elsewhere.", BANK))
    seen.page.wait_for_timeout(2100)  # looks are two seconds apart
    clause(seen).focus()
    expect(clause(seen)).to_have_value("From elsewhere.")


def test_two_views_of_one_page_show_the_same(bench: Callable[..., Bench], folder: Path) -> None:
    begin(folder)
    seen = bench(smt.policy_builder(), views=2)
    for view in seen.page.locator("section.smt").all():
        view.locator("summary", has_text="Disclosure").click()
        view.locator('.smt-nav-item[data-page="pe-14"]').click()
    areas = seen.page.get_by_label("Your clause")
    areas.first.fill("One text.")
    expect(areas.last).to_have_value("One text.")


def test_a_risky_sentence_is_found_as_it_is_typed_and_overruled_with_a_reason(bench: Callable[..., Bench], folder: Path) -> None:
    begin(folder)
    seen = bench(smt.policy_builder())
    seen.go(14)
    clause(seen).fill(RISKY)
    card = seen.root.locator(".smt-desk-page .smt-finding", has_text="Risky wording")
    expect(card).to_contain_text("Staff may never use social media.")
    expect(card).to_contain_text("A wording to adapt")
    item = seen.root.locator('.smt-nav-item[data-page="pe-14"]')
    expect(item).to_contain_text("1 finding")
    card.get_by_role("button", name="Overrule this").click()
    card.get_by_role("button", name="Set this finding aside").click()
    expect(card.locator(".smt-trouble")).to_contain_text("why this finding does not fit")
    card.get_by_label("Why does it not fit here?").fill("We quote it to say that it no longer holds.")
    card.get_by_role("button", name="Set this finding aside").click()
    expect(item).to_contain_text("written")
    expect(seen.root.locator(".smt-desk-page .smt-finding")).to_contain_text("You set it aside: We quote it")
    assert list(now(folder).overruled.values()) == ["We quote it to say that it no longer holds."]
    seen.root.get_by_role("button", name="Open it again").click()
    expect(item).to_contain_text("1 finding")


def test_a_sample_clause_is_taken_over_adapted_and_added_to(bench: Callable[..., Bench], folder: Path) -> None:
    begin(folder)
    seen = bench(smt.policy_builder())
    seen.go(14)
    first, second = BANK.element("pe-14").clauses[:2]
    seen.root.get_by_role("button", name="Start from this").first.click()
    expect(clause(seen)).to_have_value(first.text)
    expect(clause(seen)).to_be_focused()
    seen.page.keyboard.type(" Ours.")
    seen.root.get_by_role("button", name="Add below my text").nth(1).click()
    expect(clause(seen)).to_have_value(f"{first.text} Ours.\n\n{second.text}")
    expect(status(seen)).to_contain_text("Saved")
    assert now(folder).clauses["pe-14"].text == f"{first.text} Ours.\n\n{second.text}"


def test_required_elements_come_first_and_follow_the_switchboard(bench: Callable[..., Bench], folder: Path) -> None:
    begin(folder)
    ProfileStore(folder).save(profile(BANK, AGENCIES["solo, cash only"]))
    seen = bench(smt.policy_builder())
    part = seen.root.locator(".smt-nav-part", has_text="Participation")
    part.locator("summary").click()
    states = part.locator(".smt-nav-state").all_text_contents()
    assert states == sorted(states, key=["must", "should", "may"].index)
    expect(part.locator(".smt-nav-label").first).to_contain_text("19.")
    seen.go(21)
    expect(seen.root.locator(".smt-need")).to_contain_text("Your policy should have this")
    seen.show("overview")
    expect(seen.root.locator(".smt-desk-page")).to_contain_text("you are in private practice")


def test_emoji_and_right_to_left_text_survive(bench: Callable[..., Bench], folder: Path) -> None:
    begin(folder)
    seen = bench(smt.policy_builder())
    seen.go(14)
    clause(seen).fill(f"{HEBREW}\n\n{EMOJI}")
    assert clause(seen).evaluate("(node) => getComputedStyle(node).direction") == "rtl"
    expect(status(seen)).to_contain_text("Saved")
    assert now(folder).clauses["pe-14"].text == f"{HEBREW}\n\n{EMOJI}"
    again = bench(smt.policy_builder())
    again.go(14)
    expect(clause(again)).to_have_value(f"{HEBREW}\n\n{EMOJI}")


def test_documents_are_written_downloaded_and_read_back(bench: Callable[..., Bench], folder: Path) -> None:
    begin(folder, pe_14="We never post about clients.")
    seen = bench(smt.policy_builder())
    seen.show("documents")
    row = seen.root.locator('[data-export="word"]')
    row.get_by_role("button", name="Write the Word document").click()
    expect(row).to_contain_text("Social media policy.docx")
    with seen.page.expect_download() as download:
        row.get_by_role("button", name="Download it").click()
    fetched = folder / "fetched.docx"
    download.value.save_as(fetched)
    assert fetched.read_bytes() == (folder / "Social media policy.docx").read_bytes()

    document = Document(str(fetched))
    for paragraph in document.paragraphs:
        if paragraph.text == "We never post about clients.":
            paragraph.runs[0].text = "We never post about clients or cups."
    document.add_paragraph("A stray thought.")
    document.save(str(fetched))
    seen.root.get_by_label("Document (.docx or .md)").set_input_files(fetched)
    read = seen.root.locator(".smt-import")
    expect(read).to_contain_text("1 differ from this draft")
    expect(read).to_contain_text("We never post about clients or cups.")
    assert seen.violations() == []
    assert now(folder).clauses["pe-14"].text == "We never post about clients."
    read.get_by_role("button", name="Put the chosen texts into this draft").click()
    expect(seen.root.locator(".smt-desk-heading")).to_have_text("Overview")
    assert now(folder).clauses["pe-14"].text == "We never post about clients or cups."

    seen.show("documents")
    (folder / "broken.docx").write_bytes(b"PK but no more")
    seen.root.get_by_label("Document (.docx or .md)").set_input_files(folder / "broken.docx")
    expect(seen.root.locator(".smt-import .smt-trouble")).to_contain_text("broken.docx")


def test_whole_drafts_are_begun_duplicated_compared_and_deleted_only_when_confirmed(bench: Callable[..., Bench], folder: Path) -> None:
    played = {"gut": None, "think": {}, "thought": True, "path": [], "replay": {}, "patch": {"clause": None, "text": "We draw nobody."}}
    Store(folder).put("m03-v-mural", played, done=True)
    seen = bench(smt.policy_builder())
    assert seen.violations() == []
    seen.root.get_by_label("Agency or practice").fill("Oak County")
    seen.root.get_by_role("button", name="Begin", exact=True).click()
    expect(seen.root.locator(".smt-desk-heading")).to_have_text("Overview")
    element = BANK.vignette("m03-v-mural").patch.element
    assert fields(now(folder))[element] == "We draw nobody."

    seen.root.get_by_role("button", name="Duplicate").click()
    expect(seen.root.get_by_label("Draft", exact=True).locator("option:checked")).to_contain_text("(copy)")
    seen.go(int(element[3:]))
    clause(seen).fill("We draw nobody without asking.")
    seen.show("compare")
    seen.root.get_by_role("button", name="Compare", exact=True).click()
    expect(seen.root.locator(".smt-pieces", has_text="We draw")).to_contain_text("without asking.")
    expect(seen.root.locator("ins").last).to_be_visible()

    delete = seen.root.get_by_role("button", name="Delete", exact=True)
    delete.click()
    expect(seen.root.locator(".smt-confirm")).to_contain_text("1 clause is written in it")
    seen.root.get_by_role("button", name="Keep it").click()
    expect(delete).to_be_focused()
    assert len(Drafts(folder).list()) == 2
    delete.click()
    seen.root.get_by_role("button", name="Delete it for good").click()
    expect(seen.root.get_by_label("Draft", exact=True).locator("option")).to_have_count(1)
    assert fields(now(folder))[element] == "We draw nobody."


@pytest.mark.parametrize(("theme", "width"), [("light", 1100), ("dark", 1100), ("light", 320)])
def test_thirty_long_clauses_stay_usable(bench: Callable[..., Bench], folder: Path, theme: str, width: int) -> None:
    long = "Nobody posts about clients, and the supervisor reads each post before it goes out. " * 60
    texts = {id.replace("-", "_"): long for id in BANK.elements} | {"pe_14": f"{RISKY} {long}", "safety.immediate_steps": "Save it\nCall"}
    drafts = begin(folder, **texts)
    drafts.copy(now(folder).id, "a-copy", "Draft 2")
    seen = bench(smt.policy_builder(), theme=theme, width=width)
    pages = ("overview", "gaps", "pe-14", "plan", "safety", "documents", "compare")
    for page in pages[:3] if theme == "dark" else pages:
        seen.show(page)
        expect(seen.root.locator(".smt-desk-heading")).to_be_focused()
        assert seen.violations() == [], page
        assert seen.overflow() <= 0, page
    assert seen.errors == []


def test_a_policy_is_written_by_keyboard_alone(bench: Callable[..., Bench], folder: Path) -> None:
    seen = bench(smt.policy_builder())
    keys = Keyboard(seen.page)
    seen.page.locator("h1").evaluate("(node) => { node.tabIndex = -1; node.focus(); }")
    keys.go_to(seen.root.get_by_label("Agency or practice"))
    seen.page.keyboard.type("Oak County")
    keys.press("Enter")
    heading = seen.root.locator(".smt-desk-heading")
    expect(heading).to_be_focused()
    keys.push(seen.root.get_by_role("button", name="Go on with 1."))
    for number in (1, 2, 3):
        expect(heading).to_contain_text(f"{number}.")
        expect(heading).to_be_focused()
        keys.go_to(clause(seen))
        seen.page.keyboard.type(f"Clause {number}, typed.")
        keys.go_to(seen.root.get_by_label("Owner"))
        seen.page.keyboard.type("Director")
        keys.push(seen.root.get_by_role("button", name="Next:"))
    expect(seen.root.locator(".smt-overall .smt-status")).to_contain_text("Everything is saved")
    kept = now(folder)
    assert [kept.clause(f"pe-0{n}").text for n in (1, 2, 3)] == [f"Clause {n}, typed." for n in (1, 2, 3)]
    assert kept.clause("pe-02").owner == "Director"


def test_my_policy_is_read_and_changed_in_place(bench: Callable[..., Bench], folder: Path) -> None:
    played = {"gut": None, "think": {}, "thought": True, "path": [], "replay": {}, "patch": {"clause": None, "text": "We draw nobody."}}
    Store(folder).put("m03-v-mural", played, done=True)
    seen = bench(smt.my_policy())
    row = seen.root.locator('[data-item="m03-v-mural"]')
    expect(row).to_contain_text("We draw nobody.")
    row.get_by_role("button", name="Edit").click()
    area = row.locator("textarea")
    expect(area).to_be_focused()
    area.fill(EMOJI)
    expect(row.locator(".smt-status")).to_contain_text("Saved")
    assert seen.violations() == []
    row.get_by_role("button", name="Done").click()
    expect(row.locator(".smt-prose")).to_contain_text("Be kind")
    assert Store(folder).answers["m03-v-mural"].value["patch"]["text"] == EMOJI
