"""The record of answers beside the notebook: one append-only file for a folder.

Each change is one line, written in one call under a lock, flushed to the disk before :meth:`Store.put` returns. Nothing in the file is ever
changed: a damaged file, or one from a newer version, is set aside under another name (its readable answers are carried over) and a
notice says so. Two notebooks, tabs or kernels may write the same file: each put first reads what others have added.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from smtraining.errors import SaveError
from smtraining.responses.record import SCHEMA, Answer, Parsed, merge, newest, parse_lines

try:
    import fcntl
except ImportError:  # Windows and the browser: there a whole-line append is the only protection
    fcntl = None  # type: ignore[assignment]

FILE_NAME = "answers.smtraining.jsonl"


def now() -> str:
    """The present time in UTC, to the second, in the form that records hold."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """The answers of the notebooks of one folder.

    ``answers`` maps item ids to their newest answer, ``seed`` drives the shuffles, ``notices`` are sentences for the learner (a file
    that was set aside). Reading never raises; a folder that cannot be read counts as empty. Writing raises SaveError.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self.answers: dict[str, Answer] = {}
        self.seed = secrets.token_hex(4)
        self.notices: list[str] = []
        self._seen: tuple[int, int] | None = None
        self._set_aside_pending = False
        self.refresh()

    def refresh(self) -> None:
        """Read what is in the file now, if it has changed; answers already known are kept where they are newer."""
        stamp = self._stamp()
        if stamp is None or stamp == self._seen:
            return
        parsed = self._read()
        if parsed is None:
            return
        self._seen = stamp
        if parsed.seed:
            self.seed = parsed.seed
        self.answers = merge(self.answers, parsed.answers)
        if parsed.problems:
            self._damaged(parsed)

    def put(self, item: str, value: Any, *, done: bool) -> Answer:
        """Write one answer and return it. The value None clears the answer.

        Raises SaveError if it could not be written; then nothing has changed and the caller still holds the value.
        """
        with self._locked():
            self.refresh()
            before = self.answers.get(item)
            checks = (before.checks if before else 0) + (1 if done and not (before and before.done and before.value == value) else 0)
            answer = Answer(item, (before.revision if before else 0) + 1, now(), value, done, checks)
            self._append([answer])
        return answer

    def adopt(self, found: Mapping[str, Answer]) -> list[Answer]:
        """Take over answers from another copy (the notebook's metadata) where they are newer. Returns those taken.

        Raises SaveError if they could not be written.
        """
        with self._locked():
            self.refresh()
            fresh = [a for item, a in found.items() if item not in self.answers or newest(self.answers[item], a) != self.answers[item]]
            if fresh:
                self._append(fresh)
        return fresh

    def adopt_seed(self, seed: str) -> None:
        """Use the seed of another copy, as long as this folder has no answers of its own yet."""
        if not self.answers and not self.path.exists():
            self.seed = seed

    def as_mapping(self) -> dict[str, Any]:
        """Everything, in the form of ``metadata.smtraining``."""
        return {"schema": SCHEMA, "seed": self.seed, "answers": {item: a.to_record() for item, a in sorted(self.answers.items())}}

    # -- private -------------------------------------------------------------------------------------------------------

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None

    def _read(self) -> Parsed | None:
        try:
            return parse_lines(self.path.read_bytes())
        except OSError:
            return None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock, so that revisions of two kernels do not collide. Raises SaveError if the file cannot be opened."""
        if fcntl is None:
            yield
            return
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise _save_error(error, self.path) from error
        try:
            with contextlib.suppress(OSError):  # a file system without locks: go on, the append itself is one write
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _append(self, answers: list[Answer]) -> None:
        if self._set_aside_pending:
            self._set_aside()
        lines = [a.to_line() for a in answers]
        try:
            with self.path.open("ab") as file:
                start = file.seek(0, os.SEEK_END)
                if start == 0:
                    lines.insert(0, json.dumps({"smtraining": "answers", "schema": SCHEMA, "seed": self.seed}))
                data = ("\n".join(lines) + "\n").encode("utf-8")
                try:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    with contextlib.suppress(OSError):
                        file.truncate(start)
                    raise
        except OSError as error:
            raise _save_error(error, self.path) from error
        self.answers = merge(self.answers, {a.item: a for a in answers})
        self._seen = self._stamp()

    def _damaged(self, parsed: Parsed) -> None:
        self._set_aside_pending = True
        why = (
            "was written by a newer version of smtraining"
            if parsed.newer_schema
            else f"is damaged in {len(parsed.problems)} place{'s' if len(parsed.problems) != 1 else ''} ({parsed.problems[0]})"
        )
        notice = (
            f"The record of your answers ({self.path.name}) {why}. It is kept as it is: before your next answer is written, it is "
            "set aside under another name in the same folder, and a new record goes on with every answer that could be read."
        )
        if notice not in self.notices:
            self.notices.append(notice)

    def _set_aside(self) -> None:
        """Rename the file that could not be read whole, and begin a new one with what could be read.

        Called under the lock. It looks once more: what seemed cut short may have been another kernel in mid-write.
        """
        self._set_aside_pending = False
        parsed = self._read()
        if parsed is not None and not parsed.problems:
            self.notices.clear()
            return
        self._set_aside_pending = True
        stamp = now().replace("-", "").replace(":", "")
        target = self.path.with_name(f"{FILE_NAME}.set-aside-{stamp}-{secrets.token_hex(2)}")
        try:
            self.path.rename(target)
        except OSError as error:
            raise _save_error(error, self.path) from error
        self._set_aside_pending = False
        self.notices.append(f"The earlier record is now in {target.name}.")
        if self.answers:
            kept, self.answers = list(self.answers.values()), {}
            try:
                self._append(kept)
            except SaveError:
                self.answers = {a.item: a for a in kept}
                raise


def _save_error(error: OSError, path: Path) -> SaveError:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        message = "Your answer could not be saved: this folder is read-only."
        advice = (
            "Copy the notebook to a folder of your own, open it there and answer again. Nothing you typed is lost while this page is open."
        )
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        message = "Your answer could not be saved: the disk is full."
        advice = "Free some space, then choose Try again. Nothing you typed is lost while this page is open."
    else:
        message = "Your answer could not be saved."
        advice = "Choose Try again. If it happens again, use Download my answers and tell your instructor."
    return SaveError(message, advice, f"{type(error).__name__}: {error.strerror or error} [{path.name}]")
