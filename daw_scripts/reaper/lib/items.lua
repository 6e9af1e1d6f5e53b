-- Facts that become items: text, MIDI notes, loops. An item is found again by its GUID.
-- Nothing here opens an undo step: whoever applies a batch does.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local tracks = dofile(here .. "tracks.lua")

local items = {}

local TEXT_LENGTH = 1 -- seconds of a text that has no end
local SHORTEST = 0.01 -- seconds of an item: Reaper shows nothing of a shorter one

local function guid_of(item)
  local _, guid = reaper.GetSetMediaItemInfo_String(item, "GUID", "", false)
  return guid
end

-- Reaper has no look-up by GUID, and a project may hold thousands of items while hundreds of ours
-- are looked at after each edit: so the project is gone through once for each of its states.
-- Pointers die with undo and deletion; GUIDs do not.
local known, state = {}, nil

function items.find(proj, guid)
  local item = known[guid]
  if item and reaper.ValidatePtr2(proj, item, "MediaItem*") and guid_of(item) == guid then
    return item
  end
  known[guid] = nil
  local now = tostring(proj) .. " " .. reaper.GetProjectStateChangeCount(proj)
  if now == state then return nil end
  known, state = {}, now
  for i = 0, reaper.CountMediaItems(proj) - 1 do
    local each = reaper.GetMediaItem(proj, i)
    known[guid_of(each)] = each
  end
  return known[guid]
end

local function paint(item, colour)
  local r, g, b = (colour or ""):match("^#(%x%x)(%x%x)(%x%x)$")
  if not r then return end
  local native = reaper.ColorToNative(tonumber(r, 16), tonumber(g, 16), tonumber(b, 16))
  reaper.SetMediaItemInfo_Value(item, "I_CUSTOMCOLOR", native | 0x1000000)
end

local function place(item, at, finish)
  -- Seconds are meant: in the beat timebase a later tempo change would carry it away.
  reaper.SetMediaItemInfo_Value(item, "C_BEATATTACHMODE", 0)
  reaper.SetMediaItemInfo_Value(item, "D_POSITION", at)
  reaper.SetMediaItemInfo_Value(item, "D_LENGTH", math.max(finish - at, SHORTEST))
end

local function track_of(proj, fields)
  local source = items.find(proj, (fields.group or ""):match("^item:(.+)$") or "")
  return tracks.want(proj, fields.track, source and reaper.GetMediaItem_Track(source))
end

local function name_take(take, name)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", name, true)
end

local make = {}

function make.text(proj, fields, item)
  if not item then
    local track, why = track_of(proj, fields)
    if not track then return nil, why end
    item = reaper.AddMediaItemToTrack(track)
    if not item then return nil, "no item could be added" end
  end
  local at = tonumber(fields.at)
  place(item, at, tonumber(fields["end"]) or at + TEXT_LENGTH)
  reaper.GetSetMediaItemInfo_String(item, "P_NOTES", fields.name or "", true)
  return item
end

