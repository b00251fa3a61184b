"""Figures as inline SVG that takes the colours of the page around it, light or dark, and says in words what it shows.

matplotlib draws; afterwards the ink becomes ``currentColor`` and the other colours become the page's own. Text stays text.
"""

from __future__ import annotations

import html
import io
import math
import re
from collections.abc import Callable
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

INK, SERIES, MARK, GRID = "#010203", "#0b57a4", "#a33c01", "#c0c1c2"

_COLOURS = {INK: "currentColor", SERIES: "var(--smt-series)", MARK: "var(--smt-mark)", GRID: "var(--smt-grid)"}

_LOOK: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "smtraining",
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in an answer is a dollar sign
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
}

WIDTH = 5.4
"""Inches: narrow enough to stay readable on a phone."""

LONGEST = 56
"""Letters of a label beside a figure; the table has the whole text."""


def totals(credit: pd.Series) -> str:
    """How many students earned how much of the points."""
    counts = [int(((credit >= low / 10) & (credit < low / 10 + 0.1)).sum()) for low in range(9)]
    counts.append(int((credit >= 0.9).sum()))

    def draw(axes: Axes) -> None:
        axes.bar([low / 10 + 0.05 for low in range(10)], counts, width=0.092, color=SERIES)
        axes.set_xlim(0, 1)
        axes.set_xlabel("Share of the points")
        axes.set_ylabel("Students")
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))

    parts = [f"{number} from {low * 10} to {low * 10 + 10}%" for low, number in enumerate(counts) if number]
    return _svg(draw, 2.4, "Share of the points that students earned", f"Students by tenths of the points: {', '.join(parts)}.")


def difficulty(items: pd.DataFrame) -> str:
    """Mean credit of each item with its interval, the easiest on top, in the columns of :data:`smtraining.analysis.overall.ITEMS`."""
    shown = items.dropna(subset=["p"]).sort_values("p")
    places = range(len(shown))

    def draw(axes: Axes) -> None:
        axes.hlines(places, shown["p_low"], shown["p_high"], color=SERIES, linewidth=2)
        axes.plot(shown["p"], places, "o", color=SERIES, markersize=7)
        axes.set_yticks(list(places), list(shown["item"]))
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlabel("Mean credit, with its 95% interval")
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.grid(axis="x")

    parts = [f"{row['item']} {row['p']:.0%}" for _, row in shown.iterrows()]
    return _svg(draw, 0.9 + 0.32 * len(shown), "Mean credit of each item", f"From the hardest to the easiest: {', '.join(parts)}.")


def discrimination(items: pd.DataFrame) -> str:
    """Each item by mean credit and item-rest correlation; "" if no correlation is known."""
    shown = items.dropna(subset=["p", "r"])
    if shown.empty:
        return ""

    def draw(axes: Axes) -> None:
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.plot(shown["p"], shown["r"], "o", color=SERIES, markersize=6)
        for (_, row), below in zip(shown.iterrows(), _crowded(shown), strict=True):
            axes.annotate(
                row["item"], (row["p"], row["r"]), xytext=(0, -15 if below else 7), textcoords="offset points", ha="center", fontsize=9
            )
        axes.set_xlim(-0.04, 1.04)
        axes.set_ylim(min(-0.1, float(shown["r"].min()) - 0.08), max(0.5, float(shown["r"].max()) + 0.12))
        axes.set_xlabel("Mean credit (easy items on the right)")
        axes.set_ylabel("Item-rest correlation")
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.grid()

    low = [row["item"] for _, row in shown.iterrows() if row["r"] < 0]
    said = f"Below zero: {', '.join(low)}." if low else "No item is below zero."
    return _svg(draw, 3.4, "Items by mean credit and by how well they tell students apart", f"{said} The table has every number.")


def spread(table: pd.DataFrame) -> str:
    """The places (or grades) given to each response of one item: mean, one standard deviation to each side, and the key."""
    shown = table.dropna(subset=["mean"])
    if shown.empty:
        return ""
    shown = shown.sort_values("key", ascending=False, kind="stable")
    places = range(len(shown))
    half = shown["sd"].fillna(0)

    def draw(axes: Axes) -> None:
        axes.hlines(places, shown["mean"] - half, shown["mean"] + half, color=SERIES, linewidth=2)
        axes.plot(shown["mean"], places, "o", color=SERIES, markersize=7, label="mean, one SD to each side")
        axes.plot(shown["key"], places, "D", color=MARK, markersize=9, markerfacecolor="none", markeredgewidth=1.8, label="key")
        axes.set_ylim(-0.5, len(shown) - 0.1)
        axes.set_yticks([])
        for place, text in zip(places, shown["text"], strict=True):
            axes.annotate(_short(text), (0.01, place + 0.3), xycoords=("axes fraction", "data"), fontsize=10)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("Place given")
        axes.grid(axis="x")
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncol=2, frameon=False, fontsize=10, borderaxespad=0)

    parts = [f"“{_short(row['text'])}” {row['mean']:.1f}, key {row['key']:.0f}" for _, row in shown[::-1].iterrows() if row["key"] > 0]
    return _svg(draw, 1.1 + 0.52 * len(shown), "Places given to each response, and the key", f"Mean places: {'; '.join(parts)}.")


def waiting(hours: pd.Series) -> str:
    """Days from handing in to feedback; "" if none are known."""
    days = hours.dropna() / 24
    if days.empty:
        return ""

    def draw(axes: Axes) -> None:
        step = max(1, math.ceil(days.max() / 15))
        axes.hist(days, bins=list(range(0, math.ceil(days.max() / step) * step + step + 1, step)), color=SERIES, rwidth=0.92)
        axes.set_xlim(left=0)
        axes.set_xlabel("Days from handing in to feedback")
        axes.set_ylabel("Students")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True))

    said = f"{len(days)} students: from {days.min():.1f} to {days.max():.1f} days, half within {days.median():.1f}."
    return _svg(draw, 2.2, "Time to feedback", said)


def _svg(draw: Callable[[Axes], None], height: float, title: str, said: str) -> str:
    """A figure with its words: for those who do not see it the drawing is one image, named ``title`` and told by ``said``."""
    with matplotlib.rc_context(_LOOK):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure.subplots())
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<g) id="[^"]*"', r"\1", svg)  # names that would be there once for each figure of a page
    for colour, css in _COLOURS.items():
        svg = svg.replace(colour, css)
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)  # it would speak of the whole page
    svg = re.sub(r"font-family: [^;\"]*", "font-family: system-ui, sans-serif", svg)
    label = html.escape(f"{title}. {said}")
    svg = re.sub(r"<svg ", f'<svg role="img" aria-label="{label}" ', svg, count=1)
    return f"<figure>{svg}<figcaption>{html.escape(title)}</figcaption></figure>"


def _crowded(items: pd.DataFrame) -> list[bool]:
    """For each point, whether its label goes below it, because a label already stands above."""
    above: list[tuple[float, float]] = []
    found = []
    for p, r in zip(items["p"], items["r"], strict=True):
        below = any(abs(p - x) < 0.14 and abs(r - y) < 0.12 for x, y in above)
        found.append(below)
        if not below:
            above.append((p, r))
    return found


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
