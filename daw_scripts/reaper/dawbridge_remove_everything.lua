-- @description dawbridge: Remove everything of dawbridge
-- Marks, regions, items, tempo points of ours; then the tracks that we made and that are empty.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local jobs = dofile(here .. "lib/jobs.lua")
local tracks = dofile(here .. "lib/tracks.lua")

local title = "dawbridge: Remove everything of dawbridge"

local function remove_tracks(all)
  local empty = all and tracks.empty(0) or {}
  if #empty == 0 then return end
  reaper.Undo_BeginBlock2(0)
  for _, track in ipairs(empty) do reaper.DeleteTrack(track) end
  reaper.TrackList_AdjustWindows(false)
  reaper.Undo_EndBlock2(0, "dawbridge: remove empty tracks", -1)
end

local answer = reaper.ShowMessageBox("Markers, regions, items and tempo points that dawbridge "
  .. "put into this project go, also those that you renamed, moved or edited. What you made "
  .. "yourself stays.\n\nUndo brings them back; the action that puts back what you changed "
  .. "does not. Remove them?", title, 4)
-- A script without a deferred function gets an undo step of its own, here of nothing.
reaper.defer(function()
  if answer == 6 then jobs.one(title, "remove", { "group", "" }, remove_tracks) end
end)
