"""From nbgrader's gradebook, the autograded notebooks and the feedback files to the frames of a class."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from smtraining import bank as banks
from smtraining import kinds
from smtraining.analysis import groups, responses
from smtraining.analysis.data import ANSWERS, CREDIT, MARKS, OPTIONS, STUDENTS, ClassData, ItemInfo
from smtraining.bank import Bank
from smtraining.errors import GradingError, RecordError, ResponseError, UnknownId
from smtraining.grading import breakdown
from smtraining.grading.answers import AUDIT, MAX_NOTEBOOK
from smtraining.grading.cells import MODULE, Call, GradeCall, PolicyCall, read
from smtraining.grading.policyparts import TITLES
from smtraining.grading.scoring import question_and_key, written_task
from smtraining.interop import gradebook as books
from smtraining.kinds.base import Key, Question

GROUPS = "groups.csv"
"""Read from the folder of the gradebook if no other file of groups is named."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a course keeps what an analysis needs. ``grading`` holds the gradebook, the key of the pseudonyms and the reports."""

    grading: Path
    autograded: Path
    feedback: Path


def folders(root: Path) -> Folders:
    """The folders of the course in ``root``. Raises ExchangeError without nbgrader or its configuration."""
    from traitlets.config.loader import PyFileConfigLoader

    course = books.settings(root)
    config = PyFileConfigLoader(books.CONFIG, path=str(root)).load_config().get("CourseDirectory", {})
    grading = course.file.parent if course.file else course.autograded.parent
    return Folders(grading, course.autograded, root / str(config.get("feedback_directory", "feedback")))


def assignments(root: Path) -> list[str]:
    """The names of the assignments in the gradebook. Raises ExchangeError if there is no gradebook yet."""
    with books.opened(books.settings(root)) as book:
        return sorted(books.assignments(book))


def load(root: Path, assignment: str, groups_file: Path | None = None) -> ClassData:
    """The class and what it did in ``assignment``. Raises ExchangeError if there is no gradebook, no such assignment, or no usable file of
    groups. What else cannot be read costs only itself, and is told in ``notes``."""
    course, place, bank = books.settings(root), folders(root), banks.load()
    with books.opened(course) as book:
        entry = books.known(book, assignment)
        people = books.students(book)
        cells = books.items(book, assignment)
        times: dict[str, dt.datetime | None] = {s.student_id: s.timestamp for s in entry.submissions}
        by_hand = {cell.name for notebook in entry.notebooks for cell in (*notebook.solution_cells, *notebook.task_cells)}
        untouched = _untouched(book, entry)
        sources = [(cell.name, cell.source) for notebook in entry.notebooks for cell in notebook.source_cells if cell.cell_type == "code"]
        worth = [(n.name, c.name, float(c.max_score)) for n in entry.notebooks for c in (*n.grade_cells, *n.task_cells) if c.max_score]
    notes: list[str] = []
    said = calls(sources, notes)
    keyed = keyed_questions(said, bank, notes)
    items = {i.id: i for i in sorted((_info(n, p, said, keyed, bank) for _, n, p in worth), key=_order(bank))}
    notebooks = sorted({notebook for notebook, _, _ in worth})
    audits = {
        student: [found for notebook in notebooks if (found := _audit(place.autograded / student / assignment / f"{notebook}.ipynb"))]
        for student in times
    }
    if lost := [student for student, found in audits.items() if not found]:
        notes.append(f"The answers of {len(lost)} of {len(times)} cannot be read (no autograded notebook of ours), only their points.")
    entries = {(student, e["item"]): e for student, found in audits.items() for part in found for e in part}
    named, unknown = _groups(groups_file, place.grading / GROUPS, [s.id for s in people])
    return ClassData(
        assignment=assignment,
        students=_students(people, times, cells, named, place.feedback, assignment),
        credit=_credit(cells, entries, by_hand, untouched),
        answers=pd.DataFrame(_answers(entries, keyed, notes), columns=ANSWERS),
        options=pd.DataFrame(
            [(item, *row) for item, (question, key) in keyed.items() if item in items for row in responses.offered(question, key)],
            columns=OPTIONS,
        ),
        items=items,
        parts={(item, part): text for item, (q, _) in keyed.items() for part, text in responses.parts(q).items()},
        standards=_standards(items, bank),
        marks=_marks(breakdown.marks_file(course.db_url, course.autograded), assignment, notes),
        notes=(*notes, *unknown, *_two_keys(entries)),
    )


def _marks(file: Path, assignment: str, notes: list[str]) -> pd.DataFrame:
    try:
        given = breakdown.given(file, assignment)
    except RecordError as error:
        notes.append(str(error))
        given = []
    return pd.DataFrame([(m.student, m.task, m.criterion, m.marker, m.level, m.levels) for m in given], columns=MARKS)


# -- the gradebook -------------------------------------------------------------------------------------------------------


