"""Who is connected to our ports: made again after any death, ours, a peer's or the server's.

What is connected is kept in a file, for the process that takes over when this one is killed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

MIDI = "midi"  # our only output; everything else listens

Connection = tuple[str, str]  # our port's short name, the peer's name


class Patchbay(Protocol):
    """Where our ports are connected to others. Its methods raise OSError when it is gone."""

    def ours(self) -> list[str]:
        """Our ports, by short name."""
        ...

    def peers(self, name: str) -> set[str]:
        """Who is connected to our port of that name."""
        ...

    def has(self, peer: str) -> bool:
        """Whether that peer is there."""
        ...

    def connect(self, name: str, peer: str) -> None:
        """Connects our port of that name with a peer."""
        ...


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

    def carries(self, patchbay: Patchbay) -> bool:
        """Whether all that is connected is in force: JACK does so with a later cycle."""
        with suppress(OSError):
            return self._now <= {
                (name, peer) for name in patchbay.ours() for peer in patchbay.peers(name)
            }
        return False

    def look_after(self, patchbay: Patchbay) -> None:
        """Connects what is missing and has come, and notes what others connected.

        A peer that vanished is missing from then on; one that is there but no longer connected
        was taken away by the user.
        """
        with suppress(OSError):  # the server may die in the middle; the next look knows
            names = patchbay.ours()
            now = {(name, peer) for name in names for peer in patchbay.peers(name)}
            self._missing |= {
                (name, peer) for name, peer in self._now - now if not patchbay.has(peer)
            }
            for name, peer in sorted(self._missing - now):
                if patchbay.has(peer):
                    with suppress(OSError):
                        patchbay.connect(name, peer)
                        now.add((name, peer))
            self._missing -= now
            if self._now != now or not self._path.exists():
                self._now = now
                self._remember(names)

    def _remember(self, names: list[str]) -> None:
        peers = {
            name: sorted(peer for ours, peer in self._now | self._missing if ours == name)
            for name in names
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(peers), encoding="utf-8")
        fresh.replace(self._path)
