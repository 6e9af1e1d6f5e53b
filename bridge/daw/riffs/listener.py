"""Hears what it is told to, and answers what came back in it; the lines are in `__main__`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from bridge.daw.riffs.feeds import Asked, Feed, feed
from bridge.daw.riffs.recurrence import Found
from bridge.daw.riffs.stream import Excerpt, StreamHearing
from bridge.errors import BridgeError

log = logging.getLogger(__name__)


class Listener:
    """One feed at a time; each `find` gets one answer, whatever the sound is."""

    def __init__(
        self, answer: Callable[[dict[str, Any]], None], beside: Callable[[Callable[[], None]], Any]
    ) -> None:
        """`answer` takes a line; `beside` runs a look while the feed is read on, one at a time."""
        self._answer = answer
        self._beside = beside
        self._feed: Feed | None = None
        self._hearing: StreamHearing | None = None
        self._form = 0, 0  # rate and channels of what is remembered

    def take(self, line: Mapping[str, Any]) -> None:
        """A line that was said to us."""
        if "ring" in line or "file" in line:
            self._listen_to(line)
        elif "find" in line:
            start, end = line["find"]["start"], line["find"]["end"]
            self.hear((start, end))
            excerpt = self._hearing.excerpt(start, end) if self._hearing else None
            self._beside(lambda: self._answer(_looked(excerpt)))

    def hear(self, asked: Asked | None = None) -> None:
        """What has come since the last call."""
        if self._feed is None or self._hearing is None:
            return
        try:
            for block in self._feed.read(asked):
                self._hearing.hear(block)
        except BridgeError as error:  # a file that was moved or is damaged: the ears say so
            log.info("%s", error)
            self._feed = None

    def _listen_to(self, line: Mapping[str, Any]) -> None:
        try:
            self._feed = feed(line)
        except BridgeError as error:  # an old line: that capture process is gone
            log.info("%s", error)
            return
        form = self._feed.rate, self._feed.channels
        if self._hearing is None or form != self._form:
            self._form = form
            self._hearing = StreamHearing(*form)


def _looked(excerpt: Excerpt | None) -> dict[str, Any]:
    found: Found | None = None
    before = time.thread_time()
    try:
        found = excerpt.riffs() if excerpt else None
    except Exception:  # an answer is owed
        log.exception("riffs could not be looked for")
    return {"found": found and found.to_line(), "seconds": time.thread_time() - before}
