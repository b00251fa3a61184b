"""The lint of the content: rules for writing items that a program can check. It collects everything, then reports.

Most rules are the classic ones for multiple-choice items (Haladyna, Downing & Rodriguez, 2002, Applied Measurement in Education 15(3),
309-333): no cue in length, wording or position. The others keep the promises of this curriculum: feedback that teaches, invented
platforms, plain language, a note before hard material, law items that are looked up again.
"""

from __future__ import annotations

import datetime as dt

from smtraining.authoring import rules_curriculum, rules_items
from smtraining.authoring.rules import Finding, Hit, Rule
from smtraining.bank import Bank
from smtraining.errors import Problem

RULES: dict[str, Rule] = {rule.name: rule for rule in (*rules_items.RULES, *rules_curriculum.RULES)}
"""Every rule by name. docs/authoring.md lists them, and a test proves that it does."""


def lint(bank: Bank, today: dt.date) -> list[Finding]:
    """Everything the rules find, in the order of files and lines. ``today`` is what review dates are compared with."""
    found = [Finding(rule.severity, rule.name, _problem(bank, hit)) for rule in RULES.values() for hit in rule.look(bank, today)]
    return sorted(found, key=lambda f: (f.problem.file, f.problem.line or 0, f.rule, f.problem.message))


def _problem(bank: Bank, hit: Hit) -> Problem:
    place = bank.place(hit.id)
    return Problem(place.file, place.line(*hit.loc), hit.id, hit.message, hit.next_step)
