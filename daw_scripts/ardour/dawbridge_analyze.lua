ardour {
  ["type"] = "EditorAction",
  name = "dawbridge: analyze the selected region",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[Sections and riffs as ranges, chords and key as markers, from the selected audio regions; what exactly is chosen in the settings.]],
}

function factory(_)
  local action = (function()
    --@include ardour/lib/action.lua
  end)()
  local selected = (function()
    --@include ardour/lib/selected.lua
  end)()(action)

  return function()
    if not action.asking.can() then return end
    local wanted = action.settings().wanted()
    if wanted == "" then
      action.asking.say("The settings of dawbridge want nothing of an analysis: choose something "
        .. "there first.")
      return
    end
    selected.analyze(wanted)
  end
end
