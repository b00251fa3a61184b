"""The agency's profile beside the notebook: one file for a folder, written by the switchboard, read by the builder and the policy check.

The file is replaced in one step. A damaged file is never overwritten: it is set aside under another name before the profile is written
anew. A file from a newer version is left alone, and saving over it is refused.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from pathlib import Path

from smtraining import bank as banks
from smtraining.bank import Bank
from smtraining.errors import RecordError, SaveError
from smtraining.policy.lock import held
from smtraining.policy.profile import SCHEMA, Profile, from_json, profile
from smtraining.policy.saving import save_error, write_whole

FILE_NAME = "policy-profile.smtraining.json"

WHAT = "Your agency's profile"


class _NewerProfile(RecordError):
    """A newer version of the package wrote the file."""


class ProfileStore:
    """The profile of one folder. ``notices`` are sentences for the reader (a file that was set aside)."""

    def __init__(self, folder: Path, bank: Bank | None = None) -> None:
        self.path = folder / FILE_NAME
        self.bank = bank or banks.load()
        self.notices: list[str] = []

    def exists(self) -> bool:
        """Whether there is a file, readable or not: nothing was ever answered in this folder without one."""
        return self.path.exists()

    def load(self) -> Profile:
        """The profile as it was last saved; an empty one (every answer "not sure") if there is no file.

        Raises RecordError if the file cannot be read, is damaged, or was written by a newer version.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return Profile()
        except OSError as error:
            raise RecordError(f"The profile {self.path.name} could not be read ({error.strerror}). Check that you may open it.") from error
        return self._parse(content)

    def save(self, profile: Profile) -> Profile:
        """Write the profile, and return it. Raises SaveError; then the file is as it was."""
        with held(self.path.parent):
            self._clear_the_way()
            self._write(profile)
        return profile

    def put(self, switch: str, chosen: tuple[str, ...]) -> Profile:
        """Change one answer and leave those that another window has given as they are; nothing chosen means "not sure".

        Returns the profile as saved. Raises UnknownId or ResponseError for an answer that does not exist, and SaveError.
        """
        with held(self.path.parent):
            self._clear_the_way()
            changed = profile(self.bank, {**self.load().answers, switch: chosen})
            self._write(changed)
        return changed

    # -- private -------------------------------------------------------------------------------------------------------

    def _write(self, profile: Profile) -> None:
        stored = {"smtraining": "policy-profile", **profile.to_json()}
        write_whole(self.path, (json.dumps(stored, indent=1) + "\n").encode("utf-8"), WHAT)

    def _parse(self, content: bytes) -> Profile:
        damaged = f"The profile {self.path.name} is damaged and was not read. It is kept as it is. Answer the switchboard again."
        try:
            stored = json.loads(content.decode("utf-8"))
        except (ValueError, RecursionError):
            raise RecordError(damaged) from None
        if not isinstance(stored, dict) or stored.get("smtraining") != "policy-profile":
            raise RecordError(damaged)
        schema = stored.get("schema")
        if type(schema) is int and schema > SCHEMA:
            raise _NewerProfile(
                f"The profile {self.path.name} was written by a newer version of smtraining (schema {schema}; this one reads {SCHEMA}). "
                "It is kept as it is: update smtraining to go on with it, or move the file to another folder and answer again."
            )
        try:
            return from_json(self.bank, stored)
        except RecordError as error:
            raise RecordError(f"{damaged} ({error})") from None

    def _clear_the_way(self) -> None:
        try:
            self.load()
        except _NewerProfile as error:
            raise SaveError(f"{WHAT} was not saved.", str(error), f"schema newer than {SCHEMA} [{self.path.name}]") from error
        except RecordError as error:
            if isinstance(error.__cause__, OSError):
                raise save_error(error.__cause__, self.path, WHAT) from error
            self._set_aside()

    def _set_aside(self) -> None:
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        target = self.path.with_name(f"{self.path.name}.set-aside-{stamp}-{secrets.token_hex(2)}")
        try:
            self.path.rename(target)
        except OSError as error:
            raise save_error(error, self.path, WHAT) from error
        self.notices.append(f"The file {self.path.name} was damaged. It is kept as {target.name}, and your profile was saved anew.")
