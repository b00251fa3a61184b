"""The content as one JSON file: what an installed package reads, without PyYAML.

It is made from the YAML files, carries their digest, and is never edited: see ``hatch_build.py`` and :func:`smtraining.bank.load`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import ValidationError

from smtraining.bank.contentfile import LISTS, ContentFile
from smtraining.bank.store import Bank
from smtraining.errors import ContentError, Problem
from smtraining.models import Model

VERSION = 1
NAME = "compiled.json"


class Compiled(Model):
    """The file: its version, the digest of the YAML files it was made from, and the content."""

    version: Literal[1]
    digest: str
    content: ContentFile


def digest(folder: Path, files: Iterable[Path]) -> str:
    """The SHA-256 of names and bytes of the files, as hex. Raises OSError."""
    total = hashlib.sha256()
    for path in files:
        body = path.read_bytes()
        total.update(f"{path.relative_to(folder).as_posix()}\0{len(body)}\0".encode())
        total.update(body)
    return total.hexdigest()


def write(target: Path, digest: str, content: Mapping[str, list[Any]]) -> None:
    """Write the file, at once or not at all. ``content`` is the validated entries as they stand in the YAML. Raises OSError."""
    text = json.dumps({"version": VERSION, "digest": digest, "content": content}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def read(path: Path) -> Compiled | None:
    """What the file holds; None if there is none, or it was made for other models than these."""
    try:
        return Compiled.model_validate_json(path.read_bytes(), strict=True)
    except (OSError, ValidationError):
        return None


def missing(path: Path) -> ContentError:
    """The error of an installed package without a compiled file that can be read."""
    message = "The package's content is missing, damaged, or of another version."
    return ContentError([Problem(str(path), None, None, message, "Install the package smtraining again.")])


def bank(content: ContentFile) -> Bank:
    """The bank of a compiled file. Nothing is checked again: it was when the file was made."""
    return Bank(**{name: MappingProxyType({entry.id: entry for entry in getattr(content, name)}) for name in LISTS})
