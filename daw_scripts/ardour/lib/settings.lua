-- What the user wants as live marks, in a file of Ardour's own settings.

return function(wire, files)
  local path = ARDOUR.user_config_directory(-1) .. "/dawbridge.settings"
  local settings = {
    ROLES = { "section", "riff", "chord", "key", "tempo", "beat" },
    roles = { section = true, riff = true, key = true, tempo = true },
    during = "record",
  }

  local told = wire.lines().push(files.read(path) or "")[1]
  if told and told.verb == "settings" then
    settings.roles = {}
    for _, role in ipairs(wire.list(told.values.roles)) do settings.roles[role] = true end
    settings.during = told.values["while"] == "play" and "play" or "record"
  end

  function settings.list()
    local chosen = {}
    for _, role in ipairs(settings.ROLES) do
      if settings.roles[role] then chosen[#chosen + 1] = role end
    end
    return table.concat(chosen, ",")
  end

  function settings.save()
    return files.write(path,
      wire.encode("settings", "roles", settings.list(), "while", settings.during))
  end

  return settings
end
