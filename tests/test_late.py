"""Late work: what the clock on the wall says, what is taken, and that both ways of autograding take the same."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fixtures.grading_course import FULL_POINTS, NAME, OVERLAY, RIGHT, Course
from traitlets.config.loader import Config, PyFileConfigLoader

from smtraining import cli
from smtraining.errors import GradingError
from smtraining.grading import classrun, extensions, moments
from smtraining.grading.late import Policy, Rules, days_after

pytestmark = [pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own

CHICAGO = ZoneInfo("America/Chicago")


def config_of(folder: Path) -> Config:
    return PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()


def at(text: str, zone: ZoneInfo = CHICAGO) -> dt.datetime:
    return moments.read(text, zone)


# --- counting days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handed_in", "days"),
    [
        ("2026-03-04 23:59:00", 0),
        ("2026-03-04 23:59:01", 1),
        ("2026-03-05 23:59:00", 1),
        ("2026-03-05 23:59:01", 2),
        ("2026-03-14 12:00", 10),
    ],
)
def test_a_day_that_has_begun_counts_in_full(handed_in: str, days: int) -> None:
    assert days_after(at(handed_in), at("2026-03-04 23:59"), CHICAGO) == days


@pytest.mark.parametrize(
    ("due", "handed_in", "hours", "days"),
    [
        ("2026-03-07 23:59", "2026-03-08 23:59", 23, 1),  # clocks are put forward on the 8th
        ("2026-03-07 23:59", "2026-03-09 00:00", 23 + 1 / 60, 2),
        ("2026-10-31 23:59", "2026-11-01 23:59", 25, 1),  # and back on the 1st: 25 hours, and one day all the same
        ("2026-10-31 23:59", "2026-11-02 00:00", 25 + 1 / 60, 2),
    ],
)
def test_a_day_is_as_long_as_the_clock_on_the_wall_says(due: str, handed_in: str, hours: float, days: int) -> None:
    late = (at(handed_in).astimezone(dt.UTC) - at(due).astimezone(dt.UTC)).total_seconds() / 3600
    assert late == pytest.approx(hours)
    assert days_after(at(handed_in), at(due), CHICAGO) == days


def test_where_the_due_time_comes_twice_or_not_at_all_a_day_later_the_student_gets_the_later_one() -> None:
    # Due at 1:30 on the day before the clocks are put back: 1:30 comes twice on the day after.
    assert days_after(dt.datetime(2026, 11, 1, 7, 30, tzinfo=dt.UTC), at("2026-10-31 01:30"), CHICAGO) == 1
    assert days_after(dt.datetime(2026, 11, 1, 7, 31, tzinfo=dt.UTC), at("2026-10-31 01:30"), CHICAGO) == 2
    # Due at 2:30 on the day before they are put forward: 2:30 is left out, and 3:30 stands in.
    assert days_after(dt.datetime(2026, 3, 8, 8, 30, tzinfo=dt.UTC), at("2026-03-07 02:30"), CHICAGO) == 1


def test_the_zone_decides_where_a_day_ends() -> None:
    due, handed_in = dt.datetime(2026, 3, 8, 5, 59, tzinfo=dt.UTC), dt.datetime(2026, 3, 9, 5, 30, tzinfo=dt.UTC)
    assert days_after(handed_in, due, ZoneInfo("UTC")) == 1
    assert days_after(handed_in, due, CHICAGO) == 2  # 23:59 local on the 8th was 23 hours later, at 4:59 UTC


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-09 23:59", "2026-03-10T04:59"),
        ("2026-01-09 23:59", "2026-01-10T05:59"),
        ("2026-03-09 23:59 Europe/Berlin", "2026-03-09T22:59"),
        ("2026-03-09T23:59:00-06:00", "2026-03-10T05:59"),
        ("2026-03-09T23:59Z", "2026-03-09T23:59"),
        ("2026-11-01 01:30", "2026-11-01T07:30"),  # twice; the later one
    ],
)
def test_a_time_without_a_zone_is_the_courses_own(text: str, utc: str) -> None:
    assert at(text).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M") == utc


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("3/9/2026 23:59", "'3/9/2026 23:59' is no date and time. Write it as in 2026-03-09 23:59"),
        ("2026-03-09", "has no time of day"),
        ("2026-03-08 02:30", "does not exist in America/Chicago: the clocks are put forward over it"),
        ("2026-03-09 23:59 America/Chigaco", "there is no time zone 'America/Chigaco'. Did you mean America/Chicago"),
    ],
)
def test_a_time_that_is_none_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(GradingError, match=complaint.replace("(", r"\(")):
        at(text)


# --- points -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "days", "score", "taken"),
    [
        ({}, 0, 8.5, 0.0),
        ({}, 1, 8.5, 0.85),
        ({}, 3, 8.5, 2.55),
        ({"max_penalty_percent": 25}, 3, 8.5, 2.12),  # 25 % of 8.5 = 2.125
        ({"percent_of": "possible"}, 3, 8.5, 5.4),  # 30 % of 18
        ({"percent_of": "possible"}, 6, 8.5, 8.5),  # 60 % of 18 is more than there is
        ({"percent_of": "possible", "min_score_percent": 40}, 6, 8.5, 1.3),  # 40 % of 18 = 7.2 stay
        ({"min_score_percent": 50}, 3, 8.5, 0.0),  # 8.5 is below 9 already: nothing is taken, nothing is given
        ({"percent_per_day": 100}, 1, 8.5, 8.5),
        ({"percent_per_day": 0}, 30, 8.5, 0.0),
    ],
)
def test_points_taken(settings: dict[str, object], days: int, score: float, taken: float) -> None:
    policy = Policy.model_validate({"timezone": "America/Chicago", "percent_per_day": 10} | settings)
    assert policy.points(days, score, 18.0) == taken


# --- a course -----------------------------------------------------------------------------------------------------------

ON = """
c.AssignLatePenalties.plugin_class = "smtraining.grading.late.LatePolicy"
c.LatePolicy.timezone = "America/Chicago"
c.LatePolicy.percent_per_day = 10
c.LatePolicy.grace_minutes = 15
c.LatePolicy.max_penalty_percent = 40
"""
DUE = "2026-03-07 23:59 America/Chicago"
HANDED_IN = {  # with a due time of 23:59, 15 minutes of grace, 10 % a day and 40 % at most
    "ada": "2026-03-07 20:00:00 America/Chicago",
    "ben": "2026-03-08 00:14:00 America/Chicago",  # the last second of the grace
    "cleo": "2026-03-08 00:14:01 America/Chicago",
    "dan": "2026-03-09 00:14:00 America/Chicago",  # 23 hours after the end of the grace: the clocks were put forward
    "eve": "2026-03-09 00:14:01 America/Chicago",
    "fay": "2026-03-30 08:00:00 America/Chicago",
    "gil": "2026-03-11 23:00:00 America/Chicago",  # has until the 11th
    "hal": "2026-03-12 23:00:00 America/Chicago",  # had until the 11th, too
    "ida": "2026-03-08 06:14:01 UTC",  # cleo's moment
}
PENALTIES = {"ada": None, "ben": None, "cleo": 1.2, "dan": 1.2, "eve": 2.4, "fay": 4.8, "gil": None, "hal": 1.2, "ida": 1.2}
EXTENSIONS = f"student,assignment,until,note\ngil,{NAME},2026-03-11 23:59,ill\n# not the other one\nhal,{NAME},2026-03-11 23:59,\n"


@pytest.fixture(autouse=True)
def content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))


def late_course(root: Path, settings: str = ON, *, stock: bool = False) -> Course:
    course = Course(root, stock=stock)
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(settings)
    course.release()
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)
    return course


def hand_in(course: Course, *students: str) -> None:
    for student in students or HANDED_IN:
        (course.submit(student, RIGHT, written="Some first steps.") / "timestamp.txt").write_text(HANDED_IN[student])


def penalties(course: Course, *students: str) -> dict[str, float | None]:
    with course.gradebook() as gradebook:
        return {s: gradebook.find_submission_notebook(NAME, NAME, s).late_submission_penalty for s in students or HANDED_IN}


@pytest.mark.nbgrader
def test_every_way_of_autograding_takes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = late_course(tmp_path / "fast")
    hand_in(fast)
    (fast.root / "grading" / "extensions.csv").write_text(EXTENSIONS)
    classrun.autograde(fast.root, NAME)
    assert penalties(fast) == PENALTIES
    button = late_course(tmp_path / "button")
    hand_in(button, "ben", "eve", "gil", "hal")
    (button.root / "grading" / "extensions.csv").write_text(EXTENSIONS)
    button.autograde("ben", "eve", "gil", "hal")
    assert penalties(button, "ben", "eve", "gil", "hal") == {s: PENALTIES[s] for s in ("ben", "eve", "gil", "hal")}


@pytest.mark.nbgrader
def test_plain_nbgrader_with_nothing_but_the_plugin_takes_the_same(tmp_path: Path) -> None:
    stock = late_course(tmp_path / "stock", stock=True)
    hand_in(stock, "cleo", "gil")
    (stock.root / "grading" / "extensions.csv").write_text(EXTENSIONS)
    command = [str(Path(sys.executable).parent / "nbgrader"), "autograde", NAME]
    done = subprocess.run(command, cwd=stock.root, env=stock.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "not recognized" not in done.stderr  # what nbgrader says of a misspelled setting
    assert stock.points("cleo") == FULL_POINTS
    assert penalties(stock, "cleo", "gil") == {"cleo": 1.2, "gil": None}


# --- what changes later -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Course:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))
        course = late_course(tmp_path_factory.mktemp("late") / "course")
        hand_in(course)
    return course


@pytest.fixture
def course(handed_in: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A copy of the class, autograded without any extension; the commands run in its folder."""
    twin = object.__new__(Course)
    twin.root = tmp_path / "course"
    shutil.copytree(handed_in.root, twin.root)
    classrun.autograde(twin.root, NAME)
    monkeypatch.chdir(twin.root)
    return twin


