-- A Standard MIDI File of one track. Lua 5.3; only string and table are used.
-- smf(name, notes, last): `notes` are { at, length, pitch, velocity, channel }, at and length in
-- ticks of 1/1920 quarter note (Ardour's own grid), `last`: ticks where the track ends.

local TICKS = 1920

local function number(value)
  local signs = string.char(value & 0x7F)
  value = value >> 7
  while value > 0 do
    signs = string.char(value & 0x7F | 0x80) .. signs
    value = value >> 7
  end
  return signs
end

return function(name, notes, last)
  local events = {}
  for order, note in ipairs(notes) do
    local from, to = note[1], note[1] + math.max(note[2], 1)
    local pitch, velocity, channel = note[3] & 127, math.max(note[4] & 127, 1), note[5] & 15
    events[#events + 1] = { from, 1, order, string.char(0x90 | channel, pitch, velocity) }
    events[#events + 1] = { to, 0, order, string.char(0x80 | channel, pitch, 0) }
    last = math.max(last, to)
  end
  -- Ends before beginnings, where both are at one tick: else the new note would be cut.
  table.sort(events, function(a, b)
    for at = 1, 2 do
      if a[at] ~= b[at] then return a[at] < b[at] end
    end
    return a[3] < b[3]
  end)
  local track, now = { "\0\xFF\x03", number(#name), name }, 0
  for _, event in ipairs(events) do
    track[#track + 1] = number(event[1] - now) .. event[4]
    now = event[1]
  end
  track[#track + 1] = number(last - now) .. "\xFF\x2F\0"
  local body = table.concat(track)
  return string.pack(">c4 I4 I2 I2 I2", "MThd", 6, 0, 1, TICKS)
    .. string.pack(">c4 I4", "MTrk", #body) .. body
end
