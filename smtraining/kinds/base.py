"""What every question kind has in common: the data, the key, and the verbs.

A kind is one module with two frozen models: a :class:`Question` (its public side) and a :class:`Key` (what scores it and the feedback
on every option). A formative question carries its own key, written beside the options it speaks of; a graded question has
``graded: true``, carries none, and is scored with the key that the instructor's notebook holds.

The verbs, the same for all kinds:

==============  ====================================================================================================
``view()``      the redacted view for the browser: never a key, a feedback text or the right order
``how()``       what to do, and how it is scored where that is not obvious
``outline()``   the question's options in plain words, for readers without a widget
``parse(raw)``  is the response *well-formed*? Returns the canonical value (None: not attempted) or raises ResponseError
``key()``       the key a formative question carries
``check_key()`` does a key fit this question? Raises KeyMismatch
``score()``     is the response *right*? Pure; takes a canonical value and a key
``explain()``   feedback: what you chose, what you missed and why
``samples()``   a best, a wrong, a blank and an invalid response, made from the question itself: so every item tests itself
==============  ====================================================================================================

A response comes from a browser or from a learner's own cell, so ``parse`` trusts nothing: it accepts plain JSON types only (no
subclass of them, whose methods could do anything) and gives up early on anything large.
"""

from __future__ import annotations

import reprlib
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, JsonValue, model_validator

from smtraining.errors import KeyMismatch, ResponseError
from smtraining.models import Concern, Id, Mark, Model, Outcome, Score, Text

Value = JsonValue
"""A canonical response: JSON data made of option ids (or a text, or a number). None means *not attempted*."""

MAX_TEXT = 5_000
"""The longest text of a response, in characters."""

MAX_ENTRIES = 100
"""The most ids a response may list; no question has as many options."""

NO_ID = "?"
"""No option can have this id: the samples use it for an invalid response."""


class Option(Model):
    """One option of a question. ``feedback`` is required in formative questions and forbidden in graded ones."""

    id: Id
    text: Text
    feedback: Text | None = None


class Key(Model):
    """What scores a question and the words that explain it. ``feedback`` has one entry for every option id."""

    feedback: dict[str, Text]
    rationale: Text


class OutlineGroup(Model):
    """A part of a question in plain words: a heading, and entries, each an id and a text.

    ``marker`` says what a reader with a pen does: fill one ``circle``, tick any ``box``, write the place's ``number``, write on a ``line``.
    """

    heading: str | None = None
    marker: Literal["circle", "box", "number", "line"]
    entries: tuple[tuple[str, str], ...]


class ItemFeedback(Model):
    """Feedback on one option: ``label`` is its text, ``chosen`` whether it was part of the response."""

    id: str
    label: str
    chosen: bool
    mark: Mark
    feedback: str


class Explanation(Model):
    """Everything a learner is told about a response."""

    outcome: Outcome
    fraction: float | None
    summary: str
    rule: str
    rationale: str
    items: tuple[ItemFeedback, ...]


class Sample(Model):
    """A response made for testing the item: ``raw`` goes through parse; ``fraction`` is what it must score (None: not scored)."""

    name: Literal["best", "wrong", "blank", "invalid"]
    raw: Value
    fraction: float | None = None


