"""What a page can hold, behind one small interface: a question or a vignette.

An item knows how to check what the browser sent (``parse``), what to show before anything was answered (``view``) and what to tell
the learner for a given answer (``reveal``). Graded questions tell nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Protocol

from smtraining import kinds
from smtraining.bank import Bank
from smtraining.errors import ResponseError
from smtraining.kinds import vignette as player
from smtraining.kinds.base import OutlineGroup, Question
from smtraining.models import Vignette
from smtraining.responses import Answer


class Item(Protocol):
    """A question or a vignette on a page."""

    @property
    def id(self) -> str: ...

    def view(self) -> dict[str, Any]:
        """The redacted view for the browser."""
        ...

    def artifact_ids(self) -> tuple[str, ...]:
        """The artifacts the page must hold for this item."""
        ...

    def words(self) -> tuple[OutlineGroup, ...]:
        """The ids that answer this item in plain text, each with what it stands for."""
        ...

    def form(self) -> str:
        """What a plain-text answer to this item looks like, in words."""
        ...

    def parse(self, raw: Any) -> Any:
        """The canonical value, None if nothing was answered. Raises ResponseError."""
        ...

    def is_done(self, value: Any, asked: bool) -> bool:
        """Whether the reveal for this value may be shown in full; ``asked`` is what the browser asked for."""
        ...

    def reveal(self, answer: Answer | None) -> dict[str, Any] | None:
        """What the learner is told for this answer; None if nothing (yet)."""
        ...


@dataclass(frozen=True)
class QuestionItem:
    """A question on a page."""

    question: Question
    bank: Bank

    @property
    def id(self) -> str:
        return self.question.id

    def view(self) -> dict[str, Any]:
        return self.question.view()

    def artifact_ids(self) -> tuple[str, ...]:
        return (self.question.artifact,) if self.question.artifact else ()

    def words(self) -> tuple[OutlineGroup, ...]:
        return self.question.outline()

    def form(self) -> str:
        try:
            self.question.parse("\0")  # no kind takes this for an answer, and each says what it expects instead
        except ResponseError as error:
            return error.expected
        return "your answer"

    def parse(self, raw: Any) -> Any:
        return kinds.parse(self.question, raw)

    def is_done(self, value: Any, asked: bool) -> bool:
        return asked and value is not None and not self.question.graded

    def reveal(self, answer: Answer | None) -> dict[str, Any] | None:
        if self.question.graded or answer is None or answer.value is None or not answer.done:
            return None
        key = self.question.key()
        score = kinds.score(self.question, answer.value, key)
        told = self.question.explain(answer.value, score, key).model_dump(mode="json")
        told["sources"] = self.bank.source_views(self.question.sources, dt.date.today())
        if self.question.artifact and (lenses := self.bank.lenses_view(self.question.artifact)):
            told["lenses"] = lenses
        return told


@dataclass(frozen=True)
class VignetteItem:
    """A vignette on a page: its reveal is always present and grows with the path."""

    vignette: Vignette
    bank: Bank

    @property
    def id(self) -> str:
        return self.vignette.id

    def view(self) -> dict[str, Any]:
        return player.view(self.vignette)

    def artifact_ids(self) -> tuple[str, ...]:
        own = (self.vignette.artifact,) if self.vignette.artifact else ()
        return own + tuple(s.artifact for s in self.vignette.scenes if s.artifact)

    def words(self) -> tuple[OutlineGroup, ...]:
        return (player.outline(self.vignette).first,)

    def form(self) -> str:
        return "one of these for your first answer; then your first answer and your decisions, separated by spaces"

    def parse(self, raw: Any) -> Any:
        return player.parse(self.vignette, raw)

    def from_text(self, text: str, known: Answer | None) -> dict[str, Any]:
        """The value that a plain-text answer means, on top of what is already known.

        ``"a"`` is the first answer; ``"a b c"`` the first answer, then the decisions along the path; ``"patch: my words"`` keeps a clause.
        """
        value: dict[str, Any] = dict(known.value) if known is not None and isinstance(known.value, dict) else {}
        head, _, words = text.partition(":")
        if head.strip().lower() == "patch":
            return value | {"patch": {"clause": None, "text": words.strip()}}
        ids = text.replace(",", " ").replace(">", " ").split()
        if self.vignette.gut is None:
            return value | {"thought": True, "path": ids}
        return value | {"gut": ids[0] if ids else None, "thought": len(ids) > 1 or bool(value.get("thought")), "path": ids[1:]}

    def is_done(self, value: Any, asked: bool) -> bool:
        return value is not None and player.is_done(self.vignette, value)

    def reveal(self, answer: Answer | None) -> dict[str, Any] | None:
        told = player.play(
            self.vignette,
            None if answer is None else answer.value,
            self.bank.element(self.vignette.patch.element),
            lambda source: self.bank.source_view(source, dt.date.today()),
        )
        if told["debrief"] and self.vignette.artifact and (lenses := self.bank.lenses_view(self.vignette.artifact)):
            told["lenses"] = lenses
        return told
