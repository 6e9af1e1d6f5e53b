-- What a script says to the daemon, a line each (docs/daw_protocol.md, "From the script").
-- A thing of ours is { at =, end_ =, name = }, in seconds; `end_` is nil where it has none.
-- Lua 5.3 and 5.4. Nothing of the host is used: Ardour inlines this chunk.

return function(wire)
  local lines = {}
  local encode = wire.encode

  -- script: { daw, version, script, can, roles, during }; token: of this talk; daemon: its token;
  -- project: { id, from, title }
  function lines.hello(script, token, daemon, project)
    return encode("hello", "protocol", wire.PROTOCOL, "daw", script.daw, "version", script.version,
      "script", script.script, "token", token, "daemon", daemon, "project", project.id,
      "from", project.from, "title", project.title, "unit", "seconds", "can", script.can,
      "roles", script.roles, "while", script.during)
  end

  function lines.project(project)
    return encode("project", "project", project.id, "from", project.from, "title", project.title)
  end

  -- was: as it was after it was applied; now: as it is, nil: the user deleted it
  function lines.have(id, rev, was, now)
    local is = now or {}
    return encode("have", "id", id, "rev", rev, "at", is.at, "end", is.end_, "name", is.name,
      "was_at", was.at, "was_end", was.end_, "was_name", was.name, "gone", not now and 1 or nil)
  end

  function lines.edit(id, was, now)
    if not now then return encode("gone", "id", id) end
    return encode("edit", "id", id, "at", now.at, "end", now.end_, "name", now.name,
      "was_at", was.at, "was_end", was.end_, "was_name", was.name)
  end

  -- fields: t, at, play, record, rate, loop_start, loop_end, cursor
  function lines.clock(fields)
    return encode("clock", "t", fields.t, "at", fields.at, "play", fields.play,
      "record", fields.record, "rate", fields.rate, "loop_start", fields.loop_start,
      "loop_end", fields.loop_end, "cursor", fields.cursor)
  end

  -- file: path, item, at, offset, length, rate
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
