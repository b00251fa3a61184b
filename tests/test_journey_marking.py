"""The marking page in JupyterLab itself: by mouse, by keyboard alone, and what Formgrader and the students then see."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from fixtures.grading_course import NAME
from fixtures.marking_course import CLASS, W1, MarkingCourse, set_environment
from journeys import STRAY, Keyboard, expect_accessible
from jupyter_support import BIN, NotebookPage, Served, environment, jupyter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Page, expect

from smtraining.grading.marks_store import FILE_NAME, MarksStore

pytest_plugins = ["browser_support", "jupyter_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]

HOSTILE = "Dear reader, <script>window.owned = 1</script><img src=x onerror='window.owned = 2'> visits are **free**."
WRITTEN = {**CLASS, "ben": (HOSTILE, "Because.")}


@dataclass(frozen=True)
class Office:
    """The instructor's JupyterLab, in the folder of the course."""

    lab: Served
    course: MarkingCourse
    env: dict[str, str]

    def book(self, page: Page, marker: str) -> NotebookPage:
        """A notebook with the one line that opens the marking page, between other cells."""
        path = self.course.root / f"marking-{marker}.ipynb"
        call = new_code_cell(f'from smtraining.instructor import marking\n\nmarking("{NAME}", marker="{marker}")', id="marking")
        cells = [new_markdown_cell("# Marking", id="title"), call, new_markdown_cell("The end.", id="end")]
        nb = new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
        self.course.write(path, nb)
        return self.lab.book(page, path)

    def number(self, student: str) -> int:
        return MarksStore(self.course.root / "grading" / FILE_NAME).pseudonyms(NAME, [student])[student]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    course = MarkingCourse(folder / "course")
    with pytest.MonkeyPatch.context() as patch:
        for key, value in set_environment(course).items():
            patch.setenv(key, value)
        course.release()
        for student, texts in WRITTEN.items():
            course.hand_in(student, texts)
        course.autograde_class()
    overlay = {"SMTRAINING_OVERLAY": course.env["SMTRAINING_OVERLAY"]}
    with jupyter(course.root, "lab", folder / "home", overlay) as lab:
        yield Office(lab, course, environment(folder / "home") | overlay)


def test_by_mouse_and_the_notebook_keeps_nothing_about_students(office: Office, tab: Callable[[], Page]) -> None:
    page = tab()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    book = office.book(page, "kim")
    book.open()
    book.run_all()
    desk = page.locator(".smt-marking")
    desk.get_by_label("Answer", exact=True).select_option(f"{W1}|{office.number('ben')}")
    expect(desk.locator(".smt-written")).to_contain_text("<script>window.owned = 1</script>")
    desk.get_by_role("group", name="Leads nobody home").locator("label", has_text="Almost nobody.").click()
    desk.get_by_role("group", name="Still does its work").locator("label", has_text="It calls.").click()
    expect(desk.locator(".smt-rubric-side .smt-total")).to_have_text("5 of 6 points")
    desk.get_by_label("Comment to the student").fill("Whose eyes did you check it for?")
    desk.locator(".smt-answer-side h4").click()  # plain text: the focus must not go to the notebook, whose keys delete cells
    before = book.sources()
    page.keyboard.press("d")
    page.keyboard.press("d")
    page.keyboard.press("x")
    assert book.sources() == before
    expect(desk.locator(".smt-saved")).to_contain_text("Saved")
    for theme in ("light", "dark"):
        book.choose_theme(theme)
        book.draw_all()
        expect_accessible(page, ".smt-marking")
    book.choose_theme("light")
    book.save()
    saved = (office.course.root / "marking-kim.ipynb").read_text(encoding="utf-8")
    assert "Nothing about students is kept in the notebook" in saved
    assert [word for word in ("cleo", "visits are", "Whose eyes", "Almost nobody", "MODEL-ANSWER") if word in saved] == []
    book.reload()
    expect(desk.locator(".smt-count-line")).to_contain_text("You have marked 1 of 5 answers.")
    assert page.evaluate("() => window.owned ?? null") is None
    assert [url for url in asked if not url.startswith((office.lab.url, "data:", "blob:", "ws:"))] == []
    assert book.errors == []
    book.end_kernel()


