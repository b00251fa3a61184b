"""The policy check in a notebook cell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from smtraining import bank as banks
from smtraining.lesson.panels import Panel
from smtraining.policy import check_page, check_text
from smtraining.policy.checkfile import checked


def panel(file: str | Path, profile: str | Path | None, overrule: Mapping[str, str | None] | None) -> Panel:
    """The report on a policy as a panel. Raises the package's errors."""
    bank = banks.load()
    report = checked(Path(file), bank, profile=Path(profile) if profile is not None else None, changes=overrule)
    return Panel(check_page.fragment(report, bank), check_text.text(report, bank))
