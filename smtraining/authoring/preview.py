"""An item on paper: as a learner sees it without a kernel, and as an instructor wants to read it."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator
from typing import Any

from smtraining.authoring.catalogue import cited_by
from smtraining.bank import SINGULAR, Bank
from smtraining.errors import UnknownId
from smtraining.kinds import AnyQuestion
from smtraining.kinds import vignette as player
from smtraining.models import Model, PolicyElement, Vignette
from smtraining.widgets.static import page_html

_SHOWABLE = ("questions", "vignettes", "quizzes", "exercises", "artifacts")


def document(bank: Bank, id: str, today: dt.date) -> str:
    """A complete HTML document with the static version of a question, vignette, quiz, exercise or artifact. Raises UnknownId."""
    view, reveals = _page(bank, id, today)
    title = html.escape(view["title"] or id)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title></head>\n<body>\n{page_html(view, reveals)}\n</body>\n</html>\n"
    )


def _page(bank: Bank, id: str, today: dt.date) -> tuple[dict[str, Any], dict[str, Any]]:
    """The page's view and the reveals of its vignettes before any answer (docs/architecture.md)."""
    if id in bank.artifacts:
        artifact = bank.artifacts[id]
        view = _view("artifact", id, artifact.title or id, [], {})
        return view | {"artifacts": {id: bank.artifact_view_with_lenses(id)}}, {}
    if id in bank.vignettes:
        vignette = bank.vignettes[id]
        shown = [vignette.artifact, *(scene.artifact for scene in vignette.scenes)]
        element = bank.element(vignette.patch.element)
        reveal = player.play(vignette, None, element, lambda source: bank.source_view(source, today))
        view = _view("vignette", id, vignette.title, [player.view(vignette)], {a: bank.artifact_view(a) for a in shown if a})
        return view, {id: reveal}
    if id in bank.quizzes:
        quiz = bank.quizzes[id]
        return _questions_view(bank, "quiz", id, quiz.title, quiz.questions, quiz.intro), {}
    if id in bank.exercises:
        exercise = bank.exercises[id]
        return _questions_view(bank, "exercise", id, exercise.title, exercise.questions, exercise.intro), {}
    if id in bank.questions:
        return _questions_view(bank, "quiz", id, id, (id,), None), {}
    raise UnknownId("item", id, [known for name in _SHOWABLE for known in getattr(bank, name)])


def _questions_view(bank: Bank, page: str, id: str, title: str, ids: tuple[str, ...], intro: str | None) -> dict[str, Any]:
    questions = [bank.question(question) for question in ids]
    artifacts = {q.artifact: bank.artifact_view(q.artifact) for q in questions if q.artifact}
    view = _view(page, id, title, [question.view() for question in questions], artifacts)
    return view | ({"intro": intro} if intro else {})


def _view(page: str, id: str, title: str, items: list[dict[str, Any]], artifacts: dict[str, Any]) -> dict[str, Any]:
    mode = "graded" if page == "exercise" else "formative"
    return {"schema": 1, "page": page, "id": id, "title": title, "mode": mode, "items": items, "artifacts": artifacts}


# -- for instructors -------------------------------------------------------------------------------------------------


def sheet(bank: Bank, id: str, today: dt.date) -> str:
    """Everything about one entry in plain text: where it is written, its texts, key, rationale and sources. Raises UnknownId."""
    list_name, entry = _find(bank, id)
    place = bank.place(id)
    where = place.file if place.line() is None else f"{place.file}:{place.line()}"
    lines = [f"{id} ({SINGULAR[list_name]}, {where})", ""]
    if isinstance(entry, Vignette):
        lines += _vignette_lines(bank, entry)
        cited = cited_by(entry)
    elif list_name == "questions":
        lines += _question_lines(entry)
        cited = entry.sources
    else:
        lines += _fields(entry)
        cited = ()
    return "\n".join([*lines, *_source_lines(bank, cited, today)]).rstrip() + "\n"


