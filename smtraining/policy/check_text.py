"""The policy check as text for a terminal, and as JSON data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from smtraining.bank import Bank
from smtraining.policy.check import CheckReport, ElementCheck, RiskCheck, Weight
from smtraining.policy.evidence import Quote, Status

MOST_QUOTES = 3
"""So many sentences are quoted for an element; the JSON has them all."""

LONGEST = 320
"""A longer sentence is cut, around the words that gave it away."""

CAUTION = (
    "This is a reading aid for people who know the agency, and no legal advice. It finds words, not quality: what it found may be poor, "
    "and what it missed may be there in other words or in another document. docs/policy-check.md tells how often it was right."
)

HEADINGS = {
    Weight.MUST: "Missing: your policy must have",
    Weight.PERHAPS: "Missing: needed or not, depending on an answer you have not given",
    Weight.SHOULD: "Missing: your policy should have",
    Weight.MAY: "Missing: nothing asks for it from an agency like yours",
}


def summary(report: CheckReport) -> list[str]:
    """The result in a few sentences."""
    counts, risks = report.counts, report.open_risks
    lines = [f"{len(report.found)} of {len(report.elements)} elements were found."]
    if counts[Weight.MUST]:
        lines.append(f"{_count(counts[Weight.MUST], 'element')} that the policy must have {_was(counts[Weight.MUST])} not found.")
    else:
        lines.append("Nothing that the policy must have is missing.")
    others = [f"{counts[w]} that {said}" for w, said in _OTHERS.items() if counts[w]]
    if others:
        lines.append(f"Also not found: {'; '.join(others)}.")
    certain = sum(risk.certain for risk in risks)
    if not risks:
        lines.append("No risky wording was found.")
    if certain:
        lines.append(f"{_count(certain, 'sentence')} {'is' if certain == 1 else 'are'} risky.")
    if len(risks) > certain:
        lines.append(f"{_count(len(risks) - certain, 'sentence')} may be risky, depending on an answer you have not given.")
    if report.overruled:
        lines.append(f"{_count(len(report.overruled), 'finding')} {_was(len(report.overruled))} overruled by you.")
    return lines


_OTHERS = {
    Weight.PERHAPS: "it may need, depending on an answer you have not given",
    Weight.SHOULD: "it should have",
    Weight.MAY: "nothing asks for",
}


def assumptions(report: CheckReport) -> list[str]:
    """What the check took for granted about the agency, and how to tell it more."""
    if not report.profile.answers:
        return [
            "No profile of your agency was given, so nothing is known about it. “Must” means here what every agency must have; what "
            "depends on the kind of agency is listed apart, and so is wording that is risky for some agencies only.",
            "To make a profile, open a notebook in the folder of the policy, run smt.switchboard() and answer its questions. Then check "
            "again: the profile is found by itself. One from elsewhere is named with --profile FILE.",
        ]
    if report.open_questions:
        return [f"The profile leaves {_count(len(report.open_questions), 'question')} open: {' '.join(report.open_questions)}"]
    return []


def text(report: CheckReport, bank: Bank) -> str:
    """The whole report as plain text, lines of at most 100 letters."""
    lines = [f"Policy check: {report.name} ({_count(report.words, 'word')})", ""]
    for paragraph in (*report.notices, " ".join(summary(report)), *assumptions(report)):
        lines += [*_wrapped(paragraph), ""]
    lines += _risks(report, bank)
    for weight in Weight:
        lines += _missing(report, weight, bank)
    lines += _found(report)
    lines += _overruled(report)
    lines += _wrapped(CAUTION)
    return "\n".join(lines) + "\n"


def _missing(report: CheckReport, weight: Weight, bank: Bank) -> Iterator[str]:
    missing = report.missing(weight)
    if missing:
        yield from _title(HEADINGS[weight])
    for one in missing:
        yield f"  {one.element.number}. {one.element.title}"
        yield from _wrapped(" ".join(one.need.reasons) or one.element.why, "     Why: ")
        yield from _wrapped(one.says, "     Looked for: ")
        if one.near:
            yield from _wrapped(one.near, "     Does not count: ")
        if one.seen.status is Status.HINTED:
            yield from _quotes(one.seen.quotes, "     Look yourself: ")
        if one.need.find_out and report.profile.answers:  # without any answer it would be said at every element
            yield from _wrapped(" ".join(one.need.find_out), "     Find out: ")
        if weight in (Weight.MUST, Weight.PERHAPS):
            yield from _wrapped(labels(one.element.sources, bank), "     Sources: ")
        if case := case_title(one, bank):
            yield f"     Case: {case}"
        yield f"     Finding: {one.id}"
        yield ""


def _risks(report: CheckReport, bank: Bank) -> Iterator[str]:
    if report.open_risks:
        yield from _title("Risky wording")
    for risks in report.risks_by_rule:
        risk = risks[0]
        yield f"  {risk.rule.title}{'' if risk.certain else ' (if it concerns you)'}"
        for one in risks:
            yield from _quotes((one.quote,), "     ")
            yield f"     Finding: {one.id}"
        yield from _wrapped(risk.rule.reason, "     Why: ")
        yield from _wrapped(risk.rule.better, "     Better: ")
        yield from _wrapped(labels(risk.rule.sources, bank), "     Sources: ")
        if risk.rule.case:
            yield f"     Case: {bank.vignettes[risk.rule.case].title}"
        if risk.find_out and report.profile.answers:
            yield from _wrapped(" ".join(risk.find_out), "     Find out: ")
        yield ""


def _found(report: CheckReport) -> Iterator[str]:
    if report.found:
        yield from _title("Found")
    for one in report.found:
        yield f"  {one.element.number}. {one.element.title}"
        if one.overruled is not None:
            yield from _wrapped(one.overruled, "     You say that it is there: ")
        else:
            yield from _quotes(one.seen.quotes[:MOST_QUOTES], "     ")
            if (more := len(one.seen.quotes) - MOST_QUOTES) > 0:
                yield f"     … and {_count(more, 'more place')}"
            yield f"     Finding: {one.id}"
        yield ""


def _overruled(report: CheckReport) -> Iterator[str]:
    if report.overruled:
        yield from _title("Overruled by you")
        for id, reason in report.overruled.items():
            yield from _wrapped(reason, f"  {id}: ")
        yield ""


def case_title(one: ElementCheck, bank: Bank) -> str | None:
    """The title of the first case that shows why the element is there."""
    return bank.vignettes[one.element.cases[0]].title if one.element.cases else None


def labels(sources: Iterable[str], bank: Bank) -> str:
    """The names of standards, laws and publications, in a row."""
    return "; ".join(bank.source(source).label for source in sources)


def place(quote: Quote) -> str:
    """Where a quotation stands: "page 3, under “Comments”"."""
    return f"{quote.where}, under “{shortened(quote.heading, 80)}”" if quote.heading else quote.where


def shortened(text: str, longest: int = LONGEST, around: str = "") -> str:
    """The text on one line, cut to about ``longest`` letters around the words that matter."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    at = max(0, line.find(" ".join(around.split())))
    start = max(0, min(at - longest // 4, len(line) - longest))
    end = start + longest
    return f"{'… ' if start else ''}{line[start:end].strip()}{' …' if end < len(line) else ''}"


def quoted(quote: Quote) -> str:
    """The sentence in quotation marks, with what opens its list before it."""
    opening = f"{shortened(quote.lead, 120)} … " if quote.lead else ""
    return f"“{opening}{shortened(quote.sentence, around=quote.words)}”"


def _quotes(quotes: Iterable[Quote], lead: str) -> Iterator[str]:
    for quote in quotes:
        yield from _wrapped(f"{place(quote)}: {quoted(quote)}", lead)


def _title(words: str) -> list[str]:
    return [words.upper(), ""]


def _wrapped(words: str, lead: str = "") -> list[str]:
    indent = " " * (len(lead) - len(lead.lstrip())) + ("  " if lead.strip() else "")
    return textwrap.wrap(printable(words), width=100, initial_indent=lead, subsequent_indent=indent, break_long_words=False) or [
        lead.rstrip()
    ]


def printable(words: str) -> str:
    """Without what could steer a terminal: the words come from a file of somebody else."""
    return "".join(letter if letter.isprintable() else " " for letter in words)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


# -- JSON --------------------------------------------------------------------------------------------------------------


def data(report: CheckReport, bank: Bank) -> dict[str, Any]:
    """The whole report as JSON data: every quotation in full."""
    return {
        "smtraining": "policy-check",
        "schema": 1,
        "document": {"name": report.name, "words": report.words, "notices": list(report.notices)},
        "profile": {"answers": {id: list(v) for id, v in report.profile.answers.items()}, "open_questions": list(report.open_questions)},
        "passes": report.passes,
        "found": len(report.found),
        "missing": {weight.value: count for weight, count in report.counts.items()},
        "elements": [_element(one) for one in report.elements],
        "risks": [_risk(risk, bank) for risk in report.risks],
        "overruled": report.overruled,
    }


def _element(one: ElementCheck) -> dict[str, Any]:
    return {
        "element": one.element.id,
        "title": one.element.title,
        "part": one.element.part.value,
        "weight": one.weight.value,
        "reasons": list(one.need.reasons),
        "status": one.seen.status.value,
        "present": one.present,
        "finding": one.id,
        "overruled": one.overruled,
        "evidence": [_quote(quote) for quote in one.seen.quotes],
    }


def _risk(risk: RiskCheck, bank: Bank) -> dict[str, Any]:
    return {
        "rule": risk.rule.id,
        "title": risk.rule.title,
        "certain": risk.certain,
        "reason": risk.rule.reason,
        "better": risk.rule.better,
        "sources": [{"id": source, "label": bank.source(source).label} for source in risk.rule.sources],
        "case": risk.rule.case,
        "find_out": list(risk.find_out),
        "finding": risk.id,
        "overruled": risk.overruled,
        "quote": _quote(risk.quote),
    }


def _quote(quote: Quote) -> dict[str, str]:
    return {"sentence": quote.sentence, "words": quote.words, "where": quote.where, "heading": quote.heading, "lead": quote.lead}
