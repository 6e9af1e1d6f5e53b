-- @description dawbridge: Add a track that records the drums
-- A new track, armed, that listens to the MIDI port "dawbridge".

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local tracks = dofile(here .. "lib/tracks.lua")
local window = dofile(here .. "lib/window.lua")

local title = "dawbridge: Add a track that records the drums"
local NAME = "dawbridge drums live"

-- The number of our port among Reaper's MIDI inputs; nil: it is not there.
local function port()
  for device = 0, reaper.GetNumMIDIInputs() - 1 do
    local there, name = reaper.GetMIDIInputName(device, "")
    if there and name:lower():find("dawbridge", 1, true) then return device end
  end
end

local function arm(device)
  local index = reaper.CountTracks(0)
  local last = reaper.GetSelectedTrack(0, 0)
  if last then
    index = math.floor(reaper.GetMediaTrackInfo_Value(last, "IP_TRACKNUMBER") + 0.5)
  end
  local track, why = tracks.find(0, NAME), nil
  if not track then track, why = tracks.make(0, NAME, index) end
  if not track then return why end
  local set = reaper.SetMediaTrackInfo_Value
  set(track, "I_RECINPUT", 4096 | device << 5) -- all channels of this device
  set(track, "I_RECMODE", 0)
  set(track, "I_RECMON", 1)
  set(track, "I_RECARM", 1)
  tracks.name_drums(0, track)
end

local device = port()
if not device then
  window.tell(title, "Reaper sees no MIDI input called dawbridge.\n\n"
    .. "1. Start dawbridge: dawbridge run\n"
    .. "2. Reaper looks for ports when it starts: Preferences, MIDI devices, Reset all MIDI "
    .. "devices, and enable the input dawbridge there.\n"
    .. "3. Windows has no ports of programs: make one called dawbridge with loopMIDI first.\n\n"
    .. "Then run this action again.")
else
  reaper.Undo_BeginBlock2(0)
  local ok, why = pcall(arm, device)
  reaper.Undo_EndBlock2(0, title, -1)
  if not ok or why then
    window.tell(title, "The track could not be made: " .. tostring(why))
  else
    -- A step of its own was made: without a deferred function Reaper would add another.
    reaper.defer(function() end)
  end
end
