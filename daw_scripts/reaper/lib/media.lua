-- From an item to its sound file: which file, and what of it stands where in the project.
-- The file is analysed, not what is heard: effects, volume and fades are not in it.

local media = {}

local CURVED = 8 -- straight pieces that stand for one curved stretch
local LEAST = 0.5 -- seconds of sound that are worth a look

local function refuse(what, cause, remedy)
  return nil, { what = what, cause = cause, remedy = remedy }
end

local function value(item, name) return reaper.GetMediaItemInfo_Value(item, name) end

function media.name(item)
  local take = reaper.GetActiveTake(item)
  if not take then return "empty item" end
  local _, name = reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", "", false)
  return name ~= "" and name or "item without a name"
end

-- Through the sections down to the file. -> source, seconds of the section's start in the file,
-- seconds of the section (nil: the whole) | nil: played backwards
local function root_of(source)
  local offset, length = 0, nil
  while true do
    local ok, offs, len, reversed = reaper.PCM_Source_GetSectionInfo(source)
    local parent = reaper.GetMediaSourceParent(source)
    if not ok or not parent then return source, offset, length end
    if reversed then return nil end
    offset = offset + offs
    -- The outer section is the one that the item sees; one further in can only be longer.
    if not length and len > 0 then length = len end
    source = parent
  end
end

local WHY = { -- kinds of source that hold no sound of their own
  MIDI = "it holds MIDI",
  MIDIPOOL = "it holds MIDI",
  RPP_PROJECT = "it is a subproject",
  CLICK = "it is a click source",
  LTC = "it is a timecode source",
  VIDEOEFFECT = "it is a video effect",
}

