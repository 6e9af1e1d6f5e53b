from __future__ import annotations

import math
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from pythonosc.osc_message import OscMessage
from pythonosc.osc_packet import OscPacket

from bridge.errors import BridgeError
from bridge.events import EVENTS, Beat, DrumHit, Event, Key, Level, Pitch, State
from bridge.settings import OscTarget
from bridge.sinks import osc
from tests.strategies import events

START = 1_800_000_000.0  # Unix time at which the stream of these tests began


def wall(stream: float) -> float:
    return START + stream


class Receiver:
    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)  # loopback: what was sent is there
        self.port = self.socket.getsockname()[1]

    def packets(self) -> list[bytes]:
        found = []
        while True:
            try:
                found.append(self.socket.recv(65536))
            except BlockingIOError:
                return found

    def heard(self) -> dict[str, list[Any]]:
        return {message.address: message.params for message in map(OscMessage, self.packets())}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.socket.close()


def sink_to(receiver: Receiver, **settings: Any) -> osc.OscSink:
    return osc.OscSink(OscTarget(port=receiver.port, **settings), wall)


def beat(at: float = 2.0, decided: float = 1.75, number: int | None = 3) -> Beat:
    return Beat(at=at, decided=decided, number=number, bar=7, tempo=120.0, confidence=0.5)


def level(at: float) -> Level:
    return Level(
        at=at, decided=at, rms=-20.0, peak=-6.0, true_peak=-5.5, momentary=-18.0,
        short_term=-19.0, width=0.25, correlation=0.5,
    )  # fmt: skip


def test_a_beat_is_one_message_with_its_number_and_one_per_value(receiver: Receiver) -> None:
    sink_to(receiver).send(beat())
    assert receiver.heard() == {
        "/dawbridge/beat": [3, 7, 120.0, 0.5, 2.0, -0.25],
        "/dawbridge/beat/number": [3],
        "/dawbridge/beat/bar": [7],
        "/dawbridge/beat/tempo": [120.0],
        "/dawbridge/beat/confidence": [0.5],
    }


def test_a_drum_hit_has_an_address_of_its_own_with_its_strength(receiver: Receiver) -> None:
    sink_to(receiver).send(DrumHit(at=1.0, decided=1.0, drum="kick", velocity=127, confidence=1.0))
    assert receiver.heard() == {
        "/dawbridge/drum": ["kick", 127, 1.0, 1.0, 0.0],
        "/dawbridge/drum/kick": [1.0],
    }


def test_unknown_is_sent_as_nothing_of_its_type(receiver: Receiver) -> None:
    sink = sink_to(receiver)
    sink.send(beat(number=None))
    sink.send(Key(at=0.0, decided=0.0, key=None, confidence=0.0))
    heard = receiver.heard()
    assert heard["/dawbridge/beat/number"] == [0]
    assert heard["/dawbridge/key/key"] == [""]


def test_a_target_is_told_its_topics_only(receiver: Receiver) -> None:
    sink = sink_to(receiver, topics=("key",))
    sink.send(beat())
    assert receiver.packets() == []


def test_a_bundle_carries_the_wall_time_at_which_the_beat_sounds(receiver: Receiver) -> None:
    sink_to(receiver, bundles=True).send(beat(at=2.5))
    for packet in receiver.packets():
        (timed,) = OscPacket(packet).messages
        assert timed.time == pytest.approx(START + 2.5, abs=1e-6)


def test_a_sink_wants_its_beats_as_early_as_its_target(receiver: Receiver) -> None:
    assert sink_to(receiver, lead=0.03).lead == 0.03


def test_steady_topics_are_thinned_to_the_rate_on_average(receiver: Receiver) -> None:
    sink = sink_to(receiver, rate=30.0)
    sent = 0
    for n in range(501):
        sink.send(Pitch(at=n / 50, decided=n / 50, hz=440.0, confidence=1.0))
        sent += "/dawbridge/pitch" in receiver.heard()
    assert 299 <= sent <= 302


