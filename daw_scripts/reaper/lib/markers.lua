-- Markers and regions by their GUIDs, for every version: an applier (put, read, drop).
-- From 7.72 by the functions made for it; before, by the enumeration index, which changes whenever
-- anything moves and is therefore looked up each time. Nothing here opens an undo step.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local lanes = dofile(here .. "lanes.lua")

local SHORTEST = 0.01 -- seconds of a region
local SAME = 1e-9
local NEAR = 0.002 -- seconds: Reaper may have rounded what it was given

-- A ruler shows one line; other control signs do not survive in a project file.
local function one_line(name) return ((name or ""):gsub("%c+", " ")) end

local function native(colour)
  local red, green, blue = (colour or ""):match("^#(%x%x)(%x%x)(%x%x)$")
  if not red then return 0 end -- Reaper's own colour
  local value = reaper.ColorToNative(tonumber(red, 16), tonumber(green, 16), tonumber(blue, 16))
  return math.floor(value) | 0x1000000
end

-- What is wanted, as Reaper can hold it.
local function wanted(fields)
  local at = tonumber(fields.at)
  if not at then return nil end
  at = math.max(at, 0)
  local region = fields.kind == "region"
  local finish = region and math.max(tonumber(fields["end"]) or 0, at + SHORTEST) or at
  return { region = region, at = at, finish = finish, name = one_line(fields.name),
    colour = native(fields.colour), role = fields.role }
end

-- Reaper makes no second marker of the same name at the same place, and the user may have one
-- there: a name that nobody has, then the right one.
local function unlikely() return "dawbridge " .. reaper.genGuid("") end

local function told(region, at, finish, name)
  return { at = at, end_ = region and finish or nil, name = name }
end

-- 7.72 and later

local new, old = {}, {}

local function text(proj, mark, name)
  local ok, value = reaper.GetSetRegionOrMarkerInfo_String(proj, mark, name, "", false)
  return ok and value or ""
end

-- A pointer is good until the next change: it is fetched again for each one.
local function set(proj, guid, name, value)
  local mark = reaper.GetRegionOrMarker(proj, -1, guid)
  if mark then reaper.SetRegionOrMarkerInfo_Value(proj, mark, name, value) end
end

local function rename(proj, guid, name)
  local mark = reaper.GetRegionOrMarker(proj, -1, guid)
  if mark then reaper.GetSetRegionOrMarkerInfo_String(proj, mark, "P_NAME", name, true) end
end

local function get(proj, mark, name) return reaper.GetRegionOrMarkerInfo_Value(proj, mark, name) end

function new.read(proj, guid)
  local mark = reaper.GetRegionOrMarker(proj, -1, guid)
  if not mark then return nil end
  local region = get(proj, mark, "B_ISREGION") > 0
  local at, finish = get(proj, mark, "D_STARTPOS"), get(proj, mark, "D_ENDPOS")
  return told(region, at, finish, text(proj, mark, "P_NAME")), region
end

function new.put(proj, fields, guid)
  local want = wanted(fields)
  if not want then return nil, "it has no place" end
  local now, region
  if guid then now, region = new.read(proj, guid) end
  if now and region ~= want.region then
    new.drop(proj, guid)
    now = nil
  end
  if now then
    if want.region and want.at >= now.end_ then set(proj, guid, "D_ENDPOS", want.finish) end
    if math.abs(now.at - want.at) > SAME then set(proj, guid, "D_STARTPOS", want.at) end
    if want.region then set(proj, guid, "D_ENDPOS", want.finish) end
    if now.name ~= want.name then rename(proj, guid, want.name) end
    if want.colour ~= 0 then set(proj, guid, "I_CUSTOMCOLOR", want.colour) end
    return guid, (new.read(proj, guid))
  end
  local lane = lanes.of(proj, want.role) -- before: a pointer would not outlive it
  local function add(name)
    local before = reaper.GetNumRegionsOrMarkers(proj)
    local mark = reaper.AddRegionOrMarker(proj, want.region, want.at, want.finish, name, -1,
      want.colour)
    if mark and reaper.GetNumRegionsOrMarkers(proj) > before then return text(proj, mark, "GUID") end
  end
  local made = add(want.name)
  if not made then
    made = add(unlikely())
    if made then rename(proj, made, want.name) end
  end
  if not made or made == "" then return nil, "Reaper did not add the marker" end
  if lane then set(proj, made, "I_LANENUMBER", lane) end
  return made, (new.read(proj, made))
end

function new.drop(proj, guid)
  local mark = reaper.GetRegionOrMarker(proj, -1, guid)
  if not mark then return end
  -- Deleting is done by the index in every version; that this is the same index is checked.
  local index = math.floor(get(proj, mark, "I_INDEX"))
  local ok, same = reaper.GetSetProjectInfo_String(proj, ("MARKER_GUID:%d"):format(index), "", false)
  if ok and same == guid then
    reaper.DeleteProjectMarkerByIndex(proj, index)
  else
    old.drop(proj, guid)
  end
end

-- Every version

local known, state = {}, nil -- GUID = where it was seen last; the state of the project gone through

local function guid_at(proj, index)
  local ok, guid = reaper.GetSetProjectInfo_String(proj, ("MARKER_GUID:%d"):format(index), "", false)
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

function old.read(proj, guid)
  local mark = find(proj, guid)
  return mark and told(mark.region, mark.at, mark.finish, mark.name), mark and mark.region
end

local function rewrite(proj, mark, want, colour)
  -- By the index, since markers may share a number; -1: it keeps its own, which for a region must
  -- not be set twice; flag 1: an empty name is one, too.
  return reaper.SetProjectMarkerByIndex2(proj, mark.index, mark.region, want.at, want.finish, -1,
    want.name, colour, 1)
end

function old.put(proj, fields, guid)
  local want = wanted(fields)
  if not want then return nil, "it has no place" end
  local mark = guid and find(proj, guid)
  if mark and mark.region ~= want.region then
    old.drop(proj, guid)
    mark = nil
  end
  if mark then
    if not rewrite(proj, mark, want, want.colour) then return nil, "Reaper did not change it" end
    known[guid] = { index = mark.index, at = want.at }
    local read = old.read(proj, guid)
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
    made = add(unlikely())
    if made then
      rewrite(proj, made, want, 0)
      made = find_new(proj, want.at, made.number, want.region, want.name)
    end
  end
  local id = made and guid_at(proj, made.index)
  if not id then return nil, "Reaper did not add the marker" end
  remember(id, made)
  return id, told(made.region, made.at, made.finish, made.name)
end

function old.drop(proj, guid)
  local mark = find(proj, guid)
  if not mark then return end
  known[guid] = nil
  reaper.DeleteProjectMarkerByIndex(proj, mark.index)
end

return reaper.AddRegionOrMarker and new or old
