"""The session file: what was understood, one line of JSON per second, readable at any moment.

What stands in a line: docs/sessions.md.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any

from bridge import __version__
from bridge.errors import BridgeError
from bridge.events import DRUMS, DrumHit, Event, to_json
from bridge.settings import RecorderSettings, data_folder

PATTERN = "session-*.jsonl"  # nothing else in the folder is ever deleted
LASTING = ("tempo", "key", "chord", "section")  # true until another is said
TOLD = frozenset({"state", "gap", "metre", "key", "chord", "section"})  # kept whole, with its times
DIGITS = 4  # after the point: 0.1 ms, and a tenth of the size


class SessionFrames:
    """Turns events into one frame per second of stream in which something was said."""

    def __init__(self) -> None:
        self._second: int | None = None
        self._latest: dict[str, Event] = {}
        self._counts: Counter[str] = Counter()
        self._told: list[Event] = []

    def hear(self, event: Event) -> list[dict[str, Any]]:
        """The frame that this event completes, if it does: it belongs to a later second."""
        moment = max(event.at, event.decided)  # when it is said
        second = int(moment) if math.isfinite(moment) else 0
        done = []
        if self._second is None:
            self._second = second
        elif second > self._second:
            done.append(self._frame())
            self._second = second
        self._latest[event.topic] = event
        self._counts[event.drum if isinstance(event, DrumHit) else event.topic] += 1
        if event.topic in TOLD:
            self._told.append(event)
        return done

    def finish(self) -> list[dict[str, Any]]:
        """The frame of the second that has begun."""
        return [] if self._second is None else [self._frame()]

    def _frame(self) -> dict[str, Any]:
        frame = {
            "time": self._second,
            "level": self._values("level"),
            "spectrum": self._values("spectrum"),
            **{topic: self._values(topic) for topic in LASTING},
            "beats": self._counts["beat"],
            "onsets": self._counts["onset"],
            "drums": {drum: self._counts[drum] for drum in DRUMS},
            "events": [_plain(event) for event in self._told],
        }
        self._counts.clear()
        self._told.clear()
        for topic in self._latest.keys() - set(LASTING):
            del self._latest[topic]
        return frame

    def _values(self, topic: str) -> dict[str, Any] | None:
        event = self._latest.get(topic)
        if event is None:
            return None
        return {name: v for name, v in _plain(event).items() if name not in _NOT_IN_VALUES}


_NOT_IN_VALUES = frozenset({"event", "at", "decided"})


class SessionRecorder:
    """Writes the frames of one session. Each line is with the system at once: a kill loses none."""

    lead = 0.0

    def __init__(
        self,
        settings: RecorderSettings,
        *,
        started: datetime,
        source: str,
    ) -> None:
        """`source` stands in the header; the file is made with the first frame."""
        self._folder = sessions_folder(settings)
        self._keep = settings.keep
        self._header = {
            "dawbridge": __version__,
            "started": started.isoformat(timespec="seconds"),
            "source": source,
        }
        self._name = f"session-{started:%Y%m%d-%H%M%S}"
        self._frames = SessionFrames()
        self._file: FileIO | None = None
        self._headed = False
        self._torn = False  # the disk took only the beginning of the last line

    def send(self, event: Event) -> None:
        """Raises OSError when the disk is full or closed to us; that second's frame is lost."""
        for frame in self._frames.hear(event):
            self._write(frame)

    def close(self) -> None:
        """Writes the second that has begun."""
        frames, self._frames = self._frames.finish(), SessionFrames()
        try:
            for frame in frames:
                self._write(frame)
        finally:
            if self._file:
                self._file.close()
                self._file, self._headed, self._torn = None, False, False

    def _write(self, frame: dict[str, Any]) -> None:
        if self._file is None:
            self._file = self._open()
        if not self._headed:
            self._line(self._header)
            self._headed = True
        self._line(frame)

    def _open(self) -> FileIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        older = sorted(self._folder.glob(PATTERN))
        for path in older[: max(0, len(older) + 1 - self._keep)]:
            path.unlink(missing_ok=True)
        number, name = 1, self._name
        while True:
            try:
                return FileIO(self._folder / f"{name}.jsonl", "x")
            except FileExistsError:  # another run began in the same second
                number += 1
                name = f"{self._name}.{number}"

    def _line(self, values: dict[str, Any]) -> None:
        assert self._file is not None
        line = json.dumps(values, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        if self._torn:
            line = b"\n" + line
        written = self._file.write(line)
        self._torn = written != len(line)
        if self._torn:
            raise OSError(f"only {written} of {len(line)} bytes could be written")


@dataclass(frozen=True, slots=True)
class Session:
    """What a session file holds."""

    header: dict[str, Any]  # dawbridge (the version), started, source
    frames: list[dict[str, Any]]


def read_session(path: Path | str) -> Session:
    """Reads a session file, also one that is still being written. Torn lines are passed over.

    Raises BridgeError for what is no session file.
    """
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except OSError as error:
        raise BridgeError(
            f"{path} cannot be read", cause=str(error), remedy="check the path and its permissions"
        ) from error
    header, *frames = [values for line in lines if (values := _parse(line))] or [{}]
    if "dawbridge" not in header:
        raise BridgeError(
            f"{path} is no session file",
            cause="its first line is not a header of dawbridge's",
            remedy="give the path of a file such as session-20261121-130136.jsonl",
        )
    return Session(header, [frame for frame in frames if "time" in frame])


def sessions_folder(settings: RecorderSettings) -> Path:
    """Where session files lie."""
    return Path(settings.folder).expanduser() if settings.folder else data_folder() / "sessions"


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        values = json.loads(line)
    except ValueError:
        return None
    return values if isinstance(values, dict) else None


def _plain(event: Event) -> dict[str, Any]:
    """The event as JSON takes it: rounded, and null for NaN and infinity."""
    return {name: _rounded(value) for name, value in to_json(event).items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    return value
