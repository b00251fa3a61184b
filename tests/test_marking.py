"""Marking written work: from a choice of levels to nbgrader's gradebook and the page a student gets back, in a real course."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from fixtures.grading_course import NAME, cell
from fixtures.marking_course import CLASS, POST, W1, W2, MarkingCourse, marking_master, set_environment

from smtraining.errors import GradingError, UnknownId
from smtraining.grading.breakdown import breakdown, given, marks_file
from smtraining.grading.desk import Desk
from smtraining.grading.marks_store import MarksStore
from smtraining.instructor import marking

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]

BEST = {"safe": 3, "alive": 3}
HOW = "How it was marked (5 of 6 points):\n\n- **Leads nobody home: 3 of 3.** Nobody.\n- **Still does its work: 2 of 3.** It is warm."


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory: pytest.TempPathFactory) -> MarkingCourse:
    """A course with four students, autograded, nobody marked."""
    course = MarkingCourse(tmp_path_factory.mktemp("marking") / "course")
    with pytest.MonkeyPatch.context() as patch:
        for key, value in set_environment(course).items():
            patch.setenv(key, value)
        course.release()
        for student, texts in CLASS.items():
            course.hand_in(student, texts)
        course.autograde_class()
        with course.gradebook() as gradebook:
            gradebook.update_or_create_student("ada", first_name="Ada", last_name="Okafor")
    return course


@pytest.fixture
def course(class_folder: MarkingCourse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MarkingCourse:
    """A copy of that course of a test's own."""
    copied = MarkingCourse(tmp_path / "course")
    shutil.rmtree(copied.root)
    shutil.copytree(class_folder.root, copied.root)
    for key, value in set_environment(copied).items():
        monkeypatch.setenv(key, value)
    return copied


# -- one marker ------------------------------------------------------------------------------------------------------------


def test_the_total_and_the_comment_are_in_the_gradebook_once_every_criterion_has_a_level(course: MarkingCourse) -> None:
    kim = course.session("kim")
    kim.give("ada", {"safe": 3}, "Warm and safe.")
    assert course.value("ada") == (None, True, None)
    kim.give("ada", {"alive": 2})
    assert course.value("ada") == (5.0, False, f"Warm and safe.\n\n{HOW}")
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(NAME, "ada").needs_manual_grade  # the other task still waits
    assert course.value("ben") == (None, True, None)


def test_formgrader_and_the_feedback_page_show_total_comment_and_levels(course: MarkingCourse) -> None:
    kim = course.session("kim")
    kim.give("ada", {"safe": 3, "alive": 2}, "Warm <b>and</b> safe.")
    kim.give("ada", {"why": 1}, task=W2)
    with course.gradebook() as gradebook:
        assert not gradebook.find_submission(NAME, "ada").needs_manual_grade
        assert gradebook.find_submission(NAME, "ada").score == 6.5
    html = course.feedback("ada")
    assert "Leads nobody home: 3 of 3." in html and "It is warm." in html
    assert "Warm &lt;b&gt;and&lt;/b&gt; safe." in html
    assert "<b>and</b>" not in html
    assert "1.5 / 4" in html and "MODEL-ANSWER" not in html


def test_a_level_that_is_taken_back_takes_the_mark_out_of_the_gradebook(course: MarkingCourse) -> None:
    kim = course.session("kim")
    kim.give("ada", BEST)
    assert course.value("ada")[0] == 6
    kim.about("level", "ada", criterion="safe", level=None)
    assert course.value("ada") == (None, True, None)


def test_undo_goes_back_step_by_step_and_only_through_ones_own_steps(course: MarkingCourse) -> None:
    kim, lee = course.session("kim"), course.session("lee")
    kim.give("ada", {"safe": 1, "alive": 1})
    kim.about("level", "ada", criterion="alive", level=3)
    lee.give("ben", {"safe": 0})
    reply = kim.ask("undo")
    assert reply["card"]["levels"] == {"safe": 1, "alive": 1}
    assert course.value("ada")[0] == 2
    kim.ask("undo")
    assert course.value("ada") == (None, True, None)
    kim.ask("undo")
    with pytest.raises(GradingError, match="nothing of yours"):
        kim.ask("undo")
    assert lee.about("card", "ben")["card"]["levels"] == {"safe": 0}


def test_marks_are_there_again_after_the_page_is_closed(course: MarkingCourse) -> None:
    course.session("kim").give("ada", {"safe": 2}, "So far.")
    card = course.session("kim").about("card", "ada")["card"]
    assert (card["levels"], card["comment"], card["is"]) == ({"safe": 2}, "So far.", "part")


