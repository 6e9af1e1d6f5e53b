-- A tempo map from facts, with everything else staying where it is (places.lua).
-- Points of the user's own stay outside the stretch that is mapped; those inside are kept aside
-- and come back when the last point of ours goes. Tempo points have no ids in Reaper, so the
-- project keeps which ones are ours, by their position; a handle is "<fact id>@<position>".

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local map = dofile(here .. "tempo_points.lua")
local places = dofile(here .. "places.lua")

local tempo = {}

-- Sections of the project's own data: position = id of the fact, and position = point. "lead" and
-- "after" are points of ours that no fact stands for.
local OURS, ASIDE = "dawbridge_tempo", "dawbridge_tempo_aside"
local SAME, ON_A_BAR = map.SAME, map.ON_A_BAR
local A_LITTLE = 0.05 -- share of a tempo; more is a pause or an incomplete bar
local SLOWEST, QUICKEST = map.SLOWEST, map.QUICKEST

-- The host may have set a locale whose decimal sign is a comma.
local function decimal(form, number) return (form:format(number):gsub(",", ".")) end

local function key(at) return decimal("%.6f", at) end

-- What the project keeps: a section of values, each under a position. Single short values: a long
-- line may be cut when a project is read, and line feeds do not survive.
local function load(proj, section)
  local rows, i = {}, 0
  while true do
    local ok, at, value = reaper.EnumProjExtState(proj, section, i)
    if not ok then return rows end
    if tonumber(at) then rows[at] = value end
    i = i + 1
  end
end

local function save(proj, section, rows)
  for at in pairs(load(proj, section)) do
    if not rows[at] then reaper.SetProjExtState(proj, section, at, "") end
  end
  for at, value in pairs(rows) do reaper.SetProjExtState(proj, section, at, value) end
end

-- The key of what is ours at a time; nil: it is not. Reaper may give a time back a hair changed.
local function owned(ours, at)
  if ours[key(at)] then return key(at) end
  for each in pairs(ours) do
    if math.abs(tonumber(each) - at) <= SAME then return each end
  end
end

-- The user's own points that stood in the stretch.
local function load_aside(proj)
  local points = {}
  for at, value in pairs(load(proj, ASIDE)) do
    local bpm, num, den, linear = value:match("^(%S+) (%d+) (%d+) (%d)$")
    if bpm then
      points[#points + 1] = { at = tonumber(at), bpm = tonumber(bpm),
        num = math.floor(tonumber(num)), den = math.floor(tonumber(den)), linear = linear == "1" }
    end
  end
  table.sort(points, function(a, b) return a.at < b.at end)
  return points
end

local function save_aside(proj, points)
  local rows = {}
  for _, point in ipairs(points) do
    rows[decimal("%.9f", point.at)] = ("%s %d %d %d"):format(
      decimal("%.9f", point.bpm), point.num, point.den, point.linear and 1 or 0)
  end
  save(proj, ASIDE, rows)
end

-- Points of the user's own that Reaper moved go back; their metres may begin inside a measure.
local function put_back_points(proj, theirs, ours)
  for _, point in ipairs(theirs) do
    if not map.find(proj, point.at) then
      for _, each in ipairs(map.all(proj)) do
        local wanted = false
        for _, other in ipairs(theirs) do
          wanted = wanted or math.abs(other.at - each.at) <= SAME
        end
        if not wanted and not owned(ours, each.at) and math.abs(each.bpm - point.bpm) < 1e-6 then
          map.delete(proj, each.index)
          break
        end
      end
      local set = point.num > 0 and map.write_metre or map.write
      set(proj, point.at, point.bpm, point.num, point.den, point.linear)
    end
  end
end

-- Between two points lie whole measures, where a little other tempo makes it so: bar lines then
-- meet every point exactly, and no metre has to begin anew.
local function fit(points, num, den)
  for place, point in ipairs(points) do
    if point.num > 0 and point.den > 0 then num, den = point.num, point.den end
    local after = points[place + 1]
    local finish = after and after.at or point.finish
    if finish and finish > point.at + SAME then
      local quarters = num * 4 / den
      local measures = math.floor((finish - point.at) * point.bpm / 60 / quarters + 0.5)
      local exact = measures * quarters * 60 / (finish - point.at)
      if math.abs(exact / point.bpm - 1) < A_LITTLE and exact <= QUICKEST then point.bpm = exact end
    end
  end
end

