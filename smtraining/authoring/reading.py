"""How hard a text is to read: the Flesch-Kincaid grade.

grade = 0.39 * words / sentences + 11.8 * syllables / words - 15.59
(Kincaid, Fishburne, Rogers & Chissom, 1975, Naval Technical Training Command Research Branch Report 8-75.)

Syllables are counted by rule, because the dictionaries that other packages count with must be downloaded, and hyphenation patterns
(pyphen) find a tenth too few, which flatters every text by more than a grade. tests/test_authoring.py measures the rule against words
counted by hand: the sum is within two per cent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from smtraining.models import SPAN

PROSE_WORDS = 6
"""A text with fewer words is a label (a name, a time, a button): it is left out, since labels would flatter the grade."""

_WORD = re.compile(r"[A-Za-z][A-Za-z’'-]*")
_ABBREVIATION = re.compile(r"\b(?:a\.m|p\.m|e\.g|i\.e|Dr|Mr|Mrs|Ms|St|No|vs?|U\.S)\.(?!$)")
_SENTENCE_END = re.compile(r"[.!?]+(?=[\s\"”’')\]*]|$)|\n\s*\n|\n\s*- |$")
_MARKS = re.compile(r"\*+|`+|^- |\[([^\]]*)\]\([^)]*\)", re.MULTILINE)

_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(
    r"(?:[^aeiouyl]e|[aeiouy]le|(?:[^aeiouyscxzghl]|th|[aeiouy]l)es|(?:[^aeiouytdl]|[aeiouyr]l)ed|[gq]ues?)$"
    r"|[^aeiouyl]e(?=(?:ly|less(?:ness)?|ful(?:ly|ness)?|ness|ments?|where|works?|workers?|times?|body|thing|one|fore)$)"
    r"|(?<=ev)e(?=ry|ning)"
)
"""Groups of vowels that are written and not spoken: name, places, shared, safety, somewhere."""
_SPLIT = re.compile(
    r"(?<![cst])ia(?!ge)|ia(?=te|bl|br)|[cs]iat|iety?|io(?![nu])|(?<![cstgx])iou|(?<![cs])ien(?!d)|iu|sci"
    r"|[^q]u(?:a|ou)|[fl]u(?=e)|ru[ei]|[cs]ui[cd]|[aeoy]ing|crea(?=t)|rea(?=$|ct|lit)|eo(?!p)|oye|eum|n't$"
)
"""Groups of vowels that are spoken as two: material, client, situation, create."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a text is made of."""

    words: int = 0
    sentences: int = 0
    syllables: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.words + other.words, self.sentences + other.sentences, self.syllables + other.syllables)

    @property
    def grade(self) -> float | None:
        """The Flesch-Kincaid grade (years of school), to one decimal; None without words."""
        if not self.words:
            return None
        return round(0.39 * self.words / self.sentences + 11.8 * self.syllables / self.words - 15.59, 1)


def words(text: str) -> list[str]:
    """The words of a text, without marks and span ids."""
    return _WORD.findall(plain(text))


def plain(text: str) -> str:
    """The text as it is seen: spans as their visible words, no stress marks, no link addresses."""
    return _MARKS.sub(lambda m: m[1] or "", SPAN.sub(lambda m: m[2], text))


def syllables(word: str) -> int:
    """The number of syllables of an English word, by rule; at least 1."""
    word = re.sub(r"'(?!t).*$", "", word.lower().replace("’", "'"))
    return max(1, sum(_in_part(part) for part in word.split("-") if part))


def _in_part(part: str) -> int:
    return max(1, len(_VOWELS.findall(part)) - len(_SILENT.findall(part)) + len(_SPLIT.findall(part)))


def count(text: str) -> Count:
    """Words, sentences and syllables. A paragraph or a list item ends a sentence, with or without a full stop."""
    # Lists are told apart by their hyphens, so sentences are counted before the marks are taken out.
    seen = _ABBREVIATION.sub("abbr", SPAN.sub(lambda m: m[2], text))
    sentences = sum(1 for part in _SENTENCE_END.split(seen) if _WORD.search(part))
    found = words(text)
    return Count(len(found), sentences, sum(map(syllables, found)))


def prose(texts: Iterable[str]) -> Count:
    """The sum over the texts that are prose; labels are left out."""
    total = Count()
    for text in texts:
        one = count(text)
        if one.words >= PROSE_WORDS:
            total += one
    return total
