"""The policy's documents: Word, Markdown, PDF and the notice; reading them back; and the text of policies that others wrote."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from smtraining.bank import Bank, load
from smtraining.errors import DocumentError, DraftError, PdfError, SaveError
from smtraining.models import PolicyPart
from smtraining.policy import extract, pdf
from smtraining.policy.draft import Draft, new_draft
from smtraining.policy.extract import text_of
from smtraining.policy.markdown import to_markdown, write_markdown
from smtraining.policy.marks import canonical
from smtraining.policy.notice import EMERGENCY, MAX_WORDS, QUESTIONS, client_notice, notice_markdown, notice_word
from smtraining.policy.outline import NOT_LEGAL_ADVICE, read_date
from smtraining.policy.pdf import to_pdf
from smtraining.policy.reading import ReadBack, read_markdown, read_text, read_word
from smtraining.policy.saving import free_path
from smtraining.policy.word import to_word

NASTY = {
    "pe-04": (
        "Emoji 👩🏽‍🦽 and שלום עולם\nsecond line\twith a tab\n\n- one\n- two\n  - nested\nstill two\n\n"
        "مرحبا *stress* and **strong** 5 * 3 <b>&amp; &#9; </b> | pipe \\ back\\\n# no heading\n1. no list\n===\n---\n"
        "`code` [link](x) _u_ a_b <!-- smt:pe-01 -->"
    ),
    "pe-05": "    indented\n\tTabbed line\n\n* a star\n+ a plus\n> a quote\n~~~\n\n" + "a very long clause " * 1500,
}


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load()


@pytest.fixture(scope="module")
def draft(bank: Bank) -> Draft:
    draft = new_draft("Social media policy", "Harbor Street Family Services")
    draft = draft.with_details(version="Version 1.0", review_date=dt.date(2027, 1, 31))
    for element in bank.elements.values():
        draft = draft.with_clause(element.id, text=f"We decide on {element.title.lower()}.\n\n- one rule\n- *another* rule")
    for id, text in NASTY.items():
        draft = draft.with_clause(id, text=text)
    draft = draft.with_clause("pe-14", owner="Ana | privacy & more", review_date=dt.date(2026, 11, 1)).with_clause("pe-21", owner="Bo")
    draft = draft.with_plan(need="Families do not know us.\n\n- open hours\n- groups", owner="Lead", review_date=dt.date(2026, 6, 30))
    return draft.with_safety(immediate_steps="1. Make a picture.\n2. Hide the post.", who_to_call="Supervisor: 555-0140\nDanger: 911")


@pytest.fixture(scope="module")
def word_bytes(draft: Draft, bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return to_word(draft, bank, tmp_path_factory.mktemp("word") / "policy.docx").read_bytes()


@pytest.fixture
def word_file(word_bytes: bytes, tmp_path: Path) -> Path:
    """The Word document of the draft, in a folder of this test's own."""
    file = tmp_path / "policy.docx"
    file.write_bytes(word_bytes)
    return file


def same_texts(one: Draft, other: Draft) -> None:
    """The two say the same, apart from spaces at line ends and the number of blank lines."""
    assert {id: canonical(c.text) for id, c in one.clauses.items()} == {id: c.text for id, c in other.clauses.items()}
    for part in ("plan", "safety"):
        before, after = getattr(one, part).model_dump(), getattr(other, part).model_dump()
        assert {k: canonical(v) if isinstance(v, str) else v for k, v in before.items()} == after
    facts = [
        [(d.title, d.agency, d.version, d.review_date), *((id, c.owner, c.review_date) for id, c in sorted(d.clauses.items()))]
        for d in (one, other)
    ]
    assert facts[0] == facts[1]


def blank(draft: Draft) -> Draft:
    return Draft(id=draft.id)


def edited(path: Path, change: Any) -> Path:
    """The document after somebody changed it in a word processor and saved it."""
    document = Document(str(path))
    change(document)
    document.save(str(path))
    return path


