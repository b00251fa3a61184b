"""From a course's gradebook to the analysis, the command and its files: a generated class, a real exercise, the real grader."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
import math
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from fixtures.analysis_class import NAME, NEGATIVE, SIZE, SOLVED_BY_ALL, SOLVES, WRITTEN, GeneratedClass, student
from playwright.sync_api import Browser

from smtraining import cli
from smtraining.analysis import loading, overall, report
from smtraining.analysis.data import ClassData
from smtraining.analysis.overall import Analysis
from smtraining.grading.breakdown import marks_file
from smtraining.grading.marks_store import MarksStore, Step
from smtraining.grading.rubrics import Rubric
from smtraining.grading.rubrics import tasks as rubric_tasks
from smtraining.interop import gradebook as books

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own
pytest_plugins = ["browser_support", "fixtures.analysis_class"]


@pytest.fixture
def course(made: GeneratedClass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the class's course, with the shell in it."""
    shutil.copytree(made.root, tmp_path / "course")
    monkeypatch.chdir(tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture(scope="module")
def data(made: GeneratedClass) -> ClassData:
    return loading.load(made.root, NAME)


@pytest.fixture(scope="module")
def found(data: ClassData) -> Analysis:
    return overall.analyse(data)


# -- what is read ----------------------------------------------------------------------------------------------------------


def test_difficulty_is_what_the_class_was_made_with(found: Analysis) -> None:
    """Student 1 stopped after three items; nobody else left anything out."""
    p = found.items.set_index("item")["p"]
    for number, (item, solves) in enumerate(SOLVES.items()):
        right = sum(solves(i, SIZE) for i in range(1 if number < 3 else 2, SIZE))
        assert p[item] == pytest.approx(right / (SIZE - 1)), item


def test_the_item_of_the_weaker_students_and_the_one_that_all_solve_are_found(found: Analysis) -> None:
    rows = found.items.set_index("item")
    assert rows.loc[NEGATIVE, "r_high"] < 0 and "Check the key" in rows.loc[NEGATIVE, "note"]
    assert math.isnan(rows.loc[SOLVED_BY_ALL, "r"]) and "All students earned the same" in rows.loc[SOLVED_BY_ALL, "note"]
    assert rows.drop(index=[NEGATIVE, SOLVED_BY_ALL])["r"].min() > 0
    assert found.reliability.alpha is not None
    assert found.reliability.left_out == (SOLVED_BY_ALL,)
    assert found.reliability.if_deleted[NEGATIVE] > found.reliability.alpha


def test_items_stand_in_the_order_of_the_exercise_with_their_words(data: ClassData) -> None:
    assert list(data.items) == [*SOLVES, WRITTEN]
    assert data.items["x03-01"].title.startswith("Your director says")
    assert (data.items[WRITTEN].kind, data.items["x03-06"].kind) == ("written", "rank")
    assert data.standards["nasw-1.07r"] == "NASW Code of Ethics (2021) 1.07(r)"


def test_what_was_not_answered_is_known_for_questions_and_for_writing(found: Analysis, data: ClassData) -> None:
    first = data.credit[data.credit["student"] == student(1)].set_index("item")
    assert first["attempted"].to_dict() == {item: number < 3 for number, item in enumerate([*SOLVES, WRITTEN])}
    assert found.items.set_index("item")["omitted"].round(4).to_dict()[WRITTEN] == round(1 / 39, 4)
    assert first.loc["x03-01", "changes"] == 2  # its answer was saved twice


def test_choices_are_those_of_the_submissions(found: Analysis, made: GeneratedClass) -> None:
    table = found.choices[found.choices["item"] == "x03-01"]
    _, key = made.keyed["x03-01"]
    right = table[table["choice"] == key.correct].iloc[0]  # type: ignore[attr-defined]
    assert (right["key"], right["n"]) == (True, 30)
    assert right["lower"] < 1 == right["upper"]
    assert table["n"].sum() == 39
    assert (table["note"] == "Chosen by nobody.").sum() == 2
    assert "x03-06" not in set(found.choices["item"])  # a ranking is shown by its spread


def test_spread_of_the_ranking_against_its_key(found: Analysis) -> None:
    rows = found.spread[found.spread["item"] == "x03-06"]
    assert sorted(rows["key"]) == [1, 2, 3, 4, 5]
    right = sum(SOLVES["x03-06"](i, SIZE) for i in range(2, SIZE)) / 38
    assert rows["at_key"].min() == pytest.approx(right)  # who is wrong turns the order round, and its middle stays
    assert rows["at_key"].max() == 1.0


def test_students_time_and_groups(data: ClassData, found: Analysis) -> None:
    who = data.students.loc[student(5)]
    assert (who["name"], who["group"], who["handed_in"]) == ("Given Family05", "North", True)
    assert who["feedback"] - who["time"] == dt.timedelta(days=2)
    assert not data.students.loc[student(0), "handed_in"]
    assert found.stuck["student"].tolist()[:2] == [student(0), student(1)]
    assert found.waits["hours"].notna().sum() == 10
    assert found.groups["group"].tolist() == ["North", "South"]


def test_an_answer_that_waits_to_be_marked_is_no_zero(course: Path) -> None:
    with books.opened(books.settings(course)) as book:
        grade = book.find_grade(WRITTEN, NAME, NAME, student(9))
        grade.manual_score, grade.needs_manual_grade = None, True
        book.db.commit()
    found = overall.analyse(loading.load(course, NAME))
    assert found.items.set_index("item").loc[WRITTEN, "n"] == 38
    assert f"{WRITTEN} is left out: it is still to be marked for 1 student." in found.reliability.notes


def test_without_autograded_notebooks_points_stand_and_the_rest_is_said(course: Path) -> None:
    for folder in (course / "grading" / "autograded").iterdir():
        shutil.rmtree(folder)
    broken = course / "grading" / "autograded" / student(3) / NAME
    broken.mkdir(parents=True)
    (broken / f"{NAME}.ipynb").write_text("{")
    data = loading.load(course, NAME)
    found = overall.analyse(data)
    assert "The answers of 39 of 39 cannot be read" in data.notes[0]
    assert found.items["p"].notna().all()
    assert found.items.set_index("item").loc["x03-01", ["omitted"]].isna().all()
    assert found.spread["n"].sum() == 0


def test_answers_that_were_scored_by_two_keys_are_told(course: Path) -> None:
    path = course / "grading" / "autograded" / student(4) / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text())
    entry = next(e for e in notebook["metadata"]["smtraining_audit"]["items"] if e["item"] == "x03-07")
    entry["key"] = "another"
    path.write_text(json.dumps(notebook))
    assert [note[:27] for note in loading.load(course, NAME).notes] == ["x03-07 was scored in 2 ways"]