def _find(bank: Bank, id: str) -> tuple[str, Any]:
    for name in SINGULAR:
        held = getattr(bank, name)
        if id in held:
            return name, held[id]
    raise UnknownId("entry", id, [known for name in SINGULAR for known in getattr(bank, name)])


def _question_lines(question: AnyQuestion) -> Iterator[str]:
    graded = f", graded, {question.points} points" if question.graded else ""
    yield f"Kind: {question.kind}{graded}"
    for label, value in (("Context", question.context), ("Artifact", question.artifact), ("Hint", question.hint)):
        if value:
            yield f"{label}: {value}"
    yield f"Stem: {question.stem}"
    yield f"How: {question.how()}"
    key = None if question.graded else question.key()
    for group in question.outline():
        yield f"\n{group.heading}:" if group.heading else ""
        for option, text in group.entries:
            yield f"  [{option}] {text}"
            if key and option in key.feedback:
                yield f"      {key.feedback[option]}"
    yield ""
    if key is None:
        yield "Key: in the instructor's notebook in solutions/."
    else:
        for name, value in key.model_dump(mode="json", exclude={"feedback", "rationale"}, exclude_none=True).items():
            yield f"Key, {name}: {_plain(value)}"
        yield f"Rationale: {key.rationale}"
    yield f"Concerns: {', '.join(question.concerns)}. EPAS competencies: {', '.join(map(str, question.epas))}."


def _vignette_lines(bank: Bank, vignette: Vignette) -> Iterator[str]:
    element: PolicyElement = bank.element(vignette.patch.element)
    yield f"{vignette.title}. {vignette.minutes} minutes, {vignette.setting}. {vignette.role}"
    yield f"\n{vignette.opening}"
    if vignette.gut:
        yield f"\nFirst answer: {vignette.gut}"
    for prompt in vignette.think:
        yield f"\nThink ({prompt.step}): {prompt.prompt}"
        yield from (f"  [{o.id}] {o.text}\n      {o.reply}" for o in prompt.options)
    for scene in vignette.scenes:
        start = ", start" if scene.id == vignette.start else ", ending" if scene.is_ending else ""
        yield f"\nScene {scene.id}{start}: {scene.title}\n{scene.text}"
        if scene.ask:
            yield scene.ask
        for choice in scene.choices:
            yield f"  [{choice.id}] {choice.text} -> {choice.to}"
            yield f"      Protects: {choice.protects} Risks: {choice.risks} {choice.comment}"
    yield "\nDebrief"
    yield from _fields(vignette.debrief)
    for replay in vignette.replays:
        yield f"\nReplay in another setting ({replay.setting}): {replay.opening}\n{replay.what_changes}"
        yield from (f"  [{choice}] {verdict}" for choice, verdict in replay.verdicts.items())
    yield f"\nPolicy patch, element {element.number} ({element.title}): {vignette.patch.prompt}"
    yield from (f"  [{clause.id}] {clause.text}" for clause in vignette.patch.clauses)


def _fields(entry: Model) -> Iterator[str]:
    for name, value in entry.model_dump(mode="json", exclude_none=True, exclude_defaults=True).items():
        yield f"{name.replace('_', ' ').capitalize()}: {_plain(value)}"


def _source_lines(bank: Bank, ids: tuple[str, ...], today: dt.date) -> Iterator[str]:
    if ids:
        yield "\nSources"
    for id in ids:
        view = bank.source_view(id, today)
        dated = f" As of {view['as_of']}." if "as_of" in view else ""
        stale = " PAST ITS REVIEW DATE." if view["stale"] else ""
        text = f": {view['text']}" if view["text"] else ""
        yield f"  {id}: {view['label']}{text}{dated}{stale}"


def _plain(value: object) -> str:
    """A value of a field for reading: lists with commas, mappings as ``name: value``."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(part)}" for name, part in value.items())
    return ", ".join(map(_plain, value)) if isinstance(value, list) else str(value)
