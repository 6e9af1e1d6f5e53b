"""Loops, heard again by libsndfile, PyAV and our own beat tracker."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from wavinfo import WavInfoReader

from bridge.errors import BridgeError
from bridge.events import Tempo
from bridge.recordings.export import SOUND_FORMATS, ExportedLoop, LoopOptions, export_loop
from bridge.recordings.export.rendering import crossfade, loop_body
from bridge.recordings.facts import Span
from bridge.recordings.grid import Grid
from bridge.recordings.pieces import Piece
from bridge.trackers import build_tracker
from tests.recordings.export.material import grid
from tests.sound import at, beat, chord, click, listen, noise, sine

RATE = 44100
BPM = 120.0
GRID = grid(12, start=0.5, tempo=BPM, breath=0.0)
TWO_BARS = Span(2.5, 6.5)
EARLY = Span(2.49, 6.49)  # a little before the click, so that all eight are inside
FADES = st.integers(1, 3000)


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four bars of drums over a chord that changes with each bar."""
    sound, _ = beat(4, RATE, BPM)
    for bar, label in enumerate(["A:min", "F:maj", "C:maj", "G:maj"]):
        sound = sound + at([0.5 + 2 * bar], chord(label, 2.0), len(sound) / RATE, RATE)
    path = tmp_path_factory.mktemp("song") / "song.flac"
    soundfile.write(path, np.hstack([sound, 0.8 * sound]), RATE, subtype="PCM_24")
    return path


