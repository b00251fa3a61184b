"""The builder's desk without a browser: what an edit writes, what the page is told, and what happens when two people write at once."""

from __future__ import annotations

import datetime as dt
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docx import Document
from policy_profiles import AGENCIES

import smtraining as smt
from smtraining import bank as banks
from smtraining.errors import DocumentError, DraftError, PdfError, SaveError, SmtrainingError, UnknownId
from smtraining.lesson import desk_builder
from smtraining.lesson.desk_builder import BuilderDesk
from smtraining.lesson.panels import MIME
from smtraining.policy import pdf
from smtraining.policy.draft import Draft, new_draft, read_draft
from smtraining.policy.drafts_store import Drafts
from smtraining.policy.fields import edit, fields, stamp, with_field
from smtraining.policy.outline import PLAN, SAFETY, key_of
from smtraining.policy.profile import profile
from smtraining.policy.profile_store import ProfileStore
from smtraining.responses import Store

BANK = banks.load()
RISKY = "Staff may never use social media. That holds at work and at home, on any device of theirs."
HEBREW = "אנחנו לא מפרסמים דבר על לקוחות. \U0001f512"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Writer:
    """Somebody at one desk, who knows of each field what the page would know."""

    def __init__(self, folder: Path) -> None:
        self.desk = BuilderDesk(BANK, folder, Store(folder))
        self.seen: dict[str, str] = {}

    @property
    def id(self) -> str:
        return str(self.desk.state["draft"]["id"])

    def ask(self, type: str, **given: Any) -> dict[str, Any]:
        [reply] = self.desk.reply({"type": type, "files": [], **given})
        return reply

    def begin(self, **given: Any) -> Writer:
        self.ask("new", **({"title": "Social media policy", "agency": "Oak"} | given))
        return self

    def write(self, key: str, text: str, **given: Any) -> dict[str, Any]:
        now = self.desk.state["draft"]["fields"].get(key, ["", stamp("")])[1]
        reply = self.ask("edit", item=key, value=text, **({"draft": self.id, "seen": self.seen.get(key, now)} | given))
        if reply["type"] == "kept":
            self.seen[key] = reply["stamp"]
        return reply

    def on_disk(self) -> Draft:
        return self.desk.drafts.open(self.id)


@pytest.fixture
def writer(folder: Path) -> Writer:
    return Writer(folder).begin()


def every_key() -> list[str]:
    elements = [key for id in BANK.elements for key in (id, f"{id}.owner", f"{id}.review-date")]
    plans = [*(key_of("plan", name) for name in PLAN), *(key_of("safety", name) for name in SAFETY)]
    return ["title", "agency", "version", "review-date", *elements, *plans]


# -- fields --------------------------------------------------------------------------------------------------------------


def test_every_field_takes_a_text_and_gives_it_back() -> None:
    draft = new_draft()
    given = {key: "2027-01-31" if key.endswith("review-date") else f"{key}: {HEBREW}" for key in every_key()}
    for key, text in given.items():
        draft = with_field(draft, key, text, BANK)
    assert fields(draft) == given
    assert fields(read_draft(json.loads(json.dumps(draft.to_json())))) == given
    for key in given:
        draft = with_field(draft, key, "x" if key == "title" else "", BANK)
    assert fields(draft) == {"title": "x"}


@pytest.mark.parametrize(
    "key", ["pe-99", "plan.nothing", "safety", "pe-14.from-case", "revision", "id", "profile", "", "pe-14.owner.owner"]
)
def test_a_field_that_does_not_exist_is_refused(key: str) -> None:
    with pytest.raises(UnknownId):
        with_field(new_draft(), key, "x", BANK)


def test_a_date_that_is_none_and_an_empty_title_are_refused_in_words() -> None:
    with pytest.raises(DraftError, match="not a date"):
        with_field(new_draft(), "pe-14.review-date", "soon", BANK)
    with pytest.raises(DraftError, match="title"):
        with_field(new_draft(), "title", "  ", BANK)


# -- edits ---------------------------------------------------------------------------------------------------------------


def test_an_edit_is_on_disk_when_it_is_told_as_kept_and_a_new_desk_goes_on_with_it(writer: Writer, folder: Path) -> None:
    writer.write("title", "Our rules online")
    reply = writer.write("pe-14", HEBREW)
    assert reply["type"] == "kept"
    assert writer.on_disk().clauses["pe-14"].text == HEBREW
    again = Writer(folder)
    assert again.desk.state["draft"]["fields"]["pe-14"] == [HEBREW, reply["stamp"]]
    # What a page is given that is loaded again is what a new desk knows.
    assert again.desk.state == writer.desk.state


