-- Our windows. What stands in one is a list of rows, made anew with each turn; ReaImGui draws it
-- where it is installed, otherwise gfx does, which Reaper brings along. A row is one of
--   { words = text, dim = true or nil }     as many lines as it needs
--   { tick = text, on = boolean, click = f } a box to be ticked
--   { one = text, on = boolean, click = f }  one of several
--   { button = text, click = f, closes = true or nil }
--   { bar = share }                          0 to 1
--   { gap = pixels }
--   { columns = { rows, rows } }             side by side; once in a window
-- The texts of what is clicked differ within a window: ReaImGui tells them apart by these.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local by_gfx = dofile(here .. "window_by_gfx.lua")
local by_imgui = dofile(here .. "window_by_imgui.lua")

local window = {}

-- Until Reaper ends: a ReaImGui that failed may have said so in a box of its own, and once is enough.
local SECTION, KEY = "dawbridge", "window"

-- A face: draw(rows) -> whether it is still open, the row that was clicked | nil; close().
local function face(title, width, height)
  local function plain() return by_gfx(title, width, height) end
  local installed, found
  if reaper.GetExtState(SECTION, KEY) ~= "gfx" then
    installed, found = pcall(by_imgui, title, width, height)
  end
  if not (installed and found) then return plain() end -- not there, or too old
  local drawn, failed = found, nil
  local chosen = {}
  function chosen.draw(rows)
    if not failed then
      local well, open, clicked = pcall(drawn.draw, rows)
      if well then return open, clicked end
      failed = "ReaImGui failed, so this window is drawn without it: " .. tostring(open)
      reaper.SetExtState(SECTION, KEY, "gfx", false)
      drawn = plain()
    end
    rows[#rows + 1] = { gap = 12 }
    rows[#rows + 1] = { words = failed, dim = true }
    return drawn.draw(rows)
  end
  function chosen.close() drawn.close() end
  return chosen
end

-- rows() -> what stands in it now | nil: it closes; closed(): afterwards, whoever closed it
function window.show(title, width, height, rows, closed)
  local shown = face(title, width, height)
  local function finish()
    shown.close()
    if closed then closed() end
  end
  local function turn()
    local now = rows()
    if not now then return finish() end
    local open, clicked = shown.draw(now)
    if not open then return finish() end
    if clicked then
      if clicked.click then clicked.click() end
      if clicked.closes then return finish() end
    end
    reaper.defer(turn)
  end
  -- Not at once: ReaImGui might put this turn and the next one into the same picture.
  reaper.defer(turn)
end

-- A page of words that stays until it is closed.
function window.tell(title, text)
  window.show(title, 480, 320, function()
    return { { words = text }, { gap = 10 }, { button = "Close", closes = true } }
  end)
end

return window
