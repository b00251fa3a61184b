"""The types everything else is made of: frozen, strict, and rejecting unknown keys.

Content is data. A file of content is a mapping of the lists named in :class:`~smtraining.bank.ContentFile`; each entry of such a
list is one of the models below (questions are defined with their kind, in :mod:`smtraining.kinds`).

Text is plain text with four marks only: a blank line starts a paragraph, a line that starts with ``- `` is a list item,
``*stress*`` and ``**strong**``. Artifact text may also hold *spans*, written ``[[span-id|the visible words]]``, which a
spot-it question can ask about.
"""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=60)]
"""A stable id: small letters, digits, hyphens and dots. Answers are keyed by ids, so an id never changes its meaning."""

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
"""Text with the four marks (see the module's docstring)."""

Pattern = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
"""Words to look for (see :mod:`smtraining.bank.wording`): not a text that anybody reads."""

SPAN = re.compile(r"\[\[([a-z0-9.-]+)\|([^\[\]]+)\]\]")
"""``[[span-id|visible words]]`` in the text of an artifact."""


class Model(BaseModel):
    """Base of all content models: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Concern(StrEnum):
    """The five concerns of the founding article that an item serves."""

    CONFIDENTIALITY = "confidentiality"
    CULTURE = "culture"
    LIABILITY = "liability"
    PUBLIC_PRIVATE = "public-private"
    SKILLS_LAG = "skills-lag"


class Setting(StrEnum):
    """The three kinds of employer that the founding article names."""

    GOVERNMENT = "government"
    NONPROFIT = "nonprofit"
    PRIVATE_PRACTICE = "private-practice"


class PolicyPart(StrEnum):
    """The six parts of a social media policy, in the order of the founding article."""

    GOALS = "goals"
    TOOL_USE = "tool-use"
    DISCLOSURE = "disclosure"
    PARTICIPATION = "participation"
    TREATMENT_PLAN = "treatment-plan"
    SAFETY_PLAN = "safety-plan"

    @property
    def label(self) -> str:
        """The part's name as a heading."""
        return self.value.replace("-", " ").capitalize()


# --- registers: what an item may cite -------------------------------------------------------------------------------


class Standard(Model):
    """A numbered standard of a professional code, in our own one-line paraphrase (codes are copyrighted)."""

    id: Id
    code: Text
    number: Text
    paraphrase: Text
    jurisdiction: Text
    binds: Text
    as_of: dt.date
    review_by: dt.date
    source: Text
    url: str | None = None
    note: Text | None = None

    @property
    def label(self) -> str:
        return f"{self.code} {self.number}"

    def is_stale(self, today: dt.date) -> bool:
        return today > self.review_by


class LawItem(Model):
    """A rule of law or a decided case, with the date it was last checked. Teaching material, not legal advice."""

    id: Id
    title: Text
    citation: Text
    paraphrase: Text
    jurisdiction: Text
    binds: Text
    as_of: dt.date
    review_by: dt.date
    source: Text
    url: str | None = None
    note: Text | None = None

    @property
    def label(self) -> str:
        return f"{self.title} ({self.citation})"

    def is_stale(self, today: dt.date) -> bool:
        return today > self.review_by


class Publication(Model):
    """A published source: article, book, guideline or web page."""

    id: Id
    authors: Text
    year: Annotated[int, Field(ge=1900, le=2100)]
    title: Text
    container: Text | None = None
    doi: str | None = None
    url: str | None = None
    note: Text | None = None

    @property
    def label(self) -> str:
        where = f" {self.container.rstrip('.')}." if self.container else ""
        return f"{self.authors} ({self.year}). {self.title}.{where}"

    def is_stale(self, today: dt.date) -> bool:
        return False


Source = Standard | LawItem | Publication


class Platform(Model):
    """An invented platform. ``stands_for`` is for instructors only and is never shown to learners."""

    id: Id
    name: Text
    does: Text
    stands_for: Text


# --- artifacts: the thing on the screen -----------------------------------------------------------------------------


class Person(Model):
    """Who speaks in an artifact. People, names and handles are invented."""

    name: Text
    handle: Text | None = None
    role: Text | None = None


class Picture(Model):
    """A picture, carried by its words: ``alt`` is what a good alternative text says. ``drawing`` names a line drawing."""

    alt: Text
    drawing: Literal[
        "none", "window", "person", "group", "hands", "desk", "street", "bus", "visit", "chart", "phone", "hospital", "child-art"
    ] = "none"


class Message(Model):
    """One message of a thread, a conversation or a group page. ``mine`` marks the learner's own side."""

    sender: Person
    when: Text | None = None
    text: Text
    mine: bool = False
    reactions: Text | None = None


class LabelledValue(Model):
    """A row of a profile or of a form page."""

    label: Text
    value: Text


