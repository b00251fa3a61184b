"""Answers are found wherever they were saved, grading cells are read and never run, and points come from the one scorer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fixtures.grading_course import CALLS, OVERLAY, PARTLY, PARTLY_POINTS, RIGHT, RUBRIC, TIME, grading_source, lines, records
from nbformat.v4 import new_code_cell, new_notebook, new_output
from pydantic import TypeAdapter

from smtraining import bank as banks
from smtraining.bank import Bank
from smtraining.errors import GradingError
from smtraining.grading import check, grade, rubric
from smtraining.grading.answers import MAX_SOURCE, MIME, Answers, Source, collect, in_folder
from smtraining.grading.cells import GradeCall, RubricCall, is_grading_cell, read
from smtraining.grading.scoring import question_and_key, score
from smtraining.grading.view import said
from smtraining.kinds import AnyQuestion
from smtraining.responses import FILE_NAME


@pytest.fixture(scope="module")
def bank() -> Bank:
    return banks.load((OVERLAY,))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder as the working directory, with the fixture's content."""
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def notebook(answers: dict[str, Any] | None = None, *cells: Any) -> Any:
    nb = new_notebook(cells=list(cells))
    if answers is not None:
        nb.metadata["smtraining"] = answers
    return nb


def packed(answers: dict[str, Any]) -> Any:
    return new_code_cell("import smtraining as smt; smt.pack()", outputs=[new_output("display_data", data={MIME: answers})])


# --- finding answers --------------------------------------------------------------------------------------------------


def test_an_answer_counts_from_whichever_place_it_was_saved_in(bank: Bank, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / FILE_NAME).write_text(lines({"t90-01": "b"}))
    found = {
        Source.NOTEBOOK: collect(notebook(records({"t90-01": "b"})), empty, bank),
        Source.PACKED: collect(notebook(None, packed(records({"t90-01": "b"}))), empty, bank),
        Source.SIDE_FILE: collect(notebook(), tmp_path, bank),
        Source.TYPED: collect(notebook(None, new_code_cell('import smtraining as smt\nsmt.answer("t90-01", "b")')), empty, bank),
    }
    assert {source: (a.items["t90-01"].value, a.items["t90-01"].source) for source, a in found.items()} == {
        source: ("b", source) for source in Source
    }
    assert not any(a.remarks for a in found.values())


@pytest.mark.parametrize("newest", ["notebook", "side file", "packed output"])
def test_of_several_copies_the_one_with_the_highest_revision_counts(bank: Bank, tmp_path: Path, newest: str) -> None:
    revision = {place: 7 if place == newest else 3 for place in ("notebook", "side file", "packed output")}
    value = {place: "b" if place == newest else "a" for place in revision}
    (tmp_path / FILE_NAME).write_text(lines({"t90-01": value["side file"]}, revision["side file"]))
    nb = notebook(
        records({"t90-01": value["notebook"]}, revision["notebook"]),
        packed(records({"t90-01": value["packed output"]}, revision["packed output"])),
    )
    taken = collect(nb, tmp_path, bank).items["t90-01"]
    assert (taken.value, taken.revision, taken.source) == ("b", 7, newest)


