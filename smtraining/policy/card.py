"""The wall card: the first steps and the numbers to call, on one page for the wall, from the safety plan."""

from __future__ import annotations

from pathlib import Path

from smtraining.bank import Bank
from smtraining.errors import DraftError
from smtraining.policy.draft import Draft
from smtraining.policy.outline import Block, Heading, Text, outline
from smtraining.policy.word import write_blocks

TITLE = "Wall card: when something goes wrong online"
"""The heading under which the card stands in the whole document."""


def wall_card(draft: Draft, bank: Bank) -> tuple[Block, ...]:
    """The card as it stands in the whole document. Raises DraftError as long as the safety plan has neither steps nor numbers."""
    blocks = outline(draft, bank)
    start = next((at for at, block in enumerate(blocks) if isinstance(block, Heading) and block.text == TITLE), None)
    if start is None:
        raise DraftError("The wall card is made from the safety plan. Fill in “Immediate steps” or “Who to call” there first.")
    rest = blocks[start + 1 :]
    end = next((at for at, block in enumerate(rest) if isinstance(block, Heading) and block.level == 1), len(rest))
    return (Heading(1, TITLE), *rest[:end])


def card_word(draft: Draft, bank: Bank, path: Path) -> Path:
    """Write the card to a new Word file and return its path. Raises DraftError, and as :func:`smtraining.policy.word.to_word`."""
    return write_blocks(wall_card(draft, bank), draft, path)


def card_lines(draft: Draft, bank: Bank) -> list[dict[str, str | list[str]]]:
    """The card for the screen: each heading with its lines. Raises DraftError as :func:`wall_card`."""
    shown: list[dict[str, str | list[str]]] = []
    lines: list[str] = []
    for block in wall_card(draft, bank)[1:]:
        if isinstance(block, Heading):
            lines = []
            shown.append({"heading": block.text, "lines": lines})
        elif isinstance(block, Text) and block.look in {"step", "call"}:
            lines += block.text.split("\n")
    return shown
