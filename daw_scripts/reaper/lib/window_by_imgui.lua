-- A window drawn with ReaImGui (an extension, 0.10 and later). Whatever is wrong with it is thrown:
-- window.lua then draws with gfx.

local API = "0.10" -- the first whose own font has the letters of every language
local POINTER = "ImGui_Context*"
local SETTLED = 30 -- turns, a second
local LOST = 3 -- contexts in a row that did not live that long

-- -> its functions, as its documentation has it | nil: not installed, or older than 0.9
local function functions()
  if not reaper.ImGui_GetBuiltinPath then return nil end
  package.path = reaper.ImGui_GetBuiltinPath() .. "/?.lua"
  return require("imgui")(API) -- throws where it is older
end

-- How each kind of row is drawn in context c. -> whether it was clicked
local kinds = {}

function kinds.words(I, c, row, within)
  if not row.dim then return I.TextWrapped(c, row.words) end
  I.PushTextWrapPos(c)
  within(I.PopTextWrapPos, function() I.TextDisabled(c, row.words) end)
end

function kinds.tick(I, c, row) return (I.Checkbox(c, row.tick, row.on)) end

function kinds.one(I, c, row) return I.RadioButton(c, row.one, row.on) end

function kinds.button(I, c, row) return I.Button(c, row.button) end

function kinds.bar(I, c, row) I.ProgressBar(c, row.bar) end

function kinds.gap(I, c, row) I.Dummy(c, 1, row.gap) end

local function kind_of(row)
  for name, draw in pairs(kinds) do
    if row[name] ~= nil then return draw end
  end
end

-- -> the row that was clicked | nil
local function list(I, c, rows, within)
  local clicked
  for _, row in ipairs(rows) do
    if row.columns then
      if I.BeginTable(c, "columns", #row.columns) then
        within(I.EndTable, function()
          for _, column in ipairs(row.columns) do
            I.TableNextColumn(c)
            clicked = list(I, c, column, within) or clicked
          end
        end)
      end
    elseif kind_of(row)(I, c, row, within) then
      clicked = row
    end
  end
  return clicked
end

-- -> a face, as window.lua has it | nil: there is no ReaImGui
return function(title, width, height)
  local I = functions()
  if not I then return nil end
  local context, turns, lost = nil, 0, 0

  local function alive() return context ~= nil and I.ValidatePtr(context, POINTER) end

  -- ReaImGui frees a context that is not used for some turns, which happens while a dialog or a
  -- slow action holds the scripts up, and one whose picture could not be drawn.
  local function renewed()
    if not alive() then
      if context then lost = turns < SETTLED and lost + 1 or 0 end
      if lost > LOST then error("its context is gone again and again", 0) end
      context, turns = I.CreateContext(title), 0
    end
    turns = turns + 1
  end

  -- What is begun is ended, also where something throws in between: else ReaImGui would complain
  -- in a box of its own. After some errors the context is gone, and nothing is left to end.
  local function within(ended, body)
    local well, what = pcall(body)
    if well then return ended(context) end
    if alive() then pcall(ended, context) end
    error(what, 0)
  end

  local function draw(rows)
    renewed()
    I.SetNextWindowSize(context, width, height, I.Cond_FirstUseEver)
    local visible, open = I.Begin(context, title, true)
    local clicked
    -- Where it is not visible (collapsed, a tab behind others), Begin has ended it already.
    if visible then
      within(I.End, function()
        clicked = list(I, context, rows, within)
        if I.IsWindowFocused(context) and I.IsKeyPressed(context, I.Key_Escape, false) then
          open = false
        end
      end)
    end
    return open, clicked
  end

  -- There is no call to close it: a context that is no longer used goes by itself.
  return { draw = draw, close = function() end }
end