@pytest.fixture(scope="module")
def clicked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A click on each beat of GRID."""
    path = tmp_path_factory.mktemp("clicks") / "clicks.wav"
    soundfile.write(path, at(GRID.beats, click(), 25.0, RATE), RATE, subtype="FLOAT")
    return path


def exported(recording: Path, target: Path, span: Span = TWO_BARS, **asked: object) -> ExportedLoop:
    music = asked.pop("grid", GRID)
    options = LoopOptions(**asked)  # type: ignore[arg-type]
    return export_loop(recording, span, options, target, grid=music)  # type: ignore[arg-type]


def attacks(path: Path) -> np.ndarray:
    """Seconds where strokes rise to half of their height, 150 ms apart at least."""
    sound, rate = soundfile.read(path, always_2d=True)
    step = round(0.001 * rate)
    power = np.square(sound[: len(sound) // step * step, 0]).reshape(-1, step).mean(axis=1)
    height = np.sqrt(power)
    loud = np.flatnonzero(height > 0.3 * height.max())
    groups = np.split(loud, np.flatnonzero(np.diff(loud) > 150) + 1)
    rises = [group[height[group] > 0.5 * height[group].max()][0] for group in groups]
    return np.array(rises) * step / rate


def bend(sound: np.ndarray, around: int, width: int) -> float:
    return float(np.abs(np.diff(sound[around - width : around + width], 2, axis=0)).max())


# --- what a crossfade is


@settings(max_examples=20)
@given(fade=FADES, gain=st.floats(0.1, 3.0), seed=st.integers(0, 99))
def test_a_sound_that_fades_into_itself_stays(fade: int, gain: float, seed: int) -> None:
    sound = np.float32(gain) * noise(0.1, seed=seed)[:fade]
    assert crossfade(sound, sound) == pytest.approx(sound, abs=1e-5)


@settings(max_examples=10)
@given(alike=st.floats(0.0, 1.0), seed=st.integers(0, 99))
def test_the_power_is_the_same_all_along_however_alike_two_sounds_are(
    alike: float, seed: int
) -> None:
    one, other = noise(2.0, seed=2 * seed), noise(2.0, seed=2 * seed + 1)
    mixed = np.float32(alike) * one + np.float32(np.sqrt(1 - alike**2)) * other
    faded = crossfade(one, mixed)
    levels = 10 * np.log10(np.square(faded).reshape(8, -1).mean(axis=1)) + 20
    assert np.abs(levels).max() < 0.35  # dB; noise itself scatters by 0.1


def test_a_period_looped_goes_on_for_ever() -> None:
    tone = sine(441.0, 2.0)
    body = loop_body(Piece(tone, 0), 22000, 44000, 4410)
    assert np.concatenate([body] * 3) == pytest.approx(
        np.concatenate([tone[22000:44000]] * 3), abs=1e-4
    )


def test_the_attack_at_the_start_is_not_faded() -> None:
    sound = at([0.5, 1.0], click(), 1.5, RATE)
    body = loop_body(Piece(sound, 0), RATE // 2, RATE, 8000)
    assert (body[:4000] == sound[RATE // 2 : RATE // 2 + 4000]).all()


# --- length, seam and level


@pytest.mark.parametrize("crossfade_ms", [0.0, 10.0, 500.0])
def test_no_click_stands_at_the_seams(song: Path, tmp_path: Path, crossfade_ms: float) -> None:
    # A held tone whose length fits no number of periods: a bare cut would be heard.
    path = tmp_path / "tone.wav"
    soundfile.write(path, sine(443.7, 8.0) + sine(661.3, 8.0), RATE, subtype="FLOAT")
    made = exported(path, tmp_path / "loop.wav", passes=3, crossfade_ms=crossfade_ms, bits="float")
    sound, _ = soundfile.read(made.path, always_2d=True)
    length = round((made.end - made.start) * RATE)
    assert len(sound) == 3 * length
    usual = bend(sound, length // 2, 4000)
    for seam in (length, 2 * length):
        assert bend(sound, seam, 2000) < 2.5 * usual
    level = np.sqrt(np.square(sound[length - 500 : length + 500]).mean())
    assert 20 * np.log10(level / np.sqrt(np.square(sound[4000:40000]).mean())) == pytest.approx(
        0, abs=3.5
    )


def test_every_pass_is_the_same(song: Path, tmp_path: Path) -> None:
    made = exported(song, tmp_path / "loop.wav", passes=4)
    sound, _ = soundfile.read(made.path, always_2d=True)
    one, *others = np.split(sound, 4)
    assert all((other == one).all() for other in others)
    assert made.seconds == pytest.approx(4 * 4.0, abs=4 * 0.003)


def test_a_loop_is_cut_to_the_sample_when_told_so(clicked: Path, tmp_path: Path) -> None:
    made = exported(clicked, tmp_path / "loop.wav", refine=False, crossfade_ms=0.0, bits="float")
    sound, _ = soundfile.read(made.path, dtype="float32")
    whole, _ = soundfile.read(clicked, dtype="float32")
    assert (sound == whole[round(2.5 * RATE) : round(6.5 * RATE)]).all()
    assert (made.start, made.end) == (2.5, 6.5)


@given(passes=st.integers(1, 3), fade=st.floats(0, 500), seed=st.integers(0, 9))
@settings(max_examples=5)
def test_nothing_clips(
    tmp_path_factory: pytest.TempPathFactory, passes: int, fade: float, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("loud")
    loud = np.sign(noise(3.0, seed=seed)) * 0.999  # the loudest sound there is
    soundfile.write(folder / "loud.wav", loud, RATE, subtype="FLOAT")
    made = exported(
        folder / "loud.wav", folder / "loop.wav", Span(1.0, 2.5), passes=passes, crossfade_ms=fade
    )
    sound, _ = soundfile.read(made.path)
    assert np.abs(sound).max() < 0.9995
    assert made.gain_db <= 0.0
    kept = exported(
        folder / "loud.wav", folder / "kept.wav", Span(1.0, 2.5), crossfade_ms=fade, bits="float"
    )
    assert kept.gain_db == 0.0


# --- tempo and key


@pytest.mark.parametrize("tempo", [80.0, 103.7, 131.0, 170.0])
def test_at_another_tempo_beats_and_length_are_where_they_belong(
    clicked: Path, tmp_path: Path, tempo: float
) -> None:
    made = exported(clicked, tmp_path / "loop.wav", EARLY, passes=3, tempo=tempo, refine=False)
    assert made.seconds == pytest.approx(24 * 60 / tempo, abs=1e-4)
    heard = attacks(made.path)
    expected = 0.01 * BPM / tempo + np.arange(24) * 60 / tempo
    assert len(heard) == 24
    assert np.abs(heard - expected).max() < 0.005


def test_our_own_tracker_hears_the_tempo_that_was_asked_for(song: Path, tmp_path: Path) -> None:
    tempo = 137.0
    made = exported(song, tmp_path / "loop.wav", passes=3, tempo=tempo)
    sound, rate = soundfile.read(made.path, dtype="float32", always_2d=True)
    events = listen(build_tracker("beats"), sound, rate)
    said = [event.bpm for event in events if isinstance(event, Tempo) and event.bpm]
    assert said[-1] == pytest.approx(tempo, rel=0.01)
    assert made.tempo == pytest.approx(tempo, abs=0.01)


@pytest.mark.parametrize("semitones", [-5.0, 3.0, 12.0])
def test_in_another_key_pitch_moves_and_time_stays(tmp_path: Path, semitones: float) -> None:
    soundfile.write(tmp_path / "tone.wav", sine(440.0, 6.0), RATE, subtype="FLOAT")
    made = exported(
        tmp_path / "tone.wav", tmp_path / "up.wav", Span(1.0, 5.0), semitones=semitones, grid=None
    )
    sound, _ = soundfile.read(made.path)
    assert made.seconds == pytest.approx(4.0, abs=0.003)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    heard = spectrum.argmax() * RATE / len(sound)
    assert 1200 * np.log2(heard / 440.0) == pytest.approx(100 * semitones, abs=5)


def test_a_stretched_loop_goes_over_into_itself(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "tone.wav", sine(440.0, 8.0), RATE, subtype="FLOAT")
    made = exported(
        tmp_path / "tone.wav", tmp_path / "loop.wav", tempo=111.0, bits="float", passes=2
    )
    sound, _ = soundfile.read(made.path)
    round_again = np.concatenate([sound[-4000:], sound[:4000]])
    assert bend(round_again, 4000, 2000) < 3 * bend(sound, len(sound) // 4, 4000)


def test_the_same_export_gives_the_same_bytes(song: Path, tmp_path: Path) -> None:
    one, other = (exported(song, tmp_path / name, tempo=126.0).path for name in ("a.wav", "b.wav"))
    assert one.read_bytes() == other.read_bytes()


def test_without_the_stretcher_only_the_own_tempo_is_written(
    song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_stretch", None)
    with pytest.raises(BridgeError) as raised:
        exported(song, tmp_path / "fast.wav", tempo=126.0)
    assert ".[files]" in raised.value.remedy
    assert exported(song, tmp_path / "own.wav").seconds == pytest.approx(4.0, abs=0.003)


# --- count-in and notes of the file


@pytest.mark.parametrize("bars", [1, 2])
def test_a_count_in_leads_to_the_first_beat(clicked: Path, tmp_path: Path, bars: int) -> None:
    made = exported(
        clicked, tmp_path / "a.wav", EARLY, count_in_bars=bars, tempo=100.0, refine=False
    )
    heard = attacks(made.path)
    sticks = np.arange(4 * bars) * 0.6
    assert np.abs(heard[: 4 * bars] - sticks).max() < 0.005
    assert heard[4 * bars] == pytest.approx(bars * 2.4 + 0.012, abs=0.005)


def test_the_count_in_of_six_eight_has_two_strokes(clicked: Path, tmp_path: Path) -> None:
    music = replace(GRID, numbers=(1, 2) * 24, counted=6, unit=8)
    made = exported(clicked, tmp_path / "a.wav", EARLY, count_in_bars=1, grid=music, refine=False)
    assert attacks(made.path)[:3] == pytest.approx([0.0, 0.5, 1.01], abs=0.005)
    with soundfile.SoundFile(made.path) as file:
        assert "Meter     : 6/8" in file.extra_info
        assert "Beats     : 15" in file.extra_info  # quarter notes: five bars of three


def test_the_file_says_what_it_is(song: Path, tmp_path: Path) -> None:
    made = export_loop(
        song,
        TWO_BARS,
        LoopOptions(passes=2, count_in_bars=1),
        tmp_path / "l.wav",
        grid=GRID,
        name="Riff",
    )
    read = WavInfoReader(str(made.path))
    assert [label.text for label in read.cues.labels] == [
        "count-in",
        "Riff 1",
        "bar 2",
        "Riff 2",
        "bar 2",
    ]
    places = np.array([cue.sample_offset for cue in read.cues.cues]) / RATE
    assert places == pytest.approx([0.0, 2.0, 4.0, 6.0, 8.0], abs=0.03)
    (loop,) = read.smpl.sample_loops
    assert loop.end == read.data.frame_count - 1
    assert loop.start == read.cues.cues[1].sample_offset
    lead = loop.start / RATE
    assert read.bext.time_reference == pytest.approx((made.start - lead) * RATE, abs=1)
    with soundfile.SoundFile(made.path) as file:
        assert "Beats     : 20" in file.extra_info


# --- formats


@pytest.mark.parametrize("suffix", SOUND_FORMATS)
def test_every_format_is_read_by_ffmpeg(song: Path, tmp_path: Path, suffix: str) -> None:
    av = pytest.importorskip("av")
    made = exported(song, tmp_path / f"loop{suffix}", passes=2)
    with av.open(str(made.path)) as container:
        rate = container.streams.audio[0].rate
        layout = container.streams.audio[0].layout.nb_channels
        frames = sum(frame.samples for frame in container.decode(audio=0))
    assert (rate, layout) == (RATE, 2)
    padding = 2500 if suffix == ".mp3" else 0  # MP3 is made of whole blocks
    assert 0 <= frames - round(made.seconds * RATE) <= padding


@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3"])
def test_compressed_sound_is_the_sound(song: Path, tmp_path: Path, suffix: str) -> None:
    truth, _ = soundfile.read(exported(song, tmp_path / "loop.wav").path)
    sound, _ = soundfile.read(exported(song, tmp_path / f"loop{suffix}").path)
    count = min(len(sound), len(truth))
    error = np.square(sound[:count] - truth[:count]).mean() / np.square(truth).mean()
    assert 10 * np.log10(error + 1e-20) < (-90 if suffix == ".flac" else -10)


# --- what cannot be


@pytest.mark.parametrize(
    "asked",
    [
        {"passes": 0},
        {"passes": 11},
        {"passes": 1.5},
        {"passes": 2.0},
        {"crossfade_ms": -1.0},
        {"crossfade_ms": 501.0},
        {"count_in_bars": 3},
        {"tempo": 0.0},
        {"tempo": float("nan")},
        {"semitones": 13.0},
        {"bits": "8"},
    ],
)
def test_options_out_of_range_name_the_range(asked: dict[str, object]) -> None:
    with pytest.raises(BridgeError) as raised:
        LoopOptions(**asked)  # type: ignore[arg-type]
    word = {"passes": "loops", "count_in_bars": "count-in"}.get(*[next(iter(asked))] * 2)
    assert word.removesuffix("_ms").rstrip("s") in raised.value.what
    assert "choose" in raised.value.remedy


@pytest.mark.parametrize(
    ("span", "asked", "says"),
    [
        (Span(6.0, 6.0), {}, "no region"),
        (Span(-1.0, 2.0), {}, "no region"),
        (Span(0.0, float("nan")), {}, "no region"),
        (Span(20.0, 40.0), {}, "ends before"),
        (Span(0.0, 3600.0), {}, "too long"),
        (Span(1.0, 1.6), {"crossfade_ms": 400.0}, "crossfade"),
        (TWO_BARS, {"tempo": 300.0}, "tempo cannot be 300|tempo in beats a minute cannot be 300"),
        (TWO_BARS, {"tempo": 120.5, "grid": None}, "tempo cannot be set"),
        (TWO_BARS, {"count_in_bars": 1, "grid": Grid((), ())}, "no count-in"),
    ],
)
def test_what_is_no_loop_is_said(
    clicked: Path, tmp_path: Path, span: Span, asked: dict[str, object], says: str
) -> None:
    with pytest.raises(BridgeError, match=says):
        exported(clicked, tmp_path / "loop.wav", span, **asked)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["loop.aac", "loop", "loop.txt"])
def test_an_unknown_ending_is_said_first(song: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(BridgeError, match="not written as"):
        exported(song, tmp_path / name)


@pytest.mark.parametrize(("rate", "channels"), [(96000, 2), (44100, 3)])
def test_what_mp3_cannot_hold_is_said(tmp_path: Path, rate: int, channels: int) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((2 * rate, channels)), rate)
    with pytest.raises(BridgeError, match="MP3 cannot hold"):
        exported(tmp_path / "a.wav", tmp_path / "a.mp3", Span(0.2, 1.5), grid=None)
    assert {path.name for path in tmp_path.iterdir()} == {"a.wav"}


def test_a_file_that_is_there_stays(song: Path, tmp_path: Path) -> None:
    (tmp_path / "loop.wav").write_bytes(b"mine")
    with pytest.raises(BridgeError, match="there already"):
        exported(song, tmp_path / "loop.wav")
    assert (tmp_path / "loop.wav").read_bytes() == b"mine"


def test_a_loop_at_the_very_beginning_says_how_short_its_crossfade_is(
    clicked: Path, tmp_path: Path
) -> None:
    made = exported(clicked, tmp_path / "a.wav", Span(0.02, 4.02), crossfade_ms=300.0, refine=False)
    assert made.crossfade_ms == pytest.approx(20.0, abs=0.1)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_disk_that_takes_no_more_is_said_and_leaves_nothing(song: Path, tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from bridge.errors import BridgeError\n"
        "from bridge.recordings.export import SOUND_FORMATS, LoopOptions, export_loop\n"
        "from bridge.recordings.facts import Span\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "for suffix in SOUND_FORMATS:\n"
        "    target = Path(sys.argv[2], 'loop' + suffix)\n"
        "    try:\n"
        "        export_loop(Path(sys.argv[1]), Span(2.5, 6.5), LoopOptions(), target)\n"
        "    except BridgeError as error:\n"
        "        print(error.cause)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, song, tmp_path], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["no more of it was taken"] * len(SOUND_FORMATS)
    assert list(tmp_path.iterdir()) == []


def test_beats_far_apart_give_no_count_in_of_minutes(clicked: Path, tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="no count-in"):
        exported(
            clicked,
            tmp_path / "loop.wav",
            TWO_BARS,
            count_in_bars=2,
            grid=Grid((0.0, 1000.0), (1, 2)),
        )


@pytest.mark.parametrize(("value", "rate"), [(1e300, 44100), (float("nan"), 44100), (0.5, 1)])
def test_absurd_sound_is_exported_or_refused_in_words(
    tmp_path: Path, value: float, rate: int
) -> None:
    path = tmp_path / "absurd.wav"
    soundfile.write(path, np.full((8 * rate, 1), value), rate, subtype="DOUBLE")
    try:
        made = exported(path, tmp_path / "loop.wav", Span(1.0, 5.0), grid=None)
    except BridgeError as error:
        assert error.remedy
    else:
        assert np.isfinite(soundfile.read(made.path)[0]).all()
