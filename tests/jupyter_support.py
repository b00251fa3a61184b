"""Start a real Jupyter server on this machine's own address, and drive its notebooks in a real browser.

The server gets empty configuration folders, so that what is tested is what a newcomer has, and a port of its own. It is ended by id.
What a learner does is done through the page (menus, mouse, keys); what a test must know for sure (has every cell run, is the file saved)
is asked of the host's own model, so that nothing waits for a fixed time.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

Host = Literal["lab", "notebook"]

ANNOUNCEMENTS = "@jupyterlab/apputils-extension:announcements"
"""The one part of JupyterLab that asks the internet for something (news, updates). `make install` turns it off, and so do the tests."""

# What the tests ask of the host's own model. `ran` counts the kernel's replies, so that "every cell has run" is known and not guessed.
ASK = """
window.ask = {
  panel: () => window.jupyterapp?.shell?.currentWidget,
  kernel: () => ask.panel()?.sessionContext?.session?.kernel,
  cells: () => [...ask.panel().content.model.cells],
  ready() {
    const panel = ask.panel();
    if (!panel?.context?.isReady || !panel.content?.model?.cells?.length) return false;
    return ask.kernel()?.status === "idle" && ask.kernel().connectionStatus === "connected";
  },
  countRuns(first) {
    window.ran = 0;
    ask.kernel().anyMessage.connect((_, { msg, direction }) => {
      if (direction === "recv" && msg.header.msg_type === "execute_reply") window.ran += 1;
    });
    return ask.cells().slice(0, first ?? undefined).filter((cell) => cell.type === "code" && cell.sharedModel.getSource().trim()).length;
  },
  drawn() {
    const outputs = ask.cells().flatMap((cell) => Array.from(cell.outputs ?? [], (_, i) => cell.outputs.get(i)));
    const pages = outputs.filter((output) => "application/vnd.jupyter.widget-view+json" in output.data);
    return document.querySelectorAll(".jp-Notebook section.smt").length === pages.length;
  },
  watchRestart() {
    window.restarted = false;
    ask.kernel().statusChanged.connect((_, status) => (window.restarted ||= status.includes("restarting")));
  },
};
"""


@dataclass(frozen=True)
class Served:
    """A Jupyter server that serves ``root`` at ``url``."""

    url: str
    root: Path
    host: Host

    def lessons(self, name: str) -> Path:
        """A learner's own copy of the lessons in the folder ``name``."""
        return course(self.root / name)

    def book(self, page: Page, path: Path) -> NotebookPage:
        """The notebook at ``path`` in a browser tab; not yet opened."""
        return NotebookPage(page, self.url, path.relative_to(self.root).as_posix(), self.host)


def course(folder: Path) -> Path:
    """A learner's own copy of the lessons, as they come, in ``folder``; returns ``folder``."""
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns("answers.smtraining.*", ".ipynb_checkpoints"))
    return folder


