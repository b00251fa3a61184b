"""smtraining: a Jupyter curriculum on the ethics of social media for social workers.

The names below are resolved when they are first used, so that importing a part (``smtraining.grading``, say) loads nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smtraining.lesson import (
        answer,
        artifact,
        exercise,
        my_policy,
        pack,
        policy_builder,
        policy_check,
        progress,
        quiz,
        sources,
        switchboard,
        vignette,
    )

__version__ = "0.1.0"
__all__ = [
    "answer",
    "artifact",
    "exercise",
    "my_policy",
    "pack",
    "policy_builder",
    "policy_check",
    "progress",
    "quiz",
    "sources",
    "switchboard",
    "vignette",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("smtraining.lesson"), name)
    raise AttributeError(f"module 'smtraining' has no attribute {name!r}. It offers: {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
