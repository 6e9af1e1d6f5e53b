-- @description dawbridge: Loops of selected items to new tracks
-- Each riff becomes a seamless loop in the project's folder, on a track of its name.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local analyze = dofile(here .. "lib/analyze.lua")

local title = "dawbridge: Loops of selected items to new tracks"
local folder, why = analyze.folder()
if not folder then
  dofile(here .. "lib/window.lua").tell(title, why)
elseif reaper.CountSelectedMediaItems(0) == 0 then
  -- Nothing is meant in particular: the recording of this project that was analysed last.
  dofile(here .. "lib/jobs.lua").one(title, "clips", { "name", "" })
else
  analyze.selected(title, "analyze", "loops", { folder = folder })
end
