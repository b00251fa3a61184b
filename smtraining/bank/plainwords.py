"""A validation error in the words of somebody who edits a content file: what is wrong, where, what is allowed, what to do next."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from smtraining.models import Id

Loc = tuple[str | int, ...]

_QUOTED = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect of one entry: ``loc`` is where in the entry (keys and positions that exist in it), then the words."""

    loc: Loc
    message: str
    next_step: str


def findings(error: ValidationError, entry_type: Any, data: Any) -> Iterator[Finding]:
    """Every error of one entry, translated. ``entry_type`` is the annotation that was validated, ``data`` what it was given."""
    raws = error.errors(include_url=False)
    for raw in raws:
        loc = _existing(raw["loc"], data)
        if raw["type"] == "too_short" and any(_inside(other["loc"], raw["loc"]) for other in raws):
            continue  # only the entries that are wrong are missing, and they are reported themselves
        if raw["type"] == "missing":
            name = raw["loc"][-1]
            yield Finding(loc, *_missing(name, _where(loc, data)))
        elif raw["type"] == "extra_forbidden":
            owner = _model_at(entry_type, loc[:-1], data)
            yield Finding(loc, *_extra(str(loc[-1]), _where(loc[:-1], data), owner))
        else:
            yield Finding(loc, *_wrong(raw, _subject(loc, data)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or lists them all where none is near: a sentence for the next step."""
    options = list(known)
    near = difflib.get_close_matches(word, options, n=2, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(repr(n) for n in near)}?"
    return f"Use one of: {', '.join(options)}." if options else ""


def shown(value: object) -> str:
    """A value as it may stand in a message: JSON, at most 60 characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


# -- where -----------------------------------------------------------------------------------------------------------


def _existing(loc: Loc, data: Any) -> Loc:
    """The parts of a location that exist in the data: the validator also names union members and dictionary keys."""
    found: list[str | int] = []
    for part in loc:
        inside = (isinstance(data, dict) and part in data) or (isinstance(data, list) and isinstance(part, int) and part < len(data))
        if inside:
            data = data[part]
            found.append(part)
    return tuple(found)


def _inside(loc: Loc, outer: Loc) -> bool:
    return len(loc) > len(outer) and loc[: len(outer)] == outer


def _steps(loc: Loc, data: Any) -> list[str]:
    steps = []
    for part in loc:
        data = data[part]
        if isinstance(part, int):
            own = data.get("id") if isinstance(data, dict) else None
            steps.append(str(own) if isinstance(own, str) else f"entry {part + 1}")
        else:
            steps.append(part)
    return steps


def _where(loc: Loc, data: Any) -> str:
    steps = _steps(loc, data)
    return f" in {' > '.join(steps)}" if steps else ""


def _subject(loc: Loc, data: Any) -> str:
    if not loc:
        return "This entry"
    steps = _steps(loc, data)
    if isinstance(loc[-1], int):
        return " > ".join(steps).capitalize() if len(steps) == 1 else " > ".join(steps)
    return f"'{steps[-1]}'{_where(loc[:-1], data)}"


def _model_at(annotation: Any, loc: Loc, data: Any) -> type[BaseModel] | None:
    """The model that describes the place ``loc``, found by walking the annotations beside the data."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _model_at(get_args(annotation)[0], loc, data)
    if origin in (Union, UnionType):
        members = [m for m in get_args(annotation) if m is not NoneType]
        kind = data.get("kind") if isinstance(data, dict) else None
        named = [m for m in members if kind is not None and kind in _kinds(m)]
        return _model_at((named or members)[0], loc, data)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not loc:
            return annotation
        field = annotation.model_fields.get(str(loc[0]))
        return _model_at(field.annotation, loc[1:], data[loc[0]]) if field else None
    if loc and get_args(annotation):
        inner = get_args(annotation)[1 if origin is dict else 0]
        return _model_at(inner, loc[1:], data[loc[0]])
    return None


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """What the field ``kind`` of a model may say; nothing if it has none."""
    field = getattr(annotation, "model_fields", {}).get("kind")
    return get_args(field.annotation) if field else ()


# -- what ------------------------------------------------------------------------------------------------------------


def _missing(name: str | int, where: str) -> tuple[str, str]:
    if isinstance(name, int):
        return f"The value number {name + 1} is missing{where}.", "Add it to the list."
    return f"The field '{name}' is missing{where}.", f"Add a line '{name}: ...'."


def _extra(name: str, where: str, owner: type[BaseModel] | None) -> tuple[str, str]:
    return f"'{name}' is not a field{where or ' of this entry'}.", did_you_mean(name, owner.model_fields if owner else ())


_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping ('name: value' lines)",
    "model_type": "a mapping ('field: value' lines)",
    "model_attributes_type": "a mapping ('field: value' lines)",
}


def _wrong(raw: Any, subject: str) -> tuple[str, str]:
    kind, value, context = raw["type"], raw["input"], raw.get("ctx", {})
    if kind in _TYPES:
        return _wrong_type(kind, value, subject)
    if kind in ("literal_error", "enum"):
        return f"{subject} is {shown(value)}, which is not allowed.", did_you_mean(str(value), _QUOTED.findall(context["expected"]))
    if kind == "union_tag_invalid":
        return f"There is no kind of question called '{context['tag']}'.", did_you_mean(
            context["tag"], _QUOTED.findall(context["expected_tags"])
        )
    if kind == "union_tag_not_found":
        return "The field 'kind' is missing.", "Add a line 'kind: ...', for example 'kind: single'."
    if kind == "string_pattern_mismatch":
        return _wrong_pattern(value, context["pattern"], subject)
    if kind == "string_too_short":
        return f"{subject} is empty.", "Write its text."
    if kind == "string_too_long":
        return f"{subject} has more than {context['max_length']} characters.", "Shorten it."
    if kind == "too_short":
        return f"{subject} has {_count(context['actual_length'])}; at least {context['min_length']} needed.", "Add what is missing."
    if kind == "too_long":
        return f"{subject} has more than {_count(context['max_length'])}.", "Take some out."
    if kind in ("greater_than_equal", "less_than_equal"):
        limit = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
        return f"{subject} is {shown(value)}; it must be {limit}.", "Change the number."
    if kind.startswith("date"):
        return f"{subject} is {shown(value)}, which is not a date.", "Write year-month-day, for example 2026-11-01."
    if kind in ("value_error", "assertion_error"):
        return f"{subject}: {context['error']}.", "Change the entry so that this holds."
    return f"{subject} is {shown(value)}: {raw['msg']}.", "Compare it with an entry that works."


def _count(number: int) -> str:
    return f"{number} entr{'y' if number == 1 else 'ies'}"


def _wrong_type(kind: str, value: object, subject: str) -> tuple[str, str]:
    if value is None:
        return f"{subject} is empty.", f"Write {_TYPES[kind]} after the colon, or take the line out."
    message = f"{subject} is {shown(value)}; it must be {_TYPES[kind]}."
    if kind == "string_type" and isinstance(value, (bool, int, float)):
        return message, f'Put it in quotes: "{shown(value)}".'
    if kind == "string_type":
        return message, "If the text holds ': ' or starts with '[' or '{', put it in double quotes."
    if kind.startswith("bool"):
        return message, "Write true or false, without quotes."
    if kind == "tuple_type":
        return message, "Write each entry on a line of its own, starting with '- '."
    return message, "Change the value."


def _wrong_pattern(value: object, pattern: str, subject: str) -> tuple[str, str]:
    if pattern == get_args(Id)[1].pattern:
        return (
            f"{subject} is {shown(value)}, which is not an id.",
            "Use small letters, digits, hyphens and dots only, for example 'm03-q01'.",
        )
    return f"{subject} is {shown(value)}, which does not have the form needed.", f"It must match {pattern}."
