"""What has changed between two drafts, element by element."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from smtraining.bank import Bank
from smtraining.policy.draft import Clause, Draft
from smtraining.policy.outline import DETAILS, PLAN, SAFETY, element_title, in_order

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where (``element`` is None for the details and the two plans), and the words before and after.

    ``label`` and ``field`` say it to a person: ``"14. What is never posted"``, ``"text"``.
    """

    element: str | None
    label: str
    field: str
    kind: Kind
    before: str
    after: str

    def pieces(self) -> tuple[tuple[Literal["same", "removed", "added"], str], ...]:
        """The two texts laid over each other word by word; the removed and the same pieces together are exactly ``before``."""
        old, new = _words(self.before), _words(self.after)
        found: list[tuple[Literal["same", "removed", "added"], str]] = []
        for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag == "equal":
                found.append(("same", "".join(old[a:b])))
                continue
            if a < b:
                found.append(("removed", "".join(old[a:b])))
            if c < d:
                found.append(("added", "".join(new[c:d])))
        return tuple(found)


def compare(old: Draft, new: Draft, bank: Bank) -> tuple[Change, ...]:
    """Every difference in what two drafts say: details, then the clauses in the order of the elements, then the two plans."""
    return tuple(_differences(old, new, bank))


def _differences(old: Draft, new: Draft, bank: Bank) -> Iterator[Change]:
    for name, label in DETAILS.items():
        yield from _change(None, "Details", label.lower(), getattr(old, name), getattr(new, name))
    for id in in_order({**old.clauses, **new.clauses}, bank):
        before, after = old.clauses.get(id, Clause()), new.clauses.get(id, Clause())
        for name in ("text", "owner", "review_date"):
            yield from _change(id, element_title(id, bank), name.replace("_", " "), getattr(before, name), getattr(after, name))
    for name, label in PLAN.items():
        yield from _change(None, "Treatment plan", label.lower(), getattr(old.plan, name), getattr(new.plan, name))
    for name, label in SAFETY.items():
        yield from _change(None, "Safety plan", label.lower(), getattr(old.safety, name), getattr(new.safety, name))


def _change(element: str | None, label: str, field: str, before: str | dt.date | None, after: str | dt.date | None) -> Iterator[Change]:
    was, now = (value.isoformat() if isinstance(value, dt.date) else (value or "").strip() for value in (before, after))
    if was != now:
        yield Change(element, label, field, "added" if not was else "removed" if not now else "changed", was, now)


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+$", text)
