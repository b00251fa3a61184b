"""The analysis as files that leave the instructor's screen: one HTML page, and one CSV for each table.

Students stand under their pseudonyms unless their names are asked for, lists of students do not tell their groups, and small groups are
hidden where groups are compared.
"""

from __future__ import annotations

import datetime as dt
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from smtraining.analysis.groups import suppressed
from smtraining.analysis.markup import CLASS, STYLE, escaped
from smtraining.analysis.overall import Analysis
from smtraining.analysis.samples import SMALL_GROUP
from smtraining.analysis.sections import PARTS
from smtraining.analysis.shown import Shown
from smtraining.errors import ExchangeError
from smtraining.interop import tables

TITLES = {
    "overview": "Overview",
    "stuck": "Who may be stuck",
    "items": "Items",
    "choices": "Choices",
    "standards": "Hardest standards",
    "judgement": "Judgement: spread of the answers",
    "feedback": "Time to feedback",
    "written": "Written work: agreement",
    "groups": "Groups",
}

_PAGE_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0 auto; padding: 1rem; max-width: 68rem; font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; }
h1 { font-size: 1.8rem; line-height: 1.2; }
a { color: inherit; }
:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  body { color: #ececec; background: #16181b; }
  .smt-class { --smt-series: #8ab8f0; --smt-mark: #ffb38a; }
}
@media print { .smt-scroll { overflow: visible; } section, figure, tr { break-inside: avoid; } nav { display: none; } }
"""


def fit_to_leave(found: Analysis) -> Analysis:
    """The analysis as it may be exported. Raises ExchangeError if it is one of a group with fewer than SMALL_GROUP who handed in."""
    n = len(found.data.points)
    if found.group and n < SMALL_GROUP:
        raise ExchangeError(
            f"{n} of {found.group} handed in, and a report on fewer than {SMALL_GROUP} would tell about single students. "
            "Nothing was written. Leave the group out, or look at it in the dashboard."
        )
    return replace(found, groups=suppressed(found.groups), stuck=found.stuck.assign(group=""), waits=found.waits.assign(group=""))


def document(found: Analysis, names: Mapping[str, str], now: dt.datetime) -> str:
    """The whole report as one HTML page that needs nothing else: no script, no request. ``names`` are what students are called, by id."""
    shown = Shown(fit_to_leave(found), names)
    who = f", group {found.group}" if found.group else ""
    title = f"{found.data.assignment}: class report{who}"
    links = "".join(f'<li><a href="#{part}">{TITLES[part]}</a></li>' for part in PARTS)
    parts = "".join(f'<section id="{name}">{write(shown)}</section>\n' for name, write in PARTS.items())
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><meta name="robots" content="noindex">'
        f"<title>{escaped(title)}</title><style>{STYLE}{_PAGE_STYLE}</style></head>\n"
        f'<body><main class="{CLASS}"><h1>{escaped(title)}</h1>'
        f"<p>Made {now:%Y-%m-%d %H:%M} UTC. It speaks of students: keep it where you keep grades.</p>"
        f'<nav aria-label="Parts of the report"><ul>{links}</ul></nav>\n{parts}</main></body></html>\n'
    )


def frames(found: Analysis, names: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """The tables of the export by name, with students called by ``names`` and without their ids."""
    fit = fit_to_leave(found)
    whole = fit.reliability
    numbers = {name: getattr(whole, name) for name in ("n", "k", "name", "alpha", "low", "high", "sem", "sd")}
    sources = fit.standards.assign(standard=[fit.data.standards[id] for id in fit.standards["standard"]])

    def called(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(student=[names[id] for id in table["student"]]).drop(columns=["name", "group"])

    return {
        "reliability": pd.DataFrame([{**numbers, "note": " ".join(whole.notes)}]),
        "items": fit.items,
        "choices": fit.choices,
        "standards": sources,
        "spread": fit.spread,
        "concordance": fit.concordance,
        "stuck": called(fit.stuck),
        "feedback": called(fit.waits),
        "groups": fit.groups,
        "agreement": fit.agreement,
    }


def write_html(path: Path, text: str) -> None:
    """Write the page whole or not at all, readable by its owner only: it tells about students."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_csv(folder: Path, tables_: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write each table as ``folder/<name>.csv``; returns the files. Numbers have six digits; what is not known or withheld is empty."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in tables_.items():
        rows = [tuple(frame.columns), *(tuple(_cell(value) for value in row) for row in frame.itertuples(index=False))]
        written.append(folder / f"{name}.csv")
        tables.write(written[-1], tables.Table(tuple(rows), line_end="\n"))
    return written


def _cell(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, dt.datetime) else str(value)
