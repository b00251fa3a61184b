"""How long a learner waits before the first question: fresh interpreters, taken in turns so that noise falls on all alike."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping

PROGRAMS: Mapping[str, str] = {
    "bare": "pass",
    "ipywidgets": "import ipywidgets",
    "smtraining": "import smtraining",
    "first_question": "import smtraining as smt; smt.quiz('m03-check')",
}


def measure(rounds: int = 9) -> dict[str, float]:
    """Median seconds over the bare interpreter's, in milliseconds, and ratios to a bare ``import ipywidgets``."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for number in range(rounds + 1):
        for name, program in PROGRAMS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            if number:  # the first round fills the caches
                times[name].append(time.perf_counter() - start)
    median = {name: statistics.median(found) for name, found in times.items()}
    over = {name: median[name] - median["bare"] for name in PROGRAMS if name != "bare"}
    return {
        "import_ipywidgets_ms": round(over["ipywidgets"] * 1000, 1),
        "import_smtraining_ms": round(over["smtraining"] * 1000, 1),
        "first_question_ms": round(over["first_question"] * 1000, 1),
        "import_over_ipywidgets": round(over["smtraining"] / over["ipywidgets"], 3),
        "first_question_over_ipywidgets": round(over["first_question"] / over["ipywidgets"], 3),
    }
