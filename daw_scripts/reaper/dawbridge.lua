-- @description dawbridge: Listen
-- The toggle that connects this project with dawbridge: it runs in the background, tells the
-- transport, and puts what dawbridge hears into the project. Started again, it ends.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""

local SECTION = "dawbridge"
local FRESH = 3 -- seconds: an older sign of life is of a script that is no more
local TOGGLED = 1 -- seconds within which a new start after an end is one click of the user
local PATIENCE = 15 -- seconds for dawbridge itself to start
local TROUBLES = 50 -- errors after which it ends

-- The lock: "token|time" in ExtState, renewed with each turn.

local own = reaper.genGuid("")

local function sign()
  local token, time = reaper.GetExtState(SECTION, "running"):match("^(.-)|([%d.]+)$")
  return token, tonumber(time)
end

local function renew()
  local time = ("%.3f"):format(reaper.time_precise()):gsub(",", ".")
  reaper.SetExtState(SECTION, "running", own .. "|" .. time, false)
end

local function recent(time, seconds)
  return time ~= nil and math.abs(reaper.time_precise() - time) < seconds
end

-- The toolbar button.

local _, _, section, command = reaper.get_action_context()

local function toggle(on)
  if reaper.set_action_options then
    -- 1 and 2: started again, the running one ends and a new one begins, which sees that.
    reaper.set_action_options(on and 1 | 2 | 4 or 8)
  elseif command and command >= 0 then
    reaper.SetToggleCommandState(section, command, on and 1 or 0)
    reaper.RefreshToolbar2(section, command)
  end
end

local function left_on(on) reaper.SetExtState(SECTION, "listen", on and "1" or "0", true) end

-- Whether this start means that it is to end. Reaper before 7.03 asks the user, who may choose a
-- second one; from 7.03 on it has ended the first by now.
local function switched_off()
  local token, time = sign()
  if recent(tonumber(reaper.GetExtState(SECTION, "ended")), TOGGLED) then
    reaper.DeleteExtState(SECTION, "ended", false)
    return true
  end
  if token and recent(time, FRESH) then
    reaper.SetExtState(SECTION, "stop", token, false)
    return true
  end
  return false
end

if switched_off() then
  left_on(false)
  toggle(false)
  return
end

local function load_all()
  local shared = dofile(here .. "lib/shared.lua")
  local wire = shared("wire.lua")
  local spool = shared("spool.lua")(wire)
  local screen = dofile(here .. "lib/screen.lua")(wire)
  local function token() -- a GUID is random enough, and math.random may be seeded alike
    return (reaper.genGuid(""):gsub("%X", "") .. reaper.genGuid(""):gsub("%X", "")):lower()
  end
  -- Its first signs may be alike on one machine: both ends of two are taken.
  local function short() local signs = token() return signs:sub(1, 8) .. signs:sub(33, 40) end
  return shared, wire, spool, screen, short
end

local shared, wire, spool, screen, token
local conversation, place
local began -- when dawbridge itself was started
local started, waited, gave_up = false, nil, false

-- Asks that nobody can answer get an answer, too.
local function refuse_asks(words)
  if reaper.GetExtState(SECTION, "asks") == "" then return end
  for line in reaper.GetExtState(SECTION, "asks"):gmatch("[^\n]+") do
    local verb, values = wire.decode(line)
    if verb == "ask" and values.job then screen.result(values.job, false, words) end
  end
  reaper.DeleteExtState(SECTION, "asks", false)
end

local function begin()
  shared, wire, spool, screen, token = load_all()
  place = dofile(here .. "lib/place.lua")(here)
  if not place then
    screen.state("lost", "dawbridge is not installed completely: run dawbridge install reaper")
    screen.trouble("These scripts do not know where dawbridge itself is. It is a program of its "
      .. "own, which ReaPack does not install.\n\nWhat to do: install dawbridge if it is not "
      .. "there yet, run `dawbridge install reaper` in a terminal, then start this action again.")
    return
  end
  screen.state("waiting", "looking for dawbridge")
  local settings = dofile(here .. "lib/settings.lua")
  conversation = dofile(here .. "lib/conversation.lua")({
    wire = wire, spool = spool, new_lines = shared("lines.lua"),
    new_batches = shared("batches.lua"), root = place.folder,
    version = type(place.version) == "string" and place.version or "unknown", token = token,
    presence = spool.presence(place.folder, reaper.time_precise),
    projects = dofile(here .. "lib/projects.lua")(token),
    screen = screen,
    settings = {
      roles = function() return settings.get("roles") end,
      when = function() return settings.get("while") end,
    },
    make_folder = function(path) reaper.RecursiveCreateDirectory(path, 0) end,
    asks = function()
      local asks = reaper.GetExtState(SECTION, "asks")
      if asks == "" then return nil end
      reaper.DeleteExtState(SECTION, "asks", false)
      return asks
    end,
    unask = function(asks)
      reaper.SetExtState(SECTION, "asks", asks .. reaper.GetExtState(SECTION, "asks"), false)
    end,
    refuse_asks = refuse_asks,
  })
  for _, file in ipairs(conversation.broken()) do
    screen.trouble("A part of dawbridge cannot be read: " .. file
      .. ".\n\nWhat to do: run `dawbridge install reaper` once more.")
  end
