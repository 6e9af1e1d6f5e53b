ardour {
  ["type"] = "EditorAction",
  name = "dawbridge: take everything out",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[Removes every marker, range and region that dawbridge made, after a question.]],
}

function factory(_)
  local action = (function()
    --@include ardour/lib/action.lua
  end)()
  local asking = action.asking

  return function()
    if not asking.can() then return end
    local sure = LuaDialog.Message("dawbridge",
      "Take every marker, range and region of dawbridge out of this session?",
      LuaDialog.MessageType.Question, LuaDialog.ButtonType.Yes_No):run()
    if sure ~= LuaDialog.Response.Yes then return end
    local told = asking.ask("dawbridge", "remove")
    if told and not told.ok then asking.complain(told.text) end
  end
end
