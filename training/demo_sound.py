"""The instruments, effects and master of the demo song.

Sounds are float64 at RATE, mono (samples,) or stereo (samples, 2). Everything random comes from the
generator that is passed in.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

Sound = NDArray[np.float64]

RATE = 44_100
LEAD_IN = 0.004  # seconds of every drum one-shot before its attack
QUALITY = 0.6  # Vorbis: 0 best, 1 smallest
PIECES = {  # zip, names (sorted from soft to loud), level dB, pan
    "kick": ("gogodze.zip", "gogodze/kick.close", 0.0, 0.0),
    "snare": ("gogodze.zip", "gogodze/snare.close", 0.0, 0.05),
    "hhc": ("gogodze.zip", "gogodze/hhc.close", -4.5, -0.3),
    "hho": ("gogodze.zip", "gogodze/hho-mid.close", -6.5, -0.3),
    "tom1": ("sonic-pi.zip", "sonicpi-acoustic/tom1", -2.0, -0.4),
    "tom2": ("sonic-pi.zip", "sonicpi-acoustic/tom2", -2.0, 0.0),
    "tom3": ("sonic-pi.zip", "sonicpi-acoustic/tom3", -2.0, 0.4),
    "crash": ("sonic-pi.zip", "sonicpi-acoustic/crash", -7.0, 0.35),
}


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be played: at and length in seconds, what: MIDI pitch or drum."""

    at: float
    length: float
    what: float | str
    velocity: int  # 1..127


def load(archive: Path, prefix: str) -> dict[str, Sound]:
    """The sounds of a zip whose names begin with `prefix`."""
    with zipfile.ZipFile(archive) as files:
        names = sorted(name for name in files.namelist() if name.startswith(prefix))
        return {name: sf.read(io.BytesIO(files.read(name)))[0] for name in names}


def add(track: Sound, sound: Sound, at: float) -> None:
    """Mix a sound into a track, `at` seconds."""
    first = max(round(at * RATE), 0)
    piece = sound[: len(track) - first]
    track[first : first + len(piece)] += piece


def fade(sound: Sound, attack: float, release: float) -> Sound:
    """The sound with raised-cosine ends of so many seconds."""
    gain = np.ones(len(sound))
    up, down = (min(round(s * RATE), len(sound)) for s in (attack, release))
    gain[:up] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(up) / max(up, 1))
    gain[len(gain) - down :] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(down) / max(down, 1))
    out: Sound = (sound.T * gain).T
    return out


def retune(sound: Sound, ratio: float) -> Sound:
    """The sound played faster by a ratio, interpolated at four times the rate."""
    fine = np.fft.irfft(np.fft.rfft(sound), 4 * len(sound)) * 4
    out: Sound = np.interp(np.arange(0, len(fine) - 4, 4 * ratio), np.arange(len(fine)), fine)
    return out


