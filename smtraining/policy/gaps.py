"""The gap report: what a draft lacks for a profile, what in it is risky or contradicts itself, and which law to look up again.

Every finding has a stable id, so that its reader may overrule it: the id of a risky sentence changes when the sentence does, and then
the question is open again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from smtraining.bank import Bank
from smtraining.models import LawItem, Level
from smtraining.policy.profile import Profile
from smtraining.policy.requirements import Need, binding, needs
from smtraining.policy.risks import conflicts, risks

THIN_WORDS = 12
"""A clause with fewer words can hardly say who does what, and when. The number is a rule of thumb of ours."""

_WORD = re.compile(r"\w[\w'’-]*")


class Kind(StrEnum):
    """What a finding is about, the most pressing first."""

    MISSING_MUST = "missing-must"
    MISSING_PERHAPS = "missing-perhaps"
    RISKY = "risky"
    CONFLICT = "conflict"
    MISSING_SHOULD = "missing-should"
    TOO_THIN = "too-thin"
    LAW_TO_CHECK = "law-to-check"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``elements`` are the policy elements it concerns, ``message`` what was found and why it matters,
    ``next_step`` what to do.

    ``quotes`` are sentences of the draft, word for word; ``better`` is a wording to adapt, ``case`` the vignette that shows the point,
    ``sources`` ids of standards and laws; ``find_out`` says how to get the missing answers that the finding depends on.
    """

    id: str
    kind: Kind
    elements: tuple[str, ...]
    message: str
    next_step: str
    quotes: tuple[str, ...] = ()
    better: str | None = None
    case: str | None = None
    sources: tuple[str, ...] = ()
    find_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GapReport:
    """``findings`` are open, in the order of :class:`Kind` and of the elements; ``overruled`` were set aside by the reader; ``needs`` is
    one need for each element; ``written`` are the elements that have a text."""

    findings: tuple[Finding, ...]
    overruled: tuple[Finding, ...]
    needs: tuple[Need, ...]
    written: tuple[str, ...]

    @property
    def counts(self) -> dict[Kind, int]:
        """How many findings of each kind are open, zeros included."""
        found = Counter(finding.kind for finding in self.findings)
        return {kind: found[kind] for kind in Kind}

    @property
    def musts(self) -> tuple[str, ...]:
        """The elements that the policy must have, as far as the answers go."""
        return tuple(need.element.id for need in self.needs if need.level is Level.MUST)

    @property
    def musts_written(self) -> tuple[str, ...]:
        """Those of :attr:`musts` that have a text."""
        return tuple(id for id in self.musts if id in self.written)

    def of(self, element: str) -> tuple[Finding, ...]:
        """The open findings that concern an element."""
        return tuple(finding for finding in self.findings if element in finding.elements)


def report(profile: Profile, clauses: Mapping[str, str], bank: Bank, today: dt.date, overruled: Collection[str] = frozenset()) -> GapReport:
    """The gap report of a draft (element id -> text). ``overruled`` are ids of findings that the reader has set aside.

    Raises UnknownId for an element that does not exist.
    """
    texts = {bank.element(id).id: text.strip() for id, text in clauses.items() if text.strip()}
    needed = tuple(needs(profile, bank))
    found = [
        *_missing(needed, texts),
        *_thin(bank, texts),
        *_risky(profile, bank, texts),
        *_conflicts(bank, texts),
        *_law(profile, bank, texts, today),
    ]
    order = {kind: number for number, kind in enumerate(Kind)}
    found.sort(key=lambda finding: order[finding.kind])
    return GapReport(
        findings=tuple(finding for finding in found if finding.id not in overruled),
        overruled=tuple(finding for finding in found if finding.id in overruled),
        needs=needed,
        written=tuple(id for id in bank.elements if id in texts),
    )


