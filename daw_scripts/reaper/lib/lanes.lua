-- Our own lanes of the ruler, where Reaper has them (7.72): what was found stays apart from the
-- user's markers. A lane is known by its GUID. One that the user deleted is not made again.

local lanes = {}

local SECTION = "dawbridge"
local NAMES = {
  section = "dawbridge", riff = "dawbridge",
  chord = "dawbridge chords",
  key = "dawbridge key", tempo = "dawbridge key",
}

function lanes.there() return reaper.AddRegionOrMarker ~= nil end

-- Names of project settings need whole numbers: "RULER_LANE_NAME:1.0" is not read.
local function numbered(name, index) return ("%s:%d"):format(name, math.floor(index)) end

local function count(proj)
  return math.floor(reaper.GetSetProjectInfo(proj, "RULER_LANE_COUNT", 0, false))
end

local function text(proj, name, index)
  local ok, value = reaper.GetSetProjectInfo_String(proj, numbered(name, index), "", false)
  return ok and value or ""
end

local function find(proj, guid)
  for index = 0, count(proj) - 1 do
    if text(proj, "RULER_LANE_GUID", index) == guid then return index end
  end
end

local function make(proj, name)
  local before, had = count(proj), {}
  for index = 0, before - 1 do
    local guid = text(proj, "RULER_LANE_GUID", index)
    had[guid] = true
    -- One that an undo has left, or that another computer made.
    if text(proj, "RULER_LANE_NAME", index) == name then return index, guid end
  end
  reaper.GetSetProjectInfo(proj, numbered("RULER_LANE_ORDER", before), -1, true)
  if count(proj) <= before then return nil end -- it tells no success otherwise
  for index = 0, count(proj) - 1 do
    local guid = text(proj, "RULER_LANE_GUID", index)
    if guid ~= "" and not had[guid] then
      reaper.GetSetProjectInfo_String(proj, numbered("RULER_LANE_NAME", index), name, true)
      return index, guid
    end
  end
end

-- The number of the lane for a role, made if need be: inside an undo step, since it may write.
-- nil: the version has none, or the user does not want it.
function lanes.of(proj, role)
  if not lanes.there() then return nil end
  local name = NAMES[role] or "dawbridge"
  local key = "lane-" .. name:gsub(" ", "-")
  local _, guid = reaper.GetProjExtState(proj, SECTION, key)
  if guid and guid ~= "" then return find(proj, guid) end
  local index, made = make(proj, name)
  if index then reaper.SetProjExtState(proj, SECTION, key, made) end
  return index
end

return lanes
