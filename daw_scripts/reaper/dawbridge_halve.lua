-- @description dawbridge: Halve the tempo
-- For a tempo that was heard at twice its speed.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
dofile(here .. "lib/command.lua")("halve")
