"""Names that stand in for students: the same for a student in every report of a course, and of no use without the course's own key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

FILE = "pseudonyms.key"
"""The key, in the folder of the gradebook. Who has it and the roster can tell who is who; delete it, and nobody can."""


def key(folder: Path) -> bytes:
    """The key of the course; made on first use, readable by its owner only."""
    path = folder / FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    made = secrets.token_hex(32).encode()
    with os.fdopen(handle, "wb") as file:
        file.write(made)
    return made


def pseudonyms(students: Iterable[str], key: bytes) -> dict[str, str]:
    """Student id -> "Student K7QX2", from a keyed hash (HMAC with SHA-256). Two ids never share one: the later one gets more letters."""
    found: dict[str, str] = {}
    for student in sorted(students):
        letters = base64.b32encode(hmac.digest(key, student.encode(), hashlib.sha256)).decode()
        lengths = (length for length in range(5, len(letters)) if f"Student {letters[:length]}" not in found.values())
        found[student] = f"Student {letters[: next(lengths)]}"
    return found
