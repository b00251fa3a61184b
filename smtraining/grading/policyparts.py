"""What a handed-in policy earns, part by part, with the reason for each piece.

The rules are open: the exercise prints :data:`RULES` word for word, and ``check_policy`` tells a learner at any time what is there. They
look at completeness, upkeep and wording that gets policies into trouble; whether the policy is any good is for a person to say. Which
elements a policy must have follows from the switchboard (:mod:`smtraining.policy.requirements`): an answer that is missing counts as the
stricter one. The numbers of words are rules of thumb of ours.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from smtraining.bank import Bank
from smtraining.errors import RecordError
from smtraining.grading.cells import Part
from smtraining.grading.drafts import HandedIn, time_of
from smtraining.models import Level, Outcome, PolicyElement, Score
from smtraining.policy.draft import Draft
from smtraining.policy.gaps import THIN_WORDS, Finding, Kind, report
from smtraining.policy.outline import PLAN, SAFETY
from smtraining.policy.profile import Profile, from_json
from smtraining.policy.requirements import needs

FIELD_WORDS = 5
"""A field of one of the two plans with fewer words can hardly tell anybody what to do."""

FEWER_WORDS: Mapping[str, int] = {"platform": 1, "frequency": 1, "owner": 1, "who_to_call": 2}
"""Fields that say enough in a word or two."""

REASON_WORDS = 4
"""A reason with fewer words does not say why a finding is overruled."""

FINDINGS = 4
"""So many open findings leave nothing of the points for wording."""

TITLES: Mapping[Part, str] = {
    Part.CLAUSES: "Clauses that your policy must have",
    Part.UPKEEP: "Owners and review dates",
    Part.WORDING: "Wording that could get you into trouble",
    Part.PLAN: "Treatment plan",
    Part.SAFETY: "Safety plan",
    Part.NOTICE: "Notice for clients",
}

RULES: Mapping[Part, str] = {
    Part.CLAUSES: (
        "Each clause that your policy must have earns an equal part, if it says something: "
        f"{THIN_WORDS} words or more, and not the text of another clause."
    ),
    Part.UPKEEP: (
        "Each clause that your policy must have earns half of its part for a named owner and half for a review date that is still to come. "
        "The review date of the whole policy counts for every clause."
    ),
    Part.WORDING: (
        "Each open finding of risky wording, or of two clauses against each other, takes a quarter away. What is left counts in proportion "
        f"to the must-have clauses that are written. A finding you overruled with a reason of {REASON_WORDS} words or more is not open."
    ),
    Part.PLAN: (
        f"Each of the {len(PLAN)} fields earns an equal part: {FIELD_WORDS} words or more, and not the text of another field; one word is "
        "enough for the platform, how often and the person; the review date is still to come."
    ),
    Part.SAFETY: (
        f"Each of the {len(SAFETY)} fields earns an equal part: {FIELD_WORDS} words or more, and not the text of another field; "
        "two words are enough for who to call."
    ),
    Part.NOTICE: "Each question of the notice for clients that one of your clauses answers earns an equal part.",
}

_STRICT = "so every clause that may be needed counts."

_WORD = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of a part: what it is about, whether it counts, and why or why not."""

    label: str
    counts: bool
    why: str


@dataclass(frozen=True, slots=True)
class Account:
    """What a part earns: the score, and the lines it is made of. ``notes`` are further sentences for the person who grades."""

    score: Score
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Policy:
    """A handed-in draft beside what it has to be measured by."""

    draft: Draft
    profile: Profile
    bank: Bank
    doubt: str = ""

    @classmethod
    def of(cls, handed: HandedIn, bank: Bank) -> Policy | None:
        """None if no draft counts. Without readable answers of the switchboard every clause that could be needed is."""
        if handed.draft is None:
            return None
        stored = handed.draft.profile if handed.draft.profile is not None else handed.profile
        if stored is None:
            return cls(handed.draft, Profile(), bank, f"The switchboard was not answered, {_STRICT}")
        try:
            return cls(handed.draft, from_json(bank, stored), bank)
        except RecordError:
            return cls(handed.draft, Profile(), bank, f"The answers of the switchboard cannot be read, {_STRICT}")

    @property
    def musts(self) -> tuple[PolicyElement, ...]:
        """The elements that the policy must have, as long as every missing answer may be the stricter one."""
        found = tuple(need.element for need in needs(self.profile, self.bank) if need.strictest is Level.MUST)
        return found or tuple(self.bank.elements.values())

    def lacking(self) -> dict[str, str]:
        """Element id -> why its clause does not count, for each one that does not."""
        seen: dict[tuple[str, ...], str] = {}
        return {
            id: why
            for id, element in self.bank.elements.items()
            if (why := _lacking(self.draft.clause(id).text, THIN_WORDS, f"“{element.title}”", seen))
        }

    def is_to_come(self, date: dt.date | None) -> bool:
        """Whether a date lies after the day on which the draft was saved, so that grading later gives the same."""
        return date is not None and (self.draft.changed is None or date > time_of(self.draft).date())


