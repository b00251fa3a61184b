"""Whether a text shows that its policy has an element: an evidence rule, applied to a passage and the heading above it.

A text by somebody else is not sorted into elements, so that everything rests on its words: a sentence that says a rule is evidence, and so
is a sentence below a fitting heading. A sentence that only sends the reader elsewhere ("covered in a separate policy") is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from smtraining.bank import wording
from smtraining.models import Evidence

LEAST_WORDS = 6
"""A sentence with fewer words is no evidence by its heading alone. The number is a rule of thumb of ours."""

ELSEWHERE = (
    "policy|document|guide|guideline|guidelines does_not|do_not|doesn't|don't ... address|deal_with|regulate|discuss",
    "covered|addressed|described|dealt_with in|by a|another|other|separate|different ... policy|document|procedure|manual",
    "outside|beyond the scope of this policy|document",
    "no|not_have_a|without_a policy|rule|rules|guidance on|about|for|regarding|yet",
)
"""Sentences that say that something is not ruled here, as patterns of :mod:`smtraining.bank.wording`."""

_HEADING_LINE = re.compile(r"#\s*([^\n]+)\n")


@dataclass(frozen=True, slots=True)
class Sign:
    """A sentence that shows an element, word for word, and the ``words`` that gave it away (empty: its heading did). Not ``certain``:
    the words of the matter are there, and no rule was recognized."""

    sentence: str
    words: str
    certain: bool


def signs(rule: Evidence, heading: str, text: str, lead: str = "") -> Iterator[Sign]:
    """The sentences of a passage that are signs of the rule's element, in order. ``lead`` opens the list of which the passage is an item
    ("Do not post:"): the item is read together with it, and quoted alone.

    Raises ValueError for a pattern that is not well-formed.
    """
    fits = bool(rule.headings) and any(title.holds(rule.headings) for title in wording.sentences(heading))
    for written in wording.sentences(text):
        sentence = wording.together(lead, written) if lead else written
        if sentence.holds(rule.unless) or sentence.holds(ELSEWHERE):
            continue
        words = sentence.first(rule.find) or (sentence.first(rule.under) if fits and rule.under else None)
        if words is not None:
            yield Sign(written.text, words, True)
        elif fits and not rule.under and len(written.text.split()) >= LEAST_WORDS:
            yield Sign(written.text, "", True)
        elif (hint := sentence.first(rule.hints)) is not None:
            yield Sign(written.text, hint, False)


def check(rule: Evidence) -> list[str]:
    """What is wrong with the patterns, a sentence for each that is not well-formed."""
    defects = []
    for pattern in (*rule.headings, *rule.find, *rule.under, *rule.hints, *rule.unless):
        defects += wording.check_pattern(pattern)
    if rule.under and not rule.headings:
        defects.append("'under' needs 'headings': it counts below those only.")
    return defects


def misbehaving(rule: Evidence) -> list[str]:
    """The examples that do not do what they should, a sentence for each."""
    silent = [text for text in rule.shows_on if not _shown(rule, text)]
    wrong = [text for text in rule.spares if _shown(rule, text)]
    return [f"The rule finds no evidence in: {text}" for text in silent] + [f"The rule takes for evidence: {text}" for text in wrong]


def _shown(rule: Evidence, example: str) -> bool:
    titled = _HEADING_LINE.match(example)
    heading, text = (titled[1], example[titled.end() :]) if titled else ("", example)
    return any(sign.certain for sign in signs(rule, heading, text))
