"""When the feedback page may tell the right answers: at once, from a moment on, or when the last student's time is up.

``c.FeedbackPage.show_keys_from`` is a moment (``2026-03-10 08:00``), ``due``, ``due + 2 days``, or one of these for each assignment
(``{"03-confidentiality": …, "*": …}``). Before it the page shows the answer and the credit, and says when the rest appears.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from traitlets.config.loader import Config

from smtraining.errors import GradingError
from smtraining.grading import moments, settings
from smtraining.grading.late import Rules
from smtraining.models import Model

SECTION = "FeedbackPage"

_DUE = re.compile(r"due(?:\s*\+\s*(\d{1,3})\s*days?)?")


class PageSettings(Model):
    """The settings ``c.FeedbackPage.*``. An empty text: at once; ``lessons_url``: where JupyterLab shows the folder of the lessons."""

    show_keys_from: str | dict[str, str] = ""
    timezone: str = ""
    lessons_url: str = ""


def until(config: Config, page: PageSettings, gradebook: Any, assignment: str) -> dt.datetime | None:
    """The moment from which keys are shown; None if they always are. Raises GradingError if the setting names none: then nothing is shown.

    ``due`` is the due date or the last extension of the assignment, whichever is later: nobody gets the key while another may still work.
    """
    asked = page.show_keys_from
    text = asked if isinstance(asked, str) else asked.get(assignment, asked.get("*", ""))
    if not text.strip():
        return None
    place = settings.where(config, f"{SECTION}.show_keys_from")
    rules = Rules.of(config)
    try:
        zone = moments.zone(page.timezone) if page.timezone else rules.policy().zone if rules else None
        due = _DUE.fullmatch(text.strip().lower())
        if due is None:
            return moments.read(text, zone)
        last = _last_due(gradebook, assignment, rules)
    except GradingError as error:
        raise GradingError(f"{place}: {error}") from None
    if last is None:
        raise GradingError(f"{place} is {text!r}, and {assignment} has no due date. Set one in Formgrader, or write a date and time.")
    wall = last.astimezone(zone or dt.UTC).replace(tzinfo=None) + dt.timedelta(days=int(due[1] or 0))
    return moments.on_wall(wall, zone or dt.UTC)


def zone_of(config: Config, page: PageSettings) -> dt.tzinfo:
    """The zone in which the page writes times: its own, that of the late policy, or UTC."""
    rules = Rules.of(config)
    return moments.zone(page.timezone) if page.timezone else rules.policy().zone if rules else dt.UTC


def _last_due(gradebook: Any, assignment: str, rules: Rules | None) -> dt.datetime | None:
    entry = gradebook.find_assignment(assignment)
    if entry.duedate is None:
        return None
    granted: Mapping[tuple[str, str], Any] = rules.extensions if rules else {}
    dues: list[dt.datetime] = [
        moments.of_gradebook(entry.duedate),
        *(one.until for (_, name), one in granted.items() if name == assignment),
    ]
    dues += [moments.of_gradebook(submission.duedate) for submission in entry.submissions if submission.extension is not None]
    return max(dues)
