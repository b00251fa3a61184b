"""Written answers, read from the autograded notebooks and made safe to show.

What a student wrote is Markdown from a stranger. Autograding has made it harmless for Formgrader (:mod:`~smtraining.grading.defusing`), and
this page does not rely on that. It is parsed by mistune (the parser that nbconvert uses) into a tree, and the tree is cut down to a few
kinds of nodes that carry text and nothing else: no tag, no attribute, no address. A page builds its elements from these nodes and puts text
in as text, so there is no HTML in between that could be wrong. HTML in an answer is shown as the characters it is made of; a link shows
where it leads and is no link; a picture is told by its description and never loaded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mistune

from smtraining import bank as banks
from smtraining.errors import SmtrainingError
from smtraining.grading.answers import CAPTURED, MAX_NOTEBOOK
from smtraining.grading.drafts import HandedIn
from smtraining.grading.policynodes import policy_nodes
from smtraining.grading.scoring import marks_policy
from smtraining.policy.draft import read_draft

LONGEST_FORMATTED = 20_000
"""Characters up to which Markdown is laid out; a longer answer is shown as it was typed, because hostile text could keep a parser busy."""

LONGEST_SHOWN = 200_000
"""Characters of an answer that are shown at all."""

DEEPEST = 12
"""Levels of nodes within nodes that are kept; what lies deeper becomes text."""

Node = dict[str, Any]
"""``{"t": kind}`` with ``"text"`` or ``"c"`` (children): p, h, li, ul, ol, quote, pre, code, strong, em, br, hr, text."""

_PARENTS = {
    "paragraph": "p",
    "block_text": "p",
    "heading": "h",
    "list_item": "li",
    "block_quote": "quote",
    "strong": "strong",
    "emphasis": "em",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A student's answer as the autograded notebook holds it. ``remarks`` are sentences for the marker; ``there``: the cell was found.

    ``policy`` is the handed-in policy, where that is what the task's rubric is about: plain JSON of the draft.
    """

    text: str
    there: bool
    remarks: tuple[str, ...] = ()
    policy: Mapping[str, Any] | None = None

    @property
    def digest(self) -> str:
        """The first 16 hex digits of SHA-256 over the text: tells whether a mark was given for this version.

        Backslashes do not count: autograding puts them before what could act in a page, and may know more of that one day.
        """
        text = self.text.replace("\\", "") + (json.dumps(self.policy, sort_keys=True) if self.policy else "")
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def words(self) -> int:
        """The number of words."""
        return len(self.text.split())


class Answers:
    """The answers of an assignment, read when they are asked for. ``folder`` holds ``student/assignment/notebook.ipynb``."""

    def __init__(self, folder: Path, assignment: str) -> None:
        self._folder, self._assignment = folder, assignment
        self._read: dict[Path, tuple[tuple[int, int], dict[str, Answer]]] = {}

    def of(self, student: str, notebook: str, task: str) -> Answer:
        """The answer to a task. Never raises on what the file holds: what is wrong with it is in the remarks."""
        path = self._folder / student / self._assignment / f"{notebook}.ipynb"
        try:
            found = path.stat()
            version = (found.st_mtime_ns, found.st_size)
        except OSError:
            return Answer("", False, ("There is no autograded notebook. Autograde this assignment first.",))
        known = self._read.get(path)
        if known is None or known[0] != version:
            known = (version, _in_notebook(path, found.st_size))
            self._read[path] = known
        if "" in known[1]:
            return known[1][""]
        return known[1].get(task, Answer("", False, (f"The notebook holds no cell {task}. Autograde it again.",)))


def shown(text: str) -> list[Node]:
    """A text as nodes that are safe to show (see the module). Text that mistune cannot read comes back as it was typed."""
    cut = text[:LONGEST_SHOWN]
    if len(cut) > LONGEST_FORMATTED:
        return [{"t": "pre", "text": cut}]
    try:
        parsed = mistune.create_markdown(renderer=None)(cut)
    except Exception:  # a parser that fails on hostile text must not keep the marker from reading it
        return [{"t": "pre", "text": cut}]
    found = _nodes(parsed if isinstance(parsed, list) else [], 0)
    return found or [{"t": "pre", "text": cut}]  # Markdown that lays out to nothing (a lone reference) is still something they wrote


