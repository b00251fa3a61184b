"""The builder's desk: edits in, the draft on disk, and only what has changed out.

A page shows one draft. Each edit is one field, written on top of what is on disk; what another window has changed meanwhile comes back
with the reply. The gap report is made anew after each edit, and the findings that came, went or changed are sent.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from smtraining.bank import Bank
from smtraining.errors import DocumentError, DraftError, RecordError
from smtraining.policy import builder_view as views
from smtraining.policy.draft import Draft, new_draft, read_draft
from smtraining.policy.drafts_store import Drafts, Listed
from smtraining.policy.exporting import EXPORTS, export
from smtraining.policy.fields import change, current, edit, stamp
from smtraining.policy.gaps import report
from smtraining.policy.profile import Profile, from_json
from smtraining.policy.profile_store import ProfileStore
from smtraining.policy.reading import ReadBack, read_markdown, read_word
from smtraining.policy.switchboard_view import summary
from smtraining.responses import Store

Message = dict[str, Any]


class BuilderDesk:
    """One page with the builder. ``state`` is what the page knows; it is changed in place."""

    def __init__(self, bank: Bank, folder: Path, store: Store) -> None:
        self.bank, self.folder, self.store = bank, folder, store
        self.drafts = Drafts(folder)
        self.profiles = ProfileStore(folder, bank)
        self.draft: Draft | None = self.drafts.latest()
        self.read: ReadBack | None = None
        self.view = views.view(bank, dt.date.today()) | {
            "exports": [{"id": one.id, "label": one.label, "about": one.about, "media": one.media} for one in EXPORTS.values()]
        }
        self._problem: str | None = None
        self._profile = Profile()
        self.state: Message = {"kept": self._kept(), "drafts": self._list(), "draft": self._of_draft()}
        self._read_profile()
        self.state.update(self._of_profile(), notice=self._notice())
        self._findings()

    def reply(self, message: Mapping[str, Any]) -> list[Message]:
        """The replies to a message of the page. Raises the package's errors; then nothing was written."""
        match message:
            case {"type": "look"}:
                return self._look()
            case {"type": "edit", "item": str(key), "value": str(text), "seen": str(seen), "draft": str(id)}:
                sent = message.get("sent")
                return self._edit(self._open(id), key, text, seen, sent if isinstance(sent, str) else None)
            case {"type": "get", "item": str(key), "draft": str(id)}:
                now = views.fields_view(self._open(id)).get(key, ["", stamp("")])
                return [{"type": "changed", "draft": id, "fields": {key: now}}]
            case {"type": "overrule", "finding": str(finding), "draft": str(id)}:
                return self._overrule(self._open(id), finding, message.get("reason"))
            case {"type": "new", "title": str(title), "agency": str(agency)}:
                draft = new_draft(title.strip() or "Social media policy", agency)
                if message.get("patches") is True:
                    draft = draft.with_patches(self.bank, self.store.answers)
                return self._show(self.drafts.save(self._with_profile(draft)))
            case {"type": "open", "draft": str(id)}:
                return self._show(self.drafts.open(id))
            case {"type": "duplicate", "draft": str(id)}:
                old = self._open(id)
                copy = {**old.to_json(), "id": new_draft(old.title).id, "title": f"{old.title[:280]} (copy)", "revision": 0}
                return self._show(self.drafts.save(read_draft(copy)))
            case {"type": "delete", "draft": str(id)}:
                self.drafts.delete(id)
                return self._show(self.drafts.latest())
            case {"type": "patches", "draft": str(id)}:
                return self._change(self._open(id), lambda draft: draft.with_patches(self.bank, self.store.answers))
            case {"type": "export", "kind": str(kind), "draft": str(id)}:
                return self._export(self._open(id), kind)
            case {"type": "import", "name": str(name), "files": [bytes(data)]}:
                return self._import(name, data)
            case {"type": "take", "keys": list(keys), "into": str() | None as into}:
                return self._take(tuple(map(str, keys)), into)
            case {"type": "compare", "draft": str(id), "with": str(other)}:
                old, new = self.drafts.open(other), current(self.drafts, self._open(id))
                return [{"type": "compared", "changes": views.compared_view(old, new, self.bank)}]
            case _:
                raise RecordError(f"The page sent something this version does not know ({message.get('type')!r}). Run the cell again.")

    # -- edits ---------------------------------------------------------------------------------------------------------

    def _edit(self, known: Draft, key: str, text: str, seen: str, sent: str | None) -> list[Message]:
        self._read_profile()
        edited = edit(self.drafts, known, key, text, self.bank, seen, sent, self._with_profile)
        if edited.theirs is not None:
            return [{"type": "conflict", "item": key, "theirs": edited.theirs, "stamp": stamp(edited.theirs)}]
        changed = self._update(edited.draft, but=key)
        now = self.state["draft"]["fields"].get(key, ["", stamp("")])
        kept = {"type": "kept", "draft": known.id, "item": key, "stamp": now[1], "at": self.state["draft"]["changed"]}
        if now[0] != text:  # a line end or a space that the draft holds in another form
            kept["value"] = now[0]
        return [kept | changed]

    def _overrule(self, known: Draft, finding: str, reason: object) -> list[Message]:
        if reason is not None and not (isinstance(reason, str) and reason.strip()):
            raise DraftError("Say in a few words why this finding does not fit. Whoever reviews the policy will want to know.")
        return self._change(known, lambda draft: draft.with_overruled(finding, reason))

    def _change(self, known: Draft, how: Callable[[Draft], Draft]) -> list[Message]:
        self._read_profile()
        changed = self._update(change(self.drafts, known, lambda draft: self._with_profile(how(draft))))
        return [{"type": "changed", "draft": known.id, "at": self.state["draft"]["changed"], **changed}]

    def _look(self) -> list[Message]:
        """What has changed since, in other windows, in the switchboard and in the cases."""
        self._read_profile()
        self.store.refresh()
        now = {"kept": self._kept(), "drafts": self._list()}
        news = {name: value for name, value in now.items() if value != self.state[name]}
        self.state.update(news)
        news |= self._update(self.draft and current(self.drafts, self.draft))
        return [{"type": "changed", "draft": self.draft and self.draft.id, **news}] if news else []

    # -- whole drafts --------------------------------------------------------------------------------------------------

    def _open(self, id: str) -> Draft:
        """The draft that the page speaks of: the one in hand or, if another tab has opened another one meanwhile, that from disk."""
        if self.draft is not None and self.draft.id == id:
            return self.draft
        self.draft = self.drafts.open(id)
        self.state["draft"] = self._of_draft()
        self._findings()
        return self.draft

    def _show(self, draft: Draft | None) -> list[Message]:
        self.draft = draft
        self.state["draft"] = self._of_draft()
        self._read_profile()
        self._findings()
        self.state.update(self._of_profile(), drafts=self._list(), notice=self._notice())
        return [{"type": "opened", **self.state}]

    def _export(self, known: Draft, kind: str) -> list[Message]:
        path = export(kind, current(self.drafts, known), self.bank, self.folder)
        return [{"type": "exported", "kind": kind, "name": path.name, "files": [path.read_bytes()]}]

    def _import(self, name: str, data: bytes) -> list[Message]:
        suffix = Path(name).suffix.lower()
        if suffix not in {".docx", ".md"}:
            raise DocumentError(f"{name} is not a Word document (.docx) or a Markdown file (.md). Save it as one of these and try again.")
        with tempfile.TemporaryDirectory(prefix="smtraining-import-") as folder:
            path = Path(folder) / f"document{suffix}"
            path.write_bytes(data)
            try:
                self.read = read_word(path, self.bank) if suffix == ".docx" else read_markdown(path, self.bank)
            except DocumentError as error:
                raise DocumentError(str(error).replace(path.name, Path(name).name)) from None
        draft = current(self.drafts, self.draft) if self.draft is not None else new_draft()
        return [{"type": "read", "name": Path(name).name, **views.read_back_view(self.read, draft, self.bank)}]

    def _take(self, keys: tuple[str, ...], into: str | None) -> list[Message]:
        read = self.read
        if read is None:
            raise DocumentError("The document is no longer in memory. Choose the file again.")
        if into is None:
            draft = views.taken(read, new_draft(read.texts.get("title", "Social media policy")), tuple(read.texts), self.bank)
            return self._show(self.drafts.save(self._with_profile(draft)))
        return self._change(self._open(into), lambda draft: views.taken(read, draft, keys, self.bank))

    # -- what the page is told -----------------------------------------------------------------------------------------

    def _update(self, draft: Draft | None, but: str | None = None) -> Message:
        """Take the draft for what it is now. Returns what is new for the page: fields (without ``but``), findings, card, profile."""
        old, self.draft = self.state["draft"] or {"fields": {}, "card": []}, draft
        now = self.state["draft"] = self._of_draft()
        news = self._findings()
        if draft is not None and now is not None:
            # The page knows the title itself; a page that is loaded again needs the list.
            mine = views.drafts_view((Listed(draft.id, draft.title, draft.agency, draft.version, draft.changed),))
            self.state["drafts"] = mine + [other for other in self.state["drafts"] if other["id"] != draft.id]
            keys = {*old["fields"], *now["fields"]} - {but}
            if fields := {k: now["fields"].get(k, ["", stamp("")]) for k in keys if old["fields"].get(k) != now["fields"].get(k)}:
                news["fields"] = fields
            if old["card"] != now["card"]:
                news["card"] = now["card"]
        profile = self._of_profile() | {"notice": self._notice()}
        changed = {name: value for name, value in profile.items() if value != self.state[name]}
        self.state.update(changed)
        return news | changed

    def _findings(self) -> Message:
        """Make the gap report anew; what has changed in it since the last time."""
        known = {name: self.state.get(name, {}) for name in ("findings", "overruled")}
        now: Message = {"findings": {}, "overruled": {}}
        if self.draft is not None:
            texts = {id: clause.text for id, clause in self.draft.clauses.items() if id in self.bank.elements}
            today = dt.date.today()
            found = report(self._profile, texts, self.bank, today, self.draft.overruled.keys())
            now["findings"], now["overruled"] = views.findings_view(found, self.draft, self.bank, today)
        self.state.update(now)
        news = {}
        for name, held in now.items():
            changed = {id: finding for id, finding in held.items() if known[name].get(id) != finding}
            changed |= {id: None for id in known[name] if id not in held}
            if changed:
                news[name] = changed
        return news

    def _of_draft(self) -> Message | None:
        draft = self.draft
        if draft is None:
            return None
        return {
            "id": draft.id,
            "changed": draft.changed.isoformat() if draft.changed else None,
            "fields": views.fields_view(draft),
            "card": views.card_view(draft, self.bank),
        }

    def _of_profile(self) -> Message:
        return {"profile": summary(self._profile, self.bank), "needs": views.needs_view(self._profile, self.bank)}

    def _read_profile(self) -> None:
        """The agency's profile as it is now; where the folder has none, the one that came with the draft."""
        try:
            if self.profiles.exists() or self.draft is None or self.draft.profile is None:
                self._profile = self.profiles.load()
            else:
                self._profile = from_json(self.bank, self.draft.profile)
            self._problem = None
        except RecordError as error:
            self._problem = str(error)

    def _with_profile(self, draft: Draft) -> Draft:
        """The draft with the profile it is written for, which travels with it. A profile that cannot be read takes nothing away."""
        return draft if self._problem else draft.with_details(profile=self._profile.to_json())

    def _kept(self) -> Message:
        return dict(views.kept_view(self.bank, self.store.answers))

    def _list(self) -> list[Message]:
        return views.drafts_view(self.drafts.list())

    def _notice(self) -> str | None:
        return self._problem or (self.drafts.notices[-1] if self.drafts.notices else None)
