-- The transport of one project, as `clock` lines: often while it rolls, once a second otherwise.

local ROLLING, STANDING = 0.1, 1 -- seconds between two lines

return function(proj)
  local clock = { rolling = false, recording = false }
  local last, was = -math.huge, nil

  -- -> fields of a line, or nil while there is none to be told. The precise time is taken
  -- immediately before the position: the pair is one sample of Reaper's clock.
  function clock.look()
    local state = math.floor(reaper.GetPlayStateEx(proj))
    local play, record = state & 1 == 1 and state & 2 == 0, state & 4 == 4 and state & 2 == 0
    clock.rolling, clock.recording = play, state & 4 == 4
    local now = reaper.time_precise()
    if state == was and now - last < (play and ROLLING or STANDING) - 0.01 then return nil end
    last, was = now, state
    local time = reaper.time_precise()
    local at = play and reaper.GetPlayPositionEx(proj) or reaper.GetCursorPositionEx(proj)
    return { t = time, at = at, play = play, record = record,
      rate = reaper.Master_GetPlayRate(proj) }
  end

  return clock
end
