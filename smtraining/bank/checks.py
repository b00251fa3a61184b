"""What must hold between entries: every reference leads somewhere, every question can be scored, every vignette can be played."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from smtraining.bank import evidence, wording
from smtraining.bank.contentfile import LISTS, SINGULAR, SOURCE_PREFIXES
from smtraining.bank.store import Bank
from smtraining.errors import KeyMismatch, Problem
from smtraining.kinds import AnyQuestion, self_test
from smtraining.kinds.vignette import check_graph
from smtraining.models import SPAN, Artifact, LawItem, Standard, Vignette, When, facts_of

_ELEMENT_ID = re.compile(r"pe-(\d\d)")


def problems(bank: Bank, unread: frozenset[str]) -> list[Problem]:
    """Every cross-check of the bank.

    ``unread`` are ids that exist in the files but did not validate: to refer to one of them is no second defect.
    """
    return list(_Checks(bank, unread).run())


class _Checks:
    def __init__(self, bank: Bank, unread: frozenset[str]) -> None:
        self.bank, self.unread = bank, unread
        self.list_of = {id: name for name in LISTS for id in getattr(bank, name)}
        self.sources = [*bank.standards, *bank.laws, *bank.publications]

    def run(self) -> Iterator[Problem]:
        yield from self._registers()
        yield from self._elements()
        yield from self._policy()
        yield from self._modules()
        for artifact in self.bank.artifacts.values():
            yield from self._artifact(artifact)
        for question in self.bank.questions.values():
            yield from self._question(question)
        for vignette in self.bank.vignettes.values():
            yield from self._vignette(vignette)
        yield from self._quizzes()
        yield from self._exercises()

    # -- building blocks -----------------------------------------------------------------------------------------

    def _problem(self, id: str, message: str, next_step: str, *loc: str | int) -> Problem:
        place = self.bank.place(id)
        return Problem(place.file, place.line(*loc), id, message, next_step)

    def _refer(self, id: str, target: str | None, what: str, known: Iterable[str], *loc: str | int) -> Iterator[Problem]:
        """A problem if ``target`` is not among the known ids of its sort."""
        known = list(known)
        if target is None or target in known or target in self.unread:
            return
        if target in self.list_of:
            other = SINGULAR[self.list_of[target]]
            yield self._problem(id, f"'{target}' is a {other}; a {what} is needed here.", f"Name a {what}.", *loc)
            return
        near = difflib.get_close_matches(target, [*known, *self.unread], n=3, cutoff=0.6)
        hint = f"Did you mean {' or '.join(near)}? Otherwise add it." if near else f"Add the {what}, or name one that exists."
        yield self._problem(id, f"There is no {what} with the id '{target}'.", hint, *loc)

    def _refer_all(self, id: str, targets: Iterable[str], what: str, known: Iterable[str], *loc: str | int) -> Iterator[Problem]:
        seen: set[str] = set()
        for number, target in enumerate(targets):
            yield from self._refer(id, target, what, known, *loc, number)
            if target in seen:
                yield self._problem(id, f"'{target}' stands twice in this list.", "Take one of them out.", *loc, number)
            seen.add(target)

    def _cites(self, id: str, sources: Iterable[str], *loc: str | int) -> Iterator[Problem]:
        yield from self._refer_all(id, sources, "source", self.sources, *loc, "sources")

    # -- registers -----------------------------------------------------------------------------------------------

    def _registers(self) -> Iterator[Problem]:
        for name, prefixes in SOURCE_PREFIXES.items():
            for id, entry in getattr(self.bank, name).items():
                if not id.startswith(prefixes):
                    starts = " or ".join(f"'{prefix}'" for prefix in prefixes)
                    yield self._problem(
                        id, f"The id of a {SINGULAR[name]} starts with {starts}.", "Change the id where it is cited too.", "id"
                    )
                if isinstance(entry, Standard | LawItem) and entry.review_by <= entry.as_of:
                    yield self._problem(
                        id, "'review_by' is not after 'as_of'.", "Give the date by which it must be looked up again.", "review_by"
                    )

    def _elements(self) -> Iterator[Problem]:
        elements = self.bank.elements
        yield from self._same_number(elements)
        for id, element in elements.items():
            found = _ELEMENT_ID.fullmatch(id)
            if not found or int(found[1]) != element.number:
                expected = f"pe-{element.number:02d}"
                yield self._problem(
                    id, f"Policy element {element.number} has the id '{id}'.", f"Call it '{expected}', or change its number.", "id"
                )
            for number, requirement in enumerate(element.required):
                yield from self._facts(id, requirement.when, "required", number, "when")
            yield from self._cites(id, element.sources)
            yield from self._twice(id, [clause.id for clause in element.clauses], "clauses")
            yield from self._refer_all(id, element.cases, "vignette", self.bank.vignettes, "cases")

    def _policy(self) -> Iterator[Problem]:
        elements = self.bank.elements
        for id, switch in self.bank.switches.items():
            yield from self._twice(id, [option.id for option in switch.options], "options")
        for id, rule in self.bank.rules.items():
            yield from self._facts(id, rule.when, "when")
            yield from self._refer_all(id, rule.elements, "policy element", elements, "elements")
            yield from self._cites(id, rule.sources)
        for id, risk in self.bank.risks.items():
            yield from self._facts(id, risk.applies_to, "applies_to")
            yield from self._refer_all(id, risk.elements, "policy element", elements, "elements")
            yield from self._cites(id, risk.sources)
            yield from self._refer(id, risk.case, "vignette", self.bank.vignettes, "case")
            for defect in wording.check(risk.wording) or wording.misbehaving(risk):
                yield self._problem(id, defect, "Mend the patterns of 'wording', or the example.", "wording")
        for id, conflict in self.bank.conflicts.items():
            for name, side in (("first", conflict.first), ("second", conflict.second)):
                yield from self._refer_all(id, side.elements, "policy element", elements, name, "elements")
            patterns = [defect for side in (conflict.first, conflict.second) for defect in wording.check(side)]
            for defect in patterns or wording.misbehaving_pairs(conflict):
                yield self._problem(id, defect, "Mend the patterns, or the example.", "first")

        for id, rule_of_element in self.bank.evidence.items():
            yield from self._refer(id, rule_of_element.element, "policy element", elements, "element")
            for defect in evidence.check(rule_of_element) or evidence.misbehaving(rule_of_element):
                yield self._problem(id, defect, "Mend the patterns, or the example.", "find")

    def _facts(self, id: str, when: When | None, *loc: str | int) -> Iterator[Problem]:
        for fact in dict.fromkeys(facts_of(when)):
            switch, option = fact.split("=")
            yield from self._refer(id, switch, "switch", self.bank.switches, *loc)
            if switch in self.bank.switches and option not in (options := [o.id for o in self.bank.switches[switch].options]):
                message = f"The switch '{switch}' has no option '{option}'."
                yield self._problem(id, message, f"Its options are: {', '.join(options)}.", *loc)

    def _twice(self, id: str, parts: Iterable[str], *loc: str | int) -> Iterator[Problem]:
        seen: set[str] = set()
        for number, part in enumerate(parts):
            if part in seen:
                yield self._problem(id, f"'{part}' stands twice in this list.", "Give each its own id.", *loc, number)
            seen.add(part)

    def _modules(self) -> Iterator[Problem]:
        yield from self._same_number(self.bank.modules)
        for id, module in self.bank.modules.items():
            yield from self._refer_all(id, module.elements, "policy element", self.bank.elements, "elements")

    def _same_number(self, entries: Mapping[str, Any]) -> Iterator[Problem]:
        first: dict[int, str] = {}
        for id, entry in entries.items():
            if (other := first.setdefault(entry.number, id)) != id:
                place = self.bank.place(other)
                message = f"The number {entry.number} is also that of {other} ({place.file}:{place.line('number')})."
                yield self._problem(id, message, "Give each its own number.", "number")

    # -- artifacts -----------------------------------------------------------------------------------------------

    def _artifact(self, artifact: Artifact) -> Iterator[Problem]:
        yield from self._refer(artifact.id, artifact.platform, "platform", self.bank.platforms, "platform")
        seen: set[str] = set()
        for text in artifact.texts():
            for match in SPAN.finditer(text):
                if match[1] in seen:
                    message = f"The span '{match[1]}' stands twice in the artifact."
                    yield self._problem(artifact.id, message, "Give each span its own id.")
                seen.add(match[1])
            if "[[" in SPAN.sub("", text) or "]]" in SPAN.sub("", text):
                message = f"A span is not well-formed in: {_short(text)}"
                yield self._problem(artifact.id, message, "Write [[span-id|the visible words]], on one line, without brackets inside.")
        for number, lens in enumerate(artifact.lenses):
            for position, span in enumerate(lens.notices):
                if span not in seen:
                    message = f"The lens '{lens.who}' notices the span '{span}', which the artifact does not have."
                    yield self._problem(artifact.id, message, _spans_hint(artifact), "lenses", number, "notices", position)

    # -- questions -----------------------------------------------------------------------------------------------

    def _question(self, question: AnyQuestion) -> Iterator[Problem]:
        yield from self._cites(question.id, question.sources)
        yield from self._refer(question.id, question.artifact, "artifact", self.bank.artifacts, "artifact")
        if question.kind == "spot" and question.artifact in self.bank.artifacts:
            yield from self._spot(question, self.bank.artifacts[question.artifact])
        if question.graded:
            return  # its key is in the instructor's notebook, and its model refuses one here
        try:
            key = question.key()
            question.check_key(key)
        except KeyMismatch as error:
            yield self._problem(question.id, _own(question.id, str(error)), "See the kinds of question in docs/authoring.md.")
            return
        for defect in self_test(question, key):
            yield self._problem(question.id, _own(question.id, defect), "Mend the key or the options.")

    def _spot(self, question: Any, artifact: Artifact) -> Iterator[Problem]:
        for number, span in enumerate(question.spans):
            words = artifact.spans.get(span.id)
            if words is None:
                message = f"The artifact {artifact.id} has no span '{span.id}'."
                yield self._problem(question.id, message, _spans_hint(artifact), "spans", number)
            elif words != span.text:
                message = f"The text of span '{span.id}' is '{span.text}', and in the artifact {artifact.id} it is '{words}'."
                yield self._problem(question.id, message, "Make the two the same.", "spans", number, "text")

    # -- vignettes -----------------------------------------------------------------------------------------------

    def _vignette(self, vignette: Vignette) -> Iterator[Problem]:
        id, artifacts = vignette.id, self.bank.artifacts
        yield from self._refer(id, vignette.module, "module", self.bank.modules, "module")
        yield from self._refer(id, vignette.artifact, "artifact", artifacts, "artifact")
        yield from self._cites(id, vignette.sources)
        yield from self._refer(id, vignette.patch.element, "policy element", self.bank.elements, "patch", "element")
        for number, scene in enumerate(vignette.scenes):
            yield from self._refer(id, scene.artifact, "artifact", artifacts, "scenes", number, "artifact")
            for position, choice in enumerate(scene.choices):
                yield from self._cites(id, choice.sources, "scenes", number, "choices", position)
        for number, replay in enumerate(vignette.replays):
            yield from self._cites(id, replay.sources, "replays", number)
        for defect in check_graph(vignette):
            yield self._problem(id, _own(id, defect), "Mend the scenes of this vignette.", "scenes")

    # -- quizzes and exercises -----------------------------------------------------------------------------------

    def _quizzes(self) -> Iterator[Problem]:
        for id, quiz in self.bank.quizzes.items():
            yield from self._refer(id, quiz.module, "module", self.bank.modules, "module")
            yield from self._refer_all(id, quiz.questions, "question", self.bank.questions, "questions")
            for number, question in enumerate(quiz.questions):
                if question in self.bank.questions and self.bank.questions[question].graded:
                    message = f"The question '{question}' is graded; a quiz of a lesson gives feedback and cannot hold it."
                    yield self._problem(
                        id, message, "Put it into an exercise, or set 'graded: false' and add key and feedback.", "questions", number
                    )

    def _exercises(self) -> Iterator[Problem]:
        written: dict[str, str] = {}
        for id, exercise in self.bank.exercises.items():
            yield from self._refer(id, exercise.module, "module", self.bank.modules, "module")
            yield from self._refer_all(id, exercise.questions, "question", self.bank.questions, "questions")
            for number, question in enumerate(exercise.questions):
                if question in self.bank.questions and not self.bank.questions[question].graded:
                    message = f"The question '{question}' of this exercise is not graded."
                    yield self._problem(
                        id, message, "Set 'graded: true' on it, and move its key to the notebook in solutions/.", "questions", number
                    )
            for number, task in enumerate(exercise.written):
                if task.id in self.list_of or written.setdefault(task.id, id) != id:
                    message = f"The id '{task.id}' of a written task is used elsewhere."
                    yield self._problem(id, message, "Give the task another id.", "written", number, "id")


def _spans_hint(artifact: Artifact) -> str:
    return f"Its spans are: {', '.join(artifact.spans)}." if artifact.spans else "It has no spans: mark words as [[span-id|words]]."


def _own(id: str, text: str) -> str:
    """A sentence of another layer without the id in front, which the problem names anyway."""
    text = text.removeprefix(f"{id}: ")
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
