"""A DAWproject: the sound warped to its grid, tempo map, markers, sections, chords and drums.

https://github.com/bitwig/dawproject, version 1.0: a ZIP with project.xml, metadata.xml and audio.
Times are beats, which are quarter notes. Never opened in a DAW by us: it is valid by the format's
schemas, and read back by our own tests.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, SubElement, tostring

from bridge import __version__
from bridge.errors import BridgeError
from bridge.recordings.colours import colour_of
from bridge.recordings.export.material import Material
from bridge.recordings.export.plain import decimal, one_line
from bridge.recordings.export.rows import Row, chord_rows, rows_of
from bridge.recordings.export.ruler import QUARTER
from bridge.recordings.export.sound import Sound, container_for, rewrite
from bridge.recordings.export.strokes import DRUM_CHANNEL, Stroke, strokes
from bridge.recordings.export.tempo_map import Anchor, TempoMap, tempo_map
from bridge.recordings.export.writing import safe_name
from bridge.signal.spelling import chord_notes

AS_IT_IS = {"WAV": ".wav", "WAVEX": ".wav", "FLAC": ".flac"}  # every host finds the same samples
READ_BY_HOSTS = {*AS_IT_IS, "MP3"}  # where the sound is left outside
CHORD_VELOCITY = 72 / 127
MARKED = ("takes", "keys", "sections", "chords")
NEVER = (1980, 1, 1, 0, 0, 0)  # a ZIP's first date: the same facts give the same file
LOWEST_TEMPO, HIGHEST_TEMPO = 20.0, 999.0


@dataclass(frozen=True, slots=True)
class _Clip:
    """A named clip of notes, maybe of none. Quarter notes from the beginning."""

    start: float
    end: float
    name: str
    colour: str
    notes: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class _Lane:
    """A track of such clips."""

    name: str
    colour: str
    clips: tuple[_Clip, ...]


def write_dawproject(material: Material, out: BinaryIO) -> None:
    """The archive. Raises BridgeError where the sound cannot be read."""
    tempi = tempo_map(material.recording.takes)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        file = None
        if material.sound:
            file = _sound(archive, material, material.sound)
        _member(archive, "metadata.xml", _about(material))
        _member(archive, "project.xml", _project(material, tempi, file))


def _sound(archive: zipfile.ZipFile, material: Material, sound: Sound) -> Element:
    """Puts the sound in, unless it stays outside; the reference to it.

    MP3 becomes WAV: programs disagree by up to 50 ms about where an MP3 begins.
    """
    if not material.include:
        return _outside(material, sound)
    name = f"audio/{safe_name(sound.path.stem)}"
    if sound.whole and sound.kind in AS_IT_IS:
        name += AS_IT_IS[sound.kind]
        archive.write(sound.path, name, zipfile.ZIP_STORED)
    else:
        container = container_for(sound)
        name += f".{container.lower()}"
        with tempfile.TemporaryDirectory(prefix=".dawbridge-", dir=material.scratch) as scratch:
            rewritten = Path(scratch) / "sound"
            rewrite(sound, rewritten, container)
            archive.write(rewritten, name, zipfile.ZIP_STORED)
    return Element("File", {"path": name})


def _outside(material: Material, sound: Sound) -> Element:
    if sound.kind not in READ_BY_HOSTS:
        raise BridgeError(
            f"Some DAWs cannot read {sound.path.name}",
            cause="a project that only names its sound needs it as WAV, FLAC or MP3",
            remedy="leave --no-include-audio out: then it becomes WAV inside the project",
        )
    path = sound.path.resolve()
    if material.target and path.is_relative_to(material.target.resolve().parent):
        path = path.relative_to(material.target.resolve().parent)
    return Element("File", {"path": one_line(path.as_posix()), "external": "true"})


def _member(archive: zipfile.ZipFile, name: str, root: Element) -> None:
    about = zipfile.ZipInfo(name, NEVER)
    about.compress_type = zipfile.ZIP_DEFLATED
    about.external_attr = 0o644 << 16
    archive.writestr(about, tostring(root, "utf-8", xml_declaration=True))


def _about(material: Material) -> Element:
    root = Element("MetaData")
    SubElement(root, "Title").text = one_line(material.title)
    SubElement(root, "Comment").text = "Analysed by dawbridge"
    return root


def _project(material: Material, tempi: TempoMap, file: Element | None) -> Element:
    end = tempi.quarter(material.seconds)
    lanes = list(_lanes(material, tempi, end))
    root = Element("Project", {"version": "1.0"})
    SubElement(root, "Application", {"name": "dawbridge", "version": __version__})
    _transport(SubElement(root, "Transport"), tempi)
    structure = SubElement(root, "Structure")
    if file is not None and material.sound:
        channels = str(material.sound.channels)
        name = one_line(material.title) or "Recording"
        _track(structure, "sound", name, "audio", colour_of("sound"), channels)
    for number, lane in enumerate(lanes, 1):
        _track(structure, f"lane{number}", lane.name, "notes", lane.colour, "2")
    _track(structure, "master", "Master", "audio notes", None, "2")
    arrangement = SubElement(root, "Arrangement", {"id": "arrangement"})
    whole = SubElement(arrangement, "Lanes", {"timeUnit": "beats", "id": "lanes"})
    if file is not None and material.sound:
        _audio(whole, material, material.sound, tempi, file)
    for number, lane in enumerate(lanes, 1):
        _clips(whole, f"lane{number}", lane)
    _markers(arrangement, material, tempi)
    _automation(arrangement, tempi)
    SubElement(root, "Scenes")
    return root


def _transport(transport: Element, tempi: TempoMap) -> None:
    """The tempo of the music's first bar, for hosts that read no tempo map."""
    every = [tempo.bpm for tempo in tempi.pace.steps]
    first = tempi.metres[0]
    SubElement(
        transport,
        "Tempo",
        {
            "id": "tempo",
            "name": "Tempo",
            "unit": "bpm",
            "min": decimal(min(LOWEST_TEMPO, *every)),
            "max": decimal(max(HIGHEST_TEMPO, *every)),
            "value": decimal(tempi.first),
        },
    )
    metre = {"numerator": str(first.upper), "denominator": str(first.lower)}
    SubElement(transport, "TimeSignature", {"id": "metre", **metre})


