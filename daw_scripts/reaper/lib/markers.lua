-- Markers and regions by their GUIDs: an applier (put, read, drop) for the version that runs.
-- Nothing in it opens an undo step: whoever applies a batch does.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""

-- The newer functions lack one for adding until 7.72, and the lanes one for counting.
return dofile(here .. (reaper.AddRegionOrMarker and "markers_by_pointer.lua"
  or "markers_by_index.lua"))
