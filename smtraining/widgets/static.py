"""The static version of a page: what GitHub, nbviewer, a printer and a reader without a kernel show.

Both versions are written from the same few blocks, so that the HTML and the plain text never say different things. The HTML carries no id,
no input, no key and no inline style; it reads well bare, because GitHub removes the small scoped ``<style>``. Everything is deterministic:
the text is stored in the notebook's outputs and compared by the lint.
"""

from __future__ import annotations

import html
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from smtraining.bank.marks import bare, inline_html, list_html, parts, plain, prose_html
from smtraining.models import SPAN

View = Mapping[str, Any]

RUN = "Run this cell to answer (Run > Run All Cells)."
SEE = "Run this cell to explore it (Run > Run All Cells)."
GOES_ON = "The story goes on when you run the cell (Run > Run All Cells)."

WIDTH = 80
"""Columns of the plain text."""

Marker = Literal["circle", "box", "place", "bullet"]


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` 3 is the page's title: the notebook around it owns the levels above."""

    level: Literal[3, 4]
    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """Text with the four marks."""

    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked: prose that stands out."""

    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line, with a label in bold where it has one."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Labelled values under each other. A row without a value is a line of its own."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What the reader can do here; set apart from the content."""

    text: str


@dataclass(frozen=True, slots=True)
class Entries:
    """A list in authored order. ``place`` leaves room for a number."""

    marker: Marker
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """One choice per row among the same columns."""

    corner: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """Room to write on paper."""

    text: str


@dataclass(frozen=True, slots=True)
class Screen:
    """Blocks that quote what is on somebody's screen."""

    blocks: tuple[Block, ...]


Block = Heading | Prose | Ask | Line | Rows | Note | Entries | Grid | Room | Screen


def page_html(view: View, reveals: Mapping[str, View]) -> str:
    """The page as one ``<div>`` of self-contained, well-formed HTML (UTF-8).

    ``view`` is the page's redacted view; of a vignette's reveal in ``reveals`` only what is asked first is used (docs/architecture.md).
    Raises ValueError for a question kind that has no static version.
    """
    body = "\n".join(_html(block) for block in _page(view, reveals))
    id = html.escape(view.get("id", ""))
    # Where the page itself is on display, it takes the place of its static version.
    live = f'body:has(section.smt[data-id="{id}"]) .smt-static[data-page="{id}"]{{display:none}}'
    return f'<div class="smt-static" data-page="{id}">\n<style>{_STYLE}{live}</style>\n{body}\n</div>'


def page_text(view: View, reveals: Mapping[str, View]) -> str:
    """The page as ASCII text, wrapped at 80 columns; the same content and the same errors as :func:`page_html`."""
    return "\n\n".join(_text(block, WIDTH) for block in _page(view, reveals)) + "\n"


# --- what a page holds ----------------------------------------------------------------------------------------------


def _page(view: View, reveals: Mapping[str, View]) -> Iterator[Block]:
    items: list[View] = view["items"]
    artifacts: Mapping[str, View] = view["artifacts"]
    yield Heading(3, view["title"])
    if intro := view.get("intro"):
        yield Prose(intro)
    if not items:
        for artifact in artifacts.values():
            yield from _artifact(artifact)
            yield from _lenses(artifact)
        if any(artifact.get("lenses") for artifact in artifacts.values()):
            yield Note(SEE)
        return
    shown: set[str] = set()
    questions = sum(item["kind"] != "vignette" for item in items)
    if questions and view["page"] != "plain":
        yield Note(RUN)
    number = 0
    for item in items:
        if item["kind"] == "vignette":
            yield from _vignette(item, reveals.get(item["id"]), artifacts, title=item["title"] != view["title"])
        else:
            number += 1
            yield from _question(item, f"Question {number} of {questions}", artifacts, shown)


def _question(item: View, heading: str, artifacts: Mapping[str, View], shown: set[str]) -> Iterator[Block]:
    points = item.get("points")
    yield Heading(4, heading + (f" ({points} point{'s' if points != 1 else ''})" if points else ""))
    if context := item.get("context"):
        yield Prose(context)
    if (name := item.get("artifact")) is not None:
        if name in shown:
            yield Note(f"This is about the same thing as above: {_accessible_name(artifacts[name])}.")
        else:
            shown.add(name)
            yield from _artifact(artifacts[name])
    yield Ask(item["stem"])
    yield Note(item["how"])
    if item["kind"] not in _ANSWERS:
        raise ValueError(f"{item['id']}: no static version for the kind {item['kind']!r}; there is one for {', '.join(_ANSWERS)}")
    yield from _ANSWERS[item["kind"]](item)
    if hint := item.get("hint"):
        yield Line(hint, "Hint")


def _vignette(item: View, reveal: View | None, artifacts: Mapping[str, View], *, title: bool) -> Iterator[Block]:
    if title:
        yield Heading(4, item["title"])
    yield Line(f"{item['role']} {item['setting']}, about {item['minutes']} minutes.")
    if note := item.get("content_note"):
        yield Line(note["text"], "Before you read")
        yield Line(note["help"], "Help")
        yield Note("You may skip this case.")
    yield Prose(item["opening"])
    if (name := item.get("artifact")) is not None:
        yield from _artifact(artifacts[name])
    yield from _first_question(reveal or {})
    yield Note(GOES_ON)


def _first_question(reveal: View) -> Iterator[Block]:
    """What the learner is asked first: the same however far a reveal has grown, so that the page does not depend on anybody's answers."""
    if gut := reveal.get("gut"):
        yield Heading(4, "Your first answer")
        yield Ask(gut["prompt"])
        yield Entries("circle", _texts(gut["choices"]))
    elif think := reveal.get("think"):
        yield Heading(4, "Take a minute")
        for prompt in think["prompts"]:
            yield Ask(prompt["prompt"])
            if prompt["options"]:
                yield Entries("circle", _texts(prompt["options"]))
    elif scenes := reveal.get("scenes"):
        yield Heading(4, scenes[0]["title"])
        yield Prose(scenes[0]["text"])
        if ask := scenes[0].get("ask"):
            yield Ask(ask)
            yield Entries("circle", _texts(scenes[0]["choices"]))


def _texts(options: Iterable[View]) -> tuple[str, ...]:
    return tuple(option["text"] for option in options)


def _single(item: View) -> Iterator[Block]:
    yield Entries("circle", _texts(item["options"]))


def _multiple(item: View) -> Iterator[Block]:
    yield Entries("box", _texts(item["options"]))


def _pair(item: View) -> Iterator[Block]:
    yield Line("What you would do:")
    yield Entries("circle", _texts(item["actions"]))
    yield Line("Because:")
    yield Entries("circle", _texts(item["reasons"]))


def _order(item: View) -> Iterator[Block]:
    yield Entries("place", _texts(item["entries"]))


def _rank(item: View) -> Iterator[Block]:
    yield Entries("place", _texts(item["options"]))


def _match(item: View) -> Iterator[Block]:
    yield Grid("Entry", _texts(item["categories"]), _texts(item["entries"]))


def _rate(item: View) -> Iterator[Block]:
    yield Grid("Response", tuple(item["scale"]), _texts(item["responses"]))


def _spot(item: View) -> Iterator[Block]:
    yield Entries("box", _texts(item["spans"]))


def _scale(item: View) -> Iterator[Block]:
    yield Line(f"From “{item['low']}” to “{item['high']}”:")
    yield Entries("circle", _texts(item["steps"]))


def _reflect(item: View) -> Iterator[Block]:
    low, high = item["words"]
    yield Room(f"Your words, about {low} to {high}:")


_ANSWERS: dict[str, Callable[[View], Iterator[Block]]] = {
    "single": _single,
    "multiple": _multiple,
    "pair": _pair,
    "order": _order,
    "match": _match,
    "spot": _spot,
    "rank": _rank,
    "rate": _rate,
    "scale": _scale,
    "reflect": _reflect,
}


# --- artifacts ------------------------------------------------------------------------------------------------------

_TYPES = {
    "post": "Post",
    "story": "Story",
    "thread": "Thread",
    "dm": "Direct messages",
    "review": "Review",
    "profile": "Profile",
    "group": "Group page",
    "email": "E-mail",
    "form": "Form page",
    "news": "News item",
}


def _accessible_name(artifact: View) -> str:
    """``Post on ChatterBox by Dana``: the same words as the card in the browser has as its name."""
    kind = artifact["type"]
    name = _where(artifact)
    if author := artifact.get("author"):
        name += f" {'from' if kind in ('email', 'dm') else 'of' if kind == 'profile' else 'by'} {author['name']}"
    elif title := artifact.get("title"):
        name += f": {title}"
    return bare(name)


def _artifact(artifact: View) -> Iterator[Block]:
    yield Screen(tuple(_on_screen(artifact)))


def _on_screen(artifact: View) -> Iterator[Block]:
    kind = artifact["type"]
    author = artifact.get("author")
    head = {
        _where(artifact): "",
        "From" if kind in ("email", "dm") else "By": _person(author) if author else None,
        "To": artifact.get("to"),
        "When": artifact.get("when"),
        "Place": artifact.get("place"),
        "Who can see it": artifact.get("audience"),
        "Subject" if kind == "email" else "Title": artifact.get("title"),
        "Rating": f"{artifact['rating']} of 5 stars" if artifact.get("rating") else None,
    }
    yield Rows(tuple((label, value) for label, value in head.items() if value is not None))
    if body := artifact.get("body"):
        yield Prose(body)
    if picture := artifact.get("picture"):
        yield Line(picture["alt"], "Picture")
    if fields := artifact.get("fields"):
        yield Rows(tuple((field["label"], field["value"]) for field in fields))
    for message in artifact.get("messages", ()):
        when = f", {message['when']}" if message.get("when") else ""
        mine = " (your side)" if message.get("mine") else ""
        yield Rows(((f"{_person(message['sender'])}{mine}{when}", ""),))
        yield Prose(message["text"])
        if reactions := message.get("reactions"):
            yield Line(reactions, "Reactions")
    if reactions := artifact.get("reactions"):
        yield Line(reactions, "Reactions")


def _where(artifact: View) -> str:
    kind = artifact["type"]
    return f"{_TYPES[kind]} {'in' if kind in ('email', 'form') else 'on'} {artifact['platform']}"


def _person(person: View) -> str:
    return ", ".join(part for part in (person["name"], person.get("handle"), person.get("role")) if part)


def _lenses(artifact: View) -> Iterator[Block]:
    words = {m[1]: m[2] for text in _strings(artifact) for m in SPAN.finditer(text)}
    for lens in artifact.get("lenses", ()):
        yield Heading(4, lens["who"][:1].upper() + lens["who"][1:])
        yield Prose(lens["knows"])
        if noticed := tuple(words[id] for id in lens["notices"]):
            yield Line("What stands out:")
            yield Entries("bullet", noticed)


def _strings(data: Any) -> Iterator[str]:
    """Every string in JSON data, in reading order."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _strings(value)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from _strings(value)


# --- HTML -----------------------------------------------------------------------------------------------------------

_HTML_MARKERS = {"circle": "&#9675; ", "box": "&#9744; ", "place": "[&nbsp;&nbsp;&nbsp;] ", "bullet": ""}

_STYLE = (
    # The page on display takes the place of its static version (first rule); while the page is on its way, the static version waits
    # two seconds (second). A page without its kernel is the line "Error displaying widget" in JupyterLab and Notebook 7 (third).
    ".jp-OutputArea-child:has(section.smt)+.jp-OutputArea-child .smt-static{display:none}"
    ".jp-OutputArea-child:not(:has(.smt-static,section.smt,>.jupyter-widgets))+.jp-OutputArea-child .smt-static{"
    "content-visibility:hidden;max-height:0;animation:smt-static-wait 0s 2s forwards}"
    "@keyframes smt-static-wait{to{content-visibility:visible;max-height:none}}"
    ".jp-OutputArea-child:has(+.jp-OutputArea-child .smt-static)>.jupyter-widgets:not(:has(*)){display:none}"
    ".smt-static{max-width:44em;line-height:1.55}"
    ".smt-static h3{font-size:1.3em;margin:.4em 0 .8em}"
    ".smt-static h4{font-size:1em;margin:1.8em 0 .6em;padding-top:.8em;border-top:1px solid #8888}"
    ".smt-static blockquote{margin:1em 0;padding:.6em 1.1em;border:1px solid #8888;border-radius:8px;break-inside:avoid}"
    ".smt-static ul[type=none]{list-style:none;padding-left:.4em}"
    ".smt-static ul[type=none] li{padding-left:1.15em;text-indent:-1.15em;margin:.35em 0}"
    ".smt-static table{border-collapse:collapse;margin:1em 0}"
    ".smt-static th,.smt-static td{border:1px solid #8888;padding:.35em .7em;text-align:center}"
    ".smt-static th[scope=row]{text-align:left;font-weight:normal}"
    ".smt-static-room{min-height:7em;border:1px solid #8888;border-radius:8px;padding:.5em .8em}"
    "@media print{.smt-static h4{break-after:avoid}.smt-static ul,.smt-static table{break-inside:avoid}}"
)


def _html(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{inline_html(text)}</h{level}>"
        case Prose(text):
            return prose_html(text)
        case Ask(text):
            return "\n".join(f"<p><strong>{inline_html(entry)}</strong></p>" for _, texts in parts(text) for entry in texts)
        case Line(text, label):
            return f"<p>{_html_row(label, text)}</p>"
        case Rows(rows):
            return "<p>" + "<br>\n".join(_html_row(label, text) for label, text in rows) + "</p>"
        case Note(text):
            return f"<p><em>{inline_html(text)}</em></p>"
        case Entries("bullet", entries):
            return list_html(entries)
        case Entries(marker, entries):
            # type="none" and not a class: it takes the bullet away even where the style sheet was removed.
            return (
                '<ul type="none">\n' + "\n".join(f"<li>{_HTML_MARKERS[marker]}{inline_html(entry)}</li>" for entry in entries) + "\n</ul>"
            )
        case Grid(corner, columns, rows):
            head = "".join(f'<th scope="col">{inline_html(text)}</th>' for text in (corner, *columns))
            cells = "<td>&#9675;</td>" * len(columns)
            body = "\n".join(f'<tr><th scope="row">{inline_html(row)}</th>{cells}</tr>' for row in rows)
            return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
        case Room(text):
            return f'<p class="smt-static-room"><em>{inline_html(text)}</em></p>'
        case Screen(blocks):
            return "<blockquote>\n" + "\n".join(_html(inner) for inner in blocks) + "\n</blockquote>"


def _html_row(label: str, text: str) -> str:
    head = f"<strong>{inline_html(label)}{':' if text else ''}</strong>" if label else ""
    return f"{head}{' ' if head and text else ''}{inline_html(text)}"


# --- plain text -----------------------------------------------------------------------------------------------------

_ASCII_MARKERS = {"circle": "( ) ", "box": "[ ] ", "place": "[__] ", "bullet": "- "}

_ASCII = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "--",
        "…": "...",
        "·": "-",
        "•": "-",
        "→": "->",
        "−": "-",
        "×": "x",
        "\u00a0": " ",
        "ß": "ss",
        "æ": "ae",
        "ø": "o",
    }
)


def _ascii(text: str) -> str:
    """Plain ASCII: typographic signs by their typewriter form, letters without their accents, anything else as a question mark."""
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", re.sub(r"§\s*", "sec. ", text).translate(_ASCII))
    return "".join(c for c in letters if not unicodedata.combining(c)).encode("ascii", "replace").decode("ascii")


def _text(block: Block, width: int) -> str:
    match block:
        case Heading(level, text):
            lines = _wrap(text, width)
            return f"{lines}\n{('=' if level == 3 else '-') * max(len(line) for line in lines.splitlines())}"
        case Prose(text) | Ask(text):
            return "\n\n".join(
                "\n".join(_wrap(entry, width, "- " if kind == "ul" else "") for entry in texts) for kind, texts in parts(text)
            )
        case Line(text, label):
            return _text_row(label, text, width)
        case Rows(rows):
            return "\n".join(_text_row(label, text, width) for label, text in rows)
        case Note(text):
            return _wrap(f"({text})", width)
        case Entries(marker, entries):
            return "\n".join(_wrap(entry, width, _ASCII_MARKERS[marker]) for entry in entries)
        case Grid(_, columns, rows):
            choices = "\n".join(_wrap(column, width, "    ( ) ") for column in columns)
            return "\n\n".join(f"{_wrap(row, width, '- ')}\n{choices}" for row in rows)
        case Room(text):
            return "\n".join([_wrap(text, width), *["_" * width] * 4])
        case Screen(blocks):
            inner = "\n\n".join(_text(block, width - 2) for block in blocks)
            return "\n".join(f"| {line}".rstrip() for line in inner.splitlines())


def _text_row(label: str, text: str, width: int) -> str:
    return _wrap(f"{label}: {text}" if label and text else label or text, width)


def _wrap(text: str, width: int, mark: str = "") -> str:
    lines = textwrap.wrap(_ascii(plain(text)), width, initial_indent=mark, subsequent_indent=" " * len(mark), break_on_hyphens=False)
    return "\n".join(lines) or mark.rstrip()