def _missing(needed: tuple[Need, ...], texts: Mapping[str, str]) -> Iterator[Finding]:
    for need in needed:
        element = need.element
        kind = _missing_kind(need)
        if kind is not None and element.id not in texts:
            step = "Start from one of its sample clauses and put it into your own words."
            if kind is Kind.MISSING_PERHAPS:
                step = "Find out, or write it to be on the safe side. " + step
            message = f"{_SAID[kind]} “{element.title}”. {' '.join(need.reasons)}"
            case = element.cases[0] if element.cases else None
            id = f"{kind.value}:{element.id}"
            yield Finding(id, kind, (element.id,), message, step, case=case, sources=element.sources, find_out=need.find_out)


_SAID = {
    Kind.MISSING_MUST: "Your policy must have",
    Kind.MISSING_PERHAPS: "It depends on an answer you have not given whether your policy needs",
    Kind.MISSING_SHOULD: "Your policy should have",
}


def _missing_kind(need: Need) -> Kind | None:
    if need.possible is not None:
        return Kind.MISSING_PERHAPS
    return {None: None, Level.MUST: Kind.MISSING_MUST, Level.SHOULD: Kind.MISSING_SHOULD}[need.level]


def _thin(bank: Bank, texts: Mapping[str, str]) -> Iterator[Finding]:
    for id, element in bank.elements.items():
        count = len(_WORD.findall(texts.get(id, "")))
        if id in texts and count < THIN_WORDS:
            words = f"{count} word{'' if count == 1 else 's'}"
            message = f"The clause on “{element.title}” has {words}. A reader will not know what to do."
            yield Finding(f"too-thin:{id}", Kind.TOO_THIN, (id,), message, "Say who does what, when, and what happens if it goes wrong.")


def _risky(profile: Profile, bank: Bank, texts: Mapping[str, str]) -> Iterator[Finding]:
    for risk in risks(profile, texts, bank):
        yield Finding(
            f"risky:{risk.rule.id}:{risk.element}:{_digest(risk.found.sentence)}",
            Kind.RISKY,
            (risk.element,),
            f"{risk.rule.title}: {risk.rule.reason}",
            "Change the wording, or overrule this finding if it misreads you.",
            quotes=(risk.found.sentence,),
            better=risk.rule.better,
            case=risk.rule.case,
            sources=risk.rule.sources,
            find_out=risk.find_out,
        )


def _conflicts(bank: Bank, texts: Mapping[str, str]) -> Iterator[Finding]:
    for conflict in conflicts(texts, bank):
        first, second = conflict.found
        yield Finding(
            f"conflict:{conflict.rule.id}:{'+'.join(conflict.elements)}:{_digest(first.sentence + second.sentence)}",
            Kind.CONFLICT,
            tuple(dict.fromkeys(conflict.elements)),
            f"{conflict.rule.title}: {conflict.rule.reason}",
            conflict.rule.next_step,
            quotes=(first.sentence, second.sentence),
        )


def _law(profile: Profile, bank: Bank, texts: Mapping[str, str], today: dt.date) -> Iterator[Finding]:
    """The law items past their review date behind the written clauses. An item that only rules cite which do not bind is left out."""
    bindings = binding(profile, bank, today)
    bound = {source for found in bindings for source in found.rule.sources}
    ruled = {source for rule in bank.rules.values() for source in rule.sources}
    touched: dict[str, set[str]] = {}
    for id in texts:
        for source in bank.elements[id].sources:
            if source in bound or source not in ruled:
                touched.setdefault(source, set()).add(id)
    for found in bindings:
        for source in found.rule.sources:
            touched.setdefault(source, set()).update(id for id in found.rule.elements if id in texts)
    for source, elements in touched.items():
        item = bank.source(source)
        if elements and isinstance(item, LawItem) and item.is_stale(today):
            yield Finding(
                f"law-to-check:{source}:{item.as_of}",
                Kind.LAW_TO_CHECK,
                tuple(sorted(elements)),
                f"“{item.title}” was last checked on {item.as_of}, and was to be looked up again by {item.review_by}. It may have changed.",
                "Look it up or ask your lawyer, then see whether these clauses still hold.",
                sources=(source,),
            )


def _digest(text: str) -> str:
    """Eight hex digits that stand for the words of a sentence; spaces and capitals do not count."""
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()[:8]
