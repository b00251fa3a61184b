"""The page: one anywidget, whatever it holds, so a notebook cell opens one comm.

Python sends ``view`` once and ``state`` when the page opens; everything after that is messages (docs/architecture.md, "The page"). The
class carries them and nothing else: what an answer means is decided by the ``on_message`` it is given.

The front end is plain scripts in ``js/`` and style sheets in ``css/``. A notebook loads a widget's module from a blob, where relative
imports cannot resolve, so the parts are joined into one module when the class is made: no build step, and a new question kind is one more
``js/kind_*.js``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from smtraining.errors import SaveError

Message = dict[str, Any]

LARGEST_MESSAGE = 1_000_000
"""Characters of JSON that one message from the browser may have; more is refused before anything reads it."""

HERE = Path(__file__).parent
# A part may use what an earlier one defines at load time; kinds register themselves with the registry of core.js.
SCRIPTS = ("core", "store", "controls", "question", "artifact", "vignette")


def compose_script() -> str:
    """The page's module: all parts of ``js/`` in order, with ``initialize`` and ``render`` as its default export."""
    folder = HERE / "js"
    kinds = sorted(path.stem for path in folder.glob("kind_*.js"))
    parts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in (*SCRIPTS, *kinds, "main")]
    return "\n".join([*parts, "export default { initialize, render };\n"])


def compose_style() -> str:
    """The page's style sheet: ``css/base.css``, then the others. Every selector is under ``.smt``, because hosts load it globally."""
    sheets = sorted((HERE / "css").glob("*.css"), key=lambda path: (path.stem != "base", path.stem))
    return "\n".join(path.read_text(encoding="utf-8") for path in sheets)


class Page(anywidget.AnyWidget):
    """A page of a lesson.

    ``view`` and ``state`` are the redacted data of docs/architecture.md. ``on_message`` takes a message of the browser (a plain dict with
    a ``type``) and returns the replies to send. ``static`` is the page as ``(html, text)`` for readers without a kernel.
    """

    _esm = compose_script()
    _css = compose_style()

    view = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, view: Message, state: Message, on_message: Callable[[Message], list[Message]], static: tuple[str, str]) -> None:
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

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[Message, Message]:
        """The widget view, and beside it the static version: a host that knows widgets prefers the view, GitHub and nbviewer cannot."""
        # It would be None without a view name, which every page has.
        data, metadata = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        html, text = self._static
        return {**data, "text/html": html, "text/plain": text}, metadata


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