def _untouched(book: Any, entry: Any) -> set[tuple[str, str]]:
    """(student, cell) of the written answers that nbgrader found as they were released."""
    from nbgrader.api import BaseCell, Comment, SubmittedAssignment, SubmittedNotebook

    from smtraining.grading.marking import NO_RESPONSE

    query = (
        book.db.query(SubmittedAssignment.student_id, BaseCell.name)
        .select_from(Comment)
        .join(BaseCell, Comment.cell_id == BaseCell.id)
        .join(SubmittedNotebook, Comment.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .filter(SubmittedAssignment.assignment_id == entry.id, Comment.auto_comment == NO_RESPONSE)
    )
    return {(student, name) for student, name in query}


def _students(
    people: Sequence[books.Student],
    times: Mapping[str, dt.datetime | None],
    cells: Sequence[books.Item],
    named: Mapping[str, str],
    feedback: Path,
    assignment: str,
) -> pd.DataFrame:
    late = {cell.student: cell.late for cell in cells}
    rows = [
        (s.name or s.id, named.get(s.id, ""), s.id in times, times.get(s.id), late.get(s.id, 0), _written(feedback / s.id / assignment))
        for s in people
    ]
    found = pd.DataFrame(rows, columns=STUDENTS, index=pd.Index([s.id for s in people], name="student"))
    for name in ("time", "feedback"):
        found[name] = pd.to_datetime(found[name], utc=True)
    return found


def _written(folder: Path) -> dt.datetime | None:
    """When the feedback was written."""
    times = [path.stat().st_mtime for path in folder.glob("*.html")]
    return dt.datetime.fromtimestamp(max(times), dt.UTC) if times else None


def _credit(
    cells: Sequence[books.Item],
    entries: Mapping[tuple[str, str], Mapping[str, Any]],
    by_hand: set[str],
    untouched: set[tuple[str, str]],
) -> pd.DataFrame:
    rows = []
    for cell in cells:
        told = entries.get((cell.student, cell.name))
        attempted = None
        if told is not None:
            attempted = told.get("outcome") != "not-attempted"
        elif cell.name in by_hand:
            attempted = (cell.student, cell.name) not in untouched
        revision = told.get("revision") if told else None
        points = math.nan if cell.points is None else cell.points
        rows.append((cell.student, cell.name, points, cell.max, attempted, math.nan if revision is None else float(revision)))
    return pd.DataFrame(rows, columns=CREDIT).astype({"attempted": object})


# -- items and keys ------------------------------------------------------------------------------------------------------

Keyed = dict[str, tuple[Question, Key]]


def calls(sources: Sequence[tuple[str, str]], notes: list[str]) -> dict[str, Call]:
    """What our grading cells say, by cell: from (name, source) of the master cells that the gradebook keeps. Nothing of them is run."""
    found = {}
    for name, source in sources:
        if MODULE in (source or ""):
            try:
                found[name] = read(source, name)
            except GradingError as error:
                notes.append(f"{name}: its key cannot be read, so its choices are not shown. {error}")
    return found


def keyed_questions(said: Mapping[str, Call], bank: Bank, notes: list[str]) -> Keyed:
    """Our questions with their keys."""
    found: Keyed = {}
    for name, call in said.items():
        if isinstance(call, GradeCall):
            try:
                found[call.item] = question_and_key(call, bank)
            except GradingError as error:
                notes.append(f"{name}: its key cannot be read, so its choices are not shown. {error}")
    return found


def _info(name: str, points: float, said: Mapping[str, Call], keyed: Keyed, bank: Bank) -> ItemInfo:
    if name in keyed:
        question = keyed[name][0]
        return ItemInfo(name, responses.plain(question.stem), question.kind, points, question.sources)
    call = said.get(name)
    if isinstance(call, PolicyCall):
        return ItemInfo(name, TITLES[call.part], "policy", points)
    try:
        return ItemInfo(name, responses.plain(written_task(name, bank).title), "written", points)
    except UnknownId:
        return ItemInfo(name, name, "cell", points)


def _order(bank: Bank) -> Any:
    """Items as they stand in their exercise; others after them, by name."""
    places = [id for e in bank.exercises.values() for id in (*e.questions, *(task.id for task in e.written))]
    order = {id: number for number, id in enumerate(places)}
    return lambda info: (order.get(info.id, len(order)), info.id)


def _standards(items: Mapping[str, ItemInfo], bank: Bank) -> dict[str, str]:
    return {source: bank.source(source).label for info in items.values() for source in info.sources}


# -- answers ---------------------------------------------------------------------------------------------------------------


def _audit(path: Path) -> list[dict[str, Any]]:
    """The entries of an autograded notebook that tell how each score came about; [] if it cannot be read."""
    try:
        if path.stat().st_size > MAX_NOTEBOOK:
            return []
        found = json.loads(path.read_bytes())["metadata"][AUDIT]["items"]
        return [entry for entry in found if isinstance(entry["item"], str)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def _answers(entries: Mapping[tuple[str, str], Mapping[str, Any]], keyed: Keyed, notes: list[str]) -> Iterator[tuple[str, ...]]:
    odd: set[str] = set()
    for (student, item), entry in entries.items():
        if item not in keyed:
            continue
        question = keyed[item][0]
        try:
            value = kinds.parse(question, entry.get("answer"))
        except ResponseError:
            odd.add(item)
            continue
        for part, choice in responses.chosen(question, value):
            yield student, item, part, choice
    notes += [f"{item}: some answers do not fit the question as it is now; they are left out of its choices." for item in sorted(odd)]


def _two_keys(entries: Mapping[tuple[str, str], Mapping[str, Any]]) -> list[str]:
    """Items that were scored by more than one key or wording, so that their points cannot be compared."""
    seen: dict[str, set[tuple[Any, Any]]] = {}
    for (_, item), entry in entries.items():
        seen.setdefault(item, set()).add((entry.get("key"), entry.get("content")))
    mixed = sorted(item for item, ways in seen.items() if len(ways) > 1)
    again = "Autograde everybody again with --force before you compare them."
    return [f"{item} was scored in {len(seen[item])} ways: its key or wording has changed in between. {again}" for item in mixed]


def _groups(named: Path | None, usual: Path, students: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    path = named or (usual if usual.is_file() else None)
    return groups.read(path, students) if path else ({}, [])
