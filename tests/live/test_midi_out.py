"""The process that holds the virtual port: its sender with a port that remembers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bridge.errors import BridgeError
from bridge.live.midi_out import Sender
from bridge.live.midi_ports import chosen
from bridge.live.midi_queue import MidiQueue

MS = 1_000_000  # ns
ON, OFF = bytes((0x99, 36, 100)), bytes((0x89, 36, 0))


class ListPort:
    """Remembers when each message was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, bytes]] = []
        self.changed = threading.Condition()

    def send_message(self, message: Sequence[int]) -> None:
        with self.changed:
            self.sent.append((time.monotonic_ns(), bytes(message)))
            self.changed.notify()

    def close_port(self) -> None:
        """Nothing is held."""

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.sent) >= count, timeout=10)


@pytest.fixture
def port() -> ListPort:
    return ListPort()


@pytest.fixture
def sender(port: ListPort, tmp_path: Path) -> Iterator[Sender]:
    sender = Sender(port, MidiQueue.open_or_create(tmp_path / "midi"))
    thread = threading.Thread(target=sender.run)
    thread.start()
    yield sender
    sender.end()
    thread.join(10)
    assert not thread.is_alive()


def test_messages_leave_when_they_are_due_not_before(
    port: ListPort, sender: Sender, tmp_path: Path
) -> None:
    poster = MidiQueue.open(tmp_path / "midi")
    now = time.monotonic_ns()
    dues = [now + ms * MS for ms in (90, 30, 60)]
    for number, due in enumerate(dues):
        poster.post(due, bytes((0xB0, number, 0)))
    port.wait_for(3)
    assert [message[1] for _, message in port.sent] == [1, 2, 0]
    assert all(when >= due for (when, _), due in zip(port.sent, sorted(dues), strict=True))


@pytest.mark.end_to_end
def test_messages_leave_soon_after_they_are_due(
    port: ListPort, sender: Sender, tmp_path: Path
) -> None:
    poster = MidiQueue.open(tmp_path / "midi")
    now = time.monotonic_ns()
    dues = [now + number * 30 * MS for number in range(1, 16)]
    for due in dues:
        poster.post(due, b"\xb0\x00\x00")
    port.wait_for(len(dues))
    late = sorted(when - due for (when, _), due in zip(port.sent, dues, strict=True))
    assert late[len(late) // 2] < 100 * MS  # a busy machine; alone it is 0.1 ms


@pytest.mark.end_to_end
def test_a_message_that_is_due_at_once_wakes_the_sender(
    port: ListPort, sender: Sender, tmp_path: Path
) -> None:
    poster = MidiQueue.open(tmp_path / "midi")
    for count in range(1, 21):
        posted = time.monotonic_ns()
        poster.post(posted, b"\xb0\x00\x00")
        port.wait_for(count)
    waits = sorted(
        later - earlier for (earlier, _), (later, _) in zip(port.sent, port.sent[1:], strict=False)
    )
    assert waits[len(waits) // 2] < 100 * MS  # without the bell it would be 250 ms


def test_release_ends_what_sounds(port: ListPort, sender: Sender, tmp_path: Path) -> None:
    poster = MidiQueue.open(tmp_path / "midi")
    poster.post(time.monotonic_ns(), ON)
    port.wait_for(1)
    sender.release()
    port.wait_for(2)
    assert [message for _, message in port.sent] == [ON, OFF]


def test_the_end_ends_what_sounds(port: ListPort, tmp_path: Path) -> None:
    queue = MidiQueue.open_or_create(tmp_path / "midi")
    sender = Sender(port, queue)
    thread = threading.Thread(target=sender.run)
    thread.start()
    queue.post(time.monotonic_ns(), ON)
    port.wait_for(1)
    sender.end()
    thread.join(10)
    assert [message for _, message in port.sent] == [ON, OFF]
    assert queue.sounding() == []


def test_who_asks_after_the_end_is_not_harmed(port: ListPort, tmp_path: Path) -> None:
    sender = Sender(port, MidiQueue.open_or_create(tmp_path / "midi"))
    sender.end()
    sender.run()
    sender.release()
    sender.end()


def test_a_port_is_chosen_by_part_of_its_name() -> None:
    ports = ["Microsoft GS Wavetable Synth 0", "loopMIDI Port 1", "loopMIDI Port 2 2"]
    assert chosen("port 1", ports) == 1
    assert chosen("microsoft", ports) == 0


@pytest.mark.parametrize(
    ("wish", "told"), [("dawbridge", "loopMIDI"), ("loop", "more of the name")]
)
def test_a_port_that_is_not_clear_is_asked_back(wish: str, told: str) -> None:
    with pytest.raises(BridgeError) as error:
        chosen(wish, ["Synth", "loopMIDI Port 1", "loopMIDI Port 2"])
    assert told in error.value.remedy