def test_an_answer_that_was_not_touched_is_told_and_has_its_zero_already(course: MarkingCourse) -> None:
    kim = course.session("kim")
    assert kim.status("dee")["is"] == "empty"
    assert kim.status("cleo", W2)["is"] == "empty"
    assert kim.status("cleo")["is"] == "open"
    assert course.value("dee") == (None, False, None)


def test_a_mark_typed_in_formgrader_is_never_written_over_unasked(course: MarkingCourse) -> None:
    with course.gradebook() as gradebook:
        gradebook.find_grade(W1, NAME, NAME, "ada").manual_score = 4.25
        gradebook.find_grade(W1, NAME, NAME, "ada").needs_manual_grade = False
        gradebook.find_comment(W1, NAME, NAME, "ada").manual_comment = "By hand."
        gradebook.db.commit()
    kim = course.session("kim")
    assert kim.status("ada")["hand"] == {"score": 4.25, "comment": "By hand."}
    kim.give("ada", BEST)
    assert course.value("ada") == (4.25, False, "By hand.")
    reply = kim.about("replace", "ada")
    assert reply["cards"][0]["hand"] is None
    assert course.value("ada")[0] == 6
    kim.ask("undo")
    assert course.value("ada") == (4.25, False, "By hand.")
    assert kim.status("ada")["hand"] == {"score": 4.25, "comment": "By hand."}


def test_work_that_was_handed_in_again_must_be_confirmed_or_marked_anew(course: MarkingCourse) -> None:
    course.session("kim").give("ada", BEST, "Good.")
    course.hand_in("ada", ("Ada wrote something else.", "Because of the family."))
    course.autograde_class("ada")
    kim = course.session("kim")
    assert kim.status("ada")["is"] == "changed"
    assert course.value("ada") == (None, True, None)
    kim.give("ada", {"safe": 2})
    assert kim.status("ada")["is"] == "changed"  # the other level was given for the old text
    kim.about("confirm", "ada")
    assert kim.status("ada")["is"] == "marked"
    assert course.value("ada")[:2] == (5.0, False)


def test_the_same_work_autograded_again_keeps_its_mark_and_does_not_wait(course: MarkingCourse) -> None:
    course.session("kim").give("ada", BEST)
    course.autograde_class("ada")
    assert course.value("ada")[:2] == (6.0, True)
    course.session("kim")
    assert course.value("ada")[:2] == (6.0, False)


# -- points and rubrics --------------------------------------------------------------------------------------------------------


def test_other_points_for_a_level_change_every_total_that_has_it(course: MarkingCourse) -> None:
    kim = course.session("kim")
    kim.give("ada", {"safe": 3, "alive": 2})
    kim.give("ben", {"safe": 1, "alive": 2})
    kim.give("cleo", {"safe": 0, "alive": 0})
    points = {"safe": [0, 0.5, 1, 2], "alive": [0, 1, 3, 4]}
    effect = kim.ask("points", task=W1, points=points)["effect"]
    assert {(e["who"], e["before"], e["after"]) for e in effect} == {(kim.who("ben"), 3.0, 3.5)}
    assert course.value("ben")[0] == 3
    kim.ask("points", task=W1, points=points, apply=True)
    assert [course.value(student)[0] for student in ("ada", "ben", "cleo")] == [5.0, 3.5, 0.0]
    assert "Leads nobody home: 0.5 of 2" in str(course.value("ben")[2])
    assert "Still does its work: 3 of 4" in str(course.value("ada")[2])
    kim.ask("points", task=W1, points=None, apply=True)
    assert [course.value(student)[0] for student in ("ada", "ben", "cleo")] == [5.0, 3.0, 0.0]
    kim.ask("undo")
    assert course.value("ben")[0] == 3.5


