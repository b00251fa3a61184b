"""The answers in a submission: taken from wherever they were saved, checked, and merged to the newest one per item.

The policy that is handed in travels the same ways (:mod:`smtraining.grading.drafts`) and is taken with them.

A submission is what a stranger handed in. Nothing in it is believed: every source is limited in size, checked against the form of records
and, for each item, against the question itself; a damaged source costs only itself. Nothing here raises on what a submission holds: what
was left out is named in the remarks, with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from smtraining import kinds
from smtraining.bank import Bank
from smtraining.errors import ResponseError
from smtraining.grading import drafts
from smtraining.grading.drafts import HandedIn
from smtraining.responses import FILE_NAME, Answer, Parsed, newest, parse_lines, parse_mapping

MIME = "application/vnd.smtraining.answers+json"
"""The output of ``pack()``."""

METADATA = "smtraining"
"""The notebook metadata in which the page keeps the answers."""

CAPTURED = "smtraining_answers"
"""The notebook metadata in which the first preprocessor of autograding leaves what it took, for the later ones."""

AUDIT = "smtraining_audit"
"""The notebook metadata in which an autograded notebook tells how each score came about."""

MAX_SOURCE = 2_000_000
"""Largest source that is read, in characters (bytes of a file)."""

MAX_NOTEBOOK = 50_000_000
"""Largest notebook file that :func:`in_folder` reads, in bytes."""

MAX_REMARKS = 50

_TYPED = re.compile(
    r"""^(?:[a-z_]{1,20}\.)?answer\([ \t]*(["'])([a-z0-9.-]{1,60})\1[ \t]*,[ \t]*(["'])([^"'\n]{0,2000})\3[ \t]*\)""", re.MULTILINE
)
"""A line ``answer("item", "response")`` of a learner who works without widgets."""


class Source(StrEnum):
    """Where an answer was found."""

    NOTEBOOK = "notebook"
    SIDE_FILE = "side file"
    PACKED = "packed output"
    TYPED = "typed answer(...)"


@dataclass(frozen=True, slots=True)
class Found:
    """The newest answer to an item, as it was found (not yet compared with its question), and where."""

    answer: Answer
    source: Source


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer that is fit to be scored: ``value`` is canonical for its question."""

    value: Any
    revision: int
    time: str
    source: Source


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one submission to the graded questions of the bank.

    ``items`` are fit to be scored; ``spoiled`` maps items that were answered in a form that cannot be read to the reason; ``remarks`` are
    sentences for the instructor. ``damaged``: some source could not be read whole, so that a missing answer may have been there.
    ``policy`` is the handed-in policy.
    """

    items: Mapping[str, Taken] = field(default_factory=dict)
    spoiled: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    damaged: bool = False
    seed: str | None = None
    policy: HandedIn = field(default_factory=HandedIn)

    def to_metadata(self) -> dict[str, Any]:
        """Plain JSON for the notebook's metadata."""
        return {
            "schema": 1,
            "seed": self.seed,
            "answers": {
                item: {"v": t.value, "r": t.revision, "t": t.time, "source": t.source.value} for item, t in sorted(self.items.items())
            },
            "spoiled": dict(sorted(self.spoiled.items())),
            "remarks": list(self.remarks),
            "damaged": self.damaged,
            "policy": self.policy.to_metadata(),
        }

    @classmethod
    def from_metadata(cls, stored: Mapping[str, Any]) -> Answers:
        """What :meth:`to_metadata` wrote. Only for metadata that this package wrote itself."""
        stored = json.loads(json.dumps(stored))  # from nbformat's own kind of dict to plain ones
        taken = {i: Taken(r["v"], r["r"], r["t"], Source(r["source"])) for i, r in stored["answers"].items()}
        policy = HandedIn.from_metadata(stored["policy"]) if "policy" in stored else HandedIn()
        return cls(taken, dict(stored["spoiled"]), tuple(stored["remarks"]), stored["damaged"], stored["seed"], policy)


def collect(notebook: Mapping[str, Any], folder: Path, bank: Bank) -> Answers:
    """The answers in a notebook (as nbformat or json reads it) and in the side file of ``folder``."""
    return _merged([*_in_notebook(notebook), _in_side_file(folder)], bank, _policy([notebook], folder))


def in_folder(folder: Path, bank: Bank) -> Answers:
    """The answers in all notebooks of a folder and in its side file."""
    parts: list[_Part] = []
    notebooks = []
    for path in sorted(folder.glob("*.ipynb")):
        if not path.is_file() or path.is_symlink() or path.stat().st_size > MAX_NOTEBOOK:
            continue
        try:
            notebook = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            parts.append(_Part(Source.NOTEBOOK, Parsed(problems=(f"{path.name} is not a readable notebook",))))
            continue
        notebooks.append(notebook)
        parts += _in_notebook(notebook)
    return _merged([*parts, _in_side_file(folder)], bank, _policy(notebooks, folder))


# -- the sources -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    source: Source
    parsed: Parsed


def _in_notebook(notebook: Any) -> Iterator[_Part]:
    for source, stored in _stored(notebook):
        yield _Part(source, _limited(_without_policy(stored)))
    yield _Part(Source.TYPED, Parsed(answers=_typed(_sources(notebook))))