def heading_of(document: Any, number: int) -> Any:
    return next(p for p in document.paragraphs if p.style.name == "Heading 2" and p.text.startswith(f"{number}. "))


# -- Word: every word is there, and the document is accessible ---------------------------------------------------------


def test_every_clause_stands_in_the_word_document_under_its_heading(draft: Draft, bank: Bank, word_file: Path) -> None:
    document, under, heading = Document(str(word_file)), dict[str, str](), ""
    for paragraph in document.paragraphs:
        if paragraph.style.name.startswith("Heading"):
            heading = paragraph.text
        under[heading] = under.get(heading, "") + paragraph.text + "\n"
    for id in bank.elements:
        words = re.sub(r"\W+", " ", canonical(draft.clause(id).text))
        assert words.strip() in re.sub(r"\W+", " ", under[f"{bank.element(id).number}. {bank.element(id).title}"])


def test_clauses_stand_in_the_six_parts_in_order(word_file: Path) -> None:
    parts = [p.text for p in Document(str(word_file)).paragraphs if p.style.name == "Heading 1"]
    assert parts[:6] == [part.label for part in PolicyPart]


def test_headings_begin_at_one_skip_no_level_and_are_never_empty(draft: Draft, bank: Bank, word_file: Path, tmp_path: Path) -> None:
    for file in (word_file, notice_word(draft, bank, tmp_path / "notice.docx")):
        headings = [p for p in Document(str(file)).paragraphs if p.style.name.startswith("Heading")]
        levels = [int(p.style.name.split()[1]) for p in headings]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
        assert all(p.text.strip() for p in headings)


def test_every_table_has_a_header_row_that_repeats_a_description_and_no_merged_cells(word_file: Path) -> None:
    tables = Document(str(word_file)).tables
    assert len(tables) == 4
    for table in tables:
        first = table.rows[0]._tr
        assert first.trPr.find(qn("w:tblHeader")) is not None
        assert all(cell.text.strip() for cell in table.rows[0].cells)
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
        assert table._tbl.tblPr.find(qn("w:tblDescription")).get(qn("w:val"))
        assert not list(table._tbl.iter(qn("w:gridSpan"), qn("w:vMerge")))


def test_the_document_states_its_language_title_and_the_agency_as_author(word_file: Path) -> None:
    document = Document(str(word_file))
    language = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}")
    assert language.get(qn("w:val")) == "en-US"
    core = document.core_properties
    assert core.title == "Harbor Street Family Services - Social media policy"
    assert core.author == core.last_modified_by == "Harbor Street Family Services"
    assert not core.comments
    assert not list(document.element.body.iter(qn("w:drawing"), qn("w:pict")))


def test_each_page_carries_agency_version_review_date_and_page_number(word_file: Path) -> None:
    section = Document(str(word_file)).sections[0]
    assert (
        section.header.paragraphs[0].text
        == "Harbor Street Family Services · Social media policy · Version 1.0 · review by January 31, 2027"
    )
    fields = [e.text.strip() for e in section.footer._element.iter(qn("w:instrText"))]
    assert fields == ["PAGE", "NUMPAGES"]


