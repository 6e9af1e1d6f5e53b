-- A window drawn with gfx: Reaper needs no extension for it.

local FONT, SIZE = "Arial", 16
local BACK, TEXT, DIM = { 0.16, 0.17, 0.18 }, { 0.9, 0.9, 0.88 }, { 0.62, 0.63, 0.62 }
local MARK = { 0.36, 0.62, 0.38 }
local LEFT, TOP, BETWEEN = 16, 14, 16 -- pixels
local ESCAPE = 27

local function colour(c) gfx.set(c[1], c[2], c[3], 1) end

-- Words in lines no wider than `width`. -> list of lines
local function lines(text, width)
  local list = {}
  for paragraph in (text .. "\n"):gmatch("([^\n]*)\n") do
    local line = ""
    for word in paragraph:gmatch("%S+") do
      local longer = line == "" and word or line .. " " .. word
      if line ~= "" and gfx.measurestr(longer) > width then
        list[#list + 1], line = line, word
      else
        line = longer
      end
    end
    list[#list + 1] = line
  end
  return list
end

local function drawn(text, x, y)
  gfx.x, gfx.y = x, y
  gfx.drawstr(text)
end

-- How each kind of row is drawn. -> y below, width and height of what can be clicked | nil
local kinds = {}

function kinds.words(row, x, y, width)
  colour(row.dim and DIM or TEXT)
  for _, line in ipairs(lines(row.words, width)) do
    drawn(line, x, y)
    y = y + SIZE + 4
  end
  return y
end

function kinds.bar(row, x, y, width)
  colour(DIM)
  gfx.rect(x, y, width, 10, 0)
  colour(MARK)
  gfx.rect(x + 1, y + 1, math.floor((width - 2) * math.min(math.max(row.bar, 0), 1)), 8, 1)
  return y + 16
end

function kinds.button(row, x, y)
  local width = gfx.measurestr(row.button) + 48
  colour(DIM)
  gfx.rect(x, y, width, SIZE + 12, 0)
  colour(TEXT)
  drawn(row.button, x + 24, y + 6)
  return y + SIZE + 20, width, SIZE + 12
end

local function box(text, on, x, y, width)
  colour(DIM)
  gfx.rect(x, y + 3, 13, 13, 0)
  if on then
    colour(MARK)
    gfx.rect(x + 3, y + 6, 7, 7, 1)
  end
  colour(TEXT)
  drawn(text, x + 22, y)
  return y + SIZE + 8, width, SIZE + 6
end

function kinds.tick(row, x, y, width) return box(row.tick, row.on, x, y, width) end

function kinds.one(row, x, y, width) return box(row.one, row.on, x, y, width) end

function kinds.gap(row, _, y) return y + row.gap end

local function kind_of(row)
  for name, draw in pairs(kinds) do
    if row[name] ~= nil then return draw end
  end
end

-- hit(x, y, width, height) -> whether the mouse was pressed there just now
-- -> y below, the row that was clicked | nil
local function list(rows, x, y, width, hit)
  local clicked
  for _, row in ipairs(rows) do
    if row.columns then
      local each, low = (width - BETWEEN * (#row.columns - 1)) / #row.columns, y
      for number, column in ipairs(row.columns) do
        local below, found = list(column, x + (number - 1) * (each + BETWEEN), y, each, hit)
        low, clicked = math.max(low, below), found or clicked
      end
      y = low
    else
      local top, wide, high = y, nil, nil
      y, wide, high = kind_of(row)(row, x, y, width)
      if wide and hit(x, top, wide, high) then clicked = row end
    end
  end
  return y, clicked
end

-- -> a face, as window.lua has it; closed: by the user, or by Escape
return function(title, width, height)
  local pressed = false
  gfx.init(title, width, height, 0)
  gfx.setfont(1, FONT, SIZE)

  local function draw(rows)
    local key = gfx.getchar()
    if key < 0 or key == ESCAPE then return false end
    colour(BACK)
    gfx.rect(0, 0, gfx.w, gfx.h, 1)
    local down = math.floor(gfx.mouse_cap) & 1 == 1
    local now = down and not pressed
    pressed = down
    local function hit(x, y, w, h)
      return now and gfx.mouse_x >= x and gfx.mouse_x < x + w
        and gfx.mouse_y >= y and gfx.mouse_y < y + h
    end
    local _, clicked = list(rows, LEFT, TOP, gfx.w - 2 * LEFT, hit)
    gfx.update()
    return true, clicked
  end

  return { draw = draw, close = gfx.quit }
end