end

local function failure() return place.folder .. "/not_started" end

-- What a daemon that did not come up left behind.
local function why_not()
  local file = io.open(failure(), "rb")
  if not file then return nil end
  local verb, values = wire.decode(file:read("l") or "")
  file:close()
  return verb == "failure" and values.text and "dawbridge did not start. " .. values.text or nil
end

local function start_daemon(now)
  began, started, gave_up = now, true, false
  if not place.command then
    screen.state("waiting", "waiting for dawbridge: start it with dawbridge run")
    return
  end
  screen.state("waiting", "dawbridge is being started")
  os.remove(failure()) -- of an earlier start
  if not reaper.ExecProcess(place.command, -1) then
    screen.state("waiting", "dawbridge could not be started: start it with dawbridge run")
  end
end

-- Without a daemon: it is started once for the switch and once for each ask.
local function wait_for_daemon(now)
  local asks = reaper.GetExtState(SECTION, "asks") ~= ""
  waited = waited or now
  if (not started and now - waited > 1.5) or (asks and not began) then
    start_daemon(now)
  elseif began and now - began > PATIENCE then
    local words = why_not() or "dawbridge does not answer: start it with dawbridge run, "
      .. "or see what is wrong with dawbridge doctor"
    screen.state("waiting", words)
    refuse_asks(words)
    began, gave_up = nil, true
  elseif started and not began and not gave_up then
    screen.state("waiting", "waiting for dawbridge: it does not run")
  end
end

local function work()
  local now = reaper.time_precise()
  local state = conversation.turn()
  if state == "waiting" then
    if conversation.presence() == "gone" then wait_for_daemon(now) end
  else
    began, waited, started, gave_up = nil, nil, true, false
  end
end

local troubles, ended = 0, false

local function close()
  if ended then return end
  ended = true
  if conversation then pcall(conversation.close) end
  local token_now = sign()
  if token_now == own then reaper.DeleteExtState(SECTION, "running", false) end
  if screen then pcall(screen.state, "off", "not connected: the action dawbridge.lua is off") end
  toggle(false)
end

local function turn()
  local holder, time = sign()
  if holder ~= own and recent(time, FRESH) then return close() end -- another one took over
  if reaper.GetExtState(SECTION, "stop") == own then
    reaper.DeleteExtState(SECTION, "stop", false)
    return close()
  end
  renew()
  if conversation then
    local done, why = xpcall(work, debug.traceback)
    if not done then
      troubles = troubles + 1
      reaper.SetExtState(SECTION, "trace", tostring(why), false)
      local words = tostring(why):match("^[^\n]*") or ""
      screen.state("lost", "something went wrong in dawbridge's script: " .. words)
      screen.trouble("Something went wrong in dawbridge's script; it goes on.\n\n" .. words
        .. "\n\nWhat to do: if it stays, start the action again, and tell us.")
      pcall(conversation.fail)
      if troubles >= TROUBLES then return close() end
    end
  end
  if not conversation then
    pcall(refuse_asks, "dawbridge is not installed completely: run dawbridge install reaper")
  end
  pcall(screen.show)
  reaper.defer(turn)
end

renew()
local done, why = pcall(begin)
if not done then
  reaper.DeleteExtState(SECTION, "running", false)
  reaper.ShowMessageBox("dawbridge cannot begin: " .. tostring(why)
    .. "\n\nWhat to do: run `dawbridge install reaper` once more.", "dawbridge", 0)
  return
end
reaper.atexit(function()
  if ended then return end
  close()
  if not reaper.set_action_options then return end
  -- The next start within a moment is the same click: Reaper ends and starts.
  local now = ("%.3f"):format(reaper.time_precise()):gsub(",", ".")
  reaper.SetExtState(SECTION, "ended", now, false)
end)
toggle(true)
left_on(true)
if command and command >= 0 then
  -- By this name the start-up finds the action, so that its button shows the state.
  local name = reaper.ReverseNamedCommandLookup(command)
  if name then reaper.SetExtState(SECTION, "command", "_" .. name, true) end
end
turn()
