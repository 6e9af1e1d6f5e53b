"""Pure numpy: framing, filter banks, onset strength, chroma, loudness."""
