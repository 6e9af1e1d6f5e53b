-- What the user chose, kept by Reaper for all projects. dawbridge.lua reads roles and while.

local settings = {}

local SECTION = "dawbridge"

-- What is chosen where nothing was chosen yet.
local USUAL = {
  roles = "section,riff,key,tempo", -- live marks
  ["while"] = "record", -- "play": while playing as well
  want = "sections,riffs,chords,key", -- of an analysed item
}

function settings.get(name)
  if not reaper.HasExtState(SECTION, name) then return USUAL[name] end
  local value = reaper.GetExtState(SECTION, name)
  return value == "-" and "" or value -- Reaper forgets empty values
end

function settings.set(name, value)
  reaper.SetExtState(SECTION, name, value == "" and "-" or value, true)
end

function settings.has(list, word)
  return ("," .. list .. ","):find("," .. word .. ",", 1, true) ~= nil
end

-- The words of `all` that are chosen, one of them turned over: the order stays that of `all`.
function settings.turned(list, word, all)
  local kept = {}
  for _, each in ipairs(all) do
    if settings.has(list, each) ~= (each == word) then kept[#kept + 1] = each end
  end
  return table.concat(kept, ",")
end

return settings
