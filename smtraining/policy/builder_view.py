"""The policy builder as plain data for a page: what there is to know about the thirty elements once, then only what changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from smtraining.bank import Bank
from smtraining.errors import DraftError
from smtraining.models import PolicyPart
from smtraining.policy.card import card_lines
from smtraining.policy.compare import compare
from smtraining.policy.draft import Draft
from smtraining.policy.drafts_store import Listed
from smtraining.policy.fields import fields, stamp, with_field
from smtraining.policy.gaps import Finding, GapReport, Kind
from smtraining.policy.outline import DETAILS, LEADS, PLAN, SAFETY, element_title, key_of, read_date
from smtraining.policy.profile import Profile
from smtraining.policy.reading import LABELS, ReadBack
from smtraining.policy.requirements import needs
from smtraining.responses import Answer

TITLE = "Policy builder"

INTRO = (
    "Write your agency's own social media policy, one element at a time. Everything you type is saved beside this notebook and sent "
    "nowhere. When you are ready, take it with you as a Word document."
)

KINDS: Mapping[Kind, str] = {
    Kind.MISSING_MUST: "Missing, and your policy must have it",
    Kind.MISSING_PERHAPS: "Missing, and it depends on an open answer",
    Kind.RISKY: "Risky wording",
    Kind.CONFLICT: "Clauses against each other",
    Kind.MISSING_SHOULD: "Missing, and your policy should have it",
    Kind.TOO_THIN: "Too short to follow",
    Kind.LAW_TO_CHECK: "Law to look up again",
}
"""What a group of findings is called, the most pressing first."""

STRICTNESS = {"firm": "Firm: leaves least to judgment", "balanced": "Balanced", "light": "Light: leaves most to judgment"}

PLAN_HELP = {
    "need": "Plan your own use like an intervention. Which need of the people you serve does it meet?",
    "strengths": "What do you have for it: people, skills, trust, partners?",
    "risks": "Who could be harmed, and how? Think of clients first, then of workers.",
    "goals": "What should be different in a year? Write goals that can be counted.",
    "platform": "Which platform, and why this one?",
    "content": "What do you post, and what do you never post?",
    "frequency": "How often, and who has the time?",
    "consent": "Whose yes do you need, how is it given, and how is it taken back?",
    "owner": "The person who answers for it, by role.",
    "indicators": "What tells you that it helps? What tells you that it does harm?",
    "review_date": "The day you look at this plan again.",
    "close_when": "When do you stop, and what happens to the account then?",
}
"""What each field of the treatment plan asks."""

SAFETY_HELP = {
    "warning_signs": "How would you notice that something is going wrong?",
    "immediate_steps": "What does the person who notices do in the first hour? One step on each line: they become the wall card.",
    "who_to_call": "Names or roles with numbers, one on each line, for days, nights and weekends. They go on the wall card, too.",
    "containment": "How do you stop the harm from spreading? Save what is there before you delete it.",
    "notification": "Who must be told, by whom, and how soon? Check your state's rule and your contracts.",
    "repair": "How do you make it good for the person who was hurt?",
    "learning": "When do you sit down together, and how does what you learn get into this policy?",
}
"""What each field of the safety plan asks."""

_LINES = {"title", "agency", "version", "owner"}


def view(bank: Bank, today: dt.date) -> dict[str, Any]:
    """What never changes while the page is open: parts, elements (why, sources, cases, pitfalls, sample clauses), the fields of the
    details and the two plans, and the names of the kinds of findings."""
    return {
        "schema": 1,
        "page": "builder",
        "id": "policy-builder",
        "title": TITLE,
        "intro": INTRO,
        "empty": stamp(""),
        "parts": [{"id": part.value, "label": part.label, "lead": LEADS[part]} for part in PolicyPart],
        "elements": [_element(bank, id, today) for id in bank.elements],
        "details": [_field(name.replace("_", "-"), label, "") for name, label in DETAILS.items()],
        "plan": [_field(key_of("plan", name), label, PLAN_HELP[name]) for name, label in PLAN.items()],
        "safety": [_field(key_of("safety", name), label, SAFETY_HELP[name]) for name, label in SAFETY.items()],
        "kinds": [{"id": kind.value, "label": label} for kind, label in KINDS.items()],
    }


def _element(bank: Bank, id: str, today: dt.date) -> dict[str, Any]:
    element = bank.element(id)
    return {
        "id": id,
        "number": element.number,
        "part": element.part.value,
        "title": element.title,
        "why": element.why,
        "clauses": [{"id": c.id, "label": STRICTNESS[c.strictness], "text": c.text} for c in element.clauses],
        "pitfalls": list(element.pitfalls),
        "cases": [_case(bank, case) for case in element.cases],
        "sources": bank.source_views(element.sources, today),
    }


def _case(bank: Bank, id: str) -> dict[str, str]:
    case = bank.vignette(id)
    module = bank.module(case.module)
    return {"title": case.title, "lesson": f"{module.number:02d} {module.title}"}


def _field(key: str, label: str, help: str) -> dict[str, str]:
    last = key.rpartition(".")[2]
    kind = "date" if last == "review-date" else "line" if last in _LINES else "text"
    return {"key": key, "label": label, "help": help, "kind": kind}


# -- what changes --------------------------------------------------------------------------------------------------------


def needs_view(profile: Profile, bank: Bank) -> dict[str, dict[str, Any]]:
    """For each element: ``level`` (must, should, or null), ``possible`` (a stricter one while answers are missing), ``reasons``,
    ``find_out``."""
    return {
        need.element.id: {
            "level": need.level,
            "possible": need.possible,
            "reasons": list(need.reasons),
            "find_out": list(need.find_out),
        }
        for need in needs(profile, bank)
    }


def fields_view(draft: Draft) -> dict[str, list[str]]:
    """Each field that is not empty, with its stamp."""
    return {key: [text, stamp(text)] for key, text in fields(draft).items()}


def findings_view(report: GapReport, draft: Draft, bank: Bank, today: dt.date) -> tuple[dict[str, Any], dict[str, Any]]:
    """The open findings and the overruled ones (with ``reason``), each by its id."""
    open_ = {finding.id: _finding(finding, bank, today) for finding in report.findings}
    aside = {f.id: {**_finding(f, bank, today), "reason": draft.overruled[f.id]} for f in report.overruled}
    return open_, aside


def _finding(finding: Finding, bank: Bank, today: dt.date) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": finding.id,
        "kind": finding.kind.value,
        "elements": list(finding.elements),
        "message": finding.message,
        "next": finding.next_step,
        "quotes": list(finding.quotes),
        "better": finding.better,
        "case": _case(bank, finding.case) if finding.case and finding.case in bank.vignettes else None,
        "find_out": list(finding.find_out),
    }
    # What is missing has its sources in the element's own part of the page.
    sources = () if finding.kind.value.startswith("missing") else finding.sources
    shown["sources"] = bank.source_views(sources, today)
    return {name: value for name, value in shown.items() if value}


def drafts_view(listed: tuple[Listed, ...]) -> list[dict[str, Any]]:
    """The list of drafts: ``id, title, agency, version, changed``, and ``problem`` where a file cannot be opened."""
    return [
        {
            "id": one.id,
            "title": one.title,
            "agency": one.agency,
            "version": one.version,
            "changed": one.changed.isoformat() if one.changed else None,
            "problem": one.problem,
        }
        for one in listed
    ]


def kept_view(bank: Bank, answers: Mapping[str, Answer]) -> dict[str, list[dict[str, str]]]:
    """The wordings kept at the end of cases, by element: ``case, lesson, text``."""
    kept: dict[str, list[dict[str, str]]] = {}
    for case in bank.vignettes.values():
        answer = answers.get(case.id)
        patch = answer.value.get("patch") if answer is not None and isinstance(answer.value, dict) else None
        if isinstance(patch, dict) and isinstance(patch.get("text"), str) and patch["text"].strip():
            kept.setdefault(case.patch.element, []).append({**_case(bank, case.id), "text": patch["text"].strip()})
    return kept


def card_view(draft: Draft, bank: Bank) -> list[dict[str, Any]]:
    """The wall card, heading by heading; empty as long as there is nothing to put on it."""
    try:
        return [*card_lines(draft, bank)]
    except DraftError:
        return []


# -- two drafts, and documents read back ---------------------------------------------------------------------------------


def label_of(key: str, bank: Bank) -> str:
    """What a field is called: ``14. What is never posted: owner``, ``Safety plan: Repair``."""
    place, _, last = key.rpartition(".")
    if place in {"plan", "safety"}:
        return f"{'Treatment plan' if place == 'plan' else 'Safety plan'}: {LABELS[key]}"
    details = {name.replace("_", "-"): label for name, label in DETAILS.items()}
    if key in details:
        return details[key]
    return f"{element_title(place, bank)}: {last.replace('-', ' ')}" if place else element_title(key, bank)


def compared_view(old: Draft, new: Draft, bank: Bank) -> list[dict[str, Any]]:
    """Every difference between two drafts: ``label, field, kind`` and the pieces of text that stayed, went and came."""
    return [
        {"label": change.label, "field": change.field, "kind": change.kind, "pieces": [list(piece) for piece in change.pieces()]}
        for change in compare(old, new, bank)
    ]


def read_back_view(read: ReadBack, draft: Draft, bank: Bank) -> dict[str, Any]:
    """What a document holds beside what the draft holds.

    ``changes`` are the fields that differ (``key, label, before, after``), ``same`` counts those that do not, ``absent`` are elements of
    the draft that are not in the document, ``unplaced`` are words that belong to no field.
    """
    now = fields(draft)
    changes, same = [], 0
    for key, text in read.texts.items():
        before, after = now.get(key, ""), _as_field(key, text)
        if " ".join(before.split()) == " ".join(after.split()):
            same += 1
        else:
            changes.append({"key": key, "label": label_of(key, bank), "before": before, "after": after})
    return {
        "changes": changes,
        "same": same,
        "absent": [element_title(id, bank) for id in read.absent(draft)],
        "unplaced": [{"where": one.where, "text": one.text} for one in read.unplaced],
    }


def taken(read: ReadBack, draft: Draft, keys: tuple[str, ...], bank: Bank) -> Draft:
    """The draft with these fields of a document in their place. Raises UnknownId or DraftError."""
    for key in keys:
        if key in read.texts:
            draft = with_field(draft, key, _as_field(key, read.texts[key]), bank)
    return draft


def _as_field(key: str, text: str) -> str:
    date = read_date(text) if key.endswith("review-date") else None
    return date.isoformat() if date else text


def sheet(shown: dict[str, Any], draft: Draft | None, bank: Bank) -> dict[str, Any]:
    """The builder to read without a kernel: the elements, part by part, with what the draft says on each."""
    texts = fields(draft) if draft else {}
    sections = [
        {
            "heading": part["label"],
            "entries": [
                {"title": element_title(e["id"], bank), "text": texts.get(e["id"]) or e["why"], "entries": []}
                for e in shown["elements"]
                if e["part"] == part["id"]
            ],
        }
        for part in shown["parts"]
    ]
    return {"id": shown["id"], "title": draft.title if draft else shown["title"], "intro": shown["intro"], "sections": sections}
