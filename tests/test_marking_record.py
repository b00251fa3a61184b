"""The record of marking: complete, append-only, shared by several markers, and honest when it cannot be read or written."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smtraining.errors import RecordError, SaveError
from smtraining.grading.marks_store import FILE_NAME, MarksStore, Step

STEP = Step("level", "w1", "ada", {"criterion": "safe", "level": 2, "rubric": "r", "answer": "a"})


@pytest.fixture
def store(tmp_path: Path) -> MarksStore:
    return MarksStore(tmp_path / FILE_NAME)


def test_what_was_added_is_there_for_everybody_in_its_order(store: MarksStore) -> None:
    store.add("a", "kim", [STEP, Step("comment", "w1", "ada", {"text": "Größe “x”"})])
    store.add("b", "kim", [STEP])
    found = MarksStore(store.path).events("a")
    assert [(e.marker, e.step.kind, e.step.data.get("text")) for e in found] == [("kim", "level", None), ("kim", "comment", "Größe “x”")]
    assert [e.step.kind for e in store.events("a", after=found[0].id)] == ["comment"]


def test_reading_makes_no_file(store: MarksStore) -> None:
    assert (store.events("a"), store.rubrics(), store.last("a", "posted", "w1", "ada")) == ([], {}, None)
    assert not store.path.exists()


@pytest.mark.parametrize("statement", ["DELETE FROM event", "UPDATE event SET marker = 'lee'"])
def test_nothing_that_was_written_can_be_changed_or_deleted(store: MarksStore, statement: str) -> None:
    store.add("a", "kim", [STEP])
    with sqlite3.connect(store.path) as db, pytest.raises(sqlite3.IntegrityError, match="events are never"):
        db.execute(statement)
    assert [event.marker for event in store.events("a")] == ["kim"]


def test_several_markers_may_write_at_once(store: MarksStore) -> None:
    def work(marker: str) -> None:
        own = MarksStore(store.path)
        for _ in range(25):
            own.add("a", marker, [STEP, STEP])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, ["kim", "lee", "sam", "toni"]))
    found = store.events("a")
    assert len(found) == 200 and len({event.id for event in found}) == 200
    assert all(one.marker == other.marker for one, other in zip(found[::2], found[1::2], strict=True))  # both steps of a call, or none


def test_steps_of_one_call_are_all_written_or_none(store: MarksStore) -> None:
    store.add("a", "kim", [STEP])
    with pytest.raises(TypeError):
        store.add("a", "kim", [STEP, Step("comment", "w1", "ada", {"text": object()})])
    assert len(store.events("a")) == 1


def test_numbers_stand_for_students_within_one_assignment_only(store: MarksStore) -> None:
    students = [f"s{n}" for n in range(400)]
    first = store.pseudonyms("a", students[:300])
    assert len(set(first.values())) == 300 and all(100 <= n <= 999 for n in first.values())
    again = store.pseudonyms("a", students)
    assert {s: again[s] for s in first} == first
    assert len(set(again.values())) == 400  # a larger class needs longer numbers
    assert store.pseudonyms("b", students[:300]) != first


def test_numbers_say_nothing_about_the_order_of_names(store: MarksStore) -> None:
    students = [f"s{n:03}" for n in range(60)]
    found = store.pseudonyms("a", students)
    assert sorted(students, key=found.__getitem__) != students


def test_a_record_of_a_newer_version_is_left_alone(store: MarksStore) -> None:
    store.add("a", "kim", [STEP])
    with sqlite3.connect(store.path) as db:
        db.execute("PRAGMA user_version = 9")
    before = store.path.read_bytes()
    with pytest.raises(RecordError, match="newer version"):
        store.events("a")
    with pytest.raises(RecordError, match="newer version"):
        store.add("a", "kim", [STEP])
    assert store.path.read_bytes() == before


def test_a_damaged_record_is_named_and_not_written_over(store: MarksStore) -> None:
    store.path.write_bytes(b"This is not a database, and it is long enough to be looked at." * 20)
    before = store.path.read_bytes()
    with pytest.raises(RecordError, match="cannot be read"):
        store.events("a")
    with pytest.raises(RecordError, match="cannot be read"):
        store.add("a", "kim", [STEP])
    assert store.path.read_bytes() == before


def test_a_record_that_cannot_be_written_says_so_in_words_for_a_marker(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    with pytest.raises(SaveError, match="This mark was not saved") as caught:
        MarksStore(tmp_path / "blocked" / FILE_NAME).add("a", "kim", [STEP])
    assert "try again" in caught.value.advice
