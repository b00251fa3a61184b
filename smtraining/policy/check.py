"""The policy check: a policy that somebody else wrote, held against the thirty elements and the risky wording, for a profile.

It is a reading aid. What it finds is quoted with its place, what it does not find may still be there in other words, and each finding can
be overruled by its reader with a reason. How often it is right was measured: docs/policy-check.md.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from smtraining.bank import Bank
from smtraining.bank.wording import found, sentences, together
from smtraining.models import Level, PolicyElement, RiskRule
from smtraining.policy.evidence import Quote, Seen, Status, evidence
from smtraining.policy.extract import ExtractedText
from smtraining.policy.profile import Profile, decide, find_out
from smtraining.policy.requirements import Need, needs

SHORT = 80
"""A text with fewer words is hardly a whole policy."""

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_ENGLISH = re.compile(r"\b(?:the|of|to|and|a|in|is|be|not|for|or|you|we|on|that|are|with|by|this|it|as|any|will|may)\b", re.IGNORECASE)
_LEAST_ENGLISH = 0.12
"""In running English at least this share of the words are among the commonest; in other languages hardly any."""


class Weight(StrEnum):
    """How much the profile needs an element. *Perhaps* depends on an answer that is missing; *may* means that nothing asks for it."""

    MUST = "must"
    PERHAPS = "perhaps"
    SHOULD = "should"
    MAY = "may"


@dataclass(frozen=True, slots=True)
class ElementCheck:
    """What became of an element: ``seen`` by the check, and ``overruled``, the reader's reason for saying that it is otherwise.

    ``says`` is what was looked for, ``near`` what does not count.
    """

    element: PolicyElement
    need: Need
    seen: Seen
    says: str
    near: str
    overruled: str | None

    @property
    def id(self) -> str:
        """What the finding is overruled by. That of evidence changes when its sentences do; then the question is open again."""
        if self.seen.status is Status.FOUND:
            return f"found:{self.element.id}:{digest(''.join(quote.sentence for quote in self.seen.quotes))}"
        return f"missing:{self.element.id}"

    @property
    def present(self) -> bool:
        """Whether the policy has it: as the check sees it, unless the reader has overruled that."""
        return (self.seen.status is Status.FOUND) != (self.overruled is not None)

    @property
    def weight(self) -> Weight:
        """How much the profile needs it."""
        if self.need.possible is not None:
            return Weight.PERHAPS
        return {Level.MUST: Weight.MUST, Level.SHOULD: Weight.SHOULD, None: Weight.MAY}[self.need.level]


@dataclass(frozen=True, slots=True)
class RiskCheck:
    """A sentence with risky wording. Not ``certain``: it matters only if an answer that is missing turns out so (``find_out``)."""

    rule: RiskRule
    quote: Quote
    certain: bool
    find_out: tuple[str, ...]
    overruled: str | None

    @property
    def id(self) -> str:
        """What the finding is overruled by; it changes when the sentence does."""
        return f"risky:{self.rule.id}:{digest(self.quote.lead + self.quote.sentence)}"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The whole check. ``notices`` are sentences on how the document was read, ``open_questions`` the switchboard's unanswered ones."""

    name: str
    words: int
    notices: tuple[str, ...]
    profile: Profile
    open_questions: tuple[str, ...]
    elements: tuple[ElementCheck, ...]
    risks: tuple[RiskCheck, ...]

    def missing(self, weight: Weight) -> tuple[ElementCheck, ...]:
        """The elements of this weight that the policy does not have."""
        return tuple(one for one in self.elements if not one.present and one.weight is weight)

    @property
    def found(self) -> tuple[ElementCheck, ...]:
        """The elements that the policy has."""
        return tuple(one for one in self.elements if one.present)

    @property
    def open_risks(self) -> tuple[RiskCheck, ...]:
        """The risky sentences that were not overruled, those that certainly matter first."""
        return tuple(sorted((risk for risk in self.risks if risk.overruled is None), key=lambda risk: not risk.certain))

    @property
    def risks_by_rule(self) -> tuple[tuple[RiskCheck, ...], ...]:
        """As :attr:`open_risks`, the sentences of one rule together."""
        rules: dict[str, list[RiskCheck]] = {}
        for risk in self.open_risks:
            rules.setdefault(risk.rule.id, []).append(risk)
        return tuple(tuple(risks) for risks in rules.values())

    @property
    def overruled(self) -> dict[str, str]:
        """What the reader has overruled in this document: id of the finding -> reason."""
        reasons = [(one.id, one.overruled) for one in self.elements] + [(risk.id, risk.overruled) for risk in self.risks]
        return {id: reason for id, reason in reasons if reason is not None}

    @property
    def passes(self) -> bool:
        """Whether nothing that must be there is missing, and nothing that certainly matters is risky."""
        return not self.missing(Weight.MUST) and not any(risk.certain for risk in self.open_risks)

    @property
    def counts(self) -> dict[Weight, int]:
        """How many elements of each weight are missing, zeros included."""
        missing = Counter(one.weight for one in self.elements if not one.present)
        return {weight: missing[weight] for weight in Weight}


