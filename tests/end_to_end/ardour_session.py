"""A saved Ardour 7 session, read from its file: markers, ranges, regions, notes, in samples.

Times stand there as `a` and a number of superclock ticks, or `b` and 1/1920 quarter notes;
`length@position` is a span. Beats are placed by the tempo map, whose tempos are all constant.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import mido

SUPERCLOCK = 282_240_000  # ticks a second
TICKS = 1920  # of a quarter note


@dataclass(frozen=True, slots=True)
class Place:
    """A marker or a range; a marker ends where it begins."""

    id: str
    name: str
    start: int
    end: int
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Region:
    """A region on a track; `offset`: samples into its file where it begins."""

    track: str
    name: str
    at: int
    length: int
    offset: int
    file: Path


@dataclass(frozen=True, slots=True)
class SessionNote:
    """A note where it lies in the session."""

    at: float
    length: float
    pitch: int
    velocity: int
    channel: int


class SavedSession:
    """The session of a file as it is now."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._root = ET.parse(path).getroot()
        self.rate = int(self._root.attrib["sample-rate"])
        # (quarter notes, seconds, quarter notes a minute) where each tempo begins
        self.tempos = [
            (_quarters(each), int(each.attrib["sclock"]) / SUPERCLOCK, _tempo(each))
            for each in self._root.findall(".//TempoMap/Tempos/Tempo")
        ] or [(0.0, 0.0, 120.0)]

    def places(self) -> list[Place]:
        """Every marker and range, in order of time."""
        found = []
        for each in self._root.findall("./Locations/Location"):
            start, end = (round(self._samples(each.attrib[name])) for name in ("start", "end"))
            flags = frozenset(each.attrib["flags"].split(","))
            found.append(Place(each.attrib["id"], each.attrib["name"], start, end, flags))
        return sorted(found, key=lambda place: (place.start, place.name))

    def markers(self) -> list[Place]:
        """The plain markers."""
        return [place for place in self.places() if "IsMark" in place.flags]

    def ranges(self) -> list[Place]:
        """The plain ranges: not the session's own, nor loop or punch."""
        return [place for place in self.places() if place.flags == {"IsRangeMarker"}]

    def tracks(self) -> list[str]:
        """Names of the tracks."""
        return list(self._playlists().values())

    def regions(self, track: str | None = None) -> list[Region]:
        """What lies on the tracks, or on one of them."""
        tracks, sources, found = self._playlists(), self._sources(), []
        for playlist in self._root.findall("./Playlists/Playlist"):
            name = tracks.get(playlist.attrib["id"])
            if name is None or track not in (None, name):
                continue
            for each in playlist.findall("Region"):
                length, at = each.attrib["length"].split("@")
                found.append(
                    Region(
                        name,
                        each.attrib["name"],
                        round(self._samples(at)),
                        round(self._samples(length)),
                        round(self._samples(each.attrib["start"].split("@")[0])),
                        sources[each.attrib["source-0"]],
                    )
                )
        return sorted(found, key=lambda region: region.at)

    def notes(self, track: str) -> list[SessionNote]:
        """The notes that are seen on a track."""
        found = []
        for region in self.regions(track):
            song = mido.MidiFile(region.file)
            origin = self._quarter_at(region.at - region.offset)
            open_notes: dict[tuple[int, int], tuple[float, int]] = {}
            ticks = 0
            for message in mido.merge_tracks(song.tracks):
                ticks += message.time
                now = self._sample_at(origin + ticks / song.ticks_per_beat)
                if message.type not in ("note_on", "note_off"):
                    continue
                key = (message.channel, message.note)
                if message.type == "note_on" and message.velocity:
                    open_notes[key] = (now, message.velocity)
                elif key in open_notes:
                    begin, velocity = open_notes.pop(key)
                    if 0 <= begin - region.at < region.length:
                        found.append(SessionNote(begin, now - begin, key[1], velocity, key[0]))
        return sorted(found, key=lambda note: (note.at, note.pitch))

    def _samples(self, text: str) -> float:
        unit, number = text[0], int(text[1:])
        if unit == "a":
            return number * self.rate / SUPERCLOCK
        return self._sample_at(number / TICKS)

    def _sample_at(self, quarter: float) -> float:
        quarters, seconds, tempo = max(each for each in self.tempos if each[0] <= quarter + 1e-9)
        return (seconds + (quarter - quarters) * 60 / tempo) * self.rate

    def _quarter_at(self, sample: float) -> float:
        second = sample / self.rate
        quarters, seconds, tempo = max(each for each in self.tempos if each[1] <= second + 1e-9)
        return quarters + (second - seconds) * tempo / 60

    def _playlists(self) -> dict[str, str]:
        """Track names by the number of the playlist that is heard."""
        found = {}
        for route in self._root.findall("./Routes/Route"):
            playlist = route.get("audio-playlist") or route.get("midi-playlist")
            if playlist:
                found[playlist] = route.attrib["name"]
        return found

    def _sources(self) -> dict[str, Path]:
        folders = {"audio": "audiofiles", "midi": "midifiles"}
        media = self.path.parent / "interchange" / self.path.parent.name
        return {
            each.attrib["id"]: media / folders[each.attrib["type"]] / each.attrib["name"]
            for each in self._root.findall("./Sources/Source")
        }


def _quarters(tempo: ET.Element) -> float:
    whole, ticks = tempo.attrib["quarters"].split(":")
    return int(whole) + int(ticks) / TICKS


def _tempo(tempo: ET.Element) -> float:
    """Quarter notes a minute: what stands there counts notes of its own kind."""
    return float(tempo.attrib["npm"]) * 4 / int(tempo.attrib["note-type"])
