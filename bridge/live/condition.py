"""How the engine is: listening, silent, stalled, lost, and why. Said when it changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.events import EngineState, State

SILENCE = 10 ** (-70 / 20)  # peak, full scale 1: below it nothing is played
PATIENCE = 5.0  # seconds of silence before it is said
STALL = 1.0  # seconds without any sound taken in before it is said


class Condition:
    """Turns what arrives into states."""

    def __init__(self) -> None:
        self._state: EngineState = "starting"
        self._loud_at = 0.0  # stream seconds of the last sound above SILENCE
        self._heard = False
        self._held = False  # the source says that no sound comes: blocks of nothing change nothing

    def hear(self, samples: NDArray[np.float32], end: float) -> list[State]:
        """A block arrived; `end` is the stream time at its end."""
        if not self._heard or (len(samples) and float(np.abs(samples).max()) > SILENCE):
            self._loud_at = end
        self._heard = True
        if self._held:
            return []
        quiet = end - self._loud_at
        if quiet < PATIENCE:
            return self._become("listening", "sound arrives", end)
        return self._become("silent", f"nothing above -70 dBFS for {PATIENCE:.0f} s", end)

    def wait(self, seconds: float, now: float) -> list[State]:
        """No block for `seconds`."""
        if seconds < STALL or self._state in ("lost", "starting"):
            return []
        return self._become("stalled", f"no sound has arrived for {seconds:.0f} s", now)

    def told(self, state: EngineState, reason: str, now: float) -> list[State]:
        """The source itself says how it is.

        That it has stalled holds until it says otherwise: JACK runs cycles of silence while nothing
        is connected. That it is lost ends with the next sound: a capture process that was started
        again says no more than that.
        """
        self._held = state == "stalled"
        return self._become(state, reason, now)

    def _become(self, state: EngineState, reason: str, now: float) -> list[State]:
        if state == self._state:
            return []
        self._state = state
        return [State(at=now, decided=now, state=state, reason=reason)]
