"""The static version of a page: complete, safe, deterministic, and silent about keys and about what comes later in a story."""

from __future__ import annotations

import copy
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from vignette_support import ARTIFACTS, LIBRARY, PLAIN, artifact_page, reveal_of, view_of, with_text

from smtraining.kinds import KINDS
from smtraining.models import SPAN, Artifact
from smtraining.widgets.static import page_html, page_text

Data = dict[str, Any]

VOID = {"br", "hr"}


def options(*texts: str, prefix: str = "") -> list[Data]:
    return [{"id": f"{prefix}{'abcdef'[i]}", "text": text} for i, text in enumerate(texts)]


def item(kind: str, **fields: Any) -> Data:
    return {"id": f"m03-{kind}", "kind": kind, "stem": f"The question of kind {kind}?", "how": f"How to answer a {kind}."} | fields


ITEMS: dict[str, Data] = {
    view["kind"]: view
    for view in (
        item(
            "single", options=options("Call first", "Write first"), hint="Think of *who* reads it.", context="It is Monday.\n\n- one\n- two"
        ),
        item("multiple", options=options("The name", "The place"), rule="plus-minus", points=2),
        item("pair", actions=options("Take it down", "Leave it"), reasons=options("It identifies", "It is kind", prefix="r")),
        item("order", entries=options("Tell", "Write down", "Decide")),
        item("match", entries=options("A shelter's street", "A shoe size"), categories=options("Points to someone", "Does not")),
        item("spot", artifact="fx-post", spans=[{"id": "boy", "text": "seventh grader with a hearing aid"}]),
        item("rank", options=options("Ask her", "Report her", "Wait")),
        item("rate", responses=options("Answer online", "Call back"), scale=["Very inappropriate", "Appropriate"]),
        item("scale", steps=[{"id": "1", "text": "Never"}, {"id": "2", "text": "Always"}], low="low end", high="high end"),
        item("reflect", words=[40, 120]),
    )
}


def quiz(*kinds: str, **fields: Any) -> Data:
    post = ARTIFACTS["post"]
    return {
        "schema": 1, "page": "quiz", "id": "m03-quiz", "title": "A changed name", "mode": "formative",
        "items": [ITEMS[kind] for kind in kinds], "artifacts": {post["id"]: post},
    } | fields  # fmt: skip


