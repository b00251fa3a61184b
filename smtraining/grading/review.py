"""What to read again: the sections of the lesson that a graded question goes back to.

A graded question shows a new case, so no section has it. But it names the sources it rests on, and so do the questions and cases of each
section. The section that shares the rarest sources with it, for its size, is the one to read again.
"""

from __future__ import annotations

import json
import math
import re
import urllib.parse
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from smtraining.bank import Bank
from smtraining.kinds.base import Question

MOST = 2
"""Sections that are named for one question."""

_HEADING = re.compile(r"^(#{2,3})\s+(.+?)\s*$", re.MULTILINE)
_TRIED = re.compile(r"-(before|after|check)(-more)?$")
"""Quizzes that ask about a lesson as a whole: they teach no section."""

_SHOWN = re.compile(r"""\bsmt\.(quiz|vignette|artifact)\(\s*["']([a-z0-9.-]+)["']""")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a lesson notebook: ``file`` is its name, ``sources`` what its questions and cases rest on."""

    file: str
    lesson: str
    title: str
    sources: frozenset[str]

    def url(self, base: str) -> str:
        """Where it is shown: ``base`` is the address of the folder of notebooks, or one in which ``{lesson}`` stands for a lesson's name.

        The anchor is the one that nbconvert gives to a heading. JupyterLab knows it, too, but opens a notebook at its beginning.
        """
        anchor = urllib.parse.quote(self.title.replace(" ", "-"), safe="-,.':")
        lesson = urllib.parse.quote(self.file.removesuffix(".ipynb"))
        place = base.replace("{lesson}", lesson) if "{lesson}" in base else f"{base.rstrip('/')}/{lesson}.ipynb"
        return f"{place}#{anchor}"


def sections(folder: Path, module: str, bank: Bank) -> tuple[Section, ...]:
    """The sections of the lesson of a module that show a question or a case, in their order; () if the lesson is not there."""
    entry = bank.modules.get(module)
    path = folder / f"{entry.slug}.ipynb" if entry else folder
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    found: dict[str, set[str]] = {}
    heading = ""
    for cell in cells:
        text = "".join(cell.get("source", ""))
        if cell.get("cell_type") == "markdown":
            headings = _HEADING.findall(text)
            heading = re.sub(r"[*`]", "", headings[-1][1]) if headings else heading
        elif heading:
            shown = [source for kind, id in _SHOWN.findall(text) for source in _sources(kind, id, bank)]
            if shown:
                found.setdefault(heading, set()).update(shown)
    lesson = entry.title if entry else ""
    return tuple(Section(path.name, lesson, title, frozenset(sources)) for title, sources in found.items())


def of_question(question: Question, lesson: Iterable[Section]) -> tuple[Section, ...]:
    """The sections to read again after this question, the nearest first; at most two, and none if they share nothing."""
    lesson = tuple(lesson)
    cited = Counter(source for section in lesson for source in section.sources)

    def rare(sources: Iterable[str]) -> float:
        return sum(math.log((len(lesson) + 1) / cited[source]) for source in sources)

    # A long section cites much, so it would share something with every question: what is shared is weighed against all that it cites.
    weights = [rare(section.sources & set(question.sources)) / math.sqrt(rare(section.sources)) for section in lesson]
    best = max(weights, default=0.0)
    near = [(weight, -place) for place, weight in enumerate(weights) if weight and weight >= best / 2]
    return tuple(lesson[-place] for _, place in sorted(near, reverse=True)[:MOST])


def _sources(kind: str, id: str, bank: Bank) -> Iterator[str]:
    if kind == "quiz" and id in bank.quizzes and not _TRIED.search(id):
        for question in bank.quizzes[id].questions:
            yield from bank.question(question).sources
    elif kind == "vignette" and id in bank.vignettes:
        yield from bank.vignettes[id].sources
