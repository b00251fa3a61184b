"""How far a run is, on stderr: a bar with the time left in a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from smtraining.grading.classrun import Done


@contextlib.contextmanager
def shown(what: str) -> Iterator[Callable[[Done], None]]:
    """Show the progress of ``what``; yields the function to tell it to."""
    terminal = sys.stderr.isatty()
    tqdm.monitor_interval = 0  # a thread of its own would forbid to start workers by copying this process
    with contextlib.ExitStack() as stack:
        bars: list[tqdm[None]] = []

        def tell(done: Done) -> None:
            if done.total and not bars:
                bars.append(stack.enter_context(_bar(what, done.total, terminal=terminal)))
            for bar in bars:
                bar.update(done.finished - bar.n)

        yield tell


def _bar(what: str, total: int, *, terminal: bool) -> tqdm[None]:
    return tqdm(
        total=total,
        desc=what,
        unit="submission",
        file=sys.stderr,
        mininterval=0.2 if terminal else 10,
        dynamic_ncols=terminal,
        bar_format=None if terminal else "{desc}: {n_fmt} of {total_fmt}, {remaining} left\n",
    )
