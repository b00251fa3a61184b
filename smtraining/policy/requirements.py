"""What a profile asks of a policy: the rules that bind it, and the elements it needs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from smtraining.bank import Bank
from smtraining.models import BindingRule, Level, PolicyElement, Requirement
from smtraining.policy.profile import Profile, Verdict, decide, find_out, said


@dataclass(frozen=True, slots=True)
class Binding:
    """A rule that binds the agency (``certain``), or that may bind it while an answer is missing.

    ``reason`` says which answers decided it; ``find_out`` how to get those that are missing; ``sources`` are source views of the bank,
    with ``as_of`` and ``stale``.
    """

    rule: BindingRule
    certain: bool
    reason: str
    find_out: tuple[str, ...]
    sources: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Need:
    """How much an agency needs an element.

    ``level`` is certain from the answers given (None: nothing asks for it); ``possible`` is a stricter level that would hold if an answer
    that is missing turned out so. ``reasons`` say why, for the level that is certain, or else for the one that is possible.
    """

    element: PolicyElement
    level: Level | None
    possible: Level | None
    reasons: tuple[str, ...]
    find_out: tuple[str, ...]

    @property
    def strictest(self) -> Level | None:
        """The level to plan for until every answer is known."""
        return self.possible or self.level


def binding(profile: Profile, bank: Bank, today: dt.date) -> list[Binding]:
    """The rules that bind the profile, then those that may bind it, each in the order of the content."""
    found = []
    for rule in bank.rules.values():
        verdict = decide(rule.when, profile)
        if verdict.holds is not False:
            sources = tuple(bank.source_views(rule.sources, today))
            found.append(Binding(rule, verdict.holds is True, _reason(bank, verdict), find_out(bank, verdict.missing), sources))
    return sorted(found, key=lambda b: not b.certain)


def needs(profile: Profile, bank: Bank) -> list[Need]:
    """One need for each element, in the order of the elements."""
    return [need(element, profile, bank) for element in bank.elements.values()]


def need(element: PolicyElement, profile: Profile, bank: Bank) -> Need:
    """How much this profile needs an element."""
    decided = [(requirement, decide(requirement.when, profile)) for requirement in element.required]
    met = [requirement for requirement, verdict in decided if verdict.holds]
    open_ = [(requirement, verdict) for requirement, verdict in decided if verdict.holds is None]
    level = _highest(met)
    possible = _highest([requirement for requirement, _ in open_])
    if level is Level.MUST or (level is not None and possible is not Level.MUST):
        possible = None  # nothing that is open could make it stricter than it is
    counted = [(r, v) for r, v in open_ if r.level is possible]
    reasons = [r.why for r in met if r.level is level] or [r.why for r, _ in counted]
    missing = tuple(dict.fromkeys(switch for _, verdict in counted for switch in verdict.missing))
    return Need(element, level, possible, tuple(reasons), find_out(bank, missing))


def _highest(requirements: list[Requirement]) -> Level | None:
    levels = {requirement.level for requirement in requirements}
    return next((level for level in Level if level in levels), None)


def _reason(bank: Bank, verdict: Verdict) -> str:
    told = said(bank, verdict.because)
    if verdict.holds:
        return told
    return "It depends on an answer that is missing." if not told else f"{told} It also depends on an answer that is missing."
