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
      "Take every marker, range and region of dawbridge out of this session, also those that you "
        .. "renamed or moved? Its tracks stay, empty.\n\ndawbridge cannot put them back: new ones "
        .. "come when you record or analyze again.",
      LuaDialog.MessageType.Question, LuaDialog.ButtonType.Yes_No):run()
    if sure ~= LuaDialog.Response.Yes then return end
    local told = asking.ask("dawbridge: take everything out", "remove")
    if not told then return end
    if not told.ok then return asking.complain(told.text) end
    asking.say("What dawbridge put into this session is out of it. Tracks stay: delete by hand "
      .. "those that you do not need.")
  end
end
