"""MIDI items: notes on a grid of 960 ticks a quarter note that follows the tempo map."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from tests.daw_scripts.reaper.project import ITEMS, Item, Project, Source, Take, Track

if TYPE_CHECKING:
    from tests.daw_scripts.reaper.host import Reaper

PPQ = 960


class Midi:
    def __init__(self, reaper: Reaper) -> None:
        self.reaper = reaper

    def CreateNewMIDIItemInProj(self, track: Track, start: float, end: float, qn: Any) -> Item:
        project = self.reaper._of(track)
        if qn:
            start = self.reaper.seconds(project, start)
            end = self.reaper.seconds(project, end)
        if end <= start:
            raise self.reaper.wrong("a MIDI item has a length")
        take = Take(self.reaper.guid(), Source(self.reaper.guid(), type="MIDI", length=end - start))
        values = {"D_POSITION": start, "D_LENGTH": end - start}
        item = Item(self.reaper.guid(), track.guid, values, [take])
        project.state.items.append(item)
        project.changed(ITEMS)
        return item

    def MIDI_GetPPQPosFromProjTime(self, take: Take, time: float) -> float:
        project, item = self.reaper._item(take)
        start = self.reaper.quarters(project, item.at)
        return (self.reaper.quarters(project, time) - start) * PPQ

    def MIDI_GetPPQPosFromProjQN(self, take: Take, quarter: float) -> float:
        project, item = self.reaper._item(take)
        return (quarter - self.reaper.quarters(project, item.at)) * PPQ

    def MIDI_GetProjTimeFromPPQPos(self, take: Take, ticks: float) -> float:
        project, item = self.reaper._item(take)
        start = self.reaper.quarters(project, item.at)
        return self.reaper.seconds(project, start + ticks / PPQ)

    def MIDI_GetProjQNFromPPQPos(self, take: Take, ticks: float) -> float:
        project, item = self.reaper._item(take)
        return self.reaper.quarters(project, item.at) + ticks / PPQ

    def MIDI_InsertNote(
        self, take: Take, selected: bool, muted: bool, start: float, end: float, channel: int,
        pitch: int, velocity: int, unsorted: Any,
    ) -> bool:  # fmt: skip
        if not (0 <= channel < 16 and 0 <= pitch < 128 and 1 <= velocity < 128):
            raise self.reaper.wrong(f"no MIDI note: {channel}, {pitch}, {velocity}")
        if end <= start:
            raise self.reaper.wrong("a MIDI note has a length")
        take.notes.append(
            {"start": start, "end": end, "channel": channel, "pitch": pitch, "velocity": velocity}
        )
        if not unsorted:
            self._sort(take)
        self._changed(take)
        return True

    def MIDI_DisableSort(self, take: Take) -> None:
        pass

    def MIDI_Sort(self, take: Take) -> None:
        self._sort(take)

    def MIDI_CountEvts(self, take: Take) -> tuple[int, int, int, int]:
        return len(take.notes), len(take.notes), 0, 0

    def MIDI_GetNote(self, take: Take, at: int) -> tuple[Any, ...]:
        if not 0 <= at < len(take.notes):
            return (False, False, False, 0.0, 0.0, 0, 0, 0)
        note = take.notes[at]
        told = [note[name] for name in ("start", "end", "channel", "pitch", "velocity")]
        return (True, False, False, *told)

    def MIDI_DeleteNote(self, take: Take, at: int) -> bool:
        if not 0 <= at < len(take.notes):
            return False
        del take.notes[at]
        self._changed(take)
        return True

    def MIDI_SetAllEvts(self, take: Take, events: str) -> bool:
        """Events as i4 ticks since the last one, a flag, and s4 bytes; pairs become notes."""
        raw = events.encode("latin-1")
        at, now, last = 0, 0, -1
        open_notes: dict[tuple[int, int], tuple[int, int]] = {}
        take.notes.clear()
        while at < len(raw):
            ticks, _, size = struct.unpack_from("<iBI", raw, at)
            message = raw[at + 9 : at + 9 + size]
            if len(message) != size or ticks < 0:
                raise self.reaper.wrong("MIDI_SetAllEvts: events are torn")
            at += 9 + size
            now += ticks
            last = message[0] if message else last
            if len(message) == 3 and message[0] >> 4 == 9 and message[2]:
                open_notes[message[0] & 15, message[1]] = (now, message[2])
            elif len(message) == 3 and message[0] >> 4 in (8, 9):
                begun = open_notes.pop((message[0] & 15, message[1]), None)
                if begun is None:
                    raise self.reaper.wrong("MIDI_SetAllEvts: a note ends that did not begin")
                take.notes.append(
                    {"start": float(begun[0]), "end": float(now), "channel": message[0] & 15,
                     "pitch": message[1], "velocity": begun[1]}
                )  # fmt: skip
        if open_notes or last >> 4 != 0xB:
            raise self.reaper.wrong("MIDI_SetAllEvts: no all-notes-off at the end")
        take.events = raw
        self._sort(take)
        self._changed(take)
        return True

    def MIDI_GetAllEvts(self, take: Take) -> tuple[bool, bytes]:
        return True, take.events

    def MIDI_SetItemExtents(self, item: Item, start: float, end: float) -> bool:
        project: Project = self.reaper._with(item)
        item.values["D_POSITION"] = self.reaper.seconds(project, start)
        item.values["D_LENGTH"] = self.reaper.seconds(project, end) - item.at
        project.changed(ITEMS)
        return True

    def _sort(self, take: Take) -> None:
        take.notes.sort(key=lambda note: (note["start"], note["pitch"]))

    def _changed(self, take: Take) -> None:
        self.reaper._item(take)[0].changed(ITEMS)
