"""A page of the workbench for readers without a kernel: HTML and text from one plain sheet.

A sheet is ``{"id", "title", "intro", "sections": [{"heading", "entries": [{"title", "text", "entries": [line]}]}]}``.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping
from typing import Any

from smtraining.widgets.static import page_html

Sheet = Mapping[str, Any]

NOTE = "Run this cell to work with it: choose Run > Run All Cells."


def sheet_html(sheet: Sheet) -> str:
    """The sheet as one ``<div>`` of well-formed HTML, framed like a lesson's page: where the live page is on display, this one is not."""
    frame = page_html({"id": sheet["id"], "title": sheet["title"], "intro": sheet["intro"], "items": [], "artifacts": {}}, {})
    parts = [f"<p><em>{_words(NOTE)}</em></p>"]
    for section in sheet["sections"]:
        parts.append(f"<h4>{_words(section['heading'])}</h4>")
        for entry in section["entries"]:
            parts.append(f'<p dir="auto"><strong>{_words(entry["title"])}</strong><br>{_words(entry["text"])}</p>')
            if entry["entries"]:
                parts.append("<ul>" + "".join(f"<li>{_words(line)}</li>" for line in entry["entries"]) + "</ul>")
    return frame.removesuffix("</div>") + "\n".join(parts) + "\n</div>"


def sheet_text(sheet: Sheet) -> str:
    """The sheet as text, wrapped at 80 columns."""
    lines = [sheet["title"], "", *textwrap.wrap(sheet["intro"], 80), "", NOTE]
    for section in sheet["sections"]:
        lines += ["", section["heading"].upper()]
        for entry in section["entries"]:
            lines += ["", *textwrap.wrap(entry["title"], 80)]
            for paragraph in entry["text"].split("\n"):
                lines += textwrap.wrap(paragraph, 76, initial_indent="    ", subsequent_indent="    ")
            for line in entry["entries"]:
                lines += textwrap.wrap(line, 76, initial_indent="  - ", subsequent_indent="    ")
    return "\n".join(lines)


def _words(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")
