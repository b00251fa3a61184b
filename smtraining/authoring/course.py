"""Where the course is: the folder that holds ``notebooks/``, ``solutions/`` and ``exercises/``."""

from __future__ import annotations

from pathlib import Path

from smtraining.bank import PACKAGE


def root() -> Path:
    """The nearest folder, from here upward, that holds ``notebooks/``; else the working copy this package runs from; else here."""
    here = Path.cwd()
    candidates = [here, *here.parents, PACKAGE.parent.parent]
    return next((folder for folder in candidates if (folder / "notebooks").is_dir()), here)


def lessons(course: Path) -> list[Path]:
    """The lesson notebooks, in order. Copies that Jupyter keeps in hidden folders are not among them."""
    return sorted((course / "notebooks").glob("*.ipynb"))


def assignments(course: Path) -> list[str]:
    """The names of the folders below ``solutions/`` that hold a notebook: the graded exercises."""
    return sorted(folder.name for folder in (course / "solutions").glob("[!.]*") if any(folder.glob("*.ipynb")))
