"""What a rule of the lint is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from smtraining.authoring.catalogue import Loc
from smtraining.bank import Bank
from smtraining.errors import Problem

Severity = Literal["error", "warning", "note"]
"""An *error* must be mended before release; a *warning* should be looked at; a *note* is for the calendar."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule found: ``loc`` is where in the entry ``id``."""

    id: str
    message: str
    next_step: str
    loc: Loc = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit with its rule, severity and place in a file."""

    severity: Severity
    rule: str
    problem: Problem

    def __str__(self) -> str:
        return f"{self.severity} ({self.rule}): {self.problem}"


Look = Callable[[Bank, dt.date], Iterator[Hit]]
"""Looks through a bank; the date is today."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, how bad a hit is, what it asks of content, and the function that looks."""

    name: str
    severity: Severity
    asks: str
    look: Look


def rule_of(rules: list[Rule]) -> Callable[[Severity, str], Callable[[Look], Look]]:
    """A decorator that adds a function to ``rules``, under the function's name with hyphens."""

    def rule(severity: Severity, asks: str) -> Callable[[Look], Look]:
        def add(look: Look) -> Look:
            rules.append(Rule(look.__name__.replace("_", "-"), severity, asks, look))
            return look

        return add

    return rule
