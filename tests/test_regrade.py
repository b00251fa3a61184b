"""The audit record, and regrading: what a new key does to stored answers, seen before it is done, done, and taken back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from fixtures.grading_course import NAME, OVERLAY, PARTLY, RIGHT, Course, Row, cell, master

from smtraining import cli
from smtraining.grading import audit, classrun, regrade_undo
from smtraining.grading.cells import read

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own

ESSAY = "Some first steps are small."


@pytest.fixture(autouse=True)
def content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))


def lines_of(course: Course) -> list[dict[str, Any]]:
    return list(audit.read(audit.file(course.config, NAME)))


def timeless(lines: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps({k: v for k, v in line.items() if k != "time"}, sort_keys=True) for line in lines)


# --- the audit record -------------------------------------------------------------------------------------------------


def test_both_ways_of_autograding_write_the_same_record(tmp_path: Path) -> None:
    course = Course(tmp_path / "course")
    course.release()
    course.submit("ada", RIGHT, written=ESSAY)
    course.submit("ben", PARTLY)
    course.submit("eve", RIGHT | {"t90-01": ["b", "c"]})
    course.autograde("ada", "ben", "eve")
    by_nbgrader = lines_of(course)
    classrun.autograde(course.root, NAME, force=True)
    ours = lines_of(course)[len(by_nbgrader) :]
    assert len(ours) == 3
    assert timeless(ours) == timeless(by_nbgrader)
    cells = {cell["cell"]: cell for cell in next(line for line in ours if line["student"] == "ben")["cells"]}
    assert {key: cells["t90-02"][key] for key in ("item", "answer", "earned", "points", "how", "reason")} == {
        "item": "t90-02",
        "answer": ["county", "mayor", "grief"],
        "earned": 1.0,
        "points": 3.0,
        "how": "answer",
        "reason": "2 of 3 found; 1 chosen that does not belong.",
    }
    assert cells["t90-02"]["key"] == cells["t90-02"]["key"].lower() and len(cells["t90-02"]["key"]) == 12
    assert cells["t90-02"]["rule"] and cells["t90-02"]["content"]
    ada = {cell["cell"]: cell for line in ours if line["student"] == "ada" for cell in line["cells"]}
    assert (ada["t90-w1"]["earned"], ada["t90-w1"]["how"]) == (None, "person")
    eve = {cell["cell"]: cell for line in ours if line["student"] == "eve" for cell in line["cells"]}
    assert eve["t90-01"]["look"] and "cannot be read" in eve["t90-01"]["trouble"]


def test_a_line_that_a_power_cut_left_unfinished_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    audit.append(path, [audit.entry("scored", "a", "ada", cells=[])])
    with path.open("ab") as target:
        target.write(b'{"schema": 1, "what": "sco')
    audit.append(path, [audit.entry("scored", "a", "ben", cells=[])])
    assert [line["student"] for line in audit.read(path)] == ["ada", "ben"]


# --- a class and a new key ----------------------------------------------------------------------------------------------

LATE = """
c.AssignLatePenalties.plugin_class = "smtraining.grading.late.LatePolicy"
c.LatePolicy.timezone = "America/Chicago"
c.LatePolicy.percent_per_day = 10
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Four students, graded by the first key, where b is right in t90-01. eve is late; dan's answers are marked by hand, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))
        course = Course(tmp_path_factory.mktemp("graded") / "course")
        with (course.root / "nbgrader_config.py").open("a") as config:
            config.write(LATE)
        course.release()
        with course.gradebook() as gradebook:
            gradebook.update_or_create_assignment(NAME, duedate="2026-03-07 23:59 America/Chicago")
        course.submit("ada", RIGHT, written=ESSAY)
        course.submit("ben", PARTLY, written=ESSAY)
        course.submit("cleo", {"t90-02": ["county"]})
        course.submit("dan", RIGHT, written=ESSAY)
        (course.submit("eve", RIGHT) / "timestamp.txt").write_text("2026-03-08 12:00:00 America/Chicago")
        classrun.autograde(course.root, NAME)
        with course.gradebook() as gradebook:
            for name, points in (("t90-01", 1.5), ("t90-w1", 5)):
                grade = gradebook.find_grade(name, NAME, NAME, "dan")
                grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.find_comment("t90-w1", NAME, NAME, "dan").manual_comment = "Warm."
            gradebook.db.commit()
    return course


