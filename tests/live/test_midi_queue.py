"""The queue of timed MIDI between two processes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.live.midi_queue import SLOTS, MidiQueue


def on(note: int, channel: int = 9) -> bytes:
    return bytes((0x90 | channel, note, 100))


def off(note: int, channel: int = 9) -> bytes:
    return bytes((0x80 | channel, note, 0))


def both(path: Path) -> tuple[MidiQueue, MidiQueue]:
    """Poster and taker."""
    return MidiQueue.open_or_create(path / "midi"), MidiQueue.open_or_create(path / "midi")


def test_a_message_is_taken_in_the_cycle_in_which_it_is_due(tmp_path: Path) -> None:
    poster, taker = both(tmp_path)
    assert poster.post(300, on(36))
    assert taker.due_before(256, 0) == []
    assert taker.next_due() == 300
    assert taker.due_before(512, 256) == [(300, on(36))]
    assert taker.due_before(768, 512) == []


@settings(deadline=None, max_examples=50)
@given(
    dues=st.lists(st.integers(0, 5000), max_size=200),
    cycle=st.integers(1, 700),
)
def test_messages_come_in_order_of_time_however_they_were_posted(
    tmp_path_factory: pytest.TempPathFactory, dues: list[int], cycle: int
) -> None:
    poster, taker = both(tmp_path_factory.mktemp("queue"))
    for number, due in enumerate(dues):
        assert poster.post(due, bytes((0xB0, number % 128, due % 128)))
    taken: list[tuple[int, bytes]] = []
    for begin in range(0, 6000, cycle):
        got = taker.due_before(begin + cycle, begin)
        assert all(begin <= due < begin + cycle for due, _ in got)
        taken += got
    assert [due for due, _ in taken] == sorted(dues)
    expected = sorted(
        ((due, bytes((0xB0, n % 128, due % 128))) for n, due in enumerate(dues)),
        key=lambda entry: entry[0],
    )
    assert taken == expected  # equal times keep the order of posting
    assert taker.late == 0


def test_messages_of_one_and_two_bytes_pass_too(tmp_path: Path) -> None:
    poster, taker = both(tmp_path)
    for message in (b"\xf8", b"\xc0\x05", b"\xe0\x00\x00"):
        poster.post(1, message)
    assert [message for _, message in taker.due_before(9, 0)] == [
        b"\xf8", b"\xc0\x05", b"\xe0\x00\x00",
    ]  # fmt: skip


def test_what_is_late_is_sent_at_once_and_counted(tmp_path: Path) -> None:
    poster, taker = both(tmp_path)
    poster.post(90, on(36))
    poster.post(40, on(38))
    assert taker.due_before(200, 100) == [(40, on(38)), (90, on(36))]
    assert taker.late == 2


def test_release_ends_every_note_and_begins_none(tmp_path: Path) -> None:
    poster, taker = both(tmp_path)
    poster.post(10, on(36))
    poster.post(10, on(60, channel=1))
    taker.due_before(64, 0)
    assert sorted(taker.sounding()) == [(1, 60), (9, 36)]
    poster.post(70, on(38))
    taker.release()
    assert sorted(taker.due_before(128, 64)) == [(64, off(60, 1)), (64, off(36))]
    assert taker.due_before(192, 128) == []
    assert taker.sounding() == []


def test_of_several_requests_to_release_none_is_lost(tmp_path: Path) -> None:
    poster, taker = both(tmp_path)
    poster.post(10, on(36))
    taker.release()
    poster.post(10, on(38))
    taker.release()
    poster.post(10, on(40))
    assert taker.due_before(64, 0) == [(10, on(40))]
    taker.release()
    assert taker.due_before(128, 64) == [(64, off(40))]


def test_a_release_at_any_moment_of_the_takers_work_ends_the_note(tmp_path: Path) -> None:
    poster, taker = both(tmp_path)
    interval, stop = sys.getswitchinterval(), threading.Event()

    def send() -> None:
        now = 0
        while not stop.is_set():
            taker.due_before(now + 1, now)

    thread = threading.Thread(target=send)
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        for _ in range(300):
            poster.post(0, on(36))
            taker.release()
            until = time.monotonic() + 10
            while taker.sounding():
                assert time.monotonic() < until, "the note hangs"
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)


def test_a_note_on_of_velocity_0_ends_the_note(tmp_path: Path) -> None:
    poster, taker = both(tmp_path)
    poster.post(10, on(36))
    poster.post(20, bytes((0x99, 36, 0)))
    taker.due_before(64, 0)
    taker.due_before(128, 64)
    assert taker.sounding() == []


def test_a_note_struck_again_in_the_cycle_of_its_end_still_sounds(tmp_path: Path) -> None:
    poster, taker = both(tmp_path)
    poster.post(10, on(36))
    poster.post(20, off(36))
    poster.post(30, on(36))
    taker.due_before(64, 0)
    taker.due_before(128, 64)
    assert taker.sounding() == [(9, 36)]


def test_a_new_taker_ends_the_notes_a_killed_one_left(tmp_path: Path) -> None:
    program = (
        "import sys, os; from pathlib import Path; from bridge.live.midi_queue import MidiQueue;"
        "q = MidiQueue.open_or_create(Path(sys.argv[1])); q.post(5, bytes((0x99, 36, 100)));"
        "q.post(9, bytes((0x89, 36, 0))); q.due_before(9, 0); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "midi")], check=False)
    poster, taker = both(tmp_path)
    assert taker.sounding() == [(9, 36)]
    poster.post(1000, on(38))  # after the death, before anybody took over
    taker.take()
    assert taker.due_before(2000, 1000) == [(1000, off(36))]
    poster.post(3000, on(40))
    assert taker.due_before(4000, 3000) == [(3000, on(40))]


def test_a_taker_killed_right_after_a_note_off_was_handed_out_leaves_it_in_the_table(
    tmp_path: Path,
) -> None:
    poster, taker = both(tmp_path)
    poster.post(10, on(36))
    poster.post(70, off(36))
    taker.due_before(64, 0)
    assert taker.due_before(128, 64) == [(70, off(36))]
    assert taker.sounding() == [(9, 36)]  # nobody knows yet whether it was sent
    taker.due_before(192, 128)
    assert taker.sounding() == []


def test_a_full_queue_refuses_and_counts(tmp_path: Path) -> None:
    poster, taker = both(tmp_path)
    assert all(poster.post(n, on(36)) for n in range(SLOTS))
    assert not poster.post(SLOTS, on(36))
    assert poster.refused == 1
    assert len(taker.due_before(SLOTS, 0)) == SLOTS
    assert poster.post(SLOTS, on(36))


def test_a_note_off_that_finds_no_room_ends_its_channel(tmp_path: Path) -> None:
    poster, taker = both(tmp_path)
    poster.post(0, on(36))
    poster.post(0, on(60, channel=1))
    taker.due_before(1, 0)
    assert all(poster.post(n + 500, on(40)) for n in range(SLOTS))
    assert not poster.post(600, off(36))
    assert taker.due_before(10_000, 64) == [(64, off(36))]
    assert taker.due_before(20_000, 128) == []
    assert taker.sounding() == [(1, 60)]


def test_only_one_of_two_makers_makes_it(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from bridge.live.midi_queue import MidiQueue;"
        "sys.stdin.readline(); q = MidiQueue.open_or_create(Path(sys.argv[1]));"
        "print(q.post(1, bytes((0xB0, int(sys.argv[2]), 0))))"
    )
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "midi"), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for number in range(4)
    ]
    for maker in makers:
        assert maker.communicate(b"\n", timeout=20)[0].split() == [b"True"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["midi"]
    assert MidiQueue.open(tmp_path / "midi").due_before(2, 0)


def test_what_is_no_queue_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="cannot be opened"):
        MidiQueue.open(tmp_path / "midi")
