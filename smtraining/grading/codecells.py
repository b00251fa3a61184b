"""Exercises with code cells of the instructor's own: which need it, and running the cells of one submission in a sandbox.

The notebook gets the outputs that ``nbgrader autograde`` would give it, so that nbgrader's own rule gives the same points. What is
different: a test counts as run only if it came back as it was sent, and if nothing that it relies on was replaced before.
"""

from __future__ import annotations

import ast
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict
from nbgrader.preprocessors import LimitOutput

from smtraining.errors import CellsEnded, CellsTooLong
from smtraining.grading.cells import is_grading_cell
from smtraining.grading.isolation import Flag
from smtraining.grading.restoring import Master, Say
from smtraining.grading.sandbox import Reply, Sandbox

OWN_MODULES = ("smtraining", "smtraining.lesson")

ERRORS: dict[str, Flag] = {
    "MemoryError": Flag.MEMORY,
    "_ArrayMemoryError": Flag.MEMORY,
    "ArrayMemoryError": Flag.MEMORY,
    "BlockingIOError": Flag.PROCESSES,
}
"""Errors that mean a limit was met, by name."""

WORDS: tuple[tuple[str, Flag], ...] = (
    ("can't start new thread", Flag.PROCESSES),
    ("No space left on device", Flag.FILES),
    ("File too large", Flag.FILES),
)
"""Words of errors that mean a limit was met."""

REACHES_BEHIND = re.compile(
    r"\b(_getframe|currentframe|get_objects|get_referrers|ctypes|settrace|setprofile|ast_transformers|input_transformers\w*"
    r"|(?:pre|post)_run_cell|_exit|fork|__builtins__)\b"
)
"""Names that no exercise of data work needs, and that reach behind the cells: a test after one of them proves nothing."""


@dataclass(frozen=True, slots=True)
class Ran:
    """The names of the cells that ran, and what an instructor should know."""

    names: frozenset[str] = frozenset()
    flags: tuple[Flag, ...] = ()


def imports(masters: Iterable[Master]) -> tuple[str, ...]:
    """The modules that the instructor's own cells import: loaded once for the whole class."""
    found: set[str] = set()
    for master in masters:
        for cell in master.cells.values():
            if cell.cell_type == "code":
                found |= _imported(cell.source)
    if "smtraining" in found:
        found |= set(OWN_MODULES)
    return tuple(sorted(found))


def _imported(source: str) -> set[str]:
    try:
        tree = ast.parse("\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))))
    except SyntaxError:
        return set()
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return found | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module and not node.level}


def run(nb: NotebookNode, files: Mapping[str, bytes], sandbox: Sandbox, say: Say) -> Ran:
    """Run the code cells of a restored notebook and put their outputs into it. Never raises on what the code does."""
    names: set[str] = set()
    flags: list[Flag] = []
    doubts: list[str] = []

    def flag(which: Flag, sentence: str) -> None:
        flags.append(which)
        say(f"{which.value.upper()}: {sentence}")

    number = 0
    try:
        with sandbox.submission(files) as job:
            for cell in nb.cells:
                if cell.cell_type != "code" or is_grading_cell(cell) or not cell.source.strip():
                    continue
                number += 1
                own = cell.metadata.get("nbgrader", {})
                name, test = own.get("grade_id"), bool(own.get("grade") and not own.get("solution"))
                label = f"cell '{name}'" if name else f"code cell {number}"
                if not own.get("locked") and (found := REACHES_BEHIND.search(cell.source)):
                    doubts.append(f"{label} uses {found[0]}")
                reply = job.run(cell.source, test=test)
                cell.execution_count = number
                cell.outputs = [_output(output, number) for output in reply.outputs]
                doubts += [f"code before {label} has replaced {what}" for what in reply.replaced]
                _limits(cell, reply, label, flag)
                if name and not (test and doubts):
                    names.add(name)
    except CellsTooLong:
        flag(Flag.TIME, f"{label} did not stop in time; it was stopped, and nothing after it ran.")
    except CellsEnded as error:
        flag(Flag.ENDED, f"{error} at code cell {number}; nothing after it ran.")
    for doubt in dict.fromkeys(doubts):
        flag(Flag.TAMPERED, f"{doubt}: the tests after it wait for you.")
    nb.metadata["language_info"] = _LANGUAGE
    LimitOutput().preprocess(nb, {})
    return Ran(frozenset(names), tuple(dict.fromkeys(flags)))


def files_of(folder: Path) -> dict[str, bytes]:
    """The files beside the notebook that its code may read, by relative name."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb":
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def _limits(cell: NotebookNode, reply: Reply, label: str, flag: Any) -> None:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if reply.interrupted:
        cell.outputs.append(_error("CellTimeoutError", "No reply from kernel before timeout"))
        flag(Flag.TIME, f"{label} took too long and was interrupted.")
    if reply.cut:
        flag(Flag.OUTPUT, f"{label} showed more than is kept.")
    for error in errors:
        which = ERRORS.get(error.ename) or next((found for words, found in WORDS if words in error.evalue), None)
        if which:
            flag(which, f"{label} ended in {error.ename}: {error.evalue[:200]}")


def _output(told: Any, number: int) -> NotebookNode:
    """An output in nbformat's shape, made from what came out of the sandbox. Raises CellsEnded if it is none."""
    made: dict[str, Any]
    try:
        match told["output_type"]:
            case "stream":
                made = {"output_type": "stream", "name": "stderr" if told["name"] == "stderr" else "stdout", "text": _text(told["text"])}
            case "error":
                return _error(_text(told["ename"]), _text(told["evalue"]), [_text(line) for line in told["traceback"]])
            case "execute_result" | "display_data" as kind:
                made = {"output_type": kind, "data": dict(told["data"]), "metadata": dict(told["metadata"])}
                if kind == "execute_result":
                    made["execution_count"] = number
            case _:
                raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CellsEnded("something came back that is not what a cell shows") from error
    node: NotebookNode = from_dict(made)  # type: ignore[no-untyped-call]
    return node


def _error(name: str, value: str, lines: list[str] | None = None) -> NotebookNode:
    made = {"output_type": "error", "ename": name, "evalue": value, "traceback": lines or [f"{name}: {value}"]}
    node: NotebookNode = from_dict(made)  # type: ignore[no-untyped-call]
    return node


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


_LANGUAGE = {
    "name": "python",
    "version": platform.python_version(),
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}
"""What a Python kernel says of itself in a notebook that it has run."""
