"""dawbridge: hears music while it plays and says what it understands."""

__version__ = "0.1.0"
