"""What went wrong, in the user's words."""

import errno
from collections.abc import Callable
from functools import partial

NO_ROOM = (
    errno.ENOSPC,
    errno.EDQUOT,
)  # of an OSError: the disk, or the user's share of it, is full


class BridgeError(Exception):
    """Something a user can understand and mend.

    Every surface (terminal, API, OSC, DAW) prints these three parts; a bug keeps its traceback.
    """

    def __init__(self, what: str, *, cause: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.cause = cause
        self.remedy = remedy

    def parts(self) -> dict[str, str]:
        """As it passes between the processes and out of the web API."""
        return {"what": self.what, "cause": self.cause, "remedy": self.remedy}

    def sentence(self) -> str:
        """Where there is one line for it."""
        return f"{self.what}: {self.cause}. {self.remedy[:1].upper()}{self.remedy[1:]}."

    def __reduce__(self) -> tuple[Callable[[str], BaseException], tuple[str]]:
        """It passes whole from one process to another, which its keywords alone would prevent."""
        return partial(type(self), cause=self.cause, remedy=self.remedy), (self.what,)

    def __str__(self) -> str:
        return f"{self.what}\n  cause:  {self.cause}\n  remedy: {self.remedy}"


class DiskFull(BridgeError):
    """There is no room for what should be kept."""


def extra(name: str) -> str:
    """How an optional part is installed: as README has it, since no index knows dawbridge."""
    return f'`pip install ".[{name}]"` in the folder that dawbridge was installed from'
