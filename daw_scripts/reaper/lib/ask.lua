-- What an action wants of dawbridge. The running dawbridge.lua holds the conversation; an action
-- leaves a line for it, and reads there what became of it.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""

local SECTION = "dawbridge"
local STALE = 0.7 -- seconds without a sign of life; a dialog stops every script, so look again
local DEAD = 3.2 -- seconds; started while its last sign is younger, it takes that for "end"
local PATIENCE = 4 -- seconds for dawbridge.lua to begin

local wire = dofile(here .. "shared.lua")("wire.lua")
local ask = {}

-- A name for a job that no other action uses.
function ask.job()
  return (reaper.genGuid(""):gsub("[^%x]", ""):sub(1, 16):lower())
end

-- what: of the table in docs/daw_protocol.md; fields: { name, value, name, value, ... }
function ask.send(what, fields)
  local line = wire.encode("ask", "what", what, table.unpack(fields or {}))
  -- Scripts of Reaper run one after the other on one thread: nobody writes in between.
  local waiting = reaper.GetExtState(SECTION, "asks")
  reaper.SetExtState(SECTION, "asks", waiting .. line, false)
end

local function sign_of_life() return reaper.GetExtState(SECTION, "running") end

local function age(sign)
  local time = tonumber(sign:match("|([%d.]+)$") or "")
  return time and math.abs(reaper.time_precise() - time) or math.huge
end

-- Whether dawbridge.lua gave a sign of life just now.
function ask.runs() return age(sign_of_life()) < STALE end

-- Starting a script that runs would end it, so this is only done when it surely does not.
local function start(script)
  local name = reaper.GetExtState(SECTION, "command") -- as it was when it ran last
  local command = name ~= "" and reaper.NamedCommandLookup(name) or 0
  if command <= 0 then command = reaper.AddRemoveReaScript(true, 0, script, true) end
  if command > 0 then
    reaper.Main_OnCommand(command, 0)
  else
    dofile(script) -- not in the action list: it lives in this script then
  end
end

-- Calls go(true) once dawbridge.lua runs, go(false) if it does not begin.
function ask.awake(go)
  local first, began = sign_of_life(), reaper.time_precise()
  if age(first) < STALE then return go(true) end
  local started = false
  local function wait()
    local now, waited = sign_of_life(), reaper.time_precise() - began
    if now ~= first and now ~= "" then return go(true) end
    if not started and (now == "" or waited > STALE and age(now) > DEAD) then
      started, began = true, reaper.time_precise()
      start(here:gsub("lib[/\\]$", "") .. "dawbridge.lua")
    elseif started and waited > PATIENCE then
      return go(false)
    end
    reaper.defer(wait)
  end
  wait()
end

-- What stands under a key, by job. A window asks with each turn: it is only read anew when it is.
local read = {}

local function told(key, job)
  local text = reaper.GetExtState(SECTION, key)
  if not read[key] or read[key].text ~= text then
    read[key] = { text = text, jobs = {} }
    for line in text:gmatch("[^\n]+") do
      local verb, values = wire.decode(line)
      if verb and values.job then read[key].jobs[values.job] = values end
    end
  end
  return read[key].jobs[job]
end

-- -> share 0..1, text | nil
function ask.progress(job)
  local values = told("progress", job)
  if values then return wire.number(values.share) or 0, values.text or "" end
end

-- -> true or false, text | nil: it is not over
function ask.result(job)
  local values = told("result", job)
  if values then return values.ok == "1", values.text or "" end
end

-- How dawbridge is: state, sentence.
function ask.state()
  local text = reaper.GetExtState(SECTION, "state")
  local verb, values = wire.decode((text:match("^[^\n]*")))
  if verb then return values.state or "", values.text or "" end
  return "", text
end

function ask.cancel(job) ask.send("cancel", { "job", job }) end

return ask
