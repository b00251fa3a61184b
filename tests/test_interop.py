"""Rosters and uploads in, grades out: with small made-up files as each LMS writes them, and a gradebook made directly."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.grading_course import Course

from smtraining import cli
from smtraining.errors import ExchangeError
from smtraining.interop import collect, export, gradebook, lms, roster, tables, uploads

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own

NAME = "03-confidentiality"

PEOPLE = {
    "amoreno": ("Ana", "Moreno", "ana.moreno@example.edu", "101"),
    "bokafor": ("Ben", "Okafor", "ben.okafor@example.edu", "102"),
    "cdlee": ("Cleo", "de Lee", "cleo@example.edu", "103"),
    "dvance": ("Dee", "Vance", "dee.vance@example.edu", "104"),
}

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,03 Confidentiality (4711),Essay (4712),Current Score\n"
    ",,,,,Manual Posting,,\n"
    "    Points Possible,,,,,10,20,(read only)\n"
    '"Moreno, Ana",101,S1,amoreno,A,,18,90\n'
    '"Okafor, Ben",102,S2,bokafor,A,5.00,17,85\n'
    '"de Lee, Cleo",103,S3,cdlee,A,,,\n'
    '"Vance, Dee",104,S4,dvance,A,,12,\n'
    '"Student, Test",999,,x123,A,,,\n'
)

MOODLE = (
    "First name,Last name,ID number,Email address,Assignment: 03-confidentiality (Real),Assignment: 03-confidentiality (Feedback),"
    "Course total (Real)\n"
    "Ana,Moreno,S1,Ana.Moreno@example.edu,-,,-\n"
    "Ben,Okafor,S2,ben.okafor@example.edu,5,old words,5\n"
    "Cleo,de Lee,S3,cleo@example.edu,-,,-\n"
)

BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"03 Confidentiality [Total Pts: 10 Score] |664617"'
    '\t"Total [Total Pts: 30 Score] |1"\n'
    '"Moreno"\t"Ana"\t"amoreno"\t"S1"\t""\t"3"\n'
    '"Okafor"\t"Ben"\t"bokafor"\t"S2"\t"5.00"\t"4"\n'
)

BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,Email,03-confidentiality Points Grade <Numeric MaxPoints:10>,End-of-Line Indicator\n"
    "#101,#amoreno,Moreno,Ana,ana.moreno@example.edu,,#\n"
    "#102,#bokafor,Okafor,Ben,,5,#\n"
)


class Class(Course):
    """A course with four students: one finished, one late, one with unmarked writing, one who handed in nothing."""

    def fill(self) -> None:
        with self.gradebook() as book:
            for id, (first, last, email, lms_id) in PEOPLE.items():
                book.add_student(id, first_name=first, last_name=last, email=email, lms_user_id=lms_id)
            book.add_assignment(NAME, duedate="2026-03-01 12:00:00 UTC")
            book.add_notebook(NAME, NAME)
            book.add_grade_cell("x03-01", NAME, NAME, max_score=4, cell_type="code")
            book.add_grade_cell("x03-w1", NAME, NAME, max_score=6, cell_type="markdown")
            book.add_solution_cell("x03-w1", NAME, NAME)
            self.grade(book, "amoreno", 3, 5.5, comment="Good reasons, =really")
            self.grade(book, "bokafor", 4, 2, penalty=1.5, time="2026-03-01 13:00:00 UTC")
            self.grade(book, "cdlee", 1, None)

    @staticmethod
    def grade(book: gradebook.Any, student: str, auto: float, manual: float | None, **more: gradebook.Any) -> None:
        book.add_submission(NAME, student, timestamp=more.get("time", "2026-03-01 10:00:00 UTC"))
        first, second = book.find_grade("x03-01", NAME, NAME, student), book.find_grade("x03-w1", NAME, NAME, student)
        first.auto_score, first.needs_manual_grade = auto, False
        second.manual_score, second.needs_manual_grade = manual, manual is None
        book.find_submission_notebook(NAME, NAME, student).late_submission_penalty = more.get("penalty")
        if "comment" in more:
            book.find_comment("x03-w1", NAME, NAME, student).manual_comment = more["comment"]
        book.db.commit()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The gradebook of the class. Made once, and copied for each test."""
    made = Class(tmp_path_factory.mktemp("class"))
    made.fill()
    return (made.root / "grading" / "gradebook.db").read_bytes()


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filled: bytes) -> Class:
    """The class, with the shell in its folder."""
    made = Class(tmp_path)
    (tmp_path / "grading" / "gradebook.db").write_bytes(filled)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Class]:
    """A course without students."""
    made = Class(tmp_path)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    yield made


