-- @description dawbridge: Listen to the selected track
-- Adds ReaStream to the track and opens it: the sound goes to dawbridge on this computer.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local tracks = dofile(here .. "lib/tracks.lua")
local window = dofile(here .. "lib/window.lua")

local title = "dawbridge: Listen to the selected track"
local EVERYTHING = -1 -- what the undo step takes back

-- What each field of ReaStream's window is named is known; which parameter sets it is not.
local WORDS = [[
Set three things in the window of ReaStream on this track:

1. Choose: Send audio/MIDI
2. Identifier: dawbridge
3. IP: 127.0.0.1

Then start dawbridge with:

dawbridge run --input reastream:dawbridge

dawbridge hears what plays through this track, with the effects that stand above ReaStream.]]

local track = reaper.GetSelectedTrack(0, 0)
if not track then
  window.tell(title, "No track is selected.\nSelect the track that dawbridge should hear, and run "
    .. "this action again.")
else
  local effect = reaper.TrackFX_AddByName(track, "ReaStream", false, 0) -- 0: only look
  if effect < 0 then
    effect = reaper.TrackFX_AddByName(track, "ReaStream", false, -1)
    -- Afterwards and not as a block: where nothing was added no step may be made.
    if effect >= 0 then reaper.Undo_OnStateChangeEx2(0, title, EVERYTHING, -1) end
  end
  if effect < 0 then
    window.tell(title, "Reaper does not find ReaStream.\nIt comes with Reaper; on Windows it may "
      .. "have been left out when Reaper was installed: install Reaper again with the ReaPlugs, "
      .. "or scan for plug-ins (Preferences, VST).")
  else
    reaper.TrackFX_Show(track, effect, 3)
    local name = tracks.name(track)
    window.tell(title, (name ~= "" and "Track: " .. name .. "\n\n" or "") .. WORDS)
  end
end