def environment(home: Path) -> dict[str, str]:
    """The environment of a server or an nbgrader command that sees no settings but those under ``home``."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "SMTRAINING"))}
    return kept | {
        "PATH": f"{BIN}{os.pathsep}{kept.get('PATH', '')}",
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }


@contextlib.contextmanager
def jupyter(root: Path, host: Host, home: Path, extra_env: Mapping[str, str] | None = None, config: Path | None = None) -> Iterator[Served]:
    """Serve ``root`` with JupyterLab or Notebook 7, and end the server afterwards.

    ``config`` is a configuration file to start with, for instance nbgrader's.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = home / "config" / "labconfig"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "page_config.json").write_text(json.dumps({"disabledExtensions": {ANNOUNCEMENTS: True}}))
    env = environment(home) | dict(extra_env or {})
    app = "LabApp" if host == "lab" else "JupyterNotebookApp"
    command = [
        str(BIN / "jupyter"), host, "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={root}", f"--{app}.expose_app_in_browser=True",
        *([f"--config={config}"] if config else []),
    ]  # fmt: skip
    log = (home / "server.log").open("wb")
    server = subprocess.Popen(command, cwd=root, env=env, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(480):
            if server.poll() is not None:
                raise RuntimeError(f"the Jupyter server ended at once:\n{(home / 'server.log').read_text()[-3000:]}")
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/api/status", timeout=2):
                break
            time.sleep(0.25)
        else:
            raise RuntimeError(f"the Jupyter server did not answer:\n{(home / 'server.log').read_text()[-3000:]}")
        yield Served(url, root, host)
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(15)
        log.close()


class NotebookPage:
    """One notebook, open in a browser tab, in JupyterLab or Notebook 7. ``errors`` is what the console and the page complained of."""

    def __init__(self, page: Page, url: str, path: str, host: Host) -> None:
        self.page, self.url, self.path, self.host = page, url, path, host
        self.errors: list[str] = []
        page.add_init_script(ASK)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    # -- opening and closing -------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open the notebook in a fresh workspace and wait until its kernel is idle."""
        where = f"{self.url}/lab/tree/{self.path}?reset" if self.host == "lab" else f"{self.url}/notebooks/{self.path}"
        self.page.goto(where)
        self.wait_until_ready()

    def reload(self) -> None:
        """Reload the browser page and wait until the notebook is back; its kernel goes on."""
        self.page.reload()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until the notebook is shown and its kernel is idle."""
        self.page.wait_for_function("() => window.ask?.ready()", timeout=90_000)
        expect(self.page.locator(".jp-Notebook:visible").first).to_be_visible()

    def end_kernel(self) -> None:
        """End the notebook's kernel, as closing the server does."""
        self.page.evaluate("async () => { await ask.panel().sessionContext.shutdown(); }")

    # -- what a learner chooses from the menus ---------------------------------------------------------------------------

    def menu(self, *path: str) -> None:
        """Choose from the menu bar, by the visible names."""
        self.page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{path[0]}$")).click()
        for name in path[1:]:
            self.page.locator(".lm-Menu-item", has_text=re.compile(f"^{re.escape(name)}")).first.click()

    def run_all(self) -> None:
        """Run > Run All Cells, and wait until every cell has run."""
        self.count_runs()
        self.menu("Run", "Run All Cells")
        self.wait_until_run()

    def count_runs(self, cells: int | None = None) -> None:
        """Begin to count the cells that the kernel has run, of the first ``cells``; :meth:`wait_until_run` waits for the last one."""
        self._to_run = int(self.page.evaluate("(n) => ask.countRuns(n)", cells))

    def wait_until_run(self) -> None:
        """Wait until all those code cells have run since :meth:`count_runs` and their pages are there."""
        self.page.wait_for_function("(n) => window.ran >= n && ask.ready() && ask.drawn()", arg=self._to_run, timeout=120_000)

    def save(self) -> None:
        """File > Save Notebook, and wait until the file holds what the page shows."""
        self.menu("File", "Save Notebook")
        self.wait_until_saved()

    def wait_until_saved(self) -> None:
        """Wait until nothing is unsaved."""
        self.page.wait_for_function("() => !ask.panel().context.model.dirty", timeout=30_000)

    def restart_kernel(self) -> None:
        """Kernel > Restart Kernel…, confirmed."""
        self.menu("Kernel", "Restart Kernel…")
        self.page.evaluate("() => ask.watchRestart()")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.page.wait_for_function("() => window.restarted && ask.ready()", timeout=60_000)

    def choose_theme(self, theme: Literal["light", "dark"]) -> None:
        """Settings > Theme, and wait until it is there (JupyterLab covers the page until then)."""
        self.menu("Settings", "Theme", f"JupyterLab {theme.title()}")
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", str(theme == "light").lower())
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def draw_all(self) -> None:
        """Have the browser draw what is scrolled out of sight, too.

        What is not drawn is not in the accessibility tree, and axe takes all that lies outside a frame with ``overflow: hidden`` for
        invisible: JupyterLab's body is such a frame, of height 0, so that axe would look at nothing.
        """
        self.page.evaluate(
            """() => {
              for (const page of document.querySelectorAll("section.smt")) {
                for (let node = page.parentElement; node; node = node.parentElement) {
                  node.style.contentVisibility = "visible";
                  if (/hidden|clip/.test(getComputedStyle(node).overflow)) node.style.overflow = "visible";
                }
              }
            }"""
        )
        # The page itself lays out its later questions when the browser has time, a second later at most.
        self.page.wait_for_function("() => !document.querySelector('.smt-later')")

    def clear_outputs(self) -> None:
        """Edit > Clear Outputs of All Cells."""
        self.menu("Edit", "Clear Outputs of All Cells")
        expect(self.pages()).to_have_count(0)

    # -- what a test asks ------------------------------------------------------------------------------------------------

    def sources(self) -> list[str]:
        """The text of every cell, also of those out of sight, from the host's model."""
        return list(self.page.evaluate("() => ask.cells().map((cell) => `${cell.type}: ${cell.sharedModel.getSource()}`)"))

    def metadata(self) -> dict[str, Any]:
        """The notebook's metadata under ``smtraining``, as the host holds it now ({} if there are none)."""
        found: dict[str, Any] = self.page.evaluate("() => ask.panel().content.model.getMetadata('smtraining') ?? {}")
        return found

    def ids(self) -> list[str]:
        """The ids of the cells."""
        return list(self.page.evaluate("() => ask.cells().map((cell) => cell.id)"))

    def active_cell(self) -> int:
        """The index of the cell that the host takes for the current one."""
        return int(self.page.evaluate("() => ask.panel().content.activeCellIndex"))

    def cell(self, id: str) -> Locator:
        """The cell with this id."""
        index = self.page.evaluate("(id) => ask.cells().findIndex((cell) => cell.id === id)", id)
        return self.page.locator(f'.jp-Notebook:visible .jp-Cell[data-windowed-list-index="{index}"]')

    def pages(self) -> Locator:
        """Every page (widget) of the notebook."""
        return self.page.locator("section.smt")

    def question(self, item: str) -> Locator:
        """The question with this id."""
        return self.page.locator(f'.smt-question[data-item="{item}"]')

    def vignette(self, item: str) -> Locator:
        """The case with this id."""
        return self.page.locator(f'.smt-vignette[data-item="{item}"]')
