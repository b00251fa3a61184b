"""Which elements a policy that somebody else wrote has: the sentences that show each, with their places.

The rules are content (content/policy/evidence.yaml); how a rule is applied to a passage is told in :mod:`smtraining.bank.evidence`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smtraining.bank import Bank
from smtraining.bank.evidence import Sign, signs
from smtraining.policy.extract import ExtractedText, Passage


class Status(StrEnum):
    """What was seen of an element. *Hinted*: its words are there, and no rule was recognized, so that somebody has to look."""

    FOUND = "found"
    HINTED = "hinted"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of the document, word for word, the ``words`` in it that gave it away (empty: its heading did), ``where`` it stands, and
    the ``heading`` above it as far as that is known. ``lead`` opens the list that it is an item of."""

    sentence: str
    words: str
    where: str
    heading: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of an element: every sentence that shows it, the plainest first; for *hinted* those that may."""

    element: str
    status: Status
    quotes: tuple[Quote, ...]


def evidence(document: ExtractedText, bank: Bank) -> dict[str, Seen]:
    """What was seen of each element, in the order of the elements."""
    found: dict[str, list[tuple[Sign, Passage]]] = {id: [] for id in bank.elements}
    for passage in document.passages:
        if passage.text == passage.heading:
            continue  # a heading lends its words to what stands below it
        for rule in bank.evidence.values():
            found[rule.element] += [(sign, passage) for sign in signs(rule, passage.heading, passage.text, passage.lead)]
    return {id: _seen(id, hits) for id, hits in found.items()}


def _seen(element: str, hits: list[tuple[Sign, Passage]]) -> Seen:
    certain = [hit for hit in hits if hit[0].certain]
    status = Status.FOUND if certain else Status.HINTED if hits else Status.MISSING
    ordered = sorted(certain or hits, key=lambda hit: not hit[0].words)
    quotes = (Quote(sign.sentence, sign.words, passage.where, passage.heading, passage.lead) for sign, passage in ordered)
    return Seen(element, status, tuple(dict.fromkeys(quotes)))
