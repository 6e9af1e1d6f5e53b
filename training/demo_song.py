"""The demo song that comes with dawbridge: score, mix and truth, from one seed.

    python training/demo_song.py [--material ../shared/training] [--out bridge/demo]

Writes song.ogg and song.json, whose truth is the score itself. Composed for dawbridge. Drums
(Gogodze Phu Vol II, Sonic Pi), guitar (Emily) and bass guitar (Growlybass) are CC0 one-shots from
the training material; synthesisers, effects and the master are numpy (demo_sound.py).

Stems are set by their measured loudness, so the numbers in STEMS are the balance of the mix.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import demo_sound as instruments
import numpy as np
from demo_sound import RATE, Note, Sound

Score = dict[str, list[Note]]  # notes of each stem

ROOT = Path(__file__).resolve().parent.parent
TEMPO = 122.0
BEAT = 60 / TEMPO  # seconds
START = 0.5  # seconds before the first beat
TAIL = 0.6  # seconds after the last bar
KINDS = {"kick": "kick", "snare": "snare", "crash": "cymbals", "hhc": "hihat", "hho": "hihat"}
KINDS |= dict.fromkeys(("tom1", "tom2", "tom3"), "toms")
TUNES = {  # note:beats, "-" rests
    "verse": "-:.5 B4:.5 E5:.5 F#5:.5 G5:1.5 F#5:.5 E5:1 D5:.5 E5:1.5 -:1 "
    "-:.5 A4:.5 C5:.5 E5:.5 A5:1.5 G5:.5 F#5:2 D5:1 -:1 "
    "-:.5 B4:.5 E5:.5 F#5:.5 G5:1.5 A5:.5 G5:1 E5:.5 C5:1.5 -:1 "
    "-:.5 E5:.5 A5:.5 B5:.5 C6:1.5 B5:.5 A5:.5 F#5:1.5 B5:2",
    "hook": "B5:.75 A5:.75 G5:.5 E5:1 G5:1 G5:.75 A5:.75 G5:.5 E5:2 "
    "D5:.75 G5:.75 A5:.5 B5:1 D6:1 A5:.75 B5:.75 A5:.5 F#5:1 A5:1 ",
    "answer": "B5:.75 A5:.75 G5:.5 E5:1 G5:1 G5:.75 A5:.75 G5:.5 C6:2 "
    "C6:.75 B5:.75 A5:.5 E5:1 A5:1 B5:.75 A5:.75 F#5:.5 D#5:1 F#5:1 ",
    "break": "E5:2 C5:1 E5:1 G5:3 F#5:1 E5:2 G5:1 E5:1 F#5:3 -:1",
    "close": "G5:1 E5:1 F#5:1 A5:1 B5:4",
}
LOOPS = {  # chords of four beats, or as many as follow the colon
    "verse": "Em C Am Bm",
    "chorus": "Em C G D",
    "turn": "Em C Am B",
    "break": "Am Em C Bm",
    "build": "Am C B:8",
    "close": "C:2 D:2 Em",
}
FORM = (  # role, letter, loops, tunes, stem of the tunes
    ("intro", "A", ("verse",), (), "keys"),
    ("verse", "A", ("verse", "verse"), ("verse",), "keys"),
    ("chorus", "B", ("chorus",), ("hook",), "lead"),
    ("break", "C", ("break",), ("break",), "keys"),
    ("build", "D", ("build",), (), "lead"),
    ("chorus", "B", ("chorus", "turn"), ("hook", "answer"), "lead"),
    ("outro", "E", ("close",), ("close",), "lead"),
)
STEMS = {  # loudness LUFS, pan -1..1, reverb dB, echo dB, ducking by the kick 0..1
    "drums": (-15.5, 0.0, -19.0, -90.0, 0.0),
    "bass": (-21.0, 0.0, -90.0, -90.0, 0.35),
    "synth": (-19.0, 0.0, -90.0, -90.0, 0.6),
    "guitar": (-22.5, -0.35, -14.0, -16.0, 0.0),
    "pad": (-23.5, 0.0, -10.0, -90.0, 0.6),
    "keys": (-21.0, 0.2, -12.0, -14.0, 0.0),
    "lead": (-19.5, 0.0, -13.0, -15.0, 0.15),
    "arp": (-22.0, 0.3, -12.0, -12.0, 0.0),
    "rise": (-27.0, 0.0, -10.0, -90.0, 0.0),
}
LOUD, PEAK = -14.0, -1.6  # of the master: LUFS; dBFS, below the -1 that Vorbis may overshoot to
PAD = (  # its filter: beat, Hz
    (0, 400), (16, 1600), (16.1, 1000), (48, 1500), (48.01, 4500), (64, 4500), (64.5, 900),
    (80, 4000), (80.5, 800), (95, 7000), (96, 5000), (128, 5000), (136, 500),
)  # fmt: skip
RIDE = {"verse": -1.5, "build": -1.0, "chorus": 0.5}  # dB, of the whole mix
ARP = ((80, 500), (95, 9000))  # its filter: beat, Hz


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form, in beats."""

    at: float
    end: float
    role: str
    letter: str
    chords: tuple[tuple[float, float, str], ...]  # at, end, name


