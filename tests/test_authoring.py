"""What authors run: the lint of content and notebooks, the numbers, previews, and the release of exercises."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest

import smtraining
from smtraining import bank as banks
from smtraining.authoring import catalogue, course, lint, notebooks, preview, reading, release, stats
from smtraining.authoring.rules_curriculum import trademark_in
from smtraining.bank import Bank
from smtraining.errors import ContentError, UnknownId

ROOT = Path(__file__).parent.parent
SMALL = Path(__file__).parent / "fixtures" / "bank_small"
TODAY = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def small() -> Bank:
    return banks.read(SMALL)


@pytest.fixture(scope="module")
def real() -> Bank:
    return banks.read()


# -- the reading grade -----------------------------------------------------------------------------------------------

# Counted by hand, not by a program.
SYLLABLES = """
reporter 3 article 3 journalist 3 headline 2 archive 2 screenshot 2 caption 2 profile 2 account 2 password 2 device 2 encryption 3
location 3 background 2 tattoo 2 uniform 3 license 2 plate 1 street 1 bakery 3 graduation 4 birthday 2 anniversary 5 funeral 3 hospice 2
caregiver 3 guardian 3 hearing 2 court 1 judge 1 lawyer 2 attorney 3 evidence 3 liability 5 negligence 3 complaint 2 licensing 3
suspended 3 fined 1 settlement 3 authorization 5 disclosure 3 disclosed 2 participate 4 treatment 2 goals 1 measures 3 reviewed 2 clause 1
require 2 requires 2 required 2 prohibit 3 permitted 3 encouraged 3 inquiry 3 anxious 2 anxiety 4 tired 1 angry 2 ashamed 2 grateful 2
celebrate 3 celebrated 4 donor 2 volunteer's 3 internship 3 university 5 campus 2 faculty 3 assignment 3 colleague's 2 coworker 3
clinic 2 clinician 3 residential 4 residents 3 rural 2 reservation 4 refugee 3 interpreter 4 language 2 disability 5 accessible 4
adolescent 4 teenagers 3 parents 2 foster 2 adoption 3 placement 2 custody 3 visitation 4 overdose 3 recovery 4 withdrawal 3 crisis 2
threatened 2 harassed 2 apologize 4 apology 4 corrected 3 honestly 3 acknowledge 3 explained 2 describes 2 combination 4 recognizes 4
unlikely 3 outcome 2 meanwhile 2 nobody 3 another 3 although 2 enough 2 through 1 thought 1 people's 2 years 1 minutes 2 eleven 3
confidentiality 7 anonymous 4 identify 4 social 2 media 3 material 4 client 2 situation 4 create 2 creative 3 science 2 being 2 safety 2
somewhere 2 changed 1 places 2 shared 1 wouldn't 2 it's 1 self-care 2
"""


def test_syllables_agree_with_words_counted_by_hand() -> None:
    """The sum is within two per cent, so that the grade is neither flattered nor made worse; nine words in ten are exact."""
    parts = SYLLABLES.split()
    counted = dict(zip(parts[::2], map(int, parts[1::2]), strict=True))
    found = {word: reading.syllables(word) for word in counted}
    assert sum(found.values()) == pytest.approx(sum(counted.values()), rel=0.02)
    assert sum(found[word] == counted[word] for word in counted) / len(counted) > 0.9


def test_the_grade_is_the_published_formula() -> None:
    """13 words, 2 sentences, 15 syllables (counted by hand): 0.39 * 6.5 + 11.8 * 15/13 - 15.59 = 0.56."""
    count = reading.count("You see a post on your way home. It shows a client's garden.")
    assert (count.words, count.sentences, count.syllables) == (13, 2, 15)
    assert count.grade == 0.6


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("At 9:30 p.m. on Monday Dr. Lee calls.", 1),
        ('"Who told you?" she asks. Nobody answers...', 3),
        ("A line without a stop\n\nAnother paragraph", 2),
        ("Take with you:\n- the key\n- the list\n", 3),
        ("It costs $4.50 in the U.S. today.", 1),
    ],
)
def test_sentences_end_where_a_reader_would_stop(text: str, sentences: int) -> None:
    assert reading.count(text).sentences == sentences


def test_marks_and_span_ids_are_not_read() -> None:
    text = "She wears [[scarf-id|a red scarf]] and *really* **likes** [it](https://example.org/x)."
    assert " ".join(reading.words(text)) == "She wears a red scarf and really likes it"


def test_labels_do_not_flatter_the_grade() -> None:
    hard = "Interdisciplinary organizational communication necessitates confidentiality considerations."
    assert reading.prose([hard, "Open.", "Ana Ruiz", "No."]).grade == reading.prose([hard]).grade


# -- the lint of content ---------------------------------------------------------------------------------------------

FEEDBACK = "It is natural to think so at first, and {} is what a neighbor would remember of that morning."


def question(id: str = "m91-q-x", right: str = "A neighbor who {}", wrong: str = "A person who {}", **changes: Any) -> dict[str, Any]:
    """A sound single-choice question whose texts differ from those of any other id."""
    own = " ".join(f"{word}{id[-1]}" for word in ("passed", "waited", "asked", "smiled"))
    options = [
        {"id": "a", "text": wrong.format(own), "feedback": FEEDBACK.format("the gate" + own)},
        {
            "id": "b",
            "text": right.format(own),
            "feedback": f"{own} is enough for them to know, and to tell it to a good friend.",
            "correct": True,
        },
    ]
    base = {"kind": "single", "id": id, "stem": "Who can tell?", "options": options, "rationale": "So it is."}
    return base | {"concerns": ["liability"], "epas": [1], "sources": ["law-old"]} | changes


def with_option(**changes: Any) -> dict[str, Any]:
    """The sound question with its wrong option changed."""
    base = question()
    base["options"][0] |= changes
    return base


MANY = [question(f"m91-q-{letter}", right="A much longer neighbor who {}") for letter in "abcd"]
SEVEN = [
    {"id": letter, "text": f"Detail {letter}", "feedback": f"Detail {letter} {FEEDBACK}", "correct": letter == "b"} for letter in "abcdefg"
]
HEAVY = "Organizational confidentiality considerations necessitate interdisciplinary communication " * 12


def vignette(small: Bank, **changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = small.vignette("m91-v-gate").model_dump(mode="json", exclude_unset=True)
    return base | changes


def module(small: Bank, **changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = small.module("m91").model_dump(mode="json", exclude_unset=True)
    return base | changes


def violations(small: Bank) -> dict[str, tuple[str, dict[str, list[Any]]]]:
    """For every rule: content, laid over the small bank, that breaks it, and the id at which it must be found."""
    law = small.laws["law-old"].model_dump(mode="json", exclude_unset=True)
    one = "m91-q-x"
    return {
        "longest-right": (one, {"questions": [question(right="A neighbor who {} and who has lived there for thirty years")]}),
        "longest-right-share": ("m91", {"questions": MANY}),
        "key-position": ("m91", {"questions": MANY}),
        "absolute-words": (one, {"questions": [question(wrong="Always somebody who {}")]}),
        "of-the-above": (one, {"questions": [with_option(text="None of the above.")]}),
        "negative-stem": (one, {"questions": [question(stem="You look again. Which of these does not point to her?")]}),
        "stem-asks": (one, {"questions": [question(stem="The person in the picture.")]}),
        "many-options": (one, {"questions": [question(kind="multiple", options=SEVEN)]}),
        "verdict-only": (one, {"questions": [with_option(feedback="That's wrong!")]}),
        "short-feedback": (one, {"questions": [with_option(feedback="Many people walk there.")]}),
        "repeated-option": (
            "m91-q-y",
            {"questions": [with_option(), question("m91-q-y", wrong=with_option()["options"][0]["text"] + " now")]},
        ),
        "repeated-feedback": (one, {"questions": [with_option(feedback=small.question("m91-q-who").options[0].feedback)]}),  # type: ignore[union-attr]
        "trademark": (one, {"questions": [question(context="You open Instagram on the bus.")]}),
        "hard-to-read": (one, {"questions": [question(context=HEAVY)]}),
        "opening-length": ("m91-v-gate", {"vignettes": [vignette(small, opening="word " * 151)]}),
        "content-note": ("m91-v-gate", {"vignettes": [vignette(small, opening="His sister has died of an overdose.")]}),
        "objective-verb": ("m91", {"modules": [module(small, objectives=["Understanding of details."])]}),
        "module-size": ("m91", {"modules": [module(small)]}),
        "unused": (one, {"questions": [question()]}),
        "law-past-review": ("law-old", {"laws": [law]}),
    }


REPAIRS: dict[str, dict[str, Any]] = {
    "negative-stem": {"questions": [question(stem="You look again. Which of these does *not* point to her?")]},
    "stem-asks": {"questions": [question(stem="You see a post. Choose the person who can tell.")]},
    "absolute-words": {"questions": [question(wrong="Always somebody who {}", right="Always a neighbor who {}")]},
    "trademark": {"questions": [question(context="Zoom in on the window, and there is some slack in the rope.")]},
}
"""Content that comes close to breaking a rule and does not."""


def found_in(content: dict[str, Any], folder: Path) -> dict[str, set[str | None]]:
    """Which rule finds something at which item when the content lies over the small bank."""
    (folder / "content.yaml").write_text(json.dumps(content))
    found: dict[str, set[str | None]] = {}
    for finding in lint.lint(banks.read(SMALL, overlays=[folder]), TODAY):
        found.setdefault(finding.rule, set()).add(finding.problem.id)
    return found


def test_every_rule_is_tried(small: Bank) -> None:
    assert set(violations(small)) == set(lint.RULES)


@pytest.mark.parametrize("rule", list(lint.RULES))
def test_a_rule_finds_what_breaks_it(rule: str, small: Bank, tmp_path: Path) -> None:
    id, content = violations(small)[rule]
    found = found_in(content, tmp_path)
    assert id in found.get(rule, set()), found


@pytest.mark.parametrize("rule", list(REPAIRS))
def test_a_rule_lets_pass_what_only_looks_like_it(rule: str, tmp_path: Path) -> None:
    assert rule not in found_in(REPAIRS[rule], tmp_path)


def test_a_sound_question_is_left_in_peace(tmp_path: Path) -> None:
    """Only that it stands in no quiz yet."""
    found = found_in({"questions": [question()]}, tmp_path)
    assert [rule for rule, ids in found.items() if "m91-q-x" in ids] == ["unused"]


def test_a_law_item_is_listed_from_the_day_after_its_review_date(small: Bank) -> None:
    def listed(today: dt.date) -> bool:
        return any(finding.rule == "law-past-review" for finding in lint.lint(small, today))

    assert (listed(dt.date(2021, 1, 1)), listed(dt.date(2021, 1, 2))) == (False, True)


def test_a_finding_says_where_to_look(small: Bank) -> None:
    (stale,) = [f for f in lint.lint(small, TODAY) if f.rule == "law-past-review"]
    assert (Path(stale.problem.file).name, stale.severity) == ("registers.yaml", "note")
    assert (SMALL / "registers.yaml").read_text().splitlines()[(stale.problem.line or 0) - 1].strip().startswith("review_by: 2021")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("She is on Facebook.", "Facebook"),
        ("I saw it on TIKTOK", "TIKTOK"),
        ("We met on Zoom.", "Zoom"),
        ("Zoom in on the window.", None),
        ("You google it.", "google"),
        ("Cut him some slack.", None),
        ("ChatterBox and Looply", None),
    ],
)
def test_real_platforms_are_told_from_common_words(text: str, name: str | None) -> None:
    assert trademark_in(text) == name


def test_the_real_content_has_no_error(real: Bank) -> None:
    assert [str(finding) for finding in lint.lint(real, TODAY) if finding.severity == "error"] == []


# -- texts and numbers -----------------------------------------------------------------------------------------------


def test_every_text_a_learner_reads_is_seen_and_no_other(small: Bank) -> None:
    texts = [shown.text for shown in catalogue.shown_texts(small)]
    for seen in (
        "He walks there too.",
        "Rewrite the post.",
        "Waiting costs more here.",
        "Copies may be out there.",
        "Looply",
        "The weather",
    ):
        assert seen in texts
    for hidden in ("Picture networks", "nasw-1.07a", "Checked by title only.", "The Code as published"):
        assert hidden not in texts


def test_the_numbers_are_those_of_the_bank(small: Bank) -> None:
    numbers = stats.stats(small, [], TODAY)
    counted = {name: numbers[name] for name in list(numbers)[:11]}
    assert counted == {
        "modules": 1,
        "vignettes": 1,
        "vignettes_branching": 1,
        "vignettes_replayable": 1,
        "questions": 2,
        "questions_by_kind": {kind: int(kind in ("single", "spot")) for kind in counted["questions_by_kind"]},
        "graded_items": 1,
        "options_without_feedback": 0,
        "items_without_sources": 0,
        "law_items": 1,
        "law_items_past_review": 1,
    }
    assert len(counted["questions_by_kind"]) == 10


def test_a_hard_lesson_raises_the_grade_of_its_module(small: Bank, tmp_path: Path) -> None:
    lesson = tmp_path / "91-sample.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(HEAVY)]), lesson)
    with_lesson, without = stats.stats(small, [lesson], TODAY), stats.stats(small, [], TODAY)
    assert with_lesson["reading_grade_by_module"]["m91"] > without["reading_grade_by_module"]["m91"]
    assert with_lesson["reading_grade"] > without["reading_grade"]


def test_the_curriculum_reads_at_grade_ten_or_below(real: Bank) -> None:
    numbers = stats.stats(real, course.lessons(ROOT), TODAY)
    assert numbers["reading_grade"] <= 10
    assert all(grade is None or grade <= 10 for grade in numbers["reading_grade_by_module"].values())


# -- the lint of notebooks -------------------------------------------------------------------------------------------


def lesson(call: str = 'import smtraining as smt; smt.quiz("m91-check")', text: str = "# A title\n\n## A claim\n\nText.") -> Any:
    """A sound lesson of two cells."""
    code = nbformat.v4.new_code_cell(call, id="check", execution_count=1, metadata={"jupyter": {"source_hidden": True}})
    code.outputs = [nbformat.v4.new_output("display_data", data={"text/html": "<p>Preview</p>", "text/plain": "Preview"})]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text, id="title"), code])
    notebook.metadata = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}
    return notebook


def complaints(notebook: Any, bank: Bank, folder: Path) -> list[str]:
    path = folder / "91-sample.ipynb"
    path.write_text(json.dumps(notebook))
    return [str(problem) for problem in notebooks.lint(path, bank)]


def test_a_sound_lesson_is_left_in_peace(small: Bank, tmp_path: Path) -> None:
    assert complaints(lesson(), small, tmp_path) == []


CALL = "import smtraining as smt; smt."


@pytest.mark.parametrize(
    ("notebook", "message"),
    [
        (lesson(CALL + 'quiz("m91-chek")'), "There is no quiz with the id 'm91-chek'. Use one of: m91-check."),
        (lesson(CALL + 'vignette("m91-check")'), "There is no vignette with the id 'm91-check'"),
        (lesson(CALL + 'sources("m19")'), "There is no sources with the id 'm19'"),
        (lesson(CALL + "quiz()"), "smt.quiz needs an id in quotes"),
        (lesson(CALL + 'quizz("m91-check")'), "smtraining offers no 'quizz'"),
        (lesson('import smtraining as smt\nsmt.quiz("m91-check")'), "not one line that calls smtraining"),
        (lesson("print(1)"), "not one line that calls smtraining"),
        (lesson("smt.quiz("), "not valid Python"),
        (lesson(text="## No title"), "does not start with a title"),
        (lesson(text="# A title\n\n### Too deep"), "level 3 follows one of level 1"),
        (lesson(text="# A title\n\n# Another"), "a second title"),
        (lesson(text="# A title\n\n" + "word " * 701), "words of reading with nothing to do"),
        (lesson(text="# A title\n\nOpen YouTube."), "real platform: 'YouTube'"),
    ],
)  # fmt: skip
def test_a_defect_of_a_lesson_is_named_with_its_cell(notebook: Any, message: str, small: Bank, tmp_path: Path) -> None:
    found = complaints(notebook, small, tmp_path)
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda n: n.cells[1].metadata.clear(), "code of the cell is not hidden"),
        (lambda n: n.cells[1].outputs.clear(), "Without a stored preview: cell 2"),
        (lambda n: n.cells[1].update(execution_count=3), "not run in order"),
        (lambda n: n.cells[1].outputs[0].data.update({"application/vnd.jupyter.widget-view+json": {}}), "only a running kernel"),
        (lambda n: n.cells[1].outputs[0].data.update({"text/plain": "Page(model_id='1f')"}), "a model id of a widget"),
        (lambda n: n.cells[1].outputs[0].data.update({"text/plain": "<Page at 0x7f12ab34cd>"}), "an address in memory"),
        (lambda n: n.cells[1].outputs[0].data.update({"text/plain": "in /home/ana/course"}), "a path of one machine"),
        (lambda n: n.metadata.update(widgets={}), "carries 'widgets'"),
        (lambda n: n.metadata.update(smtraining={"answers": {}}), "carries 'smtraining'"),
        (lambda n: n.metadata.pop("kernelspec"), "kernel is not 'python3'"),
        (lambda n: n.cells[1].update(id="title"), "Two cells have this id"),
    ],
)  # fmt: skip
def test_what_a_stored_lesson_must_not_carry(change: Any, message: str, small: Bank, tmp_path: Path) -> None:
    notebook = lesson()
    change(notebook)
    assert any(message in found for found in complaints(notebook, small, tmp_path))


def test_a_file_that_is_no_notebook_is_reported(small: Bank, tmp_path: Path) -> None:
    path = tmp_path / "91-sample.ipynb"
    path.write_text("not JSON")
    (problem,) = notebooks.lint(path, small)
    assert "not a notebook" in problem.message


def test_reading_counts_from_the_last_page_on(small: Bank, tmp_path: Path) -> None:
    """Two texts of 600 words with a page between them are fine; in a row they are not."""
    notebook = lesson(text="# A title\n\n" + "word " * 600)
    more = nbformat.v4.new_markdown_cell("word " * 600, id="more")
    notebook.cells.append(more)
    assert complaints(notebook, small, tmp_path) == []
    notebook.cells = [notebook.cells[0], more, notebook.cells[1]]
    assert len(complaints(notebook, small, tmp_path)) == 1


def test_everything_a_lesson_may_call_is_known_to_the_lint() -> None:
    assert set(notebooks.CALLS) == set(smtraining.__all__)


@pytest.mark.parametrize("path", course.lessons(ROOT), ids=lambda path: path.name)
def test_the_lessons_are_sound(path: Path, real: Bank) -> None:
    assert [str(problem) for problem in notebooks.lint(path, real)] == []


# -- stored previews -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", course.lessons(ROOT), ids=lambda path: path.name)
def test_the_stored_previews_are_what_the_cells_show(path: Path) -> None:
    """Run again, from nothing: the same bytes."""
    assert notebooks.refreshed(path) == path.read_text(encoding="utf-8")


def executed(source: str, folder: Path) -> str:
    path = folder / "91-sample.ipynb"
    path.write_text(json.dumps(lesson(source)))
    return notebooks.refreshed(path)


def test_only_what_needs_no_kernel_is_stored(tmp_path: Path) -> None:
    """No widget, no packed answers, a count in order; the form is stable when it is stored again."""
    show = "from IPython.display import display; "
    show += "display({'text/html': '<p>x</p>', 'text/plain': 'x', 'application/json': {}}, raw=True)"
    text = executed(show, tmp_path)
    cell = json.loads(text)["cells"][1]
    assert [(o["output_type"], sorted(o["data"])) for o in cell["outputs"]] == [("display_data", ["text/html", "text/plain"])]
    assert (cell["execution_count"], cell["id"]) == (1, "check")
    assert "widgets" not in json.loads(text)["metadata"]
    assert notebooks.stored_form(nbformat.reads(text, as_version=4)) == text


def test_a_cell_that_fails_or_prints_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"91-sample.ipynb, cell 2: \[check\] It fails: ZeroDivisionError"):
        executed("1 / 0", tmp_path)
    with pytest.raises(ContentError, match=r"91-sample.ipynb, cell 2: \[check\] It prints to stdout"):
        executed("print('hello')", tmp_path)


def test_previews_hold_nobodys_answers_and_no_overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cell runs in an empty folder, and without the overlay of whoever runs the command."""
    (tmp_path / "answers.smtraining.jsonl").write_text("{}")
    monkeypatch.setenv(banks.OVERLAY_VARIABLE, "somewhere")
    show = "import os; from IPython.display import display, HTML; "
    show += f"display(HTML(str(os.listdir()) + str(os.environ.get('{banks.OVERLAY_VARIABLE}'))))"
    (output,) = json.loads(executed(show, tmp_path))["cells"][1]["outputs"]
    assert "".join(output["data"]["text/html"]) == "[]None"


