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

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import SCHEMA_VERSION
from nbgrader.preprocessors import Execute, NbGraderPreprocessor, OverwriteCells, SaveAutoGrades

from smtraining import bank as banks
from smtraining.errors import GradingError, SmtrainingError
from smtraining.grading import view
from smtraining.grading.answers import AUDIT, CAPTURED, METADATA, Answers, collect
from smtraining.grading.cells import RubricCall, is_grading_cell, read
from smtraining.grading.scoring import Result, score, written_task

Done = tuple[NotebookNode, Any]
"""What a preprocessor returns: the notebook (or cell) and the resources."""


class CaptureAnswers(NbGraderPreprocessor):  # type: ignore[misc]
    """First step of autograding: the answers go, checked, into ``metadata.smtraining_answers``; all other metadata goes away.

    Raises GradingError if the notebook is a link: it would show the work of somebody else as this student's.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> Done:
        folder = Path(resources["metadata"]["path"])
        name = f"{resources['nbgrader']['notebook']}.ipynb"
        if (folder / name).is_symlink():
            raise GradingError(f"{folder / name} is a link to another file, not a notebook that was handed in. Ask for the file itself.")
        answers = collect(nb, folder, banks.load())
        for remark in answers.remarks:
            self.log.warning("%s: %s", name, remark)
        nb.metadata = {CAPTURED: answers.to_metadata()}
        for cell in nb.cells:
            # Tags can switch a cell off in the kernel, and other metadata can hide it from the person who grades.
            found = cell.get("metadata")
            cell.metadata = {key: found[key] for key in ("nbgrader", METADATA) if key in found} if isinstance(found, dict) else {}
        return nb, resources


class RestoreCells(OverwriteCells):  # type: ignore[misc]
    """Every cell that the master knows gets type, flags, points and (if locked) source from the gradebook; other cells lose their flags.

    Unlike nbgrader's own step it believes nothing of a student's cell but its id, so that edited flags cost neither points nor the
    whole submission. Of copies of an answer cell the last one that was written in counts.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> Done:
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            master = gradebook.find_notebook(ids["notebook"], ids["assignment"])
            sources = {cell.name: cell for cell in master.source_cells}
            points = {cell.name: float(cell.max_score) for cell in (*master.grade_cells, *master.task_cells)}
            flags = {
                "grade": {cell.name for cell in master.grade_cells},
                "solution": {cell.name for cell in master.solution_cells},
                "task": {cell.name for cell in master.task_cells},
            }
            chosen = self._chosen(nb, sources)
            for index, cell in enumerate(nb.cells):
                if index not in chosen:
                    cell.metadata.pop("nbgrader", None)
                    continue
                source = sources[chosen[index]]
                self._retype(cell, source.cell_type)
                cell.metadata.nbgrader = self._flags(source, flags, points)
                if source.locked:
                    cell.source = source.source
            if self.add_missing_cells:
                self._add_missing(nb, [s for s in sources.values() if s.name in points and s.name not in chosen.values()], flags, points)
        return nb, resources

    def _chosen(self, nb: NotebookNode, sources: dict[str, Any]) -> dict[int, str]:
        """Index of a cell -> name of the master's cell it stands for."""
        copies: defaultdict[str, list[int]] = defaultdict(list)
        for index, cell in enumerate(nb.cells):
            flags = cell.metadata.get("nbgrader")
            name = flags.get("grade_id") if isinstance(flags, dict) else None
            if isinstance(name, str) and name in sources:
                copies[name].append(index)
        found = {}
        for name, indices in copies.items():
            if len(indices) > 1:
                self.log.warning("Cell '%s' exists %d times; the last one that was written in counts", name, len(indices))
            written = [i for i in indices if nb.cells[i].source.strip() != sources[name].source.strip()]
            found[(written or indices)[-1]] = name
        return found

    def _retype(self, cell: NotebookNode, cell_type: str) -> None:
        if cell.cell_type == cell_type:
            return
        cell.cell_type = cell_type
        if cell_type == "code":
            cell.pop("attachments", None)
            cell.outputs, cell.execution_count = [], None
        else:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)

    def _flags(self, source: Any, flags: dict[str, set[str]], points: dict[str, float]) -> dict[str, Any]:
        name = source.name
        found: dict[str, Any] = {flag: name in names for flag, names in flags.items()}
        found |= {"grade_id": name, "locked": source.locked, "checksum": source.checksum, "cell_type": source.cell_type}
        return found | {"schema_version": SCHEMA_VERSION} | ({"points": points[name]} if name in points else {})

    def _add_missing(self, nb: NotebookNode, missing: list[Any], flags: dict[str, set[str]], points: dict[str, float]) -> None:
        for source in missing:
            self.log.warning("Cell '%s' is missing from the submission; added at the end", source.name)
            note = self.missing_cell_notification.format(cell_id=source.name)
            if source.cell_type == "code":
                cell = new_code_cell(source.source if source.locked else f"# {note}{source.source}")  # type: ignore[no-untyped-call]
            else:
                cell = new_markdown_cell(source.source if source.locked else note + source.source)  # type: ignore[no-untyped-call]
            if nb.nbformat_minor < 5:
                del cell["id"]
            cell.metadata.nbgrader = self._flags(source, flags, points)
            nb.cells.append(cell)


