"""What the marking page asks and is told: messages in, replies out (docs/marking.md, "Protocol").

While marking is blind, no reply holds the id or name of a student: an answer is known by its number. Names go out only after the marker
has asked for them, which the record keeps.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from smtraining import bank as banks
from smtraining.errors import GradingError, UnknownId
from smtraining.grading.desk import Desk
from smtraining.grading.marks import Card
from smtraining.grading.marks_store import Step
from smtraining.grading.rubrics import CENT, Rubric, Task
from smtraining.grading.written import policy_shown, shown
from smtraining.instructor import reports

Message = dict[str, Any]

LONGEST_COMMENT = 10_000
"""Characters of a comment."""


class Session:
    """One open marking page."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._blind = True
        self._disputed: set[Card] = set()
        exercise = banks.load().exercises.get(desk.assignment)
        self.title = exercise.title if exercise else desk.assignment
        self._by_type: dict[str, Callable[[Message], Message]] = {
            "start": self._start,
            "card": self._card,
            "level": self._level,
            "comment": self._comment,
            "confirm": self._confirm,
            "replace": self._replace,
            "settle": self._settle,
            "undo": self._undo,
            "names": self._names,
            "people": self._people,
            "points": self._points,
            "phrase": self._phrase,
            "disputes": self._disputes,
            "agreement": self._agreement,
            "put": self._put,
        }

    def reply(self, message: Message) -> list[Message]:
        """The replies to one message. Raises the package's errors; then nothing was changed that the record does not tell."""
        act = self._by_type.get(message["type"])
        if act is None:
            raise GradingError(f"The page asked for {message['type']!r}, which this version does not know. Run all cells.")
        if message["type"] != "start":
            self.desk.refresh()
        return [act(message) | {"type": message["type"], "request": message.get("request")}]

    # -- looking -------------------------------------------------------------------------------------------------------

    def _start(self, _: Message) -> Message:
        self.desk.open()
        return {"state": self._state()}

    def _state(self) -> Message:
        desk = self.desk
        cards = desk.cards()
        self._disputed, desk.touched = {card for card in cards if desk.disputed(card)}, set()
        people = list(dict.fromkeys(desk.numbers[student] for _, student in cards))
        return {
            "assignment": desk.assignment,
            "title": self.title,
            "marker": desk.marker,
            "blind": self._blind,
            "names": {} if self._blind else {str(desk.numbers[student]): name for student, name in desk.names.items()},
            "needed": desk.marks.needed,
            "people": people,
            "tasks": [self._task(task) for task in desk.tasks.values()],
            "cards": [self._status(card) for card in cards],
            "phrases": self._phrases(),
            "remarks": list(desk.remarks),
            "undo": self._undo_words(),
            "disputes": len(self._disputed),
        }

    def _task(self, task: Task) -> Message:
        return {
            "id": task.id,
            "title": task.title,
            "prompt": task.prompt,
            "points": task.points,
            "model_answer": task.model_answer,
            "criteria": [c.model_dump(mode="json") for c in task.rubric.criteria],
            "changed": task.rubric != task.master,
            "lapsed": self.desk.marks.lapsed(task),
        }

    def _status(self, card: Card) -> Message:
        """How an answer stands for this marker. What others gave is not in it: two people mark without knowing of each other."""
        desk = self.desk
        levels, _, changed = desk.mine(card)
        rubric = desk.task(card[0]).rubric
        place = desk.places[card[0]][card[1]]
        if changed:
            state = "changed"
        elif levels:
            state = "marked" if rubric.complete(levels) else "part"
        else:
            state = "empty" if place.untouched else "open"
        hand = None if place.by_hand is None else {"score": place.by_hand[0], "comment": place.by_hand[1]}
        return {"task": card[0], "who": desk.numbers[card[1]], "is": state, "total": rubric.total(levels) if levels else None, "hand": hand}

    def _card(self, message: Message) -> Message:
        return {"card": self._opened(self._found(message))}

    def _opened(self, card: Card) -> Message:
        answer = self.desk.answer(card)
        levels, comment, _ = self.desk.mine(card)
        return {
            **self._status(card),
            "answer": {
                "nodes": shown(answer.text),
                "policy": policy_shown(answer),
                "text": answer.text[:200_000],
                "words": answer.words,
                "remarks": list(answer.remarks),
            },
            "levels": levels,
            "comment": comment,
        }

    # -- marking -------------------------------------------------------------------------------------------------------

    def _level(self, message: Message) -> Message:
        card = self._found(message)
        task = self.desk.task(card[0])
        criterion = task.rubric.criterion(str(message.get("criterion")))
        level = message.get("level")
        if criterion is None:
            raise UnknownId("criterion", str(message.get("criterion")), [c.id for c in task.rubric.criteria])
        if level is not None and (type(level) is not int or not 0 <= level < len(criterion.levels)):
            raise GradingError(f"“{criterion.title}” has the levels 0 to {len(criterion.levels) - 1}, not {level!r}.")
        data = {"criterion": criterion.id, "level": level, "rubric": self.desk.keep(task), "answer": self.desk.answer(card).digest}
        return self._done(card, Step("level", *card, data))

    def _comment(self, message: Message) -> Message:
        card = self._found(message)
        return self._done(card, Step("comment", *card, {"text": _text(message.get("text"), "A comment")}))

    def _confirm(self, message: Message) -> Message:
        card = self._found(message)
        return self._done(card, Step("confirm", *card, {"answer": self.desk.answer(card).digest}))

    def _replace(self, message: Message) -> Message:
        card = self._found(message)
        hand = self.desk.places[card[0]][card[1]].by_hand
        if hand is None or self.desk.final(card) is None:
            raise GradingError("There is no finished mark that could take the place of one typed in Formgrader.")
        return self._done(card, Step("replace", *card, {"score": hand[0], "comment": hand[1]}))

    def _settle(self, message: Message) -> Message:
        card = self._found(message)
        task = self.desk.task(card[0])
        levels = message.get("levels")
        if not isinstance(levels, dict) or not _fits(levels, task.rubric):
            raise GradingError("To settle this, choose a level for every criterion.")
        data = {
            "levels": levels,
            "comment": _text(message.get("comment"), "A comment"),
            "rubric": self.desk.keep(task),
            "answer": self.desk.answer(card).digest,
        }
        return self._done(card, Step("settle", *card, data)) | self._disputes({})

    def _undo(self, _: Message) -> Message:
        event = self.desk.marks.undoable(self.desk.marker)
        if event is None:
            raise GradingError("There is nothing of yours to undo.")
        self.desk.do(Step("undo", event.step.task, event.step.student, {"of": [event.id]}))
        step = event.step
        card = (step.task, step.student) if step.task and step.student else None
        # A student who is no longer in the gradebook has no card; the step is undone all the same.
        if card is not None and self._known(card):
            if step.kind == "replace":
                self.desk.give_back(card, (step.data["score"], step.data["comment"]))
            self.desk.put([card])
            return {"card": self._opened(card), **self._news([card])}
        self.desk.put(self.desk.cards())
        return {"state": self._state()}

    def _put(self, _: Message) -> Message:
        self.desk.open()
        return {"state": self._state()}

    def _done(self, card: Card, step: Step) -> Message:
        """Write a step down and carry it on; what has changed for the page."""
        (event,) = self.desk.do(step)
        self.desk.put([card])
        return {"saved": event.time, **self._news([card])}

    def _news(self, cards: Iterable[Card]) -> Message:
        touched, self.desk.touched = self.desk.touched, set()  # by anybody, since the last look
        for card in touched:
            (self._disputed.add if self._known(card) and self.desk.disputed(card) else self._disputed.discard)(card)
        return {"cards": [self._status(card) for card in cards], "undo": self._undo_words(), "disputes": len(self._disputed)}

    # -- the whole class -----------------------------------------------------------------------------------------------

    def _names(self, message: Message) -> Message:
        show = message.get("show") is True
        if show and self._blind:
            self.desk.do(Step("names"))
        self._blind = not show
        return {"state": self._state()}

    def _people(self, message: Message) -> Message:
        needed = message.get("needed")
        if type(needed) is not int or needed not in (1, 2):
            raise GradingError("Every answer is marked by 1 person or by 2.")
        self.desk.do(Step("people", data={"needed": needed}))
        self.desk.put(self.desk.cards())
        return {"state": self._state()}

    def _points(self, message: Message) -> Message:
        """Other points for the levels: what would change, or (with ``apply``) the change itself."""
        task = self.desk.task(str(message.get("task")))
        points = message.get("points")
        if points is None:
            wanted = task.in_force(task.master)
        elif isinstance(points, dict):
            wanted = task.in_force(task.master.with_points(points))
        else:
            raise GradingError("Give the points of every level.")
        if message.get("apply") is not True:
            return {"effect": self._effect(task, wanted)}
        self.desk.keep(wanted)
        kept = None if wanted.rubric == task.master else {c.id: [level.points for level in c.levels] for c in wanted.rubric.criteria}
        (event,) = self.desk.do(Step("points", task.id, None, {"of": task.master.digest, "points": kept}))
        self.desk.put(self.desk.cards(task.id))
        return {"saved": event.time, "state": self._state()}

    def _effect(self, task: Task, wanted: Task) -> list[Message]:
        before, after = self.desk.totals(task), self.desk.totals(wanted)
        who = self.desk.numbers
        changed = [s for s in before if abs(before[s] - after[s]) > CENT]
        return [{"who": who[s], "before": before[s], "after": after[s]} for s in sorted(changed, key=who.__getitem__)]

    def _phrase(self, message: Message) -> Message:
        id = message.get("id")
        if id is None:
            text = _text(message.get("text"), "A saved comment").strip()
            if not text:
                raise GradingError("Write the comment first, then save it for reuse.")
            if any(phrase.text == text for phrase in self.desk.marks.phrases.values()):
                return {"phrases": self._phrases()}
            data: Message = {"id": secrets.token_hex(4), "text": text}
        elif id in self.desk.marks.phrases:
            data = {"id": id, "text": None}
        else:
            raise UnknownId("saved comment", str(id), self.desk.marks.phrases)
        task = message.get("task")
        self.desk.do(Step("phrase", task if task in self.desk.tasks else None, None, data))
        return {"phrases": self._phrases(), "undo": self._undo_words()}

    def _phrases(self) -> list[Message]:
        return [{"id": p.id, "text": p.text, "task": p.task} for p in reversed(self.desk.marks.phrases.values())]

    def _disputes(self, _: Message) -> Message:
        return {"list": [reports.dispute(self.desk, card) for card in self.desk.doubled()]}

    def _agreement(self, _: Message) -> Message:
        return {"pairs": [reports.pair(self.desk, pair) for pair in self.desk.pairs()]}

    # -- private -------------------------------------------------------------------------------------------------------

    def _found(self, message: Mapping[str, Any]) -> Card:
        """The answer a message is about: a task, and the number of a student."""
        task = self.desk.task(str(message.get("task")))
        students = {number: student for student, number in self.desk.numbers.items()}
        student = students.get(message.get("who"))  # type: ignore[arg-type]
        if student is None or student not in self.desk.places[task.id]:
            raise UnknownId("student", str(message.get("who")), [str(n) for n in students])
        return task.id, student

    def _known(self, card: Card) -> bool:
        """Whether the gradebook (still) has this answer."""
        return card[1] in self.desk.places.get(card[0], {})

    def _undo_words(self) -> str | None:
        """What undo would take back, or None."""
        event = self.desk.marks.undoable(self.desk.marker)
        if event is None:
            return None
        step = event.step
        who = f" for student {self.desk.numbers[step.student]}" if step.student in self.desk.numbers else ""
        return {
            "level": "the level",
            "comment": "the comment",
            "confirm": "the confirmation",
            "settle": "the settled mark",
            "points": "the points of the levels",
            "replace": "the mark in place of Formgrader's",
            "phrase": "the saved comment",
            "people": "how many people mark",
        }[step.kind] + who


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise GradingError(f"{what} is a text.")
    if len(value) > LONGEST_COMMENT:
        raise GradingError(f"{what} has at most {LONGEST_COMMENT:,} characters; this one has {len(value):,}. Shorten it; it is still here.")
    return value


def _fits(levels: Mapping[Any, Any], rubric: Rubric) -> bool:
    ids = {criterion.id for criterion in rubric.criteria}
    return set(levels) == ids and all(type(levels[c.id]) is int and 0 <= levels[c.id] < len(c.levels) for c in rubric.criteria)
