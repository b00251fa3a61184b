"""What a submission may hold, an answer earns what it earns: nothing handed in can raise a score, or stop the grading of others."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from fixtures.grading_course import (
    CALLS,
    FULL_POINTS,
    NAME,
    NO_POINTS,
    PARTLY,
    PARTLY_POINTS,
    RIGHT,
    TIME,
    WRONG,
    Course,
    Row,
    cell,
    flags,
    grading_source,
    lines,
    master,
    records,
)
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_output
from traitlets.config.loader import Config

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own

Edit = Callable[[NotebookNode], None]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course(tmp_path_factory.mktemp("course"))
    course.release()
    return course


def _graded(nb: NotebookNode) -> list[NotebookNode]:
    return [cell(nb, item) for item in CALLS]


# --- edited notebooks -------------------------------------------------------------------------------------------------


def _code(source: str) -> Edit:
    """Code of the student's own at the top of the notebook; it must not even run."""
    return lambda nb: nb.cells.insert(0, new_code_cell(f"open('ran.txt', 'w').write('x')\n{source}"))


def _set_flags(**changed: Any) -> Edit:
    def edit(nb: NotebookNode) -> None:
        for found in _graded(nb):
            found.metadata.nbgrader.update(changed)

    return edit


def _tags(nb: NotebookNode) -> None:
    for found in nb.cells:
        found.metadata["tags"] = ["skip-execution", "raises-exception", "remove_cell"]


def _delete_graded(nb: NotebookNode) -> None:
    nb.cells = [found for found in nb.cells if found not in _graded(nb)]


def _delete_all(nb: NotebookNode) -> None:
    nb.cells = []


def _own_key(nb: NotebookNode) -> None:
    for item, found in zip(CALLS, _graded(nb), strict=True):
        found.source = grading_source(item, {**CALLS[item], "key": _key_for(item, WRONG)})


