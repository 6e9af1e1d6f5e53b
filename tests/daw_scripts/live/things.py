"""The objects of a Set, as far as the script meets them."""

from .api import Thing

RATE = 44100.0


class Application(Thing):
    def do_get_major_version(self):
        return self.world.version[0]

    def do_get_minor_version(self):
        return self.world.version[1]

    def do_get_bugfix_version(self):
        return self.world.version[2]


class Timer(Thing):
    def built(self):
        self.__dict__["on"] = bool(self.values.get("start"))
        self.__dict__["left"] = 0
        self.world.timers.append(self)
        return self

    def tick(self, world):
        if not self.on:
            return
        try:
            self.values["callback"]()
        except Exception as error:  # Live stops a timer whose callback fails
            world.errors.append(repr(error))
            self.__dict__["on"] = False

    def get_running(self):
        return self.on

    def do_start(self):
        self.__dict__["on"] = True

    def do_stop(self):
        self.__dict__["on"] = False


class Song(Thing):
    def begin(self, world):
        self.values.update(
            is_playing=False, record_mode=False, session_record=False, is_counting_in=False,
            tempo=120.0, signature_numerator=4, signature_denominator=4,
            loop=False, loop_start=0.0, loop_length=16.0, start_time=0.0,
        )  # fmt: skip
        self.__dict__.update(pos=0.0, engine=0.0, cues=[], tracks_=[], scenes_=[], kept={})
        if "name" in type(self).kind.properties:
            self.values.update(name="My Set", file_path="")
        self.__dict__["view_"] = world.make(
            "Live.Song.Song.View", detail_clip=None, highlighted_clip_slot=None, selected_track=None
        )
        for _ in range(4):
            self.scenes_.append(world.make("Live.Scene.Scene", name=""))
        self.add_track("1-MIDI", False)
        self.add_track("2-Audio", True)
        self.view_.values["selected_track"] = self.tracks_[0]

    def rolled(self, seconds):
        if self.values["is_playing"]:
            told, was = self.values, self.pos
            self.__dict__["pos"] = was + seconds * told["tempo"] / 60.0
            end = told["loop_start"] + told["loop_length"]
            if told["loop"] and was < end <= self.pos:
                self.__dict__["pos"] -= told["loop_length"]
            self.__dict__["engine"] = self.pos

    def get_view(self):
        return self.view_

    def get_tracks(self):
        return tuple(self.tracks_)

    def get_scenes(self):
        return tuple(self.scenes_)

    def get_cue_points(self):
        return tuple(self.cues)

    def get_current_song_time(self):
        return self.pos

    def set_current_song_time(self, value):
        world = self.world
        if world.playhead_grid:
            value = round(value / world.playhead_grid) * world.playhead_grid

        def seen():
            self.__dict__["pos"] = float(value)

        def there():
            self.__dict__["engine"] = float(value)

        world.due.append((world.now + world.lag, seen))
        world.due.append((world.now + world.lag + world.deaf, there))

    def set_tempo(self, value):
        if not 20.0 <= value <= 999.0:
            raise RuntimeError("Invalid value")
        self.values["tempo"] = float(value)

    def do_stop_playing(self):
        def act():
            self.values.update(is_playing=False, record_mode=False)

        self.world.later.append(act)

    def do_begin_undo_step(self):
        self.world.open_steps += 1
        self.world.step = []

    def do_end_undo_step(self):
        self.world.open_steps -= 1
        if self.world.open_steps < 0:
            raise AssertionError("an undo step ended that had not begun")
        if self.world.step:
            self.world.steps.append(self.world.step)
            self.world.step = []

    def do_get_data(self, key, default):
        return self.kept.get(key, default)

    def do_set_data(self, key, value):
        self.kept[key] = value

    def do_is_cue_point_selected(self):
        return any(abs(cue.at - self.engine) < 1e-9 for cue in self.cues)

    def do_set_or_delete_cue(self):
        if self.world.late_cues:
            self.world.later.append(self.toggle_cue)
        else:
            self.toggle_cue()

    def toggle_cue(self):
        at = self.engine
        if self.world.grid:
            at = round(at / self.world.grid) * self.world.grid
        for cue in self.cues:
            if abs(cue.at - at) < 1e-9:
                self.remove_cue(cue)
                return
        self.add_cue(at, str(len(self.cues) + 1))

    def add_cue(self, at, name):
        cue = self._place_cue(at, name)
        self.world.changed(self._without_cue(cue))
        return cue

    def remove_cue(self, cue):
        self._without_cue(cue)()
        self.world.changed(self._with_cue(cue.at, cue.values["name"]))

    def _place_cue(self, at, name):
        cue = self.world.make("Live.Song.CuePoint", name=name)
        cue.__dict__["at"] = at
        self.cues.insert(0, cue)  # no order is promised
        return cue

    def _with_cue(self, at, name):
        return lambda: self._without_cue(self._place_cue(at, name))

    def _without_cue(self, cue):
        def back():
            self.cues.remove(cue)
            cue.__dict__["dead"] = True
            return self._with_cue(cue.at, cue.values["name"])

        return back

    def add_track(self, name, audio):
        world = self.world
        track = world.make(
            "Live.Track.Track", name=name, has_audio_input=audio, has_midi_input=not audio,
            is_foldable=False, is_frozen=False, mute=False,
        )  # fmt: skip
        track.__dict__.update(clips=[], slots=[], kept={}, parent=self)
        for _ in self.scenes_:
            track.add_slot()
        self.tracks_.append(track)
        return track

    def _created(self, audio):
        if len(self.tracks_) >= self.world.most_tracks:
            raise self.world.live.Base.LimitationError("no more tracks")
        if self.values["record_mode"] and self.values["is_playing"]:
            raise AssertionError("a track was made in the middle of a recording")
        track = self.add_track(f"{len(self.tracks_)}-{'Audio' if audio else 'MIDI'}", audio)
        self.view_.values["selected_track"] = track
        self.view_.values["detail_clip"] = None

        def back():
            self.tracks_.remove(track)
            track.__dict__["dead"] = True
            return again

        def again():
            self.tracks_.append(track)
            track.__dict__["dead"] = False
            return back

        self.world.changed(back)
        return track

    def do_create_midi_track(self, index=-1):
        return self._created(False)

    def do_create_audio_track(self, index=-1):
        return self._created(True)

    def do_create_scene(self, index):
        if len(self.scenes_) >= self.world.most_scenes:
            raise self.world.live.Base.LimitationError("no more scenes")
        self.scenes_.append(self.world.make("Live.Scene.Scene", name=""))
        for track in self.tracks_:
            track.add_slot()
        return self.scenes_[-1]


