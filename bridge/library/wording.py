"""What the library says when it cannot."""

from __future__ import annotations

from bridge.errors import BridgeError, DiskFull


class DatabaseTrouble(BridgeError):
    """The database was there and is not now: its server is gone, its disk is full, it is locked."""


class DatabaseFull(DatabaseTrouble, DiskFull):
    """Its disk is full."""


def unknown(kind: str, id: str | int) -> BridgeError:
    """There is no such recording, take, region or job."""
    return BridgeError(
        f"There is no {kind} {str(id)[:64]!r} in the library",
        cause="it was deleted, or belongs to another library",
        remedy="`dawbridge library list` shows what there is",
    )
