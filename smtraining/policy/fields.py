"""A draft as single fields, so that an edit carries one of them, and two windows on one draft do not undo each other's work.

Each field has the key that the documents use for it (:mod:`~smtraining.policy.outline`): ``pe-14``, ``pe-14.owner``,
``pe-14.review-date``, ``plan.need``, ``safety.repair``, ``title`` …; a date is written as ``2027-01-31``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from smtraining.bank import Bank
from smtraining.errors import DraftError, UnknownId
from smtraining.policy.draft import Draft
from smtraining.policy.drafts_store import Drafts
from smtraining.policy.lock import held
from smtraining.policy.outline import DETAILS, PLAN, SAFETY, key_of, read_date

OWNER, REVIEW = "owner", "review-date"
"""The fields of a clause beside its text, as they stand behind the element in a key."""


def fields(draft: Draft) -> dict[str, str]:
    """Every field of the draft that is not empty, by its key."""
    found = {name.replace("_", "-"): getattr(draft, name) for name in DETAILS}
    for id, clause in draft.clauses.items():
        found |= {id: clause.text, f"{id}.{OWNER}": clause.owner, f"{id}.{REVIEW}": clause.review_date}
    found |= {key_of("plan", name): getattr(draft.plan, name) for name in PLAN}
    found |= {key_of("safety", name): getattr(draft.safety, name) for name in SAFETY}
    texts = {key: value.isoformat() if isinstance(value, dt.date) else (value or "") for key, value in found.items()}
    return {key: text for key, text in texts.items() if text}


def with_field(draft: Draft, key: str, text: str, bank: Bank) -> Draft:
    """The draft with another text in one field.

    Raises UnknownId for a key that no field has, DraftError for a text that the field cannot hold.
    """
    place, _, last = key.rpartition(".")
    value = _date(text) if last == REVIEW else text
    name = last.replace("-", "_")
    if key in {detail.replace("_", "-") for detail in DETAILS}:
        if key == "title" and not text.strip():
            raise DraftError("A draft needs a title, so that you find it again. Give it one.")
        return draft.with_details(**{name: value})
    if place == "plan" and name in PLAN:
        return draft.with_plan(**{name: value})
    if place == "safety" and name in SAFETY:
        return draft.with_safety(**{name: value})
    element = place if last in {OWNER, REVIEW} else key
    if element not in bank.elements and element not in draft.clauses:
        raise UnknownId("field of a draft", key, [*bank.elements, *fields(draft)])
    return draft.with_clause(element, **{name if place else "text": value})


def stamp(text: str) -> str:
    """Eight hex digits that stand for a text: what a window says it has seen, when it sends a change."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of an edit: the draft as it is now on disk and, if somebody else has changed the field meanwhile, ``theirs``.
    Then nothing was written."""

    draft: Draft
    theirs: str | None = None


def edit(
    drafts: Drafts,
    known: Draft,
    key: str,
    text: str,
    bank: Bank,
    seen: str,
    sent: str | None = None,
    finish: Callable[[Draft], Draft] | None = None,
) -> Edited:
    """Write one field, on top of whatever else has changed on disk since the draft was opened.

    ``known`` is the draft as this window knows it, ``seen`` the :func:`stamp` of the field as it was when the edit began, ``sent`` an
    earlier edit of this window whose answer was lost, ``finish`` a last change before it is saved. Raises as :func:`with_field` and
    :meth:`Drafts.save`.
    """
    with held(drafts.folder.parent):
        draft = current(drafts, known)
        theirs = fields(draft).get(key, "")
        if stamp(theirs) != seen and theirs not in (text, sent):
            return Edited(draft, theirs)
        changed = with_field(draft, key, text, bank)
        return Edited(drafts.save(finish(changed) if finish else changed))


def change(drafts: Drafts, known: Draft, how: Callable[[Draft], Draft]) -> Draft:
    """Write another change of a draft, on top of what is on disk. Raises what ``how`` and :meth:`Drafts.save` raise."""
    with held(drafts.folder.parent):
        return drafts.save(how(current(drafts, known)))


def current(drafts: Drafts, known: Draft) -> Draft:
    """The draft as it is on disk; as this window knows it where its file is gone or cannot be read, so that nothing typed is lost.

    (Saving then sets a damaged file aside, and refuses to touch one of a newer version.)
    """
    try:
        return drafts.open(known.id)
    except (DraftError, UnknownId):
        return known


def _date(text: str) -> dt.date | None:
    date = read_date(text)
    if text.strip() and date is None:
        raise DraftError(f"{text!r} is not a date. Write it like 2027-01-31 or January 31, 2027, or leave it empty.")
    return date