class SongView(Thing):
    pass


class Scene(Thing):
    pass


class CuePoint(Thing):
    def get_time(self):
        return self.at

    def get_canonical_parent(self):
        return self.world.song

    def set_name(self, value):
        if self.world.lost_names:
            self.world.lost_names -= 1
            return
        self.values["name"] = value


class Track(Thing):
    def add_slot(self):
        slot = self.world.make("Live.ClipSlot.ClipSlot")
        slot.__dict__.update(held=None, parent=self)
        self.slots.append(slot)

    def get_canonical_parent(self):
        return self.parent

    def get_arrangement_clips(self):
        return tuple(sorted(self.clips, key=lambda clip: clip.start))

    def get_clip_slots(self):
        return tuple(self.slots)

    def do_get_data(self, key, default):
        return self.kept.get(key, default)

    def do_set_data(self, key, value):
        self.kept[key] = value

    def do_delete_clip(self, clip):
        if clip not in self.clips:
            raise RuntimeError("the clip is not on this track")
        self.world.changed(self._without(clip)())

    def take_out(self, clip):
        self.clips.remove(clip)
        clip.__dict__["dead"] = True

    def _with(self, clip, start):
        def again():
            new = clip.copied()
            new.__dict__.update(start=start, parent=self, arranged=True)
            self.clips.append(new)
            return self._without(new)

        return again

    def _without(self, clip):
        def back():
            self.take_out(clip)
            return self._with(clip, clip.start)

        return back

    def do_create_midi_clip(self, start, length):
        if not self.values["has_midi_input"] or not 0.0 <= start <= 1576800.0 or length <= 0.0:
            raise RuntimeError("a MIDI clip cannot be there")
        return self.arrange(Clip.fresh(self.world, False, length), start)

    def do_duplicate_clip_to_arrangement(self, clip, start):
        return self.arrange(clip.copied(), start)

    def arrange(self, clip, start):
        """Puts it there, over whatever stands there. Gives it."""
        for other in list(self.clips):
            if other.start < start + clip.length_ and other.start + other.length_ > start:
                self.world.overwritten.append(other.values["name"])
                self.take_out(other)
        clip.__dict__.update(start=float(start), parent=self, arranged=True)
        self.clips.append(clip)

        self.world.changed(self._without(clip))
        return clip