class Outline(HTMLParser):
    """The tags and the words of a page; fails on a tag that is not closed where it should be."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def texts_of(data: Any, skip: tuple[str, ...]) -> list[str]:
    """Every text in JSON data that a reader must find, without marks, in one line per paragraph or list item."""
    if isinstance(data, str):
        bare = SPAN.sub(r"\2", data).replace("*", "")
        return [" ".join(part.split()) for part in re.split(r"\n\s*\n(?:- )?|\n- ", bare) if part.strip()]
    if isinstance(data, list):
        return [text for entry in data for text in texts_of(entry, skip)]
    if isinstance(data, dict):
        return [text for name, value in data.items() if name not in skip for text in texts_of(value, skip)]
    return []


NAMES = ("id", "kind", "type", "rule", "artifact", "page", "mode", "drawing", "step")


def test_every_kind_of_question_has_a_case_here() -> None:
    assert sorted(ITEMS) == sorted(KINDS)


@pytest.mark.parametrize("kind", ITEMS)
def test_every_text_of_a_question_is_on_the_static_page(kind: str) -> None:
    view = quiz(kind)
    shown, plain = Outline(page_html(view, {})).text, " ".join(page_text(view, {}).split())
    for text in texts_of(ITEMS[kind], NAMES):
        assert text in shown
        assert text in plain


@pytest.mark.parametrize("type", ARTIFACTS)
def test_every_text_of_an_artifact_is_on_the_static_page(type: str) -> None:
    view = artifact_page(type)
    shown = Outline(page_html(view, {})).text
    plain = " ".join(re.sub(r"^\|", "", page_text(view, {}), flags=re.MULTILINE).split())
    for text in texts_of(ARTIFACTS[type], (*NAMES, "notices", "mine", "rating")):
        assert text in shown or text[:1].upper() + text[1:] in shown
        assert text in plain
    assert "[[" not in shown + plain


def test_a_picture_is_its_words_and_a_rating_is_a_sentence() -> None:
    assert "Picture: A man in his forties" in Outline(page_html(artifact_page("profile"), {})).text
    assert "Rating: 2 of 5 stars" in Outline(page_html(artifact_page("review"), {})).text


def test_the_own_side_of_a_conversation_is_told_in_words() -> None:
    assert "Night line, Shared account of the team (your side), 11:07 p.m." in Outline(page_html(artifact_page("dm"), {})).text


def test_other_peoples_eyes_are_printed_with_what_each_notices() -> None:
    shown = Outline(page_html(artifact_page("story"), {})).text
    assert "A reporter, a year later He is writing about the woman in the red coat." in shown
    assert "What stands out: Tonight, 7:05 p.m. Harbor Street Community Kitchen wall painting of two swifts" in shown


def test_the_page_reads_in_order_and_says_how_to_answer() -> None:
    view = quiz("single", "spot", "multiple", intro="Three *short* questions.")
    words = Outline(page_html(view, {})).text
    wanted = [
        "A changed name", "Three short questions.", "Run this cell to answer (Run > Run All Cells).",
        "Question 1 of 3", "It is Monday.", "Call first", "Write first",
        "Question 2 of 3", "Post on ChatterBox", "Question 3 of 3 (2 points)", "The name", "The place",
    ]  # fmt: skip
    places = [words.index(text) for text in wanted]
    assert places == sorted(places)


def test_the_shape_of_a_marker_says_whether_one_or_several_may_be_chosen() -> None:
    assert "( ) Call first" in page_text(quiz("single"), {})
    assert "[ ] The name" in page_text(quiz("multiple"), {})
    assert "[__] Tell" in page_text(quiz("order"), {})
    assert "○ Call first" in Outline(page_html(quiz("single"), {})).text
    assert "☐ The name" in Outline(page_html(quiz("multiple"), {})).text


def test_a_rating_is_a_table_with_headed_columns_and_rows() -> None:
    source = page_html(quiz("rate"), {})
    assert '<th scope="col">Very inappropriate</th>' in source
    assert '<th scope="row">Call back</th>' in source
    assert Outline(source).tags.count("td") == 4


def test_an_artifact_that_two_questions_share_is_printed_once_and_referred_to() -> None:
    words = Outline(page_html(quiz("spot") | {"items": [ITEMS["spot"], ITEMS["spot"] | {"id": "m03-again"}]}, {})).text
    assert words.count("who reads it") == 0
    assert words.count("You know it was a real Thursday") == 1
    assert "This is about the same thing as above: Post on ChatterBox by Odile Brandt." in words


# --- vignettes --------------------------------------------------------------------------------------------------------


def test_a_vignette_shows_the_case_and_the_first_question_and_no_more() -> None:
    view, reveals = view_of(LIBRARY), {LIBRARY.id: reveal_of(LIBRARY, None)}
    words = Outline(page_html(view, reveals)).text
    for text in (
        "This case is about a man who has no home.", "talk to somebody you trust", "You are the social worker of a city library.",
        "Government agency", "Gus has no home", "to our regular in the blue parka", "Quick: what would you do?",
        "Ask Petra to take the post down", "The story goes on when you run the cell",
    ):  # fmt: skip
        assert text in words
    assert words.count("The man in the blue parka") == 1, "the title of the page is not repeated"
    for later in ("At the desk", "behind the bus station", "Who can recognise Gus"):
        assert later not in words


@pytest.mark.parametrize("vignette", [LIBRARY, PLAIN, LIBRARY.model_copy(update={"gut": None})], ids=["full", "plain", "without gut"])
def test_the_static_version_of_a_case_does_not_depend_on_anybodys_answers(vignette: Any) -> None:
    """It is stored in the notebook, which a learner hands in or passes on."""
    fresh = {vignette.id: reveal_of(vignette, None)}
    done = {"path": ["tell", "his-call"], "thought": True} | ({"gut": "tell"} if vignette.gut else {})
    ended = {vignette.id: reveal_of(vignette, done)}
    assert ended[vignette.id]["stage"] == "ended"
    assert page_html(view_of(vignette), ended) == page_html(view_of(vignette), fresh)
    assert page_text(view_of(vignette), ended) == page_text(view_of(vignette), fresh)


def test_a_case_without_a_first_answer_shows_what_is_asked_first_instead() -> None:
    thinking = LIBRARY.model_copy(update={"gut": None})
    assert "Who can recognise Gus from this?" in page_text(view_of(thinking), {thinking.id: reveal_of(thinking, None)})
    words = page_text(view_of(PLAIN), {PLAIN.id: reveal_of(PLAIN, None)})
    assert "At the desk" in words
    assert "( ) Walk over and tell Gus what the post says" in words


def test_a_case_without_a_reveal_still_shows_its_opening() -> None:
    assert "Gus has no home" in page_text(view_of(LIBRARY), {})


# --- safe, stable, silent ---------------------------------------------------------------------------------------------


def everything() -> tuple[Data, dict[str, Data]]:
    """A page with every kind of question, a vignette and every artifact."""
    view = quiz(*ITEMS)
    view["items"] = [*view["items"], view_of(LIBRARY)["items"][0]]
    view["artifacts"] = {artifact["id"]: artifact for artifact in ARTIFACTS.values()} | view_of(LIBRARY)["artifacts"]
    view["items"] += [ITEMS["single"] | {"id": f"m03-{a['id']}", "artifact": a["id"]} for a in ARTIFACTS.values()]
    return view, {LIBRARY.id: reveal_of(LIBRARY, None)}


def test_hostile_text_stays_text() -> None:
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)> &amp; \"' </blockquote></div>"
    view, reveals = everything()
    keep = frozenset({"id", "kind", "type", "artifact", "drawing", "notices", "stage", "chosen", "step", "rule", "page", "mode"})
    hostile = Outline(page_html(*(with_text(data, lambda text: f"{text} {bad}", keep) for data in (view, reveals))))
    assert not {"script", "img"} & set(hostile.tags)
    assert "<script>alert(1)</script>" in hostile.text
    assert sorted(set(hostile.tags)) == sorted(set(Outline(page_html(view, reveals)).tags))


def test_two_calls_give_the_same_bytes_and_leave_the_view_alone() -> None:
    view, reveals = everything()
    before = copy.deepcopy((view, reveals))
    again = json.loads(json.dumps([view, reveals]))
    assert page_html(view, reveals) == page_html(*again)
    assert page_text(view, reveals) == page_text(*again)
    assert (view, reveals) == before


def test_the_page_can_stand_in_any_notebook() -> None:
    """No ids that could collide, no inputs, no scripts, no outside resources; headings leave h1 and h2 to the notebook."""
    page = Outline(page_html(*everything()))
    assert not {"id", "src", "href", "style", "onclick"} & {name for name, _ in page.attributes}
    assert not {"script", "input", "button", "select", "textarea", "form", "h1", "h2", "iframe", "link"} & set(page.tags)
    assert page.tags.count("h3") == 1


def test_the_style_sheet_reaches_nothing_outside_the_page() -> None:
    style = re.search(r"<style>(.*?)</style>", page_html(*everything()))
    assert style
    rules = re.sub(r"@media print\{(.*)\}", r"\1", re.sub(r"@keyframes smt-[a-z-]+\{to\{[^}]*\}\}", "", style[1]))
    selectors = re.findall(r"([^{}]+)\{", rules)
    assert len(selectors) > 5
    # A rule is about the static page, or about the line beside it that says its widget is gone.
    assert all(".smt-static" in s for s in selectors)


def test_the_plain_text_is_ascii_and_fits_a_terminal() -> None:
    view, reveals = everything()
    view["items"][0] = view["items"][0] | {"stem": "“Señora Dvořák” – isn’t she… at § 3 → 4?", "options": options("x" * 200, "Zoë")}
    text = page_text(view, reveals)
    assert text.isascii()
    assert max(len(line) for line in text.splitlines()) <= 80
    assert '"Senora Dvorak" - isn\'t she... at sec. 3 -> 4?' in " ".join(text.split())
    assert text.endswith("\n")


def test_the_four_marks_are_drawn_and_do_not_show() -> None:
    view = quiz("single", intro="One *word*, **two words**, 2 * 3 * 4.\n\nA list:\n- first\n- second\n\nEnd.")
    source = page_html(view, {})
    assert "<p>One <em>word</em>, <strong>two words</strong>, 2 * 3 * 4.</p>" in source
    assert "<p>A list:</p>\n<ul>\n<li>first</li>\n<li>second</li>\n</ul>\n<p>End.</p>" in source
    assert "One word, two words, 2 * 3 * 4." in page_text(view, {})
    assert "- first\n- second" in page_text(view, {})


def test_a_formative_question_gives_nothing_of_its_key_away() -> None:
    question = KINDS["single"].model_validate({
        "kind": "single", "id": "m03-q", "stem": "Which?", "rationale": "SECRET rationale",
        "concerns": ["confidentiality"], "epas": [1], "sources": ["nasw-1.07r"],
        "options": [
            {"id": "a", "text": "This", "feedback": "SECRET a", "correct": True}, {"id": "b", "text": "That", "feedback": "SECRET b"}
        ],
    })  # fmt: skip
    view = quiz() | {"items": [question.view()]}
    for shown in (page_html(view, {}), page_text(view, {})):
        assert "Which?" in shown
        assert "SECRET" not in shown
        assert "correct" not in shown


def test_an_unknown_kind_is_refused_with_the_kinds_there_are() -> None:
    view = quiz() | {"items": [item("riddle")]}
    with pytest.raises(ValueError, match=r"m03-riddle: no static version for the kind 'riddle'; there is one for single, multiple"):
        page_html(view, {})


def test_the_type_names_are_those_of_the_model() -> None:
    assert sorted(ARTIFACTS) == sorted(Artifact.model_fields["type"].annotation.__args__)
