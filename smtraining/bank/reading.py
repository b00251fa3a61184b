"""From YAML files to a bank: read everything, collect every problem, raise once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from smtraining.bank import checks, compiled, yamlfile
from smtraining.bank.contentfile import LISTS, SINGULAR, adapters, entry_type
from smtraining.bank.loading import content_files
from smtraining.bank.plainwords import did_you_mean, findings, shown
from smtraining.bank.store import Bank, Place
from smtraining.errors import ContentError, Problem


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list as it was written: not validated yet."""

    list: str
    data: Any
    place: Place

    @property
    def id(self) -> str | None:
        id = self.data.get("id") if isinstance(self.data, dict) else None
        return id if isinstance(id, str) else None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What some folders hold: entries, problems met, and ids that stand in files that could not be parsed."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    declared: frozenset[str] = frozenset()

    def content(self) -> dict[str, list[Any]]:
        """The entries as they were written, by list."""
        return {name: [entry.data for entry in self.entries if entry.list == name] for name in LISTS}


def gather(folders: Iterable[Path]) -> Gathered:
    """Every entry of every file below the folders, not validated; each id may stand once."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    declared: set[str] = set()
    for folder in folders:
        if not folder.is_dir():
            problems.append(Problem(str(folder), None, None, "There is no such folder of content.", "Check the path."))
            continue
        for path in content_files(folder):
            document = yamlfile.parse(path, _name(path, folder))
            declared |= document.declared
            own, defects = _entries(document)
            entries += own
            problems += [_with_id(problem, own) for problem in (*document.problems, *defects)]
    return Gathered(*_without_duplicates(entries, problems), frozenset(declared))


def from_compiled(path: Path) -> Gathered:
    """The entries of a compiled file, for laying an overlay over them. Raises ContentError if it cannot be read."""
    if compiled.read(path) is None:
        raise compiled.missing(path)
    content = json.loads(path.read_bytes())["content"]
    return Gathered(tuple(Entry(name, data, Place()) for name, items in content.items() for data in items))


def overlaid(base: Gathered, overlay: Gathered) -> Gathered:
    """``base`` with the entries of ``overlay`` added, or put in the place of those with the same id."""
    new = {entry.id: entry for entry in overlay.entries if entry.id}
    problems = [*base.problems, *overlay.problems]
    merged = []
    for entry in base.entries:
        other = new.pop(entry.id, entry) if entry.id else entry
        if other.list != entry.list:
            message = f"The id is that of a {SINGULAR[entry.list]} ({entry.place.file}); a {SINGULAR[other.list]} cannot replace it."
            problems.append(Problem(other.place.file, other.place.line("id"), other.id, message, "Choose another id."))
        merged.append(other)
    merged += [entry for entry in overlay.entries if not entry.id or entry.id in new]
    return Gathered(tuple(merged), tuple(problems), base.declared | overlay.declared)


def assemble(gathered: Gathered) -> Bank:
    """Validate and cross-check the entries. Raises ContentError with every problem found."""
    held: dict[str, dict[str, Any]] = {name: {} for name in LISTS}
    places: dict[str, Place] = {}
    problems = list(gathered.problems)
    unread = set(gathered.declared)
    validators = adapters()
    for entry in gathered.entries:
        try:
            # Strict JSON rules: what passes here passes the JSON Schema in an editor, and the other way round.
            model = validators[entry.list].validate_json(json.dumps(entry.data), strict=True)
        except ValidationError as error:
            unread |= {entry.id} if entry.id else set()
            for found in findings(error, entry_type(entry.list), entry.data):
                problems.append(Problem(entry.place.file, entry.place.line(*found.loc), entry.id, found.message, found.next_step))
        else:
            held[entry.list][model.id] = model
            places[model.id] = entry.place
    bank = Bank(**{name: MappingProxyType(entries) for name, entries in held.items()}, places=MappingProxyType(places))
    problems += checks.problems(bank, frozenset(unread))
    if problems:
        raise ContentError(sorted(set(problems), key=lambda p: (p.file, p.line or 0, p.id or "", p.message)))
    return bank


def _entries(document: yamlfile.Document) -> tuple[list[Entry], list[Problem]]:
    entries: list[Entry] = []
    problems: list[Problem] = []

    def problem(line: int | None, message: str, next_step: str) -> None:
        problems.append(Problem(document.file, line, None, message, next_step))

    lines: defaultdict[yamlfile.Loc, dict[yamlfile.Loc, int]] = defaultdict(dict)
    for path, line in document.lines.items():
        lines[path[:2]][path[2:]] = line
    data = {} if document.data is None else document.data
    if not isinstance(data, dict):
        message = f"A content file is a mapping of lists, and this one holds {shown(data)}."
        problem(document.lines.get(()), message, f"Start it with the name of a list and a colon: {', '.join(LISTS)}.")
        return [], problems
    for name, items in data.items():
        at = document.lines.get((name,))
        if name not in LISTS:
            problem(at, f"'{name}' is not a list of content.", did_you_mean(name, LISTS))
        elif items is not None and not isinstance(items, list):
            problem(at, f"'{name}' must be a list, and it holds {shown(items)}.", "Start each entry on a line of its own with '- '.")
        else:
            entries += [Entry(name, item, Place(document.file, lines[name, n])) for n, item in enumerate(items or ())]
    return entries, problems


def _with_id(problem: Problem, entries: list[Entry]) -> Problem:
    """The problem with the id of the entry it stands in, where it does not say so itself."""
    if problem.id or problem.line is None:
        return problem
    above = [entry for entry in entries if (entry.place.line() or 0) <= problem.line]
    return replace(problem, id=max(above, key=lambda e: e.place.line() or 0).id) if above else problem


def _without_duplicates(entries: list[Entry], problems: list[Problem]) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    first: dict[str, Entry] = {}
    kept: list[Entry] = []
    for entry in entries:
        if entry.id is None or entry.id not in first:
            kept.append(entry)
            if entry.id is not None:
                first[entry.id] = entry
            continue
        other = first[entry.id].place
        message = f"The id stands twice; it is also in {other.file}:{other.line('id')}."
        problems.append(Problem(entry.place.file, entry.place.line("id"), entry.id, message, "Give one of the two another id."))
    return tuple(kept), tuple(problems)


def _name(path: Path, folder: Path) -> str:
    """The file as a person would call it: relative to where they stand, or to the folder that holds the content folder."""
    absolute = path.resolve()
    for start in (Path.cwd(), folder.resolve().parent):
        if absolute.is_relative_to(start):
            return absolute.relative_to(start).as_posix()
    return str(absolute)
