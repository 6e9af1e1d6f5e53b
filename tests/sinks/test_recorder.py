from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from bridge import __version__
from bridge.errors import BridgeError
from bridge.events import Beat, Chord, DrumHit, Event, Gap, Key, Level, Section, to_json
from bridge.settings import RecorderSettings
from bridge.sinks import recorder
from bridge.sinks.recorder import SessionFrames, SessionRecorder, read_session
from tests.strategies import streams

STARTED = datetime(2026, 11, 21, 13, 1, 36)


def level(at: float, rms: float = -20.0) -> Level:
    return Level(
        at=at, decided=at, rms=rms, peak=-6.0, true_peak=-5.5, momentary=-18.0,
        short_term=-19.0, width=0.25, correlation=0.5,
    )  # fmt: skip


def hit(at: float, drum: Any) -> DrumHit:
    return DrumHit(at=at, decided=at, drum=drum, velocity=90, confidence=1.0)


def frames_of(events: list[Event]) -> list[dict[str, Any]]:
    frames = SessionFrames()
    return [frame for event in events for frame in frames.hear(event)] + frames.finish()


def recorder_in(folder: Path, keep: int = 100, started: datetime = STARTED) -> SessionRecorder:
    settings = RecorderSettings(folder=str(folder), keep=keep)
    return SessionRecorder(settings, started=started, source="jack")


def the_file(folder: Path) -> Path:
    (path,) = folder.glob("session-*.jsonl")
    return path


def test_one_frame_per_second_with_the_last_level_of_it() -> None:
    frames = frames_of([level(n / 10, rms=-n) for n in range(35)])
    assert [frame["time"] for frame in frames] == [0, 1, 2, 3]
    assert [frame["level"]["rms"] for frame in frames] == [-9, -19, -29, -34]
    assert "at" not in frames[0]["level"]


def test_drums_and_beats_are_counted_per_second() -> None:
    beat = Beat(at=1.5, decided=1.4, number=1, bar=1, tempo=120.0, confidence=1.0)
    frames = frames_of(
        [hit(0.1, "kick"), hit(0.5, "snare"), hit(0.6, "kick"), hit(1.1, "toms"), beat]
    )
    assert frames[0]["drums"] == {"kick": 2, "snare": 1, "toms": 0, "hihat": 0, "cymbals": 0}
    assert frames[1]["drums"]["kick"] == 0
    assert [frame["beats"] for frame in frames] == [0, 1]


def test_a_chord_lasts_until_the_next_one_and_is_told_once() -> None:
    chord = Chord(at=0.5, decided=0.9, label="E:min", confidence=0.8)
    frames = frames_of([chord, level(1.5), level(2.5)])
    assert [frame["chord"]["label"] for frame in frames] == ["E:min"] * 3
    assert [len(frame["events"]) for frame in frames] == [1, 0, 0]
    assert frames[0]["events"] == [to_json(chord)]


def test_a_section_found_late_stands_where_it_was_said_and_tells_when_it_began() -> None:
    section = Section(at=2.0, decided=12.5, name="break", number=2, confidence=0.5)
    frames = frames_of([level(11.5), section])
    assert frames[-1]["time"] == 12
    assert frames[-1]["events"][0]["at"] == 2.0


def test_what_is_not_known_is_null() -> None:
    (frame,) = frames_of([Key(at=0.0, decided=0.0, key=None, confidence=0.0)])
    assert frame["key"]["key"] is None
    assert frame["tempo"] is None
    assert frame["level"] is None


def test_a_gap_is_told_with_its_reason() -> None:
    gap = Gap(at=1.0, decided=1.5, seconds=0.5, reason="the card lost it")
    (frame,) = frames_of([gap])
    assert frame["events"] == [to_json(gap)]


def test_a_session_is_read_back(tmp_path: Path) -> None:
    sink = recorder_in(tmp_path / "sessions")
    for n in range(35):
        sink.send(level(n / 10))
    sink.close()
    session = read_session(the_file(tmp_path / "sessions"))
    assert session.header == {
        "dawbridge": __version__,
        "started": "2026-11-21T13:01:36",
        "source": "jack",
    }
    assert [frame["time"] for frame in session.frames] == [0, 1, 2, 3]


def test_a_file_that_is_still_written_can_be_read(tmp_path: Path) -> None:
    sink = recorder_in(tmp_path)
    sink.send(level(0.5))
    assert not list(tmp_path.iterdir()), "nothing was understood for a whole second yet"
    sink.send(level(1.5))
    assert [frame["time"] for frame in read_session(the_file(tmp_path)).frames] == [0]
    sink.close()


