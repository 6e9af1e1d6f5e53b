ardour {
  ["type"] = "EditorAction",
  name = "dawbridge: put back what I changed",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[Puts back what you moved, renamed or deleted of what dawbridge made.]],
}

function factory(_)
  local action = (function()
    --@include ardour/lib/action.lua
  end)()
  local asking = action.asking

  return function()
    if not asking.can() then return end
    local told = asking.ask("dawbridge: put back what I changed", "restore")
    if not told then return end
    if not told.ok then return asking.complain(told.text) end
    asking.say("All that dawbridge knows for this session stands in it now, as dawbridge knows "
      .. "it. What \"take everything out\" removed does not come back: record or analyze again.")
  end
end
