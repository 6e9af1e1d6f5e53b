"""The process that looks for riffs while a DAW rolls: `python -m bridge.daw.riffs`.

Lines of JSON in: `{"ring": PATH}` or `{"file": PATH, "loop": false}`, what to hear;
`{"find": {"start": 0.0, "end": 60.0}}`, stream seconds. Each `find` is answered by
`{"found": {"start": 0.0, "end": 60.0, "riffs": [{"name": "...", "times": [[0.0, 8.0]]}]},
"seconds": 0.4}`, about what of it was heard (`null`: nothing), and how much of a core it took. The
end of standard input ends it.
"""

from __future__ import annotations

import queue
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from bridge.daw.riffs.listener import Listener
from bridge.live.lines import LineWriter, read_lines, standard_input, standard_output
from bridge.live.priority import give_way

PAUSE = 0.5  # seconds between two looks into the ring, which holds 4 and more


def main() -> int:
    """Runs until standard input ends. The exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_way()
    inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(inbox,), name="riffs reader", daemon=True).start()
    writer = LineWriter(standard_output(), "riffs")
    looking = ThreadPoolExecutor(1, "riffs")
    listener = Listener(writer.send, looking.submit)
    while True:
        with suppress(queue.Empty):
            line = inbox.get(timeout=PAUSE)
            if line is None:
                break
            listener.take(line)
        listener.hear()
    looking.shutdown(wait=False, cancel_futures=True)
    writer.close()
    return 0


def _read(inbox: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for line in read_lines(standard_input()):
        inbox.put(line)
    inbox.put(None)


if __name__ == "__main__":
    sys.exit(main())
