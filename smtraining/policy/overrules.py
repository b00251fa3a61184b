"""What readers of a policy check have overruled, with their reasons: a small file beside the policy, which people may read and edit.

``{"smtraining": "policy-overrules", "schema": 1, "overruled": {"missing:pe-08": {"reason": "It is elsewhere.", "on": "2026-11-23"}}}``
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smtraining.errors import RecordError
from smtraining.policy.check import CheckReport
from smtraining.policy.lock import held
from smtraining.policy.saving import write_whole

SCHEMA = 1

_HEAD = {"smtraining": "policy-overrules", "schema": SCHEMA}


def beside(policy: Path) -> Path:
    """The file of a policy: ``handbook.docx`` has ``handbook.docx.overrules.json`` beside it."""
    return policy.with_name(f"{policy.name}.overrules.json")


def read(path: Path) -> dict[str, str]:
    """Finding -> reason, empty if there is no such file. Raises RecordError if it is damaged or from a newer version."""
    return {id: entry["reason"] for id, entry in _entries(path).items()}


def change(path: Path, report: CheckReport, reasons: Mapping[str, str | None], today: dt.date) -> dict[str, str]:
    """Overrule findings of a report (id -> reason; None takes it back) and write the file; returns what it holds now.

    Raises RecordError for a finding that the report does not have, for an empty reason, and for a file that cannot be read; SaveError if
    it cannot be written. Then the file is as it was.
    """
    with held(path.parent):
        entries = _entries(path)
        known = [one.id for one in report.elements] + [risk.id for risk in report.risks]
        for id, reason in reasons.items():
            if reason is None:
                if entries.pop(id, None) is None:
                    raise RecordError(f"{id} was not overruled, so there is nothing to take back. See {path.name} for what is.")
                continue
            if id not in known:
                raise RecordError(f"There is no finding {id} in the check of {report.name}. Its findings have ids such as {known[0]}.")
            if not reason.strip():
                raise RecordError(f"Say why you overrule {id}: the reason is kept for the next reader.")
            entries[id] = {"reason": reason.strip(), "on": today.isoformat()}
        content = json.dumps({**_HEAD, "overruled": entries}, indent=1, ensure_ascii=False)
        write_whole(path, f"{content}\n".encode(), "The file of overruled findings")
    return {id: entry["reason"] for id, entry in entries.items()}


def _entries(path: Path) -> dict[str, Any]:
    damaged = f"{path.name} is not a file of overruled findings, or it is damaged. It was left as it is: mend it, or move it away."
    try:
        stored = json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RecordError(f"{path.name} could not be read ({error.strerror}). Check that you may open it.") from error
    except (ValueError, RecursionError):
        raise RecordError(damaged) from None
    if not isinstance(stored, dict) or stored.get("smtraining") != _HEAD["smtraining"] or type(stored.get("schema")) is not int:
        raise RecordError(damaged)
    if stored["schema"] > SCHEMA:
        raise RecordError(f"{path.name} was written by a newer version of smtraining. Update smtraining; nothing was changed.")
    entries = stored.get("overruled")
    if not isinstance(entries, dict) or not all(
        isinstance(entry, dict) and isinstance(entry.get("reason"), str) and entry["reason"].strip() for entry in entries.values()
    ):
        raise RecordError(damaged)
    return entries
