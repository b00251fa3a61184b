"""One more word in a policy of thirty elements, in a real JupyterLab: what travels, and how long until the page says "Saved".

The time runs from the edit to the word "Saved", so the pause that the page waits for the next key is in it. The bytes are all that goes
over the kernel's websocket for one edit, both ways, with what the Jupyter protocol puts around it.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path

import nbformat
from browser_support import FLAGS
from ensure_browser import find
from jupyter_support import NotebookPage, jupyter
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.widgets import SETTLED, Traffic
from smtraining import bank as banks
from smtraining.policy.draft import Draft, new_draft
from smtraining.policy.drafts_store import Drafts

EDITS = 15
WORDS = "We ask first, in writing, and keep what was said in the record. "

EDIT = """
async (word) => {
  const area = document.querySelector('.smt-desk-page textarea[data-key="pe-14"]');
  const status = area.closest(".smt-write").querySelector(".smt-status");
  const start = performance.now();
  area.setRangeText(word, area.value.length, area.value.length, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  while (status.textContent !== "Saving…" && performance.now() - start < 20000) await new Promise(requestAnimationFrame);
  while (!status.textContent.startsWith("Saved") && performance.now() - start < 20000) await new Promise(requestAnimationFrame);
  return status.textContent.startsWith("Saved") ? performance.now() - start : -1;
}
"""


def measure() -> dict[str, float]:
    """Medians over the edits of one session, after one that warms up."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "course"
        root.mkdir()
        draft = Drafts(root).save(_draft())
        cell = new_code_cell("import smtraining as smt; smt.policy_builder()")
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
        nbformat.write(new_notebook(cells=[cell], metadata=kernel), root / "policy.ipynb")
        with jupyter(root, "lab", Path(folder) / "home") as served, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
            page = browser.new_context(viewport={"width": 1200, "height": 900}).new_page()
            times, sizes = _edits(page, served.url)
            browser.close()
        written = Drafts(root).open(draft.id)
        if not all(f"word{number}" in written.clause("pe-14").text for number in range(EDITS + 1)):
            raise RuntimeError("not every edit is on disk: there is no figure")
        return {
            "policy_edit_median_ms": round(statistics.median(times), 1),
            "policy_edit_bytes": statistics.median(sizes),
            "policy_edit_draft_bytes": len(json.dumps(written.to_json(), ensure_ascii=False).encode()),
            "policy_edit_elements": len(written.clauses),
        }


def _edits(page: Page, url: str) -> tuple[list[float], list[int]]:
    seen = Traffic()
    page.on("websocket", seen.watch)
    book = NotebookPage(page, url, "policy.ipynb", "lab")
    book.open()
    book.run_all()
    page.locator(".smt-nav-part summary", has_text="Disclosure").click()
    page.locator('.smt-nav-item[data-page="pe-14"]').click()
    expect(page.get_by_label("Your clause")).to_be_visible()
    page.wait_for_function(SETTLED)
    times, sizes = [], []
    for number in range(EDITS + 1):
        page.wait_for_timeout(1200)  # what belongs to the last edit has gone by
        seen.bytes, seen.counting = 0, True
        took = page.evaluate(EDIT, f" word{number}")
        page.wait_for_timeout(600)
        seen.counting = False
        if took < 0:
            raise RuntimeError("the page did not say Saved within 20 seconds")
        if number:
            times.append(took)
            sizes.append(seen.bytes)
    book.end_kernel()
    return times, sizes


def _draft() -> Draft:
    draft = new_draft(agency="Oak County")
    for id in banks.load().elements:
        draft = draft.with_clause(id, text=WORDS * 12, owner="Program director")
    return draft