def test_only_the_change_travels(writer: Writer) -> None:
    long = "Nobody posts about clients, and the supervisor reads each post before it goes out. " * 20
    for id in BANK.elements:
        writer.write(id, f"{long} {id}")
    reply = writer.write("pe-14", f"{long} and one word more")
    assert len(json.dumps(reply)) < 400
    assert long[:40] not in json.dumps(reply)
    risky = writer.write("pe-14", RISKY)
    assert {finding["kind"] for finding in risky["findings"].values() if finding} == {"risky"}
    assert all(finding is None or "pe-14" in finding["elements"] for finding in risky["findings"].values())


def test_the_report_follows_each_edit(writer: Writer) -> None:
    assert "missing-must:pe-14" in writer.desk.state["findings"]
    assert writer.write("pe-14", "No client is shown, named or described, on any account of ours, whoever asks.")["findings"] == {
        "missing-must:pe-14": None
    }
    back = writer.write("pe-14", "")
    assert back["findings"]["missing-must:pe-14"]["kind"] == "missing-must"


def test_a_text_that_cannot_be_kept_says_why_and_changes_nothing(writer: Writer) -> None:
    writer.write("pe-14", "We ask first.")
    with pytest.raises(DraftError, match="cannot be printed"):
        writer.write("pe-14", "We ask first.\x07")
    assert writer.on_disk().clauses["pe-14"].text == "We ask first."


# -- two windows ---------------------------------------------------------------------------------------------------------


def test_two_windows_write_different_fields_and_both_stay(writer: Writer, folder: Path) -> None:
    other = Writer(folder)
    writer.write("pe-14", "First window.")
    reply = other.write("pe-15", "Second window.")
    assert reply["fields"] == {"pe-14": ["First window.", stamp("First window.")]}
    writer.write("safety.repair", "First again.")
    assert {key: fields(writer.on_disk())[key] for key in ("pe-14", "pe-15", "safety.repair")} == {
        "pe-14": "First window.",
        "pe-15": "Second window.",
        "safety.repair": "First again.",
    }


def test_two_windows_write_the_same_field_and_nobodys_text_is_dropped(writer: Writer, folder: Path) -> None:
    other = Writer(folder)
    writer.write("pe-14", "What the first one wrote.")
    reply = other.write("pe-14", "What the second one wrote.", seen=stamp(""))
    assert reply == {
        "type": "conflict",
        "item": "pe-14",
        "theirs": "What the first one wrote.",
        "stamp": stamp("What the first one wrote."),
    }
    assert writer.on_disk().clauses["pe-14"].text == "What the first one wrote."
    assert other.write("pe-14", "Both.", seen=reply["stamp"])["type"] == "kept"


def test_an_edit_whose_reply_was_lost_is_no_conflict_with_itself(writer: Writer) -> None:
    writer.write("pe-14", "One")
    assert writer.write("pe-14", "One two", seen=stamp(""), sent="One")["type"] == "kept"
    assert writer.write("pe-14", "One two", seen=stamp(""))["type"] == "kept"  # the same text again


def test_many_edits_at_the_same_moment_all_stay(writer: Writer, folder: Path) -> None:
    known, ids = writer.on_disk(), list(BANK.elements)

    def write(id: str) -> None:
        edit(Drafts(folder), known, id, f"About {id}.", BANK, stamp(""))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, ids))
    assert {id: writer.on_disk().clause(id).text for id in ids} == {id: f"About {id}." for id in ids}


def test_a_look_brings_what_changed_elsewhere(writer: Writer, folder: Path) -> None:
    assert writer.desk.reply({"type": "look"}) == []
    Writer(folder).write("pe-16", "From elsewhere.")
    ProfileStore(folder).save(profile(BANK, AGENCIES["solo, cash only"]))
    news = writer.ask("look")
    assert news["fields"]["pe-16"][0] == "From elsewhere."
    assert news["profile"]["answered"] == 12
    assert news["needs"]["pe-02"]["level"] == "should"
    assert writer.desk.reply({"type": "look"}) == []


def test_the_draft_carries_the_profile_it_is_written_for(writer: Writer, folder: Path) -> None:
    answered = profile(BANK, AGENCIES["shelter"])
    ProfileStore(folder).save(answered)
    writer.write("pe-14", "We ask first.")
    assert writer.on_disk().profile == answered.to_json()
    ProfileStore(folder).path.unlink()
    assert Writer(folder).desk.state["profile"]["answered"] == 12  # from the draft


