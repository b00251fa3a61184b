"""An answer to a question taken apart into single choices, and everything that could have been chosen, with the key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smtraining.kinds.base import Key, Question
from smtraining.models import SPAN

PLACED = ("order", "rank", "rate")
"""Kinds whose answer gives each thing a place or a grade: looked at by their spread (:mod:`smtraining.analysis.judgement`)."""

PART_LABELS = {"action": "What to do", "reason": "Why"}


def chosen(question: Question, value: Any) -> Iterator[tuple[str, str]]:
    """The (part, choice) of a canonical value; nothing for None. Places in an order count from 1."""
    match question.kind:
        case _ if value is None:
            return
        case "single":
            yield "", value
        case "multiple" | "spot":
            yield from (("", id) for id in value)
        case "order" | "rank":
            yield from ((id, str(place)) for place, id in enumerate(value, 1))
        case "pair" | "match" | "rate":
            yield from ((part, str(choice)) for part, choice in value.items() if choice is not None)


def offered(question: Question, key: Key | None) -> Iterator[tuple[str, str, str, bool | None]]:
    """(part, choice, words, whether it is what the key says) for everything that can be chosen; None where there is no key."""
    view = question.view()
    right = None if key is None else set(chosen(question, _best(question, key)))

    def entry(part: str, choice: str, text: str) -> tuple[str, str, str, bool | None]:
        return part, choice, text, None if right is None else (part, choice) in right

    match question.kind:
        case "single" | "multiple" | "spot":
            yield from (entry("", o["id"], plain(o["text"])) for o in view["spans" if question.kind == "spot" else "options"])
        case "pair":
            yield from (entry(part, o["id"], plain(o["text"])) for part in ("action", "reason") for o in view[f"{part}s"])
        case "match":
            yield from (entry(e["id"], c["id"], plain(c["text"])) for e in view["entries"] for c in view["categories"])
        case "order" | "rank":
            parts = view["entries" if question.kind == "order" else "options"]
            yield from (entry(p["id"], str(n), f"place {n}") for p in parts for n in range(1, len(parts) + 1))
        case "rate":
            yield from (entry(r["id"], str(n), plain(w)) for r in view["responses"] for n, w in enumerate(view["scale"], 1))


def parts(question: Question) -> dict[str, str]:
    """The words of each part; {"": ""} for a question that is one."""
    view = question.view()
    match question.kind:
        case "pair":
            return PART_LABELS
        case "match" | "order" | "rank" | "rate":
            name = {"match": "entries", "order": "entries", "rank": "options", "rate": "responses"}[question.kind]
            return {entry["id"]: plain(entry["text"]) for entry in view[name]}
        case _:
            return {"": ""}


def plain(text: str) -> str:
    """Text without the marks of the content."""
    return " ".join(SPAN.sub(r"\2", text).replace("*", "").split())


def _best(question: Question, key: Key) -> Any:
    """The answer that earns everything, as the kind's own sample has it."""
    best = next(sample for sample in question.samples(key) if sample.name == "best")
    return question.parse(best.raw)
