"""The graded exercise, all the way: released by nbgrader, done by three students in JupyterLab, autograded, marked in formgrader, returned.

The students hand in their notebook and nothing else. Every number here was worked out by hand from the keys in the master notebook.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from journeys import (
    Answer,
    Mouse,
    expect_accessible,
    expect_answered,
    expected,
    give_all,
    in_notebook,
    in_words,
    record_answers,
    values,
)
from jupyter_support import BIN, ROOT, NotebookPage, Served, environment, jupyter
from playwright.sync_api import Browser, Page, expect

pytest_plugins = ["browser_support", "jupyter_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.nbgrader]

NAME = "03-confidentiality"

# Ada: everything right.
ADA = (
    Answer("x03-01", "b"),
    Answer("x03-02", ["chief", "county", "mayor", "hearing"]),
    Answer("x03-03", {"action": "b", "reason": "r3"}),
    Answer("x03-04", {"words": "self", "birdie": "family", "house": "town", "poem": "stranger"}),
    Answer("x03-05", ["keep", "remove", "tell", "assess", "notify"]),
    Answer("x03-06", ["plan", "lead", "wait", "refuse", "share"]),
    Answer("x03-07", "c"),
    Answer("x03-08", ["s-when", "s-place", "s-name", "s-school", "s-work", "s-tattoo", "s-tower"]),
)
# Ben: partly right, one question left out.
BEN = (
    Answer("x03-01", "a"),
    Answer("x03-02", ["chief", "county", "mayor", "grief"]),
    Answer("x03-03", {"action": "b", "reason": "r1"}),
    Answer("x03-04", {"words": "self", "birdie": "family", "house": "family", "poem": "stranger"}),
    Answer("x03-05", ["remove", "keep", "tell", "assess", "notify"]),
    Answer("x03-06", ["lead", "plan", "wait", "refuse", "share"]),
    Answer("x03-08", ["s-when", "s-place", "s-name", "s-school", "s-work", "s-rug"]),
)
# Cem opens the notebook, runs it, saves it and answers nothing.

ADA_WROTE = (
    "A new season of home visits begins. We bring a scale, time and no lectures. Visits are free. I left out what leads to the family."
)
BEN_WROTE = "Come and see us, we are nice. I took the name out."

SCORES = {
    "ada": {"x03-01": 2, "x03-02": 4, "x03-03": 2, "x03-04": 4, "x03-05": 4, "x03-06": 4, "x03-07": 2, "x03-08": 6},  # 28 in all
    "ben": {
        "x03-01": 0,  # a is not the key
        "x03-02": 2,  # 3 of the 4 that belong, 1 that does not: (3 - 1) / 4 of 4 points
        "x03-03": 0,  # the action is right, the reason is not; the pair counts as one
        "x03-04": 3,  # 3 of 4 details in their ring
        "x03-05": 3.33,  # two neighbors swapped: off by 1 + 1 of at most 12 places, so 1 - 2/12 of 4 points
        "x03-06": 3.33,  # 3+3+4+4+4 = 18 of 20; the reversed order has 0+2+4+2+0 = 8: (18 - 8) / (20 - 8) of 4 points
        "x03-07": 0,  # left out
        "x03-08": 3.43,  # 5 of 7 found, 1 harmless detail marked: (5 - 1) / 7 of 6 points
    },  # 15.09 in all
    "cem": dict.fromkeys(["x03-01", "x03-02", "x03-03", "x03-04", "x03-05", "x03-06", "x03-07", "x03-08"], 0),
}
MARKS = {"ada": (11, "A post that a tired parent would answer."), "ben": (4.5, "Whose eyes did you check it for? Ask the family.")}
TOTALS = {"ada": 28 + 11, "ben": 15.09 + 4.5, "cem": 0}


@dataclass(frozen=True)
class Classroom:
    """A course folder with the released exercise, and a JupyterLab that serves it."""

    lab: Served
    env: Mapping[str, str]

    @property
    def root(self) -> Path:
        return self.lab.root

    def nbgrader(self, *command: str) -> str:
        """Run an nbgrader command in the course folder; returns what it said."""
        return _nbgrader(self.root, self.env, *command)

    def scores(self, student: str) -> dict[str, float]:
        """The student's row in the gradebook."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.root / 'grading' / 'gradebook.db'}") as gradebook:
            grades = gradebook.find_submission(NAME, student).notebooks[0].grades
            return {grade.name: grade.score for grade in grades}

    def total(self, student: str) -> float:
        """The student's sum in the gradebook."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.root / 'grading' / 'gradebook.db'}") as gradebook:
            return float(gradebook.find_submission(NAME, student).score)

    def waiting(self, student: str) -> list[str]:
        """What waits for the instructor in the student's work."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.root / 'grading' / 'gradebook.db'}") as gradebook:
            grades = gradebook.find_submission(NAME, student).notebooks[0].grades
            return [grade.name for grade in grades if grade.needs_manual_grade]


