"""What a learner does on a page, by mouse or by keyboard alone.

Answers are written down as they must be on record (ids), and given in the words that are on the page: ``in_words`` turns one into the
other, so that a test finds its controls as a person does. In words, an answer is a text for a choice, a list for several choices and for
an order, a pair for an action and its reason, a mapping for matching and rating. ``shown`` reads back in the same form what the page shows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from jupyter_support import NotebookPage
from playwright.sync_api import Locator, Page, expect

from smtraining import bank

expect.set_options(timeout=20_000)  # a busy machine is no defect

Words = Any
"""An answer in the words of the page; its form depends on the kind (see above)."""


@dataclass(frozen=True)
class Answer:
    """One answer of a learner: to which question, what must be on record, and how the feedback begins ("" for graded questions)."""

    item: str
    record: Any
    told: str = ""


def in_words(item: str, value: Any) -> Words:
    """The answer ``value`` to a question of the content, as the page words it."""
    view = bank.load().question(item).view()
    entries = [entry for part in view.values() if isinstance(part, list) for entry in part if isinstance(entry, dict)]
    words = {entry["id"]: entry["text"] for entry in entries}
    match view["kind"]:
        case "reflect":
            return value
        case "pair":
            return words[value["action"]], words[value["reason"]]
        case "match":
            return {words[entry]: words[category] for entry, category in value.items()}
        case "rate":
            return {words[response]: view["scale"][rating - 1] for response, rating in value.items()}
        case _:
            return [words[id] for id in value] if isinstance(value, list) else words[value]


# --- the practice pages of notebook 00, answered in two ways ------------------------------------------------------------
# Records and results are worked out by hand from the questions' keys.

BREAK = "We take our cups to the courtyard and talk about gardens. It clears my head, because nobody needs anything there."

ALL_RIGHT = (
    Answer("m00-p-single", "b", "You chose the stronger answer."),
    Answer("m00-p-multiple", ["honey", "tea", "lemon"], "All 3 found, and nothing that does not belong."),
    Answer("m00-p-pair", {"action": "pour", "reason": "next"}, "The action and the reason both hold."),
    Answer("m00-p-order", ["fill", "boil", "pour", "wait", "serve"], "All 5 in place."),
    Answer("m00-p-match", {"green": "leaves", "espresso": "beans", "mint": "neither", "cocoa": "neither"}, "All 4"),
    Answer("m00-p-spot", ["day", "time", "place"], "All 3 found, and nothing that does not belong."),
    Answer("m00-p-rank", ["sign", "kettle", "leave", "fork"], "All 4"),
    Answer("m00-p-rate", {"memo": 1, "ask": 4, "label": 2, "other": 3}, "All 4"),
    Answer("m00-p-scale", "4", "You chose 4."),
    Answer("m00-p-reflect", BREAK, "Your 20 words are kept."),
)

PARTLY_RIGHT = (
    Answer("m00-p-single", "c", "Another answer is stronger here."),
    Answer("m00-p-multiple", ["milk", "tea", "lemon"], "2 of 3 found; 1 chosen that does not belong."),
    Answer("m00-p-pair", {"action": "pour", "reason": "mine"}, "Your action holds, but another reason carries it."),
    Answer("m00-p-order", ["boil", "fill", "pour", "wait", "serve"], "3 of 5 in place; 2 one place off."),  # two neighbors swapped
    Answer("m00-p-match", {"green": "leaves", "espresso": "beans", "mint": "leaves", "cocoa": "beans"}, "2 of 4"),
    Answer("m00-p-spot", ["roof", "day", "time"], "2 of 3 found; 1 chosen that does not belong."),
    Answer("m00-p-rank", ["sign", "kettle", "fork", "leave"], "2 of 4"),  # the last two swapped
    Answer("m00-p-rate", {"memo": 1, "ask": 4, "label": 1, "other": 1}, "2 of 4"),
    Answer("m00-p-scale", "2", "You chose 2."),
    Answer("m00-p-reflect", "A walk.", "Your 2 words are kept."),
)


KITCHEN_ENDED = Answer(
    "m00-v-kitchen",
    {
        "gut": "name",
        "think": {"values": "fair", "ask": "her"},
        "thought": True,
        "path": ["private", "own"],
        "replay": {"private-practice": "replace"},
        "patch": {"clause": "people", "text": "We talk with colleagues, not about them."},
    },
)
"""The case of notebook 00, played to an ending."""


# --- by mouse -----------------------------------------------------------------------------------------------------------


class Mouse:
    """A learner who clicks. (Native drop-down lists draw outside the page; their choice is set as the browser would.)"""

    def answer(self, question: Locator, given: Words) -> None:
        """Give an answer to a question, without checking it."""
        kind = question.get_attribute("data-kind")
        match kind:
            case "single" | "scale":
                self._choose(question, given)
            case "multiple":
                for text in given:
                    self._choose(question, text)
            case "pair":
                for text in given:
                    self._choose(question, text)
            case "order" | "rank":
                self._arrange(question, given)
            case "match":
                for entry, category in given.items():
                    question.get_by_label(entry, exact=True).select_option(label=category)
            case "spot":
                for words in given:
                    question.get_by_role("button", name=words, exact=True).click()
            case "rate":
                for response, label in given.items():
                    self._choose(question.get_by_role("group", name=response, exact=True), label)
            case "reflect":
                question.locator("textarea").fill(given)
            case _:
                raise AssertionError(f"no way to answer a question of the kind {kind!r}")

    def check(self, question: Locator) -> None:
        """Press the button that shows the feedback."""
        question.locator(".smt-actions > button").click()

    def _choose(self, group: Locator, text: str) -> None:
        group.locator("label", has=group.page.get_by_text(text, exact=True)).click()

    def _arrange(self, question: Locator, wanted: list[str]) -> None:
        for place, text in enumerate(wanted):
            while (at := arranged(question).index(text)) > place:
                question.get_by_role("button", name=f"Move up: {text}", exact=True).click()
                expect(question.locator(".smt-sort-text").nth(at - 1)).to_have_text(text)
        meant = question.get_by_role("button", name="This order is my answer")
        if meant.count():  # it was in the wanted order from the start
            meant.click()


# --- by keyboard alone --------------------------------------------------------------------------------------------------

HAS_FOCUS = "(node) => node === document.activeElement"
# Which key leads from where the focus is to a node: 4 is DOCUMENT_POSITION_FOLLOWING.
WAY = "(node) => document.activeElement.compareDocumentPosition(node) & 4 ? 'Tab' : 'Shift+Tab'"
# Whether Tab has arrived: at the node itself, or at the radio button by which the browser enters the node's group.
ARRIVED = """(node) => {
  const at = document.activeElement;
  return at === node || (at.type === "radio" && node.type === "radio" && at.name === node.name);
}"""

STRAY = ("a", "b", "x", "d", "d", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft")
"""Keys that mean something to a notebook (new cell, cut, delete, next cell) when it takes them away from a control."""


class Keyboard:
    """A learner who never touches the mouse: Tab and Shift+Tab, arrows, Space, Enter, and letters in text areas."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def go_to(self, control: Locator, most: int = 150) -> None:
        """Tab (or Shift+Tab) until the control, or the group of the radio button, has the focus; fails if it is never reached."""
        node = control.element_handle()
        assert node is not None
        if node.evaluate(ARRIVED):
            return
        way = node.evaluate(WAY)
        for _ in range(most):
            self.press(way)
            if node.evaluate(ARRIVED):
                return
        raise AssertionError(f"{most} times {way} did not lead to {control}; the focus is on {focused(self.page)}")

    def run_to(self, book: NotebookPage, cell: str) -> None:
        """Run the cells from the first to this one, as notebook 00 says it: Esc, then Shift+Enter for each."""
        index = book.ids().index(cell)
        book.count_runs(index + 1)
        self.press("Escape", *["ArrowUp"] * len(book.ids()))
        self.press(*["Shift+Enter"] * (index + 1))
        book.wait_until_run()

    def answer(self, question: Locator, given: Words) -> None:
        """Give an answer to a question, without checking it."""
        match question.get_attribute("data-kind"):
            case "single" | "scale":
                self.choose(question, given)
            case "multiple":
                for text in given:
                    self.go_to(labelled(question, text))
                    self.press("Space")
            case "pair":
                for group, text in zip(("What you would do", "Because"), given, strict=True):
                    self.choose(question.get_by_role("group", name=group, exact=True), text)
            case "order" | "rank":
                self._arrange(question, given)
            case "match":
                for entry, category in given.items():
                    select = question.get_by_label(entry, exact=True)
                    self.go_to(select)
                    names = select.locator("option").all_text_contents()
                    way = names.index(category) - names.index(str(select.locator("option:checked").text_content()))
                    self.press(*["ArrowDown" if way > 0 else "ArrowUp"] * abs(way))
                    expect(select.locator("option:checked")).to_have_text(category)
            case "spot":
                for words in given:
                    self.go_to(question.get_by_role("button", name=words, exact=True))
                    self.press("Space")
            case "rate":
                for response, label in given.items():
                    self.choose(question.get_by_role("group", name=response, exact=True), label)
            case "reflect":
                area = question.locator("textarea")
                self.go_to(area)
                self.page.keyboard.type(given)
            case kind:
                raise AssertionError(f"no way to answer a question of the kind {kind!r}")

    def check(self, question: Locator) -> None:
        """Press the button that shows the feedback."""
        self.go_to(question.locator(".smt-actions > button"))
        self.press("Enter")

    def choose(self, group: Locator, text: str) -> None:
        """Choose a radio button: Tab leads to the group, arrows move in it, Space chooses the one with the focus."""
        wanted = labelled(group, text)
        self.go_to(wanted)
        for _ in range(group.locator("input[type=radio]").count()):
            if wanted.evaluate(HAS_FOCUS):
                break
            self.press("ArrowDown")
        if not wanted.is_checked():
            self.press("Space")
        expect(wanted).to_be_checked()
        expect(wanted).to_be_focused()

    def press_stray_keys(self, book: NotebookPage, question: Locator, control: str = "") -> None:
        """Press, on a control of a question, keys that the notebook would take: nothing may happen to it, and the focus stays.

        Without ``control`` it is the first that is no text area (where letters are letters); questions that have none are left alone.
        """
        target = question.locator(control or "fieldset :is(input, select, button, .smt-spot)").first
        if not target.count():
            return
        self.go_to(target)
        before = (book.sources(), book.active_cell())
        self.press(*STRAY)
        assert (book.sources(), book.active_cell()) == before, f"keys pressed on {target} changed the notebook"
        assert target.evaluate(ARRIVED), f"the focus went from {target} to {focused(self.page)}"

    def push(self, button: Locator) -> None:
        """Go to a button and press it with Enter."""
        self.go_to(button)
        self.press("Enter")

    def _arrange(self, question: Locator, wanted: list[str]) -> None:
        for place, text in enumerate(wanted):
            up = question.get_by_role("button", name=f"Move up: {text}", exact=True)
            while (at := arranged(question).index(text)) > place:
                self.go_to(up)
                self.press("Enter")
                expect(question.locator(".smt-sort-text").nth(at - 1)).to_have_text(text)
                expect(up).to_be_focused()  # it can be pressed again at once
        meant = question.get_by_role("button", name="This order is my answer")
        if meant.count():
            self.push(meant)


