"""Music with known drum hits, made up: the material that the drum discriminants are fitted on.

Grooves are human (Groove MIDI Dataset, training drummers), drums are one-shots of many kits or
synthesised, the rest of the band is sampled guitars and bass or POP909 songs on other instruments.
Measured reasons for the mixture: docs/drums.md. Nothing of it is evaluation material.
"""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import mido
import numpy as np
import scipy.signal
import soundfile

RATE = 44100  # Hz
SECONDS = 14.0
ATTACK = 0.004  # seconds: where the attack is in every one-shot

SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")  # Debian: fluid-soundfont-gm, MIT
SONGS = 36  # POP909 songs that are rendered
PROGRAMS = (0, 4, 11, 16, 24, 25, 26, 27, 29, 30, 33, 35, 38, 40, 48, 52, 56, 61, 65, 73, 80, 88)

NOTES = {  # of the Roland TD-11 that Groove was played on: articulation
    35: "kick", 36: "kick", 37: "sidestick", 38: "snare", 40: "rim",
    41: "tom4", 43: "tom3", 45: "tom2", 47: "tom2", 48: "tom1", 50: "tom1", 58: "tom3",
    22: "hhc", 42: "hhc", 44: "hhp", 26: "hho", 46: "hho",
    49: "crash", 51: "ride", 52: "china", 53: "bell", 55: "splash", 57: "crash", 59: "ride",
}  # fmt: skip
DRUM_OF = {
    "kick": 0, "snare": 1, "rim": 1, "sidestick": 1, "tom1": 2, "tom2": 2, "tom3": 2, "tom4": 2,
    "hhc": 3, "hho": 3, "hhp": 3, "crash": 4, "splash": 4, "china": 4, "ride": 4, "bell": 4,
}  # fmt: skip
INSTEAD = {  # what a kit without the articulation plays
    "rim": "snare", "tom4": "tom3", "china": "crash", "splash": "crash", "bell": "ride",
    "hhp": "hhc",
}  # fmt: skip
ACOUSTIC = ("muldjord", "gogodze", "pearl", "rumpf", "muldjord")  # whole kits that are played
ELECTRONIC = 0.03  # share of synthesised kits: with 0.12 the acoustic ones are heard worse
# Level against kick and snare, dB: mean and spread. Sampled hats are far too loud as they come.
GAINS = ((0, 3), (0, 3), (-2, 4), (-12, 5), (-9, 5))


@dataclass
class Hit:
    """A stroke: seconds, index in events.DRUMS, velocity."""

    time: float
    drum: int
    velocity: int


@dataclass
class Piece:
    """One drum or cymbal as a kit has it: the sounds from soft to loud, and their levels in dB."""

    layers: list[np.ndarray]
    levels: list[float]


@dataclass
class Material:
    """Everything under SHARED/training, read once."""

    grooves: list[bytes]
    pieces: dict[str, dict[str, list[Piece]]]  # by articulation and kit
    strings: dict[str, dict[int, list[np.ndarray]]]  # by instrument and MIDI pitch
    songs: list[np.ndarray] = field(default_factory=list)


def read(shared: Path, folder: Path) -> Material:
    """`folder`: where rendered songs are kept."""
    training = shared / "training"
    with zipfile.ZipFile(training / "gmd_midi_train.zip") as archive:
        grooves = [archive.read(n) for n in sorted(archive.namelist()) if n.endswith(".mid")]
    return Material(
        grooves, _pieces(training / "drum-oneshots"), _strings(training), _songs(training, folder)
    )