class ClipSlot(Thing):
    def get_has_clip(self):
        return self.held is not None

    def get_clip(self):
        return self.held

    def get_canonical_parent(self):
        return self.parent

    def _hold(self, clip):
        if self.held is not None:
            raise RuntimeError("the slot is taken")
        clip.__dict__.update(parent=self, arranged=False, start=0.0)
        self.__dict__["held"] = clip
        self.world.changed(self._emptied)
        return clip

    def _emptied(self):
        clip = self.held
        self._empty()
        return lambda: self._filled(clip)

    def _filled(self, clip):
        new = clip.copied()
        new.__dict__.update(parent=self, arranged=False, start=0.0)
        self.__dict__["held"] = new
        return self._emptied

    def _empty(self):
        if self.held is not None:
            self.held.__dict__["dead"] = True
        self.__dict__["held"] = None

    def do_create_clip(self, length):
        if not self.parent.values["has_midi_input"] or length <= 0.0:
            raise RuntimeError("no MIDI track")
        return self._hold(Clip.fresh(self.world, False, length))

    def do_create_audio_clip(self, path):
        if not self.parent.values["has_audio_input"] or path not in self.world.files:
            raise RuntimeError("cannot be loaded")
        clip = Clip.fresh(self.world, True, self.world.files[path])
        clip.values["file_path"] = path
        return self._hold(clip)

    def do_delete_clip(self):
        if self.held is None:
            raise RuntimeError("the slot is empty")
        self.world.changed(self._emptied())

    def do_duplicate_clip_to(self, slot):
        slot._empty()
        slot._hold(self.held.copied())


class MidiNote(Thing):
    pass


class Note(Thing):
    """A MidiNoteSpecification: nothing of it can be read again."""

    def built(self):
        return self


class WarpMarker(Thing):
    def built(self):
        return self


