"""What the policy's document says, in order: the one description from which the Word file and the Markdown file are made.

Every text that people write has a *key* (``pe-14``, ``pe-14.owner``, ``plan.need``, ``safety.repair``, ``title`` …). The files carry the
keys as hidden anchors, so that a document edited elsewhere can be read back. Texts without a key are ours, the same in every document.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from smtraining.bank import Bank
from smtraining.models import LawItem, PolicyPart, Standard
from smtraining.policy.draft import Draft

LEADS = {
    PolicyPart.GOALS: "What we want social media to do, and for whom.",
    PolicyPart.TOOL_USE: "Which tools we use, and how we handle them.",
    PolicyPart.DISCLOSURE: "What we tell, what we never tell, and whom we ask first.",
    PolicyPart.PARTICIPATION: "How we meet clients, the public and each other online.",
    PolicyPart.TREATMENT_PLAN: "How we work: people, steps and review.",
    PolicyPart.SAFETY_PLAN: "What we do when something goes wrong.",
}
"""The sentence under the heading of each part."""

DETAILS = {"title": "Title", "agency": "Agency", "version": "Version", "review_date": "Review date"}
"""Fields of the draft itself, with their labels."""

PLAN = {
    "need": "Presenting need",
    "strengths": "Strengths",
    "risks": "Risks",
    "goals": "Our goals",
    "platform": "Intervention: platform",
    "content": "Intervention: type of content",
    "frequency": "Intervention: how often",
    "consent": "Consent",
    "owner": "Person responsible",
    "indicators": "Signs of success or harm",
    "review_date": "Review of the plan",
    "close_when": "When we close the account",
}
"""Fields of the treatment plan, with their labels."""

SAFETY = {
    "warning_signs": "Warning signs",
    "immediate_steps": "Immediate steps",
    "who_to_call": "Who to call",
    "containment": "Containing the harm",
    "notification": "Telling those affected",
    "repair": "Repair",
    "learning": "What we learn",
}
"""Fields of the safety plan, with their labels."""

NOT_WRITTEN = "Not written yet"
"""Stands where a page of a plan has a field without text."""

BLANK = "____"
"""Stands where something is to be filled in by hand, in files that cannot hold an empty cell."""

NOT_LEGAL_ADVICE = (
    "This policy was drafted with teaching material. It is not legal advice. Before you adopt it, have it reviewed by somebody who knows "
    "the law of your state and the rules of your funders."
)

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 or 2. ``key`` is the key of the text that follows, if people write it."""

    level: int
    text: str
    key: str | None = None
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Title:
    """The document's title and, under it, the agency's name."""

    title: str
    agency: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text. ``look``: body (a clause), lead (under a part's heading), note (small print), step and call (on the wall card)."""

    text: str
    key: str | None = None
    look: Literal["body", "lead", "note", "step", "call"] = "body"


@dataclass(frozen=True, slots=True)
class Facts:
    """The owner and the review date of one clause, on one line."""

    owner: str
    review_date: str

    @property
    def line(self) -> str:
        """``Owner: … | Review by: …``, without what is not known."""
        return " | ".join(
            filter(None, [f"Owner: {self.owner}" if self.owner else "", f"Review by: {self.review_date}" if self.review_date else ""])
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a form: what is asked, what is written, and its key (None: to be filled in by hand)."""

    label: str
    text: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Form:
    """A table of two columns, with a header row: labels and texts. ``short`` forms hold one line a row."""

    caption: str
    header: tuple[str, str]
    rows: tuple[Row, ...]
    short: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table that nobody edits, with a header row. A cell with several lines is one entry a line."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    """Widths of the columns, in percent."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The place of the table of contents."""

    heading: str = "Contents"


Block = Title | Heading | Text | Facts | Form | Grid | Contents


def outline(draft: Draft, bank: Bank) -> tuple[Block, ...]:
    """The whole document of a draft, block by block. Elements without a clause are only named at the end."""
    return tuple(_blocks(draft, bank))


def generated(draft: Draft, bank: Bank) -> frozenset[str]:
    """Every text in the document of a draft that nobody wrote: headings, labels, notes, the appendix. Compared by :func:`squeezed`."""
    found: list[str] = [header(draft), "Contents", NOT_WRITTEN, BLANK, *(part.label for part in PolicyPart)]
    for element in bank.elements.values():
        found += [element_title(element.id, bank)]
    for block in outline(draft, bank):
        match block:
            case Title():
                found += [block.title, block.agency]
            case Heading():
                found += [block.text]
            case Text() if block.key is None:
                found += block.text.split("\n")
            case Form():
                found += [
                    block.caption,
                    *block.header,
                    *(row.label for row in block.rows),
                    *(f"{row.label}: {BLANK}" for row in block.rows),
                ]
                found += [cell for cell in (row.text for row in block.rows if row.key is None) if cell]
            case Grid():
                found += [block.caption, *block.header, *(line for row in block.rows for cell in row for line in cell.split("\n"))]
            case _:
                pass
    return frozenset(filter(None, map(squeezed, found)))


def squeezed(text: str) -> str:
    """The words of a text alone: without marks, bullets and differences of space."""
    return " ".join(re.sub(r"\*+", "", re.sub(r"^\s*(- |\d+\. )", "", text)).split())


def header(draft: Draft) -> str:
    """The line at the top of each page: agency, title, version and review date."""
    parts = [draft.agency, draft.title, draft.version, f"review by {long_date(draft.review_date)}" if draft.review_date else ""]
    return " · ".join(filter(None, parts))


def element_title(id: str, bank: Bank) -> str:
    """The heading of an element: its number and title; the id itself if the bank does not hold it."""
    element = bank.elements.get(id)
    return f"{element.number}. {element.title}" if element else id


def in_order(ids: Iterable[str], bank: Bank) -> list[str]:
    """Ids of elements in the order of their numbers; those that the bank does not hold come last."""
    return sorted(ids, key=lambda one: (bank.elements[one].number if one in bank.elements else 10_000, one))


def key_of(part: str, field: str) -> str:
    """The key of a field of one of the two plans, or of a clause: ``safety.warning-signs``."""
    return f"{part}.{field.replace('_', '-')}"


def long_date(date: dt.date | None) -> str:
    """A date as people write it in the United States, ``January 31, 2027``; empty for None."""
    return f"{MONTHS[date.month - 1]} {date.day}, {date.year}" if date else ""


def read_date(text: str) -> dt.date | None:
    """The date in a text: ``January 31, 2027``, ``Jan 31 2027``, ``1/31/2027`` or ``2027-01-31``. None if it is none of them."""
    text = " ".join(text.replace(",", " ").split())
    if named := re.fullmatch(r"([A-Za-z]{3,9})\.? (\d{1,2}) (\d{4})", text):
        month = next((n for n, name in enumerate(MONTHS, 1) if name.lower().startswith(named[1].lower())), 0)
        year, day = int(named[3]), int(named[2])
    elif iso := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        year, month, day = int(iso[1]), int(iso[2]), int(iso[3])
    elif us := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        month, day, year = int(us[1]), int(us[2]), int(us[3])
    else:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def entries(text: str) -> list[str]:
    """The lines of a text as entries of a list, without the bullets or numbers they begin with."""
    lines = (re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", line).strip() for line in text.split("\n"))
    return [line for line in lines if line]


# -- private -----------------------------------------------------------------------------------------------------------


def _blocks(draft: Draft, bank: Bank) -> Iterator[Block]:
    yield Title(draft.title, draft.agency)
    yield Form(
        "About this policy",
        ("About this policy", "Details"),
        (
            Row("Version", draft.version, "version"),
            Row("Review date", long_date(draft.review_date), "review-date"),
            Row("Approved by", "", None),
            Row("Approved on", "", None),
        ),
        short=True,
    )
    yield Text(NOT_LEGAL_ADVICE, look="note")
    yield Contents()
    written = in_order((id for id, clause in draft.clauses.items() if clause.is_written), bank)
    first = True
    for part, lead in LEADS.items():
        here = [id for id in written if id in bank.elements and bank.elements[id].part is part]
        form = _form(draft, part)
        if not here and form is None:
            continue
        yield Heading(1, part.label, new_page=first or part is PolicyPart.SAFETY_PLAN)  # people look for the safety plan in a hurry
        first = False
        yield Text(lead, look="lead")
        for id in here:
            yield from _clause(draft, id, bank)
        if form:
            page = "Our plan for social media" if part is PolicyPart.TREATMENT_PLAN else "Our safety plan"
            yield Heading(2, page, new_page=bool(here))
            yield form
    if others := [id for id in written if id not in bank.elements]:
        yield Heading(1, "Further clauses", new_page=first)
        for id in others:
            yield from _clause(draft, id, bank)
    yield from _card(draft)
    yield from _appendix(draft, written, bank)


def _clause(draft: Draft, id: str, bank: Bank) -> Iterator[Block]:
    clause = draft.clauses[id]
    yield Heading(2, element_title(id, bank), key=id)
    yield Text(clause.text, key=id)
    if clause.owner or clause.review_date:
        yield Facts(clause.owner, long_date(clause.review_date))


def _form(draft: Draft, part: PolicyPart) -> Form | None:
    if part is PolicyPart.TREATMENT_PLAN:
        name, labels, page, caption = "plan", PLAN, draft.plan.model_dump(), "Treatment plan for our use of social media"
    elif part is PolicyPart.SAFETY_PLAN:
        name, labels, page, caption = "safety", SAFETY, draft.safety.model_dump(), "Safety plan for our use of social media"
    else:
        return None
    texts = {field: long_date(value) if isinstance(value, dt.date) else (value or "") for field, value in page.items()}
    if not any(text.strip() for text in texts.values()):
        return None
    return Form(caption, ("Step", "What we do"), tuple(Row(label, texts[f], key_of(name, f)) for f, label in labels.items()))


def _card(draft: Draft) -> Iterator[Block]:
    steps, calls = entries(draft.safety.immediate_steps), entries(draft.safety.who_to_call)
    if not steps and not calls:
        return
    yield Heading(1, "Wall card: when something goes wrong online", new_page=True)
    if steps:
        yield Heading(2, "Do this now")
        yield Text("\n".join(steps), look="step")
    if calls:
        yield Heading(2, "Then call")
        yield Text("\n".join(calls), look="call")
    yield Text("The whole safety plan is in our social media policy. Ask your supervisor for a copy.", look="note")


def _appendix(draft: Draft, written: list[str], bank: Bank) -> Iterator[Block]:
    known = [id for id in written if id in bank.elements]
    missing = in_order((id for id in bank.elements if id not in written), bank)
    if not known and not missing:
        return
    yield Heading(1, "Appendix: why each element is here", new_page=True)
    if known:
        yield Text("Rules change. Each one carries the date on which it was last checked for the material this policy was drafted with.")
        rows = tuple((element_title(id, bank), bank.elements[id].why, _sources(id, bank)) for id in known)
        yield Grid("Why each element is here", ("Element", "Why it is here", "Standards and law"), rows, (22, 34, 44))
    if missing:
        yield Heading(2, "Elements without a clause in this version")
        yield Text("The headings of the clauses keep the numbers of the full list of elements. These have no clause yet:")
        yield Text("\n".join(f"- {element_title(id, bank)}" for id in missing))


def _sources(id: str, bank: Bank) -> str:
    """Standards of one code on one line, then each law: with the date of the last check. Publications are reading, not rules."""
    standards: dict[tuple[str, dt.date], list[str]] = {}
    laws = []
    for source in (bank.source(s) for s in bank.elements[id].sources):
        if isinstance(source, Standard):
            standards.setdefault((source.code, source.as_of), []).append(source.number)
        elif isinstance(source, LawItem):
            laws.append(f"{source.label}, as of {long_date(source.as_of)}")
    lines = [f"{code}: {', '.join(numbers)}, as of {long_date(as_of)}" for (code, as_of), numbers in standards.items()]
    return "\n".join(lines + laws) or "Good practice"
