"""What the name of an uploaded file tells: who, which attempt, when, and whether the LMS calls it late.

Each LMS names the files of a bulk download in its own way; what each rule rests on is listed in docs/lms.md.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from smtraining.errors import ExchangeError


@dataclass(frozen=True, slots=True)
class Named:
    """What is known from the name. Of ``id``, ``lms_user_id`` and ``name`` those that are known are not "".

    ``time`` has no time zone; ``order`` counts attempts where the name holds a rising number; ``original`` is the student's own file name.
    """

    original: str
    id: str = ""
    lms_user_id: str = ""
    name: str = ""
    time: dt.datetime | None = None
    order: int = 0
    late: bool = False


_MONTHS = {"janfebmaraprmayjunjulaugsepoctnovdec"[3 * number : 3 * number + 3]: number + 1 for number in range(12)}

PATTERNS: Mapping[str, re.Pattern[str]] = {
    "blackboard": re.compile(r"(?:.*/)?[^/]*?_(?P<id>[^_/]+)_attempt_(?P<stamp>\d{4}(?:-\d\d){5})_(?P<original>[^/]+)"),
    "moodle": re.compile(r"(?:.*/)?(?P<name>[^/_]+)_\d+_assignsubmission_file_?/(?:.*/)?(?P<original>[^/]+)"),
    "moodle-flat": re.compile(r"(?:.*/)?(?P<name>[^/_]+)_\d+_assignsubmission_file_(?P<original>[^/]+)"),
    "brightspace": re.compile(
        r"(?:.*/)?\d+-\d+ - (?P<name>[^/]+?) - (?P<when>[^/]*?\d{4},? \d{1,4} ?[AP]M)(?:/(?:.*/)?| - )(?P<original>[^/]+)"
    ),
    "canvas": re.compile(r"(?:.*/)?(?P<name>\w+?)(?P<late>_LATE)?_(?P<lms_user_id>\d+)_(?P<order>\d+)_(?P<original>[^/]+)"),
    "folder": re.compile(r"(?:.*/)?(?P<id>[^/]+)/(?P<original>[^/]+)"),
    "file": re.compile(r"(?P<id>[^/]+?)(?P<original>\.ipynb)"),
}
"""Tried in this order. "folder" and "file": a folder or a file named with the student's id."""

_GROUPS = ("id", "lms_user_id", "name", "late", "order", "stamp", "when", "original")


def patterns(wanted: str) -> dict[str, re.Pattern[str]]:
    """The patterns to try: all of them for "auto", one by its name, or a regular expression of the instructor's own.

    Raises ExchangeError for an expression that is none, or names no student.
    """
    if wanted == "auto":
        return dict(PATTERNS)
    named = {name: pattern for name, pattern in PATTERNS.items() if name.partition("-")[0] == wanted}
    if named:
        return named
    allowed = ", ".join(name for name in PATTERNS if "-" not in name)
    try:
        own = re.compile(wanted)
    except re.error as error:
        raise ExchangeError(f"--pattern {wanted!r} is no regular expression ({error}). Give one, or: auto, {allowed}.") from None
    groups = set(own.groupindex)
    if not groups & {"id", "lms_user_id", "name"} or groups - set(_GROUPS):
        raise ExchangeError(
            f"--pattern {wanted!r} must name the student: (?P<id>…), (?P<lms_user_id>…) or (?P<name>…). "
            f"It may also name {', '.join(_GROUPS[3:])}. Or give one of: auto, {allowed}."
        )
    return {"own": own}


def named(path: str, pattern: re.Pattern[str]) -> Named | None:
    """What ``path`` (with / between folders) tells under this pattern, or None if it does not fit."""
    found = pattern.fullmatch(path)
    if not found:
        return None
    parts = {name: value or "" for name, value in found.groupdict().items()}
    stamp, when = parts.get("stamp", ""), parts.get("when", "")
    order = parts.get("order", "")
    return Named(
        original=parts.get("original") or PurePosixPath(path).name,
        id=parts.get("id", ""),
        lms_user_id=parts.get("lms_user_id", ""),
        name=parts.get("name", ""),
        time=_stamp(stamp) if stamp else _when(when) if when else None,
        order=int(order) if order.isdecimal() and len(order) < 30 else 0,
        late=bool(parts.get("late")),
    )


def repeat(original: str) -> tuple[str, int]:
    """A file name without ending and without what was added to tell copies apart ("-1", " (2)"), and that number (0 if none)."""
    stem = PurePosixPath(original).stem
    found = re.fullmatch(r"(?P<stem>.+?)(?:-(?P<a>\d{1,3})| ?\((?P<b>\d{1,3})\))", stem)
    return (found["stem"], int(found["a"] or found["b"])) if found else (stem, 0)


# -- private ---------------------------------------------------------------------------------------------------------


def _stamp(text: str) -> dt.datetime | None:
    """2026-03-01-10-02-03"""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        return None


def _when(text: str) -> dt.datetime | None:
    """Mar 1, 2026 1002 AM (or 1 March, 2026 1002 AM): months are read in English, whatever the machine's language."""
    found = re.search(r"(?P<day>\d{1,2})\b.*?(?P<year>\d{4}),? (?P<hour>\d{0,2}?)(?P<minute>\d\d) ?(?P<half>[AP])M$", text)
    month = next((_MONTHS[word[:3].casefold()] for word in re.findall(r"[A-Za-z]{3,}", text) if word[:3].casefold() in _MONTHS), None)
    if not found or not month or not found["hour"]:
        return None
    hour = int(found["hour"]) % 12 + (12 if found["half"] == "P" else 0)
    try:
        return dt.datetime(int(found["year"]), month, int(found["day"]), hour, int(found["minute"]))
    except ValueError:
        return None
