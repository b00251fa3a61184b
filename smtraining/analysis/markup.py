"""Pieces of HTML for the dashboard and the report: tables, bars and notes. Every text is escaped; styles stand under one class.

Nothing is told by colour or by a picture alone: each bar stands beside its number, each figure beside its table.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CLASS = "smt-class"

STYLE = f"""
.{CLASS} {{ --smt-series: #0b57a4; --smt-mark: #a33c00; --smt-grid: #76767666; --smt-soft: #7676761f;
  max-width: 66rem; line-height: 1.5; text-align: left; overflow-wrap: break-word; }}
[data-jp-theme-light="false"] .{CLASS} {{ --smt-series: #8ab8f0; --smt-mark: #ffb38a; }}
.{CLASS} h2, .{CLASS} h3, .{CLASS} h4 {{ line-height: 1.25; margin: 1.4em 0 .4em; font-weight: 600; }}
.{CLASS} h2 {{ font-size: 1.45em; }}
.{CLASS} h3 {{ font-size: 1.2em; }}
.{CLASS} h4 {{ font-size: 1.05em; }}
.{CLASS} p, .{CLASS} ul, .{CLASS} dl {{ margin: .4em 0 .8em; max-width: 46rem; }}
.{CLASS} dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .2em 1.2em; }}
.{CLASS} dt, .{CLASS} dd {{ float: none; width: auto; margin: 0; padding: 0; }}
.{CLASS} dd {{ font-variant-numeric: tabular-nums; }}
.{CLASS} dt {{ font-weight: 600; }}
.{CLASS} .smt-id {{ white-space: nowrap; }}
.{CLASS} .smt-scroll {{ overflow-x: auto; margin: .6em 0 1em; }}
.{CLASS} .smt-scroll:focus-visible {{ outline: 2px solid currentColor; outline-offset: 2px; }}
.{CLASS} table {{ border-collapse: collapse; border: 0; margin: 0; font-size: .95em; table-layout: auto; color: inherit; }}
.{CLASS} caption {{ text-align: left; font-weight: 600; padding: .2em 0 .4em; caption-side: top; color: inherit; }}
.{CLASS} th, .{CLASS} td {{ border: 0; border-bottom: 1px solid var(--smt-grid); padding: .35em .7em .35em 0; text-align: left;
  vertical-align: top; white-space: normal; overflow-wrap: normal; background: none; }}
