-- @description dawbridge: Put all actions into the action list
-- Run it once more after an update: what is there already stays as it is.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local window = dofile(here .. "lib/window.lua")

local title = "dawbridge: Put all actions into the action list"
local folder = here:gsub("[/\\]$", "")

-- No actions: read by others, run at start, and this one.
local NOT = { ["dawbridge_here.lua"] = true, ["dawbridge_startup.lua"] = true,
  ["dawbridge_install_actions.lua"] = true }

local function scripts()
  local found, i = {}, 0
  reaper.EnumerateFiles(folder, -1) -- Reaper remembers folders: look anew
  while true do
    local file = reaper.EnumerateFiles(folder, i)
    if not file then break end
    if file:match("^dawbridge[%w_]*%.lua$") and not NOT[file] then found[#found + 1] = file end
    i = i + 1
  end
  table.sort(found)
  return found
end

local found, refused = scripts(), {}
for i, file in ipairs(found) do
  -- The file with all actions is written once, at the last.
  if reaper.AddRemoveReaScript(true, 0, here .. file, i == #found) == 0 then
    refused[#refused + 1] = file
  end
end
local text = #found - #refused .. " actions are in the action list: search for dawbridge there "
  .. "(key ?), and give the ones you use often a key or a button."
if #refused > 0 then
  text = text .. "\n\nReaper did not take: " .. table.concat(refused, ", ")
end
window.tell(title, text)
