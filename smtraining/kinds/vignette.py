"""Plays a vignette: from what the learner did so far to what may be shown now. Pure: no clock, no file, no chance.

A case runs in stages. *gut*: a first answer before any thinking, kept and not commented. *think*: the steps of a decision model (Congress,
2000, "What social workers should know about ethics", Advances in Social Work 1(1), 1-25: ETHIC). *scene*: the learner decides, scene by
scene. *ended*: debrief, the same case with another employer, and the policy patch. A vignette without gut prompt or thinking prompts skips
those stages.

The value of a vignette is what the learner did, nothing derived:
``{"gut": id | null, "think": {prompt: id | text}, "thought": bool, "path": [choice ids from the start], "replay": {setting: choice id},
"patch": null | {"clause": id | null, "text"}}``. :func:`play` derives the reveal from it, stage by stage: what comes after the present
stage is not in the reveal, so it cannot be read in the browser. A value may hold more than its stage shows (a path without a gut answer,
in a case that got its gut prompt later; a patch after "Start over"): it is kept and shown again in its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from smtraining.errors import ResponseError
from smtraining.kinds.base import MAX_TEXT, OutlineGroup, shortened, written
from smtraining.models import Choice, ContentNote, Model, PolicyElement, Scene, Setting, ThinkPrompt, Vignette

SETTING_LABELS = {
    Setting.GOVERNMENT: "Government agency",
    Setting.NONPROFIT: "Nonprofit",
    Setting.PRIVATE_PRACTICE: "Private practice",
}

STEP_LABELS = {
    "examine": "Examine values",
    "think": "Think about standards and law",
    "hypothesize": "Hypothesize consequences",
    "identify": "Identify who benefits and who is harmed",
    "consult": "Consult",
}
"""The five steps of ETHIC (Congress, 2000)."""

Stage = Literal["gut", "think", "scene", "ended"]
SourceView = Callable[[str], dict[str, Any]]
"""From a source's id to its view (docs/architecture.md)."""


class VignetteOutline(Model):
    """What a reader without a widget sees before deciding: the situation, and the first decision as plain entries."""

    title: str
    minutes: int
    setting: str
    role: str
    opening: str
    artifact: str | None
    content_note: ContentNote | None
    first: OutlineGroup


# --- before the first answer ------------------------------------------------------------------------------------------


def view(vignette: Vignette) -> dict[str, Any]:
    """The redacted view for the browser: who you are and what just happened. Everything else comes in the reveal."""
    shown: dict[str, Any] = {
        "id": vignette.id,
        "kind": "vignette",
        "title": vignette.title,
        "minutes": vignette.minutes,
        "role": vignette.role,
        "setting": SETTING_LABELS[vignette.setting],
        "opening": vignette.opening,
    }
    if vignette.artifact is not None:
        shown["artifact"] = vignette.artifact
    if vignette.content_note is not None:
        shown["content_note"] = vignette.content_note.model_dump()
    return shown


def outline(vignette: Vignette) -> VignetteOutline:
    """The situation and the first decision in plain words; the gut prompt stands for the first question where there is one."""
    start = vignette.scene(vignette.start)
    return VignetteOutline(
        title=vignette.title,
        minutes=vignette.minutes,
        setting=SETTING_LABELS[vignette.setting],
        role=vignette.role,
        opening=vignette.opening,
        artifact=vignette.artifact,
        content_note=vignette.content_note,
        first=OutlineGroup(heading=vignette.gut or start.ask, marker="circle", entries=tuple((c.id, c.text) for c in start.choices)),
    )


# --- reading what the learner did -------------------------------------------------------------------------------------


def parse(vignette: Vignette, raw: Any) -> dict[str, Any] | None:
    """The canonical value, with every field; None if nothing was done.

    Missing fields count as not yet done. Raises ResponseError, and nothing else, for unknown fields or ids, a path that does not follow
    the scenes, and texts over 5,000 characters: nothing is silently dropped.
    """
    if raw is None:
        return None
    reader = _Reader(vignette.id, raw)
    if type(raw) is not dict:
        raise reader.bad("a mapping of gut, think, thought, path, replay and patch")
    if not all(type(name) is str for name in raw) or not set(raw) <= {"gut", "think", "thought", "path", "replay", "patch"}:
        raise reader.bad("only the fields gut, think, thought, path, replay and patch")
    thought = raw.get("thought", False)
    if type(thought) is not bool:
        raise reader.bad("'thought' to be true or false")
    first = [c.id for c in vignette.scene(vignette.start).choices]
    value = {
        "gut": reader.one_of(raw.get("gut"), first, "'gut'"),
        "think": _think(reader, vignette, raw.get("think")),
        "thought": thought,
        "path": _path(reader, vignette, raw.get("path")),
        "replay": _replay(reader, vignette, raw.get("replay"), first),
        "patch": _patch(reader, vignette, raw.get("patch")),
    }
    return value if any(value.values()) else None


