from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import BridgeError
from bridge.events import DRUMS
from bridge.settings import MidiSettings
from bridge.sinks.drum_maps import drum_map_names, load_drum_map

NAMES = [
    "ableton_drum_rack",
    "addictive_drums_2",
    "ezdrummer",
    "general_midi",
    "steven_slate",
]


def written(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_these_drum_maps_are_shipped() -> None:
    assert drum_map_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_map_plays_every_drum_with_a_note_of_its_own(name: str) -> None:
    drum_map = load_drum_map(name)
    assert set(drum_map.notes) == set(DRUMS)
    assert len(set(drum_map.notes.values())) == len(DRUMS)
    assert drum_map.source, "a map says where its notes are from"


def test_the_default_is_general_midi() -> None:
    # General MIDI level 1: 36 bass drum, 38 acoustic snare, 47 low-mid tom, 42 closed, 49 crash
    drum_map = load_drum_map(MidiSettings().drum_map)
    assert drum_map.notes == {"kick": 36, "snare": 38, "toms": 47, "hihat": 42, "cymbals": 49}


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_lists_each_map(name: str) -> None:
    page = Path(__file__).parents[2] / "docs" / "drum_maps.md"
    assert f"`{name}`" in page.read_text(encoding="utf-8")


def test_the_example_in_the_documentation_loads(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "drum_maps.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    assert set(load_drum_map(written(tmp_path, example)).notes) == set(DRUMS)


def test_a_map_may_leave_drums_out(tmp_path: Path) -> None:
    drum_map = load_drum_map(written(tmp_path, "[notes]\nkick = 0\n"))
    assert drum_map.notes == {"kick": 0}
    assert drum_map.name == "mine"


def test_an_unknown_name_lists_the_known_ones() -> None:
    for name in ("nonsense", "../general_midi", ""):
        with pytest.raises(BridgeError) as error:
            load_drum_map(name)
        assert all(known in error.value.cause for known in NAMES)


@pytest.mark.parametrize("note", ["128", "-1", "36.0", '"C1"', "true", "[36]"])
def test_a_note_beyond_midi_is_refused_with_its_range(tmp_path: Path, note: str) -> None:
    with pytest.raises(BridgeError) as error:
        load_drum_map(written(tmp_path, f"[notes]\nkick = {note}\n"))
    assert "kick" in error.value.what
    assert "0 to 127" in error.value.cause


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[notes]\ncowbell = 56\n", "cowbell"),
        ("name = 'no notes'\n", "[notes]"),
        ("[notes]\n", "[notes]"),
        ("notes = 3\n", "[notes]"),
        ("[notse]\nkick = 36\n", "notse"),
        ("[notes\n", "line 1"),
    ],
)
def test_a_mistake_in_a_map_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BridgeError) as error:
        load_drum_map(written(tmp_path, text))
    assert said in str(error.value)


def test_a_path_without_a_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match=r"none\.toml"):
        load_drum_map(str(tmp_path / "none.toml"))
