-- Batches out of the daemon's messages (docs/daw_protocol.md, "From the daemon"): whole or not
-- at all. A batch is torn where fewer lines come than were announced, or lines that nobody
-- announced: nothing of it is applied, and the script tells anew what the project holds.
-- Lua 5.3 and 5.4. Nothing of the host is used: Ardour inlines this chunk.

local DEEDS = { put = true, drop = true, forget = true }
local LATE = 10 -- seconds in which a batch must be whole: its lines are written together

-- now() -> seconds
return function(wire, now)
  local batches = {}
  local arriving -- the batch that is not whole yet
  local torn = false -- not told yet
  local lost = false -- what comes belongs to a batch that was torn, until the next is announced

  local function tear() arriving, torn, lost = nil, true, true end

  local function announced(values)
    local count = math.floor(wire.number(values.count) or 0)
    arriving = { number = values.batch, title = values.title, project = values.project,
      count = count, lines = {}, began = now() }
    lost = false
  end

  -- A message. -> whether it belongs to a batch, and the one that is whole now:
  -- { number, title, project, lines = { { verb, values }, ... } }
  function batches.hear(told)
    if DEEDS[told.verb] then
      if arriving then
        arriving.lines[#arriving.lines + 1] = told
      elseif not lost then
        tear() -- the line that announced it was torn
      end
    else
      if arriving then tear() end
      if told.verb ~= "batch" then return false end
      announced(told.values)
    end
    local whole = arriving
    if not whole or #whole.lines < whole.count then return true end
    arriving = nil
    return true, whole
  end

  -- Whether lines of one are awaited.
  function batches.arriving() return arriving ~= nil end

  -- Whether one was torn since this was asked last.
  function batches.torn()
    if arriving and now() - arriving.began > LATE then tear() end
    local told = torn
    torn = false
    return told
  end

  return batches
end
