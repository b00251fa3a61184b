"""``smtraining autograde`` of an exercise with code cells: the rows of nbgrader, and a sandbox around what students wrote."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fixtures.code_course import (
    BROKEN,
    BROKEN_POINTS,
    GOOD,
    GOOD_POINTS,
    HALF,
    HALF_POINTS,
    SECRET,
    TESTS,
    code_course,
    hand_in,
    require_sandbox,
)
from fixtures.grading_course import FULL_POINTS, NAME, OVERLAY, Course, Row, cell
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell

from smtraining import cli
from smtraining.grading import classrun, isolation
from smtraining.grading.isolation import Flag, Isolation, Limits

pytestmark = [pytest.mark.nbgrader, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]  # the warnings are nbgrader's own

Edit = Callable[[NotebookNode], None]


@pytest.fixture(autouse=True)
def content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Course:
    require_sandbox()
    return code_course(tmp_path_factory.mktemp("code") / "course")


def _twin(course: Course, root: Path) -> Course:
    shutil.copytree(course.root, root)
    twin = object.__new__(Course)
    twin.root = root
    return twin


@pytest.fixture
def course(released: Course, tmp_path: Path) -> Course:
    return _twin(released, tmp_path / "course")


QUICK = Limits(cell_seconds=2, seconds=60, memory=1024 * isolation.MEGABYTE, files=16 * isolation.MEGABYTE, output=20_000, processes=24)
"""Limits that a test meets soon."""


@dataclass
class Graded:
    """A class that was graded in one run, with honest students before and after the others."""

    course: Course
    done: classrun.Outcome

    def first(self, how: str) -> list[Any]:
        """The outputs of the student's own cell."""
        outputs: list[Any] = self.course.autograded(_name(how)).cells[2].outputs
        return outputs


def _name(how: str) -> str:
    return "m-" + how.replace(" ", "-").replace("'", "")


def _graded(released: Course, root: Path, sources: Mapping[str, str], work: Mapping[str, str], limits: Limits | None = None) -> Graded:
    course = _twin(released, root)
    for how, source in sources.items():
        hand_in(course, _name(how), work, edit=_first(source.replace("@COURSE@", str(root))))
    for honest in ("a-first", "z-last"):
        hand_in(course, honest, GOOD)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMTRAINING_OVERLAY", str(OVERLAY))
        if limits:
            patch.setattr(classrun, "_limits", lambda config, memory: limits)
        done = classrun.autograde(root, NAME, jobs=2)
    assert (done.graded, done.failed) == (len(sources) + 2, {})
    assert [_points(course, honest) for honest in ("a-first", "z-last")] == [GOOD_POINTS] * 2
    assert not {"a-first", "z-last"} & done.flags.keys()
    return Graded(course, done)


def _first(source: str) -> Edit:
    """Code of the student's own, right after the table was loaded."""
    return lambda nb: nb.cells.insert(2, new_code_cell(source))


def _points(course: Course, student: str) -> dict[str, float | None]:
    return {name: row.auto for name, row in course.rows(student).items() if name in GOOD_POINTS}


def _looks(course: Course, student: str) -> set[str]:
    return {name for name, row in course.rows(student).items() if row.look}


# --- honest work ------------------------------------------------------------------------------------------------------


def _extra(nb: NotebookNode) -> None:
    nb.cells.remove(cell(nb, "busiest-test"))
    _first("display('a'); print('b')\nimport sys; print('c', file=sys.stderr)\nposts.describe()")(nb)


def test_rows_and_outputs_on_honest_work_are_those_of_nbgrader(course: Course, tmp_path: Path) -> None:
    hand_in(course, "ada", GOOD)
    hand_in(course, "ben", HALF)
    hand_in(course, "cleo", BROKEN)
    hand_in(course, "fay", GOOD, edit=_extra)
    theirs = _twin(course, tmp_path / "theirs")
    students = ("ada", "ben", "cleo", "fay")
    done = classrun.autograde(course.root, NAME, jobs=2)
    assert (done.graded, done.failed, done.by_nbgrader, done.flags, done.notice) == (4, {}, "", {}, "")
    assert [_points(course, s) for s in students] == [GOOD_POINTS, HALF_POINTS, BROKEN_POINTS, GOOD_POINTS]
    theirs.autograde(*students)
    assert {s: course.rows(s) for s in students} == {s: theirs.rows(s) for s in students}
    for student in students:
        ours, others = course.autograded(student), theirs.autograded(student)
        assert [c.source for c in ours.cells] == [c.source for c in others.cells]
        assert [_shown(c) for c in ours.cells] == [_shown(c) for c in others.cells]


