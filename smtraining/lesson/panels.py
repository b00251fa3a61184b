"""The parts of a lesson that only show something: progress, the policy so far, sources, packed answers, notes.

A panel is plain HTML with a text version, without script: it looks the same in every host, on paper and on a code-hosting site.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from smtraining.bank import Bank
from smtraining.errors import SaveError, SmtrainingError
from smtraining.kinds.base import OutlineGroup
from smtraining.models import PolicyPart
from smtraining.responses import Answer

MIME = "application/vnd.smtraining.answers+json"
"""The output type that carries packed answers inside a notebook."""


class Panel:
    """Something to show: ``html`` and ``text`` say the same; ``data`` holds further output types by name."""

    def __init__(self, html: str, text: str, data: Mapping[str, Any] | None = None) -> None:
        self.html, self.text, self.data = html, text, dict(data or {})

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {"text/html": f'<div class="smt-panel">{self.html}</div>', "text/plain": self.text, **self.data}

    def __repr__(self) -> str:
        return self.text


def note(error: SmtrainingError) -> Panel:
    """An error as a note in place: what is wrong and what to do, in the learner's words."""
    if isinstance(error, SaveError):
        head, detail = f"{error.message} {error.advice}", error.detail
    else:
        head, _, detail = str(error).partition("\n")
    html = f'<p role="note"><strong>Note.</strong> {escape(head)}</p>'
    if detail:
        html += f"<details><summary>Details</summary><pre>{escape(detail)}</pre></details>"
    return Panel(html, "\n".join(filter(None, [f"Note. {head}", detail])))


def asked(text: str, item: str, words: Iterable[OutlineGroup], form: str) -> Panel:
    """A question in plain text, with the ids to answer it and the line to type."""
    lines = [text.rstrip(), "", f'To answer, type:  smt.answer("{item}", "...")', f"In place of the dots: {form}."]
    for group in words:
        lines += [f"  {group.heading}"] if group.heading else []
        lines += [f"  {id} = {meaning}" for id, meaning in group.entries]
    return Panel(f"<pre>{escape(chr(10).join(lines))}</pre>", "\n".join(lines))


def answered(view: Mapping[str, Any], given: Answer, told: Mapping[str, Any] | None) -> Panel:
    """What ``answer(...)`` shows: that it is saved and, where the item tells something, the feedback as text."""
    time = given.time.replace("T", " ").replace("Z", " UTC")
    lines = [f"{given.item}: saved {time}." if given.value is not None else f"{given.item}: cleared {time}."]
    if told is None:
        if "points" in view and given.value is not None:
            lines.append("This question is graded; your instructor's copy marks it.")
    elif view["kind"] == "vignette":
        lines += _story(told)
    else:
        lines += [told["summary"], *_feedback(told["items"]), told["rationale"], f"How it is scored: {told['rule']}"]
        lines += [f"Source: {s['label']}: {s['text']}" if s["text"] else f"Source: {s['label']}" for s in told["sources"]]
    return Panel("".join(f"<p>{escape(line)}</p>" for line in lines), "\n".join(lines))


def _feedback(items: Iterable[Mapping[str, Any]]) -> list[str]:
    words = {"hit": "right", "missed": "missed", "false-alarm": "not the stronger answer", "close": "close"}
    lines = []
    for entry in items:
        if entry["chosen"] or entry["mark"] not in {"passed-over"}:
            lead = ", ".join(filter(None, ["you chose this" if entry["chosen"] else "", words.get(entry["mark"], "")]))
            lines.append(f"- {entry['label']} ({lead}): {entry['feedback']}" if lead else f"- {entry['label']}: {entry['feedback']}")
    return lines


def _story(told: Mapping[str, Any]) -> list[str]:
    lines = []
    if told["stage"] == "gut":
        lines += [told["gut"]["prompt"], *(f"- {c['id']}: {c['text']}" for c in told["gut"]["choices"])]
    if told["stage"] == "think":
        for prompt in told["think"]["prompts"]:
            lines += [f"{prompt['step_label']}. {prompt['prompt']}", *(f"- {o['text']}" for o in prompt["options"])]
        lines += ["Now decide again: give your first answer, then your decision, separated by a space."]
    for scene in told["scenes"]:
        lines += [f"{scene['title']}: {scene['text']}"]
        if scene.get("ask"):
            lines += [scene["ask"], *(f"- {c['id']}: {c['text']}" for c in scene["choices"])]
    if debrief := told["debrief"]:
        lines += [debrief["what_happened"], debrief["law_and_code"]]
        lines += [f"{c['text']} {c['comment']}" for d in debrief["decisions"] for c in d["choices"] if c["chosen"]]
    if patch := told["patch"]:
        lines += [f"For your policy, {patch['element']['title']}: {patch['prompt']}", *(f"- {c['text']}" for c in patch["clauses"])]
        if patch["saved"]:
            lines += [f"Kept in my policy so far: {patch['saved']['text']}"]
    return lines


