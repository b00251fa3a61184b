"""A handed-in policy as nodes for the marking page (:mod:`smtraining.grading.written`): text and structure, and nothing that could act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smtraining.bank import Bank
from smtraining.policy.draft import Draft
from smtraining.policy.outline import Block, Contents, Facts, Form, Grid, Heading, Text, Title, outline

Node = dict[str, Any]


def policy_nodes(draft: Draft, bank: Bank) -> list[Node]:
    """The document of a draft from its title to the elements that are not in it, without the table of contents."""
    return [node for block in outline(draft, bank) for node in _nodes(block)]


def _nodes(block: Block) -> Iterator[Node]:
    match block:
        case Title(title, agency):
            yield _node("h", _words(f"{title}, {agency}" if agency else title))
        case Heading(text=text):
            yield _node("h", _words(text))
        case Text(text=text):
            yield from _paragraphs(text)
        case Facts():
            if block.line:
                yield _node("p", _node("em", _words(block.line)))
        case Form(caption, _, rows):
            yield _node("p", _node("strong", _words(caption)))
            yield _node(
                "ul", *(_node("li", _node("strong", _words(f"{row.label}: ")), *_lines(row.text or "not filled in")) for row in rows)
            )
        case Grid(caption, _, rows):
            yield _node("p", _node("strong", _words(caption)))
            yield _node("ul", *(_node("li", *_lines("; ".join(cell for cell in row if cell))) for row in rows))
        case Contents():
            return


def _paragraphs(text: str) -> Iterator[Node]:
    for part in text.split("\n\n"):
        if part.strip():
            yield _node("p", *_lines(part.strip()))


def _lines(text: str) -> Iterator[Node]:
    for number, line in enumerate(text.split("\n")):
        if number:
            yield {"t": "br"}
        yield _words(line)


def _words(text: str) -> Node:
    return {"t": "text", "text": text}


def _node(kind: str, *children: Node) -> Node:
    return {"t": kind, "c": list(children)}
