"""Loops and facts as files that are sent back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from bridge.library.places import EXPORTS
from bridge.recordings.facts import Recording, Span
from bridge.recordings.grid import Grid
from bridge.service.answers import LoopAsked
from bridge.service.ranges import pieces_of
from bridge.service.store import Store

if TYPE_CHECKING:
    from bridge.library.library import Library

MEDIA = {
    "wav": "audio/wav", "wave": "audio/wav", "bwf": "audio/wav", "rf64": "audio/wav",
    "w64": "audio/x-w64", "aif": "audio/aiff", "aiff": "audio/aiff", "flac": "audio/flac",
    "mp3": "audio/mpeg", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg",
    "m4a": "audio/mp4", "aac": "audio/aac", "caf": "audio/x-caf", "mp4": "video/mp4",
    "mov": "video/quicktime", "mkv": "video/x-matroska", "webm": "video/webm",
}  # fmt: skip
FACTS_MEDIA = {
    "midi": "audio/midi", "csv": "text/csv", "audacity": "text/plain",
    "json": "application/json", "chords": "text/plain", "dawproject": "application/zip",
    "rpp": "text/plain", "marked-wav": "audio/wav",
}  # fmt: skip
UNKNOWN = "application/octet-stream"


class Parting(StreamingResponse):
    """A file that is deleted when it was sent, or was not."""

    def __init__(self, path: Path, headers: Mapping[str, str], media: str) -> None:
        self._path = path
        size = path.stat().st_size
        said = {**headers, "Content-Length": str(size), "X-Content-Type-Options": "nosniff"}
        super().__init__(pieces_of(path, 0, size - 1), 200, said, media)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._path.unlink(missing_ok=True)


def write_loop(
    sound: str, span: Span, options: dict[str, Any], target: str, grid: Grid | None, name: str
) -> None:
    """Writes a loop. Raises BridgeError.

    Runs in another process: it may take 600 MB, and nobody's events wait for it.
    """
    from bridge.recordings.export.loop import LoopOptions, export_loop

    export_loop(Path(sound), span, LoopOptions(**options), Path(target), grid=grid, name=name)


def write_facts(
    sound: str, facts: Recording, format: str, target: str, asked: dict[str, Any]
) -> None:
    """Writes facts with the sound that they are of. Raises BridgeError. In another process, too."""
    from bridge.recordings.export import export_facts

    export_facts(facts, format, Path(target), sound=Path(sound), alone=True, **asked)


async def send_facts(
    store: Store, library: Library, sound: Path, facts: Recording, format: str, **asked: Any
) -> Response:
    """Facts with their sound as a file; what is asked is `export_facts`'s. Raises BridgeError."""
    from bridge.recordings.export import FORMATS

    suffix = FORMATS[format].suffix
    folder = library.folder / EXPORTS
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f".{token_hex(8)}{suffix}"
    # These say each 10 ms what no such file holds.
    told = replace(facts, pitch=(), onsets=())
    try:
        await store.by_hand(write_facts, str(sound), told, format, str(target), asked)
        return Parting(target, attached(f"{asked['title']}{suffix}"), FACTS_MEDIA[format])
    except BaseException:
        target.unlink(missing_ok=True)
        raise


async def send_loop(
    store: Store,
    library: Library,
    sound: Path,
    span: Span,
    asked: LoopAsked,
    grid: Grid | None,
    name: str,
) -> Response:
    """The loop as a file. Raises BridgeError."""
    folder = library.folder / EXPORTS
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f".{token_hex(8)}.{asked.format}"
    options = {
        "passes": asked.passes,
        "crossfade_ms": asked.crossfade_ms,
        "count_in_bars": asked.count_in_bars,
        "tempo": asked.tempo,
        "semitones": asked.semitones,
        "bits": asked.bits,
    }
    try:
        await store.by_hand(write_loop, str(sound), span, options, str(target), grid, name)
        return Parting(target, attached(f"{name}.{asked.format}"), MEDIA[asked.format])
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def attached(name: str) -> dict[str, str]:
    """The header by which a browser keeps the answer as a file of this name."""
    from bridge.recordings.export.writing import safe_name

    stem, dot, suffix = name.rpartition(".")
    safe = f"{safe_name(stem)}{dot}{suffix}"
    plain = safe.encode("ascii", "replace").decode().replace("?", "-").replace('"', "-")
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe)}"
    }
