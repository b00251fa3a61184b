"""Regenerating ``exercises/`` from ``solutions/`` with nbgrader, and proving that the two agree.

nbgrader runs in a folder of its own, because a failure makes it delete the release it was about to replace. Only a complete release is
put in the place of the old one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smtraining.authoring.course import assignments
from smtraining.errors import ContentError, Problem

CONFIG = "nbgrader_config.py"


def release(course: Path) -> list[str]:
    """Make ``exercises/`` anew from every folder of ``solutions/``; returns the names that changed.

    Raises ContentError, and leaves ``exercises/`` as it was, if nbgrader refuses one of them.
    """
    with _fresh(course) as made:
        differing = sorted({name for name, _ in _differences(made, course / "exercises")})
        for name in differing:
            _replace(course / "exercises" / name, made / name)
    return differing


def drift(course: Path) -> list[Problem]:
    """Every file in which ``exercises/`` differs from what nbgrader makes of ``solutions/`` now. Raises ContentError as release does."""
    with _fresh(course) as made:
        return [
            Problem(f"exercises/{name}/{file}".rstrip("/"), None, None, message, "Run: smtraining release")
            for name, (file, message) in _differences(made, course / "exercises")
        ]


@contextmanager
def _fresh(course: Path) -> Iterator[Path]:
    """A folder like ``exercises/``, made by nbgrader in a temporary course."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary)
        shutil.copy(course / CONFIG, copy / CONFIG)
        shutil.copytree(course / "solutions", copy / "solutions", ignore=shutil.ignore_patterns(".*"))
        for name in assignments(course):
            _generate(copy, name)
        (copy / "exercises").mkdir(exist_ok=True)
        yield copy / "exercises"


def _generate(course: Path, name: str) -> None:
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", name, "--no-db", f"--course-dir={course}"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    if done.returncode or not (course / "exercises" / name).is_dir():
        said = [line for line in done.stderr.splitlines() if "ERROR" in line or "Error" in line] or done.stderr.splitlines()[-3:]
        message = "nbgrader could not make the student copy: " + " ".join(line.replace(f"{course}/", "") for line in said)
        raise ContentError([Problem(f"solutions/{name}", None, None, message, "Mend the master notebook; exercises/ was left as it was.")])


def _differences(made: Path, released: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Assignment, and (file, what differs), for every difference."""
    names = {folder.name for root in (made, released) for folder in root.glob("[!.]*") if folder.is_dir()}
    for name in sorted(names):
        new, old = _files(made / name), _files(released / name)
        if not new:
            yield name, ("", "It stands in exercises/ and not in solutions/.")
            continue
        for file in sorted(new | old):
            if file not in old:
                yield name, (file, "It is missing.")
            elif file not in new:
                yield name, (file, "nbgrader does not make this file: somebody put it here.")
            elif new[file] != old[file]:
                yield name, (file, "It differs from what nbgrader makes of solutions/ now.")


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found if not p.relative_to(folder).as_posix().startswith(".")}


def _replace(target: Path, made: Path) -> None:
    """Put a copy of ``made`` in the place of ``target``, or only take ``target`` away if nothing was made."""
    target.parent.mkdir(exist_ok=True)
    new, old = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    if made.exists():
        shutil.copytree(made, new)
    if target.exists():
        target.rename(old)
    if new.exists():
        new.rename(target)
    shutil.rmtree(old, ignore_errors=True)
