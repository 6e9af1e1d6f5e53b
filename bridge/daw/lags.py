"""How much later than its own recording a DAW's transport seems to be: learned, and kept."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

MOST = 1.0  # seconds: more is no lag of an interface


class Lags:
    """Seconds that live marks are put later, by DAW and input, in a small file."""

    def __init__(self, path: Path, source: str) -> None:
        """`source`: what is heard, as the setting source.input names it."""
        self._path = path
        self._source = source
        self._known: dict[str, float] = {}
        with suppress(OSError, ValueError):
            told = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(told, dict):
                self._known = {
                    name: float(lag)
                    for name, lag in told.items()
                    if isinstance(lag, (int, float)) and abs(lag) <= MOST
                }

    def of(self, daw: str) -> float:
        """What was learned of this DAW; 0: nothing yet."""
        return self._known.get(self._name(daw), 0.0)

    def learn(self, daw: str, lag: float) -> None:
        """From now on it is this. A disk that takes no note of it harms nothing."""
        self._known[self._name(daw)] = max(-MOST, min(MOST, lag))
        with suppress(OSError):
            beside = self._path.with_suffix(".tmp")
            beside.write_text(json.dumps(self._known), encoding="utf-8")
            beside.replace(self._path)

    def _name(self, daw: str) -> str:
        return f"{daw} {self._source}"