class Lens(Model):
    """The same artifact as a certain person sees it: which spans that person notices and what they add from what they know."""

    who: Text
    knows: Text
    notices: tuple[Id, ...] = ()


class Artifact(Model):
    """Something a social worker would see on a screen, as data. Drawn as a semantic HTML card.

    Which fields a type uses: all may have ``title``, ``author``, ``when``, ``place``, ``audience``, ``body``, ``picture``, ``reactions``,
    ``rating`` (reviews), ``fields`` (profile, form), ``messages`` (thread, dm, group), ``to`` (email, dm).
    """

    id: Id
    type: Literal["post", "story", "thread", "dm", "review", "profile", "group", "email", "form", "news"]
    platform: Id
    title: Text | None = None
    author: Person | None = None
    to: Text | None = None
    when: Text | None = None
    place: Text | None = None
    audience: Text | None = None
    body: Text | None = None
    picture: Picture | None = None
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    fields: tuple[LabelledValue, ...] = ()
    messages: tuple[Message, ...] = ()
    reactions: Text | None = None
    lenses: tuple[Lens, ...] = ()

    def texts(self) -> tuple[str, ...]:
        """Every text of the artifact that may hold spans, in reading order (the author and time line first)."""
        parts: list[str | None] = [self.title]
        if self.author:
            parts += [self.author.name, self.author.handle, self.author.role]
        parts += [self.to, self.when, self.place, self.audience, self.body]
        parts += [self.picture.alt if self.picture else None]
        parts += [v for f in self.fields for v in (f.label, f.value)]
        for m in self.messages:
            parts += [m.sender.name, m.sender.handle, m.sender.role, m.when, m.text, m.reactions]
        parts += [self.reactions]
        return tuple(p for p in parts if p)

    @property
    def spans(self) -> dict[str, str]:
        """Span id -> visible words, in reading order."""
        return {m[1]: m[2] for text in self.texts() for m in SPAN.finditer(text)}


# --- vignettes ------------------------------------------------------------------------------------------------------


class Choice(Model):
    """A choice in a scene: where it leads and what the debrief says of it."""

    id: Id
    text: Text
    to: Id
    protects: Text
    risks: Text
    comment: Text
    sources: tuple[Id, ...] = ()


class Scene(Model):
    """A scene of a vignette. Without choices it is an ending."""

    id: Id
    title: Text
    text: Text
    artifact: Id | None = None
    ask: Text | None = None
    choices: tuple[Choice, ...] = ()

    @model_validator(mode="after")
    def _asks_if_it_offers(self) -> Scene:
        if bool(self.ask) != bool(self.choices):
            raise ValueError("a scene has both an 'ask' and 'choices', or neither (then it is an ending)")
        if len(self.choices) == 1:
            raise ValueError("a scene with one choice is no decision: give two or more, or none")
        return self

    @property
    def is_ending(self) -> bool:
        return not self.choices


class ThinkOption(Model):
    """An answer to a prompt of the decision model, with the reply it gets."""

    id: Id
    text: Text
    reply: Text


class ThinkPrompt(Model):
    """One step of the decision model (Congress, 2000: ETHIC), tied to this case: one click, or one sentence if it has no options."""

    id: Id
    step: Literal["examine", "think", "hypothesize", "identify", "consult"]
    prompt: Text
    options: tuple[ThinkOption, ...] = ()


class Debrief(Model):
    """What is said when the story has ended, besides what each choice says of itself."""

    what_happened: Text
    law_and_code: Text
    experts_differ: Text | None = None
    record: Text
    supervision: Text


class Replay(Model):
    """The same dilemma with another employer: the same ethics, other law. ``verdicts`` speaks to each choice of the first scene."""

    setting: Setting
    opening: Text
    what_changes: Text
    verdicts: dict[Id, Text]
    sources: Annotated[tuple[Id, ...], Field(min_length=1)]


class SampleClause(Model):
    """A clause that a learner may pick and adapt."""

    id: Id
    text: Text


class Patch(Model):
    """The clause of our policy that would have prevented or handled this case."""

    element: Id
    prompt: Text
    clauses: Annotated[tuple[SampleClause, ...], Field(min_length=2)]


class ContentNote(Model):
    """A warning before hard material, with where to get help."""

    text: Text
    help: Text


