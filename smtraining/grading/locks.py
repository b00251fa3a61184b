"""One autograding run at a time: two at once would grade the same work twice and wait for each other at the gradebook.

The lock is the operating system's own (https://py-filelock.readthedocs.io), so that it is gone the moment its holder ends, however that
ends: a lock that was left behind by a killed run never has to be removed. Beside it stands who holds it, for the message only.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import getpass
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from smtraining.errors import RunLocked

LOCK = ".autograde.lock"
HOLDER = ".autograde.holder.json"

PATIENCE = 3
"""Seconds in which the workers of a run that was killed notice it and end: until then they hold its lock."""


@contextlib.contextmanager
def only_run(folder: Path, what: str) -> Iterator[None]:
    """Hold the lock of a folder, made if need be, for as long as the block runs. ``what`` is being done, as in "autograding 03-privacy".

    Raises RunLocked, which says who holds it, on which machine and since when.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise RunLocked(f"{_held(folder)} Wait until it has finished, or stop it; then run the same command again.") from None
    try:
        holder = {"what": what, "who": _who(), "host": socket.gethostname(), "process": os.getpid(), "since": _now()}
        (folder / HOLDER).write_text(json.dumps(holder), encoding="utf-8")
        yield
    finally:
        (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _held(folder: Path) -> str:
    try:
        held = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        return f"{held['who']} is {held['what']} already, on {held['host']} (process {held['process']}), since {held['since']}."
    except (OSError, ValueError, KeyError, TypeError):  # it is being written just now
        return "Another run is autograding this course already."


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in some containers
        return "Somebody"


def _now() -> str:
    return dt.datetime.now().astimezone().isoformat(" ", "seconds")
