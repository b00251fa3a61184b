"""Rules for single questions and quizzes: no cue to the right answer, a stem that asks, feedback that teaches, nothing said twice.

Most are the classic rules for multiple-choice items (Haladyna, Downing & Rodriguez, 2002, Applied Measurement in Education 15(3), 309-333).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from smtraining.authoring import reading
from smtraining.authoring.catalogue import Loc, Shown, modules_by_id, options_of
from smtraining.authoring.rules import Hit, Rule, rule_of
from smtraining.bank import Bank
from smtraining.kinds import AnyQuestion
from smtraining.kinds.base import Option
from smtraining.kinds.single import Single

RULES: list[Rule] = []
rule = rule_of(RULES)

ENOUGH = 4
"""From this many questions on, a share of them means something."""


def _is_right(option: Option) -> bool:
    return bool(getattr(option, "correct", False) or getattr(option, "identifies", False))


def _choices(bank: Bank, *kinds: str) -> Iterator[tuple[AnyQuestion, list[tuple[Loc, Option]]]]:
    """The formative questions of these kinds with their options."""
    for question in bank.questions.values():
        if question.kind in kinds and not question.graded:
            yield question, options_of(question)


def _length(option: Option) -> int:
    return len(reading.plain(option.text))


def _key_position(question: Single) -> int:
    return next(number for number, option in enumerate(question.options) if option.correct)


def _has_longest_key(question: Single) -> bool:
    right = question.options[_key_position(question)]
    return all(_length(right) > _length(option) for option in question.options if option is not right)


def _normal(text: str) -> str:
    return " ".join(word.lower() for word in reading.words(text))


def _quoted(text: str) -> str:
    return f'"{text if len(text) <= 70 else text[:67] + "..."}"'


# -- cues to the right answer ----------------------------------------------------------------------------------------


@rule("warning", "The right option is not clearly longer than the others (1.3 times their mean).")
def longest_right(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for question, options in _choices(bank, "single", "multiple", "pair"):
        for group in {loc[0] for loc, _ in options}:
            right = [(loc, o) for loc, o in options if loc[0] == group and _is_right(o)]
            others = [_length(o) for loc, o in options if loc[0] == group and not _is_right(o)]
            if len(right) == 1 and others and _length(right[0][1]) > 1.3 * sum(others) / len(others):
                message = f"The right option has {_length(right[0][1])} characters, the others {sum(others) // len(others)} on average."
                yield Hit(question.id, message, "Shorten it, or give the others as much detail.", right[0][0])


@rule("warning", "In at most half of the single-choice questions of a quiz or a module is the right option the longest.")
def longest_right_share(bank: Bank, today: dt.date) -> Iterator[Hit]:
    module_of = modules_by_id(bank)
    groups: dict[str, list[Single]] = defaultdict(list)
    for question, _ in _choices(bank, "single"):
        if isinstance(question, Single):
            for group in {module_of.get(question.id), *(quiz.id for quiz in bank.quizzes.values() if question.id in quiz.questions)} - {
                None
            }:
                groups[str(group)].append(question)
    for group, singles in groups.items():
        longest = [q.id for q in singles if _has_longest_key(q)]
        if len(singles) >= ENOUGH and len(longest) > len(singles) / 2:
            message = f"The right option is the longest in {len(longest)} of {len(singles)} single-choice questions: {', '.join(longest)}."
            yield Hit(group, message, "Even out the lengths.")


@rule("warning", "The right option stands in every position about equally often over a module.")
def key_position(bank: Bank, today: dt.date) -> Iterator[Hit]:
    module_of = modules_by_id(bank)
    positions: dict[str, Counter[int]] = defaultdict(Counter)
    for question, _ in _choices(bank, "single"):
        if isinstance(question, Single) and (module := module_of.get(question.id)):
            positions[module][_key_position(question)] += 1
    for module, found in positions.items():
        position, most = found.most_common(1)[0]
        if found.total() >= ENOUGH and most > found.total() / 2:
            message = f"In {most} of {found.total()} single-choice questions the right option is number {position + 1}."
            yield Hit(module, message, "Move some right options to other places.")


_ABSOLUTE = re.compile(r"\b(always|never|every single|under no circumstances|no matter what)\b", re.IGNORECASE)
_OF_THE_ABOVE = re.compile(r"\b(all|none|both|neither) of (the above|these|them)$", re.IGNORECASE)


@rule("warning", "Words such as 'always' and 'never' do not stand in wrong options alone.")
def absolute_words(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for question, options in _choices(bank, "single", "multiple", "pair"):
        if any(_is_right(option) and _ABSOLUTE.search(option.text) for _, option in options):
            continue
        for loc, option in options:
            if found := _ABSOLUTE.search(option.text):
                message = f"Only wrong options say '{found[1].lower()}', which gives them away."
                yield Hit(question.id, message, "Say it without the absolute word.", (*loc, "text"))


@rule("warning", "No option says 'all of the above' or 'none of the above'.")
def of_the_above(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for question in bank.questions.values():
        for loc, option in options_of(question):
            if _OF_THE_ABOVE.search(option.text.rstrip(". ")):
                yield Hit(
                    question.id, f"An option says {_quoted(option.text)}.", "Use a multiple choice, or another option.", (*loc, "text")
                )


# -- the question itself ---------------------------------------------------------------------------------------------

_NEGATIVE = re.compile(r"(?<!\*)\b(not|except|least|never)\b(?!\*)", re.IGNORECASE)
_ASKS = """
answer choose complete decide describe draw explain find give group imagine list mark match name order pick put rank rate read reorder say
select sort tell think weigh write
"""


@rule("warning", "A question that asks for what does not hold stresses the word: *not*, *except*.")
def negative_stem(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for question in bank.questions.values():
        asked = [s for s in re.split(r"(?<=[.!?])\s+", question.stem) if s.endswith("?")][-1:]
        if asked and re.match(r"(which|what|who|whose)\b", asked[0], re.IGNORECASE) and (found := _NEGATIVE.search(asked[0])):
            yield Hit(
                question.id,
                f"The question turns on '{found[1]}', which is easy to miss.",
                f"Ask it the other way round, or write *{found[1]}*.",
                ("stem",),
            )


@rule("warning", "A stem holds a question, or an instruction that starts with a verb.")
def stem_asks(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for question in bank.questions.values():
        starts = (words[0].lower() for s in re.split(r"(?<=[.!?:;,])\s+|\n", question.stem) if (words := reading.words(s)))
        if (
            "?" not in question.stem
            and not question.stem.rstrip().endswith((":", "...", "…"))
            and not any(s in _ASKS.split() for s in starts)
        ):
            yield Hit(
                question.id,
                "The stem neither asks nor tells what to do.",
                "End it with a question, or start a sentence with a verb.",
                ("stem",),
            )


@rule("warning", "A question has at most five options to choose from, six where all that apply are chosen.")
def many_options(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for question in bank.questions.values():
        most = 6 if question.kind == "multiple" else 5
        for name, number in Counter(loc[0] for loc, _ in options_of(question)).items():
            if name in ("options", "actions", "reasons") and number > most:
                yield Hit(question.id, f"'{name}' has {number} entries.", "Keep those that somebody would really choose.", (name,))


# -- feedback --------------------------------------------------------------------------------------------------------

FEEDBACK_WORDS = 12
_VERDICT = re.compile(
    r"\W*(that'?s|this is|you are|you're|exactly|yes|no|sorry|well done|good)?\W*(correct|right|wrong|incorrect|true|false)?\W*",
    re.IGNORECASE,
)


@rule("error", "Feedback says more than right or wrong.")
def verdict_only(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for question in bank.questions.values():
        for loc, option in options_of(question):
            if option.feedback and _VERDICT.fullmatch(option.feedback):
                yield Hit(
                    question.id,
                    f"The feedback {_quoted(option.feedback)} only gives a verdict.",
                    "Say why, and what it would cause.",
                    (*loc, "feedback"),
                )


@rule(
    "warning",
    f"Feedback has at least {FEEDBACK_WORDS} words: why it is tempting, what it would cause, what speaks to it.",
)
def short_feedback(bank: Bank, today: dt.date) -> Iterator[Hit]:
    for question in bank.questions.values():
        for loc, option in options_of(question):
            if option.feedback and not _VERDICT.fullmatch(option.feedback) and (n := len(reading.words(option.feedback))) < FEEDBACK_WORDS:
                yield Hit(
                    question.id,
                    f"The feedback on '{option.id}' has {n} words.",
                    "Say why it is tempting and what it would cause.",
                    (*loc, "feedback"),
                )


# -- repetition ------------------------------------------------------------------------------------------------------

_SHINGLE = 5


@rule("warning", "No option of six words or more stands in two questions.")
def repeated_option(bank: Bank, today: dt.date) -> Iterator[Hit]:
    texts = [Shown(q.id, (*loc, "text"), o.text) for q in bank.questions.values() if q.kind != "spot" for loc, o in options_of(q)]
    yield from _repeated(texts, "option")


@rule("warning", "No sentence of feedback stands twice in the bank.")
def repeated_feedback(bank: Bank, today: dt.date) -> Iterator[Hit]:
    texts = [
        Shown(question.id, (*loc, "feedback"), sentence)
        for question in bank.questions.values()
        for loc, option in options_of(question)
        for sentence in re.split(r"(?<=[.!?])\s+", option.feedback or "")
    ]
    yield from _repeated(texts, "sentence of feedback")


def _repeated(texts: Iterable[Shown], what: str) -> Iterator[Hit]:
    """Each text of six words or more that is nearly the same as an earlier one; only texts that share five words in a row are compared."""
    seen: dict[tuple[str, ...], list[tuple[str, Shown]]] = defaultdict(list)
    for shown in texts:
        normal = _normal(shown.text)
        parts = normal.split()
        if len(parts) <= _SHINGLE:
            continue
        shingles = dict.fromkeys(tuple(parts[n : n + _SHINGLE]) for n in range(len(parts) - _SHINGLE + 1))
        earlier = {(other.id, other.loc): (text, other) for shingle in shingles for text, other in seen[shingle]}
        near = next((other for text, other in earlier.values() if SequenceMatcher(None, text, normal).ratio() >= 0.9), None)
        if near:
            yield Hit(
                shown.id, f"This {what} stands in {near.id} too: {_quoted(shown.text)}", "Say it in words that fit this case.", shown.loc
            )
        for shingle in shingles:
            seen[shingle].append((normal, shown))
