"""IPython without a kernel: runs the cells of one notebook in this process and keeps what each of them shows, as nbformat's outputs.

Loaded only inside the sandbox (:mod:`smtraining.grading.inside`). The shapes of the outputs are those that a notebook file has.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import threading
import traceback
from collections.abc import Iterable
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type

CUT = "\n... Output truncated ...\n"

WATCHED = ("builtins", "math", "operator", "statistics", "unittest.case", "numpy", "numpy.testing", "pandas", "pandas.testing")
"""Modules that the instructor's tests rely on. If code of a student replaces a function of one, the next test proves nothing."""

WATCHED_CLASSES = (("unittest.case", "TestCase"), ("pandas", "DataFrame"), ("pandas", "Series"), ("pandas", "Index"))


OWN_EVENTS = ("IPython", "matplotlib_inline", "ipykernel")
"""Packages that do something of their own after a cell, such as drawing its figures."""


class Outputs:
    """The outputs of the cell that runs now. Never more than ``most`` characters in all cells together: the rest is dropped."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._wipe = False
        self._displays: dict[str, list[dict[str, Any]]] = {}
        self.cut = False
        self.kept: list[dict[str, Any]] = []

    def begin(self) -> None:
        self.kept, self._wipe, self.cut = [], False, False

    def stream(self, name: str, text: str) -> None:
        text = self._afford(text)
        if not text:
            return
        self._wiped()
        if self.kept and self.kept[-1]["output_type"] == "stream" and self.kept[-1]["name"] == name:
            self.kept[-1]["text"] += text
        else:
            self.kept.append({"output_type": "stream", "name": name, "text": text})

    def show(self, output: dict[str, Any], display: str | None = None) -> None:
        size = sum(len(str(value)) for value in output.get("data", {}).values())
        if size > self._left:
            self.stream("stdout", " " * (self._left + 1))
            return
        self._left -= size
        self._wiped()
        self.kept.append(output)
        if display:
            self._displays.setdefault(display, []).append(output)

    def error(self, name: str, value: str, lines: list[str]) -> None:
        """Always kept: it decides whether a test has failed."""
        self._wiped()
        self.kept.append(
            {"output_type": "error", "ename": name[:200], "evalue": value[:2000], "traceback": [line[:4000] for line in lines[:200]]}
        )

    def update(self, display: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        for output in self._displays.get(display, ()):
            output["data"], output["metadata"] = data, metadata

    def clear(self, wait: bool) -> None:
        self._wipe = wait
        if not wait:
            self.kept = []

    def _wiped(self) -> None:
        if self._wipe:
            self.kept, self._wipe = [], False

    def _afford(self, text: str) -> str:
        if len(text) <= self._left:
            self._left -= len(text)
            return text
        if self.cut:
            return ""
        self.cut, found, self._left = True, text[: self._left], 0
        return found.rstrip(" ") + CUT


class _Stream:
    """Stands for ``sys.stdout`` or ``sys.stderr``."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, outputs: Outputs, name: str) -> None:
        self._outputs, self.name = outputs, f"<{name}>"
        self._stream = name

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.stream(self._stream, text)
        return len(text)

    def writelines(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.write(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    @property
    def closed(self) -> bool:
        return False


class _Hook(DisplayHook):
    shell: Any
    outputs: Outputs

    def write_output_prompt(self) -> None:
        """The number of the cell is in its output."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        count = self.shell.execution_count
        self.outputs.show({"output_type": "execute_result", "execution_count": count, "data": format_dict, "metadata": md_dict or {}})

    def finish_displayhook(self) -> None:
        """Nothing was printed that would need a line feed."""


class _Publisher(DisplayPublisher):
    outputs: Outputs

    def publish(
        self, data: Any, metadata: Any = None, source: Any = None, *, transient: Any = None, update: bool = False, **kwargs: Any
    ) -> None:
        display = (transient or {}).get("display_id")
        if update and display:
            self.outputs.update(display, data, metadata or {})
        else:
            self.outputs.show({"output_type": "display_data", "data": data, "metadata": metadata or {}}, display)

    def clear_output(self, wait: bool = False) -> None:
        self.outputs.clear(wait)


class CellShell(InteractiveShell):
    """Runs cells one by one. Made once in the template process; every submission runs in a copy of it."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    kept: Outputs

    def execute(self, source: str) -> None:
        """Run one cell, as a person would."""
        run: Any = self.run_cell
        run(source, store_history=True)

    def keep(self, outputs: Outputs) -> None:
        """From now on whatever is shown goes there."""
        self.kept = outputs
        for shower in (self.displayhook, self.display_pub):
            vars(shower)["outputs"] = outputs

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.kept.error(str(getattr(etype, "__name__", etype)), _words(evalue), list(stb))


def new_shell() -> CellShell:
    """The one shell of this process, without history or files of its own."""
    from traitlets.config import Config

    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    shell: CellShell = CellShell.instance(config=settings)  # what get_ipython() and display() find
    return shell


class Cells:
    """The cells of one notebook, run one after the other in a shell."""

    def __init__(self, shell: CellShell, most_output: int) -> None:
        self._shell, self._outputs = shell, Outputs(most_output)
        shell.keep(self._outputs)
        self._watched = _snapshot(shell)
        self._hooks = _hooks(shell)
        self._builtins = {name: shell.user_ns.get(name, value) for name, value in vars(builtins).items()}

    def run(self, source: str, number: int) -> dict[str, Any]:
        """Run one cell; returns its outputs, whether some were dropped, and its number as a person sees it."""
        outputs = self._outputs
        outputs.begin()
        self._shell.execution_count = number
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _Stream(outputs, "stdout"), _Stream(outputs, "stderr")
        try:
            self._shell.execute(source)
        except KeyboardInterrupt:
            outputs.error("KeyboardInterrupt", "", [])
        except BaseException as error:
            outputs.error(type(error).__name__, _words(error), traceback.format_exc().splitlines())
        finally:
            sys.stdout, sys.stderr = before
        return {"outputs": outputs.kept, "cut": outputs.cut, "count": number}

    def replaced(self) -> list[str]:
        """What code of the notebook has put in the place of something that the next test relies on."""
        found = [name for name, holder, key, value in self._watched if vars(holder).get(key) is not value]
        found += [f"how cells are run ({name})" for name, value in _hooks(self._shell).items() if self._hooks[name] != value]
        namespace = self._shell.user_ns
        found += [name for name, own in self._builtins.items() if callable(now := namespace.get(name, own)) and now is not own]
        if threading.active_count() > 1:
            found.append("a thread that goes on running")
        return found[:20]


def _snapshot(shell: CellShell) -> list[tuple[str, Any, str, Any]]:
    holders: list[tuple[str, Any]] = [(name, sys.modules[name]) for name in WATCHED if name in sys.modules]
    for module, name in WATCHED_CLASSES:
        holder = getattr(sys.modules.get(module), name, None)
        holders += [(f"{name}", base) for base in getattr(holder, "__mro__", ()) if base is not object]
    holders += [(base.__name__, base) for base in type(shell).__mro__ if base is not object]
    return [(f"{label}.{key}", holder, key, value) for label, holder in holders for key, value in vars(holder).items() if callable(value)]


def _hooks(shell: CellShell) -> dict[str, Any]:
    return {
        "transformers": (
            len(shell.ast_transformers),
            len(shell.input_transformers_post),
            len(shell.input_transformer_manager.line_transforms),
        ),
        "events": {
            name: [f for f in found if str(f.__module__).split(".")[0] not in OWN_EVENTS] for name, found in shell.events.callbacks.items()
        },
        "tracing": (sys.gettrace(), sys.getprofile()),
        "its own methods": sorted(name for name in vars(shell) if callable(getattr(type(shell), name, None))),
    }


def preload(names: Iterable[str]) -> None:
    """Import what the notebooks of the class will import; what is not there fails in the notebook, where it belongs."""
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # whatever a module raises while it loads, it raises again for the cell that asks for it
            continue


def _words(value: object) -> str:
    try:
        return str(value)
    except Exception:  # an object of the student's own may fail even at this
        return "(an error that cannot be shown)"
