"""The policy as a Word document, fit to be adopted: real styles and headings, contents, running header, tables with header rows.

Written with python-docx, which the extra ``smtraining[agency]`` brings. Hidden bookmarks name the texts that people write, so that
:func:`~smtraining.policy.reading.read_word` finds each of them again after the document has been edited elsewhere.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from smtraining.bank import Bank
from smtraining.errors import SmtrainingError
from smtraining.policy.draft import Draft
from smtraining.policy.marks import paragraphs, right_to_left, runs
from smtraining.policy.outline import NOT_WRITTEN, Block, Contents, Facts, Form, Grid, Heading, Row, Text, Title, header, outline
from smtraining.policy.saving import write_new
from smtraining.policy.wordtext import bookmark_name

FONT = "Calibri"
INK, ACCENT, PALE = "1F2A37", "1B4B66", "E4EDF2"
"""Colors: text, headings and lines, header rows. Accent on white 9:1, ink on pale 12:1 (WCAG 2.1, 1.4.6 asks for 7:1)."""

LANGUAGE = "en-US"


class Look(NamedTuple):
    """A paragraph style: the style it is based on (None: as the template has it), its type, and the space around it in points."""

    base: str | None
    size: float
    bold: bool
    italic: bool
    color: str
    before: float
    after: float


LOOKS: dict[str, Look] = {
    "Normal": Look(None, 11, False, False, INK, 0, 7),
    "Title": Look(None, 30, True, False, ACCENT, 96, 8),
    "Subtitle": Look(None, 16, False, False, INK, 0, 30),
    "Heading 1": Look(None, 20, True, False, ACCENT, 24, 6),
    "Heading 2": Look(None, 13.5, True, False, ACCENT, 16, 4),
    "TOC Heading": Look("Normal", 20, True, False, ACCENT, 24, 6),
    "TOC 1": Look("Normal", 10.5, True, False, INK, 5, 1),
    "TOC 2": Look("Normal", 10.5, False, False, INK, 0, 0),
    "Header": Look(None, 9, False, False, INK, 0, 0),
    "Footer": Look(None, 9, False, False, INK, 0, 0),
    "List Bullet": Look(None, 11, False, False, INK, 0, 4),
    "Policy Lead": Look("Normal", 12, False, True, INK, 0, 8),
    "Policy Facts": Look("Normal", 9.5, False, False, INK, 0, 10),
    "Policy Note": Look("Normal", 9.5, False, True, INK, 10, 6),
    "Policy Cell": Look("Normal", 10, False, False, INK, 2, 2),
    "Policy Label": Look("Policy Cell", 10, True, False, INK, 2, 2),
    "Policy Step": Look("List Number", 20, False, False, INK, 4, 6),
    "Policy Call": Look("Normal", 20, True, False, INK, 4, 6),
}
"""Every style of the document, by its name in Word."""


def to_word(draft: Draft, bank: Bank, path: Path) -> Path:
    """Write the document of a draft to a new Word file and return its path.

    Raises SaveError if it cannot be written or is there already (somebody may have edited it), SmtrainingError if python-docx is missing.
    """
    return write_blocks(outline(draft, bank), draft, path)


def write_blocks(blocks: tuple[Block, ...], draft: Draft, path: Path, looks: Mapping[str, Look] = LOOKS) -> Path:
    """Write any blocks as a Word file of this draft's agency, version and date. Raises as :func:`to_word`."""
    page = _Page(draft, blocks, looks)
    for block in blocks:
        page.add(block)
    file = io.BytesIO()
    page.document.save(file)
    write_new(path, file.getvalue(), "The Word document")
    return path


