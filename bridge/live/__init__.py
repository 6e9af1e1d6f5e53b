"""The engine that ties source, trackers and sinks, and the processes it runs in."""
