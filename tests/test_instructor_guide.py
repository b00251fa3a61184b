"""The instructor's guide: every command line in it is one that exists, and every link in the documents leads somewhere."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from nbgrader.apps.nbgraderapp import NbGraderApp

from smtraining import cli

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "instructor-guide.md").read_text(encoding="utf-8")
AUTHORING = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PARTS = ("grading", "marking", "analysis", "autograde", "lms", "authoring", "policy-check", "privacy")

CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
ONLY_NAMED = {"smtraining: command not found", "nbgrader export"}
"""Not lines to type: a message, and a command without what it would need."""


def command_lines(program: str) -> list[str]:
    """Every command line of ``program`` in the guide, and those in fenced blocks of the other documents."""
    found = [line.strip() for block, inline in CODE.findall(GUIDE) for line in (block or inline).splitlines()]
    others = (text for path in DOCUMENTS for text in re.findall(r"```\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL))
    found += [line.split("  #")[0].strip() for text in others for line in text.splitlines()]
    return sorted({line for line in found if line.startswith(f"{program} ")} - ONLY_NAMED)


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return {
        name: sub for action in parser._actions if isinstance(action, argparse._SubParsersAction) for name, sub in action.choices.items()
    }


def test_the_guide_shows_the_whole_way() -> None:
    shown = {shlex.split(line)[1] for line in command_lines("smtraining")}
    assert {"roster", "collect", "autograde", "late", "extend", "regrade", "grades", "analyse"} <= shown
    assert {shlex.split(line)[1] for line in command_lines("nbgrader")} >= {"generate_assignment", "generate_feedback", "db"}


@pytest.mark.parametrize("line", command_lines("smtraining"))
def test_every_smtraining_line_is_understood(line: str) -> None:
    arguments = cli.parser().parse_args(shlex.split(line)[1:])
    assert callable(arguments.run)


@pytest.mark.parametrize("line", command_lines("nbgrader"))
def test_every_nbgrader_line_names_a_command_and_options_that_exist(line: str) -> None:
    app: Any = NbGraderApp
    words = shlex.split(line)[1:]
    while words and words[0] in app().subcommands:  # nbgrader fills the list when it is made
        found = app().subcommands[words.pop(0)][0]
        app = found if isinstance(found, type) else _imported(found)
    assert app is not NbGraderApp and not app().subcommands, f"no such command: {line}"
    known = {f"--{name}" for name in (*app().flags, *app().aliases)}
    assert [word for word in words if word.startswith("-") and word not in known] == []


def _imported(path: str) -> Any:
    module, name = path.rsplit(".", 1)
    return getattr(__import__(module, fromlist=[name]), name)


def test_every_make_line_names_a_target() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    lines = command_lines("make")
    assert lines
    assert [line for line in lines if line.split()[1] not in targets] == []


def test_exercises_and_notebooks_of_the_guide_exist() -> None:
    for name in set(re.findall(r"(?:solutions|exercises|notebooks)/[\w./-]+\.ipynb", GUIDE)):
        assert (ROOT / name).is_file(), name
    named = {word for line in command_lines("smtraining") for word in shlex.split(line) if re.fullmatch(r"\d\d-[a-z-]+", word)}
    assert named and all((ROOT / "solutions" / name).is_dir() for name in named)


def test_the_guide_leads_to_each_part() -> None:
    assert [part for part in PARTS if f"]({part}.md" not in GUIDE] == []
    assert "docs/instructor-guide.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def options() -> Iterator[tuple[str, str]]:
    for name, command in subparsers(cli.parser()).items():
        for action, sub in subparsers(command).items():
            yield from (
                (f"{name} {action}", option) for one in sub._actions for option in one.option_strings if option not in ("-h", "--help")
            )


@pytest.mark.parametrize(("name", "option"), list(options()))
def test_the_table_of_commands_has_the_options_of_commands_with_two_words(name: str, option: str) -> None:
    (row,) = [line for line in AUTHORING.splitlines() if line.startswith(f"| `smtraining {name}")]
    assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", row), f"{option} is not in the row of {name}"


# -- links -----------------------------------------------------------------------------------------------------------------


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors of a Markdown file's headings, as GitHub and JupyterLab's documents name them: small letters, dashes for blanks."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(next(f for f in (name, *(f"{name}-{n}" for n in range(1, 99))) if f not in found))
    return frozenset(found)


def links(path: Path) -> list[str]:
    """Links to files of the project. What stands in code is no link."""
    text = CODE.sub("", path.read_text(encoding="utf-8"))
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", target)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    lost = []
    for target in links(document):
        name, _, heading = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists() or (heading and path.suffix == ".md" and heading not in anchors(path)):
            lost.append(target)
    assert lost == []


def test_the_guide_is_full_of_links_that_were_looked_at() -> None:
    assert len(links(ROOT / "docs" / "instructor-guide.md")) >= 20
