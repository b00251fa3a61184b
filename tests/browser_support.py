"""One Chromium for all browser tests, and the page in it without a notebook: a fake of the widget model and of the Python side.

Use it as a plugin: ``pytest_plugins = ["browser_support"]``; then ``open_page(view, ...)`` gives a :class:`Stage`.
(Tests also import from it before pytest does; it needs none of pytest's help with assertions: PYTEST_DONT_REWRITE.)
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from ensure_browser import find
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from smtraining.widgets.page import compose_script, compose_style, parts_of

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# What a host gives a widget's module, and a Python side that keeps every answer: model.mode says how it behaves.
FAKE = """
window.fake = {
  sent: [], mode: "ok", records: {}, handlers: {},
  model(view, state, reveals, notebook) {
    const fake = window.fake;
    fake.records = { ...state.answers };
    const emit = (message) => (fake.handlers["msg:custom"] ?? []).forEach((handler) => handler(message, []));
    fake.emit = emit;
    fake.python = (message) => {
      if (message.type === "restore") {
        Object.assign(fake.records, message.answers);
        const told = Object.fromEntries(Object.entries(reveals).filter(([id]) => fake.records[id]?.done));
        return [{ type: "restored", answers: fake.records, reveals: told, seed: message.seed }];
      }
      const { r, n } = fake.records[message.item] ?? { r: 0, n: 0 };
      const now = new Date().toISOString();
      const record = { r: r + 1, t: now, v: message.value, done: message.done, n: n + Number(message.done) };
      fake.records[message.item] = record;
      return [{ type: "saved", item: message.item, record, reveal: message.done ? reveals[message.item] : null, seed: "fake-seed" }];
    };
    const failing = (message) => [{ type: "failed", item: message.item, ...fake.failure }];
    return {
      get: (name) => ({ view, state })[name],
      set() {}, save_changes() {}, off() {},
      on: (name, handler) => (fake.handlers[name] ??= []).push(handler),
      send(message) {
        if (fake.mode === "throws") throw new Error("comm is closed");
        fake.sent.push(JSON.parse(JSON.stringify(message)));
        if (fake.mode === "silent") return;
        const replies = (fake.mode === "failed" ? failing : fake.python)(message);
        setTimeout(() => JSON.parse(JSON.stringify(replies)).forEach(emit), 0);
      },
      widget_manager: notebook && { context: { model: {
        getMetadata: (key) => notebook[key],
        setMetadata: (key, value) => { notebook[key] = JSON.parse(JSON.stringify(value)); },
      } } },
    };
  },
  async open({ esm, view, state, reveals, notebook, views, python }) {
    const fake = window.fake;
    fake.failure = { message: "Your answer could not be saved: this folder is read-only.",
                     advice: "Copy the notebook to your own folder; nothing you typed is lost.", detail: "PermissionError: [Errno 13]" };
    const module = (await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })))).default;
    const model = fake.model(view, state, reveals, notebook);
    fake.notebook = notebook;
    if (python) fake.python = new Function("message", "fake", python);
    const answer = fake.python;
    fake.python = (message) => answer(message, fake);
    module.initialize({ model });
    // Each view gets a proxy of its own, as the host does it.
    fake.cleanups = [];
    for (let i = 0; i < views; i += 1) {
      const el = document.createElement("div");
      el.className = "view";
      document.querySelector("main").append(el);
      fake.cleanups.push(module.render({ model: { ...model }, el }));
    }
  },
};
"""

BLANK = """<!doctype html><html lang='en'><head><title>A lesson</title></head>
<body><main><h1>A lesson</h1><h2>A part</h2></main></body></html>"""


class Stage:
    """A page on display. ``page`` is Playwright's; the rest asks the fake what it saw."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def sent(self) -> list[dict[str, Any]]:
        """Every message the page has sent, oldest first."""
        return list(self.page.evaluate("window.fake.sent"))

    def last(self, item: str) -> dict[str, Any]:
        """The last answer sent for an item."""
        return next(m for m in reversed(self.sent()) if m.get("item") == item)

    def python(self, mode: str) -> None:
        """From now on the Python side is ``ok``, ``failed`` (cannot write), ``silent`` (no kernel) or ``throws`` (comm closed)."""
        self.page.evaluate("(mode) => { window.fake.mode = mode; }", mode)

    def emit(self, message: dict[str, Any]) -> None:
        """Let the Python side say something."""
        self.page.evaluate("(message) => window.fake.emit(message)", message)

    def metadata(self) -> dict[str, Any] | None:
        """What the notebook's metadata hold under ``smtraining``."""
        found: dict[str, Any] | None = self.page.evaluate("window.fake.notebook?.smtraining ?? null")
        return found

    def violations(self) -> list[str]:
        """What axe finds in the page, one line per rule and element."""
        found = Axe().run(self.page, context=".smt").response["violations"]
        return [f"{v['id']}: {n['html']} {n.get('failureSummary', '')}" for v in found for n in v["nodes"]]


def theme_css(theme: str) -> str:
    """The variables of JupyterLab's own ``light`` or ``dark`` theme, as installed."""
    folder = Path(sys.prefix) / "share/jupyter/lab/themes/@jupyterlab" / f"theme-{theme}-extension"
    return (folder / "index.css").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    path = find()
    if path is None:
        pytest.fail("No browser: run  python tests/ensure_browser.py")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Stage]]:
    """``open_page(view, reveals={}, state=None, notebook=None, theme="light", width=900, ...)`` -> :class:`Stage`.

    ``notebook`` is the notebook's metadata (None: a host without them). ``python`` is the body of a JavaScript function of
    ``(message, fake)`` that returns the replies, instead of the default that keeps every answer. ``clock=True`` stops the time.
    """
    contexts: list[BrowserContext] = []

    def open_(
        view: dict[str, Any],
        *,
        reveals: dict[str, Any] | None = None,
        state: dict[str, Any] | None = None,
        notebook: dict[str, Any] | None = None,
        theme: str = "light",
        width: int = 900,
        forced_colors: str = "none",
        views: int = 1,
        python: str | None = None,
        clock: bool = False,
    ) -> Stage:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            forced_colors=forced_colors,  # type: ignore[arg-type]
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
        )
        contexts.append(context)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        if clock:
            page.clock.install(time="2026-03-02T10:02:00Z")
        page.set_content(BLANK)
        page.add_style_tag(content=theme_css(theme))
        page.add_style_tag(content="body { margin: 0; background: var(--jp-layout-color0); color: var(--jp-content-font-color1); }")
        page.add_style_tag(content=compose_style())
        page.evaluate("(light) => { document.body.dataset.jpThemeLight = light; }", str(theme == "light").lower())
        page.evaluate(FAKE)
        page.evaluate(
            "(given) => window.fake.open(given)",
            {
                "esm": compose_script(parts_of(view)),
                "view": view,
                "state": state or {"answers": {}, "reveals": {}, "notice": None},
                "reveals": reveals or {},
                "notebook": json.loads(json.dumps(notebook)),
                "views": views,
                "python": python,
            },
        )
        assert errors == []
        return Stage(page)

    yield open_
    for context in contexts:
        context.close()
