-- Points of Reaper's tempo map, and the measures that follow from them.

local map = {}

map.SAME = 0.001 -- seconds: nearer than this it is the same point
map.ON_A_BAR = 0.01 -- seconds that a bar line may lie off a point
map.SLOWEST, map.QUICKEST = 5, 960 -- BPM that Reaper takes

local SAME, ON_A_BAR, SLOWEST, QUICKEST = map.SAME, map.ON_A_BAR, map.SLOWEST, map.QUICKEST

-- Whether a measure can be cut short where another begins (7.19 and later). Before that Reaper
-- puts a metre on a bar line nearby.
function map.cuts_measures() return reaper.GetSetTempoTimeSigMarkerFlag ~= nil end

-- All points of the map, in order of time.
function map.all(proj)
  local found = {}
  for i = 0, reaper.CountTempoTimeSigMarkers(proj) - 1 do
    local ok, at, _, _, bpm, num, den, linear = reaper.GetTempoTimeSigMarker(proj, i)
    if ok then
      found[#found + 1] = { index = i, at = at, bpm = bpm,
        num = math.max(math.floor(num), 0), den = math.max(math.floor(den), 0), linear = linear }
    end
  end
  return found
end

-- The number of the point that stands at this time; nil: none does.
function map.find(proj, at)
  local index = reaper.FindTempoTimeSigMarker(proj, at + SAME)
  if index < 0 then return nil end
  local ok, time = reaper.GetTempoTimeSigMarker(proj, index)
  if ok and math.abs(time - at) <= SAME then return index, time end
end

-- Tempo and metre in force at a time, by points alone; what no point tells is the project's.
function map.in_force(proj, points, at)
  local bpm, num, den
  for _, point in ipairs(points) do
    if point.at > at + SAME then break end
    bpm = point.bpm
    if point.num > 0 then num, den = point.num, point.den end
  end
  local project_num, project_den = reaper.TimeMap_GetTimeSigAtTime(proj, 0)
  return bpm or reaper.Master_GetTempo(), num or math.floor(project_num),
    den or math.floor(project_den)
end

-- Start of the measure in which a time lies, and its length.
function map.measure(proj, at)
  local _, number = reaper.TimeMap2_timeToBeats(proj, at)
  number = math.floor(number)
  local start = reaper.TimeMap_GetMeasureInfo(proj, number)
  local next_ = reaper.TimeMap_GetMeasureInfo(proj, number + 1)
  if next_ - at < ON_A_BAR then -- a hair before the bar line is on it
    number, start = number + 1, next_
    next_ = reaper.TimeMap_GetMeasureInfo(proj, number + 1)
  end
  return start, next_ - start, number
end

-- Makes or changes the point that stands there. -> its number
function map.write(proj, at, bpm, num, den, linear)
  local index = map.find(proj, at) or -1
  reaper.SetTempoTimeSigMarker(proj, index, at, -1, -1, bpm, num, den, linear or false)
  return map.find(proj, at)
end

-- A metre that begins inside a measure. 7.19 and later can shorten that measure; Reaper snaps to
-- the bar line at first, so the point is written again once the flag stands.
function map.write_metre(proj, at, bpm, num, den, linear)
  map.write(proj, at, bpm, num, den, linear)
  if not map.cuts_measures() then return end
  local index = map.find(proj, at)
  if not index then -- it was snapped: the nearest one of this tempo is it
    local nearest
    for _, point in ipairs(map.all(proj)) do
      if math.abs(point.bpm - bpm) < 1e-6 and point.num == num and point.den == den
        and (not nearest or math.abs(point.at - at) < math.abs(nearest.at - at)) then
        nearest = point
      end
    end
    index = nearest and nearest.index
  end
  if not index then return end
  local flag = reaper.GetSetTempoTimeSigMarkerFlag(proj, index, 0, false)
  reaper.GetSetTempoTimeSigMarkerFlag(proj, index, math.floor(flag) | 1 | 4, true)
  reaper.SetTempoTimeSigMarker(proj, index, at, -1, -1, bpm, num, den, linear or false)
end

-- Before 7.19: the measure in front is stretched so that it ends where the music's bar begins.
-- -> position of the point that does it | nil, position of a point that is in its way (or nil)
function map.lead_in(proj, at)
  local start, length, number = map.measure(proj, at)
  if math.abs(at - start) < ON_A_BAR then return nil end
  local changed = 0 -- the last change of tempo: from there on it can be stretched
  for _, each in ipairs(map.all(proj)) do
    if each.at < at - SAME then changed = each.at end
  end
  -- The nearer bar line is moved there: rather a slow measure than a very quick one.
  local first, line = start, start + length
  if at - start < length / 2 and number > 0 and changed < start - SAME then
    first, line = reaper.TimeMap_GetMeasureInfo(proj, number - 1), start
  end
  local point = math.max(first, changed)
  local target = reaper.TimeMap2_timeToQN(proj, line)
  local quarters = target - reaper.TimeMap2_timeToQN(proj, point)
  local bpm = 60 * quarters / (at - point)
  local num, den, unit = 0, 0, 4
  while bpm > QUICKEST and unit <= 32 and point == start do
    -- Hardly any room: a measure of one short note.
    num, den, bpm, unit = 1, unit, 60 * 4 / unit / (at - point), unit * 2
  end
  if bpm < SLOWEST or bpm > QUICKEST then return nil, changed > first + SAME and changed or nil end
  map.write(proj, point, bpm, num, den)
  return point
end

-- The one at 0 cannot always be deleted; whoever writes there writes over it.
function map.delete(proj, index) return reaper.DeleteTempoTimeSigMarker(proj, index) end

return map
