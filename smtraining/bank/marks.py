"""Texts with the four marks of the content (see :mod:`smtraining.models`) as HTML, and as bare words.

Every text is escaped: what stands in it can never become markup. The browser reads the same marks in ``widgets/js/core.js``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Literal

from smtraining.models import SPAN

_MARKS = re.compile(r"\*\*(?=\S)(.+?)\*\*|\*(?=[^\s*])([^*]+)\*")
"""``**strong**`` and ``*stress*``, read as js/core.js reads them."""


def bare(text: str) -> str:
    """The text with the visible words of its spans only."""
    return SPAN.sub(r"\2", text)


def plain(text: str) -> str:
    """The words of a text without any marks inside a line."""
    return _MARKS.sub(lambda found: plain(found[1] or found[2]), bare(text))


def parts(text: str) -> Iterator[tuple[Literal["p", "ul"], tuple[str, ...]]]:
    """Paragraphs (one text, its lines joined) and lists (their items) of a text, in order."""
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in block.split("\n")]
        for is_item, group in groupby((line for line in lines if line), key=lambda line: line.startswith("- ")):
            run = tuple(group)
            yield ("ul", tuple(line[2:].strip() for line in run)) if is_item else ("p", (" ".join(run),))


def inline_html(text: str) -> str:
    """A text inside a line as escaped HTML with ``<strong>`` and ``<em>``."""
    words, found, at = bare(text), "", 0
    for mark in _MARKS.finditer(words):
        found += html.escape(words[at : mark.start()])
        found += f"<strong>{inline_html(mark[1])}</strong>" if mark[1] else f"<em>{inline_html(mark[2])}</em>"
        at = mark.end()
    return found + html.escape(words[at:])


def prose_html(text: str) -> str:
    """A text of any length as ``<p>`` and ``<ul>`` elements, one on each line."""
    return "\n".join(_part_html(kind, texts) for kind, texts in parts(text))


def list_html(texts: tuple[str, ...]) -> str:
    """Texts as the items of a ``<ul>``."""
    return "<ul>\n" + "\n".join(f"<li>{inline_html(text)}</li>" for text in texts) + "\n</ul>"


def _part_html(kind: Literal["p", "ul"], texts: tuple[str, ...]) -> str:
    return list_html(texts) if kind == "ul" else f"<p>{inline_html(texts[0])}</p>"
