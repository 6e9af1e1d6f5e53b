"""The bridge into DAWs: what a project should hold, and the talk with the scripts inside."""