def progress(bank: Bank, answers: Mapping[str, Answer]) -> Panel:
    """A table: for each module with content, questions answered and cases finished."""
    rows = []
    for module in sorted(bank.modules.values(), key=lambda m: m.number):
        asked = [q for z in bank.quizzes.values() if z.module == module.id for q in z.questions]
        cases = [v.id for v in bank.vignettes.values() if v.module == module.id]
        if not asked and not cases:
            continue
        done_q = sum(_has(answers, q) for q in asked)
        done_v = sum(answers[v].done for v in cases if v in answers)
        rows.append((f"{module.number:02d} {module.title}", f"{done_q} of {len(asked)}", f"{done_v} of {len(cases)}"))
    head = ("Module", "Questions answered", "Cases finished")
    cells = "".join(
        f'<tr><th scope="row" style="text-align:left">{escape(name)}</th><td>{escape(q)}</td><td>{escape(v)}</td></tr>'
        for name, q, v in rows
    )
    columns = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in head)
    html = f"<table><caption>Your progress</caption><thead><tr>{columns}</tr></thead><tbody>{cells}</tbody></table>"
    text = "\n".join(["Your progress", *(f"{name}: questions {q}, cases {v}" for name, q, v in rows)])
    return Panel(html, text)


def _has(answers: Mapping[str, Answer], item: str) -> bool:
    return item in answers and answers[item].value is not None


def kept(bank: Bank, answers: Mapping[str, Answer]) -> list[tuple[PolicyPart, int, str, str, str]]:
    """The wordings kept at the end of cases: part, number and title of the element, the wording, the case's title; in this order."""
    found = []
    for case in bank.vignettes.values():
        answer = answers.get(case.id)
        patch = answer.value.get("patch") if answer is not None and isinstance(answer.value, dict) else None
        if isinstance(patch, dict) and patch.get("text"):
            element = bank.element(case.patch.element)
            found.append((element.part, element.number, f"{element.number}. {element.title}", str(patch["text"]), case.title))
    order = list(PolicyPart)
    return sorted(found, key=lambda one: (order.index(one[0]), *one[1:]))


def my_policy(bank: Bank, answers: Mapping[str, Answer]) -> Panel:
    """The kept wordings by part of the policy, each with the case it came from: the version to read and to print."""
    html, text = ["<h3>My policy so far</h3>"], ["My policy so far"]
    wordings = kept(bank, answers)
    if not wordings:
        message = "Nothing kept yet. Each case ends with a clause for your policy: choose one, put it in your own words and save it."
        return Panel("".join([*html, f"<p>{message}</p>"]), "\n".join([*text, message]))
    before = None
    for part, _, element, wording, case in wordings:
        if part is not before:
            html.append(f"<h4>{part.label}</h4>")
            text.append(part.label)
        before = part
        html.append(f'<p dir="auto"><strong>{escape(element)}</strong><br>{escape(wording)}<br><em>From the case “{escape(case)}”</em></p>')
        text.append(f"- {element}: {wording} (from the case “{case}”)")
    return Panel("".join(html), "\n".join(text))


def sources(bank: Bank, module: str) -> Panel:
    """Every source that an item of the module cites, with the date it was checked."""
    ids: set[str] = set()
    for quiz in bank.quizzes.values():
        if quiz.module == module:
            ids.update(s for q in quiz.questions for s in bank.question(q).sources)
    for case in bank.vignettes.values():
        if case.module == module:
            ids.update(case.sources, *(r.sources for r in case.replays), *(c.sources for s in case.scenes for c in s.choices))
    views = sorted((bank.source_view(id, dt.date.today()) for id in ids), key=lambda v: str(v["label"]).casefold())
    html, text = ["<h3>Sources of this module</h3><ul>"], ["Sources of this module"]
    for view in views:
        dated = f" Checked {view['as_of']}." if view.get("as_of") else ""
        stale = " This may be out of date: check before you rely on it." if view["stale"] else ""
        link = (
            f' <a href="{escape(view["url"], quote=True)}" target="_blank" rel="noopener">Read it: {escape(view["label"])}</a>'
            if view.get("url")
            else ""
        )
        html.append(f"<li><strong>{escape(view['label'])}</strong> {escape(view['text'])}{dated}{stale}{link}</li>")
        text.append(f"- {view['label']} {view['text']}{dated}{stale}")
    html.append("</ul><p>This is teaching material, not legal advice.</p>")
    return Panel("".join(html), "\n".join([*text, "This is teaching material, not legal advice."]))


def packed(everything: Mapping[str, Any]) -> Panel:
    """The answers, the drafts and the profile as an output of their own type, with a sentence that says what happened."""
    count, drafts = sum(record["v"] is not None for record in everything["answers"].values()), len(everything.get("policy_drafts", {}))
    what = [f"{count} answer{'s' if count != 1 else ''}"] if count else []
    what += [f"{drafts} policy draft{'s' if drafts != 1 else ''}"] if drafts else []
    what += ["your agency's profile"] if "policy_profile" in everything else []
    if not what:
        message = "There are no answers to pack yet."
        return Panel(f"<p>{message}</p>", message)
    listed = f"{', '.join(what[:-1])} and {what[-1]}" if len(what) > 1 else what[0]
    message = f"{listed} {'are' if count + drafts != 1 or len(what) > 1 else 'is'} packed into this notebook."
    message = f"{message[0].upper()}{message[1:]} Save it (File > Save Notebook), then hand in this one file."
    return Panel(f"<p>{message.replace('>', '&gt;')}</p>", message, {MIME: dict(everything)})
