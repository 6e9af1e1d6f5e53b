"""What a stretch of music is like: how cool, how nice, of which genre, and what to call it."""

from bridge.recordings.taste.chorus import find_chorus
from bridge.recordings.taste.genre import guess_genre
from bridge.recordings.taste.naming import name_riff
from bridge.recordings.taste.scores import Ingredients, coolness, measure, niceness

__all__ = [
    "Ingredients",
    "coolness",
    "find_chorus",
    "guess_genre",
    "measure",
    "name_riff",
    "niceness",
]