class _Reader:
    """Reads the parts of one raw value; its errors name the vignette and show the whole value."""

    def __init__(self, item: str, raw: object) -> None:
        self._item, self._raw = item, raw

    def bad(self, expected: str) -> ResponseError:
        return ResponseError(self._item, shortened(self._raw), expected)

    def one_of(self, raw: object, known: Sequence[str], what: str) -> str | None:
        """An id among ``known``, or None."""
        if raw is None:
            return None
        if type(raw) is not str or raw not in known:
            raise self.bad(f"{what} to be one of {', '.join(known)}, or nothing")
        return raw

    def mapping(self, raw: object, known: Iterable[str], what: str) -> dict[str, object]:
        """A mapping from some of the ``known`` ids; {} for None."""
        ids = tuple(known)
        if raw is None:
            return {}
        if type(raw) is not dict or not all(type(id) is str for id in raw) or not set(raw) <= set(ids):
            raise self.bad(f"{what} to give an answer to some of: {', '.join(ids) or '(there are none here)'}")
        return raw

    def text(self, raw: object, what: str) -> str:
        """A text without the space around it; "" if there is none."""
        text = written(raw)
        if text is None:
            raise self.bad(f"{what} to be a text of at most {MAX_TEXT:,} characters")
        return text


def _think(reader: _Reader, vignette: Vignette, raw: object) -> dict[str, str]:
    prompts = {p.id: p for p in vignette.think}
    given = reader.mapping(raw, prompts, "'think'")
    answers = {}
    for id, prompt in prompts.items():
        mine, what = given.get(id), f"the answer to '{id}'"
        options = [o.id for o in prompt.options]
        if answer := reader.one_of(mine, options, what) if options else reader.text(mine, what):
            answers[id] = answer
    return answers


def _path(reader: _Reader, vignette: Vignette, raw: object) -> list[str]:
    if raw is None:
        return []
    scenes = {s.id: s for s in vignette.scenes}
    # No path is longer than the scenes are many: the graph has no cycle.
    if type(raw) is not list or len(raw) > len(scenes):
        raise reader.bad(f"'path' to be a list of at most {len(scenes)} choices")
    scene = scenes[vignette.start]
    path: list[str] = []
    for given in raw:
        choices = {c.id: c for c in scene.choices}
        if type(given) is not str or given not in choices:
            offered = f"is one of {', '.join(choices)}" if choices else "is an ending, which offers no choice"
            raise reader.bad(f"'path' to follow the scenes; step {len(path) + 1}, in scene '{scene.id}', {offered}")
        path.append(given)
        scene = scenes[choices[given].to]
    return path


def _replay(reader: _Reader, vignette: Vignette, raw: object, first: Sequence[str]) -> dict[str, str]:
    settings = [r.setting.value for r in vignette.replays]
    given = reader.mapping(raw, settings, "'replay'")
    found = {s: reader.one_of(given.get(s), first, f"the replay '{s}'") for s in settings}
    return {setting: choice for setting, choice in found.items() if choice is not None}


def _patch(reader: _Reader, vignette: Vignette, raw: object) -> dict[str, str | None] | None:
    given = reader.mapping(raw, ("clause", "text"), "'patch'")
    clause = reader.one_of(given.get("clause"), [c.id for c in vignette.patch.clauses], "the clause")
    text = reader.text(given.get("text"), "the wording of the patch")
    return {"clause": clause, "text": text} if clause or text else None


# --- playing ----------------------------------------------------------------------------------------------------------


def is_done(vignette: Vignette, value: Any) -> bool:
    """Whether a canonical value has come to an ending (and to the debrief)."""
    return _stage(vignette, value or _NOTHING) == "ended"


