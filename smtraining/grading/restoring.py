"""A submitted notebook put back to what its master says, without the gradebook at hand.

The two ways of autograding meet here: the steps in nbgrader's lists (:mod:`smtraining.grading.preprocessors`) and the workers that grade a
whole class (:mod:`smtraining.grading.submission`). Nothing of a student's cell is believed but its id.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.nbgraderformat import SCHEMA_VERSION, MetadataValidator, SchemaTooNewError, SchemaTooOldError, ValidationError

from smtraining import bank as banks
from smtraining.bank import Bank
from smtraining.errors import GradingError
from smtraining.grading.answers import CAPTURED, MAX_NOTEBOOK, METADATA, collect
from smtraining.grading.cells import is_grading_cell
from smtraining.grading.defusing import defuse

Say = Callable[[str], None]
"""Takes one sentence for the instructor."""


@dataclass(frozen=True, slots=True)
class MasterCell:
    """A cell of the master as the gradebook keeps it. ``kinds`` are those of "grade", "solution" and "task" that it is."""

    name: str
    cell_type: str
    source: str
    locked: bool
    checksum: str
    kinds: frozenset[str]
    points: float | None

    @property
    def flags(self) -> dict[str, Any]:
        """The metadata ``nbgrader`` of this cell in a notebook."""
        found: dict[str, Any] = {kind: kind in self.kinds for kind in ("grade", "solution", "task")}
        found |= {"grade_id": self.name, "locked": self.locked, "checksum": self.checksum, "cell_type": self.cell_type}
        return found | {"schema_version": SCHEMA_VERSION} | ({} if self.points is None else {"points": self.points})

    @property
    def needs_kernel(self) -> bool:
        """Whether this is a code exercise: a graded or solution code cell that is not one of our grading cells."""
        return needs_kernel({"cell_type": self.cell_type, "source": self.source, "metadata": {"nbgrader": self.flags}})

    @property
    def asks_for_policy(self) -> bool:
        """Whether a part of the handed-in policy is scored here."""
        return "grade_policy(" in self.source and {"grade"} <= self.kinds and "solution" not in self.kinds


@dataclass(frozen=True, slots=True)
class Master:
    """One notebook of an assignment. Plain data, so that it can be sent to another process."""

    name: str
    kernelspec: dict[str, Any] | None
    cells: Mapping[str, MasterCell]

    @classmethod
    def of(cls, notebook: Any) -> Master:
        """From nbgrader's ``Notebook``, while its gradebook is open."""
        points = {cell.name: float(cell.max_score) for cell in (*notebook.grade_cells, *notebook.task_cells)}
        named = {kind: {cell.name for cell in getattr(notebook, f"{kind}_cells")} for kind in ("grade", "solution", "task")}
        cells = {
            c.name: MasterCell(
                name=c.name,
                cell_type=c.cell_type,
                source=c.source,
                locked=c.locked,
                checksum=c.checksum,
                kinds=frozenset(kind for kind, names in named.items() if c.name in names),
                points=points.get(c.name),
            )
            for c in notebook.source_cells
        }
        return cls(notebook.name, json.loads(notebook.kernelspec) if notebook.kernelspec else None, cells)


def check(master: Master) -> None:
    """Raise GradingError unless nbgrader accepts the flags of every cell.

    Once for a class: :func:`restore` gives the cells of every submission these flags and these types, and leaves no others.
    """
    cells = [{"cell_type": c.cell_type, "source": c.source, "metadata": {"nbgrader": c.flags}} for c in master.cells.values()]
    notebook = from_dict({"cells": cells})  # type: ignore[no-untyped-call]
    try:
        MetadataValidator().validate_nb(notebook)
    except (ValidationError, SchemaTooOldError, SchemaTooNewError) as error:
        raise GradingError(
            f"The gradebook's cells of {master.name} are not what nbgrader accepts: {error}. Mend the master notebook, then run "
            "nbgrader generate_assignment --force."
        ) from error


def needs_kernel(cell: Mapping[str, Any]) -> bool:
    """Whether a cell of a master, or a restored one, is a code exercise of the instructor's own."""
    flags = cell["metadata"].get("nbgrader", {})
    return bool(cell["cell_type"] == "code" and (flags.get("grade") or flags.get("solution")) and not is_grading_cell(cell))


