-- Which of the session's markers and ranges are ours. Pure: only table is used.
--
-- Ardour's Lua gives them no ids (7.3 reads other memory for `location:id()`), so one is known by
-- kind, place and name, as they were when it was last looked at. What has changed since is found
-- among the things that nobody knew then: same place, so it was renamed; same name, so it was
-- moved. A thing that was there before and was not ours never becomes ours.

local matching = {}

local function signature(kind, at, finish, name)
  return ("%s %d %d %s"):format(kind, at, finish, name)
end

local function of(thing) return signature(thing.kind, thing.at, thing["end"], thing.name) end

-- Takes one thing of the signature out of `pool`.
local function take(pool, key)
  local list = pool[key]
  return list and table.remove(list)
end

-- known: { id = { kind=, at=, end=, name= } } as last seen; things: a list of the same form.
-- foreign: counts by signature, as the last call gave them; nil: only what is unchanged is found.
-- -> { id = thing }, the new foreign
function matching.match(known, things, foreign)
  local pool, order = {}, {}
  for _, thing in ipairs(things) do
    local key = of(thing)
    pool[key] = pool[key] or {}
    table.insert(pool[key], thing)
  end
  for id in pairs(known) do order[#order + 1] = id end
  table.sort(order, function(a, b)
    if known[a].at ~= known[b].at then return known[a].at < known[b].at end
    return a < b
  end)

  local found, open = {}, {}
  for _, id in ipairs(order) do
    found[id] = take(pool, of(known[id]))
    if not found[id] then open[#open + 1] = id end
  end
  if foreign and #open > 0 then
    local fresh = {}
    for key, list in pairs(pool) do
      for at = (foreign[key] or 0) + 1, #list do fresh[#fresh + 1] = list[at] end
    end
    for _, renamed in ipairs({ true, false }) do
      for _, id in ipairs(open) do
        local was, best, least = known[id], nil, nil
        for at, thing in ipairs(fresh) do
          local same = thing.kind == was.kind and not found[id]
            and (renamed and thing.at == was.at and thing["end"] == was["end"]
              or not renamed and thing.name == was.name)
          local far = math.abs(thing.at - was.at)
          if same and (not least or far < least) then best, least = at, far end
        end
        if best then
          found[id] = table.remove(fresh, best)
          local list = pool[of(found[id])]
          for at, thing in ipairs(list) do
            if thing == found[id] then
              table.remove(list, at)
              break
            end
          end
        end
      end
    end
  end

  local others = {}
  for key, list in pairs(pool) do
    if #list > 0 then others[key] = #list end
  end
  return found, others
end

return matching