def test_marks_of_two_people_are_read_from_the_record_of_marking(course: Path) -> None:
    settings = books.settings(course)
    with books.opened(settings) as book:
        (task,), _ = rubric_tasks(book, NAME, loading.banks.load())
    store = MarksStore(marks_file(settings.db_url, settings.autograded))
    rubric: Rubric = task.rubric
    store.keep_rubric(rubric.digest, rubric.to_json())
    criterion = rubric.criteria[0].id

    def step(number: int, level: int) -> Step:
        return Step("level", WRITTEN, student(number), {"criterion": criterion, "level": level, "rubric": rubric.digest, "answer": "d"})

    store.add(NAME, "Ana", [step(i, i % 2) for i in range(2, 26)])
    store.add(NAME, "Noor", [step(i, 0 if i == 5 else i % 2) for i in range(2, 26)])
    row = overall.analyse(loading.load(course, NAME)).agreement.iloc[0]
    assert (row["task"], row["criterion"], row["markers"], row["n"]) == (WRITTEN, criterion, "Ana and Noor", 24)
    assert row["share"] == 23 / 24
    assert row["kappa"] == pytest.approx(1 - (1 / 24) / 0.5, abs=0.01)  # chance is a half, or nearly


# -- the command -----------------------------------------------------------------------------------------------------------


def test_the_command_prints_every_item(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["analyse", NAME]) == 0
    said = capsys.readouterr().out
    assert "39 of 40 handed in." in said
    assert "Cronbach's alpha: ." in said
    assert re.search(rf"^{SOLVED_BY_ALL} +39 +100% ", said, re.MULTILINE)
    assert re.search(rf"^{NEGATIVE}.* −\.\d\d .*Check the key", said, re.MULTILINE)
    assert not (course / "grading" / "pseudonyms.key").exists()


def test_the_files_hold_no_name_and_no_id_unless_asked_for(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["analyse", NAME, "--csv", "out", "--html", "report.html"]) == 0
    files = [Path("report.html"), *sorted(Path("out").iterdir())]
    assert len(files) == 11
    for path in files:
        assert not re.search(r"Family\d|st0\d\d", path.read_text()), path
    assert "Written: report.html" in capsys.readouterr().out
    assert cli.main(["analyse", NAME, "--csv", "named", "--names"]) == 0
    assert "Given Family01" in Path("named/stuck.csv").read_text()