def ran(*arguments: str) -> int:
    return cli.main(list(arguments))


def rows(path: Path | str, encoding: str = "utf-8", delimiter: str = ",") -> list[list[str]]:
    text = Path(path).read_bytes().decode(encoding)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def exported(to: str, text: str | bytes, *more: str) -> int:
    Path("lms.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return ran("grades", "export", "--to", to, "--into", "lms.csv", "-o", "out.csv", *more)


# -- grades out: what is written -------------------------------------------------------------------------------------


def test_canvas_gets_only_the_rows_and_columns_that_change(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    """Ana 3 + 5.5; Ben 4 + 2 less 1.5 late; Cleo's writing is unmarked; Dee handed in nothing and stays empty."""
    assert exported("canvas", codecs.BOM_UTF8 + CANVAS.encode()) == 0
    assert Path("out.csv").read_bytes().startswith(codecs.BOM_UTF8 + b"Student,ID,")
    assert rows("out.csv", "utf-8-sig") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "03 Confidentiality (4711)"],
        ["", "", "", "", "", "Manual Posting"],
        ["    Points Possible", "", "", "", "", "10"],
        ["Moreno, Ana", "101", "S1", "amoreno", "A", "8.5"],
        ["Okafor, Ben", "102", "S2", "bokafor", "A", "4.5"],
    ]
    said = capsys.readouterr().out
    assert "In the LMS file, not in the gradebook:\n  row 8: Test Student." in said
    assert "left out; sent with --include-unmarked):\n  03-confidentiality: cdlee (Cleo de Lee)" in said
    assert "left as they are; 0 with --missing-as-zero):\n  03-confidentiality: dvance (Dee Vance)" in said


