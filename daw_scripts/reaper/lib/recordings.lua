-- What a recording left: takes with a file that were not there before it began.

local LATE = 3 -- seconds in which Reaper makes the items after the stop
local AGAIN = 0.2 -- seconds between two looks

local function takes(proj, each)
  for i = 0, reaper.CountMediaItems(proj) - 1 do
    local item = reaper.GetMediaItem(proj, i)
    for t = 0, item and reaper.CountTakes(item) - 1 or -1 do
      local take = reaper.GetMediaItemTake(item, t)
      if take then
        local _, guid = reaper.GetSetMediaItemTakeInfo_String(take, "GUID", "", false)
        each(guid, item, take)
      end
    end
  end
end

-- -> fields of a `recorded` line; nil: no sound file
local function told(item, take)
  if reaper.TakeIsMIDI(take) then return nil end
  local source = reaper.GetMediaItemTake_Source(take)
  local path = source and reaper.GetMediaSourceFileName(source) or ""
  if path == "" then return nil end
  local _, guid = reaper.GetSetMediaItemInfo_String(item, "GUID", "", false)
  return {
    path = path, item = guid,
    at = reaper.GetMediaItemInfo_Value(item, "D_POSITION"),
    length = reaper.GetMediaItemInfo_Value(item, "D_LENGTH"),
    offset = reaper.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS"),
    rate = reaper.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE"),
  }
end

return function(proj)
  local recordings = {}
  local before, recording, stopped, looked = nil, false, nil, nil

  -- Nothing is kept from one turn to the next but GUIDs: pointers may be freed in between.
  local function found()
    local list = {}
    takes(proj, function(guid, item, take)
      if before[guid] then return end
      before[guid] = true
      list[#list + 1] = told(item, take)
    end)
    return list
  end

  -- Each turn. -> list of fields, mostly empty
  function recordings.look(now_recording)
    local now, list = reaper.time_precise(), {}
    if now_recording and not recording then
      if stopped then list = found() end -- the one before was not looked for long enough
      before, stopped = {}, nil
      takes(proj, function(guid) before[guid] = true end)
    elseif recording and not now_recording and before then
      stopped, looked = now, -math.huge
    elseif stopped and now - looked >= AGAIN then
      looked = now
      list = found()
      if now - stopped > LATE then before, stopped = nil, nil end
    end
    recording = now_recording
    return list
  end

  return recordings
end
