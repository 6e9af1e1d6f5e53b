-- @description dawbridge: Settings
-- What is marked live, what is wanted of an analysed item, and how the connection is.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local ask = dofile(here .. "lib/ask.lua")
local settings = dofile(here .. "lib/settings.lua")
local window = dofile(here .. "lib/window.lua")

local ROLES = { "section", "riff", "chord", "key", "tempo" }
local ROLE_WORDS = { section = "Sections", riff = "Riffs (after recording)",
  chord = "Changes of chord", key = "Changes of key", tempo = "Changes of tempo" }
local WANTS = { "sections", "riffs", "chords", "key", "tempo", "drums", "loops" }
local WANT_WORDS = { sections = "Sections as regions", riffs = "Riffs as regions",
  chords = "Chords as text items", key = "Key as a marker",
  tempo = "Tempo map (the grid follows the recording)", drums = "Drums as MIDI",
  loops = "Loops as files on new tracks" }

local function ticks(name, all, words, x, y, width)
  for _, each in ipairs(all) do
    local clicked
    clicked, y = window.choice(words[each], settings.has(settings.get(name), each), x, y, width)
    if clicked then settings.set(name, settings.turned(settings.get(name), each, all)) end
  end
  return y
end

local function one_of(name, choices, x, y, width)
  for _, each in ipairs(choices) do
    local clicked
    clicked, y = window.choice(each[2], settings.get(name) == each[1], x, y, width)
    if clicked then settings.set(name, each[1]) end
  end
  return y
end

local function turn()
  if not window.begin() then return window.close() end
  local left, right, width = 16, gfx.w / 2 + 8, gfx.w / 2 - 24
  local y = window.text("Marked live", left, 14, width)
  y = ticks("roles", ROLES, ROLE_WORDS, left, y + 4, width) + 8
  y = window.text("When", left, y, width)
  local low = one_of("while", { { "record", "Only while recording" },
    { "play", "While playing and recording" } }, left, y + 4, width)
  y = window.text("Analyze selected items brings", right, 14, width)
  y = ticks("want", WANTS, WANT_WORDS, right, y + 4, width)
  y = math.max(y, low) + 12
  local state, sentence = ask.state()
  if not ask.runs() then
    sentence = "The script dawbridge.lua does not run: start it from the action list."
  elseif sentence == "" then
    sentence = state ~= "" and state or "Nothing was heard of dawbridge yet."
  end
  window.text("Connection: " .. sentence, left, y, gfx.w - 32)
  window.finish()
  reaper.defer(turn)
end

-- Run again, the window closes (7.03 and later; before, Reaper asks).
if reaper.set_action_options then reaper.set_action_options(1) end
window.open("dawbridge: Settings", 620, 400)
turn()
