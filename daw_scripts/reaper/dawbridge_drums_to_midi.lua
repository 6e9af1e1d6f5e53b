-- @description dawbridge: Drums of selected items to MIDI
-- The hits become a MIDI item at the same place, on the track "dawbridge drums".

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local analyze = dofile(here .. "lib/analyze.lua")

analyze.selected("dawbridge: Drums of selected items to MIDI", "analyze", "drums")