def test_a_killed_process_leaves_every_line_it_wrote(tmp_path: Path) -> None:
    code = (
        "import sys, time; from datetime import datetime; from pathlib import Path\n"
        "from tests.sinks.test_recorder import level, recorder_in\n"
        "sink = recorder_in(Path(sys.argv[1]))\n"
        "[sink.send(level(n / 10)) for n in range(100)]\n"
        "print('written', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    session = read_session(the_file(tmp_path))
    assert [frame["time"] for frame in session.frames] == list(range(9))


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_a_torn_last_line_is_passed_over(tmp_path: Path, cut: int) -> None:
    sink = recorder_in(tmp_path)
    for n in range(35):
        sink.send(level(n / 10))
    sink.close()
    path = the_file(tmp_path)
    path.write_bytes(path.read_bytes()[: -cut - 1])
    assert [frame["time"] for frame in read_session(path).frames] == [0, 1, 2]


def test_the_newest_files_are_kept_and_no_others_touched(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    for n in range(5):
        sink = recorder_in(tmp_path, keep=3, started=STARTED + timedelta(seconds=n))
        sink.send(level(0.5))
        sink.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "notes.txt",
        "session-20261121-130138.jsonl",
        "session-20261121-130139.jsonl",
        "session-20261121-130140.jsonl",
    ]


def test_a_few_old_files_are_all_kept(tmp_path: Path) -> None:
    for n in range(3):
        sink = recorder_in(tmp_path, keep=5, started=STARTED + timedelta(seconds=n))
        sink.send(level(0.5))
        sink.close()
    assert len(list(tmp_path.iterdir())) == 3


def test_two_runs_of_the_same_second_write_two_files(tmp_path: Path) -> None:
    sinks = [recorder_in(tmp_path), recorder_in(tmp_path)]
    for sink in sinks:
        sink.send(level(0.5))
    for sink in sinks:
        sink.close()
    assert len(list(tmp_path.glob("session-*.jsonl"))) == 2


def test_nothing_heard_makes_no_file(tmp_path: Path) -> None:
    recorder_in(tmp_path).close()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_an_os_error_and_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    folder.write_text("a file stands in the way", encoding="utf-8")
    sink = recorder_in(folder)
    sink.send(level(0.5))
    with pytest.raises(OSError):
        sink.send(level(1.5))
    folder.unlink()
    sink.send(level(2.5))
    sink.close()
    session = read_session(the_file(folder))
    assert session.header["source"] == "jack"
    assert [frame["time"] for frame in session.frames] == [1, 2]


class FullDisk:
    """A file on a disk that takes so many bytes, then nothing until there is room again."""

    def __init__(self, path: Path, room: int) -> None:
        self.file = path.open("xb", buffering=0)
        self.room = room

    def write(self, line: bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = line[: self.room]
        self.room -= len(taken)
        return self.file.write(taken)

    def close(self) -> None:
        self.file.close()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FullDisk]]:
    disks: list[FullDisk] = []

    def open_disk(path: Path, mode: str) -> FullDisk:
        disks.append(FullDisk(path, room=900))
        return disks[-1]

    monkeypatch.setattr(recorder, "FileIO", open_disk)
    yield disks


def test_a_full_disk_costs_the_frames_of_that_time_and_no_others(
    tmp_path: Path, disk: list[FullDisk]
) -> None:
    sink = recorder_in(tmp_path)
    failed = []
    for n in range(20):
        if n == 10:
            disk[0].room = 10**6
        try:
            sink.send(level(n + 0.5))
        except OSError:
            failed.append(n - 1)  # the frame of the second before
    sink.close()
    assert failed
    times = [frame["time"] for frame in read_session(the_file(tmp_path)).frames]
    assert times == [n for n in range(20) if n not in failed]


@pytest.mark.parametrize("text", ["", "{}\n", "[1]\n", '{"name": "x"}\n', "\x00\xff"])
def test_another_file_is_no_session(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(BridgeError, match="no session file"):
        read_session(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="cannot be read"):
        read_session(tmp_path / "none.jsonl")


@given(streams())
def test_every_frame_is_strict_json_and_time_goes_on(said: list[Event]) -> None:
    frames = frames_of(said)
    for frame in frames:
        assert json.loads(json.dumps(frame, allow_nan=False)) == frame
    times = [frame["time"] for frame in frames]
    assert times == sorted(set(times))
    assert sum(sum(frame["drums"].values()) for frame in frames) == sum(
        isinstance(event, DrumHit) for event in said
    )
