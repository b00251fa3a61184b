"""The policy as a Markdown file (CommonMark with tables), for a wiki, a repository or any editor.

Texts are escaped so that they read the same in every viewer, and comments of the form ``<!-- smt:pe-14 -->`` behind the headings name what
follows them; viewers hide them, and :func:`read_text` finds each text by them again. Where an editor has dropped the comments, the number
and the words of a heading do.
"""

from __future__ import annotations

import re
from pathlib import Path

from smtraining.bank import Bank
from smtraining.policy.draft import Draft
from smtraining.policy.marks import paragraphs
from smtraining.policy.outline import BLANK, NOT_WRITTEN, Block, Contents, Facts, Form, Grid, Heading, Row, Text, Title, outline
from smtraining.policy.saving import write_new

ANCHOR = re.compile(r"(?<!\\)<!-- smt:([a-z0-9.-]+) -->")
"""An anchor: the key of the text that follows."""

FACTS = "facts"
"""The anchor behind the line with the owner and the review date of a clause."""

_SPECIAL = re.compile(r"([\\`<\[\]|]|(?<!\w)_|_(?!\w)|&(?=#?\w+;))")


def to_markdown(draft: Draft, bank: Bank) -> str:
    """The document of a draft as Markdown."""
    blocks = outline(draft, bank)
    return "\n\n".join(filter(None, (_block(block, blocks) for block in blocks))) + "\n"


def write_markdown(draft: Draft, bank: Bank, path: Path) -> Path:
    """Write :func:`to_markdown` to a new file and return its path. Raises SaveError; also if the file is there already."""
    write_new(path, to_markdown(draft, bank).encode("utf-8"), "The Markdown document")
    return path


def escaped(text: str) -> str:
    """A text whose only marks are ours, as Markdown: nothing else in it looks like Markdown, and every line end stays."""
    blocks: list[str] = []
    after_item = False
    for part in paragraphs(text):
        lines = [_line(line) for line in part.text.split("\n")]
        body = ("\\\n  " if part.is_item else "\\\n").join(lines)
        if blocks:
            blocks.append("\n" if after_item and part.is_item else "\n\n")
        blocks.append(f"- {body}" if part.is_item else body)
        after_item = part.is_item
    return "".join(blocks)


def unescaped(line: str) -> str:
    """A line of Markdown as the words it stands for: the inverse of the escaping of one line."""
    return re.sub(r"\\([!-/:-@\[-`{-~])|&#(9|32);", lambda m: m[1] or chr(int(m[2])), line)


def _line(line: str) -> str:
    line = _SPECIAL.sub(r"\\\1", line.rstrip())
    lead = len(line) - len(line.lstrip(" \t"))
    spaces = "".join(f"&#{ord(c)};" for c in line[:lead])
    line = re.sub(r"^(#{1,6}(?=\s|$)|[>+~=]|-(?=[\s-]|$)|\*(?=\s|$|[* ]+$))", r"\\\1", line[lead:])
    return spaces + re.sub(r"^(\d{1,9})([.)])(?=\s|$)", r"\1\\\2", line)


def _block(block: Block, blocks: tuple[Block, ...]) -> str:
    match block:
        case Title():
            agency = f"\n\n**Agency:** {_line(block.agency)} {_anchor('agency')}" if block.agency else ""
            return f"# {_line(block.title)} {_anchor('title')}{agency}"
        case Contents():
            lines = [f"{'  ' * (b.level - 1)}- [{_line(b.text)}](#{_slug(b.text)})" for b in blocks if isinstance(b, Heading)]
            return "\n".join([f"## {block.heading} {_anchor('contents')}", "", *lines])
        case Heading():
            anchor = f" {_anchor(block.key)}" if block.key else ""
            return f"{'#' * (block.level + 1)} {_line(block.text)}{anchor}"
        case Text(look="lead"):
            return f"*{_line(block.text)}*"
        case Text(look="step"):
            return "\n".join(f"{n}. {_line(line)}" for n, line in enumerate(block.text.split("\n"), 1))
        case Text(look="call"):
            return "\n".join(f"- {_line(line)}" for line in block.text.split("\n"))
        case Text():
            return escaped(block.text)
        case Facts():
            return f"*{_line(block.line)}* {_anchor(FACTS)}"
        case Form():
            return "\n".join(map(_short, block.rows)) if block.short else "\n\n".join(map(_long, block.rows))
        case Grid():
            rows = [block.header, tuple("---" for _ in block.header), *block.rows]
            return "\n".join("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows)


def _short(row: Row) -> str:
    anchor = f" {_anchor(row.key)}" if row.key else ""
    return f"- **{row.label}:** {_line(row.text) if row.text else BLANK}{anchor}"


def _long(row: Row) -> str:
    return f"#### {row.label} {_anchor(row.key or '')}\n\n{escaped(row.text) or NOT_WRITTEN}"


def _cell(text: str) -> str:
    return "<br>".join(text if text == "---" else _line(line) for line in text.split("\n"))


def _anchor(key: str) -> str:
    return f"<!-- smt:{key} -->"


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
