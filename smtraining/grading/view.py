"""A scored question or a rubric as a piece of HTML: one for the instructor who grades, one for the learner who gets feedback.

Both stand inside pages of others (formgrader and nbgrader's feedback), so they bring their few styles with them under one class, use
no script, and escape every text: what a learner wrote can never become markup. Nothing is told by colour alone.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smtraining.grading.answers import Taken
from smtraining.grading.cells import Criterion, RubricCall
from smtraining.grading.scoring import Result
from smtraining.kinds.base import ItemFeedback, Question
from smtraining.models import SPAN, Mark

ORDERED = ("order", "rank")
"""Kinds whose answer is a sequence."""

_STYLE = (
    ".smt-result{max-width:58em;margin:.2em 0 .8em;padding:0 .4em;line-height:1.5;font-size:14px;text-align:left;white-space:normal}"
    ".smt-result h3{font-size:16px;font-weight:600;margin:.4em 0}"
    ".smt-result h4{font-size:14px;font-weight:600;margin:1em 0 .3em}"
    ".smt-result a{text-decoration:underline}"
    ".smt-result summary{display:list-item;cursor:pointer}"
    ".smt-result p,.smt-result ul,.smt-result ol{margin:.3em 0 .6em}"
    ".smt-result table{border-collapse:collapse;width:100%;margin:.4em 0;border:0;table-layout:auto}"
    ".smt-result caption{text-align:left;font-weight:600;color:inherit;padding:.3em 0;caption-side:top}"
    ".smt-result th,.smt-result td{border:1px solid #8888;padding:.4em .6em;text-align:left;vertical-align:top;white-space:normal}"
    ".smt-result th{font-weight:600}"
    ".smt-result tbody th{font-weight:normal}"
    ".smt-result tr.smt-chosen th{font-weight:600}"
    ".smt-result td.smt-mark{white-space:nowrap}"
    ".smt-result .smt-credit{border-left:4px solid #337ab7;padding:.3em .8em;margin:.6em 0}"
    ".smt-result .smt-look{border-left:4px solid #b94a00;padding:.3em .8em;margin:.6em 0}"
    ".smt-result .smt-small{font-size:13px}"
    ".smt-result blockquote{font-size:inherit}"
    "@media(max-width:640px){.smt-result thead{display:none}.smt-result table,.smt-result tbody,.smt-result tr,"
    ".smt-result th,.smt-result td{display:block;border:0}.smt-result tr{border:1px solid #8888;margin:0 0 .5em;padding:.2em}}"
    "@media print{.smt-result tr,.smt-result .smt-credit{break-inside:avoid}}"
)

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


@dataclass(frozen=True, slots=True)
class Given:
    """The points that stand in the gradebook, and whether a person put them there."""

    points: float
    by_hand: bool


def instructor(result: Result, remarks: Sequence[str]) -> str:
    """What the person who grades sees: the answer against the key, how the points came about, and where the answer was found."""
    kind = result.question.kind
    parts = [
        f"<h3>{_inline(result.question.stem)}</h3>",
        f'<p class="smt-credit"><strong>{_text(_credit(result.earned, result.points))}.</strong> '
        f"{_inline(result.score.summary)} {_inline(result.score.rule)}</p>",
        _answer(result, "Student's answer") if kind in _TOLD_IN_WORDS or not result.taken else "",
        _table(result, "Answer and key", feedback=kind in _TOLD_IN_WORDS),
    ]
    if result.trouble:
        parts.append(f'<p class="smt-look"><strong>Please look at this one.</strong> {_text(result.trouble)}</p>')
    parts.append(f'<p class="smt-small">{_text(_provenance(result.taken))} Key {result.call.digest}.</p>')
    if remarks:
        parts.append(f'<p class="smt-small">Left out of this submission:</p>{_list(remarks)}')
    return _page(parts)


def learner(result: Result, given: Given, artifact: str, sources: Sequence[Mapping[str, Any]]) -> str:
    """What the learner gets back: question, answer, credit with its reason, feedback on every option, rationale and sources.

    ``artifact`` is the HTML of what the question is about, or empty; ``sources`` are source views (docs/architecture.md).
    """
    context = [_prose(result.question.context)] if result.question.context else []
    hand = " Your instructor set this score by hand." if given.by_hand else ""
    credit = (
        f'<p class="smt-credit"><strong>{_text(_credit(given.points, result.points))}.</strong> {_inline(result.score.summary)} '
        f"{_inline(result.score.rule)}{hand}</p>"
    )
    trouble = [f'<p class="smt-look">{_text(result.trouble)} Please speak with your instructor.</p>'] if result.trouble else []
    cited = "".join(f"<li>{_source(view)}</li>" for view in sources)
    return _page(
        [
            *context,
            f"<h3>{_inline(result.question.stem)}</h3>",
            f"<details><summary>What it is about</summary>{artifact}</details>" if artifact else "",
            _answer(result, "Your answer"),
            credit,
            *trouble,
            _table(result, "What each choice means", feedback=True),
            f"<h4>Why</h4>{_prose(result.explanation.rationale)}",
            f"<h4>Sources</h4><ul>{cited}</ul>" if cited else "",
        ]
    )


def rubric(call: RubricCall, title: str) -> str:
    """The whole rubric of the written task ``title`` with the model answer: for the instructor only."""
    return _page(
        [
            f"<h3>{_inline(title)}: how to mark it ({_number(call.points)} points)</h3>",
            _criteria(call.criteria),
            f"<h4>A model answer</h4>{_prose(call.model_answer)}",
        ]
    )


def criteria(call: RubricCall, title: str) -> str:
    """The criteria and levels the written task ``title`` is marked by: for the learner; no model answer."""
    return _page([f"<h3>{_inline(title)}: how it is marked</h3>", _criteria(call.criteria)])


def unscored(item: str, why: str) -> str:
    """For the instructor: a grading cell that could not give a score."""
    return _page(
        [
            f"<h3>{_text(item)}: not scored</h3>",
            f'<p class="smt-look"><strong>Please look at this one.</strong> {_text(why)} No points were given. '
            "After the master notebook is mended, generate the assignment and autograde again.</p>",
        ]
    )


def pending() -> str:
    """For the learner: a grading cell that could not be read when feedback was written."""
    return _page(['<p class="smt-look">Your instructor is looking at this item.</p>'])


def plain(result: Result) -> str:
    """One line for readers without HTML."""
    return f"{result.call.item}: {_credit(result.earned, result.points)}. {result.score.summary}"


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


def _page(parts: Iterable[str]) -> str:
    """One block without blank lines and dollar signs, so that it may also stand in a Markdown cell as it is."""
    body = "\n".join(part for part in parts if part)
    block = f'<div class="smt-result tex2jax_ignore mathjax_ignore"><style>{_STYLE}</style>\n{body}\n</div>'
    return re.sub(r"\n\s*\n", "\n", block).replace("$", "&#36;")


def _answer(result: Result, heading: str) -> str:
    lines = said(result.question, result.taken.value if result.taken else None)
    if not lines:
        return f"<p><strong>{heading}:</strong> none.</p>"
    if len(lines) == 1:
        return f"<p><strong>{heading}:</strong> {_inline(lines[0])}</p>"
    tag = "ol" if result.question.kind in ORDERED else "ul"
    return f"<p><strong>{heading}:</strong></p><{tag}>{''.join(f'<li>{_inline(line)}</li>' for line in lines)}</{tag}>"


def _table(result: Result, caption: str, *, feedback: bool) -> str:
    head = '<th scope="col">Choice</th><th scope="col">Result</th>' + ('<th scope="col">Feedback</th>' if feedback else "")
    rows = "\n".join(_row(item, result.question.kind, feedback=feedback) for item in result.explanation.items)
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _row(item: ItemFeedback, kind: str, *, feedback: bool) -> str:
    chosen = item.chosen and kind not in _TOLD_IN_WORDS
    result = "<br>".join(filter(None, ["chosen" if chosen else "", _MARKS.get(kind, _CHOSEN).get(item.mark, "")]))
    words = f"<td>{_inline(item.feedback)}</td>" if feedback else ""
    opening = '<tr class="smt-chosen">' if chosen else "<tr>"
    return f'{opening}<th scope="row">{_inline(item.label)}</th><td class="smt-mark">{result}</td>{words}</tr>'


def _criteria(rows: Sequence[Criterion]) -> str:
    body = "\n".join(
        f'<tr><th scope="row">{_inline(row.title)}</th><td>'
        + "".join(f"<p><strong>{_number(level.points)}</strong> {_inline(level.text)}</p>" for level in row.levels)
        + "</td></tr>"
        for row in rows
    )
    head = '<th scope="col">Criterion</th><th scope="col">Levels, with their points</th>'
    return f"<table><caption>Rubric</caption><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _source(view: Mapping[str, Any]) -> str:
    label = _text(view["label"])
    url = view.get("url")
    named = f'<a href="{html.escape(url)}" rel="noreferrer">{label}</a>' if url and url.startswith("https://") else label
    dated = f" (checked {_text(view['as_of'])})" if view.get("as_of") else ""
    stale = " This may be out of date." if view.get("stale") else ""
    words = f": {_inline(view['text'])}" if view.get("text") else ""
    return f"{named}{words}{dated}{stale}"


def _provenance(taken: Taken | None) -> str:
    if taken is None:
        return "No answer in the submission."
    if not taken.revision:
        return f"Found as {taken.source}."
    try:
        when = dt.datetime.strptime(taken.time, "%Y-%m-%dT%H:%M:%SZ").strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        when = "at an unreadable time"
    return f"Saved {when}, revision {taken.revision}, found in the {taken.source}."


# -- words -----------------------------------------------------------------------------------------------------------


def _credit(earned: float, points: float) -> str:
    return f"{_number(earned)} of {_number(points)} point{'' if points == 1 else 's'}"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _is_option(entry: object) -> bool:
    return isinstance(entry, dict) and "id" in entry and "text" in entry


def _text(text: object) -> str:
    return html.escape(str(text))


def _inline(text: str) -> str:
    safe = html.escape(SPAN.sub(r"\2", text))
    safe = re.sub(r"\*\*(\S(?:.*?\S)?)\*\*", r"<strong>\1</strong>", safe)
    return re.sub(r"\*(\S(?:[^*]*\S)?)\*", r"<em>\1</em>", safe)


def _prose(text: str) -> str:
    parts = []
    for chunk in re.split(r"\n[ \t]*\n", text.strip()):
        lines = [line.strip() for line in chunk.splitlines()]
        if all(line.startswith("- ") for line in lines):
            parts.append("<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>")
        else:
            parts.append(f"<p>{'<br>'.join(_inline(line) for line in lines)}</p>")
    return "".join(parts)


def _list(lines: Iterable[str]) -> str:
    return f'<ul class="smt-small">{"".join(f"<li>{_text(line)}</li>" for line in lines)}</ul>'
