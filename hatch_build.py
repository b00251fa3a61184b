"""Build hook: a wheel ships the content as one checked JSON file, so that a learner's environment needs no PyYAML."""

from __future__ import annotations

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileContent(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles the YAML files and puts the result into the wheel. A build with faulty content fails and lists every problem."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """An editable installation reads the YAML files themselves, so it gets nothing."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from smtraining import bank

            build_data["force_include"][str(bank.build())] = "smtraining/content/compiled.json"
        finally:
            sys.path.remove(self.root)
