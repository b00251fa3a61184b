"""Points in time as instructors write them: with a time zone, never without.

nbgrader keeps every time in UTC and shows it so. A course lives by the clock on its own wall, and that clock is put forward and back: a
day is not always 24 hours long. Whatever is read here is a moment with a zone; where the clock leaves a choice (the hour that comes twice),
the later moment is taken, which is the one in the student's favor.
"""

from __future__ import annotations

import datetime as dt
import difflib
import zoneinfo

from smtraining.errors import GradingError

EXAMPLE = "2026-03-09 23:59"


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of this name, as in ``America/Chicago``. Raises GradingError with the nearest names if there is none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = ", ".join(difflib.get_close_matches(name, zoneinfo.available_timezones(), n=3, cutoff=0.5))
        raise GradingError(
            f"there is no time zone {name!r}. {f'Did you mean {near}?' if near else 'Write it as in America/Chicago.'}"
        ) from None


def read(text: str, usual: dt.tzinfo | None) -> dt.datetime:
    """The moment that a text names: ``2026-03-09 23:59``, with an offset (``-06:00``, ``Z``) or a zone (``America/Chicago``) behind it.

    ``usual`` is the zone of a text without one. Raises GradingError if the text is no date and time, if that time is left out when the
    clocks are put forward, or if neither the text nor ``usual`` says where the clock hangs.
    """
    head, _, last = text.strip().rpartition(" ")
    name = last if head and last[:1].isalpha() and last != "Z" else ""
    written = head.strip() if name else text.strip()
    try:
        found = dt.datetime.fromisoformat(written)
    except ValueError:
        raise GradingError(f"{text!r} is no date and time. Write it as in {EXAMPLE}, or {EXAMPLE} America/Chicago.") from None
    if len(written) <= len("2026-03-09"):
        raise GradingError(f"{text!r} has no time of day. Write it as in {EXAMPLE}.")
    if found.tzinfo is not None:
        return found
    where = zone(name) if name else usual
    if where is None:
        raise GradingError(f"{text!r} does not say in which time zone. Write it as in {EXAMPLE} America/Chicago.")
    moment = on_wall(found, where)
    if moment.astimezone(where).replace(tzinfo=None) != found:
        raise GradingError(f"{text!r} does not exist in {where}: the clocks are put forward over it. Choose another time.")
    return moment


def on_wall(wall: dt.datetime, where: dt.tzinfo) -> dt.datetime:
    """The moment (in UTC) at which a clock in ``where`` shows ``wall``; the later one if it does so twice, or skips it."""
    return max(wall.replace(tzinfo=where, fold=fold).astimezone(dt.UTC) for fold in (0, 1))


def of_gradebook(stored: dt.datetime) -> dt.datetime:
    """A time of nbgrader's gradebook, which holds UTC without saying so."""
    return stored.replace(tzinfo=dt.UTC)


def shown(moment: dt.datetime, where: dt.tzinfo) -> str:
    """A moment for a person, with its zone: ``Mon 2026-03-09 23:59 CDT (America/Chicago)``."""
    local = moment.astimezone(where)
    name = f" ({where})" if isinstance(where, zoneinfo.ZoneInfo) and str(where) != local.tzname() else ""
    seconds = ":%S" if local.second else ""
    return f"{local.strftime(f'%a %Y-%m-%d %H:%M{seconds} %Z')}{name}"
