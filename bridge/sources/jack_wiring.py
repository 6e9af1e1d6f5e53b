"""Who is connected to our JACK ports: made again after any death, ours, a peer's or the server's.

What is connected is kept in a file, for the process that takes over when this one is killed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import jack

MIDI = "midi"  # our only output; everything else listens

Connection = tuple[str, str]  # our port's short name, the peer's full name


class Wiring:
    """The connections of one client, by the names of ports; lives longer than the client."""

    def __init__(self, path: Path) -> None:
        """`path`: the file that remembers."""
        self._path = path
        self._now: set[Connection] = set()
        self._missing: set[Connection] = set()

    def remembered(self) -> dict[str, list[str]]:
        """Our ports and their peers in the process before this one; empty: there was none."""
        try:
            peers: dict[str, list[str]] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return peers

    def want(self, peers: Mapping[str, list[str]]) -> None:
        """These are to be connected as soon as they are there."""
        self._missing |= {(name, peer) for name, each in peers.items() for peer in each}

    def lose(self) -> None:
        """The server is gone: everything is to be connected again when it is back."""
        self._missing |= self._now
        self._now = set()

    def waits_for(self, midi: bool) -> list[str]:
        """Peers that are not there."""
        return sorted({peer for name, peer in self._missing if (name == MIDI) == midi})

    @property
    def hears(self) -> bool:
        """Whether any input is connected."""
        return any(name != MIDI for name, _ in self._now)

    def look_after(self, client: Any, ports: Mapping[str, Any]) -> None:
        """Connects what is missing and has come, and notes what others connected.

        A peer that vanished is missing from then on; one that is there but no longer connected
        was taken away by the user. `ports`: ours, by short name.
        """
        now: set[Connection] = set()
        with suppress(jack.JackError):  # the server may die in the middle; the next look knows
            for name, port in ports.items():
                now |= {(name, peer.name) for peer in client.get_all_connections(port)}
            self._missing |= {
                (name, peer) for name, peer in self._now - now if not _exists(client, peer)
            }
            for name, peer in sorted(self._missing - now):
                if _exists(client, peer):
                    ends = (ports[name], peer) if name == MIDI else (peer, ports[name])
                    with suppress(jack.JackError):
                        client.connect(*ends)
                        now.add((name, peer))
            self._missing -= now
            if self._now != now or not self._path.exists():
                self._now = now
                self._remember(ports)

    def _remember(self, ports: Mapping[str, Any]) -> None:
        peers = {
            name: sorted(peer for ours, peer in self._now | self._missing if ours == name)
            for name in ports
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(peers), encoding="utf-8")
        fresh.replace(self._path)


def _exists(client: Any, name: str) -> bool:
    try:
        client.get_port_by_name(name)
    except jack.JackError:
        return False
    return True
