"""The frames that everything else is worked out from: one class, one exercise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

STUDENTS = ["name", "group", "handed_in", "time", "late", "feedback"]
"""Columns of ``ClassData.students`` (index: student id). ``time`` and ``feedback`` are UTC times or NaT; ``late`` is in seconds."""

CREDIT = ["student", "item", "points", "max", "attempted", "changes"]
"""Columns of ``ClassData.credit``. ``points`` is NaN while the answer waits to be marked; ``attempted`` is True, False or, where nothing
tells, None; ``changes`` counts how often the answer was saved (NaN: not known)."""

ANSWERS = ["student", "item", "part", "choice"]
OPTIONS = ["item", "part", "choice", "text", "key"]
MARKS = ["student", "task", "criterion", "marker", "level", "levels"]
"""One level given by one marker: ``level`` counts from 0, ``levels`` is how many there are."""


@dataclass(frozen=True, slots=True)
class ItemInfo:
    """A graded item: its words, its kind (of a question; or "written": marked by a person, "policy": a part of a policy, "cell": not one of
    ours), points, and ids of its sources."""

    id: str
    title: str
    kind: str
    points: float
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassData:
    """One class and one exercise, as tidy frames (their columns stand above). ``items`` is in the order of the exercise.

    ``parts`` are the words of what was placed, grouped or rated, by (item, part); ``standards`` the names of sources by id; ``notes`` are
    sentences on what could not be read.
    """

    assignment: str
    students: pd.DataFrame
    credit: pd.DataFrame
    answers: pd.DataFrame
    options: pd.DataFrame
    items: Mapping[str, ItemInfo]
    parts: Mapping[tuple[str, str], str]
    standards: Mapping[str, str]
    marks: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def most(self) -> pd.Series:
        """What each item is worth."""
        return pd.Series({item: info.points for item, info in self.items.items()}, dtype=float)

    @property
    def points(self) -> pd.DataFrame:
        """Points of those who handed in: a row for each student, a column for each item (NaN: still to be marked)."""
        here = self.students.index[self.students["handed_in"].astype(bool)]
        wide = self.credit.pivot(index="student", columns="item", values="points")
        return wide.reindex(index=here, columns=list(self.items)).astype(float)

    @property
    def groups(self) -> list[str]:
        """The names of the groups, in order; [] if nobody is in one."""
        return sorted({str(name) for name in self.students["group"] if name})

    def only(self, group: str) -> ClassData:
        """The students of one group."""
        kept = self.students[self.students["group"] == group]

        def of(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[frame["student"].isin(kept.index)].reset_index(drop=True)

        return replace(self, students=kept, credit=of(self.credit), answers=of(self.answers), marks=of(self.marks))
