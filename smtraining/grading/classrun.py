"""A whole class autograded: ``smtraining autograde``. Workers compute, one writer commits in batches.

The rows are those of ``nbgrader autograde`` with the course's ``nbgrader_config.py``; docs/grading.md tells how the two differ in speed.
Exercises with code cells of the instructor's own, and courses whose configuration has other steps than ours, go to nbgrader's own
Autograde, one submission after the other.
"""

from __future__ import annotations

import copy
import datetime as dt
import glob
import logging
import math
import multiprocessing
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import find_all_files
from traitlets.config.loader import Config, PyFileConfigLoader

from smtraining.errors import GradingError
from smtraining.grading.preprocessors import RestoreCells
from smtraining.grading.restoring import Master, check
from smtraining.grading.submission import Assignment, Record, Submission, grade, unfinished
from smtraining.grading.writer import Writer

CONFIG = "nbgrader_config.py"

BATCH = 32
"""Submissions in one transaction: what is computed anew, at most, after the run was killed."""

SHARE = 150
"""Submissions that are worth starting one more process: it takes seconds to load nbgrader, and milliseconds to grade one."""

STEPS = {
    "sanitize_preprocessors": ("CaptureAnswers", "ClearOutput", "OverwriteKernelspec", "RestoreCells", "CheckCellMetadata"),
    "autograde_preprocessors": (
        "ExecuteIfNeeded",
        "IgnorePattern",
        "LimitOutput",
        "ScoreAnswers",
        "AssignLatePenalties",
        "CheckCellMetadata",
    ),
}
"""The steps of nbgrader_config.py, which the workers do by themselves."""


@dataclass(frozen=True, slots=True)
class Done:
    """How far a run is."""

    finished: int
    total: int
    seconds: float

    @property
    def left(self) -> float:
        """Seconds until the end, at the pace so far; infinite before the first submission is finished."""
        return self.seconds / self.finished * (self.total - self.finished) if self.finished else math.inf


@dataclass(slots=True)
class Outcome:
    """What became of a class: numbers of submissions, remarks by student, and the reason of each one that failed.

    ``by_nbgrader`` says why nbgrader's own Autograde did it, or is empty.
    """

    graded: int = 0
    skipped: int = 0
    remarks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    by_nbgrader: str = ""


