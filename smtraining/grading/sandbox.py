"""Runs the cells of a submission in a sandbox, from outside: sends them one by one, takes what comes back, and keeps the time.

Nothing that comes back is believed: messages are limited in size and read as JSON, never as Python objects.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from smtraining.bank.loading import OVERLAY_VARIABLE
from smtraining.errors import CellsEnded, CellsTooLong, GradingError
from smtraining.grading.inside import receive, send
from smtraining.grading.isolation import MEGABYTE, WORK, Isolation, Limits

START_SECONDS = 120
"""For the template to load what notebooks import, on a busy machine."""

GRACE = 2.0
"""Seconds for a cell to stop after it was interrupted."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a cell has shown. ``replaced``: what code before it has put in the place of something that a test relies on."""

    outputs: Sequence[Any]
    cut: bool
    replaced: Sequence[str]
    interrupted: bool


class Sandbox:
    """A warm template process, and one copy of it at a time. Use it in a ``with`` statement. ``dead``: it has ended by itself.

    Raises GradingError if the template does not start.
    """

    def __init__(self, isolation: Isolation, limits: Limits, preload: Sequence[str]) -> None:
        self._limits = limits
        self.dead = False
        self._folder = tempfile.TemporaryDirectory(prefix="smtraining-", ignore_cleanup_errors=True)
        if isolation.user is not None and not isolation.private:
            Path(self._folder.name).chmod(0o711)
        ours, theirs = socket.socketpair()
        self._channel = ours
        command = [*isolation.command, sys.executable, "-P", "-m", "smtraining.grading.inside", str(theirs.fileno())]
        self._errors = (Path(self._folder.name) / "errors.txt").open("w+b")
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            env=_environment(WORK if isolation.private else self._folder.name),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
        )
        theirs.close()
        ours.settimeout(START_SECONDS)
        try:
            send(
                ours,
                {
                    "preload": list(preload),
                    "limits": limits.plain(),
                    "user": isolation.user,
                    "private": isolation.private,
                    "folder": WORK if isolation.private else self._folder.name,
                },
            )
            receive(ours)
        except (OSError, EOFError, ValueError) as error:
            self._errors.seek(0)
            said = self._errors.read()[-2000:].decode(errors="replace").strip() or str(error)
            self.close()
            raise GradingError(f"The process for code cells did not start: {said}") from error

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the template; bubblewrap ends everything in it."""
        self._channel.close()
        self._process.kill()
        self._process.wait()
        self._errors.close()
        self._folder.cleanup()

    @contextlib.contextmanager
    def submission(self, files: Mapping[str, bytes]) -> Iterator[Job]:
        """A fresh copy with these files in its working folder. It has ended, with all it has started, when the block is left."""
        ours, theirs = socket.socketpair()
        try:
            with ours:
                with theirs:
                    self._order("start")
                    socket.send_fds(self._channel, [b"x"], [theirs.fileno()])
                yield Job(ours, self._limits, files, lambda: self._order("interrupt"))
        finally:
            self._order("end")
            receive(self._channel)

    def _order(self, what: str) -> None:
        try:
            send(self._channel, what)
        except OSError as error:
            self.dead = True
            raise CellsEnded("the sandbox has ended") from error


class Job:
    """One submission in the sandbox."""

    def __init__(self, channel: socket.socket, limits: Limits, files: Mapping[str, bytes], interrupt: Any) -> None:
        self._channel, self._limits, self._interrupt = channel, limits, interrupt
        self._end = time.monotonic() + limits.seconds
        self._most = 4 * limits.output + 2 * MEGABYTE
        token = secrets.token_hex(16)
        channel.settimeout(START_SECONDS)
        try:
            send(channel, {"token": token, "files": {name: content.hex() for name, content in files.items()}})
            self._answer(token)
        except (OSError, EOFError, ValueError) as error:
            raise CellsEnded(f"it could not be started ({error})") from error

    def run(self, source: str, *, test: bool) -> Reply:
        """Run a cell. Raises CellsEnded if the process ended or broke the rules, CellsTooLong if it could not be stopped in time."""
        token = secrets.token_hex(16)
        patience = min(float(self._limits.cell_seconds), self._end - time.monotonic())
        if patience <= 0:
            raise CellsTooLong
        try:
            self._channel.settimeout(patience)
            send(self._channel, {"token": token, "source": source, "test": test})
            try:
                return _reply(self._answer(token), interrupted=False)
            except TimeoutError:
                self._interrupt()
                self._channel.settimeout(GRACE)
                return _reply(self._answer(token), interrupted=True)
        except TimeoutError as error:
            raise CellsTooLong from error
        except (OSError, EOFError) as error:
            raise CellsEnded("its process ended") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise CellsEnded(f"what came back is not what a cell shows ({type(error).__name__})") from error

    def _answer(self, token: str) -> dict[str, Any]:
        told = receive(self._channel, self._most)
        if not isinstance(told, dict) or told.get("token") != token:
            raise ValueError("not an answer to what was asked")
        return told


def _reply(told: dict[str, Any], *, interrupted: bool) -> Reply:
    outputs, replaced = told["outputs"], told["replaced"]
    if not isinstance(outputs, list) or not isinstance(replaced, list):
        raise TypeError
    return Reply(outputs, bool(told["cut"]), [str(name)[:100] for name in replaced[:20]], interrupted)


def _environment(home: str) -> dict[str, str]:
    """Of our own environment only what names the content; one thread for numerics, because a process is copied while it is warm."""
    kept = {OVERLAY_VARIABLE: os.environ[OVERLAY_VARIABLE]} if OVERLAY_VARIABLE in os.environ else {}
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
    path = os.pathsep.join((str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"))
    return (
        kept
        | threads
        | {
            "PATH": path,
            "HOME": home,
            "TMPDIR": home,
            "LANG": "C.UTF-8",
            "IPYTHONDIR": f"{home}/.ipython",
            "MPLCONFIGDIR": f"{home}/.matplotlib",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "NBGRADER_EXECUTION": "autograde",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
    )
