"""The items of a bank as an author sees them: which module each belongs to, its parts, and the texts that learners read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from smtraining.bank import Bank
from smtraining.kinds import AnyQuestion
from smtraining.kinds.base import Option
from smtraining.models import Exercise, Model, Publication, Quiz, Text, Vignette

Loc = tuple[str | int, ...]

_MODULE_PREFIX = re.compile(r"[mx](\d\d)-")
"""Ids of items start with the number of their module: m03-, and x03- in its exercise."""

NOT_SHOWN = frozenset({"stands_for", "fires_on", "shows_on", "spares"})
"""Fields of text that no learner sees: what an invented platform stands for, and the examples that prove a rule."""

SHOWN_LISTS = (
    "elements",
    "switches",
    "rules",
    "risks",
    "conflicts",
    "evidence",
    "platforms",
    "modules",
    "artifacts",
    "questions",
    "quizzes",
    "vignettes",
    "exercises",
)
"""The lists whose texts learners read. The registers of sources are apart."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question or vignette in a table: ``module`` is the id of its module, or None if it is nowhere in the curriculum."""

    id: str
    kind: str
    module: str | None
    graded: bool
    sources: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A text that learners read: ``loc`` is where in the entry ``id``."""

    id: str
    loc: Loc
    text: str


def items(bank: Bank) -> list[Item]:
    """Every question and vignette, by module, in reading order."""
    module = modules_by_id(bank)
    found = [Item(q.id, q.kind, module.get(q.id), q.graded, q.sources, q.stem) for q in bank.questions.values()]
    found += [Item(v.id, "vignette", v.module, False, cited_by(v), v.title) for v in bank.vignettes.values()]
    order = {id: number for number, id in enumerate(bank.modules)}
    return sorted(found, key=lambda item: order.get(item.module or "", len(order)))


def modules_by_id(bank: Bank) -> dict[str, str]:
    """Which module an id belongs to: the one it names, that of the quiz, exercise or case that shows it, or the one its id starts with."""
    found = {id: id for id in bank.modules}
    found |= {entry.id: entry.module for entry in (*bank.vignettes.values(), *holders(bank))}
    found |= {question: holder.module for holder in holders(bank) for question in holder.questions}
    numbers = {module.number: id for id, module in bank.modules.items()}
    for id in (*bank.questions, *bank.artifacts):
        if id not in found and (prefix := _MODULE_PREFIX.match(id)) and int(prefix[1]) in numbers:
            found[id] = numbers[int(prefix[1])]
    return found


def holders(bank: Bank) -> list[Quiz | Exercise]:
    """The quizzes and exercises: what shows a question to a learner."""
    return [*bank.quizzes.values(), *bank.exercises.values()]


def cited_by(vignette: Vignette) -> tuple[str, ...]:
    """Every source a vignette names anywhere, once each."""
    places: list[Iterable[str]] = [vignette.sources]
    places += [choice.sources for scene in vignette.scenes for choice in scene.choices]
    places += [replay.sources for replay in vignette.replays]
    return tuple(dict.fromkeys(source for place in places for source in place))


def options_of(question: AnyQuestion) -> list[tuple[Loc, Option]]:
    """Every option of a question, whatever its kind calls them, with its place in the entry."""
    return [
        ((name, number), part)
        for name in type(question).model_fields
        if isinstance(parts := getattr(question, name), tuple)
        for number, part in enumerate(parts)
        if isinstance(part, Option)
    ]


# -- texts -----------------------------------------------------------------------------------------------------------


def shown_texts(bank: Bank) -> Iterator[Shown]:
    """Every text of the items, the modules and the policy's content that learners read. The registers of sources are apart."""
    for name in SHOWN_LISTS:
        for id, entry in getattr(bank, name).items():
            for loc, text in texts_of(entry):
                yield Shown(id, loc, text)


def cited_texts(bank: Bank) -> Iterator[Shown]:
    """The paraphrases of the standards and law items that an item cites: learners read them under the feedback."""
    cited = dict.fromkeys(source for item in items(bank) for source in item.sources)
    for id in cited:
        source = bank.source(id)
        if not isinstance(source, Publication):
            yield Shown(id, ("paraphrase",), source.paraphrase)


def texts_of(entry: Model) -> Iterator[tuple[Loc, str]]:
    """Every value of type Text in an entry: by type, so that a new field or kind is never forgotten."""
    for name, hint in _hints(type(entry)).items():
        if name not in NOT_SHOWN:
            yield from _texts(hint, getattr(entry, name), (name,))


@lru_cache
def _hints(model: type[Model]) -> Mapping[str, Any]:
    hints = get_type_hints(model, include_extras=True)
    return {name: hints[name] for name in model.model_fields}


def _texts(hint: Any, value: Any, loc: Loc) -> Iterator[tuple[Loc, str]]:
    if isinstance(value, Model):
        for inner, text in texts_of(value):
            yield (*loc, *inner), text
    elif hint == Text:
        if value is not None:
            yield loc, value
    elif get_origin(hint) is Annotated:
        yield from _texts(get_args(hint)[0], value, loc)
    elif get_origin(hint) in (Union, UnionType):
        for member in get_args(hint):
            if member is not NoneType:
                yield from _texts(member, value, loc)
    elif isinstance(value, tuple):
        for number, part in enumerate(value):
            yield from _texts(get_args(hint)[0], part, (*loc, number))
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(get_args(hint)[1], part, (*loc, key))


def stale_laws(bank: Bank, today: dt.date) -> list[str]:
    """The ids of the law items past their review date."""
    return [id for id, law in bank.laws.items() if law.is_stale(today)]