class _Page:
    """A Word document under construction."""

    def __init__(self, draft: Draft, blocks: tuple[Block, ...], looks: Mapping[str, Look]) -> None:
        try:
            from docx import Document
        except ImportError:
            raise SmtrainingError("To write Word documents, install python-docx:  pip install 'smtraining[agency]'") from None
        self.document: Any = Document()
        self.blocks, self.looks = blocks, looks
        self.numbers = count(1)
        self.headings = count(1)
        self._properties(draft)
        self._styles()
        self._section(draft)

    def add(self, block: Block) -> None:
        """Put a block at the end of the document."""
        match block:
            case Title():
                self._anchored(self._paragraph(block.title, "Title"), "title")
                if block.agency:
                    self._anchored(self._paragraph(block.agency, "Subtitle"), "agency")
            case Contents():
                self._contents(block)
            case Heading():
                self._heading(block)
            case Text(look="lead"):
                self._paragraph(block.text, "Policy Lead")
            case Text(look="note"):
                self._paragraph(block.text, "Policy Note")
            case Text(look="step"):
                self._card(block.text, "Policy Step")
            case Text(look="call"):
                self._card(block.text, "Policy Call")
            case Text():
                self._body(self.document, block.text)
            case Facts():
                self._paragraph(block.line, "Policy Facts")
            case Form():
                self._form(block)
            case Grid():
                self._grid(block)

    # -- the whole document --------------------------------------------------------------------------------------------

    def _properties(self, draft: Draft) -> None:
        core = self.document.core_properties
        core.title = " - ".join(filter(None, [draft.agency, draft.title]))
        core.author = core.last_modified_by = draft.agency
        core.subject = "Social media policy"
        core.version = draft.version
        core.language = LANGUAGE
        core.comments = core.keywords = ""
        core.identifier = draft.id
        core.revision = max(1, draft.revision)
        core.created = core.modified = (draft.changed or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)
        settings = self.document.settings.element
        compatible = _child(settings, "w:compat")
        for setting in list(compatible):
            if setting.tag.endswith("}compatSetting"):
                compatible.remove(setting)
        # Without it, Word opens the file in compatibility mode.
        _make(
            compatible,
            "w:compatSetting",
            {"w:name": "compatibilityMode", "w:uri": "http://schemas.microsoft.com/office/word", "w:val": "15"},
        )

    def _styles(self) -> None:
        from docx.enum.style import WD_STYLE_TYPE
        from docx.shared import Pt, RGBColor

        styles = self.document.styles
        defaults = _child(_child(_child(styles.element, "w:docDefaults"), "w:rPrDefault"), "w:rPr")
        _set(_child(defaults, "w:lang"), {"w:val": LANGUAGE, "w:eastAsia": LANGUAGE, "w:bidi": "ar-SA"})
        looks = dict(self.looks) | {name: self.looks[name]._replace(size=self._card_size()) for name in ("Policy Step", "Policy Call")}
        for name, (base, size, bold, italic, color, before, after) in looks.items():
            held = name in [style.name for style in styles]
            style = styles[name] if held else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            if base and not held:
                style.base_style = styles[base]
            style.hidden, style.quick_style = False, True
            font, layout = style.font, style.paragraph_format
            font.name, font.size, font.bold, font.italic = FONT, Pt(size), bold, italic
            font.color.rgb = RGBColor.from_string(color)
            fonts = style.element.rPr.rFonts
            for theme in [key for key in fonts.attrib if key.endswith("Theme")]:  # a theme's font would win over ours
                del fonts.attrib[theme]
            _set(fonts, {"w:cs": FONT, "w:eastAsia": FONT})
            layout.space_before, layout.space_after = Pt(before), Pt(after)
            layout.line_spacing = 1.15 if size == 11 else 1.0
            layout.widow_control = True
        self._details(styles)

    def _details(self, styles: Any) -> None:
        from docx.enum.text import WD_TAB_ALIGNMENT
        from docx.shared import Inches

        for name in ("Heading 1", "Heading 2", "TOC Heading", "Policy Lead"):
            styles[name].paragraph_format.keep_with_next = True
        for name, indent in (("TOC 1", 0.0), ("TOC 2", 0.25)):
            styles[name].paragraph_format.left_indent = Inches(indent)
            styles[name].paragraph_format.tab_stops.add_tab_stop(Inches(6.5), WD_TAB_ALIGNMENT.RIGHT)
        step = styles["Policy Step"].paragraph_format  # room for the number at this size
        step.left_indent, step.first_line_indent = Inches(0.45), Inches(-0.45)
        step.tab_stops.add_tab_stop(Inches(0.45))
        for name in ("Title", "Subtitle"):
            _drop(styles[name].element.get_or_add_pPr(), "w:pBdr")
        lines = (
            ("Heading 1", "bottom", "8"),
            ("Header", "bottom", "4"),
            ("Policy Call", "left", "36"),
            ("Title", "top", "36"),
        )
        for name, side, size in lines:
            if name == "Heading 1" and self.looks[name].size < 16:
                continue  # a page of short sections would be all lines
            borders = _ordered(styles[name].element.get_or_add_pPr(), "w:pBdr")
            _make(borders, f"w:{side}", {"w:val": "single", "w:sz": size, "w:space": "6", "w:color": ACCENT})

    def _card_size(self) -> float:
        words = sum(len(block.text) for block in self.blocks if isinstance(block, Text) and block.look in {"step", "call"})
        return 20 if words < 500 else 15 if words < 900 else 11.5

    def _section(self, draft: Draft) -> None:
        from docx.shared import Inches

        section = self.document.sections[0]
        section.page_width, section.page_height = Inches(8.5), Inches(11)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Inches(1)
        line = section.header.paragraphs[0]
        line.style = "Header"
        line.add_run(header(draft))
        foot = section.footer.paragraphs[0]
        foot.style = "Footer"
        foot.alignment = 2  # right
        foot.add_run("Page ")
        self._field(foot, "PAGE", "1")
        foot.add_run(" of ")
        self._field(foot, "NUMPAGES", "1")

    # -- blocks --------------------------------------------------------------------------------------------------------

    def _heading(self, block: Heading) -> None:
        paragraph = self._paragraph(block.text, f"Heading {block.level}")
        paragraph.paragraph_format.page_break_before = block.new_page or None
        self._bookmark(paragraph, f"_Toc{next(self.headings):08d}")
        if block.key:
            self._anchored(paragraph, block.key)

    def _contents(self, block: Contents) -> None:
        """The field is what Word updates; the entries inside it are the result so far, so that every reader sees a list."""
        self._paragraph(block.heading, "TOC Heading").paragraph_format.page_break_before = True
        listed = [b for b in self.blocks if isinstance(b, Heading)]
        last = None
        for number, heading in enumerate(listed, start=1):
            last = self.document.add_paragraph(style=f"TOC {heading.level}")
            if number == 1:
                self._mark(last, "begin")
                self._instruction(last, 'TOC \\o "1-2" \\h \\z \\u')
                self._mark(last, "separate")
            link = _make(last._p, "w:hyperlink", {"w:anchor": f"_Toc{number:08d}", "w:history": "1"})
            run = last.add_run(heading.text)
            link.append(run._r)
            _direct(run, heading.text)
        if last is not None:
            self._mark(last, "end")

    def _card(self, text: str, style: str) -> None:
        for line in text.split("\n"):
            self._paragraph(line, style)

    def _form(self, block: Form) -> None:
        table = self._table(block.caption, block.header, (30, 70) if not block.short else (28, 72))
        for row in block.rows:
            cells = table.add_row().cells
            self._fill(cells[0], row.label, "Policy Label")
            self._answer(cells[1], row)
        self._finish(table)

    def _answer(self, cell: Any, row: Row) -> None:
        cell.paragraphs[0]._p.getparent().remove(cell.paragraphs[0]._p)
        self._body(cell, row.text or (NOT_WRITTEN if row.key else ""), "Policy Cell")
        if row.key:
            self._anchored(cell.paragraphs[0], row.key)

    def _grid(self, block: Grid) -> None:
        table = self._table(block.caption, block.header, block.widths)
        for row in block.rows:
            for number, (cell, text) in enumerate(zip(table.add_row().cells, row, strict=True)):
                self._fill(cell, text, "Policy Label" if number == 0 else "Policy Cell")
        self._finish(table)

    def _fill(self, cell: Any, text: str, style: str) -> None:
        for number, line in enumerate(text.split("\n")):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            paragraph.style = style
            self._words(paragraph, line)

    def _table(self, caption: str, header: tuple[str, ...], widths: tuple[int, ...]) -> Any:
        from docx.shared import Inches

        table = self.document.add_table(rows=1, cols=len(header))
        table.style = "Table Grid"
        table.autofit = False
        properties = table._tbl.tblPr
        _set(_child(properties, "w:tblW"), {"w:w": "5000", "w:type": "pct"})
        for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
            _make(_child(properties, "w:tblBorders"), f"w:{edge}", {"w:val": "single", "w:sz": "4", "w:space": "0", "w:color": "9FB4C0"})
        for side in ("top", "left", "bottom", "right"):
            _make(_child(properties, "w:tblCellMar"), f"w:{side}", {"w:w": "60" if side in {"top", "bottom"} else "110", "w:type": "dxa"})
        _drop(properties, "w:tblLook")
        _make(properties, "w:tblLook", {"w:val": "0620", "w:firstRow": "1", "w:firstColumn": "0", "w:noHBand": "1", "w:noVBand": "1"})
        _make(properties, "w:tblCaption", {"w:val": caption})
        _make(properties, "w:tblDescription", {"w:val": f"{caption}. Columns: {', '.join(header)}."})
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Inches(6.5 * width / 100)
        for cell, words in zip(table.rows[0].cells, header, strict=True):
            self._fill(cell, words, "Policy Label")
            _make(cell._tc.get_or_add_tcPr(), "w:shd", {"w:val": "clear", "w:color": "auto", "w:fill": PALE})
        _make(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader", {})
        return table

    def _finish(self, table: Any) -> None:
        properties = table._tbl.tblPr
        properties[:] = sorted(properties, key=lambda child: _TABLE.index(child.tag.rsplit("}", 1)[-1]))
        widths = [column.width for column in table.columns]
        for row in table.rows:
            properties = row._tr.get_or_add_trPr()
            if sum(len(cell.text) for cell in row.cells) < 900:  # a longer row may run over the page
                properties.insert(0, _element("w:cantSplit", {}))
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = width

    def _body(self, place: Any, text: str, style: str = "Normal") -> None:
        if not (found := paragraphs(text)):
            place.add_paragraph(style=style)
        for part in found:
            paragraph = place.add_paragraph(style="List Bullet" if part.is_item else style)
            self._words(paragraph, part.text)

    # -- inside a paragraph --------------------------------------------------------------------------------------------

    def _paragraph(self, text: str, style: str) -> Any:
        paragraph = self.document.add_paragraph(style=style)
        if text:
            run = paragraph.add_run(text)
            _direct(run, text)
            if right_to_left(text):
                _ordered(paragraph._p.get_or_add_pPr(), "w:bidi")
        return paragraph

    def _words(self, paragraph: Any, text: str) -> None:
        if right_to_left(text):
            _ordered(paragraph._p.get_or_add_pPr(), "w:bidi")
        for part in runs(text):
            run = paragraph.add_run(part.text)
            run.bold, run.italic = part.strong or None, part.stress or None
            _direct(run, part.text)

    def _anchored(self, paragraph: Any, key: str) -> None:
        self._bookmark(paragraph, bookmark_name(key))

    def _bookmark(self, paragraph: Any, name: str) -> None:
        number = str(next(self.numbers))
        start = _element("w:bookmarkStart", {"w:id": number, "w:name": name})
        paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, start)
        _make(paragraph._p, "w:bookmarkEnd", {"w:id": number})

    def _field(self, paragraph: Any, instruction: str, result: str) -> None:
        self._mark(paragraph, "begin")
        self._instruction(paragraph, instruction)
        self._mark(paragraph, "separate")
        paragraph.add_run(result)
        self._mark(paragraph, "end")

    def _mark(self, paragraph: Any, kind: str) -> None:
        _make(paragraph.add_run()._r, "w:fldChar", {"w:fldCharType": kind})

    def _instruction(self, paragraph: Any, words: str) -> None:
        _make(paragraph.add_run()._r, "w:instrText", {"xml:space": "preserve"}).text = f" {words} "


