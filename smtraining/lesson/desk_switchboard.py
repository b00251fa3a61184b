"""The switchboard's desk: one answer in, the profile on disk, and what follows from it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from smtraining.bank import Bank
from smtraining.errors import RecordError
from smtraining.policy import switchboard_view
from smtraining.policy.profile import Profile
from smtraining.policy.profile_store import ProfileStore

Message = dict[str, Any]


class SwitchboardDesk:
    """One page with the switchboard. ``state`` is what the page knows; it is changed in place."""

    def __init__(self, bank: Bank, store: ProfileStore) -> None:
        self.bank, self.store = bank, store
        self.view = switchboard_view.view(bank, dt.date.today())
        profile, notice = self._load()
        self.state: Message = {"answers": _answers(profile), "told": self._told(profile), "notice": notice}

    def reply(self, message: Mapping[str, Any]) -> list[Message]:
        """The replies to a message of the page. Raises SaveError, or ResponseError for an answer that does not exist."""
        match message:
            case {"type": "edit", "item": str(switch), "value": list(chosen)}:
                profile = self.store.put(switch, tuple(map(str, chosen)))
                self._show(profile, self.store.notices[-1] if self.store.notices else None)
                return [{"type": "answered", "item": switch, "at": _now(), **self.state}]
            case {"type": "look"}:
                profile, notice = self._load()
                if _answers(profile) == self.state["answers"]:
                    return []
                self._show(profile, notice)
                return [{"type": "answered", "item": None, **self.state}]
            case _:
                raise RecordError(f"The page sent something this version does not know ({message.get('type')!r}). Run the cell again.")

    def _load(self) -> tuple[Profile, str | None]:
        try:
            return self.store.load(), None
        except RecordError as error:
            return Profile(), str(error)

    def _show(self, profile: Profile, notice: str | None) -> None:
        self.state.update(answers=_answers(profile), told=self._told(profile), notice=notice)

    def _told(self, profile: Profile) -> Message:
        return switchboard_view.told(profile, self.bank, dt.date.today())


def _answers(profile: Profile) -> dict[str, list[str]]:
    return {switch: list(chosen) for switch, chosen in profile.answers.items()}


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