def account(part: Part, handed: HandedIn, bank: Bank) -> Account:
    """What a part of the policy earns. Never raises on what a submission holds."""
    policy = Policy.of(handed, bank)
    if policy is None:
        summary = "No draft of a policy was handed in." if handed.trouble is None else "There is no draft that could be scored."
        return Account(Score(outcome=Outcome.NOT_ATTEMPTED, fraction=0.0, marks={}, rule=RULES[part], summary=summary))
    return _ACCOUNTS[part](policy)


def wording_findings(policy: Policy) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings of risky and conflicting wording: those that are open, and those that were overruled with a reason."""
    clauses = {id: clause.text for id, clause in policy.draft.clauses.items() if id in policy.bank.elements}
    reasons = policy.draft.overruled
    accepted = {id for id, reason in reasons.items() if len(_words(reason)) >= REASON_WORDS}
    found = report(policy.profile, clauses, policy.bank, dt.date.min, accepted)
    kinds = (Kind.RISKY, Kind.CONFLICT)
    return tuple(f for f in found.findings if f.kind in kinds), tuple(f for f in found.overruled if f.kind in kinds)


# -- the parts -------------------------------------------------------------------------------------------------------


def _clauses(policy: Policy) -> Account:
    lacking = policy.lacking()
    lines = tuple(Line(_title(e), e.id not in lacking, lacking.get(e.id, "It is there.")) for e in policy.musts)
    there = sum(line.counts for line in lines)
    summary = f"{there} of the {len(lines)} clauses that this policy must have are there."
    samples = len(copied(policy))
    written = sum(clause.is_written for clause in policy.draft.clauses.values())
    notes = [f"{samples} of {written} clauses are sample clauses, word for word."] if samples else []
    return _account(Part.CLAUSES, there / len(lines), summary, lines, policy, *notes)


def _upkeep(policy: Policy) -> Account:
    lacking = policy.lacking()
    whole = policy.is_to_come(policy.draft.review_date)
    lines: list[Line] = []
    owners = dates = 0
    for element in policy.musts:
        clause = policy.draft.clause(element.id)
        if element.id in lacking:
            continue
        owner = bool(_words(clause.owner))
        date = policy.is_to_come(clause.review_date) or (whole and clause.review_date is None)
        owners, dates = owners + owner, dates + date
        missing = [*([] if owner else ["no owner"]), *([] if date else [_no_date(clause.review_date or policy.draft.review_date)])]
        lines.append(Line(_title(element), not missing, f"It has {' and '.join(missing)}." if missing else "It has an owner and a date."))
    needed = len(policy.musts)
    if absent := needed - len(lines):
        lines.append(Line("Clauses that are not there", False, f"{absent} of {needed} clauses have nothing to look after yet."))
    summary = f"Of {needed} must-have clauses, {owners} name an owner and {dates} have a review date that is still to come."
    return _account(Part.UPKEEP, (owners + dates) / (2 * needed), summary, tuple(lines), policy)


def _no_date(date: dt.date | None) -> str:
    return "no review date" if date is None else "a review date that had passed when it was saved"


def _wording(policy: Policy) -> Account:
    lacking = policy.lacking()
    written = sum(element.id not in lacking for element in policy.musts)
    open_, overruled = wording_findings(policy)
    lines = [Line(_place(f, policy.bank), False, f"{f.message} It says: {_quoted(f)}") for f in open_]
    lines += [Line(_place(f, policy.bank), True, f"Overruled: {policy.draft.overruled[f.id]} It says: {_quoted(f)}") for f in overruled]
    fraction = written / len(policy.musts) * max(0.0, 1 - len(open_) / FINDINGS)
    findings = f"{len(open_)} open finding{'' if len(open_) == 1 else 's'}"
    summary = f"{findings}, {len(overruled)} overruled; {written} of {len(policy.musts)} must-have clauses are written."
    return _account(Part.WORDING, fraction, summary, tuple(lines), policy)


def _plan(policy: Policy) -> Account:
    texts = policy.draft.plan.model_dump(exclude={"review_date"})
    lines = _fields(PLAN, texts, policy)
    there = sum(line.counts for line in lines)
    return _account(Part.PLAN, there / len(lines), f"{there} of {len(lines)} fields of the treatment plan are filled in.", lines, policy)


def _safety(policy: Policy) -> Account:
    lines = _fields(SAFETY, policy.draft.safety.model_dump(), policy)
    there = sum(line.counts for line in lines)
    return _account(Part.SAFETY, there / len(lines), f"{there} of {len(lines)} fields of the safety plan are filled in.", lines, policy)


def _fields(labels: Mapping[str, str], texts: Mapping[str, str], policy: Policy) -> tuple[Line, ...]:
    seen: dict[tuple[str, ...], str] = {}
    lines = []
    for name, label in labels.items():
        if name == "review_date":
            date = policy.draft.plan.review_date
            why = "" if policy.is_to_come(date) else f"It has {_no_date(date)}."
        else:
            why = _lacking(texts[name], FEWER_WORDS.get(name, FIELD_WORDS), f"“{label}”", seen)
        lines.append(Line(label, not why, why or "It is filled in."))
    return tuple(lines)


def _notice(policy: Policy) -> Account:
    from smtraining.policy.notice import QUESTIONS  # it comes with the writer of Word files, which nobody else here needs

    lacking = policy.lacking()
    asked = {id: question for id, question in QUESTIONS.items() if id in policy.bank.elements}
    lines = tuple(
        Line(question, id not in lacking, f"{_title(policy.bank.elements[id])}. {lacking.get(id, 'It answers.')}")
        for id, question in asked.items()
    )
    there = sum(line.counts for line in lines)
    summary = f"{there} of the {len(lines)} questions of the notice for clients are answered."
    return _account(Part.NOTICE, there / len(lines), summary, lines, policy)


_ACCOUNTS: Mapping[Part, Callable[[Policy], Account]] = {
    Part.CLAUSES: _clauses,
    Part.UPKEEP: _upkeep,
    Part.WORDING: _wording,
    Part.PLAN: _plan,
    Part.SAFETY: _safety,
    Part.NOTICE: _notice,
}


# -- pieces ----------------------------------------------------------------------------------------------------------


def _account(part: Part, fraction: float, summary: str, lines: tuple[Line, ...], policy: Policy, *notes: str) -> Account:
    outcome = Outcome.RIGHT if fraction == 1 else Outcome.WRONG if fraction == 0 else Outcome.PARTLY
    told = " ".join(filter(None, [summary, policy.doubt]))
    return Account(Score(outcome=outcome, fraction=fraction, marks={}, rule=RULES[part], summary=told), lines, notes)


def _lacking(text: str, least: int, label: str, seen: dict[tuple[str, ...], str]) -> str:
    """Why a text does not count, or "". ``seen`` are the texts that do, so far, and where they stand."""
    words = tuple(_words(text))
    if not words:
        return "It is not written."
    if len(words) < least:
        return f"It has {len(words)} word{'' if len(words) == 1 else 's'}; it needs {least} or more."
    if len(set(words)) < math.ceil(least * 2 / 3):
        return "It repeats a few words and says little."
    if least > 1 and words in seen:
        return f"It is the same text as under {seen[words]}."
    seen[words] = label
    return ""


def copied(policy: Policy) -> frozenset[str]:
    """The elements whose clause is a sample clause, word for word. It counts; whether it fits is for a person to judge."""
    offered = {(e.id, tuple(_words(c.text))) for e in policy.bank.elements.values() for c in e.clauses}
    offered |= {(v.patch.element, tuple(_words(c.text))) for v in policy.bank.vignettes.values() for c in v.patch.clauses}
    clauses = policy.draft.clauses
    return frozenset(id for id, clause in clauses.items() if clause.is_written and (id, tuple(_words(clause.text))) in offered)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _title(element: PolicyElement) -> str:
    return f"{element.number}. {element.title}"


def _place(finding: Finding, bank: Bank) -> str:
    return " and ".join(_title(bank.elements[id]) for id in finding.elements)


def _quoted(finding: Finding) -> str:
    return " … ".join(f"“{quote}”" for quote in finding.quotes)