def course_folder() -> Path:
    """The nearest folder, from here upward, with an nbgrader_config.py. Raises GradingError if there is none."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / CONFIG).is_file():
            return folder
    raise GradingError(f"There is no {CONFIG} in {here} or above it. Go to the folder of the course and run the command there.")


def autograde(
    course: Path,
    name: str,
    *,
    jobs: int = 1,
    students: Collection[str] = (),
    force: bool = False,
    progress: Callable[[Done], None] = lambda done: None,
) -> Outcome:
    """Autograde what was handed in for the assignment ``name`` and was not graded yet.

    ``students``: only these (default: all); ``jobs``: at most so many processes; ``force``: again, though nothing new was handed in.
    Raises GradingError if nothing can be graded at all: no such assignment, no submissions, no gradebook to write to.
    """
    config = PyFileConfigLoader(CONFIG, path=str(course)).load_config()
    directory = CourseDirectory(config=config)
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        masters = _masters(gradebook, name)
        gradebook.db.rollback()  # nothing is to be kept open while the workers compute
        outcome = Outcome()
        pending = list(_pending(directory, name, students, force, outcome))
        outcome.by_nbgrader = _not_ours(config, directory, masters)
        began = time.monotonic()
        total = len(pending)

        def tell(finished: int) -> None:
            progress(Done(finished, total, time.monotonic() - began))

        tell(0)
        if outcome.by_nbgrader:
            for number, submission in enumerate(pending, 1):
                _by_nbgrader(submission, name, config, outcome)
                tell(number)
            return outcome
        writer = Writer(gradebook, name, AssignLatePenalties(config=config))
        assignment = _assignment(name, masters, directory, config)
        batch: list[Record] = []
        for number, record in enumerate(_records(pending, assignment, min(jobs, math.ceil(total / SHARE))), 1):
            batch.append(record)
            if len(batch) == BATCH or number == total:
                _write(writer, batch, outcome)
                batch = []
            tell(number)
    return outcome


def _masters(gradebook: Gradebook, name: str) -> dict[str, Master]:
    try:
        masters = {notebook.name: Master.of(notebook) for notebook in gradebook.find_assignment(name).notebooks}
    except MissingEntry:
        masters = {}
    if not masters:
        known = ", ".join(sorted(assignment.name for assignment in gradebook.assignments)) or "none yet"
        raise GradingError(f"The gradebook has no assignment {name!r} (it has: {known}). Run: nbgrader generate_assignment {name}")
    for master in masters.values():
        check(master)
    return masters


def _assignment(name: str, masters: dict[str, Master], directory: CourseDirectory, config: Config) -> Assignment:
    source = directory.format_path(directory.source_directory, ".", name)
    converter = Autograde(coursedir=directory, config=config)
    kept = converter.exclude_overwriting.get(name, [])
    files = {os.path.relpath(file, source): Path(file) for file in find_all_files(source, [*directory.ignore, "*.ipynb"])}
    return Assignment(
        name=name,
        masters=masters,
        extra_files={file: path for file, path in files.items() if file not in kept},
        ignored=tuple(directory.ignore),
        missing_note=RestoreCells(config=config).missing_note,
        permissions=int(str(converter.permissions), 8),
    )


# -- what is to be done ----------------------------------------------------------------------------------------------


def _pending(directory: CourseDirectory, name: str, students: Collection[str], force: bool, outcome: Outcome) -> Iterator[Submission]:
    """By nbgrader's rule: no autograded folder yet, or something newer was handed in, or ``force``. And what was left unfinished."""
    found = _handed_in(directory, name)
    unknown = sorted(set(students) - found.keys())
    if unknown or not found:
        place = directory.format_path(directory.submitted_directory, "<student>", name)
        raise GradingError(f"Nothing was handed in by {', '.join(unknown) or 'anybody'} for {name!r}: there is no folder like {place}.")
    excluded = directory.student_id_exclude.split(",")
    for student, source in found.items():
        if student in excluded or (students and student not in students):
            continue
        target = Path(directory.format_path(directory.autograded_directory, student, name))
        if not any(source.glob("*.ipynb")):
            outcome.failed[student] = "There is no notebook in what was handed in."
            continue
        try:
            handed_in = _time(directory, source)
            before = _time(directory, target)
        except GradingError as error:
            outcome.failed[student] = str(error)
            continue
        newer = handed_in is not None and before is not None and handed_in > before
        if force or newer or not target.exists() or unfinished(target).exists():
            yield Submission(student, source, target, handed_in)
        else:
            outcome.skipped += 1


def _handed_in(directory: CourseDirectory, name: str) -> dict[str, Path]:
    """The folder of each student who handed something in, in the order of their names."""
    parts = Path(directory.format_path(directory.submitted_directory, "*", name)).parts
    if "*" not in parts:
        raise GradingError(f"c.CourseDirectory.directory_structure in {CONFIG} must give each student a folder with the student's name.")
    place = parts.index("*")
    above, below = Path(*parts[:place]), Path(*parts[place + 1 :])
    students = sorted(path.name for path in above.glob("[!.]*")) if above.is_dir() else []
    return {student: above / student / below for student in students if (above / student / below).is_dir()}


def _time(directory: CourseDirectory, folder: Path) -> dt.datetime | None:
    try:
        found: dt.datetime | None = directory.get_existing_timestamp(str(folder))
    except (AttributeError, ValueError, OverflowError, OSError) as error:
        # AttributeError: nbgrader's own way of reporting a bad date calls a method that it does not have.
        raise GradingError(f"{folder / 'timestamp.txt'} does not hold a date and time. Correct it or delete it.") from error
    return found


