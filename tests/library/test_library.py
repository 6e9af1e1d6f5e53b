"""Recordings: known by their sound, kept as they were understood, forgotten when told to."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.errors import BridgeError, DiskFull
from bridge.library.library import Library
from bridge.recordings.analysis import understand
from bridge.recordings.facts import Part, Recording
from bridge.recordings.findings import Findings
from tests.library.found import HITS, HOOK, VERSE, analysis, riff
from tests.sound import sine


def test_the_same_file_under_another_name_is_the_same_recording(
    library: Library, wav: Path
) -> None:
    first = library.add(wav)
    copy = wav.with_name("copy of song.wav")
    shutil.copy(wav, copy)
    again = library.add(copy)
    assert again.id == first.id
    assert again.files == (wav, copy)
    assert len(library.all()) == 1


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_another_title_does_not_make_another_recording(
    library: Library, song: np.ndarray, tmp_path: Path, suffix: str
) -> None:
    ids = set()
    for title in ("Take 1", "The one with the long intro, second try"):
        path = tmp_path / f"{title}.{suffix}"
        with soundfile.SoundFile(path, "w", 44100, 1) as file:
            file.title = title
            file.write(song[: 3 * 44100])
        ids.add(library.add(path).id)
    assert len(ids) == 1


def test_another_sound_in_the_same_file_is_another_recording(library: Library, wav: Path) -> None:
    first = library.add(wav)
    soundfile.write(wav, sine(440.0, 2.0), 44100)
    second = library.add(wav)
    assert second.id != first.id
    assert second.files == (wav,)
    assert library.get(first.id).files == ()
    assert library.known(wav) == second


@pytest.mark.skipif(os.name != "posix", reason="names are text on Windows")
def test_a_file_whose_name_is_no_text_is_kept_as_any_other(library: Library, wav: Path) -> None:
    odd = wav.with_name(os.fsdecode(b"so\xffng.wav"))
    try:
        wav.rename(odd)
    except OSError:  # macOS takes no such names
        pytest.skip("the file system takes no such names")
    entry = library.add(odd)
    assert entry.name == "so\N{REPLACEMENT CHARACTER}ng"
    assert entry.files == (odd,)
    assert library.known(odd) == entry
    assert library.file(entry.id) == odd
    assert library.rename(entry.id, odd.stem).name == entry.name


def test_one_changed_sample_makes_another_recording(
    library: Library, song: np.ndarray, tmp_path: Path
) -> None:
    changed = song.copy()
    changed[1000] += 0.01
    for name, samples in (("a.wav", song), ("b.wav", changed)):
        soundfile.write(tmp_path / name, samples, 44100)
    assert library.add(tmp_path / "a.wav").id != library.add(tmp_path / "b.wav").id


def test_what_is_no_sound_is_refused_and_leaves_nothing(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "notes.wav"
    path.write_text("buy strings")
    with pytest.raises(BridgeError):
        library.add(path)
    with pytest.raises(BridgeError):
        library.add(tmp_path / "gone.wav")
    assert library.all() == []


def test_an_analysis_comes_back_as_it_was_kept(
    library: Library, recording: str, findings: Findings
) -> None:
    facts = analysis(findings, VERSE, HOOK)
    assert library.analysis(recording) is None
    library.save_analysis(recording, facts, findings)
    kept = library.analysis(recording)
    assert kept is not None
    assert kept.hits == HITS
    assert kept.parts == facts.parts
    [take], [before] = kept.takes, facts.takes
    assert replace(take, riffs=()) == replace(before, riffs=())
    best_first = sorted(before.riffs, key=lambda each: each.times[each.best].start)
    assert [replace(each, id="", seam=None) for each in take.riffs] == [
        replace(each, id="", seam=None) for each in best_first
    ]
    assert all(riff.seam is not None for riff in take.riffs)  # measured on the sound


def test_onsets_and_pitch_come_from_the_findings(
    library: Library, recording: str, findings: Findings
) -> None:
    facts = understand(findings)
    library.save_analysis(recording, facts, findings)
    kept = library.analysis(recording, whole=True)
    assert kept is not None
    assert (kept.onsets, kept.pitch, kept.hits) == (facts.onsets, facts.pitch, facts.hits)


def test_a_library_opens_again_with_all_it_had(
    tmp_path: Path, wav: Path, findings: Findings
) -> None:
    with Library(tmp_path / "kept") as library:
        id = library.add(wav).id
        library.keep_findings(id, findings)
        library.save_analysis(id, analysis(findings, VERSE), findings)
        before = library.analysis(id, whole=True)
    with Library(tmp_path / "kept") as library:
        assert library.analysis(id, whole=True) == before
        assert library.database.faults() == []


def test_talk_and_silence_are_kept_as_parts(
    library: Library, recording: str, findings: Findings
) -> None:
    parts = (
        Part(0.0, 5.0, "talk", 0.7),
        Part(5.0, 9.0, "count_in", 0.6),
        Part(9.0, 17.0, "silence", 0.9),
    )
    library.save_analysis(recording, Recording(17.0, parts, ()), findings)
    kept = library.analysis(recording)
    assert kept is not None
    assert kept.parts == parts
    assert [take.name for take in library.takes(recording)] == ["talk", "count-in", "silence"]


def test_takes_keep_ids_and_names_when_their_borders_move(
    library: Library, recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings), findings)
    [take] = library.takes(recording)
    library.rename_take(take.id, "Polka")
    library.save_analysis(recording, analysis(findings, span=(0.4, 15.0)), findings)
    [again] = library.takes(recording)
    assert (again.id, again.name, again.start) == (take.id, "Polka", 0.4)
    kept = library.analysis(recording)
    assert kept is not None
    assert kept.takes[0].name == "Polka"
    assert library.rename_take(take.id, "").name == "Take 1"


def test_a_song_found_again_as_practice_is_the_same_take(
    library: Library, recording: str, findings: Findings
) -> None:
    facts = analysis(findings, VERSE)
    library.save_analysis(recording, facts, findings)
    [before] = library.takes(recording)
    part = replace(facts.parts[0], kind="practice")
    library.save_analysis(recording, replace(facts, parts=(part,)), findings)
    [after] = library.takes(recording)
    assert (after.id, after.kind) == (before.id, "practice")


def test_deleting_forgets_the_recording_and_keeps_the_file(
    library: Library, recording: str, findings: Findings, wav: Path
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE), findings)
    job = library.jobs.enqueue(recording)
    library.delete(recording)
    assert library.all() == []
    assert library.regions.all() == []
    assert library.findings(recording) is None
    assert wav.exists()
    for gone in (
        lambda: library.get(recording),
        lambda: library.takes(recording),
        lambda: library.jobs.get(job.id),
    ):
        with pytest.raises(BridgeError):
            gone()


def test_a_file_that_moved_is_found_where_it_lies_now(library: Library, wav: Path) -> None:
    id = library.add(wav).id
    assert library.file(id) == wav
    moved = wav.rename(wav.with_name("moved.wav"))
    with pytest.raises(BridgeError, match="gone"):
        library.file(id)
    library.add(moved)
    assert library.file(id) == moved


def test_half_written_findings_do_not_replace_whole_ones(
    library: Library, recording: str, findings: Findings
) -> None:
    path = library.shelf.place(recording) / "findings.npz"
    before = path.read_bytes()

    class Large(Findings):
        def save(self, path: Path) -> None:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    large = Large(**{each.name: getattr(findings, each.name) for each in fields(Findings)})
    with pytest.raises(DiskFull, match=r"findings\.npz cannot be written") as told:
        library.keep_findings(recording, large)
    assert told.value.cause == "the disk is full"
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("keep", [0, 10, 2000])
def test_damaged_findings_are_none(library: Library, recording: str, keep: int) -> None:
    path = library.shelf.place(recording) / "findings.npz"
    path.write_bytes(path.read_bytes()[:keep])
    assert library.findings(recording) is None


def test_a_recording_tells_how_many_riffs_were_looked_for(
    library: Library, recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE), findings, most=3)
    assert library.get(recording).most_riffs == 3


def test_names_are_searched_in_any_case(library: Library, recording: str) -> None:
    library.rename(recording, "Übung am Freitag")
    assert [entry.id for entry in library.all("übung")] == [recording]
    assert library.all("monday") == []


def test_riffs_are_counted_with_the_recording(
    library: Library, recording: str, findings: Findings
) -> None:
    riffs = [riff(str(n), (2.0 * n, 2.0 * n + 1.9)) for n in range(5)]
    library.save_analysis(recording, analysis(findings, *riffs), findings)
    entry = library.get(recording)
    assert (entry.takes, entry.regions) == (1, 5)


def test_a_database_that_cannot_be_is_said_with_its_remedy(tmp_path: Path) -> None:
    for url in ("nonsense", "mystery://host/name", f"sqlite:///{tmp_path}/no/such/folder/x.db"):
        with pytest.raises(BridgeError) as caught:
            Library(tmp_path / "folder", url)
        assert caught.value.remedy


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"no database at all " * 100)
    with pytest.raises(BridgeError, match="cannot be opened"):
        Library(tmp_path)


def test_names_are_stored_clean_wherever_they_come_from(
    library: Library, recording: str, findings: Findings, wav: Path
) -> None:
    library.save_analysis(recording, analysis(findings), findings)
    assert library.rename(recording, "a\u202eb\x9b").name == "ab"
    with pytest.raises(BridgeError, match="without a name"):
        library.rename(recording, "\u2066\x01")
    take = library.takes(recording)[0]
    assert library.rename_take(take.id, "c\nd").name == "c d"
    assert library.rename_take(take.id, "\u202e").name == take.name
    region = library.regions.create(recording, 1.0, 2.0, "e\u2069f\x85g")
    assert (region.name, library.regions.get(region.id).name) == ("ef g", "ef g")
    assert library.regions.patch(region.id, {"labels": ["h\u202ai"]}).labels == ("hi",)
    library.delete(recording)
    assert library.add(wav, "j\u202ek").name == "jk"
