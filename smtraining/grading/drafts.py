"""The policy in a submission: found wherever its drafts were saved, checked, and brought down to the one draft that is handed in.

Drafts stand in the output of ``hand_in()`` or ``pack()``, in the notebook's metadata, and as files in the folder ``policy-drafts`` beside
it. Like answers they are what a stranger handed in: limited in size, checked field by field, never run. Nothing here raises on what a
submission holds.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smtraining.errors import DraftError
from smtraining.policy.draft import SCHEMA, Draft, read_draft
from smtraining.policy.drafts_store import FOLDER, SUFFIX
from smtraining.policy.profile_store import FILE_NAME as PROFILE_FILE

DRAFTS = "policy_drafts"
"""The key, in stored or packed answers, of a list of drafts as :meth:`Draft.to_json` gives them (or of a mapping id -> draft)."""

PROFILE = "policy_profile"
"""The key of the switchboard's answers as :meth:`Profile.to_json` gives them."""

MAX_DRAFT = 500_000
"""Largest draft that is read, as JSON, in characters: more than two hundred printed pages."""

MAX_DRAFTS = 200
"""Most drafts that are read from one source."""

_CHOICE = re.compile(r"""^(?:[a-z_]{1,20}\.)?hand_in\([ \t]*(["'])([^"'\n]{1,300})\1[ \t]*\)""", re.MULTILINE)
"""A line ``hand_in("name of the draft")``."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A draft as it was found: the plain data, and where. ``name`` is what to call it in a message."""

    stored: object
    source: str
    name: str


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The policy of one submission.

    ``draft`` is the one that counts, or None; ``source`` says where it was found ("notebook", "side file", "packed output").
    ``profile`` is what the switchboard knows, as it was stored. ``trouble`` is set if another draft may have been meant, or the one that
    was meant cannot be read: then a person should look. ``remarks`` are sentences for the instructor.
    """

    draft: Draft | None = None
    source: str = ""
    trouble: str | None = None
    profile: object = None
    remarks: tuple[str, ...] = ()

    def to_metadata(self) -> dict[str, Any]:
        """Plain JSON for the notebook's metadata."""
        return {
            "draft": self.draft.to_json() if self.draft else None,
            "source": self.source,
            "profile": self.profile,
            "trouble": self.trouble,
            "remarks": list(self.remarks),
        }

    @classmethod
    def from_metadata(cls, stored: Mapping[str, Any]) -> HandedIn:
        """What :meth:`to_metadata` wrote."""
        draft = read_draft(stored["draft"]) if stored["draft"] else None
        return cls(draft, stored["source"], stored["trouble"], stored["profile"], tuple(stored["remarks"]))


def time_of(draft: Draft) -> dt.datetime:
    """When the draft was saved, in UTC; long ago if it does not say."""
    if draft.changed is None:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    return draft.changed if draft.changed.tzinfo else draft.changed.replace(tzinfo=dt.UTC)


def chosen(code: Iterable[str]) -> str:
    """The name in the last line ``hand_in("…")`` of the code cells; empty if none is named. The cells are read, not run."""
    names = [match[2].strip() for source in code for match in _CHOICE.finditer(source)]
    return names[-1] if names else ""


def in_mapping(stored: Mapping[str, Any], source: str) -> Iterator[Copy]:
    """The drafts in stored or packed answers."""
    held = stored.get(DRAFTS)
    listed = list(held.values()) if isinstance(held, Mapping) else held if isinstance(held, list) else [] if held is None else [held]
    for number, one in enumerate(listed[:MAX_DRAFTS], 1):
        yield Copy(one, source, f"draft {number} of the {source}")


def in_files(folder: Path) -> Iterator[Copy]:
    """The drafts in the folder ``policy-drafts`` of a submission. Links are not followed: they may lead to somebody else's work."""
    drafts = folder / FOLDER
    if drafts.is_symlink() or not drafts.is_dir():
        return
    for path in sorted(drafts.glob(f"*{SUFFIX}"))[:MAX_DRAFTS]:
        yield Copy(_of_file(path, MAX_DRAFT * 2), "side file", path.name)


def profile_file(folder: Path) -> object:
    """The switchboard's answers in the file beside the notebook; None if there is none, or it cannot be read."""
    found = _of_file(folder / PROFILE_FILE, 100_000)
    return None if isinstance(found, _Unreadable) else found


