"""The bank: what an author is told, what a learner's environment needs, and what other layers get."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from smtraining import bank as banks
from smtraining.bank import Bank, compiled, loading, yamlfile
from smtraining.errors import ContentError, Problem, UnknownId

FIXTURES = Path(__file__).parent / "fixtures"
SMALL = FIXTURES / "bank_small"
TODAY = dt.date(2026, 11, 22)

Edit = Callable[[str, str], Path]


def problems_of(*folders: Path, overlays: tuple[Path, ...] = ()) -> list[Problem]:
    with pytest.raises(ContentError) as raised:
        banks.read(*folders, overlays=overlays)
    return list(raised.value.problems)


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """The small bank with one piece of text replaced wherever it stands; returns the folder."""
    folder = tmp_path / "content"
    shutil.copytree(SMALL, folder)

    def edit(old: str, new: str) -> Path:
        texts = {path: path.read_text() for path in folder.glob("*.yaml")}
        assert any(old in text for text in texts.values()), f"nothing to replace: {old}"
        for path, text in texts.items():
            path.write_text(text.replace(old, new))
        return folder

    return edit


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose content is the small bank."""
    folder = tmp_path / "package"
    shutil.copytree(SMALL, folder)
    monkeypatch.setattr(loading, "PACKAGE", folder)
    monkeypatch.delenv(banks.OVERLAY_VARIABLE, raising=False)
    return folder


# -- the real content ------------------------------------------------------------------------------------------------


def test_the_curriculum_holds_together() -> None:
    """No problem in any file: references, keys, graphs, the self-test of every item."""
    assert banks.read().questions


def test_what_is_loaded_quickly_is_what_was_written() -> None:
    """The compiled form gives the same bank as the YAML files, but for the places."""
    quick, slow = banks.load(), banks.read()
    for name in banks.LISTS:
        assert dict(getattr(quick, name)) == dict(getattr(slow, name))


# -- what an author is told ------------------------------------------------------------------------------------------

DEFECTS = {
    # file and line, id: what the message says, what the next step says
    ("broken.yaml", 4, "m91-more"): ("a second ': ' in one line", "double quotes"),
    ("questions.yaml", 4, "m91-post"): ("no platform with the id 'looplly'", "looply"),
    ("questions.yaml", 14, "m91-q-who"): ("'feedbak' is not a field in options > a", "'feedback'"),
    ("questions.yaml", 20, "m91-q-who"): ('"confidentialty", which is not allowed', "'confidentiality'"),
    ("questions.yaml", 29, "m91-q-spot"): ("'the south gate', and in the artifact m91-post it is 'the north gate'", "the same"),
    ("questions.yaml", 34, "m91-q-lost"): ("exactly one option is 'correct: true', found 0", "docs/authoring.md"),
    ("questions.yaml", 43, "m91-q-lost"): ("no source with the id 'nasw-1.7a'", "nasw-1.07a"),
    ("quizzes.yaml", 5, "m91-check"): ("no question with the id 'm91-q-spott'", "m91-q-spot"),
    ("quizzes.yaml", 6, "m91-post"): ("also in tests/fixtures/bad_bank/questions.yaml:2", "another id"),
    ("quizzes.yaml", 13, "m91-twice"): ("'title' stands twice in one entry, first in line 12", "Keep one"),
    ("registers.yaml", 5, "nasw-1.07a"): ("'number' is 1.07; it must be text", '"1.07"'),
    ("registers.yaml", 10, "nasw-1.07a"): ('"next spring", which is not a date', "2026-11-01"),
}


