"""One YAML file as plain data, with the line of everything in it.

Scalars are read as an editor with a JSON Schema reads them (YAML 1.2): only ``true`` and ``false`` are booleans, only decimal numbers are
numbers; ``no``, ``on``, ``2026-11-01``, ``12:30`` and ``017`` stay text. A mapping that has a key twice is an error, not a silent loss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from smtraining.errors import Problem

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_ID_LINE = re.compile(r"^([ \t-]*)id:[ \t]*[\"']?([a-z0-9][a-z0-9.-]*)", re.MULTILINE)
_DECLARED = re.compile(r"(?:^[ \t-]*|[{,][ \t]*)id:[ \t]*[\"']?([a-z0-9][a-z0-9.-]*)", re.MULTILINE)

Loc = tuple[str | int, ...]
"""Where something stands in a file: mapping keys and list positions from the top."""

_QUOTE_IT = "in double quotes, or write it as a block with '|'."

_SYNTAX = {
    # a part of the parser's message: (what it means, what to do)
    "cannot start any token": (
        "a character that cannot start a value",
        "Put the text in double quotes, or indent with spaces, not tabs.",
    ),
    "mapping values are not allowed": ("a second ': ' in one line", f"Put text that holds ': ' {_QUOTE_IT}"),
    "did not find expected key": (
        "a line that is neither a new field nor part of the text above",
        "Check the indentation and that every quote is closed.",
    ),
    "did not find expected '-'": ("a line in a list that does not start with '- '", "Check the indentation of this list."),
    "could not find expected ':'": (
        "a line without ': ' where a field should stand",
        "Indent the line under the text it belongs to, or write 'field: value'.",
    ),
    "quoted scalar": ("a quote that is never closed", "Close the quote, or write the text as a block with '|'."),
    "expected a single document": (
        "a line '---' that starts a second document",
        "Remove the '---': a file is one mapping of lists.",
    ),
    "undefined alias": ("a word that starts with '*'", f"Put text that starts with '*' {_QUOTE_IT}"),
    "an alias": ("a word that starts with '*'", f"Put text that starts with '*' {_QUOTE_IT}"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: ``data`` (dicts, lists, str, int, float, bool, None), the 1-based ``lines`` of every path, and the problems met.

    ``declared`` are the ids that stand in the text of a file that could not be parsed, so that others may refer to them.
    """

    file: str
    data: Any
    lines: dict[Loc, int]
    problems: tuple[Problem, ...] = ()
    declared: frozenset[str] = frozenset()


def parse(path: Path, file: str) -> Document:
    """Read ``path``; ``file`` is its name in messages. Never raises for what the file holds: see ``problems``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(file, None, None, f"The file cannot be read: {error}.", "Save it as UTF-8 text in a readable folder.")
        return Document(file, None, {}, (problem,))
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        return Document(file, None, {}, (_syntax_problem(error, file, text),), frozenset(_DECLARED.findall(text)))
    builder = _Builder(file)
    data = builder.build(node, ()) if node is not None else {}
    return Document(file, data, builder.lines, tuple(builder.problems))


def _syntax_problem(error: yaml.YAMLError, file: str, text: str) -> Problem:
    said = " ".join(str(error).split())
    opened = "quoted scalar" in said  # then the context is where the quote was opened, and the problem is where the file ended
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    mark = next((m for m in (reversed(marks) if opened else marks) if m), None)
    line = mark.line + 1 if mark else None
    id = _entry_above("\n".join(text.splitlines()[:line]))
    for fragment, (meaning, advice) in _SYNTAX.items():
        if fragment in said:
            return Problem(file, line, id, f"The file is not valid YAML: here, or just above, is {meaning}.", advice)
    detail = getattr(error, "problem", None) or said
    return Problem(file, line, id, f"The file is not valid YAML: {detail}.", "Check this line and the one above it.")


def _entry_above(text: str) -> str | None:
    """The id of the last entry that a text begins: of the id lines, those that are indented least speak of entries."""
    found = [(len(match[1]), match[2]) for match in _ID_LINE.finditer(text)]
    least = min((indent for indent, _ in found), default=0)
    return next((id for indent, id in reversed(found) if indent == least), None)


class _Builder:
    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Loc, int] = {}
        self.problems: list[Problem] = []
        self._open: set[int] = set()

    def build(self, node: yaml.Node, path: Loc) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._open:
            self._problem(node, "An alias refers to the entry it stands in.", "Write the text out instead.")
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return dict(self._pairs(node, path))
            if isinstance(node, yaml.SequenceNode):
                return [self.build(child, (*path, number)) for number, child in enumerate(node.value)]
            return self._scalar(node) if isinstance(node, yaml.ScalarNode) else None
        finally:
            self._open.discard(id(node))

    def _pairs(self, node: yaml.MappingNode, path: Loc) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(key_node, "A field name must be one word.", "Put text that starts with '{' or '[' in double quotes.")
                continue
            key = key_node.value
            if key in seen:
                message = f"The field '{key}' stands twice in one entry, first in line {seen[key]}."
                self._problem(key_node, message, "Keep one of them, or start the second entry with '- '.")
                continue
            seen[key] = line
            self.lines[(*path, key)] = line
            yield key, self.build(value_node, (*path, key))

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        if node.style or node.tag == "tag:yaml.org,2002:str":
            return text
        if not node.tag.startswith("tag:yaml.org,2002:"):
            self._problem(node, f"The tag '{node.tag}' is not known here.", "Put text that starts with '!' in double quotes.")
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _DECIMAL.fullmatch(text) else text

    def _problem(self, node: yaml.Node, message: str, next_step: str) -> None:
        self.problems.append(Problem(self.file, node.start_mark.line + 1, None, message, next_step))
