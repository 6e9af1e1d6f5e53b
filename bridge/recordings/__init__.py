"""A whole recording: heard once, then understood by decoders that see the future.

The way of the data: decode -> hearing -> findings -> takes -> grid -> chords, sections, riffs
-> export. Findings are raw and never change; everything behind the grid is a function of the
findings and the grid, so a corrected grid needs no second hearing.
"""
