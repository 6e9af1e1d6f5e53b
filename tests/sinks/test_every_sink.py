"""The law of sinks: whatever is said, each takes it, and closes twice without harm."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from bridge.events import Event
from bridge.settings import MidiSettings, OscTarget, RecorderSettings
from bridge.sinks import Sink
from bridge.sinks.midi import MidiSink
from bridge.sinks.osc import OscSink
from bridge.sinks.recorder import SessionRecorder
from tests.strategies import streams


def osc(_: Path) -> Sink:
    return OscSink(OscTarget(port=9, bundles=True), lambda stream: 1.8e9 + stream)


def midi(_: Path) -> Sink:
    everything = MidiSettings(pitch=True, chords=True, beats="notes")
    return MidiSink(everything, lambda due, message: None)


def recorder(folder: Path) -> Sink:
    return SessionRecorder(
        RecorderSettings(folder=str(folder)), started=datetime(2026, 11, 21), source="jack"
    )


@pytest.mark.parametrize("build", [osc, midi, recorder])
@given(said=streams())
@settings(max_examples=50)
def test_every_sink_takes_every_event(build: Callable[[Path], Sink], said: list[Event]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sink = build(Path(folder))
        assert 0 <= sink.lead <= 1
        for event in said:
            sink.send(event)
        sink.close()
        sink.close()