def pitch_of(name: str) -> int:
    """MIDI pitch of a note such as F#5."""
    return 12 * int(name[-1]) + 12 + "C C#D D#E F F#G G#A A#B ".index(name[:-1].ljust(2)) // 2


def form() -> list[Section]:
    """The sections and their chords."""
    sections, at = [], 0.0
    for role, letter, loops, _, _ in FORM:
        chords, begin = [], at
        for chord in " ".join(LOOPS[loop] for loop in loops).split():
            name, _, beats = chord.partition(":")
            chords.append((at, at + float(beats or 4), name))
            at = chords[-1][1]
        sections.append(Section(begin, at, role, letter, tuple(chords)))
    return sections


def voicing(chord: str, low: int) -> list[int]:
    """The triad's pitches in the octave above `low`."""
    root, third = pitch_of(chord.rstrip("m") + "0"), 3 if chord.endswith("m") else 4
    return sorted(low + (root + step - low) % 12 for step in (0, third, 7))


def bass_of(chord: str) -> int:
    """The chord's root between E1 and D#2."""
    return 28 + (pitch_of(chord.rstrip("m") + "0") - 28) % 12


def compose() -> Score:
    """What is played, exactly on the grid: times and lengths in beats."""
    score: Score = {stem: [] for stem in STEMS}
    for section, (_, _, _, tunes, stem) in zip(form(), FORM, strict=True):
        at = section.at
        for word in " ".join(TUNES[tune] for tune in tunes).split():
            name, _, beats = word.partition(":")
            if name != "-":
                accent = 104 if at % 4 == 0 else 92
                score[stem].append(Note(at, float(beats), pitch_of(name), accent))
            at += float(beats)
        for begin, end, chord in section.chords:
            for stem_of, notes in accompany(section, begin, end, chord).items():
                score[stem_of] += notes
        score["drums"] += drum(section)
    return score


def accompany(section: Section, begin: float, end: float, chord: str) -> Score:
    """What the band plays under one chord, without drums."""
    low, (one, two, three) = bass_of(chord), voicing(chord, 55)
    role, beats = section.role, end - begin
    stop = min(end, section.end - 1)  # of the build: the last beat before the drop is silent
    notes: Score = {"pad": [Note(begin, beats, pitch, 90) for pitch in (one, two, three)]}
    if role in ("intro", "verse", "break"):
        wave = (low + 12, one, two, three, one + 12, three, two, three)
        notes["guitar"] = [
            Note(begin + step / 2, beats - step / 2, pitch, 88 if step % 4 == 0 else 70)
            for step, pitch in enumerate(wave)
        ]
    if role == "chorus":
        notes["guitar"] = [
            Note(begin + step + i * 0.02, 0.45, pitch, 96 if step in (0, 2) else 76)
            for step in (0, 0.75, 1.5, 2, 2.5, 3, 3.5)
            for i, pitch in enumerate((two, three, one + 12))
        ]
        notes["synth"] = [Note(begin + k / 2, 0.46, low + 12 * (k == 7), 100) for k in range(8)]
    if role == "verse":
        line = ((0, 1.4, 0), (1.5, 0.45, 0), (2, 0.9, 0), (3, 0.45, 7), (3.5, 0.45, 12))
        notes["bass"] = [Note(begin + at, n, low + up, 96) for at, n, up in line]
    if role == "build":
        wave = (one, two, three, one + 12, two + 12, one + 12, three, two)
        notes["arp"] = [
            Note(begin + k / 4, 0.25, wave[k % 8], 80 + 20 * (k % 4 == 0))
            for k in range(int((stop - begin) * 4))
        ]
        notes["pad"] = [replace(note, length=stop - begin) for note in notes["pad"]]
    if role == "outro":
        notes["synth"] = [Note(begin, beats * 0.95, low, 104)]
        strings = (low + 12, low + 19, one + 12, two + 12, three + 12)
        notes["guitar"] = [Note(begin + i * 0.03, beats, p, 104) for i, p in enumerate(strings)]
    return notes