@pytest.mark.parametrize(
    ("points", "complaint"),
    [
        ({"safe": [0, 1, 2, 3], "alive": [0, 1, 2, 4]}, "add up to 7 points, and the task is worth 6"),
        ({"safe": [0, 1, 2, 3]}, "for every criterion: safe, alive"),
        ({"safe": [0, 1, 2], "alive": [0, 1, 2, 3]}, "has 4 levels"),
        ({"safe": [0, 1, None, 3], "alive": [0, 1, 2, 3]}, "None is no number of points"),
        ({"safe": [-1, 1, 2, 3], "alive": [0, 1, 2, 3]}, "-1 is no number of points"),
        ({"safe": [0, 1, float("nan"), 3], "alive": [0, 1, 2, 3]}, "nan is no number of points"),
        ({"safe": [0, 1, "2", 3], "alive": [0, 1, 2, 3]}, "'2' is no number of points"),
    ],
)
def test_points_that_do_not_fit_change_nothing_and_say_why(course: MarkingCourse, points: Any, complaint: str) -> None:
    kim = course.session("kim")
    kim.give("ada", BEST)
    with pytest.raises(GradingError, match=complaint):
        kim.ask("points", task=W1, points=points, apply=True)
    assert course.value("ada")[0] == 6


def test_a_rubric_edited_in_the_master_keeps_what_still_has_a_place(course: MarkingCourse) -> None:
    kim = course.session("kim")
    kim.give("ada", {"safe": 3, "alive": 2})
    kim.give("ben", {"safe": 1, "alive": 1})
    # "Hardly." goes, a new best level comes; the words of the other criterion are mended.
    levels = [
        {"points": n, "text": text} for n, text in enumerate(["It does.", "Almost nobody.", "Nobody.", "Nobody, and it says how.", "More."])
    ]
    levels = [{**level, "points": min(3, level["points"])} for level in levels]
    alive = {**POST["criteria"][1], "levels": [{**level, "text": f"{level['text']} Mended."} for level in POST["criteria"][1]["levels"]]}
    edited = {**POST, "criteria": [{**POST["criteria"][0], "levels": levels}, alive]}
    course.write(course.root / "solutions" / NAME / f"{NAME}.ipynb", marking_master(edited))
    course.release()
    kim = course.session("kim")
    assert kim.about("card", "ada")["card"]["levels"] == {"safe": 2, "alive": 2}  # by its words, by its place
    assert course.value("ada")[0] == 4
    assert kim.about("card", "ben")["card"]["levels"] == {"alive": 1}  # "Hardly." is gone: choose again
    assert kim.status("ben")["is"] == "part"
    assert course.value("ben") == (None, True, None)


def test_a_task_without_a_rubric_is_named_and_an_unknown_exercise_says_which_there_are(course: MarkingCourse) -> None:
    with pytest.raises(UnknownId, match="90-fixture"):
        Desk(course.root, "90-fixtures", "kim")
    nb = marking_master()
    nb.cells.remove(cell(nb, "t90-w2-rubric"))
    half = MarkingCourse(course.root.parent / "half", nb)
    half.release()
    state = half.session("kim").ask("start")["state"]
    assert [task["id"] for task in state["tasks"]] == [W1]
    assert state["remarks"] == ["t90-w2 has no rubric. Mark it in Formgrader."]
    nb.cells.remove(cell(nb, "t90-w1-rubric"))
    none = MarkingCourse(course.root.parent / "none", nb)
    none.release()
    with pytest.raises(GradingError, match="no written task with a rubric"):
        none.session("kim")


# -- blind -------------------------------------------------------------------------------------------------------------------


def test_while_marking_is_blind_no_reply_tells_who_wrote_what(course: MarkingCourse) -> None:
    kim = course.session("kim")
    kim.give("ada", {"safe": 1, "alive": 1}, "x")
    lee = course.session("lee")
    lee.give("ada", BEST)
    replies = [
        lee.ask("start"),
        lee.about("card", "ben"),
        lee.about("level", "ben", criterion="safe", level=1),
        lee.ask("disputes"),
        lee.ask("agreement"),
        lee.ask("points", task=W1, points=None),
        lee.ask("undo"),
    ]
    text = str([{**reply, "card": {**reply.get("card", {}), "answer": ""}, "list": reply.get("list", [])} for reply in replies])
    assert [name for name in ("ada", "ben", "cleo", "dee", "Okafor") if name in text] == []


def test_names_come_on_demand_and_the_record_keeps_who_asked(course: MarkingCourse) -> None:
    kim = course.session("kim")
    state = kim.ask("names", show=True)["state"]
    assert state["names"][str(kim.who("ada"))] == "Ada Okafor (ada)"
    assert kim.ask("names", show=False)["state"]["names"] == {}
    asked = [event for event in kim.session.desk.store.events(NAME) if event.step.kind == "names"]
    assert [event.marker for event in asked] == ["kim"]
    assert course.session("kim").ask("start")["state"]["names"] == {}


