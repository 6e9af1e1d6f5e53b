"""How fast and how small: whole analyses, beside a librosa pipeline of the same steps.

    python -m benchmarks.speed                      a song of 3:15, ours and librosa's in turn
    python -m benchmarks.speed --minutes 3,15,60,180   how time and memory grow

Each analysis is a process of its own on one core (threads of the linear algebra are set to 1), from
its start to its JSON. The librosa pipeline does what public tools of this kind do: 22.05 kHz mono,
onset strength, beats, harmonic and percussive parts, chroma, MFCC, loudness, brightness, contrast,
flatness, recurrence, agglomerative segments, key by profile, triads by template. It finds no
metre, drums, pitch line, takes or riffs, which ours does in the same time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.hear import SHARED

SONGS = ("rock_riff_em", "drift_rock_d", "pop_ballad_c", "funk_dorian_e", "house_am_124")
ONE_CORE = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")}
ROUNDS = 3


def librosa_pipeline(path: str) -> dict[str, Any]:
    """The steps of the pipeline named above, on 22.05 kHz and hops of 512 samples."""
    import librosa

    sound, rate = librosa.load(path, sr=22050, mono=True)
    strength = librosa.onset.onset_strength(y=sound, sr=rate)
    tempo, beats = librosa.beat.beat_track(onset_envelope=strength, sr=rate)
    harmonic, _ = librosa.effects.hpss(sound)
    chroma = librosa.feature.chroma_cqt(y=harmonic, sr=rate)
    mfcc = librosa.feature.mfcc(y=sound, sr=rate)
    loudness = librosa.feature.rms(y=sound)
    features = [
        librosa.feature.spectral_centroid(y=sound, sr=rate),
        librosa.feature.spectral_contrast(y=sound, sr=rate),
        librosa.feature.spectral_flatness(y=sound),
        librosa.feature.zero_crossing_rate(sound),
        loudness,
    ]
    synced = librosa.util.sync(np.vstack([chroma, mfcc]), beats)
    recurrence = librosa.segment.recurrence_matrix(synced, mode="affinity", sym=True)
    count = int(np.clip(len(sound) / rate / 15, 4, min(24, synced.shape[1])))
    bounds = librosa.segment.agglomerative(synced, count)
    profile = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
    key = int(
        np.argmax([np.corrcoef(np.roll(profile, k), chroma.mean(axis=1))[0, 1] for k in range(12)])
    )
    triads = np.array([np.roll([1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0], k) for k in range(12)])
    chords = (triads @ librosa.util.sync(chroma, beats)).argmax(axis=0)
    return {
        "tempo": float(np.atleast_1d(tempo)[0]),
        "beats": len(beats),
        "bounds": len(bounds),
        "key": key,
        "chords": len(chords),
        "features": [float(f.mean()) for f in features],
        "recurrence": float(recurrence.mean()),
    }


def recording(seconds: float, path: Path) -> None:
    """Songs of the evaluation set one after the other, written as FLAC without holding them all."""
    folder = SHARED / "eval" / "data" / "songs"
    pieces = [soundfile.read(folder / f"{name}.ogg", dtype="int16")[0] for name in SONGS]
    left = round(seconds * 44100)
    with soundfile.SoundFile(path, "w", 44100, 2, subtype="PCM_16", format="FLAC") as file:
        turn = 0
        while left > 0:
            piece = pieces[turn % len(pieces)][:left]
            file.write(piece)
            left -= len(piece)
            turn += 1


def run(command: list[str]) -> tuple[float, float, float]:
    """(seconds, CPU seconds, peak MB) of a process, from its start to its end."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, env=os.environ | ONE_CORE)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed")
    cpu = usage.ru_utime + usage.ru_stime
    return time.monotonic() - began, cpu, usage.ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", help="lengths of recordings, instead of the comparison")
    parser.add_argument("--librosa", help=argparse.SUPPRESS)  # the pipeline's own process
    options = parser.parse_args()
    if options.librosa:
        print(librosa_pipeline(options.librosa))
        return
    ours = [sys.executable, "-m", "bridge", "analyze", "--json", "--no-library"]
    theirs = [sys.executable, "-m", "benchmarks.speed", "--librosa"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.flac"
        if options.minutes:
            print("| recording | seconds | CPU s | times real time | peak MB |")
            print("|---|---|---|---|---|")
            for minutes in map(float, options.minutes.split(",")):
                recording(minutes * 60, path)
                wall, cpu, memory = run([*ours, str(path)])
                fast = minutes * 60 / cpu
                print(f"| {minutes:g} min | {wall:.1f} | {cpu:.1f} | {fast:.0f} | {memory:.0f} |")
            return
        recording(195, path)
        times: dict[str, list[tuple[float, float, float]]] = {"dawbridge": [], "librosa": []}
        for _ in range(ROUNDS):
            times["dawbridge"].append(run([*ours, str(path)]))
            times["librosa"].append(run([*theirs, str(path)]))
        print("| a song of 3:15 | seconds | CPU s | times real time | peak MB |")
        print("|---|---|---|---|---|")
        for name, runs in times.items():
            wall, cpu, memory = np.median(runs, axis=0)
            print(f"| {name} | {wall:.1f} | {cpu:.1f} | {195 / cpu:.0f} | {memory:.0f} |")
        ratios = [b[1] / a[1] for a, b in zip(times["dawbridge"], times["librosa"], strict=True)]
        print(f"\nlibrosa's CPU over ours, round by round: {', '.join(f'{r:.1f}' for r in ratios)}")


if __name__ == "__main__":
    main()
