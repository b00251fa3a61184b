"""The bank: everything the content holds, by id, frozen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from smtraining.errors import UnknownId
from smtraining.kinds import AnyQuestion
from smtraining.models import (
    Artifact,
    BindingRule,
    ClauseConflict,
    Evidence,
    Exercise,
    LawItem,
    Module,
    Platform,
    PolicyElement,
    Publication,
    Quiz,
    RiskRule,
    Source,
    Standard,
    Switch,
    Vignette,
)

T = TypeVar("T")

BUILT_IN = "smtraining/content (built in)"
"""The file named in messages about content that was read from the compiled form, which has no lines."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry was read: ``file``, and the 1-based line of every part of it (``lines``: location in the entry -> line)."""

    file: str = BUILT_IN
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def line(self, *loc: str | int) -> int | None:
        """The line of a part of the entry, or of the nearest enclosing part that has one; None if there are no lines."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc)


def _empty() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """The content, by id and in reading order. Get one from :func:`smtraining.bank.load` or :func:`~smtraining.bank.read`."""

    standards: Mapping[str, Standard] = field(default_factory=_empty)
    laws: Mapping[str, LawItem] = field(default_factory=_empty)
    publications: Mapping[str, Publication] = field(default_factory=_empty)
    platforms: Mapping[str, Platform] = field(default_factory=_empty)
    elements: Mapping[str, PolicyElement] = field(default_factory=_empty)
    switches: Mapping[str, Switch] = field(default_factory=_empty)
    rules: Mapping[str, BindingRule] = field(default_factory=_empty)
    risks: Mapping[str, RiskRule] = field(default_factory=_empty)
    conflicts: Mapping[str, ClauseConflict] = field(default_factory=_empty)
    evidence: Mapping[str, Evidence] = field(default_factory=_empty)
    modules: Mapping[str, Module] = field(default_factory=_empty)
    artifacts: Mapping[str, Artifact] = field(default_factory=_empty)
    questions: Mapping[str, AnyQuestion] = field(default_factory=_empty)
    quizzes: Mapping[str, Quiz] = field(default_factory=_empty)
    vignettes: Mapping[str, Vignette] = field(default_factory=_empty)
    exercises: Mapping[str, Exercise] = field(default_factory=_empty)
    places: Mapping[str, Place] = field(default_factory=_empty, repr=False)
    """Where each id was read; empty if the content came from its compiled form."""

    # Each of these raises UnknownId, naming the nearest ids, if the bank does not hold the id.

    def module(self, id: str) -> Module:
        """The module with this id. Raises UnknownId."""
        return _get("module", id, self.modules)

    def element(self, id: str) -> PolicyElement:
        """The policy element with this id. Raises UnknownId."""
        return _get("policy element", id, self.elements)

    def switch(self, id: str) -> Switch:
        """The switch with this id. Raises UnknownId."""
        return _get("switch", id, self.switches)

    def artifact(self, id: str) -> Artifact:
        """The artifact with this id. Raises UnknownId."""
        return _get("artifact", id, self.artifacts)

    def question(self, id: str) -> AnyQuestion:
        """The question with this id. Raises UnknownId."""
        return _get("question", id, self.questions)

    def quiz(self, id: str) -> Quiz:
        """The quiz with this id. Raises UnknownId."""
        return _get("quiz", id, self.quizzes)

    def vignette(self, id: str) -> Vignette:
        """The vignette with this id. Raises UnknownId."""
        return _get("vignette", id, self.vignettes)

    def exercise(self, id: str) -> Exercise:
        """The exercise with this id. Raises UnknownId."""
        return _get("exercise", id, self.exercises)

    def source(self, id: str) -> Source:
        """The standard, law item or publication with this id. Raises UnknownId."""
        for register in (self.standards, self.laws, self.publications):
            if id in register:
                return register[id]
        raise UnknownId("source", id, [*self.standards, *self.laws, *self.publications])

    def place(self, id: str) -> Place:
        """Where the entry with this id was read; the built-in place if that is not known."""
        return self.places.get(id, Place())

    # -- what the browser gets -----------------------------------------------------------------------------------

    def source_view(self, id: str, today: dt.date) -> dict[str, Any]:
        """A source for the page: ``id, label, text, url?, as_of?, stale``. ``stale`` means: past its review date on ``today``.

        ``text`` is our paraphrase of a standard or law item; a publication has none, its label says everything. Raises UnknownId.
        """
        source = self.source(id)
        text = "" if isinstance(source, Publication) else source.paraphrase
        view: dict[str, Any] = {"id": id, "label": source.label, "text": text, "stale": source.is_stale(today)}
        if url := _address(source):
            view["url"] = url
        if not isinstance(source, Publication):
            view["as_of"] = source.as_of.isoformat()
        return view

    def source_views(self, ids: Iterable[str], today: dt.date) -> list[dict[str, Any]]:
        """The views of several sources, in order."""
        return [self.source_view(id, today) for id in ids]

    def artifact_view(self, id: str) -> dict[str, Any]:
        """An artifact for the page: its fields without nulls and without lenses, ``platform`` as the display name. Raises UnknownId."""
        artifact = self.artifact(id)
        view = artifact.model_dump(mode="json", exclude_none=True, exclude={"lenses"})
        return view | {"platform": self.platforms[artifact.platform].name}

    def artifact_view_with_lenses(self, id: str) -> dict[str, Any]:
        """As :meth:`artifact_view`, with ``lenses``: for a page that shows the artifact by itself. Raises UnknownId."""
        return self.artifact_view(id) | {"lenses": self.lenses_view(id)}

    def lenses_view(self, id: str) -> list[dict[str, Any]]:
        """The lenses of an artifact (``who, knows, notices``), for the reveal of a question about it. Raises UnknownId."""
        return [lens.model_dump(mode="json") for lens in self.artifact(id).lenses]


def _get(what: str, id: str, held: Mapping[str, T]) -> T:
    if id not in held:
        raise UnknownId(what, id, held)
    return held[id]


def _address(source: Source) -> str | None:
    if isinstance(source, Publication) and source.doi:
        return f"https://doi.org/{source.doi}"
    return source.url
