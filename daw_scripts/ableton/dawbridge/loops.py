"""Loops: sound files in session slots, warped to the tempo that the file has.

What Live does with a setting it does later, and settings of warping and looping in one tick have
crashed it (mended in 12.1.5): each step takes a tick of its own.
"""

from pathlib import Path

from . import tracks
from .clips import free_slot
from .cues import LATER, PATIENCE
from .desk import NEAR, alive
from .facts import colour_of, lane_of
from .words import Refused

MODES = {
    "beats": 0, "tones": 1, "texture": 2, "repitch": 3, "complex": 4, "complex_pro": 6
}  # fmt: skip


def put(desk, fact, clip, wanted=None):
    """Puts the file into a slot of the loops' track, or names the clip anew.

    `wanted`: slot from 0. Gives clip and track name. Generator.
    """
    lane = lane_of(fact)
    if clip is not None and _file(clip) == fact.path:
        desk.name(clip, fact.name)
        return clip, lane
    if not desk.takes_loops:
        raise Refused(
            "this Live cannot take sound from a script; drag the loop from its folder: "
            f"{Path(fact.path).parent}"
        )
    if not Path(fact.path).is_file():
        raise Refused(f"the file of the loop is gone: {fact.path}")
    track = tracks.lane(desk, lane, True)
    if track.is_frozen:
        raise Refused(f"the track '{track.name}' is frozen; unfreeze it")
    if clip is not None:  # the loop became another file: in its place
        slot = clip.canonical_parent
        slot.delete_clip()
        yield LATER
    else:
        slot = free_slot(desk, track, wanted)
    slot.create_audio_clip(fact.path)
    yield LATER
    clip = slot.clip
    if not alive(clip):
        raise Refused(f"Live could not read {fact.path}")
    desk.name(clip, fact.name)
    colour = colour_of(fact)
    if colour is not None:
        clip.color = colour
    yield from _warp(desk, fact, clip)
    return clip, lane


def _warp(desk, fact, clip):
    """Warping on, the tempo of the file, the loop around its beats: in that order."""
    clip.warping = True
    yield from _until(desk, lambda: clip.warping)
    mode = MODES.get(desk.settings["warp"], 4)
    if mode in list(clip.available_warp_modes) and clip.warp_mode != mode:
        clip.warp_mode = mode
        yield from _until(desk, lambda: clip.warp_mode == mode)
    first, last = 0.0, fact.beats
    if fact.tempo and fact.beats and fact.beats > 0:
        exact = yield from _markers(desk, clip, fact)
        if not exact:  # Live's own idea of the tempo: the loop still holds the right sound
            first = beat_at(seconds_of(clip), fact.offset)
            last = beat_at(seconds_of(clip), fact.offset + fact.beats * 60.0 / fact.tempo)
            desk.say.now(f"Live kept its own tempo for '{fact.name}'; warp it by hand")
    if not last or last - first < 1e-3:
        return
    clip.looping = True
    yield from _until(desk, lambda: clip.looping)
    # Each end must stay beyond the other while they move.
    if first >= clip.loop_end:
        clip.loop_end = last
        clip.loop_start = first
    else:
        clip.loop_start = first
        clip.loop_end = last
    yield LATER
    if first >= clip.end_marker:
        clip.end_marker = last
        clip.start_marker = first
    else:
        clip.start_marker = first
        clip.end_marker = last
    yield LATER


def _markers(desk, clip, fact):
    """Two warp markers: the loop's first and last beat. Gives whether Live took them."""
    begin, tempo = fact.offset, fact.tempo
    until = min(begin + fact.beats * 60.0 / tempo, _length(clip))
    scale = samples_in_second(clip)

    # A second try keeps off the very end of the file, where Live might take no marker.
    def fits():
        found = seconds_of(clip)
        return len(found) >= 2 and all(
            abs(beat_at(found, at) - (at - begin) * tempo / 60.0) < NEAR
            for at in (begin, until - 0.005)
        )

    for edge in (until, until - 0.005):
        found = seconds_of(clip)
        if fits():
            return True
        if not desk.adds_warp or not 5.0 <= tempo <= 999.0:
            return False
        try:
            # All but the first and the hidden last go, then the first to its beat.
            for _, beat in reversed(found[1:-1]):
                clip.remove_warp_marker(beat)
            yield from _until(desk, lambda: len(seconds_of(clip)) <= 2)
            at, beat = seconds_of(clip)[0]
            right = (at - begin) * tempo / 60.0
            far = beat + (edge - at) * tempo / 60.0
            if at < edge - 1e-3:
                clip.add_warp_marker(desk.live.Clip.WarpMarker(edge * scale, far))
                yield from _until(desk, lambda: len(seconds_of(clip)) > 2)
            if abs(right - beat) > 1e-6:
                # The farther marker first, so that they never meet.
                for each in (far, beat) if right > beat else (beat, far):
                    clip.move_warp_marker(each, right - beat)
                    yield LATER
        except Exception:
            desk.say.error("warp markers")
        yield from _until(desk, fits)
    return fits()


def _until(desk, true):
    """At least a tick; more until it is true, or Live has had its time."""
    until = desk.clock() + PATIENCE
    yield LATER
    while not true() and desk.clock() < until:
        yield LATER


def _length(clip):
    """Seconds of the file."""
    try:
        return clip.sample_length / float(clip.sample_rate)
    except Exception:  # it does not say
        return 1e9


def samples_in_second(clip):
    """1, or the clip's rate in a Live whose warp markers count samples.

    What its markers say tells which: Live keeps every stretch between 5 and 999 BPM.
    """
    found = [(marker.sample_time, marker.beat_time) for marker in clip.warp_markers]
    if len(found) < 2 or found[-1][0] <= found[0][0]:
        return 1.0
    tempo = 60.0 * (found[-1][1] - found[0][1]) / (found[-1][0] - found[0][0])
    return 1.0 if tempo > 1.0 else float(clip.sample_rate)


def seconds_of(clip):
    """(seconds in the file, beat) of its warp markers; the last is Live's hidden one."""
    scale = samples_in_second(clip)
    return sorted(
        (float(marker.sample_time) / scale, float(marker.beat_time)) for marker in clip.warp_markers
    )


def beat_at(found, seconds):
    """The beat at a moment of the file, on the straight lines through the markers."""
    for (at, beat), (end, last) in pairs(found):
        if seconds <= end or end == found[-1][0]:
            return beat + (seconds - at) * (last - beat) / (end - at)
    return seconds


def seconds_at(found, wanted):
    """The inverse: the moment of the file at a beat."""
    for (at, beat), (end, last) in pairs(found):
        if wanted <= last or end == found[-1][0]:
            return at + (wanted - beat) * (end - at) / (last - beat)
    return wanted


def pairs(found):
    """Neighbours that lie apart."""
    return [
        (found[index], found[index + 1])
        for index in range(len(found) - 1)
        if found[index + 1][0] > found[index][0] and found[index + 1][1] > found[index][1]
    ]


def _file(clip):
    try:
        return clip.file_path
    except Exception:
        return ""
