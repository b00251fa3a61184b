"""Lesson 09 is also read by working groups who take no course: its links lead where they say, and it tells what its data tell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smtraining import bank as banks
from smtraining.authoring import course, notebooks

LESSONS = course.lessons(Path(__file__).parent.parent)

_LINK = re.compile(r"\]\(#([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)


def _anchors(texts: list[str]) -> set[str]:
    """The ids that Jupyter gives the headings: the words as they are, with hyphens for spaces."""
    return {heading.replace("*", "").replace(" ", "-") for text in texts for heading in _HEADING.findall(text)}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_link_within_a_lesson_leads_to_a_heading_of_it(lesson: Path) -> None:
    texts = notebooks.markdown(lesson)
    linked = {anchor for text in texts for anchor in _LINK.findall(text)}
    assert linked <= _anchors(texts)


def test_whoever_wants_only_the_policy_finds_the_way_on_the_first_screen() -> None:
    first = notebooks.markdown(next(path for path in LESSONS if path.stem == "09-your-policy"))[0]
    assert {"Which-rules-bind-us", "The-policy-is-built-here", "A-policy-that-you-already-have"} <= set(_LINK.findall(first))


def test_the_lesson_says_what_the_module_is_listed_with() -> None:
    """Objectives, questions, key points and what to take to supervision stand in the lesson and in the data, in the same words."""
    module = banks.load().module("m09")
    read = "\n".join(notebooks.markdown(next(path for path in LESSONS if path.stem == module.slug)))
    listed = [*module.objectives, *module.guiding_questions, *module.key_points, *module.supervision]
    assert [line for line in listed if f"- {line}" not in read] == []
    assert f"# {module.title}" in read
