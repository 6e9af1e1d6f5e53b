-- Asking for the selected items, each with a job of its own.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local media = dofile(here .. "media.lua")
local jobs = dofile(here .. "jobs.lua")
local tracks = dofile(here .. "tracks.lua")
local window = dofile(here .. "window.lua")

local analyze = {}

local function sentence(why)
  return why.what .. ": " .. why.cause .. ".\nWhat helps: " .. why.remedy .. "."
end

-- Where loops are written. -> folder | nil, words
function analyze.folder()
  local proj, file = reaper.EnumProjects(-1)
  if not file or file == "" then
    return nil, "The project has no folder yet, and loops are files: save the project first."
  end
  return reaper.GetProjectPathEx(proj) .. "/dawbridge"
end

-- what: "analyze" or "splits"; want: "sections,riffs"; options: folder (for loops)
function analyze.selected(title, what, want, options)
  options = options or {}
  local list, notes = {}, {}
  local selected = media.selected(0)
  if #selected == 0 then
    return window.tell(title, "No item is selected.\nSelect the recordings that are meant, "
      .. "and run this action again.")
  end
  for _, item in ipairs(selected) do
    local sound, why = media.of(item)
    if sound then
      local fields = { "path", sound.path, "item", sound.item, "map", sound.map }
      if what == "analyze" then
        local track = tracks.name(reaper.GetMediaItem_Track(item))
        for _, each in ipairs({ "want", want, "title", sound.title, "track", track,
          "folder", options.folder or "" }) do
          fields[#fields + 1] = each
        end
      end
      list[#list + 1] = { what = what, fields = fields, title = sound.title }
      for _, note in ipairs(sound.notes) do notes[#notes + 1] = sound.title .. ": " .. note end
    else
      notes[#notes + 1] = sentence(why)
    end
  end
  if #list == 0 then return window.tell(title, table.concat(notes, "\n\n")) end
  jobs.run(title, list, notes)
end

return analyze
