ardour {
  ["type"] = "EditorAction",
  name = "dawbridge: analyze the selected region",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[Sections and riffs as ranges, key and tempo as markers, drums as a MIDI region, from the selected audio regions.]],
}

function factory(_)
  --@here
  local wire = (function()
    --@include lua/wire.lua
  end)()
  local files = (function()
    --@include ardour/lib/files.lua
  end)()
  local new_letters = (function()
    --@include ardour/lib/letters.lua
  end)()
  local asking = (function()
    --@include ardour/lib/asking.lua
  end)()(wire, files, new_letters, here)
  local new_settings = (function()
    --@include ardour/lib/settings.lua
  end)()

  -- The selected audio regions. Lists are held by a name while they are walked through.
  local function selected()
    local found, list = {}, Editor:get_selection().regions:regionlist()
    for region in list:iter() do
      if not region:to_audioregion():isnil() then found[#found + 1] = region end
    end
    return found
  end

  local function samples(position)
    return type(position) == "number" and position or position:samples()
  end

  local function analyze(region, wanted)
    local rate = Session:nominal_sample_rate()
    local file = region:source(0):to_filesource()
    if file:isnil() then return { text = region:name() .. " has no file" } end
    local at, offset = samples(region:position()) / rate, samples(region:start()) / rate
    local length = samples(region:length()) / rate
    return asking.ask("dawbridge: " .. region:name(), "analyze", "path", file:path(),
      "item", region:to_stateful():id():to_s(),
      "map", ("%.9f,%.9f;%.9f,%.9f"):format(offset, at, offset + length, at + length),
      "want", wanted, "track", "dawbridge drums", "title", region:name())
  end

  return function()
    if not asking.can() then return end
    local wanted = new_settings(wire, files).wanted()
    local regions = selected()
    if #regions == 0 then
      asking.say("Select an audio region first.")
      return
    end
    for _, region in ipairs(regions) do
      local told = analyze(region, wanted)
      if not told then return end -- cancelled: the others as well
      if not told.ok then
        asking.complain(region:name() .. ": " .. told.text)
        return
      end
    end
  end
end
