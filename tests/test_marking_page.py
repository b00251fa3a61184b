"""The marking page in a real browser, with the real session behind it: by mouse, by keyboard, when things fail, with hostile work."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from fixtures.marking_course import CLASS, W1, W2, MarkingCourse, set_environment
from marking_stage import MarkingStage
from playwright.sync_api import Browser, expect
from test_marking_answers import HOSTILE

from smtraining.errors import SaveError

pytest_plugins = ["browser_support"]
pytestmark = [pytest.mark.browser, pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]

Stage = Callable[..., MarkingStage]


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory: pytest.TempPathFactory) -> MarkingCourse:
    """A course with four honest students and one whose answer holds everything that could hurt."""
    course = MarkingCourse(tmp_path_factory.mktemp("marking-page") / "course")
    with pytest.MonkeyPatch.context() as patch:
        for key, value in set_environment(course).items():
            patch.setenv(key, value)
        course.release()
        for student, texts in CLASS.items():
            course.hand_in(student, texts)
        course.hand_in("mallory", ("\n\n".join(HOSTILE.values()), "x" * 3_000))
        course.autograde_class()
    return course


@pytest.fixture
def course(class_folder: MarkingCourse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MarkingCourse:
    copied = MarkingCourse(tmp_path / "course")
    shutil.rmtree(copied.root)
    shutil.copytree(class_folder.root, copied.root)
    for key, value in set_environment(copied).items():
        monkeypatch.setenv(key, value)
    return copied


@pytest.fixture
def stage(course: MarkingCourse, chromium: Browser) -> Iterator[Stage]:
    opened: list[MarkingStage] = []

    def open_(marker: str = "kim", **options: Any) -> MarkingStage:
        opened.append(MarkingStage(chromium, course.session(marker), **options))
        return opened[-1]

    yield open_
    for one in opened:
        assert one.errors == []
        assert [url for url in one.asked if not url.startswith(("blob:", "data:", "about:"))] == []
        one.context.close()


# -- marking ---------------------------------------------------------------------------------------------------------------


def test_a_whole_class_is_marked_with_the_keyboard_alone(stage: Stage, course: MarkingCourse) -> None:
    kim = stage()
    written = [s for s in sorted(kim.marker.session.desk.numbers, key=kim.marker.who) if s != "dee"]
    assert kim.focus() == "body."  # opening the page takes the focus from nobody
    while "smt-tab" not in kim.focus():
        kim.press("Tab")
    for student in written:
        kim.at(student)
        kim.press("3", "2")
        expect(kim.total()).to_have_text("5 of 6 points")
        expect(kim.said()).to_contain_text("All criteria are marked: 5 points.")
        kim.press("c")
        kim.page.keyboard.type(f"n p u 3 for {student}")
        kim.press("Control+Enter")
    kim.press("p")
    kim.at(written[-1])
    for student in written:
        score, waits, comment = course.value(student)
        assert (score, waits) == (5.0, False)
        assert str(comment).startswith(f"n p u 3 for {student}\n\n")


def test_keys_choose_move_take_back_and_undo(stage: Stage) -> None:
    kim = stage()
    kim.open("ada")
    kim.page.locator(".smt-answer-side h4").click()  # on plain text: the focus goes to the page, not to the notebook
    kim.press("2")
    expect(kim.level("Leads nobody home", "Almost nobody.")).to_be_checked()
    expect(kim.level("Still does its work", "A notice.")).to_be_focused()
    kim.press("j")
    expect(kim.level("Leads nobody home", "Almost nobody.")).to_be_focused()
    kim.press("Delete")
    expect(kim.level("Leads nobody home", "Almost nobody.")).not_to_be_checked()
    kim.press("9")
    expect(kim.said()).to_have_text("Leads nobody home has no level 9.")
    kim.press("1", "k", "3")
    expect(kim.total()).to_contain_text("3 of 6 points")
    kim.press("u")
    expect(kim.total()).to_contain_text("1 of 6 points so far")
    kim.press("r")
    expect(kim.page.locator(".smt-answer-side")).to_be_focused()
    kim.press("c", "a", "Escape")
    assert kim.page.locator(".smt-rubric input:focus").count() == 1
    kim.press("?")
    expect(kim.page.locator(".smt-help")).to_have_attribute("open", "")
    kim.press("s")
    expect(kim.page.locator(".smt-phrase-box summary")).to_be_focused()


def test_single_keys_can_be_switched_off(stage: Stage) -> None:
    kim = stage()
    kim.page.get_by_text("Keys and settings").click()
    kim.page.get_by_label("Single keys work on this page").uncheck()
    before = kim.title().text_content()
    kim.title().focus()
    kim.press("n", "3", "c", "u")
    expect(kim.total()).to_contain_text("0 of 6 points so far, 2 criteria to go")
    assert kim.title().text_content() == before
    kim.page.get_by_label("Single keys work on this page").check()
    kim.title().focus()
    kim.press("3")
    expect(kim.total()).to_contain_text("3 of 6 points so far")


def test_every_control_keeps_its_keys_from_the_notebook(stage: Stage) -> None:
    kim = stage()
    bare = "[...document.querySelectorAll('.smt-marking :is(a, button, input, select, summary, textarea, [tabindex])')]"
    assert kim.page.evaluate(f"{bare}.filter((node) => node.dataset.lmSuppressShortcuts !== 'true').map((node) => node.outerHTML)") == []
    assert kim.page.evaluate(f"{bare}.length") > 20


def test_by_mouse_with_a_saved_comment(stage: Stage, course: MarkingCourse) -> None:
    kim = stage()
    kim.open("ben")
    kim.level("Leads nobody home", "Hardly.").check()
    kim.level("Still does its work", "It informs.").check()
    kim.page.get_by_label("Comment to the student").fill("Whose eyes did you check it for?")
    kim.page.get_by_role("button", name="Save this comment for reuse").click()
    expect(kim.page.locator(".smt-phrase-box summary")).to_have_text("Saved comments (1)")
    expect(kim.saved()).to_contain_text("Saved")
    kim.page.get_by_role("button", name="Next answer").click()
    kim.open("ada")
    kim.level("Leads nobody home", "Nobody.").last.check()
    kim.level("Still does its work", "It calls.").check()
    kim.page.locator(".smt-phrase-box summary").click()
    kim.page.get_by_role("button", name="Insert: Whose eyes").click()
    expect(kim.page.get_by_label("Comment to the student")).to_have_value("Whose eyes did you check it for?")
    expect(kim.saved()).to_contain_text("Saved")
    kim.page.get_by_role("button", name="Take back: Still does its work").click()
    expect(kim.total()).to_contain_text("1 criterion to go")
    kim.page.get_by_role("button", name="Undo").click()
    expect(kim.total()).to_have_text("6 of 6 points")
    assert course.value("ben")[0] == 2 and str(course.value("ben")[2]).startswith("Whose eyes did you check it for?\n\n")
    assert course.value("ada")[0] == 6 and str(course.value("ada")[2]).startswith("Whose eyes")


def test_one_student_at_a_time_goes_through_all_questions_first(stage: Stage) -> None:
    kim = stage()
    kim.page.get_by_label("Order").select_option("student")
    kim.page.get_by_label("n and p go to").select_option("all")
    first = sorted(kim.marker.session.desk.numbers.values())[:2]
    kim.page.get_by_label("Answer", exact=True).select_option(f"{W1}|{first[0]}")
    seen = []
    for _ in range(4):
        kim.title().focus()
        seen.append(str(kim.title().text_content()))
        kim.press("n")
        expect(kim.title()).not_to_have_text(seen[-1])
    tasks = ("Write it", "Say why")
    assert seen == [f"Student {who} · {task}" for who in first for task in tasks]


def test_n_leads_through_what_is_left_and_says_when_nothing_is(stage: Stage) -> None:
    kim = stage()
    kim.page.get_by_label("n and p go to").select_option("todo")
    for student in sorted(CLASS, key=kim.marker.who):
        kim.marker.give(student, {"safe": 1, "alive": 1})
        if CLASS[student][1] is not None:
            kim.marker.give(student, {"why": 1}, task=W2)
    kim.marker.give("mallory", {"safe": 0, "alive": 0})
    kim.page.get_by_text("Keys and settings").click()
    kim.page.get_by_role("button", name="Put marks into the gradebook").click()
    expect(kim.page.locator(".smt-count-line")).to_contain_text("You have marked")
    kim.title().focus()
    kim.press("n")
    expect(kim.title()).to_have_text(f"Student {kim.marker.who('mallory')} · Say why")
    kim.press("n")
    expect(kim.said()).to_contain_text("This is the last one. 1 answer is still to mark.")


# -- blind, and safe ---------------------------------------------------------------------------------------------------------


def test_names_are_not_in_the_page_until_they_are_asked_for(stage: Stage, course: MarkingCourse) -> None:
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student("ben", first_name="<img src=x onerror=window.owned=1>", last_name="O'Hara & Co")
    kim = stage()
    kim.open("ben")
    assert "Hara" not in kim.page.content()
    kim.page.get_by_text("Keys and settings").click()
    kim.page.get_by_role("button", name="Show names").click()
    expect(kim.title()).to_contain_text("<img src=x onerror=window.owned=1> O'Hara & Co (ben)")
    kim.page.get_by_role("button", name="Show names").click()
    kim.at("ben")
    assert "Hara" not in kim.page.content()
    assert kim.page.evaluate("window.owned") is None


def test_what_a_student_wrote_cannot_act_in_the_markers_browser(stage: Stage) -> None:
    kim = stage()
    kim.page.evaluate("window.alert = (text) => { window.owned = text; }")
    kim.open("mallory")
    written = kim.page.locator(".smt-written")
    expect(written).to_contain_text("<script>alert(1)</script>")
    assert kim.page.locator(".smt-answer-side :is(script, img, iframe, style, svg, a, object, form)").count() == 0
    attributes = "[...document.querySelectorAll('.smt-written *')].flatMap((node) => [...node.attributes].map((one) => one.name))"
    assert set(kim.page.evaluate(attributes)) <= {"class"}
    kim.page.get_by_role("button", name="Show the source").click()
    expect(kim.page.locator(".smt-as-typed")).to_contain_text("<iframe src='https://evil.example'>")
    kim.page.mouse.move(300, 500)
    assert kim.page.evaluate("window.owned") is None
    # The same text in a comment and in the list of disagreements.
    kim.marker.give("mallory", {"safe": 0, "alive": 0}, HOSTILE["script"])
    kim.marker.course.session("lee").give("mallory", {"safe": 1, "alive": 0}, HOSTILE["event handler"])
    kim.marker.ask("phrase", text=HOSTILE["svg"], task=W1)
    kim.page.get_by_text("Keys and settings").click()
    kim.page.get_by_role("button", name="Put marks into the gradebook").click()
    kim.tab("Disagreements").click()
    kim.page.locator(".smt-dispute summary").click()
    expect(kim.page.locator(".smt-dispute-body")).to_contain_text("onerror=")
    assert kim.page.locator(".smt-dispute-body :is(script, img, iframe, svg)").count() == 0
    assert kim.page.evaluate("window.owned") is None


# -- when something fails ----------------------------------------------------------------------------------------------------


def test_a_mark_that_was_not_saved_says_so_and_can_be_tried_again(
    stage: Stage, course: MarkingCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    kim = stage()
    kim.open("ada")

    def full(*_: Any, **__: Any) -> None:
        raise SaveError("This mark was not saved: the disk is full.", "Free some space, then try again.", "errno 28")

    with monkeypatch.context() as patch:
        patch.setattr("smtraining.grading.marks_store.MarksStore.add", full)
        kim.level("Leads nobody home", "Hardly.").check()
        alert = kim.page.get_by_role("alert")
        expect(alert).to_contain_text("This mark was not saved: the disk is full. Free some space, then try again.")
        expect(kim.saved()).to_have_text("Not saved")
        expect(kim.level("Leads nobody home", "Hardly.")).to_be_checked()
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_be_empty()
    expect(kim.saved()).to_contain_text("Saved")
    assert kim.marker.about("card", "ada")["card"]["levels"] == {"safe": 1}


def test_a_kernel_that_does_not_answer_is_named_and_a_comment_stays(stage: Stage) -> None:
    kim = stage(clock=True)
    kim.python("silent")
    kim.page.get_by_label("Comment to the student").fill("A long thought.")
    kim.page.clock.run_for(22_000)
    expect(kim.page.get_by_role("alert")).to_contain_text("The notebook does not answer.")
    expect(kim.page.get_by_label("Comment to the student")).to_have_value("A long thought.")
    kim.python("throws")
    kim.page.get_by_role("button", name="Next answer").click()
    expect(kim.page.get_by_role("alert")).to_contain_text("The notebook is not connected.")
    kim.python("ok")
    kim.page.get_by_role("button", name="Try again").click()
    expect(kim.page.get_by_role("alert")).to_be_empty()


def test_what_is_pressed_before_the_next_answer_is_there_does_not_land_on_the_one_before(stage: Stage) -> None:
    kim = stage()
    first, second = sorted((s for s in kim.marker.session.desk.numbers if s != "dee"), key=kim.marker.who)[:2]
    kim.at(first)
    kim.title().focus()
    kim.python("slow")
    kim.press("n", "3")
    expect(kim.said()).to_contain_text("The answer is being opened.")
    kim.python("ok")
    kim.at(second)
    kim.press("3", "2")
    expect(kim.total()).to_have_text("5 of 6 points")
    expect(kim.saved()).to_contain_text("Saved")
    assert kim.marker.about("card", first)["card"]["levels"] == {}
    assert kim.marker.about("card", second)["card"]["levels"] == {"safe": 3, "alive": 2}


def test_what_is_typed_after_going_on_does_not_end_in_the_comment_that_was_left(stage: Stage) -> None:
    kim = stage()
    first = min((s for s in kim.marker.session.desk.numbers if s != "dee"), key=kim.marker.who)
    kim.at(first)
    kim.page.get_by_label("Comment to the student").fill("Good.")
    kim.python("slow")
    kim.press("Control+Enter", "u", "x")
    kim.python("ok")
    expect(kim.title()).not_to_contain_text(f"Student {kim.marker.who(first)} ")
    expect(kim.page.get_by_label("Comment to the student")).to_have_value("")
    assert "Good.x" not in str(kim.marker.session.desk.marks.given)


def test_a_comment_in_the_making_is_saved_when_the_marker_goes_on(stage: Stage) -> None:
    kim = stage()
    kim.open("ada")
    kim.page.get_by_label("Comment to the student").fill("Half a sent")
    kim.tab("Agreement").click()
    expect(kim.saved()).to_contain_text("Saved")
    assert kim.marker.about("card", "ada")["card"]["comment"] == "Half a sent"


# -- two markers, and points -------------------------------------------------------------------------------------------------


def test_a_disagreement_is_settled_on_the_page(stage: Stage, course: MarkingCourse) -> None:
    course.session("lee").give("ada", {"safe": 0, "alive": 3}, "It leads to her door.")
    kim = stage()
    kim.open("ada")
    kim.page.locator(".smt-rubric-side").click(position={"x": 5, "y": 5})
    kim.press("3", "3")
    expect(kim.tab("Disagreements")).to_have_text("Disagreements (1)")
    kim.tab("Disagreements").click()
    kim.page.locator(".smt-dispute summary").click()
    body = kim.page.locator(".smt-dispute-body")
    expect(body.locator(".smt-differs")).to_have_count(1)
    expect(body.locator(".smt-differs")).to_contain_text("Leads nobody home differ")
    body.get_by_role("button", name="Settle this mark").click()
    expect(kim.said()).to_have_text("Choose a level for every criterion first.")
    body.get_by_role("button", name="Take what lee gave").click()
    body.get_by_role("button", name="Settle this mark").click()
    expect(kim.tab("Disagreements")).to_have_text("Disagreements")
    expect(kim.page.locator(".smt-dispute summary")).to_contain_text("settled at 3 points by kim")
    assert course.value("ada")[:2] == (3.0, False)
    kim.page.get_by_label("Every answer is marked by").select_option("2")
    expect(kim.saved()).to_contain_text("Saved")
    assert kim.marker.session.desk.marks.needed == 2


def test_points_of_levels_are_changed_after_a_look_at_what_follows(stage: Stage, course: MarkingCourse) -> None:
    kim = stage()
    kim.marker.give("ada", {"safe": 1, "alive": 3})
    kim.tab("Points of levels").click()
    section = kim.page.locator(".smt-task-points").first
    section.get_by_label("Leads nobody home, level 2 of 4: Hardly.").fill("1.5")
    section.get_by_label("Leads nobody home, level 4 of 4: Nobody.").fill("4")
    expect(section).to_contain_text("The best levels add up to 7 of 6 points.")
    section.get_by_role("button", name="See what this would change").click()
    expect(kim.page.get_by_role("alert")).to_contain_text("add up to 7 points, and the task is worth 6")
    section.get_by_label("Still does its work, level 4 of 4: It calls.").fill("2")
    section.get_by_role("button", name="See what this would change").click()
    expect(section).to_contain_text(f"Student {kim.marker.who('ada')}: 4 becomes 3.5")
    assert course.value("ada")[0] == 4
    section.get_by_role("button", name="Change the points").click()
    expect(kim.said()).to_have_text("The points are changed. 1 total follows.")
    assert course.value("ada")[0] == 3.5
    kim.tab("Mark answers").click()
    kim.open("ada")
    expect(kim.total()).to_have_text("3.5 of 6 points")
    expect(kim.page.locator(".smt-keycap").nth(1)).to_have_text("2")  # points are no whole numbers now: keys go by place
    kim.tab("Points of levels").click()
    section.get_by_role("button", name="Back to the points of the master").click()
    section.get_by_role("button", name="Change the points").click()
    expect(kim.said()).to_have_text("The points are changed. 1 total follows.")
    assert course.value("ada")[0] == 4


# -- how it looks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("theme", "width"), [("light", 1200), ("dark", 1200), ("light", 320)])
def test_every_part_passes_axe_and_fits_its_window(stage: Stage, course: MarkingCourse, theme: str, width: int) -> None:
    lee = course.session("lee")
    lee.give("ada", {"safe": 1, "alive": 2}, "From lee.")
    kim = stage(theme=theme, width=width)
    kim.marker.give("ada", {"safe": 2, "alive": 2}, "From kim.")
    kim.marker.ask("phrase", text="Whose eyes?", task=W1)
    kim.page.get_by_text("Keys and settings").click()
    kim.page.get_by_role("button", name="Put marks into the gradebook").click()
    kim.open("ada")
    for name in ("Mark answers", "Disagreements", "Agreement", "Points of levels"):
        kim.tab(name).click()
        kim.page.evaluate("() => document.querySelectorAll('.smt-stage details').forEach((fold) => (fold.open = true))")
        kim.page.wait_for_function("() => document.querySelector('.smt-stage').innerText.length > 200")
        options = {"resultTypes": ["violations", "passes"], "rules": {"target-size": {"enabled": True}}}
        found = Axe().run(kim.page, context=".smt", options=options).response
        assert [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]] == [], name
        assert sum(len(rule["nodes"]) for rule in found["passes"] if rule["id"] == "color-contrast") > 20
        assert kim.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name
