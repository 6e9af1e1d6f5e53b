from __future__ import annotations

import pytest

from bridge.settings import Settings, load, preset_names, presets_folder
from bridge.sinks.drum_maps import load_drum_map

SITUATIONS = [
    "chords_to_synth",
    "default",
    "drum_trigger",
    "drums_to_daw",
    "quiet",
    "rehearsal",
    "stage_lights",
]


def preset(name: str) -> Settings:
    return load(preset=name, environment={}).settings


def test_these_situations_have_a_preset() -> None:
    assert preset_names() == SITUATIONS


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_preset_loads_and_its_drum_map_exists(name: str) -> None:
    assert load_drum_map(preset(name).midi.drum_map).notes


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_preset_begins_with_what_it_is_for(name: str) -> None:
    first = (presets_folder() / f"{name}.toml").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    assert 20 < len(first) <= 100


def test_the_default_preset_changes_nothing() -> None:
    assert load(preset="default", environment={}).origins == {}


def test_the_quiet_presets_send_nothing() -> None:
    for name in ("quiet", "rehearsal"):
        assert not preset(name).osc.on
        assert not preset(name).midi.on


def test_the_trigger_is_not_doubled_by_the_drum_tracker() -> None:
    settings = preset("drum_trigger")
    assert settings.trigger.on
    assert "drums" not in settings.trackers.on or not settings.midi.drums


def test_what_a_preset_says_a_tracker_must_find_out() -> None:
    assert "drums" in preset("drums_to_daw").trackers.on
    assert {"chords", "pitch"} <= set(preset("chords_to_synth").trackers.on)
    lights = preset("stage_lights")
    assert {"beats", "sections", "level"} <= set(lights.trackers.on)
    assert lights.osc.targets[0].lead > 0
