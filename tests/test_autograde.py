"""``smtraining autograde``: the rows of ``nbgrader autograde``, whatever a class hands in and whenever the run is stopped."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures.grading_course import (
    FULL_POINTS,
    NAME,
    OVERLAY,
    PARTLY,
    PARTLY_POINTS,
    RIGHT,
    WRONG,
    Course,
    Row,
    cell,
    lines,
)
from nbformat.notebooknode import NotebookNode

from smtraining import cli
from smtraining.errors import GradingError
from smtraining.grading import classrun

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own

ESSAY = "Some first steps are small."
DUE, EARLY, LATE = "2026-03-03 00:00:00", "2026-03-02 10:05:00 UTC", "2026-03-04 10:05:00 UTC"


@pytest.fixture(autouse=True)
def content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))


# --- a class of twelve, and what the gradebook holds ------------------------------------------------------------------


def _tamper(nb: NotebookNode) -> None:
    cell(nb, "t90-01").metadata.nbgrader.points = 100
    cell(nb, "t90-01").source = "grade = 100"
    cell(nb, "t90-w1").metadata.nbgrader.grade = False
    nb.cells.remove(cell(nb, "t90-03"))


def _hand_in(course: Course) -> None:
    course.submit("ada", RIGHT, written=ESSAY)
    course.submit("ben", PARTLY, written=ESSAY)
    course.submit("cleo")
    course.submit("dan", WRONG)
    course.submit("eve", RIGHT | {"t90-01": ["b", "c"]})
    course.submit("fay", PARTLY, edit=_tamper)
    course.submit("gil", side_file=lines(RIGHT))
    course.submit("hal", side_file=lines(PARTLY) + "x" * 2_100_000)
    (course.submit("ida", RIGHT) / "timestamp.txt").write_text(LATE)
    (course.submit("jon", RIGHT, written=ESSAY) / "timestamp.txt").write_text(EARLY)
    (course.submit("kim", RIGHT) / f"{NAME}.ipynb").write_text("{'no': json")
    (course.submit("lee", RIGHT) / f"{NAME}.ipynb").unlink()


GRADED = ("ada", "ben", "cleo", "dan", "eve", "fay", "gil", "hal", "ida", "jon")


def _late_course(folder: Path) -> Course:
    """A course that takes every point from late work."""
    course = Course(folder)
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    course.release()
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)
    _hand_in(course)
    return course


def _rows(course: Course) -> list[Any]:
    """Everything that autograding writes into the gradebook, without the random ids of the rows."""
    with course.gradebook() as gradebook:
        return sorted(
            (
                student.id,
                submission.timestamp,
                [
                    (
                        notebook.name,
                        notebook.late_submission_penalty,
                        notebook.score,
                        sorted(
                            (g.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade, g.max_score)
                            for g in notebook.grades
                        ),
                        sorted((c.name, c.auto_comment, c.manual_comment) for c in notebook.comments),
                    )
                    for notebook in submission.notebooks
                ],
            )
            for student in gradebook.students
            for submission in student.submissions
        )


def _tree(folder: Path) -> dict[str, bytes]:
    """The autograded files below a folder, but for fay's notebook: a cell that comes back gets a random id."""
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {name: content for name, content in found.items() if "fay" not in name}


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return _late_course(tmp_path_factory.mktemp("handed-in") / "course")


@pytest.fixture
def course(handed_in: Course, tmp_path: Path) -> Course:
    """A copy of the class before anything is graded."""
    shutil.copytree(handed_in.root, tmp_path / "course")
    twin = object.__new__(Course)
    twin.root = tmp_path / "course"
    return twin


