"""Disagreements and agreement of markers, as plain data for the marking page."""

from __future__ import annotations

from typing import Any

from smtraining.grading.agreement import LEAST_FOR_KAPPA, Agreement, Kappa
from smtraining.grading.desk import Desk, Pair
from smtraining.grading.marks import Card


def dispute(desk: Desk, card: Card) -> dict[str, Any]:
    """An answer on which complete marks differ: every mark with its marker, the points between them, and how it was settled, if it was."""
    rubric = desk.task(card[0]).rubric
    final = desk.final(card)
    settled = final if final is not None and final.settled else None
    return {
        "task": card[0],
        "who": desk.numbers[card[1]],
        "apart": desk.apart(card),
        "marks": [
            {"marker": marker, "levels": levels, "total": rubric.total(levels), "comment": desk.marks.given[card][marker].comment}
            for marker, levels in sorted(desk.complete(card).items())
        ],
        "settled": None
        if settled is None
        else {"levels": dict(settled.levels), "comment": settled.comment, "by": settled.by[0], "total": rubric.total(settled.levels)},
    }


def pair(desk: Desk, found: Pair) -> dict[str, Any]:
    """Agreement of two markers on a task, criterion by criterion."""
    titles = {criterion.id: criterion.title for criterion in desk.task(found.task).rubric.criteria}
    return {
        "task": found.task,
        "title": desk.task(found.task).title,
        "markers": list(found.markers),
        "n": found.n,
        "apart": round(found.apart, 2),
        "criteria": [{"id": id, "title": titles[id], **_agreement(one)} for id, one in found.criteria.items()],
        "withheld": list(dict.fromkeys(why for one in found.criteria.values() for why in one.withheld)),
    }


def _agreement(one: Agreement) -> dict[str, Any]:
    return {
        "n": one.n,
        "same": one.same,
        "near": one.near,
        "share": one.share,
        "kappa": _kappa(one.kappa),
        "weighted": _kappa(one.weighted),
        "none": one.n >= LEAST_FOR_KAPPA and one.kappa is None,
    }


def _kappa(found: Kappa | None) -> list[float] | None:
    return None if found is None else [round(found.value, 2), round(found.low, 2), round(found.high, 2)]
