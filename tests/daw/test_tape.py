"""Our own recording while a DAW records: stream time is file time."""

from __future__ import annotations

import errno
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.daw import tape as tapes
from bridge.daw.tape import FileTape, Tape, TapeRecorder, TapeThread
from bridge.errors import BridgeError, DiskFull
from bridge.live.ring import RingWriter
from bridge.sources import Block

RATE = 48000


def sound(count: int, channels: int = 1, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (count, channels)).astype(np.float32)


def write(ring: RingWriter, samples: np.ndarray, first: int = 0, block: int = 512) -> None:
    for at in range(0, len(samples), block):
        ring.write(samples[at : at + block], first + at, 0)


@pytest.fixture
def ring(tmp_path: Path) -> RingWriter:
    return RingWriter(tmp_path / "ring", RATE, 1)


@pytest.fixture
def said() -> list[BridgeError]:
    return []


@pytest.fixture
def recorder(tmp_path: Path, ring: RingWriter, said: list[BridgeError]) -> TapeRecorder:
    recorder = TapeRecorder(tmp_path / "tapes", said.append, spare=0)
    recorder.listen_to(ring.path)
    recorder.step()
    return recorder


def on_disk(tmp_path: Path) -> list[tuple[int, int]]:
    """Frames and rate of each tape, oldest first, as an independent reader finds them."""
    found = [soundfile.info(path) for path in sorted((tmp_path / "tapes").glob("tape-*.wav"))]
    return [(about.frames, about.samplerate) for about in found]


def of(recorder: TapeRecorder, first: int, last: int) -> Tape:
    """The tape of these samples of the stream."""
    tape = recorder.recording_of(first / RATE, last / RATE)
    assert tape is not None
    return tape


def test_a_tape_holds_the_stream_to_the_sample(recorder: TapeRecorder, ring: RingWriter) -> None:
    samples = sound(RATE)
    recorder.start()
    write(ring, samples[:20000], first=7000)
    recorder.step()
    write(ring, samples[20000:], first=27000)
    recorder.stop()
    recorder.step()
    tape = of(recorder, 7000, 7000 + RATE)
    assert tape.start == 7000 / RATE
    assert tape.end == (7000 + RATE) / RATE
    heard = tape.read(10000 / RATE, 12000 / RATE)
    np.testing.assert_allclose(heard, samples[3000:5000, 0], atol=2e-7)


def test_independent_readers_read_a_tape_while_it_is_recorded(
    recorder: TapeRecorder, ring: RingWriter
) -> None:
    samples = sound(RATE)
    recorder.start()
    write(ring, samples)
    recorder.step()
    read, rate = soundfile.read(of(recorder, 0, RATE).path, dtype="float32")
    assert rate == RATE
    np.testing.assert_allclose(read, samples[:, 0], atol=2e-7)


@pytest.mark.parametrize(("channels", "kept"), [(1, 1), (2, 2), (6, 1)])
def test_more_than_two_channels_become_their_mean(tmp_path: Path, channels: int, kept: int) -> None:
    tape = Tape(tmp_path / "tape-1.wav", RATE, channels, 0)
    samples = sound(1000, channels)
    tape.append(Block(samples, 0))
    tape.close()
    assert soundfile.info(tape.path).channels == kept
    np.testing.assert_allclose(tape.read(0.0, 1000 / RATE), samples.mean(axis=1), atol=3e-7)


def test_lost_samples_are_silence_and_what_follows_stands_where_it_was(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "tape-1.wav", RATE, 1, 100)
    first, second = sound(500), sound(500, seed=2)
    tape.append(Block(first, 100))
    tape.append(Block(second, 1600, gap=1000))
    tape.append(Block(second, 1600))  # twice: left out
    tape.close()
    heard = tape.read(0.0, 2500 / RATE)
    assert not heard[:100].any()
    assert not heard[600:1600].any()
    assert not heard[2100:].any()
    np.testing.assert_allclose(heard[100:600], first[:, 0], atol=2e-7)
    np.testing.assert_allclose(heard[1600:2100], second[:, 0], atol=2e-7)


