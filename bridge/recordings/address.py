"""A recording that lies behind an address: fetched by yt-dlp where the extra `url` is installed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bridge.errors import BridgeError, extra


def is_address(text: str) -> bool:
    """Whether it is an address rather than a path."""
    return re.match(r"https?://", text, re.IGNORECASE) is not None


def fetch(address: str, folder: Path, progress: Callable[[float], None] = lambda _: None) -> Path:
    """The best sound behind an address, as a file in `folder`. `progress` gets 0..1.

    Raises BridgeError: the extra is missing, or the address gives no sound.
    """
    try:
        import yt_dlp
    except ImportError as error:
        raise BridgeError(
            f"{address} cannot be fetched",
            cause="yt-dlp, which fetches recordings, is not installed",
            remedy=f"{extra('url')}, or download the file yourself and give its path",
        ) from error

    def report(state: dict[str, Any]) -> None:
        whole = state.get("total_bytes") or state.get("total_bytes_estimate")
        if whole:
            progress(min(1.0, state.get("downloaded_bytes", 0) / whole))

    options = {
        "format": "bestaudio/best",
        "outtmpl": str(folder / "%(title).120B [%(id).40B].%(ext)s"),
        "noplaylist": True,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "progress_hooks": [report],
        "logger": _Silent(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with yt_dlp.YoutubeDL(options) as fetcher:
            found = fetcher.extract_info(address, download=True)
            return Path(fetcher.prepare_filename(found))
    except (yt_dlp.utils.YoutubeDLError, OSError) as error:
        # yt-dlp's own words begin with "ERROR: " and end with how to report a bug.
        cause = re.sub(r"^ERROR:\s*|;? please report this issue.*", "", str(error), flags=re.S)
        raise BridgeError(
            f"{address} could not be fetched",
            cause=cause.strip(),
            remedy="open it in a browser; if it plays there, try a newer yt-dlp",
        ) from error


class _Silent:
    """What yt-dlp says goes into our own error instead."""

    def debug(self, message: str) -> None:
        """Nothing."""

    warning = error = debug
