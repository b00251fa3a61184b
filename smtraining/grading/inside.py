"""The program inside the sandbox: a template process that is warm, and one short-lived copy of it for each submission.

Started by :mod:`smtraining.grading.sandbox`; knows no key, no gradebook and no path of the course. The template never runs code of a
student. For each submission it makes a helper, which makes the copy: in process, mount and message namespaces of its own (where the
sandbox allows that), with empty folders to write to, with limits, and without any privilege. The copy gets the cells one by one over a
socket, so that a test is not there to be read before its turn. When the copy ends, everything it has started ends with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

HEAD = struct.Struct("!I")
"""The length of a message, before each message. A message is JSON."""

MAX_MESSAGE = 256 * 1024 * 1024

NEW_MOUNTS, NEW_MESSAGES, NEW_PROCESSES = 0x00020000, 0x08000000, 0x20000000
NO_SUID, NO_DEVICES, RECURSIVE, PRIVATE = 2, 4, 0x4000, 0x40000
CAPABILITIES_V3 = 0x20080522


def send(channel: socket.socket, message: object) -> None:
    """Send one message."""
    data = json.dumps(message).encode()
    channel.sendall(HEAD.pack(len(data)) + data)


def receive(channel: socket.socket, most: int = MAX_MESSAGE) -> Any:
    """Receive one message. Raises EOFError at the end of the channel and ValueError if the message is too long or not JSON."""
    (length,) = HEAD.unpack(_exactly(channel, HEAD.size))
    if length > most:
        raise ValueError(f"a message of {length:,} bytes; at most {most:,} are taken")
    return json.loads(_exactly(channel, length))


def _exactly(channel: socket.socket, count: int) -> bytes:
    parts = []
    while count:
        part = channel.recv(min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def main(arguments: list[str]) -> None:
    """The template: warms up, says so, and makes a copy of itself for each submission until the channel closes."""
    channel = socket.socket(fileno=int(arguments[0]))
    settings = receive(channel)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from smtraining.grading import cellshell

    cellshell.preload(settings["preload"])
    shell = cellshell.new_shell()
    shell.execute("pass")
    _warm_bank()
    send(channel, "ready")
    helper = 0
    while True:
        try:
            order = receive(channel)
        except (EOFError, OSError):
            break
        if order == "start":
            _, (fd,), _, _ = socket.recv_fds(channel, 1, 1)
            helper = os.fork()
            if helper == 0:
                channel.close()
                _helper(socket.socket(fileno=fd), settings, shell)
            os.close(fd)
        elif order == "interrupt":
            _signal(helper, signal.SIGUSR1)
        elif order == "end":
            _signal(helper, signal.SIGTERM)
            _, status = os.waitpid(helper, 0)
            send(channel, os.waitstatus_to_exitcode(status))


def _warm_bank() -> None:
    """The content of the course, read once for all copies; a course without it fails in its own cells."""
    from smtraining import bank

    with contextlib.suppress(Exception):
        bank.load()


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


# -- the helper ------------------------------------------------------------------------------------------------------


def _helper(job: socket.socket, settings: dict[str, Any], shell: Any) -> None:
    """Makes the copy and waits for it; ends it, and what it has started, when the template says so."""
    copy = 0

    def interrupt(*_: object) -> None:
        if copy:
            _signal(copy, signal.SIGINT)

    def end(*_: object) -> None:
        if copy:
            _signal(copy, signal.SIGKILL)  # the first process of its namespace: all others in it end with it
            if not settings["private"]:
                _signal(-copy, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(copy, 0)
        os._exit(0)

    signal.signal(signal.SIGUSR1, interrupt)
    signal.signal(signal.SIGTERM, end)
    folder = settings["folder"]
    if settings["private"]:
        _checked(_libc().unshare(NEW_MOUNTS | NEW_MESSAGES | NEW_PROCESSES), "unshare")
    else:
        folder = tempfile.mkdtemp(dir=folder)
    copy = os.fork()
    if copy == 0:
        try:
            _copy(job, settings, shell, folder)
        finally:
            os._exit(1)
    job.close()
    while True:
        signal.pause()


# -- the copy --------------------------------------------------------------------------------------------------------


def _copy(job: socket.socket, settings: dict[str, Any], shell: Any, folder: str) -> None:
    """Runs the cells of one submission."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if not settings["private"]:
        os.setsid()
    limits = settings["limits"]
    _shut(settings, limits, folder)
    os.chdir(folder)
    os.environ.update(HOME=folder, TMPDIR=folder)
    tempfile.tempdir = None
    sys.path.insert(0, "")
    _new_chance()
    first = receive(job)
    for name, content in first["files"].items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes.fromhex(content))
    from smtraining.grading.cellshell import Cells

    cells = Cells(shell, limits["output"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    number = 0
    send(job, {"token": first["token"]})
    while True:
        try:
            order = receive(job)
            number += 1
            replaced = cells.replaced() if order["test"] else []
            told = cells.run(order["source"], number)
            send(job, {"token": order["token"], "replaced": replaced, **told})
        except KeyboardInterrupt:  # it came a moment too late for the cell
            continue
        except EOFError:
            os._exit(0)


def _shut(settings: dict[str, Any], limits: dict[str, int], folder: str) -> None:
    if settings["private"]:
        libc = _libc()
        _checked(libc.mount(b"none", b"/", None, RECURSIVE | PRIVATE, None), "mount")
        for place in settings["private"]:
            options = f"size={limits['files']},mode=1777".encode()
            _checked(libc.mount(b"tmpfs", place.encode(), b"tmpfs", NO_SUID | NO_DEVICES, options), "mount")
    if settings["user"] is not None:
        if not settings["private"]:
            os.chown(folder, settings["user"], settings["user"])
        os.setgroups([])
        os.setresgid(*[settings["user"]] * 3)
        os.setresuid(*[settings["user"]] * 3)
    if settings["private"]:
        _without_privileges()
    _limit(resource.RLIMIT_AS, limits["memory"])
    _limit(resource.RLIMIT_FSIZE, limits["files"])
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 256)
    _limit(resource.RLIMIT_CPU, limits["seconds"])
    _limit(resource.RLIMIT_NPROC, limits["processes"] + (0 if settings["private"] else _running()))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a file that grows too large is an error in the cell


def _running() -> int:
    """How many processes and threads this user has: without a sandbox, the limit counts all of them."""
    tasks = Path("/proc").glob("[0-9]*/task/[0-9]*")
    return sum(1 for _ in tasks)


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _without_privileges() -> None:
    head = (ctypes.c_uint32 * 2)(CAPABILITIES_V3, 0)
    _checked(_libc().capset(ctypes.byref(head), ctypes.byref((ctypes.c_uint32 * 6)())), "capset")


def _new_chance() -> None:
    """Random numbers differ from copy to copy, as they would from kernel to kernel."""
    import random

    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main(sys.argv[1:])
