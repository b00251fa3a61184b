"""The page: one anywidget, whatever it holds, so a notebook cell opens one comm.

Python sends ``view`` once and ``state`` when the page opens; everything after that is messages (docs/architecture.md, "The page"). The
class carries them and nothing else: what an answer means is decided by the ``on_message`` it is given.

The front end is plain scripts in ``js/`` and style sheets in ``css/``. A notebook loads a widget's module from a blob, where relative
imports cannot resolve, so the parts are joined into one module: no build step, and a new question kind is one more ``js/kind_*.js``. The
module travels with every page, so a page takes only the parts that it needs. The style sheet is the same for all, because the host keeps
one; a part with a sheet of its own adds it once, after that one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data

from smtraining.errors import SaveError

Message = dict[str, Any]

Static = Callable[[], tuple[str, str]]
"""Makes the ``(html, text)`` of a page for readers without a kernel. It is asked when the widget is on its way already."""

LARGEST_MESSAGE = 1_000_000
"""Characters of JSON that one message from the browser may have; more is refused before anything reads it."""

HERE = Path(__file__).parent
# A part may use what an earlier one defines at load time; kinds register themselves with the registry of core.js.
FRAME = ("core", "store", "controls", "question")
# These bring a style sheet of their own: a new sheet costs the host a look at its whole document, so only pages with such parts pay for it.
STYLED = ("artifact", "vignette")


@lru_cache
def all_parts() -> tuple[str, ...]:
    """The parts of ``js/`` that a page may do without: one for artifacts, one for cases, one for each kind of question."""
    return ("artifact", "vignette", *sorted(path.stem for path in (HERE / "js").glob("kind_*.js")))


def parts_of(view: Message) -> tuple[str, ...]:
    """Those of :func:`all_parts` that the page ``view`` needs, in the same order. A case may hold anything but questions."""
    kinds = {item["kind"] for item in view["items"]}
    wanted = {f"kind_{kind}" for kind in kinds} | kinds | ({"artifact"} if view["artifacts"] or "vignette" in kinds else set())
    return tuple(part for part in all_parts() if part in wanted)


@lru_cache
def compose_script(parts: tuple[str, ...]) -> str:
    """The module of a page with these ``parts``: ``initialize`` and ``render`` are its default export."""
    texts = [(HERE / "js" / f"{name}.js").read_text(encoding="utf-8") for name in (*FRAME, *parts, "main")]
    styles = [f"addStyle({json.dumps(name)}, {json.dumps(_sheet(name))});" for name in parts if name in STYLED]
    return "\n".join([*texts, *styles, "export default { initialize, render };\n"])


@lru_cache
def compose_style() -> str:
    """The style sheet of every page. Every selector is under ``.smt``, because hosts load it globally."""
    return "\n".join(_sheet(name) for name in ("base", "questions"))


def _sheet(name: str) -> str:
    return (HERE / "css" / f"{name}.css").read_text(encoding="utf-8")


class Page(anywidget.AnyWidget):
    """A page of a lesson.

    ``view`` and ``state`` are the redacted data of docs/architecture.md. ``on_message`` takes a message of the browser (a plain dict with
    a ``type``) and returns the replies to send. ``static`` makes the page for readers without a kernel.
    """

    _css = compose_style()

    view = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, view: Message, state: Message, on_message: Callable[[Message], list[Message]], static: Static) -> None:
        self._esm = compose_script(parts_of(view))
        super().__init__(view=view, state=state)
        self._on_message = on_message
        self._static = static
        self.on_msg(self._receive)

    def _receive(self, _widget: object, content: Any, _buffers: object) -> None:
        """Answer one message of the browser. Whatever goes wrong becomes a ``failed`` reply: a learner never waits for nothing."""
        item = content.get("item") if isinstance(content, dict) else None
        try:
            problem = _refusal(content)
            replies = [problem | {"type": "failed", "item": item}] if problem else self._on_message(content)
            for reply in replies:
                self._remember(reply)
        except Exception as error:
            replies = [_failure(error) | {"type": "failed", "item": item}]
            self._remember(replies[0])
        for reply in replies:
            self.send(reply)

    def _remember(self, reply: Message) -> None:
        """Keep ``state`` true for a page that is loaded again. Changed in place, so that nothing more is sent now."""
        answers, reveals = self.state.setdefault("answers", {}), self.state.setdefault("reveals", {})
        match reply["type"]:
            case "saved":
                answers[reply["item"]] = reply["record"]
                if reply.get("reveal") is None:
                    reveals.pop(reply["item"], None)
                else:
                    reveals[reply["item"]] = reply["reveal"]
                self.state["notice"] = None
            case "restored":
                answers.update(reply["answers"])
                reveals.update(reply["reveals"])
            case "failed":
                self.state["notice"] = {name: reply[name] for name in ("message", "advice", "detail")}
        if reply.get("seed"):
            self.state["seed"] = reply["seed"]

    def _ipython_display_(self) -> None:
        """Two outputs: the widget, and below it the static page, which every host keeps and shows without a kernel.

        In one output JupyterLab and Notebook 7 prefer the widget even when its kernel is gone, and then say "Error displaying widget: model
        not found" until the cell is run again. The style of the static page hides it while the live page is on display or on its way.
        """
        # It would be None without a view name, which every page has.
        data, metadata = super()._repr_mimebundle_()  # type: ignore[misc]
        del data["text/plain"]  # the text is in the second output
        publish_display_data(data, metadata)  # type: ignore[no-untyped-call]
        html, text = self._static()
        publish_display_data({"text/html": html, "text/plain": text})  # type: ignore[no-untyped-call]
        _let_go(self)


_shown: dict[tuple[str, str], list[Page]] = {}


def _let_go(page: Page) -> None:
    """Close what the same cell showed before: an open page stays in the kernel, and travels again whenever the notebook is loaded.

    Its last predecessor is kept, because another tab may still show that one.
    """
    shell: Any = get_ipython()
    cell = shell.get_parent().get("metadata", {}).get("cellId") if hasattr(shell, "get_parent") else None
    if cell is None:  # a host that does not say which cell it runs
        return
    pages = _shown.setdefault((cell, page.view["id"]), [])
    pages.append(page)
    for old in pages[:-2]:
        old.close()
    del pages[:-2]


def _refusal(content: object) -> Message | None:
    """Why a message is not passed on, in words for the learner; None if it is well-formed."""
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        return {
            "message": "The page sent something this version cannot read.",
            "advice": "Save the notebook, reload the page and choose Run > Run All Cells.",
            "detail": f"Expected an object with a 'type', got {type(content).__name__}.",
        }
    size = len(json.dumps(content, ensure_ascii=False))
    if size > LARGEST_MESSAGE:
        return {
            "message": "This answer is too long to be saved.",
            "advice": "Shorten it; what you typed is still here.",
            "detail": f"The message has {size:,} characters, at most {LARGEST_MESSAGE:,} are accepted.",
        }
    return None


def _failure(error: Exception) -> Message:
    """An exception in words for the learner, with the technical side apart."""
    if isinstance(error, SaveError):
        return {"message": error.message, "advice": error.advice, "detail": error.detail}
    return {
        "message": "Your answer could not be saved.",
        "advice": "What you typed is still here. Press “Try again”; if that fails too, choose Kernel > Restart Kernel and Run All Cells.",
        "detail": f"{type(error).__name__}: {error}",
    }
