"""Every setting, from its one definition: defaults < preset < config file < environment < flags.

The commented config file, `dawbridge config` and docs/settings.md are derived from these models.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

import platformdirs
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_serializer,
    field_validator,
)

from bridge.errors import BridgeError
from bridge.events import BY_TOPIC
from bridge.wrong_values import needed, unreadable, value_error

PLACES = {"flag": "the command line", "environment": "the environment, DAWBRIDGE_..."}
SECRET = ("token", "key")  # settings that no error repeats
ENVIRONMENT = "DAWBRIDGE_"  # DAWBRIDGE_SERVICE__PORT=9100 sets service.port

TrackerName = Literal[
    "level", "spectrum", "onsets", "beats", "key", "chords", "pitch", "drums", "sections"
]
Topic = Literal[
    "state", "gap", "level", "spectrum", "onset", "tempo", "beat", "metre", "key", "chord",
    "pitch", "drum", "section",
]  # fmt: skip
assert set(Topic.__args__) == set(BY_TOPIC)  # type: ignore[attr-defined]
ALL_TOPICS: tuple[Topic, ...] = Topic.__args__  # type: ignore[attr-defined]
ALL_TRACKERS: tuple[TrackerName, ...] = TrackerName.__args__  # type: ignore[attr-defined]


class _Group(BaseModel):
    """Unknown names are errors: a misspelt setting must not be passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _from_text(cls, value: Any, about: ValidationInfo) -> Any:
        """What environment and flags write as text: 'a,b' for a list, nothing for "not set"."""
        if not isinstance(value, str) or about.field_name is None:
            return value
        annotation = cls.model_fields[about.field_name].annotation
        if get_origin(annotation) is tuple:
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return None if value == "" and annotation == int | None else value


class SourceSettings(_Group):
    """Where the sound comes from."""

    input: str = Field(
        "default",
        description="'default' (the system's input), 'output' (what the computer plays), 'jack' or "
        "'jack:SERVER', 'reastream' or 'reastream:NAME' (a DAW's track), the number or part of the "
        "name of a device, or the path of a file.",
    )
    channels: tuple[int, ...] = Field(
        (),
        max_length=64,
        description="Which channels, counted from 1. Empty: the first two of a device, all of a "
        "file. With `connect` its ports count instead.",
    )
    rate: int | None = Field(
        None,
        description="Sample rate in Hz, 44100 to 192000. Empty: what the device runs at. JACK, "
        "ReaStream and a file have their own: there it does nothing.",
    )
    block: int = Field(
        256,
        ge=16,
        le=8192,
        description="Block size asked of the device, samples. By PortAudio alone: JACK, the "
        "computer's own output and a file have their own.",
    )
    loop: bool = Field(False, description="A file starts again at its end.")
    paced: bool = Field(True, description="A file is heard in real time, not as fast as possible.")
    connect: tuple[str, ...] = Field(
        (),
        description="JACK: ports to listen to, such as 'system:capture_1', instead of `channels`. "
        "Empty: the first physical inputs.",
    )


class TrackerSettings(_Group):
    """What is understood."""

    on: tuple[TrackerName, ...] = Field(ALL_TRACKERS, description="The trackers that run.")


class OscTarget(_Group):
    """One receiver of OSC."""

    host: str = Field("127.0.0.1", description="Name or address of the receiver.")
    port: int = Field(9000, ge=1, le=65535, description="UDP port of the receiver.")
    topics: tuple[Topic, ...] = Field(ALL_TOPICS, description="What it is told.")
    rate: float = Field(
        30.0,
        gt=0,
        le=100,
        description="At most so many messages a second of each steady topic (level, spectrum, "
        "pitch).",
    )
    bundles: bool = Field(
        False,
        description="Wrap each message in a bundle with the time at which it sounds; "
        "some receivers (grandMA3) take none.",
    )
    lead: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Seconds before it sounds that a predicted beat is sent, "
        "for receivers that are late themselves.",
    )


class OscSettings(_Group):
    """Open Sound Control."""

    on: bool = Field(True, description="Send OSC.")
    targets: tuple[OscTarget, ...] = Field((OscTarget(),), description="Who receives it.")


