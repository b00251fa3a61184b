"""Classes autograded by plain nbgrader and by ``smtraining autograde``: whole commands, from start to end, in one run on one machine.

Two exercises: one of this course, which has no code cells of its own, and the tests' fixture with pandas code cells. Plain nbgrader takes
seconds for each submission, so it grades two small classes; what a submission costs it, and what its start costs, follow from the
difference, and so does its time for a class as large as ours. Both ways must come to the same scores, or there is no figure.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from smtraining.grading import cells

ROOT = Path(__file__).parents[1]
EXERCISE = "03-confidentiality"
STOCK = (2, 10)
"""Sizes of the classes that plain nbgrader grades."""

SMALL, CLASS, LARGE = 30, 300, 3000
CODE_CLASS = 100
REPEATS = 3
"""Runs over the small class, of which the middle one counts: it takes hardly longer than starting."""

KEYS = ("correct", "categories", "correct_order", "best_first", "identifies")
"""Where the key of a kind of question holds its right answer; a key with none of them is the answer itself."""


@dataclass(frozen=True)
class Took:
    """Seconds of a whole command, and the megabytes of its largest process."""

    seconds: float
    megabytes: float


def measure() -> dict[str, float]:
    """Ratios of plain nbgrader's time to ours for whole classes, and how our time and memory grow with the class."""
    with tempfile.TemporaryDirectory() as folder:
        return _without_code(Path(folder)) | _with_code(Path(folder))


def _without_code(folder: Path) -> dict[str, float]:
    start, each = _stock(folder, lambda root, size: _course(root, size, stock=True), EXERCISE)
    scores = _scores(folder / f"stock-{EXERCISE}-{STOCK[0]}", EXERCISE)
    took: dict[int, Took] = {}
    idle: dict[int, float] = {}
    for size in (SMALL, CLASS, LARGE):
        runs = []
        for repeat in range(REPEATS if size == SMALL else 1):
            root = _course(folder / f"ours-{size}-{repeat}", size, stock=False)
            runs.append(_ours(root, EXERCISE))
            _same(_scores(root, EXERCISE), scores)
            idle[size] = _ours(root, EXERCISE).seconds  # all is graded: what is left is starting and looking
            shutil.rmtree(root)
        took[size] = sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]
    cost = {size: max(took[size].seconds - idle[size], 1e-3) / size for size in took}
    return {
        "autograde_stock_sample": STOCK[1],
        "autograde_stock_start_s": round(start, 2),
        "autograde_stock_s_per_submission": round(each, 3),
        "autograde_no_code_class": CLASS,
        "autograde_no_code_stock_over_ours": round((start + each * CLASS) / took[CLASS].seconds, 1),
        "autograde_no_code_stock_over_ours_30": round((start + each * SMALL) / took[SMALL].seconds, 1),
        "autograde_no_code_stock_over_ours_3000": round((start + each * LARGE) / took[LARGE].seconds, 1),
        **{f"autograde_ours_s_{size}": round(run.seconds, 2) for size, run in took.items()},
        **{f"autograde_ours_start_s_{size}": round(seconds, 2) for size, seconds in idle.items()},
        "autograde_per_submission_3000_over_30": round(cost[LARGE] / cost[SMALL], 2),
        "autograde_ours_ms_per_submission_3000": round(cost[LARGE] * 1000, 1),
        "autograde_peak_mb_30": round(took[SMALL].megabytes),
        "autograde_peak_mb_3000": round(took[LARGE].megabytes),
    }


