"""ALSA's sequencer as the patchbay of the virtual MIDI port, by its own library.

Through ctypes: python-rtmidi needs that library anyway, and tells and connects nothing itself.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import byref, c_void_p
from typing import Any

from bridge.live.midi_ports import CLIENT
from bridge.sources.wiring import MIDI

OUTPUT, NONBLOCK = 1, 1  # SND_SEQ_OPEN_OUTPUT, SND_SEQ_NONBLOCK
LISTENERS = 0  # SND_SEQ_QUERY_SUBS_READ
NEXT = -1  # a number before the first: the next one is asked for


class Address(ctypes.Structure):
    """snd_seq_addr_t."""

    _fields_ = (("client", ctypes.c_ubyte), ("port", ctypes.c_ubyte))


class AlsaPatchbay:
    """See `bridge.sources.wiring.Patchbay`. A peer is its address and names: "129:0 synth:in".

    The address alone may be another program's tomorrow, and names alone may be those of two. So a
    program that was itself started again is another one, unless it gets its old address.
    """

    def __init__(self) -> None:
        """Raises OSError where there is no sequencer, or no port of this process in it."""
        self._alsa: Any = ctypes.CDLL("libasound.so.2")
        for kind in ("client", "port"):
            getattr(self._alsa, f"snd_seq_{kind}_info_get_name").restype = ctypes.c_char_p
        self._alsa.snd_seq_query_subscribe_get_addr.restype = ctypes.POINTER(Address)
        self._seq = c_void_p()
        self._call("open", byref(self._seq), b"default", OUTPUT, NONBLOCK)
        self._call("set_client_name", self._seq, f"{CLIENT}-wiring".encode())
        self._client = self._new("client_info")
        self._port = self._new("port_info")
        self._query = self._new("query_subscribe")
        self._subscription = self._new("port_subscribe")
        self._ours = {MIDI: self._find_own()}

    def ours(self) -> list[str]:
        """See `Patchbay`."""
        return list(self._ours)

    def peers(self, name: str) -> set[str]:
        """See `Patchbay`."""
        alsa, query = self._alsa, self._query
        found: set[str] = set()
        alsa.snd_seq_query_subscribe_set_root(query, byref(self._ours[name]))
        alsa.snd_seq_query_subscribe_set_type(query, LISTENERS)
        alsa.snd_seq_query_subscribe_set_index(query, 0)
        while alsa.snd_seq_query_port_subscribers(self._seq, query) >= 0:
            address = alsa.snd_seq_query_subscribe_get_addr(query).contents
            found.add(self._name(address))
            index = alsa.snd_seq_query_subscribe_get_index(query)
            alsa.snd_seq_query_subscribe_set_index(query, index + 1)
        return found

    def has(self, peer: str) -> bool:
        """See `Patchbay`."""
        try:
            return self._name(address_of(peer)) == peer
        except (OSError, ValueError):  # not there; a port of JACK, where the port was before
            return False

    def connect(self, name: str, peer: str) -> None:
        """See `Patchbay`."""
        alsa, subscription = self._alsa, self._subscription
        alsa.snd_seq_port_subscribe_set_sender(subscription, byref(self._ours[name]))
        alsa.snd_seq_port_subscribe_set_dest(subscription, byref(address_of(peer)))
        self._call("subscribe_port", self._seq, subscription)

    def _find_own(self) -> Address:
        """The only port of this process: rtmidi's client has it, ours has none."""
        alsa, client, port = self._alsa, self._client, self._port
        alsa.snd_seq_client_info_set_client(client, NEXT)
        while alsa.snd_seq_query_next_client(self._seq, client) >= 0:
            if alsa.snd_seq_client_info_get_pid(client) == os.getpid():
                number = alsa.snd_seq_client_info_get_client(client)
                alsa.snd_seq_port_info_set_client(port, number)
                alsa.snd_seq_port_info_set_port(port, NEXT)
                if alsa.snd_seq_query_next_port(self._seq, port) >= 0:
                    return Address(number, alsa.snd_seq_port_info_get_port(port))
        self._call("close", self._seq)
        raise FileNotFoundError("this process has no port in ALSA's sequencer")

    def _name(self, address: Address) -> str:
        client, port = int(address.client), int(address.port)
        self._call("get_any_client_info", self._seq, client, self._client)
        self._call("get_any_port_info", self._seq, client, port, self._port)
        names = (
            self._alsa.snd_seq_client_info_get_name(self._client),
            self._alsa.snd_seq_port_info_get_name(self._port),
        )
        return f"{client}:{port} " + ":".join(name.decode(errors="replace") for name in names)

    def _call(self, name: str, *arguments: Any) -> None:
        status = getattr(self._alsa, f"snd_seq_{name}")(*arguments)
        if status < 0:
            raise OSError(-status, os.strerror(-status), f"snd_seq_{name}")

    def _new(self, kind: str) -> c_void_p:
        """One of the library's own structs; it lives as long as the process."""
        struct = c_void_p()
        self._call(f"{kind}_malloc", byref(struct))
        return struct


def address_of(peer: str) -> Address:
    """The address in a peer's name."""
    client, port = peer.split(" ", 1)[0].split(":")
    return Address(int(client), int(port))
