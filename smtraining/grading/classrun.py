"""A whole class autograded: ``smtraining autograde``. Workers compute, one writer commits in batches.

The rows are those of ``nbgrader autograde`` with the course's ``nbgrader_config.py``; docs/autograde.md tells how they differ. Workers are
processes of this machine (:mod:`smtraining.grading.workers`) or of a cluster (:mod:`smtraining.grading.cluster`). Courses whose
configuration has other steps than ours, and code in other languages than Python, go to nbgrader's own Autograde, one after the other.
"""

from __future__ import annotations

import copy
import datetime as dt
import glob
import logging
import math
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, Execute
from nbgrader.utils import find_all_files
from traitlets.config.loader import Config, PyFileConfigLoader

from smtraining.errors import GradingError
from smtraining.grading import isolation, locks, workers
from smtraining.grading.isolation import Code, Flag, Limits
from smtraining.grading.preprocessors import RestoreCells
from smtraining.grading.restoring import Master, check
from smtraining.grading.submission import Assignment, Record, Submission, unfinished
from smtraining.grading.writer import Writer

CONFIG = "nbgrader_config.py"

BATCH = 32
"""Submissions in one transaction: what is computed anew, at most, after the run was killed."""

SHARE, SHARE_AFRESH, SHARE_OF_CODE = 12, 150, 2
"""Submissions that are worth one more process: a copy of this one, one that has to load nbgrader first, or one with a sandbox."""

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
    """What became of a class: numbers of submissions, remarks and flags by student, and the reason of each one that failed.

    ``by_nbgrader`` says why nbgrader's own Autograde did it, or is empty; ``notice`` is what the instructor must know of how code ran.
    """

    graded: int = 0
    skipped: int = 0
    remarks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    flags: dict[str, tuple[Flag, ...]] = field(default_factory=dict)
    by_nbgrader: str = ""
    notice: str = ""


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
    memory: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[Done], None] = lambda done: None,
) -> Outcome:
    """Autograde what was handed in for the assignment ``name`` and was not graded yet.

    ``students``: only these (default: all); ``jobs``: at most so many processes; ``force``: again, though nothing new was handed in;
    ``memory``: megabytes for the code of one submission; ``scheduler``: address of a Dask cluster whose workers compute instead.
    Raises GradingError if nothing can be graded at all: no such assignment, no submissions, no gradebook to write to, no cluster; and
    RunLocked if another run is at work on this course.
    """
    config = PyFileConfigLoader(CONFIG, path=str(course)).load_config()
    directory = CourseDirectory(config=config)
    with (
        locks.only_run(Path(directory.format_path(directory.autograded_directory, "", "")).parent, f"autograding {name}"),
        Gradebook(directory.db_url, directory.course_id) as gradebook,
    ):
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
            outcome.notice = _unguarded(masters)
            for number, submission in enumerate(pending, 1):
                _by_nbgrader(submission, name, config, outcome)
                tell(number)
            return outcome
        writer = Writer(gradebook, name, AssignLatePenalties(config=config))
        assignment = _assignment(name, masters, directory, config, memory)
        if assignment.code and scheduler is None:
            outcome.notice = assignment.code.isolation.notice
        batch: list[Record] = []
        for number, record in enumerate(_records(pending, assignment, jobs, scheduler), 1):
            batch.append(record)
            if len(batch) == BATCH or number == total:
                _write(writer, batch, outcome)
                batch = []
            tell(number)
    return outcome


def _records(pending: Sequence[Submission], assignment: Assignment, jobs: int, scheduler: str | None) -> Iterator[Record]:
    if scheduler is not None:
        from smtraining.grading import cluster

        return cluster.records(pending, assignment, scheduler)
    share = SHARE_OF_CODE if assignment.code else SHARE if workers.can_fork() else SHARE_AFRESH
    return workers.records(pending, assignment, min(jobs, math.ceil(len(pending) / share)))