def check(document: ExtractedText, profile: Profile, bank: Bank, overruled: Mapping[str, str] | None = None) -> CheckReport:
    """Hold a document against the elements and the risk rules. ``overruled`` maps ids of findings to the reader's reasons."""
    reasons = dict(overruled or {})
    seen = evidence(document, bank)
    elements = []
    for need in needs(profile, bank):
        rules = [rule for rule in bank.evidence.values() if rule.element == need.element.id]
        says, near = " ".join(rule.says for rule in rules), " ".join(rule.near for rule in rules if rule.near)
        one = ElementCheck(need.element, need, seen[need.element.id], says, near, None)
        elements.append(replace(one, overruled=reasons.get(one.id)))
    words = _WORD.findall(document.text)
    return CheckReport(
        name=document.name,
        words=len(words),
        notices=(*document.notices, *_notices(words)),
        profile=profile,
        open_questions=tuple(bank.switch(id).question for id in profile.unanswered(bank)),
        elements=tuple(elements),
        risks=tuple(_risks(document, profile, bank, reasons)),
    )


def _notices(words: list[str]) -> list[str]:
    said = []
    common = len(_ENGLISH.findall(" ".join(words)))
    if len(words) >= SHORT and common < _LEAST_ENGLISH * len(words):
        said.append("This does not look like an English text. The check knows English words only: what it says of this text means little.")
    if len(words) < SHORT:
        said.append(f"The text has only {len(words)} words. Is it the whole policy?")
    return said


def _risks(document: ExtractedText, profile: Profile, bank: Bank, reasons: Mapping[str, str]) -> list[RiskCheck]:
    """Every risky sentence, in the order of the document. Which clauses a rule is meant for does not count here: a text by somebody else
    is not sorted into elements."""
    fitting = [(rule, verdict) for rule in bank.risks.values() if (verdict := decide(rule.applies_to, profile)).holds is not False]
    hits: dict[str, RiskCheck] = {}
    for passage in document.passages:
        if passage.text == passage.heading:
            continue
        for rule, verdict in fitting:
            for written in sentences(passage.text):
                read = together(passage.lead, written).text if passage.lead else written.text
                if found(rule.wording, read):
                    quote = Quote(written.text, "", passage.where, passage.heading, passage.lead)
                    one = RiskCheck(rule, quote, verdict.holds is True, find_out(bank, verdict.missing), None)
                    hits.setdefault(one.id, replace(one, overruled=reasons.get(one.id)))
    return list(hits.values())


def digest(text: str) -> str:
    """Eight hex digits that stand for the words of a text; spaces and capitals do not count."""
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()[:8]
