"""The marking of one assignment: tasks, students, answers and marks brought together, and every change carried into the gradebook.

Nothing here knows a widget. A marker's steps go into the record first (:mod:`~smtraining.grading.marks_store`), then the mark that counts
is worked out anew (:mod:`~smtraining.grading.marks`) and put into nbgrader's gradebook (:mod:`~smtraining.grading.posting`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from smtraining import bank as banks
from smtraining.errors import GradingError, UnknownId
from smtraining.grading.agreement import Agreement, agreement
from smtraining.grading.breakdown import marks_file
from smtraining.grading.marks import Card, Final, Marks
from smtraining.grading.marks_store import Event, MarksStore, Step
from smtraining.grading.posting import NOTHING, Value, commit, rows, same, value
from smtraining.grading.rubrics import Rubric, Task, tasks
from smtraining.grading.written import Answer, Answers

CONFIG = "nbgrader_config.py"


@dataclass(frozen=True, slots=True)
class Place:
    """How one answer stands in the gradebook, as last read. ``by_hand``: what was typed in Formgrader and is not ours, or None."""

    untouched: bool
    by_hand: Value | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two markers on one task: ``n`` answers marked by both, agreement by criterion, and the mean distance of their totals in points."""

    task: str
    markers: tuple[str, str]
    n: int
    criteria: Mapping[str, Agreement]
    apart: float


