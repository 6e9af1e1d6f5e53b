-- What we say to the daemon, a line each (docs/daw_protocol.md, "From the script").

return function(wire)
  local lines = {}
  local encode = wire.encode

  -- given: version, settings; talk: its token; project: of projects.lua
  function lines.hello(given, token, daemon, project, can)
    return encode("hello", "protocol", wire.PROTOCOL, "daw", "reaper",
      "version", reaper.GetAppVersion(), "script", given.version, "token", token,
      "daemon", daemon, "project", project.id, "from", project.from, "title", project.title,
      "unit", "seconds", "can", can, "roles", given.settings.roles(),
      "while", given.settings.when())
  end

  function lines.project(project)
    return encode("project", "project", project.id, "from", project.from, "title", project.title)
  end

  -- entry: how it was after it was applied; now: how it is, nil: the user deleted it
  function lines.have(id, entry, now)
    local is = now or entry
    return encode("have", "id", id, "rev", entry.rev, "at", is.at, "end", is.end_,
      "name", is.name, "was_at", entry.at, "was_end", entry.end_, "was_name", entry.name,
      "gone", not now and 1 or nil)
  end

  function lines.edit(id, entry, now)
    if not now then return encode("gone", "id", id) end
    return encode("edit", "id", id, "at", now.at, "end", now.end_, "name", now.name,
      "was_at", entry.at, "was_end", entry.end_, "was_name", entry.name)
  end

  function lines.clock(fields)
    return encode("clock", "t", fields.t, "at", fields.at, "play", fields.play,
      "record", fields.record, "rate", fields.rate)
  end

  function lines.recorded(file)
    return encode("recorded", "path", file.path, "item", file.item, "at", file.at,
      "offset", file.offset, "length", file.length, "rate", file.rate)
  end

  -- failed: list of { id, why }
  function lines.done(number, failed)
    local ids, why = {}, nil
    for _, each in ipairs(failed) do
      if each.id ~= "" then ids[#ids + 1] = each.id end
      why = why or each.why
    end
    return encode("done", "batch", number, "failed", table.concat(ids, ","), "why", why)
  end

  function lines.ready() return encode("ready") end

  function lines.bye() return encode("bye") end

  return lines
end
