"""The control surface as Live sees it: every method that Live calls, and the tick."""

import time

from .buttons import Buttons
from .desk import Desk, alive, version_of
from .here import HERE, read_here, read_settings
from .store import Store
from .talk import Talk
from .words import Say

OLDEST = (11, 3)
INTERVAL = 10  # milliseconds between two ticks
LOOK = 1.0  # seconds between two looks at where the Set lies
SLOW = 0.5  # seconds without the timer: it has died, Live's own tick of 100 ms takes over


class Script:
    """No base class: the names are those that Live looks for."""

    def __init__(self, c_instance, live, folder=HERE, clock=time.perf_counter):
        """`live`: the module Live; `folder`: with here.json and dawbridge.txt; `clock`: seconds."""
        self._c_instance = c_instance
        self._live = live
        self._folder = folder
        self._time = clock
        self._say = Say(c_instance.show_message, c_instance.log_message)
        self._settings = read_settings(folder)
        self._buttons = Buttons(self._settings)
        self._pressed = []  # to be done in the next tick
        self._talk = None
        self._song = None  # what tells this Set from another
        self._store = None  # what the Set holds
        self._looked = clock()  # at where it lies
        self._timer = None
        self._ticked = clock()  # by the timer
        self._inside = False
        self._over = False
        version = version_of(live)
        if version[:2] < OLDEST:
            self._over = True
            self._say.state(
                f"needs Live 11.3 or later, and this is {version[0]}.{version[1]}; "
                "update Live (within 11 it costs nothing)"
            )
            return
        self._begin_timer()

    def _begin_timer(self):
        timer = self._live.Base.Timer
        try:
            try:
                self._timer = timer(
                    callback=self._timer_tick, interval=INTERVAL, repeat=True, start=True
                )
            except TypeError:  # a Live that names its arguments otherwise
                self._timer = timer(self._timer_tick, INTERVAL, True, True)
        except Exception:
            self._timer = None  # update_display ticks then
            self._say.error("the timer")

    def _timer_tick(self):
        self._ticked = self._time()
        self.tick()

    def tick(self):
        """Some milliseconds of work; nothing that goes wrong here reaches Live."""
        if self._inside or self._over:
            return
        self._inside = True
        try:
            self._tick(self._time())
        except Exception:
            self._say.error("the tick")
        finally:
            self._inside = False

    def _tick(self, now):
        song = self._c_instance.song()
        if not alive(song):
            return
        if self._talk is None or self._song != song._live_ptr or self._copied(song, now):
            if self._talk is not None:  # another Set is open
                self._talk.close()
            self._song = song._live_ptr
            store = self._store = Store(song)
            store.write(song)  # before another instance of this script looks: one id for a Set
            desk = Desk(self._live, song, store, self._settings, self._say, self._time)
            self._talk = Talk(desk, read_here(self._folder))
        action = self._buttons.switched(song, now)
        if action is not None:
            self._pressed.append(action)
        while self._pressed:
            self._talk.press(self._pressed.pop(0), now)
        self._talk.tick(now)

    def _copied(self, song, now):
        """Whether the Set was saved under another name: another project from here on."""
        if now - self._looked < LOOK or self._talk.busy:
            return False
        self._looked = now
        return self._store.left(song)

    # -- what Live calls

    def disconnect(self):
        """Live closes, or another control surface is chosen."""
        self._over = True
        try:
            if self._timer is not None:
                self._timer.stop()
        except Exception:
            self._say.error("the timer's end")
        try:
            if self._talk is not None:
                self._talk.close()
        except Exception:
            self._say.error("the end")
        self._talk = self._timer = None

    def update_display(self):
        """Live's own tick, each 100 ms."""
        if self._timer is None or self._time() - self._ticked > SLOW:
            self.tick()

    def build_midi_map(self, midi_map_handle):
        """Live asks which notes and controllers we want."""
        if self._over:
            return
        try:
            self._buttons.forward(self._live, self._c_instance.handle(), midi_map_handle)
        except Exception:
            self._say.error("the buttons")

    def receive_midi(self, midi_bytes):
        """A message of the MIDI input that was chosen for the script."""
        try:
            action = self._buttons.heard(tuple(midi_bytes))
            if action is not None and not self._over:
                self._pressed.append(action)
        except Exception:
            self._say.error("a MIDI message")

    def receive_midi_chunk(self, midi_chunk):
        """Several of them (newer Lives)."""
        for midi_bytes in midi_chunk:
            self.receive_midi(midi_bytes)

    def refresh_state(self):
        """Nothing is shown on any device."""

    def suggest_input_port(self):
        """Any: the user chooses."""
        return ""

    def suggest_output_port(self):
        """None is needed."""
        return ""

    def suggest_map_mode(self, cc_no, channel):  # noqa: ARG002
        """No opinion."""
        return -1

    def suggest_needs_takeover(self, cc_no, channel):  # noqa: ARG002
        """No opinion."""
        return False

    def can_lock_to_devices(self):
        """It cannot."""
        return False

    def lock_to_device(self, device):
        """It does not."""

    def unlock_from_device(self, device):
        """It does not."""

    def set_appointed_device(self, device):
        """It does not care."""

    def toggle_lock(self):
        """It does not."""

    def supports_pad_translation(self):
        """It does not."""
        return False

    def connect_script_instances(self, instanciated_scripts):
        """Others are no business of ours."""

    def port_settings_changed(self):
        """Nothing depends on them."""