class ExecuteIfNeeded(Execute):  # type: ignore[misc]
    """Run the notebook only if the master has a code exercise of its own: a graded or solution code cell that is not one of ours.

    A notebook whose graded cells are all ours, written answers or tasks starts no kernel: no code of a student runs. Where a kernel
    does run, our grading cells are left out: a key never enters the process of a student.
    """

    def preprocess(self, nb: NotebookNode, resources: Any, km: Any = None) -> Done:
        self._ran: set[str | None] = set()
        resources["smtraining_ran"] = self._ran
        if not any(_needs_kernel(cell) for cell in nb.cells):
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
        self.notebook_id, self.assignment_id, self.student_id = ids["notebook"], ids["assignment"], ids["student"]
        if CAPTURED not in nb.metadata:
            raise GradingError("The answers were not taken: CaptureAnswers must be the first of Autograde.sanitize_preprocessors.")
        self._answers = Answers.from_metadata(nb.metadata[CAPTURED])
        self._audit: list[dict[str, Any]] = []
        self._tasks: dict[str, str] = {}
        with Gradebook(ids["db_url"]) as self.gradebook:
            for index, cell in enumerate(nb.cells):
                nb.cells[index], resources = self.preprocess_cell(cell, resources, index)
            self.gradebook.db.commit()
        nb.cells = _beside_their_answers(nb.cells, self._tasks)
        nb.metadata[AUDIT] = {"schema": 1, "items": self._audit}
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        if cell.cell_type != "code" or utils.is_solution(cell):
            super()._add_score(cell, resources)
            return
        grade = self.gradebook.find_grade(cell.metadata.nbgrader.grade_id, self.notebook_id, self.assignment_id, self.student_id)
        if is_grading_cell(cell):
            grade.auto_score, look = self._score_ours(cell, float(grade.max_score))
        else:
            grade.auto_score, look = self._score_test(cell, resources), False
        # As in nbgrader: a score given by hand stays, and is flagged, because the automatic one may have changed under it.
        grade.needs_manual_grade = look or grade.auto_score is None or grade.manual_score is not None

    def _score_ours(self, cell: NotebookNode, points: float) -> tuple[float | None, bool]:
        """The score of one of our cells, and whether a person should look at it."""
        name = cell.metadata.nbgrader.grade_id
        try:
            call = read(cell.source, name)
            if isinstance(call, RubricCall):
                self._tasks[name] = call.task
                html = view.rubric(call, written_task(call.task, banks.load()).title)
                _show(cell, f"# {name}: how to mark {call.task}", html, f"Rubric of {call.task}")
                return 0.0, False
            result = score(call, self._answers, banks.load(), points)
        except SmtrainingError as error:
            self.log.error("%s: %s", name, error)
            _show(cell, f"# {name}: not scored", view.unscored(name, str(error)), f"{name}: not scored. {error}")
            return None, True
        self._audit.append(_record(result))
        if result.trouble:
            self.log.warning("%s: %s", name, result.trouble)
        about = re.compile(rf"(?<![\w.-]){re.escape(call.item)}(?![\w-])")
        remarks = [remark for remark in self._answers.remarks if result.trouble or about.search(remark)]
        source = f"# {name}: scored from the saved answer; the key is in the master notebook"
        _show(cell, source, view.instructor(result, remarks), view.plain(result))
        return result.earned, result.trouble is not None

    def _score_test(self, cell: NotebookNode, resources: Any) -> float | None:
        """nbgrader's score of a test cell, or None where nbgrader would give full marks for want of evidence."""
        name = cell.metadata.nbgrader.grade_id
        if name not in resources.get("smtraining_ran", ()):
            self.log.warning("%s was not run: it needs grading by hand", name)
            return None
        for output in cell.outputs:
            if output.output_type == "execute_result" and not _is_number(output, float(cell.metadata.nbgrader.points)):
                self.log.warning("%s ended in something that is not a score from 0 to its points: it needs grading by hand", name)
                return None
        points, _ = utils.determine_grade(cell, self.log)
        return None if points is None else float(points)


# -- private ---------------------------------------------------------------------------------------------------------


def _needs_kernel(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and (utils.is_grade(cell) or utils.is_solution(cell)) and not is_grading_cell(cell)


def _record(result: Result) -> dict[str, Any]:
    taken = result.taken
    return {
        "item": result.call.item,
        "answer": taken.value if taken else None,
        "revision": taken.revision if taken else None,
        "time": taken.time if taken else None,
        "source": taken.source.value if taken else None,
        "outcome": result.score.outcome.value,
        "fraction": result.score.fraction,
        "earned": result.earned,
        "points": result.points,
        "rule": result.score.rule,
        "key": result.call.digest,
        "content": result.content_digest,
        "trouble": result.trouble,
    }


def _show(cell: NotebookNode, source: str, html: str, text: str) -> None:
    """Replace source and outputs. A display, never a result: no later step may take it for a score."""
    cell.source = source
    cell.execution_count = None
    cell.outputs = [new_output("display_data", data={"text/html": html, "text/plain": text})]  # type: ignore[no-untyped-call]


def _beside_their_answers(cells: list[NotebookNode], tasks: Mapping[str, str]) -> list[NotebookNode]:
    """The cells with each rubric cell moved to just after the cell of its written task. ``tasks``: grade id of a rubric -> of its task."""
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
    rubrics = {tasks[name]: cell for name, cell in zip(names, cells, strict=True) if name in tasks and tasks[name] in names}
    moved = [id(cell) for cell in rubrics.values()]
    found = []
    for name, cell in zip(names, cells, strict=True):
        if id(cell) not in moved:
            found.append(cell)
        if name in rubrics:
            found.append(rubrics[name])
    return found


def _is_number(output: NotebookNode, most: float) -> bool:
    try:
        return 0.0 <= float(output.data["text/plain"]) <= most
    except (KeyError, TypeError, ValueError):
        return False
