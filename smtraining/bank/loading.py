"""The bank that the package uses: its own content, with overlay folders laid over it, read as quickly as can be."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from smtraining.bank import compiled
from smtraining.bank.store import Bank
from smtraining.errors import ContentError, Problem

PACKAGE = Path(__file__).resolve().parent.parent / "content"
"""The folder of the package's content: YAML files in a working copy, one compiled file in an installed package."""

OVERLAY_VARIABLE = "SMTRAINING_OVERLAY"
"""Environment variable with overlay folders, separated as in PATH."""

Stamp = tuple[tuple[str, int, int], ...]


def load(overlays: tuple[Path, ...] = ()) -> Bank:
    """The package's content with the overlays laid over it, and over those the folders in ``SMTRAINING_OVERLAY``.

    An overlay adds items, or replaces items by id. The bank is kept and read again only when a file has changed, so that an author sees
    an edit by running the cell again. Raises ContentError with every problem found.
    """
    folders = tuple(folder.expanduser().resolve() for folder in (*overlays, *overlay_folders()))
    return _load(folders, tuple(_stamp(folder) for folder in (PACKAGE, *folders)))


def build() -> Path:
    """Make the compiled file from the package's YAML files, as a wheel ships it; returns its path. Raises ContentError and OSError."""
    target = PACKAGE / compiled.NAME
    digest = compiled.digest(PACKAGE, content_files(PACKAGE))
    compiled.write(target, digest, _read([], [])[1])
    return target


def overlay_folders() -> tuple[Path, ...]:
    """The overlay folders that the environment names."""
    return tuple(Path(part) for part in os.environ.get(OVERLAY_VARIABLE, "").split(os.pathsep) if part)


def read(*folders: Path | str, overlays: Iterable[Path | str] = ()) -> Bank:
    """The content of the folders (the package's own if none is named), always from the sources and always checked.

    Ids are unique over the folders; an overlay adds items or replaces items by id. Raises ContentError with every problem found.
    """
    return _read([Path(folder) for folder in folders], [Path(folder) for folder in overlays])[0]


def content_files(folder: Path) -> list[Path]:
    """The YAML files below a folder in a stable order, without hidden folders (editors and Jupyter keep copies there)."""
    found = [*folder.rglob("*.yaml"), *folder.rglob("*.yml")]
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _stamp(folder: Path) -> Stamp:
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path in content_files(folder) if (stat := path.stat()))


@lru_cache(maxsize=4)
def _load(folders: tuple[Path, ...], stamps: tuple[Stamp, ...]) -> Bank:
    if folders:
        return _read([], folders)[0]
    files = content_files(PACKAGE)
    digest = compiled.digest(PACKAGE, files)
    target = PACKAGE / compiled.NAME
    made = compiled.read(target)
    if made and (made.digest == digest or not files):
        return compiled.bank(made.content)
    if not files:
        raise compiled.missing(target)
    bank, content = _read([], [])
    with contextlib.suppress(OSError):  # a read-only installation reads the YAML every time
        compiled.write(target, digest, content)
    return bank


def _read(folders: Sequence[Path], overlays: Sequence[Path]) -> tuple[Bank, dict[str, list[Any]]]:
    """The checked bank, and its entries as they were written."""
    try:
        from smtraining.bank import reading  # here, because a learner's environment may not have PyYAML
    except ModuleNotFoundError as error:
        if error.name != "yaml":
            raise
        message = "To read this, the package PyYAML is needed, and it is not installed."
        where = str(next(iter((*folders, *overlays)), PACKAGE))
        raise ContentError([Problem(where, None, None, message, "Run: pip install pyyaml")]) from None
    in_sources = folders or content_files(PACKAGE)
    gathered = reading.gather(folders or [PACKAGE]) if in_sources else reading.from_compiled(PACKAGE / compiled.NAME)
    for overlay in overlays:
        gathered = reading.overlaid(gathered, reading.gather([overlay]))
    return reading.assemble(gathered), gathered.content()