class Question(Model):
    """The public side of a question: the fields all kinds share.

    ``context`` is a short situation before the stem; ``artifact`` the id of the thing on the screen; ``hint`` nudges without telling;
    ``rationale`` sums up a formative question. ``points`` is what a graded question is worth in the gradebook.
    """

    kind: str
    id: Id
    stem: Text
    context: Text | None = None
    artifact: Id | None = None
    hint: Text | None = None
    rationale: Text | None = None
    graded: bool = False
    points: Annotated[int, Field(ge=1, le=20)] = 1
    concerns: Annotated[tuple[Concern, ...], Field(min_length=1)]
    epas: Annotated[tuple[Annotated[int, Field(ge=1, le=9)], ...], Field(min_length=1)]
    sources: Annotated[tuple[Id, ...], Field(min_length=1)]

    key_model: ClassVar[type[Key]]
    key_fields: ClassVar[frozenset[str]] = frozenset()
    """The fields, of the question or of its options, that hold this kind's key (besides ``feedback`` and ``rationale``)."""
    scored: ClassVar[bool] = True
    """False for kinds that are recorded and never scored (scale, reflection)."""

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        ids = self.option_ids()
        if twice := sorted({id for id in ids if ids.count(id) > 1}):
            raise ValueError(f"the id {', '.join(twice)} is used twice; every option of a question has an id of its own")
        if not self.graded:
            return self
        if not self.scored:
            raise ValueError(f"a {self.kind} question is never scored, so it cannot be graded; use a written task instead")
        # The public side of a graded question is handed to students, so a key in it is a leak and not a matter of style.
        if leaks := sorted(_held(self, self.key_fields | {"feedback", "rationale"})):
            raise ValueError(f"a graded question carries no {', '.join(leaks)}; move it to the instructor's notebook")
        return self

    # -- the verbs -------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, Any]:
        """The redacted view for the browser: the shared fields; kinds add theirs."""
        shown: dict[str, Any] = {"id": self.id, "kind": self.kind, "stem": self.stem, "how": self.how()}
        for name in ("context", "artifact", "hint"):
            if (value := getattr(self, name)) is not None:
                shown[name] = value
        if self.graded:
            shown["points"] = self.points
        return shown

    @abstractmethod
    def how(self) -> str:
        """A sentence that tells the learner what to do, and the scoring rule where it is not obvious."""

    @abstractmethod
    def outline(self) -> tuple[OutlineGroup, ...]:
        """The question's options in plain words (the stem is not repeated)."""

    @abstractmethod
    def option_ids(self) -> tuple[str, ...]:
        """The ids that need feedback, one entry each in ``Key.feedback``."""

    @abstractmethod
    def parse(self, raw: Any) -> Value:
        """The canonical value of a response, or None if nothing was answered.

        Accepts the widget's JSON and the plain-text form of :func:`smtraining.answer` (ids separated by spaces or commas).
        Raises ResponseError, and nothing else, if it is not well-formed: unknown ids, ids given twice, wrong shape, too long.
        """

    @abstractmethod
    def key(self) -> Key:
        """The key this formative question carries. Raises KeyMismatch if it is graded or lacks a part of its key."""

    def check_key(self, key: Key) -> None:
        """Raise KeyMismatch unless the key fits this question: of its kind, ids known, every option with feedback."""
        if not isinstance(key, self.key_model):
            raise KeyMismatch(self.id, f"a {self.kind} question needs a {self.key_model.__name__}, not a {type(key).__name__}")
        ids = set(self.option_ids())
        if missing := ids - set(key.feedback):
            raise KeyMismatch(self.id, f"no feedback for {', '.join(sorted(missing))}")
        if extra := set(key.feedback) - ids:
            raise KeyMismatch(self.id, f"feedback for {', '.join(sorted(extra))}, which the question does not have")
        self._check_own_key(key)

    @abstractmethod
    def score(self, value: Value, key: Any) -> Score:
        """Score a canonical value (see each kind for rule and source). Pure; a None value is *not attempted* and earns 0."""

    @abstractmethod
    def explain(self, value: Value, score: Score, key: Any) -> Explanation:
        """Feedback on every option, in reading order (order and rank: in the right order)."""

    @abstractmethod
    def samples(self, key: Any) -> tuple[Sample, ...]:
        """A best, a wrong, a blank and an invalid response, with the fraction each must score; wrong scores below best."""

    # -- shared by the kinds ---------------------------------------------------------------------------------------

    def _check_own_key(self, key: Any) -> None:
        """What check_key checks for this kind beyond the feedback."""

    def _own_feedback(self, options: Iterable[Option]) -> dict[str, str]:
        """The feedback written beside the options. Raises KeyMismatch where one has none, or the question is graded."""
        if self.graded:
            raise KeyMismatch(self.id, "a graded question carries no key; it is in the instructor's notebook")
        found: dict[str, str] = {}
        for option in options:
            if option.feedback is None:
                raise KeyMismatch(self.id, f"option {option.id} has no feedback")
            found[option.id] = option.feedback
        return found

    def _own_rationale(self) -> str:
        if self.rationale is None:
            raise KeyMismatch(self.id, "the question has no rationale")
        return self.rationale

    def _bad(self, value: object, expected: str) -> ResponseError:
        return ResponseError(self.id, shortened(value), expected)

    def _ids(self, raw: object, among: Sequence[str], expected: str) -> list[str]:
        """The ids a response lists, as given: all of them among ``among``, none twice. Raises ResponseError otherwise."""
        ids = listed(raw)
        if ids is None or len(set(ids)) != len(ids) or not set(ids) <= set(among):
            raise self._bad(raw, expected)
        return ids

    def _full_order(self, raw: object, among: Sequence[str]) -> list[str] | None:
        """A complete order of ``among``, or None if nothing was answered. Raises ResponseError if one is missing or doubled."""
        expected = f"every one of {', '.join(among)}, once each, in your order"
        ids = self._ids(raw, among, expected)
        if ids and len(ids) < len(among):
            raise self._bad(raw, expected)
        return ids or None

    def _check_order(self, name: str, order: Sequence[str], listed_as: Sequence[str]) -> None:
        """Raise KeyMismatch unless ``order`` holds every id once and is not simply the order in which the options are listed."""
        if sorted(order) != sorted(listed_as):
            raise KeyMismatch(self.id, f"'{name}' must hold each of {', '.join(listed_as)} once; it holds {', '.join(order)}")
        if list(order) == list(listed_as):
            # The static page shows the options as they are listed: in that order they would give the answer away.
            raise KeyMismatch(self.id, f"the options are listed in the order of '{name}', which gives it away; list them in another")

    def _not_attempted(self, rule: str) -> Score:
        return Score(outcome=Outcome.NOT_ATTEMPTED, fraction=0.0 if self.scored else None, marks={}, rule=rule, summary="Not answered yet.")

    def _explanation(
        self,
        score: Score,
        key: Key,
        labels: Mapping[str, str],
        chosen: Iterable[str],
        notes: Mapping[str, str] | None = None,
        rationale: str | None = None,
    ) -> Explanation:
        """An explanation with one entry per option id in ``labels``, in that order.

        ``notes`` are sentences put before an option's feedback (its right place, say); ``rationale`` replaces the key's.
        """
        picked, said = set(chosen), notes or {}
        return Explanation(
            outcome=score.outcome,
            fraction=score.fraction,
            summary=score.summary,
            rule=score.rule,
            rationale=rationale or key.rationale,
            items=tuple(
                ItemFeedback(
                    id=id,
                    label=label,
                    chosen=id in picked,
                    mark=score.marks.get(id, Mark.NONE),
                    feedback=f"{said[id]} {key.feedback[id]}" if id in said else key.feedback[id],
                )
                for id, label in labels.items()
            ),
        )


