-- A small window of our own, drawn with gfx: Reaper needs no extension for it.

local window = {}

local FONT, SIZE = "Arial", 16
local BACK, TEXT, DIM = { 0.16, 0.17, 0.18 }, { 0.9, 0.9, 0.88 }, { 0.62, 0.63, 0.62 }
local MARK = { 0.36, 0.62, 0.38 }

local pressed = false

local function colour(c) gfx.set(c[1], c[2], c[3], 1) end

function window.open(title, width, height)
  gfx.init(title, width, height, 0)
  gfx.setfont(1, FONT, SIZE)
end

-- Each turn first. -> false: the window was closed, or Escape was pressed in it
function window.begin()
  local key = gfx.getchar()
  if key < 0 or key == 27 then return false end
  colour(BACK)
  gfx.rect(0, 0, gfx.w, gfx.h, 1)
  local down = math.floor(gfx.mouse_cap) & 1 == 1
  window.clicked = down and not pressed
  pressed = down
  return true
end

function window.finish() gfx.update() end

function window.close() gfx.quit() end

local function hit(x, y, w, h)
  return window.clicked and gfx.mouse_x >= x and gfx.mouse_x < x + w
    and gfx.mouse_y >= y and gfx.mouse_y < y + h
end

-- Words in lines no wider than `width`. -> list of lines
function window.lines(text, width)
  local lines = {}
  for paragraph in (text .. "\n"):gmatch("([^\n]*)\n") do
    local line = ""
    for word in paragraph:gmatch("%S+") do
      local longer = line == "" and word or line .. " " .. word
      if line ~= "" and gfx.measurestr(longer) > width then
        lines[#lines + 1], line = line, word
      else
        line = longer
      end
    end
    lines[#lines + 1] = line
  end
  return lines
end

-- -> y below the text
function window.text(text, x, y, width, dim)
  colour(dim and DIM or TEXT)
  for _, line in ipairs(window.lines(text, width)) do
    gfx.x, gfx.y = x, y
    gfx.drawstr(line)
    y = y + SIZE + 4
  end
  return y
end

-- share: 0 to 1. -> y below
function window.bar(share, x, y, width)
  colour(DIM)
  gfx.rect(x, y, width, 10, 0)
  colour(MARK)
  gfx.rect(x + 1, y + 1, math.floor((width - 2) * math.min(math.max(share, 0), 1)), 8, 1)
  return y + 16
end

-- -> whether it was clicked, y below
function window.button(text, x, y, width)
  colour(DIM)
  gfx.rect(x, y, width, SIZE + 12, 0)
  colour(TEXT)
  gfx.x, gfx.y = x + 10, y + 6
  gfx.drawstr(text)
  return hit(x, y, width, SIZE + 12), y + SIZE + 20
end

-- A box that is ticked or not, a round one of several. -> whether it was clicked, y below
function window.choice(text, on, x, y, width)
  colour(DIM)
  gfx.rect(x, y + 3, 13, 13, 0)
  if on then
    colour(MARK)
    gfx.rect(x + 3, y + 6, 7, 7, 1)
  end
  colour(TEXT)
  gfx.x, gfx.y = x + 22, y
  gfx.drawstr(text)
  return hit(x, y, width, SIZE + 6), y + SIZE + 8
end

-- A page of words that stays until it is closed.
function window.tell(title, text)
  window.open(title, 480, 320)
  local function turn()
    if not window.begin() then return window.close() end
    local y = window.text(text, 16, 14, gfx.w - 32)
    if window.button("Close", 16, y + 10, 80) then return window.close() end
    window.finish()
    reaper.defer(turn)
  end
  turn()
end

return window