def test_of_two_copies_with_one_revision_the_later_one_counts(bank: Bank, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(lines({"t90-01": "b"}, 2, "2026-03-02T10:02:01Z"))
    assert collect(notebook(records({"t90-01": "a"}, 2, TIME)), tmp_path, bank).items["t90-01"].value == "b"


def test_a_cleared_answer_is_no_answer_even_if_an_older_copy_holds_one(bank: Bank, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(lines({"t90-01": "b"}, 1))
    answers = collect(notebook(records({"t90-01": None}, 2)), tmp_path, bank)
    assert "t90-01" not in answers.items
    assert not answers.damaged


def test_a_typed_answer_counts_only_where_no_saved_one_is(bank: Bank, tmp_path: Path) -> None:
    typed = new_code_cell('from smtraining import answer\nanswer("t90-01", "a")\nanswer("t90-02", "county date")\n# answer("t90-03", "x")')
    answers = collect(notebook(records({"t90-01": "b"}), typed), tmp_path, bank)
    assert answers.items["t90-01"].value == "b"
    assert answers.items["t90-02"].value == ["county", "date"]
    assert "t90-03" not in answers.items


def test_what_does_not_belong_is_left_out_and_named(bank: Bank, tmp_path: Path) -> None:
    answers = collect(notebook(records({"t90-01": "z", "t90-02": ["county"], "no-such-item": "a", "m-formative": "b"})), tmp_path, bank)
    assert set(answers.items) == {"t90-02"}
    assert "Expected one of a, b, c" in answers.spoiled["t90-01"]
    assert any("no-such-item is not an item of this content" in remark for remark in answers.remarks)


def test_answers_to_lesson_questions_are_not_carried_into_grading(bank: Bank, tmp_path: Path) -> None:
    lesson = next(q for q in bank.questions.values() if not q.graded)
    answers = collect(notebook(records({lesson.id: "my private reflection"})), tmp_path, bank)
    assert not answers.items
    assert not answers.spoiled
    assert not answers.remarks


HOSTILE: dict[str, Any] = {
    "a list": [1, 2],
    "a text": "b",
    "no schema": {"answers": {"t90-01": {"r": 1, "t": TIME, "v": "b"}}},
    "a newer schema": {**records({"t90-01": "b"}), "schema": 99},
    "records of wrong types": {"schema": 1, "answers": {"t90-01": ["b"], "t90-02": {"r": "1", "t": TIME, "v": []}}},
    "answers as a list": {"schema": 1, "answers": ["t90-01"]},
    "a revision beyond all bounds": records({"t90-01": "b"}, 10**30),
    "no number": {"schema": 1, "answers": {"t90-01": {"r": 1, "t": TIME, "v": float("nan")}}},
    "a huge value": records({"t90-01": "b" * 30_000}),
    "more than is read": records({"t90-01": "b", "t90-02": "c" * (MAX_SOURCE + 1)}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_damaged_copy_is_named_and_costs_only_itself(bank: Bank, tmp_path: Path, name: str) -> None:
    alone = collect(notebook(HOSTILE[name]), tmp_path, bank)
    assert "t90-01" not in alone.items
    assert alone.damaged
    assert alone.remarks
    (tmp_path / FILE_NAME).write_text(lines({"t90-01": "b"}))
    assert collect(notebook(HOSTILE[name]), tmp_path, bank).items["t90-01"].value == "b"


def test_a_side_file_with_damaged_lines_gives_the_others(bank: Bank, tmp_path: Path) -> None:
    good = lines({"t90-01": "b"})
    (tmp_path / FILE_NAME).write_bytes(good.encode() + b'{"i": "t90-02", "r"\n\xff\xfe\n[1]\n{"i":"t90-03","r":1,"t":"2026')
    answers = collect(notebook(), tmp_path, bank)
    assert set(answers.items) == {"t90-01"}
    assert answers.damaged
    assert len(answers.remarks) == 4


@pytest.mark.parametrize("how", ["link", "folder", "huge"])
def test_a_side_file_that_is_no_ordinary_file_is_not_read(bank: Bank, tmp_path: Path, how: str) -> None:
    folder = tmp_path / "handed-in"
    folder.mkdir()
    if how == "link":
        (tmp_path / "of-somebody-else").write_text(lines({"t90-01": "b"}))
        (folder / FILE_NAME).symlink_to(tmp_path / "of-somebody-else")
    elif how == "folder":
        (folder / FILE_NAME).mkdir()
    else:
        (folder / FILE_NAME).write_text(lines({"t90-01": "b"}) + "\n" * MAX_SOURCE)
    answers = collect(notebook(), folder, bank)
    assert not answers.items
    assert answers.remarks[0].startswith(f"side file: {FILE_NAME} is")


@pytest.mark.parametrize("cells", [None, "x", [1, {"cell_type": "code"}, {"cell_type": "code", "source": 5, "outputs": "x"}]])
def test_a_notebook_of_any_shape_is_searched_without_an_error(bank: Bank, tmp_path: Path, cells: Any) -> None:
    assert collect({"metadata": records({}), "cells": cells}, tmp_path, bank).items == {}
    (tmp_path / "damaged.ipynb").write_text(json.dumps({"metadata": [], "cells": cells}))
    (tmp_path / "no-json.ipynb").write_text("{")
    assert "no-json.ipynb is not a readable notebook" in in_folder(tmp_path, bank).remarks[0]


def test_what_was_taken_survives_its_way_through_the_notebook(bank: Bank, tmp_path: Path) -> None:
    answers = collect(notebook(records(RIGHT | {"t90-01": "zz"})), tmp_path, bank)
    assert Answers.from_metadata(json.loads(json.dumps(answers.to_metadata()))) == answers


# --- reading grading cells --------------------------------------------------------------------------------------------


def test_a_grading_cell_is_read_as_it_was_written() -> None:
    call = read(grading_source("t90-02", CALLS["t90-02"]), "t90-02")
    assert isinstance(call, GradeCall)
    assert (call.item, call.points, call.key) == ("t90-02", 3, {"correct": ["county", "mayor", "date"]})
    assert call.feedback == CALLS["t90-02"]["feedback"]


def test_a_rubric_is_read_and_adds_up() -> None:
    call = read(grading_source("t90-w1", RUBRIC), "t90-w1-rubric")
    assert isinstance(call, RubricCall)
    assert (call.task, call.points) == ("t90-w1", 6)


GOOD = 'grade("x", points=1, key={"correct": "a"}, feedback={"a": "Yes."}, rationale="So.")'
IMPORT = "from smtraining.grading import check, grade\n"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (IMPORT + "key = {}\n" + GOOD, "line 2: only imports"),
        (IMPORT + "score = " + GOOD, "line 2: only imports"),
        (IMPORT + "if True:\n    " + GOOD, "line 2: only imports"),
        (IMPORT + "import os\n" + GOOD, "line 2: only imports"),
        ("from smtraining.grading import grade as full\n" + GOOD, "line 1: only imports"),
        (IMPORT + GOOD + "\n" + GOOD, "2 grade"),
        (IMPORT + 'check("x")', "no grade"),
        (IMPORT + GOOD + '\ncheck("x")', "line 3: grade(...) or rubric(...) must be the last"),
        (IMPORT + GOOD.replace("points=1", "points=1 + 1"), "'points' of grade() is not a literal"),
        (IMPORT + GOOD.replace('"So."', 'f"{1}"'), "'rationale' of grade() is not a literal"),
        (IMPORT + GOOD.replace("points=1", "**{}"), "cannot read '**' arguments"),
        (IMPORT + GOOD.replace('"x", ', '"x", "y", '), "takes the id first"),
        (IMPORT + GOOD.replace("points=1, ", ""), "'points': Field required"),
        (IMPORT + GOOD.replace("points=1", "points=0"), "'points'"),
        (IMPORT + GOOD.replace("points=1", "points=1, bonus=2"), "'bonus'"),
        (IMPORT + "%matplotlib inline\n" + GOOD, "line 2: this is not plain Python"),
    ],
)
def test_a_cell_that_cannot_be_read_whole_is_refused_with_cell_and_line(source: str, complaint: str) -> None:
    with pytest.raises(GradingError, match="Cell t90-01") as caught:
        read(source, "t90-01")
    assert complaint in str(caught.value)


def test_reading_a_cell_runs_none_of_it(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    with pytest.raises(GradingError):
        read(IMPORT + f"check(open({str(trap)!r}, 'w'))\n" + GOOD.replace('"a"}', f'open({str(trap)!r}, "w")}}'), "t90-01")
    assert not trap.exists()


@pytest.mark.parametrize(
    ("source", "ours"),
    [
        (IMPORT + GOOD, True),
        (IMPORT + "assert 1 ==", True),
        ("def grade(x): ...\ngrade(1)", False),
        ('text = """\nfrom smtraining.grading import grade\n"""', False),
        ("%timeit 1", False),
    ],
)
def test_only_a_graded_cell_that_imports_our_grading_is_ours(source: str, ours: bool) -> None:
    graded = {"cell_type": "code", "source": source, "metadata": {"nbgrader": {"grade": True, "solution": False}}}
    assert is_grading_cell(graded) is ours
    assert not is_grading_cell({**graded, "metadata": {}})
    assert not is_grading_cell({**graded, "metadata": {"nbgrader": {"grade": True, "solution": True}}})


# --- scoring ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", CALLS)
def test_points_are_the_part_that_the_answer_earns(bank: Bank, tmp_path: Path, item: str) -> None:
    call = read(grading_source(item, CALLS[item]), item)
    assert isinstance(call, GradeCall)
    results = {
        name: score(call, collect(notebook(records(answers)), tmp_path, bank), bank, call.points)
        for name, answers in {"right": RIGHT, "partly": PARTLY, "none": {}}.items()
    }
    assert results["right"].earned == call.points
    assert results["partly"].earned == PARTLY_POINTS[item]
    assert results["none"].earned == 0
    assert not any(result.trouble for result in results.values())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"key": {"correct": "z"}}, "does not fit"),
        ({"key": {"correct": ["b"]}}, "does not fit"),
        ({"feedback": {"a": "Only one."}}, "does not fit"),
        ({"item": "t90-99"}, "no question with the id 't90-99'"),
    ],
)
def test_a_key_that_does_not_fit_the_content_scores_nothing(bank: Bank, change: dict[str, Any], complaint: str) -> None:
    call = GradeCall.model_validate({"item": "t90-01", **CALLS["t90-01"], **change})
    with pytest.raises(GradingError, match=complaint):
        question_and_key(call, bank)


