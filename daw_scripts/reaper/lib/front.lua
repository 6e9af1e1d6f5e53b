-- The project in front: what of ours it holds, and what of that the daemon has been told.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local new_clock = dofile(here .. "clock.lua")
local new_edits = dofile(here .. "edits.lua")
local new_recordings = dofile(here .. "recordings.lua")
local store = dofile(here .. "store.lua")

local HAVES = 200 -- `have` lines of one turn

-- projects: of projects.lua; lines: of lua/lines.lua
return function(projects, lines, appliers)
  local front = {} -- project, kept, clock: of the one in front
  local edits, recordings
  local counted -- number of the project's changes at the last look
  local told, queue = nil, {} -- `have` lines still to be told: ids; nil: `ready` was said

  -- It, and everything that is known of it, anew.
  function front.open()
    local project = projects.front()
    front.kept = store.open(project)
    edits = new_edits(front.kept, appliers)
    front.clock = new_clock(project.proj)
    recordings = new_recordings(project.proj)
    counted = nil
    front.project = project
  end

  -- From here on what it holds is told.
  function front.begin()
    told, queue = 0, {}
    for id, entry in pairs(front.kept.facts) do
      if not entry.silent then queue[#queue + 1] = id end
    end
    table.sort(queue)
  end

  -- Nothing is told.
  function front.hush() told, queue = nil, {} end

  -- Whether there is more to tell before `ready`.
  function front.telling() return told ~= nil end

  -- The next lines, `ready` at the end.
  function front.haves()
    local last, text = math.min(told + HAVES, #queue), {}
    for number = told + 1, last do
      local id = queue[number]
      local entry, now = edits.have(id)
      if entry then text[#text + 1] = lines.have(id, entry.rev, entry, now) end
    end
    told = last
    if last == #queue then
      text[#text + 1] = lines.ready()
      told = nil
    end
    return table.concat(text)
  end

  -- Another project in front, another file in this tab, or its data at another time.
  -- -> whether it has to be told anew
  function front.turned()
    local proj, path = reaper.EnumProjects(-1)
    if not proj then return false end -- Reaper ends
    local project, anew = front.project, false
    local count = reaper.GetProjectStateChangeCount(proj)
    if proj == project.proj and (path or "") == project.path and count == counted then
      return false
    end
    if projects.front() ~= project then
      front.open()
      anew = true
    elseif front.kept.turned() then
      if reaper.Undo_CanRedo2(project.proj) then
        -- An undo: what the user took back counts as their own edit.
        front.kept.mend(edits.alive)
      else
        -- A redo, or read anew from its file: it is as it stands there.
        front.kept = store.open(project)
      end
      edits = new_edits(front.kept, appliers)
      anew = true
    end
    counted = reaper.GetProjectStateChangeCount(front.project.proj)
    return anew
  end

  -- After a batch.
  function front.applied(batch) edits.applied(batch.lines) end

  -- Lines of what the user changed since.
  function front.edits(now)
    local text = {}
    for _, each in ipairs(edits.look(counted, now)) do
      text[#text + 1] = lines.edit(each.id, each.entry, each.now)
    end
    return table.concat(text)
  end

  -- Lines of what was recorded since.
  function front.recorded()
    local text = {}
    for _, file in ipairs(recordings.look(front.clock.recording)) do
      text[#text + 1] = lines.recorded(file)
    end
    return table.concat(text)
  end

  -- What an undo brought back is told to nobody, until the user wants it gone for good: then the
  -- daemon has to know of it first. -> whether there was any
  function front.confess(group)
    local any = false
    for id, entry in pairs(front.kept.facts) do
      if entry.silent and (group == nil or group == "" or entry.group == group) then
        entry.silent = nil
        front.kept.put(id, entry)
        any = true
      end
    end
    return any
  end

  return front
end
