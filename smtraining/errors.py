"""Every exception the package raises on purpose.

Each says what is wrong, where, which values are allowed and what to do next, so that an instructor can
act on the message without reading a traceback. The learner never sees one raw: the lesson layer turns
it into a note in place (see :mod:`smtraining.lesson`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class SmtrainingError(Exception):
    """Base of all errors of this package: a message fit to be read by a person."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect of the content: where it is, what it is and what to do next.

    ``file`` and ``line`` (1-based) are where an editor should open; ``id`` is the item concerned, if any.
    """

    file: str
    line: int | None
    id: str | None
    message: str
    next_step: str = ""

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        who = f" [{self.id}]" if self.id else ""
        tail = f" {self.next_step}" if self.next_step else ""
        return f"{where}:{who} {self.message}{tail}"


class ContentError(SmtrainingError):
    """The content does not hold together. ``problems`` lists every defect found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"The content has {count} problem{'s' if count != 1 else ''}:"
        super().__init__("\n".join([head, *(f"  {p}" for p in self.problems)]))


class UnknownId(SmtrainingError, LookupError):
    """An id that the bank does not hold. ``nearest`` are the most similar ids it does hold."""

    def __init__(self, what: str, id: str, known: Iterable[str]) -> None:
        self.what, self.id = what, id
        self.nearest = tuple(difflib.get_close_matches(id, list(known), n=3, cutoff=0.4))
        hint = f" Did you mean {', '.join(self.nearest)}?" if self.nearest else ""
        super().__init__(f"There is no {what} with the id {id!r}.{hint}")


class ResponseError(SmtrainingError, ValueError):
    """A response that is not well-formed for its question (which is not the same as a wrong one)."""

    def __init__(self, item: str, value: object, expected: str) -> None:
        self.item, self.value, self.expected = item, value, expected
        shown = repr(value)
        if len(shown) > 120:
            shown = shown[:117] + "..."
        super().__init__(f"{item}: {shown} is not an answer to this question. Expected {expected}.")


class KeyMismatch(SmtrainingError, ValueError):
    """A scoring key that does not fit its question."""

    def __init__(self, item: str, message: str) -> None:
        self.item = item
        super().__init__(f"{item}: the scoring key does not fit the question: {message}")


class SaveError(SmtrainingError, OSError):
    """An answer could not be written. ``advice`` tells the learner what to do; ``detail`` is technical."""

    def __init__(self, message: str, advice: str, detail: str) -> None:
        self.message, self.advice, self.detail = message, advice, detail
        super().__init__(f"{message} {advice} ({detail})")


class RecordError(SmtrainingError):
    """A stored record of answers that cannot be read: damaged, or written by a newer version."""


class GradingError(SmtrainingError):
    """A grading cell that cannot give a score: fail closed, never full marks by accident."""


class CellsEnded(GradingError):
    """The process that ran the code cells of a submission has ended or broke the rules: the cells that are left cannot run."""


class CellsTooLong(CellsEnded):
    """A code cell did not stop when its time was over, or the time of all cells was over."""


class RunLocked(GradingError):
    """Somebody else is autograding this course."""


class DraftError(SmtrainingError, ValueError):
    """A draft of a policy that cannot be made, read or changed in this way. The message says what is allowed."""


class DocumentError(SmtrainingError, ValueError):
    """A document that cannot be read, and why: not there, damaged, protected, or of a kind that is not supported."""


class PdfError(SmtrainingError):
    """A PDF could not be made, and what to do instead."""


class ExchangeError(SmtrainingError):
    """A file of an LMS, or a gradebook, that cannot be read, written or brought together with the other side."""
