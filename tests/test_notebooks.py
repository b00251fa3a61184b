"""The lessons as they are handed out: nbval runs every cell and compares the outputs with the stored previews."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def _nbval(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    return subprocess.run([*command, str(folder)], cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_there_are_lessons() -> None:
    assert LESSONS


def test_every_cell_of_every_lesson_runs_and_gives_its_stored_preview(tmp_path: Path) -> None:
    for lesson in LESSONS:
        shutil.copy(lesson, tmp_path)
    done = _nbval(tmp_path)
    cells = sum(cell.cell_type == "code" for lesson in LESSONS for cell in nbformat.read(lesson, as_version=4).cells)
    assert done.returncode == 0, done.stdout[-4000:]
    assert f"{cells} passed" in done.stdout


def test_a_preview_that_no_longer_fits_would_be_noticed(tmp_path: Path) -> None:
    notebook = nbformat.read(LESSONS[0], as_version=4)
    shown = next(cell for cell in notebook.cells if cell.cell_type == "code")
    shown.outputs[0]["data"]["text/plain"] += "\na line that is no longer there"
    notebook.cells = [shown]
    nbformat.write(notebook, tmp_path / "stale.ipynb")
    assert _nbval(tmp_path).returncode == 1


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda p: p.stem)
def test_a_lesson_can_be_read_without_running_it(lesson: Path) -> None:
    """What a code-hosting site shows: every cell has a readable HTML and text preview, without script or widget state."""
    notebook = nbformat.read(lesson, as_version=4)
    assert "widgets" not in notebook.metadata
    for cell in notebook.cells:
        if cell.cell_type == "code":
            [output] = cell.outputs
            assert set(output["data"]) == {"text/html", "text/plain"}
            assert "<script" not in output["data"]["text/html"]
            assert len(output["data"]["text/plain"]) > 20
