"""The commands as a user types them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from bridge.cli.app import app
from bridge.cli.kept import waiting_text
from bridge.live.instance import Instance
from bridge.settings import Settings, leaves

COMMANDS = [
    *([command.name or command.callback.__name__] for command in app.registered_commands),
    *(
        [group.typer_instance.info.name, command.name or command.callback.__name__]
        for group in app.registered_groups
        for command in group.typer_instance.registered_commands
    ),
]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment without any settings of the user's own."""
    return os.environ | {
        "XDG_CONFIG_HOME": str(tmp_path / "c"),
        "XDG_DATA_HOME": str(tmp_path / "d"),
    }


def dawbridge(
    *arguments: str, environment: dict[str, str], status: int = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


def refused(*arguments: str, environment: dict[str, str]) -> str:
    """What is said to a wrong command: three parts, and never a traceback."""
    said = dawbridge(*arguments, environment=environment, status=1).stderr
    assert "cause:" in said
    assert "remedy:" in said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_shows_examples(words: list[str], home: dict[str, str]) -> None:
    said = dawbridge(*words, "--help", environment=home).stdout
    assert "Examples:" in said
    assert f"dawbridge {' '.join(words)}" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["export", "a.wav", "--tempo", "fast"],
            "it has to be a number such as 110 or 0.5, not 'fast'",
        ),
        (["export", "a.wav", "--loops", "x"], "it has to be a whole number such as 4, not 'x'"),
        (["export", "a.wav", "--bits", "12"], "choose 16, 24 or float"),
        (["jobs", "hold", "--for", "x"], "it has to be a number such as 110"),
        (["jobs", "cancel", "x"], "it has to be a whole number such as 4, not 'x'"),
        (["jobs", "cancel", "0"], "it has to be a number, 1 at least, not '0'"),
        (["run", "--service-port", "x"], "it has to be a whole number such as 4, not 'x'"),
    ],
)
def test_a_value_of_an_option_is_refused_in_plain_words(words: list[str], told: str) -> None:
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 2
    assert told in said.output
    assert "Input should" not in said.output


def test_listen_keeps_the_contract(home: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "clicks.wav"
    rate = 44100
    sound = np.zeros((rate * 8, 1), np.float32)
    for beat in range(16):
        start = round(beat * 0.5 * rate)
        sound[start : start + 400, 0] = np.hanning(400) * np.sin(np.arange(400))
    soundfile.write(path, sound, rate)
    said = dawbridge("listen", "--input", str(path), "--as-live", "--json", environment=home)
    found = json.loads(said.stdout)
    assert found["duration"] == 8
    assert {
        "beats", "downbeats", "tempo_track", "meter_track", "key_track", "chords", "sections",
        "riffs", "songs", "drums", "onsets", "pitch",
    } <= found.keys()  # fmt: skip
    assert len(found["onsets"]) >= 14
    assert found["tempo_track"]
    assert all(each["value"] for each in [*found["tempo_track"], *found["meter_track"]])
    for entry in [*found["onsets"], *found["beats"]]:
        assert entry["decided_at"] <= 8.02
    by_hop = dawbridge("listen", "-i", str(path), "--json", environment=home)
    assert json.loads(by_hop.stdout) == found, "what is said does not depend on the blocks"


def test_listen_prints_readable_lines(home: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "tone.flac"
    tone = 0.3 * np.sin(2 * np.pi * 220 * np.arange(44100 * 3) / 44100)
    soundfile.write(path, tone, 44100)
    said = dawbridge("listen", "--input", str(path), environment=home).stdout
    assert "section" in said


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gone.wav", None, "There is no file"),
        ("text.wav", b"this is no sound at all", "cannot be read as sound"),
        ("empty.wav", b"", "cannot be read as sound"),
    ],
)
@pytest.mark.parametrize("command", ["listen", "run"])
def test_a_file_that_is_no_sound_is_said(
    home: dict[str, str], tmp_path: Path, command: str, name: str, content: bytes | None, words: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert words in refused(command, "--input", str(path), environment=home)


def test_a_file_without_a_sample_is_said(home: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "none.wav"
    soundfile.write(path, np.zeros((0, 1)), 44100)
    assert "holds no sound" in refused("listen", "--input", str(path), environment=home)


@pytest.mark.parametrize("command", ["listen", "run"])
def test_a_channel_that_the_file_lacks_is_said(
    home: dict[str, str], tmp_path: Path, command: str
) -> None:
    path = tmp_path / "mono.wav"
    soundfile.write(path, np.zeros(4410), 44100)
    home["DAWBRIDGE_SOURCE__CHANNELS"] = "[2]"
    assert "has no channel 2" in refused(command, "--input", str(path), environment=home)


def test_config_tells_value_and_origin_of_every_setting(home: dict[str, str]) -> None:
    home["DAWBRIDGE_SERVICE__PORT"] = "9123"
    said = dawbridge("config", "--json", "--set", "midi.chords=true", environment=home).stdout
    found = json.loads(said)
    assert found.keys() == {name for name, _ in leaves(Settings())}
    assert found["service.port"] == {"value": 9123, "origin": "environment"}
    assert found["midi.chords"] == {"value": True, "origin": "flag"}
    assert found["osc.on"]["origin"] == "default"


def test_the_config_file_is_written_on_first_use(home: dict[str, str]) -> None:
    path = Path(dawbridge("config", "--path", environment=home).stdout.strip())
    assert not path.exists()
    dawbridge("config", environment=home)
    assert "[service]" in path.read_text()
    path.write_text("[midi]\nport = 'mine'\n")
    assert "config file" in dawbridge("config", environment=home).stdout
    assert path.read_text() == "[midi]\nport = 'mine'\n", "the user's own file is left alone"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "midi.prot=1"], "midi.prot"),
        (["--set", "nonsense"], "--set nonsense"),
        (["--preset", "nonsense"], "rehearsal"),
        (["--config", "/nowhere/c.toml"], "no config file"),
    ],
)
def test_wrong_settings_are_said(home: dict[str, str], arguments: list[str], words: str) -> None:
    assert words in refused("config", *arguments, environment=home)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--osc", "nowhere"], "--osc nowhere"), (["--channels", "left"], "source.channels")],
)
def test_wrong_options_of_run_are_said(
    home: dict[str, str], arguments: list[str], words: str
) -> None:
    assert words in refused("run", *arguments, environment=home)


