"""The Python side of a page: it answers the browser's messages (docs/architecture.md, "The page").

The order matters: an answer is checked, then written, and only then is it called saved. What cannot be written is reported with
what to do next, and the state stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smtraining.errors import ResponseError, SaveError
from smtraining.lesson.items import Item
from smtraining.responses import Answer, Store, parse_mapping


class Conversation:
    """One page's items and the folder's store. ``state`` is the page's synchronised state; it is changed in place."""

    def __init__(self, items: Sequence[Item], store: Store) -> None:
        self.items = {item.id: item for item in items}
        self.store = store
        self.state: dict[str, Any] = {"seed": store.seed, "answers": {}, "reveals": {}, "notice": self._notice()}
        for item in items:
            self._show(item, self._stored(item))

    def reply(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The messages to send back for one message of the browser. Unknown messages get a ``failed`` reply."""
        kind = message.get("type")
        if kind == "answer":
            return [self._answer(message)]
        if kind == "restore":
            return [self._restore(message)]
        return [_failed(None, "The page sent something this version does not know.", "Run the cell again.", f"type {kind!r}")]

    def put(self, item: Item, raw: Any, *, asked: bool) -> Answer:
        """Check and write one answer. Raises ResponseError or SaveError; then nothing has changed."""
        value = item.parse(raw)
        answer = self.store.put(item.id, value, done=item.is_done(value, asked))
        self._show(item, answer)
        return answer

    def learn(self, item: Item, answer: Answer) -> dict[str, Any]:
        """Take over an answer that was written elsewhere; the message that tells the page so."""
        self._show(item, answer)
        return self._saved(item, answer)

    # -- private -------------------------------------------------------------------------------------------------------

    def _saved(self, item: Item, answer: Answer) -> dict[str, Any]:
        reveal = self.state["reveals"].get(item.id)
        return {"type": "saved", "item": item.id, "record": answer.to_record(), "reveal": reveal, "seed": self.store.seed}

    def _answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        id = message.get("item")
        item = self.items.get(id) if isinstance(id, str) else None
        if item is None:
            return _failed(id, "This page does not hold that question.", "Run the cell again.", f"item {id!r}")
        try:
            answer = self.put(item, message.get("value"), asked=message.get("done") is True)
        except SaveError as error:
            return _failed(id, error.message, error.advice, error.detail)
        except ResponseError as error:
            return _failed(id, "That answer could not be read.", "Choose again; if it happens again, run the cell again.", str(error))
        return self._saved(item, answer)

    def _restore(self, message: Mapping[str, Any]) -> dict[str, Any]:
        parsed = parse_mapping({"schema": 1, "seed": message.get("seed"), "answers": message.get("answers")})
        if parsed.seed:
            self.store.adopt_seed(parsed.seed)
            self.state["seed"] = self.store.seed
        found = {id: answer for id, answer in parsed.answers.items() if id in self.items and self._fits(self.items[id], answer)}
        try:
            self.store.adopt(found)
        except SaveError as error:
            # Reading goes on: the answers are shown from the notebook's own copy, which is still there.
            self.state["notice"] = {"message": error.message, "advice": error.advice, "detail": error.detail}
            for id, answer in found.items():
                self._show(self.items[id], answer)
        else:
            for item in self.items.values():
                self._show(item, self._stored(item))
        return {
            "type": "restored",
            "answers": self.state["answers"],
            "reveals": self.state["reveals"],
            "seed": self.store.seed,
        }

    @staticmethod
    def _fits(item: Item, answer: Answer) -> bool:
        try:
            item.parse(answer.value)
        except ResponseError:
            return False
        return True

    def _stored(self, item: Item) -> Answer | None:
        """The stored answer, unless the item has changed so much that the answer no longer fits it."""
        answer = self.store.answers.get(item.id)
        return answer if answer is not None and self._fits(item, answer) else None

    def _show(self, item: Item, answer: Answer | None) -> None:
        if answer is not None:
            self.state["answers"][item.id] = answer.to_record()
        told = item.reveal(answer)
        if told is None:
            self.state["reveals"].pop(item.id, None)
        else:
            self.state["reveals"][item.id] = told

    def _notice(self) -> dict[str, str] | None:
        if not self.store.notices:
            return None
        return {"message": self.store.notices[0], "advice": "You can go on working.", "detail": " ".join(self.store.notices[1:])}


def _failed(item: object, message: str, advice: str, detail: str) -> dict[str, Any]:
    shown = item if isinstance(item, str) else None
    return {"type": "failed", "item": shown, "message": message, "advice": advice, "detail": detail[:500]}