def sampled(bank: dict[str, Sound], note: Note, take: int) -> Sound:
    """A sampled string at the note's pitch; file names are set/MIDI_layer_take.ogg."""
    pitch, layer = float(note.what), min(note.velocity // 32, 3)
    keys = {name: [int(n) for n in Path(name).stem.split("_")] for name in bank}
    fits = sorted(bank, key=lambda n: (abs(keys[n][0] - pitch), abs(keys[n][1] - layer), n))
    near = [n for n in fits if keys[n][:2] == keys[fits[0]][:2]]
    name = near[take % len(near)]
    sound = retune(bank[name], 2 ** ((pitch - keys[name][0]) / 12))
    sound = sound[: round((note.length + 0.08) * RATE)]
    return fade(sound / np.abs(sound).max() * (note.velocity / 127) ** 1.5, 0.001, 0.08)


def saw(hertz: Sound | float, samples: int, phase: float) -> Sound:
    """A sawtooth without audible aliases (PolyBLEP: Välimäki & Huovilainen 2007)."""
    step = np.broadcast_to(np.asarray(hertz) / RATE, samples)
    at = (phase + np.cumsum(step)) % 1
    begin, end = np.minimum(at / step, 1), np.minimum((1 - at) / step, 1)
    wave: Sound = 2 * at - 1 + (1 - begin) ** 2 - (1 - end) ** 2
    return wave


def sweep(sound: Sound, cutoff: Sound, resonance: float = 0.0) -> Sound:
    """A low-pass of 24 dB per octave; cutoff in Hz per sample."""
    size, hop = 1024, 256
    window = np.sin(np.pi * (np.arange(size) + 0.5) / size)
    padded = np.concatenate((np.zeros(size), sound, np.zeros(size)))
    edge = np.concatenate((np.full(size, cutoff[0]), cutoff, np.full(size, cutoff[-1])))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    out = np.zeros(len(padded))
    for first in range(0, len(padded) - size, hop):
        octave = np.log2(np.maximum(hertz, 1) / edge[first + size // 2])
        gain = 1 / np.sqrt(1 + 2.0 ** (8 * octave)) + resonance * np.exp(-((octave / 0.3) ** 2))
        frame = np.fft.irfft(np.fft.rfft(padded[first : first + size] * window) * gain)
        out[first : first + size] += frame * window / 2
    return out[size:-size]


def electric_piano(note: Note) -> Sound:
    """A struck bar by frequency modulation (Chowning 1973), with a short tine."""
    t = np.arange(round((note.length + 0.5) * RATE)) / RATE
    turn, hard = 2 * np.pi * hertz_of(note) * t, note.velocity / 127
    tine = 0.2 * hard * np.exp(-t / 0.08) * np.sin(7 * turn)
    body = np.sin(turn + 1.6 * hard * np.exp(-t / 0.5) * np.sin(turn))
    return fade((body + tine) * np.exp(-t / 1.1) * hard**1.5, 0.002, 0.4)


def synth_bass(note: Note) -> Sound:
    """A saw over its own fundamental, closing as it decays."""
    samples = round(note.length * RATE)
    hertz, t = hertz_of(note), np.arange(samples) / RATE
    cut = 250 + 1400 * note.velocity / 127 * np.exp(-t / 0.12)
    tone = sweep(saw(hertz, samples, 0.0), cut, 0.4) * 0.6 + np.sin(2 * np.pi * hertz * t)
    return fade(tone * (note.velocity / 127), 0.004, 0.03)


def lead(note: Note) -> Sound:
    """Two saws, slightly apart, with a late vibrato and a bell on the attack."""
    samples = round((note.length + 0.06) * RATE)
    t = np.arange(samples) / RATE
    depth = 0.004 * np.clip((t - 0.25) / 0.3, 0, 1)
    hertz = hertz_of(note) * (1 + depth * np.sin(2 * np.pi * 5.3 * t))
    tone = saw(hertz * 1.003, samples, 0.1) + saw(hertz * 0.997, samples, 0.6)
    tone = sweep(tone, 1800 + 3200 * np.exp(-t / 0.25)) * (0.7 + 0.3 * np.exp(-t / 0.3))
    bell = electric_piano(note)[:samples]
    tone[: len(bell)] += bell
    return fade(tone * (note.velocity / 127), 0.006, 0.08)


def pluck(note: Note) -> Sound:
    """A short saw."""
    samples = round(0.35 * RATE)
    tone = saw(hertz_of(note), samples, 0.0) * np.exp(-np.arange(samples) / RATE / 0.09)
    return fade(tone * (note.velocity / 127) ** 1.5, 0.002, 0.05)


def pad(notes: Sequence[Note], samples: int, cutoff: Sound) -> Sound:
    """A stereo choir of detuned saws behind one moving filter."""
    sides = np.zeros((samples, 2))
    for index, note in enumerate(notes):
        long = round((note.length + 0.25) * RATE)
        for voice, cents in enumerate((-9.0, 7.0, -4.0, 11.0, 0.0, 2.0)):
            tone = saw(
                hertz_of(note) * 2 ** (cents / 1200), long, (0.37 * voice + 0.21 * index) % 1
            )
            add(sides[:, voice % 2], fade(tone, 0.04, 0.25), note.at)
    return np.stack([sweep(side, cutoff, 0.25) for side in sides.T], axis=1)


def drums(notes: Sequence[Note], samples: int, material: Path, rng: np.random.Generator) -> Sound:
    """The kit, in stereo; a hat closes the open one before it."""
    shots = {piece: load(material / zipped, name) for piece, (zipped, name, *_) in PIECES.items()}
    hats = [note.at for note in notes if str(note.what).startswith("hh")]
    kit = np.zeros((samples, 2))
    for note in notes:
        piece, hard = str(note.what), note.velocity / 127
        layers = list(shots[piece].values())
        shot = layers[round(hard * (len(layers) - 1))]
        shot = shot / np.abs(shot).max()
        if piece == "kick":
            shot = layered(shot, thump())
        if piece == "snare":
            shot = layered(shot, rattle(rng))
        if piece == "hho":
            choke = min((at for at in hats if at > note.at + 0.05), default=note.at + 9)
            shot = fade(shot[: round((choke - note.at) * RATE)], 0.0, 0.03)
        _, _, level_db, pan = PIECES[piece]
        add(kit, panned(shot * hard**1.6 * 10 ** (level_db / 20), pan), note.at - LEAD_IN)
    return kit


def layered(shot: Sound, layer: Sound) -> Sound:
    """A one-shot with another sound that begins at its attack."""
    out = np.zeros(max(len(shot), len(layer) + round(LEAD_IN * RATE)))
    out[: len(shot)] = shot
    add(out, layer, LEAD_IN)
    return out


def thump() -> Sound:
    """A sine falling from 190 to 52 Hz: the weight of the kick, with a click before it."""
    t = np.arange(round(0.24 * RATE)) / RATE
    fall = np.sin(2 * np.pi * np.cumsum(52 + 138 * np.exp(-t / 0.018)) / RATE) * np.exp(-t / 0.09)
    click = 0.35 * np.sin(2 * np.pi * 2900 * t) * np.exp(-t / 0.003)
    return fade(0.8 * fall + click, 0.0005, 0.05)


def rattle(rng: np.random.Generator) -> Sound:
    """Snare wires: high noise that dies within a tenth of a second."""
    t = np.arange(round(0.3 * RATE)) / RATE
    return fade(
        0.3 * equalise(rng.normal(0, 1, len(t)), 1800, 11_000) * np.exp(-t / 0.07), 0.0, 0.05
    )


def riser(length: float, rng: np.random.Generator) -> Sound:
    """Noise that opens and swells, in seconds."""
    samples = round(length * RATE)
    cutoff = np.geomspace(300, 11_000, samples)
    swell = np.linspace(0, 1, samples) ** 2
    sides = [sweep(rng.normal(0, 1, samples), cutoff, 1.0) * swell for _ in range(2)]
    return np.stack([fade(side, 0.1, 0.02) for side in sides], axis=1)


def hertz_of(note: Note) -> float:
    """The note's frequency, A4 = 440 Hz."""
    return float(440 * 2 ** ((float(note.what) - 69) / 12))


def panned(sound: Sound, pan: float) -> Sound:
    """Stereo from mono, -1 left to 1 right, at constant power; stereo stays as it is."""
    if sound.ndim == 2:
        return sound
    angle = (pan + 1) * np.pi / 4
    sides = np.array([np.cos(angle), np.sin(angle)]) * np.sqrt(2)
    return np.outer(sound, sides)


def equalise(sound: Sound, low: float, high: float) -> Sound:
    """Only what lies between two frequencies in Hz; 12 dB per octave, no phase."""
    hertz = np.maximum(np.fft.rfftfreq(len(sound), 1 / RATE), 1)
    gain = 1 / np.sqrt((1 + (low / hertz) ** 4) * (1 + (hertz / high) ** 4))
    gain = gain if sound.ndim == 1 else gain[:, None]
    out: Sound = np.fft.irfft(np.fft.rfft(sound, axis=0) * gain, len(sound), axis=0)
    return out


def reverb(sound: Sound, rng: np.random.Generator) -> Sound:
    """A bright room of 1.5 s: decaying noise, its highs dying sooner."""
    t = np.arange(round(1.6 * RATE)) / RATE
    low, high = (rng.normal(0, 1, (len(t), 2)) * np.exp(-t / s)[:, None] for s in (0.24, 0.12))
    room = equalise(low, 200, 2500) + equalise(high, 2500, 9000)
    room = np.concatenate((np.zeros((round(0.018 * RATE), 2)), room))
    size = len(sound) + len(room)
    wet = np.fft.irfft(np.fft.rfft(sound, size, axis=0) * np.fft.rfft(room, size, axis=0), axis=0)
    out: Sound = wet[: len(sound)] / np.sqrt((room**2).sum() / 2)
    return out


def echo(sound: Sound, delay: float) -> Sound:
    """Five repeats to either side in turn, `delay` seconds apart, each darker and softer."""
    wet, mono = np.zeros_like(sound), sound.mean(axis=1)
    for repeat in range(1, 6):
        mono = equalise(mono, 250, 4500 / repeat**0.5) * 0.55
        add(wet[:, repeat % 2], mono, repeat * delay)
    return wet


def duck(samples: int, kicks: Sequence[float], depth: float) -> Sound:
    """The gain that makes room for the kicks (seconds)."""
    gain = np.ones(samples)
    dip = 1 - depth * np.exp(-np.arange(round(0.6 * RATE)) / RATE / 0.11)
    for at in kicks:
        first = round(at * RATE)
        part = gain[first : first + len(dip)]
        np.minimum(part, dip[: len(part)], out=part)
    return smooth(gain)


def smooth(gain: Sound) -> Sound:
    """A gain curve without steps: averaged over 3 ms."""
    width = round(0.003 * RATE)
    ends = np.pad(gain, (width // 2, width - 1 - width // 2), mode="edge")
    sums = np.concatenate(([0.0], np.cumsum(ends)))
    return (sums[width:] - sums[:-width]) / width


def loudness(sound: Sound) -> float:
    """Integrated loudness of a stereo sound, LUFS (ITU-R BS.1770-5)."""
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(len(sound), 1 / RATE) / 48_000)
    shelf = (1.53512485958697 - 2.69169618940638 * turn + 1.19839281085285 * turn**2) / (
        1 - 1.69065929318241 * turn + 0.73248077421585 * turn**2
    )
    cut = (1 - turn) ** 2 / (1 - 1.99004745483398 * turn + 0.99007225036621 * turn**2)
    weighted = np.fft.irfft(np.fft.rfft(sound, axis=0) * (shelf * cut)[:, None], len(sound), axis=0)
    hop = RATE // 10
    parts = (weighted**2).sum(axis=1)[: len(sound) // hop * hop].reshape(-1, hop).mean(axis=1)
    power = np.convolve(parts, np.full(4, 0.25), "valid")
    power = power[power > 10 ** ((-70 + 0.691) / 10)]
    power = power[power > power.mean() / 10]
    return float(-0.691 + 10 * np.log10(power.mean()))


def compress(sound: Sound, threshold_db: float, ratio: float) -> Sound:
    """Bus compression: 20 ms attack, 200 ms release, on the mean power of both sides."""
    hop = 256
    power = np.resize((sound**2).mean(axis=1), -(-len(sound) // hop) * hop).reshape(-1, hop)
    over = np.maximum(10 * np.log10(power.mean(axis=1) + 1e-9) - threshold_db, 0)
    rise, fall = (1 - np.exp(-hop / RATE / seconds) for seconds in (0.02, 0.2))
    held, level = np.zeros(len(over)), 0.0
    for index, value in enumerate(over):
        level += (rise if value > level else fall) * (value - level)
        held[index] = level
    gain_db = np.interp(np.arange(len(sound)) / hop - 0.5, np.arange(len(held)), held)
    return sound * 10 ** (-gain_db * (1 - 1 / ratio) / 20)[:, None]


def limit(sound: Sound, ceiling: float) -> Sound:
    """No sample over the ceiling: gain is lowered 3 ms ahead and returns within 6."""
    peak = np.abs(sound).max(axis=1)
    need = np.minimum(1, ceiling / np.maximum(peak, 1e-9))
    width = 2 * round(0.003 * RATE) + 1
    least = np.lib.stride_tricks.sliding_window_view(
        np.pad(need, width // 2, mode="edge"), width
    ).min(axis=1)
    return np.clip(sound * smooth(least)[:, None], -ceiling, ceiling)


def master(mix: Sound, loud: float, peak_db: float) -> Sound:
    """The mix at `loud` LUFS, gently compressed, with its peaks under `peak_db` dBFS."""
    mix = equalise(mix, 28, 19_000)
    mix = compress(mix * 10 ** ((loud - loudness(mix)) / 20), loud + 2, 2.0)
    for _ in range(4):  # limiting costs loudness
        mix = mix * 10 ** ((loud - loudness(limit(mix, 10 ** (peak_db / 20)))) / 20)
    return limit(mix, 10 ** (peak_db / 20))


def write_ogg(path: Path, sound: Sound) -> None:
    """A stereo sound as Ogg Vorbis; in pieces, since libsndfile's encoder fails on long ones."""
    with sf.SoundFile(path, "w", RATE, 2, "VORBIS", format="OGG", compression_level=QUALITY) as out:
        for first in range(0, len(sound), RATE):
            out.write(sound[first : first + RATE])
