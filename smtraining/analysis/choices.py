"""What students chose: every option of an item with its share among strong, middling and weak students (a distractor table).

``answers`` is a frame with the columns ``student, item, part, choice``: one row for each thing chosen. ``part`` is "" where an item is one
question, else what was placed, grouped or rated. ``options`` has ``item, part, choice, text, key`` for everything that could be chosen.
"""

from __future__ import annotations

import math

import pandas as pd

from smtraining.analysis.reliability import marked, without
from smtraining.analysis.responses import PART_LABELS
from smtraining.analysis.samples import correlation_interval, too_few

NO_ANSWER = "(no answer)"

RARE = 0.05
"""A wrong option that fewer choose does not work: Tarrant, Ware and Mohammed (2009), "An assessment of functioning and non-functioning
distractors in multiple-choice questions", *BMC Medical Education*, 9:40, doi 10.1186/1472-6920-9-40."""

COLUMNS = ["item", "part", "choice", "text", "key", "n", "share", "lower", "middle", "upper", "r", "note"]
THIRDS = ("lower", "middle", "upper")


def thirds(score: pd.Series) -> pd.Series:
    """The third each student belongs to, by score: "lower", "middle" or "upper".

    Equal scores are never parted, so the thirds can differ in size. Kelley (1939, *Journal of Educational Psychology*, 30, 17-24) takes
    the outer 27 per cent, which is best for normal scores; Cureton (1957, "The upper and lower twenty-seven per cent rule",
    *Psychometrika*, 22, 293-296) finds 33 per cent best for flat ones, and in a class the larger groups are needed.
    """
    place = (score.rank(method="average") - 0.5) / max(1, len(score))
    return pd.Series("middle", index=score.index).mask(place < 1 / 3, "lower").mask(place > 2 / 3, "upper")


def choice_table(answers: pd.DataFrame, options: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """The distractor table: COLUMNS, in the order of ``options``; the last row of each item (and part) counts those without an answer.

    ``n`` and ``share`` (0 to 1) are of all students in ``points``. ``lower``, ``middle``, ``upper`` are the shares within the thirds by
    rest score (the total without the item itself), ``r`` the correlation of choosing it with the rest score: a distractor that works
    draws weaker students, so that its r is negative (Haladyna and Downing, 1993, "How many options is enough for a multiple-choice test
    item?", *Educational and Psychological Measurement*, 53, 999-1010). These four are NaN below LEAST students; ``note`` says so.
    """
    n = len(points)
    complete, _ = marked(points)
    few = too_few(n)
    given = dict(list(answers[answers["student"].isin(points.index)].groupby(["item", "part"])))
    rows = []
    for (item, part), group in options.groupby(["item", "part"], sort=False):
        mine = given.get((item, part), answers.iloc[:0])
        rest = without(complete, item) if len(complete.columns.drop(item, errors="ignore")) else None
        third = thirds(rest) if rest is not None and not few else None
        is_distractor = part in ("", *PART_LABELS)  # and not one of many places to put a thing
        for option in group.itertuples(index=False):
            chose = points.index.isin(mine.loc[mine["choice"] == option.choice, "student"])
            row = _row(pd.Series(chose, index=points.index), rest, third)
            note = few or _note(option.key, is_distractor, n, row)
            rows.append((item, part, option.choice, option.text, option.key, *row, note))
        silent = ~points.index.isin(mine["student"])
        row = _row(pd.Series(silent, index=points.index), rest, third)
        rows.append((item, part, "", NO_ANSWER, None, *row, few))
    return pd.DataFrame(rows, columns=COLUMNS)


Row = tuple[int, float, float, float, float, float]


def _row(chose: pd.Series, rest: pd.Series | None, third: pd.Series | None) -> Row:
    count = int(chose.sum())
    share = count / len(chose) if len(chose) else math.nan
    if third is None or rest is None:
        return count, share, math.nan, math.nan, math.nan, math.nan
    low, middle, high = (float(chose[third == name].mean()) if (third == name).any() else math.nan for name in THIRDS)
    defined = 0 < count < len(chose) and rest.nunique() > 1
    return count, share, low, middle, high, float(chose.astype(float).corr(rest)) if defined else math.nan


def _note(key: bool | None, is_distractor: bool, n: int, row: Row) -> str:
    count, share, *_, r = row
    low, high = (-1.0, 1.0) if math.isnan(r) else correlation_interval(r, n)
    if key is None:
        return ""
    if key:
        return "A right choice that draws weaker students. Check the key." if high < 0 else ""
    if share < RARE and is_distractor:
        return "Chosen by nobody." if not count else "Hardly ever chosen (under 5%)."
    return "A wrong choice that draws stronger students. Check the key and the wording." if low > 0 else ""
