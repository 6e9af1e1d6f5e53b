"""Sounds whose truth is known, and a tracker listening to them. Float32, (samples, channels)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.events import Event
from bridge.signal.frames import Framer
from bridge.trackers import Tracker


def listen(
    tracker: Tracker, samples: np.ndarray, rate: int, cuts: Sequence[int] = ()
) -> list[Event]:
    """What a tracker says when the stream is cut at these samples; none: in one piece."""
    framer = Framer(rate, samples.shape[1])
    events: list[Event] = []
    for block in np.split(samples, sorted(cuts)):
        frames = framer.push(block)
        if frames is not None:
            events += tracker.process(frames)
    return events + tracker.finish()


def random_cuts(samples: np.ndarray, seed: int = 0, count: int = 300) -> list[int]:
    """Places to cut a stream at, some of them equal."""
    return np.random.default_rng(seed).integers(0, len(samples), count).tolist()


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
    """A synthesised kick, snare or hihat, as drum machines make them."""
    chance = np.random.default_rng(3)
    time = np.arange(round(0.3 * rate)) / rate
    hiss = chance.standard_normal(len(time))
    bright = np.diff(hiss, prepend=0.0)
    if name == "kick":
        glide = 2 * np.pi * np.cumsum(50.0 + 200.0 * np.exp(-time / 0.012)) / rate
        sound = np.sin(glide) * np.exp(-time / 0.09) + 0.15 * hiss * np.exp(-time / 0.003)
    elif name == "snare":
        body = np.sin(2 * np.pi * 190.0 * time) * np.exp(-time / 0.05)
        sound = 0.5 * body + 0.35 * (hiss + bright) * np.exp(-time / 0.07)
    elif name == "hihat":
        sound = np.diff(bright, prepend=0.0) * np.exp(-time / 0.03)
    else:
        raise ValueError(f"no such drum: {name}")
    sound *= 10 ** (level_db / 20) / np.abs(sound).max()
    return sound.astype(np.float32)[:, None]


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
