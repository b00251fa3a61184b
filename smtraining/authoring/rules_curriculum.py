"""Rules for the curriculum: plain language, invented platforms, notes before hard material, complete modules, law looked up again."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from smtraining.authoring import reading
from smtraining.authoring.catalogue import holders, items, shown_texts, stale_laws, texts_of
from smtraining.authoring.rules import Hit, Rule, rule_of
from smtraining.bank import Bank

RULES: list[Rule] = []
rule = rule_of(RULES)

# -- language --------------------------------------------------------------------------------------------------------

LONG_TEXT = 60
"""From this many words on, the reading grade of a single text means something."""

MAX_GRADE = 10

_TRADEMARKS = re.compile(
    r"\b(facebook|instagram|tiktok|tik tok|twitter|snapchat|whatsapp|linkedin|youtube|yelp|google|reddit|pinterest|tumblr|nextdoor"
    r"|gofundme|caringbridge|chatgpt|openai|wechat|telegram|bluesky|mastodon|trip ?advisor|healthgrades|glassdoor|gmail|facetime)\b"
    r"|(?<![.!?:] )(?<!^)\b(Slack|Zoom|Threads|Discord|Venmo|Messenger|Signal)\b",
    re.IGNORECASE,
)
_CAPITAL_NAMES = frozenset({"slack", "zoom", "threads", "discord", "venmo", "messenger", "signal"})


def trademark_in(text: str) -> str | None:
    """The first real platform's name in a text, or None. Names that are common words count only with a capital inside a sentence."""
    for found in _TRADEMARKS.finditer(text):
        if found[0].lower() not in _CAPITAL_NAMES or found[0][0].isupper():
            return found[0]
    return None


@rule("error", "Texts that learners read name invented platforms only.")
def trademark(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for shown in shown_texts(bank):
        if name := trademark_in(shown.text):
            yield Hit(
                shown.id, f"The text names a real platform: '{name}'.", "Use an invented one; docs/platforms.md lists them.", shown.loc
            )


@rule("warning", f"A text of {LONG_TEXT} words or more reads at grade {MAX_GRADE} or below.")
def hard_to_read(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for shown in shown_texts(bank):
        found = reading.count(shown.text)
        if found.words >= LONG_TEXT and found.grade is not None and found.grade > MAX_GRADE:
            yield Hit(shown.id, f"The text reads at grade {found.grade}.", "Shorten the sentences, use plainer words.", shown.loc)


# -- vignettes and modules -------------------------------------------------------------------------------------------

OPENING_WORDS = (80, 150)
_HARD = re.compile(
    r"\b(suicid\w*|self-harm\w*|overdos\w*|abus(?:e|ed|es|ing|ive)|assault\w*|rap(?:e|ed|ist)|violen(?:t|ce)|murder\w*|molest\w*|stillb\w*)\b",
    re.IGNORECASE,
)


@rule("warning", f"A vignette opens with {OPENING_WORDS[0]} to {OPENING_WORDS[1]} words.")
def opening_length(bank: Bank, today: dt.date) -> Iterator[Hit]:
    least, most = OPENING_WORDS
    for vignette in bank.vignettes.values():
        if not least <= (n := len(reading.words(vignette.opening))) <= most:
            yield Hit(
                vignette.id,
                f"The opening has {n} words.",
                f"Aim at {least} to {most}: who you are, where, what just happened.",
                ("opening",),
            )


@rule("warning", "A vignette with hard material has a content note that says where to get help.")
def content_note(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for vignette in bank.vignettes.values():
        if vignette.content_note is None:
            texts = list(texts_of(vignette))
            if vignette.artifact:
                texts += [((), text) for _, text in texts_of(bank.artifact(vignette.artifact))]
            found = next(((loc, word[0]) for loc, text in texts if (word := _HARD.search(text))), None)
            if found:
                yield Hit(
                    vignette.id,
                    f"It speaks of '{found[1]}' and has no content note.",
                    "Add 'content_note' with 'text' and 'help'.",
                    found[0],
                )


_VERBS = """
act add address adapt advise agree analyze answer apply argue ask assess build calculate check choose classify close collect combine
compare complete correct create decide defend define describe design distinguish document draft estimate evaluate examine explain find
get give handle identify interpret judge keep list locate make map match measure name notice obtain organize outline place plan play
practice predict prepare protect put rank rate read recognize redact reduce reflect remove repair reply report respond revise rewrite
run say see select separate set show sort spot state take teach tell test tie trace use weigh work write
"""


@rule("warning", "An objective of a module starts with a verb: what a learner will be able to do.")
def objective_verb(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for module in bank.modules.values():
        for number, objective in enumerate(module.objectives):
            first = (reading.words(objective) or [""])[0].lower()
            if first not in _VERBS.split():
                yield Hit(
                    module.id,
                    f"The objective starts with '{first}'.",
                    "Start it with a verb, such as 'explain' or 'decide'.",
                    ("objectives", number),
                )


MIN_VIGNETTES, MIN_QUESTIONS, MIN_GRADED = 3, 14, 6


@rule(
    "warning",
    f"A module (but the first) has {MIN_VIGNETTES} vignettes, {MIN_QUESTIONS} questions and {MIN_GRADED} graded items.",
)
def module_size(bank: Bank, today: dt.date) -> Iterator[Hit]:
    held = items(bank)
    for module in bank.modules.values():
        own = [item for item in held if item.module == module.id]
        vignettes = sum(item.kind == "vignette" for item in own)
        graded = sum(item.graded for item in own)
        counts = {
            "vignettes": (vignettes, MIN_VIGNETTES),
            "questions": (len(own) - vignettes - graded, MIN_QUESTIONS),
            "graded items": (graded, MIN_GRADED),
        }
        for what, (number, wanted) in counts.items():
            if module.number > 0 and number < wanted:
                yield Hit(module.id, f"The module has {number} of at least {wanted} {what}.", "Add more.")


@rule("warning", "Every question stands in a quiz or an exercise.")
def unused(bank: Bank, today: dt.date) -> Iterator[Hit]:
    used = {id for holder in holders(bank) for id in holder.questions}
    for id in bank.questions:
        if id not in used:
            yield Hit(id, "No quiz or exercise holds this question, so nobody sees it.", "Add it to a quiz.")


@rule("note", "A law item is looked up again before its review date.")
def law_past_review(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for id in stale_laws(bank, today):
        message = f"The review date {bank.laws[id].review_by} has passed; learners see 'may be out of date'."
        yield Hit(id, message, "Look it up again, then set 'as_of' and 'review_by'.", ("review_by",))
