"""The pieces of which the accounts of scores are made: one block of HTML with its styles, a line of credit, numbers, provenance.

These blocks stand inside pages of others (formgrader and nbgrader's feedback), so they bring their few styles with them under one class,
use no script, and escape every text: what a learner wrote can never become markup. Nothing is told by colour alone.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from smtraining.bank.marks import inline_html
from smtraining.grading.answers import Taken
from smtraining.grading.scoring import Result

STYLE = (
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
    ".smt-policy{border:1px solid #8888;border-radius:4px;padding:.4em 1em;margin:.8em 0}"
    ".smt-policy h4{font-size:16px;margin-top:1.2em}"
    ".smt-policy h5{font-size:14px;font-weight:600;margin:1em 0 .2em}"
    ".smt-policy p,.smt-policy li,.smt-policy td,.smt-result td{overflow-wrap:anywhere}"
    ".smt-result .smt-policy td p,.smt-result .smt-policy td ul{margin:0}"
    "@media(max-width:640px){.smt-result thead{display:none}.smt-result table,.smt-result caption,.smt-result tbody,.smt-result tr,"
    ".smt-result th,.smt-result td{display:block;border:0}.smt-result tr{border:1px solid #8888;margin:0 0 .5em;padding:.2em}}"
    "@media print{.smt-result tr,.smt-result .smt-credit{break-inside:avoid}}"
)


@dataclass(frozen=True, slots=True)
class Given:
    """The points that stand in the gradebook, and whether a person put them there."""

    points: float
    by_hand: bool


def page(parts: Iterable[str]) -> str:
    """One block without blank lines and dollar signs, so that it may also stand in a Markdown cell as it is."""
    body = "\n".join(part for part in parts if part)
    block = f'<div class="smt-result tex2jax_ignore mathjax_ignore"><style>{STYLE}</style>\n{body}\n</div>'
    return re.sub(r"\n\s*\n", "\n", block).replace("$", "&#36;")


def to_instructor(result: Result) -> str:
    """The paragraph with the points, how they came about, and the rule."""
    return _credited(credit(result.earned, result.points), result, "")


def to_learner(result: Result, given: Given) -> str:
    """The same for the learner, with the points that stand in the gradebook, and what is wrong with the answer, if anything is."""
    hand = " Your instructor set this score by hand." if given.by_hand else ""
    trouble = f'\n<p class="smt-look">{text(result.trouble)} Please speak with your instructor.</p>' if result.trouble else ""
    return _credited(credit(given.points, result.points), result, hand) + trouble


def look(why: str | None) -> str:
    """A paragraph that asks the instructor to look; empty without a reason."""
    return f'<p class="smt-look"><strong>Please look at this one.</strong> {text(why)}</p>' if why else ""


def provenance(taken: Taken | None) -> str:
    """Where the answer was found, and when it was saved, as a sentence."""
    if taken is None:
        return "No answer in the submission."
    if not taken.revision:
        return f"Found as {taken.source}."
    try:
        when = dt.datetime.strptime(taken.time, "%Y-%m-%dT%H:%M:%SZ").strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        when = "at an unreadable time"
    return f"Saved {when}, revision {taken.revision}, found in the {taken.source}."


def credit(earned: float, points: float) -> str:
    """``1.5 of 2 points``."""
    return f"{number(earned)} of {number(points)} point{'' if points == 1 else 's'}"


def number(value: float) -> str:
    """At most two decimals, and none that say nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def text(words: object) -> str:
    """Escaped text, without marks."""
    return html.escape(str(words))


def small_list(heading: str, lines: Iterable[str]) -> str:
    """Sentences for the instructor in small print; empty without any."""
    items = "".join(f"<li>{text(line)}</li>" for line in lines)
    return f'<p class="smt-small">{heading}</p><ul class="smt-small">{items}</ul>' if items else ""


def _credited(points: str, result: Result, more: str) -> str:
    why = f"{inline_html(result.score.summary)} {inline_html(result.score.rule)}"
    return f'<p class="smt-credit"><strong>{text(points)}.</strong> {why}{more}</p>'