def ran(*arguments: str) -> int:
    return cli.main(list(arguments))


WITHOUT_EXTENSIONS = PENALTIES | {"gil": 4.8, "hal": 4.8}


@pytest.mark.nbgrader
def test_an_extension_that_comes_later_corrects_the_penalty(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert penalties(course) == WITHOUT_EXTENSIONS
    assert ran("extend", "gil", NAME, "--until", "2026-03-11 23:59", "--note", "ill") == 0
    said = capsys.readouterr().out
    assert f"gil may hand in {NAME} until Wed 2026-03-11 23:59 CDT (America/Chicago)." in said
    assert (
        "Handed in Wed 2026-03-11 23:00 CDT (America/Chicago), due Wed 2026-03-11 23:59 CDT (America/Chicago) by extension: in time."
        in said
    )
    assert penalties(course) == WITHOUT_EXTENSIONS | {"gil": None}
    assert (course.root / "grading" / "extensions.csv").read_text() == f"student,assignment,until,note\ngil,{NAME},2026-03-11 23:59,ill\n"
    classrun.autograde(course.root, NAME, force=True)
    assert penalties(course) == WITHOUT_EXTENSIONS | {"gil": None}
    assert ran("extend", "gil", NAME, "--until", "2026-03-10 23:59 Europe/Berlin") == 0  # replaces the other
    assert "(before: 2026-03-11 23:59)" in capsys.readouterr().out
    assert penalties(course, "gil") == {"gil": 2.4}  # due on the 10th at 17:59, handed in on the 11th at 23:00
    assert ran("extend", "gil", NAME, "--withdraw") == 0
    assert penalties(course) == WITHOUT_EXTENSIONS


@pytest.mark.nbgrader
def test_marks_given_by_hand_change_what_a_percentage_is_taken_from(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    def mark(points: float) -> None:
        with course.gradebook() as gradebook:
            grade = gradebook.find_grade("t90-w1", NAME, NAME, "cleo")
            grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.db.commit()

    mark(5)
    assert penalties(course, "cleo") == {"cleo": 1.2}
    assert ran("late", NAME, "--dry-run") == 0
    assert penalties(course, "cleo") == {"cleo": 1.2}
    assert "Dry run: nothing was written." in capsys.readouterr().out
    assert ran("late", NAME) == 0
    assert penalties(course) == WITHOUT_EXTENSIONS | {"cleo": 1.7}  # 10 % of 12 + 5
    said = capsys.readouterr().out
    assert "9 submissions, 7 late, 1 penalty changed." in said
    assert "1 day begun, after 15 minutes of grace. 10% of the points earned for each day, at most 40%." in said
    assert ran("late", NAME) == 0
    assert "0 penalties changed" in capsys.readouterr().out
    mark(3)
    page = course.feedback("cleo")  # the same step stands in front of the page
    assert penalties(course, "cleo") == {"cleo": 1.5}
    assert "Score: 13.5 / 18.0" in page


@pytest.mark.nbgrader
def test_the_report_tells_what_does_nothing(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    (course.folder("ada") / "timestamp.txt").unlink()
    with course.gradebook() as gradebook:
        gradebook.update_or_create_submission(NAME, "ada", timestamp=None)
    table = course.root / "grading" / "extensions.csv"
    table.write_text(f"student,assignment,until\ngill,{NAME},2026-03-11 23:59\nben,{NAME},2026-03-01 12:00\n")
    assert ran("late", NAME) == 0
    said = capsys.readouterr().out
    assert "Time zone of the course: America/Chicago." in said
    assert "Due Sat 2026-03-07 23:59 CST (America/Chicago)." in said
    assert "extensions.csv, line 2: the gradebook knows no student 'gill'" in said
    assert "extensions.csv, line 3: the extension of ben ends before the due date" in said
    assert "No time is known of what ada handed in" in said


# --- what cannot be read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("student,until\nada,2026-03-09 23:59\n", "extensions.csv, line 1: the table has no column 'assignment'"),
        ("student,assignment,until,reason\n", "extensions.csv, line 1: the table has a column 'reason' that nobody reads"),
        ("student,assignment,until\n\nada,a,3/9/2026\n", "extensions.csv, line 3: '3/9/2026' is no date and time"),
        ("student,assignment,until\nada,a,\n", "extensions.csv, line 2: 'until' is empty"),
        (
            "student,assignment,until\nada,a,2026-03-09 23:59\n# again\nada,a,2026-03-10 23:59\n",
            "extensions.csv, line 4: ada has an extension for a in line 2 already",
        ),
    ],
)
def test_a_table_that_cannot_be_read_names_the_line(tmp_path: Path, table: str, complaint: str) -> None:
    path = tmp_path / "extensions.csv"
    path.write_text(table)
    with pytest.raises(GradingError) as error:
        extensions.read(path, CHICAGO)
    assert complaint in str(error.value)


def test_a_table_that_a_spreadsheet_saved_is_read_and_kept_in_its_form(tmp_path: Path) -> None:
    path = tmp_path / "extensions.csv"
    path.write_bytes('\ufeffStudent;Assignment;Until;Note;;\r\nada;a;2026-03-09 23:59;"ill; twins";;\r\n;;;;;\r\n'.encode())
    assert extensions.read(path, CHICAGO)["ada", "a"].note == "ill; twins"
    extensions.put(path, "ben", "a", "2026-03-10 12:00", "a; b", CHICAGO)
    found = extensions.read(path, CHICAGO)
    assert (found["ada", "a"].note, found["ben", "a"].note, found["ben", "a"].text) == ("ill; twins", "a; b", "2026-03-10 12:00")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("c.LatePolicy.grace_minutes = 'ten'", "c.LatePolicy.grace_minutes is 'ten': input should be a valid number"),
        ("c.LatePolicy.grace_minuts = 10", "c.LatePolicy.grace_minuts is no setting. Did you mean grace_minutes?"),
        ("c.LatePolicy.percent_per_day = 110", "c.LatePolicy.percent_per_day is 110: input should be less than or equal to 100"),
        ("c.LatePolicy.timezone = 'Chicago'", "c.LatePolicy.timezone is 'Chicago': there is no time zone 'Chicago'. Did you mean"),
        ("c.LatePolicy.percent_of = 'all'", "c.LatePolicy.percent_of is 'all': input should be 'earned' or 'possible'"),
        ("c.LatePolicy.by_assignment = {'a': {'timezone': 'UTC'}}", "c.LatePolicy.by_assignment['a'] has 'timezone'"),
        ("c.LatePolicy.by_assignment = {'a': {'grace_minutes': -1}}", "c.LatePolicy.by_assignment['a']['grace_minutes'] is -1: input"),
    ],
)
def test_a_setting_that_cannot_be_used_names_the_line(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.root = {str(tmp_path)!r}{ON}\n{line}\n")
    number = 3 + ON.count("\n")
    with pytest.raises(GradingError) as error:
        Rules(config_of(tmp_path)).check()
    assert complaint in str(error.value)
    assert f"nbgrader_config.py, line {number}: " in str(error.value)


def test_a_policy_without_a_zone_or_a_rate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    with pytest.raises(GradingError, match=r"nbgrader_config.py: c.LatePolicy.timezone is not set"):
        Rules(Config({"CourseDirectory": {"root": str(tmp_path)}, "LatePolicy": {"percent_per_day": 10}})).check()


def test_an_assignment_may_have_its_own_rate(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.root = {str(tmp_path)!r}{ON}c.LatePolicy.by_assignment = {{'a': {{'percent_per_day': 50}}}}\n"
    )
    rules = Rules(config_of(tmp_path))
    assert (rules.policy("a").percent_per_day, rules.policy("b").percent_per_day, rules.policy("a").grace_minutes) == (50, 10, 15)


@pytest.mark.nbgrader
def test_a_broken_policy_stops_autograding_before_anything_is_graded(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write("c.LatePolicy.grace_minutes = -5\n")
    before = penalties(course)
    assert ran("autograde", NAME, "--force") == 1
    assert "c.LatePolicy.grace_minutes is -5: input should be greater than or equal to 0." in capsys.readouterr().err
    with course.api() as api:
        result = api.autograde(NAME, "ada")
    assert not result["success"]
    assert "c.LatePolicy.grace_minutes is -5" in result["log"] + str(result["error"])
    assert {s: p for s, p in penalties(course).items() if s != "ada"} == {s: p for s, p in before.items() if s != "ada"}


@pytest.mark.nbgrader
def test_an_extension_is_refused_where_it_would_do_nothing(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("extend", "gil", NAME, "--until", "2026-03-07 23:00") == 1
    assert "is not after the due date (Sat 2026-03-07 23:59 CST (America/Chicago))" in capsys.readouterr().err
    assert ran("extend", "gill", NAME, "--until", "2026-03-11 23:59") == 0
    assert "The gradebook knows no student 'gill' yet" in capsys.readouterr().out
    text = (course.root / "nbgrader_config.py").read_text()
    (course.root / "nbgrader_config.py").write_text(text.replace(ON, ""))
    assert ran("extend", "gil", NAME, "--until", "2026-03-11 23:59") == 1
    assert "The late policy is not switched on" in capsys.readouterr().err
    assert ran("late", NAME) == 0  # nbgrader's own rule takes nothing, and that is what the gradebook holds then
    assert "Note: The late policy is not switched on" in capsys.readouterr().out
    assert set(penalties(course).values()) == {None}
