"""The page a learner gets back: questions, answers, credit and reasons in place of grading cells.

``FeedbackView`` comes first in ``GenerateFeedback.preprocessors`` (see ``nbgrader_config.py``). The key and its words come from the
gradebook, the answer from the autograded notebook, the points from the gradebook, where a person may have changed them.
"""

from __future__ import annotations

import ast
import datetime as dt
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import List

from smtraining import bank as banks
from smtraining.bank import Bank
from smtraining.bank.marks import plain
from smtraining.errors import SmtrainingError
from smtraining.grading import policyview, view
from smtraining.grading.answers import CAPTURED, Answers, collect
from smtraining.grading.cells import Call, GradeCall, PolicyCall, RubricCall, is_grading_cell, read
from smtraining.grading.defusing import defuse
from smtraining.grading.feedbackpage import FeedbackPage
from smtraining.grading.pieces import Given
from smtraining.grading.policyparts import TITLES
from smtraining.grading.scoring import PolicyResult, QuestionResult, score, written_task
from smtraining.kinds.base import Question
from smtraining.widgets.static import page_html

TITLE = "smtraining_title"
"""The metadata of a graded cell in which the template finds what to call it."""

LONGEST_TITLE = 90
"""Characters of a question that stand in the list of what was graded."""


class FeedbackView(NbGraderPreprocessor):  # type: ignore[misc]
    """Grading cells become a readable account; hidden tests, model answers and cells that only show a page go."""

    display_data_priority = List(["text/html", "text/plain"]).tag(config=True)  # nbconvert's HTML exporter sets it on every step

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        ids = resources["nbgrader"]
        bank = banks.load()
        _name(nb, ids["notebook"], bank)
        stored = nb.metadata.get(CAPTURED)
        answers = Answers.from_metadata(stored) if stored else collect(nb, Path(resources["metadata"]["path"]), bank)
        with Gradebook(ids["db_url"]) as gradebook:
            submission = gradebook.find_submission(ids["assignment"], ids["student"])
            page = FeedbackPage(self.config, gradebook, submission, bank, dt.datetime.now(dt.UTC))
            sources = {cell.name: cell.source for cell in gradebook.find_notebook(ids["notebook"], ids["assignment"]).source_cells}
            grades = {g.name: g for g in gradebook.find_submission_notebook(ids["notebook"], ids["assignment"], ids["student"]).grades}
            for cell in nb.cells:
                if cell.cell_type == "markdown" and not utils.is_locked(cell):
                    defuse(cell)  # our autograding has done it; nbgrader's own has not
                name = cell.metadata.get("nbgrader", {}).get("grade_id")
                if cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell) and name in grades:
                    self._retell(cell, sources[name], grades, answers, bank, page)
            above = page.top()
        nb.cells = [cell for cell in nb.cells if not _only_shows_pages(cell)]
        if above:
            nb.cells.insert(0, new_markdown_cell(above))  # type: ignore[no-untyped-call]
        return nb, resources

    def _retell(self, cell: NotebookNode, source: str, grades: Mapping[str, Any], answers: Answers, bank: Bank, page: FeedbackPage) -> None:
        grade = grades[cell.metadata.nbgrader.grade_id]
        try:
            if not is_grading_cell({**cell, "source": source}):
                _without_hidden_tests(cell)
                return
            call = read(source, grade.name)
            cell.metadata[TITLE] = _title(call, bank)
            if isinstance(call, RubricCall):
                _say(cell, page.rubric(call, written_task(call.task, bank).title, grades.get(call.task)))
                del cell.metadata["nbgrader"]  # it is worth no points and needs no heading with a score
            else:
                _say(cell, self._told(call, grade, answers, bank, page))
        except SmtrainingError as error:
            self.log.error("%s: %s", grade.name, error)
            _say(cell, view.pending())

    def _told(self, call: GradeCall | PolicyCall, grade: Any, answers: Answers, bank: Bank, page: FeedbackPage) -> str:
        result = score(call, answers, bank, float(grade.max_score))
        if grade.auto_score is not None and abs(grade.auto_score - result.earned) > 0.005:
            self.log.warning("%s: the key has changed since this was autograded; autograde again before giving feedback", call.item)
        given = Given(float(grade.score), by_hand=grade.manual_score is not None)
        if isinstance(result, PolicyResult):
            return policyview.learner(result, given)
        assert isinstance(result, QuestionResult)
        sources = bank.source_views(result.question.sources, dt.date.today())
        return page.question(result, given, _artifact(result.question, bank), sources)


# -- private ---------------------------------------------------------------------------------------------------------


def _name(nb: NotebookNode, notebook: str, bank: Bank) -> None:
    """Give the page its title, and each written task the one of the exercise."""
    exercise = bank.exercises.get(notebook)
    if exercise is None:
        return
    nb.metadata["title"] = exercise.title
    tasks = {task.id: task.title for task in exercise.written}
    for cell in nb.cells:
        task = cell.metadata.get("nbgrader", {}).get("grade_id")
        if utils.is_solution(cell) and task in tasks:
            cell.metadata[TITLE] = f"What you wrote: {tasks[task]}"


def _title(call: Call, bank: Bank) -> str:
    if isinstance(call, PolicyCall):
        return f"Your policy: {TITLES[call.part]}"
    if isinstance(call, RubricCall):
        return written_task(call.task, bank).title
    return f"Question: {textwrap.shorten(plain(bank.question(call.item).stem), LONGEST_TITLE, placeholder=' …')}"


def _artifact(question: Question, bank: Bank) -> str:
    """What was on the screen, as HTML without a widget; empty if the question is about nothing on a screen."""
    if question.artifact is None:
        return ""
    shown = bank.artifact_view(question.artifact)
    return page_html({"title": shown.get("title") or shown["platform"], "items": [], "artifacts": {question.artifact: shown}}, {})


def _say(cell: NotebookNode, html: str) -> None:
    """Make the cell a piece of text: in the feedback page it then stands under its score, without prompt and source."""
    cell.cell_type, cell.source = "markdown", html
    for name in ("outputs", "execution_count"):
        cell.pop(name, None)


def _without_hidden_tests(cell: NotebookNode) -> None:
    """Take the hidden region out of a test cell, and the traceback that would quote it."""
    shown = re.sub(r"(?ms)^[^\n]*BEGIN HIDDEN TESTS.*?END HIDDEN TESTS[^\n]*(\n|\Z)", "", cell.source)
    if shown == cell.source:
        return
    cell.source = shown
    for output in cell.outputs:
        if output.output_type == "error":
            output.traceback = [f"{output.ename}: a hidden test did not pass."]
            output.evalue = ""


def _only_shows_pages(cell: NotebookNode) -> bool:
    """A code cell without score or outputs that only imports and calls smtraining: on paper, without its page, it says nothing."""
    if cell.cell_type != "code" or utils.is_grade(cell) or cell.outputs or "smtraining" not in cell.source or len(cell.source) > 2_000:
        return False
    try:
        body = ast.parse(cell.source).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return all(isinstance(s, ast.Import | ast.ImportFrom) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)) for s in body)