def _sound(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    sound, rate = soundfile.read(io.BytesIO(archive.read(name)), dtype="float32")
    return sound if rate == RATE else scipy.signal.resample_poly(sound, RATE, rate)


def _pieces(folder: Path) -> dict[str, dict[str, list[Piece]]]:
    grouped = defaultdict(list)
    for record in json.loads((folder / "manifest.json").read_text()):
        name = record["art"].split("-")[0]
        if name.rstrip("12") in ("kick", "crash", "ride", "bell", "splash"):
            name = name.rstrip("12")
        grouped[name, record["kit"], record["art"], record["mix"]].append(record)
    pieces: dict[str, dict[str, list[Piece]]] = defaultdict(lambda: defaultdict(list))
    archives = {path.name: zipfile.ZipFile(path) for path in folder.glob("*.zip")}
    for (name, kit, *_), records in sorted(grouped.items()):
        if name in DRUM_OF:
            records.sort(key=lambda record: record["rel_db"])
            layers = [_sound(archives[r["zip"]], r["file"]) for r in records]
            levels = [r["rel_db"] - records[-1]["rel_db"] for r in records]
            pieces[name][kit].append(Piece(layers, levels))
    return pieces


def _strings(training: Path) -> dict[str, dict[int, list[np.ndarray]]]:
    strings: dict[str, dict[int, list[np.ndarray]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted((training / "guitar-bass").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(n for n in archive.namelist() if n.endswith(".ogg")):
                pitch = int(Path(name).name.split("_")[0])
                strings[path.stem][pitch].append(_sound(archive, name))
    return strings


def _songs(training: Path, folder: Path) -> list[np.ndarray]:
    """POP909 songs on instruments that chance gives to each track."""
    chance = np.random.default_rng(0)
    songs = []
    with zipfile.ZipFile(training / "pop909_cl_midi_train.zip") as archive:
        names = sorted(n for n in archive.namelist() if n.endswith(".mid"))
        for number in chance.permutation(len(names))[:SONGS]:
            midi = mido.MidiFile(file=io.BytesIO(archive.read(names[number])))
            for track in midi.tracks:
                channel, program = int(chance.integers(9)), int(chance.choice(PROGRAMS))
                for message in track:
                    if message.type in ("note_on", "note_off"):
                        message.channel = channel
                    elif not message.is_meta:  # programs and pedals of the piano: silenced
                        message.channel = 15
                start = mido.Message("program_change", channel=channel, program=program)
                track.insert(0, start)
            path = folder / f"{number}.wav"
            if not path.exists():
                midi.save(folder / f"{number}.mid")
                command = ["fluidsynth", "-ni", "-q", "-r", str(RATE), "-g", "0.5", "-F"]
                song = [path, SOUND_FONT, folder / f"{number}.mid"]
                subprocess.run([*command, *map(str, song)], check=True, capture_output=True)
            samples, _ = soundfile.read(path, dtype="float32", always_2d=True)
            songs.append(samples.mean(axis=1))
    return songs


def item(material: Material, seed: int) -> tuple[np.ndarray, list[Hit]]:
    """Mono float32 of SECONDS and its hits: one in eight has no drums, two in five no band."""
    chance = np.random.default_rng(seed)
    size = round(SECONDS * RATE)
    kind = chance.random()
    sound, hits = np.zeros(size), []
    if kind > 0.12:
        sound, hits = drums(material, chance, size)
        sound = _even(sound)
    if kind < 0.62:
        band = (
            guitars(material, chance, size)
            if chance.random() < 0.5
            else song(material, chance, size)
        )
        if chance.random() < 0.25:
            band = _even(band) + song(material, chance, size)
        sound = sound * _gain(chance.uniform(-9, 11)) + _even(_coloured(chance, band))
        if chance.random() < 0.35:
            sound = np.tanh(sound / np.abs(sound).max() * 2 * 10 ** chance.uniform(-0.5, 0.5))
    sound *= _gain(chance.uniform(-30, 0)) / (np.abs(sound).max() + 1e-9)
    if chance.random() < 0.5:
        sound = sound + chance.standard_normal(size) * _gain(chance.uniform(-90, -60))
    return sound.astype(np.float32), hits


def drums(
    material: Material, chance: np.random.Generator, size: int
) -> tuple[np.ndarray, list[Hit]]:
    """A drum track: grooves on a kit, coloured, squeezed and in a room, each by chance."""
    notes = _played(material, chance, size / RATE)
    swap: dict[str, str] = {}
    turn = chance.random()
    if turn < 0.15:
        swap = {"hhc": "ride", "hho": "crash"}
    elif turn < 0.25:
        swap = {"snare": "tom1", "rim": "tom2"}
    elif turn < 0.35:
        swap = {"hhc": "hho"}
    left_out = int(chance.integers(5)) if chance.random() < 0.2 else -1
    kit = ACOUSTIC[chance.integers(len(ACOUSTIC))] if chance.random() < 0.42 else None
    electronic = chance.random() < ELECTRONIC
    gains = [chance.normal(*gain) for gain in GAINS]
    steepness = chance.uniform(0.7, 1.3)  # of the velocity curve
    chosen: dict[str, tuple[Piece, float, float]] = {}
    out, hits = np.zeros(size + 3 * RATE), []
    for time, played, velocity in notes:
        name = swap.get(played, played)
        drum = DRUM_OF[name]
        if drum == left_out:
            continue
        if name not in chosen:
            piece = (
                electronic_piece(chance, name)
                if electronic
                else _piece(material, chance, name, kit)
            )
            fade = 8.0 if chance.random() < 0.3 else 0.0  # per second: damped
            chosen[name] = (piece, 2 ** (chance.normal(0, 1.2) / 12), fade)
        piece, pitch, fade = chosen[name]
        wanted = steepness * 20 * np.log10(velocity / 110) + chance.normal(0, 1)
        near = np.abs(np.array(piece.levels) - wanted + chance.normal(0, 0.7))
        layer = int(near.argmin())
        stroke = _resampled(piece.layers[layer], pitch) * _gain(
            wanted - piece.levels[layer] + gains[drum]
        )
        stroke = stroke * np.exp(-fade * np.arange(len(stroke)) / RATE)
        first = round((time - ATTACK / pitch) * RATE)
        if first >= 0:
            end = min(len(out), first + len(stroke))
            out[first:end] += stroke[: end - first]
            hits.append(Hit(time, drum, velocity))
    sound = out[:size]
    if chance.random() < 0.6:
        sound = _coloured(chance, sound)
    if chance.random() < 0.5:
        sound = np.tanh(_gain(chance.uniform(0, 14)) * sound / (np.abs(sound).max() + 1e-9))
    if chance.random() < 0.65:
        sound = _in_a_room(chance, sound)
    return sound, hits


def _played(
    material: Material, chance: np.random.Generator, seconds: float
) -> list[tuple[float, str, int]]:
    """Time, articulation, velocity: stretches of grooves one after the other."""
    notes: list[tuple[float, str, int]] = []
    begin = 0.1
    while begin < seconds:
        groove = material.grooves[chance.integers(len(material.grooves))]
        time, heard = 0.0, []
        for message in mido.MidiFile(file=io.BytesIO(groove)):
            time += message.time
            if message.type == "note_on" and message.velocity and message.note in NOTES:
                heard.append((time, NOTES[message.note], message.velocity))
        if len(heard) <= 8:
            continue
        start = chance.uniform(0, max(0.0, heard[-1][0] - 8))
        stretch = chance.uniform(0.85, 1.2)
        part = [((t - start) * stretch + begin, n, v) for t, n, v in heard if t >= start]
        notes += [note for note in part if note[0] < seconds]
        begin = part[-1][0] + 0.4
    return sorted(notes)


def _piece(material: Material, chance: np.random.Generator, name: str, kit: str | None) -> Piece:
    """Of the kit if it has one, else of any: each kit as likely, however many sounds it has."""
    if not material.pieces[name] or (name in INSTEAD and chance.random() < 0.3):
        name = INSTEAD[name]
    kits = material.pieces[name]
    names = sorted(kits)
    pieces = kits[kit if kit in kits else names[chance.integers(len(names))]]
    return pieces[chance.integers(len(pieces))]


def electronic_piece(chance: np.random.Generator, name: str) -> Piece:
    """Sine glides for kicks and toms, filtered noise and squares for the rest."""
    time = np.arange(round(0.5 * RATE)) / RATE
    hiss = chance.standard_normal(len(time))
    drum = DRUM_OF[name]
    if drum in (0, 2):
        low = chance.uniform(38, 65) if drum == 0 else chance.uniform(80, 220)
        high = low + chance.uniform(60, 400) * (1.0 if drum == 0 else 0.3)
        glide = low + (high - low) * np.exp(-time / chance.uniform(0.008, 0.05))
        sound = np.sin(2 * np.pi * np.cumsum(glide) / RATE) * np.exp(
            -time / chance.uniform(0.06, 0.25)
        )
        sound += chance.uniform(0, 0.2) * hiss * np.exp(-time / 0.003)
    elif drum == 1:
        body = np.sin(2 * np.pi * chance.uniform(150, 260) * time) * np.exp(-time / 0.06)
        sos = scipy.signal.butter(2, chance.uniform(500, 3000), "high", fs=RATE, output="sos")
        snares = scipy.signal.sosfilt(sos, hiss) * np.exp(-time / chance.uniform(0.04, 0.15))
        sound = chance.uniform(0.2, 1) * body + snares
    else:
        ratios = (1.0, 1.304, 1.466, 1.787, 1.932, 2.536)  # of the TR-808's six oscillators
        root = chance.uniform(300, 600)
        metal = sum(np.sign(np.sin(2 * np.pi * root * ratio * time)) for ratio in ratios)
        sos = scipy.signal.butter(3, chance.uniform(4000, 8500), "high", fs=RATE, output="sos")
        decay = {"hhc": 0.03, "hhp": 0.03, "hho": 0.2}.get(name, 0.4) * chance.uniform(0.6, 1.6)
        mixture = chance.uniform(0, 1)
        sound = scipy.signal.sosfilt(sos, mixture * metal + (1 - mixture) * 3 * hiss) * np.exp(
            -time / decay
        )
    sound = np.concatenate([np.zeros(round(ATTACK * RATE)), 0.9 * sound / np.abs(sound).max()])
    return Piece([sound], [0.0])


def guitars(material: Material, chance: np.random.Generator, size: int) -> np.ndarray:
    """A bass and a guitar, two times out of three through an amplifier."""
    guitar, bass = np.zeros(size + 4 * RATE), np.zeros(size + 4 * RATE)
    instrument = ("emily", "shiny-electric", "shiny-acoustic")[chance.integers(3)]
    eighth = 30.0 / chance.uniform(70, 180)
    home, style = int(chance.integers(38, 50)), int(chance.integers(4))
    for step in range(int(size / RATE / eighth)):
        place = step % 8
        if place == 0:
            root = home + (0, 3, 5, 7, -2, -4, 0)[chance.integers(7)]
        first = round((step * eighth + abs(chance.normal(0, 0.006))) * RATE)
        length = round(eighth * RATE * chance.uniform(0.5, 1.2))
        chord: Sequence[int] = ()
        if style == 0:  # power chords
            chord = (root, root + 7, root + 12)
        elif style == 1:  # broken chords
            chord = (root + (0, 7, 12, 16, 19, 12, 7, 4)[place],)
        elif style == 2 and place in (0, 4):  # strummed, ringing
            chord, length = (
                (root, root + 7, root + 12, root + 16, root + 19),
                round(4 * eighth * RATE),
            )
        elif style == 3 and chance.random() < 0.7:  # a melody
            chord = (root + 12 + (0, 3, 5, 7, 10, 12)[chance.integers(6)],)
        for string, pitch in enumerate(chord):
            late = first + round(string * chance.uniform(0, 0.01) * RATE)
            _pluck(material, chance, guitar, instrument, pitch, late, length)
        if chance.random() < 0.8:
            low = root - 12 if root > 40 else root
            _pluck(material, chance, bass, "growlybass", low, first, round(eighth * RATE))
    sound = guitar[:size]
    if chance.random() < 0.65:
        sound = np.tanh(10 ** chance.uniform(0.3, 1.9) * sound / (np.abs(sound).max() + 1e-9))
        cabinet = scipy.signal.butter(
            2, (90, chance.uniform(4000, 9000)), "band", fs=RATE, output="sos"
        )
        sound = scipy.signal.sosfilt(cabinet, sound)
    return _even(sound) + chance.uniform(0, 1.2) * _even(bass[:size])


def _pluck(
    material: Material,
    chance: np.random.Generator,
    out: np.ndarray,
    instrument: str,
    pitch: int,
    first: int,
    length: int,
) -> None:
    notes = material.strings[instrument]
    nearest = min(notes, key=lambda note: abs(note - pitch))
    sounds = notes[nearest]
    note = _resampled(sounds[chance.integers(len(sounds))], 2 ** ((pitch - nearest) / 12))[:length]
    note = note[: max(0, len(out) - first)].copy()
    note[-200:] *= np.linspace(1, 0, len(note[-200:]))
    out[first : first + len(note)] += note * chance.uniform(0.5, 1)


def song(material: Material, chance: np.random.Generator, size: int) -> np.ndarray:
    """A stretch of a rendered song, two times out of five overdriven."""
    whole = material.songs[chance.integers(len(material.songs))]
    first = int(chance.integers(max(1, len(whole) - size)))
    sound = whole[first : first + size].astype(float)
    sound = np.pad(sound, (0, size - len(sound)))
    if chance.random() < 0.4:
        sound = np.tanh(10 ** chance.uniform(-0.1, 0.9) * sound / (np.abs(sound).max() + 1e-9))
    return _even(sound)


def _gain(level_db: float) -> float:
    return float(10.0 ** (level_db / 20.0))


def _even(sound: np.ndarray) -> np.ndarray:
    return sound / (sound.std() + 1e-9)


def _resampled(sound: np.ndarray, pitch: float) -> np.ndarray:
    return np.interp(np.arange(0, len(sound) - 1, pitch), np.arange(len(sound)), sound)


def _coloured(chance: np.random.Generator, sound: np.ndarray) -> np.ndarray:
    """Three bells of up to 7 dB."""
    octaves = np.log(np.fft.rfftfreq(len(sound), 1 / RATE) + 1)
    level_db = np.zeros(len(octaves))
    for _ in range(3):
        centre, width = chance.uniform(np.log(50), np.log(14000)), chance.uniform(0.4, 1.5)
        level_db += chance.uniform(-7, 7) * np.exp(-0.5 * ((octaves - centre) / width) ** 2)
    return np.fft.irfft(np.fft.rfft(sound) * 10 ** (level_db / 20), len(sound))


def _in_a_room(chance: np.random.Generator, sound: np.ndarray) -> np.ndarray:
    """Decaying noise of 0.15 to 1.3 s behind the sound, 6 to 26 dB under it."""
    size = round(chance.uniform(0.15, 1.3) * RATE)
    room = chance.standard_normal(size) * np.exp(-6.9 * np.arange(size) / size)
    room[: round(0.003 * RATE)] = 0.0
    room = scipy.signal.lfilter([0.5], [1, -0.5], room)
    room *= _gain(chance.uniform(-26, -6)) / np.sqrt((room**2).sum())
    return sound + scipy.signal.fftconvolve(sound, room)[: len(sound)]
