"""What a cell of an exercise calls: ``check``, ``check_policy`` and ``hand_in`` for the learner, ``grade``, ``grade_policy`` and ``rubric``
for the grader.

A released notebook keeps only the first three; the others stand in the hidden region. Our own graders
(:mod:`smtraining.grading.preprocessors`) read them from the source and never run them. Plain nbgrader runs the cell instead; then these
functions give the same points from the same scorer.

Importing this module loads neither widgets nor IPython, pandas or nbgrader.
"""

from __future__ import annotations

import datetime as dt
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smtraining import bank as banks
from smtraining.errors import GradingError
from smtraining.grading import answers as found
from smtraining.grading.cells import GradeCall, Part, PolicyCall, grade_call, policy_call, rubric_call
from smtraining.grading.handin import hand_in
from smtraining.grading.policyparts import TITLES, account
from smtraining.grading.scoring import score

__all__ = ["check", "check_policy", "grade", "grade_policy", "hand_in", "rubric"]


def check(item_id: str) -> None:
    """Tell the learner whether an answer to the item is recorded in this folder. Never says whether it is right, and never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answers = found.in_folder(Path.cwd(), banks.load())
        print(_told(str(item_id), answers))
    except Exception:  # a learner can do nothing about a defect here, and the grading does not depend on it
        print(f"{item_id}: this check could not look for your answer. Your answers are safe; the page above shows what is saved.")


def check_policy(part: str) -> None:
    """Tell the learner what is there, and what is not, in one part of the policy that this folder hands in. Never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            handed = found.in_folder(Path.cwd(), banks.load()).policy
            done = account(Part(part), handed, banks.load())
        lines = [f"{TITLES[Part(part)]}: {done.score.summary}"]
        lines += [f"Please look: {handed.trouble}"] if handed.trouble else []
        lines += [f"- {line.label}: {line.why}" for line in done.lines if not line.counts]
        print("\n".join(textwrap.fill(line, 88, subsequent_indent="  ", break_on_hyphens=False) for line in lines))
    except Exception:  # a learner can do nothing about a defect here, and the grading does not depend on it
        print(f"{part}: this check could not look at your policy. Your drafts are safe.")


def grade(item_id: str, *, points: float, key: Mapping[str, Any], feedback: Mapping[str, str], rationale: str) -> float:
    """The points that the answer in the current folder earns: a float in [0, points], for nbgrader's partial credit.

    No answer earns 0.0. Raises GradingError, which nbgrader marks 0, if the saved answer cannot be read or the arguments do not fit
    the question.
    """
    where = f"grade({item_id!r})"
    return _points(grade_call(item_id, where, points=points, key=dict(key), feedback=dict(feedback), rationale=rationale))


def grade_policy(item_id: str, *, part: str, points: float) -> float:
    """The points that a part of the policy in the current folder earns: a float in [0, points], for nbgrader's partial credit.

    No policy earns 0.0. Raises GradingError, which nbgrader marks 0, if the draft that was meant cannot be read, or the arguments are no
    part of a policy and its points.
    """
    return _points(policy_call(item_id, f"grade_policy({item_id!r})", part=part, points=points))


def rubric(task_id: str, *, criteria: Sequence[Mapping[str, Any]], model_answer: str) -> float:
    """0.0: the rubric is for the person who marks the written task. Raises GradingError if it is not a rubric."""
    rubric_call(task_id, f"rubric({task_id!r})", criteria=list(criteria), model_answer=model_answer)
    return 0.0


def _points(call: GradeCall | PolicyCall) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader takes any word on stderr for a failure
        result = score(call, found.in_folder(Path.cwd(), banks.load()), banks.load(), call.points)
    if result.trouble and not result.earned:
        raise GradingError(f"{call.item}: {result.trouble}")
    return float(result.earned)


def _told(item: str, answers: found.Answers) -> str:
    if any(task.id == item for exercise in banks.load().exercises.values() for task in exercise.written):
        return f"{item}: you write this one in its own cell above, and your instructor reads it."
    taken = answers.items.get(item)
    if taken is None and item in answers.spoiled:
        return f"{item}: your answer is recorded in a form that cannot be read. Please choose it again in the page above."
    if taken is None:
        return f"{item}: not answered yet."
    saved = ""
    if taken.time:
        when = dt.datetime.strptime(taken.time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC).astimezone()
        today = when.date() == dt.datetime.now().astimezone().date()
        saved = f", saved {when:%H:%M}" if today else f", saved {when:%Y-%m-%d %H:%M}"
    return f"{item}: answered{saved}. Your instructor's copy marks it."
