"""The policy check: what it finds in a policy that somebody else wrote, what it lacks, what is risky, and what its reader overrules."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from policy_profiles import AGENCIES

import smtraining as smt
from benchmarks import policy_check_accuracy
from smtraining import bank as banks
from smtraining import cli
from smtraining.authoring import catalogue
from smtraining.bank import Bank
from smtraining.bank import evidence as proofs
from smtraining.models import Evidence
from smtraining.policy import check_page, check_text, overrules
from smtraining.policy.check import CheckReport, Weight, check
from smtraining.policy.checkfile import checked
from smtraining.policy.evidence import Status, evidence
from smtraining.policy.extract import ExtractedText, Passage, text_of
from smtraining.policy.profile import Profile, profile
from smtraining.policy.profile_store import FILE_NAME, ProfileStore

ROOT = Path(__file__).parents[1]

POLICY = """# Harbor House: using social media

## Scope

These rules apply to all employees, volunteers and board members.

## Our pages

We use social media to tell families in the valley which services are open to them.

Two administrators are named for each page. When one of them leaves, their access ends the same day.

## Friend requests

Please do not send them to clients, and do not accept any either.

## Comments

We reserve the right to remove comments that are profane or off topic.

Staff must not:

- post pictures of clients
- search for clients online
"""


@pytest.fixture(scope="module")
def bank() -> Bank:
    return banks.load()


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "handbook.md"
    file.write_text(POLICY, "utf-8")
    return file


def passages(*texts: str, heading: str = "") -> ExtractedText:
    return ExtractedText("policy.txt", tuple(Passage(text, f"line {n}", heading) for n, text in enumerate(texts, start=1)))


def report(bank: Bank, file: Path, agency: str | None = None, reasons: dict[str, str] | None = None) -> CheckReport:
    return check(text_of(file), profile(bank, AGENCIES[agency]) if agency else Profile(), bank, reasons)


# -- the rules themselves --------------------------------------------------------------------------------------------

EXAMPLES = [
    pytest.param(rule, text, shows, id=f"{rule.id}-{'shows' if shows else 'spares'}-{number}")
    for rule in banks.load().evidence.values()
    for shows, texts in ((True, rule.shows_on), (False, rule.spares))
    for number, text in enumerate(texts)
]


@pytest.mark.parametrize(("rule", "text", "shows"), EXAMPLES)
def test_every_example_of_every_evidence_rule(bank: Bank, rule: Evidence, text: str, shows: bool) -> None:
    title, _, rest = text.partition("\n") if text.startswith("# ") else ("", "", text)
    seen = evidence(passages(rest, heading=title.removeprefix("# ")), bank)[rule.element]
    assert (seen.status is Status.FOUND) is shows


def test_every_element_has_its_evidence_and_two_proofs_of_it(bank: Bank) -> None:
    assert {rule.element for rule in bank.evidence.values()} == set(bank.elements)
    assert all(len(rule.shows_on) >= 2 for rule in bank.evidence.values())


def test_a_rule_that_does_not_do_what_it_says_is_no_valid_content() -> None:
    rule = Evidence(
        id="ev-x", element="pe-01", says="Bread.", find=("bread",), shows_on=("We bake bread.", "We bake cake."), spares=("No bread.",)
    )
    assert [defect.split(":")[0] for defect in proofs.misbehaving(rule)] == ["The rule finds no evidence in", "The rule takes for evidence"]
    assert proofs.check(rule.model_copy(update={"under": ("cake",)})) == ["'under' needs 'headings': it counts below those only."]
    assert "'(a)'" in proofs.check(rule.model_copy(update={"hints": ("(a)",)}))[0]


@pytest.mark.parametrize("strictness", ["firm", "balanced"])
def test_a_policy_of_our_own_clauses_has_every_element(bank: Bank, strictness: str) -> None:
    clauses = [(e, c) for e in bank.elements.values() for c in e.clauses if c.strictness == strictness]
    seen = evidence(passages(*(clause.text for _, clause in clauses)), bank)
    assert [element.id for element, _ in clauses if seen[element.id].status is not Status.FOUND] == []


# -- what is found ---------------------------------------------------------------------------------------------------


def test_evidence_is_quoted_word_for_word_with_its_place(bank: Bank, policy: Path) -> None:
    found = {one.element.id: one.seen for one in report(bank, policy).elements}
    assert [id for id, seen in found.items() if seen.status is Status.FOUND] == [
        "pe-01",
        "pe-03",
        "pe-06",
        "pe-09",
        "pe-14",
        "pe-19",
        "pe-21",
    ]
    (scope,) = found["pe-03"].quotes
    assert (scope.sentence, scope.where, scope.heading) == (
        "These rules apply to all employees, volunteers and board members.",
        "line 5",
        "Scope",
    )
    assert [quote.where for quote in found["pe-06"].quotes] == ["line 11", "line 11"]


def test_a_heading_lends_its_words_to_the_sentence_below(bank: Bank) -> None:
    sentence = "Please understand that this cannot be done with anybody whom we see here."
    assert evidence(passages(sentence, heading="Friending"), bank)["pe-19"].status is Status.FOUND
    assert evidence(passages(sentence), bank)["pe-19"].status is Status.MISSING


def test_an_item_of_a_list_is_read_with_the_words_that_open_the_list(bank: Bank, policy: Path) -> None:
    found = {one.element.id: one.seen.quotes for one in report(bank, policy).elements}
    (search,) = found["pe-09"]
    assert (search.sentence, search.lead) == ("- search for clients online", "Staff must not:")
    assert evidence(passages("- pictures of clients", "- coffee"), bank)["pe-14"].status is Status.MISSING


def test_a_list_ends_where_the_marks_change(tmp_path: Path) -> None:
    (tmp_path / "code.txt").write_text(
        "B. Staff must not post:\n1. names\n2. pictures\nC. Staff may post about books:\n- new ones\n", "utf-8"
    )
    assert [(p.text[:2], p.lead) for p in text_of(tmp_path / "code.txt").passages] == [
        ("B.", ""),
        ("1.", "Staff must not post:"),
        ("2.", "Staff must not post:"),
        ("C.", ""),
        ("- ", "Staff may post about books:"),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "There is no rule on friend requests yet.",
        "This policy does not address friend requests.",
        "Friend requests are covered in a separate policy.",
    ],
)
def test_a_sentence_that_says_there_is_no_rule_is_no_evidence(bank: Bank, sentence: str) -> None:
    assert evidence(passages(sentence), bank)["pe-19"].status is Status.MISSING


def test_words_without_a_rule_are_pointed_out_and_not_counted(bank: Bank) -> None:
    shown = check(passages("Last reviewed on 3 May 2021."), Profile(), bank).elements[1]
    assert (shown.seen.status, shown.present) == (Status.HINTED, False)
    assert shown.seen.quotes[0].sentence == "Last reviewed on 3 May 2021."


# -- what is missing, by profile -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("agency", "must"), [("county child welfare", 21), ("shelter", 20), ("solo, cash only", 13)])
def test_what_is_missing_is_weighed_by_the_profile(bank: Bank, policy: Path, agency: str, must: int) -> None:
    found = report(bank, policy, agency)
    assert found.counts[Weight.MUST] == must
    assert found.counts[Weight.PERHAPS] == 0
    assert sum(found.counts.values()) + len(found.found) == 30
    assert not found.passes


def test_without_a_profile_it_says_what_it_assumes_and_how_to_make_one(bank: Bank, policy: Path) -> None:
    found = report(bank, policy)
    assert found.counts[Weight.PERHAPS] > 0
    said = " ".join(check_text.text(found, bank).split())
    assert "No profile of your agency was given" in said
    assert "smt.switchboard()" in said
    assert "No profile" not in check_text.text(report(bank, policy, "shelter"), bank)


def test_a_profile_with_open_questions_names_them(bank: Bank, policy: Path) -> None:
    answers = profile(bank, {**AGENCIES["shelter"], "hipaa": None})
    found = check(text_of(policy), answers, bank)
    assert found.open_questions == (bank.switch("hipaa").question,)
    assert bank.switch("hipaa").question in " ".join(check_text.text(found, bank).split())


# -- what is risky ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("agency", "risky"), [("county child welfare", True), ("shelter", False)])
def test_risky_wording_is_found_for_those_whom_it_concerns(bank: Bank, policy: Path, agency: str, risky: bool) -> None:
    found = report(bank, policy, agency).open_risks
    assert [(risk.rule.id, risk.certain) for risk in found] == ([("risk-delete-critics", True)] if risky else [])
    if risky:
        assert found[0].quote.sentence == "We reserve the right to remove comments that are profane or off topic."
        said = " ".join(check_text.text(report(bank, policy, agency), bank).split())
        assert found[0].rule.reason in said
        assert bank.vignettes[found[0].rule.case or ""].title in said
        assert bank.source("law-lindke").label in said


def test_a_risk_in_an_item_of_a_list_is_found_and_one_that_may_concern_you_is_marked(bank: Bank) -> None:
    text = Passage("- are clearly off topic;", "line 9", lead="We reserve the right to delete comments that:")
    (risk,) = check(ExtractedText("p.md", (text,)), Profile(), bank).risks
    assert (risk.rule.id, risk.certain) == ("risk-delete-critics", False)
    assert check(ExtractedText("p.md", (text,)), Profile(), bank).open_risks[0].find_out


def whole_policy(bank: Bank) -> ExtractedText:
    return passages(*(next(c.text for c in e.clauses if c.strictness == "balanced") for e in bank.elements.values()))


def test_a_whole_policy_without_risk_passes_and_with_one_risk_does_not(bank: Bank) -> None:
    county = profile(bank, AGENCIES["county child welfare"])
    good = whole_policy(bank)
    assert check(good, county, bank).passes
    worse = ExtractedText(good.name, (*good.passages, Passage("We delete negative comments.", "line 99")))
    assert not check(worse, county, bank).passes
    assert check(worse, profile(bank, AGENCIES["shelter"]), bank).passes


# -- overruling ------------------------------------------------------------------------------------------------------


def test_a_reader_overrules_each_sort_of_finding_with_a_reason(bank: Bank, policy: Path) -> None:
    before = report(bank, policy, "county child welfare")
    scope = next(one for one in before.found if one.element.id == "pe-03")
    (risk,) = before.open_risks
    reasons = {"missing:pe-08": "It is in our phone rules.", scope.id: "That was last year's scope.", risk.id: "Our lawyer wrote it."}
    after = report(bank, policy, "county child welfare", reasons)
    present = {one.element.id for one in after.found}
    assert ("pe-08" in present, "pe-03" in present) == (True, False)
    assert after.open_risks == ()
    assert after.overruled == reasons
    said = check_text.text(after, bank)
    assert all(reason in said for reason in reasons.values())


def test_overruling_ends_when_the_sentence_changes(bank: Bank, policy: Path) -> None:
    (risk,) = report(bank, policy, "county child welfare").open_risks
    policy.write_text(POLICY.replace("profane or off topic", "spam, rude or off topic"), "utf-8")
    assert len(report(bank, policy, "county child welfare", {risk.id: "Fine."}).open_risks) == 1


def test_reasons_are_kept_beside_the_policy_and_can_be_taken_back(bank: Bank, policy: Path) -> None:
    checked(policy, bank, changes={"missing:pe-08": "It is in our phone rules."})
    stored = json.loads(overrules.beside(policy).read_text("utf-8"))
    assert stored["overruled"]["missing:pe-08"]["reason"] == "It is in our phone rules."
    assert checked(policy, bank).overruled == {"missing:pe-08": "It is in our phone rules."}
    assert checked(policy, bank, changes={"missing:pe-08": None}).overruled == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "damaged"), ('{"smtraining": "policy-overrules", "schema": 9, "overruled": {}}', "newer version"), ("[]", "damaged")],
)
def test_a_file_of_reasons_that_cannot_be_read_is_left_as_it_is(
    capsys: pytest.CaptureFixture[str], policy: Path, content: str, said: str
) -> None:
    overrules.beside(policy).write_text(content)
    assert cli.main(["policy", "check", str(policy), "--set-aside", "missing:pe-08", "It is elsewhere."]) == 1
    assert said in capsys.readouterr().err
    assert overrules.beside(policy).read_text() == content


# -- the command, the page, the notebook -----------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(["policy", "check", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command_prints_and_its_exit_code_says_whether_all_is_well(
    capsys: pytest.CaptureFixture[str], bank: Bank, policy: Path, tmp_path: Path
) -> None:
    code, out, _ = run(capsys, str(policy))
    assert code == 1
    assert out.startswith("Policy check: handbook.md")
    good = tmp_path / "good.md"
    good.write_text("\n\n".join(passage.text for passage in whole_policy(bank).passages), "utf-8")
    ProfileStore(tmp_path, bank).save(profile(bank, AGENCIES["shelter"]))
    assert run(capsys, str(good))[0] == 0


def test_the_profile_beside_the_policy_is_used_and_another_can_be_named(
    capsys: pytest.CaptureFixture[str], bank: Bank, policy: Path, tmp_path: Path
) -> None:
    ProfileStore(tmp_path, bank).save(profile(bank, AGENCIES["shelter"]))
    (tmp_path / "other").mkdir()
    ProfileStore(tmp_path / "other", bank).save(profile(bank, AGENCIES["county child welfare"]))
    near = json.loads(run(capsys, str(policy), "--json")[1])
    far = json.loads(run(capsys, str(policy), "--json", "--profile", str(tmp_path / "other" / FILE_NAME))[1])
    assert (near["profile"]["answers"]["employer"], far["profile"]["answers"]["employer"]) == (["nonprofit"], ["government"])
    assert (len(near["risks"]), len(far["risks"])) == (0, 1)


def test_the_json_has_every_element_with_its_evidence(capsys: pytest.CaptureFixture[str], policy: Path) -> None:
    told: dict[str, Any] = json.loads(run(capsys, str(policy), "--json")[1])
    assert len(told["elements"]) == 30
    scope = next(one for one in told["elements"] if one["element"] == "pe-03")
    assert scope["status"] == "found"
    assert scope["evidence"][0]["where"] == "line 5"
    assert told["passes"] is False


def test_findings_are_set_aside_and_taken_back_on_the_command_line(
    capsys: pytest.CaptureFixture[str], policy: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "reasons.json"
    code, out, _ = run(capsys, str(policy), "--overrule", str(kept), "--set-aside", "missing:pe-11", "We forbid them elsewhere.")
    assert (code, "We forbid them elsewhere." in out, kept.exists()) == (1, True, True)
    assert not overrules.beside(policy).exists()
    assert "We forbid" not in run(capsys, str(policy), "--overrule", str(kept), "--take-back", "missing:pe-11")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set-aside", "missing:pe-99", "Because."], "no finding missing:pe-99"),
        (["--set-aside", "missing:pe-11", "  "], "Say why"),
        (["--take-back", "missing:pe-11"], "nothing to take back"),
        (["--overrule", "gone.json"], "There is no file gone.json"),
        (["--profile", "gone.json"], "could not be read"),
    ],
)
def test_what_was_typed_wrong_is_said_in_a_line(capsys: pytest.CaptureFixture[str], policy: Path, words: list[str], said: str) -> None:
    code, out, err = run(capsys, str(policy), *words)
    assert (code, out) == (1, "")
    assert said in err
    assert not overrules.beside(policy).exists()


def test_a_file_that_is_no_profile_is_refused(capsys: pytest.CaptureFixture[str], policy: Path) -> None:
    assert "not a profile" in run(capsys, str(policy), "--profile", str(policy))[2]


def test_the_page_holds_every_finding_and_escapes_what_others_wrote(bank: Bank, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "nasty.md"
    file.write_text("We delete negative comments <script>alert(1)</script> at once.\n\n\x1b[31mThese rules apply to all staff.\n", "utf-8")
    page = tmp_path / "report.html"
    _, out, _ = run(capsys, str(file), "--html", str(page))
    html = page.read_text("utf-8")
    assert "\x1b" not in out
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert all(f"{element.number}. " in html for element in bank.elements.values())
    assert 'lang="en"' in html
    assert "http" not in html.split("</style>")[0]


def test_the_notebook_shows_the_report_and_keeps_a_reason(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(policy.parent)
    panel = smt.policy_check("handbook.md", overrule={"missing:pe-11": "We forbid them elsewhere."})
    assert "<h3>Policy check: handbook.md</h3>" in panel.html
    assert "We forbid them elsewhere." in panel.text
    assert "We forbid them elsewhere." in smt.policy_check("handbook.md").text


def test_the_notebook_says_in_place_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert smt.policy_check("gone.docx").text.startswith("Note. There is no file gone.docx.")


# -- documents of every sort -----------------------------------------------------------------------------------------


def test_a_word_policy_with_bold_headings_and_lists_is_checked(bank: Bank, tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph().add_run("Friend requests").bold = True
    document.add_paragraph("Please understand that this cannot be done with anybody whom we see here.")
    document.add_paragraph("Staff must not:")
    document.add_paragraph("post pictures of clients", style="List Bullet")
    document.save(str(tmp_path / "p.docx"))
    found = {one.element.id: one.seen for one in report(bank, tmp_path / "p.docx").elements}
    assert found["pe-19"].quotes[0].where == "paragraph 2"
    assert (found["pe-14"].quotes[0].where, found["pe-14"].quotes[0].lead) == ("paragraph 4", "Staff must not:")


def test_a_text_in_another_language_says_that_it_was_not_understood(bank: Bank) -> None:
    arabic = "لا ننشر أي شيء يمكن أن يدل على هوية أي شخص نخدمه في أي مكان. " * 12
    found = check(passages(arabic), Profile(), bank)
    assert found.found == ()
    assert any("English" in notice for notice in found.notices)
    assert 'dir="auto"' in check_page.page(check(passages("We delete negative comments 😀 سلام."), Profile(), bank), bank)


def test_an_english_policy_is_not_taken_for_another_language(bank: Bank) -> None:
    assert check(whole_policy(bank), Profile(), bank).notices == ()


def test_a_few_words_are_not_taken_for_a_whole_policy(bank: Bank) -> None:
    (notice,) = check(passages("Be kind 🙂 online."), Profile(), bank).notices
    assert "only 3 words" in notice


def test_a_file_is_read_as_what_it_is_whatever_its_ending_says(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("These rules apply to all staff.")
    document.save(str(tmp_path / "policy.docx"))
    wrong = (tmp_path / "policy.docx").rename(tmp_path / "policy.txt")
    found = text_of(wrong)
    assert found.text == "These rules apply to all staff."
    assert "is a Word document" in found.notices[0]


@pytest.mark.timeout(60)
def test_a_huge_paragraph_and_a_row_of_hyphens_are_read_to_their_end(bank: Bank) -> None:
    """Both once took time that grew with the square of the text, or faster."""
    huge = "we use social media and discuss pay with the agency " * 4000 + "and we delete negative comments"
    found = check(passages(huge, f"delete {'-' * 3000} comments.", "We delete negative comments."), Profile(), bank)
    assert {risk.quote.where for risk in found.risks if risk.rule.id == "risk-delete-critics"} == {"line 1", "line 3"}
    assert len(check_text.text(found, bank)) < 60_000


# -- the texts of the policy's content are read like all others --------------------------------------------------------


def test_reading_grade_and_lint_cover_the_policy_content_and_not_its_examples(bank: Bank) -> None:
    assert set(banks.LISTS) - set(catalogue.SHOWN_LISTS) == {"standards", "laws", "publications"}
    texts = {shown.text for shown in catalogue.shown_texts(bank)}
    risk, rule = bank.risks["risk-delete-critics"], bank.evidence["ev-08"]
    assert {risk.reason, risk.better, rule.says, bank.switch("hipaa").help, bank.elements["pe-08"].pitfalls[0]} <= texts
    assert not texts & {*risk.fires_on, *risk.spares, *risk.wording.find, *rule.shows_on, *rule.find}


# -- the labels that the accuracy was measured with ------------------------------------------------------------------


def rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "docs" / "data" / f"policy-check-{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_policy_has_a_label_for_every_element_and_every_third_by_address_is_held_out(bank: Bank) -> None:
    policies, labels = rows("policies"), rows("labels")
    assert len(labels) == len(policies) * 30
    assert {(row["file"], row["element"]) for row in labels} == {(p["file"], id) for p in policies for id in bank.elements}
    assert {row["label"] for row in labels} == {"present", "absent", "unclear"}
    first = "".join((ROOT / "docs" / "data" / "policy-check-labels.csv").read_text("utf-8").splitlines(keepends=True)[:931])
    assert hashlib.sha256(first.encode()).hexdigest() in (ROOT / "docs" / "policy-check.md").read_text("utf-8")
    by_address = sorted((row for row in policies if row["set"] in {"tuned", "held-out"}), key=lambda row: row["url"].encode())
    assert [row["set"] for row in by_address] == ["tuned", "tuned", "held-out"] * (len(by_address) // 3) + ["tuned"] * (len(by_address) % 3)


def test_the_measurement_counts_what_was_found_against_the_labels_and_leaves_other_texts_out(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = b"These rules apply to all staff.\n\nEvery picture has alt text.\n"
    (tmp_path / "one.txt").write_bytes(text)
    (tmp_path / "other.txt").write_bytes(b"Changed since.")
    sums = {"one.txt": hashlib.sha256(text).hexdigest(), "other.txt": "0" * 64}
    table = [f"{name},{sums[name]},{group}" for name, group in (("one.txt", "final"), ("other.txt", "tuned"))]
    (tmp_path / "policy-check-policies.csv").write_text("\n".join(["file,sha256,set", *table]))
    truth = {"pe-03": "present", "pe-11": "present", "pe-01": "unclear"}
    labels = [f"{name},{id},{truth.get(id, 'absent')}," for name in sums for id in bank.elements]
    (tmp_path / "policy-check-labels.csv").write_text("\n".join(["file,element,label,note", *labels]))
    monkeypatch.setattr(policy_check_accuracy, "DATA", tmp_path)
    policy_check_accuracy.main([str(tmp_path)])
    out = capsys.readouterr().out
    assert "Left out: other.txt" in out
    assert "| final | 1 | 2 | 27 | 1 | 1 | 1 | 1 | 0.50 | 0.50 |" in out
    assert "| 3. Who and which use the policy covers | 1, 0, 0 | 1.00 | 1.00 |" in out


def test_no_text_of_a_policy_is_kept() -> None:
    kept = [path.name for path in (ROOT / "docs" / "data").iterdir()]
    assert sorted(kept) == ["policy-check-labels.csv", "policy-check-policies.csv"]
    assert max(len(row["note"].split()) for row in rows("labels")) <= 15
