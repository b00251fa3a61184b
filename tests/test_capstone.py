"""What a handed-in policy earns, part by part: worked out by hand, never more than is there, and nothing for what cannot be believed."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fixtures.capstone import (
    BEN,
    FULL,
    MIME,
    NAME,
    NONE,
    PLAN,
    REPO,
    REVIEW,
    RISKY,
    SAFETY,
    SAVED,
    balanced,
    full,
    packed,
    partial,
    save,
    stored_profile,
)
from nbformat.v4 import new_code_cell, new_notebook

from smtraining import bank as banks
from smtraining import kinds
from smtraining.bank import Bank
from smtraining.errors import GradingError
from smtraining.grading import check_policy, grade_policy, hand_in
from smtraining.grading.answers import Answers, collect
from smtraining.grading.cells import Part, PolicyCall, read
from smtraining.grading.policyparts import RULES, THIN_WORDS, Policy, wording_findings
from smtraining.grading.scoring import PolicyResult, score
from smtraining.policy.draft import Clause, Draft, SafetyPlan, TreatmentPlan
from smtraining.policy.drafts_store import Drafts


@pytest.fixture(scope="module")
def bank() -> Bank:
    return banks.load()


def taken(bank: Bank, folder: Path, *outputs: Any, choose: str = "", metadata: Any = None) -> Answers:
    """What is taken from a notebook with these outputs, and from the folder it lies in."""
    code = f'from smtraining.grading import hand_in\n\nhand_in("{choose}")'
    nb = new_notebook(cells=[new_code_cell(code, outputs=list(outputs))])
    if metadata is not None:
        nb.metadata["smtraining"] = metadata
    return collect(nb, folder, bank)


def result(part: str, answers: Answers, bank: Bank) -> PolicyResult:
    made = score(PolicyCall(item=f"x09-p-{part}", part=Part(part), points=FULL[part]), answers, bank, FULL[part])
    assert isinstance(made, PolicyResult)
    return made


def points(answers: Answers, bank: Bank) -> dict[str, float]:
    return {part: result(part, answers, bank).earned for part in FULL}


def why(part: str, draft: Draft, bank: Bank, tmp_path: Path) -> dict[str, str]:
    """What is open in a part: label -> reason."""
    account = result(part, taken(bank, tmp_path, packed(draft)), bank).account
    return {line.label: line.why for line in account.lines if not line.counts}


# --- what is there ----------------------------------------------------------------------------------------------------


def test_a_policy_that_lacks_nothing_earns_everything(bank: Bank, tmp_path: Path) -> None:
    assert points(taken(bank, tmp_path, packed(full(bank))), bank) == FULL


def test_a_policy_in_part_earns_what_was_worked_out_by_hand(bank: Bank, tmp_path: Path) -> None:
    answers = taken(bank, tmp_path, packed(partial(bank)))
    assert points(answers, bank) == BEN
    assert answers.policy.trouble is None


def test_no_policy_earns_nothing_and_is_no_trouble(bank: Bank, tmp_path: Path) -> None:
    answers = taken(bank, tmp_path)
    assert points(answers, bank) == NONE
    assert result("clauses", answers, bank).trouble is None
    assert "No draft of a policy was handed in" in result("clauses", answers, bank).score.summary


def test_an_empty_draft_earns_nothing_not_even_for_harmless_wording_or_a_date(bank: Bank, tmp_path: Path) -> None:
    empty = full(bank).model_copy(update={"clauses": {}, "plan": TreatmentPlan(), "safety": SafetyPlan()})
    assert points(taken(bank, tmp_path, packed(empty)), bank) == NONE


def test_an_answer_that_the_switchboard_lacks_counts_as_the_stricter_one(bank: Bank, tmp_path: Path) -> None:
    """A solo practice must have 19 clauses; if nobody says that it is one, all 30 may be needed."""
    solo = full(bank, "solo, cash only")
    needed = {element.id for element in policy_of(solo, bank).musts}
    draft = solo.model_copy(update={"clauses": {id: clause for id, clause in solo.clauses.items() if id in needed}})
    assert len(draft.clauses) == 19
    assert result("clauses", taken(bank, tmp_path, packed(draft)), bank).earned == 12
    unknown = result("clauses", taken(bank, tmp_path, packed(draft.model_copy(update={"profile": None}))), bank)
    assert unknown.earned == 7.6  # 19 of 30 of 12 points
    assert "switchboard was not answered" in unknown.score.summary
    broken = draft.model_copy(update={"profile": {"schema": 1, "answers": "all"}})
    assert result("clauses", taken(bank, tmp_path, packed(broken)), bank).earned == 7.6


def policy_of(draft: Draft, bank: Bank) -> Policy:
    from smtraining.grading.drafts import HandedIn

    made = Policy.of(HandedIn(draft, "notebook"), bank)
    assert made is not None
    return made


def test_the_profile_beside_the_draft_counts_if_the_draft_has_none(bank: Bank, tmp_path: Path) -> None:
    draft = full(bank).model_copy(update={"profile": None})
    solo = stored_profile(bank, "solo, cash only")
    answers = taken(bank, tmp_path, packed(draft, policy_profile=solo))
    assert "19 of the 19" in result("clauses", answers, bank).score.summary
    (tmp_path / "policy-profile.smtraining.json").write_text(json.dumps({"smtraining": "policy-profile", **solo}))
    assert "19 of the 19" in result("clauses", taken(bank, tmp_path, packed(draft)), bank).score.summary


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "It is not written."),
        ("We do not connect.", "It has 4 words; it needs 12 or more."),
        ("No. " * 40, "It repeats a few words and says little."),
        (" ".join(f"word{n}" for n in range(THIN_WORDS)), None),
        ("لا ننشر أي شيء يمكن أن يدل على هوية أي شخص نخدمه في أي مكان", None),
    ],
)
def test_a_clause_counts_if_it_says_something(bank: Bank, tmp_path: Path, text: str, reason: str | None) -> None:
    draft = full(bank).with_clause("pe-30", text=text)
    assert why("clauses", draft, bank, tmp_path) == ({"30. " + bank.elements["pe-30"].title: reason} if reason else {})
    assert result("clauses", taken(bank, tmp_path, packed(draft)), bank).earned == (11.54 if reason else 12)


def test_one_text_under_every_heading_counts_once(bank: Bank, tmp_path: Path) -> None:
    text = balanced(bank)["pe-14"]
    draft = full(bank).model_copy(update={"clauses": {id: Clause(text=text, owner="O", review_date=REVIEW) for id in bank.elements}})
    assert result("clauses", taken(bank, tmp_path, packed(draft)), bank).earned == 0.46  # 1 of 26 of 12 points
    assert "same text as under" in next(iter(why("clauses", draft, bank, tmp_path).values()))


def test_a_date_counts_until_the_day_on_which_the_draft_was_saved(bank: Bank, tmp_path: Path) -> None:
    title = "30. " + bank.elements["pe-30"].title
    draft = full(bank).with_details(review_date=None)
    draft = draft.model_copy(update={"clauses": {id: c.model_copy(update={"review_date": REVIEW}) for id, c in draft.clauses.items()}})
    assert why("upkeep", draft, bank, tmp_path) == {}
    past = draft.with_clause("pe-30", review_date=SAVED.date())
    assert why("upkeep", past, bank, tmp_path) == {title: "It has a review date that had passed when it was saved."}
    nobody = draft.with_clause("pe-30", review_date=None, owner=" ")
    assert why("upkeep", nobody, bank, tmp_path) == {title: "It has no owner and no review date."}
    assert result("upkeep", taken(bank, tmp_path, packed(nobody)), bank).earned == 3.85  # 50 of 52 halves of 4 points


def test_the_fields_of_the_plans_need_words_of_their_own(bank: Bank, tmp_path: Path) -> None:
    draft = full(bank).with_plan(need="Help", risks=PLAN.goals, review_date=None)
    assert why("plan", draft, bank, tmp_path) == {
        "Presenting need": "It has 1 word; it needs 5 or more.",
        "Our goals": "It is the same text as under “Risks”.",
        "Review of the plan": "It has no review date.",
    }
    assert result("plan", taken(bank, tmp_path, packed(draft)), bank).earned == 4.5
    assert why("safety", full(bank).with_safety(who_to_call="Ada"), bank, tmp_path) == {"Who to call": "It has 1 word; it needs 2 or more."}


# --- wording ----------------------------------------------------------------------------------------------------------


def risky(bank: Bank) -> Draft:
    return full(bank).with_clause("pe-03", text=balanced(bank)["pe-03"] + "\n\n" + RISKY)


@pytest.mark.parametrize(
    ("reason", "earned"),
    [
        (None, 3.75),
        ("It is fine", 3.75),
        ("We quote the old rule here to end it.", 5.0),
    ],
)
def test_a_risky_sentence_costs_a_quarter_unless_it_is_overruled_with_a_reason(
    bank: Bank, tmp_path: Path, reason: str | None, earned: float
) -> None:
    draft = risky(bank)
    (finding,) = wording_findings(policy_of(draft, bank))[0]
    draft = draft.with_overruled(finding.id, reason) if reason else draft
    assert result("wording", taken(bank, tmp_path, packed(draft)), bank).earned == earned
    shown = why("wording", draft, bank, tmp_path)
    assert (RISKY in "".join(shown.values())) is (earned < 5)


def test_a_reason_for_one_sentence_is_none_for_the_next(bank: Bank, tmp_path: Path) -> None:
    draft = risky(bank)
    (finding,) = wording_findings(policy_of(draft, bank))[0]
    draft = draft.with_overruled(finding.id, "We quote the old rule here to end it.")
    changed = draft.with_clause("pe-03", text=balanced(bank)["pe-03"] + "\n\nWe do not allow any use of social media at all.")
    assert result("wording", taken(bank, tmp_path, packed(changed)), bank).earned == 3.75


def test_four_open_findings_leave_nothing_and_a_fifth_takes_nothing_else(bank: Bank, tmp_path: Path) -> None:
    draft = full(bank)
    for number, id in enumerate(("pe-01", "pe-02", "pe-03", "pe-04", "pe-06"), 1):
        draft = draft.with_clause(id, text=f"{draft.clause(id).text}\n\n{RISKY}")
        expected = max(0.0, 5 - 1.25 * number)
        assert result("wording", taken(bank, tmp_path, packed(draft)), bank).earned == expected
    assert result("clauses", taken(bank, tmp_path, packed(draft)), bank).earned == 12


# --- where it is found ------------------------------------------------------------------------------------------------


def test_a_draft_counts_from_whichever_place_it_was_saved_in(bank: Bank, tmp_path: Path) -> None:
    draft, empty = partial(bank), tmp_path / "empty"
    empty.mkdir()
    save(tmp_path, draft)
    listed = {"schema": 1, "seed": None, "answers": {}, "policy_drafts": [draft.to_json()]}
    found = {
        "packed output": taken(bank, empty, packed(draft)),
        "notebook": taken(bank, empty, metadata=listed),
        "side file": taken(bank, tmp_path),
    }
    assert {source: answers.policy.source for source, answers in found.items()} == {source: source for source in found}
    for answers in found.values():
        assert answers.policy.draft == draft
        assert Answers.from_metadata(json.loads(json.dumps(answers.to_metadata()))) == answers


@pytest.mark.parametrize("newest", ["packed output", "side file"])
def test_of_copies_of_a_draft_the_one_saved_last_counts(bank: Bank, tmp_path: Path, newest: str) -> None:
    old, new = partial(bank), full(bank).model_copy(update={"id": partial(bank).id, "revision": 9})
    save(tmp_path, new if newest == "side file" else old)
    answers = taken(bank, tmp_path, packed(new if newest == "packed output" else old))
    assert (answers.policy.source, points(answers, bank)) == (newest, FULL)


def test_of_several_drafts_the_named_one_counts_else_the_one_saved_last(bank: Bank, tmp_path: Path) -> None:
    last = full(bank).model_copy(update={"changed": SAVED + dt.timedelta(days=1)})
    first = partial(bank).with_details(title="The first one")
    outputs = packed(first, last)
    assert taken(bank, tmp_path, outputs).policy.draft == last
    assert taken(bank, tmp_path, outputs, choose=first.id).policy.draft == first
    assert taken(bank, tmp_path, outputs, choose="the FIRST one").policy.draft == first
    gone = taken(bank, tmp_path, outputs, choose="another")
    assert points(gone, bank) == NONE
    assert "No draft was handed in with the name 'another'" in str(result("plan", gone, bank).trouble)


def test_times_without_a_zone_are_compared_all_the_same(bank: Bank, tmp_path: Path) -> None:
    naive = {**partial(bank).to_json(), "changed": "2026-12-24T08:00:00"}
    assert taken(bank, tmp_path, packed(full(bank), naive)).policy.draft.id == partial(bank).id  # type: ignore[union-attr]


def test_answers_are_read_though_the_drafts_beside_them_are_huge(bank: Bank, tmp_path: Path) -> None:
    held = {"schema": 1, "seed": None, "answers": {"x09-01": {"r": 1, "t": "2026-03-02T10:02:00Z", "v": "b"}}}
    answers = taken(bank, tmp_path, metadata={**held, "policy_drafts": ["x" * 3_000_000]})
    assert answers.items["x09-01"].value == "b"
    assert not answers.damaged
    assert "larger than 500,000 characters" in str(answers.policy.trouble)


# --- what cannot be believed ------------------------------------------------------------------------------------------


def forged(bank: Bank) -> dict[str, Any]:
    good = full(bank).to_json()
    return {
        "of a newer version": {**good, "schema": 2},
        "with points of its own": {**good, "points": 100},
        "no mapping": ["a policy"],
        "a number": 7,
        "of another kind": {"smtraining": "answers", **good},
        "with texts that are none": {**good, "clauses": {"pe-01": {"text": ["x"] * 20}}},
        "with a sign that cannot be printed": {**good, "clauses": {"pe-01": {"text": "A bell \x07 rings."}}},
        "with a name that leads out of the folder": {**good, "id": "../../gradebook"},
        "with a date that is none": {**good, "review_date": "soon"},
        "with a revision below nothing": {**good, "revision": -1},
        "with a text as long as a book": {**good, "clauses": {"pe-01": {"text": "x " * 400_000}}},
        "no number": {**good, "revision": float("nan")},
    }


@pytest.mark.parametrize("how", forged(banks.load()))
def test_a_forged_draft_is_flagged_and_earns_nothing(bank: Bank, tmp_path: Path, how: str) -> None:
    stored = forged(bank)[how]
    answers = taken(bank, tmp_path, packed(), metadata={"schema": 1, "answers": {}, "policy_drafts": [stored]})
    assert points(answers, bank) == NONE
    trouble = result("clauses", answers, bank).trouble
    assert trouble is not None
    assert trouble.startswith("A draft was handed in and cannot be read.")
    assert ("newer version" in trouble) is (how == "of a newer version")
    assert answers.policy.remarks


@pytest.mark.parametrize("how", ["link", "folder", "damaged", "bytes", "huge"])
def test_a_file_that_is_no_draft_is_flagged_and_not_followed(bank: Bank, tmp_path: Path, how: str) -> None:
    other, mine = tmp_path / "other", tmp_path / "mine"
    path = mine / "policy-drafts" / "ada-policy-a1a1a1.smtpolicy.json"
    path.parent.mkdir(parents=True)
    match how:
        case "link":
            path.symlink_to(save(other, full(bank)))
        case "folder":
            path.mkdir()
        case "damaged":
            path.write_text(save(other, full(bank)).read_text()[:-40])
        case "bytes":
            path.write_bytes(b"\xff\xfe\x00")
        case "huge":
            path.write_text(" " * 1_100_000 + json.dumps(full(bank).to_json()))
    answers = taken(bank, mine)
    assert points(answers, bank) == NONE
    assert "cannot be read" in str(result("clauses", answers, bank).trouble)


def test_a_link_to_the_drafts_of_somebody_else_is_not_followed(bank: Bank, tmp_path: Path) -> None:
    save(tmp_path / "other", full(bank))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "policy-drafts").symlink_to(tmp_path / "other" / "policy-drafts")
    assert points(taken(bank, tmp_path / "mine"), bank) == NONE


def test_one_damaged_draft_does_not_cost_the_good_one_but_a_person_looks(bank: Bank, tmp_path: Path) -> None:
    newer = {**partial(bank).to_json(), "schema": 2}
    answers = taken(bank, tmp_path, packed(full(bank), newer))
    assert points(answers, bank) == FULL
    assert "may have been meant" in str(result("plan", answers, bank).trouble)
    chosen = taken(bank, tmp_path, packed(full(bank), newer), choose=full(bank).id)
    assert result("plan", chosen, bank).trouble is None
    meant = taken(bank, tmp_path, packed(full(bank), newer), choose=partial(bank).id)
    assert points(meant, bank) == NONE
    assert "newer version" in str(result("plan", meant, bank).trouble)


def test_a_damaged_copy_of_a_good_draft_costs_nothing(bank: Bank, tmp_path: Path) -> None:
    save(tmp_path, full(bank)).write_text("{")
    answers = taken(bank, tmp_path, packed(full(bank)))
    assert points(answers, bank) == FULL
    assert answers.policy.trouble is None
    assert "is damaged" in answers.policy.remarks[0]


def test_clauses_on_elements_that_do_not_exist_earn_nothing_and_stop_nothing(bank: Bank, tmp_path: Path) -> None:
    clause = Clause(text=balanced(bank)["pe-14"] + " And one more sentence of ours.", owner="O")
    draft = full(bank).model_copy(update={"clauses": {"pe-99": clause, "__class__": clause, "": clause}})
    assert points(taken(bank, tmp_path, packed(draft)), bank) == NONE | {"plan": 6.0, "safety": 7.0}


def test_hostile_text_is_read_to_its_end(bank: Bank, tmp_path: Path) -> None:
    """Sentences without an end, long words, many halves: as bad for patterns as such texts can be. One that blows up hangs here."""
    texts = ["we do not " * 4_000, "a" * 40_000, "and we " * 5_700, "comments delete hide " * 1_900, "not " * 10_000, "( " * 20_000]
    clauses = {id: Clause(text=text) for id, text in zip(bank.elements, texts, strict=False)}
    assert points(taken(bank, tmp_path, packed(full(bank).model_copy(update={"clauses": clauses}))), bank)["clauses"] == 0


# --- the cell ---------------------------------------------------------------------------------------------------------

CELL = 'from smtraining.grading import check_policy\n\ncheck_policy("plan")\nfrom smtraining.grading import grade_policy\n\n'


def test_a_cell_is_read_and_not_run() -> None:
    call = read(CELL + 'grade_policy("x09-p-plan", part="plan", points=6)', "x09-p-plan")
    assert call == PolicyCall(item="x09-p-plan", part=Part.PLAN, points=6)
    for wrong, complaint in (
        ('grade_policy("x09-p-plan", part="spelling", points=6)', "'part'"),
        ('grade_policy("x09-p-plan", part="plan", points=0)', "'points'"),
        ('grade_policy("x09-p-plan", part="plan", points=6)\ncheck_policy("plan")', "must be the last"),
        ('grade_policy("x09-p-plan", part="plan", points=open("x"))', "not a literal"),
    ):
        with pytest.raises(GradingError) as caught:
            read(CELL + wrong, "x09-p-plan")
        assert complaint in str(caught.value)


def test_the_function_gives_the_same_points_as_the_graders(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, partial(bank))
    monkeypatch.chdir(tmp_path)
    found = {part: grade_policy(f"x09-p-{part}", part=part, points=FULL[part]) for part in FULL}
    assert found == BEN
    assert all(type(value) is float for value in found.values())


def test_the_function_fails_rather_than_score_what_it_cannot_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert grade_policy("x09-p-plan", part="plan", points=6) == 0.0
    save(tmp_path, {"id": "a", "schema": 2})
    with pytest.raises(GradingError, match="newer version"):
        grade_policy("x09-p-plan", part="plan", points=6)
    with pytest.raises(GradingError, match="part"):
        grade_policy("x09-p-plan", part="spelling", points=6)


def test_the_learner_is_told_what_is_open(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    check_policy("clauses")
    save(tmp_path, partial(bank))
    check_policy("clauses")
    check_policy("no such part")
    told = " ".join(capsys.readouterr().out.split())
    assert "No draft of a policy was handed in" in told
    assert "12 of the 26 clauses that this policy must have are there." in told
    assert f"- 19. {bank.elements['pe-19'].title}: It has 4 words; it needs 12 or more." in told
    assert "could not look" in told


# --- choosing what is handed in ---------------------------------------------------------------------------------------


def test_the_chosen_draft_travels_in_the_output_of_the_cell(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kept = Drafts(tmp_path).save(full(bank).model_copy(update={"revision": 0}))
    shown = hand_in()._repr_mimebundle_()
    assert set(shown[MIME]["policy_drafts"]) == {kept.id}
    assert "This draft is handed in" in shown["text/plain"]
    (tmp_path / "elsewhere").mkdir()
    output = {"output_type": "display_data", "metadata": {}, "data": json.loads(json.dumps(shown))}
    answers = taken(bank, tmp_path / "elsewhere", output)
    assert answers.policy.draft == kept


def test_drafts_of_the_lessons_are_found_and_copied_beside_the_exercise(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons, exercise = tmp_path / "notebooks", tmp_path / "exercises" / NAME
    exercise.mkdir(parents=True)
    lessons.mkdir()
    monkeypatch.chdir(exercise)
    assert "There is no draft of a policy here yet." in hand_in().text
    assert MIME not in hand_in()._repr_mimebundle_()
    draft = Drafts(lessons).save(full(bank).model_copy(update={"revision": 0}))
    other = Drafts(lessons).save(partial(bank).model_copy(update={"revision": 0}))
    told = hand_in(draft.id)
    assert "a copy now lies beside this notebook" in told.text
    assert f'hand_in("{other.id}")' in told.text
    assert Drafts(exercise).open(draft.id) == draft
    assert [listed.id for listed in Drafts(exercise).list()] == [draft.id]
    assert points(taken(bank, exercise), bank) == FULL
    # It goes on there: the copy becomes the newer one, and is not undone by the next run.
    newer = Drafts(exercise).save(draft.with_details(version="Draft 2"))
    assert hand_in(draft.id).data["policy_drafts"][draft.id]["version"] == "Draft 2"  # type: ignore[index]
    assert Drafts(exercise).open(draft.id) == newer


def test_a_name_that_no_draft_has_hands_in_nothing_and_says_so(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path, full(bank))
    save(tmp_path, {"id": "broken", "schema": 2})
    told = hand_in("<b>nobody</b>")
    assert "nothing is handed in yet" in told.text
    assert "newer version" in told.text
    assert "<b>" not in told.html
    assert told.data is None


# --- what is handed out -----------------------------------------------------------------------------------------------


def _cells(folder: str) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads((REPO / folder / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))["cells"]]


def test_the_exercise_prints_every_rule_and_what_it_is_worth() -> None:
    printed = "\n".join(_cells("exercises"))
    for part, worth in FULL.items():
        assert f"| {worth:g} | {RULES[Part(part)]} |" in printed


def test_the_policy_to_read_stands_above_the_text_about_it() -> None:
    """Formgrader shows the cells in this order: the clauses' cell holds the whole policy."""
    cells = _cells("solutions")
    clauses = next(n for n, source in enumerate(cells) if 'grade_policy("x09-p-clauses"' in source)
    assert cells[clauses + 1].startswith("## What to read first")


def test_the_rule_of_a_single_choice_fits_a_question_of_several_points(bank: Bank) -> None:
    question = bank.question("x09-01")
    assert (question.kind, question.points) == ("single", 2)
    key = kinds.make_key(question, {"correct": "b", "feedback": dict.fromkeys("abcd", "Why."), "rationale": "So."})
    rule = kinds.score(question, "b", key).rule
    assert "One option is right" in rule
    assert "point" not in rule


def test_importing_the_grading_loads_no_writer_of_documents() -> None:
    heavy = {"docx", "anywidget", "ipywidgets", "pandas", "IPython", "nbgrader", "nbformat"}
    code = f"import sys; import smtraining.grading; print(sorted({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_plans_of_the_fixture_are_what_they_claim() -> None:
    assert all(getattr(PLAN, name) for name in TreatmentPlan.model_fields)
    assert all(getattr(SAFETY, name) for name in SafetyPlan.model_fields)
