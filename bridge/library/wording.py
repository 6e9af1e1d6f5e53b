"""What is said of ids that nothing has."""

from __future__ import annotations

from bridge.errors import BridgeError


def unknown(kind: str, id: str | int) -> BridgeError:
    """There is no such recording, take, region or job."""
    return BridgeError(
        f"There is no {kind} {str(id)[:64]!r} in the library",
        cause="it was deleted, or belongs to another library",
        remedy="`dawbridge library list` shows what there is",
    )
