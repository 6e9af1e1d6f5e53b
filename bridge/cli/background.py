"""`dawbridge run --background`: away from the terminal, and what is said where nobody sees one."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

STARTED = "dawbridge runs in the background: "  # how the line begins that ends the waiting
if sys.platform == "win32":
    # A console that nobody sees; without any (DETACHED_PROCESS) each process of ours would open a
    # window of its own.
    APART = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
else:
    APART = 0
PATIENCE = 30.0  # seconds for it to say so


def at_a_terminal() -> bool:
    """Whether somebody typed it. DAWs, systemd, launchd and Windows' tasks give no terminal: they
    want the process itself, and see its end.
    """
    return sys.stdin is not None and sys.stdin.isatty()


def detach(log: Path) -> int:
    """Starts the same command without this terminal and waits until it runs or has ended.

    What it says until then is said here. Gives the exit status: 0 when it runs.
    """
    child = subprocess.Popen(
        [sys.executable, *sys.orig_argv[1:]],
        stdin=subprocess.PIPE,  # never a terminal, on no system: it would start itself again
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # of no terminal; Windows has none
        creationflags=APART,
    )
    assert child.stdin
    assert child.stdout
    child.stdin.close()
    runs = threading.Event()
    done = threading.Event()
    reader = threading.Thread(
        target=_pass_on, args=(child.stdout, runs, done), name="start", daemon=True
    )
    reader.start()
    with suppress(KeyboardInterrupt):
        done.wait(PATIENCE)
    if runs.is_set():
        print("You may close this window.", file=sys.stderr)
        return 0
    if done.is_set():
        return child.wait() or 1  # it has said why
    print(f"dawbridge is still starting; what becomes of it stands in {log}", file=sys.stderr)
    return 0


@contextmanager
def starting(log: Path) -> Iterator[Callable[[str], None]]:
    """What is given says that it runs, to whoever has started it, who need not stay after that.

    An error before that goes there, too. Anything else that this process and those of it would
    print into a pipe stands in the log: nobody may be at its other end any more.
    """
    try:
        before = os.dup(2)
    except OSError:  # none at all: Windows without a window
        yield lambda _: None
        return
    waits = True
    _pipes_into(log)

    def started(text: str) -> None:
        nonlocal waits
        waits = False
        with suppress(OSError):  # nobody reads it where a DAW has started us
            os.write(before, f"{STARTED}{text}\n".encode(errors="backslashreplace"))
        os.close(before)

    try:
        yield started
    except BaseException:
        if waits:
            os.dup2(before, 2)
            os.close(before)
        raise


def _pass_on(said: IO[bytes], runs: threading.Event, done: threading.Event) -> None:
    for line in said:
        sys.stderr.write(line.decode(errors="replace"))
        sys.stderr.flush()
        if line.startswith(STARTED.encode()):
            runs.set()
            break
    done.set()


def _pipes_into(log: Path) -> None:
    for number in (1, 2):
        with suppress(OSError):
            if not stat.S_ISFIFO(os.fstat(number).st_mode):
                continue  # a journal, a file, a terminal: somebody wants it
            file = _opened(log)
            os.dup2(file, number)
            os.close(file)


def _opened(log: Path) -> int:
    """The log, to be added to. Windows could not put it aside while it is open: nothing there."""
    if os.name != "nt":
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
        with suppress(OSError):
            return os.open(log, flags, 0o600)
    return os.open(os.devnull, os.O_WRONLY)
