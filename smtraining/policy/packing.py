"""The drafts and the profile of a folder, to travel inside a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smtraining.bank import Bank
from smtraining.errors import RecordError
from smtraining.policy.drafts_store import Drafts
from smtraining.policy.profile_store import ProfileStore


def drafts_and_profile(folder: Path, bank: Bank) -> dict[str, Any]:
    """``policy_drafts``: id -> :meth:`Draft.to_json`, the one changed last first; ``policy_profile``: :meth:`Profile.to_json`.

    Each only if there is one. What cannot be read is left out: its file stays beside the notebook as it is.
    """
    drafts, profiles = Drafts(folder), ProfileStore(folder, bank)
    found: dict[str, Any] = {}
    if listed := [entry.id for entry in drafts.list() if entry.problem is None]:
        found["policy_drafts"] = {id: drafts.open(id).to_json() for id in listed}
    try:
        if profiles.exists():
            found["policy_profile"] = profiles.load().to_json()
    except RecordError:
        pass
    return found
