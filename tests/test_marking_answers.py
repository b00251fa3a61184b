"""What a student wrote, on its way to the marker's screen: everything is shown, nothing of it can act."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smtraining.grading.written import LONGEST_FORMATTED, LONGEST_SHOWN, Answers, shown

KINDS = {"p", "h", "li", "ul", "ol", "quote", "pre", "code", "strong", "em", "br", "hr", "text"}

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "script in a line": "Dear <script>alert(1)</script> reader",
    "event handler": '<img src=x onerror="alert(1)"> and <b onmouseover=alert(1)>bold</b>',
    "javascript link": "[a free visit](javascript:alert(1))",
    "data link": "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "picture elsewhere": "![tracker](https://tracker.example/pixel.png)",
    "reference": "[a][b]\n\n[b]: javascript:alert(1) 'title'",
    "autolink": "<javascript:alert(1)> <https://evil.example>",
    "comment": "before <!-- <script>alert(1)</script> --> after",
    "broken tags": "<<script>>alert(1)<</script\n>",
    "iframe": "<iframe src='https://evil.example'></iframe>",
    "style": "<style>* { display: none }</style>",
    "svg": "<svg onload=alert(1)>",
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62;",
    "quotes": "\"'><script>alert(1)</script>",
    "code fence": "```html\n<script>alert(1)</script>\n```",
    "math": "$\\href{javascript:alert(1)}{x}$",
    "html block": "<div>\n<a href='javascript:alert(1)'>x</a>\n</div>",
}


def words(nodes: list[dict[str, Any]]) -> str:
    return "".join(node.get("text", "") + words(node.get("c", [])) for node in nodes)


def check(nodes: list[dict[str, Any]]) -> None:
    for node in nodes:
        assert node["t"] in KINDS
        assert set(node) <= {"t", "text", "c"}
        assert isinstance(node.get("text", ""), str)
        check(node.get("c", []))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_node_can_hold_anything_but_text(name: str) -> None:
    check(shown(HOSTILE[name]))


@pytest.mark.parametrize(
    "name", ["script", "script in a line", "event handler", "javascript link", "picture elsewhere", "iframe", "comment"]
)
def test_the_marker_sees_what_was_tried(name: str) -> None:
    told = words(shown(HOSTILE[name]))
    telling = {"javascript link": "javascript:alert(1)", "picture elsewhere": "[picture: tracker]", "iframe": "<iframe"}
    assert telling.get(name, "alert(1)") in told


def test_markdown_is_laid_out() -> None:
    nodes = shown("# A post\n\nWarm and **safe**, *really*.\nSecond line.\n\n- one\n- two\n\n1. first\n\n> quoted\n\n`code`\n\n---\n")
    assert [node["t"] for node in nodes] == ["h", "p", "ul", "ol", "quote", "p", "hr"]
    assert [node["t"] for node in nodes[1]["c"]] == ["text", "strong", "text", "em", "text", "br", "text"]
    assert words(nodes[2:3]) == "onetwo"


def test_an_answer_that_lays_out_to_nothing_is_shown_as_typed() -> None:
    assert shown("[a]: https://example.org") == [{"t": "pre", "text": "[a]: https://example.org"}]


@pytest.mark.parametrize("unit", ["*a ", "[", "> ", "![a](", "`a``b", "- a\n  ", "<a ", "**a", "[![a"])
def test_text_made_to_keep_a_parser_busy_is_shown_all_the_same(unit: str) -> None:
    """A parser that went quadratic or too deep here would run into the test's time limit or Python's recursion limit."""
    nodes = shown((unit * LONGEST_FORMATTED)[:LONGEST_FORMATTED])
    check(nodes)
    assert words(nodes)


def test_deep_nesting_ends_in_text() -> None:
    nodes = shown("> " * 60 + "deep")
    check(nodes)
    assert len(json.dumps(nodes)) < 5_000 and "deep" in words(nodes)


def test_a_very_long_answer_is_shown_as_typed_and_cut_with_a_word_about_it(tmp_path: Path) -> None:
    text = "word " * 50_000
    assert shown(text) == [{"t": "pre", "text": text[:LONGEST_SHOWN]}]
    write(tmp_path, text)
    answer = Answers(tmp_path, "a").of("ada", "nb", "w1")
    assert answer.words == 50_000 and "The first 200,000 are shown" in answer.remarks[0]


def write(folder: Path, text: Any, **cell: Any) -> Path:
    path = folder / "ada" / "a" / "nb.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"cells": [{"cell_type": "markdown", "source": text, "metadata": {"nbgrader": {"grade_id": "w1"}}, **cell}]})
    )
    return path


def test_an_answer_is_read_again_when_its_file_has_changed(tmp_path: Path) -> None:
    answers = Answers(tmp_path, "a")
    write(tmp_path, ["one ", "two"])
    first = answers.of("ada", "nb", "w1")
    write(tmp_path, "one two three")
    second = answers.of("ada", "nb", "w1")
    assert (first.text, second.text) == ("one two", "one two three")
    assert first.digest != second.digest


def test_pictures_in_an_answer_are_named_and_not_shown(tmp_path: Path) -> None:
    write(tmp_path, "![x](attachment:x.svg)", attachments={"x.svg": {"image/svg+xml": "<svg onload=alert(1)>"}})
    answer = Answers(tmp_path, "a").of("ada", "nb", "w1")
    assert "Pictures came with this answer (1)" in answer.remarks[0]


@pytest.mark.parametrize(
    "content", ["", "[]", '{"cells": 3}', '{"cells": [[]]}', '{"cells": [{"metadata": {"nbgrader": 7}}]}', "[" * 100_000]
)
def test_a_notebook_that_cannot_be_read_is_a_remark_and_not_an_end(tmp_path: Path, content: str) -> None:
    path = write(tmp_path, "x")
    path.write_text(content)
    answer = Answers(tmp_path, "a").of("ada", "nb", "w1")
    assert (answer.text, answer.there) == ("", False)
    assert "Autograde it again" in answer.remarks[0]


def test_a_link_to_somebody_elses_notebook_is_not_read(tmp_path: Path) -> None:
    path = write(tmp_path, "x")
    other = tmp_path / "other.ipynb"
    path.rename(other)
    path.symlink_to(other)
    assert not Answers(tmp_path, "a").of("ada", "nb", "w1").there