class Desk:
    """One assignment of the course in ``course``, as ``marker`` marks it.

    Raises GradingError if there is nothing to mark, UnknownId if there is no such assignment, RecordError if the record cannot be read.
    """

    def __init__(self, course: Path, assignment: str, marker: str) -> None:
        config = PyFileConfigLoader(CONFIG, path=str(course)).load_config()
        directory = CourseDirectory(config=config)
        self.assignment, self.marker = assignment, marker
        self._db, self._course_id = directory.db_url, directory.course_id
        autograded = Path(directory.root) / directory.autograded_directory
        gradebook = Path(self._db.removeprefix("sqlite:///").split("?")[0])
        if self._db.startswith("sqlite:///") and not gradebook.exists():
            raise GradingError(
                f"There is no gradebook yet ({gradebook}). Release an exercise first: nbgrader generate_assignment NAME --force"
            )
        self.store = MarksStore(marks_file(self._db, autograded))
        self._answers = Answers(autograded, assignment)
        self.marks = Marks()
        self.touched: set[Card] = set()
        self._now: dict[str, Task] = {}
        self._kept: dict[str, Rubric] = {}
        self.open()

    # -- looking -------------------------------------------------------------------------------------------------------

    @property
    def tasks(self) -> dict[str, Task]:
        """The written tasks by id, with the points in force."""
        return self._now

    def task(self, id: str) -> Task:
        """One task, with the points in force. Raises UnknownId."""
        if id not in self._now:
            raise UnknownId("written task", id, self._now)
        return self._now[id]

    def cards(self, task: str | None = None) -> list[Card]:
        """Every answer to be marked: of one task or of all, students in the order of their numbers."""
        students = sorted(self.numbers, key=self.numbers.__getitem__)
        return [(id, student) for id in self._tasks if task in (None, id) for student in students if student in self.places[id]]

    def answer(self, card: Card) -> Answer:
        """The student's answer."""
        return self._answers.of(card[1], self._tasks[card[0]].notebook, card[0])

    def final(self, card: Card, task: Task | None = None) -> Final | None:
        """The mark that counts, or None."""
        given = card in self.marks.given or card in self.marks.settled
        return self.marks.final(card, (task or self.task(card[0])).rubric, self._kept, self.answer(card).digest) if given else None

    def complete(self, card: Card) -> dict[str, dict[str, int]]:
        """Marker -> levels of every complete mark of the answer as it stands now."""
        if card not in self.marks.given:
            return {}
        return self.marks.complete(card, self.task(card[0]).rubric, self._kept, self.answer(card).digest)

    def mine(self, card: Card) -> tuple[dict[str, int], str, bool]:
        """This marker's levels and comment, and whether the answer has changed since."""
        mark = self.marks.mark(card, self.marker)
        if mark is None:
            return {}, "", False
        changed = bool(mark.levels) and mark.answer != self.answer(card).digest
        return self.marks.levels(mark, self.task(card[0]).rubric, self._kept), mark.comment, changed

    def disputed(self, card: Card) -> bool:
        """Whether people disagree and nobody has settled it."""
        return self.marks.differ(self.complete(card)) and self.final(card) is None

    def doubled(self) -> list[Card]:
        """Answers on which complete marks differ, settled or not; the widest apart first."""
        here = (card for card in self.marks.given if card[1] in self.places.get(card[0], {}))
        found = [card for card in here if self.marks.differ(self.complete(card))]
        return sorted(found, key=lambda card: (-self.apart(card), self.numbers.get(card[1], 0)))

    def apart(self, card: Card) -> float:
        """Points between the highest and the lowest total of complete marks."""
        totals = [self.task(card[0]).rubric.total(levels) for levels in self.complete(card).values()]
        return round(max(totals) - min(totals), 2) if totals else 0.0

    def pairs(self) -> list[Pair]:
        """Agreement of every two markers who marked some answers both."""
        found = []
        for id, task in self.tasks.items():
            marked = [self.complete(card) for card in self.marks.given if card[0] == id and card[1] in self.places[id]]
            people = sorted({marker for levels in marked for marker in levels})
            for a, b in combinations(people, 2):
                both = [(levels[a], levels[b]) for levels in marked if a in levels and b in levels]
                if both:
                    found.append(_pair(task, (a, b), both))
        return found

    def totals(self, task: Task) -> dict[str, float]:
        """Student -> total of the mark that counts, by the points in ``task``."""
        finals = {card[1]: self.final(card, task) for card in self.cards(task.id)}
        return {student: task.rubric.total(final.levels) for student, final in finals.items() if final is not None}

    # -- changing ------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Read everything anew, and bring the gradebook into step with the record."""
        self._read()
        self._now = {}  # the master's rubric may be another one now
        self.refresh()
        self.numbers = self.store.pseudonyms(self.assignment, list(self.names))
        self.put(self.cards())

    def refresh(self) -> None:
        """Read what has been written since, by whomever; the answers it is about are added to ``touched``."""
        fresh = self.store.events(self.assignment, self.marks.last)
        self.marks.read(fresh)
        self.touched |= {(event.step.task, event.step.student) for event in fresh if event.step.task and event.step.student}
        if any(event.step.kind in ("points", "undo") for event in fresh) or self._now.keys() != self._tasks.keys():
            self._now = {id: self.marks.in_force(task) for id, task in self._tasks.items()}
        if any(digest not in self._kept for event in fresh if (digest := event.step.data.get("rubric")) is not None):
            self._kept |= {digest: Rubric.from_json(text) for digest, text in self.store.rubrics().items()}

    def do(self, *steps: Step) -> list[Event]:
        """Write steps of this marker down. Raises SaveError; then none was."""
        events = self.store.add(self.assignment, self.marker, steps)
        self.refresh()
        return events

    def keep(self, task: Task) -> str:
        """Keep the rubric in force, so that marks can refer to it; returns its digest."""
        digest = task.rubric.digest
        if digest not in self._kept:
            self.store.keep_rubric(digest, task.rubric.to_json())
            self._kept[digest] = task.rubric
        return digest

    def put(self, cards: Iterable[Card]) -> int:
        """Carry the marks of these answers into the gradebook; returns how many rows were written.

        A row that somebody filled by hand in Formgrader is left, unless :mod:`a "replace" step <smtraining.grading.marks>` says otherwise.
        Raises SaveError if the gradebook cannot be written: the marks are in the record all the same.
        """
        by_task: dict[str, list[str]] = {}
        for id, student in cards:
            by_task.setdefault(id, []).append(student)
        written = 0
        with self._gradebook() as gradebook:
            for id, students in by_task.items():
                written += self._put(gradebook, self.task(id), students)
        return written

    def give_back(self, card: Card, hand: Value) -> None:
        """Put the mark that was typed in Formgrader back into the gradebook. Raises SaveError."""
        with self._gradebook() as gradebook:
            into = rows(gradebook, self.assignment, self.task(card[0]), card[1])
            commit(gradebook, {card[1]: hand}, into)

    # -- private -------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _gradebook(self) -> Iterator[Any]:
        with Gradebook(self._db, self._course_id) as gradebook:
            yield gradebook

    def _read(self) -> None:
        with self._gradebook() as gradebook:
            try:
                found, remarks = tasks(gradebook, self.assignment, banks.load())
            except MissingEntry:
                raise UnknownId("assignment in the gradebook", self.assignment, [a.name for a in gradebook.assignments]) from None
            self._tasks, self.remarks = {task.id: task for task in found}, remarks
            if not found:
                told = " ".join(remarks)
                raise GradingError(f"{self.assignment} has no written task with a rubric. {told}".strip())
            self.places: dict[str, dict[str, Place]] = {}
            for task in found:
                self.places[task.id] = {
                    student: Place(row.untouched, None) for student, row in rows(gradebook, self.assignment, task).items()
                }
            students = {student for places in self.places.values() for student in places}
            names = {s.id: " ".join(filter(None, (s.first_name, s.last_name))) for s in gradebook.students if s.id in students}
            self.names = {id: f"{name} ({id})" if name else id for id, name in names.items()}

    def _put(self, gradebook: Any, task: Task, students: Sequence[str]) -> int:
        into = rows(gradebook, self.assignment, task, students[0] if len(students) == 1 else None)
        wanted: dict[str, Value] = {}
        steps = []
        for student in students:
            row = into.get(student)
            if row is None:
                continue
            card = (task.id, student)
            final = self.final(card, task)
            goal = value(final, task.rubric)
            ours = row.value == NOTHING or card in self.marks.replacing or any(same(row.value, v) for v in self.marks.posted[card])
            ours = ours or same(row.value, goal)
            self.places[task.id][student] = Place(row.untouched, None if ours else row.value)
            if ours and (not same(row.value, goal) or (goal != NOTHING and row.grade.needs_manual_grade)):
                wanted[student] = goal
                data = {"score": goal[0], "comment": goal[1], "levels": dict(final.levels) if final else {}, "rubric": self.keep(task)}
                steps.append(Step("posted", task.id, student, data))
        if wanted:
            self.do(*steps)  # first: after a crash in between, what stands in the gradebook is still known as ours
            commit(gradebook, wanted, into)
        return len(wanted)


def course_of(folder: Path) -> Path:
    """The nearest folder, from ``folder`` upward, with an nbgrader_config.py. Raises GradingError."""
    found = next((place for place in (folder, *folder.parents) if (place / CONFIG).is_file()), None)
    if found is None:
        raise GradingError(f"There is no {CONFIG} in {folder} or above it. Open this notebook in the folder of the course.")
    return found


def _pair(task: Task, markers: tuple[str, str], both: Sequence[tuple[Mapping[str, int], Mapping[str, int]]]) -> Pair:
    rubric = task.rubric
    criteria = {c.id: agreement([(one[c.id], other[c.id]) for one, other in both], len(c.levels)) for c in rubric.criteria}
    apart = sum(abs(rubric.total(one) - rubric.total(other)) for one, other in both) / len(both)
    return Pair(task.id, markers, len(both), criteria, apart)
