-- Tracks that our items stand on: found again by our mark, then by their name, made where missing.

local tracks = {}

-- Kept in the project: the user may rename or move a track of ours, and it is still found.
local MARK = "P_EXT:dawbridge_track"

-- General MIDI, for the keys of the MIDI editor. Only what a drummer plays.
local DRUMS = {
  [35] = "Kick 2", [36] = "Kick", [37] = "Side stick", [38] = "Snare", [39] = "Clap",
  [40] = "Rimshot", [41] = "Floor tom 2", [42] = "Hi-hat closed", [43] = "Floor tom",
  [44] = "Hi-hat pedal", [45] = "Tom low", [46] = "Hi-hat open", [47] = "Tom mid",
  [48] = "Tom high", [49] = "Crash", [50] = "Tom highest", [51] = "Ride", [52] = "China",
  [53] = "Ride bell", [54] = "Tambourine", [55] = "Splash", [56] = "Cowbell", [57] = "Crash 2",
  [59] = "Ride edge",
}

function tracks.name(track)
  local _, name = reaper.GetSetMediaTrackInfo_String(track, "P_NAME", "", false)
  return name
end

-- The name under which we made it; "" for a track of the user's own.
function tracks.mark(track)
  local _, mark = reaper.GetSetMediaTrackInfo_String(track, MARK, "", false)
  return mark or ""
end

-- A track of ours of that name, else the first one that the user calls so.
function tracks.find(proj, name)
  local named
  for i = 0, reaper.CountTracks(proj) - 1 do
    local track = reaper.GetTrack(proj, i)
    if tracks.mark(track) == name then return track end
    if not named and tracks.name(track) == name then named = track end
  end
  return named
end

-- Before the track of this number (0 is the first). -> track | nil, why
function tracks.make(proj, name, index)
  if reaper.InsertTrackInProject then -- 7.18 and later: any open project
    reaper.InsertTrackInProject(proj, index, 1)
  elseif proj == 0 or proj == nil or proj == (reaper.EnumProjects(-1)) then
    reaper.InsertTrackAtIndex(index, true)
  else
    return nil, "a track can only be added to the project in front"
  end
  local track = reaper.GetTrack(proj, index)
  if not track then return nil, "no track could be added" end
  reaper.GetSetMediaTrackInfo_String(track, "P_NAME", name, true)
  reaper.GetSetMediaTrackInfo_String(track, MARK, name, true)
  reaper.TrackList_AdjustWindows(false)
  return track
end

-- The track of this name; a new one stands under `above`, or at the end. -> track | nil, why
function tracks.want(proj, name, above)
  if not name or name == "" then name = "dawbridge" end
  local track = tracks.find(proj, name)
  if track then return track end
  local index = reaper.CountTracks(proj)
  if above then
    index = math.floor(reaper.GetMediaTrackInfo_Value(above, "IP_TRACKNUMBER") + 0.5)
  end
  return tracks.make(proj, name, index)
end

-- Only on tracks of ours: a user's own names are worth more.
function tracks.name_drums(proj, track)
  if tracks.mark(track) == "" then return end
  for pitch, name in pairs(DRUMS) do
    reaper.SetTrackMIDINoteNameEx(proj, track, pitch, -1, name)
  end
end

-- Tracks that we made and that hold nothing: no item, no effect, not armed.
function tracks.empty(proj)
  local found = {}
  for i = 0, reaper.CountTracks(proj) - 1 do
    local track = reaper.GetTrack(proj, i)
    if tracks.mark(track) ~= "" and reaper.CountTrackMediaItems(track) == 0
      and reaper.TrackFX_GetCount(track) == 0
      and reaper.GetMediaTrackInfo_Value(track, "I_RECARM") == 0
      -- Deleting the head of a folder would change what the tracks below belong to.
      and reaper.GetMediaTrackInfo_Value(track, "I_FOLDERDEPTH") == 0 then
      found[#found + 1] = track
    end
  end
  return found
end

return tracks
