"""A policy in the making: what a learner or an agency has written so far.

A draft is frozen; each ``with_…`` returns a new one. Texts hold the four marks of the content (blank line, ``- ``, ``*stress*``,
``**strong**``) and may hold any language and any emoji, but no control characters: a Word file cannot carry them, so they are refused
here, before anything is written.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints, ValidationError

from smtraining.bank import Bank
from smtraining.errors import DraftError
from smtraining.responses import Answer

SCHEMA = 1
"""Version of the stored form of a draft. A higher number in a file means that a newer smtraining wrote it: it is never overwritten."""

MAX_TEXT = 40_000
"""Longest text of one field, in characters: about fifteen printed pages."""

MAX_LINE = 300
"""Longest single-line field (a title, a name), in characters."""

M = TypeVar("M", bound=BaseModel)

_UNPRINTABLE = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff" + "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(17)) + "]"
)
"""Control characters but for tab and line end, halves of surrogate pairs, and the last two of each plane, which are no characters."""


def _plain(text: Any) -> Any:
    """The text with ``\\n`` as its line end. Raises ValueError at the first character that XML 1.0 (section 2.2, Char) cannot hold.

    Anything but text is passed on as it is, for the model to refuse.
    """
    if not isinstance(text, str):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := _UNPRINTABLE.search(text):
        before = text[max(0, found.start() - 30) : found.start()].strip()
        where = f"after “{before}”" if before else "at the beginning"
        raise ValueError(
            f"there is a character {where} that cannot be printed (U+{ord(found[0]):04X}). It often comes with text pasted "
            "from another program. Delete it, or type these words again"
        )
    return text


def _one_line(text: Any) -> Any:
    return " ".join(_plain(text).split()) if isinstance(text, str) else text


Prose = Annotated[str, BeforeValidator(_plain), StringConstraints(max_length=MAX_TEXT)]
"""A text of any number of paragraphs; empty means: not written yet."""

Line = Annotated[str, BeforeValidator(_one_line), StringConstraints(max_length=MAX_LINE)]
"""A text on one line."""

Reason = Annotated[str, BeforeValidator(_plain), StringConstraints(min_length=1, max_length=2_000)]
"""Why a finding was overruled."""

DraftId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class Clause(_Part):
    """What the policy says on one element. ``from_case`` is the vignette whose patch it began with."""

    text: Prose = ""
    owner: Line = ""
    review_date: dt.date | None = None
    from_case: str | None = None

    @property
    def is_written(self) -> bool:
        return bool(self.text.strip())


class TreatmentPlan(_Part):
    """The use of social media, planned like an intervention: from the presenting need to when to close the account."""

    need: Prose = ""
    strengths: Prose = ""
    risks: Prose = ""
    goals: Prose = ""
    platform: Prose = ""
    content: Prose = ""
    frequency: Prose = ""
    consent: Prose = ""
    owner: Line = ""
    indicators: Prose = ""
    review_date: dt.date | None = None
    close_when: Prose = ""


class SafetyPlan(_Part):
    """What happens when something goes wrong. (Not a client's own safety plan.)"""

    warning_signs: Prose = ""
    immediate_steps: Prose = ""
    who_to_call: Prose = ""
    containment: Prose = ""
    notification: Prose = ""
    repair: Prose = ""
    learning: Prose = ""


class Draft(_Part):
    """One draft of a social media policy.

    ``clauses`` maps ids of policy elements to what is written on them. ``profile`` is what the switchboard knows of the agency, kept as it
    is. ``overruled`` maps ids of findings of the gap report to the reason why the writer has set them aside. ``revision`` counts the times
    the draft was saved and ``changed`` is the UTC time of the last; the store sets both.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    id: DraftId
    title: Line = "Social media policy"
    agency: Line = ""
    version: Line = "Draft 1"
    review_date: dt.date | None = None
    profile: dict[str, JsonValue] | None = None
    clauses: dict[str, Clause] = Field(default_factory=dict)
    plan: TreatmentPlan = TreatmentPlan()
    safety: SafetyPlan = SafetyPlan()
    overruled: dict[str, Reason] = Field(default_factory=dict)
    revision: Annotated[int, Field(ge=0)] = 0
    changed: dt.datetime | None = None

    def clause(self, element: str) -> Clause:
        """The clause on this element; an empty one if nothing is written yet."""
        return self.clauses.get(element, Clause())

    def with_details(self, **changes: Any) -> Draft:
        """With another ``title``, ``agency``, ``version``, ``review_date`` or ``profile``. Raises DraftError."""
        return _changed(self, changes, {"title", "agency", "version", "review_date", "profile"}, "the draft")

    def with_clause(self, element: str, **changes: Any) -> Draft:
        """With another ``text``, ``owner``, ``review_date`` or ``from_case`` of one element. Raises DraftError."""
        clause = _changed(self.clause(element), changes, set(Clause.model_fields), f"the clause {element}")
        return self.model_copy(update={"clauses": {**self.clauses, element: clause}})

    def with_plan(self, **changes: Any) -> Draft:
        """With other fields of the treatment plan. Raises DraftError."""
        plan = _changed(self.plan, changes, set(TreatmentPlan.model_fields), "the treatment plan")
        return self.model_copy(update={"plan": plan})

    def with_safety(self, **changes: Any) -> Draft:
        """With other fields of the safety plan. Raises DraftError."""
        safety = _changed(self.safety, changes, set(SafetyPlan.model_fields), "the safety plan")
        return self.model_copy(update={"safety": safety})

    def with_overruled(self, finding: str, reason: str | None) -> Draft:
        """With a finding of the gap report set aside for a reason, or (None) open again. Raises DraftError for an empty reason."""
        others = {id: why for id, why in self.overruled.items() if id != finding}
        now = {**others, finding: reason.strip()} if reason is not None else others
        return _changed(self, {"overruled": now}, {"overruled"}, "the draft")

    def with_patches(self, bank: Bank, answers: Mapping[str, Answer]) -> Draft:
        """With the wordings that the learner kept at the end of cases, wherever nothing is written on that element yet.

        Several cases may speak to one element: then their wordings stand one after another, and ``from_case`` is the first.
        Raises DraftError if a kept wording holds a character that cannot be printed.
        """
        kept: dict[str, list[tuple[str, str]]] = {}
        for case in bank.vignettes.values():
            if words := _patch(answers.get(case.id)):
                kept.setdefault(case.patch.element, []).append((case.id, words))
        draft = self
        for element, found in kept.items():
            if not draft.clause(element).is_written:
                words = "\n\n".join(dict.fromkeys(text for _, text in found))
                draft = draft.with_clause(element, text=words, from_case=found[0][0])
        return draft

    def to_json(self) -> dict[str, Any]:
        """The draft as plain JSON; :func:`read_draft` is the way back."""
        return self.model_dump(mode="json", by_alias=True)


def new_draft(title: str = "Social media policy", agency: str = "") -> Draft:
    """An empty draft with an id of its own, made from the title. Raises DraftError for a title that cannot be kept."""
    words = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()).strip("-")
    id = f"{words[:40].strip('-') or 'policy'}-{secrets.token_hex(3)}"
    return read_draft({"schema": SCHEMA, "id": id, "title": title, "agency": agency})


def from_patches(bank: Bank, answers: Mapping[str, Answer], title: str = "Social media policy", agency: str = "") -> Draft:
    """A new draft that begins with the wordings kept at the end of cases (see :meth:`Draft.with_patches`)."""
    return new_draft(title, agency).with_patches(bank, answers)


def read_draft(stored: object) -> Draft:
    """A draft from plain JSON. Raises DraftError, naming every field that is wrong."""
    try:
        return Draft.model_validate(stored)
    except ValidationError as error:
        raise DraftError(f"This is not a draft of a policy: {_faults(error)}.") from None


def _patch(answer: Answer | None) -> str:
    value = answer.value if answer is not None else None
    patch = value.get("patch") if isinstance(value, dict) else None
    text = patch.get("text") if isinstance(patch, dict) else None
    return text.strip() if isinstance(text, str) else ""


def _changed(part: M, changes: Mapping[str, Any], allowed: set[str], what: str) -> M:
    if unknown := sorted(set(changes) - allowed):
        raise DraftError(f"{what[0].upper()}{what[1:]} has no {unknown[0]!r}. It has: {', '.join(sorted(allowed))}.")
    try:
        return type(part).model_validate({**{name: getattr(part, name) for name in type(part).model_fields}, **changes})
    except ValidationError as error:
        raise DraftError(f"This cannot be kept in {what}: {_faults(error)}.") from None


def _faults(error: ValidationError) -> str:
    said = []
    for fault in error.errors(include_url=False):
        where = ".".join(str(step) for step in fault["loc"])
        said.append(f"{where or 'it'}: {fault['msg'].removeprefix('Value error, ')}")
    return "; ".join(said)
