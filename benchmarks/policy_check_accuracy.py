"""``python -m benchmarks.policy_check_accuracy FOLDER``: how well the policy check finds the thirty elements in policies of others.

FOLDER holds the texts, under the names in docs/data/policy-check-policies.csv. They are not part of the project: each belongs to its
publisher. A text that is missing, or is not the one that was labeled (its SHA-256 differs), is left out, and the table says so.
See docs/policy-check.md.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from smtraining import bank as banks
from smtraining.policy.evidence import Status, evidence
from smtraining.policy.extract import text_of

SETS = ("tuned", "later", "last", "held-out", "final")
"""In the order in which the rules met them: tuned on the first three, never on the last two."""

GROUPS = {"tuned": ("tuned", "later", "last"), "held-out": ("held-out",), "final": ("final",)}

DATA = Path(__file__).parents[1] / "docs" / "data"


@dataclass
class Tally:
    """Decisions on elements: found and there (``right``) or not there (``wrong``), not found and there (``missed``) or not (``absent``)."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    absent: int = 0
    unclear: int = 0

    def add(self, label: str, found: bool) -> str:
        """Count one decision; returns what it was. A label *unclear* counts for neither side."""
        kind = {("present", True): "right", ("present", False): "missed", ("absent", True): "wrong", ("absent", False): "absent"}
        name = kind.get((label, found), "unclear")
        setattr(self, name, getattr(self, name) + 1)
        return name

    @property
    def precision(self) -> str:
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> str:
        return _share(self.right, self.right + self.missed)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description="How well the policy check finds the elements in policies of others.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", choices=SETS, help="only this set")
    parser.add_argument("--errors", action="store_true", help="list each wrong decision, with what was found")
    arguments = parser.parse_args(argv)
    policies = {row["file"]: row for row in _rows("policies") if arguments.set in (None, row["set"])}
    labels = {(row["file"], row["element"]): row for row in _rows("labels")}
    bank = banks.load()
    tallies = {name: {id: Tally() for id in bank.elements} for name in SETS}
    read = dict.fromkeys(SETS, 0)
    for name, row in policies.items():
        path = arguments.folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
            print(f"Left out: {name} (not there, or not the text that was labeled)")
            continue
        read[row["set"]] += 1
        for id, seen in evidence(text_of(path), bank).items():
            label = labels[name, id]
            kind = tallies[row["set"]][id].add(label["label"], seen.status is Status.FOUND)
            if arguments.errors and kind in {"wrong", "missed"}:
                told = f"“{seen.quotes[0].sentence[:150]}” [{seen.quotes[0].words}] / {seen.quotes[0].heading}" if seen.quotes else ""
                print(f"{kind:<7}{id} {name}: {label['note']} {told if kind == 'wrong' else ''}".replace("\n", " "))
    _print(bank, tallies, read)


def _print(bank: banks.Bank, tallies: dict[str, dict[str, Tally]], read: dict[str, int]) -> None:
    print("| set | policies | present | absent | unclear | right | wrong | missed | precision | recall |\n|---|" + "---:|" * 9)
    for name in (name for name in SETS if read[name]):
        t = _sum(tallies[name].values())
        counts = f"{read[name]} | {t.right + t.missed} | {t.wrong + t.absent} | {t.unclear}"
        print(f"| {name} | {counts} | {t.right} | {t.wrong} | {t.missed} | {t.precision} | {t.recall} |")
    groups = {group: names for group, names in GROUPS.items() if any(read[name] for name in names)}
    head = " | ".join(f"{group}: right, wrong, missed | precision | recall" for group in groups)
    print(f"\n| element | {head} |\n|---|{'---:|' * 3 * len(groups)}")
    for id, element in bank.elements.items():
        cells = " | ".join(_cells(_sum(tallies[name][id] for name in names)) for names in groups.values())
        print(f"| {element.number}. {element.title} | {cells} |")
    total = " | ".join(_cells(_sum(t for name in names for t in tallies[name].values())) for names in groups.values())
    print(f"| **all** | {total} |")


def _cells(tally: Tally) -> str:
    return f"{tally.right}, {tally.wrong}, {tally.missed} | {tally.precision} | {tally.recall}"


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        for name in ("right", "wrong", "missed", "absent", "unclear"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    return total


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "–"


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"policy-check-{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