def test_it_begins_before_it_was_asked_for(recorder: TapeRecorder, ring: RingWriter) -> None:
    samples = sound(20 * RATE)
    write(ring, samples)
    recorder.start()
    recorder.step()
    tape = of(recorder, 18 * RATE, 20 * RATE)
    assert tape.end == 20.0
    assert tape.end - tape.start > 2.0
    np.testing.assert_allclose(tape.read(18.5, 20.0), samples[-3 * RATE // 2 :, 0], atol=2e-7)


def test_every_start_makes_a_tape(recorder: TapeRecorder, ring: RingWriter, tmp_path: Path) -> None:
    for number in range(3):
        recorder.start()
        recorder.start()  # it runs already
        write(ring, sound(1000), first=5000 * number)
        recorder.step()
        recorder.stop()
        write(ring, sound(500), first=5000 * number + 1000)
        recorder.step()
        write(ring, sound(500), first=5000 * number + 1500)
    assert on_disk(tmp_path) == [(1500, RATE), (5000, RATE), (5000, RATE)]
    for first, last in ((0, 1500), (1500, 6500), (6500, 11500)):  # with what the ring still held
        tape = of(recorder, last - 1400, last - 600)
        assert (tape.first, tape.first + tape.frames) == (first, last)
    assert recorder.recording_of(90.0, 91.0) is None


def test_another_capture_goes_on_in_the_same_tape(
    recorder: TapeRecorder, ring: RingWriter, tmp_path: Path
) -> None:
    recorder.start()
    write(ring, sound(1000))
    recorder.step()
    second = RingWriter(tmp_path / "ring-2", RATE, 1)
    write(ring, sound(500), first=1000)
    recorder.listen_to(second.path)
    write(second, sound(700, seed=3), first=9000)
    recorder.step()
    assert on_disk(tmp_path) == [(9700, RATE)]
    tape = of(recorder, 0, 9700)
    assert not tape.read(1500 / RATE, 9000 / RATE).any()
    np.testing.assert_allclose(
        tape.read(9000 / RATE, 9700 / RATE), sound(700, seed=3)[:, 0], atol=2e-7
    )


def test_a_device_of_another_rate_begins_another_tape(
    recorder: TapeRecorder, ring: RingWriter, tmp_path: Path
) -> None:
    recorder.start()
    write(ring, sound(1000))
    recorder.step()
    second = RingWriter(tmp_path / "ring-2", 44100, 2)
    recorder.listen_to(second.path)
    write(second, sound(700, 2), first=2000)
    recorder.step()
    assert [rate for _, rate in on_disk(tmp_path)] == [48000, 44100]


@pytest.mark.parametrize("first", [3600 * RATE, 0])
def test_a_stream_that_goes_on_far_away_begins_another_tape(
    recorder: TapeRecorder, ring: RingWriter, tmp_path: Path, first: int
) -> None:
    recorder.start()
    write(ring, sound(1000), first=600 * RATE)
    recorder.step()
    write(ring, sound(1000), first=first)
    recorder.step()
    assert on_disk(tmp_path) == [(1000, RATE), (1000, RATE)]


def test_old_tapes_go_and_nothing_else(
    recorder: TapeRecorder, ring: RingWriter, tmp_path: Path
) -> None:
    folder = tmp_path / "tapes"
    folder.mkdir()
    for name in ("song.wav", "tape-7.wav.txt", "tape-x.wav"):
        (folder / name).write_bytes(b"mine")
    (folder / "tape-000041.wav").write_bytes(b"old")
    for number in range(9):
        recorder.start()
        write(ring, sound(100), first=200 * number)
        recorder.stop()
        recorder.step()
        recorder.start()
        recorder.step()
        write(ring, sound(100), first=200 * number + 100)
        recorder.step()
        recorder.stop()
        recorder.step()
    kept = sorted(path.name for path in folder.iterdir())
    assert len(kept) == 3 + tapes.KEPT
    assert {"song.wav", "tape-7.wav.txt", "tape-x.wav"} < set(kept)
    assert "tape-000041.wav" not in kept
    found = [recorder.recording_of(n * 100 / RATE, (n + 1) * 100 / RATE) for n in range(18)]
    assert found[-1] is not None
    assert all(tape.path.exists() for tape in found if tape)


def test_tapes_together_keep_within_their_size(
    tmp_path: Path, ring: RingWriter, said: list[BridgeError]
) -> None:
    recorder = TapeRecorder(tmp_path / "tapes", said.append, size=60_000, spare=0)
    recorder.listen_to(ring.path)
    for number in range(5):
        recorder.start()
        recorder.step()
        write(ring, sound(4000), first=9000 * number)
        recorder.step()
        recorder.stop()
        recorder.step()
    assert sum(path.stat().st_size for path in (tmp_path / "tapes").iterdir()) < 60_000
    assert not said


def test_a_tape_that_is_full_ends_and_says_so_once(
    tmp_path: Path, ring: RingWriter, said: list[BridgeError]
) -> None:
    recorder = TapeRecorder(tmp_path / "tapes", said.append, size=3044, spare=0)
    recorder.listen_to(ring.path)
    recorder.start()
    for number in range(4):
        write(ring, sound(512), first=512 * number)
        recorder.step()
    assert on_disk(tmp_path) == [(1000, RATE)]
    assert len(said) == 1
    assert of(recorder, 0, 1000).path.stat().st_size == 3044


def test_a_disk_that_fills_ends_the_tape_alone(
    recorder: TapeRecorder,
    ring: RingWriter,
    said: list[BridgeError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorder.start()
    write(ring, sound(1000))
    recorder.step()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tapes, "_write", full)
        for number in range(1, 4):
            write(ring, sound(1000), first=1000 * number)
            recorder.step()
    assert len(said) == 1
    assert isinstance(said[0], DiskFull)
    assert len(of(recorder, 0, 1000).read(0.0, 1000 / RATE)) == 1000
    recorder.stop()
    recorder.step()
    recorder.start()
    write(ring, sound(1000), first=9000)
    recorder.step()
    assert of(recorder, 9000, 10000).path != of(recorder, 0, 1000).path


def test_room_on_the_disk_is_left_to_others(
    tmp_path: Path, ring: RingWriter, said: list[BridgeError]
) -> None:
    recorder = TapeRecorder(tmp_path / "tapes", said.append, spare=1 << 60)
    recorder.listen_to(ring.path)
    recorder.start()
    write(ring, sound(1000))
    recorder.step()
    recorder.step()
    assert [error.what for error in said] == ["The own recording beside the DAW's has ended"]


def test_a_folder_that_cannot_be_made_is_said(
    tmp_path: Path, ring: RingWriter, said: list[BridgeError]
) -> None:
    (tmp_path / "tapes").write_text("a file")
    recorder = TapeRecorder(tmp_path / "tapes", said.append, spare=0)
    recorder.listen_to(ring.path)
    recorder.start()
    write(ring, sound(1000))
    recorder.step()
    assert len(said) == 1
    assert recorder.recording_of(0.0, 1000 / RATE) is None


def test_a_ring_that_is_gone_is_an_error_in_words(recorder: TapeRecorder, tmp_path: Path) -> None:
    with pytest.raises(BridgeError):
        recorder.listen_to(tmp_path / "none")
    recorder.step()


def test_a_thread_does_the_writing(recorder: TapeRecorder, ring: RingWriter) -> None:
    thread = TapeThread(recorder)
    recorder.start()
    write(ring, sound(1000))
    deadline = time.monotonic() + 5.0
    while recorder.recording_of(0.0, 1000 / RATE) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    thread.close()
    write(ring, sound(1000), first=1000)
    recorder.step()
    assert of(recorder, 0, 1000).frames == 1000  # it is over


def test_a_file_that_is_heard_is_its_own_tape(tmp_path: Path) -> None:
    samples = sound(3 * RATE, 2)
    soundfile.write(tmp_path / "song.wav", samples, RATE, subtype="FLOAT")
    tape = FileTape(tmp_path / "song.wav")
    assert (tape.start, tape.end, tape.rate) == (0.0, 3.0, RATE)
    np.testing.assert_allclose(tape.read(1.0, 2.0), samples[RATE : 2 * RATE].mean(axis=1))
    edges = tape.read(-1.0, 4.0)
    assert len(edges) == 5 * RATE
    assert not edges[:RATE].any()
    assert not edges[4 * RATE :].any()


def test_a_file_that_is_looped_goes_on(tmp_path: Path) -> None:
    samples = sound(RATE)
    soundfile.write(tmp_path / "song.wav", samples, RATE, subtype="FLOAT")
    heard = FileTape(tmp_path / "song.wav", loop=True).read(0.5, 2.25)
    np.testing.assert_allclose(
        heard, np.concatenate([samples[RATE // 2 :], samples, samples[: RATE // 4]])[:, 0]
    )


def test_a_file_that_was_moved_is_an_error_in_words(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "song.wav", sound(RATE), RATE)
    tape = FileTape(tmp_path / "song.wav")
    (tmp_path / "song.wav").unlink()
    with pytest.raises(BridgeError):
        tape.read(0.0, 0.5)