# -- previews and sheets ---------------------------------------------------------------------------------------------


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_data(self, data: str) -> None:
        self.seen.append(data)


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("m91-q-who", "Who can recognize the person in this post?"),
        ("m91-check", "Select what points to a person."),
        ("m91-v-gate", "A volunteer has posted a picture"),
        ("91-sample", "Which detail do you take out first?"),
        ("m91-post", "the north gate"),
    ],
)
def test_a_preview_is_a_complete_page_without_the_key(id: str, words: str, small: Bank) -> None:
    html = preview.document(small, id, TODAY)
    reader = _Text()
    reader.feed(html)
    shown = " ".join(" ".join(reader.seen).split())
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert words in shown
    assert "The gate and the hour are enough" not in shown


def test_a_sheet_tells_an_instructor_everything(small: Bank) -> None:
    sheet = preview.sheet(small, "m91-q-who", TODAY)
    for part in (
        "items.yaml:13)",
        "Key, correct: b",
        "Rationale: People who share",
        "The gate and the hour",
        "nasw-1.07a: NASW Code of Ethics 1.07(a)",
    ):
        assert part in sheet
    graded = preview.sheet(small, "x91-01", TODAY)
    assert "Key: in the instructor's notebook" in graded
    assert "PAST ITS REVIEW DATE" in graded


