-- Markers and regions by the functions that Reaper has for them since 7.72: pointers that are
-- good until the next change, looked up by GUID. An applier: put, read, drop.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local by_index = dofile(here .. "markers_by_index.lua")
local lanes = dofile(here .. "lanes.lua")
local wanted = dofile(here .. "wanted.lua")

local SAME = 1e-9

local markers = {}

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

function markers.read(proj, guid)
  local mark = reaper.GetRegionOrMarker(proj, -1, guid)
  if not mark then return nil end
  local region = get(proj, mark, "B_ISREGION") > 0
  local at, finish = get(proj, mark, "D_STARTPOS"), get(proj, mark, "D_ENDPOS")
  return wanted.told(region, at, finish, text(proj, mark, "P_NAME")), region
end

function markers.put(proj, fields, guid)
  local want = wanted.of(fields)
  if not want then return nil, "it has no place" end
  local now, region
  if guid then now, region = markers.read(proj, guid) end
  if now and region ~= want.region then
    markers.drop(proj, guid)
    now = nil
  end
  if now then
    if want.region and want.at >= now.end_ then set(proj, guid, "D_ENDPOS", want.finish) end
    if math.abs(now.at - want.at) > SAME then set(proj, guid, "D_STARTPOS", want.at) end
    if want.region then set(proj, guid, "D_ENDPOS", want.finish) end
    if now.name ~= want.name then rename(proj, guid, want.name) end
    if want.colour ~= 0 then set(proj, guid, "I_CUSTOMCOLOR", want.colour) end
    return guid, (markers.read(proj, guid))
  end
  local lane = lanes.of(proj, want.role) -- before: a pointer would not outlive it
  local function add(name)
    local before = reaper.GetNumRegionsOrMarkers(proj)
    local mark = reaper.AddRegionOrMarker(proj, want.region, want.at, want.finish, name, -1,
      want.colour)
    if not mark or reaper.GetNumRegionsOrMarkers(proj) <= before then return nil end
    return text(proj, mark, "GUID")
  end
  local made = add(want.name)
  if not made then
    made = add(wanted.unlikely_name())
    if made then rename(proj, made, want.name) end
  end
  if not made or made == "" then return nil, "Reaper did not add the marker" end
  if lane then set(proj, made, "I_LANENUMBER", lane) end
  return made, (markers.read(proj, made))
end

function markers.drop(proj, guid)
  local mark = reaper.GetRegionOrMarker(proj, -1, guid)
  if not mark then return end
  -- Deleting is done by the index in every version; that this is the same index is checked.
  local index = math.floor(get(proj, mark, "I_INDEX"))
  local name = ("MARKER_GUID:%d"):format(index)
  local ok, same = reaper.GetSetProjectInfo_String(proj, name, "", false)
  if ok and same == guid then
    reaper.DeleteProjectMarkerByIndex(proj, index)
  else
    by_index.drop(proj, guid)
  end
end

return markers
