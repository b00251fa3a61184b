"""My policy so far, to be edited: the wordings kept at the end of cases, each written back to the record of its case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smtraining.bank import Bank
from smtraining.errors import RecordError, UnknownId
from smtraining.lesson import panels
from smtraining.lesson.items import VignetteItem
from smtraining.models import PolicyPart
from smtraining.policy.fields import stamp
from smtraining.policy.outline import element_title
from smtraining.responses import Answer, Store

Message = dict[str, Any]


class PatchesDesk:
    """One page with the kept wordings. ``state`` is changed in place; ``told`` is called with each record that was written."""

    def __init__(self, bank: Bank, store: Store, told: Callable[[VignetteItem, Answer], None]) -> None:
        self.bank, self.store, self._tell = bank, store, told
        self.view: Message = {
            "schema": 1,
            "page": "my-policy",
            "id": "my-policy",
            "title": "My policy so far",
            "intro": "What you kept at the end of the cases, by part of the policy. What you change here is changed in its case, too.",
            "empty": stamp(""),
            "parts": [{"id": part.value, "label": part.label} for part in PolicyPart],
            "cases": [
                {
                    "key": case.id,
                    "title": case.title,
                    "part": bank.element(case.patch.element).part.value,
                    "element": element_title(case.patch.element, bank),
                    "number": bank.element(case.patch.element).number,
                }
                for case in sorted(bank.vignettes.values(), key=lambda case: bank.element(case.patch.element).number)
            ],
        }
        self.state: Message = {"fields": self._fields(), "notice": store.notices[0] if store.notices else None}

    def reply(self, message: Mapping[str, Any]) -> list[Message]:
        """The replies to a message of the page. Raises SaveError, and ResponseError for a text that cannot be kept."""
        self.store.refresh()
        match message:
            case {"type": "edit", "item": str(case), "value": str(text), "seen": str(seen)}:
                return [self._edit(case, text, seen, message.get("sent"))]
            case {"type": "get", "item": str(case)}:
                return [{"type": "fresh", "fields": {case: self._fields().get(case, ["", stamp("")])}}]
            case {"type": "look"}:
                now = self._fields()
                known = self.state["fields"]
                changed = {key: now.get(key, ["", stamp("")]) for key in {*now, *known} if now.get(key) != known.get(key)}
                self.state["fields"] = now
                return [{"type": "fresh", "fields": changed}] if changed else []
            case _:
                raise RecordError(f"The page sent something this version does not know ({message.get('type')!r}). Run the cell again.")

    def sheet(self) -> Message:
        """The wordings to read without a kernel."""
        rows = panels.kept(self.bank, self.store.answers)
        sections = []
        for part in PolicyPart:
            own = [(element, f"{text}\nFrom the case “{case}”") for found, _, element, text, case in rows if found is part]
            if own:
                sections.append({"heading": part.label, "entries": [{"title": title, "text": text, "entries": []} for title, text in own]})
        return {"id": self.view["id"], "title": self.view["title"], "intro": self.view["intro"], "sections": sections}

    def _edit(self, case: str, text: str, seen: str, sent: object) -> Message:
        answer = self.store.answers.get(case)
        if case not in self.bank.vignettes or answer is None or not isinstance(answer.value, dict):
            raise UnknownId("case on record", case, self._fields())
        item = VignetteItem(self.bank.vignette(case), self.bank)
        patch = answer.value.get("patch") or {}
        theirs = patch.get("text", "")
        if stamp(theirs) != seen and theirs not in (text, sent):
            return {"type": "conflict", "item": case, "theirs": theirs, "stamp": stamp(theirs)}
        words = text.strip()
        value = item.parse({**answer.value, "patch": {"clause": patch.get("clause"), "text": words} if words else None})
        written = self.store.put(case, value, done=item.is_done(value, False))
        self._tell(item, written)
        self.state["fields"] = self._fields()
        return {"type": "kept", "item": case, "stamp": stamp(words), "at": written.time}

    def _fields(self) -> dict[str, list[str]]:
        found = {}
        for case in self.bank.vignettes:
            answer = self.store.answers.get(case)
            patch = answer.value.get("patch") if answer is not None and isinstance(answer.value, dict) else None
            if isinstance(patch, dict) and isinstance(patch.get("text"), str) and patch["text"].strip():
                found[case] = [patch["text"], stamp(patch["text"])]
        return found