local function checked(list)
  local points, results = {}, {}
  for number, fields in ipairs(list) do
    local at, bpm = tonumber(fields.at), tonumber(fields.bpm)
    if not at or at < 0 or not bpm or bpm < SLOWEST or bpm > QUICKEST then
      results[number] = { why = "no tempo that Reaper takes" }
    else
      points[#points + 1] = { number = number, id = fields.id or "", at = at, bpm = bpm,
        num = math.floor(tonumber(fields.num) or 0), den = math.floor(tonumber(fields.den) or 0),
        finish = tonumber(fields["end"]), handle = fields.handle }
    end
  end
  table.sort(points, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return a.number < b.number
  end)
  return points, results
end

-- The points between `first` and `last` go; the user's own ones are kept aside.
local function clear(proj, first, last, ours, aside)
  local points = map.all(proj)
  for i = #points, 1, -1 do
    local point = points[i]
    if point.at >= first - SAME and point.at <= last + SAME then
      local mine = owned(ours, point.at)
      if mine then ours[mine] = nil else aside[#aside + 1] = point end
      map.delete(proj, point.index)
    end
  end
end

-- Changes the map: `change(ours, aside)` writes, everything else stays where it is.
local function edit(proj, from, change)
  local kept = places.take(proj, from)
  local ours, aside = load(proj, OURS), load_aside(proj)
  local done, why = xpcall(function()
    change(ours, aside)
    save(proj, OURS, ours)
    save_aside(proj, aside)
    reaper.UpdateTimeline()
  end, debug.traceback)
  places.put_back(proj, kept) -- whatever happened
  if not done then error(why, 0) end
end

-- The user's own points, as they were before any map of ours.
local function theirs_of(proj, ours, aside)
  local points = {}
  for _, point in ipairs(map.all(proj)) do
    if not owned(ours, point.at) then points[#points + 1] = point end
  end
  for _, point in ipairs(aside) do points[#points + 1] = point end
  table.sort(points, function(a, b) return a.at < b.at end)
  return points
end

-- What an earlier map left in this stretch: where these points stood, and where it ended.
local function take_away(proj, points, ours, first, last)
  local function remove(at)
    local index = ours[at] and map.find(proj, tonumber(at))
    if index then map.delete(proj, index) end
    ours[at] = nil
  end
  for _, point in ipairs(points) do
    local old = (point.handle or ""):match("@(.-)$")
    if old then remove(old) end
  end
  local ends = {}
  for at, id in pairs(ours) do
    local inside = tonumber(at) >= first - SAME and tonumber(at) <= last + SAME
    if id == "after" and inside then ends[#ends + 1] = at end
  end
  for _, at in ipairs(ends) do remove(at) end
end

-- Before 7.19: a bar line comes to stand at this time. What is in its way is kept aside.
local function lead_to(proj, at, ours, outside, aside)
  local function set_aside(there)
    for i, each in ipairs(outside) do
      if math.abs(each.at - there) <= SAME then
        aside[#aside + 1] = table.remove(outside, i)
        return true
      end
    end
  end
  local lead, blocked = map.lead_in(proj, at)
  while blocked and set_aside(blocked) do
    map.delete(proj, map.find(proj, blocked))
    lead, blocked = map.lead_in(proj, at)
  end
  if not lead or owned(ours, lead) then return end
  set_aside(lead)
  ours[key(lead)] = "lead"
end

-- Writes the points of a stretch, in order; theirs: the user's own, as without any map of ours.
local function draw(proj, points, finish, theirs, ours, aside, outside, reach)
  local _, num, den = map.in_force(proj, theirs, points[1].at)
  fit(points, num, den)
  for place, point in ipairs(points) do
    if point.num > 0 and point.den > 0 then num, den = point.num, point.den end
    local start = map.measure(proj, point.at)
    if place == 1 or point.num > 0 or math.abs(point.at - start) > ON_A_BAR then
      if not map.cuts_measures() then
        lead_to(proj, point.at, ours, outside, aside)
        start = map.measure(proj, point.at)
      end
      if math.abs(point.at - start) <= reach then point.at = start end
      map.write_metre(proj, point.at, point.bpm, num, den)
    else
      map.write(proj, point.at, point.bpm, 0, 0)
    end
    ours[key(point.at)] = point.id
  end
  if finish and not map.find(proj, finish) then
    local bpm, old_num, old_den = map.in_force(proj, theirs, finish)
    if old_num == num and old_den == den then
      map.write(proj, finish, bpm, 0, 0)
    else
      map.write_metre(proj, finish, bpm, old_num, old_den)
    end
    ours[key(finish)] = "after"
  end
end

-- A whole stretch at once: list of fields (id at bpm num den end, and the `handle` it had).
-- `end` of the last: where the tempo of before goes on. -> list of { handle, applied } | { why }
function tempo.put_all(proj, list)
  local points, results = checked(list)
  if #points == 0 then return results end
  local reach = map.cuts_measures() and SAME or ON_A_BAR
  local line = map.measure(proj, points[1].at)
  if math.abs(points[1].at - line) <= reach then points[1].at = line end
  local first, last, finish = points[1].at, points[#points].at, points[#points].finish
  if finish and finish <= last + SAME then finish = nil end

  edit(proj, first, function(ours, aside)
    local theirs = theirs_of(proj, ours, aside)
    take_away(proj, points, ours, first, finish or last)
    -- Where the map ends the user's own point may stand already: it is the tempo of before.
    clear(proj, first, finish and finish - 3 * SAME or last + reach, ours, aside)
    local outside = theirs_of(proj, ours, {})
    if reaper.CountTempoTimeSigMarkers(proj) == 0 and first > SAME then
      -- Else the first point would rule what stands before it as well.
      local bpm, num, den = map.in_force(proj, theirs, 0)
      map.write(proj, 0, bpm, num, den)
      ours[key(0)] = "lead"
    end
    draw(proj, points, finish, theirs, ours, aside, outside, reach)
    put_back_points(proj, outside, ours)
  end)

  for _, point in ipairs(points) do
    local told = tempo.read(proj, "@" .. key(point.at))
    results[point.number] = told
      and { handle = point.id .. "@" .. key(point.at), applied = told }
      or { why = "Reaper did not take this point of the tempo map" }
  end
  return results
end

function tempo.put(proj, fields, handle)
  local copy = { handle = handle }
  for name, each in pairs(fields) do copy[name] = each end
  local result = tempo.put_all(proj, { copy })[1]
  return result.handle, result.applied or result.why
end

-- -> { at, end_, name } | nil: it is gone
function tempo.read(proj, handle)
  local at = tonumber((handle or ""):match("@(.-)$") or "")
  local index, time
  if at then index, time = map.find(proj, at) end
  return index and { at = time, name = "" } or nil
end

-- Points of ours go. With the last of them goes what was added at the seams of the map, and the
-- user's own points that stood there come back.
function tempo.drop_all(proj, handles)
  local from = math.huge
  local going = {}
  local ours = load(proj, OURS)
  for _, handle in ipairs(handles) do
    local id, at = (handle or ""):match("^(.*)@(.-)$")
    -- Another fact may stand there by now: that one stays.
    if at and tonumber(at) and ours[at] == id then
      going[at] = true
      from = math.min(from, tonumber(at))
    end
  end
  if from == math.huge then return end
  for at in pairs(ours) do from = math.min(from, tonumber(at)) end
  edit(proj, from, function(now, aside)
    local function remove(at)
      local index = map.find(proj, tonumber(at))
      if index then map.delete(proj, index) end
      now[at] = nil
    end
    local outside = theirs_of(proj, now, {})
    for at in pairs(going) do remove(at) end
    local left, alone = false, nil
    for at, id in pairs(now) do
      if id ~= "lead" and id ~= "after" then
        if map.find(proj, tonumber(at)) then left = true else now[at] = nil end
      end
    end
    if not left then
      alone = map.in_force(proj, map.all(proj), 0)
      local seams = {}
      for at in pairs(now) do seams[#seams + 1] = at end
      for _, at in ipairs(seams) do remove(at) end
      for _, point in ipairs(aside) do outside[#outside + 1] = point end
      for i = #aside, 1, -1 do aside[i] = nil end
      table.sort(outside, function(a, b) return a.at < b.at end)
    end
    put_back_points(proj, outside, now)
    -- Without any point the project's own tempo counts, which may have followed the first one.
    if not left and reaper.CountTempoTimeSigMarkers(proj) == 0
      and math.abs(reaper.Master_GetTempo() - alone) > 1e-6 then
      reaper.SetCurrentBPM(proj, alone, false)
    end
  end)
end

function tempo.drop(proj, handle) tempo.drop_all(proj, { handle }) end

return tempo
