-- What a marker or region should be, as Reaper can hold it.

local wanted = {}

local SHORTEST = 0.01 -- seconds of a region

-- A ruler shows one line; other control signs do not survive in a project file.
local function one_line(name) return ((name or ""):gsub("%c+", " ")) end

local function native(colour)
  local red, green, blue = (colour or ""):match("^#(%x%x)(%x%x)(%x%x)$")
  if not red then return 0 end -- Reaper's own colour
  local value = reaper.ColorToNative(tonumber(red, 16), tonumber(green, 16), tonumber(blue, 16))
  return math.floor(value) | 0x1000000
end

-- fields of a `put` -> { region, at, finish, name, colour, role } | nil: it has no place
function wanted.of(fields)
  local at = tonumber(fields.at)
  if not at then return nil end
  at = math.max(at, 0)
  local region = fields.kind == "region"
  local finish = region and math.max(tonumber(fields["end"]) or 0, at + SHORTEST) or at
  return { region = region, at = at, finish = finish, name = one_line(fields.name),
    colour = native(fields.colour), role = fields.role }
end

-- Reaper makes no second marker of the same name at the same place, and the user may have one
-- there: a name that nobody has, then the right one.
function wanted.unlikely_name() return "dawbridge " .. reaper.genGuid("") end

-- As appliers tell it.
function wanted.told(region, at, finish, name)
  return { at = at, end_ = region and finish or nil, name = name }
end

return wanted
