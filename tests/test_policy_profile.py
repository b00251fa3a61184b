"""The switchboard: what an agency answers, what is left open, which rules bind it and which elements it needs."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from policy_profiles import AGENCIES, GOVERNMENT, NONPROFIT, NOTHING_ELSE, SOLO
from pydantic import ValidationError

from smtraining import bank as banks
from smtraining.authoring import reading
from smtraining.authoring.catalogue import texts_of
from smtraining.authoring.rules_curriculum import MAX_GRADE, trademark_in
from smtraining.bank import Bank
from smtraining.errors import ContentError, RecordError, ResponseError, UnknownId
from smtraining.models import Condition, Level, Requirement
from smtraining.policy.profile import Profile, Verdict, decide, from_json, profile, said
from smtraining.policy.requirements import binding, need, needs

TODAY = dt.date(2026, 11, 23)
ALL = set(range(1, 31))


@pytest.fixture(scope="module")
def bank() -> Bank:
    return banks.load()


def numbers(bank: Bank, answers: Any, level: Level | None) -> set[int]:
    return {need.element.number for need in needs(profile(bank, answers), bank) if need.level is level}


def rules(bank: Bank, answers: Any, *, certain: bool = True) -> set[str]:
    return {b.rule.id.removeprefix("rule-") for b in binding(profile(bank, answers), bank, TODAY) if b.certain is certain}


# -- which elements --------------------------------------------------------------------------------------------------

SHOULD = {
    # what each agency should have; everything else it must have
    "county child welfare": {18, 22},
    "shelter": {17, 18, 21, 22},
    "hospital": {17, 18, 21},
    "school district": {18, 20, 22},
    "solo, e-billing": {2, 4, 12, 17, 21, 23, 24, 26, 27},
    "solo, cash only": {2, 4, 5, 12, 17, 21, 23, 24, 25, 26, 27},
}


@pytest.mark.parametrize("agency", AGENCIES)
def test_what_an_agency_must_and_should_have(bank: Bank, agency: str) -> None:
    assert numbers(bank, AGENCIES[agency], Level.SHOULD) == SHOULD[agency]
    assert numbers(bank, AGENCIES[agency], Level.MUST) == ALL - SHOULD[agency]


@pytest.mark.parametrize(
    ("setting", "should"),
    [
        (GOVERNMENT, {18, 20, 22}),
        (NONPROFIT, {5, 17, 18, 21, 22}),
        (SOLO, {2, 4, 5, 12, 17, 21, 23, 24, 25, 26, 27}),
    ],
)
def test_with_nothing_special_the_setting_decides(bank: Bank, setting: dict[str, str], should: set[int]) -> None:
    """The table of the three settings: a must for all that is not listed."""
    answers = {**NOTHING_ELSE, **setting}
    assert numbers(bank, answers, Level.SHOULD) == should
    assert numbers(bank, answers, Level.MUST) == ALL - should


@pytest.mark.parametrize(
    ("answer", "become_musts"),
    [
        ({"hipaa": "covered"}, {5, 25}),
        ({"hipaa": "associate"}, {5, 25}),
        ({"victim-services": "funded"}, {5}),
        ({"hhs-money": "receives"}, {12}),
        ({"employees": "has"}, {23}),
        ({"government": "body"}, {5, 12, 17, 21}),
        ({"minors": "serves"}, set()),
    ],
)
def test_an_answer_can_turn_a_should_into_a_must(bank: Bank, answer: dict[str, str], become_musts: set[int]) -> None:
    before = AGENCIES["solo, cash only"]
    assert numbers(bank, {**before, **answer}, Level.MUST) - numbers(bank, before, Level.MUST) == become_musts


@pytest.mark.parametrize("answer", [{"substance-use": "program"}, {"child-welfare": "contract"}])
def test_shared_groups_become_a_must_for_a_public_body_that_treats_or_places(bank: Bank, answer: dict[str, str]) -> None:
    assert 20 not in numbers(bank, {**NOTHING_ELSE, **GOVERNMENT}, Level.MUST)
    assert 20 in numbers(bank, {**NOTHING_ELSE, **GOVERNMENT, **answer}, Level.MUST)


def test_an_open_answer_keeps_the_stricter_level_in_view(bank: Bank) -> None:
    answers = {**AGENCIES["solo, cash only"], "hipaa": None}
    devices = need(bank.element("pe-05"), profile(bank, answers), bank)
    assert (devices.level, devices.possible, devices.strictest) == (Level.SHOULD, Level.MUST, Level.MUST)
    assert devices.find_out == (bank.switch("hipaa").find_out,)
    purpose = need(bank.element("pe-01"), profile(bank, answers), bank)
    assert (purpose.level, purpose.possible, purpose.find_out) == (Level.MUST, None, ())


def test_with_no_answers_nothing_that_some_agency_must_have_is_out_of_view(bank: Bank) -> None:
    open_ = needs(Profile(), bank)
    assert {n.element.number for n in open_ if n.strictest is Level.MUST} == ALL
    assert {n.element.number for n in open_ if n.level is Level.MUST} == {1, 3, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 19, 28, 29, 30}
    assert all(n.find_out and n.reasons for n in open_ if n.possible)


def test_a_should_in_doubt_is_not_hidden_by_the_lack_of_a_level(bank: Bank) -> None:
    element = bank.element("pe-01").model_copy(update={"required": (Requirement(level=Level.SHOULD, when="minors=serves", why="Young."),)})
    found = need(element, Profile(), bank)
    assert (found.level, found.possible, found.reasons) == (None, Level.SHOULD, ("Young.",))
    nobody = need(element, profile(bank, {"minors": "serves-none"}), bank)
    assert (nobody.level, nobody.possible, nobody.reasons, nobody.strictest) == (None, None, (), None)


# -- which rules -----------------------------------------------------------------------------------------------------

BOUND = {
    "county child welfare": {
        "child-welfare", "foster-youth", "children-online", "public-page", "public-records", "public-employees", "log-ins", "ada-web",
        "code", "duty-to-protect",
    },
    "shelter": {"victim-services", "children-online", "private-employees", "log-ins", "code", "endorsements", "duty-to-protect"},
    "hospital": {
        "hipaa-stories", "hipaa-vendors", "504-web", "children-online", "private-employees", "log-ins", "code", "endorsements",
        "duty-to-protect",
    },
    "school district": {
        "schools", "children-online", "public-page", "public-records", "public-employees", "log-ins", "ada-web", "code", "duty-to-protect",
    },
    "solo, e-billing": {"hipaa-stories", "hipaa-vendors", "code", "endorsements", "duty-to-protect"},
    "solo, cash only": {"code", "endorsements", "duty-to-protect"},
}  # fmt: skip


@pytest.mark.parametrize("agency", AGENCIES)
def test_which_rules_bind_an_agency(bank: Bank, agency: str) -> None:
    assert rules(bank, AGENCIES[agency]) == BOUND[agency]
    assert rules(bank, AGENCIES[agency], certain=False) == set()


def test_a_rule_names_the_answer_that_it_follows_from(bank: Bank) -> None:
    bound = {b.rule.id: b for b in binding(profile(bank, AGENCIES["shelter"]), bank, TODAY)}
    assert bound["rule-victim-services"].reason == "You said that money for victim services pays for some of your work."
    speech = bound["rule-private-employees"].reason
    assert "people work for you as employees" in speech
    assert "nonprofit" in speech


def test_an_open_answer_makes_a_rule_possible_and_says_how_to_find_out(bank: Bank) -> None:
    found = binding(profile(bank, {**AGENCIES["solo, cash only"], "hipaa": None}), bank, TODAY)
    assert [b.rule.id for b in found if not b.certain] == ["rule-hipaa-stories", "rule-hipaa-vendors"]
    assert found[-1].find_out == (bank.switch("hipaa").find_out,)
    assert "missing" in found[-1].reason
    assert not any(b.find_out for b in found if b.certain)


def test_without_answers_every_rule_is_possible(bank: Bank) -> None:
    found = binding(Profile(), bank, TODAY)
    assert {b.rule.id for b in found} == set(bank.rules)
    assert not any(b.certain for b in found)


def test_each_source_of_a_rule_says_when_it_was_checked_and_whether_that_is_too_long_ago(bank: Bank) -> None:
    def page(today: dt.date) -> dict[str, Any]:
        bound = {b.rule.id: b for b in binding(profile(bank, AGENCIES["county child welfare"]), bank, today)}
        return next(s for s in bound["rule-ada-web"].sources if s["id"] == "law-ada-title2-web")

    law = bank.laws["law-ada-title2-web"]
    assert page(law.review_by)["as_of"] == law.as_of.isoformat()
    assert [page(day)["stale"] for day in (law.review_by, law.review_by + dt.timedelta(days=1))] == [False, True]


# -- conditions in three values --------------------------------------------------------------------------------------

YES, NO, OPEN = "minors=serves", "employer=nonprofit", "hipaa=covered"


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (None, True),
        (YES, True),
        (NO, False),
        (OPEN, None),
        ({"all_of": [YES, OPEN]}, None),
        ({"all_of": [NO, OPEN]}, False),
        ({"any_of": [YES, OPEN]}, True),
        ({"any_of": [NO, OPEN]}, None),
        ({"any_of": [NO, NO]}, False),
        ({"none_of": [NO]}, True),
        ({"none_of": [NO, OPEN]}, None),
        ({"none_of": [YES, OPEN]}, False),
        ({"all_of": [YES, {"none_of": [NO, {"all_of": [OPEN, NO]}]}]}, True),
    ],
)
def test_what_does_not_depend_on_an_open_answer_is_decided(bank: Bank, when: Any, holds: bool | None) -> None:
    answers = profile(bank, {"minors": "serves", "employer": "government"})
    verdict = decide(Condition.model_validate(when) if isinstance(when, dict) else when, answers)
    assert verdict.holds is holds
    assert verdict.missing == (("hipaa",) if holds is None else ())


def test_a_negation_is_explained_by_what_was_said_instead(bank: Bank) -> None:
    answers = profile(bank, {"employer": "nonprofit", "uses": ["official", "personal"]})
    verdict = decide(Condition(none_of=("employer=government",)), answers)
    assert verdict == Verdict(True, ("employer=nonprofit",))
    assert said(bank, verdict.because) == "You said that you work for a nonprofit or a company."


@pytest.mark.parametrize("defect", [{}, {"all_of": []}, {"all_of": ["a=b"], "any_of": ["a=b"]}, {"any_of": ["a"]}, {"any_of": ["a=b=c"]}])
def test_a_condition_is_exactly_one_thing(defect: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate(defect)


# -- the profile -----------------------------------------------------------------------------------------------------


def test_answers_stand_in_the_order_of_the_switchboard(bank: Bank) -> None:
    made = profile(bank, {"uses": ["personal", "official", "personal"], "employer": "nonprofit", "hipaa": None, "minors": []})
    assert list(made.answers.items()) == [("employer", ("nonprofit",)), ("uses", ("official", "personal"))]
    assert made.unanswered(bank) == tuple(id for id in bank.switches if id not in ("employer", "uses"))


def test_an_answer_that_the_switchboard_does_not_know_is_refused(bank: Bank) -> None:
    with pytest.raises(UnknownId, match="hipaa"):
        profile(bank, {"hippa": "covered"})
    with pytest.raises(ResponseError, match="covered, associate, not-covered"):
        profile(bank, {"hipaa": "yes"})
    with pytest.raises(ResponseError, match="one of"):
        profile(bank, {"hipaa": ["covered", "not-covered"]})


@pytest.mark.parametrize("answers", [*AGENCIES.values(), {}])
def test_a_profile_comes_back_as_it_was_stored(bank: Bank, answers: Any) -> None:
    made = profile(bank, answers)
    assert from_json(bank, json.loads(json.dumps(made.to_json()))) == made


def test_a_profile_of_a_newer_version_is_refused_with_what_to_do(bank: Bank) -> None:
    with pytest.raises(RecordError, match=r"newer version.*Update smtraining"):
        from_json(bank, {"schema": 2, "answers": {}, "more": True})


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "employer",
        {},
        {"schema": "1", "answers": {}},
        {"schema": True, "answers": {}},
        {"schema": 0, "answers": {}},
        {"schema": 1},
        {"schema": 1, "answers": []},
        {"schema": 1, "answers": {"employer": "nonprofit"}},
        {"schema": 1, "answers": {"employer": [1]}},
        {"schema": 1, "answers": {"hipaa": ["covered", "not-covered"]}},
    ],
)
def test_a_damaged_profile_is_refused(bank: Bank, data: Any) -> None:
    with pytest.raises(RecordError, match="profile"):
        from_json(bank, data)


def test_an_answer_that_no_longer_exists_is_open_again(bank: Bank) -> None:
    stored = {"schema": 1, "answers": {"employer": ["nonprofit"], "hipaa": ["perhaps"], "telegraph": ["yes"]}}
    assert from_json(bank, stored) == profile(bank, {"employer": "nonprofit"})


# -- the content -----------------------------------------------------------------------------------------------------


def test_every_element_can_be_drafted_from(bank: Bank) -> None:
    """Reasons, sources, pitfalls, and two or three clauses of different strictness, one of them balanced."""
    for id, element in bank.elements.items():
        assert element.required, id
        assert element.sources, id
        assert element.pitfalls, id
        kinds = [clause.strictness for clause in element.clauses]
        assert len(kinds) in (2, 3), id
        assert len(set(kinds)) == len(kinds), id
        assert "balanced" in kinds, id


def test_every_case_of_the_curriculum_shows_why_its_element_is_there(bank: Bank) -> None:
    for vignette in bank.vignettes.values():
        assert vignette.id in bank.elements[vignette.patch.element].cases


def test_every_switch_matters(bank: Bank) -> None:
    """An answer that changes neither a rule nor a need would be a question asked for nothing."""
    asked = [rule.when for rule in bank.rules.values()]
    asked += [requirement.when for element in bank.elements.values() for requirement in element.required if requirement.when]
    text = " ".join(str(when) for when in asked)
    assert [id for id in bank.switches if f"{id}=" not in text] == []


def test_the_policy_content_names_invented_platforms_and_reads_plainly(bank: Bank) -> None:
    total = reading.Count()
    for held in (bank.switches, bank.rules, bank.risks, bank.conflicts):
        for id, entry in held.items():
            for loc, text in texts_of(entry):
                assert trademark_in(text) is None, (id, loc)
                if loc[0] in {"help", "find_out", "means", "reason", "better", "next_step"}:
                    total += reading.count(text)
    assert total.grade is not None
    assert total.grade <= MAX_GRADE


# -- what an author is told ------------------------------------------------------------------------------------------

SMALL = Path(__file__).parent / "fixtures" / "bank_small"

POLICY = """
switches:
  - id: place
    question: Where?
    help: Look around.
    find_out: Ask.
    options:
      - {id: town, text: A town, said: it is a town}
      - {id: farm, text: A farm, said: it is a farm}
