"""The page a student gets back: keys kept back until it is time, what to read again, the level of the rubric that was reached."""

from __future__ import annotations

import html
import os
import re
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fixtures.grading_course import CALLS, HIDDEN, NAME, OVERLAY, PARTLY, REPO, RIGHT, RUBRIC, Course, done
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Browser
from traitlets.config.loader import PyFileConfigLoader

from smtraining import bank as banks
from smtraining.bank.marks import plain
from smtraining.grading import late, review, settings, withhold
from smtraining.grading.cells import GradeCall, RubricCall, read, rubric_call
from smtraining.grading.marks_store import FILE_NAME, MarksStore, Step
from smtraining.grading.rubrics import Rubric

pytest_plugins = ["browser_support"]
pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own

ESSAY = "Some first steps are small."
QUIZZES = """
publications:
  - {id: pub-rare, authors: "Okafor, A.", year: 2023, title: Of hours and routes}
quizzes:
  - {id: t90-list, module: m90, title: The list, questions: [t90-q1]}
  - {id: t90-route, module: m90, title: The route, questions: [t90-q2]}
  - {id: t90-check, module: m90, title: All of it, questions: [t90-q1, t90-q2]}
questions:
"""
QUESTION = """
  - id: {id}
    kind: single
    stem: Which one?
    options: [{{id: a, text: This, correct: true, feedback: It is.}}, {{id: b, text: That, feedback: It is not.}}]
    rationale: Because.
    concerns: [confidentiality]
    epas: [1]
    sources: [{source}]
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Three students, graded; ben's text is marked by the rubric: the first level of one criterion, the last of the other."""
    folder = tmp_path_factory.mktemp("feedback")
    overlay = folder / "overlay"
    overlay.mkdir()
    fixture = (OVERLAY / "fixture.yaml").read_text()
    place = fixture.index("  - id: t90-04")
    (overlay / "fixture.yaml").write_text(fixture[:place] + fixture[place:].replace("- pub-fixture", "- pub-rare", 1))
    quizzes = QUIZZES + QUESTION.format(id="t90-q1", source="pub-fixture") + QUESTION.format(id="t90-q2", source="pub-rare")
    (overlay / "quizzes.yaml").write_text(quizzes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fixtures.grading_course.OVERLAY", overlay)
        patch.setenv("SMTRAINING_OVERLAY", str(overlay))
        course = Course(folder / "course")
        shown = ["## Who reads a *list*", "t90-list", "### The way home", "t90-route", "## Check", "t90-check"]
        cells = [new_markdown_cell(t) if t.startswith("#") else new_code_cell(f'import smtraining as smt; smt.quiz("{t}")') for t in shown]
        course.write(course.root / "notebooks" / f"{NAME}.ipynb", new_notebook(cells=cells))
        course.release()
        with course.gradebook() as gradebook:
            gradebook.update_or_create_assignment(NAME, duedate="2026-03-07 23:59 America/Chicago")
        course.submit("ada", RIGHT, written=ESSAY)
        (course.submit("ben", PARTLY, written=ESSAY) / "timestamp.txt").write_text("2026-03-08 12:00:00 America/Chicago")
        course.submit("cleo")
        course.autograde("ada", "ben", "cleo")
    return course


@pytest.fixture
def course(graded: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A copy of it, to write settings into."""
    overlay = graded.root.parent / "overlay"
    monkeypatch.setattr("fixtures.grading_course.OVERLAY", overlay)
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(overlay))
    twin = object.__new__(Course)
    twin.root = tmp_path / "course"
    shutil.copytree(graded.root, twin.root)
    return twin


def configure(course: Course, *lines: str) -> None:
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write("\n".join(["", *lines, ""]))


def words(page: str) -> str:
    """The text of a page as one reads it."""
    body = re.sub(r"(?s)<(style|script)\b.*?</\1>", " ", page[page.index("<body") :])
    body = re.sub(r"</?(em|strong|a|span)\b[^>]*>", "", body)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def secrets() -> list[str]:
    """Every text from which the right answers could be read: feedback on choices, rationales, rubric, model answer."""
    found = [text for call in CALLS.values() for text in (call["rationale"], *call["feedback"].values())]
    found += [level["text"] for criterion in RUBRIC["criteria"] for level in criterion["levels"]]
    found += [RUBRIC["model_answer"], CALLS["t90-03"]["key"]["panel"]]
    return [re.sub(r"\*", "", text) for text in found]


SIGNS = ("stronger answer", "✓", "✗", "→", "≈", "found;", "You chose", "rightly left out", "does not belong")
"""What the account of a score says of right and wrong choices."""


# --- when ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("student", ["ada", "ben", "cleo"])
def test_before_the_date_the_page_gives_credit_and_nothing_of_the_key(course: Course, student: str) -> None:
    shown = words(course.feedback(student))
    assert [secret for secret in secrets() if secret not in shown] == [RUBRIC["model_answer"]]  # what is kept back below
    configure(course, 'c.FeedbackPage.show_keys_from = "2999-03-10 08:00"', 'c.FeedbackPage.timezone = "America/Chicago"')
    page = course.feedback(student)
    text = words(page)
    assert [secret for secret in secrets() if secret in text or html.escape(secret) in page or secret in page] == []
    assert [sign for sign in SIGNS if sign in text] == []
    assert not re.search(r"best_first|identifies|\bcorrect\b|SECRET", page)
    assert [mark for mark in HIDDEN if mark in page] == []
    assert "The right answers and the reasons appear on Sun 2999-03-10 08:00 CDT (America/Chicago)" in text
    credit = {"ada": "3 of 3 points.", "ben": "1 of 3 points.", "cleo": "0 of 3 points."}
    assert credit[student] in text
    if student == "ben":
        assert "Your answer The county That she was mayor The grief" in text


def test_the_page_before_the_date_is_the_same_whatever_the_key_is(course: Course) -> None:
    """The strongest sign that nothing leaks: with another key that gives the same credit the page is the same, letter for letter."""
    configure(course, 'c.FeedbackPage.show_keys_from = "2999-03-10 08:00 UTC"')
    before = course.feedback("cleo")
    with course.gradebook() as gradebook:
        for item, old, new in (("t90-01", "'b'", "'c'"), ("t90-02", "'county', 'mayor', 'date'", "'grief', 'mayor'")):
            source = gradebook.find_source_cell(item, NAME, NAME)
            assert old in source.source
            source.source = source.source.replace(f"[{old}]", f"[{new}]").replace(f"'correct': {old}", f"'correct': {new}")
            source.source = source.source.replace("SECRET-RATIONALE", "ANOTHER")
        gradebook.db.commit()
    assert course.feedback("cleo") == before


@pytest.mark.parametrize("master", sorted((REPO / "solutions").glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_no_key_of_the_curriculum_is_in_a_page_before_the_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, master: Path) -> None:
    name = master.stem
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))
    course = Course(tmp_path / "course")
    configure(course, 'c.FeedbackPage.show_keys_from = "2999-03-10 08:00 UTC"')
    shutil.copytree(master.parent, course.root / "solutions" / name)
    with course.api() as api:
        done(api.generate_assignment(name, force=True, create=True))
        shutil.copytree(course.root / "exercises" / name, course.root / "grading" / "submitted" / "ada" / name)
        done(api.autograde(name, "ada"))
        done(api.generate_feedback(name, "ada"))
    page = words((course.root / "grading" / "feedback" / "ada" / name / f"{name}.html").read_text())
    with course.gradebook() as gradebook:
        found = gradebook.find_notebook(name, name).source_cells
        calls = [read(cell.source, cell.name) for cell in found if "### BEGIN HIDDEN" in cell.source]
    kept = [text for call in calls if isinstance(call, GradeCall) for text in (call.rationale, *call.feedback.values())]
    kept += [call.model_answer for call in calls if isinstance(call, RubricCall)]
    kept += [level.text for call in calls if isinstance(call, RubricCall) for row in call.criteria for level in row.levels]
    assert len(kept) > 20
    assert [text for text in kept if " ".join(plain(text).split())[:60] in page] == []
    assert "The right answers and the reasons appear on" in page


def test_after_the_date_the_page_tells_all(course: Course) -> None:
    configure(course, 'c.FeedbackPage.show_keys_from = {"*": "2999-01-01 00:00 UTC", "90-fixture": "2026-01-01 00:00 UTC"}')
    text = words(course.feedback("ben"))
    assert "SECRET-RATIONALE-2" in text and "→ stronger answer" in text
    assert "appear on" not in text


@pytest.mark.parametrize(
    ("asked", "moment"),
    [
        ("due", "2026-03-11T12:00"),  # dan has until then
        ("due + 2 days", "2026-03-13T12:00"),
        ("2026-03-10 08:00", "2026-03-10T08:00"),
    ],
)
def test_the_key_waits_for_the_last_extension(course: Course, asked: str, moment: str) -> None:
    configure(
        course,
        'c.AssignLatePenalties.plugin_class = "smtraining.grading.late.LatePolicy"',
        'c.LatePolicy.timezone = "America/Chicago"',
        "c.LatePolicy.percent_per_day = 10",
    )
    table = f"student,assignment,until\ndan,{NAME},2026-03-11 12:00\neve,another,2026-04-11 12:00\n"
    (course.root / "grading" / "extensions.csv").write_text(table)
    with course.gradebook() as gradebook:
        until = withhold.until(course.config, withhold.PageSettings(show_keys_from=asked), gradebook, NAME)
    assert until is not None
    assert until.astimezone(withhold.zone_of(course.config, withhold.PageSettings())).strftime("%Y-%m-%dT%H:%M") == moment


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("10 March", "c.FeedbackPage.show_keys_from: '10 March' is no date and time."),
        ("2026-03-10 08:00", "'2026-03-10 08:00' does not say in which time zone"),
        ("due", "90-fixture has no due date"),
    ],
)
def test_a_date_that_cannot_be_used_makes_no_page_and_names_the_line(course: Course, asked: str, complaint: str) -> None:
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=None)
    configure(course, f'c.FeedbackPage.show_keys_from = "{asked}"')
    lines = (course.root / "nbgrader_config.py").read_text().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if line.startswith("c.FeedbackPage"))
    with course.api() as api:
        result = api.generate_feedback(NAME, "ada")
    assert not result["success"]
    assert f"nbgrader_config.py, line {number}: " in result["log"] and complaint in result["log"]
    assert not (course.folder("ada", "feedback") / f"{NAME}.html").exists()


def test_a_setting_that_there_is_not_is_refused(course: Course) -> None:
    configure(course, 'c.FeedbackPage.show_key_from = "due"')
    with course.api() as api:
        result = api.generate_feedback(NAME, "ada")
    assert not result["success"]
    assert "Did you mean show_keys_from?" in result["log"]


# --- what to read again -------------------------------------------------------------------------------------------------


def test_the_page_names_the_sections_that_what_was_missed_goes_back_to(course: Course) -> None:
    text = words(course.feedback("ben"))
    top = text[: text.index("Which details can go?") + 2000]
    assert (
        f"“Who reads a list” in A fixture ({NAME}.ipynb) (for A reporter calls about a resident. What do you say?, Which details can go?"
        in top
    )
    assert f"“The way home” in A fixture ({NAME}.ipynb) (for Mark what points to one person.)" in top
    assert text.count("To read again:") == 4
    assert "Check" not in re.findall(r"“([^”]+)” in", text)
    assert "read again" not in words(course.feedback("ada"))


def test_with_the_address_of_the_lessons_they_are_links(course: Course) -> None:
    configure(course, 'c.FeedbackPage.lessons_url = "https://hub.example.edu/hub/user-redirect/lab/tree/course/notebooks/"')
    page = course.feedback("ben")
    base = f"https://hub.example.edu/hub/user-redirect/lab/tree/course/notebooks/{NAME}.ipynb"
    assert f'<a href="{base}#The-way-home" rel="noreferrer">“The way home”</a>' in page
    assert f'<a href="{base}#Who-reads-a-list" rel="noreferrer">“Who reads a list”</a>' in page
    configure(course, 'c.FeedbackPage.lessons_url = "https://lessons.example.edu/{lesson}.html?from=feedback"')
    assert f'href="https://lessons.example.edu/{NAME}.html?from=feedback#The-way-home"' in course.feedback("ben")


def test_every_graded_question_of_the_curriculum_finds_a_section() -> None:
    bank = banks.read()
    lessons = {module.id: review.sections(REPO / "notebooks", module.id, bank) for module in bank.modules.values()}
    lost = [
        question
        for exercise in bank.exercises.values()
        if lessons[exercise.module]
        for question in exercise.questions
        if not review.of_question(bank.question(question), lessons[exercise.module])
    ]
    assert lost == []
    assert any(lessons.values())


# --- late, and the rubric -----------------------------------------------------------------------------------------------


def test_the_page_says_how_late_it_was_and_what_that_took(course: Course) -> None:
    configure(
        course,
        'c.AssignLatePenalties.plugin_class = "smtraining.grading.late.LatePolicy"',
        'c.LatePolicy.timezone = "America/Chicago"',
        "c.LatePolicy.percent_per_day = 25",
    )
    text = words(course.feedback("ben"))
    assert (
        "Late. Handed in Sun 2026-03-08 12:00 CDT (America/Chicago), due Sat 2026-03-07 23:59 CST (America/Chicago): 1 day begun. "
        "25% of the points earned for each day."
    ) in text
    assert "(Score: 3.0 / 18.0)" in text  # 4 points less a quarter
    assert "Score: -1.0" in text
    assert "Late." not in words(course.feedback("ada"))


def mark(course: Course, student: str, score: float) -> None:
    """What the marking page leaves when ``student`` got the first level of "safe" and the last of "alive"."""
    call = rubric_call("t90-w1", "test", **RUBRIC)
    rubric = Rubric(call.criteria)
    store = MarksStore(course.root / "grading" / FILE_NAME)
    store.keep_rubric(rubric.digest, rubric.to_json())
    data = {"score": 3.0, "comment": "Warm.", "levels": {"safe": 0, "alive": 1}, "rubric": rubric.digest}
    store.add(NAME, "kim", [Step("posted", "t90-w1", student, data)])
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("t90-w1", NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        gradebook.find_comment("t90-w1", NAME, NAME, student).manual_comment = "Warm."
        gradebook.db.commit()


def test_the_rubric_shows_the_level_that_was_reached(course: Course) -> None:
    mark(course, "ben", 3.0)
    text = words(course.feedback("ben"))
    assert "Write it: how it was marked 3 of 6 points." in text
    assert "Leads nobody home 0 of 3 ✓ Your level: 0. It does. 3. Nobody." in text
    assert "Still does its work 3 of 3 0. A notice. ✓ Your level: 3. It calls." in text
    assert "Your level" not in words(course.feedback("ada"))


def test_levels_are_not_shown_where_another_score_was_typed_since_nor_before_the_date(course: Course) -> None:
    mark(course, "ben", 4.5)
    assert "Your level" not in words(course.feedback("ben"))
    mark(course, "ben", 3.0)
    configure(course, 'c.FeedbackPage.show_keys_from = "2999-03-10 08:00 UTC"')
    text = words(course.feedback("ben"))
    assert "Your level" not in text and "The criteria and the levels appear on" in text
    assert "Comment: Warm." in text


# --- in a browser -------------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("keys", ["shown", "withheld"])
def test_the_page_passes_axe_fits_a_phone_and_calls_nobody(course: Course, chromium: Browser, keys: str, tmp_path: Path) -> None:
    mark(course, "ben", 3.0)
    configure(
        course,
        'c.AssignLatePenalties.plugin_class = "smtraining.grading.late.LatePolicy"',
        'c.LatePolicy.timezone = "America/Chicago"',
        "c.LatePolicy.percent_per_day = 10",
        'c.FeedbackPage.lessons_url = "https://hub.example.edu/lab/tree/notebooks"',
        f'c.FeedbackPage.show_keys_from = "{"due" if keys == "shown" else "2999-01-01 00:00"}"',
    )
    course.feedback("ben")
    file = course.folder("ben", "feedback") / f"{NAME}.html"
    page = chromium.new_page(viewport={"width": 900, "height": 1200})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(file.as_uri())
        found = Axe().run(page).response["violations"]
        assert [(v["id"], n["html"]) for v in found for n in v["nodes"]] == []
        picture = os.environ.get("SMTRAINING_SCREENSHOTS")
        if picture:
            page.screenshot(path=f"{picture}/feedback-{keys}.png", full_page=True)
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        links = page.locator("a[href^='#']").evaluate_all("found => found.map(a => a.getAttribute('href'))")
        assert links and all(page.locator(f"[id='{link[1:]}']").count() == 1 for link in links)
    finally:
        page.close()


def test_the_settings_that_the_configuration_offers_are_those_that_there_are(tmp_path: Path) -> None:
    """The lines that are commented out, with the mark taken away, as docs/grading.md says."""
    text = (REPO / "nbgrader_config.py").read_text()
    offered = re.findall(r"(?m)^# (c\.(?:LatePolicy|FeedbackPage|AssignLatePenalties)\..*)$", text)
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.root = {str(tmp_path)!r}\n" + "\n".join(offered))
    config = PyFileConfigLoader("nbgrader_config.py", path=str(tmp_path)).load_config()
    rules = late.Rules.of(config)
    assert rules is not None
    rules.check()
    assert (
        set(config.LatePolicy) | {"extensions_file"} == set(late.Policy.model_fields) == set(late.LatePolicy.class_own_traits(config=True))
    )
    assert set(config.FeedbackPage) == set(withhold.PageSettings.model_fields)
    assert settings.read(config, "FeedbackPage", withhold.PageSettings).show_keys_from == "due"
