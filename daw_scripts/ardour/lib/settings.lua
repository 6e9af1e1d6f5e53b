-- What the user wants as live marks and of an analysis, in a file beside Ardour's own settings.

return function(wire, files)
  local path = ARDOUR.user_config_directory(-1) .. "/dawbridge.settings"
  local settings = {
    ROLES = { "section", "riff", "chord", "key", "tempo" },
    roles = { section = true, riff = true, key = true, tempo = true },
    during = "record",
    WANTS = { "sections", "riffs", "chords", "key", "drums", "loops" },
    wants = { sections = true, riffs = true, chords = true, key = true },
  }

  local told = wire.lines().push(files.read(path) or "")[1]
  if told and told.verb == "settings" then
    settings.roles = {}
    for _, role in ipairs(wire.list(told.values.roles)) do settings.roles[role] = true end
    settings.during = told.values["while"] == "play" and "play" or "record"
    settings.wants = {}
    for _, want in ipairs(wire.list(told.values.wants)) do settings.wants[want] = true end
  end

  local function list(all, chosen)
    local told = {}
    for _, each in ipairs(all) do
      if chosen[each] then told[#told + 1] = each end
    end
    return table.concat(told, ",")
  end

  -- Live marks, and what an analysis brings: `section,riff,...`, `sections,riffs,...`.
  function settings.marks() return list(settings.ROLES, settings.roles) end
  function settings.wanted() return list(settings.WANTS, settings.wants) end

  function settings.save()
    return files.write(path, wire.encode("settings", "roles", settings.marks(),
      "while", settings.during, "wants", settings.wanted()))
  end

  return settings
end
