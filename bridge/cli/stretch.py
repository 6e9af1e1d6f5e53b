"""Which stretch of a recording is meant: a riff, a section, the chorus, a take, from-to."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.errors import BridgeError

if TYPE_CHECKING:
    from bridge.recordings.facts import Recording, Riff, Section, Span, Take
    from bridge.recordings.findings import Findings

NEARLY = 0.5  # seconds that a time may lie behind the end: what is shown is rounded


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line; `start` and `end` as recorders show them."""

    take: str | None = None
    riff: str | None = None
    section: str | None = None
    chorus: bool = False
    start: str | None = None
    end: str | None = None

    def is_nothing(self) -> bool:
        """Whether the whole recording is meant."""
        return self == Asked()


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is meant. take: the one that it lies in; name: for the file."""

    span: Span
    take: Take | None
    name: str


def stretch_of(recording: Recording, findings: Findings | None, asked: Asked) -> Stretch:
    """The stretch that is meant. Raises BridgeError naming what there is."""
    from bridge.recordings.facts import Span
    from bridge.recordings.taste import find_chorus

    ways = (asked.riff is not None, asked.section is not None, asked.chorus)
    if sum(ways) + (asked.start is not None or asked.end is not None) > 1:
        raise BridgeError(
            "Two stretches at once cannot be meant",
            cause="--riff, --section, --chorus and --from/--to name different ones",
            remedy="give one of them",
        )
    if asked.start is not None or asked.end is not None:
        from bridge.cli.summary import clock

        start = seconds_of(asked.start) if asked.start is not None else 0.0
        end = seconds_of(asked.end) if asked.end is not None else recording.duration
        if end > recording.duration + NEARLY:
            raise BridgeError(
                f"{asked.end} lies behind the end of the recording",
                cause=f"it ends at {clock(recording.duration)}",
                remedy="leave --to out to go on to its end",
            )
        if start >= recording.duration:
            raise BridgeError(
                f"{asked.start} lies behind the end of the recording",
                cause=f"it ends at {clock(recording.duration)}",
                remedy="choose an earlier --from",
            )
        if end <= start:
            raise BridgeError(
                f"--to {asked.end} comes before --from {asked.start}"
                if end < start
                else f"--from and --to are both {asked.end}",
                cause="nothing lies between them",
                remedy="give the earlier time with --from, the later one with --to",
            )
        span = Span(start, min(end, recording.duration))
        return Stretch(span, _around(recording.takes, span), f"{start:.0f}s-{span.end:.0f}s")
    takes = _takes(recording, asked.take)
    if asked.riff is not None:
        take, riff = _riff(takes, asked.riff)
        return Stretch(riff.times[riff.best], take, riff.name)
    if asked.section is not None:
        take, section = _section(takes, asked.section)
        return Stretch(_plain(section), take, section.name or section.label)
    if asked.chorus:
        for take in takes:
            found = find_chorus(take.sections, take.riffs, findings) if findings else None
            if found:
                return Stretch(_plain(found), take, "chorus")
        raise BridgeError(
            "No chorus was found",
            cause="no section of it comes back"
            if findings
            else "what was heard of the recording is not kept any more",
            remedy="choose --section, --riff or --from and --to"
            if findings
            else "`dawbridge analyze --again decode` hears it again",
        )
    if asked.take is not None:
        return Stretch(_plain(takes[0]), takes[0], takes[0].name)
    span = Span(0.0, recording.duration)
    return Stretch(span, takes[0] if len(takes) == 1 else None, "")


def riff_of(recording: Recording, asked: Asked) -> Riff:
    """The riff that is meant. Raises BridgeError naming what there is."""
    assert asked.riff is not None
    return _riff(_takes(recording, asked.take), asked.riff)[1]


def _listed(names: Sequence[str], most: int = 24) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def seconds_of(text: str) -> float:
    """12.5, 2:05.25 or 1:02:03, in seconds. Raises BridgeError."""
    try:
        parts = [float(part) for part in text.split(":")]
        seconds = 0.0
        for part in parts:
            seconds = seconds * 60 + part
        fits = all(0 <= part < 60 for part in parts[1:]) and parts[0] >= 0
        if len(parts) > 3 or not math.isfinite(seconds) or not fits:
            raise ValueError
    except ValueError as error:
        raise BridgeError(
            f"{text!r} is no time",
            cause="it is neither seconds nor minutes:seconds",
            remedy="write it as 83.5 or 1:23.5",
        ) from error
    return seconds


def _plain(span: Span) -> Span:
    from bridge.recordings.facts import Span as Plain

    return Plain(span.start, span.end)


def _around(takes: Sequence[Take], span: Span) -> Take | None:
    middle = (span.start + span.end) / 2
    return next((take for take in takes if take.start <= middle < take.end), None)


def _takes(recording: Recording, text: str | None) -> Sequence[Take]:
    takes = recording.takes
    if text is None:
        return takes
    return [takes[place_of(text, [take.name for take in takes])]]


def place_of(text: str, names: Sequence[str]) -> int:
    """Where in a list of takes one is, by its number or name. Raises BridgeError."""
    wanted = {f"take {text}", text.casefold()}
    for place, name in enumerate(names):
        if name.casefold() in wanted:
            return place
    if text.isdecimal() and 1 <= int(text) <= len(names):  # the user has named them
        return int(text) - 1
    raise BridgeError(
        f"There is no take {text!r}",
        cause="there are " + (_listed(names) or "no takes"),
        remedy="give its number or its name as `dawbridge analyze` shows them",
    )


def _riff(takes: Sequence[Take], text: str) -> tuple[Take, Riff]:
    """By its number in its take, its name or its id."""
    if text.isdecimal() and len(takes) > 1:
        raise BridgeError(
            f"Riff {text} of which take?",
            cause=f"there are {_listed([take.name for take in takes])}, each with its own riffs",
            remedy=f"add the take, as in --take 2 --riff {text}",
        )
    wanted = text.casefold()
    riffs = [(take, riff) for take in takes for riff in take.riffs]
    if text.isdecimal() and 1 <= int(text) <= len(riffs):
        return riffs[int(text) - 1]
    for take, riff in riffs:
        if wanted in (riff.id, riff.name.casefold()):
            return take, riff
    raise BridgeError(
        f"There is no riff {text!r}",
        cause="there are " + (_listed([riff.name for _, riff in riffs]) or "no riffs"),
        remedy="give its number or its name as `dawbridge analyze` shows them",
    )


def _section(takes: Sequence[Take], text: str) -> tuple[Take, Section]:
    """The first one with this letter, this name, or both as they stand anywhere: C(break)."""
    wanted = _words(text)
    sections = [(take, section) for take in takes for section in take.sections]
    for take, section in sections:
        letter, name = _words(section.label), _words(section.name or "")
        if wanted and wanted in (letter, name, sorted(letter + name)):
            return take, section
    labels = list(dict.fromkeys(section.label for _, section in sections))
    names = list(dict.fromkeys(section.name for _, section in sections if section.name))
    ways = [f"its letter ({', '.join(labels)})"]
    ways += [f"its name ({', '.join(names)})"] if names else []
    raise BridgeError(
        f"There is no section {text!r}",
        cause="no section has this letter or name" if labels else "no sections were found",
        remedy=f"give {' or '.join(ways)}" if labels else "give --from and --to",
    )


def _words(text: str) -> list[str]:
    return sorted(re.findall(r"\w+", text.casefold()))
