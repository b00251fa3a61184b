"""A one-page notice for clients, made from the disclosure and participation clauses of the policy.

The agency's own words stand under questions that a client would ask. A clause that is too long for the page is cut at the end of a
sentence, and the notice says where to ask for the rest. Sentences that are hard to read are named, so that they can be made plainer:
nothing is reworded by the program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from smtraining.bank import Bank
from smtraining.policy.draft import Draft
from smtraining.policy.markdown import escaped
from smtraining.policy.outline import Block, Heading, Text, Title
from smtraining.policy.saving import write_new
from smtraining.policy.word import LOOKS, write_blocks

TITLE = "How we use social media"

INTRO = "This page is for the people we serve. It says in short what you can expect from us online. You can ask us about it at any time."

EMERGENCY = (
    "We may not see a message or a post in time. If somebody is in danger now, call 911. If you are thinking of suicide, call or text 988."
)

QUESTIONS = {
    "pe-13": "How will you tell me about this?",
    "pe-14": "Will you ever post about me?",
    "pe-15": "What if you would like to share my story or picture?",
    "pe-16": "How do I know who is speaking?",
    "pe-17": "Who else can see what I write to you, and when do you read it?",
    "pe-19": "Can we be friends or follow each other online?",
    "pe-20": "What if we are in the same group?",
    "pe-21": "What happens to my comments?",
    "pe-22": "What if I write a review about you?",
    "pe-24": "Can I have a say in what you post?",
}
"""The elements that speak to clients, each with the question it answers. (18 and 23 are about staff alone.)"""

MAX_WORDS = 260
"""The clauses' words that fit on the page with all questions; what short clauses leave over goes to the long ones."""

MAX_SENTENCE = 25
"""A sentence with more words than this counts as hard to read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question with the agency's words on it. ``is_shortened`` if the clause is longer than the page allows."""

    element: str
    question: str
    text: str
    is_shortened: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice. ``unanswered`` are elements of :data:`QUESTIONS` without a clause; ``long_sentences`` are those to make plainer."""

    agency: str
    answers: tuple[Answer, ...]
    unanswered: tuple[str, ...]

    @property
    def long_sentences(self) -> tuple[str, ...]:
        return tuple(s for answer in self.answers for s in _sentences(answer.text) if len(s.split()) > MAX_SENTENCE)


def client_notice(draft: Draft, bank: Bank) -> Notice:
    """The notice that follows from the draft. Elements that the bank does not hold are left out."""
    asked = {id: question for id, question in QUESTIONS.items() if id in bank.elements}
    written = [id for id in asked if draft.clause(id).is_written]
    share = _share([len(draft.clause(id).text.split()) for id in written])
    answers = []
    for id in written:
        text = draft.clause(id).text.strip()
        short = _shortened(text, share)
        answers.append(Answer(id, asked[id], short, short != text))
    return Notice(draft.agency, tuple(answers), tuple(id for id in asked if id not in written))


def notice_markdown(draft: Draft, bank: Bank) -> str:
    """The notice as Markdown."""
    parts = []
    for block in _blocks(client_notice(draft, bank)):
        match block:
            case Title():
                parts.append(f"# {escaped(block.title)}" + (f"\n\n**{escaped(block.agency)}**" if block.agency else ""))
            case Heading():
                parts.append(f"## {escaped(block.text)}")
            case Text():
                parts.append(escaped(block.text))
    return "\n\n".join(parts) + "\n"


def write_notice_markdown(draft: Draft, bank: Bank, path: Path) -> Path:
    """Write :func:`notice_markdown` to a new file and return its path. Raises SaveError; also if the file is there already."""
    write_new(path, notice_markdown(draft, bank).encode("utf-8"), "The notice")
    return path


def notice_word(draft: Draft, bank: Bank, path: Path) -> Path:
    """Write the notice to a new Word file and return its path. Raises as :func:`smtraining.policy.word.to_word`."""
    looks = LOOKS | {
        "Normal": LOOKS["Normal"]._replace(after=3),
        "List Bullet": LOOKS["List Bullet"]._replace(after=1),
        "Title": LOOKS["Title"]._replace(size=24, before=0, after=2),
        "Subtitle": LOOKS["Subtitle"]._replace(size=13, after=8),
        "Heading 1": LOOKS["Heading 2"]._replace(size=12.5, before=7, after=1),
        "Policy Lead": LOOKS["Policy Lead"]._replace(size=11.5, after=4),
    }
    return write_blocks(_blocks(client_notice(draft, bank)), draft.with_details(title=TITLE), path, looks)


def _blocks(notice: Notice) -> tuple[Block, ...]:
    blocks: list[Block] = [Title(TITLE, notice.agency), Text(INTRO, look="lead")]
    blocks += [Heading(1, "What if I need help right now?"), Text(EMERGENCY)]
    for answer in notice.answers:
        more = " (This is the short form. Ask us for the whole rule.)" if answer.is_shortened else ""
        blocks += [Heading(1, answer.question), Text(answer.text + more)]
    return tuple(blocks)


def _share(lengths: list[int]) -> int:
    """The most words that each text may have so that all together fit."""
    room = MAX_WORDS
    for left, length in zip(range(len(lengths), 0, -1), sorted(lengths), strict=True):
        if length * left > room:
            return room // left
        room -= length
    return MAX_WORDS


def _shortened(text: str, words: int) -> str:
    if len(text.split()) <= words:
        return text
    kept = ""
    for sentence in re.findall(r".*?(?:[.!?][”\"’)]*(?=\s|$)|\n|$)\s*", text, re.S):
        if kept and len((kept + sentence).split()) > words:
            break
        kept += sentence
    return kept.strip()


def _sentences(text: str) -> list[str]:
    return [s.strip() for s in re.split(r"(?<=[.!?])[”\"’)]*\s+|\n+", text) if s.strip()]
