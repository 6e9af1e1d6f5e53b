-- Lines of the dawbridge protocol: a verb and named values, whole or passed over.
-- docs/daw_protocol.md describes them; tests/daw/lines.json holds the Python codec to the same.
-- Lua 5.3 and 5.4. Only string, table and math are used: Ardour inlines this chunk.

local wire = { PROTOCOL = 1 }

local ESCAPES = { ["\\"] = "\\\\", ["\t"] = "\\t", ["\n"] = "\\n", ["\r"] = "\\r" }
local MEANINGS = { ["\\"] = "\\", t = "\t", n = "\n", r = "\r" }

-- Bytes that are no UTF-8 become "?": the other end would take the whole line for torn,
-- and names in old projects and paths are sometimes in other encodings.
local function utf8_only(text)
  if not text:find("[\128-\255]") then return text end
  local good, at, size = {}, 1, #text
  while at <= size do
    local plain = text:match("^[\0-\127]+", at)
    if plain then
      good[#good + 1] = plain
      at = at + #plain
    else
      local first, second = text:byte(at, at + 1)
      second = second or 0
      local long = first >= 0xC2 and first <= 0xDF and 2
        or first >= 0xE0 and first <= 0xEF and 3
        or first >= 0xF0 and first <= 0xF4 and 4
      local bad = not long
        or first == 0xE0 and second < 0xA0 -- longer than it need be
        or first == 0xED and second > 0x9F -- half of a surrogate pair
        or first == 0xF0 and second < 0x90
        or first == 0xF4 and second > 0x8F -- beyond the last sign
      local whole = not bad and text:match("^[\128-\191]+", at + 1)
      if whole and #whole >= long - 1 then
        good[#good + 1] = text:sub(at, at + long - 1)
        at = at + long
      else
        good[#good + 1] = "?"
        at = at + 1
      end
    end
  end
  return table.concat(good)
end

-- A value as text; nil where it is to be left out (a number that is none has no digits).
local function said(value)
  local kind = type(value)
  if kind == "string" then return (utf8_only(value):gsub("[\\\t\n\r]", ESCAPES)) end
  if kind == "boolean" then return value and "1" or "0" end
  if kind ~= "number" or value ~= value or value > 1e300 or value < -1e300 then return nil end
  if math.type(value) == "integer" then return ("%d"):format(value) end
  -- The host may have set a locale whose decimal sign is a comma.
  local digits = ("%.9f"):format(value):gsub(",", "."):gsub("0+$", ""):gsub("%.$", "")
  return digits == "-0" and "0" or digits
end

-- encode("put", "id", "a-1", "at", 2.5, "end", nil): the line with its line feed. nil is left out.
function wire.encode(verb, ...)
  local fields = { verb }
  for at = 1, select("#", ...) - 1, 2 do
    local name, value = select(at, ...)
    local text = said(value)
    if text then fields[#fields + 1] = name .. "=" .. text end
  end
  local body = table.concat(fields, "\t")
  return body .. "\t#" .. ("%d"):format(#body) .. "\n"
end

local function plain(value)
  if not value:find("\\", 1, true) then return value end
  return (value:gsub("\\(.)", function(sign) return MEANINGS[sign] or sign end))
end

-- decode(line without its line feed) -> verb, values; nil: it was torn, or is none of ours.
function wire.decode(line)
  local body, count = line:match("^(.*)\t#(%d+)$")
  if not body or #count > 9 or tonumber(count) ~= #body then return nil end
  local verb, values, first = nil, {}, true
  for field in (body .. "\t"):gmatch("([^\t]*)\t") do
    if first then
      verb, first = field, false
    else
      local equals = field:find("=", 1, true)
      if equals then values[field:sub(1, equals - 1)] = plain(field:sub(equals + 1)) end
    end
  end
  return verb, values
end

-- A value as a finite number; nil where it was left out or is none.
function wire.number(text)
  local number = text and tonumber(text)
  if not number or number ~= number or number >= 1e300 or number <= -1e300 then return nil end
  return number
end

-- "a,b,c" -> { "a", "b", "c" }; empty for nothing.
function wire.list(text)
  local found = {}
  for each in (text or ""):gmatch("[^,]+") do found[#found + 1] = each end
  return found
end

-- Whole lines out of bytes that come in pieces. push(piece) -> { { verb=, values= }, ... }
-- `longest`: bytes of a line; a longer one is no line of ours and takes no memory.
function wire.lines(longest)
  longest = longest or 16777216
  local lines = { torn = 0 }
  local waiting, size, skipping = {}, 0, false -- pieces of the line that is not whole yet

  local function finish(line, messages)
    line = line:gsub("\r$", "")
    local verb, values
    if not skipping then verb, values = wire.decode(line) end
    skipping = false
    if verb then
      messages[#messages + 1] = { verb = verb, values = values }
    elseif line ~= "" then
      lines.torn = lines.torn + 1
    end
  end

  function lines.push(piece)
    local messages, at = {}, 1
    while true do
      local feed = piece:find("\n", at, true)
      if not feed then break end
      waiting[#waiting + 1] = piece:sub(at, feed - 1)
      finish(table.concat(waiting), messages)
      waiting, size, at = {}, 0, feed + 1
    end
    if at <= #piece then
      waiting[#waiting + 1] = piece:sub(at)
      size = size + #piece - at + 1
    end
    if size > longest then
      waiting, size, skipping = {}, 0, true
    end
    return messages
  end

  return lines
end

return wire
