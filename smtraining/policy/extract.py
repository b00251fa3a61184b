"""The text of a policy that somebody else wrote, with the place of each passage: Word, Markdown, plain text, PDF."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from smtraining.errors import DocumentError, SmtrainingError
from smtraining.policy.headings import Leads, heading_of, is_item, looks_like_heading, with_headings
from smtraining.policy.wordtext import word_blocks

MAX_PAGES = 150
"""Most pages of a PDF that are read; a longer one is read up to here, and the notice says so."""

MAX_BYTES = 50_000_000
"""Largest file that is read, in bytes."""

MAX_CHARACTERS = 2_000_000
"""Most characters that are kept of one document."""

KINDS = (".docx", ".md", ".txt", ".pdf")
"""The kinds of file that can be read, by their endings."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph of the document: its text on one line or a few, ``where`` it stands ("page 3", "paragraph 12", "line 40") and under
    which heading, as far as that is known. A heading is a passage of its own, with itself as its heading. ``lead`` is the sentence with
    a colon that opens the list, for an item of a list."""

    text: str
    where: str
    heading: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """What could be read of a document. ``notices`` are sentences for the reader, such as pages that hold only a picture."""

    name: str
    passages: tuple[Passage, ...]
    notices: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All passages, with a blank line between them."""
        return "\n\n".join(passage.text for passage in self.passages)


def text_of(path: Path) -> ExtractedText:
    """The text of a document, in reading order.

    Raises DocumentError if the file is not there, is of another kind, too large, damaged, protected by a password, or holds no text.
    """
    named = path.suffix.lower()
    if named not in KINDS:
        raise DocumentError(f"{path.name} is not of a kind that can be read. Use one of: {', '.join(KINDS)}.")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DocumentError(
                f"{path.name} is too large: it has {size // 1_000_000} megabytes, and {MAX_BYTES // 1_000_000} can be read."
            )
        kind = _kind(path, named)
        if kind == ".docx":
            passages, notices = _word(path)
        elif kind == ".pdf":
            passages, notices = _pdf(path.name, path.read_bytes())
        else:
            passages, notices = _plain(path.name, path.read_bytes(), kind)
        if kind != named:
            what = {".docx": "a Word document", ".pdf": "a PDF"}[kind]
            notices.append(f"{path.name} is {what}, whatever its ending says. It was read as that.")
    except FileNotFoundError:
        raise DocumentError(f"There is no file {path.name}. Check the name and the folder.") from None
    except OSError as error:
        raise DocumentError(f"{path.name} could not be read ({error.strerror or error}). Check that you may open it.") from error
    if not passages:
        raise DocumentError(f"{path.name} holds no text.")
    kept, count = [], 0
    for passage in passages:
        count += len(passage.text)
        if count > MAX_CHARACTERS:
            notices.append(f"The document is very long: it was read up to {passage.where}.")
            break
        kept.append(passage)
    return ExtractedText(path.name, tuple(kept), tuple(notices))


