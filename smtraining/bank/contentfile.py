"""What a content file may hold, and the JSON Schema of it for editors."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from smtraining.kinds import AnyQuestion
from smtraining.models import (
    Artifact,
    BindingRule,
    ClauseConflict,
    Evidence,
    Exercise,
    LawItem,
    Model,
    Module,
    Platform,
    PolicyElement,
    Publication,
    Quiz,
    RiskRule,
    Standard,
    Switch,
    Vignette,
)


class ContentFile(Model):
    """A file of the curriculum: any of these lists, in any order. Ids are unique over all files."""

    standards: tuple[Standard, ...] = ()
    laws: tuple[LawItem, ...] = ()
    publications: tuple[Publication, ...] = ()
    platforms: tuple[Platform, ...] = ()
    elements: tuple[PolicyElement, ...] = ()
    switches: tuple[Switch, ...] = ()
    rules: tuple[BindingRule, ...] = ()
    risks: tuple[RiskRule, ...] = ()
    conflicts: tuple[ClauseConflict, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    modules: tuple[Module, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    questions: tuple[AnyQuestion, ...] = ()
    quizzes: tuple[Quiz, ...] = ()
    vignettes: tuple[Vignette, ...] = ()
    exercises: tuple[Exercise, ...] = ()


LISTS: tuple[str, ...] = tuple(ContentFile.model_fields)
"""The names of the lists, in the order of :class:`ContentFile`."""

SINGULAR = {
    "standards": "standard",
    "laws": "law item",
    "publications": "publication",
    "platforms": "platform",
    "elements": "policy element",
    "switches": "switch",
    "rules": "binding rule",
    "risks": "risk rule",
    "conflicts": "conflict of clauses",
    "evidence": "evidence rule",
    "modules": "module",
    "artifacts": "artifact",
    "questions": "question",
    "quizzes": "quiz",
    "vignettes": "vignette",
    "exercises": "exercise",
}
"""What one entry of a list is called in messages."""

SOURCE_PREFIXES = {"standards": ("nasw-", "tech-"), "laws": ("law-",), "publications": ("pub-",)}
"""How the ids of a register start, so that a reader of an item sees what kind of source it cites."""


def entry_type(list_name: str) -> Any:
    """The type of one entry of a list, as an annotation (a model, or the union of the question kinds)."""
    return ContentFile.model_fields[list_name].annotation.__args__[0]  # type: ignore[union-attr]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a content file, so that an editor completes and checks while an instructor types."""
    schema = ContentFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "smtraining content file"} | {
        name: part for name, part in schema.items() if name != "title"
    }


def adapters() -> dict[str, TypeAdapter[Any]]:
    """One validator per list."""
    return {name: TypeAdapter(entry_type(name)) for name in LISTS}
