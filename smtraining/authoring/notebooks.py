"""The lesson notebooks: a lint of their anatomy, and stored outputs that are the same on every machine.

A lesson reads as prose. Its code cells are one line each and hidden, and their stored outputs are the static version of what the line
shows, so that the lesson can be read on a code-hosting site, on paper and without a kernel.
"""

from __future__ import annotations

import ast
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from smtraining.authoring import reading
from smtraining.authoring.rules_curriculum import trademark_in
from smtraining.bank import OVERLAY_VARIABLE, Bank
from smtraining.errors import ContentError, Problem

_nbformat: Any = nbformat  # its functions have no types

STORED = ("text/html", "text/plain")
"""The output types that are stored: what can be read without a kernel."""

MAX_READING = 700
"""About two screens: the most words of reading between two things to do."""

CALLS: Mapping[str, tuple[str, ...]] = {
    "quiz": ("quizzes",),
    "vignette": ("vignettes",),
    "artifact": ("artifacts",),
    "exercise": ("exercises",),
    "answer": ("questions", "vignettes"),
    "sources": ("modules",),
    "progress": (),
    "my_policy": (),
    "switchboard": (),
    "policy_builder": (),
    "policy_check": (),
    "pack": (),
}
"""What a lesson may call, and the lists of the bank in which the first argument is an id (none: there is no argument)."""

