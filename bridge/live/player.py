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

import numpy as np
from numpy.typing import NDArray

from bridge.clocks import SECOND
from bridge.errors import BridgeError
from bridge.live.lines import read_lines, standard_input
from bridge.live.speak import HELPLESS, say, say_error
from bridge.sources.file import read_whole


def main() -> int:
    """Plays until the file or standard input ends."""
    lines = read_lines(standard_input())
    first = next(lines, None)
    if first is None:
        return 0
    over = threading.Event()
    try:
        stream = open_stream(*read_whole(Path(first["file"])), over)
    except BridgeError as error:
        say_error(error)
        return HELPLESS
    threading.Thread(target=_wait_for_end, args=(lines, over), daemon=True).start()
    with stream:
        over.wait()
    return 0


def open_stream(samples: NDArray[np.float32], rate: int, over: threading.Event) -> Any:
    """A stream on the default output; sets `over` at its end. Raises BridgeError without one."""
    try:
        import sounddevice
    except OSError as error:  # PortAudio itself is missing
        raise _no_output(error) from error
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

    try:
        return sounddevice.OutputStream(
            samplerate=rate,
            channels=samples.shape[1],
            dtype="float32",
            callback=play,
            finished_callback=over.set,
        )
    except sounddevice.PortAudioError as error:
        raise _no_output(error) from error


def _no_output(error: Exception) -> BridgeError:
    return BridgeError(
        "The song is heard, but not played aloud",
        cause=f"there is no sound output to play it on ({error})",
        remedy="connect one and start again, or leave it: everything else runs",
    )


def _wait_for_end(lines: Iterator[dict[str, Any]], over: threading.Event) -> None:
    for _ in lines:
        pass
    over.set()


if __name__ == "__main__":
    sys.exit(main())
