"""What the feedback page says beyond single scores: how late it was, when right answers appear, what to read again, the level reached.

Used by :class:`~smtraining.grading.feedback.FeedbackView`, which makes one for each page.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import Config

from smtraining.bank import Bank
from smtraining.bank.marks import inline_html, plain, prose_html
from smtraining.errors import RecordError
from smtraining.grading import late, moments, review, settings, view, withhold
from smtraining.grading.breakdown import Breakdown, breakdown, marks_file
from smtraining.grading.cells import RubricCall
from smtraining.grading.pieces import Given, credit, number, page, text
from smtraining.grading.rubrics import CENT
from smtraining.grading.scoring import QuestionResult

LESSONS = "notebooks"
"""The folder of the lessons, in the folder of the course."""


@dataclass
class FeedbackPage:
    """One page of feedback: the course's settings, one student's submission (nbgrader's, of an open gradebook), and what was told of it."""

    config: Config
    gradebook: Any
    submission: Any
    bank: Bank
    now: dt.datetime
    again: dict[review.Section, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.assignment = str(self.submission.assignment.name)
        self.settings = settings.read(self.config, withhold.SECTION, withhold.PageSettings)
        self.zone = withhold.zone_of(self.config, self.settings)
        until = withhold.until(self.config, self.settings, self.gradebook, self.assignment)
        self.until = until if until is not None and self.now < until else None
        exercise = self.bank.exercises.get(self.assignment)
        lessons = settings.root(self.config) / LESSONS
        self.lesson: Sequence[review.Section] = review.sections(lessons, exercise.module, self.bank) if exercise else ()

    def question(self, result: QuestionResult, given: Given, artifact: str, sources: Sequence[Mapping[str, Any]]) -> str:
        """The account of a graded question; its key and reasons only if it is time."""
        found = review.of_question(result.question, self.lesson) if given.points < result.points - CENT else ()
        for section in found:
            self.again.setdefault(section, []).append(result.call.item)
        told = view.learner(result, given, artifact, sources) if self.until is None else self._credit_only(result, given, artifact)
        return told + _again(found, self.settings.lessons_url)

    def rubric(self, call: RubricCall, title: str, grade: Any) -> str:
        """The criteria of a written task, with the levels that were reached; ``grade``: nbgrader's row of the answer, if there is one."""
        if self.until is not None:
            later = f"<p>The criteria and the levels appear {self._when()}.</p>"
            return page([f"<h3>{inline_html(title)}: how it is marked</h3>", later])
        found = self._breakdown(call.task) if grade is not None and grade.manual_score is not None else None
        if found is None or abs(found.score - float(grade.manual_score)) > CENT:
            return view.criteria(call, title)
        return _marked(found, title)

    def top(self) -> str:
        """What stands above everything else; empty if there is nothing to say."""
        parts = [self._late(), f"<p>The right answers and the reasons appear {self._when()}.</p>" if self.until else "", self._review()]
        return page(parts) if any(parts) else ""

    # -- private -------------------------------------------------------------------------------------------------------

    def _when(self) -> str:
        assert self.until is not None
        return f"on {text(moments.shown(self.until, self.zone))}; ask for this page again then"

    def _credit_only(self, result: QuestionResult, given: Given, artifact: str) -> str:
        """Neither a choice's feedback nor the reason of the credit: which answers are right could be read off it."""
        lines = view.said(result.question, result.taken.value if result.taken else None)
        tag = "ol" if result.question.kind in view.ORDERED else "ul"
        answer = f"<{tag}>{''.join(f'<li>{inline_html(line)}</li>' for line in lines)}</{tag}>" if lines else "<p>None.</p>"
        rule = inline_html(result.score.rule)
        hand = " Your instructor set this score by hand." if given.by_hand else ""
        trouble = f'<p class="smt-look">{text(result.trouble)} Please speak with your instructor.</p>' if result.trouble else ""
        return page(
            [
                prose_html(result.question.context) if result.question.context else "",
                f"<h3>{inline_html(result.question.stem)}</h3>",
                f"<details><summary>What it is about</summary>{artifact}</details>" if artifact else "",
                f"<h4>Your answer</h4>{answer}",
                f'<p class="smt-credit"><strong>{text(credit(given.points, result.points))}.</strong> {rule}{hand}</p>',
                trouble,
            ]
        )

    def _breakdown(self, task: str) -> Breakdown | None:
        directory = CourseDirectory(config=self.config)
        file = marks_file(directory.db_url, Path(directory.root) / directory.autograded_directory)
        try:
            return breakdown(file, self.assignment, task, str(self.submission.student_id))
        except RecordError:
            return None  # the marking page says so to the instructor; the page for the student has the score and the criteria

    def _late(self) -> str:
        rules = late.Rules.of(self.config)
        found = late.of(rules, self.submission, str(self.submission.student_id), self.assignment) if rules else None
        return f'<p class="smt-look"><strong>Late.</strong> {text(found)}</p>' if found and found.days else ""

    def _review(self) -> str:
        if not self.again:
            return ""
        order = [section for section in self.lesson if section in self.again]
        rows = "".join(f"<li>{_link(section, self.settings.lessons_url)} {self._for(self.again[section])}</li>" for section in order)
        return f"<h2>What to read again</h2><ul>{rows}</ul>"

    def _for(self, items: Sequence[str]) -> str:
        stems = (plain(self.bank.question(item).stem) for item in items)
        return (
            "(for "
            + ", ".join(f'<a href="#{html.escape(item)}">{text(_short(stem))}</a>' for item, stem in zip(items, stems, strict=True))
            + ")"
        )


def _again(found: Sequence[review.Section], base: str) -> str:
    if not found:
        return ""
    return page([f"<p><strong>To read again:</strong> {'; '.join(_link(section, base) for section in found)}</p>"])


def _link(section: review.Section, base: str) -> str:
    """The words by which it is found; with the address of the lessons, as a link."""
    name = f"“{text(section.title)}”"
    linked = f'<a href="{html.escape(section.url(base))}" rel="noreferrer">{name}</a>' if base else name
    return f"{linked} in {text(section.lesson)} ({text(section.file)})"


def _marked(found: Breakdown, title: str) -> str:
    """The rubric that was in force, with the level of each criterion marked in words and weight."""
    rows = []
    for criterion in found.rubric.criteria:
        reached = found.levels.get(criterion.id)
        levels = "".join(
            f'<p class="smt-reached"><strong>✓ Your level: {number(level.points)}. {inline_html(level.text)}</strong></p>'
            if place == reached
            else f"<p>{number(level.points)}. {inline_html(level.text)}</p>"
            for place, level in enumerate(criterion.levels)
        )
        points = number(criterion.levels[reached].points) if reached is not None else "–"
        rows.append(
            f'<tr><th scope="row">{inline_html(criterion.title)}</th><td>{points} of {number(criterion.best)}</td><td>{levels}</td></tr>'
        )
    head = '<th scope="col">Criterion</th><th scope="col">Points</th><th scope="col">Levels, with their points</th>'
    total = f'<p class="smt-credit"><strong>{text(credit(found.score, found.rubric.points))}.</strong></p>'
    table = f"<table><caption>Rubric, with your level marked</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return page([f"<h3>{inline_html(title)}: how it was marked</h3>", total, table])


def _short(stem: str) -> str:
    return stem if len(stem) <= 60 else f"{stem[:57].rstrip()} …"
