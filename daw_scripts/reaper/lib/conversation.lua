-- The talk with the daemon (docs/daw_protocol.md): hello, what it says, batch by batch, and when
-- something of ours is told. One turn does a bounded amount of work.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local apply = dofile(here .. "apply.lua")
local new_asks = dofile(here .. "asks.lua")
local new_front = dofile(here .. "front.lua")

local READS = 8 -- pieces of 64 KB read in one turn
local THERE = 5 -- seconds between two looks whether our folder still is
local AGAIN = 2 -- seconds before a conversation that could not begin is begun anew
local REFUSED = 15 -- seconds after which a project that was refused is offered again
local ANSWER = 10 -- seconds in which a hello should be answered
local LONGEST_WAIT = 60 -- seconds before another try where something fails each time

-- given: wire, spool, new_lines, new_batches (of lua/), presence, root, version, projects,
--        screen (shows words), settings, token() of 16 signs, make_folder(path), and of asks.lua
--        asks, unask, refuse_asks
return function(given)
  local wire, screen = given.wire, given.screen
  local lines = given.new_lines(wire)
  local appliers, broken = apply.appliers()
  local can = apply.kinds(appliers)
  local front = new_front(given.projects, lines, appliers)
  local asks = new_asks(wire, given)

  local talk -- the open files
  local daemon -- token of the daemon they are meant for
  local tried, looked = -math.huge, -math.huge
  local batches -- lines of those that are not whole yet
  local welcome, greeted = false, 0 -- whether our hello was answered; when it was said
  local refused, refusal = nil, "" -- when, and why
  local chosen -- the user's settings, as they were told
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
    if line == "" then return true end
    local sent, why = talk.send(line)
    if not sent then give_up("dawbridge cannot write to its folder", why) end
    return sent
  end

  local function settings_text() return given.settings.roles() .. " " .. given.settings.when() end

  local function tell_anew()
    refused = nil
    front.begin()
  end

  local function hello()
    chosen = settings_text()
    welcome, greeted = false, reaper.time_precise()
    local script = { daw = "reaper", version = reaper.GetAppVersion(), script = given.version,
      can = can, roles = given.settings.roles(), during = given.settings.when() }
    say(lines.hello(script, talk.token, daemon, front.project))
    tell_anew()
  end

  local function hang_up()
    if talk then pcall(say, lines.bye()) end -- to whom it was meant for, or to who sweeps it away
    if talk then talk.close() end
    talk = nil
  end

  local function begin(token, now)
    hang_up()
    if now - tried < AGAIN and (token == daemon or failures > 0) then return end
    tried, daemon, looked, waiting = now, token, now, {}
    asks.lose("dawbridge was started anew: please ask again")
    local why
    talk, why = given.spool.begin(given.root, "reaper", given.token(), given.make_folder)
    if not talk then
      screen.state("lost", "dawbridge cannot write to its folder: " .. tostring(why))
      return
    end
    batches = given.new_batches(wire, reaper.time_precise)
    front.open()
    hello()
  end

  local function tell_project()
    say(lines.project(front.project))
    tell_anew()
  end

  local function apply_batch(batch)
    if batch.project and batch.project ~= front.project.id then return end -- it crossed a switch
    batch.title = batch.title or "dawbridge"
    local failed = apply.batch(batch, front.kept, appliers)
    front.applied(batch)
    say(lines.done(batch.number, failed))
  end

  local heard = {} -- what the daemon says, by verb

  function heard.welcome()
    welcome, refused = true, nil
    heard.state({ state = "connected", text = "connected" })
  end

  function heard.refuse(values)
    welcome, refused = false, reaper.time_precise()
    front.hush()
    refusal = (values.why or "") .. "; " .. (values.remedy or "")
    asks.lose(values.why or "dawbridge refused")
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
    asks.over(values.job or "")
    screen.result(values.job or "", values.ok == "1", values.text or "")
  end

  function heard.split(values)
    local ok, splitter = pcall(dofile, here .. "split.lua")
    local proj = front.project and front.project.proj
    if not ok or not proj then return end
    local before = reaper.CountMediaItems(proj)
    local done, why = apply.step(proj, "dawbridge: split at sections", function()
      return reaper.CountMediaItems(proj) == before and 0 or 4
    end, function() return splitter.run(proj, values) end)
    if not done then screen.result(values.job or "", false, tostring(why)) end
  end

  local function hear(told)
    local taken, whole = batches.hear(told)
    -- Half a batch: nothing of it is applied, all is compared anew.
    if batches.torn() then tell_project() end
    if whole then apply_batch(whole) end
    if not taken and heard[told.verb] then heard[told.verb](told.values) end
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

  -- The daemon has to know what it is to take out.
  local function not_yet(values)
    if values.what ~= "remove" or not front.confess(values.group) then return false end
    tell_project()
    return true
  end

  -- No daemon is there, or none yet.
  local function wait(state)
    if state == "gone" then asks.lose("dawbridge has ended: please ask again") end
    if talk and front.project then -- the file may hold a last word
      if front.turned() then tell_project() end
      if talk then listen() end
    end
    absent = state == "gone"
  end

  -- Everything that is due, while the daemon hears us.
  local function tell(now)
    if front.telling() then say(front.haves()) end
    if not talk then return end
    local fields, before = front.clock.look()
    if before then say(lines.clock(before)) end
    if fields then say(lines.clock(fields)) end
    say(front.recorded())
    if front.telling() or not talk then return end
    if not batches.arriving() then say(front.edits(now)) end
    if talk and welcome then
      asks.pass(not_yet, function(line) return talk ~= nil and talk.send(line) end)
    end
  end

  -- One turn. -> "open", "waiting", "refused"
  function conversation.turn()
    local now = reaper.time_precise()
    local state, values = given.presence.look()
    if state ~= "alive" then
      wait(state)
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
    if front.turned() then tell_project() end
    if talk then listen() end
    if not talk then return "waiting" end
    if refused then
      local again = now - refused > REFUSED
      if again then
        tell_project()
        refused = now
      end
      asks.refuse("dawbridge refused this project: " .. refusal)
      return "refused"
    end
    if not welcome and now - greeted > ANSWER then
      screen.state("waiting", "dawbridge is there, but does not answer")
    end
    if batches.torn() then tell_project() end
    if settings_text() ~= chosen and not front.clock.rolling and not asks.open() then
      tried = -math.huge
      begin(daemon, now) -- who hears a new talk hears by the new settings
    end
    tell(now)
    return talk and "open" or "waiting"
  end

  function conversation.presence() return (given.presence.look()) end

  function conversation.broken() return broken end

  -- Something threw: all is begun anew, after a while that grows.
  function conversation.fail()
    failures = failures + 1
    hang_up()
    waiting = {}
    front.hush()
    tried = reaper.time_precise() + math.min(AGAIN * 2 ^ failures, LONGEST_WAIT) - AGAIN
  end

  function conversation.close()
    hang_up()
    asks.lose("dawbridge was switched off in Reaper")
  end

  return conversation
end
