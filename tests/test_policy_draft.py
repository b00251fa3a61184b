"""Drafts of a policy: what they hold, how they are kept beside the notebook, and how two of them are compared."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest

from smtraining.bank import Bank, load
from smtraining.errors import DraftError, SaveError, UnknownId
from smtraining.policy.compare import compare
from smtraining.policy.draft import MAX_TEXT, Draft, from_patches, new_draft, read_draft
from smtraining.policy.drafts_store import FOLDER, SUFFIX, Drafts
from smtraining.responses import Answer


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load()


def file_of(folder: Path, draft: Draft) -> Path:
    return folder / FOLDER / f"{draft.id}{SUFFIX}"


def kept(case: str, text: str) -> Answer:
    return Answer(case, 1, "2026-01-05T10:00:00Z", {"gut": None, "path": [], "patch": {"clause": None, "text": text}}, done=True)


# -- the draft ---------------------------------------------------------------------------------------------------------


def test_a_change_gives_a_new_draft_and_leaves_the_old_one() -> None:
    old = new_draft()
    new = old.with_clause("pe-14", text="We never post about clients.").with_clause("pe-14", owner="Privacy officer")
    assert not old.clauses
    assert (new.clause("pe-14").text, new.clause("pe-14").owner) == ("We never post about clients.", "Privacy officer")


def test_two_new_drafts_with_one_title_have_different_ids() -> None:
    first, second = new_draft("Our policy!"), new_draft("Our policy!")
    assert first.id != second.id
    assert first.id.startswith("our-policy-")


def test_a_title_in_another_script_gives_a_usable_id() -> None:
    assert new_draft("מדיניות").id.startswith("policy-")


def test_a_draft_survives_json() -> None:
    draft = new_draft("T", "A").with_details(profile={"employer": ["county"], "n": 2}, review_date=dt.date(2027, 1, 31))
    draft = draft.with_plan(need="Need 🧡", review_date="2027-02-01").with_safety(repair="שלום").with_clause("pe-01", text="x\ty\n- z")
    assert read_draft(json.loads(json.dumps(draft.to_json()))) == draft


@pytest.mark.parametrize(
    ("character", "name"), [("\x07", "U+0007"), ("\x0b", "U+000B"), ("\x00", "U+0000"), ("\ufffe", "U+FFFE"), ("\ud800", "U+D800")]
)
def test_a_character_that_no_document_can_hold_is_refused_with_its_place(character: str, name: str) -> None:
    with pytest.raises(DraftError) as caught:
        new_draft().with_clause("pe-01", text=f"We use our page{character} to tell")
    assert name in str(caught.value)
    assert "after “We use our page”" in str(caught.value)


def test_line_ends_of_windows_become_plain_ones() -> None:
    assert new_draft().with_clause("pe-01", text="a\r\nb\rc").clause("pe-01").text == "a\nb\nc"


def test_a_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(DraftError, match=str(MAX_TEXT)):
        new_draft().with_safety(repair="x" * (MAX_TEXT + 1))


def test_an_unknown_field_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(DraftError, match="owner, review_date, text"):
        new_draft().with_clause("pe-01", txt="x")
    with pytest.raises(DraftError, match="warning_signs"):
        new_draft().with_safety(steps="x")
    with pytest.raises(DraftError, match="surprise"):
        read_draft({"schema": 1, "id": "a", "surprise": 1})


# -- from the cases ----------------------------------------------------------------------------------------------------


def test_kept_wordings_become_clauses_with_the_case_they_came_from(bank: Bank) -> None:
    case = next(iter(bank.vignettes.values()))
    draft = from_patches(bank, {case.id: kept(case.id, "We ask first.")})
    assert draft.clause(case.patch.element).text == "We ask first."
    assert draft.clause(case.patch.element).from_case == case.id


def test_wordings_of_two_cases_on_one_element_both_stay(bank: Bank) -> None:
    first, second = list(bank.vignettes.values())[:2]
    element = first.patch.element
    twin = second.model_copy(update={"patch": second.patch.model_copy(update={"element": element})})
    both = dataclasses.replace(bank, vignettes={first.id: first, twin.id: twin})
    draft = from_patches(both, {first.id: kept(first.id, "First."), twin.id: kept(twin.id, "Second.")})
    assert draft.clause(element).text == "First.\n\nSecond."


def test_a_clause_that_is_written_already_is_not_replaced(bank: Bank) -> None:
    case = next(iter(bank.vignettes.values()))
    mine = new_draft().with_clause(case.patch.element, text="Mine.")
    assert mine.with_patches(bank, {case.id: kept(case.id, "Other.")}).clause(case.patch.element).text == "Mine."


@pytest.mark.parametrize("value", [None, "text", {"patch": None}, {"patch": {"text": 3}}, {"patch": {"text": "  "}}])
def test_answers_without_a_wording_give_no_clause(bank: Bank, value: object) -> None:
    case = next(iter(bank.vignettes.values()))
    assert not from_patches(bank, {case.id: Answer(case.id, 1, "2026-01-05T10:00:00Z", value)}).clauses


# -- kept beside the notebook ------------------------------------------------------------------------------------------


def test_a_saved_draft_is_found_again_by_another_kernel(tmp_path: Path) -> None:
    saved = Drafts(tmp_path).save(new_draft("Our policy", "Harbor").with_clause("pe-01", text="🧡 שלום"))
    again = Drafts(tmp_path)
    assert again.latest() == saved
    assert again.open(saved.id).clause("pe-01").text == "🧡 שלום"
    assert saved.revision == 1
    assert saved.changed is not None


def test_several_drafts_are_listed_with_the_one_changed_last_first(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    one, two = drafts.save(new_draft("One")), drafts.save(new_draft("Two"))
    earlier = json.loads(file_of(tmp_path, two).read_text("utf-8")) | {"changed": "2020-01-01T00:00:00Z"}
    file_of(tmp_path, two).write_text(json.dumps(earlier), "utf-8")
    assert [listed.title for listed in drafts.list()] == ["One", "Two"]
    latest = drafts.latest()
    assert latest is not None
    assert latest.id == one.id


def test_a_folder_without_drafts_is_an_empty_list(tmp_path: Path) -> None:
    assert Drafts(tmp_path).list() == ()
    assert Drafts(tmp_path).latest() is None
    with pytest.raises(UnknownId):
        Drafts(tmp_path).open("policy-1")


def test_an_id_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(DraftError, match="not the name of a draft"):
        Drafts(tmp_path).open("../../secret")


def test_a_damaged_file_is_told_and_set_aside_before_the_draft_is_saved_anew(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    draft = drafts.save(new_draft())
    file = file_of(tmp_path, draft)
    file.write_bytes(file.read_bytes()[:40])
    half = file.read_bytes()
    with pytest.raises(DraftError, match="damaged"):
        drafts.open(draft.id)
    assert "damaged" in (drafts.list()[0].problem or "")
    assert file.read_bytes() == half, "reading must not touch the file"
    drafts.save(draft)
    aside = next(path for path in file.parent.iterdir() if ".set-aside-" in path.name)
    assert aside.read_bytes() == half
    assert aside.name in drafts.notices[0]
    assert drafts.open(draft.id).id == draft.id


def test_a_draft_of_a_newer_version_is_never_written_over(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    draft = drafts.save(new_draft())
    file = file_of(tmp_path, draft)
    file.write_text(json.dumps({"smtraining": "policy-draft", "schema": 2, "id": draft.id, "future": True}), "utf-8")
    before = file.read_bytes()
    with pytest.raises(DraftError, match="newer version"):
        drafts.open(draft.id)
    with pytest.raises(SaveError, match="newer version"):
        drafts.save(draft)
    assert file.read_bytes() == before
    assert "newer version" in (drafts.list()[0].problem or "")


def test_two_windows_do_not_overwrite_each_other(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    opened = drafts.save(new_draft())
    drafts.save(opened.with_clause("pe-01", text="from the first window"))
    with pytest.raises(SaveError, match="another window"):
        drafts.save(opened.with_clause("pe-01", text="from the second window"))
    assert drafts.open(opened.id).clause("pe-01").text == "from the first window"


def test_a_failed_write_leaves_the_last_saved_draft_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = Drafts(tmp_path)
    saved = drafts.save(new_draft())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("smtraining.policy.saving.os.fsync", full)
    with pytest.raises(SaveError, match="disk is full"):
        drafts.save(saved.with_clause("pe-01", text="new"))
    monkeypatch.undo()
    assert drafts.open(saved.id) == saved
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [f"{saved.id}{SUFFIX}"]


def test_a_copy_has_its_own_id_and_version_and_leaves_the_first(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    saved = drafts.save(new_draft().with_clause("pe-01", text="x"))
    copy = drafts.copy(saved.id, "after-the-meeting", "Draft 2")
    assert (copy.id, copy.version, copy.clause("pe-01").text) == ("after-the-meeting", "Draft 2", "x")
    assert drafts.open(saved.id) == saved
    with pytest.raises(SaveError, match="already a draft"):
        drafts.copy(saved.id, "after-the-meeting", "Draft 3")


# -- two drafts side by side -------------------------------------------------------------------------------------------


def test_every_difference_of_two_drafts_is_listed_in_reading_order(bank: Bank) -> None:
    old = new_draft().with_clause("pe-14", text="We never post.").with_clause("pe-02", text="Gone.").with_safety(repair="Sorry.")
    new = old.with_details(version="Draft 2").with_clause("pe-14", text="We never ever post.", owner="Ana").with_clause("pe-02", text="")
    new = new.with_plan(review_date=dt.date(2027, 1, 31))
    found = [(c.element, c.field, c.kind) for c in compare(old, new, bank)]
    assert found == [
        (None, "version", "changed"),
        ("pe-02", "text", "removed"),
        ("pe-14", "text", "changed"),
        ("pe-14", "owner", "added"),
        (None, "review of the plan", "added"),
    ]
    assert compare(old, old, bank) == ()


def test_a_change_shows_which_words_came_and_went(bank: Bank) -> None:
    old, new = (new_draft().with_clause("pe-14", text=t) for t in ("We never post names.", "We never post photos or names."))
    (change,) = compare(old, new, bank)
    assert change.label == f"14. {bank.element('pe-14').title}"
    assert [text.strip() for kind, text in change.pieces() if kind == "added"] == ["photos or"]
    assert "".join(text for kind, text in change.pieces() if kind != "added") == change.before
    assert "".join(text for kind, text in change.pieces() if kind != "removed") == change.after
