"""``smtraining autograde --scheduler``: a real Dask scheduler with two workers on this machine, one of them killed half way."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fixtures.code_course import GOOD, GOOD_POINTS, code_course, hand_in, require_sandbox
from fixtures.grading_course import FULL_POINTS, NAME, OVERLAY, PARTLY, PARTLY_POINTS, RIGHT, Course, lines

from smtraining import cli
from smtraining.errors import GradingError
from smtraining.grading import classrun, cluster

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own


@pytest.fixture(autouse=True)
def content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))


@dataclass
class Cluster:
    """A scheduler and its workers, each a process of its own."""

    folder: Path
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]

    @property
    def address(self) -> str:
        for _ in range(300):
            with contextlib.suppress(OSError, ValueError):
                return str(json.loads((self.folder / "scheduler.json").read_text())["address"])
            time.sleep(0.2)
        raise AssertionError("the scheduler did not start")

    def start_worker(self) -> None:
        command = ["distributed.cli.dask_worker", "--scheduler-file", str(self.folder / "scheduler.json"), "--no-nanny", "--no-dashboard"]
        self.workers.append(_start([*command, "--nthreads", "1", "--local-directory", str(self.folder)]))


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    env = {**os.environ, "SMTRAINING_OVERLAY": str(OVERLAY), "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s"}
    return subprocess.Popen([sys.executable, "-m", *command], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("dask")
    command = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    made = Cluster(folder, _start([*command, "--scheduler-file", str(folder / "scheduler.json")]), [])
    try:
        assert made.address.startswith("tcp://127.0.0.1:")
        made.start_worker()
        made.start_worker()
        yield made
    finally:
        for process in (*made.workers, made.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def class_of_40(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course(tmp_path_factory.mktemp("class") / "course")
    course.release()
    for number in range(36):
        course.submit(f"s{number:02}", RIGHT if number % 2 else PARTLY, written="A text." if number % 3 else None)
    course.submit("t-side", side_file=lines(RIGHT))
    (course.submit("t-broken", RIGHT) / f"{NAME}.ipynb").write_text("{'no': json")
    link = course.submit("t-link", RIGHT) / f"{NAME}.ipynb"
    link.unlink()
    link.symlink_to(course.folder("s01") / f"{NAME}.ipynb")
    (course.submit("t-more", PARTLY) / "notes").mkdir()
    (course.folder("t-more") / "notes" / "mine.txt").write_text("kept")
    return course


def _twin(course: Course, root: Path) -> Course:
    shutil.copytree(course.root, root, symlinks=True)
    twin = object.__new__(Course)
    twin.root = root
    return twin


def _rows(course: Course) -> list[Any]:
    with course.gradebook() as gradebook:
        return sorted(
            (s.student.id, sorted((g.name, g.auto_score, g.needs_manual_grade) for notebook in s.notebooks for g in notebook.grades))
            for s in gradebook.assignment_submissions(NAME)
        )


def _tree(course: Course) -> dict[str, tuple[bytes, int]]:
    folder = course.root / "grading" / "autograded"
    return {str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mode) for p in folder.rglob("*") if p.is_file()}


def test_a_worker_is_killed_half_way_and_nothing_is_lost_or_doubled(two_workers: Cluster, class_of_40: Course, tmp_path: Path) -> None:
    here, there = _twin(class_of_40, tmp_path / "here"), _twin(class_of_40, tmp_path / "there")
    local = classrun.autograde(here.root, NAME)
    killed: list[int] = []

    def progress(done: classrun.Done) -> None:
        if done.finished == 15:
            os.kill(two_workers.workers[0].pid, signal.SIGKILL)
            killed.append(done.finished)

    remote = classrun.autograde(there.root, NAME, scheduler=two_workers.address, progress=progress)
    assert killed == [15]
    assert two_workers.workers[0].wait() == -signal.SIGKILL
    assert (remote.graded, remote.skipped) == (local.graded, local.skipped) == (38, 0)
    assert [name for name, _ in _rows(there)] == [f"s{number:02}" for number in range(36)] + ["t-broken", "t-link", "t-more", "t-side"]
    assert _rows(there) == _rows(here)
    assert _tree(there) == _tree(here)
    assert remote.failed.keys() == local.failed.keys() == {"t-broken", "t-link"}
    assert there.points("t-side") == FULL_POINTS
    assert there.points("t-more") == PARTLY_POINTS
    two_workers.start_worker()


def test_code_cells_run_in_a_sandbox_of_the_worker(two_workers: Cluster, tmp_path: Path) -> None:
    require_sandbox()
    course = code_course(tmp_path / "course")
    for student in ("ada", "ben", "cleo"):
        hand_in(course, student, GOOD)
    done = classrun.autograde(course.root, NAME, scheduler=two_workers.address)
    assert (done.graded, done.flags, done.notice) == (3, {}, "")
    for student in ("ada", "ben", "cleo"):
        rows = course.rows(student)
        assert {name: rows[name].auto for name in GOOD_POINTS} == GOOD_POINTS


def test_workers_with_other_content_are_refused(
    two_workers: Cluster, class_of_40: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = _twin(class_of_40, tmp_path / "course")
    monkeypatch.setattr(cluster, "graded_with", lambda: ("0.1.0", "another"))
    with pytest.raises(GradingError, match=r"this machine has 0\.1\.0 with content another: scores would not be comparable"):
        classrun.autograde(course.root, NAME, students=["s00"], scheduler=two_workers.address)
    assert _rows(course) == []


def test_a_scheduler_that_is_not_there_is_named(
    class_of_40: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    monkeypatch.chdir(class_of_40.root)
    assert cli.main(["autograde", NAME, "--scheduler", "tcp://127.0.0.1:9"]) == 1
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err
