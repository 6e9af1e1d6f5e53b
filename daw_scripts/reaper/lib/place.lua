-- Where dawbridge is, as `dawbridge install reaper` wrote it: { folder, command, version }.
-- Scripts that came by ReaPack lie elsewhere, so it is also looked for where that puts it.

local INSTALLED = "/Scripts/dawbridge/"

-- folder: of the scripts that run, with its last slash. -> table | nil: it was never installed
return function(folder)
  for _, each in ipairs({ folder, reaper.GetResourcePath() .. INSTALLED }) do
    local fine, told = pcall(dofile, each .. "dawbridge_here.lua")
    if fine and type(told) == "table" and type(told.folder) == "string" then return told end
  end
end
