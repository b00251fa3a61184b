"""The four marks of the content as HTML: nothing else in a text becomes markup."""

from __future__ import annotations

import pytest

from smtraining.bank.marks import bare, inline_html, list_html, parts, plain, prose_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain & <b>", "plain &amp; &lt;b&gt;"),
        ("*stress* and **strong**", "<em>stress</em> and <strong>strong</strong>"),
        ("**all *of* it**", "<strong>all <em>of</em> it</strong>"),
        ("2 * 3 * 4 and ** alone", "2 * 3 * 4 and ** alone"),
        ("[[who|the *baker's* twin]] left", "the <em>baker&#x27;s</em> twin left"),
        ("**<script>**", "<strong>&lt;script&gt;</strong>"),
    ],
)
def test_a_line(text: str, html: str) -> None:
    assert inline_html(text) == html


def test_a_text_with_paragraphs_and_a_list() -> None:
    text = "First line\nsecond line.\n\n- one\n- *two*\nafter the list\n  \n- three"
    first, last = "<ul>\n<li>one</li>\n<li><em>two</em></li>\n</ul>", "<ul>\n<li>three</li>\n</ul>"
    assert prose_html(text) == f"<p>First line second line.</p>\n{first}\n<p>after the list</p>\n{last}"
    assert list(parts("")) == []
    assert list_html(("a<b",)) == "<ul>\n<li>a&lt;b</li>\n</ul>"


def test_the_words_alone() -> None:
    assert bare("[[a-1|Bus 14]] late") == "Bus 14 late"
    assert plain("**Mark** every *[[x|detail]]*") == "Mark every detail"
