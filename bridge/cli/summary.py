"""What a person reads about an analysed recording: its takes and their riffs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bridge.recordings.facts import Recording, Riff, Take
from bridge.signal.spelling import chord_name
from bridge.sinks.terminal import UNKNOWN

if TYPE_CHECKING:  # analyses are printed where no library is installed, too
    from bridge.library.entries import Entry

RIFF_COLUMNS = ("", "riff", "best at", "times", "bars", "loop", "cool", "nice", "chords")
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
        yield Padding(Text(f"form: {form}"), (0, 0, 0, 2), expand=False)
    if take.riffs:
        yield _riffs(take.riffs)


def _riffs(riffs: tuple[Riff, ...]) -> Text:
    """On a narrow terminal lines are cut at their end, where the chords are."""
    rows = [RIFF_COLUMNS, *(_row(number, riff) for number, riff in enumerate(riffs, 1))]
    widths = [max(len(row[place]) for row in rows) for place in range(len(RIFF_COLUMNS))]
    lines = (
        "  ".join(
            cell.ljust(width) if title in ("riff", "chords") else cell.rjust(width)
            for cell, width, title in zip(row, widths, RIFF_COLUMNS, strict=True)
        ).rstrip()
        for row in rows
    )
    return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")


def _row(number: int, riff: Riff) -> tuple[str, ...]:
    chords = [chord_name(chord) for chord in riff.chords[:CHORDS_SHOWN]]
    return (
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


def list_of(found: Sequence[tuple[Entry, Recording]]) -> Table:
    """Many recordings, one line each."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 1))
    for title in ("recording", "length", "takes", "riffs", "tempo", "key", "best riff"):
        right = title in ("length", "takes", "riffs")
        table.add_column(title, justify="right" if right else "left", no_wrap=True)
    titles = titles_of([entry for entry, _ in found])
    for title, (_, recording) in zip(titles, found, strict=True):
        takes = recording.takes
        riffs = [riff for take in takes for riff in take.riffs]
        best = max(riffs, key=lambda riff: riff.coolness, default=None)
        tempi = [f"{take.grid.tempo:.0f}" for take in takes if take.grid.tempo]
        keys = list(dict.fromkeys(take.key for take in takes if take.key))
        table.add_row(
            Text(title),  # a name may hold brackets, which would be read as colours
            clock(recording.duration),
            str(sum(take.kind == "song" for take in takes)),
            str(len(riffs)),
            _few(tempi),
            _few(keys),
            Text(f"{best.name} at {clock(best.times[best.best].start)}" if best else UNKNOWN),
        )
    return table


def titles_of(entries: Sequence[Entry]) -> list[str]:
    """Names by which recordings can be told apart: the ending is added where two share one."""
    names = [entry.name for entry in entries]
    return [
        f"{entry.name}.{entry.format}" if names.count(entry.name) > 1 else entry.name
        for entry in entries
    ]


def _few(words: Sequence[str], most: int = 3) -> str:
    return ", ".join(words[:most]) + (" …" if len(words) > most else "") or UNKNOWN


def clock(seconds: float) -> str:
    """1:02:03 or 2:03, as recorders show it."""
    if not isfinite(seconds):
        return UNKNOWN
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
