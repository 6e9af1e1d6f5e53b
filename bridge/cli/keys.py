"""Single keys of the terminal, without Enter."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def keys(pressed: Callable[[str], None]) -> Iterator[bool]:
    """While it lasts, every key is given to `pressed`. False where there is no terminal."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield False
        return
    if sys.platform == "win32":
        import msvcrt

        def read() -> None:
            while True:
                pressed(msvcrt.getwch())

        threading.Thread(target=read, name="keys", daemon=True).start()
        yield True
        return
    import termios
    import tty

    if os.tcgetpgrp(sys.stdin.fileno()) != os.getpgrp():
        yield False  # in the background: the terminal is another's
        return
    before = termios.tcgetattr(sys.stdin)

    def read() -> None:
        while key := sys.stdin.read(1):
            pressed(key)

    tty.setcbreak(sys.stdin)
    threading.Thread(target=read, name="keys", daemon=True).start()
    try:
        yield True
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
