-- @description dawbridge: Split selected items at sections
-- One item for each section; the sound itself is not changed.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local analyze = dofile(here .. "lib/analyze.lua")

analyze.selected("dawbridge: Split selected items at sections", "splits", "")
