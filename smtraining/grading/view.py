"""What was scored, or a rubric, as a piece of HTML: one for the instructor who grades, one for the learner who gets feedback.

The pieces themselves, and what is common to them, are in :mod:`smtraining.grading.pieces`; a part of a handed-in policy is told in
:mod:`smtraining.grading.policyview`.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from smtraining.bank.marks import inline_html, prose_html
from smtraining.grading import policyview
from smtraining.grading.cells import Criterion, RubricCall
from smtraining.grading.pieces import Given, credit, look, number, page, provenance, small_list, text, to_instructor, to_learner
from smtraining.grading.scoring import PolicyResult, QuestionResult, Result
from smtraining.kinds.base import ItemFeedback, Question
from smtraining.models import Mark

ORDERED = ("order", "rank")
"""Kinds whose answer is a sequence."""

_CHOSEN = {
    Mark.HIT: "✓ right",
    Mark.MISSED: "→ missed",
    Mark.FALSE_ALARM: "✗ does not belong",
    Mark.PASSED_OVER: "rightly left out",
}
"""Marks of options that are each chosen or left out."""

_ONE_OF = {Mark.HIT: "✓ right", Mark.MISSED: "→ stronger answer", Mark.FALSE_ALARM: "✗ not the strongest", Mark.PASSED_OVER: "not chosen"}
"""Marks where options exclude each other: to leave one out is no merit there, and the one that was missed is the one to read."""

_PLACED = {Mark.HIT: "✓ right", Mark.CLOSE: "≈ close", Mark.MISSED: "✗ off"}
"""Marks of what was put in order."""

_GIVEN = {Mark.HIT: "✓ right", Mark.CLOSE: "≈ close", Mark.FALSE_ALARM: "✗ off", Mark.MISSED: "not answered"}
"""Marks of what was given a group or a grade."""

_MARKS: Mapping[str, Mapping[Mark, str]] = {
    "single": _ONE_OF,
    "pair": _ONE_OF,
    "order": _PLACED,
    "rank": _PLACED,
    "match": _GIVEN,
    "rate": _GIVEN,
}

_TOLD_IN_WORDS = ("order", "match", "rank", "rate")
"""Kinds whose options are not simply chosen or left out: what was said of each and what fits stands in its feedback."""


def instructor(result: Result, remarks: Sequence[str]) -> str:
    """What the person who grades sees: what was handed in, how the points came about, and where it was found."""
    if isinstance(result, PolicyResult):
        return policyview.instructor(result)
    assert isinstance(result, QuestionResult)
    kind = result.question.kind
    return page(
        [
            f"<h3>{inline_html(result.question.stem)}</h3>",
            to_instructor(result),
            _answer(result, "Student's answer") if kind in _TOLD_IN_WORDS or not result.taken else "",
            _table(result, "Answer and key", feedback=kind in _TOLD_IN_WORDS),
            look(result.trouble),
            f'<p class="smt-small">{text(provenance(result.taken))} Key {result.call.digest}.</p>',
            small_list("Left out of this submission:", remarks),
        ]
    )


def learner(result: QuestionResult, given: Given, artifact: str, sources: Sequence[Mapping[str, Any]]) -> str:
    """What the learner gets back: question, answer, credit with its reason, feedback on every option, rationale and sources.

    ``artifact`` is the HTML of what the question is about, or empty; ``sources`` are source views (docs/architecture.md).
    """
    cited = "".join(f"<li>{_source(view)}</li>" for view in sources)
    return page(
        [
            prose_html(result.question.context) if result.question.context else "",
            f"<h3>{inline_html(result.question.stem)}</h3>",
            f"<details><summary>What it is about</summary>{artifact}</details>" if artifact else "",
            _answer(result, "Your answer"),
            to_learner(result, given),
            _table(result, "What each choice means", feedback=True),
            f"<h4>Why</h4>{prose_html(result.explanation.rationale)}",
            f"<h4>Sources</h4><ul>{cited}</ul>" if cited else "",
        ]
    )


def rubric(call: RubricCall, title: str) -> str:
    """The whole rubric of the written task ``title`` with the model answer: for the instructor only."""
    return page(
        [
            f"<h3>{inline_html(title)}: how to mark it ({number(call.points)} points)</h3>",
            _criteria(call.criteria),
            f"<h4>A model answer</h4>{prose_html(call.model_answer)}",
        ]
    )


def criteria(call: RubricCall, title: str) -> str:
    """The criteria and levels the written task ``title`` is marked by: for the learner; no model answer."""
    return page([f"<h3>{inline_html(title)}: how it is marked</h3>", _criteria(call.criteria)])


def unscored(item: str, why: str) -> str:
    """For the instructor: a grading cell that could not give a score."""
    return page(
        [
            f"<h3>{text(item)}: not scored</h3>",
            f'<p class="smt-look"><strong>Please look at this one.</strong> {text(why)} No points were given. '
            "After the master notebook is mended, generate the assignment and autograde again.</p>",
        ]
    )


def pending() -> str:
    """For the learner: a grading cell that could not be read when feedback was written."""
    return page(['<p class="smt-look">Your instructor is looking at this item.</p>'])


def plain(result: Result) -> str:
    """One line for readers without HTML."""
    return f"{result.call.item}: {credit(result.earned, result.points)}. {result.score.summary}"


def said(question: Question, value: Any) -> list[str]:
    """An answer in the words of the question: one line for each part of it, in the order given; [] if there is none."""
    view = question.view()
    labels = {entry["id"]: entry["text"] for part in view.values() if isinstance(part, list) for entry in part if _is_option(entry)}
    scale: Sequence[str] = view.get("scale", ())

    def word(part: Any) -> str:
        if type(part) is int and 1 <= part <= len(scale):
            return scale[part - 1]
        return str(labels.get(part, part)) if isinstance(part, str) else str(part)

    if value is None:
        return []
    if isinstance(value, list):
        return [word(part) for part in value]
    if not isinstance(value, dict):
        return [word(value)]
    if question.kind == "pair":
        return [word(part) for part in (value.get("action"), value.get("reason")) if part is not None]
    return [f"{word(left)} → {word(value[left])}" for left in labels if left in value]  # in reading order: JSON keeps none


# -- parts -----------------------------------------------------------------------------------------------------------


def _answer(result: QuestionResult, heading: str) -> str:
    lines = said(result.question, result.taken.value if result.taken else None)
    if not lines:
        return f"<p><strong>{heading}:</strong> none.</p>"
    if len(lines) == 1:
        return f"<p><strong>{heading}:</strong> {inline_html(lines[0])}</p>"
    tag = "ol" if result.question.kind in ORDERED else "ul"
    return f"<p><strong>{heading}:</strong></p><{tag}>{''.join(f'<li>{inline_html(line)}</li>' for line in lines)}</{tag}>"


def _table(result: QuestionResult, caption: str, *, feedback: bool) -> str:
    head = '<th scope="col">Choice</th><th scope="col">Result</th>' + ('<th scope="col">Feedback</th>' if feedback else "")
    rows = "\n".join(_row(item, result.question.kind, feedback=feedback) for item in result.explanation.items)
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _row(item: ItemFeedback, kind: str, *, feedback: bool) -> str:
    chosen = item.chosen and kind not in _TOLD_IN_WORDS
    result = "<br>".join(filter(None, ["chosen" if chosen else "", _MARKS.get(kind, _CHOSEN).get(item.mark, "")]))
    words = f"<td>{inline_html(item.feedback)}</td>" if feedback else ""
    opening = '<tr class="smt-chosen">' if chosen else "<tr>"
    return f'{opening}<th scope="row">{inline_html(item.label)}</th><td class="smt-mark">{result}</td>{words}</tr>'


def _criteria(rows: Sequence[Criterion]) -> str:
    body = "\n".join(
        f'<tr><th scope="row">{inline_html(row.title)}</th><td>'
        + "".join(f"<p><strong>{number(level.points)}</strong> {inline_html(level.text)}</p>" for level in row.levels)
        + "</td></tr>"
        for row in rows
    )
    head = '<th scope="col">Criterion</th><th scope="col">Levels, with their points</th>'
    return f"<table><caption>Rubric</caption><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _source(view: Mapping[str, Any]) -> str:
    label = text(view["label"])
    url = view.get("url")
    named = f'<a href="{html.escape(url)}" rel="noreferrer">{label}</a>' if url and url.startswith("https://") else label
    dated = f" (checked {text(view['as_of'])})" if view.get("as_of") else ""
    stale = " This may be out of date." if view.get("stale") else ""
    words = f": {inline_html(view['text'])}" if view.get("text") else ""
    return f"{named}{words}{dated}{stale}"


def _is_option(entry: object) -> bool:
    return isinstance(entry, dict) and "id" in entry and "text" in entry
