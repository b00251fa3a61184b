"""The class dashboard: the notebook as it comes, its parts without a browser, and once as an instructor meets it, in JupyterLab."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from fixtures.analysis_class import NAME, SIZE, GeneratedClass, student
from jupyter_support import NotebookPage, jupyter
from nbclient import NotebookClient
from playwright.sync_api import Page, expect

from smtraining.analysis import report
from smtraining.analysis.dashboard import Dashboard, open_class
from smtraining.authoring import course as course_folders

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own
pytest_plugins = ["browser_support", "jupyter_fixtures", "fixtures.analysis_class"]

expect.set_options(timeout=20_000)  # a busy machine is no defect

ROOT = Path(__file__).parents[1]
NOTEBOOK = Path("notebooks") / "instructor" / "class-dashboard.ipynb"
ABOUT_STUDENTS = re.compile(r"Family\d|st0\d\d|Student [A-Z2-7]{5}")


@pytest.fixture
def course(made: GeneratedClass, tmp_path: Path) -> Path:
    """A copy of the class's course."""
    shutil.copytree(made.root, tmp_path / "course")
    return tmp_path / "course"


def run(course: Path) -> nbformat.NotebookNode:
    """The notebook, run from top to bottom in a kernel of its own."""
    notebook = nbformat.read(course / NOTEBOOK, 4)
    where = {"metadata": {"path": str((course / NOTEBOOK).parent)}}
    return NotebookClient(notebook, timeout=120, resources=where, store_widget_state=True).execute()


def contents(notebook: nbformat.NotebookNode) -> str:
    """What all HTML widgets hold."""
    state = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    return "\n".join(str(model["state"].get("value", "")) for model in state.values() if model["model_name"] == "HTMLModel")


# -- the notebook ----------------------------------------------------------------------------------------------------------


