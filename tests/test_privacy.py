"""Nothing leaves the computer: a lesson runs in JupyterLab while every way out of the machine is shut, and nobody even tries the door.

The browser may ask this machine only. In the server and in the kernel every look-up of a name and every connection goes through Python's
audit hooks, which refuse and note down all that is not this machine (docs/privacy.md).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from journeys import ALL_RIGHT, Keyboard, Mouse, Player, give_all
from jupyter_support import Served, jupyter
from playwright.sync_api import Page, Route, WebSocketRoute

pytest_plugins = ["browser_support", "jupyter_fixtures"]
pytestmark = pytest.mark.browser

HERE = ("127.0.0.1", "localhost", "::1")

# Put on the path of the server and, through it, of the kernel; Python imports it before anything else.
GUARD = """
import os, sys

LOG = os.environ["GUARD_LOG"]
HERE = ("127.0.0.1", "localhost", "::1", "0.0.0.0", "", None)

def note(line):
    with open(LOG, "a") as file:
        file.write(line + "\\n")

def guard(event, args):
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # a path: a socket of this machine
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = args[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in HERE:
        note(f"TRIED {event} {host} in {sys.argv}")
        raise PermissionError(f"{event} to {host}: this test shuts the network")

sys.addaudithook(guard)
note(f"GUARDED {os.getpid()} {sys.argv[:2]} {sys.orig_argv[1:4]}")
"""


@dataclass(frozen=True)
class Guarded:
    """A JupyterLab that cannot reach the network; ``tried`` lists what it tried all the same."""

    lab: Served
    log: Path
    env: dict[str, str]

    def lines(self, word: str) -> list[str]:
        return [line for line in self.log.read_text(encoding="utf-8").splitlines() if line.startswith(word)]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    for name in ("guard", "course"):
        (folder / name).mkdir()
    (folder / "guard" / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(folder / "guard"), os.environ.get("PYTHONPATH")]))
    env = {"PYTHONPATH": path, "GUARD_LOG": str(folder / "guard.log")}
    with jupyter(folder / "course", "lab", folder / "home", extra_env=env) as lab:
        yield Guarded(lab, folder / "guard.log", env)


def shut(page: Page) -> list[str]:
    """Let the page ask this machine only; returns the list of all else that it will have asked for."""
    asked: list[str] = []

    def request(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.hostname in HERE or address.scheme in ("blob", "data"):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    def socket(route: WebSocketRoute) -> None:
        if urlsplit(route.url).hostname in HERE:
            route.connect_to_server()
        else:
            asked.append(route.url)
            route.close()

    page.context.route("**/*", request)
    page.context.route_web_socket("**/*", socket)
    return asked


def test_a_lesson_runs_without_a_single_attempt_to_reach_the_network(guarded: Guarded, tab: Callable[[], Page]) -> None:
    folder = guarded.lab.lessons("learner")
    page = tab()
    asked = shut(page)
    errors = []
    for name in ("00-start-here.ipynb", "03-confidentiality.ipynb"):
        book = guarded.lab.book(page, folder / name)
        book.open()
        book.run_all()
        if name.startswith("00"):
            give_all(book, Mouse(), ALL_RIGHT)
            Player(book, Keyboard(page), "m00-v-kitchen").first_answer("private")
        book.save()
        errors += book.errors
        book.end_kernel()
    assert asked == []
    assert guarded.lines("TRIED") == []
    assert errors == []
    # The guard stood in the server and in the kernels.
    assert any("jupyter" in line for line in guarded.lines("GUARDED"))
    assert sum("ipykernel_launcher" in line for line in guarded.lines("GUARDED")) == 2


def test_the_guards_notice_an_attempt(guarded: Guarded, tab: Callable[[], Page], tmp_path: Path) -> None:
    log = tmp_path / "guard.log"
    call = "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=1)"
    env = {**os.environ, **guarded.env, "GUARD_LOG": str(log)}
    done = subprocess.run([sys.executable, "-c", call], env=env, capture_output=True, text=True, check=False)
    assert "this test shuts the network" in done.stderr
    assert "TRIED socket." in log.read_text(encoding="utf-8")

    page = tab()
    asked = shut(page)
    page.goto(f"{guarded.lab.url}/login")
    page.evaluate("async () => { new WebSocket('ws://192.0.2.1/live'); await fetch('http://192.0.2.1/news').catch(() => {}); }")
    assert sorted(asked) == ["http://192.0.2.1/news", "ws://192.0.2.1/live"]
