"""The files that a draft can be written to, beside the notebook, under names that a person would give them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smtraining.bank import Bank
from smtraining.errors import UnknownId
from smtraining.policy.card import card_word
from smtraining.policy.draft import Draft
from smtraining.policy.markdown import write_markdown
from smtraining.policy.notice import notice_word
from smtraining.policy.pdf import to_pdf
from smtraining.policy.saving import free_path
from smtraining.policy.word import to_word

Write = Callable[[Draft, Bank, Path], Path]


@dataclass(frozen=True, slots=True)
class Export:
    """A kind of file: what it is called, what it is for, what stands behind the title in its name, and its media type."""

    id: str
    label: str
    about: str
    behind: str
    suffix: str
    media: str
    write: Write


def _pdf(draft: Draft, bank: Bank, path: Path) -> Path:
    with tempfile.TemporaryDirectory(prefix="smtraining-export-") as folder:
        return to_pdf(to_word(draft, bank, Path(folder) / "policy.docx"), path)


_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_PDF = "The whole policy, to send or print. Needs LibreOffice on this computer."
_MARKDOWN = "The whole policy as plain text, for a wiki or any editor."
_NOTICE = "One page that says what clients can expect of you online."
_CARD = "One page with the first steps and the numbers to call."

_ALL = (
    Export("word", "Word document", "The whole policy, to adopt, sign and change.", "", ".docx", _DOCX, to_word),
    Export("pdf", "PDF", _PDF, "", ".pdf", "application/pdf", _pdf),
    Export("markdown", "Markdown file", _MARKDOWN, "", ".md", "text/markdown", write_markdown),
    Export("notice", "notice for clients", _NOTICE, "notice for clients", ".docx", _DOCX, notice_word),
    Export("card", "wall card", _CARD, "wall card", ".docx", _DOCX, card_word),
)

EXPORTS: dict[str, Export] = {export.id: export for export in _ALL}
"""Everything that can be exported, by its id."""


def export(kind: str, draft: Draft, bank: Bank, folder: Path) -> Path:
    """Write a draft to a new file in the folder and return its path; a file that is there is never replaced.

    Raises UnknownId for a kind that does not exist, and what its writer raises: SaveError, PdfError, DraftError, or SmtrainingError where
    a package is missing (it says which).
    """
    if kind not in EXPORTS:
        raise UnknownId("kind of export", kind, EXPORTS)
    found = EXPORTS[kind]
    # What no file system takes, and what would hide the file or end its name.
    title = re.sub(r"[\x00-\x1f<>:\"/\\|?*]+", " ", draft.title)
    name = " - ".join(filter(None, [" ".join(title.split())[:80].strip(" .") or "Policy", found.behind]))
    return found.write(draft, bank, free_path(folder / f"{name}{found.suffix}"))
