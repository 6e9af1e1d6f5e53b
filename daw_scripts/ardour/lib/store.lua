-- What of ours the session holds: its id, and one entry for each fact that was applied, in a file
-- beside it, one for each snapshot.
--
-- The file is written when something is applied, the session when the user saves. So what it says
-- counts only as far as the session agrees (dawbridge.lua): an entry whose marker is missing was
-- never saved, and is forgotten, unless it says that the user deleted it.
-- Entries: id rev kind role group, at end name as it was applied, now_at now_end now_name as it
-- was last seen, gone, and for what lies on tracks `region`, Ardour's id. Positions in samples.
-- The first line, `project`: id, `from` (of the project that this is a copy of), and where the
-- session lay when it got it: folder, snapshot.

return function(wire, files)
  local TEXTS = { "id", "rev", "kind", "role", "group", "name", "now_name", "region" }
  local NUMBERS = { "at", "end", "now_at", "now_end" }
  local store = {}

  local function path_of(folder, snapshot)
    return folder .. "/dawbridge." .. files.part(snapshot) .. ".store"
  end

  -- -> entries, values of the project's line; nil: there is no such file
  local function read(path)
    local text = files.read(path)
    if not text then return nil end
    local entries, noted = {}, {}
    for _, told in ipairs(wire.lines().push(text)) do
      local values, entry = told.values, nil
      if told.verb == "project" then
        noted = values
      elseif told.verb == "entry" and values.id then
        entry = { gone = values.gone == "1" }
        for _, name in ipairs(TEXTS) do entry[name] = values[name] or "" end
        for _, name in ipairs(NUMBERS) do
          entry[name] = math.floor(wire.number(values[name]) or 0)
        end
        entries[entry.id] = entry
      end
    end
    return entries, noted
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

  -- Whether two paths lead to one folder (through links, a mapped drive): what is laid into one
  -- lies in the other.
  local function same_folder(one, other, token)
    if one == other then return true end
    local probe = "/dawbridge.probe"
    if not files.write(one .. probe, token) then return false end
    local same = files.read(other .. probe) == token
    os.remove(one .. probe)
    return same
  end

  -- The store of the session in this folder under this snapshot's name; token() makes an id.
  -- -> { entries = by id, project = { id, from }, save(), follow(folder, snapshot) }
  function store.open(folder, snapshot, token)
    local kept = {}
    local entries, noted = read(path_of(folder, snapshot))
    if not entries then -- a new snapshot begins with what was known last
      local last = files.read(folder .. "/dawbridge.last")
      if last then entries, noted = read(path_of(folder, last)) end
    end
    noted = noted or {}
    kept.entries = entries or {}
    kept.project = { id = noted.id, from = noted.from }
    local lay = noted.folder and noted.snapshot
      and { folder = noted.folder, snapshot = noted.snapshot }
    local told_last

    -- Saved under another name, or a copied folder, while the original is still there.
    local function is_copy()
      local file = lay and lay.folder .. "/" .. lay.snapshot:gsub("[/\\]", "_") .. ".ardour"
      if not file or not files.there(file) then return false end
      return lay.snapshot ~= snapshot or not same_folder(folder, lay.folder, token())
    end

    local function settle()
      local id = kept.project.id
      if not id or is_copy() then kept.project = { id = token(), from = id } end
      lay = { folder = folder, snapshot = snapshot }
    end

    -- The session is now saved there. -> whether that is another project
    function kept.follow(now_folder, now_snapshot)
      local before = kept.project.id
      folder, snapshot, told_last = now_folder, now_snapshot, nil
      settle()
      return kept.project.id ~= before
    end

    -- true, or nil and a reason.
    function kept.save()
      local order = {}
      for id in pairs(kept.entries) do order[#order + 1] = id end
      table.sort(order)
      local lines = { wire.encode("project", "id", kept.project.id, "from", kept.project.from,
        "folder", folder, "snapshot", snapshot) }
      for _, id in ipairs(order) do lines[#lines + 1] = line(kept.entries[id]) end
      local done, why = files.write(path_of(folder, snapshot), table.concat(lines))
      if done and told_last ~= snapshot then
        files.write(folder .. "/dawbridge.last", snapshot)
        told_last = snapshot
      end
      return done, why
    end

    settle()
    return kept
  end

  return store
end
