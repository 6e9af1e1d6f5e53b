"""Connections that are made again, on a patchbay of names."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.sources.wiring import MIDI, Wiring


class NamesPatchbay:
    """Programs come, go and are connected by hand."""

    def __init__(self, *there: str) -> None:
        self.there = set(there)
        self.connected: set[str] = set()
        self.gone = False
        self.slow = False  # connections are not in force yet

    def ours(self) -> list[str]:
        return [MIDI]

    def peers(self, name: str) -> set[str]:
        if self.gone:
            raise OSError
        return set() if self.slow else self.connected & self.there

    def has(self, peer: str) -> bool:
        return peer in self.there

    def connect(self, name: str, peer: str) -> None:
        self.connected.add(peer)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "connections.json"


def listened(path: Path, *peers: str) -> tuple[Wiring, NamesPatchbay]:
    """A process to whose port these were connected."""
    wiring, patchbay = Wiring(path), NamesPatchbay(*peers)
    patchbay.connected |= set(peers)
    wiring.look_after(patchbay)
    return wiring, patchbay


def test_the_next_process_connects_who_listened_to_the_one_before(path: Path) -> None:
    listened(path, "synth", "daw")
    wiring, patchbay = Wiring(path), NamesPatchbay("synth", "daw", "stranger")
    wiring.want(wiring.remembered())
    wiring.look_after(patchbay)
    assert patchbay.connected == {"synth", "daw"}


def test_who_comes_later_is_connected_then_and_remembered_until_then(path: Path) -> None:
    listened(path, "synth")
    wiring, patchbay = Wiring(path), NamesPatchbay()
    wiring.want(wiring.remembered())
    wiring.look_after(patchbay)
    assert wiring.waits_for(midi=True) == ["synth"]
    assert wiring.remembered() == {MIDI: ["synth"]}
    patchbay.there.add("synth")
    wiring.look_after(patchbay)
    assert patchbay.connected == {"synth"}
    assert wiring.waits_for(midi=True) == []


def test_who_vanished_is_connected_when_it_comes_back(path: Path) -> None:
    wiring, patchbay = listened(path, "synth")
    patchbay.there.clear()
    patchbay.connected.clear()
    wiring.look_after(patchbay)
    patchbay.there.add("synth")
    wiring.look_after(patchbay)
    assert patchbay.connected == {"synth"}


def test_who_was_disconnected_by_hand_is_forgotten(path: Path) -> None:
    wiring, patchbay = listened(path, "synth", "daw")
    patchbay.connected.remove("daw")
    wiring.look_after(patchbay)
    assert wiring.remembered() == {MIDI: ["synth"]}
    assert patchbay.connected == {"synth"}


def test_a_connection_carries_when_it_is_in_force(path: Path) -> None:
    listened(path, "synth")
    wiring, patchbay = Wiring(path), NamesPatchbay("synth")
    patchbay.slow = True
    wiring.want(wiring.remembered())
    wiring.look_after(patchbay)
    assert not wiring.carries(patchbay)
    patchbay.slow = False
    assert wiring.carries(patchbay)


def test_a_patchbay_that_is_gone_changes_nothing(path: Path) -> None:
    wiring, patchbay = listened(path, "synth")
    patchbay.gone = True
    wiring.look_after(patchbay)
    assert wiring.remembered() == {MIDI: ["synth"]}
