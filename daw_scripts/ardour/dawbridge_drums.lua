ardour {
  ["type"] = "EditorAction",
  name = "dawbridge: drums that were heard",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[The drums of what was last recorded or played, as a MIDI region on the track dawbridge drums heard.]],
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

  return function()
    if not asking.can() then return end
    local told = asking.ask("dawbridge: drums", "drums", "track", "dawbridge drums heard")
    if told and not told.ok then asking.complain(told.text) end
  end
end
