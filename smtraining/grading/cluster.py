"""A class graded by the workers of a Dask cluster (https://distributed.dask.org). The one writer and its rows stay where they are.

No file system is shared: what a student handed in goes to a worker as bytes, and the autograded files come back. If a worker is lost,
the scheduler gives its submissions to another; a record reaches the writer once. The keys of the exercise go to the workers, so a cluster
is one that the person who grades trusts, as they trust this machine.
"""

from __future__ import annotations

import hashlib
import importlib
import tempfile
import threading
import uuid
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from smtraining import bank as banks
from smtraining.errors import GradingError
from smtraining.grading import isolation
from smtraining.grading.answers import MAX_NOTEBOOK
from smtraining.grading.submission import Assignment, Record, Submission, unfinished
from smtraining.grading.workers import ENDED, Grader, given_up

PATIENCE = 30
"""Seconds to wait for a scheduler, for its first worker, and between two looks at whether any worker is left."""

TRIES = 4
"""How often a submission is sent, at most: its result may be lost together with the worker that holds it."""

LOST = "Its result was lost with one worker of the cluster after another. Run the command again."


@dataclass(frozen=True, slots=True)
class Sent:
    """What a worker gets of an assignment: the files that belong to it go along."""

    assignment: Assignment
    extra: Mapping[str, bytes]
    key: str


@dataclass(frozen=True, slots=True)
class Returned:
    """What comes back of a submission: the record, its autograded files, and what it was graded with."""

    record: Record
    files: Mapping[str, bytes]
    graded_with: tuple[str, str]


def records(pending: Sequence[Submission], assignment: Assignment, address: str) -> Iterator[Record]:
    """The record of each submission, in the order in which they come back; never more than a few in memory.

    Raises GradingError if no scheduler or no worker answers, if all workers are lost, or if a worker has other content than this machine.
    """
    try:
        dask: Any = importlib.import_module("distributed")  # seconds to load, and most classes need none
    except ImportError as error:
        raise GradingError("--scheduler needs Dask. Install it:  pip install 'smtraining[cluster]'") from error
    try:
        client = dask.Client(address, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise GradingError(
            f"No Dask scheduler answers at {address} ({error}). Start one with 'dask scheduler', or correct the address."
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise GradingError(f"The scheduler at {address} has no workers. Start some with 'dask worker {address}'.") from error
        sent = client.scatter(_sent(assignment), broadcast=True, hash=False)
        most = 4 * sum(client.nthreads().values())
        waiting = deque(pending)
        running: dict[Any, Submission] = {}
        tries: Counter[str] = Counter()
        while waiting or running:
            while waiting and len(running) < most:
                submission = waiting.popleft()
                files = _files(submission.source)
                if files is None:  # links and giants do not travel
                    with Grader(assignment) as here:
                        yield here.grade(submission)
                    continue
                future = client.submit(_grade, sent, submission, files, pure=False, key=f"smtraining-{uuid.uuid4()}")
                running[future] = submission
            if not running:
                break
            try:
                done = dask.wait(list(running), timeout=PATIENCE, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                if not client.nthreads():
                    raise GradingError(
                        "The cluster has lost all its workers. What was committed is safe: start workers and run the same command again."
                    ) from None
                continue
            for future in done:
                submission = running.pop(future)
                try:
                    yield _taken(future.result(), submission, assignment.permissions)
                except dask.CancelledError:
                    tries[submission.student] += 1
                    if tries[submission.student] < TRIES:
                        waiting.append(submission)
                    else:
                        yield given_up(submission, LOST)
                except dask.KilledWorker:
                    yield given_up(submission, ENDED)


def _sent(assignment: Assignment) -> Sent:
    extra = {name: path.read_bytes() for name, path in assignment.extra_files.items()}
    return Sent(replace(assignment, extra_files={}), extra, str(uuid.uuid4()))


def _files(folder: Path) -> dict[str, bytes] | None:
    """What was handed in, by relative name; None if there is a link or something too large among it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    if any(path.is_symlink() or not path.is_file() for path in paths) or sum(path.stat().st_size for path in paths) > MAX_NOTEBOOK:
        return None
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def _taken(returned: Returned, submission: Submission, permissions: int) -> Record:
    """The record as the writer needs it, its files in their place. Raises GradingError if they were made with other content."""
    if returned.graded_with != graded_with():
        raise GradingError(
            f"A worker of the cluster has smtraining {' with content '.join(returned.graded_with)}, this machine has "
            f"{' with content '.join(graded_with())}: scores would not be comparable. Install the same version and content on all of them."
        )
    folder = unfinished(submission.target)
    for name, content in returned.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        path.chmod(permissions)
    return replace(returned.record, submission=submission)


@cache
def graded_with() -> tuple[str, str]:
    """The version of this package, and the first 12 hex digits of SHA-256 over the graded questions of its content."""
    questions = sorted(q.model_dump_json() for q in banks.load().questions.values() if q.graded)
    return version("smtraining"), hashlib.sha256("\n".join(questions).encode()).hexdigest()[:12]


# -- on a worker -----------------------------------------------------------------------------------------------------

_of_thread = threading.local()


def _grade(sent: Sent, submission: Submission, files: Mapping[str, bytes]) -> Returned:
    """Grade one submission in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="smtraining-") as name:
        root = Path(name)
        source, target = root / "submitted", root / "autograded" / sent.assignment.name
        _unpack(files, source)
        _unpack(sent.extra, root / "extra")
        here = replace(sent.assignment, extra_files={file: root / "extra" / file for file in sent.extra}, code=_code(sent.assignment))
        record = _grader(sent.key, here).grade(Submission(submission.student, source, target, submission.time), here)
        made = _packed(unfinished(target))
        failure = record.failure and record.failure.replace(str(source), str(submission.source))
        notice = here.code.isolation.notice if here.code else ""
    return Returned(replace(record, failure=failure, notice=notice), made, graded_with())


def _grader(key: str, here: Assignment) -> Grader:
    """One for each thread of a worker, kept for a class: a sandbox takes a second to start. It ends with the next class or the worker."""
    kept: tuple[str, Grader] | None = getattr(_of_thread, "grader", None)
    if kept is None or kept[0] != key:
        if kept is not None:
            kept[1].close()
        kept = _of_thread.grader = (key, Grader(here))
    return kept[1]


def _code(assignment: Assignment) -> isolation.Code | None:
    """How this machine isolates, which may be another way than that of the machine that sent the work."""
    return assignment.code and replace(assignment.code, isolation=isolation.find([]))


def _unpack(files: Mapping[str, bytes], folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _packed(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
