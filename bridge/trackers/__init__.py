"""Understanding: one file per fact. Pure: no clock, no I/O, no threads, no unseeded chance."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from bridge.events import Event
from bridge.signal.frames import Frames


class Tracker(Protocol):
    """Hears frames, says facts. What it says must not depend on how the stream was cut."""

    def process(self, frames: Frames) -> list[Event]:
        """What was understood with these hops, in the order it was decided."""
        ...

    def finish(self) -> list[Event]:
        """What is still to be said when the stream ends."""
        ...


TRACKERS: dict[str, str] = {  # name in settings: where it lives; imported only when it is used
    "level": "bridge.trackers.level:LevelTracker",
    "spectrum": "bridge.trackers.spectrum:SpectrumTracker",
    "onsets": "bridge.trackers.onsets:OnsetTracker",
    "beats": "bridge.trackers.beats:BeatTracker",
    "key": "bridge.trackers.key:KeyTracker",
    "chords": "bridge.trackers.chords:ChordTracker",
    "pitch": "bridge.trackers.pitch:PitchTracker",
    "drums": "bridge.trackers.drums:DrumTracker",
    "sections": "bridge.trackers.sections:SectionTracker",
}


def build_tracker(name: str) -> Tracker:
    """A fresh tracker by its name. Raises KeyError for a name not in TRACKERS."""
    module, kind = TRACKERS[name].split(":")
    return cast(Tracker, getattr(import_module(module), kind)())
