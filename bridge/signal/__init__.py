"""Pure numpy: framing, filter banks, onset strength, notes, chroma, texture."""
