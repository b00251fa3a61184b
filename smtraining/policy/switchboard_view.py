"""The switchboard as plain data for a page: the questions once, and after each answer only what follows from it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from smtraining.bank import Bank
from smtraining.models import Level
from smtraining.policy.profile import Profile, find_out, said
from smtraining.policy.requirements import binding, needs

TITLE = "Switchboard: which rules bind us"

INTRO = (
    "Twelve questions about your agency decide which rules bind it, and what its policy needs. Leave a question at “Not sure” if you do "
    "not know: the stricter rule then stays in view, and you see how to find out. Your answers are kept beside this notebook and sent "
    "nowhere. "
    "This is teaching material, not legal advice."
)


def view(bank: Bank, today: dt.date) -> dict[str, Any]:
    """What never changes while the page is open: the switches, and every rule with its sources (``as_of``, ``stale``)."""
    return {
        "schema": 1,
        "page": "switchboard",
        "id": "switchboard",
        "title": TITLE,
        "intro": INTRO,
        "switches": [
            {
                "id": switch.id,
                "question": switch.question,
                "help": switch.help,
                "find_out": switch.find_out,
                "many": switch.many,
                "options": [{"id": option.id, "text": option.text} for option in switch.options],
            }
            for switch in bank.switches.values()
        ],
        "rules": [
            {
                "id": rule.id,
                "title": rule.title,
                "means": rule.means,
                "look_up": rule.force == "look-up",
                "elements": [{"number": bank.element(id).number, "title": bank.element(id).title} for id in rule.elements],
                "sources": bank.source_views(rule.sources, today),
            }
            for rule in bank.rules.values()
        ],
    }


def told(profile: Profile, bank: Bank, today: dt.date) -> dict[str, Any]:
    """What follows from the answers.

    ``rules`` maps the id of each rule that binds, or may bind, to ``{certain, reason, find_out}``; ``open`` are the switches without an
    answer; ``counts`` says how many elements the policy must have, should have, and may have to have while answers are missing.
    """
    needed = needs(profile, bank)
    return {
        "rules": {
            found.rule.id: {"certain": found.certain, "reason": found.reason, "find_out": list(found.find_out)}
            for found in binding(profile, bank, today)
        },
        "open": list(profile.unanswered(bank)),
        "counts": {
            "must": sum(need.level is Level.MUST for need in needed),
            "should": sum(need.level is Level.SHOULD and need.possible is None for need in needed),
            "perhaps": sum(need.possible is not None for need in needed),
        },
    }


def summary(profile: Profile, bank: Bank) -> dict[str, Any]:
    """The profile in short: ``said`` (a sentence with every answer), how many answers of how many, and the open questions with the way
    to find out."""
    facts = [f"{switch}={option}" for switch, chosen in profile.answers.items() for option in chosen]
    open_ = profile.unanswered(bank)
    return {
        "said": said(bank, facts),
        "answered": len(profile.answers),
        "of": len(bank.switches),
        "open": [{"question": bank.switch(id).question, "find_out": how} for id, how in zip(open_, find_out(bank, open_), strict=True)],
    }


def sheet(shown: dict[str, Any], known: dict[str, Any], answers: dict[str, list[str]]) -> dict[str, Any]:
    """The switchboard to read without a kernel: the questions with their options, the answers given, and the rules that follow."""
    questions = [
        {
            "title": switch["question"],
            "text": switch["help"],
            "entries": [
                f"{option['text']}{' (your answer)' if option['id'] in answers.get(switch['id'], []) else ''}"
                for option in switch["options"]
            ],
        }
        for switch in shown["switches"]
    ]
    rules = [
        {"title": rule["title"], "text": f"{known['rules'][rule['id']]['reason']} {rule['means']}", "entries": []}
        for rule in shown["rules"]
        if answers and rule["id"] in known["rules"]
    ]
    sections = [{"heading": "Questions about your agency", "entries": questions}]
    return {
        "id": shown["id"],
        "title": shown["title"],
        "intro": shown["intro"],
        "sections": sections + ([{"heading": "Rules that bind you, or may bind you", "entries": rules}] if rules else []),
    }