def _shown(found: NotebookNode) -> list[Any]:
    """What a cell shows, without the wording of a traceback."""
    if found.cell_type != "code":
        return []
    kept: list[Any] = [found.execution_count]
    for output in found.outputs:
        match output.output_type:
            case "error":
                kept.append((output.ename, re.sub(r"\(.*, line", "(line", output.evalue)))  # without the name of a made-up file
            case "stream":
                kept.append((output.name, output.text))
            case kind:
                kept.append((kind, {what: data for what, data in output.data.items() if "widget" not in what}))
    return kept


def test_an_exercise_without_code_cells_starts_no_process_for_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from smtraining.grading import sandbox

    monkeypatch.setattr(sandbox.Sandbox, "__init__", lambda *_: pytest.fail("a sandbox was started"))
    monkeypatch.setattr(isolation, "find", lambda *_: pytest.fail("a sandbox was looked for"))
    course = Course(tmp_path / "plain")
    course.release()
    course.submit("ada", edit=lambda nb: nb.cells.insert(0, new_code_cell("import os; os._exit(1)")))
    assert classrun.autograde(course.root, NAME).graded == 1


# --- what code may not do ---------------------------------------------------------------------------------------------


PORT = 40_000 + os.getpid() % 20_000

REFUSALS = {
    "AssertionError",
    "CalledProcessError",
    "ConnectionRefusedError",
    "FileNotFoundError",
    "OSError",
    "OperationalError",
    "PermissionError",
    "ProcessLookupError",
}

REACHES: dict[str, str] = {
    "the gradebook": "import pathlib\nopen(r'@COURSE@/grading/gradebook.db', 'rb').read()",
    "writing the gradebook": "import sqlite3\nsqlite3.connect(r'@COURSE@/grading/gradebook.db').execute('UPDATE grade SET manual_score=9')",
    "the key": f"open(r'@COURSE@/solutions/{NAME}/{NAME}.ipynb').read()",
    "another submission": f"open(r'@COURSE@/grading/submitted/a-first/{NAME}/{NAME}.ipynb').read()",
    "its own autograded folder": "open(r'@COURSE@/grading/autograded/x', 'w').write('')",
    "a home folder": "import os\nassert os.listdir('/root') == [] or os.listdir('/home')",
    "accounts of the machine": "open('/etc/passwd').read()",
    "other processes": "import os\nos.listdir('/proc')",
    "ending the template": "import os\nos.kill(os.getppid() or 2, 9)",
    "the network": f"import socket\nsocket.create_connection(('127.0.0.1', {PORT}), 1)",
    "the system's programs": "open('/usr/bin/python-of-mine', 'w')",
    "the installed package": "import smtraining\nopen(smtraining.__file__, 'a').write('x = 1')",
    "mounting": "import subprocess\nsubprocess.run(['mount', '-t', 'tmpfs', 'x', '/usr'], check=True, capture_output=True)",
}


