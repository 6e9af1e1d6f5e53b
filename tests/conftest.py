"""Hypothesis without deadlines: how long an example takes depends on what else the machine does."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("dawbridge", deadline=None)
settings.load_profile("dawbridge")