def handed_in(copies: Iterable[Copy], profiles: Iterable[object], name: str) -> HandedIn:
    """The one draft that counts among all copies.

    Of copies of one draft the newest counts. ``name`` (an id or a title) says which draft is meant; without it, the one changed last.
    """
    good: dict[str, tuple[Draft, str]] = {}
    bad: dict[str, str] = {}
    for copy in copies:
        try:
            draft = _read(copy.stored)
        except DraftError as error:
            bad[_id_in(copy)] = f"{copy.name}: {error}"
            continue
        if draft.id not in good or _age(draft) > _age(good[draft.id][0]):
            good[draft.id] = (draft, copy.source)
    lost = {id: why for id, why in bad.items() if id not in good}
    profile = next((found for found in map(_plain_profile, profiles) if found is not None), None)
    return HandedIn(*_choose(good, lost, name), profile=profile, remarks=tuple(bad.values()))


# -- private ---------------------------------------------------------------------------------------------------------


def _choose(good: Mapping[str, tuple[Draft, str]], lost: Mapping[str, str], name: str) -> tuple[Draft | None, str, str | None]:
    if name:
        meant = [one for id, one in good.items() if name == id] or [
            one for one in good.values() if one[0].title.casefold() == name.casefold()
        ]
        if len(meant) == 1:
            return (*meant[0], None)
        if name in lost:
            return None, "", f"The draft {name!r} was handed in and cannot be read. {lost[name]}"
        there = ", ".join(sorted(good)) or "none that can be read"
        how = "Several drafts have the name" if meant else "No draft was handed in with the name"
        return None, "", f"{how} {name!r} that the notebook asks for. Found: {there}."
    if not good:
        return None, "", f"A draft was handed in and cannot be read. {next(iter(lost.values()))}" if lost else None
    draft, source = max(good.values(), key=lambda one: (time_of(one[0]), *_age(one[0])))
    if lost:
        return draft, source, f"Another draft cannot be read, and it may have been meant. {next(iter(lost.values()))}"
    return draft, source, None


def _age(draft: Draft) -> tuple[int, dt.datetime, str]:
    """Sorts copies of one draft from old to new; the last part only makes the order total."""
    return draft.revision, time_of(draft), draft.model_dump_json()


def _read(stored: object) -> Draft:
    """A draft from what was handed in. Raises DraftError."""
    if isinstance(stored, _Unreadable):
        raise DraftError(stored.why)
    try:
        text = json.dumps(stored, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise DraftError("it is not plain JSON.") from None
    if len(text) > MAX_DRAFT:
        raise DraftError(f"it is larger than {MAX_DRAFT:,} characters and was not read.")
    plain = json.loads(text)  # nbformat's own kind of dict has turned back into plain ones
    if not isinstance(plain, dict):
        raise DraftError("it is not a draft of a policy.")
    if plain.pop("smtraining", "policy-draft") != "policy-draft":
        raise DraftError("it is not a draft of a policy.")
    schema = plain.get("schema")
    if type(schema) is int and schema > SCHEMA:
        raise DraftError(f"a newer version of smtraining wrote it (schema {schema}; this one reads {SCHEMA}). Update smtraining.")
    return read_draft(plain)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """Stands for a file that cannot be read."""

    why: str


def _of_file(path: Path, limit: int) -> object:
    try:
        if path.is_symlink():
            return _Unreadable("it is a link to another file and was not read.")
        if not path.is_file():
            return _Unreadable("it is not a file.")
        if path.stat().st_size > limit:
            return _Unreadable(f"it is larger than {limit:,} bytes and was not read.")
        return json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        return _Unreadable(f"it could not be read ({error.strerror}).")
    except (ValueError, RecursionError):
        return _Unreadable("it is damaged.")


def _id_in(copy: Copy) -> str:
    """The id that an unreadable copy seems to have: of its content, or of its file."""
    id = copy.stored.get("id") if isinstance(copy.stored, Mapping) else None
    return id if isinstance(id, str) else copy.name.removesuffix(SUFFIX)


def _plain_profile(stored: object) -> object:
    try:
        text = json.dumps(stored, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    return json.loads(text) if len(text) <= 100_000 else None
