"""Settings: one definition, several origins, errors that say what to do."""

import tomllib
from pathlib import Path

import pytest

from bridge.errors import BridgeError
from bridge.settings import (
    DawSettings,
    Settings,
    commented_config,
    daw_folder,
    leaves,
    load,
)


def test_the_commented_config_holds_every_setting_and_uncommented_it_changes_nothing() -> None:
    text = commented_config()
    for name, _ in leaves(Settings()):
        group, last = name.split(".")
        assert f"[{group}]" in text
        assert f"# {last} = " in text or last == "targets"
    uncommented = "\n".join(
        line.removeprefix("# ") if " = " in line or line.startswith("# [[") else line
        for line in text.splitlines()
        if not line.startswith("# ") or " = " in line or line.startswith("# [[")
    )
    values = tomllib.loads(uncommented)
    assert Settings.model_validate(values) == Settings()


def test_flags_beat_environment_beats_file_beats_default(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[service]\nport = 1001\nhost = '127.0.0.2'\n[midi]\nport = 'file'\n")
    loaded = load(
        config=config,
        environment={"DAWBRIDGE_SERVICE__PORT": "1002", "DAWBRIDGE_MIDI__PORT": "from env"},
        flags={"service.port": 1003, "source.input": None},
    )
    assert loaded.settings.service.port == 1003
    assert loaded.settings.service.host == "127.0.0.2"
    assert loaded.settings.midi.port == "from env"
    assert loaded.origins["service.port"] == "flag"
    assert loaded.origins["midi.port"] == "environment"
    assert loaded.origins["service.host"].startswith("config file")
    assert "source.input" not in loaded.origins


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[service]\nport = 99999\n", "service.port"),
        ("[service]\nprot = 1\n", "service.prot"),
        ("[midi]\nbeats = 'loud'\n", "midi.beats"),
        ("[trackers]\non = ['beat']\n", "trackers.on"),
        ("[service\n", "cannot be read"),
        ("service = 5\n", "service"),
        ("\x00", "cannot be read"),
    ],
)
def test_a_wrong_config_names_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(text)
    with pytest.raises(BridgeError) as error:
        load(config=config, environment={})
    assert words in error.value.what
    assert error.value.cause
    assert error.value.remedy


def test_a_value_where_a_group_belongs_is_said_whatever_else_is_set(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("service = 5\n")
    with pytest.raises(BridgeError, match="group of settings"):
        load(config=config, environment={}, flags={"service.port": 9000})


def test_lists_may_be_written_with_commas() -> None:
    loaded = load(
        environment={"DAWBRIDGE_TRACKERS__ON": "beats, key"}, flags={"source.channels": "3,4"}
    )
    assert loaded.settings.trackers.on == ("beats", "key")
    assert loaded.settings.source.channels == (3, 4)


def test_a_misspelt_variable_is_not_passed_over() -> None:
    with pytest.raises(BridgeError, match="service_port"):
        load(environment={"DAWBRIDGE_SERVICE_PORT": "9000"})


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(BridgeError, match="rehearsal"):
        load(preset="nonsense", environment={})


def test_a_key_is_never_shown() -> None:
    loaded = load(environment={"DAWBRIDGE_LABELS__KEY": "sk-secret"})
    assert loaded.settings.labels.key.get_secret_value() == "sk-secret"
    shown = dict(leaves(loaded.settings))
    assert "secret" not in str(shown["labels.key"])
    assert "secret" not in repr(loaded.settings)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DAWBRIDGE_SERVICE__TOKEN", "my-real-secret-tökén-42"),
        ("DAWBRIDGE_LABELS__KEY", "['my-real-secret']"),
    ],
)
def test_a_wrong_secret_is_not_repeated(variable: str, value: str) -> None:
    with pytest.raises(BridgeError) as told:
        load(environment={variable: value})
    assert "secret" not in str(told.value)


def test_the_password_of_an_address_is_not_shown() -> None:
    loaded = load(environment={"DAWBRIDGE_LIBRARY__URL": "postgresql://me:hidden@host/name"})
    shown = dict(leaves(loaded.settings))
    assert shown["library.url"] == "postgresql://me:***@host/name"
    assert "hidden" in loaded.settings.library.url


@pytest.mark.parametrize(
    ("told", "folder"),
    [("", "data/daw"), ("meet here", "data/meet here"), ("~/daws", "home/daws")],
)
def test_daws_meet_in_the_same_folder_wherever_it_is_asked_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, folder: str
) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *_, **__: str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        monkeypatch.chdir(tmp_path / place)
        assert daw_folder(DawSettings(folder=told)) == tmp_path / folder


def test_a_whole_path_is_the_folder_where_daws_meet(tmp_path: Path) -> None:
    assert daw_folder(DawSettings(folder=str(tmp_path))) == tmp_path
