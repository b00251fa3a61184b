"""The steps of autograding that ``nbgrader_config.py`` puts into nbgrader's lists.

===================  ==================================================================================================================
``CaptureAnswers``   first: takes the answers from metadata, side file and outputs before nbgrader clears them
``RestoreCells``     puts every cell that the master knows back to what the gradebook says of it
``ExecuteIfNeeded``  starts a kernel only if a cell needs one; never sends it a grading cell of ours
``ScoreAnswers``     scores in this process, from the restored key; writes the gradebook, a readable output and an audit record
===================  ==================================================================================================================

What each defends against, and what it leaves to nbgrader, is in docs/grading.md. The steps of release and feedback are in
:mod:`smtraining.grading.release` and :mod:`smtraining.grading.feedback`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute, NbGraderPreprocessor, OverwriteCells, SaveAutoGrades

from smtraining.grading import audit
from smtraining.grading.cells import is_grading_cell
from smtraining.grading.marking import mark
from smtraining.grading.restoring import Master, capture, needs_kernel, restore

Done = tuple[NotebookNode, Any]
"""What a preprocessor returns: the notebook (or cell) and the resources."""


class CaptureAnswers(NbGraderPreprocessor):  # type: ignore[misc]
    """First step of autograding: the answers go, checked, into ``metadata.smtraining_answers``; all other metadata goes away.

    Raises GradingError if the notebook is a link.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> Done:
        capture(nb, Path(resources["metadata"]["path"]), f"{resources['nbgrader']['notebook']}.ipynb", self.log.warning)
        return nb, resources


class RestoreCells(OverwriteCells):  # type: ignore[misc]
    """Every cell that the master knows gets type, flags, points and (if locked) source from the gradebook; other cells lose their flags.

    Unlike nbgrader's own step it believes nothing of a student's cell but its id, so that edited flags cost neither points nor the
    whole submission.
    """

    @property
    def missing_note(self) -> str | None:
        """What stands before an answer cell that comes back, or None if missing cells stay away."""
        return str(self.missing_cell_notification) if self.add_missing_cells else None

    def preprocess(self, nb: NotebookNode, resources: Any) -> Done:
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            master = Master.of(gradebook.find_notebook(ids["notebook"], ids["assignment"]))
        restore(nb, master, self.missing_note, self.log.warning)
        return nb, resources


class ExecuteIfNeeded(Execute):  # type: ignore[misc]
    """Run the notebook only if the master has a code exercise of its own: a graded or solution code cell that is not one of ours.

    A notebook whose graded cells are all ours, written answers or tasks starts no kernel: no code of a student runs. Where a kernel
    does run, our grading cells are left out: a key never enters the process of a student.
    """

    def preprocess(self, nb: NotebookNode, resources: Any, km: Any = None) -> Done:
        self._ran: set[str | None] = set()
        resources["smtraining_ran"] = self._ran
        if not any(needs_kernel(cell) for cell in nb.cells):
            self.log.debug("No cell needs a kernel")
            return nb, resources
        done: Done = super().preprocess(nb, resources, km)
        return done

    def preprocess_cell(self, cell: NotebookNode, resources: Any, cell_index: int) -> Done:
        if is_grading_cell(cell):
            return cell, resources
        done: Done = super().preprocess_cell(cell, resources, cell_index)
        return done

    def on_cell_executed(self, **kwargs: Any) -> None:
        super().on_cell_executed(**kwargs)
        self._ran.add(kwargs["cell"].metadata.get("nbgrader", {}).get("grade_id"))


class ScoreAnswers(SaveAutoGrades):  # type: ignore[misc]
    """Write the scores into the gradebook: ours from ``kinds.score`` in this process, all others as nbgrader does, but failing closed.

    No answer, or one that cannot be read, is 0, and the latter asks for a look by hand. A grading cell that is itself at fault, and a
    test cell of which it is not sure that it ran, get no score until a person has looked.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> Done:
        ids = resources["nbgrader"]
        where = (ids["notebook"], ids["assignment"])
        with Gradebook(ids["db_url"]) as gradebook:
            points = {cell.name: float(cell.max_score) for cell in gradebook.find_notebook(*where).grade_cells}
            found = mark(nb, points, resources.get("smtraining_ran", ()), self.log.warning, self.log)
            for name, one in found.marks.items():
                one.put(gradebook.find_grade(name, *where, ids["student"]))
            for name, comment in found.comments.items():
                gradebook.find_comment(name, *where, ids["student"]).auto_comment = comment
            gradebook.db.commit()
        audit.append(
            audit.file(self.config, ids["assignment"]), [audit.scored(ids["assignment"], ids["student"], ids["notebook"], found, points)]
        )
        return nb, resources
