"""How well material is understood that no constant was chosen with, beside the evaluation sets.

    python -m benchmarks.held_out                    24 songs, 24 drum performances: the table
    python -m benchmarks.held_out --count 48 --keep DIR     more; sound, truth and answers stay
    python -m benchmarks.held_out --each             what was said of every piece, too
    python -m benchmarks.held_out --tempi DIR        songs at the tempi of the records

Reads SHARED/training (../shared unless --shared says otherwise): songs of POP909-CL and drum
performances of the Groove MIDI Dataset of which none is in an evaluation set, and the sets pop909
and gmd to compare with. Chosen by a fixed seed (more pieces keep the first ones), rendered by
fluidsynth with FluidR3 GM (Debian: fluidsynth, fluid-soundfont-gm) and scored by score.py as it
is. The songs are other people's copyright: the sound is for measuring only. docs/held_out.md
says how truth is made of the files, and what came out.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import mido
import numpy as np
import pretty_midi
import soundfile

from benchmarks.files import analyse
from benchmarks.hear import SHARED, load_scorer
from bridge.signal.frames import Array64

SEED = 909
SOUNDS = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")  # Debian: fluid-soundfont-gm
TICKS = 480  # a quarter note, in every file of both collections
LEAD = 0.6  # s before the first beat of a song, as in the set pop909
DRUM_LEAD = 0.25  # s before the first beat of solo drums, as in the set gmd
RING = 2.0  # s after the last beat
SONG = 64.0  # s of a song, at most
DRUMS = 26.0  # s of a drum performance, at most
TEMPI = (76.0, 118.0)  # BPM drawn from: those of the set pop909; the files' own are nominal
DRIFT = 0.015  # of the tempo, either way
SCATTER = 0.006  # s, standard deviation of a note-on
TOUCH = 4.0  # MIDI velocity, standard deviation
CLEAR = 1.5  # the beat of the bar with most chord changes, to the second: else no downbeats
LOW = 48  # C3: below it the left hand plays the bass
STRIKE = 2.0  # beats after which the bass strikes again
BASS = (33, 28)  # General MIDI finger bass; E1, its lowest note
KITS = (0, 8, 16, 32)  # FluidR3: standard, room, power, jazz
DRUM_NOTES = {22: 42, 26: 46, 58: 43}  # Roland TD-11 hi-hat edges, tom rim -> General MIDI
ACCOMPANYING = ("rock", "pop", "funk", "soul", "hiphop", "punk", "country", "dance")
FITS = 1.2  # a drum performance is played at most so much faster or slower
ARRANGEMENTS = ("piano", "bass", "band")  # piano alone; with bass; with bass and drums
QUALITIES = {
    (0, 4, 7): "maj",
    (0, 3, 7): "min",
    (0, 4, 7, 10): "7",
    (0, 4, 7, 11): "maj7",
    (0, 3, 7, 10): "min7",
    (0, 3, 6): "dim",
    (0, 4, 8): "aug",
    (0, 3, 6, 10): "hdim7",
    (0, 3, 6, 9): "dim7",
    (0, 2, 7): "sus2",
    (0, 5, 7): "sus4",
    (0, 4, 7, 9): "maj6",
    (0, 3, 7, 9): "min6",
    (0, 3, 7, 11): "minmaj7",
    (0, 7): "5",
}
ROOTS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
DEGREES = ("1", "b2", "2", "b3", "3", "4", "b5", "5", "#5", "6", "b7", "7")
FIGURES = (
    ("beats", "F"),
    ("beats", "AMLt"),
    ("downbeats", "F"),
    ("tempo", "acc1"),
    ("tempo", "acc2"),
    ("meter", "exact"),
    ("key", "mirex"),
    ("key", "exact"),
    ("chords", "majmin"),
    ("chords", "root"),
)
DRUM_FIGURES = FIGURES[:5]

Note = tuple[float, float, int, int]  # start, end, pitch, velocity; in beats or seconds
Scores = dict[str, dict[str, float] | None]  # task -> what score.py says


@dataclass(frozen=True, slots=True)
class Song:
    """A file of POP909-CL. Times are beats from its first tick."""

    number: str
    bar: int  # beats
    keys: tuple[tuple[float, str], ...]  # from when on
    piano: tuple[Note, ...]
    chords: tuple[tuple[float, float, str, int], ...]  # start, end, Harte label, lowest pitch


@dataclass(frozen=True, slots=True)
class Performance:
    """A drummer's take of the Groove MIDI Dataset, in beats of the click."""

    name: str
    style: str
    tempo: float
    bar: int  # beats
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """Notes of one instrument, in seconds."""

    program: int
    notes: Sequence[Note]
    drums: bool = False


