"""Riffs while a DAW rolls, found by a process of its own: the talk with scripts never waits."""
