"""What leaves for other programs: facts in their formats, loops as sound. See docs/export.md."""

from bridge.recordings.export.formats import FORMATS, KINDS, Format, export_facts, format_named
from bridge.recordings.export.loop import ExportedLoop, LoopOptions, export_loop
from bridge.recordings.export.sound_files import SOUND_FORMATS

__all__ = [
    "FORMATS",
    "KINDS",
    "SOUND_FORMATS",
    "ExportedLoop",
    "Format",
    "LoopOptions",
    "export_facts",
    "export_loop",
    "format_named",
]
