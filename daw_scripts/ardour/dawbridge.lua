ardour {
  ["type"] = "EditorHook",
  name = "dawbridge",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[Markers, ranges and MIDI of what dawbridge hears, put into the session while you record.]],
}

function signals()
  local chosen = {}
  for _, name in ipairs({ "LuaTimerDS", "LocationsModified", "StateSaved" }) do
    local signal = LuaSignal[name]
    if signal then chosen[signal] = true end
  end
  return LuaSignal.Set():add(chosen)
end

-- Ardour keeps only this function: everything stands inside it. It is called before there is a
-- session, and once for each session.
function factory(_)
  --@here
  local wire = (function()
    --@include lua/wire.lua
  end)()
  local spool = (function()
    --@include lua/spool.lua
  end)()(wire)
  local lines = (function()
    --@include lua/lines.lua
  end)()(wire)
  local new_batches = (function()
    --@include lua/batches.lua
  end)()
  local files = (function()
    --@include ardour/lib/files.lua
  end)()
  local store = (function()
    --@include ardour/lib/store.lua
  end)()(wire, files)
  local places = (function()
    --@include ardour/lib/places.lua
  end)()
  local matching = (function()
    --@include ardour/lib/matching.lua
  end)()
  local smf = (function()
    --@include ardour/lib/smf.lua
  end)()
  local parts = (function()
    --@include ardour/lib/parts.lua
  end)()(places, smf, files)
  local new_letters = (function()
    --@include ardour/lib/letters.lua
  end)()
  local new_settings = (function()
    --@include ardour/lib/settings.lua
  end)()

  local CAN = places.modern and "marker,region,notes,loop" or "marker,region"
  local ENOUGH = 0.05 -- seconds of work in one tick: the editor is drawn by the same thread
  local LOOK = 1.0 -- seconds between two looks at what the user changed
  local AGAIN = 10.0 -- seconds after a refusal until it is tried again
  local REFUSALS = 3 -- in a row, then the user is told in a window

  local precise = ARDOUR.LuaAPI.monotonic_time -- microseconds; 6.9 and later have it
  local function now() return precise and precise() / 1e6 or os.time() + 0.0 end

  local function random()
    local file = io.open("/dev/urandom", "rb")
    local signs = file and file:read(4)
    if file then file:close() end
    if signs then return string.unpack("I4", signs) / 4294967296 end
    return math.random()
  end

  -- Words go to Ardour's log (Window > Log), each sentence once until another was said.
  local said
  local function say(...)
    local words = table.concat({ ... }, " ")
    if words ~= said then
      said = words
      print("dawbridge: " .. words)
    end
  end

  local function message(kind, text)
    LuaDialog.Message("dawbridge", text, kind, LuaDialog.ButtonType.Close):run()
  end

  -- All of it is of one session.
  local folder, snapshot, rate, kept, letters, presence
  local foreign -- markers and ranges that are not ours, by the last look
  local unsaved = false
  local talk, greeted, daemon = nil, false, nil
  local refused = { times = 0, at = 0, token = nil }
  local batches -- lines of those that are not whole yet
  local queue = {} -- those that are whole: the first is under way, `next` its next line
  local looked, clocked, ticks = 0, 0, 0
  local stood -- where the transport stood before it rolled; nil: it has moved since
  local was_recording, sounds, listen_for = false, {}, nil
  local asked -- job of the letter under way

  local function seconds(samples) return samples / rate end
  local function samples(text) return math.floor((wire.number(text) or 0) * rate + 0.5) end

  local function keep()
    if not unsaved then return true end
    local done, reason = kept.save()
    if done then unsaved = false else say("what it put cannot be noted:", reason or "") end
    return done
  end

  local function is_place(entry) return entry.kind == "marker" or entry.kind == "region" end

  -- Entries that should be there, as they were seen last, or as they were applied.
  local function expected(applied)
    local known = {}
    for id, entry in pairs(kept.entries) do
      if is_place(entry) and (applied or not entry.gone) then
        known[id] = applied
          and { kind = entry.kind, at = entry.at, ["end"] = entry["end"], name = entry.name }
          or { kind = entry.kind, at = entry.now_at, ["end"] = entry.now_end,
            name = entry.now_name }
      end
    end
    return known
  end

  -- Those of ours that lie on tracks, as they are now, into `there`.
  local function find_parts(there)
    local regions -- many sessions have thousands: only where there is something to find
    for id, entry in pairs(kept.entries) do
      if not is_place(entry) and not entry.gone then
        regions = regions or parts.all()
        there[id] = regions[entry.region]
      end
    end
  end

  -- How each of ours is now in the session, by id.
  local function look_at_all()
    local there
    there, foreign = matching.match(expected(), places.all(), foreign)
    find_parts(there)
    return there
  end

  local function note(entry, thing)
    entry.now_at, entry.now_end, entry.now_name = thing.at, thing["end"], thing.name
    unsaved = true
  end

  -- What the store says counts as far as the session agrees: a session may have been closed
  -- without saving, after something was put, changed or deleted. So ours is found as it was last
  -- seen, or else as it was applied; what is not there was deleted, if the store says so, or else
  -- never saved.
  local function agree()
    local were_gone, there, rest = {}, {}, places.all()
    for id, entry in pairs(kept.entries) do
      were_gone[id], entry.gone = entry.gone, false
    end
    find_parts(there)
    for _, applied in ipairs({ false, true }) do
      local known = expected(applied)
      for id in pairs(there) do known[id] = nil end
      local found, left = matching.match(known, rest), {}
      local ours = {}
      for id, thing in pairs(found) do there[id], ours[thing] = thing, true end
      for _, thing in ipairs(rest) do
        if not ours[thing] then left[#left + 1] = thing end
      end
      rest = left
    end
    for id, entry in pairs(kept.entries) do
      if there[id] then
        note(entry, there[id])
      elseif were_gone[id] then
        entry.gone = true
      else
        kept.entries[id] = nil
      end
    end
    _, foreign = matching.match({}, rest)
  end

  local function where()
    return (Session:path():gsub("[/\\]+$", "")), Session:snap_name()
  end

  local function token() return spool.token(random) end

  local function open()
    local at, name = where()
    rate = Session:nominal_sample_rate()
    kept = store.open(at, name, token)
    letters = new_letters(wire, files, at)
    letters.take_back() -- of a session that ended meanwhile
    presence = spool.presence(here.folder, now)
    agree()
    folder, snapshot, unsaved = at, name, true
    keep() -- its id
  end

  local function send(line)
    local sent, reason = talk.send(line)
    if sent then return true end
    say("the daemon's folder cannot be written:", reason)
    talk.close()
    talk = nil
  end

  local function hang_up()
    if talk then
      send(lines.bye())
      if talk then talk.close() end
    end
    talk, greeted, queue = nil, false, {}
  end

  -- Ardour tells nobody that it closes a session, but throws this Lua away then, the newest
  -- things first: what was made after the file was opened can still write to it.
  local watch
  local function farewell(one)
    if one == watch then pcall(hang_up) end
  end

  -- To the action that waits; `missing`: there is no daemon.
  local function answer(text, missing)
    if asked then
      letters.answer(wire.encode("result", "job", asked, "ok", false, "text", text,
        "missing", missing))
    end
    asked = nil
  end

  -- How it is, or how it was applied, as the daemon is told.
  local function told_of(thing)
    return thing
      and { at = seconds(thing.at), end_ = seconds(thing["end"]), name = thing.name }
  end

  local function project()
    local title = Session:name()
    if snapshot ~= title then title = title .. ", " .. snapshot end
    return { id = kept.project.id, from = kept.project.from, title = title }
  end

  -- `hello` or `project`, and what the session holds.
  local function tell_all(first)
    if not send(first) then return end
    local there = look_at_all()
    for id, entry in pairs(kept.entries) do
      local thing = there[id]
      if thing then note(entry, thing) else entry.gone, unsaved = true, true end
      if not send(lines.have(id, entry.rev, told_of(entry), told_of(thing))) then return end
    end
    send(lines.ready())
    clocked = 0
  end

  local function begin(told)
    hang_up()
    local settings = new_settings(wire, files)
    local reason
    talk, reason = spool.begin(here.folder, "ardour", token(), files.make_folder)
    if not talk then
      say("the daemon's folder cannot be written:", reason)
      return
    end
    daemon = told.token
    watch = setmetatable({}, { __gc = farewell })
    batches = new_batches(wire, now)
    local script = { daw = "ardour", can = CAN, roles = settings.marks(), during = settings.during,
      version = ARDOUR.user_config_directory(-1):match("(%d+)[/\\]?$") or "",
      script = here.version or "unknown" }
    tell_all(lines.hello(script, talk.token, daemon, project()))
  end

  -- What the user changed since it was last told; how each of ours is now.
  local function compare()
    looked = now()
    local there = look_at_all()
    for id, entry in pairs(kept.entries) do
      local thing = there[id]
      if not talk then return there end
      if entry.gone then
        thing = nil
      elseif not thing then
        entry.gone, unsaved = true, true
        send(lines.edit(id, told_of(entry), nil))
      elseif thing.at ~= entry.now_at or thing["end"] ~= entry.now_end
        or thing.name ~= entry.now_name then
        note(entry, thing)
        send(lines.edit(id, told_of(entry), told_of(thing)))
      end
    end
    keep()
    return there
  end

  local deeds = {} -- what the lines of a batch do: true, or nil and why

  function deeds.put(fact, there, taken)
    local id, kind = fact.id, fact.kind
    local origin = samples(fact.at)
    local at = math.max(origin, 0) -- Ardour has nothing before its beginning
    local finish = math.max(fact["end"] and samples(fact["end"]) or at, at)
    if kind == "region" then finish = math.max(finish, at + 1) end
    if kind == "marker" then finish = at end
    local name = places.name(fact.name or "", fact.role or kind)
    local old, entry = there[id], kept.entries[id]
    local thing, reason
    if kind == "marker" or kind == "region" then
      local place = old and is_place(entry) and old or nil
      thing, reason = places.put(kind, at, finish, name, place, taken)
      if not thing then return nil, reason end
      if old and not place then parts.drop(entry.region) end
    elseif kind == "notes" or kind == "loop" then
      -- A name that no file had: the import would ask.
      local path = ("%s/dawbridge %s"):format(folder, token())
      thing, reason = parts.put(fact, origin, at, finish, name, rate, path)
      if not thing then return nil, reason end
      -- The new one is there: the old one may go.
      if old and is_place(entry) then places.drop(old) elseif old then parts.drop(entry.region) end
    else
      return nil, "Ardour has nothing of this kind"
    end
    kept.entries[id] = { id = id, rev = fact.rev or "", kind = kind, role = fact.role or "",
      group = fact.group or "", at = thing.at, ["end"] = thing["end"], name = thing.name,
      region = thing.region or "", gone = false }
    note(kept.entries[id], thing)
    there[id] = thing
    return true
  end

  function deeds.drop(told, there)
    local id = told.id
    local entry, thing = kept.entries[id], there[id]
    if not entry then return true end
    if thing and is_place(entry) then places.drop(thing) end
    if thing and not is_place(entry) then parts.drop(entry.region) end
    kept.entries[id], there[id] = nil, nil
    return true
  end

  function deeds.forget(told)
    kept.entries[told.id] = nil
    return true
  end

  -- Lines of the batch, as many as a tick has room for. A step that the user has begun and not
  -- ended (a drag) would be spoilt by the editor's own step for a marker: it waits.
  local function apply()
    local batch = queue[1]
    if not batch or Session:collected_undo_commands() then return end
    local there = compare()
    if not talk then return end
    local taken, stop = places.taken(places.all()), now() + ENOUGH
    batch.next, batch.failed = batch.next or 1, batch.failed or {}
    while batch.next <= #batch.lines do
      local told = batch.lines[batch.next]
      local id = told.values.id or ""
      batch.next = batch.next + 1 -- first: what throws is not tried for ever
      unsaved = true
      local fine, done, reason = pcall(deeds[told.verb], told.values, there, taken)
      if not fine then done, reason = nil, tostring(done) end
      if not done then
        batch.failed[#batch.failed + 1] = { id = id, why = reason }
        say("could not put", told.values.name or id .. ":", reason or "")
      end
      if now() > stop then break end
    end
    local noted = keep()
    if batch.next <= #batch.lines then return end
    if not noted then
      batch.failed[#batch.failed + 1] = { id = "", why = "what was put could not be noted" }
    end
    table.remove(queue, 1)
    send(lines.done(batch.number, batch.failed))
  end

  local function refuse(values)
    local words = (values.why or "dawbridge does not speak with this script") .. ". "
      .. (values.remedy or "")
    say(words)
    if talk then talk.close() end
    talk, greeted = nil, false
    refused.times = refused.token == daemon and refused.times + 1 or 1
    refused.token, refused.at, refused.words = daemon, now(), words
    answer(words)
    -- Once for each daemon, and never over a recording. After a crash our old conversation may
    -- still be thought alive for some seconds: that is no reason for a window.
    if refused.times == REFUSALS and not Session:actively_recording() then
      message(LuaDialog.MessageType.Warning, words)
    end
  end

  local function hear(told)
    local taken, whole = batches.hear(told)
    if batches.torn() then tell_all(lines.project(project())) end
    if whole and (whole.project or kept.project.id) == kept.project.id then
      queue[#queue + 1] = whole -- another's crossed a switch
    end
    if taken then return end
    local verb, values = told.verb, told.values
    if verb == "welcome" then
      greeted, refused.times, refused.words = true, 0, nil
      say("connected to dawbridge", values.version or "")
    elseif verb == "refuse" then
      refuse(values)
    elseif verb == "state" then
      say(values.text or values.state or "")
    elseif (verb == "progress" or verb == "result") and values.job == asked and asked then
      letters.answer(wire.encode(verb, "job", asked, "share", values.share, "ok", values.ok,
        "text", values.text))
      if verb == "result" then asked = nil end
    end
  end

  -- The range that it goes round; nil while it does not.
  local function loop()
    local range = Session:get_play_loop() and Session:locations():auto_loop_location()
    if not range then return nil end
    return seconds(places.samples(range:start())), seconds(places.samples(range:_end()))
  end

  local function tell_clock(playing, recording)
    local time = now()
    if time - clocked < (playing and 0.09 or 0.95) then return end
    clocked = time
    local speed = playing and Session:transport_speed() or 1
    -- The playhead, told once a block, is ahead of what is heard: what comes in now is recorded
    -- that much further left (measured: to a twentieth of a block).
    local late = playing and Session:worst_input_latency() or 0
    local at = Session:transport_sample() - late
    local t = precise and precise() / 1e6 or nil
    local fields = { t = t, at = seconds(at), play = playing, record = recording,
      rate = speed ~= 1 and speed or nil }
    if playing then
      -- Looked at in 7.3 alone: an Ardour that says it otherwise is heard without.
      local fine, from, to = pcall(loop)
      if fine then fields.loop_start, fields.loop_end = from, to end
      -- A locate starts the transport anew there: what `at` is told as at that moment.
      fields.cursor = Session.last_transport_start
        and seconds(Session:last_transport_start() - late)
    end
    send(lines.clock(fields))
  end

  -- What a recording has added: told once it has ended and its regions are there.
  local function follow_recording(recording)
    if recording and not was_recording then
      sounds, listen_for = parts.sounds(), nil
    elseif was_recording and not recording then
      listen_for = now() + 5
    end
    was_recording = recording
    if not listen_for or ticks % 5 ~= 0 then return end
    if now() > listen_for then listen_for = nil end
    for id, region in pairs(parts.sounds()) do
      local path = not sounds[id] and region:captured() and parts.path(region)
      sounds[id] = true
      if path and talk then
        send(lines.recorded({ path = path, item = id,
          at = seconds(places.samples(region:position())),
          offset = seconds(places.samples(region:start())),
          length = seconds(places.samples(region:length())), rate = 1 }))
      end
    end
  end

  -- A letter of an action: passed on, or answered here.
  local function read_letter(state)
    local told, line = letters.take()
    if not told then return end
    asked = told.values.job
    if told.verb == "settings" then
      asked = nil
      hang_up() -- what follows says them in its `hello`
    elseif state ~= "alive" then
      answer("dawbridge does not run", true)
    elseif not greeted then
      answer(refused.words or "dawbridge does not answer yet. Try again in a few seconds",
        not refused.words)
    elseif not talk.send(line) then
      answer("the daemon's folder cannot be written")
    end
  end

  -- The session was saved under another name, or as a snapshot with which the user goes on: what
  -- is put from here on belongs to that one.
  local function follow()
    local at, name = where()
    if at == folder and name == snapshot then return end
    folder, snapshot, unsaved = at, name, true
    letters = new_letters(wire, files, folder)
    if kept.follow(folder, snapshot) then
      answer("the session has another name now: ask again")
      hang_up() -- what follows says it in its `hello`
    end
    keep()
  end

  local function step(signal)
    if folder then follow() else open() end
    if signal == LuaSignal.StateSaved and talk and greeted then compare() end
    if signal == LuaSignal.LocationsModified then looked = math.min(looked, now() - LOOK + 0.2) end
    if signal ~= LuaSignal.LuaTimerDS then return end
    ticks = ticks + 1
    local state, told = presence.look()
    if talk and (state == "gone" or state == "alive" and told.token ~= daemon) then
      answer("dawbridge has ended")
      hang_up()
    end
    if state == "gone" then say("waiting for dawbridge; `dawbridge run` starts it") end
    read_letter(state)
    if state == "alive" and not talk then
      if refused.token == told.token and now() - refused.at < AGAIN then return end
      begin(told)
    end
    -- It says that it rolls while it still fills its buffers: not before it has moved.
    local rolling, sample = Session:transport_rolling(), Session:transport_sample()
    if not rolling then stood = sample end
    if sample ~= stood then stood = nil end
    local playing = rolling and stood == nil
    local recording = Session:actively_recording()
    if talk then tell_clock(playing, recording) end
    follow_recording(recording)
    while talk do
      local messages, reason = talk.read()
      if not messages then
        say("the daemon's folder cannot be read:", reason)
        hang_up()
        break
      end
      for _, each in ipairs(messages) do
        if talk then hear(each) end
      end
      if #messages == 0 or #queue > 0 then break end
    end
    if talk and batches.torn() then tell_all(lines.project(project())) end
    if talk then apply() end
    if talk and greeted and now() - looked >= LOOK then compare() end
  end

  if io == nil or os == nil then
    local told = false
    return function()
      if told then return end
      told = true
      print("dawbridge: Ardour keeps its scripts from files. Switch off Preferences > General > "
        .. "Sandbox all Lua scripts, and restart Ardour.")
    end
  end

  local busy = false -- an import or a window turns the main loop, and we would be called inside
  return function(signal)
    if busy or Session == nil then return end
    busy = true
    -- A throw would take the hook out of Ardour without a word.
    local fine, problem = pcall(step, signal)
    if not fine then say("something went wrong:", tostring(problem)) end
    busy = false
  end
end
