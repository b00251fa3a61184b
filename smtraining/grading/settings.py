"""Settings in ``nbgrader_config.py``: checked as a whole, and every complaint names the line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from traitlets.config.loader import Config

from smtraining.errors import GradingError
from smtraining.models import Model

CONFIG = "nbgrader_config.py"

M = TypeVar("M", bound=Model)


def root(config: Config) -> Path:
    """The folder of the course that a configuration speaks of; the current folder if it does not say."""
    return Path(str(config.CourseDirectory.get("root", "") or Path.cwd()))


def where(config: Config, option: str) -> str:
    """``nbgrader_config.py, line 12: c.LatePolicy.grace_minutes``; without the line where the file does not name it."""
    name, bracket, rest = f"c.{option}".partition("[")
    try:
        text = (root(config) / CONFIG).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return name + bracket + rest
    lines = [n for n, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*{re.escape(name)}\b", line)]
    return f"{CONFIG}{f', line {lines[-1]}' if lines else ''}: {name}{bracket}{rest}"


def read(config: Config, section: str, model: type[M], also: Mapping[str, Any] | None = None, under: str = "") -> M:
    """The settings ``c.<section>.*`` as ``model``; ``also`` goes over them, and stands in the setting ``under``.

    Raises GradingError that names each wrong line.
    """
    found = {name: _plain(value) for name, value in config.get(section, {}).items()}
    known = model.model_fields
    for name in found:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
            raise GradingError(f"{where(config, f'{section}.{name}')} is no setting. {hint}")
    try:
        return model.model_validate(found | dict(also or {}))
    except ValidationError as error:
        complaints = []
        for one in error.errors(include_url=False):
            name, *inside = (str(step) for step in one["loc"])
            if name in (also or {}):
                name, inside = under, [name, *inside]
            complaints.append(_complaint(where(config, f"{section}.{name}"), inside, dict(one)))
        raise GradingError("\n".join(complaints)) from error


def _complaint(place: str, inside: Sequence[str], error: Mapping[str, Any]) -> str:
    if error["type"] == "missing":
        return f"{place} is not set, and has no usual value. See docs/grading.md."
    said = str(error["msg"]).removeprefix("Value error, ")
    steps = "".join(f"[{step!r}]" for step in inside)
    return f"{place}{steps} is {error['input']!r}: {said[:1].lower()}{said[1:].rstrip('.')}."


def _plain(value: Any) -> Any:
    """From the command line every value comes as a text that knows how to become another type; here it is a number or stays a text."""
    if type(value).__name__ == "DeferredConfigString":
        text = str(value)
        return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text
    return dict(value) if isinstance(value, Config) else value
