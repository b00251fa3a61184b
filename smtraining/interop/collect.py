"""Notebooks that students uploaded to an LMS, from a folder or zip into the places where nbgrader looks for them.

Nothing in an upload is believed: a file's name only serves to find a student of the gradebook, and where a notebook is written follows from
the gradebook alone. A zip is read entry by entry and never unpacked.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from smtraining.errors import ExchangeError
from smtraining.interop.export import nearest
from smtraining.interop.gradebook import Student
from smtraining.interop.tables import plain
from smtraining.interop.uploads import Named, named, repeat

MAX_NOTEBOOK = 50_000_000
"""Largest notebook that is collected, in bytes."""

MAX_TOTAL = 2_000_000_000
"""All collected notebooks together, in bytes: they are held in memory until it is clear that all may be written."""

MAX_FILES = 50_000

MAX_HINTS = 50
"""Files without a student for which the nearest names are looked for: more of them would take minutes in a large class."""

TIMESTAMP = "timestamp.txt"

_IGNORED = {"__MACOSX", ".ipynb_checkpoints"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of the folder or zip: its path there, and how to read it whole."""

    path: str
    size: int
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Taken:
    """The upload that counts for a student: where from, where to, the time for nbgrader (UTC) if known, and whether it is there already."""

    student: Student
    source: str
    target: Path
    data: bytes
    time: dt.datetime | None
    late: bool
    same: bool
    older: tuple[str, ...] = ()


@dataclass(slots=True)
class Plan:
    """What a collection would do. ``unmatched`` and ``refused`` are told; what is ``ambiguous`` holds everything back unless told so."""

    taken: list[Taken] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    other_files: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where submissions of one assignment go: ``submitted/<student>/<assignment>/<notebook>.ipynb``."""

    submitted: Path
    assignment: str
    notebook: str

    def of(self, student: Student) -> Path:
        return self.submitted / student.id / self.assignment / f"{self.notebook}.ipynb"


@dataclass(frozen=True, slots=True)
class Times:
    """How to read times: the zone of times in names, and the time for files that are late without one (None: leave it open)."""

    zone: dt.tzinfo
    late_as: dt.datetime | None = None


def plan(
    source: Path,
    students: Sequence[Student],
    place: Place,
    patterns: Mapping[str, re.Pattern[str]],
    times: Times,
    *,
    replace: bool = False,
) -> Plan:
    """Who handed in what. Raises ExchangeError if ``source`` is neither a folder nor a zip, or holds too many files."""
    made = Plan()
    finder = _Finder(students)
    candidates: defaultdict[str, list[tuple[Upload, Named]]] = defaultdict(list)
    people = {student.id: student for student in students}
    with _uploads(source, made) as uploads:
        for upload in uploads:
            who, about = finder.find(upload.path, patterns, made)
            if who and about:
                candidates[who.id].append((upload, about))
        total = 0
        for id in sorted(candidates):
            before = len(made.taken)
            _take(people[id], candidates[id], place, times, made, replace=replace)
            total += sum(len(taken.data) for taken in made.taken[before:])
            if total > MAX_TOTAL:
                raise ExchangeError(f"The notebooks are larger than {MAX_TOTAL // 1_000_000} MB together. Collect them in several parts.")
    return made


def apply(made: Plan) -> None:
    """Write the notebooks and their times. A notebook appears whole or not at all."""
    for taken in made.taken:
        folder = taken.target.parent
        folder.mkdir(parents=True, exist_ok=True)
        stamp = folder / TIMESTAMP
        if not taken.same:
            part = folder / f".{taken.target.name}.part"
            part.write_bytes(taken.data)
            part.replace(taken.target)
        if taken.time:
            stamp.write_text(f"{taken.time:%Y-%m-%d %H:%M:%S} UTC\n", encoding="utf-8", newline="\n")
        elif not taken.same:
            stamp.unlink(missing_ok=True)  # it told the time of the file that was replaced


# -- finding the student -----------------------------------------------------------------------------------------------


class _Finder:
    """Students by id, LMS id and name."""

    def __init__(self, students: Sequence[Student]) -> None:
        self._names = [student.name for student in students]
        self._by: defaultdict[tuple[str, str], list[Student]] = defaultdict(list)
        for student in students:
            self._by["id", student.id.casefold()].append(student)
            if student.lms_user_id:
                self._by["lms_user_id", student.lms_user_id.casefold()].append(student)
            for name in {plain(f"{student.first_name} {student.last_name}"), plain(f"{student.last_name} {student.first_name}")} - {""}:
                self._by["name", name].append(student)

    def find(self, path: str, patterns: Mapping[str, re.Pattern[str]], made: Plan) -> tuple[Student | None, Named | None]:
        """The student of a file, by the first pattern that leads to one."""
        seen: Named | None = None
        for pattern in patterns.values():
            about = named(path, pattern)
            if about is None:
                continue
            seen = seen or about
            for kind, value in (("lms_user_id", about.lms_user_id), ("id", about.id), ("name", about.name)):
                found = self._by.get((kind, plain(value) if kind == "name" else value.casefold()), []) if value else []
                # A namesake: the LMS knows this person by another number than the one in the gradebook.
                found = [student for student in found if about.lms_user_id in ("", student.lms_user_id) or not student.lms_user_id]
                if len(found) > 1:
                    made.ambiguous.append(f"{path}: {', '.join(map(str, found))} all have this {kind.replace('_', ' ')}.")
                    return None, None
                if found:
                    return found[0], about
        who = seen and (seen.name or seen.id or seen.lms_user_id)
        names = self._names if len(made.unmatched) < MAX_HINTS else []
        made.unmatched.append(f"{path}: no student {who!r} in the gradebook.{nearest(who, names)}" if who else f"{path}: no known pattern.")
        return None, None


def _take(student: Student, found: list[tuple[Upload, Named]], place: Place, times: Times, made: Plan, *, replace: bool) -> None:
    """Choose a student's newest attempt."""
    wanted = plain(place.notebook)
    fitting = [entry for entry in found if wanted in (plain(PurePosixPath(entry[1].original).stem), plain(repeat(entry[1].original)[0]))]
    pool = fitting or found
    stems = {plain(repeat(about.original)[0]) for _, about in pool}
    if not fitting and len(stems) > 1:
        listed = ", ".join(upload.path for upload, _ in pool)
        made.ambiguous.append(f"{student}: several notebooks, none of them named {place.notebook}.ipynb: {listed}.")
        return
    ranked = sorted(pool, key=lambda entry: _rank(entry[1]), reverse=True)
    if len(ranked) > 1 and _rank(ranked[0][1]) == _rank(ranked[1][1]):
        made.ambiguous.append(f"{student}: cannot tell which is newer: {ranked[0][0].path}, {ranked[1][0].path}.")
        return
    upload, about = ranked[0]
    data = _notebook(upload, made)
    if data is None:
        return
    time = about.time.replace(tzinfo=times.zone).astimezone(dt.UTC) if about.time else times.late_as if about.late else None
    target = place.of(student)
    there = target.read_bytes() if target.is_file() else None
    before = _time_of(target.parent / TIMESTAMP)
    if there is not None and there != data and not replace and not (time and before and time > before):
        why = (
            f"is from {before:%Y-%m-%d %H:%M} UTC, and this one is not newer"
            if time and before
            else "is another, and which is newer is not known"
        )
        made.kept.append(
            f"{student}: the notebook that was collected before {why} ({upload.path}). To take this one all the same: --replace"
        )
        return
    older = tuple(entry.path for entry, _ in ranked[1:])
    made.taken.append(Taken(student, upload.path, target, data, time, about.late, there == data, older))


