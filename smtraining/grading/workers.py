"""The processes that grade a class on this machine: each takes submissions one by one, and one bad submission ends at most its own.

What comes back is a plain record; the one writer is in :mod:`smtraining.grading.classrun`.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import TYPE_CHECKING

from smtraining import bank as banks
from smtraining.grading.submission import Assignment, Record, Submission, grade, unfinished

if TYPE_CHECKING:
    from smtraining.grading.sandbox import Sandbox

ENDED = "The process that graded it ended unexpectedly, twice; it may be too large."


class Grader:
    """Grades submissions of one assignment in this process. The content is read once; a sandbox starts with the first code cell.

    Use it in a ``with`` statement, or end the process.
    """

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._bank = banks.load()
        self._started: Sandbox | None = None

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox, if one was started."""
        if self._started is not None:
            self._started.close()
            self._started = None

    def grade(self, submission: Submission, assignment: Assignment | None = None) -> Record:
        """The record of one submission; never raises on what a student handed in. ``assignment``: the same, with its files elsewhere."""
        return grade(submission, assignment or self._assignment, self._bank, self._sandbox)

    def _sandbox(self) -> Sandbox:
        from smtraining.grading.sandbox import Sandbox

        if self._started is not None and self._started.dead:
            self.close()
        if self._started is None:
            code = self._assignment.code
            assert code is not None  # only notebooks of an exercise with code ask for a sandbox
            self._started = Sandbox(code.isolation, code.limits, code.preload)
        return self._started


def can_fork() -> bool:
    """Whether workers can start as copies of this process, which takes milliseconds. Safe only while it has one thread."""
    return sys.platform == "linux" and threading.active_count() == 1


def records(pending: Sequence[Submission], assignment: Assignment, jobs: int) -> Iterator[Record]:
    """The record of each submission, in the order in which they are finished; never more than a few in memory."""
    if jobs <= 1:
        with Grader(assignment) as grader:
            yield from (grader.grade(submission) for submission in pending)
        return
    if can_fork():
        banks.load()  # once: the workers are copies
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
                    yield given_up(lost.pop(0), ENDED)


def given_up(submission: Submission, why: str) -> Record:
    """The record of a submission that no process could grade."""
    shutil.rmtree(unfinished(submission.target), ignore_errors=True)
    return Record(submission, failure=why)


@contextlib.contextmanager
def _pool(jobs: int, assignment: Assignment) -> Iterator[ProcessPoolExecutor]:
    """Ends at once if the run is given up: what has not begun is not begun."""
    context = multiprocessing.get_context("fork" if can_fork() else "spawn")
    pool = ProcessPoolExecutor(jobs, context, _start_worker, (assignment,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


_of_worker: list[Grader] = []


def _start_worker(assignment: Assignment) -> None:
    _of_worker[:] = [Grader(assignment)]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _grade(submission: Submission) -> Record:
    return _of_worker[0].grade(submission)
