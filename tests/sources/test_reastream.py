"""Packets of ReaStream: read, counted, and heard over real sockets."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.sources.client import (
    LOST_PACKETS,
    NO_REASON,
    SENDER_STOOD,
    AbsentError,
    RestartError,
    is_reastream,
)
from bridge.sources.packet_count import LIMIT, PacketCount
from bridge.sources.reastream import MOST_OTHERS, ReaStreamClient
from bridge.sources.reastream_packets import MalformedError, Wish, parse, wish_of
from tests.sources.reastream_sender import Sender, midi_packet, packets

RATE = 48000
SECOND = 10**9
PATIENCE = 10.0  # seconds: a deadline for what takes milliseconds


def noise(frames: int, channels: int = 2, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, channels)).astype(np.float32)


# -- packets


@pytest.mark.parametrize("channels", [1, 2, 6, 64])
def test_a_block_comes_back_from_its_packets(channels: int) -> None:
    sound = noise(512, channels)
    read = [parse(content) for _, content in packets(sound, RATE, "gtr")]
    assert all(packet is not None for packet in read)
    assert {(packet.name, packet.channels, packet.rate) for packet in read if packet} == {
        ("gtr", channels, RATE)
    }
    assert np.array_equal(np.concatenate([packet.samples for packet in read if packet]), sound)


def test_midi_is_no_sound() -> None:
    assert parse(midi_packet()) is None


(WHOLE,) = packets(noise(100), RATE)
BROKEN = {
    "empty": b"",
    "another program's": b"hello, world",
    "cut off": WHOLE[1][:-1],
    "no channels": WHOLE[1][:40] + b"\0" + WHOLE[1][41:],
    "more channels than there are": WHOLE[1][:40] + b"\x41" + WHOLE[1][41:],
    "half a sample": WHOLE[1][:40] + b"\x03" + WHOLE[1][41:],
    "no rate": WHOLE[1][:41] + struct.pack("<i", 0) + WHOLE[1][45:],
    "less than nothing": WHOLE[1][:45] + struct.pack("<h", -8) + WHOLE[1][47:],
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_is_damaged_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(content)


@given(st.binary(max_size=200), st.integers(0, 46))
def test_no_content_breaks_the_reader(noise: bytes, keep: int) -> None:
    for content in (noise, WHOLE[1][:keep] + noise, b"MRSR" + noise):
        try:
            parse(content)
        except MalformedError:
            continue


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("reastream", Wish("")),
        ("reastream:", Wish("")),
        ("reastream:my gtr", Wish("my gtr")),
        ("reastream:gtr@0.0.0.0", Wish("gtr", "0.0.0.0")),
        ("reastream:@0.0.0.0", Wish("", "0.0.0.0")),
        ("reastream:gtr@127.0.0.1:5000", Wish("gtr", "127.0.0.1", 5000)),
        ("reastream:gtr@:5000", Wish("gtr", "127.0.0.1", 5000)),
    ],
)
def test_what_is_wished_is_understood(text: str, wish: Wish) -> None:
    assert is_reastream(text)
    assert wish_of(text) == wish


def test_what_names_no_reastream_is_said() -> None:
    assert not is_reastream("ReaStream device")
    for text in ("reastream:" + "x" * 32, "reastream:a@b:c", "reastream:a@b:70000"):
        with pytest.raises(BridgeError, match="names no ReaStream"):
            wish_of(text)


# -- counting


def stream(
    seconds: float,
    block: int,
    *,
    channels: int = 2,
    drop: float = 0.0,
    drift: float = 0.0,
    jitter: float = 0.003,
    swap: float = 0.0,
    seed: int = 1,
) -> tuple[PacketCount, list[float], int]:
    """What a host sends in so many seconds; how far off each second is (s), and samples sent."""
    chance = np.random.default_rng(seed)
    count = PacketCount(RATE)
    count.start(0, 0)
    full = 1200 // (4 * channels)
    off: list[float] = []
    sent = 0
    for number in range(int(seconds * RATE / block)):
        # A block is sent when its last sample was played, and then somewhat late.
        due = int((number + 1) * block / RATE * (1 + drift) * SECOND)
        now = due + int(chance.uniform(0, jitter) * SECOND)
        sizes = [min(full, block - first) for first in range(0, block, full)]
        if swap and chance.random() < swap and len(sizes) > 1:
            sizes[-2], sizes[-1] = sizes[-1], sizes[-2]
        for size in sizes:
            sent += size
            if chance.random() < drop:
                continue
            now += 20_000
            place = count.place(size, now)
            if place.drop < size:
                off.append((place.first + size - place.drop - sent) / RATE)
    return count, off, sent


@pytest.mark.parametrize("block", [64, 128, 256, 441, 512, 1024, 2048])
def test_nothing_is_found_missing_where_nothing_is(block: int) -> None:
    for drift in (-2e-4, 0.0, 2e-4):
        count, off, _ = stream(60, block, drift=drift)
        assert count.lost == 0
        assert max(map(abs, off)) < 1e-9


@pytest.mark.parametrize("block", [256, 441, 512, 1024, 2048])
def test_single_packets_lost_are_found_by_how_blocks_are_split(block: int) -> None:
    count, off, sent = stream(60, block, drop=0.01)
    assert count.lost / sent == pytest.approx(0.01, abs=0.004)
    assert max(map(abs, off[2000:])) < LIMIT + 0.012
    assert abs(off[-1]) < LIMIT + 0.005


@pytest.mark.parametrize("block", [64, 128, 300])
def test_where_blocks_fit_the_clock_finds_them(block: int) -> None:
    count, off, sent = stream(120, block, drop=0.01)
    assert count.lost / sent == pytest.approx(0.01, abs=0.005)
    assert max(map(abs, off)) < LIMIT + 0.02


def test_a_tenth_lost_is_no_drift() -> None:
    _, off, _ = stream(60, 512, drop=0.1)
    assert abs(off[-1]) < 0.15


def test_a_packet_that_comes_late_is_noticed_and_the_time_stays_true() -> None:
    count, off, _ = stream(60, 512, swap=0.01)
    assert count.late > 20
    assert abs(off[-1]) < 0.005
    assert max(map(abs, off)) < 0.012


def test_a_host_that_renders_ahead_and_stops_doing_so_shifts_nothing_for_good() -> None:
    count = PacketCount(RATE)
    count.start(0, 0)
    now, sent, off = 0, 0, 0.0
    for number in range(6000):
        ahead = 0.2 if (number // 1000) % 2 == 0 else 0.0
        now = max(now, int((number * 512 / RATE + 1.0 - ahead) * SECOND))
        for size in (150, 150, 150, 62):
            sent += size
            place = count.place(size, now)
            if place.drop < size:
                off = (place.first + size - place.drop - sent) / RATE
    assert abs(off) < 0.21


def test_while_the_daw_stands_time_goes_on() -> None:
    count = PacketCount(RATE)
    count.start(0, 0)
    assert count.place(150, 10**7).first == 0
    place = count.place(150, 10**7 + 5 * SECOND)
    assert place.reason == SENDER_STOOD
    assert place.first == pytest.approx(5 * RATE, abs=RATE // 50)


def test_a_restart_goes_on_where_the_stream_would_be() -> None:
    count = PacketCount(RATE)
    count.start(1000, 0)
    place = count.place(150, SECOND)
    assert (place.first, place.reason) == (1000 + RATE - 150, SENDER_STOOD)


# -- over sockets


class Heard:
    """A target that keeps all."""

    def __init__(self) -> None:
        self.blocks: list[tuple[np.ndarray, int, int]] = []

    def write(self, samples: np.ndarray, first: int, host_ns: int, reason: int = NO_REASON) -> None:
        self.blocks.append((samples.copy(), first, reason))

    def frames(self) -> int:
        return sum(len(samples) for samples, _, _ in list(self.blocks))

    def sound(self) -> np.ndarray:
        return np.concatenate([samples for samples, _, _ in list(self.blocks)])


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: str, holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, what
        threading.Event().wait(0.005)


@contextmanager
def opened(
    wish: str = "test", channels: tuple[int, ...] = (), **how: object
) -> Iterator[tuple[ReaStreamClient, Sender, Heard]]:
    """A client that hears a sender; its first packet is on the way before."""
    port = free_port()
    sender, heard, ended = Sender(port), Heard(), threading.Event()
    first = packets(noise(10, int(how.get("width", 2))), int(how.get("rate", RATE)))  # type: ignore[call-overload]

    def knock() -> None:
        while not ended.wait(0.01):
            sender.send(first[0][1])

    knocking = threading.Thread(target=knock)
    knocking.start()
    client = None
    try:
        client = ReaStreamClient(Wish(wish, port=port), channels)
        ended.set()
        knocking.join()
        client.start(heard, 0)
        yield client, sender, heard
    finally:
        ended.set()
        knocking.join()
        if client is not None:
            client.close()
        sender.close()


def trouble_of(client: ReaStreamClient) -> BridgeError:
    """What goes wrong though sound comes."""
    told = client.watch()
    assert told is not None
    assert told.state == "listening"
    assert told.trouble is not None
    return told.trouble


def test_what_is_sent_is_heard_bit_by_bit() -> None:
    with opened() as (client, sender, heard):
        assert (client.rate, client.channels, client.midi_block) == (RATE, 2, 0)
        sound = noise(4096)
        sender.play(sound, RATE)
        until("all of it", lambda: heard.frames() >= len(sound))
        assert np.array_equal(heard.sound(), sound)
        firsts = [first for _, first, _ in heard.blocks]
        assert firsts == np.cumsum([0] + [len(s) for s, _, _ in heard.blocks[:-1]]).tolist()


def test_one_channel_of_eight() -> None:
    with opened(channels=(7,), width=8) as (client, sender, heard):
        sound = noise(512, 8)
        sender.play(sound, RATE)
        until("all of it", lambda: heard.frames() >= 512)
        assert np.array_equal(heard.sound(), sound[:, 6:7])
        assert client.channels == 1


def test_a_channel_that_is_not_sent_is_refused() -> None:
    with pytest.raises(BridgeError, match="has no channel 3"), opened(channels=(3,)):
        raise AssertionError


def test_a_rate_that_cannot_be_analysed_is_refused() -> None:
    with pytest.raises(BridgeError, match="sends 32000 Hz"), opened(rate=32000):
        raise AssertionError


@pytest.mark.parametrize("wish", ["", "test"])
@pytest.mark.parametrize("rate", [44100, 32000, 2**31 - 1])
def test_a_single_packet_of_another_rate_changes_nothing(rate: int, wish: str) -> None:
    with opened(wish) as (client, sender, heard):
        sound = noise(3000)
        for first in range(0, len(sound), 100):
            sender.play(noise(10, seed=2), rate)
            sender.play(sound[first : first + 100], RATE)
        until("all of it", lambda: heard.frames() >= len(sound))
        assert np.array_equal(heard.sound(), sound)
        assert client.watch() is None


def test_a_daw_that_goes_to_a_rate_that_cannot_be_analysed_is_said() -> None:
    with opened() as (client, sender, heard):
        sender.play(noise(100), RATE)
        until("sound", heard.frames)
        sender.play(noise(3000), 32000)
        told = []

        def stalled() -> bool:
            told.append(client.watch())
            return bool(told[-1])

        until("stalled", stalled)
        assert "cannot be analysed, the last of 'test' at 32000 Hz" in told[-1].reason


def test_other_senders_midi_and_damage_are_passed_over() -> None:
    with opened() as (client, sender, heard):
        sound = noise(300)
        sender.play(noise(300, seed=2), RATE, "other")
        sender.send(midi_packet(), b"junk", BROKEN["cut off"])
        sender.play(sound, RATE)
        until("all of it", lambda: heard.frames() >= 300)
        assert np.array_equal(heard.sound(), sound)
        assert client.watch() is None


def test_nobody_there_is_waited_for_with_words() -> None:
    port = free_port()
    with pytest.raises(AbsentError) as told:
        ReaStreamClient(Wish("vox", port=port), ())
    assert "vox" in told.value.what
    assert "127.0.0.1" in told.value.remedy
    assert "add the effect ReaStream" in told.value.remedy


def test_a_sender_of_another_name_is_named() -> None:
    port = free_port()
    sender, ended = Sender(port), threading.Event()

    def knock() -> None:
        while not ended.wait(0.01):
            sender.send(packets(noise(10), RATE, "gtr")[0][1])

    knocking = threading.Thread(target=knock)
    knocking.start()
    try:
        with pytest.raises(AbsentError) as told:
            ReaStreamClient(Wish("vox", port=port), ())
        assert "'gtr'" in told.value.cause
    finally:
        ended.set()
        knocking.join()
        sender.close()


@pytest.mark.parametrize("wish", ["", "test"])
def test_of_many_other_senders_some_are_named(wish: str) -> None:
    with opened(wish) as (client, sender, heard):
        sender.play(noise(100), RATE)
        until("sound", heard.frames)
        for number in range(40):
            sender.play(noise(10), RATE, f"other {number:02d}")
        told = []

        def stalled() -> bool:
            told.append(client.watch())
            return bool(told[-1])

        until("stalled", stalled)
        assert told[-1].reason.count("'other ") == MOST_OTHERS


def test_what_is_no_reastream_is_said() -> None:
    port = free_port()
    sender, ended = Sender(port), threading.Event()

    def knock() -> None:
        while not ended.wait(0.01):
            sender.send(b"junk")

    knocking = threading.Thread(target=knock)
    knocking.start()
    try:
        with pytest.raises(AbsentError) as told:
            ReaStreamClient(Wish("vox", port=port), ())
        assert "packets came that are none of ReaStream" in told.value.cause
    finally:
        ended.set()
        knocking.join()
        sender.close()


def test_a_port_that_is_taken_is_said_with_who_has_it() -> None:
    pytest.importorskip("psutil")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        with pytest.raises(AbsentError, match=f"{port} of ReaStream is taken") as told:
            ReaStreamClient(Wish("test", port=port), ())
        assert "has it" in told.value.cause


def test_an_address_that_is_not_ours_is_said() -> None:
    with pytest.raises(BridgeError, match=r"cannot be heard at '192\.0\.2\.1'"):
        ReaStreamClient(Wish("test", "192.0.2.1", free_port()), ())


@pytest.mark.parametrize(("rate", "width"), [(44100, 2), (RATE, 4)])
def test_another_rate_or_width_asks_for_a_fresh_start(rate: int, width: int) -> None:
    with opened() as (client, sender, _):
        sender.play(noise(5 * 512, width), rate)

        def changed() -> bool:
            try:
                client.watch()
            except RestartError as error:
                assert f"{width} channels at {rate} Hz" in error.what
                return True
            return False

        until("a fresh start is asked for", changed)


def test_silence_of_the_sender_is_stalled_and_it_comes_back() -> None:
    with opened() as (client, sender, heard):
        sender.play(noise(100), RATE)
        until("sound", heard.frames)
        told = []

        def stalled() -> bool:
            told.append(client.watch())
            return bool(told[-1])

        until("stalled", stalled)
        assert told[-1].state == "stalled"
        assert "sends nothing" in told[-1].reason
        sender.play(noise(100), RATE)
        until("back", lambda: (told.append(client.watch()), told[-1])[1])
        assert told[-1].state == "listening"
        assert heard.blocks[-1][2] == SENDER_STOOD
        assert heard.blocks[-1][1] > 0.4 * RATE


def test_a_hole_is_bridged_without_a_click_and_counted() -> None:
    with opened() as (client, sender, heard):
        flat = np.full((512, 2), 0.25, np.float32)
        for number in range(40):
            for index, (_, content) in enumerate(packets(flat, RATE)):
                if (number, index) != (30, 1):
                    sender.send(content)
        until("all of it", lambda: heard.frames() >= 40 * 512)
        assert np.array_equal(heard.sound(), np.full((40 * 512, 2), 0.25, np.float32))
        assert "lost on the way" in trouble_of(client).what
        assert not [reason for _, _, reason in heard.blocks if reason == LOST_PACKETS]


def test_two_tracks_of_one_name_are_one_and_it_is_said() -> None:
    with opened() as (client, sender, heard):
        second = Sender(sender._to[1])
        sound = noise(6000)
        for first in range(0, len(sound), 150):
            sender.send(packets(sound[first : first + 150], RATE)[0][1])
            second.send(packets(-sound[first : first + 150], RATE)[0][1])
        until("all of it", lambda: heard.frames() >= len(sound))
        assert np.array_equal(heard.sound(), sound)
        assert "Two ReaStreams" in trouble_of(client).what
        second.close()