def test_what_was_exported_is_known_when_it_comes_back(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    """Round trip: after the LMS took the grades, nothing is left to write."""
    assert exported("canvas", CANVAS) == 0
    Path("back.csv").write_bytes(Path("out.csv").read_bytes())
    assert ran("grades", "export", "--to", "canvas", "--into", "back.csv", "-o", "again.csv") == 0
    assert "Nothing to write." in capsys.readouterr().out
    assert not Path("again.csv").exists()


def test_a_missing_submission_is_zero_only_where_the_lms_has_nothing(course: Class) -> None:
    assert exported("canvas", CANVAS.replace("dvance,A,,", "dvance,A,7,"), "--missing-as-zero") == 0
    assert "dvance" not in Path("out.csv").read_text()
    assert exported("canvas", CANVAS, "--missing-as-zero") == 0
    assert rows("out.csv")[-1][3:] == ["dvance", "A", "0"]


def test_unmarked_work_is_sent_only_if_asked_for(course: Class) -> None:
    assert exported("canvas", CANVAS, "--include-unmarked") == 0
    assert [row[5] for row in rows("out.csv") if row[3] == "cdlee"] == ["1"]


def test_who_is_excused_in_the_lms_stays_excused(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    assert exported("canvas", CANVAS.replace("cdlee,A,,", "cdlee,A,EX,"), "--include-unmarked", "--missing-as-zero") == 0
    assert "cdlee (Cleo de Lee) is excused in the LMS" in capsys.readouterr().out
    assert "cdlee" not in Path("out.csv").read_text()


def test_moodle_gets_grade_and_feedback_together(course: Class) -> None:
    """E-mail addresses are compared without capitals and written as Moodle spells them; formulas in comments are made harmless."""
    assert exported("moodle", MOODLE) == 0
    head, ana, ben = rows("out.csv")
    assert head[3:] == ["Email address", "Assignment: 03-confidentiality (Real)", "Assignment: 03-confidentiality (Feedback)"]
    assert ana[3:] == ["Ana.Moreno@example.edu", "8.5", "x03-w1: Good reasons, =really"]
    assert ben[3:] == ["ben.okafor@example.edu", "4.5", "old words"]


def test_new_feedback_alone_still_takes_the_grade_along(course: Class) -> None:
    assert exported("moodle", MOODLE.replace("edu,-,,-\nBen", "edu,8.5,,-\nBen").replace("edu,5,", "edu,4.5,")) == 0
    assert [row[4:] for row in rows("out.csv")[1:]] == [["8.5", "x03-w1: Good reasons, =really"]]


def test_moodle_without_a_feedback_column_says_how_to_get_one(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Email address,Assignment: 03-confidentiality (Real)\nana.moreno@example.edu,-\n"
    assert exported("moodle", text) == 0
    assert "Include feedback in export" in capsys.readouterr().out
    assert rows("out.csv") == [["Email address", "Assignment: 03-confidentiality (Real)"], ["ana.moreno@example.edu", "8.5"]]


@pytest.mark.parametrize("bom", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b""])
def test_blackboard_keeps_its_utf16_tabs_and_quotes(course: Class, bom: bytes) -> None:
    codec = "utf-16-be" if bom == codecs.BOM_UTF16_BE else "utf-16-le"
    assert exported("blackboard", bom + BLACKBOARD.replace("Ana", "Ána").encode(codec)) == 0
    data = Path("out.csv").read_bytes()
    assert data.startswith(bom)
    lines = data[len(bom) :].decode(codec).splitlines()
    assert lines[0] == '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"03 Confidentiality [Total Pts: 10 Score] |664617"'
    assert lines[1:] == ['"Moreno"\t"Ána"\t"amoreno"\t"S1"\t"8.5"', '"Okafor"\t"Ben"\t"bokafor"\t"S2"\t"4.5"']


def test_brightspace_keeps_its_ids_and_line_ends_and_no_personal_columns(course: Class) -> None:
    assert exported("brightspace", BRIGHTSPACE) == 0
    assert rows("out.csv") == [
        ["OrgDefinedId", "Username", "03-confidentiality Points Grade <Numeric MaxPoints:10>", "End-of-Line Indicator"],
        ["#101", "#amoreno", "8.5", "#"],
        ["#102", "#bokafor", "4.5", "#"],
    ]


def test_tidy_has_a_row_for_each_student_and_item(course: Class) -> None:
    """Points from the gradebook; outcome and time of the answer from the audit of the autograded notebook."""
    audit = {"schema": 1, "items": [{"item": "x03-01", "outcome": "partial", "time": "2026-03-01T09:30:00Z", "earned": 99}]}
    folder = course.root / "grading" / "autograded" / "amoreno" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps({"metadata": {"smtraining_audit": audit}, "cells": []}))
    damaged = course.root / "grading" / "autograded" / "bokafor" / NAME
    damaged.mkdir(parents=True)
    (damaged / f"{NAME}.ipynb").write_text("{")
    assert ran("grades", "export", "--to", "tidy", "-o", "items.csv") == 0
    assert rows("items.csv") == [
        ["student", "assignment", "item", "points", "max", "outcome", "manual", "late", "time"],
        ["amoreno", NAME, "x03-01", "3", "4", "partial", "no", "0", "2026-03-01T09:30:00Z"],
        ["amoreno", NAME, "x03-w1", "5.5", "6", "", "yes", "0", "2026-03-01T10:00:00Z"],
        ["bokafor", NAME, "x03-01", "4", "4", "", "no", "3600", "2026-03-01T13:00:00Z"],
        ["bokafor", NAME, "x03-w1", "2", "6", "", "yes", "3600", "2026-03-01T13:00:00Z"],
        ["cdlee", NAME, "x03-01", "1", "4", "", "no", "0", "2026-03-01T10:00:00Z"],
        ["cdlee", NAME, "x03-w1", "", "6", "unmarked", "no", "0", "2026-03-01T10:00:00Z"],
    ]


# -- grades out: what is refused -------------------------------------------------------------------------------------


def test_a_dry_run_shows_the_changes_and_writes_nothing(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    assert exported("canvas", CANVAS, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "bokafor (Ben Okafor)  03 Confidentiality (4711)  5.00        4.5" in said
    assert "Dry run: 2 cells would change." in said
    assert not Path("out.csv").exists()


@pytest.mark.parametrize("link", [None, os.link, os.symlink])
def test_the_file_of_the_lms_is_never_overwritten(
    course: Class, link: Callable[[str, str], None] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("lms.csv").write_text(CANVAS)
    if link:
        link("lms.csv", "same.csv")
    name = "same.csv" if link else "lms.csv"
    assert ran("grades", "export", "--to", "canvas", "--template", "lms.csv", "-o", name) == 1
    assert "never overwritten" in capsys.readouterr().err
    assert Path("lms.csv").read_text() == CANVAS


def test_one_student_in_two_rows_holds_everything_back(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    doubled = CANVAS + '"Moreno, Anna",777,S9,ana.moreno@example.edu,B,,,\n'
    assert exported("canvas", doubled) == 1
    said = capsys.readouterr().out
    assert "amoreno (Ana Moreno) fits rows 4, 9 of the file." in said
    assert not Path("out.csv").exists()
    assert exported("canvas", doubled, "--skip-ambiguous") == 0
    assert [row[3] for row in rows("out.csv")[3:]] == ["bokafor"]


def test_two_students_for_one_row_hold_everything_back(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    with course.gradebook() as book:
        book.add_student("amoreno2", email="AMORENO")
    assert exported("canvas", CANVAS) == 1
    assert "amoreno (Ana Moreno) and amoreno2 fit the same row 4 (Ana Moreno)." in capsys.readouterr().out
    assert not Path("out.csv").exists()


def test_a_name_alone_never_makes_a_match_but_is_told(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    text = CANVAS.replace('"Moreno, Ana",101,S1,amoreno', '"Moreno, Ana",111,S1,amoren')
    assert exported("canvas", text) == 0
    said = capsys.readouterr().out
    assert "amoreno (Ana Moreno). Nearest: Ana Moreno." in said
    assert "row 4: Ana Moreno. Nearest: Ana Moreno." in said
    assert "8.5" not in Path("out.csv").read_text()


def test_other_points_in_the_lms_are_refused_or_converted(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    text = CANVAS.replace("Possible,,,,,10,", "Possible,,,,,100,")
    assert exported("canvas", text) == 1
    assert "has 10 points, but '03 Confidentiality (4711)' has 100." in capsys.readouterr().out
    assert exported("canvas", text, "--scale") == 0
    assert [row[5] for row in rows("out.csv")[3:]] == ["85", "45"]


def test_a_column_is_named_if_its_title_differs(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    text = CANVAS.replace("03 Confidentiality (4711)", "Names, Ltd. (4711)").replace("Student,ID", "Student,ID", 1)
    quoted = text.replace("Names, Ltd. (4711)", '"Names, Ltd. (4711)"')
    assert exported("canvas", quoted) == 1
    assert "'Names, Ltd. (4711)'" in capsys.readouterr().err
    assert exported("canvas", quoted, "--assignment", NAME, "--column", "names ltd") == 0
    assert rows("out.csv")[0][5] == "Names, Ltd. (4711)"


def test_the_wrong_file_is_told_in_one_line(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    assert exported("canvas", BRIGHTSPACE) == 1
    said = capsys.readouterr().err
    assert "not a gradebook export of canvas" in said
    assert said.count("\n") == 1
    assert exported("canvas", CANVAS, "--assignment", "03-confidental") == 1
    assert f"It holds: {NAME}." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("-2.5", "-2.5"),
        ("+12,5", "+12,5"),
        ("-", "-"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str, kept: str) -> None:
    assert tables.harmless(cell) == kept


def test_a_formula_as_a_name_or_comment_does_not_get_out(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    with course.gradebook() as book:
        book.find_comment("x03-w1", NAME, NAME, "amoreno").manual_comment = 'say "a, b"\nand more'
        book.db.commit()
    evil = MOODLE.replace("Ana,Moreno", '"=HYPERLINK(""http://x"")",Moreno')
    assert exported("moodle", evil) == 0
    ana = rows("out.csv")[1]
    assert ana[0] == '\'=HYPERLINK("http://x")'
    assert ana[5] == 'x03-w1: say "a, b"\nand more'
    assert "1 cell began like a formula" in capsys.readouterr().out


@pytest.mark.parametrize(("points", "told"), [(4.0, "4"), (4.125, "4.13"), (4.1, "4.1"), (0.005, "0.01"), (2 / 3, "0.67"), (10, "10")])
def test_points_are_shown_with_at_most_two_decimals(points: float, told: str) -> None:
    assert export.shown(points) == told


def test_a_table_in_an_old_windows_encoding_with_semicolons_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('Student;ID;Section\n"Peña; Ana";1;A\n'.encode("cp1252"))
    assert tables.read(path).rows[1] == ("Peña; Ana", "1", "A")


def test_a_row_that_is_longer_than_the_header_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Student,ID\nMoreno, Ana,1\n")
    with pytest.raises(ExchangeError, match=r"row 2: more cells than the header has \(3 for 2\)"):
        tables.read(path)


# -- rosters in ------------------------------------------------------------------------------------------------------


def people(course: Course) -> dict[str, tuple[str | None, ...]]:
    with course.gradebook() as book:
        return {s.id: (s.first_name, s.last_name, s.email, s.lms_user_id) for s in book.students}


def test_a_canvas_roster_is_taken_over_once(empty: Class, capsys: pytest.CaptureFixture[str]) -> None:
    Path("lms.csv").write_text(CANVAS)
    assert ran("roster", "import", "lms.csv", "--dry-run") == 0
    assert "Dry run: 4 new" in capsys.readouterr().out
    assert people(empty) == {}
    assert ran("roster", "import", "lms.csv") == 0
    assert people(empty)["cdlee"] == ("Cleo", "de Lee", None, "103")
    assert len(people(empty)) == 4
    assert ran("roster", "import", "lms.csv") == 0
    assert "0 new, 0 changed, 4 as they were" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "id", "found"),
    [
        (MOODLE, "S1", ("Ana", "Moreno", "Ana.Moreno@example.edu", "S1")),
        (BLACKBOARD, "amoreno", ("Ana", "Moreno", None, "S1")),
        (BRIGHTSPACE, "amoreno", ("Ana", "Moreno", "ana.moreno@example.edu", "101")),
        ("id,name,email\namoreno,Ana Moreno,a@example.edu\n", "amoreno", ("Ana", "Moreno", "a@example.edu", None)),
    ],
)
def test_rosters_of_other_systems_are_told_apart_by_their_header(empty: Class, text: str, id: str, found: tuple[str | None, ...]) -> None:
    Path("lms.csv").write_text(text)
    assert ran("roster", "import", "lms.csv") == 0
    assert people(empty)[id] == found


def test_a_later_roster_changes_names_and_removes_nobody(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    Path("lms.csv").write_text("id,first_name,last_name,email\namoreno,Ana,Moreno-Diaz,\n")
    assert ran("roster", "import", "lms.csv") == 0
    assert "0 new, 1 changed" in capsys.readouterr().out
    assert ran("roster", "import", "lms.csv") == 0
    assert "0 new, 0 changed, 1 as they were" in capsys.readouterr().out
    assert people(course)["amoreno"] == ("Ana", "Moreno-Diaz", "ana.moreno@example.edu", "101")
    assert set(people(course)) == set(PEOPLE)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("../x,Eve,Law,", "'../x' cannot be an id"),
        (".hidden,Eve,Law,", "'.hidden' cannot be an id"),
        (",Eve,Law,", "row 2: no id (Eve Law)."),
        ("a.moreno,Ana,Moreno,ana.moreno@example.edu", "is in the gradebook as 'amoreno' already"),
        ("AMORENO,Ana,Moreno,", "is in the gradebook as 'amoreno' already"),
        ("eve,Eve,Law,\neve,Eva,Low,", "'eve' stands in 2 rows."),
    ],
)
def test_a_roster_with_a_doubtful_row_changes_nothing(course: Class, row: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("lms.csv").write_text(f"id,first_name,last_name,email\n{row}\nnew1,Nia,New,\n")
    assert ran("roster", "import", "lms.csv") == 1
    assert told in capsys.readouterr().out
    assert set(people(course)) == set(PEOPLE)
    assert ran("roster", "import", "lms.csv", "--skip-ambiguous") == 0
    assert set(people(course)) == {*PEOPLE, "new1"}


def test_the_column_of_the_ids_can_be_chosen(empty: Class, capsys: pytest.CaptureFixture[str]) -> None:
    Path("lms.csv").write_text(CANVAS)
    assert ran("roster", "import", "lms.csv", "--from", "canvas", "--id-from", "SIS User ID") == 0
    assert set(people(empty)) == {"S1", "S2", "S3", "S4"}
    assert ran("roster", "import", "lms.csv", "--id-from", "Login") == 1
    assert "No column Login" in capsys.readouterr().err


def test_form_and_fields_cover_every_lms() -> None:
    assert {*lms.LAYOUTS, "plain"} == set(roster.FORMS)


# -- uploads in ------------------------------------------------------------------------------------------------------


def notebook(text: str = "") -> str:
    return json.dumps({"cells": [{"cell_type": "markdown", "source": text}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def zipped(files: dict[str, str | bytes], name: str = "submissions.zip") -> str:
    with zipfile.ZipFile(name, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return name


def collected(course: Course, student: str) -> tuple[str, str | None] | None:
    """Text and time of what lies in the place of nbgrader, or None."""
    folder = course.root / "grading" / "submitted" / student / NAME
    path, stamp = folder / f"{NAME}.ipynb", folder / "timestamp.txt"
    if not path.exists():
        return None
    return json.loads(path.read_text())["cells"][0]["source"], stamp.read_text().strip() if stamp.exists() else None


def taken(*arguments: str) -> int:
    return ran("collect", *arguments, "--assignment", NAME, "--timezone", "UTC")


@pytest.mark.parametrize(
    ("path", "student", "when"),
    [
        (f"morenoana_101_67890_{NAME}.ipynb", "amoreno", None),
        (f"someoneelse_101_67890_{NAME}-2.ipynb", "amoreno", None),
        (f"Ana Moreno_123456_assignsubmission_file_/{NAME}.ipynb", "amoreno", None),
        (f"Cleo de Lee_123456_assignsubmission_file_{NAME}.ipynb", "cdlee", None),
        (f"12345-67890 - Ben Okafor - Mar 1, 2026 105 PM/{NAME}.ipynb", "bokafor", "2026-03-01 13:05:00 UTC"),
        (f"12345-67890 - Ben Okafor - Mar 1, 2026 1205 AM - {NAME}.ipynb", "bokafor", "2026-03-01 00:05:00 UTC"),
        (f"03 Confidentiality_dvance_attempt_2026-03-01-10-02-03_{NAME}.ipynb", "dvance", "2026-03-01 10:02:03 UTC"),
        (f"class/dvance/{NAME}.ipynb", "dvance", None),
        ("dvance.ipynb", "dvance", None),
        (f"morenoana_101_67890_{NAME} (1).ipynb", "amoreno", None),
        ("morenoana_101_67890_my work.ipynb", "amoreno", None),
    ],
)
def test_the_student_is_found_from_the_name_of_the_file(course: Class, path: str, student: str, when: str | None) -> None:
    assert taken(zipped({path: notebook("mine")})) == 0
    assert collected(course, student) == ("mine", when)


def test_a_folder_is_as_good_as_a_zip_and_links_are_not_followed(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("down")
    folder.mkdir()
    (folder / f"morenoana_101_1_{NAME}.ipynb").write_text(notebook("mine"))
    (folder / "notes.docx").write_text("")
    (folder / f"okaforben_102_2_{NAME}.ipynb").symlink_to(folder.resolve() / f"morenoana_101_1_{NAME}.ipynb")
    assert taken("down") == 0
    assert collected(course, "amoreno") == ("mine", None)
    assert collected(course, "bokafor") is None
    said = capsys.readouterr().out
    assert "a link to another file" in said
    assert "not a notebook: 1 file." in said


def test_the_newest_attempt_wins(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    """By time, else by Canvas's rising number, else by the number of the copy; 10 is after 9."""
    files = {
        f"x_bokafor_attempt_2026-03-01-10-02-03_{NAME}.ipynb": "old",
        f"x_bokafor_attempt_2026-03-02-09-00-00_{NAME}.ipynb": "new",
        f"morenoana_101_9_{NAME}.ipynb": "old",
        f"morenoana_101_10_{NAME}-1.ipynb": "new",
        f"Dee Vance_1_assignsubmission_file_/{NAME}-2.ipynb": "new",
        f"Dee Vance_1_assignsubmission_file_/{NAME}.ipynb": "old",
    }
    assert taken(zipped({path: notebook(text) for path, text in files.items()})) == 0
    assert collected(course, "bokafor") == ("new", "2026-03-02 09:00:00 UTC")
    assert collected(course, "amoreno") == ("new", None)
    assert collected(course, "dvance") == ("new", None)
    assert f"bokafor (Ben Okafor): x_bokafor_attempt_2026-03-01-10-02-03_{NAME}.ipynb" in capsys.readouterr().out


def test_the_notebook_with_the_right_name_wins_over_another_that_came_later(course: Class) -> None:
    assert taken(zipped({f"morenoana_101_1_{NAME}.ipynb": notebook("right"), "morenoana_101_2_scratch.ipynb": notebook("wrong")})) == 0
    assert collected(course, "amoreno") == ("right", None)


def test_late_without_a_time_is_told_and_can_be_given_one(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    name = zipped({f"morenoana_LATE_101_1_{NAME}.ipynb": notebook("mine"), f"okaforben_102_2_{NAME}.ipynb": notebook("mine")})
    assert taken(name) == 0
    assert "does not say when: no time is set. Give one with --late-as:\n  amoreno (Ana Moreno)\n" in capsys.readouterr().out
    assert collected(course, "amoreno") == ("mine", None)
    assert taken(name, "--late-as", "2026-03-02 23:59") == 0
    assert collected(course, "amoreno") == ("mine", "2026-03-02 23:59:00 UTC")
    assert collected(course, "bokafor") == ("mine", None)


def test_times_are_read_in_the_zone_of_the_lms(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    name = zipped({f"x_dvance_attempt_2026-07-01-10-00-00_{NAME}.ipynb": notebook()})
    assert ran("collect", name, "--assignment", NAME, "--timezone", "America/Chicago") == 0
    assert collected(course, "dvance") == ("", "2026-07-01 15:00:00 UTC")
    assert ran("collect", name, "--assignment", NAME, "--timezone", "America/Chicgo") == 1
    assert "America/Chicago" in capsys.readouterr().err


def test_without_a_zone_times_are_those_of_this_machine(course: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """With summer time as of the day of the submission."""
    files = {
        f"x_dvance_attempt_2026-07-01-10-00-00_{NAME}.ipynb": notebook(),
        f"x_amoreno_attempt_2026-01-01-10-00-00_{NAME}.ipynb": notebook(),
    }
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/Chicago")
        time.tzset()
        assert ran("collect", zipped(files), "--assignment", NAME) == 0
    time.tzset()
    assert collected(course, "dvance") == ("", "2026-07-01 15:00:00 UTC")
    assert collected(course, "amoreno") == ("", "2026-01-01 16:00:00 UTC")


def test_nbgrader_reads_the_time_that_was_written(course: Class) -> None:
    assert taken(zipped({f"x_dvance_attempt_2026-03-01-13-30-00_{NAME}.ipynb": notebook()})) == 0
    with course.api() as api:
        found = api.coursedir.get_existing_timestamp(str(course.root / "grading" / "submitted" / "dvance" / NAME))
    assert found.isoformat() == "2026-03-01T13:30:00"


def test_what_was_collected_is_replaced_by_newer_work_only(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    def hand_in(day: str, text: str, *more: str) -> int:
        return taken(zipped({f"x_dvance_attempt_2026-03-{day}-10-00-00_{NAME}.ipynb": notebook(text)}), *more)

    assert hand_in("02", "second") == 0
    assert hand_in("01", "first") == 0
    assert "is from 2026-03-02 10:00 UTC, and this one is not newer" in capsys.readouterr().out
    assert collected(course, "dvance") == ("second", "2026-03-02 10:00:00 UTC")
    assert hand_in("03", "third") == 0
    assert collected(course, "dvance") == ("third", "2026-03-03 10:00:00 UTC")
    assert taken(zipped({f"vancedee_104_1_{NAME}.ipynb": notebook("undated")})) == 0
    assert collected(course, "dvance") == ("third", "2026-03-03 10:00:00 UTC")
    assert taken("submissions.zip", "--replace") == 0
    assert collected(course, "dvance") == ("undated", None)


def test_a_path_that_leads_out_of_the_zip_is_refused(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    evil = [f"../../amoreno/{NAME}.ipynb", f"/srv/bokafor/{NAME}.ipynb", f"a\\..\\..\\cdlee\\{NAME}.ipynb", f"C:\\dvance\\{NAME}.ipynb"]
    before = sorted(course.root.rglob("*.ipynb"))
    assert taken(zipped({path: notebook("evil") for path in evil})) == 1
    said = capsys.readouterr()
    assert said.out.count("leads out of the zip") == 4
    assert "No notebook of a student was found" in said.err
    assert sorted(course.root.rglob("*.ipynb")) == before


def test_oversized_damaged_and_fake_notebooks_are_left_out(
    course: Class, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(collect, "MAX_NOTEBOOK", 1000)
    files: dict[str, str | bytes] = {
        f"a/amoreno/{NAME}.ipynb": notebook("x" * 2000),
        f"a/bokafor/{NAME}.ipynb": b"\x00\xff",
        f"a/cdlee/{NAME}.ipynb": "[]",
        f"a/dvance/{NAME}.ipynb": notebook("fine"),
        f"__MACOSX/amoreno/{NAME}.ipynb": notebook("no"),
    }
    assert taken(zipped(files)) == 0
    said = capsys.readouterr().out
    assert [collected(course, student) for student in PEOPLE] == [None, None, None, ("fine", None)]
    assert "a/amoreno/03-confidentiality.ipynb: larger than" in said
    assert said.count("not a notebook. Ask the student") == 2
    assert "__MACOSX" not in said


def test_a_zip_that_lies_about_a_size_is_not_believed(course: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "MAX_NOTEBOOK", 100)
    made = collect.Plan()
    assert collect._notebook(collect.Upload("a.ipynb", 5, lambda: notebook("x" * 500).encode()), made) is None
    assert made.refused == ["a.ipynb: larger than 0 MB."]


def test_a_download_that_is_too_large_altogether_is_refused(
    course: Class, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(collect, "MAX_TOTAL", 1500)
    assert taken(zipped({f"{student}.ipynb": notebook("x" * 1000) for student in ("amoreno", "dvance")})) == 1
    assert "together" in capsys.readouterr().err
    assert [collected(course, student) for student in PEOPLE] == [None] * 4


def test_a_namesake_with_another_lms_number_is_somebody_else(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the gradebook holds no LMS number, the name counts."""
    with course.gradebook() as book:
        book.add_student("enew", first_name="Eli", last_name="New")
    assert taken(zipped({f"deleecleo_555_1_{NAME}.ipynb": notebook(), f"neweli_556_2_{NAME}.ipynb": notebook("mine")})) == 0
    assert "no student 'deleecleo' in the gradebook" in capsys.readouterr().out
    assert collected(course, "cdlee") is None
    assert collected(course, "enew") == ("mine", None)


def test_a_file_without_a_student_is_told_with_the_nearest(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    files = {f"Ana Morena_1_assignsubmission_file_/{NAME}.ipynb": notebook(), f"vancedee_104_1_{NAME}.ipynb": notebook("fine")}
    assert taken(zipped(files)) == 0
    assert "no student 'Ana Morena' in the gradebook. Nearest: Ana Moreno." in capsys.readouterr().out
    assert collected(course, "amoreno") is None
    assert collected(course, "dvance") == ("fine", None)


def test_two_students_of_one_name_hold_everything_back(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    with course.gradebook() as book:
        book.add_student("amoreno9", first_name="Ana", last_name="Moreno")
    name = zipped({f"Ana Moreno_1_assignsubmission_file_/{NAME}.ipynb": notebook(), f"vancedee_104_1_{NAME}.ipynb": notebook("fine")})
    assert taken(name) == 1
    assert "all have this name" in capsys.readouterr().out
    assert collected(course, "dvance") is None
    assert taken(name, "--skip-ambiguous") == 0
    assert collected(course, "dvance") == ("fine", None)


def test_several_notebooks_of_other_names_hold_everything_back(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    assert taken(zipped({"a/dvance/one.ipynb": notebook(), "a/dvance/two.ipynb": notebook()})) == 1
    assert "several notebooks, none of them named 03-confidentiality.ipynb" in capsys.readouterr().out


def test_a_dry_run_of_a_collection_writes_nothing(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    assert taken(zipped({"dvance.ipynb": notebook()}), "--dry-run") == 0
    assert "Dry run: 1 notebook." in capsys.readouterr().out
    assert collected(course, "dvance") is None


def test_an_own_pattern_is_a_regular_expression_that_names_the_student(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    name = zipped({"hw3-dvance-final.ipynb": notebook("mine")})
    assert taken(name, "--pattern", r"hw3-(?P<id>\w+)-.*") == 0
    assert collected(course, "dvance") == ("mine", None)
    assert taken(name, "--pattern", r"hw3-(\w+)") == 1
    assert "must name the student" in capsys.readouterr().err
    assert taken(name, "--pattern", "hw3-(") == 1
    assert "no regular expression" in capsys.readouterr().err


def test_every_lms_has_patterns_of_its_own() -> None:
    assert set(uploads.patterns("moodle")) == {"moodle", "moodle-flat"}
    assert {name.partition("-")[0] for name in uploads.PATTERNS} >= set(lms.LAYOUTS)


def test_a_file_that_is_no_zip_is_told(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.zip").write_text("no zip")
    assert taken("a.zip") == 1
    assert "neither a folder nor a zip" in capsys.readouterr().err
    assert taken("b.zip") == 1
    assert "There is no b.zip" in capsys.readouterr().err


def test_a_course_without_a_gradebook_is_told_what_to_do(course: Class, capsys: pytest.CaptureFixture[str]) -> None:
    (course.root / "grading" / "gradebook.db").unlink()
    assert ran("grades", "export", "--to", "tidy", "-o", "a.csv") == 1
    assert "Release an exercise first" in capsys.readouterr().err
    assert not (course.root / "grading" / "gradebook.db").exists()
    (course.root / "nbgrader_config.py").unlink()
    assert ran("grades", "export", "--to", "tidy", "-o", "a.csv") == 1
    assert "There is no nbgrader_config.py" in capsys.readouterr().err