def test_a_question_of_a_lesson_cannot_be_graded(bank: Bank) -> None:
    lesson = next(q for q in bank.questions.values() if not q.graded)
    with pytest.raises(GradingError, match="not a graded question"):
        question_and_key(GradeCall.model_validate({"item": lesson.id, **CALLS["t90-01"]}), bank)


def test_an_answer_is_told_in_the_words_of_its_question(bank: Bank) -> None:
    assert said(bank.question("t90-01"), "b") == ["That you confirm nothing & offer to talk about housing for <all>"]
    assert said(bank.question("t90-03"), ["wait", "plan", "share"])[:2] == ["Ask her to wait", "Plan it with her"]
    assert said(bank.question("t90-04"), ["when", "where"]) == ["On Tuesday at nine", "Bus 14"]
    assert said(bank.question("t90-01"), None) == []


def test_a_pair_and_a_match_are_told_side_by_side() -> None:
    def options(*ids: str) -> list[dict[str, str]]:
        return [{"id": id, "text": id.upper()} for id in ids]

    shared = {"id": "q", "stem": "?", "graded": True, "concerns": ["culture"], "epas": [1], "sources": ["pub-x"]}
    read_question = TypeAdapter(AnyQuestion).validate_python
    pair = read_question({**shared, "kind": "pair", "actions": options("a", "b"), "reasons": options("r", "s")})
    assert said(pair, {"action": "b", "reason": None}) == ["B"]
    assert said(pair, {"action": "b", "reason": "r"}) == ["B", "R"]
    match = read_question({**shared, "kind": "match", "entries": options("e", "f"), "categories": options("c", "d")})
    assert said(match, {"f": "c", "e": "d"}) == ["E → D", "F → C"]
    rate = read_question({**shared, "kind": "rate", "responses": options("x", "y")})
    assert said(rate, {"y": 1, "x": 4}) == ["X → Very appropriate", "Y → Very inappropriate"]


