-- What the user did with ours: compared with how it was after it was applied, a piece each turn.

local PIECE = 200 -- facts that are looked at in one turn
local PAUSE = 0.25 -- seconds between two passes
local SAME = 1e-6 -- seconds

local function differs(one, other)
  if one == nil or other == nil then return one ~= other end
  return math.abs(one - other) > SAME
end

-- How a fact is: now { at, end_, name } or nil (gone). Anything that fails counts as unchanged.
local function read(kept, appliers, entry)
  local applier = appliers[entry.kind]
  if not applier then return entry end
  local ok, now = pcall(applier.read, kept.proj, entry.handle)
  if not ok then return entry end
  return now
end

return function(kept, appliers)
  local edits = {}
  local told = {} -- by id: what was told last, as one text; nil: as it was applied
  local pass, at, seen, ended = nil, 0, nil, -math.huge

  local function sign(entry, now)
    if now == nil then return "gone" end
    local moved = differs(now.at, entry.at) or differs(now.end_, entry.end_)
    if not moved and now.name == entry.name then return nil end
    return ("%.6f %.6f %s"):format(now.at, now.end_ or -1, now.name)
  end

  -- -> entry, now (nil: gone); what is told by it counts as told
  function edits.have(id)
    local entry = kept.facts[id]
    if not entry or entry.silent then return nil end
    local now = read(kept, appliers, entry)
    told[id] = sign(entry, now)
    return entry, now
  end

  -- After a batch: what it made is as it was applied.
  function edits.applied(lines)
    for _, line in ipairs(lines) do told[line.values.id or ""] = nil end
    pass = nil
  end

  function edits.alive(entry) return read(kept, appliers, entry) ~= nil end

  -- Each turn; count: of the project's changes. -> list of { id, entry, now or nil }
  function edits.look(count, time)
    if not pass then
      if count == seen or time - ended < PAUSE then return {} end
      seen, pass, at = count, {}, 0
      for id, entry in pairs(kept.facts) do
        if not entry.silent then pass[#pass + 1] = id end
      end
    end
    local found = {}
    for number = at + 1, math.min(at + PIECE, #pass) do
      local id = pass[number]
      local entry = kept.facts[id]
      if entry then
        local now = read(kept, appliers, entry)
        local state = sign(entry, now)
        if state ~= told[id] then
          told[id] = state
          -- Put back as it was by hand: that is told, too.
          found[#found + 1] = { id = id, entry = entry, now = now }
        end
      end
    end
    at = at + PIECE
    if at >= #pass then
      pass, ended = nil, time
    end
    return found
  end

  return edits
end
