"""One writer at a time: two notebooks, tabs or kernels may change the drafts and the profile of one folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows and the browser: there the check of revisions is the only protection
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder while something in it is read, changed and written back.

    The folder itself is locked, so no file is left behind. Where folders cannot be locked, or it is not there yet, this does nothing: a
    file is still replaced in one step, and a save over a newer revision is refused.
    """
    handle = None
    if fcntl is not None:
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if handle is not None and fcntl is not None:
            with contextlib.suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        if handle is not None:
            os.close(handle)