# --- what a cell calls ------------------------------------------------------------------------------------------------


def test_grade_gives_the_points_of_the_answers_in_the_folder(here: Path) -> None:
    (here / "work.ipynb").write_text(json.dumps(notebook(records(PARTLY))))
    points = {item: grade(item, **call) for item, call in CALLS.items()}
    assert points == PARTLY_POINTS
    assert all(type(value) is float for value in points.values())


def test_grade_gives_nothing_for_nothing(here: Path) -> None:
    assert grade("t90-01", **CALLS["t90-01"]) == 0.0


def test_grade_fails_rather_than_score_what_it_cannot_read(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / FILE_NAME).write_text(lines({"t90-01": ["not", "one"], "t90-02": ["county"]}))
    with pytest.raises(GradingError, match="cannot be read"):
        grade("t90-01", **CALLS["t90-01"])
    assert grade("t90-02", **CALLS["t90-02"]) == 1.0
    with pytest.raises(GradingError, match="does not fit"):
        grade("t90-02", **{**CALLS["t90-02"], "key": {"correct": "county"}})
    assert capfd.readouterr() == ("", "")


def test_a_rubric_earns_nothing_by_itself(here: Path) -> None:
    assert rubric("t90-w1", **RUBRIC) == 0.0
    with pytest.raises(GradingError, match="criteria"):
        rubric("t90-w1", criteria=[{"id": "a", "title": "One level is none", "levels": [{"points": 1, "text": "?"}]}], model_answer="x")


def test_check_tells_whether_an_answer_is_there_and_not_whether_it_is_right(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / FILE_NAME).write_text(lines({"t90-01": "a", "t90-02": "no list of ids"}))
    for item in ("t90-01", "t90-02", "t90-03", "t90-w1"):
        check(item)
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("t90-01: answered, saved 2026-03-02 ")
    assert told[0].endswith("Your instructor's copy marks it.")
    assert "cannot be read" in told[1]
    assert told[2] == "t90-03: not answered yet."
    assert "your instructor reads it" in told[3]


def test_check_never_raises(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "broken.yaml").write_text("questions: 3")
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(here))
    check("t90-01")
    (here / FILE_NAME).write_bytes(b"\x00\xff" * 100)
    check("t90-01")
    assert capsys.readouterr().out.count("t90-01") == 2


def test_importing_the_grading_loads_no_widget_no_ipython_and_no_nbgrader() -> None:
    heavy = {"anywidget", "ipywidgets", "pandas", "numpy", "IPython", "nbgrader", "nbconvert", "nbformat", "traitlets"}
    code = f"import sys; import smtraining.grading; print(sorted({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
