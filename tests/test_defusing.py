"""What a student writes in Markdown is shown and never acts: no tag, no script, no address of its own, no picture from elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from nbconvert.filters.markdown import markdown2html
from nbformat.v4 import new_markdown_cell

from smtraining.grading.defusing import defuse, defused

PLAIN = {"p", "br", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "a", "img", "div", "span"}
PLAIN |= {"table", "thead", "tbody", "tr", "th", "td"}


class Acting(HTMLParser):
    """Tags and addresses in a page that are more than text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        addresses = [value or "" for name, value in attrs if name in ("href", "src")]
        safe = ("http://", "https://", "mailto:", "#", "attachment:", "data:image/")
        plain = tag in PLAIN
        if not plain or any(name.startswith("on") for name, _ in attrs) or not all(a.startswith(safe) for a in addresses):
            self.found.append(self.get_starttag_text() or tag)
        if tag == "img" and not addresses[0].startswith("data:image/"):
            self.found.append("a picture from elsewhere")


HOSTILE = [
    "<script>alert(1)</script>",
    "\\<script>x</script>",
    "\\\\<script>x</script>",
    "\\\\\\<script>x</script>",
    "<img src=x onerror=alert(1)>",
    "text\n<div>\n\n<script>s</script>",
    "* <details open ontoggle=alert(1)>",
    "> <script>q</script>",
    "| a |\n|---|\n| <script>x</script> |",
    "[x](javascript:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](data:text/html,hi)",
    "[x](/formgrader/api/gradebook)",
    "[x](file:///etc/passwd)",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "[r]\n\n[r]:\njavascript:alert(1)",
    "[r]\n\n[r]:   <javascript:alert(1)>",
    "[x]:javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "![x](http://tracker.example/x.png)",
    "![x\ny](http://tracker.example/x.png)",
    "![x][r]\n\n[r]: http://tracker.example/x.png",
    "![x]\n\n[x]: http://tracker.example/x.png",
    "\\\\![x](http://tracker.example/x.png)",
    "[![x](http://tracker.example/x.png)](https://a.example)",
    "![gone](attachment:not-there.png)",
    "$<script>alert(1)</script>$",
    "$$<img src=x onerror=alert(1)>$$",
    "\\begin{equation}<script>x</script>\\end{equation}",
    "```\n<script>f</script>\n```",
    "<!-- <script> --><?php ?><![CDATA[x]]>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_acts_loads_or_leads_elsewhere(text: str) -> None:
    safe = defused(text)
    assert Acting(markdown2html(safe)).found == []
    assert defused(safe) == safe


def test_most_of_these_would_act_without_it() -> None:
    """The check itself sees: nbconvert passes on what it is given."""

    def acts(text: str) -> bool:
        try:
            return bool(Acting(markdown2html(text)).found)
        except Exception:  # a picture that is not there keeps nbconvert from showing the cell at all
            return True

    assert sum(map(acts, HOSTILE)) > 20


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 < $9, and 3 <4.",
        "**First**, I *asked* her.\n\n- one\n- two\n\n> quoted",
        "See [the Code](https://www.example.org/code) or [write](mailto:a@example.org) or [above](#top).",
        "a [note] in brackets (and more)",
    ],
)
def test_ordinary_writing_stays_as_it_is(text: str) -> None:
    assert defused(text) == text


def test_what_was_written_is_still_read() -> None:
    html = markdown2html(defused("Use <b>bold</b> & [x](javascript:1) in \\href{y}{z}"))
    assert html.strip() == "<p>Use &lt;b&gt;bold&lt;/b&gt; &amp; [x](javascript:1) in href{y}{z}</p>"


def test_a_picture_in_the_cell_stays_and_what_only_claims_to_be_one_goes() -> None:
    cell = new_markdown_cell("![a](attachment:a.png) ![b](attachment:b.svg) ![c](attachment:c.png)")
    cell.attachments = {
        "a.png": {"image/png": "iVBORw0KGgo=", "text/html": "<script>"},
        "b.svg": {"image/svg+xml": "<svg onload=alert(1)>"},
        "c.png": {"image/png": '" onerror="alert(1)'},
    }
    defuse(cell)
    assert cell.attachments == {"a.png": {"image/png": "iVBORw0KGgo="}}
    assert cell.source.startswith("![a](attachment:a.png) \\![b]")
    assert "\\![c]" in cell.source