@pytest.fixture
def course(graded: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A copy of the class. The commands run in its folder."""
    twin = object.__new__(Course)
    twin.root = tmp_path / "course"
    shutil.copytree(graded.root, twin.root)
    monkeypatch.chdir(twin.root)
    return twin


def new_key(
    course: Course, item: str = "t90-01", old: str = "{'correct': 'b'}", new: str = "{'correct': 'a'}", *, release: bool = True
) -> None:
    nb = master()
    cell(nb, item).source = cell(nb, item).source.replace(old, new)
    assert new in cell(nb, item).source
    course.write(course.root / "solutions" / NAME / f"{NAME}.ipynb", nb)
    if release:
        course.release()


def ran(*arguments: str) -> int:
    return cli.main(list(arguments))


def everything(course: Course) -> dict[str, Any]:
    """The gradebook's rows and comments, the penalties, and the autograded notebooks."""
    students = ("ada", "ben", "cleo", "dan", "eve")
    with course.gradebook() as gradebook:
        found = {s: gradebook.find_submission_notebook(NAME, NAME, s) for s in students}
        penalties = {s: nb.late_submission_penalty for s, nb in found.items()}
        comments = {s: sorted((c.name, c.auto_comment, c.manual_comment) for c in nb.comments) for s, nb in found.items()}
    files = {str(p): p.read_bytes() for p in (course.root / "grading" / "autograded").rglob("*") if p.is_file()}
    return {"rows": {s: course.rows(s) for s in students}, "penalties": penalties, "comments": comments, "files": files}


def test_a_dry_run_shows_what_a_new_key_changes_and_changes_nothing(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    new_key(course)
    before, lines = everything(course), lines_of(course)
    assert ran("regrade", NAME) == 0
    said = capsys.readouterr().out
    assert (everything(course), lines_of(course)) == (before, lines)
    old, new = (record_of(course, "ada", "t90-01")["key"], key_now(course))
    rows = [line.split() for line in said.splitlines()]
    assert ["t90-01", "1", "3", "1", "key", old, "→", new] in rows
    assert ["ada", "t90-01", "2", "0"] in [row[:4] for row in rows]
    assert ["ben", "t90-01", "0", "2"] in [row[:4] for row in rows]
    assert ["ben", "total", "4", "6"] in [row[:4] for row in rows]
    assert any(line.startswith("dan") and "stays 1.5, given by hand" in line for line in said.splitlines())
    assert ["eve", "total", "10.8", "9", "late", "penalty", "1.2", "->", "1"] in rows
    assert "You chose the stronger answer. -> " in said
    assert "5 notebooks: points change in 4, only the record of the key in 1." in said
    assert "Nothing was written." in said
    assert not [word for word in ("{'correct'", "SECRET-RATIONALE") if word in said]


def record_of(course: Course, student: str, item: str) -> dict[str, Any]:
    return next(r for r in course.autograded(student).metadata["smtraining_audit"]["items"] if r["item"] == item)


def key_now(course: Course) -> str:
    with course.gradebook() as gradebook:
        return read(gradebook.find_source_cell("t90-01", NAME, NAME).source, "t90-01").digest


def test_accepting_gives_the_rows_of_autograding_anew_and_leaves_alone_what_a_person_gave(course: Course, tmp_path: Path) -> None:
    new_key(course)
    twin = object.__new__(Course)
    twin.root = tmp_path / "twin"
    shutil.copytree(course.root, twin.root)
    classrun.autograde(twin.root, NAME, force=True)
    before = everything(course)
    assert ran("regrade", NAME, "--accept") == 0
    after, anew = everything(course), everything(twin)
    assert after["penalties"] == anew["penalties"] == before["penalties"] | {"eve": 1.0}
    assert after["comments"] == before["comments"]
    assert after["rows"]["dan"]["t90-01"] == Row(0.0, 1.5, 1.5, look=True)  # what stands below a score by hand has changed: look again
    assert after["rows"]["dan"]["t90-w1"] == before["rows"]["dan"]["t90-w1"] == Row(None, 5.0, 5.0, look=False)
    for student in ("ada", "ben", "cleo", "eve"):
        assert after["rows"][student] == anew["rows"][student]
    for student in ("ada", "ben", "cleo", "dan", "eve"):
        assert course.autograded(student) == twin.autograded(student)
    assert ran("regrade", NAME) == 0


def test_after_accepting_there_is_nothing_left_to_do(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    new_key(course)
    ran("regrade", NAME, "--accept")
    before = everything(course)
    assert ran("regrade", NAME, "--accept") == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert everything(course) == before


def test_the_record_says_what_was_changed_when_by_what_key_and_why(course: Course) -> None:
    old = record_of(course, "ada", "t90-01")["key"]
    new_key(course)
    ran("regrade", NAME, "--accept")
    lines = {line["student"]: line for line in lines_of(course) if line["what"] == "regraded"}
    assert sorted(lines) == ["ada", "ben", "cleo", "dan", "eve"]
    ada = lines["ada"]
    assert (ada["cell"], ada["before"], ada["after"], ada["by_hand"]) == ("t90-01", 2.0, 0.0, None)
    assert (ada["old"]["key"], ada["new"]["key"]) == (old, key_now(course))
    assert ada["reasons"] == [f"key {old} → {key_now(course)}"]
    assert ada["new"]["answer"] == "b"
    assert ada["regrade"] and ada["by"] and ada["time"].endswith("Z")
    assert (lines["dan"]["before"], lines["dan"]["after"], lines["dan"]["by_hand"]) == (2.0, 0.0, 1.5)
    assert (lines["eve"]["score"], lines["eve"]["penalty"]) == ([12.0, 10.0], [1.2, 1.0])


def test_one_student_or_one_question_can_be_accepted_alone(course: Course) -> None:
    new_key(course)
    before = everything(course)
    assert ran("regrade", NAME, "--accept", "--student", "ben") == 0
    after = everything(course)
    assert after["rows"]["ben"]["t90-01"] == Row(2.0, None, 2.0, look=False)
    assert after["rows"] | {"ben": before["rows"]["ben"]} == before["rows"]
    assert ran("regrade", NAME, "--accept", "--item", "t90-02") == 0
    assert everything(course) == after
    assert ran("regrade", NAME, "--accept", "--student", "nobody") == 1
    assert ran("regrade", NAME, "--accept", "--item", "t90-99") == 1


def test_an_accepted_regrade_can_be_taken_back(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    new_key(course)
    before = everything(course)
    ran("regrade", NAME, "--accept")
    accepted = everything(course)
    assert accepted != before
    assert ran("regrade", NAME, "--undo") == 0
    assert everything(course) == accepted
    assert "Nothing was written." in capsys.readouterr().out
    assert ran("regrade", NAME, "--undo", "--accept") == 0
    assert everything(course) == before
    undone = [line for line in lines_of(course) if line["what"] == "undone"]
    assert {line["student"]: (line["before"], line["after"]) for line in undone}["ada"] == (0.0, 2.0)
    assert ran("regrade", NAME, "--undo", "--accept") == 1
    assert "There is no regrade to take back" in capsys.readouterr().err


def test_what_was_changed_since_is_not_taken_back(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    new_key(course)
    ran("regrade", NAME, "--accept")
    with course.gradebook() as gradebook:
        gradebook.find_grade("t90-01", NAME, NAME, "ben").auto_score = 1.0
        gradebook.find_grade("t90-01", NAME, NAME, "ada").manual_score = 0.5
        gradebook.db.commit()
    assert ran("regrade", NAME, "--undo", "--accept") == 0
    assert "STAYS ben t90-01: it is not as the regrade left it" in capsys.readouterr().out
    assert course.rows("ben")["t90-01"].auto == 1.0
    assert (course.rows("ada")["t90-01"].auto, course.rows("ada")["t90-01"].manual) == (2.0, 0.5)


def test_a_run_that_ended_between_rows_and_notebook_is_finished_by_the_next(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    new_key(course)
    with monkeypatch.context() as patch:
        patch.setattr(regrade_undo, "_put_cells", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            regrade_undo.accept(course.root, NAME)
    assert course.rows("ada")["t90-01"].auto == 0.0
    assert record_of(course, "ada", "t90-01")["earned"] == 2.0
    regrade_undo.accept(course.root, NAME)
    assert [record_of(course, student, "t90-01")["earned"] for student in ("ada", "ben")] == [0.0, 2.0]
    assert [course.rows(student)["t90-01"].auto for student in ("ada", "ben")] == [0.0, 2.0]


def test_a_key_in_the_master_that_was_not_released_is_pointed_out(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    new_key(course, release=False)
    assert ran("regrade", NAME) == 0
    said = capsys.readouterr().out
    assert "t90-01: the master notebook is not what the gradebook holds" in said
    assert f"nbgrader generate_assignment {NAME} --force" in said
    assert "Nothing to do" in said


def test_a_key_that_does_not_fit_takes_no_score_away(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    with course.gradebook() as gradebook:
        source = gradebook.find_source_cell("t90-01", NAME, NAME)
        source.source = source.source.replace("{'correct': 'b'}", "{'correct': 'q'}")
        gradebook.db.commit()
    before = everything(course)
    assert ran("regrade", NAME, "--accept") == 0
    assert everything(course) == before
    said = capsys.readouterr().out
    assert said.count("The grading cell of t90-01 does not fit the content") == 1
    assert "Its scores stay as they are." in said


def test_an_option_that_was_taken_out_of_the_content_is_named_as_the_reason(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "overlay"
    changed.mkdir()
    text = (OVERLAY / "fixture.yaml").read_text()
    (changed / "fixture.yaml").write_text(
        text.replace("      - id: c\n        text: Nothing at all\n", "      - id: d\n        text: Nothing\n")
    )
    new_key(course, old="'c': 'The next", new="'d': 'The next", release=False)
    with course.gradebook() as gradebook:
        source = gradebook.find_source_cell("t90-01", NAME, NAME)
        source.source = source.source.replace("'c': 'The next", "'d': 'The next")
        gradebook.db.commit()
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(changed))
    assert ran("regrade", NAME) == 0
    said = capsys.readouterr().out
    assert "question " in said and "points change in 0, only the record of the key in 5" in said


def test_a_student_without_an_autograded_notebook_is_named_and_the_others_are_done(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    new_key(course)
    shutil.rmtree(course.folder("ada", "autograded"))
    nb = course.autograded("ben")
    del nb.metadata["smtraining_answers"]
    path = course.folder("ben", "autograded") / f"{NAME}.ipynb"
    path.chmod(0o644)
    nbformat.write(nb, path)
    assert ran("regrade", NAME, "--accept") == 1
    said = capsys.readouterr().out
    assert "NOT LOOKED AT ada: There is no autograded notebook that can be read" in said
    assert "NOT LOOKED AT ben: It was autograded without this configuration" in said
    assert course.rows("dan")["t90-01"].auto == 0.0
    assert course.rows("ben")["t90-01"].auto == 0.0
    assert course.rows("ada")["t90-01"].auto == 2.0
