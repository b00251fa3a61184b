"""The switchboard: twelve answers kept as the agency's profile, and the rules that follow, by mouse and by keyboard."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from journeys import Keyboard, labelled
from playwright.sync_api import expect
from policy_profiles import AGENCIES
from workbench_support import Bench

import smtraining as smt
from smtraining import bank as banks
from smtraining.lesson.desk_switchboard import SwitchboardDesk
from smtraining.policy.profile import profile
from smtraining.policy.profile_store import FILE_NAME, ProfileStore
from smtraining.policy.requirements import binding

pytest_plugins = ["browser_support", "workbench_support"]

BANK = banks.load()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answer(desk: SwitchboardDesk, switch: str, *chosen: str) -> dict[str, Any]:
    [reply] = desk.reply({"type": "edit", "item": switch, "value": list(chosen)})
    return reply


@pytest.mark.parametrize("agency", AGENCIES)
def test_the_answers_of_an_agency_are_kept_and_give_its_rules_with_reason_source_and_date(agency: str, folder: Path) -> None:
    desk = SwitchboardDesk(BANK, ProfileStore(folder))
    for switch, given in AGENCIES[agency].items():
        answer(desk, switch, *([given] if isinstance(given, str) else given))
    expected = profile(BANK, AGENCIES[agency])
    assert ProfileStore(folder).load() == expected

    again = SwitchboardDesk(BANK, ProfileStore(folder))  # after a restart
    told = again.state["told"]["rules"]
    sure = {found.rule.id for found in binding(expected, BANK, dt.date.today()) if found.certain}
    assert {id for id, rule in told.items() if rule["certain"]} == sure
    assert all(rule["reason"].startswith("You said that") for id, rule in told.items() if id in sure)
    rules = {rule["id"]: rule for rule in again.view["rules"]}
    law = [source for id in sure for source in rules[id]["sources"] if source["id"].startswith("law-")]
    assert law and all(source["as_of"] for source in law)


def test_an_answer_taken_back_is_not_sure_again_and_says_how_to_find_out(folder: Path) -> None:
    desk = SwitchboardDesk(BANK, ProfileStore(folder))
    assert "rule-part-2" not in [id for id, r in answer(desk, "substance-use", "no-program")["told"]["rules"].items()]
    told = answer(desk, "substance-use")["told"]
    assert told["rules"]["rule-part-2"]["certain"] is False
    assert told["rules"]["rule-part-2"]["find_out"] == [BANK.switch("substance-use").find_out]
    assert "substance-use" in told["open"]


def test_a_look_brings_what_another_window_has_answered_and_nothing_if_nothing_changed(folder: Path) -> None:
    first, second = (SwitchboardDesk(BANK, ProfileStore(folder)) for _ in range(2))
    assert first.reply({"type": "look"}) == []
    answer(second, "employer", "nonprofit")
    [news] = first.reply({"type": "look"})
    assert news["answers"] == {"employer": ["nonprofit"]}


def test_a_damaged_profile_is_said_and_a_newer_one_is_never_overwritten(folder: Path) -> None:
    (folder / FILE_NAME).write_text("{")
    desk = SwitchboardDesk(BANK, ProfileStore(folder))
    assert "damaged" in desk.state["notice"]
    assert "kept as" in answer(desk, "employer", "nonprofit")["notice"]
    (folder / FILE_NAME).write_text('{"smtraining": "policy-profile", "schema": 99}')
    widget = smt.switchboard()
    assert "newer version" in widget.state["notice"]
    sent: list[dict[str, Any]] = []
    widget.send = lambda reply, _files: sent.append(reply)
    widget._receive(widget, {"type": "edit", "item": "employer", "value": ["nonprofit"], "n": 4, "by": "me"}, [])
    assert sent[0]["type"] == "failed" and "update smtraining" in sent[0]["advice"]
    assert (sent[0]["n"], sent[0]["by"]) == (4, "me")
    assert json.loads((folder / FILE_NAME).read_text()) == {"smtraining": "policy-profile", "schema": 99}


def test_it_can_be_read_without_a_kernel() -> None:
    html, text = smt.switchboard()._static()
    for switch in BANK.switches.values():
        assert switch.question in text.replace("\n", " ")
        assert switch.options[0].text.replace("&", "&amp;") in html


# -- in the browser ------------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_answers_by_keyboard_alone_show_the_rules_at_once(bench: Callable[..., Bench], folder: Path) -> None:
    seen = bench(smt.switchboard())
    keys = Keyboard(seen.page)
    seen.page.locator("h1").evaluate("(node) => { node.tabIndex = -1; node.focus(); }")
    for switch, words in (("employer", "A nonprofit organization"), ("substance-use", "Yes")):
        question = seen.root.locator(f'[data-item="{switch}"]')
        option = next(o.text for o in BANK.switch(switch).options if o.text.startswith(words))
        keys.choose(question, option)
        expect(question.locator(".smt-status")).to_contain_text("Saved")
    uses = seen.root.locator('[data-item="uses"]')
    for option in BANK.switch("uses").options[:2]:
        keys.go_to(labelled(uses, option.text))
        keys.press("Space")
    results = seen.root.locator(".smt-results")
    expect(results.locator('[data-item="rule-part-2"]')).to_contain_text("You said that you offer substance-use treatment")
    expect(results.locator('[data-item="rule-part-2"]')).to_contain_text("As of")
    expect(results.locator(".smt-summary-line")).to_contain_text("3 of 12 questions answered")
    stored = ProfileStore(folder).load().answers
    assert stored == {"employer": ("nonprofit",), "substance-use": ("program",), "uses": ("official", "professional")}
    assert seen.errors == []


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1100), ("dark", 320)])
def test_it_passes_axe_and_fits_a_small_window(bench: Callable[..., Bench], folder: Path, theme: str, width: int) -> None:
    ProfileStore(folder).save(profile(BANK, {"employer": "government", "licensed": "some"}))
    seen = bench(smt.switchboard(), theme=theme, width=width)
    for summary in seen.root.locator("summary").all():
        summary.evaluate("(node) => { node.parentNode.open = true; }")
    assert seen.violations() == []
    assert seen.overflow() <= 0


@pytest.mark.browser
def test_without_a_kernel_an_answer_is_not_called_saved(bench: Callable[..., Bench], folder: Path) -> None:
    seen = bench(smt.switchboard())
    seen.page.clock.install()
    seen.mode("silent")
    question = seen.root.locator('[data-item="minors"]')
    question.locator("label").first.click()
    expect(question.locator(".smt-status")).to_have_text("Saving…")
    seen.page.clock.fast_forward(9000)
    expect(question.locator(".smt-trouble")).to_contain_text("kernel")
    expect(question.locator(".smt-status")).to_have_text("Not saved")
    expect(question.locator("input").first).to_be_checked()
    seen.mode("ok")
    question.get_by_role("button", name="Try again").click()
    expect(question.locator(".smt-status")).to_contain_text("Saved")
    assert ProfileStore(folder).load().answers == {"minors": ("serves",)}