# -- files that went wrong -----------------------------------------------------------------------------------------------


def test_a_draft_that_is_damaged_or_gone_while_it_is_open_loses_nothing(writer: Writer, folder: Path) -> None:
    writer.write("pe-14", "Kept through it all.")
    path = next((folder / "policy-drafts").glob("*.json"))
    path.write_text("{", encoding="utf-8")
    reply = writer.write("pe-15", "Written after the damage.")
    assert "set-aside" in reply["notice"]
    path.unlink()
    writer.write("pe-16", "Written after it was gone.")
    assert [fields(writer.on_disk())[f"pe-{n}"] for n in (14, 15, 16)] == [
        "Kept through it all.",
        "Written after the damage.",
        "Written after it was gone.",
    ]


def test_a_draft_of_a_newer_version_is_never_written_over(writer: Writer, folder: Path) -> None:
    path = next((folder / "policy-drafts").glob("*.json"))
    newer = '{"smtraining": "policy-draft", "schema": 2, "text": "from the future"}'
    path.write_text(newer, encoding="utf-8")
    with pytest.raises(SaveError, match="update smtraining"):
        writer.write("pe-14", "x")
    assert path.read_text(encoding="utf-8") == newer
    assert "newer version" in Writer(folder).desk.state["drafts"][0]["problem"]


# -- findings ------------------------------------------------------------------------------------------------------------


def test_a_finding_is_overruled_with_a_reason_which_is_kept_until_the_sentence_changes(writer: Writer, folder: Path) -> None:
    writer.write("pe-14", RISKY)
    id = next(id for id, finding in writer.desk.state["findings"].items() if finding["kind"] == "risky")
    for nothing in ("", "   ", 3):
        with pytest.raises(DraftError, match="few words"):
            writer.ask("overrule", finding=id, reason=nothing, draft=writer.id)
    reply = writer.ask("overrule", finding=id, reason="It quotes a rule that we withdraw.", draft=writer.id)
    assert reply["findings"] == {id: None}
    assert reply["overruled"][id]["reason"] == "It quotes a rule that we withdraw."

    again = Writer(folder)
    assert id not in again.desk.state["findings"]
    assert again.on_disk().overruled == {id: "It quotes a rule that we withdraw."}
    changed = again.write("pe-14", RISKY.replace("Staff", "Workers"))
    assert [f["kind"] for f in changed["findings"].values() if f] == ["risky"]
    again.ask("overrule", finding=id, reason=None, draft=again.id)
    assert again.on_disk().overruled == {}


# -- whole drafts --------------------------------------------------------------------------------------------------------


def keep(folder: Path, case: str, text: str) -> None:
    Store(folder).put(
        case, {"gut": None, "think": {}, "thought": True, "path": [], "replay": {}, "patch": {"clause": None, "text": text}}, done=True
    )


def test_several_drafts_are_made_opened_duplicated_compared_and_deleted(writer: Writer) -> None:
    first = writer.id
    writer.write("pe-14", "We never post about clients.")
    copy = writer.ask("duplicate", draft=first)
    assert copy["draft"]["id"] != first
    assert copy["draft"]["fields"]["title"][0] == "Social media policy (copy)"
    writer.seen.clear()
    writer.write("pe-14", "We never post about clients or their families.")
    [change] = [c for c in writer.ask("compare", draft=writer.id, **{"with": first})["changes"] if c["field"] == "text"]
    assert change["label"] == "14. What is never posted"
    assert ["added", " or their families."] in change["pieces"] or ["added", " clients or their families."] in change["pieces"]

    assert writer.ask("open", draft=first)["draft"]["fields"]["pe-14"][0] == "We never post about clients."
    left = writer.ask("delete", draft=first)
    assert [draft["id"] for draft in left["drafts"]] == [copy["draft"]["id"]] == [writer.id]
    with pytest.raises(UnknownId):
        writer.desk.drafts.open(first)
    assert writer.ask("delete", draft=writer.id)["draft"] is None