def test_with_the_keyboard_alone(office: Office, tab: Callable[[], Page], monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in set_environment(office.course).items():
        monkeypatch.setenv(key, value)
    office.course.session("kim").give("ben", {"safe": 2, "alive": 3})
    page = tab()
    book = office.book(page, "lee")
    book.open()
    keys = Keyboard(page)
    keys.run_to(book, "marking")
    desk = page.locator(".smt-marking")
    expect(desk.locator(".smt-rubric")).to_be_visible()
    keys.go_to(desk.locator(".smt-tab").first)
    before = book.sources()
    first = min(office.number(student) for student, texts in WRITTEN.items() if texts[0] is not None)
    expect(desk.locator(".smt-card-title")).to_have_text(f"Student {first} · Write it")
    marked = []
    for _ in [s for s, texts in WRITTEN.items() if texts[0] is not None]:
        heading = str(desk.locator(".smt-card-title").text_content())
        keys.press("3", "2")
        expect(desk.locator(".smt-rubric-side .smt-total")).to_have_text("5 of 6 points")
        keys.press("c")
        expect(desk.get_by_label("Comment to the student")).to_be_focused()
        page.keyboard.type("Read it as a neighbor: dd 1 2 3.")
        keys.press("Control+Enter")
        expect(desk.locator(".smt-card-title")).not_to_have_text(heading)
        marked.append(heading)
    keys.press("p")
    expect(desk.locator(".smt-card-title")).to_have_text(marked[-1])
    keys.press(*[key for key in STRAY if key not in "0123456789"])
    keys.press("Escape", "?", "?")
    assert book.sources() == before
    assert page.evaluate("() => document.activeElement.closest('.smt-marking') !== null")
    expect(desk.locator(".smt-saved")).to_contain_text("Saved")
    assert len(set(marked)) == 3
    for student in ("ada", "cleo"):
        assert office.course.value(student)[:2] == (5.0, False)
    # kim gave ben the same total by other levels: that waits for somebody to settle it
    assert office.course.value("ben") == (None, True, None)
    expect(desk.locator(".smt-tab", has_text="Disagreements")).to_have_text("Disagreements (1)")
    assert book.errors == []
    book.end_kernel()


def test_formgrader_and_the_returned_page_show_total_levels_and_comment(
    office: Office, tab: Callable[[], Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in set_environment(office.course).items():
        monkeypatch.setenv(key, value)
    office.course.session("lee").give("ada", {"safe": 3, "alive": 2}, "Read it as a neighbor: dd 1 2 3.")
    page = tab()
    page.context.route(lambda url: not url.startswith(office.lab.url), lambda route: route.abort())
    page.goto(f"{office.lab.url}/formgrader/manage_students/ada/{NAME}")
    page.get_by_role("link", name=NAME).last.click()
    expect(page.locator(f"input.score#{W1}")).to_have_value("5")
    expect(page.locator(f"textarea.comment#{W1}-comment")).to_have_value(
        "Read it as a neighbor: dd 1 2 3.\n\nHow it was marked (5 of 6 points):\n\n"
        "- **Leads nobody home: 3 of 3.** Nobody.\n- **Still does its work: 2 of 3.** It is warm."
    )
    done = subprocess.run(
        [str(BIN / "nbgrader"), "generate_feedback", NAME, "--student=ada", "--force"],
        cwd=office.course.root, env=office.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    returned = tab()
    returned.goto((office.course.folder("ada", "feedback") / f"{NAME}.html").as_uri())
    text = returned.locator("body").inner_text()
    assert "Read it as a neighbor" in text and "Leads nobody home: 3 of 3. Nobody." in text
