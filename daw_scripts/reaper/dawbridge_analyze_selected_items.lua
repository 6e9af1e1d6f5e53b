-- @description dawbridge: Analyze selected items
-- What is wanted of an item is chosen in the settings; sections, riffs, chords, key from the start.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local analyze = dofile(here .. "lib/analyze.lua")
local settings = dofile(here .. "lib/settings.lua")

local title = "dawbridge: Analyze selected items"
local want = settings.get("want")
-- Loops are files: they need the folder of a saved project.
local folder, why
if (want .. ","):find("loops,", 1, true) then folder, why = analyze.folder() end
if why then
  dofile(here .. "lib/window.lua").tell(title, why)
else
  analyze.selected(title, "analyze", want, { folder = folder })
end