def notes_of(track: mido.MidiTrack) -> tuple[Note, ...]:
    """Its notes in order of their start."""
    at = 0
    open_: dict[int, tuple[int, int]] = {}
    found: list[Note] = []
    for message in track:
        at += message.time
        if message.type not in ("note_on", "note_off"):
            continue
        if message.note in open_:
            start, velocity = open_.pop(message.note)
            found.append((start / TICKS, at / TICKS, message.note, velocity))
        if message.type == "note_on" and message.velocity:
            open_[message.note] = (at, message.velocity)
    return tuple(sorted(found))


def label_of(pitches: Sequence[int]) -> str:
    """The Harte label of the notes of a chord, the lowest one its bass; X: none fits.

    The bass is tried as the root first: A C E G over A is a minor seventh, over C a sixth.
    """
    classes = {pitch % 12 for pitch in pitches}
    bass = min(pitches) % 12
    for root in (bass, *sorted(classes - {bass})):
        quality = QUALITIES.get(tuple(sorted((pitch - root) % 12 for pitch in classes)))
        if quality:
            over = (bass - root) % 12
            return f"{ROOTS[root]}:{quality}" + (f"/{DEGREES[over]}" if over else "")
    return "X"


def read_song(number: str, midi: mido.MidiFile) -> Song | None:
    """None: without piano or chords, neither 3/4 nor 4/4, or chords that do not fit the piano."""
    tracks = {track.name: track for track in midi.tracks}
    chords = tracks.get("chords") or tracks.get("MIDI 01")
    metres = [m for m in midi.tracks[0] if m.type == "time_signature"]
    if midi.ticks_per_beat != TICKS or "piano" not in tracks or not chords or len(metres) != 1:
        return None
    if metres[0].denominator != 4 or metres[0].numerator not in (3, 4):
        return None
    at, keys = 0, []
    for message in midi.tracks[0]:
        at += message.time
        if message.type == "key_signature":
            keys.append((at / TICKS, key_of(message.key)))
    held: dict[float, list[Note]] = {}
    for note in notes_of(chords):
        held.setdefault(note[0], []).append(note)
    if not keys or not held or np.mean([start % 1 > 0 for start in held]) > 0.02:
        return None
    piano = notes_of(tracks["piano"])
    fits = [agreement(piano, held, lag) for lag in (-1, 0, 1)]
    if max(fits) > fits[1]:
        return None
    spans = [
        (start, max(note[1] for note in notes), [note[2] for note in notes])
        for start, notes in held.items()
    ]
    starts = [*(start for start, _, _ in spans[1:]), math.inf]
    named = tuple(
        (start, min(end, following), label_of(pitches), min(pitches))
        for (start, end, pitches), following in zip(spans, starts, strict=True)
    )
    return Song(number, metres[0].numerator, tuple(keys), piano, named)


def agreement(piano: Sequence[Note], chords: dict[float, list[Note]], lag: int) -> float:
    """Share of the piano's notes that are in the chord `lag` beats later."""
    starts = np.array(sorted(chords))
    classes = [{note[2] % 12 for note in chords[start]} for start in starts.tolist()]
    at = np.searchsorted(starts, np.array([note[0] for note in piano]) + lag, side="right") - 1
    found = [note[2] % 12 in classes[i] for note, i in zip(piano, at, strict=True) if i >= 0]
    return float(np.mean(found)) if found else 0.0


def key_of(signature: str) -> str:
    """`Abm` as `Ab minor`."""
    minor = signature.endswith("m")
    return f"{signature.removesuffix('m')} {'minor' if minor else 'major'}"


def read_songs(shared: Path, rng: np.random.Generator) -> Iterator[Song]:
    """The usable songs, shuffled."""
    with zipfile.ZipFile(shared / "training" / "pop909_cl_midi_train.zip") as collection:
        names = sorted(name for name in collection.namelist() if name.endswith(".mid"))
        for index in rng.permutation(len(names)):
            midi = mido.MidiFile(file=io.BytesIO(collection.read(names[index])))
            song = read_song(Path(names[index]).stem, midi)
            if song:
                yield song