def play(vignette: Vignette, value: Any, element: PolicyElement, source_view: SourceView) -> dict[str, Any]:
    """The reveal for a canonical value (None: not begun), exactly as in docs/architecture.md.

    ``element`` is the policy element of the vignette's patch; ``source_view`` gives the view of a source.
    """
    done = value or _NOTHING
    stage = _stage(vignette, done)
    passed = _passed(vignette, done["path"])
    ended = stage == "ended"
    return {
        "stage": stage,
        "gut": _gut_view(vignette, done["gut"]),
        "think": _think_view(vignette, done) if stage != "gut" and vignette.think else None,
        "scenes": [_scene_view(scene, chosen) for scene, chosen in passed] if stage in ("scene", "ended") else [],
        "debrief": _debrief_view(vignette, done, passed, source_view) if ended else None,
        "replays": _replay_views(vignette, done["replay"], source_view) if ended else [],
        "patch": _patch_view(vignette, done["patch"], element) if ended else None,
        "sources": [source_view(id) for id in vignette.sources] if ended else [],
    }


_NOTHING: dict[str, Any] = {"gut": None, "think": {}, "thought": False, "path": [], "replay": {}, "patch": None}

Passed = list[tuple[Scene, Choice | None]]
"""The scenes seen so far, each with what was chosen there; None in the last one."""


def _stage(vignette: Vignette, value: dict[str, Any]) -> Stage:
    if vignette.gut is not None and value["gut"] is None:
        return "gut"
    if vignette.think and not value["thought"]:
        return "think"
    return "ended" if _passed(vignette, value["path"])[-1][0].is_ending else "scene"


def _passed(vignette: Vignette, path: Sequence[str]) -> Passed:
    scene = vignette.scene(vignette.start)
    passed: Passed = []
    for id in path:
        chosen = next(c for c in scene.choices if c.id == id)
        passed.append((scene, chosen))
        scene = vignette.scene(chosen.to)
    return [*passed, (scene, None)]


def _texts(options: Iterable[Any]) -> list[dict[str, str]]:
    return [{"id": o.id, "text": o.text} for o in options]


def _gut_view(vignette: Vignette, chosen: str | None) -> dict[str, Any] | None:
    if vignette.gut is None:
        return None
    return {"prompt": vignette.gut, "choices": _texts(vignette.scene(vignette.start).choices), "chosen": chosen}


def _think_view(vignette: Vignette, value: dict[str, Any]) -> dict[str, Any]:
    answers = value["think"]
    replies = {p.id: o.reply for p in vignette.think for o in p.options if answers.get(p.id) == o.id}
    return {
        "prompts": [_prompt_view(p) for p in vignette.think],
        "answers": dict(answers),
        "replies": replies,
        "thought": value["thought"],
    }


def _prompt_view(prompt: ThinkPrompt) -> dict[str, Any]:
    return {
        "id": prompt.id,
        "step": prompt.step,
        "step_label": STEP_LABELS[prompt.step],
        "prompt": prompt.prompt,
        "options": _texts(prompt.options),
    }


def _scene_view(scene: Scene, chosen: Choice | None) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": scene.id, "title": scene.title, "text": scene.text}
    if scene.artifact is not None:
        shown["artifact"] = scene.artifact
    if scene.ask is not None:
        shown["ask"] = scene.ask
    return shown | {"choices": _texts(scene.choices), "chosen": chosen.id if chosen else None, "ending": scene.is_ending}


def _debrief_view(vignette: Vignette, value: dict[str, Any], passed: Passed, source_view: SourceView) -> dict[str, Any]:
    debrief, gut = vignette.debrief, value["gut"]
    start, second = passed[0]
    return {
        "what_happened": debrief.what_happened,
        "law_and_code": debrief.law_and_code,
        "experts_differ": debrief.experts_differ,
        "record": debrief.record,
        "supervision": debrief.supervision,
        "gut": next((c.text for c in start.choices if c.id == gut), None),
        "second": second.text if second else "",
        "changed": None if gut is None or second is None else gut != second.id,
        "decisions": [
            {"ask": scene.ask, "choices": [_judged(c, c is chosen, source_view) for c in scene.choices]} for scene, chosen in passed[:-1]
        ],
    }


def _judged(choice: Choice, chosen: bool, source_view: SourceView) -> dict[str, Any]:
    return {
        "id": choice.id,
        "text": choice.text,
        "chosen": chosen,
        "protects": choice.protects,
        "risks": choice.risks,
        "comment": choice.comment,
        "sources": [source_view(id) for id in choice.sources],
    }


