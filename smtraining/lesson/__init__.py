"""What a notebook cell calls. Each function returns something the notebook shows; none raises at the learner.

An id that does not exist, or content that cannot be read, is shown as a note in place of the page: it says what is wrong and names
the nearest ids, and the rest of the notebook goes on working.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from smtraining import bank as banks
from smtraining.bank import Bank
from smtraining.errors import ResponseError, SaveError, SmtrainingError, UnknownId
from smtraining.kinds import Question
from smtraining.lesson import panels
from smtraining.lesson.conversation import Conversation
from smtraining.lesson.items import Item, QuestionItem, VignetteItem
from smtraining.lesson.panels import Panel
from smtraining.responses import Answer, Store
from smtraining.widgets.page import Page
from smtraining.widgets.static import page_html, page_text

if TYPE_CHECKING:
    from smtraining.widgets.workbench import Workbench

__all__ = [
    "answer",
    "artifact",
    "exercise",
    "my_policy",
    "pack",
    "policy_builder",
    "policy_check",
    "progress",
    "quiz",
    "sources",
    "switchboard",
    "vignette",
]

P = ParamSpec("P")
Shown = TypeVar("Shown")


def _noted(show: Callable[P, Shown]) -> Callable[P, Shown | Panel]:
    """Turn the package's own errors into a note in place. Other exceptions are defects and pass."""

    @wraps(show)
    def shown(*args: P.args, **kwargs: P.kwargs) -> Shown | Panel:
        try:
            return show(*args, **kwargs)
        except SmtrainingError as error:
            return panels.note(error)

    return shown


@_noted
def quiz(id: str) -> Page | Panel:
    """A page with the questions of the quiz ``id``."""
    bank = banks.load()
    found = bank.quiz(id)
    items = [QuestionItem(bank.question(q), bank) for q in found.questions]
    return _page(bank, "quiz", found.id, found.title, found.intro, items)


@_noted
def vignette(id: str) -> Page | Panel:
    """A page with the case ``id``, to be played."""
    bank = banks.load()
    found = bank.vignette(id)
    return _page(bank, "vignette", found.id, found.title, None, [VignetteItem(found, bank)])


@_noted
def artifact(id: str) -> Page | Panel:
    """A page with one artifact, and whose eyes it can be seen through."""
    bank = banks.load()
    found = bank.artifact(id)
    shown = bank.artifact_view_with_lenses(id)
    view = _view("artifact", found.id, found.title or "", None, "formative", [], {id: shown})
    return _show(view, Conversation([], _store()))


@_noted
def exercise(id: str) -> Page | Panel:
    """A page with the graded questions of the exercise ``id``: answers are saved, nothing is told."""
    bank = banks.load()
    found = bank.exercise(id)
    items = [QuestionItem(bank.question(q), bank) for q in found.questions]
    return _page(bank, "exercise", found.id, found.title, found.intro, items, mode="graded")


@_noted
def answer(item: str, response: Any = None) -> Panel:
    """Answer without a widget, and read the feedback as text. Without a response it shows the question and the words to answer with.

    ``answer("m03-who", "b")``; several ids are separated by spaces, ``"e1=c1 e2=c2"`` matches. For a case, ``"a"`` is the first answer,
    ``"a b c"`` the first answer and then the decisions, ``"patch: my words"`` keeps a clause. What is typed is saved like a click. A
    response that does not fit is explained and nothing is saved.
    """
    bank = banks.load()
    store = _store()
    found: Item
    if item in bank.vignettes:
        found = case = VignetteItem(bank.vignette(item), bank)
        response = case.from_text(response, store.answers.get(item)) if isinstance(response, str) else response
    else:
        found = QuestionItem(_known_question(bank, item), bank)
    if response is None:
        views = {a: bank.artifact_view(a) for a in found.artifact_ids()}
        page = _view("plain", item, "In plain text", None, "formative", [found.view()], views)
        told = found.reveal(store.answers.get(item))
        return panels.asked(page_text(page, {item: told} if told else {}), item, found.words(), found.form())
    talk = Conversation([found], store)
    try:
        given = talk.put(found, response, asked=True)
    except (ResponseError, SaveError) as error:
        return panels.note(error)
    return panels.answered(found.view(), given, talk.state["reveals"].get(item))


@_noted
def progress() -> Panel:
    """How far the learner is, module by module."""
    return panels.progress(banks.load(), _store().answers)


@_noted
def my_policy() -> Workbench | Panel:
    """My policy so far: the wording the learner kept at the end of each case, by part of the policy, to be read and changed."""
    bank, store = banks.load(), _store()
    shown = panels.my_policy(bank, store.answers)
    if not panels.kept(bank, store.answers):
        return shown
    from smtraining.lesson.desk_patches import PatchesDesk
    from smtraining.widgets.workbench import Workbench
    from smtraining.widgets.workbench_static import sheet_html

    desk = PatchesDesk(bank, store, _tell)
    return Workbench(desk.view, desk.state, desk.reply, lambda: (sheet_html(desk.sheet()), shown.text))