# --- what the page shows ------------------------------------------------------------------------------------------------


def labelled(group: Locator, text: str) -> Locator:
    """The radio button or checkbox with these words."""
    return group.locator("label", has=group.page.get_by_text(text, exact=True)).locator("input")


def arranged(question: Locator) -> list[str]:
    """The entries of a sortable list, from the top."""
    return question.locator(".smt-sort-text").all_text_contents()


def focused(page: Page) -> str:
    """What has the focus, for messages."""
    return str(page.evaluate("() => document.activeElement?.outerHTML.slice(0, 200)"))


def shown(question: Locator) -> Words:
    """The answer that the page shows, in the form in which it is given."""
    checked = question.locator("label:has(input:checked)")
    match question.get_attribute("data-kind"):
        case "single" | "scale":
            return checked.locator("span").all_text_contents()[0]
        case "multiple":
            return checked.locator("span").all_text_contents()
        case "pair":
            return tuple(checked.locator("span").all_text_contents())
        case "order" | "rank":
            expect(question.get_by_role("button", name="This order is your answer")).to_be_visible()
            return arranged(question)
        case "match":
            rows = question.locator(".smt-match-row").all()
            return {str(row.locator("label").text_content()): row.locator("option:checked").text_content() for row in rows}
        case "spot":
            return question.locator(".smt-spot[aria-pressed=true]").all_text_contents()
        case "rate":
            groups = question.locator("fieldset.smt-rate").all()
            return {str(g.locator("legend").text_content()): g.locator("label:has(input:checked) span").text_content() for g in groups}
        case "reflect":
            return question.locator("textarea").input_value()
        case kind:
            raise AssertionError(f"no way to read a question of the kind {kind!r}")