def _direct(run: Any, text: str) -> None:
    """Mark a run that is read from right to left as such, with a language that has its letters."""
    if right_to_left(text):
        properties = run._r.get_or_add_rPr()
        _make(properties, "w:rtl", {})
        hebrew = any("\u0590" <= character <= "\u05ff" for character in text)
        _make(properties, "w:lang", {"w:bidi": "he-IL" if hebrew else "ar-SA"})


def _element(tag: str, attributes: dict[str, str]) -> Any:
    from docx.oxml import OxmlElement

    element = OxmlElement(tag)
    _set(element, attributes)
    return element


def _make(parent: Any, tag: str, attributes: dict[str, str]) -> Any:
    element = _element(tag, attributes)
    parent.append(element)
    return element


def _set(element: Any, attributes: dict[str, str]) -> None:
    from docx.oxml.ns import qn

    for name, value in attributes.items():
        element.set("{http://www.w3.org/XML/1998/namespace}space" if name == "xml:space" else qn(name), value)


def _child(parent: Any, tag: str) -> Any:
    from docx.oxml.ns import qn

    found = parent.find(qn(tag))
    return found if found is not None else _make(parent, tag, {})


def _drop(parent: Any, tag: str) -> None:
    from docx.oxml.ns import qn

    for found in parent.findall(qn(tag)):
        parent.remove(found)


_TABLE = (
    "tblStyle",
    "bidiVisual",
    "tblW",
    "jc",
    "tblInd",
    "tblBorders",
    "tblLayout",
    "tblCellMar",
    "tblLook",
    "tblCaption",
    "tblDescription",
)
"""The order of a table's properties (ECMA-376, CT_TblPr is a sequence)."""

_AFTER = ("shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE", "autoSpaceDN")
_AFTER_BIDI = ("adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc")
_AFTER_ALL = ("textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle", "rPr", "sectPr", "pPrChange")


def _ordered(properties: Any, tag: str) -> Any:
    """A child of paragraph properties at the place that the schema gives it (ECMA-376, CT_PPrBase is a sequence)."""
    after = (*_AFTER, "bidi", *_AFTER_BIDI, *_AFTER_ALL) if tag == "w:pBdr" else (*_AFTER_BIDI, *_AFTER_ALL)
    element = _element(tag, {})
    place = next((child for child in properties if child.tag.rsplit("}", 1)[-1] in after), None)
    if place is None:
        properties.append(element)
    else:
        place.addprevious(element)
    return element
