-- Where everything in a project stands, and putting it back there: a tempo map must move no note.
-- Items, the events of MIDI items, envelopes, automation items, markers, regions, cursor, loop.
-- Reaper moves what is attached to beats; what that is, five settings decide, so it is compared.

local places = {}

local MOVED = 1e-7 -- seconds: less than a sample; more was moved
local HEARD = 0.0005 -- seconds that a MIDI event may be off: about a tick

local function value(item, name) return reaper.GetMediaItemInfo_Value(item, name) end

local ITEM = { "D_POSITION", "D_LENGTH", "D_SNAPOFFSET", "D_FADEINLEN", "D_FADEOUTLEN" }
local TAKE = { "D_STARTOFFS", "D_PLAYRATE" }

-- Each event of a MIDI take with its time; nil where several items share the notes, since each
-- of them would need others.
local function midi_of(take)
  local source = reaper.GetMediaItemTake_Source(take)
  if source and reaper.GetMediaSourceType(source) == "MIDIPOOL" then return nil end
  local ok, text = reaper.MIDI_GetAllEvts(take)
  if not ok then return nil end
  local events, at, tick = {}, 1, 0
  while at <= #text do
    local offset, flag, message
    offset, flag, message, at = string.unpack("<i4Bs4", text, at)
    tick = tick + offset
    events[#events + 1] = { tick = tick, flag = flag, message = message,
      time = reaper.MIDI_GetProjTimeFromPPQPos(take, tick) }
  end
  return events
end