@pytest.fixture(scope="module")
def by_nbgrader(handed_in: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The same class, autograded by nbgrader itself."""
    twin = object.__new__(Course)
    twin.root = tmp_path_factory.mktemp("by-nbgrader") / "course"
    shutil.copytree(handed_in.root, twin.root)
    with twin.api() as api:
        api.autograde(NAME, "*")
    return twin


@pytest.mark.parametrize("jobs", [1, 2])
def test_rows_and_files_are_those_of_nbgrader(course: Course, by_nbgrader: Course, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    monkeypatch.setattr(classrun, "SHARE", 1)
    monkeypatch.setattr(classrun, "BATCH", 5)
    done = classrun.autograde(course.root, NAME, jobs=jobs)
    assert _rows(course) == _rows(by_nbgrader)
    assert _tree(course.root / "grading" / "autograded") == _tree(by_nbgrader.root / "grading" / "autograded")
    assert (done.graded, sorted(done.failed)) == (len(GRADED), ["kim", "lee"])
    assert course.points("ada") == course.points("fay") | {"t90-01": 2.0, "t90-02": 3.0, "t90-03": 4.0, "t90-04": 3.0} == FULL_POINTS
    assert course.points("fay") == PARTLY_POINTS


def test_the_class_is_as_mixed_as_it_should_be(by_nbgrader: Course) -> None:
    """What the comparison above rests on: full, partial, untouched, spoiled, damaged and late work all are in it."""
    points = {student: list(by_nbgrader.points(student).values()) for student in GRADED}
    assert (points["ada"], points["cleo"], points["gil"]) == (list(FULL_POINTS.values()), [0.0] * 4, list(FULL_POINTS.values()))
    assert by_nbgrader.rows("eve")["t90-01"].look
    assert by_nbgrader.rows("hal")["t90-01"].look
    with by_nbgrader.gradebook() as gradebook:
        late, early = (gradebook.find_submission_notebook(NAME, NAME, student) for student in ("ida", "jon"))
        assert (late.late_submission_penalty, early.late_submission_penalty) == (12.0, None)


def test_a_class_that_is_handed_in_again_keeps_hand_scores_and_is_graded_where_it_is_newer(course: Course) -> None:
    classrun.autograde(course.root, NAME)
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("t90-01", NAME, NAME, "jon")
        grade.manual_score, grade.needs_manual_grade = 1, False
        gradebook.db.commit()
    (course.submit("jon", PARTLY) / "timestamp.txt").write_text(LATE)
    done = classrun.autograde(course.root, NAME)
    assert (done.graded, done.skipped) == (1, len(GRADED) - 1)
    assert course.rows("jon")["t90-01"] == Row(0.0, 1.0, 1.0, look=True)
    assert course.rows("jon")["t90-02"] == Row(1.0, None, 1.0, look=False)


def test_an_upload_without_a_time_that_was_replaced_is_graded_again(course: Course) -> None:
    """Some platforms put no time into the name of a file: then the newer file counts."""
    classrun.autograde(course.root, NAME, students=["ada"])
    folder = course.root / "grading" / "submitted" / "ada" / NAME
    assert not (folder / "timestamp.txt").exists()
    shutil.rmtree(folder)
    course.submit("ada", PARTLY)
    done = classrun.autograde(course.root, NAME, students=["ada"])
    assert (done.graded, done.skipped) == (1, 0)
    assert course.points("ada") == PARTLY_POINTS


def test_a_second_run_changes_nothing(course: Course) -> None:
    classrun.autograde(course.root, NAME)
    before = (_rows(course), {p: p.stat().st_mtime_ns for p in (course.root / "grading" / "autograded").rglob("*")})
    shutil.rmtree(course.root / "grading" / "submitted" / "kim")
    done = classrun.autograde(course.root, NAME)
    assert (done.graded, done.skipped) == (0, len(GRADED))
    assert (_rows(course), {p: p.stat().st_mtime_ns for p in (course.root / "grading" / "autograded").rglob("*")}) == before


def test_a_corrected_key_is_applied_to_everybody_with_force(course: Course) -> None:
    classrun.autograde(course.root, NAME, students=["ada", "ben"])
    with course.gradebook() as gradebook:
        source = gradebook.find_source_cell("t90-01", NAME, NAME)
        source.source = source.source.replace("{'correct': 'b'}", "{'correct': 'a'}")
        gradebook.db.commit()
    done = classrun.autograde(course.root, NAME, students=["ada", "ben"], force=True)
    assert (done.graded, done.skipped) == (2, 0)
    assert [course.points(student)["t90-01"] for student in ("ada", "ben")] == [0.0, 2.0]


# --- stopped, and run again -------------------------------------------------------------------------------------------

DRIVER = """
import os, signal, sys
from pathlib import Path
from smtraining.grading import classrun, writer

def main(moment, course, jobs):
    classrun.BATCH, classrun.SHARE = 3, 1
    commit, rename, put = writer.Writer.commit, Path.rename, writer.Writer._put
    count = 0

    def stop():
        os.kill(os.getpid(), signal.SIGKILL)

    def before_rows(self, records):
        nonlocal count
        count += 1
        stop() if count == 2 else commit(self, records)

    def within_rows(self, *rest):
        nonlocal count
        put(self, *rest)
        self._db.flush()
        count += 1
        if count == 5:
            stop()

    def before_folder(self, target):
        nonlocal count
        count += 1
        stop() if count == 4 else rename(self, target)

    if moment == "before the rows":
        writer.Writer.commit = before_rows
    if moment == "within the rows":
        writer.Writer._put = within_rows
    if moment == "between rows and folder":
        Path.rename = before_folder
    classrun.autograde(Path(course), "90-fixture", jobs=int(jobs))

if __name__ == "__main__":
    main(*sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("moment", "jobs", "committed"), [("before the rows", 2, 3), ("within the rows", 1, 3), ("between rows and folder", 1, 6)]
)
def test_a_run_that_is_killed_is_taken_up_again(
    course: Course, by_nbgrader: Course, tmp_path: Path, moment: str, jobs: int, committed: int
) -> None:
    (tmp_path / "driver.py").write_text(DRIVER)
    command = [sys.executable, str(tmp_path / "driver.py"), moment, str(course.root), str(jobs)]
    killed = subprocess.run(command, env=course.env, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(_rows(course)) == committed
    classrun.autograde(course.root, NAME)
    assert _rows(course) == _rows(by_nbgrader)
    assert _tree(course.root / "grading" / "autograded") == _tree(by_nbgrader.root / "grading" / "autograded")


def test_what_a_killed_nbgrader_left_half_done_is_done_again(course: Course) -> None:
    """The mark that stands beside the folder while nbgrader itself grades an exercise with code."""
    classrun.autograde(course.root, NAME, students=["ada", "ben"])
    target = course.folder("ada", "autograded")
    (target.parent / f".{NAME}.unfinished").mkdir()
    done = classrun.autograde(course.root, NAME, students=["ada", "ben"])
    assert (done.graded, done.skipped) == (1, 1)
    assert [p.name for p in target.parent.iterdir()] == [NAME]


# --- one bad submission -----------------------------------------------------------------------------------------------


def test_the_command_grades_the_others_and_names_who_could_not_be_graded(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(course.root / "grading")
    assert cli.main(["autograde", NAME, "--jobs", "1"]) == 1
    said = capsys.readouterr()
    assert "NOT GRADED kim: NotJSONError: Notebook does not appear to be JSON" in said.out
    assert "NOT GRADED lee: There is no notebook in what was handed in." in said.out
    assert "eve: t90-01: The saved answer cannot be read" in said.out
    assert f"hal: {NAME}.ipynb: side file: answers.smtraining.jsonl is larger than 2,000,000 bytes and was not read" in said.out
    assert said.out.endswith(f"{len(GRADED)} graded, 0 unchanged, 2 not graded.\n")
    assert f"{NAME}: 11 of 11, 00:00 left" in said.err
    assert course.points("ada") == FULL_POINTS
    assert not course.folder("kim", "autograded").exists()


def test_the_command_ends_well_when_all_is_well(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(course.root)
    assert cli.main(["autograde", NAME, "--student", "ada", "ben", "--jobs", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 graded, 0 unchanged, 0 not graded."


def test_a_submission_that_ends_its_process_fails_alone(course: Course, tmp_path: Path) -> None:
    """Such as one that takes more memory than there is."""
    (tmp_path / "driver.py").write_text(
        "import json, os, sys\nfrom pathlib import Path\nfrom smtraining.grading import classrun, submission\n"
        "whole = submission.capture\n"
        "submission.capture = lambda nb, folder, *rest: os._exit(9) if folder.parent.name == 'dan' else whole(nb, folder, *rest)\n"
        "if __name__ == '__main__':\n"
        "    classrun.SHARE = 1\n"
        "    done = classrun.autograde(Path(sys.argv[1]), '90-fixture', jobs=2)\n"
        "    print(json.dumps([done.graded, done.failed]))\n"
    )
    ran = subprocess.run([sys.executable, str(tmp_path / "driver.py"), str(course.root)], env=course.env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    graded, failed = json.loads(ran.stdout)
    assert (graded, sorted(failed)) == (len(GRADED) - 1, ["dan", "kim", "lee"])
    assert failed["dan"] == "The process that graded it ended unexpectedly, twice; it may be too large."
    assert course.points("jon") == FULL_POINTS


def _no_date(course: Course) -> str:
    (course.folder("ada") / "timestamp.txt").write_text("yesterday evening")
    return "does not hold a date and time"


def _a_link(course: Course) -> str:
    path = course.folder("ada") / f"{NAME}.ipynb"
    path.unlink()
    path.symlink_to(course.folder("jon") / f"{NAME}.ipynb")
    return "is a link to another file"


def _another_name(course: Course) -> str:
    path = course.folder("ada") / f"{NAME}.ipynb"
    path.rename(path.with_name("Untitled.ipynb"))
    return f"No notebook of {NAME} was handed in: expected {NAME}.ipynb."


def _no_row(course: Course) -> str:
    """As after somebody deleted rows by hand."""
    classrun.autograde(course.root, NAME, students=["ada"])
    with course.gradebook() as gradebook:
        gradebook.db.delete(gradebook.find_grade("t90-01", NAME, NAME, "ada"))
        gradebook.db.commit()
    return "the gradebook has no row for t90-01"


@pytest.mark.parametrize("spoil", [_no_date, _a_link, _another_name, _no_row])
def test_what_is_wrong_with_one_submission_is_said_and_the_others_are_graded(course: Course, spoil: Callable[[Course], str]) -> None:
    reason = spoil(course)
    done = classrun.autograde(course.root, NAME, students=["ada", "ben"], force=True)
    assert (done.graded, list(done.failed)) == (1, ["ada"])
    assert reason in done.failed["ada"]
    assert course.points("ben") == PARTLY_POINTS
    assert not course.folder("ada", "autograded").exists()


def test_a_run_that_cannot_begin_says_what_to_do(course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(GradingError, match=r"no assignment '91-other' .it has: 90-fixture.. Run: nbgrader generate_assignment"):
        classrun.autograde(course.root, "91-other")
    with pytest.raises(GradingError, match="Nothing was handed in by zoe"):
        classrun.autograde(course.root, NAME, students=["zoe"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GradingError, match=r"There is no nbgrader_config\.py"):
        classrun.course_folder()


def test_a_master_that_nbgrader_would_refuse_grades_nobody(course: Course) -> None:
    with course.gradebook() as gradebook:
        gradebook.find_source_cell("t90-01", NAME, NAME).cell_type = "markdown"
        gradebook.db.commit()
    with pytest.raises(GradingError, match="Markdown grade cell 't90-01' is not marked as a solution cell"):
        classrun.autograde(course.root, NAME)
    assert _rows(course) == []


# --- two runs at the same time ----------------------------------------------------------------------------------------

HOLDER = """
import sys, time
from pathlib import Path
from smtraining.grading import locks
with locks.only_run(Path(sys.argv[1]) / "grading", "autograding 90-fixture"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_run_is_refused_and_told_who_is_at_work(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(course.root)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(course.root)], env=course.env, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert cli.main(["autograde", NAME]) == 1
        said = capsys.readouterr().err
        assert f"is autograding {NAME} already, on " in said
        assert f"(process {holder.pid}), since 20" in said
        assert _rows(course) == []
        holder.kill()  # a lock that is left behind holds nobody up
    assert cli.main(["autograde", NAME, "--student", "ada"]) == 0
    assert course.points("ada") == FULL_POINTS


# --- what goes to nbgrader itself -------------------------------------------------------------------------------------


def test_a_course_with_steps_of_its_own_is_not_graded_without_them(course: Course) -> None:
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write('\nc.Autograde.autograde_preprocessors.append("nbgrader.preprocessors.ClearOutput")\n')
    done = classrun.autograde(course.root, NAME, students=["ada"])
    assert done.by_nbgrader == "c.Autograde.autograde_preprocessors in nbgrader_config.py holds other steps than ours"
    assert cell(course.autograded("ada"), "t90-01").outputs == []
