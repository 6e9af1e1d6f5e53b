-- What of ours the session holds: one entry for each fact that was applied, in a file beside it.
--
-- The file is written when something is applied, the session when the user saves. So what it says
-- counts only as far as the session agrees (dawbridge.lua): an entry whose marker is missing was
-- never saved, and is forgotten, unless it says that the user deleted it.
-- Entries: id rev kind role group, at end name as it was applied, now_at now_end now_name as it
-- was last seen, gone, and for what lies on tracks `region`, Ardour's id. Positions in samples.

return function(wire, files)
  local TEXTS = { "id", "rev", "kind", "role", "group", "name", "now_name", "region" }
  local NUMBERS = { "at", "end", "now_at", "now_end" }
  local store = {}

  local function read(path)
    local text = files.read(path)
    if not text then return nil end
    local entries = {}
    for _, told in ipairs(wire.lines().push(text)) do
      local values, entry = told.values, nil
      if told.verb == "entry" and values.id then
        entry = { gone = values.gone == "1" }
        for _, name in ipairs(TEXTS) do entry[name] = values[name] or "" end
        for _, name in ipairs(NUMBERS) do
          entry[name] = math.floor(wire.number(values[name]) or 0)
        end
        entries[entry.id] = entry
      end
    end
    return entries
  end

  local function line(entry)
    local fields = {}
    for _, name in ipairs(TEXTS) do
      fields[#fields + 1] = name
      fields[#fields + 1] = entry[name] or ""
    end
    for _, name in ipairs(NUMBERS) do
      fields[#fields + 1] = name
      fields[#fields + 1] = entry[name]
    end
    fields[#fields + 1] = "gone"
    fields[#fields + 1] = entry.gone
    return wire.encode("entry", table.unpack(fields))
  end

  -- open(folder, snapshot) -> entries by id, save(snapshot). Each snapshot of a session has a
  -- file of its own; a new one begins with what was known last.
  function store.open(folder, snapshot)
    local function path(name) return folder .. "/dawbridge." .. files.part(name) .. ".store" end
    local last = files.read(folder .. "/dawbridge.last")
    local entries = read(path(snapshot)) or (last and read(path(last))) or {}
    local told_last

    local function save(now)
      local order = {}
      for id in pairs(entries) do order[#order + 1] = id end
      table.sort(order)
      local lines = {}
      for at, id in ipairs(order) do lines[at] = line(entries[id]) end
      local kept, why = files.write(path(now), table.concat(lines))
      if kept and told_last ~= now then
        files.write(folder .. "/dawbridge.last", now)
        told_last = now
      end
      return kept, why
    end

    return entries, save
  end

  -- The id of the project: kept in the session's folder, made where there is none.
  function store.project(folder, token)
    local path = folder .. "/dawbridge.project"
    local known = (files.read(path) or ""):match("^(%x+)\n")
    if known then return known end
    local made = token()
    files.write(path, made .. "\n")
    return made
  end

  return store
end
