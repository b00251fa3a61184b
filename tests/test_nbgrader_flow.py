"""From the master notebook to the page a learner gets back, through nbgrader's own commands."""

from __future__ import annotations

import copy
import re
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fixtures.grading_course import (
    CALLS,
    FULL_POINTS,
    HIDDEN,
    NAME,
    NO_POINTS,
    PARTLY,
    PARTLY_POINTS,
    REPO,
    RIGHT,
    Course,
    Row,
    cell,
    done,
    flags,
    lines,
    master,
    records,
)
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own

ESSAY = "Some first steps are small & some cost $5 < $9."


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with three submissions, autograded with the project's configuration."""
    course = Course(tmp_path_factory.mktemp("course"))
    course.release()
    course.submit("ada", RIGHT, written=ESSAY)
    course.submit("ben", PARTLY, written=ESSAY)
    course.submit("cleo")
    course.autograde("ada", "ben", "cleo")
    return course


# --- release ----------------------------------------------------------------------------------------------------------


def test_the_student_copy_holds_no_key_rationale_rubric_or_model_answer(course: Course) -> None:
    text = (course.root / "exercises" / NAME / f"{NAME}.ipynb").read_text()
    secrets = [*HIDDEN, "grade(", "rubric(", "key=", "SECRET-", "The model answer", "Praise confirms", "Leads nobody"]
    assert [secret for secret in secrets if secret in text] == []


def test_the_student_copy_still_tells_each_learner_whether_an_answer_is_recorded(course: Course) -> None:
    nb = course.released()
    assert [cell(nb, item).source for item in CALLS] == [f'from smtraining.grading import check\n\ncheck("{item}")' for item in CALLS]
    assert cell(nb, "t90-w1").source == "*Double-click this cell, write your answer in place of this line, then press Shift+Enter.*"


def test_what_an_author_answered_while_trying_the_page_is_not_released(tmp_path: Path) -> None:
    nb = master()
    nb.metadata["smtraining"] = records(RIGHT)
    released = Course(tmp_path / "course", nb).release()
    assert set(released.metadata) <= {"kernelspec", "language_info"}


def _with_other_points(course: Course) -> str:
    nb = master()
    cell(nb, "t90-01").metadata.nbgrader.points = 5
    course.write(course.root / "solutions" / NAME / f"{NAME}.ipynb", nb)
    return "the cell is worth 5 points, grade() says 2 and the content says 2"


def _without_a_hidden_region(course: Course) -> str:
    nb = master()
    cell(nb, "t90-02").source = cell(nb, "t90-02").source.replace(HIDDEN[0], "").replace(HIDDEN[1], "")
    course.write(course.root / "solutions" / NAME / f"{NAME}.ipynb", nb)
    return "still holds grade(...) or rubric(...)"


def _without_a_grading_cell(course: Course) -> str:
    nb = master()
    nb.cells.remove(cell(nb, "t90-03"))
    course.write(course.root / "solutions" / NAME / f"{NAME}.ipynb", nb)
    return "t90-03 is a question of the exercise 90-fixture and has no grading cell"


def _with_one_item_twice(course: Course) -> str:
    nb = master()
    twin = copy.deepcopy(cell(nb, "t90-03"))
    twin.id, twin.metadata.nbgrader.grade_id = "twin", "twin"
    nb.cells.append(twin)
    course.write(course.root / "solutions" / NAME / f"{NAME}.ipynb", nb)
    return "t90-03 has 2 grading cells"


def _with_a_key_of_another_question(course: Course) -> str:
    nb = master()
    cell(nb, "t90-01").source = cell(nb, "t90-01").source.replace("{'correct': 'b'}", "{'correct': 'county'}")
    course.write(course.root / "solutions" / NAME / f"{NAME}.ipynb", nb)
    return "The grading cell of t90-01 does not fit the content"