def read_performances(shared: Path) -> list[Performance]:
    """The takes (no fills) in 3/4 and 4/4 that are long enough to be scored."""
    found = []
    with zipfile.ZipFile(shared / "training" / "gmd_midi_train.zip") as collection:
        table = csv.DictReader(io.StringIO(collection.read("info.csv").decode()))
        for row in sorted(table, key=lambda row: row["id"]):
            if row["beat_type"] != "beat" or row["time_signature"] not in ("4-4", "3-4"):
                continue
            midi = mido.MidiFile(file=io.BytesIO(collection.read(row["midi_filename"])))
            notes = notes_of(mido.merge_tracks(midi.tracks))
            notes = tuple((s, e, DRUM_NOTES.get(p, p), v) for s, e, p, v in notes)
            tempo = float(row["bpm"])
            if notes and notes[-1][0] * 60 / tempo >= 20.0:  # s: the shortest in the set gmd
                name = row["id"].replace("drummer", "d").replace("session", "s").replace("/", "_")
                bar = int(row["time_signature"][0])
                found.append(Performance(name, row["style"], tempo, bar, notes))
    return found


def first_beat_of_bars(song: Song, start: float, end: float) -> tuple[int, bool]:
    """Which beats of the file (modulo the bar) are downbeats, and whether that is clear.

    The files count their bars from the first tick, pick-up or not; where chords change most is the
    downbeat. Clear: so many more changes than elsewhere, and most of the piano's low notes.
    """
    changes = [round(chord[0]) for chord in song.chords if start <= chord[0] < end]
    counts = np.bincount(np.array(changes) % song.bar, minlength=song.bar)
    second, most = np.sort(counts)[-2:]
    low = [n[0] for n in song.piano if start <= n[0] < end and n[2] < LOW and n[0] % 1 == 0]
    bass = np.bincount(np.array(low, np.int64) % song.bar, minlength=song.bar)
    phase = int(counts.argmax())
    return phase, bool(most > CLEAR * second and bass[phase] == bass.max())


def beat_times(rng: np.random.Generator, tempo: float, count: int) -> Array64:
    """(count,) seconds; the tempo sways slowly by at most DRIFT."""
    beat = np.arange(count - 1)
    sway = sum(
        np.sin(2 * np.pi * (beat / period + rng.random())) for period in rng.uniform(24, 80, 2)
    )
    periods = 60 / tempo * (1 + DRIFT * sway / 2)
    return np.concatenate([[LEAD], LEAD + np.cumsum(periods)])


def played(notes: Sequence[Note], times: Array64, rng: np.random.Generator) -> list[Note]:
    """Notes in beats from the first of `times`, in seconds, with a player's scatter."""
    if not notes:
        return []
    table = np.array(notes, np.float64)
    index = np.arange(len(times))
    late = np.clip(rng.normal(0, SCATTER, len(table)), -2.5 * SCATTER, 2.5 * SCATTER)
    start = np.interp(table[:, 0], index, times) + late
    end = np.maximum(np.interp(table[:, 1], index, times) + late, start + 0.03)
    velocity = np.clip(np.rint(table[:, 3] + rng.normal(0, TOUCH, len(table))), 1, 127)
    rows = zip(start, end, table[:, 2], velocity, strict=True)
    return [(float(s), float(e), int(p), int(v)) for s, e, p, v in rows]


def bass_line(chords: Sequence[tuple[float, float, str, int]]) -> list[Note]:
    """The lowest note of every chord, struck again every other beat."""
    return [
        (at, min(at + STRIKE, end) - 0.1, BASS[1] + (pitch - BASS[1]) % 12, 80)
        for start, end, _, pitch in chords
        for at in np.arange(start, end, STRIKE).tolist()
    ]


