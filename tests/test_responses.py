"""The record of answers: nothing is lost, nothing is overwritten, and of two copies the newer wins."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from smtraining.errors import SaveError
from smtraining.responses import FILE_NAME, SCHEMA, Answer, Store, merge, parse_lines, parse_mapping

T1, T2 = "2026-01-31T10:02:00Z", "2026-01-31T10:03:00Z"


def test_an_answer_is_on_disk_before_put_returns_and_a_new_store_finds_it(tmp_path: Path) -> None:
    saved = Store(tmp_path).put("m03-a", ["x", "y"], done=False)
    assert saved.revision == 1
    again = Store(tmp_path)
    assert again.answers["m03-a"] == saved
    assert again.notices == []


def test_every_change_stays_in_the_file_and_the_newest_counts(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for value in ("a", "b", "c"):
        store.put("q", value, done=False)
    lines = (tmp_path / FILE_NAME).read_text().splitlines()
    assert [json.loads(line)["v"] for line in lines[1:]] == ["a", "b", "c"]
    assert Store(tmp_path).answers["q"].value == "c"


def test_checks_count_how_often_feedback_was_asked_for(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.put("q", "a", done=True).checks == 1
    assert store.put("q", "a", done=True).checks == 1, "sending the same checked answer again is no second attempt"
    assert store.put("q", "b", done=False).checks == 1
    assert store.put("q", "b", done=True).checks == 2


def test_clearing_an_answer_is_remembered_as_cleared(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("q", "a", done=False)
    store.put("q", None, done=False)
    assert Store(tmp_path).answers["q"].value is None


def test_the_shuffle_seed_survives(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("q", "a", done=False)
    assert Store(tmp_path).seed == store.seed


def test_two_stores_on_one_folder_see_each_others_answers(tmp_path: Path) -> None:
    one, two = Store(tmp_path), Store(tmp_path)
    one.put("q", "from one", done=False)
    later = two.put("q", "from two", done=False)
    assert later.revision == 2
    one.refresh()
    assert one.answers["q"].value == "from two"


def _write_many(folder: str, name: str) -> None:
    store = Store(Path(folder))
    for number in range(25):
        store.put(f"item-{name}-{number}", number, done=False)
        store.put("shared", [name, number], done=False)


def test_four_kernels_writing_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(str(tmp_path), name)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    store = Store(tmp_path)
    assert store.notices == []
    assert len(store.answers) == 4 * 25 + 1
    assert store.answers["shared"].revision == 100, "each of the 100 changes to the shared item got a revision of its own"


def test_a_line_cut_short_by_a_crash_costs_only_that_line_and_the_file_is_set_aside(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("q1", "kept", done=False)
    path = tmp_path / FILE_NAME
    damaged = path.read_bytes() + b'{"i":"q2","r":1,"t":"2026-01'
    path.write_bytes(damaged)

    reopened = Store(tmp_path)
    assert reopened.answers["q1"].value == "kept"
    assert "damaged" in reopened.notices[0]
    assert path.read_bytes() == damaged, "reading changes nothing"

    reopened.put("q3", "new", done=False)
    aside = list(tmp_path.glob(FILE_NAME + ".set-aside-*"))
    assert [p.read_bytes() for p in aside] == [damaged]
    fresh = Store(tmp_path)
    assert {i: a.value for i, a in fresh.answers.items()} == {"q1": "kept", "q3": "new"}
    assert fresh.notices == []


@pytest.mark.parametrize("junk", [b"\xff\xfe\x00 not text\n", b'["a list"]\n', b'{"i": "UPPER", "r": 1}\n', b"{" * 5000 + b"\n"])
def test_damage_in_the_middle_is_named_and_set_aside(tmp_path: Path, junk: bytes) -> None:
    store = Store(tmp_path)
    store.put("q1", "a", done=False)
    path = tmp_path / FILE_NAME
    path.write_bytes(path.read_bytes() + junk + Answer("q2", 1, T1, "b").to_line().encode() + b"\n")
    reopened = Store(tmp_path)
    assert set(reopened.answers) == {"q1", "q2"}
    assert reopened.notices
    reopened.put("q4", "c", done=False)
    assert set(Store(tmp_path).answers) == {"q1", "q2", "q4"}


def test_a_file_of_a_newer_version_is_set_aside_unread_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    content = json.dumps({"smtraining": "answers", "schema": SCHEMA + 1, "seed": "abcd"}).encode() + b'\n{"future": true}\n'
    path.write_bytes(content)
    store = Store(tmp_path)
    assert store.answers == {}
    assert "newer version" in store.notices[0]
    store.put("q", "a", done=False)
    assert next(iter(tmp_path.glob(FILE_NAME + ".set-aside-*"))).read_bytes() == content
    assert Store(tmp_path).answers["q"].value == "a"


def test_a_full_disk_is_said_so_and_the_answer_is_not_taken_for_saved(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).symlink_to("/dev/full")
    store = Store(tmp_path)
    with pytest.raises(SaveError) as caught:
        store.put("q", "a", done=False)
    assert "disk is full" in caught.value.message
    assert "Try again" in caught.value.advice
    assert "q" not in store.answers


def test_a_read_only_folder_is_said_so_with_what_to_do(tmp_path: Path) -> None:
    """Runs in a process without root's rights, since root may write anywhere."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o555)
    for parent in [tmp_path, *tmp_path.parents][:3]:
        parent.chmod(parent.stat().st_mode | 0o055)
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from smtraining.errors import SaveError\n"
        "from smtraining.responses import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "os.getuid() or os.setuid(65534)\n"
        "try:\n    store.put('q', 'a', done=False)\n"
        "except SaveError as error:\n    print(error.message, error.advice)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert "read-only" in done.stdout
    assert "Copy the notebook" in done.stdout
    assert list(folder.iterdir()) == []