class MidiSettings(_Group):
    """MIDI out."""

    on: bool = Field(True, description="Send MIDI.")
    port: str = Field(
        "dawbridge",
        description="Name of the virtual port. On Windows, part of the name of an existing one "
        "(loopMIDI, Windows MIDI Services).",
    )
    latency: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Seconds added to every message, so that all come evenly. On JACK at least "
        "two blocks.",
    )
    drums: bool = Field(True, description="Drum hits as notes.")
    drum_channel: int = Field(10, ge=1, le=16, description="Their channel.")
    drum_map: str = Field(
        "general_midi",
        description="Their notes: the name of a file in presets/drum_maps, or a path.",
    )
    pitch: bool = Field(False, description="The pitch of a single voice as notes.")
    pitch_channel: int = Field(1, ge=1, le=16, description="Their channel.")
    chords: bool = Field(False, description="Chords as held notes.")
    chord_channel: int = Field(2, ge=1, le=16, description="Their channel.")
    beats: Literal["off", "notes", "cc"] = Field(
        "off", description="Beats as notes (76 for the one, 77 else) or as a controller."
    )
    beat_channel: int = Field(16, ge=1, le=16, description="Their channel.")
    beat_cc: int = Field(
        20, ge=0, le=119, description="The controller; its value is the number in the bar."
    )


class TriggerSettings(_Group):
    """One drum, one microphone, one note, inside the JACK callback: the shortest way there is."""

    on: bool = Field(False, description="Run the trigger (JACK only).")
    channel: int = Field(
        1,
        ge=1,
        le=64,
        description="The microphone's channel, counted from 1; with source.connect its place "
        "there.",
    )
    threshold: float = Field(-24.0, ge=-80, le=0, description="Level that is a hit, dBFS.")
    hold: float = Field(0.05, ge=0.005, le=1, description="Seconds without a second hit.")
    note: int = Field(36, ge=0, le=127, description="The note.")
    midi_channel: int = Field(10, ge=1, le=16, description="Its channel.")


