ardour {
  ["type"] = "EditorAction",
  name = "dawbridge: drums that were heard",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[The drums of what was last recorded or played, as a MIDI region on the track dawbridge drums heard.]],
}

function factory(_)
  local action = (function()
    --@include ardour/lib/action.lua
  end)()
  local asking = action.asking

  return function()
    if not asking.can() then return end
    local told = asking.ask("dawbridge: drums", "drums", "track", "dawbridge drums heard")
    if told and not told.ok then asking.complain(told.text) end
  end
end
