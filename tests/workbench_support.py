"""A page of the workbench in a real browser without a notebook: the real desk answers, through a function that the page can call.

Use it as a plugin: ``pytest_plugins = ["browser_support", "workbench_support"]``; then ``bench(widget)`` gives a :class:`Bench`.
(Tests also import from it before pytest does; it needs none of pytest's help with assertions: PYTEST_DONT_REWRITE.)
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_support import BLANK, theme_css
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from smtraining.widgets.workbench import Workbench, compose_script, compose_style

expect.set_options(timeout=20_000)  # a busy machine is no defect

# The widget model of a host, with Python behind it: mode "ok", "silent" (no kernel) or "slow" (replies wait for release()).
MODEL = """
window.bench = { mode: "ok", handlers: [], held: [],
  emit({ message, files }) {
    const bytes = files.map((text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer));
    bench.handlers.forEach((handler) => handler(message, bytes));
  },
  release() { for (const reply of bench.held.splice(0)) bench.emit(reply); },
  model(view, state) {
    return {
      get: (name) => ({ view, state })[name],
      set() {}, save_changes() {}, off() {},
      on: (name, handler) => bench.handlers.push(handler),
      async send(message, callbacks, files) {
        if (bench.mode === "silent") return;
        const packed = (files ?? []).map((buffer) => btoa(Array.from(new Uint8Array(buffer), (b) => String.fromCharCode(b)).join("")));
        const replies = await window.askPython(JSON.stringify(message), packed);
        for (const reply of replies) bench.mode === "slow" ? bench.held.push(reply) : bench.emit(reply);
      },
    };
  },
  async open({ esm, view, state, views }) {
    const module = (await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })))).default;
    const model = bench.model(view, state);
    module.initialize({ model });
    bench.close = [];
    for (let i = 0; i < views; i += 1) {
      const el = document.createElement("div");
      document.querySelector("main").append(el);
      bench.close.push(module.render({ model: { ...model }, el }));
    }
  },
};
"""


class Bench:
    """A page of the workbench on display, and the messages that went each way."""

    def __init__(self, page: Page, widget: Workbench) -> None:
        self.page, self.widget = page, widget
        self.sent: list[dict[str, Any]] = []
        self.replies: list[dict[str, Any]] = []
        self.errors: list[str] = []

    @property
    def root(self) -> Locator:
        return self.page.locator("section.smt").first

    def go(self, number: int) -> None:
        """Open the element with this number, by the list at the side."""
        item = self.root.locator(f'.smt-nav-item[data-page="pe-{number:02d}"]')
        if not item.is_visible():
            item.locator("xpath=ancestor::details").locator("summary").first.click()
        item.click()

    def show(self, page: str) -> None:
        """Open another page of the builder: overview, gaps, plan, safety, documents, compare."""
        item = self.root.locator(f'.smt-nav-item[data-page="{page}"]')
        if not item.is_visible():
            item.locator("xpath=ancestor::details").locator("summary").first.click()
        item.click()

    def mode(self, mode: str) -> None:
        self.page.evaluate("(mode) => { bench.mode = mode; }", mode)

    def violations(self) -> list[str]:
        options = {"rules": {"target-size": {"enabled": True}}}
        found = Axe().run(self.page, context=".smt", options=options).response["violations"]
        return [f"{v['id']}: {n['html']} {n.get('failureSummary', '')}" for v in found for n in v["nodes"]]

    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def answer(self, message: str, files: list[str]) -> list[dict[str, Any]]:
        content = json.loads(message)
        self.sent.append(content)
        sent: list[dict[str, Any]] = []
        self.widget.send = lambda reply, buffers=None: sent.append(  # type: ignore[method-assign]
            {"message": reply, "files": [base64.b64encode(data).decode() for data in buffers or ()]}
        )
        self.widget._receive(self.widget, content, [base64.b64decode(data) for data in files])
        self.replies += [reply["message"] for reply in sent]
        return sent


@pytest.fixture
def bench(chromium: Browser) -> Iterator[Callable[..., Bench]]:
    """``bench(widget, theme="light", width=1100, views=1)`` -> :class:`Bench`."""
    contexts: list[BrowserContext] = []

    def open_(widget: Workbench, *, theme: str = "light", width: int = 1100, views: int = 1) -> Bench:
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", accept_downloads=True))
        page = contexts[-1].new_page()
        found = Bench(page, widget)
        page.on("pageerror", lambda error: found.errors.append(str(error)))
        page.on("console", lambda message: found.errors.append(message.text) if message.type == "error" else None)
        page.set_content(BLANK)
        page.add_style_tag(content=theme_css(theme))
        page.add_style_tag(content="body { margin: 0; background: var(--jp-layout-color0); color: var(--jp-content-font-color1); }")
        page.add_style_tag(content=compose_style())
        page.evaluate("(light) => { document.body.dataset.jpThemeLight = light; }", str(theme == "light").lower())
        page.expose_function("askPython", found.answer)
        page.evaluate(MODEL)
        given = json.loads(json.dumps({"esm": compose_script(), "view": widget.view, "state": widget.state, "views": views}))
        page.evaluate("(given) => bench.open(given)", given)
        assert found.errors == []
        return found

    yield open_
    for context in contexts:
        context.close()
