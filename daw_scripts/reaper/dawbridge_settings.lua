-- @description dawbridge: Settings
-- What is marked live, what is wanted of an analysed item, and how the connection is.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local ask = dofile(here .. "lib/ask.lua")
local settings = dofile(here .. "lib/settings.lua")
local window = dofile(here .. "lib/window.lua")

local ROLES = { "section", "riff", "chord", "key", "tempo" }
local ROLE_WORDS = { section = "Sections", riff = "Riffs",
  chord = "Changes of chord", key = "Changes of key", tempo = "Changes of tempo" }
local WANTS = { "sections", "riffs", "chords", "key", "tempo", "drums", "loops" }
local WANT_WORDS = { sections = "Sections as regions", riffs = "Riffs as regions",
  chords = "Chords as text items", key = "Key as a marker",
  tempo = "Tempo map (the grid follows the recording)", drums = "Drums as MIDI",
  loops = "Loops as files on new tracks" }

local function ticks(rows, name, all, words)
  for _, each in ipairs(all) do
    rows[#rows + 1] = { tick = words[each], on = settings.has(settings.get(name), each),
      click = function() settings.set(name, settings.turned(settings.get(name), each, all)) end }
  end
  return rows
end

local function one_of(rows, name, choices)
  for _, each in ipairs(choices) do
    rows[#rows + 1] = { one = each[2], on = settings.get(name) == each[1],
      click = function() settings.set(name, each[1]) end }
  end
  return rows
end

local function connection()
  if not ask.runs() then
    return "The script dawbridge.lua does not run: start it from the action list."
  end
  local state, sentence = ask.state()
  if sentence ~= "" then return sentence end
  return state ~= "" and state or "Nothing was heard of dawbridge yet."
end

local function rows()
  local live = ticks({ { words = "Marked live" }, { gap = 4 } }, "roles", ROLES, ROLE_WORDS)
  for _, each in ipairs({ { gap = 8 }, { words = "When" }, { gap = 4 } }) do
    live[#live + 1] = each
  end
  one_of(live, "while", { { "record", "Only while recording" },
    { "play", "While playing and recording" } })
  local wanted = ticks({ { words = "Analyze selected items brings" }, { gap = 4 } },
    "want", WANTS, WANT_WORDS)
  return { { columns = { live, wanted } }, { gap = 12 },
    { words = "Connection: " .. connection() } }
end

-- Run again, the window closes (7.03 and later; before, Reaper asks).
if reaper.set_action_options then reaper.set_action_options(1) end
window.show("dawbridge: Settings", 620, 400, rows)