def _with_a_rubric_that_does_not_add_up(course: Course) -> str:
    nb = master()
    cell(nb, "t90-w1-rubric").source = cell(nb, "t90-w1-rubric").source.replace("'points': 3", "'points': 2")
    course.write(course.root / "solutions" / NAME / f"{NAME}.ipynb", nb)
    return "the best levels add up to 4 points, and the content says 6"


def _with_the_answers_of_the_author(course: Course) -> str:
    (course.root / "solutions" / NAME / "answers.smtraining.jsonl").write_text(lines(RIGHT))
    return "answers.smtraining.jsonl stands beside the master notebook"


@pytest.mark.parametrize(
    "spoil",
    [
        _with_other_points,
        _without_a_hidden_region,
        _without_a_grading_cell,
        _with_one_item_twice,
        _with_a_key_of_another_question,
        _with_a_rubric_that_does_not_add_up,
        _with_the_answers_of_the_author,
    ],
)
def test_a_master_that_does_not_hold_together_is_not_released(tmp_path: Path, spoil: Callable[[Course], str]) -> None:
    course = Course(tmp_path / "course")
    complaint = spoil(course)
    with course.api() as api:
        result = api.generate_assignment(NAME, force=True, create=True)
    assert not result["success"]
    assert complaint in result["log"]
    assert not (course.root / "exercises" / NAME).exists()


