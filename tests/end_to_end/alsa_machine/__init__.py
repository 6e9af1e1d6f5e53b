"""A virtual machine with ALSA's MIDI sequencer, which needs a kernel module: see README.md."""