def test_every_defect_of_a_bad_bank_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four files, one of them not even YAML: each defect with file, line, item and next step, and nothing else."""
    monkeypatch.chdir(FIXTURES.parent.parent)
    found = {(p.file, p.line, p.id): (p.message, p.next_step) for p in problems_of(FIXTURES / "bad_bank")}
    assert set(found) == {(f"tests/fixtures/bad_bank/{file}", line, id) for file, line, id in DEFECTS}
    for (file, line, id), (message, next_step) in DEFECTS.items():
        said = found[f"tests/fixtures/bad_bank/{file}", line, id]
        assert message in said[0]
        assert next_step in said[1]


@pytest.mark.parametrize(
    ("old", "new", "id", "message"),
    [
        ("sources: [law-old]\n\n", "sources: [law-older]\n\n", "x91-01", "no source with the id 'law-older'"),
        ("artifact: m91-post\n    gut", "artifact: m91-posts\n    gut", "m91-v-gate", "no artifact with the id 'm91-posts'"),
        ("id: m91-v-gate\n    module: m91", "id: m91-v-gate\n    module: m19", "m91-v-gate", "no module with the id 'm19'"),
        ("element: pe-01", "element: pe-11", "m91-v-gate", "no policy element with the id 'pe-11'"),
        ("questions: [m91-q-who, m91-q-spot]", "questions: [m91-v-gate]", "m91-check", "is a vignette; a question is needed"),
        ("questions: [m91-q-who, m91-q-spot]", "questions: [m91-q-who, m91-q-who]", "m91-check", "stands twice in this list"),
        ("questions: [m91-q-who, m91-q-spot]", "questions: [x91-01]", "m91-check", "'x91-01' is graded"),
        ("questions: [x91-01]", "questions: [m91-q-who]", "91-sample", "'m91-q-who' of this exercise is not graded"),
        ("{id: x91-w1,", "{id: m91-q-who,", "91-sample", "'m91-q-who' of a written task is used elsewhere"),
        ("notices: [gate]", "notices: [door]", "m91-post", "notices the span 'door', which the artifact does not have"),
        ("- id: gate\n", "- id: door\n", "m91-q-spot", "has no span 'door'"),
        ("[[gate|the north gate]]", "[[scarf|the north gate]]", "m91-post", "span 'scarf' stands twice"),
        ("[[gate|the north gate]]", "[[gate|the north gate]] [[here", "m91-post", "span is not well-formed"),
        ("        correct: true\n", "", "m91-q-who", "exactly one option is 'correct: true', found 0"),
        ("    rationale: People who share the place fill in the rest.\n", "", "m91-q-who", "has no rationale"),
        ("{id: a, text: The weather}", "{id: a, text: The weather, correct: true}", "x91-01", "carries no correct"),
        ("{id: a, text: The weather}", "{id: a, text: The weather, feedback: So so}", "x91-01", "carries no feedback"),
        ("to: s2,", "to: s3,", "m91-v-gate", "'s3', which does not exist"),
        ("to: e1,", "to: s1,", "m91-v-gate", "go round in a circle"),
        ("          wait: Waiting costs more here.\n", "", "m91-v-gate", "no verdict on the first choice 'wait'"),
        ("    number: 1\n", "    number: 2\n", "pe-01", "Policy element 2 has the id 'pe-01'"),
        ("review_by: 2021-01-01", "review_by: 2019-01-01", "law-old", "'review_by' is not after 'as_of'"),
        ("  - id: pub-reamer", "  - id: reamer", "reamer", "id of a publication starts with 'pub-'"),
        ("kind: spot", "kind: spott", "m91-q-spot", "no kind of question called 'spott'"),
        ("    stem: Which detail do you take out first?\n", "", "x91-01", "The field 'stem' is missing"),
        ("points: 2", "points: two", "x91-01", "'points' is \"two\"; it must be a whole number"),
        ("points: 2", "points: 99", "x91-01", "must be at most 20"),
        ("correct: true", "correct: yes", "m91-q-who", "must be true or false"),
        ("epas: [1]\n    sources: [law-old]", "epas: 1\n    sources: [law-old]", "x91-01", "'epas' is 1; it must be a list"),
        ("title: A title\n", "title:\n", "pub-reamer", "'title' is empty"),
        ("id: m91-q-who", "id: M91_who", "M91_who", "which is not an id"),
        ("stands_for: Picture networks", "does: Shows", "looply", "'does' stands twice"),
        ("author: {name: Ana Ruiz,", "author: {name: Ana Ruiz, handel: x,", "m91-post", "'handel' is not a field in author"),
        ("words: [20, 60]", "words: [20]", "91-sample", "value number 2 is missing in written > x91-w1 > words"),
    ],
)  # fmt: skip
def test_a_defect_is_named_with_its_item(edited: Edit, old: str, new: str, id: str, message: str) -> None:
    """One change to a sound bank: the message says what is wrong, at the item, with a line and a next step."""
    found = problems_of(edited(old, new))
    hit = [p for p in found if message in p.message]
    assert [p.id for p in hit] == [id], "\n".join(map(str, found))
    assert all(p.line and p.next_step for p in found)


def test_two_entries_with_the_same_number_are_told_apart_by_both_places(edited: Edit) -> None:
    folder = edited("elements: [pe-01]", "elements: [pe-01, pe-02]")
    (folder / "z.yaml").write_text("elements:\n- {id: pe-02, number: 1, part: goals, title: Goals, why: To know why.}\n")
    found = [p for p in problems_of(folder) if "is also that of pe-01" in p.message]
    assert [(p.id, "registers.yaml:" in p.message) for p in found] == [("pe-02", True)]


def test_an_entry_that_does_not_validate_may_still_be_referred_to(edited: Edit) -> None:
    """One mistake in a question is one problem, not one more for every quiz that holds it."""
    found = problems_of(edited("stem: Who can recognize", "stme: Who can recognize"))
    assert {p.id for p in found} == {"m91-q-who"}


def test_a_file_that_is_no_mapping_of_lists_says_what_one_is(tmp_path: Path) -> None:
    (tmp_path / "list.yaml").write_text("- just\n- a list\n")
    (tmp_path / "name.yaml").write_text("question:\n- kind: single\n")
    (tmp_path / "text.yaml").write_text("questions: none yet\n")
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    (tmp_path / "nothing.yaml").write_text("questions:\n")
    told = {Path(p.file).name: f"{p.message} {p.next_step}" for p in problems_of(tmp_path)}
    assert set(told) == {"list.yaml", "name.yaml", "text.yaml"}
    assert "mapping of lists" in told["list.yaml"]
    assert "Did you mean 'questions'" in told["name.yaml"]
    assert "must be a list" in told["text.yaml"]


def test_a_file_that_is_not_utf8_is_reported_and_the_others_are_read(edited: Edit) -> None:
    folder = edited("title: Check", "title: The check")
    (folder / "latin.yaml").write_bytes("questions: [é]".encode("latin-1"))
    assert [(Path(p.file).name, "UTF-8" in p.next_step) for p in problems_of(folder)] == [("latin.yaml", True)]


def test_copies_that_jupyter_keeps_are_not_read(edited: Edit) -> None:
    folder = edited("title: Check", "title: The check")
    shutil.copytree(SMALL, folder / ".ipynb_checkpoints")
    assert banks.read(folder).quiz("m91-check").title == "The check"


def test_a_folder_that_does_not_exist_is_a_problem_of_its_own(tmp_path: Path) -> None:
    assert "no such folder" in problems_of(SMALL, tmp_path / "typo")[0].message


# -- YAML without surprises ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"), ("on", "on"), ("Yes", "Yes"), ("NULL", "NULL"), ("2026-11-01", "2026-11-01"), ("12:30", "12:30"), ("017", "017"),
        ("0x1F", "0x1F"), ("1_000", "1_000"), ("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("12", 12),
        ("-3", -3), ("0.5", 0.5), ('"12"', "12"), ("'true'", "true"), ("|-\n  a\n  b", "a\nb"), ("!!str 12", "12"),
    ],
)  # fmt: skip
def test_a_value_is_what_an_author_would_expect(tmp_path: Path, written: str, read: object) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(f"value: {written}\n")
    document = yamlfile.parse(path, "one.yaml")
    assert document.problems == ()
    assert document.data == {"value": read}
    assert type(document.data["value"]) is type(read)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a:\n\t- b\n", 2, "cannot start a value"),
        ("a: *stress* at the start\n", 1, "starts with '*'"),
        ('a: 1\nb: "never closed\nc: d\n', 2, "a quote that is never closed"),
        ("a:\n  - b\n c: d\n", 3, "neither a new field nor part of the text above"),
        ("a:\n  - b\n  c: d\n", 3, "does not start with '- '"),
        ("a: 1\n---\nb: 2\n", 2, "starts a second document"),
        ("a: 1\nb: &x [*x]\n", 2, "refers to the entry it stands in"),
        ("a: !secret x\n", 1, "The tag '!secret'"),
        ("a: {b: 1, b: 2}\n", 1, "'b' stands twice"),
        ("? [a, b]\n: c\n", 1, "must be one word"),
    ],
)  # fmt: skip
def test_a_yaml_mistake_is_told_in_plain_words(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(text)
    (problem,) = yamlfile.parse(path, "one.yaml").problems
    assert (problem.line, message in problem.message, bool(problem.next_step)) == (line, True, True), str(problem)


# -- look-up and views -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Bank:
    return banks.read(SMALL)


@pytest.mark.parametrize("look_up", ["module", "element", "artifact", "question", "quiz", "vignette", "exercise", "source"])
def test_an_unknown_id_names_the_nearest(small: Bank, look_up: str) -> None:
    known = {
        "module": "m91", "element": "pe-01", "artifact": "m91-post", "question": "m91-q-who", "quiz": "m91-check",
        "vignette": "m91-v-gate", "exercise": "91-sample", "source": "nasw-1.07a",
    }[look_up]  # fmt: skip
    assert getattr(small, look_up)(known).id == known
    with pytest.raises(UnknownId) as raised:
        getattr(small, look_up)(known + "x")
    assert known in raised.value.nearest


def test_a_source_past_its_review_date_is_marked_stale(small: Bank) -> None:
    assert small.source_view("law-old", dt.date(2021, 1, 1))["stale"] is False
    assert small.source_view("law-old", dt.date(2021, 1, 2)) == {
        "id": "law-old",
        "label": "A rule about records (1 Example Code 2)",
        "text": "Keep records safe.",
        "url": "https://example.org/rule",
        "as_of": "2020-01-01",
        "stale": True,
    }


def test_a_publication_links_to_its_doi_and_shows_no_note(small: Bank) -> None:
    view = small.source_view("pub-reamer", TODAY)
    assert view == {
        "id": "pub-reamer",
        "label": "Reamer, F. G. (2013). A title.",
        "text": "",
        "url": "https://doi.org/10.1000/example",
        "stale": False,
    }


def test_an_artifact_view_has_the_display_name_and_lenses_only_where_asked(small: Bank) -> None:
    view = small.artifact_view("m91-post")
    assert view["platform"] == "Looply"
    assert "lenses" not in view
    assert "None" not in str(view)
    assert small.artifact_view_with_lenses("m91-post")["lenses"] == [
        {"who": "A neighbor", "knows": "He walks there too.", "notices": ["gate"]}
    ]


def test_a_bank_cannot_be_changed(small: Bank) -> None:
    with pytest.raises(TypeError):
        small.questions["new"] = small.question("m91-q-who")  # type: ignore[index]
    with pytest.raises(AttributeError):
        small.questions = {}  # type: ignore[misc]


# -- overlays --------------------------------------------------------------------------------------------------------

MINE = """quizzes:
- {id: m91-check, module: m91, title: Mine, questions: [m91-q-spot]}
- {id: m91-extra, module: m91, title: Extra, questions: [m91-q-who]}
"""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    folder = tmp_path / "overlay"
    folder.mkdir()
    (folder / "mine.yaml").write_text(MINE)
    return folder


def test_an_overlay_adds_and_replaces(package: Path, overlay: Path) -> None:
    bank = banks.load((overlay,))
    assert (bank.quiz("m91-check").title, bank.quiz("m91-extra").title) == ("Mine", "Extra")
    assert list(bank.quizzes) == ["m91-check", "m91-extra"], "a replaced item keeps its place"


def test_the_environment_names_overlays_and_the_last_one_wins(
    package: Path, overlay: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = tmp_path / "second"
    second.mkdir()
    (second / "theirs.yaml").write_text(MINE.replace("Mine", "Theirs"))
    monkeypatch.setenv(banks.OVERLAY_VARIABLE, os.pathsep.join([str(overlay), str(second)]))
    assert banks.load().quiz("m91-check").title == "Theirs"


def test_an_edit_is_seen_without_a_restart(package: Path, overlay: Path) -> None:
    assert banks.load((overlay,)).quiz("m91-extra").title == "Extra"
    (overlay / "mine.yaml").write_text(MINE.replace("title: Extra", "title: Edited"))
    assert banks.load((overlay,)).quiz("m91-extra").title == "Edited"


def test_nothing_is_read_twice_while_nothing_changes(package: Path) -> None:
    assert banks.load() is banks.load()


def test_an_overlay_cannot_turn_a_question_into_a_quiz(package: Path, overlay: Path) -> None:
    (overlay / "mine.yaml").write_text("quizzes:\n- {id: m91-q-who, module: m91, title: Mine, questions: [m91-q-spot]}\n")
    assert "a quiz cannot replace it" in problems_of(package, overlays=(overlay,))[0].message


def test_a_mistake_in_an_overlay_is_told_with_its_file(package: Path, overlay: Path) -> None:
    (overlay / "mine.yaml").write_text(MINE.replace("m91-q-spot", "m91-q-stop"))
    (problem,) = problems_of(overlays=(overlay,))
    assert (Path(problem.file).name, problem.line, problem.id) == ("mine.yaml", 2, "m91-check")


# -- without YAML ----------------------------------------------------------------------------------------------------


def make_installed(package: Path) -> None:
    """Leave what a wheel leaves: the compiled file and no YAML."""
    loading.build()
    for path in package.glob("*.yaml"):
        path.unlink()


def test_an_installed_package_needs_no_yaml_files(package: Path) -> None:
    before = banks.read()
    make_installed(package)
    after = banks.load()
    for name in banks.LISTS:
        assert dict(getattr(after, name)) == dict(getattr(before, name))


def test_an_overlay_lies_over_an_installed_package_too(package: Path, overlay: Path) -> None:
    make_installed(package)
    assert banks.load((overlay,)).quiz("m91-check").title == "Mine"


def test_a_changed_file_is_read_and_compiled_anew(package: Path) -> None:
    banks.load()
    assert (package / compiled.NAME).exists()
    path = package / "items.yaml"
    path.write_text(path.read_text().replace("title: Check", "title: New"))
    assert banks.load().quiz("m91-check").title == "New"
    assert json.loads((package / compiled.NAME).read_text())["content"]["quizzes"][0]["title"] == "New"


def test_a_read_only_installation_still_loads(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(compiled, "write", refuse)
    assert banks.load().quizzes
    assert not (package / compiled.NAME).exists()


@pytest.mark.parametrize("damage", ['{"version": 99}', "not JSON", '{"version": 1, "digest": "x", "content": {"quizzes": [{}]}}'])
def test_a_compiled_file_that_does_not_fit_is_made_anew_or_reported(package: Path, damage: str) -> None:
    """With the YAML at hand it is replaced; without it, the message says to install again."""
    (package / compiled.NAME).write_text(damage)
    assert banks.load().quizzes
    make_installed(package)
    (package / compiled.NAME).write_text(damage)
    loading._load.cache_clear()
    with pytest.raises(ContentError, match="Install the package smtraining again"):
        banks.load()


def test_loading_needs_neither_yaml_nor_widgets() -> None:
    """What a browser edition has: pydantic, and no PyYAML."""
    banks.load()
    code = (
        "import sys; sys.modules['yaml'] = None\n"
        "from smtraining import bank; assert bank.load().questions\n"
        "print(sorted({'anywidget', 'ipywidgets', 'IPython', 'pandas', 'nbformat'} & set(sys.modules)))"
    )
    environment = {k: v for k, v in os.environ.items() if k != banks.OVERLAY_VARIABLE}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_without_pyyaml_an_overlay_says_what_to_install(overlay: Path) -> None:
    code = (
        "import sys; sys.modules['yaml'] = None\n"
        "from smtraining import bank\n"
        "try: bank.load()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    environment = os.environ | {banks.OVERLAY_VARIABLE: str(overlay)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.stdout.startswith("ContentError"), done.stderr
    assert "pip install pyyaml" in done.stdout


# -- the JSON Schema -------------------------------------------------------------------------------------------------


def validator() -> jsonschema.Draft202012Validator:
    schema = banks.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", banks.content_files(banks.PACKAGE), ids=lambda path: path.name)
def test_an_editor_finds_nothing_wrong_with_the_real_content(path: Path) -> None:
    """The schema accepts what the bank accepts."""
    assert [error.message for error in validator().iter_errors(yamlfile.parse(path, path.name).data)] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stem: Who", "stme: Who"),
        ("correct: true", "correct: yes"),
        ("points: 2", "points: two"),
        ("kind: spot", "kind: spott"),
        ("id: m91-q-who", "id: M91_who"),
    ],
)
def test_an_editor_underlines_what_the_bank_refuses(edited: Edit, old: str, new: str) -> None:
    path = edited(old, new) / "items.yaml"
    assert list(validator().iter_errors(yamlfile.parse(path, path.name).data))


def test_the_schema_explains_lists_and_fields_to_the_author() -> None:
    schema = banks.json_schema()
    assert set(schema["properties"]) == set(banks.LISTS)
    assert all(definition.get("description") or "enum" in definition for definition in schema["$defs"].values())