def _rank(about: Named) -> tuple[dt.datetime, int, int]:
    return (about.time or dt.datetime.min, about.order, repeat(about.original)[1])


def _time_of(path: Path) -> dt.datetime | None:
    """The time in a timestamp.txt of ours."""
    with contextlib.suppress(OSError, ValueError):
        text = path.read_text(encoding="utf-8").strip()
        return dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=dt.UTC)
    return None


def _notebook(upload: Upload, made: Plan) -> bytes | None:
    """The bytes of a notebook, or None (and why, in the plan) if it is none."""
    try:
        data = upload.read()
    except (OSError, RuntimeError, NotImplementedError, EOFError, zipfile.BadZipFile, zlib.error) as error:  # damaged or encrypted
        made.refused.append(f"{upload.path}: cannot be read ({error}).")
        return None
    if len(data) > MAX_NOTEBOOK:
        made.refused.append(f"{upload.path}: larger than {MAX_NOTEBOOK // 1_000_000} MB.")
        return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        made.refused.append(f"{upload.path}: not a notebook. Ask the student for the .ipynb file.")
        return None
    return data


# -- reading folders and zips --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _uploads(source: Path, made: Plan) -> Iterator[list[Upload]]:
    """The notebooks of a folder or zip, in the order of their paths; everything else is counted or refused."""
    if source.is_dir():
        yield _sifted(_in_folder(source, made), made)
        return
    if not source.exists():
        raise ExchangeError(f"There is no {source}. Give the folder or zip that the LMS made of the submissions.")
    try:
        archive = zipfile.ZipFile(source)
    except zipfile.BadZipFile:
        raise ExchangeError(f"{source} is neither a folder nor a zip that can be read. Download it from the LMS again.") from None
    with archive:
        yield _sifted(_in_zip(archive, made), made)


def _in_folder(source: Path, made: Plan) -> Iterator[Upload]:
    for folder, _, names in os.walk(source):
        for name in names:
            file = Path(folder, name)
            path = file.relative_to(source).as_posix()
            if file.is_symlink():
                made.refused.append(f"{path}: a link to another file.")
            elif file.is_file():
                yield Upload(path, file.stat().st_size, file.read_bytes)


def _in_zip(archive: zipfile.ZipFile, made: Plan) -> Iterator[Upload]:
    def reader(entry: zipfile.ZipInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            with archive.open(entry) as file:
                return file.read(MAX_NOTEBOOK + 1)  # what the zip says of its size need not be true

        return read

    for entry in archive.infolist():
        if entry.is_dir():
            continue
        path = entry.filename.replace("\\", "/")
        if path.startswith("/") or ":" in path.split("/")[0] or ".." in path.split("/"):
            made.refused.append(f"{entry.filename}: its path leads out of the zip. Nothing of it was read.")
        else:
            yield Upload(path, entry.file_size, reader(entry))


def _sifted(uploads: Iterator[Upload], made: Plan) -> list[Upload]:
    found = []
    for number, upload in enumerate(uploads):
        if number >= MAX_FILES:
            raise ExchangeError(f"More than {MAX_FILES} files. Is it the download of one assignment?")
        parts = upload.path.split("/")
        if _IGNORED & set(parts) or parts[-1].startswith("."):
            continue
        if not parts[-1].lower().endswith(".ipynb"):
            made.other_files += 1
        elif upload.size > MAX_NOTEBOOK:
            made.refused.append(f"{upload.path}: larger than {MAX_NOTEBOOK // 1_000_000} MB.")
        else:
            found.append(upload)
    return sorted(found, key=lambda upload: upload.path)
