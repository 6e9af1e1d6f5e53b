-- An item cut at times of the project. Its GUID stays with the left-most piece.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local items = dofile(here .. "items.lua")

local split = {}

local NEAR = 0.005 -- seconds: a cut nearer to an edge would leave a piece that nobody can see

-- fields: item (GUID), at ("1.5,12,20"). -> true | nil, why
function split.run(proj, fields)
  local item = items.find(proj, fields.item or "")
  if not item then return nil, "the item is not in the project any more" end
  local times = {}
  for each in (fields.at or ""):gmatch("[^,]+") do times[#times + 1] = tonumber(each) end
  table.sort(times)
  for _, at in ipairs(times) do
    local start = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
    local finish = start + reaper.GetMediaItemInfo_Value(item, "D_LENGTH")
    if at > start + NEAR and at < finish - NEAR then
      local right = reaper.SplitMediaItem(item, at)
      if not right then return nil, "Reaper did not split the item; is it locked?" end
      item = right
    end
  end
  return true
end

return split
