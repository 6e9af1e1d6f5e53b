-- Markers and regions for every version, by the enumeration index. It follows the time and changes
-- whenever anything moves, so it is looked up each time, by GUID. An applier: put, read, drop.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local wanted = dofile(here .. "wanted.lua")

local NEAR = 0.002 -- seconds: Reaper may have rounded what it was given
local SAME = 1e-9

local markers = {}
local known, state = {}, nil -- GUID = where it was seen last; the state of the project gone through

local function guid_at(proj, index)
  local name = ("MARKER_GUID:%d"):format(index)
  local ok, guid = reaper.GetSetProjectInfo_String(proj, name, "", false)
  return ok and guid or nil
end

local function enumerated(proj, index)
  if index < 0 then return nil end
  local found, region, at, finish, name, number = reaper.EnumProjectMarkers3(proj, index)
  if found == 0 then return nil end -- 0 is true in Lua
  return { index = index, region = region, at = at, finish = finish, name = name,
    number = math.floor(number) }
end

-- The first index whose position is not before `at`: the enumeration is in order of time.
local function first_at(proj, at)
  local low, high = 0, reaper.CountProjectMarkers(proj)
  while low < high do
    local middle = (low + high) // 2
    if enumerated(proj, middle).at < at - SAME then low = middle + 1 else high = middle end
  end
  return low
end

-- Among those at one place, the one for which matches(mark) is true.
local function search(proj, at, matches)
  local index = first_at(proj, at - NEAR)
  while true do
    local mark = enumerated(proj, index)
    if not mark or mark.at > at + NEAR then return nil end
    if matches(mark) then return mark end
    index = index + 1
  end
end

-- The one that was just added or rewritten: near its place, else wherever it went.
local function find_new(proj, at, number, region, name)
  local function matches(each)
    return each.number == number and each.region == region and each.name == name
  end
  local mark = search(proj, at, matches)
  if mark then return mark end
  for index = reaper.CountProjectMarkers(proj) - 1, 0, -1 do
    local each = enumerated(proj, index)
    if each and matches(each) then return each end
  end
end

local function remember(guid, mark)
  known[guid] = { index = mark.index, at = mark.at }
  return mark
end

local function find(proj, guid)
  local seen = known[guid]
  if seen then
    if guid_at(proj, seen.index) == guid then
      local mark = enumerated(proj, seen.index)
      if mark then return remember(guid, mark) end
    end
    local mark = search(proj, seen.at, function(each) return guid_at(proj, each.index) == guid end)
    if mark then return remember(guid, mark) end
    known[guid] = nil
  end
  -- Moved, deleted, or never seen: all are gone through, once for each state of the project.
  local now = tostring(proj) .. " " .. reaper.GetProjectStateChangeCount(proj)
  if now == state then return nil end
  state, known = now, {}
  for index = 0, reaper.CountProjectMarkers(proj) - 1 do
    local each, mark = guid_at(proj, index), enumerated(proj, index)
    if each and mark then remember(each, mark) end
  end
  return known[guid] and enumerated(proj, known[guid].index)
end

function markers.read(proj, guid)
  local mark = find(proj, guid)
  return mark and wanted.told(mark.region, mark.at, mark.finish, mark.name), mark and mark.region
end

local function rewrite(proj, mark, want, colour)
  -- By the index, since markers may share a number; -1: it keeps its own, which for a region must
  -- not be set twice; flag 1: an empty name is one, too.
  return reaper.SetProjectMarkerByIndex2(proj, mark.index, mark.region, want.at, want.finish, -1,
    want.name, colour, 1)
end

function markers.put(proj, fields, guid)
  local want = wanted.of(fields)
  if not want then return nil, "it has no place" end
  local mark = guid and find(proj, guid)
  if mark and mark.region ~= want.region then
    markers.drop(proj, guid)
    mark = nil
  end
  if mark then
    if not rewrite(proj, mark, want, want.colour) then return nil, "Reaper did not change it" end
    known[guid] = { index = mark.index, at = want.at }
    local read = markers.read(proj, guid)
    if not read then return nil, "Reaper lost the marker" end
    return guid, read
  end
  local function add(name)
    local before = reaper.CountProjectMarkers(proj)
    local number = reaper.AddProjectMarker2(proj, want.region, want.at, want.finish, name, -1,
      want.colour)
    if number < 0 or reaper.CountProjectMarkers(proj) <= before then return nil end
    return find_new(proj, want.at, math.floor(number), want.region, name)
  end
  local made = add(want.name)
  if not made then
    made = add(wanted.unlikely_name())
    if made then
      rewrite(proj, made, want, 0)
      made = find_new(proj, want.at, made.number, want.region, want.name)
    end
  end
  local id = made and guid_at(proj, made.index)
  if not id then return nil, "Reaper did not add the marker" end
  remember(id, made)
  return id, wanted.told(made.region, made.at, made.finish, made.name)
end

function markers.drop(proj, guid)
  local mark = find(proj, guid)
  if not mark then return end
  known[guid] = nil
  reaper.DeleteProjectMarkerByIndex(proj, mark.index)
end

return markers