def test_the_notebook_comes_empty_and_is_no_lesson() -> None:
    notebook = nbformat.read(ROOT / NOTEBOOK, 4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert all(len(cell.source.splitlines()) == 1 for cell in code[1:])
    assert "widgets" not in notebook.metadata
    assert ROOT / NOTEBOOK not in course_folders.lessons(ROOT)
    assert not list((ROOT / "exercises").rglob("class-dashboard*"))


def test_it_runs_from_top_to_bottom_and_shows_every_part(course: Path) -> None:
    notebook = run(course)
    shown = contents(notebook)
    for title in report.TITLES.values():
        assert f"<h2>{title}</h2>" in shown
    assert ABOUT_STUDENTS.search(shown)
    assert not re.search(r"Family\d|st0\d\d", shown)  # pseudonyms, until the box is unticked
    outputs = json.dumps([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    assert not ABOUT_STUDENTS.search(outputs)


def test_without_a_gradebook_it_says_what_to_do_and_nothing_fails(course: Path) -> None:
    """What a student or a new instructor meets."""
    shutil.rmtree(course / "grading")
    shown = contents(run(course))
    assert shown.count("There is no gradebook yet") >= 9
    assert "nbgrader generate_assignment NAME" in shown


# -- the parts -------------------------------------------------------------------------------------------------------------


def found(widget: Any, kind: type, description: str = "") -> Any:
    """The first widget of a kind inside another, by its label."""
    inside = [widget]
    while inside:
        one = inside.pop(0)
        if isinstance(one, kind) and (not description or one.description == description):
            return one
        inside += getattr(one, "children", ())
    raise AssertionError(f"no {kind.__name__} {description}")


def text(widget: Any) -> str:
    return str(found(widget, widgets.HTML).value)


def test_every_part_follows_the_group_and_keeps_to_it(course: Path) -> None:
    board = Dashboard(course)
    filters, overview, stuck = board.filters(), board.overview(), board.stuck()
    students = found(filters, widgets.Dropdown, "Students")
    assert [label for label, _ in students.options] == ["The whole class", "North", "South"]
    assert f"{SIZE - 1} of {SIZE} students" in text(overview)
    students.value = "South"
    assert f"{SIZE // 2 - 1} of {SIZE // 2} students" in text(overview)
    assert "No answer to 6 of 9" not in text(stuck)  # student 1 is in the north
    assert filters.children[-1].text == f"Showing {NAME}, South: {SIZE // 2 - 1} of {SIZE // 2} handed in."
    found(filters, widgets.Button).click()
    assert students.value == "South"  # reading again changes no choice


def test_a_standard_narrows_the_items_and_the_menu_of_choices(course: Path) -> None:
    board = Dashboard(course)
    filters, items, choices = board.filters(), board.items(), board.choices()
    menu = found(choices, widgets.Dropdown, "Item")
    assert len(menu.options) == 6
    standard = found(filters, widgets.Dropdown, "Standard")
    standard.value = "nasw-1.07r"
    rows = re.findall(r'<th scope="row">(x03-\w+)</th>', text(items))
    assert rows == ["x03-01", "x03-04", "x03-08"]
    assert menu.options == ("x03-01", "x03-04", "x03-08")
    menu.value = "x03-08"
    assert "<h3>x03-08:" in found(choices, widgets.HTML).value
    standard.value = ""
    assert menu.value == "x03-08"


def test_names_are_shown_and_written_only_when_the_box_is_unticked(course: Path) -> None:
    board = Dashboard(course)
    filters, stuck, export = board.filters(), board.stuck(), board.export()
    assert "Family00" not in text(stuck)
    found(export, widgets.Button, "Write the report (HTML)").click()
    page = course / "grading" / "reports" / f"{NAME}.html"
    assert "Family00" not in page.read_text()
    found(filters, widgets.Checkbox).value = False
    assert "Family00" in text(stuck)
    found(export, widgets.Button, "Write the report (HTML)").click()
    assert "Family00" in page.read_text()
    assert str(page) in export.children[-1].text
    found(export, widgets.Button, "Write the tables (CSV)").click()
    assert (course / "grading" / "reports" / NAME / "items.csv").is_file()
    assert "10 files in" in export.children[-1].text


def test_a_report_that_cannot_be_written_says_why(course: Path) -> None:
    board = Dashboard(course)
    export = board.export()
    (course / "grading" / "reports").write_text("in the way")
    found(export, widgets.Button, "Write the tables (CSV)").click()
    assert export.children[-1].text.startswith("Not written: ")


def test_new_marks_are_there_after_reading_again(course: Path) -> None:
    board = Dashboard(course)
    filters, overview = board.filters(), board.overview()
    twin = object.__new__(GeneratedClass)
    twin.root = course
    with twin.gradebook() as book:
        book.remove_student(student(2))
    found(filters, widgets.Button).click()
    assert f"{SIZE - 2} of {SIZE - 1} students" in text(overview)


def test_a_folder_that_is_no_course_is_told(tmp_path: Path) -> None:
    assert "There is no nbgrader_config.py" in text(open_class(tmp_path).overview())


# -- in JupyterLab ---------------------------------------------------------------------------------------------------------


def shown_status(page: Page) -> Any:
    return page.locator("[role=status]").filter(has_text="Showing")


@pytest.mark.browser
def test_an_instructor_filters_by_keyboard_and_what_is_saved_holds_no_student(
    course: Path, tmp_path: Path, tab: Callable[[], Page]
) -> None:
    page = tab()
    foreign: list[str] = []
    page.on("request", lambda request: None if re.match(r"(http://127\.0\.0\.1|data:|blob:)", request.url) else foreign.append(request.url))
    with jupyter(course, "lab", tmp_path / "home") as served:
        book = served.book(page, course / NOTEBOOK)
        book.open()
        book.count_runs()
        book.menu("Run", "Run All Cells")
        page.wait_for_function("(n) => window.ran >= n && ask.ready()", arg=book._to_run, timeout=120_000)
        expect(page.locator(".smt-class h2").filter(has_text="Groups")).to_be_attached()

        students = page.get_by_label("Students", exact=True)
        students.focus()
        page.keyboard.press("S")
        expect(shown_status(page)).to_have_text(f"Showing {NAME}, South: {SIZE // 2 - 1} of {SIZE // 2} handed in.")
        expect(students).to_be_focused()
        expect(page.locator(".smt-class dd").first).to_have_text(f"{SIZE // 2 - 1} of {SIZE // 2} students")
        page.keyboard.press("ArrowUp")
        expect(shown_status(page)).to_contain_text("North")
        page.keyboard.press("ArrowUp")
        expect(shown_status(page)).to_contain_text("the whole class")
        expect(students).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_label("Standard", exact=True)).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_label("Pseudonyms in place of names")).to_be_focused()
        expect(page.locator(".smt-class")).not_to_contain_text(["Family00"])
        page.keyboard.press("Space")
        expect(page.locator(".smt-class").filter(has_text="Family00").first).to_be_attached()

        for theme in ("light", "dark"):
            book.choose_theme(theme)  # type: ignore[arg-type]
            _draw_all(page)
            for part in (".smt-controls", ".smt-class"):
                checked = Axe().run(page, context=part).response
                assert [f"{v['id']}: {n['html']}" for v in checked["violations"] for n in v["nodes"]] == []
                assert len(checked["passes"]) > 5  # it did look
        _keep_picture(page, "dashboard")
        assert (book.errors, foreign) == ([], [])
        book.save()
        _expect_no_student(course / NOTEBOOK, book)


def _expect_no_student(path: Path, book: NotebookPage) -> None:
    """What is saved has the places of the parts, and nothing that they hold."""
    saved = path.read_text()
    assert saved.count("application/vnd.jupyter.widget-view+json") == book._to_run
    assert not ABOUT_STUDENTS.search(saved)


def _draw_all(page: Page) -> None:
    """axe does not look at what lies outside a frame with hidden overflow, of which JupyterLab has several."""
    page.evaluate(
        """() => {
          for (const part of document.querySelectorAll(".smt-class, .smt-controls")) {
            for (let node = part.parentElement; node; node = node.parentElement) {
              node.style.contentVisibility = "visible";
              if (/hidden|clip/.test(getComputedStyle(node).overflow)) node.style.overflow = "visible";
            }
          }
        }"""
    )


def _keep_picture(page: Page, name: str) -> None:
    """A picture for a person to look at, if the environment variable SMTRAINING_PICTURES names a folder for it."""
    folder = os.environ.get("SMTRAINING_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))
