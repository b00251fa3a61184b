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

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from smtraining.models import ClauseConflict, RiskRule, Wording

_SENTENCE_END = re.compile(r"(?<!\b[ap]\.m)(?<!\be\.g)(?<!\bi\.e)[.!?]+[\"'”’)\]*]*(?=\s|$)|\n\s*\n|\n\s*(?=[-•*]\s)")
_HALF_END = re.compile(
    r";|\s[–—]\s|,?\sbut\s|,?\s(?:and|so)\s(?=(?:we|staff|workers|the agency|you|they|it|clients|everyone|i)\s)", re.IGNORECASE
)
_BETWEEN = r"[^\w.!?;]+"
_GAP = r"(?:[^\w.!?;]+[\w'’-]+){0,8}?"
_PART = re.compile(r"\[[^\[\]\s]+\]|[^\[\]\s]+")
_ALTERNATIVE = re.compile(r"[\w'&/*-]+")

_PLAIN = re.compile(r"\b(?:not|never|no|none|nobody|nothing|neither|nor|without|cannot|seldom|rarely)\b|n't\b", re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:forbid\w*|prohibit\w*|ban|bans|banned|bar|bars|barred|refrain\w*|avoid\w*|refus\w*|stop\w*|prevent\w*|instead of|rather than)\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"(?:[^\w.!?;]+(?!(?:that|who|which|if|when|as|because)\b)[\w'-]+){0,6}?\s(?:is|are|be|may|must|can|will|shall|should)\s"
    r"(?:not|never|(?:(?:strictly|always|be|never|not)\s)*(?:forbidden|prohibited|banned))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A place where a wording was found: the whole ``sentence`` and the ``words`` in it, both exactly as they were written."""

    sentence: str
    words: str


@lru_cache(maxsize=8192)  # a draft is read again after every edit, and most of its clauses are as they were
def found(wording: Wording, text: str) -> tuple[Found, ...]:
    """Every sentence of the text that holds the wording, in order, each once. Raises ValueError for a pattern that is not well-formed."""
    hits = []
    for sentence, halves in _sentences(text):
        if any(_compiled(pattern).search(_plain(sentence)) for pattern in wording.unless):
            continue
        match = next((half[m.start() : m.end()] for half in halves if (m := _match(wording, half))), None)
        if match is not None:
            hits.append(Found(sentence, match))
    return tuple(hits)


def check(wording: Wording) -> list[str]:
    """What is wrong with the patterns, a sentence for each that is not well-formed."""
    defects = []
    for pattern in (*wording.find, *wording.unless):
        try:
            _compiled(pattern)
        except ValueError as error:
            defects.append(str(error))
    return defects


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


@lru_cache(maxsize=256)
def _sentences(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The sentences of a text, each with the halves in which a pattern may match."""
    return tuple((sentence, tuple(_pieces(_HALF_END, sentence))) for sentence in _pieces(_SENTENCE_END, text))


def _match(wording: Wording, half: str) -> re.Match[str] | None:
    plain = _plain(half)
    for pattern in wording.find:
        for match in _compiled(pattern).finditer(plain):
            if wording.sense == "says" or (wording.sense == "forbids") == _is_ban(wording, plain, match):
                return match
    return None


def _is_ban(wording: Wording, half: str, match: re.Match[str]) -> bool:
    passive = _PASSIVE.match(half, match.end())
    after = passive[0] if passive else ""
    # "Critics are banned" offers a ban: among the found words, a verb of forbidding is the thing that is offered.
    verbs = half[: match.end()] if wording.sense == "forbids" else half[: match.start()]
    return bool(_PLAIN.search(half[: match.end()] + after)) != bool(_VERB.search(verbs + after))


def _plain(text: str) -> str:
    """The text with straight apostrophes; every character keeps its place."""
    return text.replace("’", "'")


def _pieces(end: re.Pattern[str], text: str) -> Iterator[str]:
    start = 0
    for mark in end.finditer(text):
        yield from _stripped(text[start : mark.end()])
        start = mark.end()
    yield from _stripped(text[start:])


def _stripped(text: str) -> Iterator[str]:
    if text := text.strip():
        yield text


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    source, gap = "", ""
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
    if gap or pattern.split()[0] == "...":
        raise ValueError(f"The pattern '{pattern}' starts or ends with '...': a gap stands between words.")
    return re.compile(source, re.IGNORECASE)


def _choice(part: str, pattern: str) -> str:
    alternatives = part.split("|")
    if not all(_ALTERNATIVE.fullmatch(alternative) for alternative in alternatives):
        raise ValueError(f"The part '{part}' of the pattern '{pattern}' has an empty choice or a sign that is not part of a word.")
    words = [re.escape(a).replace(r"\*", r"[\w'-]*").replace("_", r"[\s,-]+") for a in alternatives]
    return rf"(?<!\w)(?<!\w')(?:{'|'.join(words)})(?:'s?)?(?![\w'])"