def expect_answered(book: NotebookPage, answers: Iterable[Answer]) -> None:
    """Every answer is in its controls and, where there is feedback, so is the feedback."""
    for answer in answers:
        question = book.question(answer.item)
        expect(question.locator(".smt-status")).to_contain_text("Feedback shown · saved" if answer.told else "Saved")
        expect(question.locator(".smt-feedback")).to_contain_text(answer.told)
        given, seen = in_words(answer.item, answer.record), shown(question)
        if question.get_attribute("data-kind") in ("multiple", "spot"):  # sets: the page shuffles the options
            given, seen = sorted(given), sorted(seen)
        assert seen == given, f"{answer.item}: {seen!r} is shown, {given!r} was given"


def give_all(
    book: NotebookPage, learner: Mouse | Keyboard, answers: Iterable[Answer], before: Callable[[Locator], None] | None = None
) -> None:
    """Answer every question and, where there is feedback, check it and see it come. ``before`` is called with each question first."""
    for answer in answers:
        question = book.question(answer.item)
        if before:
            before(question)
        learner.answer(question, in_words(answer.item, answer.record))
        if answer.told:
            learner.check(question)
            expect(question.locator(".smt-feedback .smt-summary")).to_contain_text(answer.told)
            expect(question.locator(".smt-status")).to_contain_text("Feedback shown · saved")
        else:
            expect(question.locator(".smt-status")).to_contain_text("Saved")