def test_answers_from_the_notebook_are_adopted_only_where_they_are_newer(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("old", "mine", done=False)
    store.put("old", "mine too", done=False)
    taken = store.adopt({"old": Answer("old", 1, T1, "stale"), "lost": Answer("lost", 7, T2, "from the notebook", True, 1)})
    assert [a.item for a in taken] == ["lost"]
    after = Store(tmp_path)
    assert after.answers["old"].value == "mine too"
    assert after.answers["lost"].value == "from the notebook"
    assert after.put("lost", "next", done=False).revision == 8


def test_merging_does_not_depend_on_the_order_of_the_copies() -> None:
    copies = [
        {"q": Answer("q", 2, T1, "b")},
        {"q": Answer("q", 2, T2, "c"), "p": Answer("p", 1, T1, 1)},
        {"q": Answer("q", 1, T2, "a")},
        {"q": Answer("q", 2, T2, "d")},
    ]
    results = [merge(*order) for order in itertools.permutations(copies)]
    assert all(result == results[0] for result in results)
    assert results[0]["q"].revision == 2
    assert results[0]["q"].time == T2


def test_the_mapping_round_trips(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("q", {"a": [1, "zwei", None]}, done=True)
    parsed = parse_mapping(json.loads(json.dumps(store.as_mapping())))
    assert parsed.answers == store.answers
    assert parsed.seed == store.seed
    assert parsed.problems == ()


HOSTILE = [
    None, 3, "x", [], {}, {"schema": "1"}, {"schema": True}, {"schema": 1, "answers": []}, {"schema": 99, "answers": {}},
    {"schema": 1, "answers": {"q": None, "../etc": {"r": 1, "t": T1}, "a": {"r": -1, "t": T1}, "b": {"r": True, "t": T1}}},
    {"schema": 1, "answers": {"q": {"r": 1, "t": "now"}, "p": {"r": 1, "t": T1, "v": "x" * 30_000}}},
    {"schema": 1, "answers": {"n": {"r": 1, "t": T1, "v": float("nan")}}},
    {"schema": 1, "seed": "<script>", "answers": {"q": {"r": 1, "t": T1, "n": -4}}},
]  # fmt: skip


@pytest.mark.parametrize("stored", HOSTILE)
def test_hostile_metadata_gives_no_answer_and_no_crash(stored: object) -> None:
    parsed = parse_mapping(stored)
    assert parsed.answers == {}
    assert parsed.seed is None
    assert stored in (None, {}) or parsed.problems or stored == {"schema": 1, "answers": {}}


def test_an_empty_file_is_an_empty_record() -> None:
    assert parse_lines(b"").problems == ()
    assert parse_lines(b"\n\n").answers == {}