def test_a_draft_begins_with_what_was_kept_in_the_cases_and_later_wordings_fill_only_what_is_empty(folder: Path) -> None:
    keep(folder, "m03-v-mural", "We draw nobody without asking.")
    writer = Writer(folder).begin(patches=True)
    element = BANK.vignette("m03-v-mural").patch.element
    assert writer.desk.state["draft"]["fields"][element][0] == "We draw nobody without asking."
    writer.write(element, "My own words now.")
    keep(folder, "m03-v-mural", "Another wording.")
    keep(folder, "m03-v-coffee", "No names at the counter.")
    assert writer.ask("look")["kept"][element][0]["text"] == "Another wording."
    writer.ask("patches", draft=writer.id)
    now = fields(writer.on_disk())
    assert now[element] == "My own words now."
    assert now[BANK.vignette("m03-v-coffee").patch.element] == "No names at the counter."


def test_the_wall_card_follows_the_safety_plan(writer: Writer) -> None:
    reply = writer.write("safety.immediate-steps", "- Save what is there\n- Tell the supervisor")
    assert reply["card"] == [{"heading": "Do this now", "lines": ["Save what is there", "Tell the supervisor"]}]


# -- documents -----------------------------------------------------------------------------------------------------------


def test_each_document_is_written_beside_the_notebook_and_never_over_another(writer: Writer, folder: Path) -> None:
    writer.write("title", "Our: policy / 2026?")
    writer.write("pe-14", HEBREW)
    writer.write("safety.who-to-call", "Supervisor on duty")
    for kind, name in (
        ("word", "Our policy 2026.docx"),
        ("markdown", "Our policy 2026.md"),
        ("notice", "Our policy 2026 - notice for clients.docx"),
        ("card", "Our policy 2026 - wall card.docx"),
        ("word", "Our policy 2026 (2).docx"),
    ):
        reply = writer.ask("export", kind=kind, draft=writer.id)
        assert reply["name"] == name
        assert reply["files"] == [(folder / name).read_bytes()]
    assert HEBREW in [p.text for p in Document(str(folder / "Our policy 2026.docx")).paragraphs]
    assert "Supervisor on duty" in [p.text for p in Document(str(folder / "Our policy 2026 - wall card.docx")).paragraphs]


def test_what_cannot_be_written_says_what_to_do(writer: Writer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DraftError, match="Immediate steps"):
        writer.ask("export", kind="card", draft=writer.id)
    monkeypatch.setattr(pdf, "_office", lambda: None)
    with pytest.raises(PdfError, match="LibreOffice"):
        writer.ask("export", kind="pdf", draft=writer.id)
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(SmtrainingError, match=r"pip install 'smtraining\[agency\]'"):
        writer.ask("export", kind="word", draft=writer.id)
    assert [path.name for path in folder.iterdir()] == ["policy-drafts"]


def test_an_edited_document_is_shown_before_it_changes_the_draft_and_no_word_is_lost(writer: Writer, folder: Path) -> None:
    writer.write("pe-14", "We never post about clients.")
    writer.write("pe-16", "We say who we are.")
    name = writer.ask("export", kind="word", draft=writer.id)["name"]
    document = Document(str(folder / name))
    for paragraph in document.paragraphs:
        if paragraph.text == "We never post about clients.":
            paragraph.runs[0].text = "We never post about clients, not even a cup."
    document.add_heading("Somebody's own chapter", 1)
    document.add_paragraph("A thought that fits no element.")
    document.save(str(folder / "edited.docx"))
    writer.write("pe-20", "Written meanwhile.")

    read = writer.ask("import", name="edited.docx", files=[(folder / "edited.docx").read_bytes()])
    assert [(c["key"], c["before"], c["after"]) for c in read["changes"]] == [
        ("pe-14", "We never post about clients.", "We never post about clients, not even a cup.")
    ]
    assert read["absent"] == [f"20. {BANK.element('pe-20').title}"]
    assert "A thought that fits no element." in [one["text"] for one in read["unplaced"]]
    assert fields(writer.on_disk())["pe-14"] == "We never post about clients."

    writer.ask("take", keys=["pe-14"], into=writer.id)
    now = fields(writer.on_disk())
    assert (now["pe-14"], now["pe-20"]) == ("We never post about clients, not even a cup.", "Written meanwhile.")
    made = writer.ask("take", keys=[], into=None)["draft"]["fields"]
    assert made["pe-14"][0] == "We never post about clients, not even a cup."
    assert "pe-20" not in made


def test_a_document_that_cannot_be_read_says_so_by_its_own_name(writer: Writer) -> None:
    for name in ("policy.pdf", "broken.docx"):
        with pytest.raises(DocumentError, match=name):
            writer.ask("import", name=name, files=[b"not a document"])
    with pytest.raises(DocumentError, match="Choose the file again"):
        writer.ask("take", keys=["pe-14"], into=writer.id)


# -- what the notebook calls ---------------------------------------------------------------------------------------------


