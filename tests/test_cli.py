"""The command line: what each command prints, its exit code, and that docs/authoring.md tells about all of it."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from smtraining import bank as banks
from smtraining import cli
from smtraining.authoring import lint, notebooks
from smtraining.bank import loading
from smtraining.kinds import KINDS

ROOT = Path(__file__).parent.parent
SMALL = Path(__file__).parent / "fixtures" / "bank_small"
BAD = Path(__file__).parent / "fixtures" / "bad_bank"
GUIDE = (ROOT / "docs" / "authoring.md").read_text()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of its own: the small bank as the package's content, one lesson without a preview, no overlay. The command runs there."""
    shutil.copytree(SMALL, tmp_path / "content")
    monkeypatch.setattr(loading, "PACKAGE", tmp_path / "content")
    monkeypatch.delenv(banks.OVERLAY_VARIABLE, raising=False)
    (tmp_path / "notebooks").mkdir()
    code = nbformat.v4.new_code_cell(
        'import smtraining as smt; smt.quiz("m91-check")', id="check", metadata={"jupyter": {"source_hidden": True}}
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A sample", id="title"), code])
    (tmp_path / "notebooks" / "91-sample.ipynb").write_text(notebooks.stored_form(notebook))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(*arguments: str) -> int:
    return cli.main(list(arguments))


def test_check_lists_findings_and_lessons_and_fails_on_an_error(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("check") == 1
    said = capsys.readouterr().out
    assert "note (law-past-review): content/registers.yaml:" in said
    assert "error (notebook): notebooks/91-sample.ipynb: Without a stored preview: cell 2." in said
    assert said.endswith(": 1 error, 4 warnings.\n"), said


def test_check_passes_with_warnings_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(here / "notebooks")
    (here / "notebooks").mkdir()
    assert ran("check") == 0
    assert "warning (opening-length)" in capsys.readouterr().out


def test_check_lists_every_problem_of_an_overlay(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overlay = here / "mine"
    overlay.mkdir()
    (overlay / "mine.yaml").write_text("quizzes:\n- {id: m91-new, module: m19, title: New, questions: [m91-q-wo]}\n")
    assert ran("check", "--overlay", str(overlay)) == 1
    said = capsys.readouterr().out
    assert "mine/mine.yaml:2: [m91-new] There is no module with the id 'm19'." in said
    assert "mine/mine.yaml:2: [m91-new] There is no question with the id 'm91-q-wo'. Did you mean m91-q-who" in said
    assert said.endswith("2 problems.\n")


def test_stats_come_as_a_table_and_as_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("stats", "--json") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert (numbers["questions"], numbers["graded_items"], numbers["law_items_past_review"]) == (2, 1, 1)
    assert ran("stats") == 0
    table = capsys.readouterr().out
    assert re.search(r"^graded items +1$", table, re.MULTILINE)
    assert [line.split("  ")[0] for line in table.splitlines()] == [name.replace("_", " ") for name in numbers]


def test_items_are_listed_by_module(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("items", "--module", "m91") == 0
    said = capsys.readouterr().out
    assert re.search(r"^m91-q-spot +spot +nasw-1.07a, pub-reamer +Select what points", said, re.MULTILINE)
    assert re.search(r"^x91-01 +single \(graded\)", said, re.MULTILINE)
    assert ran("items", "--module", "m19") == 1
    assert "Did you mean m91?" in capsys.readouterr().err


def test_show_prints_the_key_and_where_it_is_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("show", "m91-q-who") == 0
    said = capsys.readouterr().out
    assert said.startswith("m91-q-who (question, content/items.yaml:")
    assert "Key, correct: b" in said


def test_an_unknown_item_is_one_line_with_the_nearest(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("show", "m91-q-wo") == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "Did you mean m91-q-who" in said.err


def test_preview_writes_a_page(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("preview", "m91-v-gate", "-o", "case.html") == 0
    assert "<title>The north gate</title>" in (here / "case.html").read_text()
    assert ran("preview", "m91-v-gate", "-o", "no/such/folder/case.html") == 1
    assert "No such file" in capsys.readouterr().err


def test_notebooks_stores_previews_and_check_tells_when_they_are_old(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runs of the notebook themselves are tested in test_authoring.py."""
    path = here / "notebooks" / "91-sample.ipynb"
    fresh = path.read_text().replace('"outputs": []', '"outputs": [ ]')
    monkeypatch.setattr(notebooks, "refreshed", lambda path: fresh)
    before = path.read_bytes()
    assert ran("notebooks", "--check") == 1
    assert "notebooks/91-sample.ipynb: Its stored previews are out of date. Run: smtraining notebooks" in capsys.readouterr().out
    assert path.read_bytes() == before
    assert ran("notebooks") == 0
    assert path.read_bytes().decode() == fresh
    assert ran("notebooks", "--check") == 0


def test_release_needs_a_master_to_make_something_of(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A course folder without nbgrader's settings is told in one line."""
    assert ran("release", "--check") == 1
    assert "nbgrader_config.py" in capsys.readouterr().err


def test_schema_is_written_where_it_is_wanted(here: Path) -> None:
    assert ran("schema", "-o", "mine.json") == 0
    assert (here / "mine.json").read_text() == cli.schema_text()


def test_the_schema_in_docs_is_in_step() -> None:
    """If this fails: smtraining schema."""
    assert (ROOT / cli.SCHEMA).read_text() == cli.schema_text()


@pytest.mark.parametrize("arguments", [[], ["chek"], ["show"], ["preview", "m91-post"], ["stats", "--yaml"]])
def test_a_command_that_is_not_understood_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments)
    assert raised.value.code == 2
    assert "usage: smtraining" in capsys.readouterr().err


def test_a_reader_that_stops_early_sees_no_error() -> None:
    """smtraining items | head -1"""
    command = f"{sys.executable} -c 'import sys, smtraining.cli as c; sys.exit(c.main([\"items\"]))' | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


# -- the guide -------------------------------------------------------------------------------------------------------


def commands() -> dict[str, argparse.ArgumentParser]:
    (action,) = [a for a in cli.parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return dict(action.choices)


def options() -> list[tuple[str, str]]:
    found = [(name, option) for name, command in commands().items() for action in command._actions for option in action.option_strings]
    return [(name, option) for name, option in found if option not in ("-h", "--help")]


@pytest.mark.parametrize("name", list(commands()))
def test_the_guide_documents_every_command(name: str) -> None:
    assert f"| `smtraining {name}" in GUIDE


@pytest.mark.parametrize(("name", "option"), options())
def test_the_guide_documents_every_option(name: str, option: str) -> None:
    """In the row of the command, or (for --overlay) in the row that says which commands have it."""
    (row,) = [line for line in GUIDE.splitlines() if line.startswith(f"| `smtraining {name}")]
    shared = [line for line in GUIDE.splitlines() if option == "--overlay" and f"`{name}`" in line and "also for" in line]
    assert any(f"{option}`" in line or f"{option} " in line for line in (row, *shared))


def test_the_guide_lists_every_rule_as_it_is() -> None:
    rows = [f"| `{rule.name}` | {rule.severity} | {rule.asks} |" for rule in lint.RULES.values()]
    assert [line for line in GUIDE.splitlines() if re.fullmatch(r"\| `[a-z-]+` \| (error|warning|note) \| .*", line)] == rows


def test_the_guide_names_every_kind_of_question() -> None:
    rows = re.findall(r"^\| `([a-z]+)` \| [^|]+ \|$", GUIDE, re.MULTILINE)
    assert rows == list(KINDS)


def test_the_example_of_the_guide_works_as_it_stands(tmp_path: Path) -> None:
    """Copied into an overlay, it adds a question and a quiz to the real curriculum, and breaks no rule."""
    (example,) = [block for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) if block.startswith("questions:")]
    (tmp_path / "mine.yaml").write_text(example)
    bank = banks.read(overlays=[tmp_path])
    (question,) = [entry["id"] for entry in yaml.safe_load(example)["questions"]]
    (quiz,) = [entry["id"] for entry in yaml.safe_load(example)["quizzes"]]
    assert bank.quiz(quiz).questions == (question,)
    assert f'smt.quiz("{quiz}")' in GUIDE
    today = max(law.as_of for law in bank.laws.values())
    assert [str(f) for f in lint.lint(bank, today) if f.problem.id in (question, quiz)] == []


def test_the_links_of_the_guide_lead_somewhere() -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", GUIDE) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / "docs" / target).exists()] == []


def test_the_folders_and_items_of_the_guide_exist() -> None:
    bank = banks.load()
    assert bank.question("m03-q-first-look")
    for folder in re.findall(r"`(smtraining/content/[^`]*)`", GUIDE):
        assert (ROOT / folder).is_dir(), folder
