"""Stream time is a sample count; these are its maps to the clocks outside."""
