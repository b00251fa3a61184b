"""Six agencies, as they would answer the switchboard."""

from __future__ import annotations

NOTHING_ELSE = {
    "hipaa": "not-covered",
    "victim-services": "not-funded",
    "substance-use": "no-program",
    "child-welfare": "none",
    "schools": "none",
    "hhs-money": "receives-none",
    "minors": "serves",
    "licensed": "some",
    "employees": "has",
    "uses": ["official", "personal"],
}
GOVERNMENT = {"employer": "government", "government": "body"}
NONPROFIT = {"employer": "nonprofit", "government": "not-at-all"}
SOLO = {
    "employer": "private-practice",
    "government": "not-at-all",
    "employees": "has-none",
    "licensed": "everyone",
    "minors": "serves-none",
}

AGENCIES: dict[str, dict[str, str | list[str]]] = {
    "county child welfare": {**NOTHING_ELSE, **GOVERNMENT, "child-welfare": "agency"},
    "shelter": {**NOTHING_ELSE, **NONPROFIT, "victim-services": "funded"},
    "hospital": {**NOTHING_ELSE, **NONPROFIT, "hipaa": "covered", "hhs-money": "receives", "licensed": "everyone"},
    "school district": {**NOTHING_ELSE, **GOVERNMENT, "schools": "school", "licensed": "everyone"},
    "solo, e-billing": {**NOTHING_ELSE, **SOLO, "hipaa": "covered"},
    "solo, cash only": {**NOTHING_ELSE, **SOLO},
}