def expect_accessible(page: Page, context: str) -> None:
    """axe finds nothing to complain of in the parts of a page that a selector names, and it had enough to look at."""
    options = {"resultTypes": ["violations", "passes"], "rules": {"target-size": {"enabled": True}}}
    found = Axe().run(page, context=context, options=options).response
    wrong = [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found["violations"] for node in rule["nodes"]]
    assert not wrong, "\n".join(wrong)
    drawn = [len(rule["nodes"]) for rule in found["passes"] if rule["id"] == "color-contrast"]
    assert drawn and drawn[0] > 50, "axe saw hardly any text: the parts were not on display"


def expect_host_keys_kept(book: NotebookPage) -> None:
    """While a control of a page has the focus, Ctrl+S saves the notebook and Esc leads to the cell, where arrows go on to the next."""
    give_all(book, Mouse(), ALL_RIGHT[:1])
    for control in ("[data-item=m00-p-single] input:checked", "[data-item=m00-p-reflect] textarea"):
        book.page.locator(control).focus()
        book.page.keyboard.press("Control+s")
        book.wait_until_saved()
        book.page.keyboard.press("Escape")
        cell = book.active_cell()
        book.page.keyboard.press("ArrowDown")
        assert book.active_cell() == cell + 1
        Mouse().answer(book.question("m00-p-reflect"), BREAK)  # there is something to save again
        expect(book.question("m00-p-reflect").locator(".smt-status")).to_contain_text("Saved")


# --- what is on record --------------------------------------------------------------------------------------------------


def on_disk(folder: Path) -> dict[str, dict[str, Any]]:
    """The newest record of each item in the side file of a folder."""
    lines = [json.loads(line) for line in (folder / "answers.smtraining.jsonl").read_text(encoding="utf-8").splitlines()]
    return {line["i"]: line for line in lines if "i" in line}