-- Where in the take's source the item is at `x`, seconds from the item's start times the rate.
-- Points { x, source } of the stretch markers; outside of them the source runs at its own speed.
-- A slope bends the line between two markers: the speed goes from 1 - slope to 1 + slope of its
-- middle, so the position is (1 - slope) u + slope u² of the way.
local function bends_of(take, start, length)
  local marks = {}
  for i = 0, reaper.GetTakeNumStretchMarkers(take) - 1 do
    local index, at, source = reaper.GetTakeStretchMarker(take, i)
    if index >= 0 then
      marks[#marks + 1] = { at, source, reaper.GetTakeStretchMarkerSlope(take, i) }
    end
  end
  if #marks == 0 then return { { 0, start }, { length, start + length } } end
  table.sort(marks, function(a, b) return a[1] < b[1] end)
  local points = {}
  local first, last = marks[1], marks[#marks]
  if first[1] > 0 then points[1] = { 0, first[2] - first[1] } end
  for i, mark in ipairs(marks) do
    points[#points + 1] = { mark[1], mark[2] }
    local after = marks[i + 1]
    if after and math.abs(mark[3]) > 1e-6 then
      for step = 1, CURVED - 1 do
        local u = step / CURVED
        points[#points + 1] = { mark[1] + u * (after[1] - mark[1]),
          mark[2] + ((1 - mark[3]) * u + mark[3] * u * u) * (after[2] - mark[2]) }
      end
    end
  end
  if last[1] < length then points[#points + 1] = { length, last[2] + length - last[1] } end
  return points
end

-- The part of a line of points whose member `axis` lies between two values.
local function cut(points, axis, from, to)
  local found = {}
  local function between(a, b, at)
    local share = (at - a[axis]) / (b[axis] - a[axis])
    return { a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2]) }
  end
  for i, point in ipairs(points) do
    local before = points[i - 1]
    if before and before[axis] < point[axis] then
      for _, edge in ipairs({ from, to }) do
        if before[axis] < edge and edge < point[axis] then
          found[#found + 1] = between(before, point, edge)
        end
      end
    end
    if point[axis] >= from and point[axis] <= to then found[#found + 1] = point end
  end
  return found
end

local function number(seconds) return (("%.9f"):format(seconds):gsub(",", ".")) end

-- -> { path, map = "file,position;...", map_points, title, item = GUID, notes = { words, ... } }
--  | nil, { what, cause, remedy }
function media.of(item)
  local title = media.name(item)
  local what = ("%q cannot be analysed"):format(title):gsub("\\\n", " ")
  local take = reaper.GetActiveTake(item)
  if not take then
    return refuse(what, "it holds no sound: it is empty, or a text",
      "select an item with a recording")
  end
  local source = reaper.GetMediaItemTake_Source(take)
  if not source then
    return refuse(what, "its take has no source", "select an item with a recording")
  end
  if reaper.TakeIsMIDI(take) then
    return refuse(what, WHY.MIDI, "select an item with a recording, or render it first")
  end
  local root, offset, section = root_of(source)
  if not root then
    return refuse(what, "it is played backwards",
      "reverse it back, or glue it (Item: Glue items) and analyse the new item")
  end
  local kind = reaper.GetMediaSourceType(root)
  local path = reaper.GetMediaSourceFileName(root)
  if WHY[kind] then
    return refuse(what, WHY[kind], "glue or render it, and analyse the new item")
  end
  if path == "" then
    return refuse(what, kind == "EMPTY" and "its sound is offline" or "it has no sound file",
      kind == "EMPTY" and "set the item online (Item: Set item media online)"
        or "glue or render it, and analyse the new item")
  end
  if not reaper.file_exists(path) then
    return refuse(what, "its file is not there: " .. path,
      "put the file back, or show it to Reaper (Project files, missing media)")
  end

  local at, long = value(item, "D_POSITION"), value(item, "D_LENGTH")
  local rate = reaper.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE")
  local start = reaper.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS")
  local file_length, beats = reaper.GetMediaSourceLength(root)
  if rate <= 0 or beats or file_length <= 0 then
    return refuse(what, "Reaper does not tell how long its file is",
      "glue it, and analyse the new item")
  end
  local run = math.min(section or file_length, file_length - offset) -- seconds of the source
  local notes = {}
  local loops = value(item, "B_LOOPSRC") > 0

  local stretched = reaper.GetTakeNumStretchMarkers(take) > 0
  if loops and not stretched then start = start % run end
  local points = bends_of(take, start, long * rate) -- { seconds x rate, seconds of the source }
  for i = 2, #points do
    if points[i][2] <= points[i - 1][2] or points[i][1] <= points[i - 1][1] then
      return refuse(what, "its stretch markers play a piece backwards or hold it still",
        "remove these markers, or glue it and analyse the new item")
    end
  end
  local whole = points[#points][2]
  points = cut(points, 1, 0, long * rate) -- markers may stand outside of the item
  points = cut(points, 2, 0, run) -- the first run; before and behind the source there is silence
  if loops and whole > run + 0.01 then
    notes[1] = "the item repeats its file: only the first run was analysed"
  end
  if #points < 2 or points[#points][2] - points[1][2] < LEAST then
    return refuse(what, "less than half a second of its file is in it", "select a longer item")
  end

  local pairs_, map = {}, {}
  for _, point in ipairs(points) do
    pairs_[#pairs_ + 1] = { offset + point[2], at + point[1] / rate }
    map[#map + 1] = number(offset + point[2]) .. "," .. number(at + point[1] / rate)
  end
  local pitch = reaper.GetMediaItemTakeInfo_Value(take, "D_PITCH")
  local keeps = reaper.GetMediaItemTakeInfo_Value(take, "B_PPITCH") > 0
  if math.abs(pitch) > 0.01 or (not keeps and math.abs(rate - 1) > 0.003) then
    notes[#notes + 1] = "the item plays at another pitch than its file: "
      .. "chords and key are the file's"
  end
  local _, guid = reaper.GetSetMediaItemInfo_String(item, "GUID", "", false)
  return { path = path, map = table.concat(map, ";"), map_points = pairs_, title = title,
    item = guid, notes = notes }
end

-- The selected items, in the order of the project.
function media.selected(proj)
  local found = {}
  for i = 0, reaper.CountMediaItems(proj) - 1 do
    local item = reaper.GetMediaItem(proj, i)
    if reaper.IsMediaItemSelected(item) then found[#found + 1] = item end
  end
  return found
end

return media
