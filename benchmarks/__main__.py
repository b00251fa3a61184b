"""``python -m benchmarks``: measure everything and write docs/benchmarks/latest.json (flat keys)."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the tests' way of starting a server and a browser serves here too


def main() -> None:
    """Run the measurements and write them with what they were made on."""
    from benchmarks import autograde, imports, policy_edit, widgets

    result: dict[str, object] = {
        "command": "make bench",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        **{f"version_{name}": version(name) for name in ("jupyterlab", "ipywidgets", "anywidget", "jupyterquiz")},
    }
    result |= imports.measure()
    result |= widgets.measure()
    result |= policy_edit.measure()
    result |= autograde.measure()
    out = ROOT / "docs" / "benchmarks" / "latest.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
