"""What leaves for other programs: facts in their formats, loops as sound. See docs/export.md."""

from bridge.recordings.export.formats import FORMATS, KINDS, Format, export_facts, format_named

__all__ = ["FORMATS", "KINDS", "Format", "export_facts", "format_named"]
