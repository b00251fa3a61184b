"""One autograded notebook scored with the key and the content of today, and compared with what stands in the gradebook."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode, from_dict

from smtraining import kinds
from smtraining.bank import Bank
from smtraining.errors import GradingError, ResponseError, UnknownId
from smtraining.grading.answers import AUDIT, CAPTURED, Answers
from smtraining.grading.marking import Mark, Marks, mark
from smtraining.grading.restoring import MasterCell, Say

SAME = 0.005
"""Points that differ by less are shown as the same."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one cell: its automatic score in the gradebook before, the mark it would get now, and why.

    ``old`` and ``new`` are records of how the score came about (docs/grading.md); ``old`` is empty if there is none. ``manual``: the score
    given by hand, which stays. ``shown``: the cell as it will stand in the autograded notebook; let go once that is written.
    """

    cell: str
    before: float | None
    after: Mark
    manual: float | None
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    reasons: tuple[str, ...]
    shown: NotebookNode | None

    @property
    def item(self) -> str:
        return str(self.new.get("item") or self.old.get("item") or self.cell)

    @property
    def counts(self) -> bool:
        """Whether the automatic score changes."""
        return not same(self.before, self.after.points)


def changes(path: Path, notebook: Any, ours: Mapping[str, MasterCell], bank: Bank, note: Say) -> Iterator[Change]:
    """What becomes of the cells of an autograded notebook, in the order of their names; those without any change are left out.

    ``notebook`` is nbgrader's ``SubmittedNotebook``; ``ours``: name -> each of our cells, as the gradebook has it; ``note`` takes sentences
    for the instructor. Raises GradingError if the autograded notebook is not there or does not hold the answers.
    """
    try:
        nb: NotebookNode = nbformat.read(path, 4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise GradingError(f"There is no autograded notebook that can be read ({path.name}). Autograde first.") from error
    if CAPTURED not in nb.metadata:
        raise GradingError("It was autograded without this configuration, so the answers are not at hand. Autograde again with --force.")
    old = {record.get("cell", record["item"]): dict(record) for record in nb.metadata.get(AUDIT, {}).get("items", ())}
    marks, shown, said = _scored(nb, notebook, ours, bank)
    new = {record["cell"]: record for record in marks.items}
    for grade in sorted(notebook.grades, key=lambda grade: str(grade.name)):
        name = grade.name
        if name not in new:
            if name in shown and marks.marks[name].points is None:  # a key that does not fit takes no score away
                note(f"{next((s for s in said if s.startswith(f'{name}: ')), name)} Its scores stay as they are.")
            continue
        before, after = old.get(name, {}), new[name]
        reasons = _reasons(before, after, grade.auto_score, marks.marks[name])
        if reasons:
            yield Change(name, grade.auto_score, marks.marks[name], grade.manual_score, before, after, reasons, shown[name])


def _scored(
    nb: NotebookNode, notebook: Any, ours: Mapping[str, MasterCell], bank: Bank
) -> tuple[Marks, dict[str, NotebookNode], list[str]]:
    """The marks of our own cells by the sources of today, these cells as they look then, and what was said. ``nb`` stays as it is."""
    said: list[str] = []
    cells = []
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in ours:
            metadata = {**cell.metadata, "nbgrader": ours[name].flags}
            cells.append(from_dict({**cell, "source": ours[name].source, "metadata": metadata}))  # type: ignore[no-untyped-call]
    answers = _fitting(Answers.from_metadata(nb.metadata[CAPTURED]), bank)
    part: NotebookNode = from_dict({"cells": cells, "metadata": {CAPTURED: answers.to_metadata()}})  # type: ignore[no-untyped-call]
    points = {grade.name: float(grade.max_score) for grade in notebook.grades}
    marks = mark(part, points, (), said.append, bank=bank)
    return marks, {cell.metadata.nbgrader.grade_id: cell for cell in part.cells}, said


def _fitting(answers: Answers, bank: Bank) -> Answers:
    """The stored answers by the content of today: one that is no answer to its question any more cannot be read."""
    items, spoiled = dict(answers.items), dict(answers.spoiled)
    for item, taken in answers.items.items():
        try:
            value = kinds.parse(bank.question(item), taken.value)
        except UnknownId:
            continue
        except ResponseError as error:
            spoiled[item] = str(error)
            del items[item]
            continue
        items[item] = dataclasses.replace(taken, value=value)
    return dataclasses.replace(answers, items=items, spoiled=spoiled)


def _reasons(old: Mapping[str, Any], new: Mapping[str, Any], stored: float | None, mark: Mark) -> tuple[str, ...]:
    """Why this is not as it was, in words; () if it is."""
    found = []
    if old:
        if old.get("key") != new.get("key"):
            found.append(f"key {old.get('key')} → {new.get('key')}")
        if old.get("content") != new.get("content"):
            found.append(f"question {old.get('content')} → {new.get('content')}")
        if old.get("rule") != new.get("rule"):
            found.append("another rule")
        if not same(old.get("points"), new.get("points")):
            found.append(f"worth {old.get('points'):g} → {new.get('points'):g}")
        if old.get("trouble") != new.get("trouble"):
            found.append("the answer can be read now" if not new.get("trouble") else "the answer does not fit the question any more")
    elif not same(stored, mark.points):
        found.append("there is no record of how it was scored")
    if not found and not same(stored, mark.points):
        edited = same(old.get("earned"), new.get("earned"))
        found.append("the gradebook held another score than its record" if edited else "another version of the program")
    return tuple(found)


def same(one: Any, other: Any) -> bool:
    """Whether two numbers of points (or None) are shown as the same."""
    if one is None or other is None:
        return one is other
    return abs(float(one) - float(other)) < SAME
