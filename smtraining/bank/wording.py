"""Finding a certain wording in a text, with patterns that somebody who is no programmer can read and change.

A pattern is words with a space between them. ``delete*|hide* ... negative|critical comment*`` finds "we will hide all negative comments":

- ``a|b`` is one or the other; an underscore is a space inside an alternative (``social_media``);
- ``*`` stands for any letters at that place (``comment*``: comment, comments, commented); ``'s`` may follow any word;
- ``...`` is a gap of up to eight words;
- ``[word]`` may be there or not.

Capitals do not count, nor do commas and quotation marks between words. A pattern never reaches over the end of a sentence, nor into
another half of a sentence ("We keep comments, and we delete spam").

Whether a sentence offers a thing or forbids it is told by the negations up to the end of the found words and in a passive that follows
("... is not allowed"): a plain negation (not, never, nothing) or a forbidding verb (prohibit, avoid) makes it a ban, both together make
it none ("nothing here prohibits ..."). This is a reading aid and can be wrong: whoever reads a finding may overrule it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from smtraining.models import ClauseConflict, RiskRule, Wording

_SENTENCE_END = re.compile(r"(?<!\b[ap]\.m)(?<!\be\.g)(?<!\bi\.e)[.!?]++[\"'”’)\]*]*+(?=\s|$)|\n\s*\n|\n\s*(?=[-•*]\s)")
_HALF_END = re.compile(
    r";|\s[–—]\s|,?\sbut\s|,?\s(?:and|so)\s(?=(?:we|staff|workers|the agency|you|they|it|clients|everyone|i)\s)", re.IGNORECASE
)
# Atomic (++, *+), so that a text that almost matches is given up at once: a row of hyphens could be cut into words in countless ways.
_BETWEEN = r"[^\w.!?;]++"
_GAP = r"(?:[^\w.!?;]++\w[\w'’-]*+){0,8}?"
_PART = re.compile(r"\[[^\[\]\s]+\]|[^\[\]\s]+")
_ALTERNATIVE = re.compile(r"[\w'&/*-]+")

_PLAIN = re.compile(
    r"\b(?:not|never|no(?!\s*[:#]|\.\s*\d)|none|unable|unethical|nobody|"
    r"nothing|neither|nor|without|cannot|seldom|rarely)\b|n't\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:forbid\w*|prohibit\w*|"
    r"ban|bans|banned|bar|bars|barred|refrain\w*|avoid\w*|discourag\w*|refus\w*|stop\w*|prevent\w*|instead of|rather than)\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"(?:[^\w.!?;]++(?!(?:that|who|which|if|when|as|because)\b)\w[\w'-]*+){0,6}?\s(?:is|are|be|may|must|can|will|shall|should)\s"
    r"(?:not|never|(?:(?:strictly|always|be|never|not)\s)*(?:forbidden|prohibited|banned))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A place where a wording was found: the whole ``sentence`` and the ``words`` in it, both exactly as they were written."""

    sentence: str
    words: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it was written, ``whole``, and the ``halves`` in which a pattern may match."""

    text: str
    whole: Half
    halves: tuple[Half, ...]

    def first(self, patterns: Iterable[str]) -> str | None:
        """The words, as written, that the first of the patterns finds that finds any; None if none does.

        Raises ValueError for a pattern that is not well-formed.
        """
        for pattern in patterns:
            compiled = _compiled(pattern)
            for half in self.halves:
                if match := compiled.search(half):
                    return half.text[match.start() : match.end()]
        return None

    def holds(self, patterns: Iterable[str]) -> bool:
        """Whether any of the patterns is found anywhere in it, over its halves. Raises ValueError."""
        return any(_compiled(pattern).search(self.whole) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Half:
    """A half of a sentence: as written, with straight apostrophes (every character keeps its place), and that in small letters."""

    text: str
    plain: str
    lower: str

    @classmethod
    def of(cls, text: str) -> Half:
        """The half with this text."""
        plain = text.replace("’", "'")
        return cls(text, plain, plain.lower())


@lru_cache(maxsize=8192)  # a draft is read again after every edit, and most of its clauses are as they were
def found(wording: Wording, text: str) -> tuple[Found, ...]:
    """Every sentence of the text that holds the wording, in order, each once. Raises ValueError for a pattern that is not well-formed."""
    hits = []
    for sentence in sentences(text):
        if sentence.holds(wording.unless):
            continue
        match = next((half.text[m.start() : m.end()] for half in sentence.halves if (m := _match(wording, half))), None)
        if match is not None:
            hits.append(Found(sentence.text, match))
    return tuple(hits)


def check(wording: Wording) -> list[str]:
    """What is wrong with the patterns, a sentence for each that is not well-formed."""
    return [defect for pattern in (*wording.find, *wording.unless) for defect in check_pattern(pattern)]


def check_pattern(pattern: str) -> list[str]:
    """What is wrong with a pattern, in a sentence; nothing if it is well-formed."""
    try:
        _compiled(pattern)
    except ValueError as error:
        return [str(error)]
    return []


def misbehaving(rule: RiskRule) -> list[str]:
    """The examples of a risk rule that do not do what they should, a sentence for each."""
    silent = [f"The rule does not fire on: {text}" for text in rule.fires_on if not found(rule.wording, text)]
    return silent + [f"The rule fires on what it should spare: {text}" for text in rule.spares if found(rule.wording, text)]


def conflicting(rule: ClauseConflict, first: str, second: str) -> tuple[Found, Found] | None:
    """What the two clauses say against each other, or None."""
    one, two = found(rule.first, first), found(rule.second, second)
    return (one[0], two[0]) if one and two else None


def misbehaving_pairs(rule: ClauseConflict) -> list[str]:
    """The examples of a conflict that do not do what they should, a sentence for each."""
    silent = [p for p in rule.fires_on if conflicting(rule, p.first, p.second) is None]
    wrong = [p for p in rule.spares if conflicting(rule, p.first, p.second)]
    return [f"The rule does not fire on: {p.first} / {p.second}" for p in silent] + [
        f"The rule fires on what it should spare: {p.first} / {p.second}" for p in wrong
    ]


_MARK = re.compile(r"\s*(?:[-*•·▪●]|\(?(?:\d{1,3}|[A-Za-z])[.)])\s+")


@lru_cache(maxsize=256)
def together(lead: str, item: Sentence) -> Sentence:
    """The first words of a list and one of its items, as a sentence: "Do not post:", "- names" is "Do not post names"."""
    text = f"{lead.rstrip().rstrip(':')} {_MARK.sub('', item.text, count=1)}"
    return Sentence(text, Half.of(text), tuple(map(Half.of, _pieces(_HALF_END, text))))


@lru_cache(maxsize=256)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, in order."""
    return tuple(Sentence(s, Half.of(s), tuple(map(Half.of, _pieces(_HALF_END, s)))) for s in _pieces(_SENTENCE_END, text))


