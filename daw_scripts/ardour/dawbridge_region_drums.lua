ardour {
  ["type"] = "EditorAction",
  name = "dawbridge: drums of the selected region",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[The drums of the selected audio regions, as MIDI regions on the track dawbridge drums.]],
}

function factory(_)
  local action = (function()
    --@include ardour/lib/action.lua
  end)()
  local selected = (function()
    --@include ardour/lib/selected.lua
  end)()(action)

  return function()
    if action.asking.can() then selected.analyze("drums") end
  end
end
