"""Late work: grace, a rate for each day, a limit, and extensions. A plugin for nbgrader's own step ``AssignLatePenalties``.

Switched on in ``nbgrader_config.py`` by ``c.AssignLatePenalties.plugin_class = "smtraining.grading.late.LatePolicy"`` (docs/grading.md).
A day is one turn of the clock on the wall in the course's time zone, from the end of the grace; so it has 23 or 25 hours when the clocks
change, and who hands in at the same time of day a day later is one day late. A day that has begun counts in full.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import AssignLatePenalties
from pydantic import Field, JsonValue, field_validator
from traitlets import Any as AnyTrait
from traitlets import List
from traitlets.config.loader import Config

from smtraining.errors import GradingError
from smtraining.grading import extensions, moments, settings
from smtraining.models import Model, Text

SECTION = "LatePolicy"

Percent = Annotated[float, Field(ge=0, le=100)]


class Policy(Model):
    """The settings ``c.LatePolicy.*``: what is taken from late work. Percentages are of the points earned, or of those to be had."""

    timezone: Text
    percent_per_day: Percent
    grace_minutes: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = 0
    percent_of: Literal["earned", "possible"] = "earned"
    max_penalty_percent: Percent = 100
    min_score_percent: Percent = 0
    extensions_file: Text = "grading/extensions.csv"
    by_assignment: dict[str, dict[str, JsonValue]] = Field(default={})

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            moments.zone(name)
        except GradingError as error:
            raise ValueError(str(error)) from None
        return name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return moments.zone(self.timezone)

    def points(self, days: int, score: float, most: float) -> float:
        """The points that so many days take from a score, of ``most`` to be had: from 0 to ``score``.

        Rounded to 2 decimals; half a hundredth is left to the student.
        """
        base = score if self.percent_of == "earned" else most
        taken = min(days * self.percent_per_day, self.max_penalty_percent) / 100 * base
        taken = max(0.0, min(taken, score - self.min_score_percent / 100 * most)) if days else 0.0
        return float(Decimal(f"{taken:.6f}").quantize(Decimal("0.01"), ROUND_HALF_DOWN))


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late something was handed in, and why it counts so: moments with a zone; ``days`` begun after the grace, 0 if in time."""

    handed_in: dt.datetime
    due: dt.datetime
    extended: bool
    days: int
    policy: Policy

    def __str__(self) -> str:
        zone = self.policy.zone
        due = f"due {moments.shown(self.due, zone)}{' by extension' if self.extended else ''}"
        said = f"Handed in {moments.shown(self.handed_in, zone)}, {due}"
        if not self.days:
            return f"{said}: {'in time' if self.handed_in <= self.due else 'within the grace'}."
        grace = f", after {self.policy.grace_minutes:g} minutes of grace" if self.policy.grace_minutes else ""
        rate = f"{self.policy.percent_per_day:g}% of the points {_OF[self.policy.percent_of]} for each day"
        limit = f", at most {self.policy.max_penalty_percent:g}%" if self.policy.max_penalty_percent < 100 else ""
        least = f"; not below {self.policy.min_score_percent:g}% of all points" if self.policy.min_score_percent else ""
        return f"{said}: {self.days} day{'' if self.days == 1 else 's'} begun{grace}. {rate}{limit}{least}."


_OF = {"earned": "earned", "possible": "to be had"}


@dataclass(frozen=True)
class Rules:
    """The policy and the extensions of a course. Made from its configuration once for a run."""

    config: Config

    @classmethod
    def of(cls, config: Config) -> Rules | None:
        """The rules of a course that has switched the policy on; else None."""
        chosen = config.AssignLatePenalties.get("plugin_class", "")
        on = chosen is LatePolicy or str(chosen) == f"{LatePolicy.__module__}.{LatePolicy.__name__}"
        return cls(config) if on else None

    @cached_property
    def _policies(self) -> dict[str | None, Policy]:
        """The usual policy, and that of each assignment that has its own."""
        usual = settings.read(self.config, SECTION, Policy)
        found: dict[str | None, Policy] = {None: usual}
        for name, changes in usual.by_assignment.items():
            odd = [key for key in changes if key not in _MAY_DIFFER]
            if odd:
                where = settings.where(self.config, f"{SECTION}.by_assignment")
                raise GradingError(f"{where}[{name!r}] has {odd[0]!r}. An assignment may have its own {', '.join(_MAY_DIFFER)}.")
            found[name] = settings.read(self.config, SECTION, Policy, changes, f"by_assignment[{name!r}]")
        return found

    @cached_property
    def extensions(self) -> Mapping[tuple[str, str], extensions.Extension]:
        return extensions.read(self.extensions_file, self.policy().zone)

    @property
    def extensions_file(self) -> Path:
        return settings.root(self.config) / self.policy().extensions_file

    def policy(self, assignment: str | None = None) -> Policy:
        """The policy of an assignment. Raises GradingError that names the line of the configuration which cannot be used."""
        return self._policies.get(assignment, self._policies[None])

    def check(self) -> None:
        """Raise GradingError if the settings or the table of extensions cannot be used."""
        for name in self._policies:
            self.policy(name)
        len(self.extensions)

    def lateness(self, student: str, assignment: str, handed_in: dt.datetime, due: dt.datetime) -> Lateness:
        """Moments with a zone. ``due``: what nbgrader holds for due; an extension counts if it is later."""
        policy = self.policy(assignment)
        granted = self.extensions.get((student, assignment))
        extended = granted is not None and granted.until > due
        until = granted.until if granted is not None and extended else due
        grace = dt.timedelta(minutes=policy.grace_minutes)
        return Lateness(handed_in, until, extended, days_after(handed_in, until + grace, policy.zone), policy)