local function put_back_midi(take, events)
  local moved = false
  for _, event in ipairs(events) do
    local now = reaper.MIDI_GetProjTimeFromPPQPos(take, event.tick)
    if math.abs(now - event.time) > HEARD then moved = true break end
  end
  if not moved then return end
  local packed, last = {}, 0
  for _, event in ipairs(events) do
    local tick = math.floor(reaper.MIDI_GetPPQPosFromProjTime(take, event.time) + 0.5)
    tick = math.max(tick, last)
    packed[#packed + 1] = string.pack("<i4Bs4", tick - last, event.flag, event.message)
    last = tick
  end
  reaper.MIDI_SetAllEvts(take, table.concat(packed))
  reaper.MIDI_Sort(take)
end

local function items_of(proj, from)
  local found = {}
  for i = 0, reaper.CountMediaItems(proj) - 1 do
    local item = reaper.GetMediaItem(proj, i)
    local kept = { item = item, mode = value(item, "C_BEATATTACHMODE"), takes = {} }
    for _, name in ipairs(ITEM) do kept[name] = value(item, name) end
    for n = 0, reaper.CountTakes(item) - 1 do
      local take = reaper.GetTake(item, n)
      if take then -- an empty take lane has none
        local values = { take = take }
        for _, name in ipairs(TAKE) do
          values[name] = reaper.GetMediaItemTakeInfo_Value(take, name)
        end
        if reaper.TakeIsMIDI(take) and kept.D_POSITION + kept.D_LENGTH > from then
          values.midi = midi_of(take)
        end
        kept.takes[#kept.takes + 1] = values
      end
    end
    found[#found + 1] = kept
    reaper.SetMediaItemInfo_Value(item, "C_BEATATTACHMODE", 0)
  end
  return found
end

local function put_back_items(found)
  for _, kept in ipairs(found) do
    local item = kept.item
    for _, name in ipairs(ITEM) do
      if math.abs(value(item, name) - kept[name]) > MOVED then
        reaper.SetMediaItemInfo_Value(item, name, kept[name])
      end
    end
    for _, values in ipairs(kept.takes) do
      for _, name in ipairs(TAKE) do
        local now = reaper.GetMediaItemTakeInfo_Value(values.take, name)
        if math.abs(now - values[name]) > MOVED then
          reaper.SetMediaItemTakeInfo_Value(values.take, name, values[name])
        end
      end
      if values.midi then put_back_midi(values.take, values.midi) end
    end
    reaper.SetMediaItemInfo_Value(item, "C_BEATATTACHMODE", kept.mode)
  end
end

local AUTOMATION = { "D_POSITION", "D_LENGTH" }

local function envelopes_of(proj)
  local found = {}
  local function look(track)
    for e = 0, reaper.CountTrackEnvelopes(track) - 1 do
      local envelope = reaper.GetTrackEnvelope(track, e)
      local _, name = reaper.GetEnvelopeName(envelope)
      if name ~= "Tempo map" then -- that one is what is being changed
        local kept = { envelope = envelope, times = {}, automation = {} }
        for p = 0, reaper.CountEnvelopePoints(envelope) - 1 do
          local _, time = reaper.GetEnvelopePoint(envelope, p)
          kept.times[p] = time
        end
        for a = 0, reaper.CountAutomationItems(envelope) - 1 do
          local values = {}
          for _, each in ipairs(AUTOMATION) do
            values[each] = reaper.GetSetAutomationItemInfo(envelope, a, each, 0, false)
          end
          kept.automation[a] = values
        end
        found[#found + 1] = kept
      end
    end
  end
  look(reaper.GetMasterTrack(proj))
  for i = 0, reaper.CountTracks(proj) - 1 do look(reaper.GetTrack(proj, i)) end
  return found
end

local function put_back_envelopes(found)
  for _, kept in ipairs(found) do
    local moved = false
    for p, time in pairs(kept.times) do
      local _, now = reaper.GetEnvelopePoint(kept.envelope, p)
      if math.abs(now - time) > MOVED then
        reaper.SetEnvelopePointEx(kept.envelope, -1, p, time, nil, nil, nil, nil, true)
        moved = true
      end
    end
    if moved then reaper.Envelope_SortPoints(kept.envelope) end
    for a, values in pairs(kept.automation) do
      for _, each in ipairs(AUTOMATION) do
        local now = reaper.GetSetAutomationItemInfo(kept.envelope, a, each, 0, false)
        if math.abs(now - values[each]) > MOVED then
          reaper.GetSetAutomationItemInfo(kept.envelope, a, each, values[each], true)
        end
      end
    end
  end
end

-- 7.62 and later: rewriting a mark through the old functions may take it off its ruler lane.
local new_marks = {}

function new_marks.take(proj)
  local found = {}
  for i = 0, reaper.GetNumRegionsOrMarkers(proj) - 1 do
    local mark = reaper.GetRegionOrMarker(proj, i, "")
    local _, guid = reaper.GetSetRegionOrMarkerInfo_String(proj, mark, "GUID", "", false)
    found[#found + 1] = { guid = guid,
      at = reaper.GetRegionOrMarkerInfo_Value(proj, mark, "D_STARTPOS"),
      finish = reaper.GetRegionOrMarkerInfo_Value(proj, mark, "D_ENDPOS"),
      region = reaper.GetRegionOrMarkerInfo_Value(proj, mark, "B_ISREGION") > 0 }
  end
  return found
end

function new_marks.put_back(proj, found)
  local function set(guid, name, to)
    -- Fetched each time: the pointer dies with every change.
    local mark = reaper.GetRegionOrMarker(proj, -1, guid)
    if not mark then return end
    if math.abs(reaper.GetRegionOrMarkerInfo_Value(proj, mark, name) - to) > MOVED then
      reaper.SetRegionOrMarkerInfo_Value(proj, mark, name, to)
    end
  end
  for _, kept in ipairs(found) do
    set(kept.guid, "D_STARTPOS", kept.at)
    if kept.region then
      set(kept.guid, "D_ENDPOS", kept.finish)
      set(kept.guid, "D_STARTPOS", kept.at) -- moving one end may push the other
    end
  end
end

local old_marks = {}

function old_marks.take(proj)
  local found = {}
  for i = 0, (reaper.CountProjectMarkers(proj)) - 1 do
    local _, region, at, finish, name, number, colour = reaper.EnumProjectMarkers3(proj, i)
    found[i] = { region = region, at = at, finish = finish, name = name, number = number,
      colour = colour }
  end
  return found
end

-- Everything moves in one direction and keeps its order, so the index tells which one it was.
function old_marks.put_back(proj, found)
  local moved = false
  for i, kept in pairs(found) do
    local _, region, at, finish, _, number = reaper.EnumProjectMarkers3(proj, i)
    if region == kept.region and number == kept.number
      and (math.abs(at - kept.at) > MOVED or math.abs(finish - kept.finish) > MOVED) then
      -- -1: the number stays, a region's own would be refused; 2: sorted once, at the end
      reaper.SetProjectMarkerByIndex2(proj, i, kept.region, kept.at, kept.finish, -1,
        kept.name, kept.colour, 2)
      moved = true
    end
  end
  if moved then reaper.SetProjectMarkerByIndex2(proj, -1, false, 0, 0, -1, "", 0, 2) end
end

-- `from`: nothing before this time can move. Items stand in the time timebase until put_back.
function places.take(proj, from)
  local marks = reaper.GetNumRegionsOrMarkers and new_marks or old_marks
  local kept = { marks = marks.take(proj), cursor = reaper.GetCursorPositionEx(proj) }
  kept.envelopes = envelopes_of(proj)
  kept.range = { reaper.GetSet_LoopTimeRange2(proj, false, false, 0, 0, false) }
  kept.loop = { reaper.GetSet_LoopTimeRange2(proj, false, true, 0, 0, false) }
  kept.items = items_of(proj, from) -- last: from here on their timebase is changed
  return kept
end

function places.put_back(proj, kept)
  local marks = reaper.GetNumRegionsOrMarkers and new_marks or old_marks
  put_back_items(kept.items)
  put_back_envelopes(kept.envelopes)
  marks.put_back(proj, kept.marks)
  for loop, range in pairs({ [false] = kept.range, [true] = kept.loop }) do
    local start, finish = reaper.GetSet_LoopTimeRange2(proj, false, loop, 0, 0, false)
    if math.abs(start - range[1]) > MOVED or math.abs(finish - range[2]) > MOVED then
      reaper.GetSet_LoopTimeRange2(proj, true, loop, range[1], range[2], false)
    end
  end
  if math.abs(reaper.GetCursorPositionEx(proj) - kept.cursor) > MOVED then
    reaper.SetEditCurPos2(proj, kept.cursor, false, false)
  end
end

return places
