"""A part of a handed-in policy as a piece of HTML, and the whole policy as a page to read, for the instructor and for the learner.

The policy is the learner's own text: it is taken apart into paragraphs and runs, and every run is escaped. There is no Markdown and no
address in between that could load something or lead somewhere.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from smtraining.grading.cells import Part
from smtraining.grading.pieces import Given, look, page, provenance, small_list, text, to_instructor, to_learner
from smtraining.grading.policyparts import TITLES, Line, Policy, copied, wording_findings
from smtraining.grading.scoring import PolicyResult
from smtraining.models import PolicyPart
from smtraining.policy.marks import Run, paragraphs, runs
from smtraining.policy.outline import LEADS, NOT_WRITTEN, PLAN, SAFETY, element_title, in_order, long_date

_LINE_ENDS = re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def instructor(result: PolicyResult) -> str:
    """What the person who grades sees: points, what counts and what does not; with the clauses, the whole policy to read."""
    return page(
        [
            f"<h3>{text(TITLES[result.part])}</h3>",
            to_instructor(result),
            look(result.trouble),
            *_lines(result),
            small_list("To know when you read the policy:", result.account.notes),
            f'<p class="smt-small">{text(provenance(result.taken))} {_which(result)}</p>',
            small_list("Left out of this submission:", result.handed.remarks),
            _whole(result, "The policy that was handed in", copied(result.policy) if result.policy else frozenset()),
        ]
    )


def learner(result: PolicyResult, given: Given) -> str:
    """What the learner gets back: points with their reason, what counts and what does not; with the clauses, the whole policy."""
    return page(
        [
            f"<h3>{text(TITLES[result.part])}</h3>",
            to_learner(result, given),
            *_lines(result),
            f'<p class="smt-small">{_which(result)}</p>',
            _whole(result, "The policy you handed in", frozenset()),
        ]
    )


def whole(policy: Policy, heading: str, samples: Collection[str] = ()) -> str:
    """The policy to read, as an HTML ``<div>`` that begins with ``heading`` on level 4.

    ``samples`` are the elements under which it says that the clause is a sample clause, word for word.
    """
    draft = policy.draft
    details = [draft.agency, draft.version, f"review by {long_date(draft.review_date)}" if draft.review_date else ""]
    return "\n".join(
        [
            '<div class="smt-policy">',
            f"<h4>{text(heading)}: <bdi>{_safe(draft.title)}</bdi></h4>",
            f"<p>{' · '.join(f'<bdi>{_safe(one)}</bdi>' for one in details if one)}</p>",
            *_parts(policy, samples),
            *_overruled(policy),
            "</div>",
        ]
    )


# -- private ---------------------------------------------------------------------------------------------------------


def _whole(result: PolicyResult, heading: str, samples: Collection[str]) -> str:
    return whole(result.policy, heading, samples) if result.policy and result.part is Part.CLAUSES else ""


def _which(result: PolicyResult) -> str:
    draft = result.handed.draft
    return f"Draft “<bdi>{_safe(draft.title)}</bdi>” ({text(draft.id)})." if draft else ""


def _lines(result: PolicyResult) -> Iterator[str]:
    lines = result.account.lines
    if open_ := [line for line in lines if not line.counts]:
        yield _table("What is open", open_)
    if there := [line for line in lines if line.counts]:
        yield f"<details><summary>What counts ({len(there)})</summary>\n{_table('What counts', there)}\n</details>"


def _table(caption: str, lines: Iterable[Line]) -> str:
    rows = "\n".join(f'<tr><th scope="row">{_safe(line.label)}</th><td dir="auto">{_safe(line.why)}</td></tr>' for line in lines)
    head = '<th scope="col">About</th><th scope="col">Why</th>'
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _parts(policy: Policy, samples: Collection[str]) -> Iterator[str]:
    draft, bank = policy.draft, policy.bank
    written = in_order((id for id, clause in draft.clauses.items() if clause.is_written), bank)
    for part in LEADS:
        yield f"<h4>{part.label}</h4>"
        here = [id for id in written if id in bank.elements and bank.elements[id].part is part]
        yield from (_clause(policy, id, id in samples) for id in here)
        if part is PolicyPart.TREATMENT_PLAN:
            yield _form("Treatment plan", PLAN, draft.plan.model_dump())
        elif part is PolicyPart.SAFETY_PLAN:
            yield _form("Safety plan", SAFETY, draft.safety.model_dump())
        elif not here:
            yield f"<p><em>{NOT_WRITTEN}.</em></p>"
    if others := [id for id in written if id not in bank.elements]:
        yield "<h4>Further clauses</h4>"
        yield from (_clause(policy, id, False) for id in others)


def _clause(policy: Policy, id: str, is_sample: bool) -> str:
    clause = policy.draft.clauses[id]
    facts = [f"Owner: <bdi>{_safe(clause.owner)}</bdi>" if clause.owner else ""]
    facts += [f"Review by {long_date(clause.review_date)}" if clause.review_date else ""]
    facts += ["A sample clause, word for word" if is_sample else ""]
    known = " · ".join(filter(None, facts))
    return f"<h5>{_safe(element_title(id, policy.bank))}</h5>\n{_prose(clause.text)}" + (
        f'<p class="smt-small">{known}</p>' if known else ""
    )


def _form(caption: str, labels: Mapping[str, str], texts: Mapping[str, object]) -> str:
    rows = "\n".join(f'<tr><th scope="row">{label}</th><td>{_field(texts[name])}</td></tr>' for name, label in labels.items())
    head = '<th scope="col">Step</th><th scope="col">What we do</th>'
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _field(value: object) -> str:
    if isinstance(value, dt.date):
        return long_date(value)
    return _prose(str(value)) if value else f"<em>{NOT_WRITTEN}</em>"


def _overruled(policy: Policy) -> Iterator[str]:
    _, found = wording_findings(policy)
    if found:
        yield "<h4>Findings that the writer overruled</h4>"
        for finding in found:
            yield f'<p dir="auto">{_safe(finding.message)}<br><strong>The reason:</strong> {_safe(policy.draft.overruled[finding.id])}</p>'


def _prose(words: str) -> str:
    """A learner's text: paragraphs and lists, stress and strength; line ends stay."""
    found, items = [], []
    for part in paragraphs(words):
        inner = "".join(map(_run, runs(part.text)))
        if part.is_item:
            items.append(f'<li dir="auto">{inner}</li>')
            continue
        found += [f"<ul>{''.join(items)}</ul>"] if items else []
        items = []
        found.append(f'<p dir="auto">{inner}</p>')
    return "".join(found + ([f"<ul>{''.join(items)}</ul>"] if items else []))


def _run(run: Run) -> str:
    words = "<br>".join(_safe(line) for line in run.text.split("\n"))
    words = f"<em>{words}</em>" if run.stress else words
    return f"<strong>{words}</strong>" if run.strong else words


def _safe(words: str) -> str:
    return html.escape(_LINE_ENDS.sub(" ", words))
