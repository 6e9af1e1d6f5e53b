"""Who listens to the virtual MIDI port on JACK: connected again when its process was killed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bridge.live.midi_ports import CLIENT

NAME_FREE = 1.5  # seconds that a killed client may stay in JACK
SETTLE = 0.05  # seconds: several cycles
LOOK = 0.5  # seconds between looks at who is connected


def keep_connections(name: str, path: Path, on_gone: Callable[[], None]) -> bool:
    """Connects those who listened to the port before, then remembers who does.

    `name`: of the port, open by now; `path`: the file that remembers; `on_gone`: called from
    another thread when the server of the port has died. False where the port is not JACK's or the
    extra `jack` is missing: other systems let nobody connect another program's ports.
    """
    try:
        import jack

        from bridge.sources.jack_wiring import MIDI, Wiring
    except (ImportError, OSError):
        return False
    jack.set_error_function(lambda _: None)
    jack.set_info_function(lambda _: None)
    try:
        # never activated: it only looks and connects, no cycle waits for it
        client = jack.Client(f"{CLIENT}-wiring", no_start_server=True)
    except jack.JackError:
        return False
    until = time.monotonic() + NAME_FREE
    while len(ours := _ours(client, name)) > 1 and time.monotonic() < until:
        time.sleep(SETTLE)  # what the killed process left is still there
    if not ours:
        client.close()
        return False
    wiring = Wiring(path)
    former = wiring.remembered().get(MIDI, [])
    wiring.want({MIDI: former})
    ports = {MIDI: ours[-1]}
    client.set_shutdown_callback(lambda *_: on_gone())
    wiring.look_after(client, ports)
    if former:
        time.sleep(SETTLE)  # a connection carries from the next cycle on

    def look() -> None:
        while True:
            time.sleep(LOOK)
            wiring.look_after(client, ports)

    threading.Thread(target=look, name="midi wiring", daemon=True).start()
    return True


def _ours(client: Any, name: str) -> list[Any]:
    """Our port; a second client of one name gets a number behind it: dawbridge-01."""
    return [
        port
        for port in client.get_ports(is_midi=True, is_output=True)
        if port.shortname == name and port.name.startswith(CLIENT)
    ]
