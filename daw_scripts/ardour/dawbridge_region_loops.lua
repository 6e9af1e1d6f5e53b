ardour {
  ["type"] = "EditorAction",
  name = "dawbridge: loops of the selected region",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[Each riff of the selected audio regions as a loop on a track of its name.]],
}

function factory(_)
  local action = (function()
    --@include ardour/lib/action.lua
  end)()
  local selected = (function()
    --@include ardour/lib/selected.lua
  end)()(action)

  return function()
    if action.asking.can() then selected.analyze("loops") end
  end
end