@pytest.fixture(scope="module")
def reaching(released: Course, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    with socket.create_server(("127.0.0.1", PORT)):
        return _graded(released, tmp_path_factory.mktemp("reaching") / "course", REACHES, GOOD)


@pytest.mark.parametrize("what", REACHES)
def test_code_cannot_reach(reaching: Graded, what: str) -> None:
    found = reaching.first(what)
    assert [output.output_type for output in found] == ["error"], found
    assert found[0].ename in REFUSALS
    assert all(row.manual is None for row in reaching.course.rows(_name(what)).values())


def test_one_submission_leaves_nothing_for_the_next(course: Course) -> None:
    leave = (
        "import os, pathlib, builtins\nfor place in ('.', '/tmp', '/dev/shm', '/', '/usr/lib', os.path.expanduser('~')):\n"
        "    try: (pathlib.Path(place) / 'left.txt').write_text('x')\n    except OSError: pass\n"
        "builtins.left = 1\nimport smtraining\nsmtraining.left = 1\nif os.name == 'posix':\n"
        "    import subprocess; subprocess.Popen(['sleep', '60'])"
    )
    look = (
        "import os, pathlib, builtins, smtraining\n"
        "places = ('.', '/tmp', '/dev/shm', '/', '/usr/lib', os.path.expanduser('~'))\n"
        "found = [p for p in places if (pathlib.Path(p) / 'left.txt').exists()]\n"
        "print(found, hasattr(builtins, 'left'), hasattr(smtraining, 'left'), os.getpid())"
    )
    hand_in(course, "a-first", GOOD, edit=_first(leave))
    hand_in(course, "b-next", GOOD, edit=_first(look))
    classrun.autograde(course.root, NAME)
    assert course.autograded("b-next").cells[2].outputs[0].text == "[] False False 1\n"


def test_hidden_tests_are_not_there_before_their_turn(course: Course) -> None:
    search = (
        "import gc, os, pathlib\n"
        f"secret = '-'.join({SECRET.split('-')!r})\n"
        "print(any(isinstance(o, str) and secret in o and o != secret for o in gc.get_objects()))\n"
        "print([p for p in pathlib.Path('.').rglob('*') if p.is_file() and secret.encode() in p.read_bytes()])\n"
        "import sys\nframe = sys._getframe()\nfound = []\nwhile frame:\n"
        "    found += [k for k, v in frame.f_locals.items() if k not in ('search', 'secret') and secret in repr(v)]\n"
        "    frame = frame.f_back\n"
        "print([name for name in found if name not in ('found', 'frame')])"
    )
    hand_in(course, "mallory", GOOD, edit=_first(search))
    done = classrun.autograde(course.root, NAME)
    assert course.autograded("mallory").cells[2].outputs[0].text == "False\n[]\n[]\n"
    assert Flag.TAMPERED in done.flags["mallory"]  # looking behind the cells is seen


# --- limits -----------------------------------------------------------------------------------------------------------

MARK = f"sleep 4242.{os.getpid()}"

BOMB = f"import os as o, subprocess\nsubprocess.Popen({MARK.split()!r})\nspawn = getattr(o, 'fo' + 'rk')\n" + (
    "while True:\n    try: spawn()\n    except OSError: pass"
)

TOO_MUCH: dict[str, tuple[str, Flag, bool]] = {
    "an endless loop": ("while True: pass", Flag.TIME, True),
    "an endless loop that cannot be interrupted": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        Flag.TIME,
        False,
    ),
    "memory": ("b = bytearray(3 << 30)", Flag.MEMORY, True),
    "memory of a table": ("import numpy as np\nnp.ones(1 << 29)", Flag.MEMORY, True),
    "processes": (
        "import subprocess\nrunning = []\nfor n in range(200): running.append(subprocess.Popen(['sleep', '30']))",
        Flag.PROCESSES,
        True,
    ),
    "output": ("print('x' * 10_000_000)", Flag.OUTPUT, True),
    "a file": ("open('big', 'wb').write(b'x' * (64 << 20))", Flag.FILES, True),
    "ending its process": ("import os as o\ngetattr(o, '_ex' + 'it')(0)", Flag.ENDED, False),
    "a crash": ("__import__('c' + 'types').string_at(0)", Flag.ENDED, False),
}