class Vignette(Model):
    """A case the learner decides: scenes, consequences, several endings, debrief, policy patch."""

    id: Id
    module: Id
    title: Text
    minutes: Annotated[int, Field(ge=1, le=40)]
    setting: Setting
    role: Text
    opening: Text
    artifact: Id | None = None
    gut: Text | None = None
    think: tuple[ThinkPrompt, ...] = ()
    start: Id
    scenes: Annotated[tuple[Scene, ...], Field(min_length=3)]
    debrief: Debrief
    patch: Patch
    replays: tuple[Replay, ...] = ()
    content_note: ContentNote | None = None
    concerns: Annotated[tuple[Concern, ...], Field(min_length=1)]
    epas: Annotated[tuple[int, ...], Field(min_length=1)]
    sources: Annotated[tuple[Id, ...], Field(min_length=1)]

    def scene(self, id: str) -> Scene:
        """The scene with this id. Raises StopIteration if there is none (the bank has checked the graph)."""
        return next(s for s in self.scenes if s.id == id)

    @property
    def depth(self) -> int:
        """The largest number of decisions on a path from the start to an ending (the graph has no cycle)."""

        def below(id: str) -> int:
            scene = self.scene(id)
            return 0 if scene.is_ending else 1 + max(below(c.to) for c in scene.choices)

        return below(self.start)

    @property
    def is_branching(self) -> bool:
        """Two or more decisions deep."""
        return self.depth >= 2


# --- modules, quizzes, exercises ------------------------------------------------------------------------------------


class Module(Model):
    """A module of the curriculum: one lesson notebook and, from 01 on, one graded exercise."""

    id: Id
    number: Annotated[int, Field(ge=0, le=99)]
    slug: Id
    title: Text
    minutes: Annotated[int, Field(ge=5, le=120)]
    concerns: tuple[Concern, ...] = ()
    objectives: Annotated[tuple[Text, ...], Field(min_length=1)]
    guiding_questions: Annotated[tuple[Text, ...], Field(min_length=1)]
    key_points: Annotated[tuple[Text, ...], Field(min_length=1)]
    supervision: Annotated[tuple[Text, ...], Field(min_length=1)]
    elements: tuple[Id, ...] = ()


class Quiz(Model):
    """A few questions that are shown together in one widget."""

    id: Id
    module: Id
    title: Text
    intro: Text | None = None
    questions: Annotated[tuple[Id, ...], Field(min_length=1)]
    shuffle: bool = False


class WrittenTask(Model):
    """A task that a person marks against a rubric. The rubric is the instructor's and is not here.

    ``marks`` says what the rubric is about: the text that was written here, or the policy that was handed in with it.
    """

    id: Id
    title: Text
    marks: Literal["text", "policy"] = "text"
    prompt: Text
    words: tuple[int, int]
    points: Annotated[int, Field(ge=1)]


class Exercise(Model):
    """A graded exercise: the public side of it. Keys, rationales, rubrics live in the instructor's notebook only."""

    id: Id
    module: Id
    title: Text
    intro: Text
    questions: Annotated[tuple[Id, ...], Field(min_length=1)]
    written: tuple[WrittenTask, ...] = ()


# --- the policy: its elements, the switchboard, risky wording ---------------------------------------------------------

Fact = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*=[a-z0-9]+([.-][a-z0-9]+)*$", max_length=121)]
"""``switch=option``: this option was chosen at this switch."""


class Condition(Model):
    """Exactly one of three: all of the parts hold, any of them does, or none of them does. A part is a fact or a condition."""

    all_of: tuple[When, ...] = ()
    any_of: tuple[When, ...] = ()
    none_of: tuple[When, ...] = ()

    @model_validator(mode="after")
    def _is_one_thing(self) -> Condition:
        if sum(bool(parts) for parts in (self.all_of, self.any_of, self.none_of)) != 1:
            raise ValueError("a condition has exactly one of 'all_of', 'any_of' and 'none_of', with at least one part in it")
        return self

    @property
    def parts(self) -> tuple[When, ...]:
        return self.all_of or self.any_of or self.none_of


When = Condition | Fact
"""A condition over the answers of the switchboard: one fact, or a combination."""


def facts_of(when: When | None) -> tuple[str, ...]:
    """Every fact that a condition looks at, in reading order."""
    if when is None:
        return ()
    return (when,) if isinstance(when, str) else tuple(fact for part in when.parts for fact in facts_of(part))


class Level(StrEnum):
    """How much an element is needed."""

    MUST = "must"
    SHOULD = "should"


class Requirement(Model):
    """Who needs an element: ``when`` is the condition (everyone, if it is left out), ``why`` the reason in a sentence."""

    level: Level
    when: When | None = None
    why: Text


class PolicyClause(SampleClause):
    """A sample clause of an element: *firm* leaves least to judgment, *light* leaves most."""

    strictness: Literal["firm", "balanced", "light"]


class PolicyElement(Model):
    """One of the elements of a complete social media policy. ``cases`` are vignettes that show why it is there."""

    id: Id
    number: Annotated[int, Field(ge=1)]
    part: PolicyPart
    title: Text
    why: Text
    required: tuple[Requirement, ...] = ()
    sources: tuple[Id, ...] = ()
    clauses: tuple[PolicyClause, ...] = ()
    pitfalls: tuple[Text, ...] = ()
    cases: tuple[Id, ...] = ()


