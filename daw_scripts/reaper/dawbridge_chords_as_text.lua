-- @description dawbridge: Chords of selected items as text items
-- A text item for each chord, on a track of its own.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local analyze = dofile(here .. "lib/analyze.lua")

analyze.selected("dawbridge: Chords of selected items as text items", "analyze", "chords")
