"""Headings in a text that does not mark them: short lines that stand alone, and words with a colon at the start of a paragraph; and the
sentence that opens a list.

They are guesses. A wrong one does little harm: a heading only lends its words to the sentences below it, where a rule asks for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtraining.policy.extract import Passage

MOST_WORDS = 9
"""A heading has at most so many words; longer lines are taken for sentences."""

_NUMBER = r"(?:\(?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[A-Za-z]|[IVXivx]{1,5})[.):]?\s+)?"
_BULLET = re.compile(r"\s*[-*•·▪●]\s")
_ITEM = re.compile(r"\s*(?:[-*•·▪●]|\(?(?:\d{1,3}|[A-Za-z])[.)])\s")
_LEAD = re.compile(r"[^.!?\n]*:\s*\Z")
_RUN_IN = re.compile(rf"\s*(?:[-*•·▪●]\s+)?{_NUMBER}\*{{0,2}}([A-Z][^.:;!?*\n]{{2,70}}?)\*{{0,2}}:\*{{0,2}}\s+\S")
_ADDRESS = re.compile(r"@|https?:|www\.|\d{3}[-. ]\d{4}")
_STRONG = re.compile(r"\*\*([^*]+)\*\*:?|__([^_]+)__:?")


def looks_like_heading(line: str, *, strict: bool = False) -> bool:
    """Whether a line that stands alone is probably a heading. ``strict``, for lines of which it is not known whether they stand alone,
    asks for capitals or a number besides."""
    words = line.strip()
    if not words or "\n" in words or _BULLET.match(words) or words.endswith((".", ";", ",", "!")) or len(words) > 90:
        return False
    if _ADDRESS.search(words):
        return False
    bare = re.sub(rf"^{_NUMBER}", "", words)
    parts = re.findall(r"[^\W\d_][\w'’&/-]*", bare)
    if not parts or len(parts) > MOST_WORDS or not bare[:1].isupper():
        return False
    long = [part for part in parts if len(part) > 3]
    capitals = bare.isupper() or (bool(long) and all(part[0].isupper() for part in long))
    if words.endswith(":"):  # "They must also:" opens a list
        return capitals
    return not strict or capitals or bare != words


def heading_of(text: str, heading: str) -> str:
    """The heading of a paragraph: the words with a colon at its start and the heading above it, or that heading alone."""
    found = _RUN_IN.match(text)
    if found and len(found[1].split()) <= MOST_WORDS and text != heading:
        return f"{heading} / {found[1].strip()}" if heading else found[1].strip()
    return heading


def is_item(text: str) -> bool:
    """Whether a paragraph begins with the sign or number of a list item."""
    return bool(_ITEM.match(text))


class Leads:
    """Goes through the paragraphs of a document and knows which sentence opens the list that an item stands in."""

    def __init__(self) -> None:
        self._lead, self._mark = "", ""

    def of(self, text: str, item: bool) -> str:
        """The sentence that opens the list of this paragraph; empty if it is no item. An item with another kind of mark than those before
        it ("C." after "1.", "2.") belongs to no list that is known."""
        mark = _kind_of_mark(text)
        if not item or (self._mark and mark != self._mark):
            self._lead = ""
        lead, self._mark = self._lead, mark
        if opening := _LEAD.search(text):
            self._lead, self._mark = opening[0].strip(), ""
        return lead


def _kind_of_mark(text: str) -> str:
    """The mark of a list item with its letters and numbers made alike: ``(a)`` and ``(b)`` are one kind."""
    found = _ITEM.match(text)
    return re.sub(r"\d+", "1", re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", found[0].strip()))) if found else "unmarked"


def with_headings(passages: Iterable[Passage]) -> list[Passage]:
    """The passages with the headings that were not marked as such, and with what opens their lists."""
    found: list[Passage] = []
    marked = guessed = ""
    leads = Leads()
    for passage in passages:
        if passage.heading != marked:
            marked, guessed = passage.heading, ""
        strong = _STRONG.fullmatch(passage.text.strip())
        line = (strong[1] or strong[2]) if strong else passage.text
        if passage.text == marked and marked:
            found.append(replace(passage, text=line, heading=line))
        elif looks_like_heading(line):
            guessed = line.strip().rstrip(":")
            found.append(replace(passage, text=guessed, heading=guessed))
        else:
            title = heading_of(passage.text, (guessed or marked).strip("*_ "))
            found.append(replace(passage, heading=title, lead=leads.of(passage.text, is_item(passage.text))))
    return found
