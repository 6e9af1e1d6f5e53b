-- @description dawbridge: Double the tempo
-- For a tempo that was heard at half its speed.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
dofile(here .. "lib/command.lua")("double")