def _masters(gradebook: Gradebook, name: str) -> dict[str, Master]:
    try:
        masters = {notebook.name: Master.of(notebook) for notebook in gradebook.find_assignment(name).notebooks}
    except MissingEntry:
        masters = {}
    if not masters:
        known = ", ".join(sorted(assignment.name for assignment in gradebook.assignments)) or "none yet"
        raise GradingError(f"The gradebook has no assignment {name!r} (it has: {known}). Run: nbgrader generate_assignment {name} --force")
    for master in masters.values():
        check(master)
    return masters


def _assignment(name: str, masters: dict[str, Master], directory: CourseDirectory, config: Config, memory: int | None) -> Assignment:
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
        code=_code(masters, directory, config, memory) if _code_cells(masters) else None,
    )


def _code_cells(masters: dict[str, Master]) -> list[str]:
    return [cell.name for master in masters.values() for cell in master.cells.values() if cell.needs_kernel]


def _code(masters: dict[str, Master], directory: CourseDirectory, config: Config, memory: int | None) -> Code:
    from smtraining.grading.codecells import imports

    steps = ("source", "release", "submitted", "autograded", "feedback", "solution")
    secrets = {Path(directory.format_path(getattr(directory, f"{step}_directory"), "", "")).resolve() for step in steps}
    if directory.db_url.startswith("sqlite:///"):
        secrets.add(Path(directory.db_url.removeprefix("sqlite:///").partition("?")[0]).parent.resolve())
    return Code(isolation.find(secrets), _limits(config, memory), imports(masters.values()))


def _limits(config: Config, memory: int | None) -> Limits:
    """nbgrader's own setting for the time of a cell, ours for all else."""
    limits = Limits(cell_seconds=int(Execute(config=config).timeout or Limits().cell_seconds))
    return limits if memory is None else replace(limits, memory=memory * isolation.MEGABYTE)


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
        newer = handed_in > before if handed_in and before else _changed_since(source, target)
        if force or newer or not target.exists() or unfinished(target).exists():
            yield Submission(student, source, target, handed_in)
        else:
            outcome.skipped += 1


def _changed_since(source: Path, target: Path) -> bool:
    """Whether a handed-in notebook was written after its autograded copy: an upload without a time may have been replaced."""
    copies = ((path, target / path.name) for path in source.glob("*.ipynb"))
    return any(copy.exists() and path.stat().st_mtime_ns > copy.stat().st_mtime_ns for path, copy in copies)


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
    if _code_cells(masters):
        other = [master.name for master in masters.values() if not (master.kernelspec or {}).get("name", "python3").startswith("python")]
        if other:
            return f"the code of {other[0]} is not Python"
        if not hasattr(os, "fork"):
            return "this system cannot run code cells in copies of one process"
        if config.IgnorePattern:
            return f"{CONFIG} has patterns of output to leave out"
    for option, steps in STEPS.items():
        if tuple(str(step).rpartition(".")[2] for step in config.Autograde.get(option, ())) != steps:
            return f"c.Autograde.{option} in {CONFIG} holds other steps than ours"
    if any(config.Autograde.get(hook) for hook in ("pre_convert_hook", "post_convert_hook")):
        return f"{CONFIG} has hooks for each submission"
    if directory.groupshared or directory.notebook_id != "*":
        return f"{CONFIG} shares files with a group, or names single notebooks"
    return ""


# -- doing it --------------------------------------------------------------------------------------------------------


def _unguarded(masters: dict[str, Master]) -> str:
    if not _code_cells(masters):
        return ""
    return "NOT ISOLATED: nbgrader runs the code of students as you, with your files and your network. Grade in a container."


def _write(writer: Writer, batch: Sequence[Record], outcome: Outcome) -> None:
    failed = writer.write(batch)
    outcome.failed |= failed
    outcome.graded += len(batch) - len(failed)
    outcome.notice = outcome.notice or next((record.notice for record in batch if record.notice), "")
    outcome.flags |= {record.submission.student: record.flags for record in batch if record.flags}
    outcome.remarks |= {record.submission.student: record.remarks for record in batch if record.remarks}


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
