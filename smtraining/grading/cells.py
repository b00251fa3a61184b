"""What a grading cell says, read without running it.

A grading cell is a locked, graded code cell that imports from ``smtraining.grading``. Its last statement is one call of ``grade(...)``,
``grade_policy(...)`` or ``rubric(...)`` with literal arguments, so that the key can be read from the source: nothing of the cell is ever
executed by our graders. Every other statement must be an import from ``smtraining.grading``, a ``check(...)`` or a ``check_policy(...)``,
because it would silently be left out.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from pydantic import Field, JsonValue, ValidationError

from smtraining.errors import GradingError
from smtraining.models import Id, Model, Text

M = TypeVar("M", bound=Model)

MODULE = "smtraining.grading"

Points = Annotated[float, Field(gt=0, le=100, strict=False)]


class GradeCall(Model):
    """One ``grade(item, points=…, key={…}, feedback={…}, rationale="…")``: all a score needs besides the answer and the question."""

    item: Id
    points: Points
    key: dict[str, JsonValue]
    feedback: dict[str, Text]
    rationale: Text

    @property
    def digest(self) -> str:
        """The first 12 hex digits of SHA-256 over the key: tells whether two scores were made with the same key, without showing it."""
        return hashlib.sha256(json.dumps(self.key, sort_keys=True).encode()).hexdigest()[:12]


class Part(StrEnum):
    """What of a handed-in policy is scored: each part has its own rule (:mod:`smtraining.grading.policyparts`)."""

    CLAUSES = "clauses"
    UPKEEP = "upkeep"
    WORDING = "wording"
    PLAN = "plan"
    SAFETY = "safety"
    NOTICE = "notice"


class PolicyCall(Model):
    """One ``grade_policy(item, part="…", points=…)``: a part of the policy that the learner hands in. It has no key: the rule is open."""

    item: Id
    part: Annotated[Part, Field(strict=False)]
    points: Points

    @property
    def digest(self) -> str:
        """The first 12 hex digits of SHA-256 over the part, where a question has those of its key."""
        return hashlib.sha256(self.part.encode()).hexdigest()[:12]


class Level(Model):
    """One level of a criterion: what work at this level looks like, and what it earns."""

    points: Annotated[float, Field(ge=0, le=100)]
    text: Text


class Criterion(Model):
    """One row of a rubric: what is looked at, and its levels."""

    id: Id
    title: Text
    levels: Annotated[tuple[Level, ...], Field(min_length=2)]

    @property
    def best(self) -> float:
        """The points of the highest level."""
        return max(level.points for level in self.levels)


class RubricCall(Model):
    """One ``rubric(task, criteria=[…], model_answer="…")``: how a person marks a written task."""

    task: Id
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    model_answer: Text

    @property
    def points(self) -> float:
        """What the written task is worth: the best level of every criterion."""
        return sum(criterion.best for criterion in self.criteria)


Call = GradeCall | PolicyCall | RubricCall

_CALLS: dict[str, tuple[type[GradeCall] | type[PolicyCall] | type[RubricCall], str]] = {
    "grade": (GradeCall, "item"),
    "grade_policy": (PolicyCall, "item"),
    "rubric": (RubricCall, "task"),
}

_CHECKS = ("check", "check_policy")
"""What a grading cell says to the learner."""


def is_grading_cell(cell: Mapping[str, Any]) -> bool:
    """Whether a notebook cell is one of ours: a graded code cell, not an answer, that imports from ``smtraining.grading``.

    Only for cells of a master notebook, or restored from the gradebook: a student may have put anything anywhere.
    """
    flags = cell["metadata"].get("nbgrader", {})
    graded = cell["cell_type"] == "code" and flags.get("grade") and not flags.get("solution")
    return bool(graded) and _imports_us(cell["source"])


def read(source: str, cell: str) -> Call:
    """The call in the source of a grading cell (see :func:`is_grading_cell`).

    ``cell`` is the cell's grade id, for messages. Raises GradingError, naming cell and line, if the source holds anything but imports
    from ``smtraining.grading``, calls of ``check`` or ``check_policy`` and, at the end, exactly one readable call.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise GradingError(
            f"Cell {cell}, line {error.lineno}: this is not plain Python ({error.msg}). "
            "A grading cell holds imports from smtraining.grading, a check(...) and one grade(...), grade_policy(...) or rubric(...)."
        ) from error
    found: list[Call] = []
    for statement in tree.body:
        name, call = _called(statement)
        if name in _CALLS and call is not None:
            found.append(_read_call(name, call, cell))
        elif name not in _CHECKS and not _is_import(statement):
            raise GradingError(
                f"Cell {cell}, line {statement.lineno}: only imports from smtraining.grading, check(...) and one grade(...), "
                "grade_policy(...) or rubric(...) may stand in a grading cell, each on its own: the cell is read, not run. "
                "Move the rest to another cell."
            )
        elif found:
            last = "grade(...) or rubric(...) must be the last statement, and so must grade_policy(...)."
            raise GradingError(f"Cell {cell}, line {statement.lineno}: {last}")
    if len(found) != 1:
        raise GradingError(
            f"Cell {cell}: {len(found) or 'no'} grade(...), grade_policy(...) or rubric(...) found; a grading cell has exactly one. "
            "Put it between '### BEGIN HIDDEN TESTS' and '### END HIDDEN TESTS'."
        )
    return found[0]


