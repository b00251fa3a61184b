"""A class autograded by plain nbgrader and by ``smtraining autograde``: whole commands, from start to end, over an exercise of this course.

The exercise has no code cells of its own. Plain nbgrader runs each notebook in a kernel and gets the points from our grading cells; both
ways must come to the same scores, or there is no figure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from smtraining.grading import cells

ROOT = Path(__file__).parents[1]
EXERCISE = "03-confidentiality"
STOCK, SMALL, MIDDLE, LARGE = 8, 30, 60, 300
"""Sizes of the classes. Plain nbgrader takes seconds for each submission, so its class is small."""

KEYS = ("correct", "categories", "correct_order", "best_first", "identifies")
"""Where the key of a kind of question holds its right answer; a key with none of them is the answer itself."""


def measure() -> dict[str, float]:
    """Seconds for each submission of whole commands, and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        stock = _course(Path(folder) / "stock", STOCK, stock=True)
        stock_took = _timed(stock, "nbgrader", "autograde", EXERCISE) / STOCK
        took = {}
        for size in (SMALL, MIDDLE, LARGE):
            ours = _course(Path(folder) / str(size), size, stock=False)
            took[size] = _timed(ours, "smtraining.cli", "autograde", EXERCISE, "--jobs", "2") / size
            if _scores(ours) != _scores(stock):
                raise RuntimeError(f"The scores differ: {_scores(stock)} by plain nbgrader, {_scores(ours)} by smtraining autograde")
    return {
        "autograde_stock_s_per_submission": round(stock_took, 3),
        **{f"autograde_ours_ms_per_submission_{size}": round(seconds * 1000, 1) for size, seconds in took.items()},
        "autograde_no_code_stock_over_ours": round(stock_took / took[MIDDLE], 1),
        "autograde_no_code_stock_over_ours_300": round(stock_took / took[LARGE], 1),
        "autograde_per_submission_300_over_30": round(took[LARGE] / took[SMALL], 2),
        "autograde_ours_per_s": round(1 / took[LARGE], 1),
    }


def _course(root: Path, size: int, *, stock: bool) -> Path:
    """A course with one exercise, released, and ``size`` submissions of all the right answers."""
    root.mkdir()
    text = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    folders = text[: text.index("# Each list is written out")]
    (root / "nbgrader_config.py").write_text(folders if stock else text, encoding="utf-8")
    shutil.copytree(ROOT / "solutions" / EXERCISE, root / "solutions" / EXERCISE)
    _timed(root, "nbgrader", "generate_assignment", EXERCISE)
    notebook = nbformat.read(root / "exercises" / EXERCISE / f"{EXERCISE}.ipynb", 4)
    records = {i: {"r": 1, "t": "2026-03-02T10:02:00Z", "v": value, "done": False, "n": 1} for i, value in _answers().items()}
    notebook.metadata["smtraining"] = {"schema": 1, "seed": "c0ffee00", "answers": records}
    text = json.dumps(notebook)
    for number in range(size):
        folder = root / "grading" / "submitted" / f"student-{number:03}" / EXERCISE
        folder.mkdir(parents=True)
        (folder / f"{EXERCISE}.ipynb").write_text(text, encoding="utf-8")
    return root


def _answers() -> dict[str, Any]:
    master = nbformat.read(ROOT / "solutions" / EXERCISE / f"{EXERCISE}.ipynb", 4)
    calls = [cells.read(cell.source, cell.id) for cell in master.cells if cells.is_grading_cell(cell)]
    keys: dict[str, Mapping[str, Any]] = {call.item: call.key for call in calls if isinstance(call, cells.GradeCall)}
    return {item: next((key[name] for name in KEYS if name in key), dict(key)) for item, key in keys.items()}


def _scores(root: Path) -> set[float]:
    """The different total scores of the class."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'grading' / 'gradebook.db'}", "smtraining") as gradebook:
        return {submission.score for submission in gradebook.assignment_submissions(EXERCISE)}


def _timed(root: Path, *command: str) -> float:
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", *command], cwd=root, env=env, check=True, capture_output=True)
    return time.perf_counter() - start
