"""Sounds whose truth is known, and a tracker listening to them. Float32, (samples, channels)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.events import Event
from bridge.signal.frames import Framer
from bridge.trackers import Tracker


def listen(tracker: Tracker, samples: np.ndarray, rate: int) -> list[Event]:
    """What a tracker says of a stream in one piece; trackers/test_laws.py cuts it."""
    frames = Framer(rate, samples.shape[1]).push(samples)
    assert frames is not None
    return [*tracker.process(frames), *tracker.finish()]


def silence(seconds: float, rate: int = 44100, channels: int = 1) -> np.ndarray:
    return np.zeros((round(seconds * rate), channels), np.float32)


def sine(hz: float, seconds: float, rate: int = 44100, level_db: float = -6.0) -> np.ndarray:
    """One channel; the level is that of its peak."""
    time = np.arange(round(seconds * rate)) / rate
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * hz * time)).astype(np.float32)[:, None]


def noise(seconds: float, rate: int = 44100, level_db: float = -20.0, seed: int = 1) -> np.ndarray:
    """White, one channel; the level is its RMS."""
    chance = np.random.default_rng(seed).standard_normal((round(seconds * rate), 1))
    return (10 ** (level_db / 20) * chance).astype(np.float32)


def stereo(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.concatenate([left, right], axis=1)


def at(times: Sequence[float], sound: np.ndarray, seconds: float, rate: int) -> np.ndarray:
    """The sound begins at each of these times."""
    out = silence(seconds, rate, sound.shape[1])
    for time in times:
        first = round(time * rate)
        part = sound[: len(out) - first]
        out[first : first + len(part)] += part
    return out


def click(rate: int = 44100, level_db: float = -12.0) -> np.ndarray:
    """A burst of noise that dies away within 60 ms."""
    burst = noise(0.1, rate, level_db, seed=2)
    return burst * np.exp(-np.arange(len(burst)) / rate / 0.012).astype(np.float32)[:, None]


def clicks(
    bpm: float, seconds: float, rate: int = 44100, start: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """The sound and the times of its clicks."""
    times = np.arange(start, seconds - 0.1, 60.0 / bpm)
    return at(times.tolist(), click(rate), seconds, rate), times


def drum(name: str, rate: int = 44100, level_db: float = -6.0) -> np.ndarray:
    """A synthesised kick, snare or hihat, in a small dark room."""
    chance = np.random.default_rng(3)
    time = np.arange(round(0.4 * rate)) / rate
    hiss = chance.standard_normal(len(time))
    if name == "kick":
        glide = 2 * np.pi * np.cumsum(55.0 + 90.0 * np.exp(-time / 0.015)) / rate
        sound = np.sin(glide) * np.exp(-time / 0.08)
        sound += 0.2 * _band(hiss, rate, 1500.0, 5000.0) * np.exp(-time / 0.004)
    elif name == "snare":
        body = np.sin(2 * np.pi * 190.0 * time) + 0.5 * np.sin(2 * np.pi * 330.0 * time)
        sound = 0.6 * body * np.exp(-time / 0.05)
        sound += _band(hiss, rate, 1000.0, 9000.0) * np.exp(-time / 0.09)
    elif name == "hihat":
        sound = _band(hiss, rate, 7000.0, 14000.0) * np.exp(-time / 0.04)
    else:
        raise ValueError(f"no such drum: {name}")
    sound *= 10 ** (level_db / 20) / np.abs(sound).max()
    return sound.astype(np.float32)[:, None]


def _band(hiss: np.ndarray, rate: int, low: float, high: float) -> np.ndarray:
    """Noise between two frequencies, peak 1, the same at every rate but for chance."""
    spectrum = np.fft.rfft(hiss)
    hz = np.fft.rfftfreq(len(hiss), 1 / rate)
    spectrum *= 1.0 / (1.0 + (low / np.maximum(hz, 1.0)) ** 8) / (1.0 + (hz / high) ** 8)
    band = np.fft.irfft(spectrum, len(hiss))
    return band / np.abs(band).max()


def beat(
    bars: int, rate: int = 44100, bpm: float = 120.0
) -> tuple[np.ndarray, list[tuple[float, str]]]:
    """Kick on one and three, snare on two and four, hi-hats between; and what is where."""
    step = 60.0 / bpm / 2.0
    names = ("kick", "hihat", "snare", "hihat")
    truth = [(0.5 + step * i, names[i % 4]) for i in range(8 * bars)]
    seconds = 1.0 + 8 * bars * step
    parts = [
        at([t for t, n in truth if n == name], drum(name, rate, level), seconds, rate)
        for name, level in (("kick", -6.0), ("snare", -8.0), ("hihat", -20.0))
    ]
    return np.sum(parts, axis=0), truth


PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
CHORD_TONES = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
}


def tone(
    midi: float, seconds: float, rate: int = 44100, level_db: float = -20.0, decay: float = 0.6
) -> np.ndarray:
    """A note with partials, each `decay` times the one below; ends without a click."""
    time = np.arange(round(seconds * rate)) / rate
    hz = 440.0 * 2.0 ** ((midi - 69.0) / 12.0)
    out = np.zeros(len(time))
    for n in range(1, 16):
        if n * hz < 0.45 * rate:
            out += decay ** (n - 1) * np.sin(2 * np.pi * n * hz * time + n * n)
    out *= 10 ** (level_db / 20) * np.minimum(1.0, np.minimum(time, time[::-1]) / 0.005)
    return out.astype(np.float32)[:, None]


def chord(label: str, seconds: float, rate: int = 44100, cents: float = 0.0) -> np.ndarray:
    """Harte syntax ("E:min"): the root in the bass, the tones around middle C."""
    root, quality = label.split(":")
    first = PITCH_CLASSES.index(root)
    notes = [36.0 + first, *(60.0 + (first + step) % 12 for step in CHORD_TONES[quality])]
    return np.sum([tone(note + cents / 100.0, seconds, rate) for note in notes], axis=0)