def _key_for(item: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    name = next(iter(CALLS[item]["key"]))
    return {**CALLS[item]["key"], name: answers[item]}


def _own_key_in_a_copy(nb: NotebookNode) -> None:
    twins = copy.deepcopy(_graded(nb))
    for number, (item, twin) in enumerate(zip(CALLS, twins, strict=True)):
        twin.id = f"twin-{number}"
        twin.source = grading_source(item, {**CALLS[item], "key": _key_for(item, WRONG)})
    nb.cells += twins


def _own_key_in_new_cells(nb: NotebookNode) -> None:
    for item in CALLS:
        source = grading_source(item, {**CALLS[item], "points": 100, "key": _key_for(item, WRONG)})
        nb.cells.append(new_code_cell(source, metadata=flags(f"bonus-{item}", 100)))


def _swapped_ids(nb: NotebookNode) -> None:
    ids = list(CALLS)
    for found, other in zip(_graded(nb), reversed(ids), strict=True):
        found.metadata.nbgrader.grade_id = other


def _other_type(nb: NotebookNode) -> None:
    for found in _graded(nb):
        found.cell_type, found.attachments = "markdown", {"a.png": {"image/png": ""}}
        del found["outputs"], found["execution_count"]


def _flags_of_another_shape(nb: NotebookNode) -> None:
    for found, shape in zip(_graded(nb), ([], "x", None, {"grade_id": ["t90-04"]}), strict=True):
        found.metadata["nbgrader"] = shape


def _outputs(nb: NotebookNode) -> None:
    for item, found in zip(CALLS, _graded(nb), strict=True):
        points = str(CALLS[item]["points"])
        found.outputs = [new_output("execute_result", data={"text/plain": points}, execution_count=1)]
        found.execution_count = 1


def _own_verdict(nb: NotebookNode) -> None:
    full = {item: {"v": RIGHT[item], "r": 9, "t": TIME, "source": "notebook"} for item in CALLS}
    nb.metadata["smtraining_answers"] = {"schema": 1, "seed": None, "answers": full, "spoiled": {}, "remarks": [], "damaged": False}
    nb.metadata["smtraining_audit"] = {"schema": 1, "items": [{"item": item, "earned": 100} for item in CALLS]}


EDITS: dict[str, Edit] = {
    "tags that switch cells off": _tags,
    "a transformer that takes assertions out": _code(
        "import ast\nclass T(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
        "get_ipython().ast_transformers.append(T())"
    ),
    "a hook before every cell": _code("get_ipython().events.register('pre_run_cell', lambda info: open('ran.txt', 'w'))"),
    "a scorer of one's own": _code("import smtraining.grading, smtraining.kinds\nsmtraining.grading.grade = lambda *a, **k: 9.0"),
    "writing the gradebook": _code(
        "import sqlite3, pathlib\n"
        "for path in [*pathlib.Path.cwd().parents]:\n"
        "    if (path / 'gradebook.db').exists():\n"
        "        db = sqlite3.connect(path / 'gradebook.db'); db.execute('UPDATE grade SET manual_score = 99'); db.commit()"
    ),
    "ending the process": _code("import os; os._exit(1)"),
    "an endless loop": _code("while True: pass"),
    "graded cells deleted": _delete_graded,
    "all cells deleted": _delete_all,
    "a key of one's own": _own_key,
    "a key of one's own in copies": _own_key_in_a_copy,
    "a key of one's own in new graded cells": _own_key_in_new_cells,
    "grade ids swapped": _swapped_ids,
    "cells of another type": _other_type,
    "flags of another shape": _flags_of_another_shape,
    "more points": _set_flags(points=100),
    "negative points": _set_flags(points=-1),
    "points that are no number": _set_flags(points="all"),
    "not graded": _set_flags(grade=False),
    "not locked": _set_flags(locked=False),
    "turned into answers": _set_flags(solution=True, locked=False, checksum="0" * 32),
    "turned into tasks": _set_flags(task=True, grade=False),
    "flags from the future": _set_flags(schema_version=99),
    "flags from the past": _set_flags(schema_version=0),
    "unknown flags": _set_flags(full_marks=True),
    "results already in the outputs": _outputs,
    "a verdict already in the notebook": _own_verdict,
    "nothing that says which kernel": lambda nb: nb.metadata.pop("kernelspec", None),
    "a kernel of one's own": lambda nb: nb.metadata.update({"kernelspec": {"name": "mine", "display_name": "Mine"}}),
}


@pytest.mark.parametrize("how", EDITS)
def test_an_edited_notebook_scores_what_its_answers_earn(course: Course, how: str) -> None:
    student = "s" + str(list(EDITS).index(how))
    course.submit(student, PARTLY, edit=EDITS[how])
    course.autograde(student)
    assert course.points(student) == PARTLY_POINTS
    rows = course.rows(student)
    assert set(rows) == {*CALLS, "t90-w1", "t90-w1-rubric"}
    assert {row.manual for row in rows.values()} == {None}
    assert sum(row.score for row in rows.values()) == sum(PARTLY_POINTS.values())
    assert not list(course.root.rglob("ran.txt"))


@pytest.mark.parametrize("how", ["results already in the outputs", "tags that switch cells off", "graded cells deleted"])
def test_saved_outputs_are_no_results_even_without_execution(course: Course, how: str) -> None:
    """``--no-execute`` keeps what the student saved."""
    student = f"n{len(how)}"
    course.submit(student, WRONG, edit=EDITS[how])
    course.autograde(student, extra=Config({"Execute": {"enabled": False}, "ClearOutput": {"enabled": False}}))
    assert course.points(student) == NO_POINTS


def test_a_test_cell_that_was_not_run_earns_nothing_until_a_person_has_looked(tmp_path: Path) -> None:
    nb = master()
    nb.cells.append(new_code_cell("### BEGIN HIDDEN TESTS\nassert double == 2\n### END HIDDEN TESTS", metadata=flags("code-test", 2)))
    course = Course(tmp_path / "course", nb)
    course.release()

    def passed(nb: NotebookNode) -> None:
        cell(nb, "code-test").outputs, cell(nb, "code-test").metadata["tags"] = [], ["skip-execution"]

    course.submit("ada", PARTLY, edit=passed)
    course.autograde("ada", extra=Config({"Execute": {"enabled": False}, "ClearOutput": {"enabled": False}}))
    assert course.rows("ada")["code-test"] == Row(None, None, 0.0, look=True)
    course.autograde("ada")  # it runs now, in spite of its tag, and fails
    assert course.rows("ada")["code-test"] == Row(0.0, None, 0.0, look=False)
    assert course.points("ada") == PARTLY_POINTS


def test_code_that_runs_cannot_change_the_answers_that_were_taken(tmp_path: Path) -> None:
    nb = master()
    nb.cells[2:2] = [new_code_cell("x = 1", metadata=flags("code", 1, solution=True, locked=False))]
    course = Course(tmp_path / "course", nb)
    course.release()
    forged = json.dumps(records(RIGHT, 50))
    attack = (
        "import json, pathlib, smtraining.grading, smtraining.kinds\n"
        f"forged = json.loads({forged!r})\n"
        "for path in pathlib.Path('.').glob('*.ipynb'):\n"
        "    nb = json.loads(path.read_text())\n"
        "    for record in nb['metadata']['smtraining_answers']['answers'].values(): record['v'] = 'b'\n"
        "    nb['metadata']['smtraining'] = forged\n"
        "    path.write_text(json.dumps(nb))\n"
        "pathlib.Path('answers.smtraining.jsonl').write_text('\\n'.join(json.dumps(dict(r, i=i)) for i, r in forged['answers'].items()))\n"
        "smtraining.kinds.score = smtraining.grading.grade = lambda *a, **k: 9.0\n"
        "print('ran to the end')"
    )

    def work(nb: NotebookNode) -> None:
        cell(nb, "code").source = attack

    course.submit("ada", WRONG, edit=work)
    course.autograde("ada")
    assert "ran to the end" in cell(course.autograded("ada"), "code").outputs[0].text
    assert course.points("ada") == NO_POINTS
    assert course.rows("ada")["code"].auto is None


# --- forged answers ---------------------------------------------------------------------------------------------------

FORGED: dict[str, Any] = {
    "option ids that do not exist": records({"t90-01": "correct", "t90-02": ["*"], "t90-03": ["best"], "t90-04": ["all"]}),
    "every option": records({"t90-01": ["a", "b", "c"], "t90-02": ["county", "county", "mayor", "date"], "t90-04": ["when", "when"]}),
    "the key itself": records({item: CALLS[item]["key"] for item in CALLS}),
    "wrong types": records({"t90-01": True, "t90-02": {"county": 1, "mayor": 1, "date": 1}, "t90-03": 3, "t90-04": [["when"]]}),
    "a schema of the future": {**records(RIGHT), "schema": 99},
    "a revision beyond all bounds": records(RIGHT, 10**40),
    "revision zero": records(RIGHT, 0),
    "no time": records(RIGHT, time="whenever"),
    "a score": {"schema": 1, "answers": {i: {**r, "v": None, "score": 9} for i, r in records(RIGHT)["answers"].items()}},
    "huge values": records(dict.fromkeys(CALLS, "b" * 25_000)),
    "more than is read": records({**RIGHT, "t90-05": "b" * 3_000_000}),
    "thousands of items": records({f"made-up-{n}": "b" for n in range(6_000)}),
    "deeply nested": records({"t90-01": json.loads("[" * 100 + "]" * 100)}),
    "a list": [RIGHT],
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_record_of_answers_earns_nothing(course: Course, how: str) -> None:
    student = "f" + str(list(FORGED).index(how))
    course.submit(student, edit=lambda nb: nb.metadata.update({"smtraining": FORGED[how]}))
    course.autograde(student)
    assert course.points(student) == NO_POINTS


def test_items_that_were_made_up_are_dropped_and_the_others_count(course: Course) -> None:
    course.submit("extra", {**PARTLY, "t90-bonus": "b", "x": "y", "../../etc": "z"})
    log = course.autograde("extra")["extra"]
    assert course.points("extra") == PARTLY_POINTS
    assert set(course.autograded("extra").metadata["smtraining_answers"]["answers"]) == set(CALLS)
    assert "t90-bonus is not an item of this content" in log


def test_a_damaged_side_file_gives_what_can_be_read(course: Course) -> None:
    content = lines(PARTLY).encode() + b'\x00\xff{"i": "t90-01", "r": 9\n[]\n{"i":"t90-01","r":99,"t":"' + TIME.encode()
    course.submit("torn", side_file=content)
    course.autograde("torn")
    assert course.points("torn") == PARTLY_POINTS
    assert not any(row.look for item, row in course.rows("torn").items() if item in CALLS)


def test_where_a_damaged_file_may_have_held_the_answer_a_person_is_asked_to_look(course: Course) -> None:
    course.submit("lost", side_file=b'{"i": "t90-01", "r": 1, "t"\n')
    course.autograde("lost")
    assert course.rows("lost")["t90-01"] == Row(0.0, None, 0.0, look=True)


def test_words_in_a_forged_record_never_become_markup(course: Course) -> None:
    attack = "<img src=x onerror=alert(1)>"
    course.submit("markup", {"t90-01": attack, attack: "b", "t90-02": [attack]}, side_file=f'{{"i": "{attack}"}}\n')
    course.autograde("markup")
    nb = course.autograded("markup")
    shown = "".join(cell(nb, item).outputs[0].data["text/html"] for item in CALLS)
    assert "&lt;img src=x" in shown
    assert "<img" not in shown
    assert "<img" not in course.feedback("markup")


# --- files beside the notebook ----------------------------------------------------------------------------------------


def test_modules_beside_the_notebook_are_not_imported(course: Course) -> None:
    folder = course.submit("shadow", PARTLY)
    trap = f"open({str(course.root / 'ran.txt')!r}, 'w')\n"
    score = "def score(*a, **k): return 9.0\ngrade = check = parse = make_key = load = score\n"
    for name in ("smtraining", "smtraining/grading", "smtraining/kinds", "kinds", "bank"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "__init__.py").write_text(trap + score)
    for name in ("json", "yaml", "nbformat", "sitecustomize", "conftest", "nbgrader_config"):
        (folder / f"{name}.py").write_text(trap)
    course.autograde("shadow")
    assert course.points("shadow") == PARTLY_POINTS
    assert not (course.root / "ran.txt").exists()


def test_a_side_file_that_links_to_somebody_elses_is_not_read(course: Course) -> None:
    course.submit("owner", side_file=lines(RIGHT))
    folder = course.submit("thief")
    (folder / "answers.smtraining.jsonl").symlink_to(course.folder("owner") / "answers.smtraining.jsonl")
    log = course.autograde("owner", "thief")["thief"]
    assert course.points("owner") == FULL_POINTS
    assert course.points("thief") == NO_POINTS
    assert "is a link to another file and was not read" in log


# --- one bad submission, and the others -------------------------------------------------------------------------------


def _linked(course: Course, folder: Path) -> None:
    (folder / f"{NAME}.ipynb").unlink()
    (folder / f"{NAME}.ipynb").symlink_to(course.folder("honest-z") / f"{NAME}.ipynb")


def _no_notebook(course: Course, folder: Path) -> None:
    (folder / f"{NAME}.ipynb").write_text("{'no': json")


def _cells_of_another_shape(course: Course, folder: Path) -> None:
    (folder / f"{NAME}.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1, "x"]}))


def _nested_without_end(course: Course, folder: Path) -> None:
    depth = 100_000
    nb = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"smtraining": "@"}, "cells": []})
    (folder / f"{NAME}.ipynb").write_text(nb.replace('"@"', "[" * depth + "]" * depth))


@pytest.mark.parametrize("spoil", [_linked, _no_notebook, _cells_of_another_shape, _nested_without_end])
def test_a_submission_that_cannot_be_graded_fails_alone(tmp_path: Path, spoil: Callable[[Course, Path], None]) -> None:
    course = Course(tmp_path / "course")
    course.release()
    course.submit("honest-a", PARTLY)
    course.submit("honest-z", RIGHT)
    spoil(course, course.submit("mallory"))
    with course.api() as api:
        result = api.autograde(NAME, "*")
    assert not result["success"]  # and says whose
    assert f"There was an error processing assignment '{NAME}' for student 'mallory'" in result["log"]
    assert course.points("honest-a") == PARTLY_POINTS
    assert course.points("honest-z") == FULL_POINTS
    assert all(row.score == 0 for row in course.rows("mallory").values())
    assert not course.folder("mallory", "autograded").exists()
