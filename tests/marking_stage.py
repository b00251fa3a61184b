"""The marking page in a browser without a notebook: the real page and the real session, with a wire of two functions between them."""

from __future__ import annotations

import re
from typing import Any

from browser_support import BLANK, theme_css
from fixtures.marking_course import Marker
from playwright.sync_api import Browser, Locator, Page, expect

from smtraining.instructor import STATIC
from smtraining.widgets.marking import MarkingPage, compose_script, compose_style

OPEN = """
async ({ esm, view }) => {
  window.stage = { mode: "ok", sent: [] };
  const handlers = [];
  const model = {
    get: () => view,
    on: (name, handler) => handlers.push(handler),
    off() {},
    send(message) {
      stage.sent.push(message);
      if (stage.mode === "silent") return;
      if (stage.mode === "throws") throw new Error("comm is closed");
      const late = () => new Promise((done) => (stage.mode === "slow" ? setTimeout(() => late().then(done), 50) : done()));
      const told = (replies) => late().then(() => replies.forEach((reply) => handlers.forEach((handler) => handler(reply, []))));
      window.toPython(message).then(told);
    },
  };
  const module = (await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })))).default;
  stage.close = module.render({ model, el: document.querySelector("main").appendChild(document.createElement("div")) });
}
"""


class MarkingStage:
    """A marker's browser window. ``errors`` is what the page complained of, ``asked`` every address it asked for."""

    def __init__(self, chromium: Browser, marker: Marker, *, theme: str = "light", width: int = 1200, clock: bool = False) -> None:
        self.marker = marker
        self.context = chromium.new_context(viewport={"width": width, "height": 950}, reduced_motion="reduce", locale="en-GB")
        self.page: Page = self.context.new_page()
        self.context.set_default_timeout(10_000)
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.widget = MarkingPage({"schema": 1, "title": marker.session.title}, marker.session.reply, STATIC)
        self._replies: list[Any] = []
        self.widget.send = self._replies.append  # type: ignore[method-assign]
        if clock:
            self.page.clock.install()
        self.page.set_content(BLANK)
        self.page.add_style_tag(content=theme_css(theme))
        self.page.add_style_tag(content="body { margin: 0; background: var(--jp-layout-color0); color: var(--jp-content-font-color1); }")
        self.page.add_style_tag(content=compose_style())
        self.page.evaluate("(light) => { document.body.dataset.jpThemeLight = light; }", str(theme == "light").lower())
        self.page.expose_function("toPython", self._answer)
        self.page.evaluate(OPEN, {"esm": compose_script(), "view": dict(self.widget.view)})
        expect(self.page.locator(".smt-rubric")).to_be_visible()

    def _answer(self, message: Any) -> list[Any]:
        self._replies.clear()
        self.widget._receive(None, message, [])
        return list(self._replies)

    # -- looking -------------------------------------------------------------------------------------------------------

    def title(self) -> Locator:
        return self.page.locator(".smt-card-title")

    def total(self) -> Locator:
        return self.page.locator(".smt-rubric-side .smt-total")

    def saved(self) -> Locator:
        return self.page.locator(".smt-saved")

    def said(self) -> Locator:
        """What the page tells a screen reader."""
        return self.page.locator(".smt-live")

    def level(self, criterion: str, text: str) -> Locator:
        return self.page.get_by_role("group", name=criterion, exact=True).locator("label", has_text=text).locator("input")

    def tab(self, name: str) -> Locator:
        return self.page.locator(".smt-tab", has_text=re.compile(f"^{name}"))

    def focus(self) -> str:
        """The element with the focus, in words."""
        return str(self.page.evaluate("() => { const e = document.activeElement; return `${e.tagName.toLowerCase()}.${e.className}`; }"))

    # -- doing ---------------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def at(self, student: str) -> None:
        """Wait until this student's answer is open."""
        expect(self.title()).to_contain_text(f"Student {self.marker.who(student)}")

    def open(self, student: str, task: str = "t90-w1") -> None:
        self.page.get_by_label("Answer", exact=True).select_option(f"{task}|{self.marker.who(student)}")
        self.at(student)

    def python(self, mode: str) -> None:
        self.page.evaluate("(mode) => { stage.mode = mode; }", mode)
