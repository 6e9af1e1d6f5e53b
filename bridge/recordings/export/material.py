"""What a file is made of: facts, which kinds of them are asked for, and the sound they are of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bridge.recordings.export.rows import Kind
from bridge.recordings.export.sound import Sound
from bridge.recordings.facts import Recording


@dataclass(frozen=True, slots=True)
class Material:
    """All that a writer is given.

    sound      None: not there, or of no interest; its first sample is at time 0 of the facts
    title      of the whole
    target     where the file will lie; None: it is sent somewhere, without files beside it
    scratch    a folder with room for what is made on the way; None: the system's
    include    the sound goes into the file where the format can hold it
    overwrite  so may files beside it
    """

    recording: Recording
    kinds: tuple[Kind, ...]
    sound: Sound | None = None
    title: str = ""
    target: Path | None = None
    scratch: Path | None = None
    include: bool = True
    overwrite: bool = False

    @property
    def seconds(self) -> float:
        """How long the whole is."""
        return self.sound.seconds if self.sound else self.recording.duration


FactsWriter = Callable[[Material, BinaryIO], None]