def test_numbers_are_the_same_for_everybody_and_stay_when_somebody_joins(course: MarkingCourse) -> None:
    before = dict(course.session("kim").session.desk.numbers)
    assert len(set(before.values())) == 4 and all(100 <= number <= 999 for number in before.values())
    course.hand_in("aaron", ("Late, and first in the alphabet.", None))
    course.autograde_class("aaron")
    after = course.session("lee").session.desk.numbers
    assert {student: after[student] for student in before} == before
    assert "aaron" in after


# -- two markers ---------------------------------------------------------------------------------------------------------------


def test_two_markers_are_kept_apart_and_do_not_see_each_other(course: MarkingCourse) -> None:
    kim, lee = course.session("kim"), course.session("lee")
    kim.give("ada", BEST, "From kim.")
    card = lee.about("card", "ada")["card"]
    assert (card["levels"], card["comment"], card["is"]) == ({}, "", "open")
    assert "kim" not in str(lee.ask("start"))


def test_where_two_agree_the_mark_counts_with_both_comments(course: MarkingCourse) -> None:
    kim, lee = course.session("kim"), course.session("lee")
    kim.ask("people", needed=2)
    kim.give("ada", {"safe": 3, "alive": 2}, "From kim.")
    assert course.value("ada") == (None, True, None)
    lee.give("ada", {"safe": 3, "alive": 2}, "From lee.")
    assert course.value("ada") == (5.0, False, f"From kim.\n\nFrom lee.\n\n{HOW}")


def test_where_two_differ_neither_counts_until_it_is_settled(course: MarkingCourse) -> None:
    kim, lee = course.session("kim"), course.session("lee")
    kim.give("ada", {"safe": 3, "alive": 3}, "Fine.")
    kim.give("ben", {"safe": 1, "alive": 1})
    assert course.value("ada")[0] == 6
    lee.give("ada", {"safe": 0, "alive": 3}, "It leads to her door.")
    lee.give("ben", {"safe": 1, "alive": 2})
    assert course.value("ada") == (None, True, None)
    state = lee.ask("start")["state"]
    assert state["disputes"] == 2
    listed = kim.ask("disputes")["list"]
    assert [(d["who"], d["apart"]) for d in listed] == [(kim.who("ada"), 3.0), (kim.who("ben"), 1.0)]  # the widest apart first
    assert [(m["marker"], m["levels"], m["total"]) for m in listed[0]["marks"]] == [
        ("kim", {"safe": 3, "alive": 3}, 6.0),
        ("lee", {"safe": 0, "alive": 3}, 3.0),
    ]
    with pytest.raises(GradingError, match="a level for every criterion"):
        kim.about("settle", "ada", levels={"safe": 2}, comment="")
    reply = kim.about("settle", "ada", levels={"safe": 2, "alive": 3}, comment="We talked.")
    assert course.value("ada")[0] == 5 and str(course.value("ada")[2]).startswith("We talked.")
    assert reply["disputes"] == 1
    assert next(d for d in reply["list"] if d["who"] == kim.who("ada"))["settled"]["by"] == "kim"
    kim.ask("undo")
    assert course.value("ada") == (None, True, None)


def test_agreement_is_told_for_the_answers_that_both_have_marked(course: MarkingCourse) -> None:
    kim, lee = course.session("kim"), course.session("lee")
    for student, first, second in (("ada", 3, 3), ("ben", 1, 2), ("cleo", 0, 3)):
        kim.give(student, {"safe": first, "alive": 1})
        lee.give(student, {"safe": second, "alive": 1})
    lee.about("level", "dee", criterion="safe", level=1)  # half marked: left out
    (pair,) = lee.ask("agreement")["pairs"]
    assert (pair["markers"], pair["n"], pair["apart"]) == (["kim", "lee"], 3, 1.33)
    safe, alive = pair["criteria"]
    assert (safe["same"], safe["near"], alive["same"]) == (1, 2, 3)
    assert (safe["share"], safe["kappa"], safe["none"]) == (None, None, False)
    assert pair["withheld"][0].startswith("Per cent is withheld: 3 marked by both")


# -- comments, record, other readers -------------------------------------------------------------------------------------------


def test_saved_comments_are_shared_kept_once_and_can_be_removed(course: MarkingCourse) -> None:
    kim, lee = course.session("kim"), course.session("lee")
    kim.ask("phrase", text="Whose eyes?", task=W1)
    kim.ask("phrase", text="Whose eyes? ", task=W1)
    found = lee.ask("start")["state"]["phrases"]
    assert [phrase["text"] for phrase in found] == ["Whose eyes?"]
    assert lee.ask("phrase", id=found[0]["id"])["phrases"] == []
    lee.ask("undo")
    assert [phrase["text"] for phrase in kim.ask("start")["state"]["phrases"]] == ["Whose eyes?"]
    with pytest.raises(GradingError, match="Write the comment first"):
        kim.ask("phrase", text="  ", task=W1)


