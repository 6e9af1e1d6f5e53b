"""The journal of a project's facts."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.daw.facts import KINDS, ROLES, Fact, Note
from bridge.daw.journal import Journal, Journals
from bridge.errors import BridgeError

POSITIONS = st.floats(0, 1e5)
TEXT = st.text(max_size=20)
FACTS = st.builds(
    Fact,
    id=st.sampled_from([f"section-{n}" for n in range(6)]),
    kind=st.sampled_from(KINDS),
    role=st.sampled_from(ROLES),
    at=POSITIONS,
    name=TEXT | st.sampled_from(["", "a\nb\t#", "🎸", "\ud800", "\x00"]),
    end=st.none() | POSITIONS,
    group=st.sampled_from(["live", "item:{1}"]),
    notes=st.lists(
        st.builds(Note, POSITIONS, POSITIONS, st.integers(0, 127), st.integers(1, 127)), max_size=2
    ).map(tuple),
    bpm=st.none() | st.floats(1, 999),
)
CHANGES = st.lists(
    st.tuples(st.just("put"), FACTS)
    | st.tuples(st.just("drop"), st.sampled_from([f"section-{n}" for n in range(7)])),
    max_size=30,
)
VERSE = Fact("section-1", "region", "section", 1.5, "verse", 9.25)


def opened(folder: Path, project: str = "p") -> Journal:
    return Journals(folder, tell=fail).open(project)


def fail(error: BridgeError) -> None:
    raise AssertionError(str(error))


def file_of(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def change(journal: Journal, changes: list) -> dict[str, Fact]:
    known: dict[str, Fact] = {}
    for verb, what in changes:
        if verb == "put":
            journal.put(what)
            known[what.id] = what
        else:
            journal.drop(what)
            known.pop(what, None)
    return known


@given(CHANGES)
def test_a_journal_is_read_as_it_was_written(changes: list) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = opened(Path(folder))
        known = change(journal, changes)
        assert journal.facts == known
        again = opened(Path(folder))  # as after a crash: the first was not closed
        assert again.facts == known
        assert again.dropped == journal.dropped
        assert not again.facts.keys() & again.dropped
        journal.close()
        again.close()


@given(CHANGES, st.integers(0, 10_000), FACTS)
def test_a_file_cut_anywhere_loses_its_last_line_alone(
    changes: list, cut: int, later: Fact
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = opened(folder)
        journal.put(VERSE)
        change(journal, changes)
        journal.close()
        path = file_of(folder)
        kept = path.read_bytes()[: 1 + cut % path.stat().st_size]
        path.write_bytes(kept)
        expected: dict[str, float] = {}
        for line in kept.splitlines():
            with suppress(ValueError):  # the torn one
                told = json.loads(line)
                if "put" in told:
                    expected[told["put"]["id"]] = told["put"]["at"]
                elif "drop" in told:
                    expected.pop(told["drop"], None)
        again = opened(folder)
        assert {id: fact.at for id, fact in again.facts.items()} == expected
        again.put(later)
        again.close()
        assert opened(folder).facts[later.id] == later


def test_what_is_known_writes_nothing(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.put(VERSE)
    size, edition = file_of(tmp_path).stat().st_size, journal.edition
    journal.put(replace(VERSE))
    journal.drop()
    assert (file_of(tmp_path).stat().st_size, journal.edition) == (size, edition)
    journal.drop("never known")
    journal.drop("never known")
    assert journal.edition == edition + 1


@given(CHANGES)
def test_what_changed_since_an_edition_is_known(changes: list) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = opened(Path(folder))
        journal.put(VERSE)
        states = []  # edition; what was known of each id then
        for each in [*changes, ("drop", "section-1")]:
            states.append((journal.edition, dict(journal.facts), set(journal.dropped)))
            change(journal, [each])
        for edition, facts, dropped in states:
            differ = {id for id, _ in facts.items() ^ journal.facts.items()}
            differ |= dropped ^ journal.dropped
            told = journal.changed_since(edition)
            assert differ <= set(told)
            assert len(told) == len(set(told)) <= journal.edition - edition
        assert journal.changed_since(journal.edition) == []
        journal.close()


def test_an_empty_journal_leaves_no_file(tmp_path: Path) -> None:
    opened(tmp_path / "journals").close()
    assert not (tmp_path / "journals").exists()


def test_what_came_back_is_no_longer_dropped(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.put(VERSE)
    journal.drop(VERSE.id)
    assert journal.dropped == {VERSE.id}
    journal.put(VERSE)
    assert journal.dropped == set() == opened(tmp_path).dropped


def test_a_group_comes_by_position(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    early = Fact("b", "marker", "chord", 0.5, "Am", group="item:{7}")
    late = replace(early, id="a", at=2.0)
    journal.put(late, VERSE, early)
    assert journal.group("item:{7}") == [early, late]


@pytest.mark.parametrize("at", [float("nan"), float("inf"), None, "1"])
def test_what_has_no_position_is_not_taken(tmp_path: Path, at) -> None:
    journal = opened(tmp_path)
    with pytest.raises(ValueError):
        journal.put(VERSE, replace(VERSE, id="other", at=at))
    assert not journal.facts


def test_facts_are_read_only(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        opened(tmp_path).facts["a"] = VERSE  # type: ignore[index]


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"put":{}}', b'{"put":3}',
        b'{"put":{"id":"x","kind":"marker","role":"section","at":"soon"}}',
        b'{"put":{"id":"x","kind":"marker","role":"section","at":NaN}}',
        b'{"put":{"id":"x","kind":"marker","role":"section","at":1' + b"0" * 400 + b"}}",
        b'{"put":{"id":7,"kind":"marker","role":"section","at":1}}',
        b'{"put":{"id":"x","kind":"notes","role":"drums","at":1,"notes":[[1,2]]}}',
        b'{"put":{"id":"x","kind":"notes","role":"drums","at":1,"notes":5}}',
        b'{"drop":["x"]}', b'{"later":1}', b'{"journal":"1"}',
    ],
    ids=range(17),
)  # fmt: skip
def test_an_unreadable_line_harms_no_other(tmp_path: Path, line: bytes) -> None:
    journal = opened(tmp_path)
    journal.put(VERSE)
    path = file_of(tmp_path)
    path.write_bytes(line + b"\n" + path.read_bytes() + line + b"\n")
    other = replace(VERSE, id="section-2")
    again = opened(tmp_path)
    assert again.facts == {VERSE.id: VERSE}
    again.put(other)
    assert opened(tmp_path).facts == {VERSE.id: VERSE, other.id: other}


def test_fields_of_a_newer_version_are_passed_over_and_stay_in_the_file(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.put(VERSE)
    path = file_of(tmp_path)
    newer = path.read_bytes().replace(b'"at":1.5', b'"at":1.5,"mood":"blue"')
    assert newer.count(b"mood") == 1
    path.write_bytes(newer * 3000)  # long enough to be written anew
    assert opened(tmp_path).facts == {VERSE.id: VERSE}
    assert path.read_bytes() == newer * 3000


def test_a_long_file_is_written_anew_when_it_is_opened(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    for step in range(3000):
        journal.put(replace(VERSE, end=10.0 + step))
    journal.drop("section-2")
    journal.close()
    assert len(file_of(tmp_path).read_bytes().splitlines()) == 3002
    again = opened(tmp_path)
    assert len(file_of(tmp_path).read_bytes().splitlines()) == 3
    assert again.facts == {VERSE.id: replace(VERSE, end=3009.0)}
    assert again.dropped == {"section-2"}
    again.put(replace(VERSE, id="section-3"))
    assert opened(tmp_path).facts.keys() == {VERSE.id, "section-3"}


@pytest.mark.parametrize(
    "project", ["../../etc/passwd", "/abs", "", "a/b", "C:\\x", "x" * 10_000, "\ud800", "\x00", "."]
)
def test_a_project_is_never_a_path(tmp_path: Path, project: str) -> None:
    folder = tmp_path / "journals"
    journal = opened(folder, project)
    journal.put(VERSE)
    assert list(tmp_path.iterdir()) == [folder]
    assert len(file_of(folder).name) == 32 + len(".jsonl")
    assert opened(folder, project).facts == journal.facts


def test_a_project_has_one_journal_however_often_it_is_asked_for(tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    one = journals.open("one", "Song")
    assert journals.open("one") is one and one.title == "Song"
    one.put(VERSE)
    assert not journals.open("other").facts
    journals.close()
    journals.close()
    assert journals.open("one").facts == {VERSE.id: VERSE}


def test_a_full_disk_is_told_once_and_nothing_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[BridgeError] = []
    journal = Journals(tmp_path, tell=told.append).open("p", "Song")
    journal.put(VERSE)

    def refused(file: int, piece: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "write", refused)
        for number in range(20):
            journal.put(replace(VERSE, id=f"section-{number}"))
        assert len(told) == 1 and "Song" in told[0].what and "No space" in told[0].cause
        assert journal.error is not None
    assert journal.facts.keys() >= {f"section-{number}" for number in range(20)}
    for _ in range(40):  # the next changes find room
        journal.put(replace(VERSE, end=journal.edition + 10.0))
    assert journal.error is None
    assert opened(tmp_path).facts == journal.facts


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    told: list[BridgeError] = []
    journal = Journals(tmp_path / "file" / "journals", tell=told.append).open("p", "Song")
    journal.put(VERSE)
    journal.close()
    assert journal.facts == {VERSE.id: VERSE}
    assert len(told) == 1 and told[0].remedy


def test_a_write_that_was_cut_short_is_said_again(tmp_path: Path, monkeypatch) -> None:
    told: list[BridgeError] = []
    journal = Journals(tmp_path, tell=told.append).open("p")
    journal.put(VERSE)
    whole = os.write

    def short(file: int, piece: bytes) -> int:
        if len(piece) < 20:
            raise OSError(28, "No space left on device")
        return whole(file, piece[:-10])

    with monkeypatch.context() as full:
        full.setattr(os, "write", short)
        journal.put(replace(VERSE, id="section-2"))
    assert len(told) == 1
    journal.close()
    assert opened(tmp_path).facts == journal.facts


def test_a_file_that_cannot_be_read_takes_nothing_out_of_a_project(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.drop("section-9")
    path = file_of(tmp_path)
    path.unlink()
    path.mkdir()
    told: list[BridgeError] = []
    journal = Journals(tmp_path, tell=told.append).open("p")
    journal.put(VERSE)
    journal.close()
    assert len(told) == 1
    assert journal.dropped == set() and journal.facts == {VERSE.id: VERSE}


def test_what_cannot_be_put_replaces_nothing(tmp_path: Path) -> None:
    journal = Journals(tmp_path).open("p")
    journal.put(Fact("old", "marker", "key", 1.0, "Am"))
    with pytest.raises(ValueError, match="no fact"):
        journal.replace(["old"], Fact("new", "marker", "key", float("nan"), "Am"))
    assert set(journal.facts) == {"old"}
    assert not journal.dropped
