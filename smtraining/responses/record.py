"""The form in which answers are kept, and how two copies of them are merged.

One answer is one :class:`Answer`; of two answers to the same item the one with the higher revision is the newer, then the later time.
The side file holds one JSON object a line (``parse_lines``), the notebook's metadata one mapping (``parse_mapping``). Reading never
raises on hostile or damaged data: what cannot be read is named in ``problems`` and left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1
"""Version of the stored form. A higher number in a file means that a newer smtraining wrote it: it is never overwritten."""

MAX_VALUE = 20_000
"""Largest JSON text of one answer's value, in characters."""

MAX_ANSWERS = 5_000
"""Most answers read from one source."""

_ITEM = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_SEED = re.compile(r"[0-9a-f]{4,32}")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the item's id, its revision (1, 2, …), the UTC time, the value, whether feedback was asked for, and how often."""

    item: str
    revision: int
    time: str
    value: Any
    done: bool = False
    checks: int = 0

    def to_record(self) -> dict[str, Any]:
        """The record as the page and the notebook's metadata hold it (the item's id is the mapping's key there)."""
        return {"r": self.revision, "t": self.time, "v": self.value, "done": self.done, "n": self.checks}

    def to_line(self) -> str:
        """The line of the side file, without the newline."""
        return json.dumps({"i": self.item, **self.to_record()}, ensure_ascii=False, separators=(",", ":"))

    @property
    def order(self) -> tuple[int, str, str]:
        """Sorts answers to one item from old to new; the last part only makes the order total, so that merging is commutative."""
        return (self.revision, self.time, json.dumps([self.value, self.done, self.checks], sort_keys=True))


@dataclass(frozen=True, slots=True)
class Parsed:
    """What could be read from one source: the newest answer for each item, the shuffle seed, and what could not be read.

    ``newer_schema`` is set if a newer version wrote the source; then nothing was read from it.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    seed: str | None = None
    problems: tuple[str, ...] = ()
    newer_schema: bool = False


def newest(a: Answer, b: Answer) -> Answer:
    """The newer of two answers to the same item."""
    return a if a.order >= b.order else b


def merge(*sources: Mapping[str, Answer]) -> dict[str, Answer]:
    """The newest answer for each item over all sources; independent of their order."""
    merged: dict[str, Answer] = {}
    for source in sources:
        for item, answer in source.items():
            merged[item] = newest(merged[item], answer) if item in merged else answer
    return merged


def read_record(item: object, record: object) -> Answer:
    """An answer from its record. Raises ValueError with a sentence that says what is wrong."""
    if not isinstance(item, str) or len(item) > 60 or not _ITEM.fullmatch(item):
        raise ValueError(f"{str(item)[:60]!r} is not an item id")
    if not isinstance(record, Mapping):
        raise ValueError(f"{item}: the record is not a mapping")
    r, t, done, checks = record.get("r"), record.get("t"), record.get("done", False), record.get("n", 0)
    if type(r) is not int or not 1 <= r <= 10**9:
        raise ValueError(f"{item}: the revision is not a number from 1")
    if not isinstance(t, str) or not _TIME.fullmatch(t):
        raise ValueError(f"{item}: the time is not of the form 2026-01-31T10:02:00Z")
    if type(done) is not bool or type(checks) is not int or not 0 <= checks <= 10**6:
        raise ValueError(f"{item}: 'done' or 'n' is not valid")
    value = record.get("v")
    try:
        size = len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise ValueError(f"{item}: the value is not plain JSON") from None
    if size > MAX_VALUE:
        raise ValueError(f"{item}: the value is longer than {MAX_VALUE} characters")
    return Answer(item=item, revision=r, time=t, value=value, done=done, checks=checks)


def parse_mapping(stored: object) -> Parsed:
    """Read ``metadata.smtraining`` (or the packed output, or a downloaded file): ``{"schema", "seed", "answers": {item: record}}``."""
    if stored is None:
        return Parsed()
    if not isinstance(stored, Mapping):
        return Parsed(problems=("the stored answers are not a mapping",))
    schema = stored.get("schema")
    if type(schema) is not int:
        return Parsed(problems=("the stored answers have no schema number",))
    if schema > SCHEMA:
        return Parsed(problems=(f"a newer version wrote the answers (schema {schema}; this one reads {SCHEMA})",), newer_schema=True)
    records = stored.get("answers", {})
    if not isinstance(records, Mapping):
        return Parsed(problems=("'answers' is not a mapping",))
    return _collect(list(records.items())[: MAX_ANSWERS + 1], stored.get("seed"))


def parse_lines(content: bytes) -> Parsed:
    """Read a side file. A last line without a newline is a write that a crash cut short: it is left out and named."""
    problems: list[str] = []
    lines = content.split(b"\n")
    if lines and lines[-1]:
        problems.append(f"line {len(lines)}: cut short in mid-write")
    seed: object = None
    records: list[tuple[object, object]] = []
    for number, line in enumerate(lines[:-1], start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError):
            problems.append(f"line {number}: not readable")
            continue
        if not isinstance(entry, dict):
            problems.append(f"line {number}: not a record")
        elif entry.get("smtraining") == "answers":
            schema = entry.get("schema")
            if type(schema) is int and schema > SCHEMA:
                return Parsed(
                    problems=(f"a newer version wrote the answers (schema {schema}; this one reads {SCHEMA})",), newer_schema=True
                )
            seed = seed or entry.get("seed")
        else:
            records.append((entry.get("i"), entry))
    parsed = _collect(records[: MAX_ANSWERS * 20], seed)
    return Parsed(parsed.answers, parsed.seed, (*problems, *parsed.problems))


def _collect(records: Iterable[tuple[object, object]], seed: object) -> Parsed:
    answers: dict[str, Answer] = {}
    problems: list[str] = []
    for item, record in records:
        try:
            answer = read_record(item, record)
        except ValueError as error:
            problems.append(str(error))
            continue
        if answer.item not in answers and len(answers) >= MAX_ANSWERS:
            problems.append(f"more than {MAX_ANSWERS} items: the rest was not read")
            break
        answers[answer.item] = newest(answers[answer.item], answer) if answer.item in answers else answer
    good_seed = seed if isinstance(seed, str) and _SEED.fullmatch(seed) else None
    return Parsed(answers, good_seed, tuple(problems))
