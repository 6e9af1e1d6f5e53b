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

  -- The table of before, if the tab still holds the same project.
  local function recognised(before, proj, path, stands)
    if not before then return nil end
    if not before.stood then -- nothing was written into it: it is as it was found
      local same = before.path == path or before.path == "" and stands == "" -- saved at last
      return stands == before.standing and same and before or nil
    end
    if stands == before.id then
      -- Under another name while the file of before is still there: it was copied.
      local copied = before.path ~= path and before.path ~= "" and reaper.file_exists(before.path)
      return not copied and before or nil
    end
    -- Its id is gone with an undo; in a project opened in its place there is nothing to redo.
    return stands == (before.from or "") and reaper.Undo_CanRedo2(proj) and before or nil
  end

  -- Saved under another name, or made from a template: everything of that song would appear in
  -- this one as well. A project that was only moved or renamed is itself.
  local function copied(before, path, stands, place)
    if before and before.id == stands then place = before.path end
    if path == "" then return not made(stands) end
    return place ~= "" and place ~= path and reaper.file_exists(place)
  end

  -- The project in front: { proj, path, title, id, from, stood }; the same table as long as it is
  -- the same project.
  --   from   the id of the project that it is a copy of, or nil
  --   stood  its id was written into it; until then it is only known here
  function projects.front()
    local proj, path = reaper.EnumProjects(-1)
    path = path or ""
    local pointer, stands = tostring(proj), store.id(proj)
    local before = known[pointer]
    local one = recognised(before, proj, path, stands)
    if not one then
      one = { proj = proj, standing = stands }
      if stands == "" then
        one.id = make()
      elseif copied(before, path, stands, store.place(proj)) then
        one.id, one.from = make(), stands
      else
        one.id, one.stood = stands, true
      end
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