def test_a_second_run_is_refused_and_told_whom_to_end(home: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.zeros(44100), 44100)
    folder = Path(home["XDG_DATA_HOME"]) / "dawbridge"
    first = Instance(folder)
    said = refused("run", "--input", str(path), environment=home)
    assert "already running" in said
    assert str(os.getpid()) in said
    first.close()
    Instance(folder).close()


def test_presets_and_devices_answer(home: dict[str, str]) -> None:
    assert "rehearsal" in dawbridge("presets", environment=home).stdout
    json.loads(dawbridge("devices", "--json", environment=home).stdout)


def test_without_any_midi_ports_says_why(home: dict[str, str]) -> None:
    # no JACK server of this name runs anywhere; ALSA's sequencer may be there or not
    home["JACK_DEFAULT_SERVER"] = "no-such-server"
    home["JACK_NO_START_SERVER"] = "1"
    if Path("/dev/snd/seq").exists():
        assert "dawbridge" in dawbridge("ports", environment=home).stdout
    else:
        said = refused("ports", environment=home)
        assert "no MIDI" in said
        assert "ALSA lib" not in said


def test_doctor_names_a_taken_port(home: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = dawbridge(
            "doctor", "--set", f"service.port={port}", environment=home, status=1
        ).stdout
    assert f"127.0.0.1:{port} cannot be used" in said
    assert "remedy" in said


def test_doctor_looks_where_the_settings_point(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = dawbridge(
        "doctor",
        "--set", f"recorder.folder={tmp_path / 'file' / 'sessions'}",
        "--set", "service.on=false",
        environment=home | {"XDG_CONFIG_HOME": str(tmp_path / "file")},
        status=1,
    ).stdout  # fmt: skip
    assert f"WARN  session files: {tmp_path / 'file' / 'sessions'} cannot be written" in said
    assert f"WARN  config folder: {tmp_path / 'file' / 'dawbridge'} cannot be written" in said
    assert "web port" not in said
    assert not (tmp_path / "d").exists(), "nothing is made where nothing will be written"


def test_doctor_tries_an_ipv6_address_as_the_service_would(home: dict[str, str]) -> None:
    with socket.socket(socket.AF_INET6) as free:
        try:
            free.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
        port = free.getsockname()[1]
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "doctor",
         "--set", "service.host=::1", "--set", f"service.port={port}"],
        capture_output=True, text=True, env=home, timeout=120,
    )  # fmt: skip
    assert f"ok    web port: [::1]:{port} is free" in done.stdout


def test_what_does_not_run_cannot_be_stopped(home: dict[str, str]) -> None:
    assert dawbridge("stop", environment=home, status=1).stdout == "No dawbridge runs.\n"


def test_clips_of_an_unknown_recording_are_said_whether_or_not_anything_runs(
    home: dict[str, str],
) -> None:
    assert "There is no recording 'sogn'" in refused("clips", "sogn", environment=home)


def test_clips_that_nobody_can_be_asked_for_say_so_without_numbers_of_errors(
    home: dict[str, str],
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = refused("clips", "-s", f"daw.osc_port={port}", environment=home)
    assert "No dawbridge answers" in said
    assert "Errno" not in said
    assert "daw.osc_port is 0" in refused("clips", "-s", "daw.osc_port=0", environment=home)


def test_what_dawbridge_answers_to_clips_is_said_in_its_own_words(home: dict[str, str]) -> None:
    from pythonosc.osc_message_builder import OscMessageBuilder

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.bind(("127.0.0.1", 0))
        there.settimeout(60)
        answer = OscMessageBuilder("/dawbridge/error")
        for each in ("It is too late", "night", "sleep"):
            answer.add_arg(each)

        def speak() -> None:
            _, sender = there.recvfrom(65536)
            there.sendto(answer.build().dgram, sender)

        speaker = threading.Thread(target=speak)
        speaker.start()
        port = there.getsockname()[1]
        said = refused("clips", "-s", f"daw.osc_port={port}", environment=home)
        speaker.join()
    assert said.split() == ["It", "is", "too", "late", "cause:", "night", "remedy:", "sleep"]


@pytest.mark.parametrize(
    ("by_hand", "words"), [(True, "`dawbridge jobs release`"), (False, "goes on by itself")]
)
def test_what_waits_says_how_the_waiting_ends(by_hand: bool, words: str) -> None:
    said = waiting_text("reaper records", by_hand)
    assert said.startswith("Reaper records: ")
    assert words in said