class Clip(Thing):
    @staticmethod
    def fresh(world, audio, length):
        """`length`: beats of a MIDI clip, seconds of a sound file."""
        clip = world.make(
            "Live.Clip.Clip", name="", color=0, is_audio_clip=audio, is_midi_clip=not audio,
            warping=False, warp_mode=0, looping=not audio, is_recording=False, pitch_coarse=0,
            pitch_fine=0.0, available_warp_modes=(0, 1, 2, 3, 4, 6), sample_rate=RATE,
        )  # fmt: skip
        length = float(length)
        clip.__dict__.update(
            notes=[], length_=length, seconds=length, markers=[], arranged=False, start=0.0,
            ends={"loop_start": 0.0, "loop_end": length, "start_marker": 0.0, "end_marker": length},
            touched_at={},
        )  # fmt: skip
        if audio:
            clip.values["file_path"] = ""
            clip.markers.extend([(0.0, 0.0), (1.0, world.fresh_tempo / 60.0)])
        return clip

    def copied(self):
        clip = Clip.fresh(self.world, self.values["is_audio_clip"], self.length_)
        clip.values.update(self.values)
        clip.__dict__.update(
            notes=list(self.notes), markers=list(self.markers), ends=dict(self.ends)
        )
        return clip

    def get_canonical_parent(self):
        return self.parent

    def get_is_arrangement_clip(self):
        return self.arranged

    def get_start_time(self):
        return self.start

    def get_end_time(self):
        return self.start + self.length_

    def get_sample_length(self):
        return round(self.seconds * RATE)

    def get_length(self):
        return self.length_

    # -- sound

    def _apart(self, one, other):
        """Both in one tick have crashed Live before 12.1.5."""
        self.touched_at[one] = self.world.now
        if self.touched_at.get(other) == self.world.now and self.world.version < (12, 1, 5):
            raise AssertionError("warping and looping were set in one tick")

    def set_warping(self, value):
        self._apart("warping", "looping")
        when = self.world.now + self.world.slow_warp
        self.world.due.append((when, lambda: self.values.update(warping=value)))

    def set_warp_mode(self, value):
        if value not in self.values["available_warp_modes"]:
            raise RuntimeError("no such warp mode")
        when = self.world.now + self.world.slow_warp
        self.world.due.append((when, lambda: self.values.update(warp_mode=value)))

    def set_looping(self, value):
        self._apart("looping", "warping")
        self.values["looping"] = value

    def _end(self, name, value, low, high):
        ends = dict(self.ends)
        ends[name] = float(value)
        if not ends[low] < ends[high]:
            raise RuntimeError(f"{low} must lie before {high}")
        self.__dict__["ends"] = ends

    def get_loop_start(self):
        return self.ends["loop_start"]

    def get_loop_end(self):
        return self.ends["loop_end"]

    def get_start_marker(self):
        return self.ends["start_marker"]

    def get_end_marker(self):
        return self.ends["end_marker"]

    def set_loop_start(self, value):
        self._end("loop_start", value, "loop_start", "loop_end")

    def set_loop_end(self, value):
        self._end("loop_end", value, "loop_start", "loop_end")

    def set_start_marker(self, value):
        self._end("start_marker", value, "start_marker", "end_marker")

    def set_end_marker(self, value):
        self._end("end_marker", value, "start_marker", "end_marker")

    def _hidden(self):
        end, last = self.markers[-1]
        tempo = self.world.fresh_tempo / 60.0  # no promise that it goes on as before
        return end + 0.03125 / tempo, last + 0.03125

    def get_warp_markers(self):
        make, scale = self.world.make, self.world.samples
        shown = self.markers if len(self.markers) == 1 else [*self.markers, self._hidden()]
        if len(self.markers) == 1:
            at, beat = self.markers[0]
            tempo = self.world.fresh_tempo / 60.0
            shown = [(at, beat), (at + 0.03125 / tempo, beat + 0.03125)]
        return tuple(
            make("Live.Clip.WarpMarker", sample_time=at * scale, beat_time=beat)
            for at, beat in shown
        )

    def _warp(self, markers):
        if not self.values["warping"]:
            raise RuntimeError("the clip is not warped")
        for index in range(len(markers) - 1):
            (at, beat), (end, last) = markers[index], markers[index + 1]
            if not (end > at and last > beat and 5.0 <= 60.0 * (last - beat) / (end - at) <= 999.0):
                raise RuntimeError("warp markers out of order")
        self.__dict__["markers"] = markers

    def do_add_warp_marker(self, marker):
        at = marker.values["sample_time"] / self.world.samples
        if at > self.seconds - self.world.file_edge:
            raise RuntimeError("behind the end of the file")
        self._warp(sorted([*self.markers, (at, marker.values["beat_time"])]))

    def do_move_warp_marker(self, beat, distance):
        index = self._marker(beat)
        at, old = self.markers[index]
        self._warp([*self.markers[:index], (at, old + distance), *self.markers[index + 1 :]])

    def do_remove_warp_marker(self, beat):
        index = self._marker(beat)
        if len(self.markers) == 1:
            raise RuntimeError("the last warp marker stays")
        self._warp(self.markers[:index] + self.markers[index + 1 :])

    def _marker(self, beat):
        for index, (_, each) in enumerate(self.markers):
            if abs(each - beat) < 1e-6:
                return index
        raise RuntimeError("no warp marker there")

    # -- notes

    def do_add_new_notes(self, notes):
        if len(notes) > 1000:
            raise AssertionError("so many notes at once hold Live up")
        for note in notes:
            self.notes.append(dict(note.values))
        return tuple(range(len(notes)))

    def do_get_notes_extended(self, pitch, pitches, start, span):
        return tuple(
            self.world.make("Live.Clip.MidiNote", **note)
            for note in self.notes
            if pitch <= note["pitch"] < pitch + pitches
            and start <= note["start_time"] < start + span
        )

    def do_remove_notes_extended(self, pitch, pitches, start, span):
        self.__dict__["notes"] = [
            note
            for note in self.notes
            if not (
                pitch <= note["pitch"] < pitch + pitches
                and start <= note["start_time"] < start + span
            )
        ]
