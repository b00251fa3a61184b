"""The gradebook in PostgreSQL: the same rows as in SQLite, from a real server that this test starts."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ensure_programs
import pytest
from fixtures.grading_course import FULL_POINTS, NAME, OVERLAY, PARTLY, RIGHT, WRONG, Course
from nbgrader.api import Gradebook

from smtraining.errors import GradingError
from smtraining.grading import classrun

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own


@pytest.fixture(autouse=True)
def content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a new, empty server. It refuses to run as root, so then it runs as nobody, in a folder of its own."""
    programs = ensure_programs.postgres()
    assert programs is not None, "PostgreSQL is not installed: run tests/ensure_programs.py"
    user = "nobody" if os.geteuid() == 0 else None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="smtraining-postgres-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    command = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "grader", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
    subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True)
    command = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder), "-h", "127.0.0.1", "-F"]
    process = subprocess.Popen(command, user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ready = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-U", "grader", "-q"]
        for _ in range(150):
            if subprocess.run(ready, check=False).returncode == 0:
                break
            time.sleep(0.2)
        create = [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "grader", "gradebook"]
        subprocess.run(create, check=True, capture_output=True)
        yield f"postgresql+psycopg://grader@127.0.0.1:{port}/gradebook"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _rows(address: str) -> list[Any]:
    with Gradebook(address, "smtraining") as gradebook:
        return sorted(
            (
                submission.student.id,
                submission.timestamp,
                submission.score,
                sorted((g.name, g.auto_score, g.manual_score, g.needs_manual_grade) for n in submission.notebooks for g in n.grades),
                sorted((c.name, c.auto_comment) for n in submission.notebooks for c in n.comments),
            )
            for submission in gradebook.assignment_submissions(NAME)
        )


def _hand_in(course: Course) -> None:
    (course.submit("ada", RIGHT, written="Some first steps are small.") / "timestamp.txt").write_text("2026-03-02 10:05:00 UTC")
    course.submit("ben", PARTLY)
    course.submit("cleo")
    course.submit("dan", WRONG)
    (course.submit("kim", RIGHT) / f"{NAME}.ipynb").write_text("{'no': json")
    for number in range(20):
        course.submit(f"z{number:02}", RIGHT)


def test_rows_in_postgresql_are_those_in_sqlite(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Release, autograde with two processes, a score given by hand, grade again with force."""
    monkeypatch.setattr(classrun, "BATCH", 4)
    found = {}
    for kind in ("postgresql", "sqlite"):
        course = Course(tmp_path / kind)
        if kind == "postgresql":
            with (course.root / "nbgrader_config.py").open("a") as config:
                config.write(f"\nc.CourseDirectory.db_url = {server!r}\n")
            (course.root / "grading" / "gradebook.db").unlink()
        book = server if kind == "postgresql" else f"sqlite:///{course.root / 'grading' / 'gradebook.db'}"
        monkeypatch.setenv("PATH", course.env["PATH"])
        course.release()
        _hand_in(course)
        first = classrun.autograde(course.root, NAME, jobs=2)
        assert (first.graded, list(first.failed)) == (24, ["kim"])
        with Gradebook(book, "smtraining") as gradebook:
            grade = gradebook.find_grade("t90-01", NAME, NAME, "dan")
            grade.manual_score, grade.needs_manual_grade = 1.5, False
            gradebook.db.commit()
        again = classrun.autograde(course.root, NAME, students=["ada", "dan"], force=True)
        assert (again.graded, again.skipped) == (2, 0)
        assert classrun.autograde(course.root, NAME).skipped == 24
        found[kind] = _rows(book)
        assert not (kind == "postgresql" and (course.root / "grading" / "gradebook.db").exists())
    assert found["postgresql"] == found["sqlite"]
    assert len(found["sqlite"]) == 25
    ada = next(row for row in found["postgresql"] if row[0] == "ada")
    assert {name: auto for name, auto, *_ in ada[3] if name in FULL_POINTS} == FULL_POINTS


def test_a_server_that_goes_away_is_named_and_what_was_committed_is_kept(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = Course(tmp_path / "course")
    monkeypatch.setenv("PATH", course.env["PATH"])
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.CourseDirectory.db_url = {server!r}\nc.CourseDirectory.course_id = 'smtraining'\n")
    course.release()
    for number in range(6):
        course.submit(f"late{number}", RIGHT)
    monkeypatch.setattr(classrun, "BATCH", 2)
    end = (
        "import sys, psycopg\nwith psycopg.connect(sys.argv[1], autocommit=True) as db:\n    db.execute('SELECT pg_terminate_backend(pid) "
        + ("FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = current_user')")
    )

    def lose(done: classrun.Done) -> None:
        if done.finished == 2:
            subprocess.run([sys.executable, "-c", end, server.replace("+psycopg", "")], check=True)

    with pytest.raises(GradingError, match=r"The gradebook cannot be written: .*What was committed before is safe"):
        classrun.autograde(course.root, NAME, progress=lose)
    done = classrun.autograde(course.root, NAME)
    assert (done.graded, done.skipped) == (4, 2)
    assert [row[0] for row in _rows(server) if row[0].startswith("late")] == [f"late{number}" for number in range(6)]
