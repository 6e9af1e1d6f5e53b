"""What is said to the user, and how an error is told without ending anything."""

import contextlib
import traceback


class Refused(Exception):
    """Something that cannot be done, with why and what helps, in a musician's words."""


class Say:
    """Sentences in Live's status bar, each only when it is news; errors once in Live's log."""

    def __init__(self, show, log):
        """`show` and `log` take a text: Live's show_message and log_message."""
        self._show = show
        self._log = log
        self._shown = ""
        self._logged = set()

    def state(self, text):
        """A state; said again only after another one."""
        if text != self._shown:
            self._shown = text
            self.now(text)

    def now(self, text):
        """Said at once, whatever was said before."""
        text = " ".join(text.split())
        with contextlib.suppress(Exception):  # Live may be closing: then nobody reads it
            self._show("dawbridge: " + text)
            self._log("dawbridge: " + text)

    def error(self, where):
        """The error that is being handled, once for each place it comes from."""
        told = traceback.format_exc()
        key = (where, told.strip().split("\n")[-1][:80])
        if key in self._logged or len(self._logged) > 200:
            return
        self._logged.add(key)
        with contextlib.suppress(Exception):
            self._log(f"dawbridge: an error in {where} (said once): {told}")


def plain(name):
    """A name as Live keeps it: one line, and no number sign, which Live replaces by a number."""
    return " ".join(name.replace("#", "♯").split())[:200]
