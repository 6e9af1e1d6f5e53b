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
    local told = asking.ask("dawbridge", "restore")
    if told and not told.ok then asking.complain(told.text) end
  end
end
