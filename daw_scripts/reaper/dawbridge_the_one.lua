-- @description dawbridge: This is the one
-- The beat that sounds now is the first of its bar.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
dofile(here .. "lib/command.lua")("the_one")
