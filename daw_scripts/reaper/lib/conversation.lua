-- The talk with the daemon (docs/daw_protocol.md): what the project holds, what changed, the
-- clock; and what it says, batch by batch. One turn does a bounded amount of work.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local apply = dofile(here .. "apply.lua")
local new_clock = dofile(here .. "clock.lua")
local new_edits = dofile(here .. "edits.lua")
local new_lines = dofile(here .. "lines.lua")
local new_recordings = dofile(here .. "recordings.lua")
local store = dofile(here .. "store.lua")

local HAVES = 200 -- `have` lines of one turn
local READS = 8 -- pieces of 64 KB read in one turn
local THERE = 5 -- seconds between two looks whether our folder still is
local AGAIN = 2 -- seconds before a conversation that could not begin is begun anew
local REFUSED = 15 -- seconds after which a project that was refused is offered again
local ANSWER = 10 -- seconds in which a hello should be answered
local TORN = 10 -- seconds in which a batch must be whole: its lines are written together
local LONGEST_WAIT = 60 -- seconds before another try where something fails each time

-- given: wire, spool, presence, root, version, projects, screen (shows words), settings,
--        token() of 16 signs, make_folder(path), asks() -> lines of other scripts or nil,
--        unask(lines), refuse_asks(words)
return function(given)
  local wire, screen = given.wire, given.screen
  local lines = new_lines(wire)
  local appliers, broken = apply.appliers()
  local can = apply.kinds(appliers)

  local talk -- the open files
  local daemon -- token of the daemon they are meant for
  local tried, looked = -math.huge, -math.huge
  local project, kept, edits, clock, recordings -- of the project in front
  local counted -- number of the project's changes at the last look
  local had, queue = nil, {} -- `have` lines still to be told: ids; nil: `ready` was said
  local batch -- lines of a batch that is not whole yet
  local welcome, greeted = false, 0 -- whether our hello was answered; when it was said
  local refused, refusal = nil, "" -- when, and why
  local chosen -- the user's settings, as they were told
  local asked = {} -- jobs without a result: id = true
  local failures = 0
  local shown, absent = nil, false -- the state that the daemon told; whether it was away since
  local waiting = {} -- messages that were read and not heard yet
  local conversation = {}

  -- A folder that cannot be written or read: said, and begun anew a little later.
  local function give_up(words, why)
    screen.state("lost", words .. ": " .. tostring(why))
    talk.close()
    talk, tried = nil, reaper.time_precise()
  end

  local function say(line)
    if not talk then return false end
    local sent, why = talk.send(line)
    if not sent then give_up("dawbridge cannot write to its folder", why) end
    return sent
  end

  local function lose(words)
    for job in pairs(asked) do screen.result(job, false, words) end
    asked = {}
  end

  -- The project's store, and everything that is known of it, anew.
  local function open_project()
    project = given.projects.front()
    kept = store.open(project)
    edits = new_edits(kept, appliers)
    clock = new_clock(project.proj)
    recordings = new_recordings(project.proj)
    counted = nil
  end

  local function begin_haves()
    had, queue, batch, refused = 0, {}, nil, nil
    for id, entry in pairs(kept.facts) do
      if not entry.silent then queue[#queue + 1] = id end
    end
    table.sort(queue)
  end

  local function settings_text() return given.settings.roles() .. " " .. given.settings.when() end

  local function hello()
    chosen = settings_text()
    welcome, greeted = false, reaper.time_precise()
    say(lines.hello(given, talk.token, daemon, project, can))
    begin_haves()
  end

  local function begin(token, now)
    if talk then
      say(lines.bye()) -- to whom it was meant for, or to the next that sweeps the folder
      if talk then talk.close() end
      talk = nil
    end
    if now - tried < AGAIN and (token == daemon or failures > 0) then return end
    tried, daemon, looked, waiting = now, token, now, {}
    lose("dawbridge was started anew: please ask again")
    local why
    talk, why = given.spool.begin(given.root, "reaper", given.token(), given.make_folder)
    if not talk then
      screen.state("lost", "dawbridge cannot write to its folder: " .. tostring(why))
      return
    end
    open_project()
    hello()
  end

  local function tell_haves()
    local last = math.min(had + HAVES, #queue)
    local told = {}
    for number = had + 1, last do
      local entry, now = edits.have(queue[number])
      if entry then told[#told + 1] = lines.have(queue[number], entry, now) end
    end
    had = last
    if last == #queue then
      told[#told + 1] = lines.ready()
      had = nil
    end
    say(table.concat(told))
  end

  local function tell_project()
    say(lines.project(project))
    begin_haves()
  end

  -- Another project in front, another file in this tab, or its data at another time.
  local function look_at_project()
    local proj, path = reaper.EnumProjects(-1)
    if not proj then return end -- Reaper ends
    local count = reaper.GetProjectStateChangeCount(proj)
    if proj == project.proj and (path or "") == project.path and count == counted then return end
    if given.projects.front() ~= project then
      open_project()
      tell_project()
    elseif kept.turned() then
      if reaper.Undo_CanRedo2(project.proj) then
        -- An undo: what the user took back counts as their own edit.
        kept.mend(edits.alive)
      else
        -- A redo, or read anew from its file: it is as it stands there.
        kept = store.open(project)
      end
      edits = new_edits(kept, appliers)
      tell_project()
    end
    counted = reaper.GetProjectStateChangeCount(project.proj)
  end

  local function finish_batch()
    local whole = batch
    batch = nil
    local failed = apply.batch(whole, kept, appliers)
    edits.applied(whole.lines)
    say(lines.done(whole.number, failed))
  end

  local heard = {}

  function heard.welcome()
    welcome, refused = true, nil
    heard.state({ state = "connected", text = "connected" })
  end

  function heard.refuse(values)
    welcome, refused, had, queue = false, reaper.time_precise(), nil, {}
    refusal = (values.why or "") .. "; " .. (values.remedy or "")
    lose(values.why or "dawbridge refused")
    screen.refused(values.why or "dawbridge refused the connection", values.remedy or "")
  end

  function heard.state(values)
    shown = values
    screen.state(values.state or "", values.text or "")
  end

  function heard.progress(values)
    screen.progress(values.job or "", wire.number(values.share) or 0, values.text or "")
  end

  function heard.result(values)
    asked[values.job or ""] = nil
    screen.result(values.job or "", values.ok == "1", values.text or "")
  end

  function heard.batch(values)
    if values.project and values.project ~= project.id then return end -- it crossed a switch
    local count = wire.number(values.count) or 0
    batch = { number = values.batch, left = count, lines = {}, title = values.title or "dawbridge",
      began = reaper.time_precise() }
    if count <= 0 then finish_batch() end
  end

  function heard.split(values)
    local ok, splitter = pcall(dofile, here .. "split.lua")
    if not ok or not kept then return end
    local before = reaper.CountMediaItems(project.proj)
    local done, why = apply.step(project.proj, "dawbridge: split at sections", function()
      return reaper.CountMediaItems(project.proj) == before and 0 or 4
    end, function() return splitter.run(project.proj, values) end)
    if not done then screen.result(values.job or "", false, tostring(why)) end
  end

  local function hear(told)
    if batch and (told.verb == "put" or told.verb == "drop" or told.verb == "forget") then
      batch.lines[#batch.lines + 1] = told
      batch.left = batch.left - 1
      if batch.left <= 0 then finish_batch() end
    else
      -- Half a batch: a line of it was torn. Nothing of it is applied, all is compared anew.
      if batch then tell_project() end
      if heard[told.verb] then heard[told.verb](told.values) end
    end
  end

  local function listen()
    for _ = 1, READS do
      if #waiting == 0 then
        local told, why = talk.read()
        if not told then
          return give_up("dawbridge's folder cannot be read", why)
        end
        waiting = told
        if #told == 0 then return end
      end
      -- A message is taken out before it is heard: one that fails is not heard for ever.
      while #waiting > 0 do
        hear(table.remove(waiting, 1))
        if not talk then
          waiting = {}
          return
        end
      end
    end
  end

  -- What an undo brought back is told to nobody, until the user wants it gone for good: then the
  -- daemon has to know of it first. -> whether there was any
  local function confess(group)
    local any = false
    for id, entry in pairs(kept.facts) do
      if entry.silent and (group == nil or group == "" or entry.group == group) then
        entry.silent = nil
        kept.put(id, entry)
        any = true
      end
    end
    if any then tell_project() end
    return any
  end

  -- Lines of `ask` from other scripts. -> those that could not be sent yet, or nil
  local function tell_asks(asks)
    local at = 1
    while true do
      local feed = asks:find("\n", at, true)
      if not feed then return nil end
      local line = asks:sub(at, feed - 1)
      local verb, values = wire.decode(line)
      if verb == "ask" then
        if values.what == "remove" and confess(values.group) then return asks:sub(at) end
        if not talk or not talk.send(line .. "\n") then return asks:sub(at) end
        if values.job and values.what ~= "cancel" then asked[values.job] = true end
      end
      at = feed + 1
    end
  end

  -- One turn. -> "open", "waiting", "refused"
  function conversation.turn()
    local now = reaper.time_precise()
    local state, values = given.presence.look()
    if state ~= "alive" then
      if next(asked) and state == "gone" then lose("dawbridge has ended: please ask again") end
      if talk and project then -- the file may hold a last word
        look_at_project()
        if talk then listen() end
      end
      absent = state == "gone"
      return "waiting"
    end
    if absent and shown then screen.state(shown.state or "", shown.text or "") end
    absent = false
    if not talk or values.token ~= daemon then begin(values.token, now) end
    if not talk then return "waiting" end
    if now - looked > THERE then
      looked = now
      given.projects.tidy()
      if not talk.there() then -- removed while the computer slept
        talk.close()
        talk, tried = nil, -math.huge
        return "waiting"
      end
    end
    look_at_project()
    listen()
    if not talk then return "waiting" end
    if refused then
      local again = now - refused > REFUSED
      if again then
        tell_project()
        refused = now
      end
      given.refuse_asks("dawbridge refused this project: " .. refusal)
      return "refused"
    end
    if not welcome and now - greeted > ANSWER then
      screen.state("waiting", "dawbridge is there, but does not answer")
    end
    if batch and now - batch.began > TORN then tell_project() end
    if settings_text() ~= chosen and not clock.rolling and not next(asked) then
      tried = -math.huge
      begin(daemon, now) -- who hears a new talk hears by the new settings
    end
    if had and talk then tell_haves() end
    if not talk then return "waiting" end
    local fields = clock.look()
    if fields then say(lines.clock(fields)) end
    for _, file in ipairs(recordings.look(clock.recording)) do say(lines.recorded(file)) end
    if not had and talk and not batch then
      for _, edit in ipairs(edits.look(counted, now)) do
        say(lines.edit(edit.id, edit.entry, edit.now))
      end
    end
    if talk and welcome and not had then
      local asks = given.asks()
      local left = asks and tell_asks(asks)
      if left then given.unask(left) end
    end
    return "open"
  end

  function conversation.presence() return (given.presence.look()) end

  function conversation.recording() return clock ~= nil and clock.recording end

  function conversation.broken() return broken end

  -- Something threw: all is begun anew, after a while that grows.
  function conversation.fail()
    failures = failures + 1
    if talk then
      pcall(say, lines.bye())
      if talk then talk.close() end
    end
    talk, batch, had, waiting = nil, nil, nil, {}
    tried = reaper.time_precise() + math.min(AGAIN * 2 ^ failures, LONGEST_WAIT) - AGAIN
  end

  function conversation.close()
    if talk then
      say(lines.bye())
      if talk then talk.close() end
    end
    talk = nil
    lose("dawbridge was switched off in Reaper")
  end

  return conversation
end
