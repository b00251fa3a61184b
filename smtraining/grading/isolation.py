"""What code of a student may reach and use while it is graded, and how this machine can keep it there.

Two ways: in a sandbox made by bubblewrap (https://github.com/containers/bubblewrap), or, where there is none, with limits alone. The second
is never silent (:attr:`Isolation.notice`). docs/decisions/0016 tells why, docs/autograde.md what each keeps out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from smtraining.bank.loading import PACKAGE, overlay_folders

MEGABYTE = 1024 * 1024

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/fonts")
"""What programs need of the system, all of it read-only. Nothing of the rest of /etc, and no /home, /root, /var, /proc or /sys."""

WORK = "/handed-in"
"""Where a submission's files are, inside. Empty and private for each submission, as are the other PRIVATE folders."""

PRIVATE = (WORK, "/dev/shm", "/tmp")

USERS_FROM = 64_000
"""Numbers of users that nobody has, for a grader who is root: student code runs as one of them (Debian policy 9.2.2 leaves them free)."""


class Flag(StrEnum):
    """What an instructor should know about the run of a submission's code."""

    TIME = "time limit"
    MEMORY = "memory limit"
    PROCESSES = "process limit"
    OUTPUT = "output limit"
    FILES = "file limit"
    ENDED = "ended its process"
    TAMPERED = "tampered with"


@dataclass(frozen=True, slots=True)
class Limits:
    """For the code of one submission: seconds for a cell and for all cells, bytes of memory, of files and of output, and processes."""

    cell_seconds: int = 30
    seconds: int = 300
    memory: int = 2048 * MEGABYTE
    files: int = 256 * MEGABYTE
    output: int = 4 * MEGABYTE
    processes: int = 64

    def plain(self) -> dict[str, int]:
        """For a message."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Isolation:
    """How student code is kept in. ``command`` goes before the program; empty: limits alone, and ``notice`` says what that means.

    ``user``: the number of the user as whom it runs, or None: as the person who grades. ``private``: the folders it can write to.
    """

    command: tuple[str, ...] = ()
    user: int | None = None
    private: tuple[str, ...] = ()
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """How the code of an assignment is run. Plain data, so that it can be sent to another process."""

    isolation: Isolation
    limits: Limits
    preload: tuple[str, ...]


def find(secrets: Iterable[Path]) -> Isolation:
    """The strongest isolation that works here. ``secrets`` are folders that must not be seen, should they lie within a folder that is."""
    user = USERS_FROM + os.getpid() % 1000 if os.geteuid() == 0 else None
    why = _why_not()
    if why and not _public(Path(sys.prefix), Path(sys.base_prefix)):
        user = None  # it could not load this Python's own modules
    if not why:
        view, private = _view([folder.resolve() for folder in secrets])
        return Isolation((*_start(), *view, "--"), user, private)
    return Isolation(
        user=user,
        notice=f"NOT ISOLATED: {why} Code of students runs with limits on time, memory and output only. It can read what "
        f"{'everybody on this machine' if user else 'you'} can read, perhaps the gradebook and other submissions, and use the network. "
        "Install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap) or grade in a container.",
    )


@cache
def _why_not() -> str:
    """Why bubblewrap cannot be used, or an empty text. Tried, not guessed: containers and systems forbid different parts of it."""
    if shutil.which("bwrap") is None:
        return "the program bwrap (bubblewrap) is not installed."
    command = [*_start(), *_view([])[0], "--", sys.executable, "-S", "-c", _TRY]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={})
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bwrap does not work here ({error})."
    return "" if tried.returncode == 0 else f"bwrap does not work here ({(tried.stderr.strip().splitlines() or ['no reason given'])[-1]})."


_TRY = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
ok = libc.unshare(0x28020000) == 0 and libc.mount(b"none", b"/", None, 0x44000, None) == 0
ok = ok and libc.mount(b"tmpfs", b"/handed-in", b"tmpfs", 6, b"size=1m") == 0
raise SystemExit(0 if ok else f"namespaces: {os.strerror(ctypes.get_errno())}")
"""


def _start() -> tuple[str, ...]:
    """New namespaces, nothing of the environment, and only the privileges that the template needs to make namespaces for a submission.

    A grader who is not root has none to give: then these privileges are those of a user namespace, worth nothing outside of it.
    """
    begin = ("bwrap", "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
    if os.geteuid() == 0:
        kept = [word for name in ("SYS_ADMIN", "SETUID", "SETGID", "KILL") for word in ("--cap-add", f"CAP_{name}")]
        return (*begin, "--cap-drop", "ALL", *kept)
    return (*begin, "--unshare-user", "--disable-userns", "--cap-add", "CAP_SYS_ADMIN")


def _view(secrets: Sequence[Path]) -> tuple[list[str], tuple[str, ...]]:
    """The files that are there, all read-only (the system's, this Python's, this package and its content), and the private folders."""
    seen = [path for path in _python() if not any(path.is_relative_to(secret) for secret in secrets)]
    private = tuple(place for place in PRIVATE if not any(path.is_relative_to(place) for path in seen))
    words = ["--dev", "/dev"]
    for place in private:
        words += ["--tmpfs", place]
    for name in SYSTEM:
        path = Path(name)
        if path.is_symlink() and path.parent == Path("/"):
            words += ["--symlink", str(path.readlink()), name]
        elif path.exists():
            words += ["--ro-bind", name, name]
    there = [*seen, *(Path(place) for place in private)]
    above = {parent for path in seen for parent in path.parents[:-1] if not any(parent.is_relative_to(other) for other in there)}
    for parent in sorted(above - {Path(name) for name in SYSTEM}):
        words += ["--perms", "0755", "--dir", str(parent)]  # as they are outside, they might let nobody through
    for path in seen:
        words += ["--ro-bind", str(path), str(path)]
    for secret in secrets:
        if secret.is_dir() and any(secret.is_relative_to(path) for path in (*seen, Path("/usr"))):
            words += ["--tmpfs", str(secret), "--remount-ro", str(secret)]
    return [*words, "--remount-ro", "/"], private


def _python() -> list[Path]:
    """Folders that this Python runs from, shortest first. Of a working copy of this package only the package is shown."""
    package = PACKAGE.parent
    found = {Path(name).resolve() for name in (sys.prefix, sys.base_prefix, sys.exec_prefix)} | {package}
    found |= {
        Path(name).resolve() for name in sys.path if name and Path(name).is_dir() and Path(name).name in ("site-packages", "dist-packages")
    }
    found |= {folder.expanduser().resolve() for folder in overlay_folders()}
    return sorted((path for path in found if path.is_dir() and path != Path("/")), key=lambda path: len(path.parts))


def _public(*folders: Path) -> bool:
    """Whether everybody on this machine may look into the folders."""
    return all(place.stat().st_mode & 0o001 for folder in folders for place in (folder.resolve(), *folder.resolve().parents))
