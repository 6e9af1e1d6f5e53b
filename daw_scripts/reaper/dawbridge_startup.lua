-- Run from Reaper's __startup.lua: dawbridge listens again if it did when Reaper was closed.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""

if reaper.GetExtState("dawbridge", "listen") == "1" then
  local command = 0
  local name = reaper.GetExtState("dawbridge", "command")
  if name ~= "" then command = reaper.NamedCommandLookup(name) end
  if command == 0 then
    command = reaper.AddRemoveReaScript(true, 0, here .. "dawbridge.lua", true)
  end
  -- As an action it has a state of its own, and a button that shows it.
  if command ~= 0 then reaper.Main_OnCommand(command, 0) end
end