class ServiceSettings(_Group):
    """WebSocket and web API."""

    on: bool = Field(True, description="Serve WebSocket, /now and /health.")
    host: str = Field(
        "127.0.0.1", description="Address to listen on; beyond this machine: 0.0.0.0."
    )
    port: int = Field(8765, ge=1, le=65535, description="Its port.")
    origins: tuple[str, ...] = Field(
        (), description="Web pages that may connect, such as 'http://192.168.1.5:8000'."
    )
    token: SecretStr = Field(
        SecretStr(""),
        description="The word that whoever asks from another machine must know, 16 characters or "
        "more. Without one the service listens on this machine alone.",
    )
    folders: tuple[str, ...] = Field(
        (),
        description="Folders from which recordings may be added by their path through the web "
        "API. Empty: they can only be uploaded.",
    )
    upload: int = Field(
        4096, ge=1, description="Megabytes that an uploaded recording may have at most."
    )

    @field_validator("token")
    @classmethod
    def _is_long(cls, token: SecretStr) -> SecretStr:
        said = token.get_secret_value()
        if said and (len(said) < 16 or not said.isascii() or not said.isprintable()):
            raise ValueError("a token has 16 characters or more, ASCII alone, so that none guesses")
        return token

    @field_serializer("token", when_used="json")
    def _told(self, token: SecretStr) -> str:
        """The processes pass settings on as JSON; whatever is shown goes through `leaves`."""
        return token.get_secret_value()

    @field_validator("folders")
    @classmethod
    def _are_whole(cls, folders: tuple[str, ...]) -> tuple[str, ...]:
        for folder in folders:
            if not Path(folder).expanduser().is_absolute():
                raise ValueError(f"{folder} is no whole path of a folder")
        return folders

    @field_validator("origins")
    @classmethod
    def _are_addresses(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not urlsplit(origin).hostname:
                raise ValueError(f"{origin} is no address of a page, http://HOST:PORT")
        return origins


class RecorderSettings(_Group):
    """Session frames: what was understood, once a second, as JSON lines."""

    on: bool = Field(True, description="Write a session file beside every run.")
    folder: str = Field("", description="Where to. Empty: the user's data folder.")
    keep: int = Field(100, ge=1, description="The oldest files beyond this number are deleted.")


class LabelSettings(_Group):
    """Names of takes and riffs, polished by a language model. Sound never leaves this machine."""

    model: str = Field(
        "",
        description="Name of the model. Empty: none is asked; the names made from what was heard "
        "stand.",
    )
    provider: Literal["anthropic", "openai"] = Field(
        "anthropic",
        description="Whose protocol is spoken; 'openai' is that of most servers on one's own "
        "machine as well.",
    )
    url: str = Field("", description="Its address. Empty: the provider's own.")
    key: SecretStr = Field(
        SecretStr(""), description="The key the provider gave you. Is never shown."
    )

    @field_serializer("key", when_used="json")
    def _told(self, key: SecretStr) -> str:
        """To the processes of this program."""
        return key.get_secret_value()


class LibrarySettings(_Group):
    """What is kept of recordings, and the work on them."""

    folder: str = Field(
        "", description="Where it lies. Empty: `library` in the user's data folder."
    )
    url: str = Field(
        "",
        description="A database elsewhere, as SQLAlchemy writes it: "
        "'postgresql+psycopg://user:password@host/name'. Empty: library.db in `folder`.",
    )
    workers: int = Field(
        0, ge=0, le=256, description="Recordings analysed at a time. 0: one less than the cores."
    )
    memory: int = Field(
        2000,
        ge=500,
        description="Megabytes that a worker may take; one that takes more is ended and its job "
        "has failed.",
    )


class DawSettings(_Group):
    """The scripts inside DAWs."""

    on: bool = Field(True, description="Speak with them.")
    folder: str = Field(
        "",
        description="Where they meet. Empty: `daw` in the user's data folder. A relative one lies "
        "in the user's data folder, wherever dawbridge is started.",
    )
    offset: float = Field(
        0.0,
        ge=-1,
        le=1,
        description="Seconds added to the place of live marks, for what the sound takes on its way "
        "that nobody measured.",
    )
    match: bool = Field(
        True,
        description="After a recording, find in the DAW's own file what was heard, and move the "
        "marks to the sample.",
    )
    riffs: bool = Field(
        True,
        description="Look for riffs: while a DAW records or plays, and once more in its own file "
        "after a recording of half a minute or more.",
    )
    osc_port: int = Field(
        9001,
        ge=0,
        le=65535,
        description="UDP port of this machine where OSC may ask for clips, /dawbridge/clip. "
        "0: none.",
    )


class Settings(_Group):
    """All settings."""

    source: SourceSettings = SourceSettings()
    trackers: TrackerSettings = TrackerSettings()
    osc: OscSettings = OscSettings()
    midi: MidiSettings = MidiSettings()
    trigger: TriggerSettings = TriggerSettings()
    service: ServiceSettings = ServiceSettings()
    recorder: RecorderSettings = RecorderSettings()
    library: LibrarySettings = LibrarySettings()
    labels: LabelSettings = LabelSettings()
    daw: DawSettings = DawSettings()


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force and where each of them came from."""

    settings: Settings
    origins: Mapping[str, str]  # "service.port": "environment"; not in it: "default"


def config_path() -> Path:
    """Where the user's config file lies."""
    return Path(platformdirs.user_config_dir("dawbridge", appauthor=False)) / "config.toml"


def data_folder() -> Path:
    """Where what dawbridge writes is kept."""
    return Path(platformdirs.user_data_dir("dawbridge", appauthor=False))


def daw_folder(settings: DawSettings) -> Path:
    """Where we and the scripts inside DAWs meet: the same for all who ask, wherever they run."""
    return (data_folder() / Path(settings.folder or "daw").expanduser()).absolute()


def presets_folder() -> Path:
    """The presets that are shipped: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "presets"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "presets"


def preset_names() -> list[str]:
    """The presets that can be named."""
    return sorted(path.stem for path in presets_folder().glob("*.toml"))


def load(
    *,
    preset: str | None = None,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Loaded:
    """The settings in force. `flags` maps dotted names to values; None values are not set.

    Raises BridgeError naming the setting, where it came from and what it may be.
    """
    layers: list[tuple[str, dict[str, Any]]] = []
    if preset:
        path = _preset_path(preset)
        layers.append((f"preset {path.stem}", read_toml(path)))
    if config is not None and _readable(config):
        layers.append((f"config file {config}", read_toml(config)))
    variables = os.environ if environment is None else environment
    layers.append(("environment", _from_environment(variables)))
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    layers.append(("flag", _nest(given)))

    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, values in layers:
        for name, value in _leaves(values):
            _set(merged, name, value)
            origins[name] = origin
    try:
        return Loaded(Settings.model_validate(merged), origins)
    except ValidationError as error:
        raise _explain(error, origins) from error


def _readable(config: Path) -> bool:
    try:
        return config.exists()
    except OSError:  # a home we may not enter: the defaults hold, `dawbridge doctor` tells of it
        return False


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file's values. Raises BridgeError with the line that is wrong."""
    try:
        text = ""
        text = path.read_text(encoding="utf-8-sig")  # Notepad writes a mark first
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a wrong line, absurd numbers, absurd depth
        raise unreadable(path, text, error) from error
    except OSError as error:
        raise BridgeError(
            f"{path} cannot be read", cause=str(error), remedy="check the path and its permissions"
        ) from error


def leaves(settings: Settings) -> Iterator[tuple[str, Any]]:
    """Every setting with its dotted name and its value in force."""
    for group, values in settings.model_dump().items():
        for name, value in values.items():
            yield f"{group}.{name}", _shown(value)


def _shown(value: Any) -> Any:
    """As it may be seen: keys and the passwords of addresses are covered."""
    if isinstance(value, SecretStr):
        return str(value)
    if isinstance(value, str):
        return re.sub(r"(?<=://)([^/@\s:]*):[^/@\s]*@", r"\1:***@", value)
    return value


def commented_config() -> str:
    """The config file that is written on first start: every setting, explained, commented out."""
    lines = [
        "# dawbridge settings. Remove the # before a line to change it.",
        "# `dawbridge config` shows what is in force and where it came from.",
    ]
    for group, group_field in Settings.model_fields.items():
        model = group_field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        lines += ["", f"[{group}]  # {(model.__doc__ or '').splitlines()[0]}"]
        for name, field in model.model_fields.items():
            if name == "targets":
                lines.append("# Who receives it: [[osc.targets]] at the end of this file.")
                continue
            lines.append(f"# {field.description}")
            lines.append(f"# {name} = {toml_value(field.default)}")
    lines += ["", "# Receivers of OSC, one block each:", "# [[osc.targets]]"]
    for name, field in OscTarget.model_fields.items():
        lines.append(f"# {name} = {toml_value(field.default)}  # {field.description}")
    return "\n".join(lines) + "\n"


def toml_value(value: Any) -> str:
    """A value as TOML writes it; an empty text for None."""
    if value is None:
        return '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, SecretStr):
        value = str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(toml_value(each) for each in value) + "]"
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {toml_value(v)}" for k, v in value.items()) + " }"
    return str(value)