def _not_ours(config: Config, directory: CourseDirectory, masters: dict[str, Master]) -> str:
    """Why nbgrader itself must do this assignment, or an empty text."""
    code = [cell.name for master in masters.values() for cell in master.cells.values() if cell.needs_kernel]
    if code:
        return f"the exercise has code cells that must run ({', '.join(code[:3])}{', …' if len(code) > 3 else ''})"
    for option, steps in STEPS.items():
        if tuple(str(step).rpartition(".")[2] for step in config.Autograde.get(option, ())) != steps:
            return f"c.Autograde.{option} in {CONFIG} holds other steps than ours"
    if any(config.Autograde.get(hook) for hook in ("pre_convert_hook", "post_convert_hook")):
        return f"{CONFIG} has hooks for each submission"
    if directory.groupshared or directory.notebook_id != "*":
        return f"{CONFIG} shares files with a group, or names single notebooks"
    return ""


# -- doing it --------------------------------------------------------------------------------------------------------


def _write(writer: Writer, batch: Sequence[Record], outcome: Outcome) -> None:
    failed = writer.write(batch)
    outcome.failed |= failed
    outcome.graded += len(batch) - len(failed)
    outcome.remarks |= {record.submission.student: record.remarks for record in batch if record.remarks}


def _records(pending: Sequence[Submission], assignment: Assignment, jobs: int) -> Iterator[Record]:
    """The record of each submission, in the order in which they are finished; never more than a few in memory."""
    if jobs <= 1:
        yield from (grade(submission, assignment) for submission in pending)
        return
    waiting = deque(pending)
    while waiting:
        lost: list[Submission] = []
        with _pool(jobs, assignment) as pool:
            running: dict[Future[Record], Submission] = {}
            while waiting or running:
                try:
                    while waiting and not lost and len(running) < 4 * jobs:
                        future = pool.submit(_grade, waiting[0])
                        running[future] = waiting.popleft()
                except BrokenProcessPool:
                    lost.append(waiting.popleft())
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    submission = running.pop(future)
                    try:
                        yield future.result()
                    except BrokenProcessPool:
                        lost.append(submission)
        while lost:  # one of these ended its process: one by one, it is found
            with _pool(1, assignment) as pool:
                try:
                    while lost:
                        yield pool.submit(_grade, lost[0]).result()
                        lost.pop(0)
                except BrokenProcessPool:
                    submission = lost.pop(0)
                    shutil.rmtree(unfinished(submission.target), ignore_errors=True)
                    yield Record(submission, failure="The process that graded it ended unexpectedly, twice; it may be too large.")


def _pool(jobs: int, assignment: Assignment) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _start_worker, (assignment,))


_of_worker: list[Assignment] = []


def _start_worker(assignment: Assignment) -> None:
    _of_worker[:] = [assignment]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _grade(submission: Submission) -> Record:
    return grade(submission, _of_worker[0])


# -- nbgrader's own way ----------------------------------------------------------------------------------------------


class _Said(logging.Handler):
    """What nbgrader says of a submission: warnings for the instructor, and the last line of an error."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.warnings: list[str] = []
        self.error = ""

    def emit(self, record: logging.LogRecord) -> None:
        lines = record.getMessage().strip().splitlines() or [""]
        if record.levelno >= logging.ERROR:
            self.error = lines[-1] if "Traceback" in lines[0] else self.error or lines[-1]
        else:
            self.warnings.append(lines[0])


def _by_nbgrader(submission: Submission, name: str, config: Config, outcome: Outcome) -> None:
    """nbgrader leaves a half-made folder if it is killed; the hidden one beside it tells the next run."""
    mark = unfinished(submission.target)
    mark.mkdir(parents=True, exist_ok=True)
    settings = copy.deepcopy(config)
    settings.CourseDirectory.student_id = glob.escape(submission.student)
    settings.CourseDirectory.assignment_id = name
    said, log = _Said(), logging.Logger(f"{__name__}.nbgrader")
    log.addHandler(said)
    converter = Autograde(coursedir=CourseDirectory(config=settings), config=settings, log=log)
    converter.force = True  # whether it is to be done is decided already
    try:
        converter.start()
        outcome.graded += 1
    except NbGraderException as error:
        outcome.failed[submission.student] = said.error or str(error)
    finally:
        shutil.rmtree(mark, ignore_errors=True)
    if said.warnings:
        outcome.remarks[submission.student] = tuple(said.warnings)