def _track(
    structure: Element, id: str, name: str, content: str, colour: str | None, channels: str
) -> None:
    about = {"contentType": content, "loaded": "true", "id": id, "name": name}
    track = SubElement(structure, "Track", about | ({"color": colour} if colour else {}))
    role = (
        {"role": "master"} if id == "master" else {"role": "regular", "destination": "out-master"}
    )
    channel = SubElement(
        track,
        "Channel",
        {"audioChannels": channels, "solo": "false", "id": f"out-{id}", **role},
    )
    SubElement(channel, "Mute", {"id": f"mute-{id}", "name": "Mute", "value": "false"})
    SubElement(
        channel,
        "Pan",
        {"id": f"pan-{id}", "name": "Pan", "unit": "normalized", "min": "0", "max": "1",
         "value": "0.5"},
    )  # fmt: skip
    SubElement(
        channel,
        "Volume",
        {"id": f"volume-{id}", "name": "Volume", "unit": "linear", "min": "0", "max": "2",
         "value": "1"},
    )  # fmt: skip


def _audio(
    lanes: Element, material: Material, sound: Sound, tempi: TempoMap, file: Element
) -> None:
    """One clip over all of it, pinned at each bar line: it sounds as it was played."""
    end = tempi.quarter(sound.seconds)
    lane = SubElement(lanes, "Lanes", {"track": "sound", "id": "lane-sound"})
    clips = SubElement(lane, "Clips", {"id": "clips-sound"})
    clip = SubElement(
        clips,
        "Clip",
        {
            "time": "0",
            "duration": decimal(end),
            "contentTimeUnit": "beats",
            "playStart": "0",
            "fadeTimeUnit": "beats",
            "fadeInTime": "0",
            "fadeOutTime": "0",
            "name": one_line(material.title) or "Recording",
        },
    )
    warps = SubElement(clip, "Warps", {"contentTimeUnit": "seconds", "timeUnit": "beats"})
    rewritten = material.include and not sound.whole
    before = 0.0 if rewritten else sound.start
    audio = SubElement(
        warps,
        "Audio",
        {
            "channels": str(sound.channels),
            "sampleRate": str(sound.rate),
            "duration": decimal((sound.frames if rewritten else sound.total) / sound.rate),
            "timeUnit": "seconds",
        },
    )
    audio.append(file)
    for pin in _pins(tempi, sound.seconds, end):
        SubElement(
            warps, "Warp", {"time": decimal(pin.quarter), "contentTime": decimal(before + pin.at)}
        )


def _pins(tempi: TempoMap, seconds: float, end: float) -> list[Anchor]:
    """Begin, bar lines, end: ascending in both."""
    inside = [pin for pin in tempi.anchors if 0 < pin.quarter < end and 0 < pin.at < seconds]
    return [Anchor(0.0, 0.0), *inside, Anchor(end, seconds)]


def _clips(lanes: Element, track: str, lane: _Lane) -> None:
    about = SubElement(lanes, "Lanes", {"track": track, "id": f"lane-{track}"})
    clips = SubElement(about, "Clips", {"id": f"clips-{track}"})
    for each in lane.clips:
        clip = SubElement(
            clips,
            "Clip",
            {
                "time": decimal(each.start),
                "duration": decimal(each.end - each.start),
                "contentTimeUnit": "beats",
                "playStart": "0",
                "name": each.name,
                "color": each.colour,
            },
        )
        SubElement(clip, "Notes").extend(each.notes)