def _preset_path(preset: str) -> Path:
    if preset.endswith(".toml"):
        return Path(preset)
    path = presets_folder() / f"{preset}.toml"
    if preset not in preset_names():
        raise BridgeError(
            f"There is no preset {preset!r}",
            cause=f"known are {', '.join(preset_names())}",
            remedy="choose one of these, or give the path of a .toml file",
        )
    return path


def _from_environment(variables: Mapping[str, str]) -> dict[str, Any]:
    """DAWBRIDGE_GROUP__NAME=value; the value is read as TOML, or as text when it is none."""
    values = {}
    for variable, text in variables.items():
        if variable.startswith(ENVIRONMENT):
            name = variable.removeprefix(ENVIRONMENT).lower().replace("__", ".")
            try:
                values[name] = tomllib.loads(f"value = {text}")["value"]
            except (ValueError, RecursionError):
                values[name] = text
    return _nest(values)


def _nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        _set(nested, name, value)
    return nested


def _set(nested: dict[str, Any], name: str, value: Any) -> None:
    *groups, last = name.split(".")
    for group in groups:
        nested = nested.setdefault(group, {})
        if not isinstance(nested, dict):
            raise BridgeError(
                f"The setting {group!r} cannot be {nested!r}",
                cause=f"it is a group of settings, {name} among them",
                remedy=f"write [{group}] and below it {last} = ...",
            )
    nested[last] = value


def _leaves(nested: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _explain(error: ValidationError, origins: Mapping[str, str]) -> BridgeError:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    origin = next((o for n, o in origins.items() if name.startswith(n)), "the settings")
    origin = PLACES.get(origin, origin)
    if first["type"] == "extra_forbidden":
        known = [each for each, _ in leaves(Settings())]
        meant = get_close_matches(name, known, 1) or get_close_matches(
            name.rpartition(".")[2], [each.rpartition(".")[2] for each in known], 1
        )
        return BridgeError(
            f"There is no setting {name!r}",
            cause=f"it stands in {origin}",
            remedy=(
                f"did you mean {meant[0]}? " if meant else "correct the spelling or remove it; "
            )
            + "`dawbridge config` lists every setting",
        )
    secret = any(each in name.rpartition(".")[2] for each in SECRET)
    value = "what it is" if secret else repr(_shown(first["input"]))
    wanted = needed(dict(first), _bounds(first["loc"]))
    return BridgeError(
        f"The setting {name!r} cannot be {value}",
        cause=(f"it has to be {wanted}" if wanted else value_error(dict(first)))
        + f"; this one stands in {origin}",
        remedy="change it there; the config file (`dawbridge config --path`) and docs/settings.md "
        "explain each setting",
    )


def _bounds(place: tuple[int | str, ...]) -> str:
    """Between which values a number lies: "from 1 to 16"; empty: not bounded on both sides."""
    model: Any = Settings
    told: tuple[Any, ...] = ()
    for part in (each for each in place if isinstance(each, str)):
        if part not in getattr(model, "model_fields", {}):
            return ""
        field = model.model_fields[part]
        told = tuple(field.metadata)
        model = next(iter(get_args(field.annotation)), field.annotation)
    low = next((each.ge for each in told if hasattr(each, "ge")), None)
    high = next((each.le for each in told if hasattr(each, "le")), None)
    return f"from {low:g} to {high:g}" if low is not None and high is not None else ""
