"""Regions: ids and the user's words outlive every analysis; riffs are found in other recordings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from bridge.errors import BridgeError
from bridge.library.library import Library
from bridge.recordings.corrections import Double
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from tests.library.found import GRID, HOOK, VERSE, analysis, riff


def ids(library: Library, recording: str) -> dict[str, str]:
    return {region.name: region.id for region in library.regions.all(recording)}


def test_ids_stay_when_the_recording_is_analysed_again(
    library: Library, recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE, HOOK), findings)
    before = ids(library, recording)
    moved = riff("verse again", (0.6, 4.6), (8.4, 12.4))
    library.save_analysis(recording, analysis(findings, HOOK, moved), findings)
    after = ids(library, recording)
    assert after == {"verse again": before["verse"], "hook": before["hook"]}


def test_a_renamed_and_moved_region_stays_so(
    library: Library, recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE, HOOK), findings)
    id = ids(library, recording)["hook"]
    library.regions.patch(id, {"name": "The big one", "start": 12.6, "labels": ["keep"]})
    for _ in range(2):
        library.save_analysis(recording, analysis(findings, VERSE, HOOK), findings)
        region = library.regions.get(id)
        assert (region.name, region.start, region.end) == ("The big one", 12.6, 16.5)
        assert region.labels == ("keep",)
        assert region.edited == ("labels", "name", "start")
    kept = library.analysis(recording)
    assert kept is not None
    [own] = [each for each in kept.takes[0].riffs if each.id == id]
    assert (own.name, own.times[own.best].start) == ("The big one", 12.6)


def test_an_edited_region_stays_though_it_is_not_found_again(
    library: Library, recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE, HOOK), findings)
    id = ids(library, recording)["hook"]
    library.regions.patch(id, {"name": "mine"})
    library.save_analysis(recording, analysis(findings), findings)
    assert [region.id for region in library.regions.all(recording)] == [id]


def test_a_removed_region_is_not_found_again(
    library: Library, recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE, HOOK), findings)
    id = ids(library, recording)["hook"]
    library.regions.delete(id)
    library.save_analysis(recording, analysis(findings, VERSE, HOOK), findings)
    assert list(ids(library, recording)) == ["verse"]
    with pytest.raises(BridgeError):
        library.regions.get(id)


def test_what_is_not_found_once_comes_back_with_its_id(
    library: Library, recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE, HOOK), findings)
    before = ids(library, recording)
    library.save_analysis(recording, analysis(findings, VERSE), findings)
    assert list(ids(library, recording)) == ["verse"]
    library.save_analysis(recording, analysis(findings, HOOK, VERSE), findings)
    assert ids(library, recording) == before


def test_a_drawn_region_is_not_touched_by_an_analysis(
    library: Library, recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE), findings)
    drawn = library.regions.create(recording, 0.5, 4.5, "my loop", labels=["a"], coolness=9.0)
    assert (drawn.origin, drawn.bars, drawn.loop_bars, drawn.tempo) == ("manual", 2.0, 4, 120.0)
    library.save_analysis(recording, analysis(findings, HOOK), findings)
    assert library.regions.get(drawn.id) == drawn
    library.regions.delete(drawn.id)
    assert list(ids(library, recording)) == ["hook"]


def test_bars_and_tempo_of_a_drawn_region_follow_the_grid(
    library: Library, recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings), findings)
    drawn = library.regions.create(recording, 0.5, 8.5, "my loop")
    assert (drawn.bars, drawn.loop_bars, drawn.tempo) == (4.0, 4, 120.0)
    [take] = library.takes(recording)
    library.correct(take.id, Double())
    after = library.regions.get(drawn.id)
    assert (after.bars, after.loop_bars, after.tempo) == (8.0, 8, 240.0)
    assert (after.start, after.end, after.name) == (0.5, 8.5, "my loop")


def test_a_region_outside_any_take_has_no_bars(
    library: Library, recording: str, findings: Findings
) -> None:
    drawn = library.regions.create(recording, 0.0, 2.0, "before it was analysed")
    assert (drawn.take, drawn.bars, drawn.tempo) == (None, 0.0, None)
    library.save_analysis(recording, analysis(findings), findings)
    assert library.regions.get(drawn.id).take == library.takes(recording)[0].id


def test_none_takes_the_users_word_back(
    library: Library, recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE), findings)
    [before] = library.regions.all(recording)
    library.regions.patch(before.id, {"name": "mine", "start": 1.0})
    assert library.regions.patch(before.id, {"name": None, "start": None}) == before


@pytest.mark.parametrize(
    "change",
    [
        {"start": 5.0},  # after its end
        {"end": 1000.0},
        {"start": -1.0},
        {"start": float("nan")},
        {"name": ""},
        {"name": "x" * 201},
        {"coolness": 11},
        {"niceness": -1},
        {"loop_bars": 1.5},
        {"id": "other"},
        {"chords": "A:min"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    library: Library, recording: str, findings: Findings, change: dict[str, Any]
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE), findings)
    [before] = library.regions.all(recording)
    with pytest.raises(BridgeError) as caught:
        library.regions.patch(before.id, change)
    assert caught.value.cause
    assert library.regions.all(recording) == [before]


def test_the_same_riff_is_found_in_another_recording(
    library: Library, recording: str, findings: Findings, song: np.ndarray, tmp_path: Path
) -> None:
    other = tmp_path / "a week later.wav"
    soundfile.write(other, 0.5 * song, 44100)
    second = library.add(other).id
    library.save_analysis(recording, analysis(findings, VERSE, HOOK), findings)
    shifted = replace(VERSE, times=VERSE.times[::-1])
    library.save_analysis(second, analysis(findings, shifted), findings)
    [found] = library.regions.like(ids(library, recording)["verse"])
    assert found.region.recording == second
    assert found.likeness > 0.99


def test_takes_of_one_riff_are_ranked_by_how_tightly_they_were_played(
    library: Library, recording: str, findings: Findings, song: np.ndarray, tmp_path: Path
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE), findings)
    played = {}
    for late in (0.02, 0.04):  # a grid that lies beside what was played
        path = tmp_path / f"{late}.wav"
        soundfile.write(path, (1.0 - late) * song, 44100)
        other = library.add(path).id
        beats = tuple(beat + late * (-1) ** n for n, beat in enumerate(GRID.beats))
        grid = Grid(beats, GRID.numbers)
        riffs = [VERSE] if late == 0.02 else []
        library.save_analysis(other, analysis(findings, *riffs, grid=grid), findings)
        played[late] = other
    every = library.tightest()
    assert [take.recording for take in every] == [recording, played[0.02], played[0.04]]
    tight = [take.tightness or 0.0 for take in every]
    assert tight == sorted(tight, reverse=True)
    region = ids(library, recording)["verse"]
    assert [take.recording for take in library.tightest(region)] == [recording, played[0.02]]
    assert len(library.tightest(most=1)) == 1


def test_a_drawn_region_has_no_fingerprint(library: Library, recording: str) -> None:
    drawn = library.regions.create(recording, 0.5, 4.5, "my loop")
    with pytest.raises(BridgeError, match="my loop"):
        library.regions.like(drawn.id)


def test_grid_measures_are_those_of_the_grid(library: Library, recording: str) -> None:
    from bridge.library.views import measure

    assert measure(GRID, 0.5, 2.5) == (1.0, 4, 120.0)
    assert measure(GRID, 0.5, 0.5 + 2.0 * 9) == (9.0, 12, 120.0)
    assert measure(GRID, -7.5, 0.5) == (4.0, 4, 120.0)
    assert measure(None, 0.0, 1.0) == (0.0, 0, None)
