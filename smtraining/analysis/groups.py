"""Groups of students: read from a table, compared, and small ones hidden where the comparison leaves the instructor's screen."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from smtraining.analysis.data import ClassData
from smtraining.analysis.progress import waits
from smtraining.analysis.samples import SMALL_GROUP
from smtraining.errors import ExchangeError
from smtraining.interop import tables

COMPARED = ["group", "students", "handed_in", "credit", "sd", "hours", "note"]

NO_GROUP = "(in no group)"

_WHO = ("student", "studentid", "id", "username", "sisloginid", "user")
_GROUP = ("group", "section", "cohort", "team", "class")


def read(path: Path, students: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Student id -> group, from a CSV file with a column for the student's id and one for the group, and sentences on what did not fit.

    The id's column is called student, id or username, the other group, section, cohort, team or class. Raises ExchangeError if a column is
    missing or a student stands in two groups.
    """
    table = tables.read(path)
    head = [tables.plain(cell) for cell in table.rows[0]]
    who, which = (next((head.index(name) for name in names if name in head), None) for names in (_WHO, _GROUP))
    if who is None or which is None:
        raise ExchangeError(
            f"{path} needs two columns: 'student' with the ids of the gradebook and 'group'. It has: {', '.join(table.rows[0])}."
        )
    found: dict[str, str] = {}
    for number, row in enumerate(table.rows[1:], 2):
        student, group = row[who].strip(), row[which].strip()
        if not student or not group:
            continue
        if found.setdefault(student, group) != group:
            raise ExchangeError(f"{path}, row {number}: {student} is in the groups {found[student]!r} and {group!r}. Choose one.")
    unknown = sorted(set(found) - set(students))
    notes = [f"{path.name}: not in the gradebook: {', '.join(unknown[:5])}{' and more' if len(unknown) > 5 else ''}."] if unknown else []
    return {student: group for student, group in found.items() if student in students}, notes


def compare(data: ClassData) -> pd.DataFrame:
    """The groups side by side: COMPARED, by name. Empty if there are fewer than two.

    ``handed_in`` counts those who did, ``credit`` and ``sd`` (n-1) describe their credit on what is marked, ``hours`` is the median time to
    feedback. No test is made: groups that were not drawn by lot differ for many reasons.
    """
    named = data.students["group"].where(data.students["group"].astype(bool), NO_GROUP)
    if named.nunique() < 2:
        return pd.DataFrame(columns=COMPARED)
    done = data.credit.dropna(subset=["points"]).groupby("student")[["points", "max"]].sum()
    credit = done["points"] / done["max"]
    hours = waits(data).set_index("student")["hours"]
    rows = []
    for name, who in data.students.groupby(named):
        here = who.index[who["handed_in"].astype(bool)]
        own = credit.reindex(here).dropna()
        sd = float(own.std(ddof=1)) if len(own) > 1 else math.nan
        rows.append((name, len(who), len(here), float(own.mean()) if len(own) else math.nan, sd, hours.reindex(here).median(), ""))
    return pd.DataFrame(rows, columns=COMPARED)


def suppressed(table: pd.DataFrame, least: int = SMALL_GROUP) -> pd.DataFrame:
    """The comparison as it may be exported: numbers of groups in which fewer than ``least`` handed in are NaN, and ``note`` says so.

    If only one group would be hidden, its numbers could be worked out from those of the class, so the next smallest is hidden too
    (complementary suppression: Federal Committee on Statistical Methodology, 2005, *Report on Statistical Disclosure Limitation
    Methodology*, Statistical Policy Working Paper 22).
    """
    small = table.index[table["handed_in"] < least].tolist()
    others = table.drop(index=small)
    also = [others["handed_in"].astype(int).idxmin()] if len(small) == 1 and len(others) else []
    found = table.astype(dict.fromkeys(("students", "handed_in"), float))
    found.loc[[*small, *also], ["students", "handed_in", "credit", "sd", "hours"]] = math.nan
    found.loc[small, "note"] = f"Hidden: fewer than {least} handed in."
    found.loc[also, "note"] = "Hidden, so that the small group cannot be worked out."
    return found