def test_topics_are_thinned_each_for_itself(receiver: Receiver) -> None:
    sink = sink_to(receiver, rate=10.0)
    sink.send(level(0.0))
    sink.send(Pitch(at=0.01, decided=0.01, hz=440.0, confidence=1.0))
    assert {"/dawbridge/level", "/dawbridge/pitch"} <= receiver.heard().keys()


def test_the_end_of_a_voice_is_never_left_out(receiver: Receiver) -> None:
    sink = sink_to(receiver, rate=1.0)
    sink.send(Pitch(at=1.0, decided=1.0, hz=440.0, confidence=1.0))
    sink.send(Pitch(at=1.02, decided=1.02, hz=0.0, confidence=0.0))
    assert receiver.heard()["/dawbridge/pitch/hz"] == [0.0]


def test_what_is_not_steady_is_never_left_out(receiver: Receiver) -> None:
    sink = sink_to(receiver, rate=1.0)
    for n in range(5):
        sink.send(beat(at=n / 100))
    assert len(receiver.packets()) == 25


def test_nobody_listening_is_no_error(receiver: Receiver) -> None:
    sink = sink_to(receiver)
    receiver.socket.close()
    for _ in range(10):
        sink.send(beat())


def test_nobody_listening_loses_nothing_once_somebody_does() -> None:
    gone = Receiver()
    gone.socket.close()
    sink = sink_to(gone)
    sink.send(beat())
    back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    back.bind(("127.0.0.1", gone.port))
    sink.send(beat())
    assert OscMessage(back.recv(65536)).address == "/dawbridge/beat"
    back.close()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 300, "a b"])
def test_an_unknown_host_is_said_with_a_remedy(host: str) -> None:
    with pytest.raises(BridgeError) as error:
        osc.OscSink(OscTarget(host=host), wall)
    assert repr(host) in error.value.what
    assert "osc.targets" in error.value.remedy


def test_long_and_broken_texts_fit_a_packet(receiver: Receiver) -> None:
    reason = "é" * 2000 + "\0" + "\ud800"
    sink_to(receiver).send(State(at=0.0, decided=0.0, state="lost", reason=reason))
    heard = receiver.heard()
    assert heard["/dawbridge/state/reason"] == ["é" * 500]


def documented() -> list[tuple[str, str, int]]:
    """Address, type tags and number of arguments of each row of docs/osc.md."""
    page = (Path(__file__).parents[2] / "docs" / "osc.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(/\S+)` \| `(\w+)` \| (.+) \|$", page, re.MULTILINE)
    return [(address, tags, meanings.count("<br>") + 1) for address, tags, meanings in rows]


@given(events())
def test_every_event_is_said_as_the_page_says(event: Event) -> None:
    rows = {address: (tags, count) for address, tags, count in documented()}
    said = osc.messages(event)
    assert said[0][0] == f"/dawbridge/{event.topic}"
    for address, arguments in said:
        packet = osc.encode(address, arguments)
        parsed = OscMessage(packet)
        tags = packet[packet.index(b",") + 1 :].split(b"\0")[0].decode()
        assert (tags, len(parsed.params)) == rows[address]
        assert set(tags) <= set("ifs")
        assert parsed.address == address
        assert len(packet) < 1400
        assert len(parsed.params) == len(tags)
        assert all(math.isfinite(each) for each in parsed.params if not isinstance(each, str))


@given(events())
def test_every_event_fits_a_bundle(event: Event) -> None:
    for address, arguments in osc.messages(event):
        packet = osc.bundle(osc.encode(address, arguments), wall(event.at))
        (timed,) = OscPacket(packet).messages
        assert timed.message.address == address
        assert timed.time == pytest.approx(wall(event.at), abs=1e-3)


def test_addresses_are_unique_and_every_topic_has_one() -> None:
    addresses = [address for address, _, _ in documented()]
    assert len(addresses) == len(set(addresses))
    assert {f"/dawbridge/{kind.topic}" for kind in EVENTS} <= set(addresses)