def _match(wording: Wording, half: Half) -> re.Match[str] | None:
    tone = _Tone(half.plain)
    for pattern in wording.find:
        for match in _compiled(pattern).finditer(half):
            if wording.sense == "says" or (wording.sense == "forbids") == tone.is_ban(wording, match):
                return match
    return None


class _Tone:
    """Whether matches in a half of a sentence are offered or forbidden. The half is searched for negations once, not for each match."""

    def __init__(self, half: str) -> None:
        self.half = half
        self.negated = _first_end(_PLAIN, half)
        self.forbidden = _first_end(_VERB, half)

    def is_ban(self, wording: Wording, match: re.Match[str]) -> bool:
        passive = _PASSIVE.match(self.half, match.end())
        after = passive[0] if passive else ""
        # "Critics are banned" offers a ban: among the found words, a verb of forbidding is the thing that is offered.
        verbs_end = match.end() if wording.sense == "forbids" else match.start()
        negated = self.negated <= match.end() or bool(_PLAIN.search(after))
        forbidden = self.forbidden <= verbs_end or bool(_VERB.search(after))
        return negated != forbidden


def _first_end(pattern: re.Pattern[str], text: str) -> float:
    """Where the first match ends; infinity without one."""
    match = pattern.search(text)
    return match.end() if match else math.inf


def _pieces(end: re.Pattern[str], text: str) -> Iterator[str]:
    start = 0
    for mark in end.finditer(text):
        yield from _stripped(text[start : mark.end()])
        start = mark.end()
    yield from _stripped(text[start:])


def _stripped(text: str) -> Iterator[str]:
    if text := text.strip():
        yield text


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A pattern, ready to search: one of ``stems`` stands in every text that it can match, which is quickly seen."""

    regex: re.Pattern[str]
    stems: tuple[str, ...]

    def search(self, half: Half) -> re.Match[str] | None:
        return self.regex.search(half.plain) if any(stem in half.lower for stem in self.stems) else None

    def finditer(self, half: Half) -> Iterator[re.Match[str]]:
        return self.regex.finditer(half.plain) if any(stem in half.lower for stem in self.stems) else iter(())


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> _Compiled:
    source, gap = "", ""
    stems: tuple[str, ...] = ()
    for part in pattern.split():
        if part == "...":
            gap = _GAP
            continue
        if not _PART.fullmatch(part):
            raise ValueError(f"The part '{part}' of the pattern '{pattern}' is not a word, a choice of words, [a word] or '...'.")
        words = _choice(part.strip("[]"), pattern)
        joined = words if not source else f"{gap}{_BETWEEN}{words}"
        source += f"(?:{joined})?" if part.startswith("[") else joined
        gap = ""
        if not part.startswith("["):
            stems = max(stems, _stems(part), key=lambda found: min(map(len, found), default=0))
    if gap or pattern.split()[0] == "...":
        raise ValueError(f"The pattern '{pattern}' starts or ends with '...': a gap stands between words.")
    return _Compiled(re.compile(source, re.IGNORECASE), stems)


def _stems(part: str) -> tuple[str, ...]:
    """For each alternative its longest piece without ``*`` and ``_``, in small letters."""
    return tuple(max(re.split(r"[*_]", alternative.lower()), key=len) for alternative in part.split("|"))


def _choice(part: str, pattern: str) -> str:
    alternatives = part.split("|")
    if not all(_ALTERNATIVE.fullmatch(alternative) for alternative in alternatives):
        raise ValueError(f"The part '{part}' of the pattern '{pattern}' has an empty choice or a sign that is not part of a word.")
    words = [re.escape(a).replace(r"\*", r"[\w'-]*").replace("_", r"[\s,-]+") for a in alternatives]
    return rf"(?<!\w)(?<!\w')(?:{'|'.join(words)})(?:'s?)?(?![\w'])"