def test_every_item_of_the_curriculum_can_be_printed_and_previewed(real: Bank) -> None:
    for id in (*real.questions, *real.vignettes, *real.quizzes, *real.exercises, *real.artifacts):
        assert preview.document(real, id, TODAY).endswith("</html>\n")
        assert id in preview.sheet(real, id, TODAY)


def test_an_unknown_item_names_the_nearest(small: Bank) -> None:
    with pytest.raises(UnknownId, match="m91-v-gate"):
        preview.document(small, "m91-v-gat", TODAY)
    with pytest.raises(UnknownId, match="pe-01"):
        preview.sheet(small, "pe-1", TODAY)


# -- the release -----------------------------------------------------------------------------------------------------


@pytest.fixture
def a_course(tmp_path: Path) -> Path:
    """A course with the real nbgrader settings and the first real master."""
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / release.CONFIG, tmp_path)
    name = course.assignments(ROOT)[0]
    shutil.copytree(ROOT / "solutions" / name, tmp_path / "solutions" / name)
    return tmp_path


@pytest.mark.nbgrader
def test_the_committed_exercises_are_what_nbgrader_makes_of_the_masters() -> None:
    assert [str(problem) for problem in release.drift(ROOT)] == []


@pytest.mark.nbgrader
def test_a_release_repairs_what_was_edited_by_hand(a_course: Path) -> None:
    (name,) = release.release(a_course)
    student = a_course / "exercises" / name / f"{name}.ipynb"
    released = student.read_bytes()
    assert b"BEGIN HIDDEN TESTS" not in released
    student.write_bytes(released.replace(b"\n", b"\n ", 1))
    (student.parent / "extra.txt").write_text("left here")
    (a_course / "exercises" / "99-gone").mkdir()
    (a_course / "exercises" / "99-gone" / "99-gone.ipynb").write_text("{}")
    assert {problem.file for problem in release.drift(a_course)} == {
        f"exercises/{name}/{name}.ipynb",
        f"exercises/{name}/extra.txt",
        "exercises/99-gone",
    }
    assert release.release(a_course) == [name, "99-gone"]
    assert student.read_bytes() == released
    assert [path.name for path in sorted((a_course / "exercises").rglob("*"))] == [name, f"{name}.ipynb"]


@pytest.mark.nbgrader
def test_a_release_that_nbgrader_refuses_leaves_the_old_one(a_course: Path) -> None:
    (name,) = release.release(a_course)
    student = a_course / "exercises" / name / f"{name}.ipynb"
    released = student.read_bytes()
    master = a_course / "solutions" / name / f"{name}.ipynb"
    master.write_text(master.read_text().replace("### END HIDDEN TESTS", "### END"))
    with pytest.raises(ContentError, match=f"solutions/{name}: nbgrader could not make the student copy"):
        release.release(a_course)
    assert student.read_bytes() == released
    assert [path.name for path in (a_course / "exercises").iterdir()] == [name]
