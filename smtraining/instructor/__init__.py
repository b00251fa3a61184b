"""What an instructor's notebook calls. Never part of a lesson: it needs nbgrader, and it reads rubrics and student work."""

from __future__ import annotations

import getpass
from pathlib import Path

from smtraining.errors import GradingError
from smtraining.widgets.marking import MarkingPage

__all__ = ["marking"]

ABOUT = "The marking page is shown while its notebook runs: choose Run > Run All Cells. Nothing about students is kept in the notebook."
STATIC = (f"<p>{ABOUT.replace('>', '&gt;')}</p>", ABOUT)


def marking(assignment: str, marker: str | None = None) -> MarkingPage:
    """A page to mark the written work of an assignment against its rubric, for instance ``marking("03-confidentiality")``.

    ``marker`` is the name your marks are kept under (default: the name you are logged in with). Two people who mark the same work need two
    names. Raises GradingError if the name cannot be used or there is nothing to mark, UnknownId for an assignment that does not exist.
    """
    try:
        from smtraining.instructor.session import Session
    except ImportError:
        raise GradingError("nbgrader is not installed. Run: pip install 'smtraining[instructor]'") from None
    from smtraining.grading.desk import Desk, course_of

    session = Session(Desk(course_of(Path.cwd()), assignment, _marker(marker, assignment)))
    return MarkingPage({"schema": 1, "title": session.title}, session.reply, STATIC)


def _marker(name: str | None, assignment: str) -> str:
    if name is None:
        try:
            name = getpass.getuser()
        except (OSError, KeyError, ImportError):
            raise GradingError(f'This machine does not say who you are. Say it: marking("{assignment}", marker="kim").') from None
    name = name.strip()
    if not 1 <= len(name) <= 40 or not name.isprintable():
        raise GradingError("A marker's name has 1 to 40 letters, digits or signs on one line.")
    return name