@pytest.fixture(scope="module")
def greedy(released: Course, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    sources = {what: source for what, (source, _, _) in TOO_MUCH.items()} | {"a bomb of processes": BOMB}
    return _graded(released, tmp_path_factory.mktemp("greedy") / "course", sources, GOOD, QUICK)


@pytest.mark.parametrize("what", TOO_MUCH)
def test_too_much_is_stopped_and_flagged(greedy: Graded, what: str) -> None:
    """What comes after the cell runs if the process lives, and earns its points; else it waits for a person, and is not 0 or full."""
    _, flag, goes_on = TOO_MUCH[what]
    student = _name(what)
    assert greedy.done.flags[student] == (flag,)
    assert any(remark.startswith(flag.value.upper()) for remark in greedy.done.remarks[student])
    assert _points(greedy.course, student) == (GOOD_POINTS if goes_on else FULL_POINTS | dict.fromkeys(TESTS))
    assert _looks(greedy.course, student) == (set() if goes_on else set(TESTS))


def test_processes_that_were_started_end_with_the_submission(greedy: Graded) -> None:
    assert greedy.done.flags[_name("a bomb of processes")]
    for _ in range(50):
        running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        if MARK not in running:
            break
        time.sleep(0.2)
    assert MARK not in running


# --- forging the result of a test -------------------------------------------------------------------------------------

FORGERIES: dict[str, str] = {
    "assertions taken out": (
        "import ast\nclass T(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
        "shell = get_ipython(); getattr(shell, 'ast_' + 'transformers').append(T())"
    ),
    "a hook before the test": "get_ipython().events.register('pre_' + 'run_cell', lambda info: None)",
    "a comparison of pandas replaced": "import pandas.testing\npandas.testing.assert_frame_equal = lambda *a, **k: None",
    "a method of pandas replaced": "import pandas\npandas.Series.__getitem__ = lambda self, key: 30",
    "a builtin replaced": "import builtins\nbuiltins.len = lambda x: 2",
    "a builtin covered": "def len(x): return 2",
    "tracing": "import sys\ngetattr(sys, 'set' + 'trace')(lambda *a: None)",
    "the shell's own method replaced": "shell = get_ipython()\nshell.run_cell = lambda *a, **k: None",
    "a thread that goes on": "import threading, time\nthreading.Thread(target=time.sleep, args=(30,), daemon=True).start()",
    "names that reach behind the cells": "import ctypes",
    "an answer written to the channel": (
        "import os, json, struct\nfor fd in range(3, 20):\n    try:\n"
        "        m = json.dumps({'token': '', 'outputs': [], 'cut': False, 'replaced': [], 'count': 1}).encode()\n"
        "        os.write(fd, struct.pack('!I', len(m)) + m)\n    except OSError: pass"
    ),
    "nonsense written to the channel": "import os\nfor fd in range(3, 20):\n    try: os.write(fd, b'\\xff' * 64)\n    except OSError: pass",
}


@pytest.fixture(scope="module")
def forged(released: Course, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    return _graded(released, tmp_path_factory.mktemp("forged") / "course", FORGERIES, BROKEN)


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_test_waits_for_a_person(forged: Graded, how: str) -> None:
    rows = forged.course.rows(_name(how))
    assert {name: rows[name] for name in TESTS} == dict.fromkeys(TESTS, Row(None, None, 0.0, look=True))
    assert set(forged.done.flags[_name(how)]) & {Flag.TAMPERED, Flag.ENDED}


def test_edited_tests_and_tags_are_put_back(course: Course) -> None:
    def edit(nb: NotebookNode) -> None:
        for name in TESTS:
            found = cell(nb, name)
            found.source, found.metadata["tags"] = str(TESTS[name]), ["skip-execution"]

    hand_in(course, "mallory", BROKEN, edit=edit)
    classrun.autograde(course.root, NAME)
    assert _points(course, "mallory") == BROKEN_POINTS


def test_a_file_that_is_a_link_is_not_taken_along(course: Course) -> None:
    folder = hand_in(course, "mallory", GOOD, edit=_first("open('book.db', 'rb').read()"))
    (folder / "book.db").symlink_to(course.root / "grading" / "gradebook.db")
    done = classrun.autograde(course.root, NAME)
    assert "book.db is a link to another file and was not taken" in done.remarks["mallory"]
    assert course.autograded("mallory").cells[2].outputs[0].ename == "FileNotFoundError"


# --- where the machine cannot isolate ---------------------------------------------------------------------------------


def test_without_a_sandbox_limits_hold_and_the_notice_is_loud(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(isolation, "_why_not", lambda: "the program bwrap (bubblewrap) is not installed.")
    monkeypatch.setattr(classrun, "_limits", lambda config, memory: Limits(cell_seconds=2, output=20_000))
    hand_in(course, "ada", GOOD)
    hand_in(course, "greedy", GOOD, edit=_first("while True: pass"))
    hand_in(course, "hungry", GOOD, edit=_first("b = bytearray(3 << 30)"))
    monkeypatch.chdir(course.root)
    assert cli.main(["autograde", NAME, "--jobs", "1"]) == 0
    said = capsys.readouterr()
    assert "NOT ISOLATED: the program bwrap (bubblewrap) is not installed." in said.err
    assert "apt-get install bubblewrap" in said.err
    assert "greedy: TIME LIMIT" in said.out
    assert "hungry: MEMORY LIMIT" in said.out
    assert [_points(course, student) for student in ("ada", "greedy", "hungry")] == [GOOD_POINTS] * 3


def test_code_in_another_language_is_run_by_nbgrader_and_the_notice_is_loud(course: Course) -> None:
    hand_in(course, "ada", GOOD)
    with course.gradebook() as gradebook:
        notebook = gradebook.find_notebook(NAME, NAME)
        notebook.kernelspec = '{"name": "ir", "display_name": "R", "language": "R"}'
        gradebook.db.commit()
    done = classrun.autograde(course.root, NAME)
    assert done.by_nbgrader == f"the code of {NAME} is not Python"
    assert done.notice.startswith("NOT ISOLATED")
    assert list(done.failed) == ["ada"]  # there is no such kernel here


@pytest.mark.skipif(sys.platform != "linux", reason="users and namespaces of Linux")
def test_a_grader_who_is_not_root_gets_the_same_sandbox() -> None:
    """As on an instructor's own machine: no privilege is needed to make one."""
    isolation._why_not.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.geteuid", lambda: 1000)
        found = isolation.find([])
    isolation._why_not.cache_clear()
    assert found.command
    assert "--unshare-user" in found.command
    assert found.user is None
    assert isinstance(found, Isolation)