# --- scoring ----------------------------------------------------------------------------------------------------------


def outcome_of(fraction: float) -> Outcome:
    """RIGHT at 1, WRONG at 0, PARTLY between."""
    if fraction >= 1:
        return Outcome.RIGHT
    return Outcome.WRONG if fraction <= 0 else Outcome.PARTLY


# --- reading responses ------------------------------------------------------------------------------------------------


def listed(raw: object) -> list[str] | None:
    """Ids from a list or from plain text (separated by spaces, commas or ``>``; capitals count as small letters).

    Returns None if it is neither or too long; [] if empty.
    """
    if raw is None:
        return []
    if type(raw) is str:
        return raw.lower().replace(",", " ").replace(">", " ").split() if len(raw) <= MAX_TEXT else None
    if (type(raw) is list or type(raw) is tuple) and len(raw) <= MAX_ENTRIES and all(type(entry) is str for entry in raw):
        return list(raw)
    return None


def assigned(raw: object) -> Mapping[str, object] | None:
    """What is assigned to which id, from a mapping or from plain text (``a=3 b=1``, also with commas).

    Returns None if it is neither, too long, or assigns twice; {} if empty. An id with nothing assigned (null) is left out.
    """
    if type(raw) is dict:
        if len(raw) > MAX_ENTRIES or not all(type(id) is str for id in raw):
            return None
        return {id: given for id, given in raw.items() if given is not None}
    if raw is not None and type(raw) is not str:
        return None
    # "a = 3" is what people write; the spaces must not split it.
    words = listed(raw if raw is None or len(raw) > MAX_TEXT else "=".join(part.strip() for part in raw.split("=")))
    if words is None:
        return None
    pairs = [word.split("=") for word in words]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        return None
    found = dict(pairs)
    return found if len(found) == len(pairs) else None


def written(raw: object) -> str | None:
    """A text without the space around it, "" if blank. None if it is no text, too long, or holds what cannot be stored.

    NUL and lone surrogates cannot be written as UTF-8 text that every reader of the record accepts.
    """
    if raw is None:
        return ""
    if type(raw) is not str:
        return None
    text = raw.strip()
    if len(text) > MAX_TEXT or any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        return None
    return text


class _Shortened:
    """Stands for a value in an error message, with a short ``repr``."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def __repr__(self) -> str:
        return self._shown


def shortened(value: Any) -> object:
    """The value itself if it is small and plain, else something with a short ``repr``.

    A response can be huge, endless or hostile; printing it in a message must be neither slow nor an error of its own.
    """
    if value is None or type(value) is bool or (type(value) is str and len(value) <= MAX_TEXT):
        return value
    if type(value) in (list, tuple, dict, set) and len(value) > MAX_ENTRIES:
        return _Shortened(f"a {type(value).__name__} of {len(value)} entries")
    try:
        return _Shortened(reprlib.repr(value))
    except Exception:
        return _Shortened(f"<{type(value).__name__}>")


def _held(model: Model, names: frozenset[str]) -> set[str]:
    """Which of the named fields were given, in the model or in the models it holds."""
    found: set[str] = set()
    for name in model.model_fields_set:
        value = getattr(model, name)
        if name in names and value is not None:
            found.add(name)
        elif isinstance(value, tuple):
            for part in value:
                if isinstance(part, Model):
                    found |= _held(part, names)
    return found