def _replay_views(vignette: Vignette, chosen: dict[str, str], source_view: SourceView) -> list[dict[str, Any]]:
    start = vignette.scene(vignette.start)
    shown = []
    for replay in vignette.replays:
        mine = chosen.get(replay.setting.value)
        shown.append(
            {
                "setting": replay.setting.value,
                "label": SETTING_LABELS[replay.setting],
                "opening": replay.opening,
                "what_changes": replay.what_changes,
                "ask": start.ask,
                "choices": _texts(start.choices),
                "chosen": mine,
                "verdict": replay.verdicts[mine] if mine is not None else None,
                "sources": [source_view(id) for id in replay.sources],
            }
        )
    return shown


def _patch_view(vignette: Vignette, saved: dict[str, Any] | None, element: PolicyElement) -> dict[str, Any]:
    return {
        "element": {"id": element.id, "number": element.number, "part": element.part.value, "title": element.title, "why": element.why},
        "prompt": vignette.patch.prompt,
        "clauses": _texts(vignette.patch.clauses),
        "saved": dict(saved) if saved is not None else None,
    }


# --- checking the graph -----------------------------------------------------------------------------------------------


def check_graph(vignette: Vignette) -> list[str]:
    """What is wrong with the scenes and what hangs on them, a sentence each; [] if the vignette can be played from start to end."""
    problems: list[str] = []
    scenes: dict[str, Scene] = {}
    for scene in vignette.scenes:
        if scene.id in scenes:
            problems.append(f"The scene '{scene.id}' stands twice; give each scene its own id.")
        scenes.setdefault(scene.id, scene)
    for scene in vignette.scenes:
        problems += _twice(f"In scene '{scene.id}' the choice", [c.id for c in scene.choices])
        problems += [
            f"The choice '{choice.id}' of scene '{scene.id}' leads to the scene '{choice.to}', which does not exist."
            for choice in scene.choices
            if choice.to not in scenes
        ]
    problems += _twice("The prompt", [p.id for p in vignette.think])
    for prompt in vignette.think:
        problems += _twice(f"In the prompt '{prompt.id}' the option", [o.id for o in prompt.options])
    problems += _twice("The clause", [c.id for c in vignette.patch.clauses])
    problems += _twice("The replay", [r.setting.value for r in vignette.replays])
    if (start := scenes.get(vignette.start)) is None:
        return [*problems, f"The start is the scene '{vignette.start}', which does not exist."]
    if start.is_ending:
        problems.append(f"The start '{start.id}' offers no choices, so there is nothing to decide.")
        if vignette.gut is not None:
            problems.append(f"There is a gut prompt, but the start '{start.id}' has no choices to answer it with.")
    ways = {id: [c.to for c in scene.choices if c.to in scenes] for id, scene in scenes.items()}
    reached = _reached(ways, start.id)
    problems += [f"The scene '{id}' cannot be reached from the start '{start.id}'." for id in scenes if id not in reached]
    if cycle := _cycle(ways):
        problems.append(f"The scenes {' -> '.join(cycle)} go round in a circle; every path must come to an ending.")
    for replay in vignette.replays:
        problems += _verdict_problems(replay.setting.value, set(replay.verdicts), {c.id for c in start.choices})
    return problems


def _twice(what: str, ids: Sequence[str]) -> list[str]:
    return [f"{what} '{id}' stands twice." for id in sorted({id for id in ids if ids.count(id) > 1})]


def _verdict_problems(setting: str, given: set[str], wanted: set[str]) -> list[str]:
    found = [f"The replay '{setting}' has no verdict on the first choice '{id}'." for id in sorted(wanted - given)]
    return found + [
        f"The replay '{setting}' has a verdict on '{id}', which is no choice of the first scene." for id in sorted(given - wanted)
    ]


def _reached(ways: dict[str, list[str]], start: str) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        new = [to for to in ways[waiting.pop()] if to not in reached]
        reached.update(new)
        waiting += new
    return reached


def _cycle(ways: dict[str, list[str]]) -> list[str] | None:
    """One cycle, its first scene named again at the end; None if there is none. Walks with a stack of its own, so that it always ends."""
    finished: set[str] = set()
    for root in ways:
        trail = {root: iter(ways[root])} if root not in finished else {}  # the scenes of the present walk, in order
        while trail:
            here, rest = next(reversed(trail.items()))
            if (to := next(rest, None)) is None:
                finished.add(here)
                trail.popitem()
            elif to in trail:
                walk = list(trail)
                return [*walk[walk.index(to) :], to]
            elif to not in finished:
                trail[to] = iter(ways[to])
    return None
