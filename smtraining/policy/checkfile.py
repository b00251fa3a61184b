"""The policy check of a file, with the profile and the overruled findings that are kept beside it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path

from smtraining.bank import Bank
from smtraining.errors import RecordError
from smtraining.policy import overrules
from smtraining.policy.check import CheckReport, check
from smtraining.policy.extract import text_of
from smtraining.policy.profile import Profile, from_json
from smtraining.policy.profile_store import FILE_NAME, ProfileStore


def checked(
    policy: Path, bank: Bank, *, profile: Path | None = None, file: Path | None = None, changes: Mapping[str, str | None] | None = None
) -> CheckReport:
    """The check of a file. ``profile`` is a file (else the one saved beside the policy, or in the current folder), ``file`` that of the
    overruled findings (else the one beside the policy), ``changes`` are findings to overrule (id -> reason; None takes it back).

    Raises DocumentError, RecordError and SaveError.
    """
    document = text_of(policy)
    known = _profile(profile, policy, bank)
    kept = file or overrules.beside(policy)
    if file is not None and not file.exists() and not changes:
        raise RecordError(f"There is no file {file.name}. Make it with --set-aside ID REASON, or leave --overrule out.")
    reasons = overrules.read(kept)
    if changes:
        reasons = overrules.change(kept, check(document, known, bank, reasons), changes, dt.date.today())
    return check(document, known, bank, reasons)


def _profile(path: Path | None, policy: Path, bank: Bank) -> Profile:
    if path is None:
        stores = [ProfileStore(folder, bank) for folder in dict.fromkeys((policy.resolve().parent, Path.cwd()))]
        return next((store.load() for store in stores if store.exists()), Profile())
    try:
        stored = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise RecordError(f"The profile {path} could not be read ({error.strerror or error}). Check the name and the folder.") from error
    except (ValueError, RecursionError):
        raise RecordError(f"{path.name} is not a profile. The switchboard writes one, named {FILE_NAME}.") from None
    return from_json(bank, stored)