class SwitchOption(Model):
    """An answer to a switch. ``said`` ends the sentence "You said that ..."."""

    id: Id
    text: Text
    said: Text


class Switch(Model):
    """A question about the agency whose answer decides which rules bind it. ``find_out`` helps those who are not sure."""

    id: Id
    question: Text
    help: Text
    find_out: Text
    many: bool = False
    options: Annotated[tuple[SwitchOption, ...], Field(min_length=2)]


class BindingRule(Model):
    """A rule that binds the agencies it fits. With ``look-up`` the details are state law or a contract, which nobody here can know."""

    id: Id
    title: Text
    when: When
    means: Text
    force: Literal["binds", "look-up"] = "binds"
    elements: Annotated[tuple[Id, ...], Field(min_length=1)]
    sources: Annotated[tuple[Id, ...], Field(min_length=1)]


class Wording(Model):
    """What a sentence says, as word patterns (see :mod:`smtraining.bank.wording`).

    ``sense``: *offers* finds a sentence that says the thing is done or allowed, and spares one that denies or forbids it; *forbids* finds
    the sentence that forbids it; *says* finds the words whatever stands around them. ``unless`` spares a sentence with such words.
    """

    sense: Literal["offers", "forbids", "says"]
    find: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    unless: tuple[Pattern, ...] = ()


class Evidence(Model):
    """What shows that a policy which somebody else wrote has a certain element.

    ``says`` is what counts, ``near`` what resembles it and does not count. A sentence is evidence if one of ``find`` is in it; or one of
    ``under``, where the heading above it is one of ``headings``; without ``under``, such a heading with a sentence below it is enough.
    One of ``hints`` alone is no evidence: the reader is pointed to the place. ``unless`` spares a sentence. ``shows_on`` and ``spares``
    are texts that prove it; a first line ``# ...`` is the heading.
    """

    id: Id
    element: Id
    says: Text
    near: Text | None = None
    headings: tuple[Pattern, ...] = ()
    find: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    under: tuple[Pattern, ...] = ()
    hints: tuple[Pattern, ...] = ()
    unless: tuple[Pattern, ...] = ()
    shows_on: Annotated[tuple[Text, ...], Field(min_length=1)]
    spares: Annotated[tuple[Text, ...], Field(min_length=1)]


class RiskRule(Model):
    """Wording that gets policies into trouble. ``fires_on`` and ``spares`` are sentences that prove what the rule finds.

    ``applies_to`` limits it to some agencies, ``elements`` to clauses of some elements (all, if it is empty).
    """

    id: Id
    title: Text
    applies_to: When | None = None
    elements: tuple[Id, ...] = ()
    wording: Wording
    reason: Text
    better: Text
    sources: Annotated[tuple[Id, ...], Field(min_length=1)]
    case: Id | None = None
    fires_on: Annotated[tuple[Text, ...], Field(min_length=1)]
    spares: Annotated[tuple[Text, ...], Field(min_length=1)]


class ClauseWording(Wording):
    """Wording of the clauses of some elements."""

    elements: Annotated[tuple[Id, ...], Field(min_length=1)]


class TwoClauses(Model):
    """An example of two clauses that stand in one policy."""

    first: Text
    second: Text


class ClauseConflict(Model):
    """Two clauses that cannot both be followed. ``fires_on`` and ``spares`` are pairs that prove what the rule finds."""

    id: Id
    title: Text
    first: ClauseWording
    second: ClauseWording
    reason: Text
    next_step: Text
    fires_on: Annotated[tuple[TwoClauses, ...], Field(min_length=1)]
    spares: Annotated[tuple[TwoClauses, ...], Field(min_length=1)]


# --- what happens to an answer --------------------------------------------------------------------------------------


class Outcome(StrEnum):
    """The closed set of what can have become of a question. *Not attempted* is never the same as *wrong*."""

    NOT_ATTEMPTED = "not-attempted"
    RIGHT = "right"
    PARTLY = "partly-right"
    WRONG = "wrong"
    RECORDED = "recorded"


class Mark(StrEnum):
    """What became of one option of a question."""

    HIT = "hit"
    MISSED = "missed"
    FALSE_ALARM = "false-alarm"
    PASSED_OVER = "passed-over"
    CLOSE = "close"
    NONE = "none"


class Score(Model):
    """The result of scoring one response.

    ``fraction`` is 0..1 of the question's points; it is None where nothing is scored (reflection, scale) and then ``outcome`` is
    RECORDED or NOT_ATTEMPTED. ``marks`` says per option id what became of it. ``rule`` is the scoring rule in a sentence for the learner.
    """

    outcome: Outcome
    fraction: Annotated[float, Field(ge=0, le=1)] | None
    marks: dict[str, Mark]
    rule: str
    summary: str
