"""Who listens to the virtual MIDI port: connected again when the process that held it was killed.

On ALSA and JACK, where a program may connect the ports of others.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bridge.live.midi_ports import CLIENT
from bridge.sources.wiring import MIDI, Patchbay, Wiring

NAME_FREE = 1.5  # seconds that a killed client may stay in JACK
SETTLE = 1.0  # seconds that JACK, when it is overloaded, has to put a connection in force
AGAIN = 0.01  # seconds between looks while something is waited for
LOOK = 0.5  # seconds between looks at who is connected


def keep_connections(name: str, path: Path, on_gone: Callable[[], None]) -> bool:
    """Connects those who listened to the port before, then remembers who does.

    `name`: of the port, open by now; `path`: the file that remembers; `on_gone`: called from
    another thread when the server of the port has died. False where this cannot be had: on other
    systems, and on JACK without the extra `jack`.
    """
    patchbay = _alsa() or _jack(name, on_gone)
    if patchbay is None:
        return False
    wiring = Wiring(path)
    wiring.want({MIDI: wiring.remembered().get(MIDI, [])})
    wiring.look_after(patchbay)
    until = time.monotonic() + SETTLE
    while not wiring.carries(patchbay) and time.monotonic() < until:
        time.sleep(AGAIN)

    def look() -> None:
        while True:
            time.sleep(LOOK)
            wiring.look_after(patchbay)

    threading.Thread(target=look, name="midi wiring", daemon=True).start()
    return True


def _alsa() -> Patchbay | None:
    if sys.platform != "linux":
        return None
    from bridge.live.alsa_patchbay import AlsaPatchbay

    try:
        return AlsaPatchbay()
    except OSError:
        return None


def _jack(name: str, on_gone: Callable[[], None]) -> Patchbay | None:
    try:
        import jack

        from bridge.sources.jack_wiring import JackPatchbay
    except (ImportError, OSError):
        return None
    jack.set_error_function(lambda _: None)
    jack.set_info_function(lambda _: None)
    try:
        # never activated: it only looks and connects, no cycle waits for it
        client = jack.Client(f"{CLIENT}-wiring", no_start_server=True)
    except jack.JackError:
        return None
    until = time.monotonic() + NAME_FREE
    while len(ours := _ours(client, name)) > 1 and time.monotonic() < until:
        time.sleep(AGAIN)  # what the killed process left is still there
    if not ours:
        client.close()
        return None
    client.set_shutdown_callback(lambda *_: on_gone())
    return JackPatchbay(client, {MIDI: ours[-1]})


def _ours(client: Any, name: str) -> list[Any]:
    """Our port; a second client of one name gets a number behind it: dawbridge-01."""
    return [
        port
        for port in client.get_ports(is_midi=True, is_output=True)
        if port.shortname == name and port.name.startswith(CLIENT)
    ]
