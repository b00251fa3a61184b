"""The switchboard's answers, kept as the agency's profile, and conditions over them.

An answer may be missing: "not sure". Conditions are therefore decided in three values (Kleene's strong logic): what does not depend on the
missing answer is still decided, the rest is *not known*, and whoever asks can see which answer is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError

from smtraining.bank import Bank
from smtraining.errors import RecordError, ResponseError
from smtraining.models import Condition, Id, Model, When

SCHEMA = 1
"""The version of a stored profile."""


class Profile(Model):
    """The answers of one agency: switch -> chosen options, in the order of the switch. A switch that is not in it was not answered.

    Make one with :func:`profile` or :func:`from_json`, which check it against the bank.
    """

    answers: dict[Id, tuple[Id, ...]] = Field(default_factory=dict)

    def unanswered(self, bank: Bank) -> tuple[str, ...]:
        """The switches that are still open, in the order of the switchboard."""
        return tuple(id for id in bank.switches if id not in self.answers)

    def to_json(self) -> dict[str, Any]:
        """The profile as JSON data, with its version: what :func:`from_json` reads."""
        return {"schema": SCHEMA, "answers": {switch: list(chosen) for switch, chosen in self.answers.items()}}


def profile(bank: Bank, answers: Mapping[str, str | Sequence[str] | None]) -> Profile:
    """The profile with these answers: an option id, or several where a switch takes several; None or nothing chosen means "not sure".

    Raises UnknownId for a switch that does not exist and ResponseError for an option that it does not have, or for two where one is asked.
    """
    chosen = {id: _chosen(bank, id, value) for id, value in answers.items()}
    return Profile(answers={id: chosen[id] for id in bank.switches if chosen.get(id)})


def from_json(bank: Bank, data: Any) -> Profile:
    """Read what :meth:`Profile.to_json` wrote. An answer that this version's switchboard no longer has counts as "not sure".

    Raises RecordError if the data are damaged or were written by a newer version.
    """
    if not isinstance(data, Mapping) or not isinstance(version := data.get("schema"), int) or isinstance(version, bool) or version < 1:
        raise RecordError("This is not a stored profile: it is a mapping with 'schema' and 'answers'. Answer the switchboard again.")
    if version > SCHEMA:
        raise RecordError(
            f"This profile was written by a newer version (profile {version}; this version reads up to {SCHEMA}). "
            "Update smtraining; nothing was changed."
        )
    try:
        stored = Profile.model_validate({"answers": data.get("answers")})
    except ValidationError as error:
        raise RecordError("The answers of this stored profile are damaged. Answer the switchboard again.") from error
    held = {id: [c for c in chosen if c in _options(bank, id)] for id, chosen in stored.answers.items() if id in bank.switches}
    try:
        return profile(bank, held)
    except ResponseError as error:
        raise RecordError(f"This stored profile is damaged: {error}") from error


def _chosen(bank: Bank, id: str, value: str | Sequence[str] | None) -> tuple[str, ...]:
    switch, options = bank.switch(id), _options(bank, id)
    chosen = [value] if isinstance(value, str) else list(value or ())
    if any(option not in options for option in chosen) or (len(set(chosen)) > 1 and not switch.many):
        how = "any of" if switch.many else "one of"
        raise ResponseError(id, value, f"{how} {', '.join(options)}, or nothing for 'not sure'")
    return tuple(option for option in options if option in chosen)


def _options(bank: Bank, id: str) -> list[str]:
    return [option.id for option in bank.switch(id).options]


# -- conditions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds (None: not known), the facts that decided it, and the switches whose answer is missing for it."""

    holds: bool | None
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def decide(when: When | None, profile: Profile) -> Verdict:
    """Whether a condition holds for a profile. No condition always holds."""
    if when is None:
        return Verdict(True)
    if isinstance(when, str):
        switch, option = when.split("=")
        if switch not in profile.answers:
            return Verdict(None, missing=(switch,))
        chosen = profile.answers[switch]
        return Verdict(True, (when,)) if option in chosen else Verdict(False, tuple(f"{switch}={other}" for other in chosen))
    return _combined(when, [decide(part, profile) for part in when.parts])


def _combined(when: Condition, verdicts: list[Verdict]) -> Verdict:
    if when.all_of:
        return _all(verdicts)
    met = _any(verdicts)
    if when.any_of or met.holds is None:
        return met
    return Verdict(not met.holds, met.because)


def _all(verdicts: list[Verdict]) -> Verdict:
    failed = [v for v in verdicts if v.holds is False]
    if failed:
        return Verdict(False, _once(f for v in failed for f in v.because))
    return _settled(verdicts, True)


def _any(verdicts: list[Verdict]) -> Verdict:
    met = [v for v in verdicts if v.holds]
    if met:
        return Verdict(True, _once(f for v in met for f in v.because))
    return _settled(verdicts, False)


def _settled(verdicts: list[Verdict], holds: bool) -> Verdict:
    open_ = _once(s for v in verdicts if v.holds is None for s in v.missing)
    facts = _once(f for v in verdicts for f in v.because)
    return Verdict(None, facts, open_) if open_ else Verdict(holds, facts)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def said(bank: Bank, facts: Iterable[str]) -> str:
    """What the agency told the switchboard, as a sentence: "You said that ... and that ...". Empty without facts."""
    clauses = []
    for fact in facts:
        switch, option = fact.split("=")
        clauses += [o.said for o in bank.switch(switch).options if o.id == option]
    return f"You said that {' and that '.join(clauses)}." if clauses else ""


def find_out(bank: Bank, switches: Iterable[str]) -> tuple[str, ...]:
    """How to find out each answer that is missing."""
    return tuple(bank.switch(id).find_out for id in switches)