def grade_call(item: object, where: str, **arguments: object) -> GradeCall:
    """A checked GradeCall. Raises GradingError; ``where`` begins its message."""
    return _checked(GradeCall, {"item": item, **arguments}, where)


def policy_call(item: object, where: str, **arguments: object) -> PolicyCall:
    """A checked PolicyCall. Raises GradingError; ``where`` begins its message."""
    return _checked(PolicyCall, {"item": item, **arguments}, where)


def rubric_call(task: object, where: str, **arguments: object) -> RubricCall:
    """A checked RubricCall. Raises GradingError; ``where`` begins its message."""
    return _checked(RubricCall, {"task": task, **arguments}, where)


# -- private ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)  # a class holds the same cells over and over
def _imports_us(source: str) -> bool:
    if MODULE not in source:
        return False
    try:
        return any(isinstance(s, ast.ImportFrom) and s.module == MODULE for s in ast.parse(source).body)
    except SyntaxError:
        return True  # it names us and cannot be read: read() says so, and it scores nothing


def _is_import(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return statement.module == MODULE and statement.level == 0 and all(alias.asname is None for alias in statement.names)
    return False


def _called(statement: ast.stmt) -> tuple[str, ast.Call | None]:
    """The name of the function that a statement calls and the call, or ("", None)."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and isinstance(statement.value.func, ast.Name):
        return statement.value.func.id, statement.value
    return "", None


def _read_call(name: str, call: ast.Call, cell: str) -> Call:
    model, first = _CALLS[name]
    where = f"Cell {cell}, line {call.lineno}: {name}()"
    if len(call.args) != 1:
        raise GradingError(f"{where} takes the id first and everything else by name; found {len(call.args)} arguments without a name.")
    values: dict[str, Any] = {first: _literal(call.args[0], cell, name, first)}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise GradingError(f"Cell {cell}, line {keyword.value.lineno}: {name}() cannot read '**' arguments. Write them out.")
        values[keyword.arg] = _literal(keyword.value, cell, name, keyword.arg)
    return _checked(model, values, where)


def _literal(node: ast.expr, cell: str, name: str, argument: str) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise GradingError(
            f"Cell {cell}, line {node.lineno}: '{argument}' of {name}() is not a literal. "
            "The cell is read, not run: write texts, numbers, lists and dicts out in full, without names, calls or f-strings."
        ) from None


def _checked(model: type[M], values: dict[str, Any], where: str) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        parts = [f"'{'.'.join(str(step) for step in e['loc'])}': {e['msg']}" for e in error.errors(include_url=False)]
        raise GradingError(f"{where} cannot be read: {'; '.join(parts)}. Expected {', '.join(model.model_fields)}.") from error
