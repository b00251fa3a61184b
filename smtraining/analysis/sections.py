"""The parts of the dashboard and of the report, each a function that writes it as HTML."""

from __future__ import annotations

from collections.abc import Callable

from smtraining.analysis import about_class, about_items
from smtraining.analysis.shown import Shown

PARTS: dict[str, Callable[[Shown], str]] = {
    "overview": about_class.overview,
    "stuck": about_class.stuck,
    "items": about_items.items,
    "choices": about_items.choices,
    "standards": about_items.standards,
    "judgement": about_items.judgement,
    "feedback": about_class.feedback,
    "written": about_class.written,
    "groups": about_class.groups,
}
"""The parts, in reading order."""
