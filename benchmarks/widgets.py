"""Thirty single-choice questions in a real JupyterLab: our page, composed ipywidgets, and jupyterquiz.

Imports are done in a first cell. Measured is the second: from the run command until every option of every question has a place on the
page, the bytes on the kernel's websocket in that time, and the comms that were opened.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from browser_support import FLAGS
from ensure_browser import find
from jupyter_support import NotebookPage, jupyter
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import WebSocket, sync_playwright

QUESTIONS, OPTIONS = 30, 4

STEM = "Question {n}: a parent you work with comments on your holiday picture. What do you do first?"
CHOICE = "Option {o} of question {n}: talk with your supervisor before you answer"

OURS = ("import smtraining as smt; smt.progress()", 'smt.quiz("bench-30")', '.smt input[type="radio"]')
COMPOSED = (
    "import ipywidgets as w",
    f"""
def question(n):
    choices = w.RadioButtons(options=[{CHOICE!r}.format(n=n, o=o) for o in range({OPTIONS})], value=None)
    check, told = w.Button(description="Check my answer"), w.HTML()
    check.on_click(lambda _: setattr(told, "value", "Another answer is stronger here."))
    return w.VBox([w.HTML({STEM!r}.format(n=n)), choices, check, told])
w.VBox([question(n) for n in range({QUESTIONS})])
""",
    '.jupyter-widgets input[type="radio"]',
)
JUPYTERQUIZ = (
    f"""
from jupyterquiz import display_quiz
questions = [{{"question": {STEM!r}.format(n=n), "type": "multiple_choice", "answers": [
    {{"answer": {CHOICE!r}.format(n=n, o=o), "correct": o == 1, "feedback": "Another answer is stronger here."}}
    for o in range({OPTIONS})]}} for n in range({QUESTIONS})]
""",
    "display_quiz(questions)",
    ".MCButton",
)
PEERS = {"ours": OURS, "composed": COMPOSED, "jupyterquiz": JUPYTERQUIZ}

SETTLED = """
() => {
  const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells];
  return cells[0].executionCount > 0 && window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === "idle";
}
"""

RUN_AND_WAIT = """
async ([selector, wanted]) => {
  const app = window.jupyterapp, start = performance.now();
  app.commands.execute("notebook:run-cell");
  for (;;) {
    const found = document.querySelectorAll(".jp-OutputArea " + selector);
    if (found.length >= wanted && found[found.length - 1].closest("label, div").getBoundingClientRect().height > 0) break;
    if (performance.now() - start > 60000) return -1;
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - start;
}
"""


@dataclass
class Traffic:
    """What went over the notebook's websockets while it was counting."""

    counting: bool = False
    bytes: int = 0
    comm_open: int = 0
    sockets: list[WebSocket] = field(default_factory=list)

    def watch(self, socket: WebSocket) -> None:
        self.sockets.append(socket)
        socket.on("framereceived", self._frame)
        socket.on("framesent", self._frame)

    def _frame(self, payload: str | bytes) -> None:
        if self.counting:
            data = payload.encode() if isinstance(payload, str) else payload
            self.bytes += len(data)
            self.comm_open += data.count(b'"comm_open"')


def measure(rounds: int = 5) -> dict[str, float]:
    """Medians over the rounds, the peers in turns within each round, each in a browser context and a kernel of its own."""
    times: dict[str, list[float]] = {name: [] for name in PEERS}
    traffic: dict[str, Traffic] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "course"
        root.mkdir()
        overlay = Path(folder) / "overlay"
        _write_course(root, overlay)
        env = {"SMTRAINING_OVERLAY": str(overlay)}
        with jupyter(root, "lab", Path(folder) / "home", env) as served, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
            for _ in range(rounds):
                for name, (_, _, selector) in PEERS.items():
                    context = browser.new_context(viewport={"width": 1200, "height": 900})
                    page = context.new_page()
                    seen = Traffic()
                    page.on("websocket", seen.watch)
                    notebook = NotebookPage(page, served.url, f"{name}.ipynb", "lab")
                    notebook.open()
                    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-cell-and-select-next')")
                    page.wait_for_function(SETTLED)
                    page.wait_for_timeout(2500)
                    seen.counting = True
                    took = page.evaluate(RUN_AND_WAIT, [selector, QUESTIONS * OPTIONS])
                    if took < 0:
                        raise RuntimeError(f"{name}: the {QUESTIONS} questions did not appear within a minute")
                    page.wait_for_timeout(1500)
                    times[name].append(took)
                    traffic[name] = seen
                    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
                    context.close()
            browser.close()
    median = {name: statistics.median(found) for name, found in times.items()}
    result = {f"widgets_{name}_ms": round(value, 1) for name, value in median.items()}
    result |= {f"widgets_{name}_ws_bytes": seen.bytes for name, seen in traffic.items()}
    result |= {f"widgets_{name}_comm_open": seen.comm_open for name, seen in traffic.items()}
    return result | {
        "widgets_questions": QUESTIONS,
        "widgets_comm_open": traffic["ours"].comm_open,
        "widgets_composed_over_ours": round(median["composed"] / median["ours"], 2),
        "widgets_jupyterquiz_over_ours": round(median["jupyterquiz"] / median["ours"], 2),
    }


def _write_course(root: Path, overlay: Path) -> None:
    for name, (setup, show, _) in PEERS.items():
        cells = [new_code_cell(setup.strip()), new_code_cell(show.strip())]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
        nbformat.write(new_notebook(cells=cells, metadata=kernel), root / f"{name}.ipynb")
    questions = [
        {
            "id": f"bench-q{n}",
            "kind": "single",
            "stem": STEM.format(n=n),
            "rationale": "Made for measuring.",
            "concerns": ["confidentiality"],
            "epas": [1],
            "sources": ["nasw-1.07r"],
            "options": [
                {"id": f"o{o}", "text": CHOICE.format(n=n, o=o), "correct": o == 1, "feedback": "Another answer is stronger here."}
                for o in range(OPTIONS)
            ],
        }
        for n in range(QUESTIONS)
    ]
    quiz = {"id": "bench-30", "module": "m03", "title": "Thirty questions", "questions": [q["id"] for q in questions]}
    overlay.mkdir()
    (overlay / "bench.yaml").write_text(json.dumps({"questions": questions, "quizzes": [quiz]}), encoding="utf-8")
