"""Writing a file whole or not at all, and the words for when it fails."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import secrets
from pathlib import Path

from smtraining.errors import SaveError


def write_whole(path: Path, data: bytes, what: str) -> None:
    """Put ``data`` at ``path`` in one step: a reader, or a crash, meets the old file or the new one, never half of it.

    ``what`` names the thing in the message ("Your draft"). Raises SaveError; then the old file, if there was one, is untouched.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
    except OSError as error:
        raise save_error(error, path, what) from error
    with contextlib.suppress(OSError, AttributeError):  # where folders can be synced, so that the new name outlives a power cut
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_new(path: Path, data: bytes, what: str) -> None:
    """As :func:`write_whole`, but never over a file that is there: somebody may have edited it. Raises SaveError."""
    if path.exists():
        raise SaveError(
            f"{what} was not written: there is already a file {path.name}.",
            f"Choose another name, for example {free_path(path).name}, or move the old file away first.",
            f"FileExistsError [{path.name}]",
        )
    write_whole(path, data, what)


def free_path(path: Path) -> Path:
    """``path`` itself, or with the first number behind its name that is still free: ``policy (2).docx``."""
    if not path.exists():
        return path
    numbered = (path.with_name(f"{path.stem} ({number}){path.suffix}") for number in itertools.count(2))
    return next(candidate for candidate in numbered if not candidate.exists())


def save_error(error: OSError, path: Path, what: str) -> SaveError:
    """The SaveError for a failed write, with advice that fits its cause."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        message = f"{what} could not be saved: the folder is read-only, or the file is open in another program."
        advice = "Close the file where it is open, or copy the notebook to a folder of your own, and try again."
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        message = f"{what} could not be saved: the disk is full."
        advice = "Free some space, then try again."
    else:
        message = f"{what} could not be saved."
        advice = "Try again. If it happens again, choose another folder."
    return SaveError(message, f"{advice} Nothing you typed is lost while this page is open.", f"{error} [{path.name}]")
