"""The numbers of the curriculum: what ``smtraining stats`` prints."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from smtraining.authoring import notebooks, reading
from smtraining.authoring.catalogue import cited_texts, items, modules_by_id, options_of, shown_texts, stale_laws
from smtraining.authoring.reading import Count
from smtraining.bank import Bank
from smtraining.kinds import KINDS


def stats(bank: Bank, lessons: Iterable[Path], today: dt.date) -> dict[str, Any]:
    """Counts and reading grades, as JSON data.

    ``reading_grade`` is the Flesch-Kincaid grade (:mod:`smtraining.authoring.reading`) of everything learners read: items, modules, the
    paraphrases of cited sources and the lessons' Markdown; ``reading_grade_by_module`` the same for each module and its lesson.
    """
    formative = [q for q in bank.questions.values() if not q.graded]
    kinds: Counter[str] = Counter(question.kind for question in formative)
    total, by_module = _counts(bank, lessons)
    return {
        "modules": len(bank.modules),
        "vignettes": len(bank.vignettes),
        "vignettes_branching": sum(v.is_branching for v in bank.vignettes.values()),
        "vignettes_replayable": sum(bool(v.replays) for v in bank.vignettes.values()),
        "questions": len(formative),
        "questions_by_kind": {kind: kinds[kind] for kind in KINDS},
        "graded_items": len(bank.questions) - len(formative),
        "options_without_feedback": sum(o.feedback is None for question in formative for _, o in options_of(question)),
        "items_without_sources": sum(not item.sources for item in items(bank)),
        "law_items": len(bank.laws),
        "law_items_past_review": len(stale_laws(bank, today)),
        "reading_grade": total.grade,
        "reading_grade_by_module": {module: count.grade for module, count in by_module.items()},
        "words": total.words,
    }


def _counts(bank: Bank, lessons: Iterable[Path]) -> tuple[Count, dict[str, Count]]:
    by_module = {module: Count() for module in bank.modules}
    total = reading.prose(shown.text for shown in cited_texts(bank))
    module_of = modules_by_id(bank)
    for shown in shown_texts(bank):
        count = reading.prose([shown.text])
        total += count
        if module := module_of.get(shown.id):
            by_module[module] += count
    slugs = {module.slug: module.id for module in bank.modules.values()}
    for lesson in lessons:
        count = reading.prose(notebooks.markdown(lesson))
        total += count
        if module := slugs.get(lesson.stem):
            by_module[module] += count
    return total, by_module