def drum(section: Section) -> list[Note]:
    """What the drummer plays in a section."""
    bars = [section.at + bar for bar in range(0, int(section.end - section.at), 4)]
    hits: list[tuple[float, str, int]] = []
    if section.role in ("verse", "chorus", "outro"):
        hits.append((section.at, "crash", 112))
    for bar in bars:
        last = bar == bars[-1]
        if section.role == "intro" and bar >= bars[2]:
            hits += [(bar + k, "kick", 92) for k in range(4)]
            hits += [(bar + k / 2, "hhc", 84 if k % 2 else 66) for k in range(8)]
        if section.role == "verse":
            hits += [(bar + k, "kick", v) for k, v in ((0, 112), (1.5, 94), (2, 106))]
            hits += [(bar + 1, "snare", 108), (bar + 3, "snare", 112)]
            hits += [(bar + k / 2, "hhc", 70 if k % 2 else 92) for k in range(7 + (bar % 8 == 0))]
            hits += [(bar + 3.5, "hho", 84)] if bar % 8 else []
        if section.role == "chorus":
            hits += [(bar + k, "kick", 116 if k % 2 == 0 else 110) for k in range(4)]
            hits += [(bar + 1, "snare", 114), (bar + 3, "snare", 118)]
            hits += [(bar + k + 0.5, "hho", 98) for k in range(4)]
            hits += [(bar + k, "hhc", 84) for k in range(4)]
            hits += [(bar + k + 0.75, "hhc", 58) for k in range(4)]
            hits += [(bar, "crash", 104)] if bar == section.at + 16 else []
        if section.role == "build":
            step = (1.0, 0.5, 0.25, 0.25)[bars.index(bar)]
            for k in range(int((3 if last else 4) / step)):
                progress = (bar - section.at + k * step) / 15
                hits.append((bar + k * step, "snare", round(52 + 66 * progress)))
            hits += [(bar + k, "kick", 104) for k in range(4) if bar < bars[2]]
        if section.role in ("intro", "verse", "chorus") and last:  # fill
            hits = [h for h in hits if h[0] < bar + 3 or h[1] == "kick"]
            fill = ("snare", "tom1", "tom2", "tom3")
            hits += [(bar + 3 + k / 4, piece, 102 + 5 * k) for k, piece in enumerate(fill)]
    if section.role == "outro":
        hits += [(section.at + k, piece, 108) for k in (0, 2) for piece in ("kick", "snare")]
        hits += [(section.at + 3 + k / 4, f"tom{1 + k // 2}", 100 + 4 * k) for k in range(4)]
        hits += [(section.at + 4, piece, 122) for piece in ("kick", "crash")]
    return [Note(at, 1, piece, velocity) for at, piece, velocity in hits]


def perform(score: Score, rng: np.random.Generator) -> Score:
    """The score as people play it, in seconds: a little beside the grid, never twice as hard."""
    loose = {"drums": 0.003, "guitar": 0.005, "keys": 0.006, "bass": 0.004}  # seconds

    def play(note: Note, scatter: float) -> Note:
        late = float(np.clip(rng.normal(0, 1), -2, 2)) * scatter
        velocity = int(np.clip(note.velocity + rng.normal(0, 4), 20, 127))
        return Note(seconds(note.at) + late, note.length * BEAT, note.what, velocity)

    return {
        stem: sorted((play(n, loose.get(stem, 0)) for n in notes), key=lambda note: note.at)
        for stem, notes in score.items()
    }


def seconds(beats: float) -> float:
    """Seconds into the recording."""
    return START + beats * BEAT


def stamp(beats: float) -> float:
    """Seconds as they are written into the truth."""
    return round(seconds(beats), 4)


def brightness(curve: tuple[tuple[float, float], ...], samples: int) -> Sound:
    """A filter's cutoff in Hz per sample, through points (beat, Hz) on a log scale."""
    beats, hertz = np.array(curve).T
    at = (np.arange(samples) / RATE - START) / BEAT
    cutoff: Sound = np.exp(np.interp(at, beats, np.log(hertz)))
    return cutoff


