"""The workbench: one anywidget for the pages on which somebody writes (switchboard, builder, my policy), with a module of its own.

It carries messages and nothing else, like the page of a lesson, whose drawing helpers it uses; a lesson's page does not load any of it.
``view`` is set once, ``state`` is what is known when the page opens; after that only changes travel (docs/architecture.md, "The
workbench").
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from smtraining.errors import SaveError, SmtrainingError
from smtraining.widgets.page import Message, Page, Static

LARGEST_FILE = 8_000_000
"""Bytes of a file that the browser may send; the server's own limit for a message is 10 megabytes."""

HERE = Path(__file__).parent
SHARED = ("core", "controls")
"""Parts of the lesson's page that the workbench uses as well."""

SCRIPTS = ("desk", "fields", "switchboard", "findings", "element", "plans", "documents", "drafts", "builder", "my_policy", "main")


@lru_cache
def compose_script() -> str:
    """The workbench's module: the shared parts, its own in order, and its default export."""
    files = [HERE / "js" / f"{name}.js" for name in SHARED] + [HERE / "js" / "workbench" / f"{name}.js" for name in SCRIPTS]
    return "\n".join([*(file.read_text(encoding="utf-8") for file in files), "export default { initialize, render };\n"])


@lru_cache
def compose_style() -> str:
    """The workbench's style sheet: the shared base and rows of choices, then its own. Every selector is under ``.smt``."""
    files = [HERE / "css" / "base.css", HERE / "css" / "questions.css", *sorted((HERE / "css" / "workbench").glob("*.css"))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


class Workbench(Page):
    """A page of the workbench.

    ``on_message`` takes a message of the browser, with the files that came with it under ``files`` (a list of bytes), and returns the
    replies; a reply's ``files`` are sent beside it. It keeps ``state`` true by changing it in place, so that nothing more is sent.
    What it raises becomes a ``failed`` reply: nobody waits for nothing. ``static`` makes its ``(html, text)``.
    """

    _css = compose_style()

    def __init__(self, view: Message, state: Message, on_message: Callable[[Message], list[Message]], static: Static) -> None:
        self._esm = compose_script()
        super(Page, self).__init__(view=view, state=state)  # past the page's own module
        self._on_message = on_message
        self._static = static
        self.on_msg(self._receive)

    @property
    def text(self) -> str:
        """The page as plain text, for those who work without widgets."""
        return self._static()[1]

    def _receive(self, _widget: object, content: Any, buffers: Any) -> None:
        # Two tabs on one notebook hear every reply; these say whose message is answered.
        whose = {name: content.get(name) for name in ("n", "by")} if isinstance(content, dict) else {}
        try:
            replies = self._on_message({**_checked(content), "files": [bytes(buffer) for buffer in buffers or ()]})
        except Exception as error:
            replies = [{"type": "failed", **_words(error)}]
        for reply in replies:
            files = reply.get("files")
            self.send({name: value for name, value in reply.items() if name != "files"} | whose, files)


def _checked(content: object) -> Message:
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        raise SaveError(
            "The page sent something this version cannot read.",
            "Save the notebook, reload the page and choose Run > Run All Cells.",
            f"Expected an object with a 'type', got {type(content).__name__}.",
        )
    return content


def _words(error: Exception) -> Message:
    """An exception in words for the writer, with the technical side apart."""
    if isinstance(error, SaveError):
        return {"message": error.message, "advice": error.advice, "detail": error.detail}
    if isinstance(error, SmtrainingError):
        return {"message": str(error), "advice": "", "detail": ""}
    return {
        "message": "This did not work.",
        "advice": "What you typed is still here. Press “Try again”; if that fails too, choose Kernel > Restart Kernel and Run All Cells.",
        "detail": f"{type(error).__name__}: {error}",
    }