def _lanes(material: Material, tempi: TempoMap, end: float) -> Iterator[_Lane]:
    """Takes, sections, riffs and chords as named clips, drums as notes."""
    for kind in ("takes", "sections", "riffs"):
        if kind in material.kinds:
            rows = rows_of(material.recording, (kind,))
            clips = [clip for _, clip in _placed(rows, tempi)]
            for number, some in enumerate(_apart(clips), 1):
                name = kind.capitalize() + (f" {number}" if number > 1 else "")
                yield _Lane(name, colour_of(kind.removesuffix("s")), tuple(some))
    if "chords" in material.kinds:
        for lane in _apart(_chords(material, tempi)):
            yield _Lane("Chords", colour_of("chord"), tuple(lane))
    if "drums" in material.kinds:
        played = sorted(strokes(material.recording.hits, tempi.ticks), key=_when)
        if played:
            behind = max(end, *(stroke.end / QUARTER for stroke in played))
            notes = tuple(_note(stroke) for stroke in played)
            colour = colour_of("drums")
            clip = _Clip(0.0, behind, "Drums", colour, notes)
            yield _Lane("Drums", colour, (clip,))


def _when(stroke: Stroke) -> tuple[int, int]:
    return stroke.start, stroke.note


def _note(stroke: Stroke) -> Element:
    return _sounding(
        stroke.start / QUARTER,
        (stroke.end - stroke.start) / QUARTER,
        DRUM_CHANNEL,
        stroke.note,
        stroke.velocity / 127,
    )


def _sounding(time: float, duration: float, channel: int, key: int, velocity: float) -> Element:
    return Element(
        "Note",
        {
            "time": decimal(time),
            "duration": decimal(duration),
            "channel": str(channel),
            "key": str(key),
            "vel": decimal(velocity, 6),
            "rel": decimal(velocity, 6),
        },
    )


def _placed(rows: Sequence[Row], tempi: TempoMap) -> list[tuple[Row, _Clip]]:
    """Each with its clip; what has no length in quarter notes has none."""
    starts = tempi.quarters([row.start for row in rows])
    ends = tempi.quarters([row.start if row.end is None else row.end for row in rows])
    return [
        (row, _Clip(float(start), float(end), one_line(row.label), row.colour))
        for row, start, end in zip(rows, starts, ends, strict=True)
        if end > start
    ]


def _chords(material: Material, tempi: TempoMap) -> list[_Clip]:
    """Each with its notes."""
    return [
        replace(clip, notes=tuple(_harmony(str(row.more["harte"]), clip.end - clip.start)))
        for row, clip in _placed(chord_rows(material.recording), tempi)
    ]


def _harmony(label: str, duration: float) -> Iterator[Element]:
    for key in chord_notes(label):
        yield _sounding(0.0, duration, 0, key, CHORD_VELOCITY)


def _apart(clips: Sequence[_Clip]) -> list[list[_Clip]]:
    """On as many tracks as are needed so that no two overlap."""
    tracks: list[list[_Clip]] = []
    for clip in clips:
        free = next((track for track in tracks if track[-1].end <= clip.start + 1 / QUARTER), None)
        if free is None:
            tracks.append([clip])
            continue
        last = free[-1]
        if last.end > clip.start:  # by less than a tick: rounding
            free[-1] = replace(last, end=clip.start)
        free.append(clip)
    return tracks


def _markers(arrangement: Element, material: Material, tempi: TempoMap) -> None:
    kinds = tuple(kind for kind in material.kinds if kind in MARKED)
    rows = rows_of(material.recording, kinds)
    if not rows:
        return  # a list of markers may not be empty
    markers = SubElement(arrangement, "Markers", {"timeUnit": "beats", "id": "markers"})
    for row, at in zip(rows, tempi.quarters([row.start for row in rows]), strict=True):
        name = one_line(row.label)
        about = {
            "time": decimal(float(at)),
            "name": f"Key: {name}" if row.kind == "keys" else name,
            "comment": row.kind,
        }
        SubElement(markers, "Marker", about | {"color": row.colour})


def _automation(arrangement: Element, tempi: TempoMap) -> None:
    unit = {"timeUnit": "beats"}
    points = SubElement(arrangement, "TempoAutomation", {"id": "tempi", "unit": "bpm", **unit})
    SubElement(points, "Target", {"parameter": "tempo"})
    for tempo in tempi.pace.steps:
        SubElement(
            points,
            "RealPoint",
            {
                "time": decimal(tempo.quarter),
                "value": decimal(tempo.bpm),
                "interpolation": "hold",
            },
        )
    points = SubElement(arrangement, "TimeSignatureAutomation", {"id": "metres", **unit})
    SubElement(points, "Target", {"parameter": "metre"})
    for metre in tempi.metres:
        SubElement(
            points,
            "TimeSignaturePoint",
            {
                "time": decimal(metre.quarter),
                "numerator": str(metre.upper),
                "denominator": str(metre.lower),
            },
        )