def policy_shown(answer: Answer) -> list[Node]:
    """The handed-in policy as nodes, for a task whose rubric is about it; empty for all others."""
    return policy_nodes(read_draft(answer.policy), banks.load()) if answer.policy else []


# -- private ---------------------------------------------------------------------------------------------------------


def _in_notebook(path: Path, size: int) -> dict[str, Answer]:
    """Grade id -> answer. The key "" holds what is wrong with the whole file."""
    if path.is_symlink() or size > MAX_NOTEBOOK:
        return {"": Answer("", False, ("The autograded notebook is a link or too large, and was not read.",))}
    try:
        notebook = json.loads(path.read_bytes())
        bank, policy = banks.load(), _policy(notebook)
        found: dict[str, Answer] = {}
        for cell in notebook["cells"]:
            name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
            if isinstance(name, str) and name:
                source = cell.get("source", "")
                text = "".join(source) if isinstance(source, list) else str(source)
                its_policy = policy if policy and marks_policy(name, bank) else None
                found[name] = Answer(text, True, tuple(_remarks(text, cell)), its_policy)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, SmtrainingError) as error:
        return {"": Answer("", False, (f"The autograded notebook cannot be read ({type(error).__name__}). Autograde it again.",))}
    return found


def _policy(notebook: Mapping[str, Any]) -> Mapping[str, Any] | None:
    stored = notebook.get("metadata", {}).get(CAPTURED, {}).get("policy") or {}
    draft = HandedIn.from_metadata(stored).draft if stored else None
    return draft.to_json() if draft else None


def _remarks(text: str, cell: Mapping[str, Any]) -> Iterable[str]:
    pictures = cell.get("attachments")
    if isinstance(pictures, dict) and pictures:
        yield f"Pictures came with this answer ({len(pictures)}). They are not shown here; open the student's notebook to see them."
    if len(text) > LONGEST_SHOWN:
        yield f"This answer has {len(text):,} characters. The first {LONGEST_SHOWN:,} are shown."
    elif len(text) > LONGEST_FORMATTED:
        yield "This answer is very long, so it is shown as it was typed."


def _nodes(tokens: Iterable[Any], depth: int) -> list[Node]:
    found: list[Node] = []
    for token in tokens:
        found += _node(token, depth)
    return found


def _node(token: Mapping[str, Any], depth: int) -> list[Node]:
    kind, children = token.get("type"), token.get("children", [])
    if depth > DEEPEST:
        return [{"t": "text", "text": _words(token)}]
    match kind:
        case "blank_line":
            return []
        case "linebreak" | "softbreak":
            return [{"t": "br"}]
        case "thematic_break":
            return [{"t": "hr"}]
        case "codespan":
            return [{"t": "code", "text": str(token.get("raw", ""))}]
        case "block_code":
            return [{"t": "pre", "text": str(token.get("raw", "")).rstrip("\n")}]
        case "block_html":
            return [{"t": "pre", "text": str(token.get("raw", "")).rstrip("\n")}]
        case "list":
            ordered = bool(token.get("attrs", {}).get("ordered"))
            return [{"t": "ol" if ordered else "ul", "c": _nodes(children, depth + 1)}]
        case "link":
            url = str(token.get("attrs", {}).get("url", ""))
            words = _nodes(children, depth + 1)
            return [*words, {"t": "text", "text": f" (link: {url})"}]
        case "image":
            return [{"t": "text", "text": f"[picture: {_words(token).strip() or 'without a description'}]"}]
    if kind in _PARENTS:
        return [{"t": _PARENTS[kind], "c": _nodes(children, depth + 1)}]
    return [{"t": "text", "text": _words(token)}]  # text, HTML inside a line, and whatever a later mistune may add


def _words(token: Mapping[str, Any]) -> str:
    if "raw" in token:
        return str(token["raw"])
    return "".join(_words(child) for child in token.get("children", []))
