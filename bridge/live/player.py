"""Plays the file that is heard, so that the user hears it, too.

Started by the supervisor as `python -m bridge.live.player`; tells when the first sample sounds.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bridge.clocks import SECOND
from bridge.live.lines import read_lines, standard_input
from bridge.live.speak import HELPLESS, say
from bridge.sources.file import read_whole


def main() -> int:
    """Plays until the file or standard input ends."""
    lines = read_lines(standard_input())
    first = next(lines, None)
    if first is None:
        return 0
    try:
        import sounddevice

        samples, rate = read_whole(Path(first["file"]))
        over = threading.Event()
        position = 0

        def play(out: Any, count: int, when: Any, _status: Any) -> None:
            nonlocal position
            if position == 0:
                ahead = max(0.0, when.outputBufferDacTime - when.currentTime)
                say({"playing": {"start_ns": time.monotonic_ns() + round(ahead * SECOND)}})
            piece = samples[position : position + count]
            out[: len(piece)] = piece
            out[len(piece) :] = 0
            position += count
            if position >= len(samples):
                raise sounddevice.CallbackStop

        stream = sounddevice.OutputStream(
            samplerate=rate,
            channels=samples.shape[1],
            dtype="float32",
            callback=play,
            finished_callback=over.set,
        )
    except Exception as error:  # whatever PortAudio lacks here, the file is heard all the same
        print(f"nothing to play on: {error}", file=sys.stderr)
        return HELPLESS  # the supervisor then lets the file be heard silently
    threading.Thread(target=_wait_for_end, args=(lines, over), daemon=True).start()
    with stream:
        over.wait()
    return 0


def _wait_for_end(lines: Iterator[dict[str, Any]], over: threading.Event) -> None:
    for _ in lines:
        pass
    over.set()


if __name__ == "__main__":
    sys.exit(main())