def _kind(path: Path, named: str) -> str:
    """What the file is by its first bytes; else what its name says."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"%PDF-"):
        return ".pdf"
    if head.startswith(b"PK\x03\x04") or (head.startswith(b"\xd0\xcf\x11\xe0") and named in {".md", ".txt"}):
        return ".docx"
    return named


def _word(path: Path) -> tuple[list[Passage], list[str]]:
    passages: list[Passage] = []
    heading, leads = "", Leads()
    for number, block in enumerate((b for b in word_blocks(path) if b.plain.strip()), start=1):
        if block.style.lower().startswith("toc") or block.outside == "a comment":
            continue
        words = block.plain.strip()
        all_bold = re.fullmatch(r"\*\*[^*]+\*\*:?", block.text.strip()) and looks_like_heading(words)
        if block.heading or (all_bold and not block.cell and not block.is_item):
            heading = words
        where = block.outside or f"paragraph {number}"
        lead = leads.of(words, block.is_item or is_item(words))
        passages.append(Passage(words, where, heading_of(words, heading) if not block.outside else "", lead))
    return passages, []


def _plain(name: str, data: bytes, kind: str) -> tuple[list[Passage], list[str]]:
    notices: list[str] = []
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
            notices.append(f"{name} is not saved as UTF-8. It was read as Windows text: check quotation marks and accents.")
    if "\0" in text:
        raise DocumentError(f"{name} is not a text file, whatever its name says. Save the policy as {', '.join(KINDS)} and try again.")
    passages: list[Passage] = []
    heading, start, lines = "", 0, list[str]()
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        title = re.fullmatch(r"#{1,6}\s+(.*?)\s*#*", line) if kind == ".md" else None
        if lines and (not line.strip() or title or re.match(r"\s*([-*•·]|\(?(\d{1,3}|[A-Za-z])[.)])\s", line)):
            passages.append(Passage("\n".join(lines), f"line {start}", heading))
            lines = []
        if title:
            heading = re.sub(r"\s*<!--.*?-->", "", title[1])
            passages.append(Passage(heading, f"line {number}", heading))
        elif words := re.sub(r"<!--.*?-->", "", line).strip():
            start = start if lines else number
            lines.append(words)
    return with_headings(passages), notices


def _pdf(name: str, data: bytes) -> tuple[list[Passage], list[str]]:
    try:
        from pypdf import PdfReader
        from pypdf.errors import DependencyError, PyPdfError
    except ImportError:
        raise SmtrainingError("To read PDF files, install pypdf:  pip install 'smtraining[agency]'") from None
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # its warnings about small faults mean nothing to a reader of policies
    damaged = f"{name} cannot be read as a PDF: the file is damaged. Open it in a PDF reader, save or print it anew as PDF, and try again."
    protected = f"{name} is protected by a password. Save a copy without the password, and try again."
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError(protected)
        total = len(reader.pages)
        pages = [page.extract_text() for page in reader.pages[:MAX_PAGES]]
    except DocumentError:
        raise
    except DependencyError as error:  # modern encryption needs a package of its own; to the reader it is the same obstacle
        raise DocumentError(protected) from error
    except (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, AssertionError, OSError) as error:
        raise DocumentError(damaged) from error
    empty = [number for number, page in enumerate(pages, start=1) if not page.strip()]
    if len(empty) == len(pages):
        raise DocumentError(
            f"{name} holds pictures of pages and no text: it was probably scanned. Ask for the original file, or have its text recognized "
            "(OCR) and try again."
        )
    notices = []
    if total > MAX_PAGES:
        notices.append(
            f"{name} has {total} pages. Only the first {MAX_PAGES} were read: save the pages with the policy as a file of their own."
        )
    if empty:
        listed = ", ".join(map(str, empty[:10])) + (", …" if len(empty) > 10 else "")
        notices.append(f"No text was found on {len(empty)} of the pages ({listed}). They may be pictures.")
    return with_headings([p for number, page in enumerate(pages, start=1) for p in _page(page, number)]), notices


def _page(text: str, number: int) -> Iterable[Passage]:
    """The paragraphs of a page: a PDF has lines only, so a new one begins after a blank line, at a bullet or number, or after a short line
    that ends a sentence."""
    lines: list[str] = []
    width = max((len(line) for line in text.splitlines()), default=0)
    for line in [*text.splitlines(), ""]:
        words = " ".join(line.split())
        begins = not words or re.match(r"([-*•▪o●]|\d{1,3}[.)]|[a-z][.)])\s", words)
        ended = bool(lines) and len(lines[-1]) < 0.7 * width and lines[-1].endswith((".", ":", "!", "?"))
        title = len(lines) == 1 and len(lines[0]) < 0.7 * width and words[:1].isupper() and looks_like_heading(lines[0], strict=True)
        sets_in = len(lines) > 1 and lines[-1].endswith((".", "!", "?")) and looks_like_heading(words, strict=True)
        if lines and (begins or ended or title or sets_in):
            yield Passage(" ".join(lines), f"page {number}")
            lines = []
        if words:
            lines.append(words)