_MAY_DIFFER = ("percent_per_day", "grace_minutes", "percent_of", "max_penalty_percent", "min_score_percent")


def days_after(moment: dt.datetime, end: dt.datetime, zone: dt.tzinfo) -> int:
    """How many days, as a clock in ``zone`` counts them, have begun after ``end``; 0 up to and with ``end`` itself."""
    if moment <= end:
        return 0
    wall = end.astimezone(zone).replace(tzinfo=None)
    days = max(1, (moment - end).days - 1)
    while moment > moments.on_wall(wall + dt.timedelta(days=days), zone):
        days += 1
    return days


class LatePolicy(BasePlugin):  # type: ignore[misc]
    """What nbgrader's ``AssignLatePenalties`` asks for the penalty of late work."""

    timezone = AnyTrait(help="the clock by which days are counted, as in America/Chicago").tag(config=True)
    percent_per_day = AnyTrait(help="percent taken for each day begun").tag(config=True)
    grace_minutes = AnyTrait(help="so many minutes late is not late (default: 0)").tag(config=True)
    percent_of = AnyTrait(help="percent of the points 'earned' (default) or 'possible'").tag(config=True)
    max_penalty_percent = AnyTrait(help="never more is taken than this (default: 100)").tag(config=True)
    min_score_percent = AnyTrait(help="late work does not fall below this part of all points, if it was above (default: 0)").tag(
        config=True
    )
    extensions_file = AnyTrait(help="table of extensions, from the folder of the course (default: grading/extensions.csv)").tag(config=True)
    by_assignment = AnyTrait(help="{assignment: {setting: value}} where an assignment differs").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rules = Rules(self.config)
        self.rules.check()

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """Points to take away; None if it counts as in time. Raises GradingError if nbgrader's step does not say which assignment it is."""
        step = self.parent
        assignment, notebook = str(getattr(step, "assignment_id", "")), str(getattr(step, "notebook_id", ""))
        if not assignment or not notebook:
            raise GradingError("LatePolicy works within nbgrader's AssignLatePenalties only: it has to know which assignment this is.")
        submission = step.gradebook.find_submission(assignment, student_id)
        lateness = of(self.rules, submission, student_id, assignment)
        if lateness is None or not lateness.days:
            return None
        most = float(step.gradebook.find_notebook(notebook, assignment).max_score)
        self.log.info("%s: %s", student_id, lateness)
        return lateness.policy.points(lateness.days, float(score), most)


class PenaltiesOfToday(AssignLatePenalties):  # type: ignore[misc]
    """nbgrader's step once more, in front of the feedback: what was marked by hand has changed the score since autograding."""

    display_data_priority = List(["text/html", "text/plain"]).tag(config=True)  # nbconvert's HTML exporter sets it on every step


def of(rules: Rules, submission: Any, student: str, assignment: str) -> Lateness | None:
    """The lateness of nbgrader's ``SubmittedAssignment``; None if it has no time or the assignment no due date."""
    if submission.timestamp is None or submission.assignment.duedate is None:
        return None
    return rules.lateness(student, assignment, moments.of_gradebook(submission.timestamp), moments.of_gradebook(submission.duedate))


def penalize(step: AssignLatePenalties, gradebook: Any, submission: Any, notebook: Any) -> None:
    """Set the penalty of nbgrader's ``SubmittedNotebook`` as its step does, without opening the gradebook anew or committing.

    ``step`` has made its plugin (``init_plugin``). Doing it again changes nothing, unless the score, the times or the policy have changed.
    """
    notebook.late_submission_penalty = None
    if submission.timestamp is None or submission.assignment.duedate is None or submission.total_seconds_late <= 0:
        return
    step.gradebook, step.assignment_id, step.notebook_id = gradebook, submission.assignment.name, notebook.name
    penalty = step.plugin_inst.late_submission_penalty(submission.student_id, notebook.score, submission.total_seconds_late)
    if penalty is not None:
        notebook.late_submission_penalty = step._check_late_penalty(notebook, penalty)
