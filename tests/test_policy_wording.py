"""Word patterns: what they find, what they leave alone, and what counts as a denial."""

from __future__ import annotations

from typing import Literal

import pytest

from smtraining.bank.wording import check, found
from smtraining.models import Wording


def words(pattern: str, text: str, sense: Literal["offers", "forbids", "says"] = "says") -> list[str]:
    return [hit.words for hit in found(Wording(sense=sense, find=(pattern,)), text)]


@pytest.mark.parametrize(
    ("pattern", "text", "hit"),
    [
        ("hide comments", "We HIDE comments.", "HIDE comments"),
        ("hide comments", "We hide, “comments”.", "hide, “comments"),
        ("hide comments", "We hide all comments.", None),
        ("hide comments", "We hide. Comments stay.", None),
        ("hide [all] comments", "We hide all comments.", "hide all comments"),
        ("hide [all] comments", "We hide comments.", "hide comments"),
        (
            "hide ... comments",
            "We hide one two three four five six seven eight comments.",
            "hide one two three four five six seven eight comments",
        ),
        ("hide ... comments", "We hide one two three four five six seven eight nine comments.", None),
        ("hid*|delet* post*", "They deleted posts.", "deleted posts"),
        ("hid*|delet* post*", "They compost.", None),
        ("social_media", "on Social-Media now", "Social-Media"),
        ("client story", "a client’s story", "client’s story"),
        ("can post", "You can't post.", None),
        ("post", "We re-post it.", "post"),
        ("24/7", "Open 24/7.", "24/7"),
    ],
)
def test_what_a_pattern_finds(pattern: str, text: str, hit: str | None) -> None:
    assert words(pattern, text) == ([hit] if hit else [])


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("We delete comments.", True),
        ("We may delete some comments.", True),
        ("We do not delete comments.", False),
        ("We don’t delete comments.", False),
        ("Nobody deletes comments.", False),
        ("It is prohibited to delete comments.", False),
        ("Avoid deleting comments.", False),
        ("We delete no comments.", False),
        ("Deleting comments is not allowed.", False),
        ("Deleting comments is strictly forbidden.", False),
        ("Deleted comments must never be the rule.", False),
        ("Nothing prohibits us from deleting comments.", True),
        ("We do not post names, and we delete comments.", True),
        ("We keep names to ourselves but delete comments.", True),
        ("We delete comments that are not about us.", True),
        ("We do not write to clients. We delete comments.", True),
    ],
)
def test_whether_a_sentence_offers_a_thing_or_forbids_it(text: str, offered: bool) -> None:
    assert bool(words("delet* ... comments", text, "offers")) is offered
    assert bool(words("delet* ... comments", text, "forbids")) is not offered


def test_a_second_match_in_the_sentence_counts_where_the_first_is_denied() -> None:
    assert words("delet* ... comments|posts", "We never delete comments, and we delete posts.", "offers") == ["delete posts"]


def test_a_sentence_with_the_words_of_unless_is_spared_and_its_neighbor_is_not() -> None:
    wording = Wording(sense="says", find=("delete",), unless=("copy",))
    hits = found(wording, "Delete it, but keep a copy. Then delete it.\n\n- Delete the rest\n- Keep a copy, delete nothing")
    assert [hit.sentence for hit in hits] == ["Then delete it.", "- Delete the rest"]


def test_a_sentence_is_quoted_word_for_word_and_once() -> None:
    (hit,) = found(Wording(sense="says", find=("delete", "post*")), 'At 9 a.m. we say: "Delete the\npost, and post no more!" Done.')
    assert (hit.sentence, hit.words) == ('At 9 a.m. we say: "Delete the\npost, and post no more!"', "Delete")


@pytest.mark.parametrize("pattern", ["... post", "post ...", "post|", "|post", "po st|(a)", "[a post]", "post?"])
def test_a_pattern_that_is_not_well_formed_is_named(pattern: str) -> None:
    (defect,) = check(Wording(sense="says", find=("fine",), unless=(pattern,)))
    assert f"'{pattern}'" in defect


def test_a_long_text_without_a_match_is_read_to_its_end() -> None:
    text = "delete " * 5000 + ". We delete comments."
    assert words("delete comments", text) == ["delete comments"]
