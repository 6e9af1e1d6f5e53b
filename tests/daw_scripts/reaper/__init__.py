"""A strict stand-in for Reaper, made from the list of its functions (reaper_api.txt)."""

from tests.daw_scripts.reaper.host import TICK, VERSIONS, Mistake, Reaper, Script

__all__ = ["TICK", "VERSIONS", "Mistake", "Reaper", "Script"]
