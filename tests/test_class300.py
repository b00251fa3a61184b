"""A class of 300 of every kind through the whole flow: every row is the one that was known before; killed ten times, the same rows."""

from __future__ import annotations

import csv
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.class_of_300 import DUE, SIZES, Class300, Truth
from fixtures.grading_course import NAME, OVERLAY, Course, Row
from test_cheating import EDITS, FORGED

from smtraining import cli

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own

SEED = 20260303


@pytest.fixture(scope="module")
def class300(tmp_path_factory: pytest.TempPathFactory) -> Class300:
    course = Course(tmp_path_factory.mktemp("class") / "course")
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
        config.write('c.AssignLatePenalties.plugin_class = "nbgrader.plugins.LateSubmissionPlugin"\n')
    course.release()
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)
    made = Class300(course, EDITS, FORGED)
    made.hand_in(SEED)
    return made


@pytest.fixture
def course(class300: Class300, tmp_path: Path) -> Course:
    twin = object.__new__(Course)
    twin.root = tmp_path / "course"
    shutil.copytree(class300.course.root, twin.root, symlinks=True)
    return twin


def _found(course: Course) -> dict[str, tuple[dict[str, Row], float | None, float]]:
    """Student -> rows, penalty, total, for everybody of whom the gradebook has a submission."""
    found = {}
    with course.gradebook() as gradebook:
        for submission in gradebook.assignment_submissions(NAME):
            (notebook,) = submission.notebooks
            rows = {g.name: Row(g.auto_score, g.manual_score, g.score, g.needs_manual_grade) for g in notebook.grades}
            penalty = notebook.late_submission_penalty
            assert submission.student.id not in found, "a submission is there twice"
            found[submission.student.id] = (rows, penalty, submission.score - (penalty or 0.0))
    return found


def _known(truth: dict[str, Truth]) -> dict[str, tuple[dict[str, Row], float | None, float]]:
    return {student: (true.rows, true.penalty, true.total) for student, true in truth.items() if true.rows is not None}


def test_the_class_is_what_it_says(class300: Class300) -> None:
    assert class300.kinds == SIZES
    assert len(class300.truth) == 300
    assert len(EDITS) + len(FORGED) >= 20
    totals = {true.total for true in class300.truth.values()}
    assert len(totals) > 8  # neither all right nor all wrong


def test_every_row_is_the_one_that_was_known(
    class300: Class300, course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))
    monkeypatch.setenv("PATH", course.env["PATH"])
    monkeypatch.chdir(course.root)
    truth = class300.truth
    failed = sorted(student for student, true in truth.items() if true.failed)
    assert cli.main(["autograde", NAME, "--jobs", "2"]) == 1  # some could not be graded, and are named
    said = capsys.readouterr().out
    assert sorted(line.split()[2].rstrip(":") for line in said.splitlines() if line.startswith("NOT GRADED")) == failed
    assert said.endswith(f"{300 - len(failed)} graded, 0 unchanged, {len(failed)} not graded.\n")
    assert _found(course) == _known(truth)
    folders = {path.parent.name for path in (course.root / "grading" / "autograded").glob(f"*/{NAME}")}
    assert folders == truth.keys() - set(failed)
    subprocess.run([sys.executable, "-m", "nbgrader", "export"], cwd=course.root, env=course.env, check=True, capture_output=True)
    with (course.root / "grades.csv").open(newline="") as file:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert exported == {student: true.total for student, true in truth.items() if true.rows is not None}
    best = max(truth, key=lambda student: truth[student].total)
    assert "No response." in course.feedback(
        next(s for s in truth if s not in failed and truth[s].rows and not truth[s].rows["t90-w1"].look)
    )
    assert str(truth[best].total).removesuffix(".0") in course.feedback(best)


KILLED = """
import os, random, signal, sys
from pathlib import Path
from smtraining import bank
from smtraining.grading import classrun

classrun.BATCH = 5
bank.load()

def run(course, seed):
    chance = random.Random(seed)

    def begin(done):
        if done.finished == 0:
            # Ends this process, without a word, after so much work: a load on the machine does not change where.
            signal.setitimer(signal.ITIMER_PROF, chance.uniform(0.001, 0.05))

    classrun.autograde(Path(course), "90-fixture", jobs=2, progress=begin if seed else lambda done: None)
    os._exit(0)

for seed in map(int, sys.argv[2:]):
    child = os.fork()
    if child == 0:
        run(sys.argv[1], seed)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_killed_at_ten_moments_and_resumed_the_rows_are_the_same(class300: Class300, course: Course, tmp_path: Path) -> None:
    (tmp_path / "killed.py").write_text(KILLED)
    chance = random.Random(SEED)
    seeds = [str(chance.randrange(1, 10**6)) for _ in range(10)]
    command = [sys.executable, str(tmp_path / "killed.py"), str(course.root), *seeds, "0"]
    ran = subprocess.run(command, env=course.env, capture_output=True, text=True, check=True)
    codes = [int(code) for code in ran.stdout.split()]
    assert codes == [-27] * 10 + [0], ran.stderr  # SIGPROF ten times; then to the end
    assert _found(course) == _known(class300.truth)
    assert not list((course.root / "grading" / "autograded").glob("*/.*"))
