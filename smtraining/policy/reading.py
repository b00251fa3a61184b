"""Reading back a policy that was written by :mod:`~smtraining.policy.word` or :mod:`~smtraining.policy.markdown` and edited elsewhere.

Each text is found by its hidden anchor; where an editor has dropped the anchors, by the number and the words of its heading or by the label
of its row. No word is lost: whatever belongs to no element and was not written by the program comes back as *unplaced*.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from smtraining.bank import Bank
from smtraining.errors import DocumentError, DraftError
from smtraining.policy.draft import Draft, read_draft
from smtraining.policy.markdown import ANCHOR, FACTS, unescaped
from smtraining.policy.marks import Paragraph, joined
from smtraining.policy.outline import DETAILS, NOT_WRITTEN, PLAN, SAFETY, element_title, generated, key_of, read_date, squeezed
from smtraining.policy.wordtext import WordBlock, bookmark_key, word_blocks

LABELS = {
    "version": "Version",
    "review-date": "Review date",
    **{key_of("plan", name): label for name, label in PLAN.items()},
    **{key_of("safety", name): label for name, label in SAFETY.items()},
}
"""Key -> label of everything that stands in a form."""

_BY_LABEL = {squeezed(label).lower(): key for key, label in LABELS.items()}
_DATES = {"review-date", "plan.review-date"}
_FACTS = re.compile(r"(?:Owner: (?P<owner>.*?))?(?: \| )?(?:Review by: (?P<date>[^|]*))?")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_ITEM = re.compile(r"[-*+] +(?=\S)")


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Words of the document that belong to no element, and ``where`` they stand: the last heading before them, or "a comment"."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What a document holds. ``texts`` maps keys to what people wrote; ``unplaced`` is all the rest that was not written by the program."""

    texts: Mapping[str, str]
    unplaced: tuple[Unplaced, ...]

    def absent(self, draft: Draft) -> tuple[str, ...]:
        """The elements with a clause in the draft that are no longer in the document: :meth:`onto` keeps them, the reader decides."""
        return tuple(id for id, clause in draft.clauses.items() if clause.is_written and id not in self.texts)

    def onto(self, draft: Draft) -> Draft:
        """The draft with every text of the document in its place. What the document does not hold stays as it is.

        Raises DraftError for a text that a draft cannot hold (a character that cannot be printed, a line that is too long).
        """
        for key, text in self.texts.items():
            field = key.rpartition(".")[2].replace("-", "_")
            value = read_date(text) if field == "review_date" else text
            if key.startswith("plan."):
                draft = draft.with_plan(**{field: value})
            elif key.startswith("safety."):
                draft = draft.with_safety(**{field: value})
            elif field in DETAILS and "." not in key:
                draft = draft.with_details(**{field: value})
            elif field in {"owner", "review_date"}:
                draft = draft.with_clause(key.rpartition(".")[0], **{field: value})
            else:
                draft = draft.with_clause(key, text=value)
        return draft


def read_word(path: Path, bank: Bank) -> ReadBack:
    """What an edited Word document holds. Raises DocumentError if it cannot be read."""
    collected = _Collected(bank)
    blocks = word_blocks(path)
    at = 0
    while at < len(blocks):
        cell = blocks[at].cell
        end = at + 1
        while cell and end < len(blocks) and (other := blocks[end].cell) and other[:2] == cell[:2] and not blocks[end].outside:
            end += 1
        if cell and not blocks[at].outside:
            _row(blocks[at:end], collected)
        else:
            _word_paragraph(blocks[at], collected)
        at = end
    return collected.result()


