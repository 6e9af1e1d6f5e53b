-- What every action of the menu is made of, under one name.

--@here
local action = { here = here }

action.wire = (function()
  --@include lua/wire.lua
end)()
local files = (function()
  --@include ardour/lib/files.lua
end)()
local new_letters = (function()
  --@include ardour/lib/letters.lua
end)()
local new_settings = (function()
  --@include ardour/lib/settings.lua
end)()

action.asking = (function()
  --@include ardour/lib/asking.lua
end)()(action.wire, files, new_letters, here)

-- The user's settings as they are now; only where asking.can().
function action.settings() return new_settings(action.wire, files) end

-- Tells the hook something that needs no answer.
function action.tell(line)
  local folder = Session:path():gsub("[/\\]+$", "")
  new_letters(action.wire, files, folder).ask(line)
end

return action
