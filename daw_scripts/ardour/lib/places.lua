-- Markers and ranges of the session (Ardour calls both locations), in samples.
-- Seen in Ardour 7.3; 6.9, 8.12 and 9.8 were read.
--
-- * A marker is made by the editor, which refuses a place where one stands already, within one
--   sample. So it is made where nothing is, and moved: two of ours may share a place, and a
--   marker of the user is never taken for ours.
-- * Pointers die with an undo, which makes all locations anew: none is kept beyond a tick.
-- * A list must be held by a name while it is walked through: Lua throws away what nobody holds,
--   its elements with it.

local places = {}

-- Before Ardour 7 positions are numbers.
local modern = Temporal ~= nil and Temporal.timepos_t ~= nil
places.modern = modern

function places.at(samples)
  return modern and Temporal.timepos_t(samples) or samples
end

function places.samples(position)
  return type(position) == "number" and math.floor(position) or position:samples()
end

-- How it is now: { kind, at, end, name, location }; nil: it is of another kind (loop, punch).
function places.look(location)
  local kind = location:is_mark() and "marker" or location:is_range_marker() and "region" or nil
  if not kind then return nil end
  local at = places.samples(location:start())
  return { kind = kind, at = at, location = location, name = location:name(),
    ["end"] = kind == "marker" and at or places.samples(location:_end()) }
end

-- All markers and plain ranges there are.
function places.all()
  local found, list = {}, Session:locations():list()
  for location in list:iter() do found[#found + 1] = places.look(location) end
  return found
end

-- A name as Ardour can show and save it: XML makes blanks of line feeds and tabs.
function places.name(name, role)
  name = name:gsub("%c+", " ")
  return name:match("%S") and name or role
end

-- Samples at which markers stand, { sample = true }.
function places.taken(things)
  local taken = {}
  for _, thing in ipairs(things) do
    if thing.kind == "marker" then taken[thing.at] = true end
  end
  return taken
end

-- The editor may be set to ask for the name of each new marker, in a window.
local function without_asking(act)
  local config = ArdourUI.config and ArdourUI.config()
  local asks = config and config.get_name_new_markers and config:get_name_new_markers()
  if asks then config:set_name_new_markers(false) end
  local fine, why = pcall(act)
  if asks then config:set_name_new_markers(true) end
  if not fine then error(why, 0) end
end

local function new_marker(at, taken)
  local empty = at
  while taken[empty - 1] or taken[empty] or taken[empty + 1] do empty = empty + 3 end
  without_asking(function()
    Editor:add_location_mark(places.at(empty), ARDOUR.LocationFlags.IsMark, 0)
  end)
  local none = modern and Temporal.timecnt_t(0) or 0
  local location = Session:locations():mark_at(places.at(empty), none)
  if not location then return nil, "Ardour made no marker" end
  if empty ~= at and location:move_to(places.at(at), 0) ~= 0 then
    Session:locations():remove(location)
    return nil, "Ardour did not move the marker"
  end
  taken[at] = true
  return location
end

-- Puts one where it is to be; `thing`: what it is until now, or nil.
-- -> how it is then; or nil, why
function places.put(kind, at, finish, name, thing, taken)
  local location = thing and thing.kind == kind and thing.location
  if location then
    if thing.at ~= at or thing["end"] ~= finish then
      if location:locked() then return nil, "it is locked" end
      if location:set(places.at(at), places.at(finish), false, 0) ~= 0 then
        return nil, "Ardour did not move it"
      end
      if kind == "marker" then taken[at] = true end
    end
  else
    local why
    if kind == "marker" then
      location, why = new_marker(at, taken)
    else
      location = Session:locations():add_range(places.at(at), places.at(finish))
    end
    if not location then return nil, why or "Ardour made none" end
    if thing then places.drop(thing) end
  end
  if location:name() ~= name then location:set_name(name) end
  return places.look(location)
end

function places.drop(thing) Session:locations():remove(thing.location) end

return places
