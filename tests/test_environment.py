"""environment.yml offers the same packages, in the same ranges, as pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
WANTED_EXTRAS = ("lab", "instructor")
TEST_TOOLS = {"pytest", "nbval"}


def _split(requirement: str) -> tuple[str, str]:
    name, bounds = re.fullmatch(r"([A-Za-z0-9_.-]+)\s*(.*)", requirement).groups()  # type: ignore[union-attr]
    return name.lower(), bounds.replace(" ", "")


def _from_pyproject() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(r for e in WANTED_EXTRAS for r in extras[e])]
    wanted += [r for r in extras["dev"] if _split(r)[0] in TEST_TOOLS]
    return dict(_split(r) for r in wanted if not r.startswith("smtraining["))


def _from_environment() -> dict[str, str]:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    return dict(_split(e) for e in entries if isinstance(e, str))


def test_the_two_lists_of_packages_are_the_same() -> None:
    conda = _from_environment()
    assert conda.pop("pip") == ""
    assert conda.pop("python") == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert conda == _from_pyproject()


def test_conda_installs_this_checkout_itself_and_names_one_channel() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge"]
    assert {"pip": ["--editable ."]} in environment["dependencies"]