_HEADING = re.compile(r"^(#{1,6})\s+\S", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_UNSTORABLE = (
    ("a model id of a widget", re.compile(r"model_id|IPY_MODEL_")),
    ("an address in memory", re.compile(r"\bat 0x[0-9a-f]{6,}")),
    ("a path of one machine", re.compile(r"(?<![\w.:/])/(?:home|Users|root|tmp|var|work)/\w|\b[A-Z]:\\\\Users")),
)


def markdown(path: Path) -> list[str]:
    """The sources of the Markdown cells of a notebook, in order. Raises ContentError if it cannot be read."""
    return [cell.source for cell in _read(path).cells if cell.cell_type == "markdown"]


def lint(path: Path, bank: Bank) -> list[Problem]:
    """Everything that is wrong with a lesson notebook."""
    try:
        notebook = _read(path)
    except ContentError as error:
        return list(error.problems)
    checker = _Checker(_name(path), bank)
    checker.notebook(notebook)
    return checker.problems


def refreshed(path: Path) -> str:
    """The notebook run in an empty folder, in the form it is stored. The same content gives the same text.

    Nobody's answers and no overlay get into it. Raises ContentError if a cell fails or prints.
    """
    notebook = _read(path)
    with tempfile.TemporaryDirectory() as folder:
        return stored_form(_execute(notebook, Path(folder), _name(path)))


def stored_form(notebook: Any) -> str:
    """The notebook as it is stored: outputs as HTML and text only, cells counted, no widget state, keys in order, a final newline."""
    notebook = _nbformat.from_dict(notebook)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    runs = 0
    for number, cell in enumerate(notebook.cells, start=1):
        cell.setdefault("id", f"cell-{number:02d}")
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            runs += 1
            cell.execution_count = runs  # nbval takes an output without a count for one that was never run
            cell.outputs = [_nbformat.v4.new_output("display_data", data=shown) for o in cell.outputs if (shown := _storable(o))]
    return str(_nbformat.v4.writes_json(notebook)).rstrip("\n") + "\n"


def _storable(output: Any) -> dict[str, str]:
    data = output.get("data", {})
    return {mime: data[mime] for mime in STORED if mime in data}


def _read(path: Path) -> Any:
    """The notebook as it stands in the file. nbformat's own reader gives cells without an id, or with a doubled one, a random id."""
    try:
        notebook = _nbformat.from_dict(json.loads(path.read_text(encoding="utf-8")))
        errors = [str(error.message) for error in _nbformat.validator.iter_validate(notebook)]
    except (OSError, ValueError, AttributeError, TypeError) as error:
        errors = [str(error).splitlines()[0]]
    if errors:
        message = f"The file is not a notebook: {errors[0]}."
        raise ContentError([Problem(_name(path), None, None, message, "Restore it from an earlier version.")])
    for cell in notebook.cells:
        for holder in (cell, *cell.get("outputs", ())):
            _join_lines(holder)
    return notebook


def _join_lines(holder: Any) -> None:
    """Texts are stored as lists of lines; here they become texts."""
    for texts in (holder, holder.get("data", {})):
        for name, value in texts.items():
            if name in ("source", "text", *STORED) and isinstance(value, list):
                texts[name] = "".join(value)


def _execute(notebook: Any, folder: Path, name: str) -> Any:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    environment = {key: value for key, value in os.environ.items() if key != OVERLAY_VARIABLE}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        number, cell = next(
            (n, c) for n, c in enumerate(notebook.cells, start=1) if any(o.output_type == "error" for o in c.get("outputs", ()))
        )
        message = f"It fails: {error.ename}: {error.evalue}."
        raise ContentError([Problem(f"{name}, cell {number}", None, cell.get("id"), message, "Run the cell and look.")]) from None
    printed = [
        Problem(f"{name}, cell {number}", None, cell.get("id"), f"It prints to {output.name}.", "A lesson shows; it does not print.")
        for number, cell in enumerate(notebook.cells, start=1)
        for output in cell.get("outputs", ())
        if output.output_type == "stream"
    ]
    if printed:
        raise ContentError(printed)
    return notebook


def _name(path: Path) -> str:
    """The notebook as messages call it: with its folder."""
    return f"{path.parent.name}/{path.name}"


@dataclass
class _Checker:
    name: str
    bank: Bank
    problems: list[Problem] = field(default_factory=list)
    without_preview: list[int] = field(default_factory=list)
    runs: int = 0

    def notebook(self, notebook: Any) -> None:
        self._frame(notebook)
        level, words = 0, 0
        for number, cell in enumerate(notebook.cells, start=1):
            if cell.cell_type == "code":
                words = 0
                self._code(number, cell)
                continue
            level = self._headings(number, cell, level)
            words = self._reading(number, cell, words)
            if name := trademark_in(cell.source):
                self._problem(number, cell, f"The text names a real platform: '{name}'.", "Use an invented one.")

        if self.without_preview:
            cells = ", ".join(map(str, self.without_preview))
            self._problem(None, None, f"Without a stored preview: cell {cells}.", "Run: smtraining notebooks")

    def _problem(self, number: int | None, cell: Any, message: str, next_step: str) -> None:
        where = self.name if number is None else f"{self.name}, cell {number}"
        self.problems.append(Problem(where, None, cell.get("id") if cell else None, message, next_step))

    def _frame(self, notebook: Any) -> None:
        if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
            self._problem(None, None, "The kernel is not 'python3', which every installation has.", "Run: smtraining notebooks")
        for part in ("widgets", "smtraining"):
            if part in notebook.metadata:
                self._problem(None, None, f"The notebook carries '{part}' in its metadata.", "Run: smtraining notebooks")
        if not notebook.cells or notebook.cells[0].cell_type != "markdown" or not notebook.cells[0].source.startswith("# "):
            self._problem(1, None, "The notebook does not start with a title.", "Start the first Markdown cell with '# '.")
        ids = [cell.get("id") for cell in notebook.cells]
        for id in sorted({id for id in ids if id and ids.count(id) > 1}):
            self._problem(ids.index(id) + 1, {"id": id}, "Two cells have this id.", "Give one another id.")

    # -- Markdown ------------------------------------------------------------------------------------------------

    def _headings(self, number: int, cell: Any, level: int) -> int:
        for found in _HEADING.finditer(_FENCED.sub("", cell.source)):
            next_level = len(found[1])
            if next_level > level + 1 and level:
                self._problem(number, cell, f"A heading of level {next_level} follows one of level {level}.", "Do not skip a level.")
            if next_level == 1 and level > 0:
                self._problem(number, cell, "There is a second title.", "Use '## ' for sections.")
            level = next_level
        return level

    def _reading(self, number: int, cell: Any, words: int) -> int:
        words += len(reading.words(cell.source))
        if words > MAX_READING:
            self._problem(number, cell, f"Here are {words} words of reading with nothing to do.", "Put a page in between, or cut.")
            return 0
        return words

    # -- code ----------------------------------------------------------------------------------------------------

    def _code(self, number: int, cell: Any) -> None:
        if not cell.metadata.get("jupyter", {}).get("source_hidden"):
            self._problem(
                number, cell, "The code of the cell is not hidden.", "Set 'source_hidden' under 'jupyter' in the cell's metadata."
            )
        for message, next_step in _call_problems(cell.source, self.bank):
            self._problem(number, cell, message, next_step)
        self._outputs(number, cell)

    def _outputs(self, number: int, cell: Any) -> None:
        run = "Run: smtraining notebooks"
        self.runs += 1
        if cell.outputs and cell.execution_count != self.runs:
            self._problem(number, cell, "The cells were not run in order.", run)
        if not any("text/html" in output.get("data", {}) for output in cell.outputs):
            self.without_preview.append(number)
        for output in cell.outputs:
            if output.output_type != "display_data":
                self._problem(number, cell, f"The cell has an output of type '{output.output_type}'.", run)
            for mime, shown in output.get("data", {}).items():
                if mime not in STORED:
                    self._problem(number, cell, f"The output holds '{mime}', which only a running kernel can show.", run)
                for what, pattern in _UNSTORABLE:
                    if pattern.search(str(shown)):
                        self._problem(number, cell, f"The output holds {what}.", run)


def _call_problems(source: str, bank: Bank) -> Iterator[tuple[str, str]]:
    """What is wrong with the one line of a code cell."""
    example = 'Write: import smtraining as smt; smt.quiz("m03-check")'
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        yield "The cell is not valid Python.", example
        return
    imported = statements and ast.unparse(statements[0]) == "import smtraining as smt"
    last = statements[-1] if len(statements) == 2 else None
    call = last.value if isinstance(last, ast.Expr) else None
    if "\n" in source.strip() or not imported or not isinstance(call, ast.Call) or not ast.unparse(call.func).startswith("smt."):
        yield "The cell is not one line that calls smtraining.", example
        return
    name = ast.unparse(call.func).removeprefix("smt.")
    if name not in CALLS:
        yield f"smtraining offers no '{name}'.", f"Use one of: {', '.join(CALLS)}."
    elif CALLS[name]:
        yield from _id_problems(name, call.args, bank)


def _id_problems(name: str, arguments: Iterable[ast.expr], bank: Bank) -> Iterator[tuple[str, str]]:
    known = [id for held in CALLS[name] for id in getattr(bank, held)]
    first = next(iter(arguments), None)
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        yield f"smt.{name} needs an id in quotes.", f'Write: smt.{name}("{known[0] if known else "id"}")'
    elif first.value not in known:
        yield f"There is no {name} with the id '{first.value}'.", f"Use one of: {', '.join(known)}."
