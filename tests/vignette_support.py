"""The fixtures of the vignette and artifact tests, and a Python side that plays a vignette as the lesson does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from browser_support import Stage

from smtraining.kinds import vignette as player
from smtraining.models import Artifact, PolicyElement, Vignette

FIXTURES = Path(__file__).parent / "fixtures"
Data = dict[str, Any]


def _read(name: str) -> Data:
    found: Data = yaml.safe_load((FIXTURES / name).read_text(encoding="utf-8"))
    return found


def _artifact_views(file: Data) -> dict[str, Data]:
    views = {}
    for raw in file["artifacts"]:
        artifact = Artifact.model_validate(raw)
        view = artifact.model_dump(mode="json", exclude_none=True)
        views[artifact.id] = view | {"platform": file["platforms"][artifact.platform]}
    return views


ARTIFACTS = {view["type"]: view for view in _artifact_views(_read("vignette_artifacts.yaml")).values()}
"""One artifact view of every type, by type."""

_LIBRARY = _read("vignette_library.yaml")
LIBRARY = Vignette.model_validate(_LIBRARY["vignette"])
"""Two decisions deep; has everything a vignette can have."""
ELEMENT = PolicyElement.model_validate(_LIBRARY["element"])
SOURCES: dict[str, Data] = {source["id"]: source for source in _LIBRARY["sources"]}
CASE_ARTIFACTS = _artifact_views(_LIBRARY)

PLAIN = LIBRARY.model_copy(update={"id": "fx-v-plain", "gut": None, "think": (), "replays": (), "content_note": None})
"""The same case without all that a vignette may lack."""

# How far a learner of this case can have come.
GUT = {"gut": "delete"}
THOUGHT = GUT | {"think": {"who": "street", "ask": "Petra, then Gus."}, "thought": True}
HALFWAY = THOUGHT | {"path": ["tell"]}
ENDED = THOUGHT | {
    "path": ["tell", "his-call"],
    "replay": {"nonprofit": "tell"},
    "patch": {"clause": "ask-first", "text": "We ask first, and we take no for an answer."},
}


def reveal_of(vignette: Vignette, value: Any) -> Data:
    return player.play(vignette, player.parse(vignette, value), ELEMENT, SOURCES.__getitem__)


def view_of(vignette: Vignette) -> Data:
    """The page's view of one vignette."""
    return {
        "schema": 1, "page": "vignette", "id": vignette.id, "title": vignette.title, "mode": "formative",
        "items": [player.view(vignette)], "artifacts": CASE_ARTIFACTS,
    }  # fmt: skip


def artifact_page(*types: str) -> Data:
    return {
        "schema": 1, "page": "artifact", "id": "fx-page", "title": "Look at this", "mode": "formative",
        "items": [], "artifacts": {ARTIFACTS[type]["id"]: ARTIFACTS[type] for type in types},
    }  # fmt: skip


def record_of(vignette: Vignette, value: Any, revision: int = 1) -> Data:
    parsed = player.parse(vignette, value)
    return {"r": revision, "t": f"2026-03-02T10:0{revision % 10}:00Z", "v": parsed, "done": player.is_done(vignette, parsed), "n": 0}


def state_of(vignette: Vignette, value: Any) -> Data:
    """The page's state when it opens and the learner has come as far as ``value`` (None: not begun)."""
    answers = {} if value is None else {vignette.id: record_of(vignette, value)}
    return {"answers": answers, "reveals": {vignette.id: reveal_of(vignette, value)}, "notice": None}


def play_page(open_page: Callable[..., Stage], vignette: Vignette = LIBRARY, value: Any = None, **options: Any) -> Stage:
    """Open a vignette whose Python side is the package's own player."""
    revision = 1

    def reply(message: Data) -> list[Data]:
        nonlocal revision
        revision += 1
        item = message["item"]
        record = record_of(vignette, message["value"], revision)
        return [{"type": "saved", "item": item, "record": record, "reveal": reveal_of(vignette, message["value"]), "seed": "fx"}]

    stage = open_page(
        view_of(vignette),
        state=state_of(vignette, value),
        python="window.playOn(message).then((replies) => replies.forEach(fake.emit)); return [];",
        **options,
    )
    stage.page.expose_function("playOn", reply)
    return stage


def with_text(data: Any, change: Callable[[str], str], keep: frozenset[str]) -> Any:
    """A copy of JSON data with every text changed, except under the keys in ``keep``."""
    if isinstance(data, str):
        return change(data)
    if isinstance(data, list):
        return [with_text(entry, change, keep) for entry in data]
    if isinstance(data, dict):
        return {name: value if name in keep else with_text(value, change, keep) for name, value in data.items()}
    return json.loads(json.dumps(data))
