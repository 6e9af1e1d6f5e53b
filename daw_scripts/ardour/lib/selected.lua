-- The selected audio regions, each with its file, its track and its place, to be analysed.
-- A list must be held by a name while it is walked through (places.lua).

return function(action)
  local asking = action.asking
  local selected = {}

  local function regions()
    local found, list = {}, Editor:get_selection().regions:regionlist()
    for region in list:iter() do
      if not region:to_audioregion():isnil() then found[#found + 1] = region end
    end
    return found
  end

  local function id_of(region) return region:to_stateful():id():to_s() end

  -- Name of the track that it lies on.
  local function track_of(region)
    local id, tracks = id_of(region), Session:get_tracks()
    for route in tracks:iter() do
      local list = route:to_track():playlist():region_list()
      for each in list:iter() do
        if id_of(each) == id then return route:name() end
      end
    end
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
      "item", id_of(region),
      "map", ("%.9f,%.9f;%.9f,%.9f"):format(offset, at, offset + length, at + length),
      "want", wanted, "track", track_of(region), "title", region:name())
  end

  -- wanted: "sections,riffs,...". One after the other; a cancelled one ends it.
  function selected.analyze(wanted)
    local found = regions()
    if #found == 0 then
      asking.say("Select an audio region first.")
      return
    end
    for _, region in ipairs(found) do
      local told = analyze(region, wanted)
      if not told then return end
      if not told.ok then
        asking.complain(region:name() .. ": " .. told.text)
        return
      end
    end
  end

  return selected
end
