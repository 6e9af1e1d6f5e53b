-- The transport of one project, as `clock` lines: often while it rolls, once a second otherwise.

local ROLLING, STANDING = 0.1, 1 -- seconds between two lines
local JUMP = 0.15 -- seconds off the expected position: more than a large audio block

return function(proj)
  local clock = { rolling = false, recording = false }
  local last, was = -math.huge, nil
  local told -- fields of the last line, while it rolls
  local read -- time and position that the look before read and did not tell

  -- The precise time is taken immediately before the position: the pair is one sample of Reaper's
  -- clock.
  local function position(play)
    local time = reaper.time_precise()
    return time, play and reaper.GetPlayPositionEx(proj) or reaper.GetCursorPositionEx(proj)
  end

  -- The range that it goes round; nil while it does not.
  local function loop()
    if reaper.GetSetRepeatEx(proj, -1) ~= 1 then return nil end
    local from, to = reaper.GetSet_LoopTimeRange2(proj, false, true, 0, 0, false)
    if to > from then return from, to end
  end

  -- Whether it went elsewhere since the last look.
  local function jumped(time, at)
    if not told then return false end
    local since, from = told.t, told.at
    if read then since, from = read.t, read.at end
    return math.abs(at - from - (time - since) * told.rate) > JUMP * told.rate
  end

  -- -> fields of a line, or nil while there is none to be told; and of one to be told before it:
  -- where the transport was before it jumped.
  function clock.look()
    local state = math.floor(reaper.GetPlayStateEx(proj))
    local play, record = state & 1 == 1 and state & 2 == 0, state & 4 == 4 and state & 2 == 0
    clock.rolling, clock.recording = play, state & 4 == 4
    if state ~= was then told, read = nil, nil end
    local time, at = position(play)
    local gone = play and jumped(time, at)
    if not gone and state == was and time - last < (play and ROLLING or STANDING) - 0.01 then
      read = play and { t = time, at = at } or nil
      return nil
    end
    local before = gone and read
    if before then
      for name, value in pairs(told) do
        if before[name] == nil then before[name] = value end
      end
    end
    local fields = { t = time, at = at, play = play, record = record,
      rate = reaper.Master_GetPlayRate(proj) }
    if play then
      fields.loop_start, fields.loop_end = loop()
      fields.cursor = reaper.GetCursorPositionEx(proj)
    end
    last, was, told, read = time, state, play and fields or nil, nil
    return fields, before or nil
  end

  return clock
end