def record_answers(folder: Path, answers: Iterable[Answer]) -> None:
    """Put answers, with their feedback asked for, on record in a folder, as if they had been given there yesterday."""
    entries = [{"i": answer.item, "r": 1, "t": "2026-03-02T10:02:00Z", "v": answer.record, "done": True, "n": 1} for answer in answers]
    lines = [{"smtraining": "answers", "schema": 1, "seed": "5eed5eed"}, *entries]
    (folder / "answers.smtraining.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


def in_notebook(path: Path) -> dict[str, dict[str, Any]]:
    """The records inside a notebook file."""
    stored: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["metadata"]["smtraining"]["answers"]
    return stored


def values(records: Mapping[str, Mapping[str, Any]], answers: Iterable[Answer]) -> dict[str, Any]:
    """The recorded values of the items that ``answers`` speak of."""
    return {answer.item: records.get(answer.item, {}).get("v") for answer in answers}


def expected(answers: Iterable[Answer]) -> dict[str, Any]:
    """What :func:`values` must be."""
    return {answer.item: answer.record for answer in answers}


# --- a case, by keyboard ------------------------------------------------------------------------------------------------


class Player:
    """Plays one case by keyboard alone; every choice is given by its id in the content."""

    def __init__(self, book: NotebookPage, keys: Keyboard, id: str) -> None:
        self.keys, self.case = keys, book.vignette(id)
        self.content = bank.load().vignette(id)

    def read_note(self) -> None:
        """Go past the content note to the case."""
        self.keys.push(self.case.get_by_role("button", name="Continue to the case"))
        self._arrived("The case")

    def first_answer(self, choice: str) -> None:
        """The answer from the gut."""
        self._decide(self.case.locator(".smt-gut"), self.content.scene(self.content.start).choices, choice, "Record my first answer")
        self._arrived("Take a minute")

    def think(self, answers: Mapping[str, str]) -> None:
        """Answer some of the thinking prompts, by option or in words, see each reply, and go on to decide again."""
        prompts = {prompt.id: prompt for prompt in self.content.think}
        for id, given in answers.items():
            prompt = prompts[id]
            step = self.case.locator(".smt-think-step").nth(list(prompts).index(id))
            if prompt.options:
                option = next(option for option in prompt.options if option.id == given)
                self.keys.choose(step, option.text)
                expect(step.locator(".smt-reply")).to_contain_text(plain(option.reply)[:60])
            else:
                self.keys.go_to(step.locator("textarea"))
                self.keys.page.keyboard.type(given)
        self.keys.push(self.case.get_by_role("button", name="Decide again"))
        self._arrived(self.content.scene(self.content.start).title)

    def decide(self, scene: str, choice: str) -> None:
        """Decide in a scene; the next scene comes and has the focus."""
        now = self.content.scene(scene)
        self._decide(self.case.locator(".smt-scene").last, now.choices, choice, "Decide")
        to = next(option.to for option in now.choices if option.id == choice)
        self._arrived(self.content.scene(to).title)

    def keep_clause(self, clause: str, more: str) -> str:
        """Pick a clause for the policy, write ``more`` after it, save it; returns the wording."""
        part = self.case.locator(".smt-patch")
        text = next(option.text for option in self.content.patch.clauses if option.id == clause)
        self.keys.choose(part, text)
        area = part.get_by_label("Your wording")
        expect(area).to_have_value(text)
        self.keys.go_to(area)
        self.keys.press("Control+End")
        self.keys.page.keyboard.type(more)
        save = part.get_by_role("button", name="Save my wording")
        self.keys.push(save)
        expect(part.locator(".smt-status")).to_contain_text("Saved")
        expect(save).to_be_focused()
        return text + more

    def _decide(self, part: Locator, choices: Iterable[Any], choice: str, button: str) -> None:
        self.keys.choose(part, next(option.text for option in choices if option.id == choice))
        self.keys.push(part.get_by_role("button", name=button, exact=True))

    def _arrived(self, title: str) -> None:
        heading = self.case.locator(".smt-scene-title").get_by_text(title, exact=False).last
        expect(heading).to_be_visible()
        expect(self.case.locator(".smt-scene-title:focus")).to_contain_text(title)


def plain(text: str) -> str:
    """A text without its marks for stress."""
    return text.replace("*", "")
