"""What the learner calls to choose the draft that is handed in: it shows the drafts there are, and puts the chosen one into the notebook.

Lessons and exercises often lie in different folders, so drafts are looked for nearby, too. The chosen one is then copied beside the
exercise: there it also reaches graders that clear the outputs of a notebook, as nbgrader does without our configuration.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from smtraining import bank as banks
from smtraining.errors import RecordError, SmtrainingError
from smtraining.grading.answers import MIME
from smtraining.grading.drafts import DRAFTS, PROFILE, time_of
from smtraining.policy.draft import Draft
from smtraining.policy.drafts_store import FOLDER, SUFFIX, Drafts
from smtraining.policy.profile import from_json
from smtraining.policy.profile_store import ProfileStore
from smtraining.policy.saving import write_whole

LESSONS = "notebooks"
"""The folder of the lessons, as the course is handed out."""

NONE = (
    f"There is no draft of a policy here yet. Write one with the policy builder, or copy the folder {FOLDER} from beside lesson 09 to "
    "this notebook's folder. Then run this cell again."
)


@dataclass(frozen=True, slots=True)
class Found:
    """A draft and the folder in whose ``policy-drafts`` it stands."""

    draft: Draft
    folder: Path


class Shown:
    """What ``hand_in`` shows: ``html`` and ``text`` say the same; ``data`` is what the notebook carries away, if anything."""

    def __init__(self, lines: list[str], drafts: list[Found], chosen: str, data: dict[str, Any] | None) -> None:
        entries = [(_told(found.draft), f'hand_in("{found.draft.id}")', found.draft.id == chosen) for found in drafts]
        heading = "Your drafts, the one saved last first. To hand in another, put its line into this cell and run it again:"
        items = "".join(
            f"<li>{escape(what)}{' <strong>(chosen)</strong>' if this else ''}<br><code>{escape(line)}</code></li>"
            for what, line, this in entries
        )
        self.html = "".join(f"<p>{escape(line)}</p>" for line in lines) + (f"<p>{heading}</p><ul>{items}</ul>" if items else "")
        listed = [f"- {what}{' (chosen)' if this else ''}: {line}" for what, line, this in entries]
        self.text = "\n".join([*lines, *([heading] if listed else []), *listed])
        self.data = data

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        shown = {"text/html": f'<div class="smt-panel">{self.html}</div>', "text/plain": self.text}
        return shown if self.data is None else {**shown, MIME: self.data}

    def __repr__(self) -> str:
        return self.text


def hand_in(name: str = "") -> Shown:
    """Choose the draft with this id or title, or, without a name, the one saved last. Never raises at the learner."""
    try:
        return _hand_in(str(name).strip(), Path.cwd())
    except (SmtrainingError, OSError) as error:
        return Shown([f"Your drafts are safe, but they could not be handed in. {error}"], [], "", None)


# -- private ---------------------------------------------------------------------------------------------------------


def _hand_in(name: str, here: Path) -> Shown:
    drafts, problems = _all(here)
    meant = _meant(name, drafts)
    if not drafts:
        return Shown([NONE, *problems], [], "", None)
    if len(meant) != 1:
        how = "Several drafts have" if meant else "No draft has"
        return Shown([f"{how} the name “{name}”, so nothing is handed in yet.", *problems], drafts, "", None)
    chosen = meant[0]
    lines = [f"This draft is handed in: {_told(chosen.draft)}. Save the notebook now (File > Save Notebook)."]
    lines += ["If you change the draft later, run this cell and save the notebook again.", *problems]
    if chosen.folder != here:
        lines.append(_copied(chosen, here))
    profile = _profile(chosen, here)
    data = {"schema": 1, "seed": None, "answers": {}, DRAFTS: {chosen.draft.id: chosen.draft.to_json()}}
    return Shown(lines, drafts, chosen.draft.id, data | ({PROFILE: profile} if profile else {}))


def _places(here: Path) -> Iterator[Path]:
    yield here
    for above in here.parents[:2]:
        yield above
        yield above / LESSONS


def _all(here: Path) -> tuple[list[Found], list[str]]:
    """Every draft nearby, in its newest copy, the one saved last first; and what could not be read."""
    newest: dict[str, Found] = {}
    problems = []
    for place in _places(here):
        store = Drafts(place)
        for listed in store.list():
            if listed.problem is not None:
                problems.append(listed.problem)
                continue
            draft = store.open(listed.id)
            if draft.id not in newest or draft.revision > newest[draft.id].draft.revision:
                newest[draft.id] = Found(draft, place)
    return sorted(newest.values(), key=lambda found: time_of(found.draft), reverse=True), problems


def _meant(name: str, drafts: list[Found]) -> list[Found]:
    if not name:
        return drafts[:1]
    by_id = [found for found in drafts if found.draft.id == name]
    return by_id or [found for found in drafts if found.draft.title.casefold() == name.casefold()]


def _copied(chosen: Found, here: Path) -> str:
    """Put a copy beside the exercise; returns the sentence that says so. A copy there that cannot be read is left alone."""
    path = here / FOLDER / f"{chosen.draft.id}{SUFFIX}"
    if path.exists() and any(listed.id == chosen.draft.id and listed.problem for listed in Drafts(here).list()):
        return f"The copy in {FOLDER} beside this notebook cannot be read and was left as it is."
    stored = {"smtraining": "policy-draft", **chosen.draft.to_json()}
    write_whole(path, (json.dumps(stored, ensure_ascii=False, indent=1) + "\n").encode(), "The copy of your draft")
    return f"It was found in the folder {chosen.folder.name}; a copy now lies beside this notebook."


def _profile(chosen: Found, here: Path) -> dict[str, Any] | None:
    """The switchboard's answers for the draft: its own, or those beside it. They are put beside the exercise if none are there."""
    bank = banks.load()
    own = chosen.draft.profile
    try:
        places = [ProfileStore(place, bank) for place in (here, chosen.folder)]
        known = from_json(bank, own) if own is not None else next((store.load() for store in places if store.exists()), None)
        if known is not None and not places[0].exists():
            places[0].save(known)
    except RecordError:
        return None  # what cannot be read stays where it is, and counts as not answered
    return known.to_json() if known is not None else None


def _told(draft: Draft) -> str:
    parts = [draft.agency, draft.title, draft.version]
    saved = f", saved {time_of(draft).astimezone():%Y-%m-%d %H:%M}" if draft.changed else ""
    return ", ".join(filter(None, parts)) + saved
