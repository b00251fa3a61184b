"""What the record of marking says: who gave which levels, what is settled, and which mark counts in the end. Pure, without a file.

Kinds of steps (:class:`~smtraining.grading.marks_store.Step`) and their data:

========== ==================== ====================================================================================================
kind       about                data
========== ==================== ====================================================================================================
level      task, student        ``criterion``, ``level`` (index, or null to take it back), ``rubric`` (digest), ``answer`` (digest)
comment    task, student        ``text``
confirm    task, student        ``answer``: the mark holds for this version of the answer, too
settle     task, student        ``levels`` {criterion: index}, ``comment``, ``rubric``, ``answer``: the mark that ends a disagreement
replace    task, student        the mark here goes before one typed in Formgrader, of which ``score`` and ``comment`` are kept
points     task                 ``of`` (digest of the master's rubric), ``points`` {criterion: [...]}: null takes the master's again
people     -                    ``needed``: 1 or 2 people must mark every answer
phrase     task                 ``id``, ``text`` (null: removed): a saved comment
names      -                    names were shown: only for the record
posted     task, student        ``score``, ``comment``, ``levels``, ``rubric``: about to go into the gradebook (score null: taken back)
undo       -                    ``of``: numbers of the events that no longer count
========== ==================== ====================================================================================================
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from smtraining.errors import GradingError
from smtraining.grading.marks_store import Event
from smtraining.grading.rubrics import Rubric, Task

Card = tuple[str, str]
"""A task and a student: one answer to be marked."""

UNDOABLE = ("level", "comment", "confirm", "settle", "points", "replace", "phrase", "people")


@dataclass(slots=True)
class Mark:
    """What one person gave: levels by criterion, each with the digest of the rubric it was chosen from, and a comment.

    ``answer`` is the digest of the answer that was read; ``time`` that of the last change.
    """

    marker: str
    levels: dict[str, tuple[int, str]] = field(default_factory=dict)
    comment: str = ""
    answer: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class Final:
    """The mark that counts: levels by criterion, the comment, who gave it, and whether it settled a disagreement."""

    levels: Mapping[str, int]
    comment: str
    by: tuple[str, ...]
    settled: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """A comment that was saved for reuse."""

    id: str
    text: str
    task: str | None
    by: str


class Marks:
    """All marks of an assignment. Feed it events in their order with :meth:`read`; an undo is looked for in all of them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._fold()

    @property
    def last(self) -> int:
        """The number of the newest event; 0 before the first."""
        return self.events[-1].id if self.events else 0

    def read(self, events: Iterable[Event]) -> None:
        """Take in newer events."""
        fresh = list(events)
        self.events += fresh
        if any(event.step.kind == "undo" for event in fresh):
            self._fold()
        else:
            for event in fresh:
                self._take(event)

    def undoable(self, marker: str) -> Event | None:
        """The marker's last step that can be undone; None if there is none."""
        mine = (e for e in reversed(self.events) if e.marker == marker and e.step.kind in UNDOABLE and e.id not in self._undone)
        return next(mine, None)

    # -- what counts ---------------------------------------------------------------------------------------------------

    def mark(self, card: Card, marker: str) -> Mark | None:
        """What this person gave, or None."""
        return self.given.get(card, {}).get(marker)

    def in_force(self, task: Task) -> Task:
        """The task with the points of this class. Points that were set for another version of the master's rubric have lapsed."""
        keep = self.points.get(task.id)
        if keep is None or keep[0] != task.master.digest:
            return task.in_force(task.master)
        try:
            return task.in_force(task.master.with_points(keep[1]))
        except GradingError:  # the master was changed back and forth under it: its own points are never wrong
            return task.in_force(task.master)

    def lapsed(self, task: Task) -> bool:
        """Whether points were set for this class and no longer fit the master's rubric."""
        keep = self.points.get(task.id)
        return keep is not None and keep[0] != task.master.digest

    @staticmethod
    def levels(mark: Mark, rubric: Rubric, kept: Mapping[str, Rubric]) -> dict[str, int]:
        """The mark's levels in the rubric in force; those that an edit of the rubric left without a place are missing."""
        found = {}
        for criterion, (level, digest) in mark.levels.items():
            at = rubric.carried(kept.get(digest, rubric), criterion, level)
            if at is not None:
                found[criterion] = at
        return found

    def complete(self, card: Card, rubric: Rubric, kept: Mapping[str, Rubric], answer: str) -> dict[str, dict[str, int]]:
        """Marker -> levels, for everybody whose mark is complete and was given for this version of the answer."""
        found = {}
        for marker, mark in self.given.get(card, {}).items():
            levels = self.levels(mark, rubric, kept)
            if mark.answer == answer and rubric.complete(levels):
                found[marker] = levels
        return found

    def final(self, card: Card, rubric: Rubric, kept: Mapping[str, Rubric], answer: str) -> Final | None:
        """The mark that counts; None while somebody must still mark, or disagree and nobody has settled it."""
        settled = self.settled.get(card)
        if settled is not None:
            levels = self.levels(settled, rubric, kept)
            if settled.answer == answer and rubric.complete(levels):
                return Final(levels, settled.comment, (settled.marker,), True)
        complete = self.complete(card, rubric, kept, answer)
        if len(complete) < self.needed or self.differ(complete):
            return None
        comments = [self.given[card][marker].comment.strip() for marker in sorted(complete)]
        told = "\n\n".join(dict.fromkeys(filter(None, comments)))
        return Final(next(iter(complete.values())), told, tuple(sorted(complete)), False)

    @staticmethod
    def differ(complete: Mapping[str, Mapping[str, int]]) -> bool:
        """Whether two of these marks chose different levels for any criterion."""
        return len({tuple(sorted(levels.items())) for levels in complete.values()}) > 1

    # -- private -------------------------------------------------------------------------------------------------------

    def _fold(self) -> None:
        self.given: dict[Card, dict[str, Mark]] = {}
        self.settled: dict[Card, Mark] = {}
        self.posted: defaultdict[Card, set[tuple[float | None, str]]] = defaultdict(set)
        self.replacing: set[Card] = set()
        self.points: dict[str, tuple[str, dict[str, list[float]]]] = {}
        self.phrases: dict[str, Phrase] = {}
        self.needed = 1
        self._undone = {number for e in self.events if e.step.kind == "undo" for number in e.step.data["of"]}
        for event in self.events:
            self._take(event)

    def _take(self, event: Event) -> None:
        if event.id in self._undone:
            return
        step, data = event.step, event.step.data
        card = (step.task or "", step.student or "")
        match step.kind:
            case "level":
                mark = self._of(card, event)
                if not mark.levels:  # else its other levels are about the version that was read then, until somebody confirms them
                    mark.answer = data["answer"]
                if data["level"] is None:
                    mark.levels.pop(data["criterion"], None)
                else:
                    mark.levels[data["criterion"]] = (data["level"], data["rubric"])
            case "comment":
                self._of(card, event).comment = data["text"]
            case "confirm":
                self._of(card, event).answer = data["answer"]
            case "settle":
                levels = {criterion: (level, data["rubric"]) for criterion, level in data["levels"].items()}
                self.settled[card] = Mark(event.marker, levels, data["comment"], data["answer"], event.time)
            case "replace":
                self.replacing.add(card)
            case "posted":
                self.posted[card].add((data["score"], data["comment"]))
                self.replacing.discard(card)
            case "points":
                if data["points"] is None:
                    self.points.pop(card[0], None)
                else:
                    self.points[card[0]] = (data["of"], data["points"])
            case "people":
                self.needed = data["needed"]
            case "phrase":
                if data["text"] is None:
                    self.phrases.pop(data["id"], None)
                else:
                    self.phrases[data["id"]] = Phrase(data["id"], data["text"], step.task, event.marker)

    def _of(self, card: Card, event: Event) -> Mark:
        mark = self.given.setdefault(card, {}).setdefault(event.marker, Mark(event.marker))
        mark.time = event.time
        return mark
