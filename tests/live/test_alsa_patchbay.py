"""ALSA's patchbay, as far as it goes without ALSA; the rest is tried in a machine that has it."""

from __future__ import annotations

import pytest

from bridge.live.alsa_patchbay import AlsaPatchbay, address_of


def test_a_process_without_a_port_has_no_patchbay() -> None:
    with pytest.raises(OSError):
        AlsaPatchbay()


def test_a_peers_name_begins_with_its_address() -> None:
    address = address_of("129:2 My synth 2:in: left")
    assert (address.client, address.port) == (129, 2)


def test_a_port_of_jack_has_no_address() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        address_of("synth:midi_in")
