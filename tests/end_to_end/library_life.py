"""A process that analyses a folder, to be killed: `python -m tests.end_to_end.library_life`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from bridge.library.executors import Workers
from bridge.library.library import Library
from bridge.library.runner import Runner


def main() -> None:
    """Adds every file of a folder that is not known and works until nothing is left."""
    folder, sounds, holds = map(Path, sys.argv[1:4])
    with Library(folder) as library:
        for path in sorted(sounds.iterdir()):
            entry = library.add(path)
            if entry.analysed is None:
                library.jobs.enqueue(entry.id)
        print("added", flush=True)
        executor = Workers(2)
        try:
            Runner(library, executor, executor.slots, own=True, memory=1500, holds=holds).run(
                threading.Event()
            )
        finally:
            executor.shutdown()
    print("done", flush=True)


if __name__ == "__main__":
    main()