rules:
  - {id: rule-gate, title: Gates, when: place=farm, means: Shut them., elements: [pe-01], sources: [law-old]}
risks:
  - id: risk-gate
    title: An open gate
    applies_to: {none_of: [place=town]}
    elements: [pe-01]
    wording: {sense: offers, find: [open* ... gate]}
    reason: The goats.
    better: Shut it.
    sources: [law-old]
    case: m91-v-gate
    fires_on: [We open the old gate.]
    spares: [We never open the old gate.]
conflicts:
  - id: conflict-gate
    title: Open and shut
    first: {elements: [pe-01], sense: offers, find: [open gate]}
    second: {elements: [pe-01], sense: offers, find: [shut gate]}
    reason: Both cannot be.
    next_step: Choose.
    fires_on: [{first: Open gate., second: Shut gate.}]
    spares: [{first: Open gate., second: Open gate.}]
"""


def write(folder: Path, old: str = "", new: str = "") -> Path:
    for path in SMALL.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text())
    assert old in POLICY
    (folder / "policy.yaml").write_text(POLICY.replace(old, new, 1) if old else POLICY)
    return folder


def test_a_small_policy_is_read(tmp_path: Path) -> None:
    bank = banks.read(write(tmp_path))
    assert [b.rule.id for b in binding(profile(bank, {"place": "farm"}), bank, TODAY)] == ["rule-gate"]


@pytest.mark.parametrize(
    ("old", "new", "id", "message"),
    [
        ("when: place=farm", "when: place=fram", "rule-gate", "The switch 'place' has no option 'fram'"),
        ("when: place=farm", "when: plaice=farm", "rule-gate", "There is no switch with the id 'plaice'"),
        ("none_of: [place=town]", "none_of: [place=twon]", "risk-gate", "The switch 'place' has no option 'twon'"),
        ("{id: farm,", "{id: town,", "place", "'town' stands twice"),
        ("elements: [pe-01], sources", "elements: [pe-02], sources", "rule-gate", "no policy element with the id 'pe-02'"),
        ("case: m91-v-gate", "case: m91-post", "risk-gate", "'m91-post' is a artifact; a vignette is needed"),
        ("fires_on: [We open", "fires_on: [We shut", "risk-gate", "The rule does not fire on: We shut the old gate."),
        ("spares: [We never", "spares: [We always", "risk-gate", "The rule fires on what it should spare: We always open the old gate."),
        ("open* ... gate", "open* ...", "risk-gate", "starts or ends with '...'"),
        ("open* ... gate", "open|", "risk-gate", "an empty choice"),
        (
            "first: Open gate., second: Shut gate.",
            "first: Open gate., second: Lock gate.",
            "conflict-gate",
            "does not fire on: Open gate. / Lock",
        ),
        ("second: Open gate.}]", "second: Shut gate.}]", "conflict-gate", "fires on what it should spare: Open gate. / Shut"),
    ],
)
def test_a_defect_of_the_policy_content_is_reported_where_it_stands(tmp_path: Path, old: str, new: str, id: str, message: str) -> None:
    with pytest.raises(ContentError) as raised:
        banks.read(write(tmp_path, old, new))
    found = [(p.id, message in p.message, p.file.endswith("policy.yaml") and p.line is not None) for p in raised.value.problems]
    assert (id, True, True) in found, str(raised.value)


def test_an_element_is_checked_as_well(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "element.yaml").write_text(
        "elements:\n- {id: pe-02, number: 2, part: goals, title: Goals, why: To know why., sources: [law-new], cases: [m91-v-door],\n"
        "   required: [{level: must, when: place=sea, why: So.}],\n"
        "   clauses: [{id: a, strictness: firm, text: One.}, {id: a, strictness: light, text: Two.}]}\n"
    )
    with pytest.raises(ContentError) as raised:
        banks.read(folder)
    text = " ".join(p.message for p in raised.value.problems)
    for part in ("'law-new'", "'m91-v-door'", "no option 'sea'", "'a' stands twice"):
        assert part in text
    assert len(raised.value.problems) == 4
