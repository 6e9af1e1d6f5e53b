-- What a project keeps of ours: its id, and for each fact what it became and how it was then.
--
-- SetProjExtState puts it into the project file and into undo steps, so that undo takes back a
-- marker together with our knowledge of it. An undo is noticed by the generation, a number that
-- is written with every change: if the project's differs from ours, its data went to another time.

local store = {}

local SECTION = "dawbridge"
local LONGEST = 2000 -- bytes of a value: old versions cut long lines when a project is read
local FIELDS = { "rev", "kind", "role", "group", "handle", "at", "end_", "name", "silent" }
local NUMBERS = { at = true, end_ = true }

-- Line feeds do not survive in a project file, quotes and comment signs not always.
local function escape(text)
  return (text:gsub("[%c%%&=\"'`#;\127]", function(sign) return ("%%%02X"):format(sign:byte()) end))
end

local function plain(text)
  return (text:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

-- Keys may lose their case in a project file: ids that have any are spelt out.
local function key_of(id)
  return "f-" .. id:gsub("[^%l%d%-]", function(sign) return ("_%02x"):format(sign:byte()) end)
end

local function id_of(key)
  return (key:sub(3):gsub("_(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

local function number_text(number)
  return (("%.9f"):format(number):gsub(",", ".")) -- a locale may have a decimal comma
end

local function packed(entry)
  local fields = {}
  for _, name in ipairs(FIELDS) do
    local value = entry[name]
    if value ~= nil then
      if NUMBERS[name] then value = number_text(value) end
      fields[#fields + 1] = name .. "=" .. escape(tostring(value))
    end
  end
  return table.concat(fields, "&")
end

local function unpacked(text)
  local entry = {}
  for name, value in text:gmatch("([%w_]+)=([^&]*)") do
    entry[name] = plain(value)
    if NUMBERS[name] then entry[name] = tonumber(entry[name]) end
  end
  entry.name = entry.name or ""
  return entry.rev and entry.handle and entry or nil
end

local function read(proj, key)
  local _, value = reaper.GetProjExtState(proj, SECTION, key)
  return value or ""
end

local function write(proj, key, value) reaper.SetProjExtState(proj, SECTION, key, value) end

-- A long value goes on under key+1, key+2 ...
local function read_long(proj, key)
  local value, parts, number = read(proj, key), {}, 1
  while value ~= "" do
    parts[#parts + 1] = value
    if #value < LONGEST then break end
    value = read(proj, key .. "+" .. ("%d"):format(number))
    number = number + 1
  end
  return table.concat(parts)
end

local function write_long(proj, key, value)
  local number = 0
  repeat
    local part = value:sub(number * LONGEST + 1, (number + 1) * LONGEST)
    local name = number == 0 and key or key .. "+" .. ("%d"):format(number)
    if part == "" and read(proj, name) == "" then break end
    write(proj, name, part)
    number = number + 1
  until number > 1000
end

local function entries_in(proj)
  local keys, at = {}, 0
  while true do
    -- The value given here is cut at a kilobyte: only keys are taken.
    local more, key = reaper.EnumProjExtState(proj, SECTION, at)
    if not more then break end
    if key:sub(1, 2) == "f-" and not key:find("+", 1, true) then keys[#keys + 1] = key end
    at = at + 1
  end
  local facts = {}
  for _, key in ipairs(keys) do facts[id_of(key)] = unpacked(read_long(proj, key)) end
  return facts
end

-- The id that stands in a project, and where it lay when that was written.
function store.id(proj) return read(proj, "project") end

function store.place(proj) return plain(read(proj, "place")) end

-- What a project of projects.lua holds.
function store.open(project)
  local proj = project.proj
  local kept = { proj = proj, facts = entries_in(proj), changed = 0 }
  local generation = read(proj, "generation")
  local top = math.floor(tonumber(generation) or 0)

  -- Once after all changes of a batch, inside its undo step.
  function kept.seal()
    top = top + 1
    write(proj, "project", project.id)
    write(proj, "place", escape(project.path))
    write(proj, "generation", ("%d"):format(top))
    generation = ("%d"):format(top)
    project.stood = true
  end

  function kept.put(fact, entry)
    write_long(proj, key_of(fact), packed(entry))
    kept.facts[fact] = entry
    kept.changed = kept.changed + 1
  end

  function kept.drop(fact)
    if not kept.facts[fact] then return end
    kept.facts[fact] = nil
    kept.changed = kept.changed + 1
    write_long(proj, key_of(fact), "")
  end

  -- Whether the project's data went to another time: an undo or a redo.
  function kept.turned()
    return read(proj, "generation") ~= generation
  end

  -- After an undo: what we knew is known again, so that it counts as the user's own edit (gone,
  -- or moved back) and is not done once more. Nothing of it makes an undo step of its own, which
  -- would take the redo away. What came back although we had removed it belongs to the user:
  -- `silent`, told to nobody, but found again if the same fact is put once more.
  -- alive(entry): whether the thing is there
  function kept.mend(alive)
    local there = entries_in(proj)
    for fact, entry in pairs(kept.facts) do
      local other = there[fact]
      if entry.silent and not other and not alive(entry) then
        kept.facts[fact] = nil
      elseif not other or other.rev ~= entry.rev or other.handle ~= entry.handle then
        -- The thing itself may have been made anew by the step that was taken back.
        if other and other.handle ~= entry.handle and not alive(entry) and alive(other) then
          entry.handle = other.handle
        end
        write_long(proj, key_of(fact), packed(entry))
      end
    end
    for fact, other in pairs(there) do
      if not kept.facts[fact] then
        other.silent = "1"
        kept.facts[fact] = other
        write_long(proj, key_of(fact), packed(other))
      end
    end
    top = math.max(top, math.floor(tonumber(read(proj, "generation")) or 0))
    kept.seal()
    kept.changed = kept.changed + 1
  end

  return kept
end

return store
