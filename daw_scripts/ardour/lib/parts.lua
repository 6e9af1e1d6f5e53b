-- Notes and sound files as regions on tracks, in samples. Both come in by Ardour's own import.
-- Seen in Ardour 7.3.
--
-- * A list must be held by a name while it is walked through (see places.lua).
-- * The import asks about a file that it has taken before: every file gets a name of its own.

return function(places, smf, files)
  local parts = {}

  local function id_of(thing) return thing:to_stateful():id():to_s() end

  local function tracks()
    local found, list = {}, Session:get_tracks()
    for route in list:iter() do found[id_of(route)] = route end
    return found
  end

  local function regions(playlist)
    local found, list = {}, playlist:region_list()
    for region in list:iter() do found[#found + 1] = region end
    return found
  end

  -- The region of this id, and the playlist it lies on; nil where there is none.
  local function find(id)
    for _, route in pairs(tracks()) do
      local playlist = route:to_track():playlist()
      for _, region in ipairs(regions(playlist)) do
        if id_of(region) == id then return region, playlist end
      end
    end
  end

  -- How it is now: at, end, name, and the region's id.
  local function look(region)
    local at = places.samples(region:position())
    return { at = at, ["end"] = at + places.samples(region:length()), name = region:name(),
      region = id_of(region) }
  end

  -- How the regions on all tracks are now, by id.
  function parts.all()
    local found = {}
    for _, route in pairs(tracks()) do
      for _, region in ipairs(regions(route:to_track():playlist())) do
        found[id_of(region)] = look(region)
      end
    end
    return found
  end

  local function track_called(name, kind)
    local route = Session:route_by_name(name)
    if not route or route:isnil() then return nil end
    local track = route:to_track()
    if track:isnil() or track:playlist():data_type():to_string() ~= kind then return nil end
    return track
  end

  -- Imports a file onto the track of that name, which is made where there is none.
  -- -> region; or nil, why
  local function import(path, at, track_name, kind)
    local track = track_called(track_name, kind)
    local before, known = tracks(), {}
    for _, region in ipairs(track and regions(track:playlist()) or {}) do
      known[id_of(region)] = true
    end
    local paths = C.StringVector()
    paths:push_back(path)
    -- Distinct files would go to the track that is selected, in series they go to ours.
    Editor:do_import(paths, track and Editing.ImportSerializeFiles or Editing.ImportDistinctFiles,
      track and Editing.ImportToTrack or Editing.ImportAsTrack, ARDOUR.SrcQuality.SrcBest,
      ARDOUR.MidiTrackNameSource.SMFTrackName, ARDOUR.MidiTempoMapDisposition.SMFTempoIgnore,
      places.at(at), ARDOUR.PluginInfo(), track or ARDOUR.Track(), false)
    if not track then
      for id, route in pairs(tracks()) do
        if not before[id] then
          route:set_name(track_name)
          track = route:to_track()
        end
      end
    end
    for _, region in ipairs(track and regions(track:playlist()) or {}) do
      if not known[id_of(region)] then return region end
    end
    return nil, "Ardour did not take the file " .. path
  end

  -- at,length,pitch,velocity,channel;... in seconds from sample `origin`, as ticks from sample
  -- `at`. What would lie before that lies on it. nil where it is none.
  local function notes_of(text, origin, at, rate)
    local notes = {}
    local function ticks(sample) return places.at(sample):ticks() end -- by the tempo map
    local begin = ticks(at)
    for each in text:gmatch("[^;]+") do
      local from, length, pitch, velocity, channel = each:match(
        "^([^,]+),([^,]+),(%d+),(%d+),(%d+)$")
      from, length = tonumber(from), tonumber(length)
      if not from or not length then return nil end
      local first = math.max(origin + math.floor(from * rate + 0.5), at)
      local last = math.max(origin + math.floor((from + length) * rate + 0.5), first)
      local tick, off = ticks(first) - begin, ticks(last) - begin
      notes[#notes + 1] = { tick, off - tick, math.tointeger(tonumber(pitch)),
        math.tointeger(tonumber(velocity)), math.tointeger(tonumber(channel)) }
    end
    return notes, ticks, begin
  end

  -- The region of a fact with notes; or nil, why
  local function put_notes(fact, origin, at, finish, name, rate, path)
    local notes, ticks, begin = notes_of(fact.notes or "", origin, at, rate)
    if not notes then return nil, "its notes could not be read" end
    local last = math.max(ticks(finish) - begin, 1)
    path = path .. ".mid"
    local written, why = files.write(path, smf(name, notes, last))
    if not written then return nil, why end
    local region, reason = import(path, at, fact.track or name, "midi")
    os.remove(path)
    if region then region:set_name(name) end
    return region, reason
  end

  -- The region of a part of a sound file; or nil, why
  local function put_loop(fact, origin, at, finish, name, rate, path)
    local from = fact.path or ""
    local sound = files.read(from)
    if not sound then return nil, "the file " .. from .. " is not there" end
    path = path .. (from:match("%.%w+$") or ".wav")
    local written, why = files.write(path, sound)
    if not written then return nil, why end
    local region, reason = import(path, at, fact.track or name, "audio")
    os.remove(path)
    if not region then return nil, reason end
    local offset = math.floor((tonumber(fact.offset) or 0) * rate + 0.5) + at - origin
    local whole = places.samples(region:length())
    local length = math.min(finish > at and finish - at or whole, whole - offset)
    if length > 0 and (offset > 0 or length < whole) then
      region:trim_to(places.at(at + offset), Temporal.timecnt_t(length))
      region:set_position(places.at(at))
    end
    region:set_name(name)
    return region
  end

  -- Puts a fact of kind `notes` or `loop` from sample `at` on; `origin`: where it begins by
  -- itself, which may be before the session does. `path`: of a file that is not there, without
  -- ending. -> how it is then; or nil, why
  function parts.put(fact, origin, at, finish, name, rate, path)
    if not places.modern then return nil, "Ardour 7 or newer is needed for it" end
    local put = fact.kind == "notes" and put_notes or put_loop
    local region, why = put(fact, origin, at, finish, name, rate, path)
    if not region then return nil, why end
    return look(region)
  end

  function parts.drop(id)
    local region, playlist = find(id)
    if region then playlist:remove_region(region) end
  end

  -- { id = region } on the audio tracks: what a recording adds to it is new.
  function parts.sounds()
    local found = {}
    for _, route in pairs(tracks()) do
      for _, region in ipairs(regions(route:to_track():playlist())) do
        if not region:to_audioregion():isnil() then found[id_of(region)] = region end
      end
    end
    return found
  end

  -- The sound file of a region, its first channel; nil where it is none.
  function parts.path(region)
    local file = region:source(0):to_filesource()
    if file:isnil() then return nil end
    return file:path()
  end

  return parts
end
