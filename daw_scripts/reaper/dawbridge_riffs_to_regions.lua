-- @description dawbridge: Riffs of selected items to regions
-- Each place at which a riff is played becomes a region of its name.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local analyze = dofile(here .. "lib/analyze.lua")

analyze.selected("dawbridge: Riffs of selected items to regions", "analyze", "riffs")
