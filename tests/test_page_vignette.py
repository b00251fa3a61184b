"""Vignettes and artifacts in a real browser: played by mouse and by keyboard, resumed, replayed, saved, and how they look to axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from browser_support import Stage
from playwright.sync_api import Locator, expect
from vignette_support import (
    ARTIFACTS,
    ENDED,
    GUT,
    HALFWAY,
    LIBRARY,
    PLAIN,
    THOUGHT,
    artifact_page,
    play_page,
    record_of,
    reveal_of,
    with_text,
)

from smtraining.models import Artifact, Picture

pytest_plugins = ["browser_support"]
pytestmark = pytest.mark.browser

Open = Callable[..., Stage]
Data = dict[str, Any]

TYPES = list(Artifact.model_fields["type"].annotation.__args__)
DRAWINGS = list(Picture.model_fields["drawing"].annotation.__args__)

# How far a learner can have come, and the heading of the place where the page must open again.
PLACES = {
    "not begun": (None, "Before you read"),
    "thinking": (GUT, "Think: Take a minute"),
    "first scene": (THOUGHT, "At the desk"),
    "second scene": (HALFWAY, "In the reading room"),
    "ended": (ENDED, "How it ends: The chair by the window"),
}
SUPPRESS = "[data-lm-suppress-shortcuts='true']"


def heading(stage: Stage, name: str) -> Locator:
    return stage.page.get_by_role("heading", name=name, exact=True)


def press(stage: Stage, name: str) -> None:
    stage.page.get_by_role("button", name=name, exact=True).click()


def section(stage: Stage, name: str) -> Locator:
    return stage.page.get_by_role("group", name=name, exact=True)


def tab_to(stage: Stage, target: Locator) -> None:
    """Press Tab until the target has the focus, as somebody without a mouse has to."""
    for _ in range(60):
        stage.page.keyboard.press("Tab")
        if target.evaluate("(node) => node === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {target}")


def unfold(stage: Stage) -> None:
    stage.page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")


def overflow(stage: Stage) -> list[str]:
    """Elements that reach beyond the right edge of the window."""
    found: list[str] = stage.page.evaluate(
        """() => [...document.querySelectorAll('.smt *')]
            .filter((node) => !node.closest('svg') && getComputedStyle(node).clipPath === 'none')
            .filter((node) => node.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
            .map((node) => node.outerHTML.slice(0, 90))"""
    )
    return found


# --- playing ----------------------------------------------------------------------------------------------------------


def test_a_case_is_played_by_mouse_from_the_first_answer_to_the_debrief(open_page: Open) -> None:
    stage = play_page(open_page)
    press(stage, "Continue to the case")
    stage.page.get_by_label("Ask Petra to take the post down at once").check()
    press(stage, "Record my first answer")
    expect(section(stage, "Gut first: Your first answer")).to_contain_text("You said: Ask Petra to take the post down at once")

    stage.page.get_by_label("Nobody, there is no name").check()
    expect(section(stage, "Think: Take a minute")).to_contain_text("There is a coat, a place and an hour.")
    stage.page.get_by_label("Everybody who knows his street").check()
    expect(section(stage, "Think: Take a minute")).to_contain_text("as good as a name to them")
    expect(section(stage, "Think: Take a minute")).not_to_contain_text("There is a coat, a place and an hour.")
    stage.page.get_by_label("In one sentence, whom would you ask first?").fill("Gus himself.")
    press(stage, "Decide again")

    stage.page.get_by_label("Walk over and tell Gus what the post says").check()
    press(stage, "Decide")
    expect(heading(stage, "In the reading room")).to_be_visible()
    expect(stage.page.get_by_role("article", name="Thread on Neighborly by Eastside Library")).to_contain_text("behind the bus station")
    stage.page.get_by_label("Tell him that it is his call, and what each way brings").check()
    press(stage, "Decide")

    expect(heading(stage, "How it ends: The chair by the window")).to_be_visible()
    debrief = section(stage, "Debrief: Looking back")
    expect(debrief.get_by_text("Your first answer")).to_be_visible()
    expect(debrief.get_by_text("Your answer after thinking")).to_be_visible()
    expect(debrief).to_contain_text("You changed your mind.")
    for part in ("What happened", "What law and code say, and what they leave open", "Where experts differ", "What to write in the record",
                 "What to take to supervision"):  # fmt: skip
        expect(debrief.get_by_role("heading", name=part)).to_be_visible()
    last = stage.last(LIBRARY.id)
    assert last["value"] == {
        "gut": "delete", "think": {"who": "street", "ask": "Gus himself."}, "thought": True,
        "path": ["tell", "his-call"], "replay": {}, "patch": None,
    }  # fmt: skip


def test_a_case_is_played_with_the_keyboard_alone(open_page: Open) -> None:
    stage = play_page(open_page)
    keys, page = stage.page.keyboard, stage.page

    def choose_second(group: Locator) -> None:
        tab_to(stage, group.get_by_role("radio").first)
        keys.press("ArrowDown")
        expect(group.get_by_role("radio").nth(1)).to_be_checked()

    def push(name: str) -> None:
        tab_to(stage, page.get_by_role("button", name=name, exact=True))
        keys.press("Enter")

    push("Continue to the case")
    choose_second(page.get_by_role("group", name="Quick: what would you do?"))
    push("Record my first answer")
    expect(heading(stage, "Think: Take a minute")).to_be_focused()
    choose_second(page.get_by_role("group", name="Identify who benefits and who is harmed: Who can recognise Gus from this?"))
    tab_to(stage, page.get_by_label("In one sentence, whom would you ask first?"))
    keys.type("Petra.")
    push("Decide again")
    expect(heading(stage, "At the desk")).to_be_focused()
    choose_second(page.get_by_role("group", name="What do you do now?"))
    push("Decide")
    expect(heading(stage, "Petra is hurt")).to_be_focused()
    choose_second(page.get_by_role("group", name="Do you tell Gus?"))
    push("Decide")
    expect(heading(stage, "How it ends: November")).to_be_focused()
    choose_second(page.get_by_role("group", name="Where do you work this time?"))
    expect(page.get_by_text("You rent a room in the library")).to_be_visible()
    choose_second(page.get_by_role("group", name="What do you do now?"))
    push("Decide here")
    expect(page.get_by_text("Only with his consent.")).to_be_visible()
    choose_second(page.get_by_role("group", name="Which rule would have helped Petra?"))
    push("Save my wording")
    expect(page.get_by_text("kept in my policy so far")).to_be_visible()
    value = stage.last(LIBRARY.id)["value"]
    assert (value["gut"], value["path"], value["think"]["ask"]) == ("delete", ["delete", "silent"], "Petra.")
    assert value["replay"] == {"private-practice": "delete"}
    assert value["patch"]["clause"] == "no-details"


def test_choosing_is_not_deciding(open_page: Open) -> None:
    """An arrow key that passes over an option must not send the story on."""
    stage = play_page(open_page, value=THOUGHT)
    stage.page.get_by_label("Walk over and tell Gus what the post says").check()
    stage.page.get_by_label("Ask Petra to take the post down at once").check()
    stage.page.wait_for_timeout(100)
    assert stage.sent() == []
    expect(heading(stage, "At the desk")).to_be_visible()


def test_a_decision_without_a_choice_asks_for_one(open_page: Open) -> None:
    stage = play_page(open_page, value=THOUGHT)
    press(stage, "Decide")
    expect(stage.page.get_by_text("Choose one first.")).to_be_visible()
    expect(stage.page.get_by_label("Walk over and tell Gus what the post says")).to_be_focused()
    assert stage.sent() == []
    stage.page.get_by_label("Walk over and tell Gus what the post says").check()
    expect(stage.page.get_by_text("Choose one first.")).to_have_count(0)


def test_the_first_answer_can_be_given_without_comment(open_page: Open) -> None:
    """Nothing on the page judges the gut answer when it has been recorded."""
    stage = play_page(open_page)
    press(stage, "Continue to the case")
    stage.page.get_by_label("Ask Petra to take the post down at once").check()
    press(stage, "Record my first answer")
    expect(heading(stage, "Think: Take a minute")).to_be_visible()
    expect(stage.page.locator(".smt")).not_to_contain_text("Quick and half of the way.")


def test_the_new_scene_takes_the_focus_and_is_announced(open_page: Open) -> None:
    stage = play_page(open_page, value=THOUGHT)
    stage.page.get_by_label("Ask Petra to take the post down at once").check()
    press(stage, "Decide")
    new = heading(stage, "Petra is hurt")
    expect(new).to_be_focused()
    assert new.get_attribute("tabindex") == "-1", "the heading is no stop on the way through the page"
    expect(stage.page.locator(".smt-live")).to_have_text("Petra is hurt")


def test_a_past_scene_is_folded_and_still_says_what_was_chosen_and_can_be_read(open_page: Open) -> None:
    stage = play_page(open_page, value=HALFWAY)
    past = stage.page.locator("details", has=stage.page.get_by_role("heading", name="At the desk"))
    expect(past.locator("summary")).to_contain_text("You chose: Walk over and tell Gus what the post says")
    expect(past.get_by_text("Eleven thanks already!")).to_be_hidden()
    past.locator("summary").click()
    expect(past.get_by_text("Eleven thanks already!")).to_be_visible()
    expect(past).to_contain_text("Ask Petra to take the post down at once")


def test_the_debrief_opens_the_own_choice_and_folds_the_others(open_page: Open) -> None:
    stage = play_page(open_page, value=ENDED)
    debrief = section(stage, "Debrief: Looking back")
    expect(debrief.get_by_text("It costs a minute and it is his story.")).to_be_visible()
    expect(debrief.get_by_text("Quick and half of the way.")).to_be_hidden()
    debrief.get_by_text("Ask Petra to take the post down at once").last.click()
    expect(debrief.get_by_text("Quick and half of the way.")).to_be_visible()
    expect(debrief.get_by_text("He never learns of it.")).to_be_visible()


def test_a_source_that_may_be_out_of_date_is_seen_without_unfolding(open_page: Open) -> None:
    stage = play_page(open_page, value=ENDED)
    shown = section(stage, "Debrief: Looking back").locator(".smt-all-sources")
    expect(shown.get_by_text("This may be out of date")).to_be_visible()
    expect(shown).to_contain_text("2019")


def test_staying_with_the_first_answer_is_said_without_praise_or_blame(open_page: Open) -> None:
    stage = play_page(open_page, value=ENDED | {"gut": "tell"})
    expect(section(stage, "Debrief: Looking back")).to_contain_text("You stayed with it.")


def test_a_case_without_first_answer_thinking_and_replays_starts_with_its_first_scene(open_page: Open) -> None:
    stage = play_page(open_page, PLAIN)
    expect(heading(stage, "At the desk")).to_be_visible()
    expect(heading(stage, "Before you read")).to_have_count(0)
    for text in ("Walk over and tell Gus what the post says", "Tell him that it has to go"):
        stage.page.get_by_label(text).check()
        press(stage, "Decide")
    expect(heading(stage, "How it ends: An empty chair")).to_be_focused()
    debrief = section(stage, "Debrief: Looking back")
    expect(debrief).to_contain_text("Your answer")
    expect(debrief).not_to_contain_text("Your first answer")
    expect(stage.page.get_by_text("The same case, another employer")).to_have_count(0)


# --- the content note -------------------------------------------------------------------------------------------------


def test_a_content_note_comes_before_the_case_and_offers_a_way_out(open_page: Open) -> None:
    stage = play_page(open_page)
    note = section(stage, "Before you read")
    expect(note).to_contain_text("Nobody is hurt.")
    expect(note).to_contain_text("talk to somebody you trust")
    expect(note).to_contain_text("You may skip this case.")
    expect(stage.page.locator(".smt")).not_to_contain_text("Gus has no home")
    press(stage, "Continue to the case")
    expect(heading(stage, "The case")).to_be_focused()
    expect(stage.page.get_by_text("Gus has no home")).to_be_visible()
    assert stage.sent() == [], "reading a note is not an answer"


def test_the_content_note_stays_at_hand_for_a_case_that_was_begun(open_page: Open) -> None:
    stage = play_page(open_page, value=GUT)
    expect(stage.page.get_by_text("talk to somebody you trust")).to_be_hidden()
    heading(stage, "Content note").click()
    expect(stage.page.get_by_text("talk to somebody you trust")).to_be_visible()


# --- coming back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
def test_a_reload_opens_the_same_place_and_leaves_the_focus_alone(open_page: Open, place: str) -> None:
    value, title = PLACES[place]
    stage = play_page(open_page, value=value)
    expect(heading(stage, title)).to_be_visible()
    assert stage.page.evaluate("document.activeElement === document.body")
    assert stage.sent() == []


def test_a_reload_shows_what_was_thought_replayed_and_worded(open_page: Open) -> None:
    stage = play_page(open_page, value=ENDED)
    expect(stage.page.get_by_text("2 of 2 prompts answered")).to_be_visible()
    heading(stage, "Think: What you thought about").click()
    expect(stage.page.get_by_text("Petra, then Gus.")).to_be_visible()
    expect(stage.page.get_by_text("A regular place and a coat are as good as a name to them.")).to_be_visible()
    expect(stage.page.get_by_label("Nonprofit")).to_be_checked()
    expect(section(stage, "Replay: The same case, another employer")).to_contain_text("Still the strongest.")
    expect(stage.page.get_by_label("Your wording")).to_have_value("We ask first, and we take no for an answer.")
    expect(stage.page.get_by_label("We ask people before we thank them in public.")).to_be_checked()
    expect(stage.page.get_by_text("Saved · kept in my policy so far")).to_be_visible()


def test_half_done_thinking_is_there_after_a_reload(open_page: Open) -> None:
    stage = play_page(open_page, value=GUT | {"think": {"who": "nobody", "ask": "Gus."}})
    expect(stage.page.get_by_label("Nobody, there is no name")).to_be_checked()
    expect(stage.page.get_by_label("In one sentence, whom would you ask first?")).to_have_value("Gus.")
    expect(section(stage, "Think: Take a minute")).to_contain_text("There is a coat, a place and an hour.")


def test_answers_that_come_back_from_the_notebook_replace_an_older_place(open_page: Open) -> None:
    """The page is already open at the thinking stage when the merged state arrives."""
    stage = play_page(open_page, value=GUT)
    stage.emit({
        "type": "restored", "seed": "fx",
        "answers": {LIBRARY.id: record_of(LIBRARY, GUT | {"think": {"who": "street"}}, 5)},
        "reveals": {LIBRARY.id: reveal_of(LIBRARY, GUT | {"think": {"who": "street"}})},
    })  # fmt: skip
    expect(stage.page.get_by_label("Everybody who knows his street")).to_be_checked()
    expect(section(stage, "Think: Take a minute")).to_contain_text("as good as a name to them")
    stage.emit({
        "type": "restored", "seed": "fx",
        "answers": {LIBRARY.id: record_of(LIBRARY, ENDED, 6)}, "reveals": {LIBRARY.id: reveal_of(LIBRARY, ENDED)},
    })  # fmt: skip
    expect(heading(stage, "How it ends: The chair by the window")).to_be_visible()
    expect(stage.page.get_by_label("Your wording")).to_have_value("We ask first, and we take no for an answer.")


def test_starting_over_goes_to_the_first_decision_and_keeps_first_answer_and_thoughts(open_page: Open) -> None:
    stage = play_page(open_page, value=ENDED)
    stage.page.get_by_label("Your wording").fill("Half a sentence that I have not saved")
    press(stage, "Start over from the first decision")
    expect(heading(stage, "At the desk")).to_be_focused()
    expect(stage.page.get_by_role("radio", checked=True)).to_have_count(0)
    value = stage.last(LIBRARY.id)["value"]
    assert value == ENDED | {"path": []}
    assert stage.last(LIBRARY.id)["done"] is False
    for text in ("Ask Petra to take the post down at once", "Yes, now"):
        stage.page.get_by_label(text).check()
        press(stage, "Decide")
    expect(stage.page.get_by_label("Your wording")).to_have_value("Half a sentence that I have not saved")


# --- what happens after the ending ------------------------------------------------------------------------------------


def test_every_employer_gets_a_verdict_of_its_own(open_page: Open) -> None:
    stage = play_page(open_page, value=ENDED | {"replay": {}})
    replay = section(stage, "Replay: The same case, another employer")
    replay.get_by_label("Nonprofit").check()
    replay.get_by_label("Ask Petra to take the post down at once").check()
    press(stage, "Decide here")
    expect(replay).to_contain_text("Faster here, and no record to keep.")
    replay.get_by_label("Private practice").check()
    expect(replay).not_to_contain_text("Faster here, and no record to keep.")
    replay.get_by_label("Walk over and tell Gus what the post says").check()
    press(stage, "Decide here")
    expect(replay).to_contain_text("In your office, not in the room.")
    assert stage.last(LIBRARY.id)["value"]["replay"] == {"nonprofit": "delete", "private-practice": "tell"}
    assert stage.last(LIBRARY.id)["value"]["path"] == ["tell", "his-call"]
    replay.get_by_label("Nonprofit").check()
    expect(replay).to_contain_text("Faster here, and no record to keep.")


def test_a_clause_is_adapted_and_saved_in_ones_own_words(open_page: Open) -> None:
    stage = play_page(open_page, value=ENDED | {"patch": None})
    area = stage.page.get_by_label("Your wording")
    expect(stage.page.get_by_text("Your wording is not saved yet")).to_be_visible()
    stage.page.get_by_label("We ask people before we thank them in public.").check()
    expect(area).to_have_value("We ask people before we thank them in public.")
    stage.page.get_by_label("We never post clothes, places or hours").check()
    expect(area).to_have_value("We never post clothes, places or hours that point to a person.")
    area.fill("We never post a coat.")
    press(stage, "Save my wording")
    expect(section(stage, "Policy patch: Mend your policy").locator(".smt-status")).to_have_text(
        "Saved 2 Mar, 10:02 · kept in my policy so far"
    )
    assert stage.last(LIBRARY.id)["value"]["patch"] == {"clause": "no-details", "text": "We never post a coat."}
    area.fill("We never post a coat or a corner.")
    expect(stage.page.get_by_text("Changed since you saved it")).to_be_visible()


def test_another_clause_never_overwrites_ones_own_words_unasked(open_page: Open) -> None:
    stage = play_page(open_page, value=ENDED)
    area = stage.page.get_by_label("Your wording")
    stage.page.get_by_label("We never post clothes, places or hours").check()
    expect(area).to_have_value("We ask first, and we take no for an answer.")
    press(stage, "Put this clause in its place")
    expect(area).to_have_value("We never post clothes, places or hours that point to a person.")


def test_an_empty_wording_is_not_saved(open_page: Open) -> None:
    stage = play_page(open_page, value=ENDED | {"patch": None})
    press(stage, "Save my wording")
    expect(stage.page.get_by_text("Choose a clause or write your own wording first.")).to_be_visible()
    assert stage.sent() == []


# --- when saving fails ------------------------------------------------------------------------------------------------


def test_a_decision_that_could_not_be_saved_stays_chosen_and_can_be_tried_again(open_page: Open) -> None:
    stage = play_page(open_page, value=THOUGHT)
    choice = stage.page.get_by_label("Ask Petra to take the post down at once")
    choice.check()
    stage.python("failed")
    press(stage, "Decide")
    expect(stage.page.locator(".smt-trouble")).to_contain_text("this folder is read-only")
    expect(choice).to_be_checked()
    expect(heading(stage, "At the desk")).to_be_visible()
    stage.python("ok")
    stage.page.get_by_label("Walk over and tell Gus what the post says").check()
    press(stage, "Decide")
    expect(heading(stage, "In the reading room")).to_be_focused()
    assert stage.last(LIBRARY.id)["value"]["path"] == ["tell"], "the failed decision is not part of the path"


def test_words_typed_while_saving_fails_are_kept_and_sent_later(open_page: Open) -> None:
    stage = play_page(open_page, value=GUT)
    stage.python("failed")
    stage.page.get_by_label("In one sentence, whom would you ask first?").fill("Gus, who else?")
    expect(stage.page.locator(".smt-trouble")).to_contain_text("this folder is read-only")
    expect(stage.page.get_by_label("In one sentence, whom would you ask first?")).to_have_value("Gus, who else?")
    stage.python("ok")
    press(stage, "Try again")
    expect(stage.page.locator(".smt-status").first).to_contain_text("Saved")
    assert stage.last(LIBRARY.id)["value"]["think"] == {"ask": "Gus, who else?"}


def test_a_wording_that_could_not_be_saved_says_so_beside_it(open_page: Open) -> None:
    stage = play_page(open_page, value=ENDED | {"patch": None})
    stage.python("failed")
    stage.page.get_by_label("Your wording").fill("My own rule.")
    press(stage, "Save my wording")
    trouble = stage.page.locator(".smt-patch + .smt-status-box")
    expect(trouble).to_contain_text("this folder is read-only")
    expect(stage.page.get_by_label("Your wording")).to_have_value("My own rule.")
    expect(stage.page.get_by_text("Your wording is not saved yet")).to_be_visible()


# --- artifacts --------------------------------------------------------------------------------------------------------


def test_the_fixtures_hold_every_type_of_artifact() -> None:
    assert sorted(ARTIFACTS) == sorted(TYPES)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_type_of_artifact_is_clean_to_axe(open_page: Open, theme: str) -> None:
    stage = open_page(artifact_page(*TYPES), theme=theme)
    stage.page.get_by_label("A reporter, a year later").check()
    assert stage.violations() == []


@pytest.mark.parametrize(
    ("type", "name"),
    [
        ("post", "Post on ChatterBox by Odile Brandt"),
        ("email", "E-mail in MailRoom from Gwendolyn Park"),
        ("group", "Group page on Neighborly: Kinship Carers of the Valley"),
        ("profile", "Profile on WorkWeb of Anselm Okafor"),
    ],
)
def test_a_card_has_a_name_that_says_what_it_is(open_page: Open, type: str, name: str) -> None:
    stage = open_page(artifact_page(type))
    expect(stage.page.get_by_role("article", name=name, exact=True)).to_be_visible()


@pytest.mark.parametrize("type", TYPES)
def test_all_words_of_an_artifact_can_be_read(open_page: Open, type: str) -> None:
    """Nothing is hidden in a picture, a tooltip or an attribute, and no span marks are left."""
    artifact = Artifact.model_validate(ARTIFACTS[type] | {"platform": "x"})
    stage = open_page(artifact_page(type))
    shown = " ".join(stage.page.get_by_role("article").inner_text().split())
    for text in artifact.texts():
        for words in re.split(r"\n\n|\n?- ", text.replace("*", "")):
            for id, visible in artifact.spans.items():
                words = words.replace(f"[[{id}|{visible}]]", visible)
            assert " ".join(words.split()) in shown
    assert "[[" not in shown


@pytest.mark.parametrize("drawing", [d for d in DRAWINGS if d != "none"])
def test_every_drawing_is_an_image_named_by_its_description(open_page: Open, drawing: str) -> None:
    artifact = {"id": "fx", "type": "post", "platform": "Looply", "picture": {"alt": "A [[x|red]] kite", "drawing": drawing}}
    stage = open_page(artifact_page("post") | {"artifacts": {"fx": artifact}})
    expect(stage.page.get_by_role("img", name="A red kite", exact=True)).to_be_visible()
    expect(stage.page.get_by_text("Picture: A red kite")).to_be_visible()
    assert stage.page.locator("svg.smt-drawing path").count() > 3


def test_a_rating_is_words_and_not_only_stars(open_page: Open) -> None:
    stage = open_page(artifact_page("review"))
    expect(stage.page.get_by_text("2 of 5 stars", exact=True)).to_be_visible()


def test_ones_own_side_of_a_conversation_is_told_by_more_than_colour(open_page: Open) -> None:
    stage = open_page(artifact_page("dm"))
    theirs, mine = stage.page.locator(".smt-message").nth(0), stage.page.locator(".smt-message", has_text="your side")
    expect(mine).to_contain_text("Night line")
    card = stage.page.get_by_role("article").bounding_box()
    left, right = theirs.bounding_box(), mine.bounding_box()
    assert card and left and right
    assert left["x"] - card["x"] < 40 < right["x"] - card["x"], "their side stands left, the own side right"


def test_seeing_it_as_somebody_else_marks_what_that_person_notices(open_page: Open) -> None:
    stage = open_page(artifact_page("story"))
    card = stage.page.get_by_role("article")
    expect(card.locator("mark")).to_have_count(0)
    stage.page.get_by_label("A neighbor who knows the kitchen").check()
    assert card.locator("mark").all_inner_texts() == ["Harbor Street Community Kitchen", "wall painting of two swifts"]
    said = stage.page.locator(".smt-lenses [role=status]")
    expect(said).to_contain_text("She counts the coats and knows one of them.")
    expect(said).to_contain_text("What stands out: “Harbor Street Community Kitchen”, “wall painting of two swifts”")
    look = card.locator("mark").first.evaluate("(m) => [getComputedStyle(m).outlineStyle, getComputedStyle(m).textDecorationLine]")
    assert look == ["solid", "underline"], "not by colour alone"
    stage.page.get_by_label("As you see it").check()
    expect(card.locator("mark")).to_have_count(0)
    expect(said).to_be_empty()


def test_an_artifact_can_be_seen_through_other_eyes_with_the_arrow_keys(open_page: Open) -> None:
    stage = open_page(artifact_page("story"))
    tab_to(stage, stage.page.get_by_label("As you see it"))
    stage.page.keyboard.press("ArrowDown")
    expect(stage.page.get_by_label("A neighbor who knows the kitchen")).to_be_checked()
    expect(stage.page.get_by_label("A neighbor who knows the kitchen")).to_be_focused()
    expect(stage.page.get_by_role("article").locator("mark")).to_have_count(2)


# --- how it holds together --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("place", PLACES)
def test_every_stage_is_clean_to_axe(open_page: Open, place: str, theme: str) -> None:
    stage = play_page(open_page, value=PLACES[place][0], theme=theme)
    unfold(stage)
    assert stage.violations() == []


@pytest.mark.parametrize("place", PLACES)
def test_every_control_keeps_its_keys_from_the_notebook(open_page: Open, place: str) -> None:
    """JupyterLab takes arrow and letter keys from every control that does not carry this attribute itself."""
    stage = play_page(open_page, value=PLACES[place][0])
    controls = stage.page.locator(".smt :is(a, button, input, select, summary, textarea, [tabindex])")
    assert controls.count() > 1
    assert stage.page.locator(f".smt :is(a, button, input, select, summary, textarea, [tabindex]):not({SUPPRESS})").count() == 0


def test_nothing_runs_over_the_edge_of_a_narrow_window(open_page: Open) -> None:
    stage = play_page(open_page, value=ENDED, width=320)
    unfold(stage)
    assert overflow(stage) == []
    assert overflow(open_page(artifact_page(*TYPES), width=320)) == []


@pytest.mark.parametrize("media", ["print", "forced-colors"])
def test_the_case_stays_readable_on_paper_and_in_forced_colours(open_page: Open, media: str) -> None:
    stage = play_page(open_page, value=ENDED, forced_colors="active" if media == "forced-colors" else "none")
    if media == "print":
        stage.page.emulate_media(media="print")
        expect(stage.page.get_by_role("button", name="Start over from the first decision")).to_be_hidden()
        expect(stage.page.get_by_text("Eleven thanks already!")).to_be_visible()  # on paper nothing can be unfolded
    for text in ("Gus has no home", "You chose: Walk over", "You changed your mind.", "Whose pride was it, yours or his?"):
        expect(stage.page.get_by_text(text).first).to_be_visible()


def test_two_views_of_a_case_have_no_id_in_common_and_follow_each_other(open_page: Open) -> None:
    stage = play_page(open_page, value=THOUGHT, views=2)
    ids: list[str] = stage.page.evaluate("[...document.querySelectorAll('.smt [id]')].map((node) => node.id)")
    assert len(ids) > 2
    assert len(ids) == len(set(ids))
    first, second = stage.page.locator(".view").all()
    first.get_by_label("Ask Petra to take the post down at once").check()
    expect(second.get_by_role("radio", checked=True)).to_have_count(0)
    first.get_by_role("button", name="Decide", exact=True).click()
    expect(second.get_by_role("heading", name="Petra is hurt")).to_be_visible()
    expect(first.get_by_role("heading", name="Petra is hurt")).to_be_focused()


def test_hostile_text_stays_text(open_page: Open) -> None:
    bad = "<img src=x onerror='window.hacked = true'><b id=bold>"
    keep = frozenset({"id", "kind", "type", "stage", "setting", "chosen", "drawing", "step", "url", "artifact", "clause", "saved"})
    vignette = play_page(open_page, value=ENDED)
    reveal = with_text(reveal_of(LIBRARY, ENDED), lambda text: f"{text} {bad}", keep)
    vignette.emit({"type": "saved", "item": LIBRARY.id, "record": record_of(LIBRARY, ENDED, 3), "reveal": reveal, "seed": "fx"})
    expect(vignette.page.get_by_text("Looking back")).to_be_visible()
    page = artifact_page(*TYPES)
    artifacts = open_page(page | {"artifacts": with_text(page["artifacts"], lambda text: f"{text} {bad}", keep)})
    for stage in (vignette, artifacts):
        expect(stage.page.get_by_text("<b id=bold>").first).to_be_visible()
        assert stage.page.locator(".smt :is(img, b, #bold)").count() == 0
        assert stage.page.evaluate("window.hacked") is None
