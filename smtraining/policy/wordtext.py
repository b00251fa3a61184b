"""The words of a Word file, in reading order, wherever they stand: tables, content controls, text boxes, insertions, notes, headers.

Text that a tracked change deleted is left out: it is no longer in the document as its readers see it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smtraining.errors import DocumentError, SmtrainingError
from smtraining.policy.marks import Run, marked

MAX_UNPACKED = 200_000_000
"""Largest Word file that is opened, in bytes of its unpacked parts."""

ANCHOR = "_smt_"
"""Our bookmarks begin with this; Word hides bookmarks that begin with an underscore."""

_OUTSIDE = {"footnotes": "a footnote", "endnotes": "an endnote", "comments": "a comment", "header": "the header", "footer": "the footer"}


@dataclass(frozen=True, slots=True)
class WordBlock:
    """A paragraph. ``text`` has our marks, ``plain`` has not.

    ``cell`` is (number of the table, row, column) from 0, or None; ``outside`` says where a text stands that is not in the text itself
    (``"a footnote"``), else it is empty.
    """

    text: str
    plain: str
    style: str
    is_item: bool
    bookmarks: tuple[str, ...]
    cell: tuple[int, int, int] | None = None
    outside: str = ""

    @property
    def heading(self) -> int:
        """The level of a heading; 0 for the title and for any other text."""
        name, _, level = self.style.lower().partition(" ")
        return int(level) if name == "heading" and level.isdigit() else 0


def bookmark_name(key: str) -> str:
    """The bookmark of a key: letters, digits and underscores only, at most 40 characters (ECMA-376, 17.13.6.2)."""
    return (ANCHOR + key.replace(".", "__").replace("-", "_"))[:40]


def bookmark_key(name: str) -> str | None:
    """The key of a bookmark that :func:`bookmark_name` made; None for any other."""
    return name[len(ANCHOR) :].replace("__", ".").replace("_", "-") if name.startswith(ANCHOR) else None


def word_blocks(path: Path) -> list[WordBlock]:
    """Every paragraph of a Word file, first those of the text, then notes, comments, headers and footers. Raises DocumentError."""
    document = _opened(path)
    styles = {style.style_id: style.name or "" for style in document.styles}
    found = list(_Walk(styles).blocks(document.element.body))
    for relation in document.part.rels.values():
        where = _OUTSIDE.get(relation.reltype.rsplit("/", 1)[-1])
        if where and not relation.is_external:
            from docx.oxml import parse_xml

            found += _Walk(styles, outside=where).blocks(parse_xml(relation.target_part.blob))
    return found


def _opened(path: Path) -> Any:
    try:
        from docx import Document
        from docx.opc.exceptions import PackageNotFoundError
    except ImportError:
        raise SmtrainingError("To read Word documents, install python-docx:  pip install 'smtraining[agency]'") from None

    if not path.is_file():
        raise DocumentError(f"There is no file {path.name}. Check the name and the folder.")
    damaged = f"{path.name} cannot be read as a Word document: the file is damaged. Open it in Word, save it anew as .docx, and try again."
    with path.open("rb") as file:
        if file.read(4) == b"\xd0\xcf\x11\xe0":
            raise DocumentError(
                f"{path.name} is protected by a password or is in the old .doc form. Open it in Word, take the password off, save it as "
                ".docx, and try again."
            )
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise DocumentError(f"{path.name} is too large: unpacked, it has more than {MAX_UNPACKED // 1_000_000} megabytes.")
            if archive.testzip() is not None:
                raise DocumentError(damaged)
        return Document(str(path))
    except DocumentError:
        raise
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError, OSError, EOFError, NotImplementedError) as error:
        # SyntaxError is what the XML reader raises for a part that is not well-formed.
        raise DocumentError(damaged) from error
    except Exception as error:  # zlib.error and others come through the reader unchanged; a damaged file must not end a lesson
        raise DocumentError(damaged) from error


@dataclass(slots=True)
class _Walk:
    styles: dict[str, str]
    outside: str = ""
    tables: int = 0
    pending: list[str] = field(default_factory=list)

    def blocks(self, parent: Any, cell: tuple[int, int, int] | None = None) -> Iterator[WordBlock]:
        """The paragraphs under an element, whatever it is wrapped in."""
        for child in parent:
            name = _name(child)
            if name == "p":
                yield from self._paragraph(child, cell)
            elif name == "tbl":
                yield from self._table(child, cell)
            elif name == "bookmarkStart":
                self.pending.append(_value(child, "name"))
            elif name not in {"del", "moveFrom", "sdtPr", "sectPr", "tblPr", "trPr", "tcPr"}:
                yield from self.blocks(child, cell)

    def _table(self, table: Any, outer: tuple[int, int, int] | None) -> Iterator[WordBlock]:
        number = self.tables
        self.tables += 1
        for row_number, row in enumerate(e for e in table.iter() if _name(e) == "tr" and _table_of(e) is table):
            for column, one in enumerate(e for e in row.iter() if _name(e) == "tc" and _table_of(e) is table):
                yield from self.blocks(one, outer or (number, row_number, column))

    def _paragraph(self, paragraph: Any, cell: tuple[int, int, int] | None) -> Iterator[WordBlock]:
        runs: list[Run] = []
        boxes: list[Any] = []
        names, self.pending = self.pending, []
        _inline(paragraph, runs, names, boxes, Run(""))
        properties = next((e for e in paragraph if _name(e) == "pPr"), ())
        style = next((self.styles.get(_value(e, "val"), "") for e in properties if _name(e) == "pStyle"), "Normal")
        is_item = style.startswith("List") or any(_name(e) == "numPr" for e in properties)
        plain = "".join(run.text for run in runs)
        text = plain if style.startswith(("Heading", "Title", "Policy Facts", "TOC", "toc")) else marked(runs)
        if plain.strip() or names:
            yield WordBlock(text, plain, style, is_item, tuple(names), cell, self.outside)
        for box in boxes:
            yield from _Walk(self.styles, outside=self.outside or "a text box", tables=self.tables + 1000).blocks(box)


def _inline(parent: Any, runs: list[Run], names: list[str], boxes: list[Any], look: Run) -> None:
    for child in parent:
        name = _name(child)
        if name in {"del", "moveFrom", "pPr", "rPr", "instrText", "Fallback", "sdtPr"}:
            continue
        if name == "txbxContent":
            boxes.append(child)
        elif name == "r":
            _inline(child, runs, names, boxes, _look(child))
        elif name == "bookmarkStart":
            names.append(_value(child, "name"))
        elif (words := _words(child, name)) is not None:
            runs.append(Run(words, look.stress, look.strong))
        else:
            _inline(child, runs, names, boxes, look)


def _words(element: Any, name: str) -> str | None:
    if name == "t":
        return element.text or ""
    if name == "br":
        return "" if _value(element, "type") in {"page", "column"} else "\n"
    return {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": ""}.get(name)


def _look(run: Any) -> Run:
    properties = next((e for e in run if _name(e) == "rPr"), ())
    on = {_name(e) for e in properties if _value(e, "val") not in {"0", "false", "none", "off"}}
    strong = "b" in on
    return Run("", stress="i" in on and not strong, strong=strong)


def _table_of(element: Any) -> Any:
    parent = element.getparent()
    while _name(parent) != "tbl":
        parent = parent.getparent()
    return parent


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def _value(element: Any, attribute: str) -> str:
    return next((str(v) for k, v in element.attrib.items() if k.rsplit("}", 1)[-1] == attribute), "")
