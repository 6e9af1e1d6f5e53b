"""What the service answers, derived from the events: validation, JSON and OpenAPI."""

from __future__ import annotations

from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from bridge.events import (
    BY_TOPIC,
    EVENTS,
    Beat,
    Chord,
    DrumHit,
    EngineState,
    Event,
    Gap,
    Key,
    Level,
    Metre,
    Onset,
    Pitch,
    Section,
    Spectrum,
    State,
    Tempo,
    fields,
    to_json,
)
from bridge.live.commands import Command

# One moment of a song, for the documentation.
EXAMPLES: tuple[Event, ...] = (
    State(at=0.01, decided=0.01, state="listening", reason="sound arrives"),
    Gap(at=12.4, decided=12.41, seconds=0.0053, reason="the device's buffer ran over"),
    Level(
        at=61.2, decided=61.2, rms=-17.2, peak=-5.1, true_peak=-4.9, momentary=-15.8,
        short_term=-16.3, width=0.12, correlation=0.71,
    ),
    Spectrum(at=61.2, decided=61.2, brightness=2140.0, warmth=0.41, flatness=0.08, contrast=22.5),
    Onset(at=61.02, decided=61.05, strength=0.8, confidence=0.9),
    Tempo(at=60.0, decided=60.1, bpm=120.0, confidence=0.93, other=60.0, coasting=False),
    Beat(at=61.0, decided=60.95, number=3, bar=31, tempo=120.0, confidence=0.92),
    Metre(at=16.0, decided=16.2, beats=4, unit=4, confidence=0.9),
    Key(at=20.0, decided=20.0, key="E minor", confidence=0.8),
    Chord(at=60.0, decided=60.4, label="E:min", confidence=0.7),
    Pitch(at=61.2, decided=61.24, hz=329.6, confidence=0.9),
    DrumHit(at=61.0, decided=61.02, drum="kick", velocity=96, confidence=0.95),
    Section(at=48.0, decided=52.0, name="chorus-like", number=3, confidence=0.6),
)  # fmt: skip


def _model(kind: type[Event], example: Event) -> type[BaseModel]:
    hints = get_type_hints(kind)
    topic: Any = Literal[kind.topic]
    named: dict[str, Any] = {"event": (topic, Field(description="the topic"))} | {
        f.name: (hints[f.name], Field(description=f.meaning)) for f in fields(kind)
    }
    return create_model(
        kind.__name__,
        __doc__=kind.__doc__,
        __config__=ConfigDict(
            frozen=True,
            allow_inf_nan=False,  # JSON has no word for them
            json_schema_extra={"examples": [to_json(example)]},
        ),
        **named,
    )


_EXAMPLE_OF = {example.topic: example for example in EXAMPLES}
MODELS: dict[str, type[BaseModel]] = {
    kind.topic: _model(kind, _EXAMPLE_OF[kind.topic]) for kind in EVENTS
}


def read_event(values: dict[str, Any]) -> BaseModel:
    """The event in a line. Raises ValueError for what is no event of ours."""
    topic = values.get("event")
    if not isinstance(topic, str) or topic not in BY_TOPIC:
        raise ValueError(f"there is no topic {topic!r}")
    return MODELS[topic].model_validate(values)


def _now() -> type[BaseModel]:
    topics: dict[str, Any] = {
        kind.topic: (MODELS[kind.topic] | None, Field(None, description=kind.__doc__))
        for kind in EVENTS
    }
    example: Any = {topic: to_json(event) for topic, event in _EXAMPLE_OF.items()}
    return create_model(
        "Now",
        __doc__="The latest event of each topic; null: there was none yet.",
        __config__=ConfigDict(json_schema_extra={"examples": [example]}),
        **topics,
    )


Now = _now()


class Health(BaseModel):
    """How the service and what feeds it are."""

    state: EngineState = Field(description="of the engine")
    reason: str = Field(description="why it is in this state")
    version: str = Field(description="of dawbridge")
    uptime_s: float = Field(description="seconds since the service started")
    age_s: float = Field(description="seconds since the live process was last heard of")
    load: dict[str, int | float] = Field(
        description="the live process's own figures, told once a second; "
        "`cpu` is its share of one core"
    )
    gaps: int = Field(description="times that sound was lost before it could be heard")
    clients: int = Field(description="WebSocket clients")
    drops: int = Field(description="messages that clients too slow to take them missed")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "listening",
                    "reason": "sound arrives",
                    "version": "0.1.0",
                    "uptime_s": 61.3,
                    "age_s": 0.02,
                    "load": {"cpu": 0.11, "gaps": 0},
                    "gaps": 0,
                    "clients": 1,
                    "drops": 0,
                }
            ]
        }
    )


class Error(BaseModel):
    """What went wrong, in the user's words."""

    what: str = Field(description="what went wrong")
    cause: str = Field(description="why")
    remedy: str = Field(description="what can be done about it")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "what": "There is no command 'stop'",
                    "cause": "commands are tap, double, halve, the_one",
                    "remedy": "send one of these",
                }
            ]
        }
    )


class Accepted(BaseModel):
    """The command is on its way to the live process."""

    accepted: Command = Field(description="the command", examples=["tap"])
