"""Reads and validates the content, reports every problem with file and line, and looks things up by id.

- :func:`load`: the package's content, with overlay folders laid over it; what lessons and grading use.
- :func:`read`: the same from any folders, always from the sources and always checked; what authors use.
"""

from __future__ import annotations

from smtraining.bank.contentfile import LISTS, SINGULAR, ContentFile, json_schema
from smtraining.bank.loading import OVERLAY_VARIABLE, PACKAGE, build, content_files, load, overlay_folders, read
from smtraining.bank.store import Bank, Place

__all__ = [
    "LISTS",
    "OVERLAY_VARIABLE",
    "PACKAGE",
    "SINGULAR",
    "Bank",
    "ContentFile",
    "Place",
    "build",
    "content_files",
    "json_schema",
    "load",
    "overlay_folders",
    "read",
]
