"""What students wrote in Markdown, made fit to be shown inside a page that trusts it.

Formgrader and nbgrader's feedback turn Markdown into HTML and pass on whatever HTML stands in it, in a page that may do what its reader
may do. So in the autograded copy every tag, every link that leads elsewhere than to the web, and every picture from elsewhere gets a
backslash: then it is shown as the characters it is made of (CommonMark 0.31, section 2.4). The file that was handed in stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from nbformat.notebooknode import NotebookNode

_TAG = re.compile(r"(?<!\\)((?:\\\\)*)<(?=[A-Za-z/!?])")
_LINK = re.compile(r"\](?P<open>\(\s*|:\s*)(?!https?://|mailto:|attachment:|#)", re.IGNORECASE)
_PICTURE = re.compile(r"(?<!\\)((?:\\\\)*)!\[(?P<own>[^\[\]\n]*\]\(attachment:(?P<name>[^()\s]+)\))?")
_COMMAND = re.compile(r"\\(?=(?:href|require|style|class|cssId|data|unicode)\b)")
"""Commands of formulas that can lead elsewhere or change the page."""

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


def defuse(cell: NotebookNode) -> None:
    """Make a Markdown cell of a student safe to show. Pictures that the cell itself carries stay."""
    attachments = _pictures(cell.get("attachments"))
    cell.source = defused(cell.source, attachments)
    cell.pop("attachments", None)
    if attachments:
        cell.attachments = attachments


def defused(source: str, pictures: Collection[str] = ()) -> str:
    """Markdown without anything that could act, load or lead elsewhere. Done twice it is the same as once.

    ``pictures`` are the names of pictures in the cell: only these are shown, and any other would keep nbconvert from showing the cell.
    """

    def picture(found: re.Match[str]) -> str:
        return found[0] if found["name"] in pictures else f"{found[1]}\\![{found['own'] or ''}"

    source = _COMMAND.sub("", source)
    source = _TAG.sub(r"\1\\<", source)
    source = _LINK.sub(r"]\\\g<open>", source)
    return _PICTURE.sub(picture, source)


def _pictures(attachments: object) -> dict[str, dict[str, str]]:
    """The attachments that are pictures in a form that browsers show; anything else could be markup."""
    if not isinstance(attachments, dict):
        return {}
    found = {}
    for name, bundle in attachments.items():
        good = (
            {mime: data for mime, data in bundle.items() if mime in _PICTURES and isinstance(data, str)} if isinstance(bundle, dict) else {}
        )
        if good and all(_BASE64.fullmatch(data) for data in good.values()):
            found[name] = good
    return found
