"""The marks inside a text, taken apart: paragraphs, list items, lines, and runs that are stressed or strong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_RUN = re.compile(r"\*\*(?=\S)(?P<strong>[^*\n]+?)(?<=\S)\*\*|(?<!\*)\*(?=\S)(?P<stress>[^*\n]+?)(?<=\S)\*(?!\*)")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text with one look."""

    text: str
    stress: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph or a list item (without its ``- ``); may hold line ends."""

    text: str
    is_item: bool = False


def paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs and list items of a text, in order. Lines after a list item that are no items belong to it."""
    found: list[Paragraph] = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines: list[str] = []
        is_item = False
        for line in block.split("\n"):
            if line.startswith("- "):
                if lines:
                    found.append(Paragraph("\n".join(lines), is_item))
                lines, is_item = [line[2:]], True
            else:
                lines.append(line)
        if "".join(lines).strip():
            found.append(Paragraph("\n".join(lines), is_item))
    return found


def joined(parts: Iterable[Paragraph]) -> str:
    """The text of paragraphs and list items; the inverse of :func:`paragraphs`."""
    text, after_item = "", False
    for part in parts:
        if text:
            text += "\n" if after_item and part.is_item else "\n\n"
        text += f"- {part.text}" if part.is_item else part.text
        after_item = part.is_item
    return text


def canonical(text: str) -> str:
    """The text in the form in which documents give it back: no spaces at line ends, one blank line between paragraphs."""
    return joined(paragraphs("\n".join(line.rstrip() for line in text.split("\n"))))


def runs(text: str) -> list[Run]:
    """A paragraph's runs. Asterisks that mark nothing stay as they are."""
    found, at = [], 0
    for match in _RUN.finditer(text):
        if match.start() > at:
            found.append(Run(text[at : match.start()]))
        found.append(Run(match["strong"], strong=True) if match["strong"] else Run(match["stress"], stress=True))
        at = match.end()
    if at < len(text):
        found.append(Run(text[at:]))
    return found


def marked(parts: Iterable[Run]) -> str:
    """The text of runs, with its marks; neighbors of one look are joined, and space at the edge of a mark moves outside it."""
    merged: list[Run] = []
    for part in parts:
        if merged and (merged[-1].stress, merged[-1].strong) == (part.stress, part.strong):
            merged[-1] = Run(merged[-1].text + part.text, part.stress, part.strong)
        elif part.text:
            merged.append(part)
    text = ""
    for run in merged:
        mark = "**" if run.strong else "*" if run.stress else ""
        inner = run.text.strip()
        if not mark or not inner or "*" in inner or "\n" in inner:
            text += run.text
        else:
            lead = run.text[: len(run.text) - len(run.text.lstrip())]
            tail = run.text[len(run.text.rstrip()) :]
            text += f"{lead}{mark}{inner}{mark}{tail}"
    return text


def right_to_left(text: str) -> bool:
    """True if the first letter with a direction runs from right to left (Unicode Bidirectional Algorithm, rule P2)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False
