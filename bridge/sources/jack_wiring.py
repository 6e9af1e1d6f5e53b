"""JACK's server as the patchbay of a client of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import jack

from bridge.sources.wiring import MIDI


class JackPatchbay:
    """See `bridge.sources.wiring.Patchbay`. Peers are the full names of ports."""

    def __init__(self, client: Any, ports: Mapping[str, Any]) -> None:
        """`ports`: ours, by short name."""
        self._client = client
        self._ports = ports

    def ours(self) -> list[str]:
        """See `Patchbay`."""
        return list(self._ports)

    def peers(self, name: str) -> set[str]:
        """See `Patchbay`."""
        with _gone():
            return {peer.name for peer in self._client.get_all_connections(self._ports[name])}

    def has(self, peer: str) -> bool:
        """See `Patchbay`."""
        try:
            self._client.get_port_by_name(peer)
        except jack.JackError:
            return False
        return True

    def connect(self, name: str, peer: str) -> None:
        """See `Patchbay`."""
        ours = self._ports[name]
        with _gone():
            self._client.connect(*((ours, peer) if name == MIDI else (peer, ours)))


@contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except jack.JackError as error:
        raise ConnectionError(str(error)) from error
