"""Risky wording in the clauses of a policy, and clauses that cannot both be followed.

The rules are content (content/policy/risks.yaml); how a wording is found in a text is told in :mod:`smtraining.bank.wording`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smtraining.bank import Bank
from smtraining.bank.wording import Found, conflicting, found
from smtraining.models import ClauseConflict, RiskRule
from smtraining.policy.profile import Profile, decide, find_out


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk rule that found its wording in the clause of ``element``. Not ``certain`` means: it matters only if an answer that is missing
    turns out so; ``find_out`` says how to get it."""

    rule: RiskRule
    element: str
    found: Found
    certain: bool
    find_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two clauses against each other: the elements (the same one, if a clause contradicts itself) and the sentences."""

    rule: ClauseConflict
    elements: tuple[str, str]
    found: tuple[Found, Found]


def risks(profile: Profile, clauses: Mapping[str, str], bank: Bank) -> list[Risk]:
    """Every risky sentence of the clauses (element id -> text), in the order of the elements, then of the rules."""
    hits = []
    fitting = [(rule, verdict) for rule in bank.risks.values() if (verdict := decide(rule.applies_to, profile)).holds is not False]
    for element in bank.elements:
        for rule, verdict in fitting:
            if element in clauses and (not rule.elements or element in rule.elements):
                open_ = find_out(bank, verdict.missing)
                hits += [Risk(rule, element, hit, verdict.holds is True, open_) for hit in found(rule.wording, clauses[element])]
    return hits


def conflicts(clauses: Mapping[str, str], bank: Bank) -> list[Conflict]:
    """Every conflict between clauses (element id -> text), at most one for each rule and pair of elements."""
    hits = []
    for rule in bank.conflicts.values():
        for first in rule.first.elements:
            for second in rule.second.elements:
                both = conflicting(rule, clauses.get(first, ""), clauses.get(second, ""))
                if both is not None:
                    hits.append(Conflict(rule, (first, second), both))
    return hits