def _policy(notebooks: list[Any], folder: Path) -> HandedIn:
    held = [(source, stored) for nb in notebooks for source, stored in _stored(nb) if isinstance(stored, Mapping)]
    copies = [copy for source, stored in held for copy in drafts.in_mapping(stored, source.value)]
    profiles = [*(stored.get(drafts.PROFILE) for _, stored in held), drafts.profile_file(folder)]
    name = drafts.chosen(source for nb in notebooks for source in _sources(nb))
    return drafts.handed_in([*copies, *drafts.in_files(folder)], profiles, name)


def _without_policy(stored: Any) -> Any:
    """The policy has limits of its own."""
    if not isinstance(stored, Mapping):
        return stored
    return {name: value for name, value in stored.items() if name not in (drafts.DRAFTS, drafts.PROFILE)}


def _stored(notebook: Any) -> Iterator[tuple[Source, Any]]:
    """What the page and ``pack()`` have put into the notebook."""
    metadata = notebook.get("metadata") if isinstance(notebook, Mapping) else None
    if isinstance(metadata, Mapping) and METADATA in metadata:
        yield Source.NOTEBOOK, metadata[METADATA]
    for packed in _packed(_code(notebook)):
        yield Source.PACKED, packed


def _code(notebook: Any) -> list[Mapping[str, Any]]:
    cells = notebook.get("cells") if isinstance(notebook, Mapping) else None
    return [c for c in cells if isinstance(c, Mapping) and c.get("cell_type") == "code"] if isinstance(cells, list) else []


def _sources(notebook: Any) -> Iterator[str]:
    """The text of each code cell, as far as it is read."""
    for cell in _code(notebook):
        source = cell.get("source")
        text = "".join(s for s in source if isinstance(s, str)) if isinstance(source, list) else source
        if isinstance(text, str):
            yield text[:MAX_SOURCE]


def _packed(code: list[Mapping[str, Any]]) -> Iterator[object]:
    for cell in code:
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            data = output.get("data") if isinstance(output, Mapping) else None
            if isinstance(data, Mapping) and MIME in data:
                yield data[MIME]


def _typed(sources: Iterable[str]) -> dict[str, Answer]:
    """The last ``answer("item", "response")`` for each item. Read from the text; no cell of a learner is run for it."""
    found: dict[str, Answer] = {}
    for text in sources:
        if "answer(" in text:
            for match in _TYPED.finditer(text):
                found[match[2]] = Answer(match[2], 0, "", match[4])
    return found


def _in_side_file(folder: Path) -> _Part:
    path = folder / FILE_NAME
    problem = None
    try:
        if path.is_symlink():
            problem = "is a link to another file and was not read"
        elif not path.exists():
            return _Part(Source.SIDE_FILE, Parsed())
        elif not path.is_file():
            problem = "is not a file"
        elif path.stat().st_size > MAX_SOURCE:
            problem = f"is larger than {MAX_SOURCE:,} bytes and was not read"
        else:
            return _Part(Source.SIDE_FILE, parse_lines(path.read_bytes()))
    except OSError as error:
        problem = f"could not be read ({error.strerror})"
    return _Part(Source.SIDE_FILE, Parsed(problems=(f"{FILE_NAME} {problem}",)))


def _limited(stored: object) -> Parsed:
    try:
        text = json.dumps(stored, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return Parsed(problems=("the stored answers are not plain JSON",))
    if len(text) > MAX_SOURCE:
        return Parsed(problems=(f"the stored answers are larger than {MAX_SOURCE:,} characters and were not read",))
    return parse_mapping(json.loads(text))  # nbformat's own kind of dict has turned back into plain ones


# -- merging and checking --------------------------------------------------------------------------------------------


def _merged(parts: list[_Part], bank: Bank, policy: HandedIn) -> Answers:
    found: dict[str, Found] = {}
    remarks: list[str] = []
    for part in sorted(parts, key=lambda p: p.source is Source.TYPED):  # typed answers carry no revision: only where nothing else is
        remarks += [f"{part.source}: {problem}" for problem in part.parsed.problems]
        for item, answer in part.parsed.answers.items():
            known = found.get(item)
            if known is None or (part.source is not Source.TYPED and newest(known.answer, answer) is not known.answer):
                found[item] = Found(answer, part.source)
    damaged = bool(remarks)
    taken: dict[str, Taken] = {}
    spoiled: dict[str, str] = {}
    for item, one in sorted(found.items()):
        question = bank.questions.get(item)
        if question is None:
            if item not in bank.vignettes:
                remarks.append(f"{one.source}: {item} is not an item of this content; dropped")
            continue
        if not question.graded:
            continue
        try:
            value = kinds.parse(question, one.answer.value)
        except ResponseError as error:
            spoiled[item] = str(error)
            remarks.append(f"{one.source}: {error}")
            continue
        if value is not None:
            taken[item] = Taken(value, one.answer.revision, one.answer.time, one.source)
    seed = next((p.parsed.seed for p in parts if p.parsed.seed), None)
    if len(remarks) > MAX_REMARKS:
        remarks = [*remarks[:MAX_REMARKS], f"… and {len(remarks) - MAX_REMARKS} more"]
    return Answers(taken, spoiled, tuple(remarks), damaged, seed, policy)
