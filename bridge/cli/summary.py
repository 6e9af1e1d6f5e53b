"""What a person reads about an analysed recording: its takes and their riffs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bridge.recordings.facts import Recording, Riff, Take
from bridge.sinks.terminal import UNKNOWN, chord_name

if TYPE_CHECKING:  # analyses are printed where no library is installed, too
    from bridge.library.entries import Entry

CHORDS_SHOWN = 8
IN_TUNE = 5.0  # cents from A = 440 Hz that are worth no word


def summary_of(recording: Recording, title: str) -> RenderableType:
    """A heading, and for each take a line, its form and a table of its riffs."""
    count = sum(take.kind == "song" for take in recording.takes)
    takes = "no music was found" if not count else "1 take" if count == 1 else f"{count} takes"
    heading = Text(f"{title}  {clock(recording.duration)}  {takes}", style="bold")
    return Group(heading, *(part for take in recording.takes for part in _take(take)))


def take_summary(take: Take, corrections: int) -> RenderableType:
    """A take with its grid: where bars begin and what was corrected."""
    ones = take.grid.downbeats
    bars = f"{len(take.grid.beats)} beats in {len(ones)} bars"
    first = f", the first bar at {ones[0]:.3f} s" if ones else ""
    done = {0: "as it was found", 1: "1 correction"}.get(corrections, f"{corrections} corrections")
    return Group(*_take(take), Text(f"  grid: {bars}{first}; {done}"))


def _take(take: Take) -> Iterator[RenderableType]:
    tempo = f"{take.grid.tempo:.0f} BPM" if take.grid.tempo else "no beat"
    facts = [tempo, take.grid.metre if take.grid.beats else "", take.key or "no key", take.genre]
    if abs(take.tuning_cents) >= IN_TUNE:
        facts.append(f"A = {440 * 2 ** (take.tuning_cents / 1200):.1f} Hz")
    shown = "  ".join(fact for fact in facts if fact and fact != "unknown")
    yield Text(f"\n{take.name}  {clock(take.start)}–{clock(take.end)}  {shown}", style="bold")
    if take.sections:
        form = " ".join(
            f"{section.label}({section.name})" if section.name else section.label
            for section in take.sections
        )
        yield Text(f"  form: {form}")
    if take.riffs:
        yield _riffs(take.riffs)


def _riffs(riffs: tuple[Riff, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 1))
    for title, side in (
        ("", "right"),
        ("riff", "left"),
        ("best at", "right"),
        ("times", "right"),
        ("bars", "right"),
        ("loop", "right"),
        ("cool", "right"),
        ("nice", "right"),
        ("chords", "left"),
    ):
        table.add_column(title, justify="right" if side == "right" else "left", no_wrap=True)
    for number, riff in enumerate(riffs, 1):
        chords = [chord_name(chord) for chord in riff.chords[:CHORDS_SHOWN]]
        table.add_row(
            str(number),
            riff.name,
            clock(riff.times[riff.best].start),
            str(len(riff.times)),
            f"{riff.bars:g}",
            str(riff.loop_bars) if riff.loop_bars else "longer",
            f"{riff.coolness:.1f}",
            f"{riff.niceness:.0f}",
            " ".join(chords) + (" …" if len(riff.chords) > CHORDS_SHOWN else "") or UNKNOWN,
        )
    return table


def list_of(found: Sequence[tuple[Entry, Recording]]) -> Table:
    """Many recordings, one line each."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 1))
    for title in ("recording", "length", "takes", "riffs", "tempo", "key", "best riff"):
        right = title in ("length", "takes", "riffs")
        table.add_column(title, justify="right" if right else "left", no_wrap=True)
    for entry, recording in found:
        takes = recording.takes
        riffs = [riff for take in takes for riff in take.riffs]
        best = max(riffs, key=lambda riff: riff.coolness, default=None)
        tempi = [f"{take.grid.tempo:.0f}" for take in takes if take.grid.tempo]
        keys = list(dict.fromkeys(take.key for take in takes if take.key))
        table.add_row(
            entry.name,
            clock(recording.duration),
            str(sum(take.kind == "song" for take in takes)),
            str(len(riffs)),
            _few(tempi),
            _few(keys),
            f"{best.name} at {clock(best.times[best.best].start)}" if best else UNKNOWN,
        )
    return table


def _few(words: Sequence[str], most: int = 3) -> str:
    return ", ".join(words[:most]) + (" …" if len(words) > most else "") or UNKNOWN


def clock(seconds: float) -> str:
    """1:02:03 or 2:03, as recorders show it."""
    if not isfinite(seconds):
        return UNKNOWN
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