def test_the_record_tells_who_did_what_and_when(course: MarkingCourse) -> None:
    kim = course.session("kim")
    kim.give("ada", BEST)
    events = kim.session.desk.store.events(NAME)
    told = [(e.marker, e.step.kind, e.step.student, e.step.data.get("level")) for e in events]
    assert told == [("kim", "level", "ada", 3), ("kim", "level", "ada", 3), ("kim", "posted", "ada", None)]
    assert all(len(e.time) == 20 and e.time.endswith("Z") for e in events)


def test_nbgraders_own_tables_stay_as_they_are(course: MarkingCourse) -> None:
    def tables() -> set[str]:
        import sqlite3

        with sqlite3.connect(course.root / "grading" / "gradebook.db") as db:
            return {row[0] for row in db.execute("SELECT name FROM sqlite_master")}

    before = tables()
    course.session("kim").give("ada", BEST)
    assert tables() == before
    assert (course.root / "grading" / "marks.smtraining.sqlite").is_file()


def test_feedback_and_statistics_can_read_levels_without_a_page(course: MarkingCourse) -> None:
    file = marks_file(f"sqlite:///{course.root / 'grading' / 'gradebook.db'}", course.root / "grading" / "autograded")
    assert breakdown(file, NAME, W1, "ada") is None
    kim = course.session("kim")
    kim.give("ada", {"safe": 3, "alive": 2})
    found = breakdown(file, NAME, W1, "ada")
    assert found is not None and (dict(found.levels), found.score) == ({"safe": 3, "alive": 2}, 5.0)
    assert found.rubric.criterion("alive").levels[2].text == "It is warm."  # type: ignore[union-attr]
    assert [(g.student, g.criterion, g.marker, g.level, g.levels) for g in given(file, NAME)] == [
        ("ada", "safe", "kim", 3, 4),
        ("ada", "alive", "kim", 2, 4),
    ]
    kim.ask("undo")
    assert breakdown(file, NAME, W1, "ada") is None


def test_marks_survive_a_crash_between_the_record_and_the_gradebook(course: MarkingCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    kim = course.session("kim")
    kim.give("ada", {"safe": 3})

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("smtraining.grading.desk.commit", killed)
        kim.give("ada", {"alive": 2})
    assert course.value("ada") == (None, True, None)
    course.session("lee")  # whoever opens the page next
    assert course.value("ada")[:2] == (5.0, False)


def test_the_page_is_opened_by_one_line_in_the_folder_of_the_course(course: MarkingCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = course.root / "notebooks"
    folder.mkdir()
    monkeypatch.chdir(folder)
    page = marking(NAME, marker="kim")
    assert page.view == {"schema": 1, "title": "Exercise 90"}
    data, _ = page._repr_mimebundle_()
    assert "ada" not in str(data) and "Ada" not in str(page.get_state())
    with pytest.raises(GradingError, match="1 to 40 letters"):
        marking(NAME, marker=" ")
    monkeypatch.chdir(course.root.parent)
    with pytest.raises(GradingError, match="There is no nbgrader_config"):
        marking(NAME)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "level", "criterion": "safe", "level": 9},
        {"type": "level", "criterion": "safe", "level": True},
        {"type": "level", "criterion": "unsafe", "level": 1},
        {"type": "comment", "text": 7},
        {"type": "comment", "text": "x" * 10_001},
        {"type": "people", "needed": 3},
        {"type": "settle", "levels": {"safe": 1, "alive": 4}},
        {"type": "replace"},
        {"type": "phrase", "id": "nope"},
        {"type": "dance"},
    ],
)
def test_what_a_page_cannot_mean_is_refused_and_nothing_is_written(course: MarkingCourse, message: dict[str, Any]) -> None:
    kim = course.session("kim")
    with pytest.raises((GradingError, UnknownId)):
        kim.about(message["type"], "ada", **{k: v for k, v in message.items() if k != "type"})
    with pytest.raises(UnknownId):
        kim.ask("card", task=W1, who=5)
    assert MarksStore(course.root / "grading" / "marks.smtraining.sqlite").events(NAME) == []