def refuse(path: Path) -> None:
    """Raise GradingError if what was handed in is no notebook of its own: a link would show the work of somebody else as this student's."""
    if path.is_symlink():
        raise GradingError(f"{path} is a link to another file, not a notebook that was handed in. Ask for the file itself.")
    if not path.is_file():
        raise GradingError(f"{path.name} is not a file.")
    if path.stat().st_size > MAX_NOTEBOOK:
        raise GradingError(
            f"{path.name} is larger than {MAX_NOTEBOOK // 1_000_000} megabytes. Ask for the notebook with its outputs cleared."
        )


def capture(nb: NotebookNode, folder: Path, name: str, say: Say, bank: Bank | None = None) -> None:
    """Put the answers, checked, into ``metadata.smtraining_answers`` and take all other metadata away.

    ``bank``: the content, if it is at hand. Raises GradingError for a notebook that is refused (see :func:`refuse`).
    """
    refuse(folder / name)
    answers = collect(nb, folder, bank or banks.load())
    for remark in answers.remarks:
        say(f"{name}: {remark}")
    nb.metadata = {CAPTURED: answers.to_metadata()}
    for cell in nb.cells:
        # Tags can switch a cell off in the kernel, and other metadata can hide it from the person who grades.
        found = cell.get("metadata")
        cell.metadata = {key: found[key] for key in ("nbgrader", METADATA) if key in found} if isinstance(found, dict) else {}


def restore(nb: NotebookNode, master: Master, missing_note: str | None, say: Say) -> None:
    """Give every cell that the master knows its type, flags, points and (if locked) source; other cells lose their flags.

    Of copies of an answer cell the last one that was written in counts. ``missing_note`` is put before the source of a graded answer cell
    that is missing and comes back (``{cell_id}`` in it is the name); None: missing cells stay away. What the student wrote in Markdown is
    made safe to show (:mod:`smtraining.grading.defusing`). A policy that was captured stays only if the master asks for it: drafts may lie
    beside any notebook.
    """
    policy = nb.metadata.get(CAPTURED, {}).pop("policy", None)
    if policy and any(cell.asks_for_policy for cell in master.cells.values()):
        nb.metadata[CAPTURED]["policy"] = policy
        for remark in policy["remarks"]:
            say(f"{master.name}.ipynb: {remark}")
    chosen = _chosen(nb, master, say)
    for index, cell in enumerate(nb.cells):
        if index not in chosen:
            cell.metadata.pop("nbgrader", None)
            _make_safe(cell)
            continue
        source = master.cells[chosen[index]]
        _retype(cell, source.cell_type)
        cell.metadata.nbgrader = source.flags
        if source.locked:
            cell.source = source.source
        elif cell.source != source.source:
            _make_safe(cell)
    if missing_note is not None:
        for source in master.cells.values():
            if source.points is not None and source.name not in chosen.values():
                say(f"Cell '{source.name}' is missing from the submission; added at the end")
                nb.cells.append(_missing(nb, source, missing_note))


def _chosen(nb: NotebookNode, master: Master, say: Say) -> dict[int, str]:
    """Index of a cell -> name of the master's cell it stands for."""
    copies: defaultdict[str, list[int]] = defaultdict(list)
    for index, cell in enumerate(nb.cells):
        flags = cell.metadata.get("nbgrader")
        name = flags.get("grade_id") if isinstance(flags, dict) else None
        if isinstance(name, str) and name in master.cells:
            copies[name].append(index)
    found = {}
    for name, indices in copies.items():
        if len(indices) > 1:
            say(f"Cell '{name}' exists {len(indices)} times; the last one that was written in counts")
        written = [i for i in indices if nb.cells[i].source.strip() != master.cells[name].source.strip()]
        found[(written or indices)[-1]] = name
    return found


def _make_safe(cell: NotebookNode) -> None:
    if cell.cell_type == "markdown":
        defuse(cell)


def _retype(cell: NotebookNode, cell_type: str) -> None:
    if cell.cell_type == cell_type:
        return
    cell.cell_type = cell_type
    if cell_type == "code":
        cell.pop("attachments", None)
        cell.outputs, cell.execution_count = [], None
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def _missing(nb: NotebookNode, source: MasterCell, missing_note: str) -> NotebookNode:
    note = missing_note.format(cell_id=source.name)
    if source.cell_type == "code":
        cell: NotebookNode = new_code_cell(source.source if source.locked else f"# {note}{source.source}")  # type: ignore[no-untyped-call]
    else:
        cell = new_markdown_cell(source.source if source.locked else note + source.source)  # type: ignore[no-untyped-call]
    if nb.nbformat_minor < 5:
        del cell["id"]
    cell.metadata.nbgrader = source.flags
    return cell
