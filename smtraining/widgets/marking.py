"""The marking page: one anywidget for instructors, apart from the learner's page so that neither grows with the other.

The class carries messages and nothing else. Student work comes in replies only and is never a synchronised trait, so a saved notebook
holds none of it. The front end takes its elements from the learner's ``js/core.js`` and ``css/base.css`` and adds ``js/marking/`` and
``css/marking/``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from smtraining.errors import SaveError, SmtrainingError

Message = dict[str, Any]

LARGEST_MESSAGE = 100_000
"""Characters of JSON that one message from the browser may have."""

HERE = Path(__file__).parent
SCRIPTS = ("parts", "keys", "rubric", "card", "moderation", "agreement", "points", "main")


def compose_script() -> str:
    """The page's module: ``js/core.js``, then ``js/marking/`` in order."""
    files = [HERE / "js" / "core.js", *(HERE / "js" / "marking" / f"{name}.js" for name in SCRIPTS)]
    return "\n".join([*(path.read_text(encoding="utf-8") for path in files), "export default { render: renderMarking };\n"])


def compose_style() -> str:
    """The page's style sheet: ``css/base.css``, then ``css/marking/``. Every selector is under ``.smt``."""
    files = [HERE / "css" / "base.css", *sorted((HERE / "css" / "marking").glob("*.css"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


class MarkingPage(anywidget.AnyWidget):
    """A page that asks and is told. ``view`` is its title.

    ``on_message`` takes a plain dict with ``type`` and ``request`` and returns replies. ``static`` is what stands in the page's place, as
    ``(html, text)``, where there is no kernel.
    """

    _esm = compose_script()
    _css = compose_style()

    view = traitlets.Dict().tag(sync=True)

    def __init__(self, view: Message, on_message: Callable[[Message], list[Message]], static: tuple[str, str]) -> None:
        super().__init__(view=view)
        self._on_message = on_message
        self._static = static
        self.on_msg(self._receive)

    def _receive(self, _widget: object, content: Any, _buffers: object) -> None:
        """Answer one message of the browser. Whatever goes wrong becomes a ``failed`` reply to the same request."""
        request = content.get("request") if isinstance(content, dict) else None
        try:
            problem = _refusal(content)
            replies = [problem | {"type": "failed", "request": request}] if problem else self._on_message(content)
        except Exception as error:
            replies = [_failure(error) | {"type": "failed", "request": request}]
        for reply in replies:
            self.send(reply)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[Message, Message]:
        """The widget view, and beside it a sentence that holds nothing about anybody."""
        data, metadata = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        html, text = self._static
        return {**data, "text/html": html, "text/plain": text}, metadata


def _refusal(content: object) -> Message | None:
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        detail = f"Expected an object with a 'type', got {type(content).__name__}."
        return {
            "message": "The page sent something this version cannot read.",
            "advice": "Reload the page and run all cells.",
            "detail": detail,
        }
    size = len(json.dumps(content, ensure_ascii=False))
    if size > LARGEST_MESSAGE:
        detail = f"The message has {size:,} characters, at most {LARGEST_MESSAGE:,} are accepted."
        return {"message": "This is too long to be saved.", "advice": "Shorten it; what you typed is still here.", "detail": detail}
    return None


def _failure(error: Exception) -> Message:
    if isinstance(error, SaveError):
        return {"message": error.message, "advice": error.advice, "detail": error.detail}
    if isinstance(error, SmtrainingError):
        return {"message": str(error), "advice": "", "detail": ""}
    return {
        "message": "That did not work, and it is not your fault.",
        "advice": "Try again; if it fails again, choose Kernel > Restart Kernel and Run All Cells. What was saved before is safe.",
        "detail": f"{type(error).__name__}: {error}",
    }