def test_the_builder_can_be_read_without_a_kernel(writer: Writer) -> None:
    writer.write("pe-14", HEBREW)
    html, text = smt.policy_builder()._static()
    assert HEBREW in html and 'dir="auto"' in html
    for element in BANK.elements.values():
        assert f"{element.number}. {element.title}" in text.replace("\n", " ")


def test_packing_carries_drafts_and_profile(writer: Writer, folder: Path) -> None:
    writer.write("pe-14", HEBREW)
    ProfileStore(folder).save(profile(BANK, AGENCIES["shelter"]))
    packed = smt.pack()
    assert "1 policy draft and your agency's profile" in packed.text
    assert read_draft(packed.data[MIME]["policy_drafts"][writer.id]).clauses["pe-14"].text == HEBREW
    assert packed.data[MIME]["policy_profile"]["answers"]["victim-services"] == ["funded"]


def test_a_message_that_makes_no_sense_is_answered_in_words(writer: Writer) -> None:
    widget = smt.policy_builder()
    sent: list[dict[str, Any]] = []
    widget.send = lambda reply, _files: sent.append(reply)
    for content in (
        None,
        [],
        {"type": 3},
        {"type": "edit", "item": "pe-14"},
        {"type": "edit", "item": 3, "value": 4, "seen": "", "draft": "x"},
    ):
        widget._receive(widget, content, [])
    widget._receive(widget, {"type": "edit", "item": "pe-14", "value": "x", "seen": "", "draft": "../../x"}, [])
    assert [reply["type"] for reply in sent] == ["failed"] * 6
    assert all(reply["message"] for reply in sent)


# -- my policy so far ----------------------------------------------------------------------------------------------------


def test_a_kept_wording_is_changed_in_the_record_of_its_case_and_on_its_open_page(folder: Path) -> None:
    keep(folder, "m03-v-mural", "We draw nobody without asking.")
    case = smt.vignette("m03-v-mural")
    told: list[dict[str, Any]] = []
    case.send = told.append
    mine = smt.my_policy()
    sent: list[dict[str, Any]] = []
    mine.send = lambda reply, _files: sent.append(reply)
    seen = mine.state["fields"]["m03-v-mural"][1]
    edit = {"type": "edit", "item": "m03-v-mural", "value": "We draw nobody, asked or not.", "seen": seen}
    mine._receive(mine, edit, [])
    assert sent[-1]["type"] == "kept"
    kept = Store(folder).answers["m03-v-mural"]
    assert kept.value["patch"] == {"clause": None, "text": "We draw nobody, asked or not."}
    assert kept.value["thought"] is True
    assert told[-1]["record"]["v"]["patch"]["text"] == "We draw nobody, asked or not."
    assert "We draw nobody, asked or not." in smt.my_policy().text

    mine._receive(mine, edit | {"value": "Out of date."}, [])
    assert (sent[-1]["type"], sent[-1]["theirs"]) == ("conflict", "We draw nobody, asked or not.")
    mine._receive(mine, edit | {"value": "", "seen": stamp("We draw nobody, asked or not.")}, [])
    assert Store(folder).answers["m03-v-mural"].value["patch"] is None
    assert "Nothing kept yet" in smt.my_policy().text


def test_a_deleted_draft_is_gone_and_others_stay(folder: Path) -> None:
    drafts = Drafts(folder)
    one, two = drafts.save(new_draft("One")), drafts.save(new_draft("Two"))
    drafts.delete(one.id)
    assert [entry.id for entry in drafts.list()] == [two.id]
    with pytest.raises(UnknownId):
        drafts.delete(one.id)
    with pytest.raises(DraftError):
        drafts.delete("../../etc")


def test_law_past_its_review_date_is_told_with_the_clause_it_touches(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(dt.date):
        @classmethod
        def today(cls) -> dt.date:
            return dt.date(2035, 1, 1)

    monkeypatch.setattr(desk_builder, "dt", SimpleNamespace(date=Later))
    ProfileStore(folder).save(profile(BANK, AGENCIES["hospital"]))
    writer = Writer(folder).begin()
    told = writer.write("pe-14", "No client is shown, named or described, on any account of ours, whoever asks.")["findings"]
    law = [finding for finding in told.values() if finding and finding["kind"] == "law-to-check"]
    assert {source["id"] for finding in law for source in finding["sources"]} >= {"law-hipaa-deid"}
    assert all(finding["elements"] == ["pe-14"] and finding["sources"][0]["stale"] for finding in law)