def read_markdown(path: Path, bank: Bank) -> ReadBack:
    """What an edited Markdown file holds. Raises DocumentError if it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise DocumentError(f"There is no file {path.name}. Check the name and the folder.") from None
    except UnicodeDecodeError:
        raise DocumentError(f"{path.name} is not saved as UTF-8 text. Open it in your editor, save it as UTF-8, and try again.") from None
    except OSError as error:
        raise DocumentError(f"{path.name} could not be read ({error.strerror}). Check that you may open it.") from error
    return read_text(text, bank)


def read_text(text: str, bank: Bank) -> ReadBack:
    """What a Markdown text holds (see :func:`read_markdown`)."""
    collected = _Collected(bank)
    for line in _logical(text.replace("\r\n", "\n").replace("\r", "\n")):
        _markdown_line(line, collected)
    return collected.result()


# -- what both have in common ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Collected:
    """The texts found so far. ``key`` is what the next paragraph belongs to; None means: to nothing."""

    bank: Bank
    key: str | None = None
    where: str = "the beginning"
    texts: dict[str, list[Paragraph]] = field(default_factory=dict)
    loose: list[Unplaced] = field(default_factory=list)

    @property
    def element(self) -> str | None:
        """The element whose clause we are in."""
        return self.key if self.key and self.key not in LABELS and self.key not in DETAILS else None

    def begin(self, key: str | None, heading: str) -> None:
        """A heading: what follows belongs to ``key``. Its own words are kept too, where they are not the ones that we wrote."""
        self.key, self.where = key, squeezed(heading) or self.where
        if key and key not in LABELS:
            self.texts.setdefault(key, [])
            if squeezed(heading) == squeezed(element_title(key, self.bank)):
                return
        elif key and squeezed(heading) == squeezed(LABELS.get(key, "")):
            self.texts.setdefault(key, [])
            return
        self.loose.append(Unplaced(self.where, heading))

    def put(self, key: str, paragraphs: Iterable[Paragraph]) -> None:
        """Add to the text with this key."""
        self.texts.setdefault(key, []).extend(paragraphs)

    def add(self, text: str, is_item: bool = False) -> None:
        """A paragraph where we are."""
        if not text.strip():
            return
        if self.key:
            self.put(self.key, [Paragraph(_trimmed(text), is_item)])
        else:
            self.loose.append(Unplaced(self.where, text.strip()))

    def facts(self, line: str) -> bool:
        """Take the line with owner and review date; False if it is none, or if that is known already."""
        match = _FACTS.fullmatch(line.strip())
        id = self.element
        if not match or id is None or not line.strip():
            return False
        owner, date = (match["owner"] or "").strip(), (match["date"] or "").strip()
        if (date and read_date(date) is None) or f"{id}.owner" in self.texts or f"{id}.review-date" in self.texts:
            return False
        self.texts[f"{id}.owner"] = [Paragraph(owner)]
        self.texts[f"{id}.review-date"] = [Paragraph(date)]
        return True

    def key_for(self, heading: str) -> str | None:
        """The element that a heading without anchor speaks of: by its number and similar words, or by its very words."""
        words = squeezed(heading).lower()
        number = re.match(r"\s*(\d+)[.)]?\s", heading)
        for element in self.bank.elements.values():
            title = squeezed(element.title).lower()
            if words == title:
                return element.id
            if number and int(number[1]) == element.number and difflib.SequenceMatcher(None, words, title).ratio() >= 0.6:
                return element.id
        return None

    def result(self) -> ReadBack:
        """All texts, and what is left over once our own words are taken out."""
        texts = {key: joined(found) for key, found in self.texts.items()}
        for key, text in list(texts.items()):
            if text == NOT_WRITTEN:
                texts[key] = ""
            elif key in _DATES and text and read_date(text) is None:
                self.loose.append(Unplaced(LABELS[key], text))
                del texts[key]
        skeleton = read_draft({"schema": 1, "id": "read-back"})
        ours = generated(_as_far_as_possible(skeleton, texts), self.bank)
        left = (one for one in self.loose if squeezed(one.text) not in ours and not re.fullmatch(r"Page \d* ?of ?\d*", one.text.strip()))
        return ReadBack(texts, tuple(left))


def _as_far_as_possible(draft: Draft, texts: Mapping[str, str]) -> Draft:
    """The draft with every text that it can hold: only our own words around them are wanted here."""
    for key, text in texts.items():
        with contextlib.suppress(DraftError):
            draft = ReadBack({key: text}, ()).onto(draft)
    return draft


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip().split("\n"))


# -- Word --------------------------------------------------------------------------------------------------------------


def _word_paragraph(block: WordBlock, to: _Collected) -> None:
    keys = [key for key in map(bookmark_key, block.bookmarks) if key]
    style = block.style.lower()
    if block.outside:
        to.loose.append(Unplaced(block.outside, block.plain.strip()))
    elif style.startswith("toc") and not keys:
        to.key = None
        if style == "toc heading":
            to.loose.append(Unplaced(to.where, block.plain.strip()))
        # The entries of the contents repeat headings, which are read where they stand.
    elif keys and keys[0] in {"title", "agency"}:
        to.put(keys[0], [Paragraph(block.plain)])
        to.key, to.where = None, "the first page"
    elif style in {"title", "subtitle"} and (key := {"title": "title"}.get(style, "agency")) not in to.texts:
        to.put(key, [Paragraph(block.plain)])
    elif 1 <= block.heading <= 2 or (keys and block.cell is None):
        known = next((key for key in keys if key in to.bank.elements or key not in LABELS), None)
        to.begin(known or to.key_for(block.plain), block.plain.strip())
    elif block.heading:
        to.add(f"**{block.plain.strip()}**")
    elif style == "policy facts" and to.facts(block.plain):
        pass
    elif style in {"policy lead", "policy note"} and to.element is None:
        to.loose.append(Unplaced(to.where, block.plain.strip()))
    else:
        to.add(block.text, block.is_item)


def _row(blocks: list[WordBlock], to: _Collected) -> None:
    keys = [key for block in blocks for key in map(bookmark_key, block.bookmarks) if key in LABELS]
    label = squeezed(" ".join(block.plain for block in blocks if block.cell and block.cell[2] == 0))
    key = keys[0] if keys else (None if to.element else _BY_LABEL.get(label.lower()))
    if key:
        to.put(key, [Paragraph(_trimmed(b.text), b.is_item) for b in blocks if b.cell and b.cell[2] == 1 and b.plain.strip()])
        to.loose += [Unplaced(LABELS[key], b.plain.strip()) for b in blocks if b.cell and b.cell[2] != 1]
    elif to.element:
        columns: dict[int, list[str]] = {}
        for block in blocks:
            columns.setdefault(block.cell[2] if block.cell else 0, []).append(block.text.strip())
        to.add(" | ".join(" ".join(words) for words in columns.values()))
    else:
        to.loose += [Unplaced(to.where, f"{b.plain.strip()}") for b in blocks if b.plain.strip()]


# -- Markdown ----------------------------------------------------------------------------------------------------------


def _logical(text: str) -> list[str]:
    """The lines of a Markdown text with wrapped lines joined: a backslash or two spaces at a line's end keep it (CommonMark, 6.7)."""
    found: list[str] = []
    open_line = False
    for raw in text.split("\n"):
        line = raw.rstrip()
        hard = (len(line) - len(line.rstrip("\\"))) % 2 == 1
        body = line[:-1].rstrip(" ") if hard else line
        starts = not line or re.match(r"\s*(#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|\||>|```|~~~)", line)
        if open_line and found and (found[-1].endswith("\n") or not starts):
            found[-1] += body.strip() if found[-1].endswith("\n") else f" {body.strip()}"
        else:
            found.append(body)
        kept = hard or (raw.endswith("  ") and bool(line))
        if kept:
            found[-1] += "\n"
        heading = re.match(r"#{1,6}\s", line)
        open_line = bool(line) and not heading and not line.startswith(("|", "```", "~~~"))
    return [line.rstrip("\n") for line in found if line.strip()]