def test_the_tables_can_be_read_by_other_programs(course: Path, found: Analysis) -> None:
    assert cli.main(["analyse", NAME, "--csv", "out"]) == 0
    items = pd.read_csv("out/items.csv")
    assert items["item"].tolist() == found.items["item"].tolist()
    assert items["p"].tolist() == pytest.approx(found.items["p"].tolist(), abs=1e-6)
    assert items.set_index("item").loc[[SOLVED_BY_ALL], "r"].isna().all()
    assert pd.read_csv("out/reliability.csv")["alpha"].tolist() == pytest.approx([found.reliability.alpha], abs=1e-6)


def test_a_name_that_is_a_formula_is_made_harmless(course: Path) -> None:
    with books.opened(books.settings(course)) as book:
        book.update_or_create_student(student(0), first_name="=HYPERLINK(1)", last_name="<script>alert(1)</script>")
    assert cli.main(["analyse", NAME, "--csv", "out", "--html", "report.html", "--names"]) == 0
    with Path("out/stuck.csv").open(newline="") as file:
        assert next(csv.DictReader(file))["student"].startswith("'=HYPERLINK")
    assert "<script" not in Path("report.html").read_text()


def test_a_report_on_one_group_and_none_on_a_handful(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = "\n".join(f"{student(i)},{'Few' if i < 5 else 'Many'}" for i in range(SIZE))
    Path("few.csv").write_text(f"student,group\n{few}\n")
    assert cli.main(["analyse", NAME, "--groups", "few.csv", "--group", "Many", "--html", "many.html"]) == 0
    assert "class report, group Many" in Path("many.html").read_text()
    assert cli.main(["analyse", NAME, "--groups", "few.csv", "--group", "Few", "--html", "few.html", "--csv", "few"]) == 1
    assert "fewer than 5 would tell about single students" in capsys.readouterr().err
    assert not Path("few.html").exists() and not Path("few").exists()
    assert cli.main(["analyse", NAME, "--groups", "few.csv", "--csv", "all"]) == 0
    table = pd.read_csv("all/groups.csv")
    assert table["credit"].isna().all()  # the small one, and the only other one
    assert "Few" not in Path("all/stuck.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["03-confidentialty"], "There is no assignment '03-confidentialty' in the gradebook. It holds: 03-confidentiality."),
        ([NAME, "--group", "East"], "There is no group 'East'. There are: North, South."),
    ],
)
def test_what_does_not_exist_is_named_with_what_does(
    course: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["analyse", *arguments]) == 1
    assert said in capsys.readouterr().err


def test_before_anybody_handed_in_there_is_a_report_all_the_same(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with books.opened(books.settings(course)) as book:
        for number in range(SIZE):
            book.remove_student(student(number))
    assert cli.main(["analyse", NAME, "--html", "report.html", "--csv", "out"]) == 0
    assert "0 of 0 handed in." in capsys.readouterr().out
    assert "Nobody is on this list." in Path("report.html").read_text()


@pytest.mark.parametrize("n", [1, 2])
def test_a_report_on_one_or_two_students(data: ClassData, n: int) -> None:
    """Everything that needs more says so; nothing is worked out from so few."""
    few = data.students.index[1 : 1 + n]

    def of(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["student"].isin(few)]

    part = dataclasses.replace(data, students=data.students.loc[few], credit=of(data.credit), answers=of(data.answers))
    page = report.document(overall.analyse(part), dict(part.students["name"]), dt.datetime.now(dt.UTC))
    assert f"Withheld: {n} student" in page
    assert "Reliability of the totals" not in page and "Strongest third" not in page


# -- the page --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page_file(found: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    report.write_html(path, report.document(found, dict(found.data.students["name"]), dt.datetime.now(dt.UTC)))
    return path


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (1100, "dark"), (320, "light")])
def test_the_page_is_accessible_and_asks_nobody_for_anything(page_file: Path, chromium: Browser, width: int, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.goto(page_file.as_uri())
    assert asked == [page_file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    pictures = page.locator("svg")
    assert pictures.count() >= 5
    assert all(picture.get_attribute("role") == "img" and picture.get_attribute("aria-label") for picture in pictures.all())
    assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in Axe().run(page).response["violations"]] == []
    context.close()