@pytest.mark.parametrize("path", sorted((REPO / "solutions").glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_every_master_of_the_curriculum_can_be_released(tmp_path: Path, path: Path) -> None:
    course = Course(tmp_path / "course")
    target = course.root / "solutions" / path.parent.name / path.name
    target.parent.mkdir()
    target.write_bytes(path.read_bytes())
    with course.api() as api:
        done(api.generate_assignment(path.parent.name, force=True, create=True))


# --- autograde --------------------------------------------------------------------------------------------------------


def test_the_gradebook_holds_exactly_what_the_answers_earned(course: Course) -> None:
    expected = {"ada": FULL_POINTS, "ben": PARTLY_POINTS, "cleo": NO_POINTS}
    for student, points in expected.items():
        rows = {item: Row(auto, None, auto, look=False) for item, auto in points.items()} | {"t90-w1-rubric": Row(0, None, 0, False)}
        # An untouched answer cell is 0 at once; one that was written in waits for a person.
        rows["t90-w1"] = Row(0, None, 0, look=False) if student == "cleo" else Row(None, None, 0, look=True)
        assert course.rows(student) == rows


def test_a_notebook_without_code_exercises_is_graded_without_running_any_of_it(course: Course) -> None:
    trap = course.root / "ran"
    course.submit("dan", RIGHT, edit=lambda nb: nb.cells.insert(0, new_code_cell(f"open({str(trap)!r}, 'w')")))
    course.autograde("dan")
    assert course.points("dan") == FULL_POINTS
    assert not trap.exists()


def test_plain_nbgrader_comes_to_the_same_scores(course: Course, tmp_path: Path) -> None:
    stock = Course(tmp_path / "stock", stock=True)
    stock.release()
    stock.submit("ada", RIGHT, written=ESSAY)
    stock.submit("ben", {}, written=ESSAY, side_file=lines(PARTLY))
    stock.submit("cleo")
    stock.autograde("ada", "ben", "cleo")
    assert set(stock.autograded("ada").metadata).isdisjoint({"smtraining_answers", "smtraining_audit"})  # none of our steps ran
    assert [stock.rows(student) for student in ("ada", "ben", "cleo")] == [course.rows(student) for student in ("ada", "ben", "cleo")]


def test_the_autograded_notebook_tells_the_instructor_how_each_score_came_about(course: Course) -> None:
    nb = course.autograded("ben")
    shown = {item: cell(nb, item).outputs[0].data["text/html"] for item in CALLS}
    assert "<strong>1 of 3 points.</strong> 2 of 3 found; 1 chosen that does not belong." in shown["t90-02"]
    assert "Saved 2026-03-02 10:02 UTC, revision 1, found in the notebook." in shown["t90-01"]
    record = nb.metadata["smtraining_audit"]["items"][1]
    assert {key: record[key] for key in ("item", "answer", "revision", "source", "outcome", "earned", "points")} == {
        "item": "t90-02",
        "answer": ["county", "mayor", "grief"],
        "revision": 1,
        "source": "notebook",
        "outcome": "partly-right",
        "earned": 1.0,
        "points": 3.0,
    }
    assert re.fullmatch(r"[0-9a-f]{12}", record["key"])
    assert record["key"] != nb.metadata["smtraining_audit"]["items"][0]["key"]


def test_rubric_and_model_answer_stand_below_the_written_answer_for_the_instructor(course: Course) -> None:
    nb = course.autograded("ada")
    answer = nb.cells.index(cell(nb, "t90-w1"))
    assert nb.cells[answer].source == ESSAY
    shown = nb.cells[answer + 1].outputs[0].data["text/html"]
    assert "Leads nobody home" in shown
    assert "SECRET-MODEL-ANSWER" in shown


def test_an_answer_that_cannot_be_read_earns_nothing_and_asks_for_a_look(course: Course) -> None:
    course.submit("eve", RIGHT | {"t90-01": ["b", "c"]})
    log = course.autograde("eve")["eve"]
    assert course.rows("eve")["t90-01"] == Row(0.0, None, 0.0, look=True)
    assert course.rows("eve")["t90-02"] == Row(3.0, None, 3.0, look=False)
    assert "t90-01: The saved answer cannot be read" in log
    assert "Please look at this one" in cell(course.autograded("eve"), "t90-01").outputs[0].data["text/html"]


def test_a_key_that_is_at_fault_gives_no_score_until_a_person_has_looked(tmp_path: Path) -> None:
    course = Course(tmp_path / "course")
    course.release()
    course.submit("ada", RIGHT)
    with course.gradebook() as gradebook:  # as if the content had changed after the release
        source = gradebook.find_source_cell("t90-01", NAME, NAME)
        source.source = source.source.replace("{'correct': 'b'}", "{'correct': 'q'}")
        gradebook.db.commit()
    log = course.autograde("ada")["ada"]
    assert course.rows("ada")["t90-01"] == Row(None, None, 0.0, look=True)
    assert course.points("ada") == FULL_POINTS | {"t90-01": None}
    assert "The grading cell of t90-01 does not fit the content" in log


def test_a_corrected_key_scores_all_stored_answers_anew(tmp_path: Path) -> None:
    course = Course(tmp_path / "course")
    course.release()
    course.submit("ada", PARTLY)
    course.autograde("ada")
    nb = master()
    cell(nb, "t90-01").source = cell(nb, "t90-01").source.replace("{'correct': 'b'}", "{'correct': 'a'}")
    course.write(course.root / "solutions" / NAME / f"{NAME}.ipynb", nb)
    course.release()
    course.autograde("ada")
    assert course.points("ada") == PARTLY_POINTS | {"t90-01": 2.0}


def test_a_deleted_cell_comes_back_and_is_scored_from_the_saved_answer(course: Course) -> None:
    course.submit("fay", RIGHT, edit=lambda nb: nb.cells.remove(cell(nb, "t90-02")))
    course.autograde("fay")
    assert course.points("fay") == FULL_POINTS


def test_of_a_copied_answer_cell_the_one_that_was_written_in_counts(course: Course) -> None:
    def copy_then_write(nb: NotebookNode) -> None:
        index = nb.cells.index(cell(nb, "t90-w1"))
        twin = copy.deepcopy(nb.cells[index])
        twin.id = "twin"
        nb.cells.insert(index + 1, twin)
        nb.cells[index].source = ESSAY

    course.submit("gil", RIGHT, edit=copy_then_write)
    course.autograde("gil")
    assert course.rows("gil")["t90-w1"] == Row(None, None, 0.0, look=True)
    assert cell(course.autograded("gil"), "t90-w1").source == ESSAY


# --- code exercises beside ours ---------------------------------------------------------------------------------------


def _mixed() -> NotebookNode:
    nb = master()
    nb.cells[4:4] = [
        new_code_cell("### BEGIN SOLUTION\ndouble = 2\n### END SOLUTION", metadata=flags("code", solution=True, locked=False)),
        new_code_cell(f"{HIDDEN[0]}\nassert double == 2, 'SECRET-TEST'\n{HIDDEN[1]}", metadata=flags("code-test", 2)),
        new_code_cell(f"{HIDDEN[0]}\nround(double * 0.75, 2)\n{HIDDEN[1]}", metadata=flags("code-part", 3)),
        new_code_cell(f"{HIDDEN[0]}\n[double]\n{HIDDEN[1]}", metadata=flags("code-odd", 4)),
    ]
    return nb


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course(tmp_path_factory.mktemp("mixed"), _mixed())
    course.release()
    return course


def test_code_exercises_run_as_ever_and_our_keys_stay_out_of_the_students_process(mixed: Course) -> None:
    def work(nb: NotebookNode) -> None:
        cell(nb, "code").source = (
            "double = 2\n"
            "seen = open('seen.txt', 'w')\n"
            "get_ipython().events.register('pre_run_cell', lambda info: print(info.raw_cell, file=seen, flush=True))"
        )

    mixed.submit("ada", PARTLY, edit=work)
    mixed.autograde("ada")
    rows = mixed.rows("ada")
    assert mixed.points("ada") == PARTLY_POINTS
    assert (rows["code-test"].auto, rows["code-part"].auto) == (2.0, 1.5)
    # A list is no score: nbgrader alone would have given all 4 points.
    assert rows["code-odd"] == Row(None, None, 0.0, look=True)
    seen = (mixed.folder("ada", "autograded") / "seen.txt").read_text()
    assert "SECRET-TEST" in seen  # the hook did see what ran
    assert "SECRET-RATIONALE" not in seen
    assert "grade(" not in seen


def test_feedback_shows_that_a_hidden_test_failed_and_not_what_it_said(mixed: Course) -> None:
    def work(nb: NotebookNode) -> None:
        cell(nb, "code").source = "double = 3"

    mixed.submit("ben", PARTLY, edit=work)
    mixed.autograde("ben")
    assert mixed.rows("ben")["code-test"].auto == 0
    page = mixed.feedback("ben")
    assert "AssertionError: a hidden test did not pass." in page
    assert "SECRET-TEST" not in page
    assert "BEGIN HIDDEN" not in page


# --- marking by hand, and feedback ------------------------------------------------------------------------------------


def _mark(course: Course, student: str, name: str, points: float, comment: str | None = None) -> None:
    """What formgrader does when an instructor types a score."""
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(name, NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        if comment:
            gradebook.find_comment(name, NAME, NAME, student).manual_comment = comment
        gradebook.db.commit()


class _Text(HTMLParser):
    """The visible text of a page, and the tags in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.feed(page[page.index("<body") :])

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.tags[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_feedback_gives_question_answer_credit_and_reason(course: Course) -> None:
    _mark(course, "ben", "t90-w1", 4.5, "Warm, and nobody is led home.")
    page = _Text(course.feedback("ben")).text
    for words in (
        "(Score: 8.5 / 18.0)",
        "Which details can go?",
        "You write to a list of 900 colleagues.",
        "1 of 3 points. 2 of 3 found; 1 chosen that does not belong.",
        "That he was a joy chosen ✗ not the strongest Praise confirms it.",
        "→ stronger answer It confirms nothing .",
        "SECRET-RATIONALE-2: take it out and see whether the question changes.",
        "Okafor, A. (2024). Small towns and long memories.",
        "That you confirm nothing & offer to talk about housing for <all>",
        "Share it today, it costs $5 to $9",
        "Write it: how it is marked",
        "Leads nobody home",
        "Warm, and nobody is led home.",
    ):
        assert words in page, words


def test_feedback_holds_no_hidden_region_no_key_and_no_model_answer(course: Course) -> None:
    page = course.feedback("ben")
    for secret in ("HIDDEN TESTS", "SECRET-MODEL-ANSWER", "best_first", "identifies", "grade(", "smt.exercise", "revision"):
        assert secret not in page, secret


def test_feedback_loads_nothing_from_the_internet(course: Course) -> None:
    page = course.feedback("ben")
    assert "cdnjs" not in page and "MathJax" not in page
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//[^"']+\.(?:js|css|woff2?|png|svg)""", page)


def test_feedback_tables_have_captions_and_headed_rows(course: Course) -> None:
    tags = _Text(course.feedback("ben")).tags
    assert tags.count("table") == tags.count("caption") == len(CALLS) + 1
    assert tags.count("th") > tags.count("td") / 2


def test_autograding_again_keeps_what_was_marked_by_hand(course: Course) -> None:
    course.submit("hal", PARTLY, written=ESSAY)
    course.autograde("hal")
    _mark(course, "hal", "t90-w1", 5)
    _mark(course, "hal", "t90-01", 1)
    course.submit("hal", RIGHT, written=ESSAY)
    course.autograde("hal")
    rows = course.rows("hal")
    assert rows["t90-w1"] == Row(None, 5.0, 5.0, look=True)
    assert rows["t90-01"] == Row(2.0, 1.0, 1.0, look=True)
    assert rows["t90-02"] == Row(3.0, None, 3.0, look=False)
    page = _Text(course.feedback("hal")).text
    assert "1 of 2 points. You chose the stronger answer. One option is right" in page
    assert "Your instructor set this score by hand." in page


def test_feedback_is_the_same_after_plain_nbgrader_autograded(course: Course, tmp_path: Path) -> None:
    """The page is made from the gradebook and the saved answers, whoever scored them."""
    stock = Course(tmp_path / "stock", stock=True)
    stock.release()
    stock.submit("ben", PARTLY, written=ESSAY)
    stock.autograde("ben")
    (stock.root / "nbgrader_config.py").write_text((REPO / "nbgrader_config.py").read_text())
    page = _Text(stock.feedback("ben")).text
    assert "1 of 3 points. 2 of 3 found; 1 chosen that does not belong." in page
    assert "SECRET-MODEL-ANSWER" not in page


# --- the command line -------------------------------------------------------------------------------------------------


def test_the_commands_find_the_configuration_of_the_course(tmp_path: Path) -> None:
    course = Course(tmp_path / "course")

    def nbgrader(*arguments: str) -> None:
        command = [str(Path(course.env["PATH"].split(":")[0]) / "nbgrader"), *arguments]
        ran = subprocess.run(command, cwd=course.root, env=course.env, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        assert "not recognized" not in ran.stderr  # a misspelled option is a warning only

    nbgrader("generate_assignment", NAME)
    course.submit("ada", PARTLY)
    nbgrader("autograde", NAME)
    assert course.points("ada") == PARTLY_POINTS
    nbgrader("generate_feedback", NAME)
    assert (course.folder("ada", "feedback") / f"{NAME}.html").exists()


def test_commands_repeated_in_one_server_do_not_repeat_our_steps(course: Course, caplog: pytest.LogCaptureFixture) -> None:
    """Formgrader runs every button's command in one process, with one configuration."""
    with course.api() as api:
        caplog.set_level("DEBUG", logger=api.log.name)
        logs = [done(api.generate_feedback(NAME, "ada")) + done(api.autograde(NAME, "ada")) for _ in range(3)]
    steps = ("FeedbackView", "CaptureAnswers", "RestoreCells", "ExecuteIfNeeded", "ScoreAnswers")
    assert [[log.count(f"Applying preprocessor: {step}") for step in steps] for log in logs] == [[1] * len(steps)] * 3
