"""The drafts beside the notebook: one file each, in the folder ``policy-drafts``.

A file is replaced in one step, so that a crash leaves the last saved state. A damaged file is never overwritten: it is set aside under
another name before the draft is written anew. A file from a newer version is left alone, and saving over it is refused.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from smtraining.errors import DraftError, SaveError, UnknownId
from smtraining.policy.draft import SCHEMA, Draft, read_draft
from smtraining.policy.saving import save_error, write_whole

FOLDER = "policy-drafts"
SUFFIX = ".smtpolicy.json"

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Listed:
    """A draft in the folder's list. ``problem`` is set where the file cannot be opened, and says why."""

    id: str
    title: str
    agency: str = ""
    version: str = ""
    changed: dt.datetime | None = None
    problem: str | None = None


class _NewerDraft(DraftError):
    """A newer version of the package wrote the file."""


class Drafts:
    """The drafts of one folder. ``notices`` are sentences for the learner (a file that was set aside)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER
        self.notices: list[str] = []

    def list(self) -> tuple[Listed, ...]:
        """All drafts, the one changed last first; those that cannot be opened come at the end with the reason. Never raises."""
        try:
            ids = sorted(p.name.removesuffix(SUFFIX) for p in self.folder.iterdir() if p.name.endswith(SUFFIX))
        except OSError:
            return ()
        good: list[Listed] = []
        bad: list[Listed] = []
        for id in ids:
            try:
                draft = self.open(id)
            except (DraftError, UnknownId) as error:
                bad.append(Listed(id, id, problem=str(error)))
            else:
                good.append(Listed(id, draft.title, draft.agency, draft.version, draft.changed))
        never = dt.datetime.min.replace(tzinfo=dt.UTC)
        good.sort(key=lambda listed: listed.changed or never, reverse=True)
        return (*good, *bad)

    def open(self, id: str) -> Draft:
        """The draft with this id, as it was last saved. Raises UnknownId, or DraftError if its file cannot be read."""
        path = self._path(id)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise self._unknown(id) from None
        except OSError as error:
            raise DraftError(f"The draft {path.name} could not be read ({error.strerror}). Check that you may open this file.") from error
        return _parse(path, content)

    def latest(self) -> Draft | None:
        """The draft to go on with: the one changed last; None if there is none."""
        listed = next((entry for entry in self.list() if entry.problem is None), None)
        return self.open(listed.id) if listed else None

    def save(self, draft: Draft) -> Draft:
        """Write the draft and return it with its new revision and time.

        Raises SaveError if it could not be written, if another window has saved this draft in the meantime, or if a newer version of
        the package wrote the file. Nothing in the folder has changed then.
        """
        path = self._path(draft.id)
        if path.exists():
            self._clear_the_way(path, draft)
        saved = draft.model_copy(update={"revision": draft.revision + 1, "changed": dt.datetime.now(dt.UTC).replace(microsecond=0)})
        stored = {"smtraining": "policy-draft", **saved.to_json()}
        write_whole(path, (json.dumps(stored, ensure_ascii=False, indent=1) + "\n").encode("utf-8"), "Your draft")
        return saved

    def copy(self, id: str, new_id: str, version: str) -> Draft:
        """Save a copy under another id and version label, for example to keep the state before a meeting.

        Raises UnknownId, DraftError or SaveError; SaveError also if there is a draft with the new id already.
        """
        draft = self.open(id)
        if self._path(new_id).exists():
            raise SaveError(f"There is already a draft {new_id}.", "Choose another name for the copy.", new_id)
        return self.save(read_draft({**draft.with_details(version=version).to_json(), "id": new_id, "revision": 0}))

    def delete(self, id: str) -> None:
        """Delete the draft for good. Raises UnknownId if it is not there, SaveError if it cannot be deleted."""
        path = self._path(id)
        try:
            path.unlink()
        except FileNotFoundError:
            raise self._unknown(id) from None
        except OSError as error:
            failed = save_error(error, path, "The draft")
            raise SaveError("The draft could not be deleted.", failed.advice, failed.detail) from error

    # -- private -------------------------------------------------------------------------------------------------------

    def _unknown(self, id: str) -> UnknownId:
        return UnknownId("draft", id, [p.name.removesuffix(SUFFIX) for p in self.folder.glob(f"*{SUFFIX}")])

    def _path(self, id: str) -> Path:
        if not _ID.fullmatch(id):
            raise DraftError(f"{id!r} is not the name of a draft. Use small letters, digits and single hyphens.")
        return self.folder / f"{id}{SUFFIX}"

    def _clear_the_way(self, path: Path, draft: Draft) -> None:
        try:
            on_disk = self.open(draft.id)
        except UnknownId:
            return
        except _NewerDraft as error:
            raise SaveError("Your draft was not saved.", str(error), f"schema newer than {SCHEMA} [{path.name}]") from error
        except DraftError as error:
            if isinstance(error.__cause__, OSError):
                raise save_error(error.__cause__, path, "Your draft") from error
            self._set_aside(path)
            return
        if on_disk.revision != draft.revision:
            raise SaveError(
                "Your draft was not saved: it has been changed in another window or notebook since you opened it.",
                "Copy what you typed, open the draft again, and put it in there.",
                f"revision {on_disk.revision} on disk, {draft.revision} here [{path.name}]",
            )

    def _set_aside(self, path: Path) -> None:
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        target = path.with_name(f"{path.name}.set-aside-{stamp}-{secrets.token_hex(2)}")
        try:
            path.rename(target)
        except OSError as error:
            raise save_error(error, path, "Your draft") from error
        self.notices.append(f"The file {path.name} was damaged. It is kept as {target.name}, and your draft was saved anew.")


def _parse(path: Path, content: bytes) -> Draft:
    damaged = (
        f"The draft {path.name} is damaged and was not opened. It is kept as it is. Open another draft, or put back a copy of this file."
    )
    try:
        stored = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise DraftError(damaged) from None
    if not isinstance(stored, dict) or stored.pop("smtraining", None) != "policy-draft":
        raise DraftError(damaged)
    schema = stored.get("schema")
    if type(schema) is int and schema > SCHEMA:
        raise _NewerDraft(
            f"The draft {path.name} was written by a newer version of smtraining (schema {schema}; this one reads {SCHEMA}). "
            "It is kept as it is: update smtraining to go on with it, or begin a draft under another name."
        )
    try:
        draft = read_draft(stored)
    except DraftError as error:
        raise DraftError(f"{damaged} ({error})") from None
    if f"{draft.id}{SUFFIX}" != path.name:
        raise DraftError(f"The file {path.name} holds the draft {draft.id}: give it back its name, {draft.id}{SUFFIX}.")
    return draft