def test_the_contents_are_a_field_that_lists_every_heading_for_readers_that_update_nothing(word_file: Path) -> None:
    document = Document(str(word_file))
    assert any("TOC" in e.text for e in document.element.body.iter(qn("w:instrText")))
    listed = [p for p in document.paragraphs if p.style.name.lower() in {"toc 1", "toc 2"}]
    assert [p.text for p in listed] == [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    names = {e.get(qn("w:name")) for e in document.element.body.iter(qn("w:bookmarkStart"))}
    assert {e.get(qn("w:anchor")) for e in document.element.body.iter(qn("w:hyperlink"))} <= names


def test_text_from_right_to_left_is_marked_as_such(bank: Bank, tmp_path: Path) -> None:
    file = to_word(new_draft().with_clause("pe-04", text="שלום עולם"), bank, tmp_path / "rtl.docx")
    paragraph = next(p for p in Document(str(file)).paragraphs if "שלום" in p.text)
    assert paragraph._p.pPr.find(qn("w:bidi")) is not None
    assert paragraph.runs[0]._r.rPr.find(qn("w:lang")).get(qn("w:bidi")) == "he-IL"


def test_the_appendix_gives_reason_and_dated_sources_of_each_element(bank: Bank, draft: Draft, word_file: Path) -> None:
    rows = [[cell.text for cell in row.cells] for row in Document(str(word_file)).tables[-1].rows][1:]
    assert len(rows) == len(bank.elements)
    for id, (title, why, sources) in zip(bank.elements, rows, strict=True):
        assert title.endswith(bank.element(id).title)
        assert why == bank.element(id).why
        assert sources
    assert any("as of " in row[2] for row in rows)


def test_the_document_says_that_it_is_not_legal_advice(draft: Draft, bank: Bank, word_file: Path) -> None:
    assert NOT_LEGAL_ADVICE in [p.text for p in Document(str(word_file)).paragraphs]
    assert NOT_LEGAL_ADVICE in to_markdown(draft, bank)


def test_the_wall_card_holds_the_steps_and_the_numbers_to_call_on_a_page_of_its_own(word_file: Path) -> None:
    paragraphs = Document(str(word_file)).paragraphs
    start = next(n for n, p in enumerate(paragraphs) if p.style.name == "Heading 1" and p.text.startswith("Wall card"))
    assert paragraphs[start].paragraph_format.page_break_before
    assert [p.text for p in paragraphs[start + 1 : start + 7]] == [
        "Do this now", "Make a picture.", "Hide the post.", "Then call", "Supervisor: 555-0140", "Danger: 911",
    ]  # fmt: skip


def test_an_empty_draft_still_makes_a_document_without_empty_headings(bank: Bank, tmp_path: Path) -> None:
    document = Document(str(to_word(new_draft(), bank, tmp_path / "empty.docx")))
    assert all(p.text.strip() for p in document.paragraphs if p.style.name.startswith("Heading"))
    listed = [p.text for p in document.paragraphs if p.style.name == "List Bullet"]
    assert len(listed) == len(bank.elements), "every element without a clause is named"


def test_a_document_that_is_there_is_never_written_over(draft: Draft, bank: Bank, word_file: Path) -> None:
    before = word_file.read_bytes()
    with pytest.raises(SaveError, match=r"policy \(2\).docx"):
        to_word(draft, bank, word_file)
    assert word_file.read_bytes() == before
    assert free_path(word_file).name == "policy (2).docx"


# -- reading back ------------------------------------------------------------------------------------------------------


def test_a_word_document_gives_back_every_text_and_nothing_else(draft: Draft, bank: Bank, word_file: Path) -> None:
    found = read_word(word_file, bank)
    assert found.unplaced == ()
    same_texts(draft, found.onto(blank(draft)))


def test_a_markdown_file_gives_back_every_text_and_nothing_else(draft: Draft, bank: Bank, tmp_path: Path) -> None:
    found = read_markdown(write_markdown(draft, bank, tmp_path / "policy.md"), bank)
    assert found.unplaced == ()
    same_texts(draft, found.onto(blank(draft)))


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(draft: Draft, bank: Bank, tmp_path: Path) -> None:
    file = tmp_path / "policy.md"
    file.write_bytes(b"\xef\xbb\xbf" + to_markdown(draft, bank).replace("\n", "\r\n").encode())
    same_texts(draft, read_markdown(file, bank).onto(blank(draft)))


def test_a_markdown_editor_that_drops_comments_loses_nothing(draft: Draft, bank: Bank) -> None:
    found = read_text(re.sub(r"(?<!\\)<!-- smt:[a-z0-9.-]+ -->", "", to_markdown(draft, bank)), bank)
    assert found.unplaced == ()
    same_texts(draft, found.onto(blank(draft)))


def test_a_word_processor_that_drops_bookmarks_loses_nothing(draft: Draft, bank: Bank, word_file: Path) -> None:
    def drop(document: Any) -> None:
        for mark in list(document.element.body.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd"))):
            mark.getparent().remove(mark)

    found = read_word(edited(word_file, drop), bank)
    assert found.unplaced == ()
    same_texts(draft, found.onto(blank(draft)))


def test_words_added_in_word_land_in_their_clause_or_stay_unplaced(draft: Draft, bank: Bank, word_file: Path) -> None:
    def change(document: Any) -> None:
        heading = heading_of(document, 14)
        heading._p.getnext().addnext(document.add_paragraph("Added by the board.")._p)
        document.tables[0].rows[3].cells[1].text = "The board"
        strange = document.add_paragraph("A whole new rule", style="Heading 1")
        document.tables[-1]._tbl.addnext(strange._p)
        strange._p.addnext(document.add_paragraph("about pets in the office.")._p)
        document.tables[-1].rows[1].cells[1].paragraphs[0].add_run(" And our own reason.")

    found = read_word(edited(word_file, change), bank)
    assert "Added by the board." in found.texts["pe-14"]
    loose = [u.text for u in found.unplaced]
    assert "The board" in loose
    assert "A whole new rule" in loose
    assert "about pets in the office." in loose
    assert any(text.endswith("And our own reason.") for text in loose)


def test_tracked_insertions_tables_and_notes_made_in_word_are_read(bank: Bank, tmp_path: Path) -> None:
    def change(document: Any) -> None:
        body = heading_of(document, 14)._p.getnext()
        table = document.add_table(rows=1, cols=2)
        table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Names", "never"
        body.addnext(table._tbl)
        inserted = body.makeelement(qn("w:ins"), {qn("w:id"): "900", qn("w:author"): "Board"})
        deleted = body.makeelement(qn("w:del"), {qn("w:id"): "901", qn("w:author"): "Board"})
        for wrapper, words in ((inserted, " Not even first names."), (deleted, " Gone words.")):
            run = document.add_paragraph().add_run(words)
            wrapper.append(run._r)
            body.append(wrapper)
        document.sections[0].header.paragraphs[0].add_run(" - CONFIDENTIAL")
        control = body.makeelement(qn("w:sdt"), {})
        content = control.makeelement(qn("w:sdtContent"), {})
        content.append(document.add_paragraph("Inside a content control.")._p)
        control.append(content)
        table._tbl.addnext(control)

    file = to_word(new_draft("P", "A").with_clause("pe-14", text="We never post names."), bank, tmp_path / "p.docx")
    found = read_word(edited(file, change), bank)
    assert found.texts["pe-14"] == "We never post names. Not even first names.\n\nNames | never\n\nInside a content control."
    assert [u.where for u in found.unplaced] == ["the header"]
    assert "CONFIDENTIAL" in found.unplaced[0].text


def test_a_changed_heading_still_finds_its_element_and_its_words_are_kept(draft: Draft, bank: Bank, word_file: Path) -> None:
    def change(document: Any) -> None:
        heading_of(document, 14).runs[0].text = "14. Our golden rule"

    found = read_word(edited(word_file, change), bank)
    assert found.texts["pe-14"] == draft.clause("pe-14").text
    assert [u.text for u in found.unplaced] == ["14. Our golden rule"]


def test_a_clause_taken_out_of_the_document_is_reported_and_stays_in_the_draft(draft: Draft, bank: Bank) -> None:
    shorter = draft.with_clause("pe-14", text="")
    found = read_text(to_markdown(shorter, bank), bank)
    assert found.absent(draft) == ("pe-14",)
    assert found.onto(draft).clause("pe-14").text == draft.clause("pe-14").text


def test_words_added_in_markdown_land_in_their_clause_or_stay_unplaced(bank: Bank) -> None:
    draft = new_draft("P", "A").with_clause("pe-14", text="We never post.").with_safety(repair="We say sorry.")
    text = to_markdown(draft, bank)
    text = text.replace("We never post.", "We never post\nanything at all.\n\n#### Pictures\n\n* none\n* ever\n")
    text = text.replace("## Appendix", "## Parking\n\nPark behind the house.\n\n## Appendix") + "\nSigned in June.\n"
    found = read_text(text, bank)
    assert found.texts["pe-14"] == "We never post anything at all.\n\n**Pictures**\n\n- none\n- ever"
    assert [(u.where, u.text) for u in found.unplaced] == [
        ("Parking", "Parking"),
        ("Parking", "Park behind the house."),
        ("Elements without a clause in this version", "Signed in June."),
    ]


def test_a_clause_that_somebody_writes_for_a_new_element_is_found_by_its_heading(bank: Bank) -> None:
    text = to_markdown(new_draft("P", "A").with_clause("pe-14", text="We never post."), bank)
    title = f"5. {bank.element('pe-05').title}"
    found = read_text(text.replace("## Appendix", f"### {title}\n\nOnly Neighborly.\n\n## Appendix"), bank)
    assert found.texts["pe-05"] == "Only Neighborly."
    assert found.unplaced == ()


def test_a_review_date_that_is_no_date_is_kept_as_unplaced(bank: Bank) -> None:
    draft = new_draft("P", "A").with_details(review_date=dt.date(2027, 1, 31))
    found = read_text(to_markdown(draft, bank).replace("January 31, 2027 <", "next spring <"), bank)
    assert [(u.where, u.text) for u in found.unplaced] == [("Review date", "next spring")]
    assert found.onto(draft).review_date == dt.date(2027, 1, 31)


@pytest.mark.parametrize("text", ["January 31, 2027", "Jan. 31 2027", "1/31/2027", "2027-01-31"])
def test_dates_are_read_as_people_write_them(text: str) -> None:
    assert read_date(text) == dt.date(2027, 1, 31)


def test_dates_that_do_not_exist_are_no_dates() -> None:
    assert read_date("February 30, 2027") is None
    assert read_date("soon") is None


def test_a_text_that_no_draft_can_hold_is_refused_when_it_is_taken_over(draft: Draft) -> None:
    with pytest.raises(DraftError, match=r"U\+0007"):
        ReadBack({"pe-14": "bell\x07"}, ()).onto(draft)


# -- the notice --------------------------------------------------------------------------------------------------------


def test_the_notice_answers_clients_questions_in_the_agencys_words(draft: Draft, bank: Bank) -> None:
    text = notice_markdown(draft, bank)
    assert text.startswith("# How we use social media")
    assert f"## {QUESTIONS['pe-19']}" in text
    assert f"We decide on {bank.element('pe-19').title.lower()}." in text
    assert EMERGENCY in text
    assert bank.element("pe-23").title.lower() not in text, "rules for staff alone are left out"


def test_questions_without_a_clause_are_named_and_not_printed(bank: Bank) -> None:
    draft = new_draft().with_clause("pe-14", text="Never.")
    notice = client_notice(draft, bank)
    assert [answer.element for answer in notice.answers] == ["pe-14"]
    assert "pe-19" in notice.unanswered
    assert QUESTIONS["pe-19"] not in notice_markdown(draft, bank)


def test_a_long_clause_is_cut_at_the_end_of_a_sentence_and_the_notice_says_so(bank: Bank, tmp_path: Path) -> None:
    draft = new_draft().with_clause("pe-15", text="We ask you first. " * 200).with_clause("pe-14", text="Never. Not even a hint.")
    notice = client_notice(draft, bank)
    short, long = notice.answers
    assert (short.text, short.is_shortened) == ("Never. Not even a hint.", False)
    assert long.is_shortened
    assert long.text.endswith("first.")
    assert len(f"{short.text} {long.text}".split()) <= MAX_WORDS
    words = [p.text for p in Document(str(notice_word(draft, bank, tmp_path / "n.docx"))).paragraphs]
    assert any("Ask us for the whole rule" in line for line in words)


def test_sentences_that_are_hard_to_read_are_named(bank: Bank) -> None:
    hard = "We " + "really " * 30 + "mean it."
    assert client_notice(new_draft().with_clause("pe-14", text=f"Short one. {hard}"), bank).long_sentences == (hard,)


# -- PDF ---------------------------------------------------------------------------------------------------------------


def fake_office(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Put a program named soffice on the path that does what ``body`` says with its arguments ``args``."""
    folder.mkdir()
    program = folder / "soffice"
    program.write_text(f"#!{sys.executable}\nimport pathlib, sys, time\nargs = sys.argv[1:]\n{body}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_a_pdf_is_made_by_libreoffice_with_tags_for_screen_readers(
    word_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (
        "assert '--headless' in args and 'UseTaggedPDF' in args[args.index('--convert-to') + 1]\n"
        "source = pathlib.Path(args[-1]); target = pathlib.Path(args[args.index('--outdir') + 1]) / (source.stem + '.pdf')\n"
        "target.write_bytes(b'%PDF-1.7 of ' + source.name.encode())"
    )
    fake_office(tmp_path / "bin", monkeypatch, body)
    assert to_pdf(word_file, tmp_path / "policy.pdf").read_bytes() == b"%PDF-1.7 of policy.docx"


def test_without_libreoffice_the_message_says_what_to_do_instead(word_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pdf, "_PLACES", {})
    with pytest.raises(PdfError, match="Save As > PDF"):
        to_pdf(word_file, tmp_path / "policy.pdf")


@pytest.mark.parametrize(
    ("body", "said"),
    [("sys.stderr.write('no memory'); sys.exit(3)", "no memory"), ("pass", "gave no reason"), ("time.sleep(60)", "did not finish")],
)
def test_a_failing_libreoffice_is_reported_and_leaves_no_file(
    body: str, said: str, word_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_office(tmp_path / "bin", monkeypatch, body)
    if "sleep" in body:
        monkeypatch.setattr(pdf, "TIMEOUT", 1)
    with pytest.raises(PdfError, match=said):
        to_pdf(word_file, tmp_path / "policy.pdf")
    assert not (tmp_path / "policy.pdf").exists()


# -- policies that others wrote ----------------------------------------------------------------------------------------


def pdf_file(path: Path, pages: list[str]) -> Path:
    """A PDF with one line of text on each page; an empty string gives a page without text."""
    writer = PdfWriter()
    font = DictionaryObject({NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1")})
    font[NameObject("/BaseFont")] = NameObject("/Helvetica")
    for text in pages:
        page = writer.add_blank_page(612, 792)
        if text:
            stream = DecodedStreamObject()
            stream.set_data(f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode())
            page[NameObject("/Contents")] = writer._add_object(stream)
            page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})})
    writer.write(str(path))
    return path


def test_a_word_policy_gives_its_paragraphs_with_their_heading_and_place(tmp_path: Path) -> None:
    document = Document()
    document.add_heading("Conduct", 1)
    document.add_paragraph("Do not post.")
    document.add_table(rows=1, cols=1).rows[0].cells[0].text = "In a table."
    document.save(str(tmp_path / "p.docx"))
    found = text_of(tmp_path / "p.docx")
    assert [(p.text, p.where, p.heading) for p in found.passages] == [
        ("Conduct", "paragraph 1", "Conduct"),
        ("Do not post.", "paragraph 2", "Conduct"),
        ("In a table.", "paragraph 3", "Conduct"),
    ]


def test_a_markdown_policy_gives_its_paragraphs_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "p.md").write_text("# Conduct\n\nDo not\npost.\n- one\n- two\n", "utf-8")
    found = text_of(tmp_path / "p.md")
    assert [(p.text, p.where) for p in found.passages] == [
        ("Conduct", "line 1"), ("Do not\npost.", "line 3"), ("- one", "line 5"), ("- two", "line 6"),
    ]  # fmt: skip
    assert {p.heading for p in found.passages} == {"Conduct"}


def test_a_text_file_from_an_old_windows_program_is_read_with_a_notice(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_bytes("Don’t post.".encode("cp1252"))
    found = text_of(tmp_path / "p.txt")
    assert found.text == "Don’t post."
    assert "UTF-8" in found.notices[0]


def test_a_pdf_gives_its_text_by_page(tmp_path: Path) -> None:
    found = text_of(pdf_file(tmp_path / "p.pdf", ["Do not post.", "Ask first."]))
    assert [(p.text, p.where) for p in found.passages] == [("Do not post.", "page 1"), ("Ask first.", "page 2")]


def test_a_pdf_of_200_pages_is_read_up_to_the_limit_and_says_so(tmp_path: Path) -> None:
    found = text_of(pdf_file(tmp_path / "p.pdf", [f"Page number {n}." for n in range(1, 201)]))
    assert found.passages[-1].where == f"page {extract.MAX_PAGES}"
    assert f"200 pages. Only the first {extract.MAX_PAGES}" in found.notices[0]


def test_a_scanned_pdf_says_that_it_was_scanned_and_a_partly_scanned_one_which_pages(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="probably scanned"):
        text_of(pdf_file(tmp_path / "scan.pdf", ["", ""]))
    assert "(2)" in text_of(pdf_file(tmp_path / "half.pdf", ["Text.", ""])).notices[0]


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_a_pdf_with_a_password_says_so(tmp_path: Path, algorithm: str) -> None:
    file = tmp_path / "locked.pdf"
    if algorithm == "RC4-128":
        writer = PdfWriter(clone_from=PdfReader(pdf_file(tmp_path / "open.pdf", ["Secret."])))
        writer.encrypt("password", algorithm=algorithm)
        writer.write(str(file))
    else:  # written by hand: what matters is that the reader cannot go on
        content = pdf_file(tmp_path / "open.pdf", ["Secret."]).read_bytes()
        lock = f"/Encrypt << /Filter /Standard /V 5 /R 6 /Length 256 /O <{'00' * 48}> /U <{'00' * 48}> /OE <{'00' * 32}> /UE <{'00' * 32}>"
        lock += f" /P -4 /Perms <{'00' * 16}> /CF << /StdCF << /CFM /AESV3 /Length 32 >> >> /StmF /StdCF /StrF /StdCF >> /ID [<00> <00>]"
        file.write_bytes(re.sub(rb"trailer\s*<<", b"trailer\n<< " + lock.encode(), content))
    with pytest.raises(DocumentError, match="password"):
        text_of(file)


def damaged_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types")
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("p.docx", b"not a zip file", "damaged"),
        ("p.docx", b"", "damaged"),
        ("p.docx", damaged_zip(), "damaged"),
        ("p.docx", b"\xd0\xcf\x11\xe0 and more", "password"),
        ("p.pdf", b"not a pdf", "damaged"),
        ("p.pdf", b"", "damaged"),
        ("p.txt", b"abc\x00\x01", "not a text file"),
        ("p.txt", b"  \n ", "holds no text"),
        ("p.odt", b"x", ".docx, .md, .txt, .pdf"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DocumentError, match=re.escape(said)) as caught:
        text_of(tmp_path / name)
    assert name in str(caught.value)


def test_a_word_file_cut_short_is_damaged_and_not_a_crash(word_file: Path, bank: Bank) -> None:
    whole = word_file.read_bytes()
    for share in (0.1, 0.5, 0.9, 0.99):
        word_file.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(DocumentError, match="damaged"):
            read_word(word_file, bank)


def test_a_word_file_that_unpacks_to_far_more_than_a_policy_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 300_000_000)
    with pytest.raises(DocumentError, match="too large"):
        text_of(tmp_path / "bomb.docx")


def test_a_missing_file_is_named(tmp_path: Path, bank: Bank) -> None:
    for read in (lambda p: text_of(p), lambda p: read_word(p, bank), lambda p: read_markdown(p, bank)):
        with pytest.raises(DocumentError, match=r"There is no file gone\.\w+"):
            read(tmp_path / ("gone.docx"))
