"""Who is told what: the latest of everything, and a bounded queue for each listener."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

import bridge
from bridge.errors import BridgeError
from bridge.events import EVENTS
from bridge.live.commands import COMMANDS
from bridge.service.models import Health, read_event

STATE_EVERY = 0.1  # seconds: ten states a second
ROOM = 512  # messages that may wait for a listener: five seconds of everything
MOST_LISTENERS = 64

log = logging.getLogger(__name__)


class Listener:
    """One WebSocket. What it is too slow for is dropped, oldest first, and counted."""

    def __init__(self, room: int = ROOM) -> None:
        self.dropped = 0  # ever
        self._untold = 0  # dropped since it was last told
        self._messages: deque[str] = deque()
        self._state: str | None = None  # only the newest is worth sending
        self._room = room
        self._wake = asyncio.Event()

    def put(self, message: str) -> None:
        """Queues a message."""
        if len(self._messages) >= self._room:
            self._messages.popleft()
            self.dropped += 1
            self._untold += 1
        self._messages.append(message)
        self._wake.set()

    def put_state(self, message: str) -> None:
        """Takes the place of a state that was not sent yet."""
        self._state = message
        self._wake.set()

    async def take(self) -> list[str]:
        """Waits until there is something; all that waits, in order, the state last."""
        await self._wake.wait()
        self._wake.clear()
        messages = list(self._messages)
        self._messages.clear()
        if self._untold:
            messages.insert(0, json.dumps({"dropped": self._untold}))
            self._untold = 0
        if self._state is not None:
            messages.append(self._state)
            self._state = None
        return messages


class Audience:
    """Hears the supervisor's lines and tells every listener. Lives in the event loop's thread."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        on_load: Callable[[Mapping[str, Any]], object] | None = None,
    ) -> None:
        """`on_load` hears of the live process's load, once a second; it must not block long."""
        self._clock = clock
        self._on_load = on_load
        self._started = clock()
        self._heard = clock()
        self._latest: dict[str, BaseModel] = {}
        self._load: dict[str, int | float] = {}
        self._listeners: set[Listener] = set()
        self._drops_of_gone = 0
        self._misread: set[str] = set()

    def hear(self, message: dict[str, Any]) -> None:
        """A line from the supervisor."""
        self._heard = self._clock()
        if "event" in message:
            self._publish(message)
        elif isinstance(message.get("load"), dict):
            self._load = {
                name: value
                for name, value in message["load"].items()
                if isinstance(value, (int, float)) and math.isfinite(value)
            }
            if self._on_load:
                self._on_load(self._load)

    def join(self) -> Listener:
        """A new listener; the first thing it takes is the hello. Raises BridgeError when full."""
        if len(self._listeners) >= MOST_LISTENERS:
            raise BridgeError(
                "There are too many listeners",
                cause=f"{MOST_LISTENERS} WebSocket clients are connected",
                remedy="close some of them, then connect again",
            )
        listener = Listener()
        hello = json.dumps({"version": bridge.__version__})
        listener.put(f'{{"hello": {hello}, {self._state()}}}')
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """It is gone."""
        self._listeners.discard(listener)
        self._drops_of_gone += listener.dropped

    async def tick(self) -> None:
        """Tells every listener the state, ten times a second, until it is cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            # after a pause the missed ones are not made up for
            due = max(due + STATE_EVERY, loop.time())
            await asyncio.sleep(due - loop.time())
            self.tell_state()

    def tell_state(self) -> None:
        """The whole state to every listener."""
        if self._listeners:
            message = f"{{{self._state()}}}"
            for listener in self._listeners:
                listener.put_state(message)

    def now(self) -> dict[str, BaseModel | None]:
        """The latest event of each topic."""
        return {kind.topic: self._latest.get(kind.topic) for kind in EVENTS}

    def health(self) -> Health:
        """How it is."""
        state = self._latest.get("state")
        now = self._clock()
        return Health(
            state=getattr(state, "state", "starting"),
            reason=getattr(state, "reason", "nothing has been heard yet"),
            version=bridge.__version__,
            uptime_s=round(now - self._started, 3),
            age_s=round(now - self._heard, 3),
            load=self._load,
            gaps=int(self._load.get("gaps", 0)),
            clients=len(self._listeners),
            drops=self._drops_of_gone + sum(listener.dropped for listener in self._listeners),
        )

    def _publish(self, values: dict[str, Any]) -> None:
        try:
            event = read_event(values)
        except ValueError as error:
            topic = str(values.get("event"))
            if topic not in self._misread:  # once each: it may come fifty times a second
                self._misread.add(topic)
                log.error("an event of topic %r is passed over: %s", topic, error)
            return
        self._latest[values["event"]] = event
        message = event.model_dump_json()
        for listener in self._listeners:
            listener.put(message)

    def _state(self) -> str:
        latest = (
            f'"{topic}": {event.model_dump_json() if event else "null"}'
            for topic, event in self.now().items()
        )
        age = round(self._clock() - self._heard, 3)
        return f'"state": {{{", ".join(latest)}}}, "age_s": {age}'


def read_command(text: str) -> str:
    """The command in a listener's message. Raises BridgeError with what can be sent instead."""
    known = ", ".join(COMMANDS)
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BridgeError(
            "This message is no JSON", cause=_short(error), remedy='send {"command": "tap"}'
        ) from error
    command = message.get("command") if isinstance(message, dict) else None
    if command is None:
        raise BridgeError(
            "This message holds no command",
            cause="it is not an object with a field 'command'",
            remedy=f'send {{"command": ...}} with one of {known}',
        )
    if not isinstance(command, str) or command not in COMMANDS:
        raise no_command(command)
    return command


def no_command(command: object) -> BridgeError:
    """For a command that does not exist."""
    return BridgeError(
        f"There is no command {_short(repr(command))}",
        cause=f"commands are {', '.join(COMMANDS)}",
        remedy="send one of these",
    )


def _short(text: object) -> str:
    return str(text)[:100]
