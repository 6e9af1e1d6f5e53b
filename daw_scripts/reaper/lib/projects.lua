-- Which project is in front, and by what id it is known.
--
-- The id is made once and stands in the project from the first change of ours on; until then it
-- is remembered here: a project that is only listened to is not marked as changed.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local store = dofile(here .. "store.lua")

local SECTION = "dawbridge"

return function(new_token)
  local projects = {}
  local known = {} -- by pointer, as text

  -- Ids that were made since Reaper began: this survives a restart of the script.
  local function made(id)
    return reaper.GetExtState(SECTION, "made"):find(id, 1, true) ~= nil
  end

  local function make()
    local id = new_token()
    local ids = reaper.GetExtState(SECTION, "made") .. " " .. id
    reaper.SetExtState(SECTION, "made", ids:sub(-2000), false)
    return id
  end

  local function recognised(before, proj, path, stands)
    if not before then return nil end
    if before.fresh then
      return before.path == path and before.from == stands and before or nil
    end
    if stands ~= "" then return before.id == stands and before or nil end
    -- Its id is gone with an undo; in a project opened in its place there is nothing to redo.
    if before.stood then return reaper.Undo_CanRedo2(proj) and before or nil end
    return (before.path == path or before.path == "") and before or nil -- saved for the first time
  end

  -- The project in front: { proj, path, title, id, fresh, stood }; the same table as long as it
  -- is the same project.
  --   stood  its id was written into it
  --   fresh  what stands in it is another project's: an unsaved project that holds an id of
  --          before comes from a template, and everything of that song would appear in this one
  function projects.front()
    local proj, path = reaper.EnumProjects(-1)
    path = path or ""
    local pointer, stands = tostring(proj), store.id(proj)
    local one = recognised(known[pointer], proj, path, stands)
    if not one then
      local fresh = stands ~= "" and path == "" and not made(stands)
      local id = (stands == "" or fresh) and make() or stands
      one = { proj = proj, id = id, fresh = fresh, from = stands, stood = stands ~= "" and not fresh }
      known[pointer] = one
    end
    one.path, one.title = path, path:match("([^/\\]+)$") or ""
    return one
  end

  -- Pointers of closed projects may come back for others.
  function projects.tidy()
    local open, index = {}, 0
    while true do
      local proj = reaper.EnumProjects(index)
      if not proj then break end
      open[tostring(proj)] = true
      index = index + 1
    end
    for pointer in pairs(known) do
      if not open[pointer] then known[pointer] = nil end
    end
  end

  return projects
end
