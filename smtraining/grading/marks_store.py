"""The record of marking: one SQLite file of our own beside nbgrader's gradebook, in which nothing is ever changed or deleted.

Every step of a marker is one event with its time and the marker's name: that is the audit, and the marks are read from it
(:mod:`smtraining.grading.marks`). Undo is one more event. Markers in different notebooks may write at the same time: SQLite lets one
after the other in.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import secrets
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smtraining.errors import RecordError, SaveError

FILE_NAME = "marks.smtraining.sqlite"
SCHEMA = 1
WAIT_S = 20
"""How long a write waits for another marker's, in seconds."""

_TABLES = """
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    marker TEXT NOT NULL,
    assignment TEXT NOT NULL,
    task TEXT,
    student TEXT,
    kind TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX event_of_assignment ON event (assignment, id);
CREATE INDEX event_of_answer ON event (assignment, student, task);
CREATE TABLE pseudonym (
    assignment TEXT NOT NULL,
    student TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (assignment, student),
    UNIQUE (assignment, number)
);
CREATE TABLE rubric (digest TEXT PRIMARY KEY, criteria TEXT NOT NULL);
CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
"""


@dataclass(frozen=True, slots=True)
class Step:
    """Something a marker does. ``kind`` and ``data`` are those of :mod:`smtraining.grading.marks`."""

    kind: str
    task: str | None = None
    student: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """A step that was written down: its number, the time (ISO, UTC) and who did it."""

    id: int
    time: str
    marker: str
    step: Step


class MarksStore:
    """The record of marking in the file ``path``; the file is made with the first write."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, assignment: str, marker: str, steps: Sequence[Step], time: dt.datetime | None = None) -> list[Event]:
        """Write all steps down, or none; returns the events. Raises SaveError if that fails, RecordError if the file cannot be read."""
        when = (time or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        events = []
        with self._writing() as db:
            for step in steps:
                row = (when, marker, assignment, step.task, step.student, step.kind, json.dumps(dict(step.data), ensure_ascii=False))
                cursor = db.execute(
                    "INSERT INTO event (time, marker, assignment, task, student, kind, data) VALUES (?, ?, ?, ?, ?, ?, ?)", row
                )
                events.append(Event(int(cursor.lastrowid or 0), when, marker, step))
        return events

    def events(self, assignment: str, after: int = 0) -> list[Event]:
        """The events of an assignment with a number above ``after``, oldest first. Raises RecordError."""
        with self._reading() as db:
            if db is None:
                return []
            rows = db.execute(
                "SELECT id, time, marker, task, student, kind, data FROM event WHERE assignment = ? AND id > ? ORDER BY id",
                (assignment, after),
            ).fetchall()
        return [Event(id, time, who, Step(kind, task, student, json.loads(data))) for id, time, who, task, student, kind, data in rows]

    def last(self, assignment: str, kind: str, task: str, student: str) -> Event | None:
        """The newest event of a kind about one answer, or None. Raises RecordError."""
        with self._reading() as db:
            if db is None:
                return None
            row = db.execute(
                "SELECT id, time, marker, data FROM event WHERE assignment = ? AND kind = ? AND task = ? AND student = ? "
                "ORDER BY id DESC LIMIT 1",
                (assignment, kind, task, student),
            ).fetchone()
        return None if row is None else Event(row[0], row[1], row[2], Step(kind, task, student, json.loads(row[3])))

    def pseudonyms(self, assignment: str, students: Collection[str]) -> dict[str, int]:
        """Student -> number, the same for ever within the assignment. New students get random free numbers.

        Numbers have three digits, or more where a class is larger than a third of them. Raises SaveError or RecordError.
        """
        known = self._numbers(assignment)
        if all(student in known for student in students):
            return {student: known[student] for student in students}
        with self._writing() as db:
            rows = db.execute("SELECT student, number FROM pseudonym WHERE assignment = ?", (assignment,)).fetchall()
            known = dict(rows)
            digits = 3
            while 3 * len(known.keys() | set(students)) > 9 * 10 ** (digits - 1):
                digits += 1
            taken = set(known.values())
            for student in sorted(set(students) - set(known)):
                number = _free(taken, digits)
                taken.add(number)
                known[student] = number
                db.execute("INSERT INTO pseudonym VALUES (?, ?, ?)", (assignment, student, number))
        return {student: known[student] for student in students}

    def keep_rubric(self, digest: str, criteria: str) -> None:
        """Keep a version of a rubric, so that marks made with it can always be read."""
        if digest in self.rubrics():
            return
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO rubric VALUES (?, ?)", (digest, criteria))

    def rubrics(self) -> dict[str, str]:
        """Digest -> criteria (JSON) of every version of a rubric that was used. Raises RecordError."""
        with self._reading() as db:
            return {} if db is None else dict(db.execute("SELECT digest, criteria FROM rubric").fetchall())

    # -- private -------------------------------------------------------------------------------------------------------

    def _numbers(self, assignment: str) -> dict[str, int]:
        with self._reading() as db:
            if db is None:
                return {}
            return dict(db.execute("SELECT student, number FROM pseudonym WHERE assignment = ?", (assignment,)).fetchall())

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection to read with, or None if nothing was ever written."""
        if not self.path.exists():
            yield None
            return
        try:
            with contextlib.closing(sqlite3.connect(self.path, timeout=WAIT_S)) as db:
                yield db if self._version(db) else None
        except sqlite3.DatabaseError as error:
            raise RecordError(self._unreadable(error)) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in one transaction that is committed at the end, or not at all."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self.path, timeout=WAIT_S, isolation_level=None)) as db:
                db.execute("PRAGMA synchronous = FULL")
                db.execute("BEGIN IMMEDIATE")
                try:
                    if not self._version(db):
                        for statement in _TABLES.split(";\n"):
                            if statement.strip():
                                db.execute(statement)
                        db.execute(f"PRAGMA user_version = {SCHEMA}")
                    yield db
                    db.execute("COMMIT")
                finally:
                    if db.in_transaction:
                        db.execute("ROLLBACK")
        except (sqlite3.OperationalError, OSError) as error:
            raise SaveError(
                "This mark was not saved: the record of marking cannot be written.",
                "Check that you may write to the folder, that the disk is not full and that no other program holds the file; try again.",
                f"{error} [{self.path}]",
            ) from error
        except sqlite3.DatabaseError as error:
            raise RecordError(self._unreadable(error)) from error

    def _version(self, db: sqlite3.Connection) -> int:
        found = int(db.execute("PRAGMA user_version").fetchone()[0])
        if found > SCHEMA:
            raise RecordError(
                f"{self.path} was written by a newer version of smtraining (schema {found}; this one reads {SCHEMA}). "
                "It is kept as it is: update smtraining to go on."
            )
        return found

    def _unreadable(self, error: sqlite3.DatabaseError) -> str:
        return (
            f"{self.path} cannot be read: {error}. Marks that were put into the gradebook are safe there. "
            "Put back a copy of the file, or move it away to begin a new record."
        )


def _free(taken: Collection[int], digits: int) -> int:
    low = int("1" + "0" * (digits - 1))
    while True:
        number = low + secrets.randbelow(9 * low)
        if number not in taken:
            return number