.{CLASS} thead th {{ font-weight: 600; vertical-align: bottom; }}
.{CLASS} tbody th {{ font-weight: 400; white-space: nowrap; }}
.{CLASS} td.smt-number {{ font-variant-numeric: tabular-nums; white-space: nowrap; }}
.{CLASS} th.smt-number {{ max-width: 7.5em; }}
.{CLASS} th.smt-wide, .{CLASS} td.smt-wide {{ min-width: 11em; max-width: 30em; white-space: normal; }}
.{CLASS} .smt-interval {{ display: block; font-size: .9em; font-weight: 400; }}
.{CLASS} tr.smt-strong > * {{ font-weight: 600; }}
.{CLASS} .smt-bar {{ display: block; width: 5.5em; height: .45em; margin-top: .15em; background: var(--smt-soft); }}
.{CLASS} .smt-bar > span {{ display: block; height: 100%; background: var(--smt-series); forced-color-adjust: none; }}
.{CLASS} .smt-look {{ border-left: 4px solid var(--smt-mark); padding: .2em .8em; list-style: none; }}
.{CLASS} figure {{ margin: .8em 0 1.2em; max-width: 36rem; }}
.{CLASS} figure svg {{ width: 100%; height: auto; }}
.{CLASS} figcaption {{ font-size: .95em; }}
.{CLASS} details {{ margin: .4em 0 1em; }}
.{CLASS} summary {{ cursor: pointer; display: list-item; font-weight: 600; }}
.{CLASS} summary:focus-visible {{ outline: 2px solid currentColor; outline-offset: 2px; }}
@media (max-width: 30rem) {{ .{CLASS} dl {{ display: block; }} .{CLASS} dd {{ margin: 0 0 .5em; }} }}
"""


@dataclass(frozen=True, slots=True)
class Raw:
    """HTML that was made here, and is not escaped again."""

    html: str


Cell = str | Raw


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and whether it holds ``number``s, or words that need room (``wide``)."""

    title: str
    number: bool = False
    wide: bool = False


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], strong: Sequence[bool] = ()) -> str:
    """A table whose first column heads its rows; columns in which nothing stands are left out.

    ``strong``: for each row, whether it stands out (say so in words, too).
    """
    columns, rows = _without_empty(columns, list(rows))
    classes = [" ".join(filter(None, ["smt-number" if c.number else "", "smt-wide" if c.wide else ""])) for c in columns]
    head = "".join(f'<th scope="col"{_class(name)}>{escaped(c.title)}</th>' for c, name in zip(columns, classes, strict=True))
    body = []
    for number, row in enumerate(rows):
        first, *others = zip(row, classes, strict=True)
        cells = f'<th scope="row"{_class(first[1])}>{escaped(first[0])}</th>'
        cells += "".join(f"<td{_class(name)}>{escaped(cell)}</td>" for cell, name in others)
        body.append(f"<tr{_class('smt-strong' if number < len(strong) and strong[number] else '')}>{cells}</tr>")
    said = escaped(caption)
    return (
        f'<div class="smt-scroll" role="region" aria-label="{said}" tabindex="0"><table><caption>{said}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def bar(share: float, students: int | None = None) -> Raw:
    """A share (0 to 1) as a number over a bar, with how many ``students`` it is; a dash where it is not known."""
    if math.isnan(share):
        return Raw("–")
    said = percent(share) if students is None else f"{percent(share)} ({students})"
    return Raw(f'{said}<span class="smt-bar" aria-hidden="true"><span style="width:{share * 100:.1f}%"></span></span>')


def estimate(value: Cell, interval: str) -> Raw:
    """A number with its interval below it."""
    below = "" if interval == "–" else f'<span class="smt-interval">{escaped(interval)}</span>'
    return Raw(f"{escaped(value)}{below}")


def ids(names: Iterable[str]) -> Raw:
    """Ids in a row, none of them broken over two lines."""
    return Raw(", ".join(f'<span class="smt-id">{escaped(name)}</span>' for name in names))


def details(summary: str, content: str) -> str:
    """Content that is opened by who wants it."""
    return f"<details><summary>{escaped(summary)}</summary>{content}</details>"


def _without_empty(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> tuple[list[Column], list[list[Cell]]]:
    """Columns and rows without the columns in which nothing stands."""
    kept = [number for number in range(len(columns)) if not rows or any(row[number] != "" for row in rows)]
    return [columns[number] for number in kept], [[row[number] for number in kept] for row in rows]


def facts(pairs: Iterable[tuple[str, Cell]]) -> str:
    """Names and values."""
    return f"<dl>{''.join(f'<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>' for name, value in pairs)}</dl>"


def paragraph(text: str) -> str:
    return f"<p>{escaped(text)}</p>"


def look(lines: Iterable[str]) -> str:
    """What to look at; nothing if there is nothing."""
    body = "".join(f"<li>{escaped(line)}</li>" for line in lines)
    return f'<ul class="smt-look">{body}</ul>' if body else ""


def escaped(cell: Cell) -> str:
    """The text as HTML."""
    return cell.html if isinstance(cell, Raw) else html.escape(cell)


# -- numbers as people read them -------------------------------------------------------------------------------------------


def percent(share: float) -> str:
    """ "63%"; a dash where it is not known."""
    return "–" if math.isnan(share) else f"{share:.0%}"


def percents(low: float, high: float) -> str:
    """ "51% to 74%"."""
    return "–" if math.isnan(low) or math.isnan(high) else f"{low:.0%} to {high:.0%}"


def correlation(r: float) -> str:
    """ ".42", "−.10"."""
    return "–" if math.isnan(r) else f"{r:.2f}".replace("0.", ".", 1).replace("-", "−")


def correlations(low: float, high: float) -> str:
    """ "−.10 to .63"."""
    return "–" if math.isnan(low) or math.isnan(high) else f"{correlation(low)} to {correlation(high)}"


def decimal(value: float, places: int = 1) -> str:
    """A number with at most so many decimals."""
    if math.isnan(value):
        return "–"
    text = f"{value:.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def span(hours: float) -> str:
    """A length of time: "5 hours", "3.2 days"; a dash where it is not known."""
    if math.isnan(hours):
        return "–"
    if hours < 48:
        shown = decimal(hours, 1 if hours < 10 else 0)
        return f"{shown} hour{'' if shown == '1' else 's'}"
    return f"{decimal(hours / 24, 1 if hours < 240 else 0)} days"


def count(number: int, what: str) -> str:
    """ "1 student", "2 students"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