def _nbgrader(root: Path, env: Mapping[str, str], *command: str) -> str:
    done = subprocess.run([str(BIN / "nbgrader"), *command], cwd=root, env=dict(env), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


def window(chromium: Browser) -> Page:
    return chromium.new_context(viewport={"width": 1280, "height": 1000}).new_page()


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    folder = tmp_path_factory.mktemp("classroom")
    root, home = folder / "course", folder / "home"
    shutil.copytree(ROOT / "solutions", root / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    env = environment(home)
    _nbgrader(root, env, "generate_assignment", NAME)
    with jupyter(root, "lab", home) as lab:
        yield Classroom(lab, env)


@pytest.fixture(scope="module")
def handed_in(classroom: Classroom, chromium: Browser) -> Classroom:
    """Three students work on their copies; only the notebooks come back."""

    def student(name: str, answers: tuple[Answer, ...], text: str) -> None:
        folder = classroom.root / "students" / name
        folder.mkdir(parents=True)
        path = shutil.copy(classroom.root / "exercises" / NAME / f"{NAME}.ipynb", folder)
        book = classroom.lab.book(window(chromium), Path(path))
        book.open()
        book.run_all()
        give_all(book, Mouse(), answers)
        if text:
            write(book, text)
        book.save()
        book.end_kernel()
        book.page.context.close()
        target = classroom.root / "grading" / "submitted" / name / NAME
        target.mkdir(parents=True)
        shutil.copy(path, target)

    student("ada", ADA, ADA_WROTE)
    student("ben", BEN, BEN_WROTE)
    student("cem", (), "")
    return classroom


def write(book: NotebookPage, text: str) -> None:
    """Write the answer to the written task, as the cell says it: double-click, write, Shift+Enter."""
    cell = book.cell("x03-w1")
    cell.locator(".jp-MarkdownOutput").dblclick()
    cell.locator(".cm-content").click()
    expect(cell.locator(".cm-content")).to_be_focused()
    book.page.keyboard.press("Control+A")
    book.page.keyboard.type(text)
    book.page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-MarkdownOutput")).to_have_text(text)


@pytest.fixture(scope="module")
def autograded(handed_in: Classroom) -> Classroom:
    handed_in.nbgrader("autograde", NAME)
    return handed_in


@pytest.fixture(scope="module")
def returned(autograded: Classroom, chromium: Browser) -> Classroom:
    """The instructor marks the written work in formgrader and writes the feedback pages."""
    page = window(chromium)
    # Formgrader's own page asks a content network for a script that draws formulas; it works without.
    page.context.route(lambda url: not url.startswith(autograded.lab.url), lambda route: route.abort())
    for student, (score, comment) in MARKS.items():
        page.goto(f"{autograded.lab.url}/formgrader/manage_students/{student}/{NAME}")
        page.get_by_role("link", name=NAME).last.click()
        field = page.locator("input.score#x03-w1")
        expect(field).to_have_class("score tabbable needs_manual_grade")
        for control, typed in ((field, str(score)), (page.locator("textarea.comment#x03-w1-comment"), comment)):
            with page.expect_response(lambda response: response.request.method == "PUT") as saved:
                control.fill(typed)
                control.press("Tab")
            assert saved.value.ok
    page.context.close()
    autograded.nbgrader("generate_feedback", NAME)
    return autograded


def test_what_students_get_holds_no_key_no_rationale_and_no_rubric(classroom: Classroom) -> None:
    released = (classroom.root / "exercises" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    for secret in ("grade(", "rubric(", "HIDDEN", "Three facts that fit one person", "Some first steps are small", "best_first"):
        assert secret not in released
    assert sorted(path.name for path in (classroom.root / "exercises" / NAME).iterdir()) == [f"{NAME}.ipynb"]


def test_the_exercise_page_passes_axe_in_both_themes_and_tells_nothing(classroom: Classroom, tab: Callable[[], Page]) -> None:
    folder = classroom.root / "students" / "dee"
    folder.mkdir(parents=True)
    path = shutil.copy(classroom.root / "exercises" / NAME / f"{NAME}.ipynb", folder)
    record_answers(folder, BEN)
    page = tab()
    book = classroom.lab.book(page, Path(path))
    book.open()
    book.run_all()
    expect_answered(book, BEN)
    expect(page.locator(".smt-actions > button, .smt-feedback:not(:empty) .smt-summary")).to_have_count(0)
    for theme in ("light", "dark"):
        book.choose_theme(theme)
        book.draw_all()
        expect_accessible(page, "section.smt")
    book.choose_theme("light")
    book.end_kernel()


def test_the_notebook_alone_carries_the_answers(handed_in: Classroom) -> None:
    for student, answers in (("ada", ADA), ("ben", BEN)):
        folder = handed_in.root / "grading" / "submitted" / student / NAME
        assert [path.name for path in folder.iterdir()] == [f"{NAME}.ipynb"]
        assert values(in_notebook(folder / f"{NAME}.ipynb"), answers) == expected(answers)


@pytest.mark.parametrize("student", ["ada", "ben", "cem"])
def test_autograding_gives_the_points_worked_out_by_hand(autograded: Classroom, student: str) -> None:
    found = autograded.scores(student)
    assert {name: found[name] for name in SCORES[student]} == pytest.approx(SCORES[student], abs=0.001)
    assert found["x03-w1-rubric"] == 0


def test_only_written_work_waits_for_the_instructor_and_none_of_what_was_left_empty(autograded: Classroom) -> None:
    assert {student: autograded.waiting(student) for student in SCORES} == {"ada": ["x03-w1"], "ben": ["x03-w1"], "cem": []}


def test_marks_typed_in_formgrader_are_in_the_gradebook(returned: Classroom) -> None:
    assert {student: returned.total(student) for student in TOTALS} == pytest.approx(TOTALS, abs=0.001)
    assert returned.scores("ben")["x03-w1"] == 4.5
    assert {student: returned.waiting(student) for student in SCORES} == {"ada": [], "ben": [], "cem": []}


@pytest.mark.parametrize("student", ["ada", "ben", "cem"])
def test_the_feedback_page_tells_answers_credit_and_reasons_and_nothing_hidden(
    returned: Classroom, tab: Callable[[], Page], student: str
) -> None:
    file = returned.root / "grading" / "feedback" / student / NAME / f"{NAME}.html"
    html = file.read_text(encoding="utf-8")
    for secret in ("grade(", "rubric(", "HIDDEN", "best_first", "Some first steps are small", "key="):
        assert secret not in html
    page = tab()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []

    text = page.locator("body").inner_text()
    for answer in {"ada": ADA, "ben": BEN, "cem": ()}[student]:
        given = in_words(answer.item, answer.record)
        for words in given.values() if isinstance(given, dict) else [given] if isinstance(given, str) else given:
            assert words in text
    credit = {"ada": "2 of 2 points", "ben": "3.43 of 6 points", "cem": "0 of 6 points"}[student]
    assert credit in text
    # Feedback on a choice, a rationale, a criterion of the written work: to everyone.
    assert "Praise is kind, and it is still a disclosure." in text
    assert "A changed name hides someone from strangers only." in text
    assert "The new post leads nobody to the family" in text
    if student in MARKS:
        assert MARKS[student][1] in text

    expect_accessible(page, ".smt-result")
