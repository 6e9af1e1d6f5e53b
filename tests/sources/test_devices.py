"""Which device the user means; never another one instead."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bridge.errors import BridgeError
from bridge.sources import portaudio, pulse
from bridge.sources.client import AbsentError
from bridge.sources.devices import Device, choose, find, number_them

MIC = Device(0, "Built-in Microphone", "input", 1, 44100, default=True)
SCARLETT = Device(3, "Scarlett 18i20 USB", "input", 18, 48000)
SCARLETT_SOLO = Device(4, "Scarlett Solo", "input", 2, 48000)
MONITOR = Device(5, "alsa_output.pci.monitor", "output", 2, 48000, "pulse", True)
HDMI = Device(6, "alsa_output.hdmi.monitor", "output", 2, 48000, "pulse")
BLACKHOLE = Device(7, "BlackHole 2ch", "input", 2, 48000)
JACK = Device(None, "jack", "jack", 2, 48000, "jack", True)
ALL = [MIC, SCARLETT, SCARLETT_SOLO, HDMI, MONITOR, JACK]


@pytest.mark.parametrize(
    ("wish", "meant"),
    [
        ("default", MIC),
        ("output", MONITOR),
        ("3", SCARLETT),
        ("solo", SCARLETT_SOLO),
        ("Scarlett Solo", SCARLETT_SOLO),
        ("hdmi", HDMI),
    ],
)
def test_a_device_is_meant_by_number_or_part_of_its_name(wish: str, meant: Device) -> None:
    assert choose(wish, ALL, "linux") == meant


def test_an_exact_name_wins_over_longer_ones() -> None:
    plain = Device(8, "Scarlett", "input", 2, 48000)
    assert choose("Scarlett", [SCARLETT, plain], "linux") == plain


def test_pulse_is_asked_for_the_default_before_portaudio() -> None:
    source = Device(9, "alsa_input.pci", "input", 2, 48000, "pulse", True)
    assert choose("default", [MIC, source], "linux") == source


@pytest.mark.parametrize(
    ("wish", "devices", "told"),
    [
        ("scarlett", ALL, "3: Scarlett 18i20 USB; 4: Scarlett Solo"),
        ("Focusrite", ALL, "Built-in Microphone"),
        ("9", ALL, "0: Built-in Microphone"),
        ("default", [SCARLETT], "Scarlett"),
        ("x", [], "none was found"),
        ("default", [], "none was found"),
        ("output", [], "none was found"),
        ("output", [MIC], "PulseAudio"),
    ],
)
def test_what_is_not_clear_is_asked_back(wish: str, devices: list[Device], told: str) -> None:
    with pytest.raises(BridgeError) as error:
        choose(wish, devices, "linux")
    assert told in error.value.cause
    assert error.value.remedy


def test_on_macos_the_output_is_a_virtual_device_or_a_guide_to_one() -> None:
    assert choose("output", [MIC, BLACKHOLE], "darwin") == BLACKHOLE
    with pytest.raises(BridgeError) as error:
        choose("output", [MIC], "darwin")
    assert "blackhole-2ch" in error.value.remedy


def test_on_windows_the_output_needs_its_extra() -> None:
    with pytest.raises(BridgeError) as error:
        choose("output", [MIC], "win32")
    assert "PyAudioWPatch" in error.value.remedy


def test_devices_without_a_number_get_the_next_ones() -> None:
    nameless = Device(None, "sink.monitor", "output", 2, 48000, "pulse")
    numbered = number_them([SCARLETT, nameless, JACK, nameless])
    assert [device.number for device in numbered] == [3, 4, None, 5]


def portaudio_device(name: str, api: int, inputs: int) -> dict[str, object]:
    return {
        "name": name,
        "hostapi": api,
        "max_input_channels": inputs,
        "default_samplerate": 44100.0,
    }


def test_on_windows_each_device_shows_once_by_wasapi() -> None:
    apis = [
        {"name": "MME", "default_input_device": 0},
        {"name": "Windows WASAPI", "default_input_device": 3},
    ]
    devices = [
        portaudio_device("Microphone (USB Audio Devic", 0, 2),
        portaudio_device("Speakers", 1, 0),
        portaudio_device("Line In", 1, 2),
        portaudio_device("Microphone (USB Audio Device)", 1, 1),
    ]
    assert portaudio.select(devices, apis, "win32") == [
        Device(2, "Line In", "input", 2, 44100),
        Device(3, "Microphone (USB Audio Device)", "input", 1, 44100, default=True),
    ]


def test_jack_clients_are_no_portaudio_devices() -> None:
    apis = [
        {"name": "ALSA", "default_input_device": 0},
        {"name": "JACK Audio Connection Kit", "default_input_device": 1},
    ]
    devices = [portaudio_device("hw:0", 0, 2), portaudio_device("system", 1, 2)]
    assert [device.name for device in portaudio.select(devices, apis, "linux")] == ["hw:0"]


def test_pulse_sources_are_read_from_pactl() -> None:
    about = "Server Name: pulseaudio\nDefault Sink: usb\nDefault Source: alsa_input.pci\n"
    short = (
        "0\tusb.monitor\tmodule-alsa-card.c\ts16le 2ch 44100Hz\tIDLE\n"
        "1\thdmi.monitor\tmodule-alsa-card.c\ts16le 6ch 48000Hz\tSUSPENDED\n"
        "2\talsa_input.pci\tPipeWire\tfloat32le 1ch 96000Hz\tRUNNING\n"
        "nonsense\n"
    )
    assert pulse.parse(about, short) == [
        Device(None, "usb.monitor", "output", 2, 44100, "pulse", True),
        Device(None, "hdmi.monitor", "output", 6, 48000, "pulse"),
        Device(None, "alsa_input.pci", "input", 1, 96000, "pulse", True),
    ]


@pytest.fixture
def slow_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pactl is there, and nobody answers it."""
    for name in "pactl", "parec":
        (tmp_path / name).write_text("#!/bin/sh\nexec sleep 60\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(pulse, "ANSWER", 0.1)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no PulseAudio on Windows")
@pytest.mark.parametrize("wish", ["default", "usb.monitor"])
def test_a_sound_server_that_does_not_answer_is_waited_for_not_replaced(
    wish: str, slow_server: None
) -> None:
    with pytest.raises(AbsentError, match="does not answer"):
        find(wish)


def test_parec_tells_where_the_server_moved_it() -> None:
    said = b"Stream moved to device alsa_input.pci (0, not suspended).\x1b[K"
    assert pulse.moved_to(said) == "alsa_input.pci"
    assert pulse.moved_to(b"Time: 0.014 sec; Latency: -6041 usec.        ") is None
