"""The agency's profile beside the notebook: kept through restarts and two windows; a file that cannot be read is never overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from policy_profiles import AGENCIES

from smtraining import bank as banks
from smtraining.bank import Bank
from smtraining.errors import RecordError, ResponseError, SaveError
from smtraining.policy.profile import Profile, profile
from smtraining.policy.profile_store import FILE_NAME, ProfileStore


@pytest.fixture(scope="module")
def bank() -> Bank:
    return banks.load()


def test_nothing_answered_is_an_empty_profile_and_leaves_no_file(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    assert store.load() == Profile()
    assert not store.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("agency", AGENCIES)
def test_a_saved_profile_is_the_same_for_the_next_reader(bank: Bank, tmp_path: Path, agency: str) -> None:
    answered = profile(bank, AGENCIES[agency])
    ProfileStore(tmp_path).save(answered)
    assert ProfileStore(tmp_path).load() == answered
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    stored = json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8"))
    assert (stored["smtraining"], stored["schema"]) == ("policy-profile", 1)


def test_two_windows_answer_different_switches_and_both_answers_stay(bank: Bank, tmp_path: Path) -> None:
    first, second = ProfileStore(tmp_path), ProfileStore(tmp_path)
    first.put("employer", ("government",))
    second.put("hipaa", ("covered",))
    now = first.put("licensed", ("some",))
    assert now.answers == {"employer": ("government",), "hipaa": ("covered",), "licensed": ("some",)}
    assert first.put("hipaa", ()).unanswered(bank).count("hipaa") == 1  # back to "not sure"


def test_an_answer_that_does_not_exist_changes_nothing(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.put("employer", ("nonprofit",))
    with pytest.raises(ResponseError, match="one of"):
        store.put("employer", ("nonprofit", "government"))
    assert store.load().answers == {"employer": ("nonprofit",)}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe\x00", b"[1]", b'{"schema": 1}', b'{"smtraining": "policy-profile", "schema": 1, "answers": [3]}', b"[" * 99999],
)
def test_a_damaged_file_is_named_and_kept_under_another_name_when_the_profile_is_saved_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    store = ProfileStore(tmp_path)
    with pytest.raises(RecordError, match="damaged"):
        store.load()
    assert path.read_bytes() == content

    store.put("employer", ("nonprofit",))
    aside = [found for found in tmp_path.iterdir() if found.name != FILE_NAME]
    assert [found.read_bytes() for found in aside] == [content]
    assert aside[0].name in store.notices[0]
    assert ProfileStore(tmp_path).load().answers == {"employer": ("nonprofit",)}


def test_a_file_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    content = '{"smtraining": "policy-profile", "schema": 2, "answers": {"hipaa": "later"}}'
    (tmp_path / FILE_NAME).write_text(content, encoding="utf-8")
    store = ProfileStore(tmp_path)
    with pytest.raises(RecordError, match="newer version"):
        store.load()
    for save in (lambda: store.save(Profile()), lambda: store.put("employer", ("nonprofit",))):
        with pytest.raises(SaveError, match="update smtraining"):
            save()
    assert (tmp_path / FILE_NAME).read_text(encoding="utf-8") == content
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    store = ProfileStore(tmp_path / "file")
    with pytest.raises(SaveError, match="could not be saved"):
        store.save(Profile())
    assert (tmp_path / "file").read_text(encoding="utf-8") == "in the way"
