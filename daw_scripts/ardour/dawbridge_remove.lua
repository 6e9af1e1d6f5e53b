ardour {
  ["type"] = "EditorAction",
  name = "dawbridge: take everything out, or put it back",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[Removes every marker, range and region that dawbridge made, or puts back what was changed or deleted of it.]],
}

function factory(_)
  local action = (function()
    --@include ardour/lib/action.lua
  end)()
  local asking = action.asking

  return function()
    if not asking.can() then return end
    local wish = LuaDialog.Dialog("dawbridge", {
      { type = "radio", key = "what", title = "Markers, ranges and regions of dawbridge",
        values = { ["Take everything out"] = "remove",
          ["Put back what I moved, renamed or deleted"] = "restore" },
        default = "Take everything out" },
    }):run()
    if not wish then return end
    local told = asking.ask("dawbridge", wish.what)
    if told and not told.ok then asking.complain(told.text) end
  end
end
