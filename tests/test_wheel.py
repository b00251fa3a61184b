"""What is handed out: the wheel works without YAML; neither it nor exercises/ holds anything of a key, rationale or model answer."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from smtraining.grading import cells

ROOT = Path(__file__).parents[1]
MASTERS = sorted((ROOT / "solutions").glob("*/*.ipynb"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release is, from a copy of what git would hand out."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return next(out.glob("*.whl"))


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _strings(value)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from _strings(value)


def _secrets() -> dict[str, str]:
    """Every sentence-long text of the hidden parts of the masters: feedback, rationales, levels of rubrics, model answers."""
    found: dict[str, str] = {}
    for master in MASTERS:
        notebook = nbformat.read(master, as_version=4)
        for cell in notebook.cells:
            if cells.is_grading_cell(cell):
                hidden = cells.read(cell.source, cell.id).model_dump(mode="json")
                hidden.get("key", {}).pop("panel", None)  # where an order comes from is no secret: lessons print the same sentence
                for text in _strings(hidden):
                    for paragraph in text.split("\n"):
                        if len(paragraph.split()) >= 5:
                            found[paragraph.strip()] = cell.id
    return found


def _texts_of_notebook(content: bytes) -> str:
    return "\n".join(_strings(json.loads(content)))


def test_there_are_secrets_to_look_for() -> None:
    assert MASTERS
    assert len(_secrets()) > 50


def test_the_student_copies_hold_nothing_of_the_hidden_parts() -> None:
    copies = [path for path in (ROOT / "exercises").rglob("*") if path.is_file()]
    assert {p.relative_to(ROOT / "exercises") for p in copies if p.suffix == ".ipynb"} == {
        p.relative_to(ROOT / "solutions") for p in MASTERS
    }
    for path in copies:
        content = path.read_bytes()
        text = _texts_of_notebook(content) if path.suffix == ".ipynb" else content.decode("utf-8", "replace")
        assert [f"{cell}: {secret[:60]}" for secret, cell in _secrets().items() if secret in text] == []
        for word in ("BEGIN HIDDEN", "import grade", "rubric(", "best_first", "identifies", "correct_order"):
            assert word not in text, f"{path.name} holds {word!r}"


def test_the_wheel_holds_nothing_of_the_hidden_parts(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            raw = archive.read(name)
            text = _texts_of_notebook(raw) if name.endswith(".json") else raw.decode("utf-8", "replace")
            assert [f"{name}: {cell}" for secret, cell in _secrets().items() if secret in text] == []


def test_a_planted_secret_would_be_found() -> None:
    """The search itself works: a student copy with a rationale in it is caught."""
    secret = next(iter(_secrets()))
    planted = json.dumps({"cells": [{"source": ["some text " + secret]}]}).encode()
    assert secret in _texts_of_notebook(planted)


def test_the_wheel_holds_compiled_content_the_front_end_and_the_licences_but_no_yaml(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert "smtraining/content/compiled.json" in names
    assert not [n for n in names if n.endswith((".yaml", ".yml", ".ipynb"))]
    for source in (ROOT / "smtraining" / "widgets").rglob("*"):
        if source.suffix in {".js", ".css"}:
            assert source.relative_to(ROOT).as_posix() in names
    assert {Path(n).name for n in names} >= {"LICENSE", "LICENSE-CONTENT"}


def test_the_installed_wheel_shows_a_lesson_without_pyyaml_or_pandas(wheel: Path, tmp_path: Path) -> None:
    """As a learner has it: installed beside its dependencies, with every import of PyYAML, pandas and nbgrader refused."""
    target = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(command, check=True)
    program = (
        "import sys\n"
        f"sys.path.insert(0, {str(target)!r})\n"
        "for name in ('yaml', 'pandas', 'nbgrader', 'numpy'):\n    sys.modules[name] = None\n"
        "import smtraining as smt\n"
        "assert smt.__file__.startswith(sys.path[0]), smt.__file__\n"
        "print(type(smt.quiz('m03-check')).__name__, type(smt.vignette('m03-v-mural')).__name__)\n"
        "print(smt.answer('m00-p-single', 'zzz').text)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Page Page")


def test_importing_the_grading_seam_loads_no_widgets_no_pandas_and_no_ipython() -> None:
    heavy = ("anywidget", "ipywidgets", "pandas", "IPython", "nbgrader")
    program = f"import smtraining.grading, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""