def _markdown_line(line: str, to: _Collected) -> None:
    anchors = ANCHOR.findall(line)
    line = ANCHOR.sub("", line).rstrip()
    if heading := _HEADING.fullmatch(line):
        level, words = len(heading[1]), unescaped(heading[2])
        if anchors == ["title"] or (level == 1 and not anchors and "title" not in to.texts):
            to.put("title", [Paragraph(words)])
            to.key, to.where = None, "the first page"
            return
        key = anchors[0] if anchors and anchors[0] != "contents" else to.key_for(words)
        if level >= 4 and not key and not to.element:
            key = _BY_LABEL.get(squeezed(words).lower())
        if level >= 4 and not key and to.key:
            to.add(f"**{words}**")
        else:
            to.begin(key, words)
        return
    if detail := re.fullmatch(r"(?:[-*] )?\*\*([A-Za-z ]+):\*\*\s?(.*)", line):
        key = anchors[0] if anchors else {"agency": "agency", **_BY_LABEL}.get(detail[1].lower())
        if key in {"agency", "version", "review-date"} and (anchors or to.key is None):
            to.put(key, [Paragraph(unescaped(detail[2]))])
            return
    stressed = re.fullmatch(r"\*(.+)\*", line)
    if stressed and (FACTS in anchors or stressed[1].startswith(("Owner: ", "Review by: "))) and to.facts(unescaped(stressed[1])):
        return
    if to.key:
        item = _ITEM.match(line)
        to.add(unescaped(line[item.end() :] if item else line), bool(item))
    else:
        for piece in _pieces(line):
            to.add(piece)


def _pieces(line: str) -> list[str]:
    """A line outside any clause, as the texts in it: the cells of a table, the words of a link."""
    if line.startswith("|"):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\||<br>", line)]
        return [unescaped(cell) for cell in cells if cell and not re.fullmatch(r":?-+:?", cell)]
    line = re.sub(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+", "", line)
    return [unescaped(re.sub(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\(#[^)]*\)", r"\1", line))]
