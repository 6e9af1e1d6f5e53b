"""A corrected grid: all follows, all can be undone, no analysis takes it away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.errors import BridgeError
from bridge.library.library import Library
from bridge.recordings.analysis import follow
from bridge.recordings.corrections import Double, Halve, SetBeats, TheOne
from bridge.recordings.facts import Part, Recording, Take
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from tests.library.found import GRID, analysis


@pytest.fixture
def take(library: Library, recording: str, findings: Findings) -> str:
    library.save_analysis(recording, analysis(findings), findings)
    library.follow_again(recording, findings)
    return library.takes(recording)[0].id


def derived(take: Take | None) -> Take:
    """What follows from findings and grid: no ids of the library, nothing measured on the sound."""
    assert take is not None
    return replace(take, riffs=tuple(replace(riff, id="", seam=None) for riff in take.riffs))


def test_all_that_follows_is_what_follow_says(
    library: Library, take: str, findings: Findings
) -> None:
    after = library.correct(take, TheOne(1.0))
    expected = follow(findings, Part(0.0, 17.0, "song", 0.9), GRID.with_one(1.0), name="Take 1")
    assert derived(after.take) == derived(expected)
    assert after.corrections == ({"at": 1.0, "kind": "the_one"},)


def test_every_correction_can_be_undone_and_made_again(library: Library, take: str) -> None:
    states = [library.take(take)]
    states += [library.correct(take, each) for each in (Double(), TheOne(1.0), Halve())]
    for before in states[-2::-1]:
        assert library.undo(take) == before
    with pytest.raises(BridgeError, match="no correction"):
        library.undo(take)
    for after in states[1:]:
        assert library.redo(take) == after
    with pytest.raises(BridgeError, match="no correction"):
        library.redo(take)


def test_a_new_correction_ends_what_could_be_made_again(library: Library, take: str) -> None:
    library.correct(take, Double())
    library.undo(take)
    library.correct(take, TheOne(1.0))
    with pytest.raises(BridgeError):
        library.redo(take)
    assert [each["kind"] for each in library.take(take).corrections] == ["the_one"]


def test_a_corrected_grid_outlives_a_new_analysis(
    library: Library, recording: str, take: str, findings: Findings
) -> None:
    corrected = library.correct(take, Double())
    other = Grid(tuple(beat + 0.1 for beat in GRID.beats), GRID.numbers)
    library.save_analysis(recording, analysis(findings, grid=other), findings)
    again = library.take(take)
    assert again.take is not None
    assert corrected.take is not None
    assert again.take.grid == corrected.take.grid
    undone = library.undo(take)
    assert undone.take is not None
    assert undone.take.grid == other  # as it was found last


def test_a_corrected_take_stays_though_it_is_not_found_again(
    library: Library, recording: str, take: str, findings: Findings
) -> None:
    library.correct(take, Double())
    library.save_analysis(
        recording, Recording(17.0, (Part(0.0, 17.0, "noodle", 0.5),), ()), findings
    )
    assert take in [each.id for each in library.takes(recording)]


def test_deriving_again_keeps_the_corrected_grid(
    library: Library, recording: str, take: str, findings: Findings
) -> None:
    corrected = library.correct(take, Double())
    library.follow_again(recording, findings)
    assert library.take(take) == corrected


def test_without_findings_a_correction_says_what_to_do(
    library: Library, recording: str, take: str
) -> None:
    library.shelf.drop(recording)
    with pytest.raises(BridgeError) as caught:
        library.correct(take, Double())
    assert "decode" in caught.value.remedy


def test_talk_has_no_grid(library: Library, recording: str, findings: Findings) -> None:
    library.save_analysis(recording, Recording(17.0, (Part(0.0, 17.0, "talk", 0.5),), ()), findings)
    [talk] = library.takes(recording)
    with pytest.raises(BridgeError, match="no grid"):
        library.correct(talk.id, Double())


@pytest.mark.parametrize("beats", [(0.0, 1e15), (-1e9, 1.0), (0.5, 1.0, 22.1)])
def test_beats_outside_the_recording_are_refused(
    library: Library, take: str, beats: tuple[float, ...]
) -> None:
    before = library.take(take)
    with pytest.raises(BridgeError, match="no beat at"):
        library.correct(take, SetBeats(beats))
    assert library.take(take) == before


def test_a_beat_may_be_counted_on_a_little_beyond_the_end(library: Library, take: str) -> None:
    after = library.correct(take, SetBeats(tuple(0.5 * n for n in range(44))))
    assert after.take is not None
    assert after.take.grid.beats[-1] == 21.5
