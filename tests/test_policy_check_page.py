"""The page of a policy check in a browser: axe, two themes, a narrow window, and no request to anybody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from policy_profiles import AGENCIES

from smtraining import bank as banks
from smtraining.policy import check_page
from smtraining.policy.check import check
from smtraining.policy.extract import ExtractedText, Passage
from smtraining.policy.profile import profile

pytest_plugins = ["browser_support"]
pytestmark = pytest.mark.browser

TEXTS = (
    "These rules apply to all employees, volunteers and board members.",
    "We delete negative comments and comments that are off topic.",
    "Last reviewed on 3 May 2021.",
    "نحذف التعليقات. We delete negative comments 🙂 at once.",
    *(f"Staff do not accept friend requests from clients of house {number}." for number in range(5)),
)


@pytest.mark.parametrize(("theme", "width"), [("light", 1000), ("dark", 1000), ("light", 320)])
def test_the_report_passes_axe_in_both_themes_and_fits_a_narrow_window(chromium: Browser, tmp_path: Path, theme: str, width: int) -> None:
    bank = banks.load()
    document = ExtractedText("handbook.docx", tuple(Passage(text, f"paragraph {n}", "Rules") for n, text in enumerate(TEXTS, start=1)))
    found = check(document, profile(bank, AGENCIES["county child welfare"]), bank, {"missing:pe-08": "It is in our phone rules."})
    file = tmp_path / "report.html"
    file.write_text(check_page.page(found, bank), "utf-8")
    asked: list[str] = []
    said: list[str] = []
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme="dark" if theme == "dark" else "light")
    try:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(file.as_uri())
        for summary in page.locator("summary").all():
            summary.focus()
            page.keyboard.press("Enter")
        assert page.get_by_role("table").count() == 1
        assert page.get_by_text("It is in our phone rules.").first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        checked = Axe().run(page).response
        assert [f"{v['id']}: {n['html']}" for v in checked["violations"] for n in v["nodes"]] == []
        assert len(checked["passes"]) > 10
        assert (asked, said) == ([file.as_uri()], [])
        if folder := os.environ.get("SMTRAINING_PICTURES"):
            page.screenshot(path=str(Path(folder) / f"policy-check-{theme}-{width}.png"), full_page=True)
    finally:
        context.close()