def _with_code(folder: Path) -> dict[str, float]:
    from fixtures.code_course import GOOD, TESTS, code_course, hand_in
    from fixtures.grading_course import NAME, OVERLAY

    def course(root: Path, size: int, *, stock: bool) -> Path:
        made = code_course(root, stock=stock)
        for number in range(size):
            hand_in(made, f"student-{number:04}", GOOD)
        return root

    os.environ["SMTRAINING_OVERLAY"] = str(OVERLAY)
    try:
        start, each = _stock(folder, lambda root, size: course(root, size, stock=True), NAME)
        ours = course(folder / "ours-code", CODE_CLASS, stock=False)
        took = _ours(ours, NAME)
        _same(_scores(ours, NAME, TESTS), _scores(folder / f"stock-{NAME}-{STOCK[0]}", NAME, TESTS))
    finally:
        del os.environ["SMTRAINING_OVERLAY"]
    return {
        "autograde_code_class": CODE_CLASS,
        "autograde_code_stock_s_per_submission": round(each, 3),
        "autograde_code_ours_s": round(took.seconds, 2),
        "autograde_code_stock_over_ours": round((start + each * CODE_CLASS) / took.seconds, 1),
        "autograde_code_ours_ms_per_submission": round(took.seconds / CODE_CLASS * 1000, 1),
    }


def _stock(folder: Path, course: Callable[[Path, int], Path], name: str) -> tuple[float, float]:
    """Seconds that plain nbgrader takes to start, and for each submission: from the quicker of two runs over each of two classes."""
    roots = {size: course(folder / f"stock-{name}-{size}", size) for size in STOCK}
    seconds = dict.fromkeys(STOCK, float("inf"))
    for force in ((), ("--force",)):
        for size, root in roots.items():
            seconds[size] = min(seconds[size], _timed(root, "nbgrader", "autograde", name, *force).seconds)
    few, more = STOCK
    each = (seconds[more] - seconds[few]) / (more - few)
    if each <= 0:
        raise RuntimeError(f"Plain nbgrader took no longer for {more} submissions than for {few}: this machine is too busy to measure on.")
    return max(0.0, seconds[few] - few * each), each


def _ours(root: Path, name: str) -> Took:
    return _timed(root, "smtraining.cli", "autograde", name, "--jobs", "2")


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
        folder = root / "grading" / "submitted" / f"student-{number:04}" / EXERCISE
        folder.mkdir(parents=True)
        (folder / f"{EXERCISE}.ipynb").write_text(text, encoding="utf-8")
    return root


def _answers() -> dict[str, Any]:
    master = nbformat.read(ROOT / "solutions" / EXERCISE / f"{EXERCISE}.ipynb", 4)
    calls = [cells.read(cell.source, cell.id) for cell in master.cells if cells.is_grading_cell(cell)]
    keys: dict[str, Mapping[str, Any]] = {call.item: call.key for call in calls if isinstance(call, cells.GradeCall)}
    return {item: next((key[name] for name in KEYS if name in key), dict(key)) for item, key in keys.items()}


def _scores(root: Path, name: str, among: Mapping[str, float] | None = None) -> set[tuple[tuple[str, float], ...]]:
    """The different rows of scores of the class."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'grading' / 'gradebook.db'}", "smtraining") as gradebook:
        return {
            tuple(
                sorted((g.name, g.score) for notebook in submission.notebooks for g in notebook.grades if among is None or g.name in among)
            )
            for submission in gradebook.assignment_submissions(name)
        }


def _same(ours: set[tuple[tuple[str, float], ...]], stock: set[tuple[tuple[str, float], ...]]) -> None:
    if ours != stock or len(ours) != 1:
        raise RuntimeError(f"The scores differ: {stock} by plain nbgrader, {ours} by smtraining autograde")


def _timed(root: Path, *command: str) -> Took:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = os.posix_spawn(
            "/bin/sh",
            ["sh", "-c", 'cd "$0" && exec "$@"', str(root), sys.executable, "-m", *command],
            {**os.environ, "PATH": path},
            file_actions=[(os.POSIX_SPAWN_DUP2, said.fileno(), 1), (os.POSIX_SPAWN_DUP2, said.fileno(), 2)],
        )
        _, status, used = os.wait4(child, 0)
        seconds = time.perf_counter() - begin
        if status:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)} ended with {status}: {said.read()[-2000:].decode(errors='replace')}")
    return Took(seconds, used.ru_maxrss / 1024)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))
    print(json.dumps(measure(), indent=2))