def stems(played: Score, material: Path, rng: np.random.Generator) -> dict[str, Sound]:
    """Every stem, dry, mono or stereo, at any level."""
    samples = round((seconds(form()[-1].end) + TAIL) * RATE)
    emily = instruments.load(material / "guitar-bass/emily.zip", "emily/")
    growly = instruments.load(material / "guitar-bass/growlybass.zip", "growlybass/")
    voices: dict[str, Callable[[Note, int], Sound]] = {
        "bass": lambda note, take: instruments.sampled(growly, note, take),
        "guitar": lambda note, take: instruments.sampled(emily, note, take),
        "synth": lambda note, _: instruments.synth_bass(note),
        "keys": lambda note, _: instruments.electric_piano(note),
        "lead": lambda note, _: instruments.lead(note),
        "arp": lambda note, _: instruments.pluck(note),
    }
    out = {stem: np.zeros(samples) for stem in voices}
    for stem, voice in voices.items():
        for take, note in enumerate(played[stem]):
            instruments.add(out[stem], voice(note, take), note.at)
    out["guitar"] = instruments.equalise(out["guitar"], 120, 9000)
    out["arp"] = instruments.sweep(out["arp"], brightness(ARP, samples), 0.5)
    out["pad"] = instruments.pad(played["pad"], samples, brightness(PAD, samples))
    out["pad"] = instruments.equalise(out["pad"], 160, 16_000)
    kit = material / "drum-oneshots"
    out["drums"] = instruments.drums(played["drums"], samples, kit, rng)
    out["rise"] = np.zeros((samples, 2))
    build = next(section for section in form() if section.role == "build")
    noise = instruments.riser((build.end - 1 - build.at) * BEAT, rng)
    instruments.add(out["rise"], noise, seconds(build.at))
    return out


def mix(tracks: dict[str, Sound], kicks: list[float], rng: np.random.Generator) -> Sound:
    """All stems at their loudness and place, with room and echo."""
    samples = len(tracks["drums"])
    dry, room, repeats = (np.zeros((samples, 2)) for _ in range(3))
    for stem, (loud, pan, room_db, echo_db, depth) in STEMS.items():
        track = instruments.panned(tracks[stem], pan)
        track = track * 10 ** ((loud - instruments.loudness(track)) / 20)
        track *= instruments.duck(samples, kicks, depth)[:, None]
        dry += track
        room += track * 10 ** (room_db / 20)
        repeats += track * 10 ** (echo_db / 20)
    repeats = instruments.echo(repeats, 0.75 * BEAT)
    whole = dry + repeats + instruments.reverb(room + repeats / 3, rng)
    ride = np.ones(samples)
    for section in form():
        first, last = (round(seconds(at) * RATE) for at in (section.at, section.end))
        ride[first:last] = 10 ** (RIDE.get(section.role, 0.0) / 20)
    return whole * instruments.smooth(ride)[:, None]


def truth(drums: list[Note]) -> dict[str, Any]:
    """What a listener should find; drums as they were played."""
    sections = form()
    beats = range(round(sections[-1].end) - 3)  # the last chord rings without a pulse
    chords: list[dict[str, Any]] = []
    for start, end, name in (chord for section in sections for chord in section.chords):
        label = f"{name.rstrip('m')}:{'min' if name.endswith('m') else 'maj'}"
        if chords and chords[-1]["label"] == label:
            chords[-1]["end"] = stamp(end)
        else:
            chords.append({"start": stamp(start), "end": stamp(end), "label": label})
    return {
        "title": "Bridge Lights",
        "licence": "Apache-2.0, as dawbridge",
        "duration": round(seconds(sections[-1].end) + TAIL, 4),
        "tempo": TEMPO,
        "meter": "4/4",
        "beats": [stamp(beat) for beat in beats],
        "downbeats": [stamp(beat) for beat in beats[::4]],
        "key": "E minor",
        "chords": chords,
        "sections": [
            {"start": stamp(s.at), "end": stamp(s.end), "label": s.letter, "role": s.role}
            for s in sections
        ],
        "drums": [
            {"time": round(hit.at, 4), "class": KINDS[str(hit.what)], "velocity": hit.velocity}
            for hit in drums
        ],
    }


def main() -> None:
    """Play, record, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--material", type=Path, default=ROOT.parent / "shared" / "training")
    parser.add_argument("--out", type=Path, default=ROOT / "bridge" / "demo")
    options = parser.parse_args()
    rng = np.random.default_rng(122)
    played = perform(compose(), rng)
    kicks = [note.at for note in played["drums"] if note.what == "kick"]
    song = mix(stems(played, options.material, rng), kicks, rng)
    song = instruments.fade(instruments.master(song, LOUD, PEAK), 0.01, TAIL + BEAT)
    instruments.write_ogg(options.out / "song.ogg", song)
    (options.out / "song.json").write_text(json.dumps(truth(played["drums"])) + "\n")


if __name__ == "__main__":
    main()
