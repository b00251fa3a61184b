"""The gap report: what is missing, thin, risky or contradictory in a draft, and which law to look up again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from policy_profiles import AGENCIES

from smtraining import bank as banks
from smtraining.bank import Bank
from smtraining.errors import UnknownId
from smtraining.policy.gaps import THIN_WORDS, Finding, GapReport, Kind, report
from smtraining.policy.profile import Profile, profile
from smtraining.policy.risks import conflicts, risks

TODAY = dt.date(2026, 11, 23)
LATER = dt.date(2027, 6, 1)
"""After the review dates of the law that moves, before those of the settled law."""

LONG = "This clause says in some detail who does what, at what time, and whom to call if it goes wrong."


@pytest.fixture(scope="module")
def bank() -> Bank:
    return banks.load()


@pytest.fixture(scope="module")
def balanced(bank: Bank) -> dict[str, str]:
    """A draft made of the balanced sample clauses, word for word."""
    return {id: next(c.text for c in element.clauses if c.strictness == "balanced") for id, element in bank.elements.items()}


def gaps(bank: Bank, agency: str, clauses: dict[str, str], today: dt.date = TODAY, **more: Any) -> GapReport:
    return report(profile(bank, AGENCIES[agency]), clauses, bank, today, **more)


def only(found: GapReport, kind: Kind) -> list[Finding]:
    return [finding for finding in found.findings if finding.kind is kind]


# -- missing and thin ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agency", "musts", "shoulds"),
    [
        ("county child welfare", 28, 2),
        ("shelter", 26, 4),
        ("hospital", 27, 3),
        ("school district", 27, 3),
        ("solo, e-billing", 21, 9),
        ("solo, cash only", 19, 11),
    ],
)
def test_an_empty_draft_lacks_everything_and_nothing_else_is_wrong_with_it(bank: Bank, agency: str, musts: int, shoulds: int) -> None:
    found = gaps(bank, agency, {})
    zeros = dict.fromkeys(Kind, 0)
    assert found.counts == zeros | {Kind.MISSING_MUST: musts, Kind.MISSING_SHOULD: shoulds}
    assert (len(found.musts), found.musts_written, found.written) == (musts, (), ())


@pytest.mark.parametrize("agency", AGENCIES)
def test_a_draft_of_the_balanced_clauses_has_no_gap(bank: Bank, balanced: dict[str, str], agency: str) -> None:
    found = gaps(bank, agency, balanced)
    assert found.findings == ()
    assert found.musts_written == found.musts


def test_what_is_missing_is_named_with_its_reason_its_case_and_what_to_do(bank: Bank, balanced: dict[str, str]) -> None:
    draft = {**balanced, "pe-14": " \n", "pe-22": ""}
    first, second = gaps(bank, "county child welfare", draft).findings
    assert (first.id, first.kind, first.elements, first.case) == ("missing-must:pe-14", Kind.MISSING_MUST, ("pe-14",), "m03-v-mural")
    assert "What is never posted" in first.message
    assert bank.elements["pe-14"].required[0].why in first.message
    assert "sample clauses" in first.next_step
    assert (second.id, second.kind) == ("missing-should:pe-22", Kind.MISSING_SHOULD)


def test_an_open_answer_makes_a_gap_possible_and_says_how_to_find_out(bank: Bank, balanced: dict[str, str]) -> None:
    answers = profile(bank, {**AGENCIES["solo, cash only"], "hipaa": None})
    draft = {id: text for id, text in balanced.items() if id != "pe-05"}
    (finding,) = report(answers, draft, bank, TODAY).findings
    assert (finding.id, finding.find_out) == ("missing-perhaps:pe-05", (bank.switch("hipaa").find_out,))
    assert finding.next_step.startswith("Find out")


@pytest.mark.parametrize(("words", "thin"), [(1, True), (THIN_WORDS - 1, True), (THIN_WORDS, False)])
def test_a_clause_of_a_few_words_is_too_thin(bank: Bank, balanced: dict[str, str], words: int, thin: bool) -> None:
    text = " ".join(["Ask"] + ["again"] * (words - 1)) + "."
    found = gaps(bank, "shelter", {**balanced, "pe-02": text})
    assert [f.id for f in found.findings] == (["too-thin:pe-02"] if thin else [])
    if thin:
        assert f"{words} word" in found.findings[0].message


def test_a_clause_in_another_script_is_counted_in_words(bank: Bank, balanced: dict[str, str]) -> None:
    arabic = "لا ننشر أي شيء يمكن أن يدل على هوية أي شخص نخدمه في أي مكان"
    assert gaps(bank, "shelter", {**balanced, "pe-14": arabic}).findings == ()


def test_an_element_that_does_not_exist_is_refused(bank: Bank) -> None:
    with pytest.raises(UnknownId, match="pe-30"):
        report(Profile(), {"pe-33": LONG}, bank, TODAY)


# -- risky wording ---------------------------------------------------------------------------------------------------

EXAMPLES = [
    pytest.param(rule.id, text, fires, id=f"{rule.id}-{'fires' if fires else 'spares'}-{number}")
    for rule in banks.load().risks.values()
    for fires, texts in ((True, rule.fires_on), (False, rule.spares))
    for number, text in enumerate(texts)
]


@pytest.mark.parametrize(("id", "text", "fires"), EXAMPLES)
def test_every_example_of_every_risk_rule(bank: Bank, id: str, text: str, fires: bool) -> None:
    element = next(iter(bank.risks[id].elements), "pe-01")
    assert (id in {risk.rule.id for risk in risks(Profile(), {element: text}, bank)}) is fires


def test_every_risk_rule_proves_itself_on_three_sentences_of_each_sort(bank: Bank) -> None:
    assert len(bank.risks) >= 12
    for rule in bank.risks.values():
        assert len(rule.fires_on) >= 3, rule.id
        assert len(rule.spares) >= 3, rule.id


def test_no_text_that_we_offer_is_risky(bank: Bank) -> None:
    """Sample clauses, the clauses of the cases and the better wordings, for agencies of which nothing is known."""
    offered = [(id, clause.text) for id, element in bank.elements.items() for clause in element.clauses]
    offered += [(v.patch.element, clause.text) for v in bank.vignettes.values() for clause in v.patch.clauses]
    offered += [(element, rule.better) for rule in bank.risks.values() for element in rule.elements or ("pe-01", "pe-14", "pe-29")]
    for element, text in offered:
        assert [(risk.rule.id, risk.found) for risk in risks(Profile(), {element: text}, bank)] == []


def test_a_risky_sentence_is_quoted_with_reason_case_and_better_wording(bank: Bank, balanced: dict[str, str]) -> None:
    sentence = "Stories are fine as long as clients’ names have been changed."
    draft = {**balanced, "pe-14": f"Think before you post. {sentence} Ask your supervisor if you are not sure about a post."}
    (finding,) = gaps(bank, "shelter", draft).findings
    rule = bank.risks["risk-changed-names"]
    assert (finding.kind, finding.elements, finding.quotes) == (Kind.RISKY, ("pe-14",), (sentence,))
    assert (finding.better, finding.case, finding.sources) == (rule.better, "m03-v-composite", rule.sources)
    assert rule.reason in finding.message
    assert finding.find_out == ()


@pytest.mark.parametrize(("agency", "fires"), [("county child welfare", True), ("school district", True), ("shelter", False)])
def test_a_rule_for_governments_leaves_others_alone(bank: Bank, balanced: dict[str, str], agency: str, fires: bool) -> None:
    draft = {**balanced, "pe-21": f"{balanced['pe-21']} We delete negative comments."}
    found = gaps(bank, agency, draft)
    assert [f.id.split(":")[1] for f in found.findings] == (["risk-delete-critics"] if fires else [])


def test_a_rule_that_may_apply_is_shown_with_how_to_find_out(bank: Bank, balanced: dict[str, str]) -> None:
    draft = {**balanced, "pe-21": f"{balanced['pe-21']} We delete negative comments."}
    answers = profile(bank, {**AGENCIES["shelter"], "government": None})
    (finding,) = [f for f in report(answers, draft, bank, TODAY).findings if f.kind is Kind.RISKY]
    assert finding.find_out == (bank.switch("government").find_out,)


# -- conflicts -------------------------------------------------------------------------------------------------------


def test_every_example_of_every_conflict(bank: Bank) -> None:
    for rule in bank.conflicts.values():
        for fires, pairs in ((True, rule.fires_on), (False, rule.spares)):
            for pair in pairs:
                draft = {rule.first.elements[0]: pair.first}
                second = next(element for element in rule.second.elements if element not in draft)
                ids = {found.rule.id for found in conflicts({**draft, second: pair.second}, bank)}
                assert (rule.id in ids) is fires, (rule.id, pair)


@pytest.mark.parametrize("strictness", ["firm", "balanced", "light"])
def test_the_sample_clauses_of_one_strictness_do_not_contradict_each_other(bank: Bank, strictness: str) -> None:
    draft = {id: c.text for id, element in bank.elements.items() for c in element.clauses if c.strictness == strictness}
    assert conflicts(draft, bank) == []


def test_two_clauses_against_each_other_are_one_finding_for_both(bank: Bank, balanced: dict[str, str]) -> None:
    one = "We do not communicate with clients by direct message on any platform, and an automatic reply says where to call."
    two = "You can book or move an appointment by direct message, on workdays from nine to five."
    found = gaps(bank, "hospital", {**balanced, "pe-08": one, "pe-13": f"{balanced['pe-13']} {two}"})
    (finding,) = found.findings
    assert (finding.kind, finding.elements, finding.quotes) == (Kind.CONFLICT, ("pe-08", "pe-13"), (one, two))
    assert found.of("pe-08") == found.of("pe-13") == (finding,)
    assert found.of("pe-14") == ()


def test_a_clause_can_contradict_itself(bank: Bank) -> None:
    text = "Direct messages with clients are not allowed. Message us anytime if you have a question about your visit."
    (found,) = conflicts({"pe-08": text}, bank)
    assert found.elements == ("pe-08", "pe-08")
    (finding,) = only(gaps(bank, "hospital", {"pe-08": text}), Kind.CONFLICT)
    assert finding.elements == ("pe-08",)


# -- law to look up again --------------------------------------------------------------------------------------------


def test_law_past_its_review_names_the_written_clauses_that_it_touches(bank: Bank, balanced: dict[str, str]) -> None:
    draft = {id: balanced[id] for id in ("pe-02", "pe-12", "pe-28")}
    assert only(gaps(bank, "county child welfare", draft), Kind.LAW_TO_CHECK) == []
    found = only(gaps(bank, "county child welfare", draft, LATER), Kind.LAW_TO_CHECK)
    assert {finding.sources[0]: finding.elements for finding in found} == {
        "law-ada-title2-web": ("pe-12",),
        "law-988": ("pe-28",),
    }
    assert all(str(bank.laws[f.sources[0]].as_of) in f.message for f in found)


def test_law_that_binds_others_is_left_out(bank: Bank, balanced: dict[str, str]) -> None:
    """The clause on stories cites the rule on substance-use records, which binds programs of that kind only."""
    draft = {"pe-15": balanced["pe-15"]}

    def stale(answers: Any) -> set[str]:
        found = report(profile(bank, answers), draft, bank, LATER)
        return {finding.sources[0] for finding in only(found, Kind.LAW_TO_CHECK)}

    assert "law-part2" not in stale(AGENCIES["hospital"])
    assert "law-part2" in stale({**AGENCIES["hospital"], "substance-use": "program"})
    assert "law-part2" in stale({**AGENCIES["hospital"], "substance-use": None})


def test_a_rule_that_binds_touches_its_elements_too(bank: Bank, balanced: dict[str, str]) -> None:
    """Nothing in the element on devices cites the law on children online; the rule that binds those who serve children does."""
    draft = {"pe-05": balanced["pe-05"]}
    assert [f.sources for f in only(gaps(bank, "shelter", draft, LATER), Kind.LAW_TO_CHECK)] == [("law-coppa",)]
    assert only(gaps(bank, "solo, cash only", draft, LATER), Kind.LAW_TO_CHECK) == []


# -- overruling ------------------------------------------------------------------------------------------------------


def test_an_overruled_finding_is_kept_apart_and_not_counted(bank: Bank, balanced: dict[str, str]) -> None:
    draft = {**balanced, "pe-24": "", "pe-14": "Change the name before you post a story, and think of places and days as well."}
    before = gaps(bank, "shelter", draft)
    assert [finding.kind for finding in before.findings] == [Kind.MISSING_MUST, Kind.RISKY]
    risky = before.findings[1]
    after = gaps(bank, "shelter", draft, overruled={risky.id, "no-such-finding"})
    assert (after.findings, after.overruled) == (before.findings[:1], (risky,))
    assert after.counts[Kind.RISKY] == 0


def test_overruling_ends_when_the_sentence_changes_and_not_when_its_spacing_does(bank: Bank) -> None:
    def ids(text: str) -> list[str]:
        return [finding.id for finding in only(gaps(bank, "shelter", {"pe-14": text}), Kind.RISKY)]

    first = ids("Change the name before you post a story.")
    assert ids("Think twice.\n\nchange the  name before\nyou post a story.") == first
    assert ids("Change the name before you post any story.") != first


def test_findings_have_ids_of_their_own_and_the_most_pressing_stand_first(bank: Bank) -> None:
    sentence = "Stories are fine as long as names have been changed."
    draft = {
        "pe-02": "Me.",
        "pe-08": "Direct messages with clients are not allowed.",
        "pe-13": f"Message us anytime. {sentence}",
        "pe-14": f"{sentence} Change the name before you post.",
        "pe-28": LONG,
    }
    answers = profile(bank, {**AGENCIES["solo, cash only"], "hipaa": None})
    found = report(answers, draft, bank, LATER).findings
    assert len({finding.id for finding in found}) == len(found)
    kinds = [finding.kind for finding in found]
    assert list(dict.fromkeys(kinds)) == list(Kind)
    assert kinds == sorted(kinds, key=list(Kind).index)
    assert sum(kind is Kind.RISKY for kind in kinds) == 3
