-- @description dawbridge: Tempo map from selected items
-- The grid follows the recording. Nothing that stands in the project moves.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local analyze = dofile(here .. "lib/analyze.lua")

analyze.selected("dawbridge: Tempo map from selected items", "analyze", "tempo")
