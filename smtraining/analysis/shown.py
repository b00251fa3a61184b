"""An analysis as somebody looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smtraining.analysis.markup import escaped
from smtraining.analysis.overall import Analysis


@dataclass(frozen=True, slots=True)
class Shown:
    """An analysis as somebody looks at it: ``names`` are what students are called, by id; ``heading`` is the level of a part's heading."""

    analysis: Analysis
    names: Mapping[str, str]
    heading: int = 2

    def h(self, text: str, below: int = 0) -> str:
        """A heading, so many levels below that of a part."""
        level = self.heading + below
        return f"<h{level}>{escaped(text)}</h{level}>"