@_noted
def switchboard() -> Workbench | Panel:
    """Which rules bind us: twelve questions about the agency. The answers are its profile, kept beside the notebook."""
    from smtraining.lesson.desk_switchboard import SwitchboardDesk
    from smtraining.policy import switchboard_view
    from smtraining.policy.profile_store import ProfileStore
    from smtraining.widgets.workbench import Workbench
    from smtraining.widgets.workbench_static import sheet_html, sheet_text

    bank = banks.load()
    desk = SwitchboardDesk(bank, ProfileStore(Path.cwd(), bank))
    sheet = switchboard_view.sheet(desk.view, desk.state["told"], desk.state["answers"])
    return Workbench(desk.view, desk.state, desk.reply, lambda: (sheet_html(sheet), sheet_text(sheet)))


@_noted
def policy_check(file: str | Path, profile: str | Path | None = None, overrule: Mapping[str, str | None] | None = None) -> Panel:
    """What a policy that somebody else wrote has, lacks and risks: ``policy_check("handbook.docx")``. See docs/policy-check.md.

    ``overrule={"missing:pe-08": "It is in our phone rules."}`` overrules a finding; the reason is kept beside the policy, and None in its
    place takes it back.
    """
    from smtraining.lesson import checking

    return checking.panel(file, profile, overrule)


@_noted
def policy_builder() -> Workbench | Panel:
    """Write the agency's own policy: drafts beside the notebook, element by element, and the documents made from them."""
    from smtraining.lesson.desk_builder import BuilderDesk
    from smtraining.policy import builder_view
    from smtraining.widgets.workbench import Workbench
    from smtraining.widgets.workbench_static import sheet_html, sheet_text

    bank = banks.load()
    desk = BuilderDesk(bank, Path.cwd(), _store())
    sheet = builder_view.sheet(desk.view, desk.draft, bank)
    return Workbench(desk.view, desk.state, desk.reply, lambda: (sheet_html(sheet), sheet_text(sheet)))


@_noted
def sources(module: str) -> Panel:
    """The sources of a module, each with the date it was last checked; a law item past its review date says so."""
    bank = banks.load()
    bank.module(module)
    return panels.sources(bank, module)


@_noted
def pack() -> Panel:
    """Put everything of this folder into this cell's output, so that the saved notebook carries it on any host.

    That is the answers and, under ``policy_drafts`` (id -> draft) and ``policy_profile``, what was written with the builder and the
    switchboard. A draft or profile that cannot be read stays behind.
    """
    from smtraining.policy.packing import drafts_and_profile

    return panels.packed(_store().as_mapping() | drafts_and_profile(Path.cwd(), banks.load()))


# -- private ---------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _store_of(folder: Path) -> Store:
    return Store(folder)


def _store() -> Store:
    """The store of the notebook's folder: the kernel's working directory."""
    store = _store_of(Path.cwd())
    store.refresh()
    return store


def _known_question(bank: Bank, id: str) -> Question:
    if id not in bank.questions:
        raise UnknownId("question or case", id, [*bank.questions, *bank.vignettes])
    return bank.question(id)


def _page(bank: Bank, page: str, id: str, title: str, intro: str | None, items: Sequence[Item], mode: str = "formative") -> Page:
    views = {a: bank.artifact_view(a) for item in items for a in item.artifact_ids()}
    view = _view(page, id, title, intro, mode, [item.view() for item in items], views)
    return _show(view, Conversation(items, _store()))


def _view(
    page: str, id: str, title: str, intro: str | None, mode: str, items: list[dict[str, Any]], artifacts: dict[str, Any]
) -> dict[str, Any]:
    view: dict[str, Any] = {"schema": 1, "page": page, "id": id, "title": title, "mode": mode, "items": items, "artifacts": artifacts}
    return view | ({"intro": intro} if intro else {})


def _show(view: dict[str, Any], talk: Conversation) -> Page:
    fresh = {id: item.reveal(None) for id, item in talk.items.items()}
    reveals = {id: told for id, told in fresh.items() if told is not None}
    page = Page(
        view=view,
        state=talk.state,
        on_message=talk.reply,
        static=lambda: (page_html(view, reveals), page_text(view, reveals)),
    )
    _OPEN[page] = talk
    return page


_OPEN: WeakKeyDictionary[Page, Conversation] = WeakKeyDictionary()
"""The pages of this kernel with what they talk about."""


def _tell(item: Item, answer: Answer) -> None:
    """Show a record that was changed elsewhere in the notebook on every page that holds its item, or that page would write the old one."""
    for page, talk in list(_OPEN.items()):
        if item.id in talk.items:
            page.send(talk.learn(item, answer))
