"""MIDI clips in the arrangement: regions, texts and notes, each on a track of ours."""

from . import notes, tracks
from .cues import LATER, PATIENCE, SOON
from .desk import NEAR, alive, same
from .facts import LAST, colour_of, lane_of
from .words import Refused, plain

SHORTEST = 1.0  # beats: a clip that can be seen and clicked


def put(desk, fact, record, clip):
    """Makes the fact a clip, or `clip` what the fact says. Gives clip and track name.

    What stands in its place stays: then it goes to a second track.
    """
    lane = lane_of(fact)
    start, end = span(fact)
    if clip is not None and fact.kind == "notes" and edited(clip, record):
        raise Refused(f"the notes of '{fact.name}' were changed by you; they were left alone")
    fresh = clip is None or not _stands(clip, start, end)
    if fresh:
        track = tracks.room(desk, lane, start, end, but=clip)  # before anything is taken away
        if clip is not None:
            remove(clip)
        clip = yield from _made(desk, track, start, end - start)
    desk.name(clip, fact.name)
    colour = colour_of(fact)
    if fresh and colour is not None:
        clip.color = colour
    if fact.kind == "notes":
        yield from notes.put(desk, clip, fact.notes)
    for _ in range(3):
        yield SOON
        if clip.name == (plain(fact.name) or clip.name):
            break
        desk.name(clip, fact.name)
    return clip, lane


def span(fact):
    """(start, end) in beats that the clip takes."""
    end = fact.at + SHORTEST if fact.end is None else fact.end
    if fact.kind == "notes":
        end = max([end] + [fact.at + note.at + note.length for note in fact.notes])
    return fact.at, min(max(end, fact.at + 0.25), LAST)


def edited(clip, record):
    """Whether the user changed its notes."""
    return bool(record) and record.get("sum") is not None and notes.digest(clip) != record["sum"]


def remove(clip):
    """Takes the clip out of the arrangement or out of its slot."""
    parent = clip.canonical_parent
    if clip.is_arrangement_clip:
        while hasattr(parent, "canonical_parent") and not hasattr(parent, "arrangement_clips"):
            parent = parent.canonical_parent
        parent.delete_clip(clip)
    else:
        parent.delete_clip()


def _stands(clip, start, end):
    return abs(clip.start_time - start) < NEAR and abs(clip.end_time - end) < NEAR


def _made(desk, track, start, length):
    """An empty clip on the track. Generator."""
    before = list(track.arrangement_clips)
    if desk.puts_clips:
        clip = track.create_midi_clip(start, length)
    else:
        clip = _through_a_slot(desk, track, start, length)
    until = desk.clock() + PATIENCE
    while desk.clock() <= until:
        if clip is None:  # this version does not say which it made
            for each in track.arrangement_clips:
                if abs(each.start_time - start) < NEAR and not any(same(each, b) for b in before):
                    clip = each
        if alive(clip):
            return clip
        yield LATER
    raise Refused("Live did not make the clip")


def _through_a_slot(desk, track, start, length):
    """How a clip came into the arrangement before Live 12.1.10: by way of a session slot."""
    slot = free_slot(desk, track)
    slot.create_clip(length)
    try:
        return track.duplicate_clip_to_arrangement(slot.clip, start)
    finally:
        slot.delete_clip()


def free_slot(desk, track, wanted=None):
    """The wanted slot (from 0) if it is free, else the first free one; a new scene if none is."""
    slots = list(track.clip_slots)
    if wanted is not None and 0 <= wanted < len(slots) and not slots[wanted].has_clip:
        return slots[wanted]
    for slot in slots:
        if not slot.has_clip:
            return slot
    try:
        desk.song.create_scene(-1)
    except desk.live.Base.LimitationError as limit:
        raise Refused(f"the slots of '{track.name}' are full; this edition has no more") from limit
    slots = list(track.clip_slots)
    return slots[len(slots) - 1]


def put_in_slot(desk, fact, record, clip):
    """Notes that belong to a session clip: a clip in a slot. Gives clip and track name."""
    lane = lane_of(fact)
    if clip is not None and edited(clip, record):
        raise Refused(f"the notes of '{fact.name}' were changed by you; they were left alone")
    if clip is None:
        track = tracks.lane(desk, lane, False)
        slot = free_slot(desk, track)
        start, end = span(fact)
        slot.create_clip(end - start)
        clip = slot.clip
        colour = colour_of(fact)
        if colour is not None:
            clip.color = colour
    desk.name(clip, fact.name)
    yield from notes.put(desk, clip, fact.notes)
    return clip, lane