def drums_for(
    performances: Sequence[Performance], tempo: float, beats: int, rng: np.random.Generator
) -> tuple[Performance, list[Note]]:
    """A performance about as fast, from its first bar, as often as needed; in beats."""
    fitting = [
        one for one in performances if one.bar == 4 and one.style.split("/")[0] in ACCOMPANYING
    ]
    far = np.abs(np.log([one.tempo / tempo for one in fitting]))
    near = np.flatnonzero(far <= max(math.log(FITS), far.min()))  # none: the nearest
    chosen = fitting[near[rng.integers(len(near))]]
    length = 4 * int(chosen.notes[-1][0] // 4)  # beats: its whole bars
    # Later rounds leave out the last bar's hits before the beat: they belong to the end.
    notes = [
        (start + turn * length, end + turn * length, pitch, velocity)
        for turn in range(beats // length + 1)
        for start, end, pitch, velocity in chosen.notes
        if start < length and start + turn * length < beats
    ]
    return chosen, notes


def tempo_of_record(number: str, folder: Path) -> float:
    """BPM of a song's arrangement as the data set POP909 has it (POP909/<number>/beat_midi.txt)."""
    beats = np.loadtxt(folder / number / "beat_midi.txt", usecols=0)
    return float(60 / np.median(np.diff(beats)))


def excerpt(
    song: Song, performances: Sequence[Performance], turn: int, tempi: Path | None = None
) -> tuple[dict[str, Any], list[Voice]]:
    """The truth and the voices of a song in the arrangement of its turn."""
    rng = np.random.default_rng([SEED, int(song.number)])
    tempo = float(np.exp(rng.uniform(*np.log(TEMPI))))
    if tempi:
        tempo = tempo_of_record(song.number, tempi)
    opening = song.chords[0][0]
    last = min(song.piano[-1][0], song.chords[-1][1])
    wanted = SONG * tempo / 60
    phase, clear = first_beat_of_bars(song, opening, min(opening + wanted, last))
    first = phase + song.bar * math.ceil((opening - phase) / song.bar)
    count = song.bar * int(min(wanted, last - first) // song.bar)  # beats
    times = beat_times(rng, tempo, count + 1)

    def inside(start: float) -> bool:
        return first <= start < first + count

    piano = [(s - first, min(e - first, count), p, v) for s, e, p, v in song.piano if inside(s)]
    chords = [
        (max(s - first, 0.0), min(e - first, float(count)), label, pitch)
        for s, e, label, pitch in song.chords
        if e > first and s < first + count
    ]
    kind = ARRANGEMENTS[turn % len(ARRANGEMENTS)]
    if kind == "band" and song.bar != 4:
        kind = "bass"  # the drummers all but always play in four
    voices = [Voice(0, played(piano, times, rng))]
    drummer = None
    if kind != "piano":
        voices.append(Voice(BASS[0], played(bass_line(chords), times, rng)))
    if kind == "band":
        drummer, hits = drums_for(performances, tempo, count, rng)
        index = np.arange(count + 1)
        seconds = [np.interp(at, index, times) for at, *_ in hits]
        struck = [
            (float(s), float(s) + 0.1, p, v) for s, (_, _, p, v) in zip(seconds, hits, strict=True)
        ]
        voices.append(Voice(int(rng.choice(KITS)), struck, drums=True))
    spans = key_spans(song, first, count)
    tasks = ["beats", "tempo", "meter", "key", "chords"] + (["downbeats"] if clear else [])
    truth = {
        "id": f"{song.number}_{kind}",
        "arrangement": kind,
        "source": f"POP909-CL no. {song.number}, beats {first}-{first + count}"
        + (f", drums: GMD {drummer.name}" if drummer else ""),
        "duration": round(float(times[-1]) + RING, 4),
        "tasks": tasks,
        "tempo": round(60 / float(np.median(np.diff(times))), 2),
        "meter": f"{song.bar}/4",
        "beats": np.round(times, 4).tolist(),
        "downbeats": np.round(times[:: song.bar], 4).tolist(),
        "key": max(spans, key=lambda span: span[1] - span[0])[2],
        "keys": [
            {"start": float(times[s]), "end": float(times[e]), "key": key} for s, e, key in spans
        ],
        "chords": labels_in_time(chords, times),
    }
    return truth, voices


def key_spans(song: Song, first: int, count: int) -> list[tuple[int, int, str]]:
    """(start, end, key), beats of the excerpt."""
    starts = [max(0, min(count, round(at - first))) for at, _ in song.keys]
    ends = [*starts[1:], count]
    spans = zip(starts, ends, (key for _, key in song.keys), strict=True)
    return [span for span in spans if span[1] > span[0]]


def labels_in_time(
    chords: Sequence[tuple[float, float, str, int]], times: Array64
) -> list[dict[str, Any]]:
    """The chord track in seconds; where it has a gap the truth is not known (X), not silence."""
    index = np.arange(len(times))
    spans = [(start, end, label) for start, end, label, _ in chords]
    gaps = [(a[1], b[0], "X") for a, b in pairwise(spans) if b[0] > a[1]]
    joined: list[tuple[float, float, str]] = []
    for start, end, label in sorted(spans + gaps):
        if joined and joined[-1][2] == label:
            joined[-1] = (joined[-1][0], end, label)
        else:
            joined.append((start, end, label))
    return [
        {
            "start": round(float(np.interp(start, index, times)), 4),
            "end": round(float(np.interp(end, index, times)), 4),
            "label": label,
        }
        for start, end, label in joined
    ]


def drum_excerpt(one: Performance, turn: int) -> tuple[dict[str, Any], list[Voice]]:
    """The truth of some bars of solo drums, and the hits."""
    rng = np.random.default_rng([SEED, turn])
    period = 60 / one.tempo
    bars = int(one.notes[-1][0] // one.bar)
    count = max(1, min(bars, int(DRUMS / period / one.bar)))
    first = one.bar * int(rng.integers(bars - count + 1))
    beats = DRUM_LEAD + period * np.arange(count * one.bar)
    end = first + count * one.bar
    hits = [
        (DRUM_LEAD + (s - first) * period, DRUM_LEAD + (s - first) * period + 0.1, p, v)
        for s, _, p, v in one.notes
        if first - 0.2 <= s < end - 0.2  # beats: a hit before the bar line belongs to it
    ]
    hits = [hit for hit in hits if hit[0] >= 0]
    truth = {
        "id": one.name,
        "arrangement": "drums",
        "source": f"Groove MIDI Dataset, {one.name}, {one.style}, beats {first}-{end}",
        "duration": round(DRUM_LEAD + count * one.bar * period, 4),
        "tasks": ["beats", "downbeats", "tempo"],
        "tempo": one.tempo,
        "meter": f"{one.bar}/4",
        "beats": np.round(beats, 4).tolist(),
        "downbeats": np.round(beats[:: one.bar], 4).tolist(),
    }
    return truth, [Voice(KITS[turn % len(KITS)], hits, drums=True)]


def render(voices: Sequence[Voice], duration: float, path: Path) -> None:
    """A WAV file of the voices, the loudest sample at 0.9."""
    score = pretty_midi.PrettyMIDI(resolution=960)
    for voice in voices:
        part = pretty_midi.Instrument(voice.program, is_drum=voice.drums)
        part.notes = [pretty_midi.Note(v, p, s, e) for s, e, p, v in voice.notes]
        score.instruments.append(part)
    midi = path.with_suffix(".mid")
    score.write(str(midi))
    command = ["fluidsynth", "-ni", "-q", "-g", "0.4", "-r", "44100", "-F", str(path)]
    subprocess.run([*command, str(SOUNDS), str(midi)], check=True, capture_output=True)
    samples, rate = soundfile.read(path, dtype="float32")
    samples = samples[: round(duration * rate)]
    soundfile.write(path, samples * (0.9 / np.abs(samples).max()), rate)


def made(
    truth: dict[str, Any], voices: Sequence[Voice], folder: Path
) -> tuple[dict[str, Any], str]:
    """The truth and its file, both written."""
    path = folder / f"{truth['id']}.wav"
    truth["audio"] = path.name
    path.with_suffix(".json").write_text(json.dumps(truth))
    render(voices, truth["duration"], path)
    return truth, str(path)


def scored(score: ModuleType, truth: dict[str, Any], answer: dict[str, Any]) -> Scores:
    """What score.py says of an answer, task by task."""
    wanted = {task for task, _ in FIGURES} & set(truth["tasks"])
    return {task: score.FUN[task](truth, score.sane(answer)) for task in sorted(wanted)}


def values(rows: Sequence[Scores], task: str, name: str) -> list[float]:
    """A figure of every piece that has it."""
    found = [row[task] for row in rows if row.get(task)]
    return [one[name] for one in found if one and math.isfinite(one[name])]


def mean_and_range(found: Sequence[float]) -> str:
    """`mean (low to high)`: the middle 95 % of the means of 10,000 samples with replacement."""
    if not found:
        return ""
    array = np.array(found)
    draws = np.random.default_rng(SEED).integers(len(array), size=(10_000, len(array)))
    low, high = np.percentile(array[draws].mean(1), (2.5, 97.5))
    return f"{array.mean():.3f} ({low:.2f} to {high:.2f})"


def mean(found: Sequence[float]) -> str:
    """The mean, if there is one."""
    return f"{np.mean(found):.3f}" if found else ""


def line(truth: dict[str, Any], answer: dict[str, Any], row: Scores) -> str:
    """What was said of one piece."""
    figures = " ".join(
        f"{task}.{name} {values([row], task, name)[0]:.2f}"
        for task, name in FIGURES
        if values([row], task, name)
    )
    said = f"{answer.get('tempo')} for {truth['tempo']} BPM"
    if "key" in truth:
        said += f", {answer.get('key')} for {truth['key']}"
    return f"{truth['id']:<24} {figures}; {said}, {answer.get('meter')} for {truth['meter']}"


def main() -> None:
    """Choose, render, analyse, score and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--count", type=int, default=24, help="songs, and drum performances")
    parser.add_argument("--keep", type=Path, help="folder for sound, truth and answers")
    parser.add_argument("--tempi", type=Path, help="folder POP909 of music-x-lab/POP909-Dataset")
    parser.add_argument("--findings", type=Path, help="folder that keeps what was heard")
    parser.add_argument("--each", action="store_true", help="one line per piece")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    if not shutil.which("fluidsynth") or not SOUNDS.exists():
        parser.error(f"fluidsynth and {SOUNDS} are needed (fluidsynth, fluid-soundfont-gm)")
    if options.findings:
        options.findings.mkdir(parents=True, exist_ok=True)
    score = load_scorer(options.shared)
    rng = np.random.default_rng(SEED)
    performances = read_performances(options.shared)
    songs = list(islice(read_songs(options.shared, rng), options.count))
    solo = [performances[i] for i in rng.permutation(len(performances))[: options.count]]
    with (
        tempfile.TemporaryDirectory() as temporary,
        ProcessPoolExecutor(options.jobs) as pool,
    ):
        folder = options.keep or Path(temporary)
        pieces: list[tuple[str, dict[str, Any], str]] = []
        for name in ("held_songs", "held_drums"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for turn, song in enumerate(songs):
            truth, voices = excerpt(song, performances, turn, options.tempi)
            pieces.append(("held_songs", *made(truth, voices, folder / "held_songs")))
        for turn, one in enumerate(solo):
            truth, voices = drum_excerpt(one, turn)
            pieces.append(("held_drums", *made(truth, voices, folder / "held_drums")))
        for known in ("pop909", "gmd"):
            for _, place, truth in score.load_truth(
                [known], str(options.shared / "eval" / "data"), None
            ):
                pieces.append((known, truth, str(Path(place) / truth["audio"])))
        futures = [
            pool.submit(analyse, path, options.findings, truth, False) for _, truth, path in pieces
        ]
        rows: dict[str, list[Scores]] = {}
        for (name, truth, _), future in zip(pieces, futures, strict=True):
            answer = future.result()
            row = scored(score, truth, answer)
            for group in (name, f"{name}/{truth.get('arrangement')}"):
                rows.setdefault(group, []).append(row)
            if options.each:
                print(line(truth, answer, row), flush=True)
            if options.keep:
                (folder / name).mkdir(exist_ok=True)
                (folder / name / f"{truth['id']}.answer.json").write_text(json.dumps(answer))
    print(table(rows))


def table(rows: dict[str, list[Scores]]) -> str:
    """Songs, then solo drums."""
    kinds = [f"held_songs/{kind}" for kind in ARRANGEMENTS]
    counts = [len(rows.get(name, ())) for name in ("pop909", "held_songs", *kinds)]
    lines = [
        "| songs | pop909 ({}) | held out ({}), 95 % of resamplings | piano ({}) |"
        " piano, bass ({}) | piano, bass, drums ({}) |".format(*counts),
        "|---|---|---|---|---|---|",
    ]
    for task, name in FIGURES:
        ours = values(rows["held_songs"], task, name)
        parts = [mean(values(rows.get(kind, ()), task, name)) for kind in kinds]
        beside = mean(values(rows["pop909"], task, name))
        lines.append(f"| {task} {name} | {beside} | {mean_and_range(ours)} | {' | '.join(parts)} |")
    counts = [len(rows[name]) for name in ("gmd", "held_drums")]
    lines += [
        "",
        "| solo drums | gmd ({}) | held out ({}), 95 % of resamplings |".format(*counts),
        "|---|---|---|",
    ]
    for task, name in DRUM_FIGURES:
        held = mean_and_range(values(rows["held_drums"], task, name))
        lines.append(f"| {task} {name} | {mean(values(rows['gmd'], task, name))} | {held} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