-- "at,length,pitch,velocity,channel;..." -> notes in order; what is no note is passed over.
local function notes_of(text)
  local notes = {}
  for each in (text or ""):gmatch("[^;]+") do
    local values = {}
    for value in each:gmatch("[^,]+") do values[#values + 1] = tonumber(value) end
    local at, length, pitch, velocity, channel = table.unpack(values)
    if channel and pitch >= 0 and pitch <= 127 and channel >= 0 and channel <= 15 then
      notes[#notes + 1] = {
        at = math.max(at, 0),
        finish = math.max(at, 0) + math.max(length, 0),
        pitch = math.floor(pitch),
        velocity = math.floor(math.min(math.max(velocity, 1), 127)),
        channel = math.floor(channel),
      }
    end
  end
  table.sort(notes, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return a.channel * 128 + a.pitch < b.channel * 128 + b.pitch
  end)
  return notes
end

-- The text that MIDI_SetAllEvts reads. Thousands of single calls would take seconds.
local function events_of(take, at, finish, notes)
  local function tick(time) -- only Reaper knows: the tempo map and the item's start count
    return math.floor(reaper.MIDI_GetPPQPosFromProjTime(take, time) + 0.5)
  end
  local events, sounding = {}, {}
  for _, note in ipairs(notes) do
    local key = note.channel * 128 + note.pitch
    local on = tick(at + note.at)
    local before = sounding[key]
    -- Of two that overlap, the end of the first would end the second.
    if before and before.tick > on then before.tick = on end
    local off = { tick = math.max(tick(at + note.finish), on + 1), order = 0,
      message = string.char(0x80 | note.channel, note.pitch, 0) }
    sounding[key] = off
    events[#events + 1] = { tick = on, order = 1,
      message = string.char(0x90 | note.channel, note.pitch, note.velocity) }
    events[#events + 1] = off
  end
  for place_, event in ipairs(events) do event.place = place_ end
  table.sort(events, function(a, b)
    if a.tick ~= b.tick then return a.tick < b.tick end
    if a.order ~= b.order then return a.order < b.order end -- an end before a beginning
    return a.place < b.place
  end)
  local packed, last = {}, 0
  for _, event in ipairs(events) do
    packed[#packed + 1] = string.pack("<i4Bs4", event.tick - last, 0, event.message)
    last = event.tick
  end
  -- All notes off: where it stands the source ends.
  local stop = math.max(tick(finish), last)
  packed[#packed + 1] = string.pack("<i4Bs4", stop - last, 0, "\xB0\x7B\x00")
  return table.concat(packed)
end

function make.notes(proj, fields, item)
  local at = tonumber(fields.at)
  local notes = notes_of(fields.notes)
  local finish = math.max(tonumber(fields["end"]) or 0, at + SHORTEST)
  for _, note in ipairs(notes) do finish = math.max(finish, at + note.finish) end

  local take = item and reaper.GetActiveTake(item)
  if take and not reaper.TakeIsMIDI(take) then take = nil end
  if item and not take then return nil, "the item holds no MIDI any more" end
  if not item then
    local track, why = track_of(proj, fields)
    if not track then return nil, why end
    item = reaper.CreateNewMIDIItemInProj(track, at, finish, false)
    take = item and reaper.GetActiveTake(item)
    if not take then return nil, "no MIDI item could be added" end
    if fields.role == "drums" then tracks.name_drums(proj, track) end
    -- Drawn longer it should fall silent, not play again.
    reaper.SetMediaItemInfo_Value(item, "B_LOOPSRC", 0)
  end
  place(item, at, finish)
  reaper.MIDI_SetAllEvts(take, events_of(take, at, finish, notes))
  reaper.MIDI_Sort(take)
  name_take(take, fields.name or "")
  return item
end

-- Without peaks an item looks silent. Loops are short; a long file is left to Reaper.
local function build_peaks(source)
  if not reaper.PCM_Source_BuildPeaks then return end
  if reaper.PCM_Source_BuildPeaks(source, 0) == 0 then return end
  local turns = 0
  while reaper.PCM_Source_BuildPeaks(source, 1) > 0 and turns < 500 do turns = turns + 1 end
  reaper.PCM_Source_BuildPeaks(source, 2)
end

local function file_of(take)
  local source = take and reaper.GetMediaItemTake_Source(take)
  return source and reaper.GetMediaSourceFileName(source)
end

function make.loop(proj, fields, item)
  local path = fields.path or ""
  local take = item and reaper.GetActiveTake(item)
  local length
  if not take or file_of(take) ~= path then
    if not reaper.file_exists(path) then return nil, "there is no file " .. path end
    local source = reaper.PCM_Source_CreateFromFile(path)
    if not source then return nil, "Reaper cannot read " .. path end
    if not item then
      local track, why = track_of(proj, fields)
      if not track then return nil, why end
      item = reaper.AddMediaItemToTrack(track)
      if not item then return nil, "no item could be added" end
    end
    take = take or reaper.AddTakeToMediaItem(item)
    if not take then return nil, "no take could be added" end
    reaper.SetMediaItemTake_Source(take, source)
    build_peaks(reaper.GetMediaItemTake_Source(take))
    reaper.SetMediaItemInfo_Value(item, "B_LOOPSRC", 1)
  end
  local offset = tonumber(fields.offset) or 0
  reaper.SetMediaItemTakeInfo_Value(take, "D_STARTOFFS", offset)
  length = reaper.GetMediaSourceLength(reaper.GetMediaItemTake_Source(take)) - offset
  local at = tonumber(fields.at)
  place(item, at, tonumber(fields["end"]) or at + length)
  name_take(take, fields.name or "")
  return item
end

-- Makes it, or makes it be so. -> GUID, { at, end_, name } as it is now | nil, why
function items.put(proj, fields, handle)
  if not tonumber(fields.at) or not make[fields.kind] then return nil, "it has no place" end
  local item, why = make[fields.kind](proj, fields, handle and items.find(proj, handle))
  if not item then return nil, why end
  paint(item, fields.colour)
  reaper.UpdateItemInProject(item)
  local guid = guid_of(item)
  known[guid] = item
  return guid, items.read(proj, guid)
end

-- -> { at, end_, name } | nil: it is gone
function items.read(proj, handle)
  local item = items.find(proj, handle)
  if not item then return nil end
  local at = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
  local take, name = reaper.GetActiveTake(item), nil
  if take then
    local _
    _, name = reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", "", false)
  else
    local _
    _, name = reaper.GetSetMediaItemInfo_String(item, "P_NOTES", "", false)
  end
  return { at = at, end_ = at + reaper.GetMediaItemInfo_Value(item, "D_LENGTH"), name = name or "" }
end

function items.drop(proj, handle)
  local item = items.find(proj, handle)
  if not item then return end
  known[handle] = nil
  reaper.DeleteTrackMediaItem(reaper.GetMediaItem_Track(item), item)
end

return items
