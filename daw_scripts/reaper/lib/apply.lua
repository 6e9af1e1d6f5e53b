-- A batch of the daemon becomes one undo step: `put`, `drop`, `forget` in their order, and the
-- project's store with them. All within one call: an undo block is never open across a defer.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""

local apply = {}

local MISC, WITH_ITEMS, EVERYTHING = 8, 1 | 4 | 8, -1 -- what an undo step takes back
local FLAGS = { marker = MISC, region = MISC, tempo = EVERYTHING }

-- Appliers by kind; a file that is missing or broken means that we cannot do that kind.
function apply.appliers()
  local found, broken = {}, {}
  local function try(file, kinds)
    local ok, applier = pcall(dofile, here .. file)
    if ok and type(applier) == "table" then
      for _, kind in ipairs(kinds) do found[kind] = applier end
    else
      broken[#broken + 1] = file
    end
  end
  try("markers.lua", { "marker", "region" })
  try("items.lua", { "text", "notes", "loop" })
  try("tempo.lua", { "tempo" })
  return found, broken
end

function apply.kinds(appliers)
  local kinds = {}
  for _, kind in ipairs({ "marker", "region", "text", "tempo", "notes", "loop" }) do
    if appliers[kind] then kinds[#kinds + 1] = kind end
  end
  return table.concat(kinds, ",")
end

-- call(...) -> its results | nil, words. What throws inside becomes words.
local function guarded(call, ...)
  local told = table.pack(pcall(call, ...))
  if told[1] then return table.unpack(told, 2, told.n) end
  return nil, (tostring(told[2]):gsub("^.-:%d+: ", ""))
end

-- One undo step around work(): closed and drawn again whatever happens in it. -> as guarded()
function apply.step(proj, title, flags, work)
  reaper.Undo_BeginBlock2(proj)
  local held = pcall(reaper.PreventUIRefresh, 1)
  local told = table.pack(guarded(work))
  if held then reaper.PreventUIRefresh(-1) end
  reaper.Undo_EndBlock2(proj, title, flags())
  return table.unpack(told, 1, told.n)
end

local function near(one, other)
  return one == other or one and other and math.abs(one - other) < 1e-6
end

local function as_it_is(entry, fields, applier, proj)
  if not entry or entry.rev ~= fields.rev or entry.silent then return false end
  local now = guarded(applier.read, proj, entry.handle)
  return now and near(now.at, entry.at) and near(now.end_, entry.end_) and now.name == entry.name
    and near(now.at, tonumber(fields.at))
end

-- What is to be done, in order, runs of the tempo map together; what is done already is left out.
local function plan(batch, kept, appliers, failed)
  local steps = {}
  for _, line in ipairs(batch.lines) do
    local fields, last = line.values, steps[#steps]
    local id = fields.id or ""
    local entry = kept.facts[id]
    if line.verb == "put" then
      local applier = appliers[fields.kind]
      if not applier or id == "" then
        failed[#failed + 1] = { id = id, why = "this version of Reaper cannot hold it" }
      elseif not as_it_is(entry, fields, applier, kept.proj) then
        if fields.kind == "tempo" and applier.put_all then
          if not (last and last.tempo) then
            last = { tempo = true, list = {} }
            steps[#steps + 1] = last
          end
          last.list[#last.list + 1] = fields
        else
          steps[#steps + 1] = { put = fields }
        end
      end
    elseif line.verb == "drop" and entry then
      local applier = appliers[entry.kind]
      if entry.kind == "tempo" and applier and applier.drop_all then
        if not (last and last.untempo) then
          last = { untempo = true, list = {} }
          steps[#steps + 1] = last
        end
        last.list[#last.list + 1] = id
      else
        steps[#steps + 1] = { drop = id }
      end
    elseif line.verb == "forget" and entry then
      steps[#steps + 1] = { forget = id }
    end
  end
  return steps
end

local function flags_of(steps, kept)
  local flags = MISC
  for _, step in ipairs(steps) do
    local kind = step.put and step.put.kind
      or step.drop and kept.facts[step.drop] and kept.facts[step.drop].kind
      or (step.tempo or step.untempo) and "tempo" or "marker"
    local each = FLAGS[kind] or WITH_ITEMS
    flags = (each == EVERYTHING or flags == EVERYTHING) and EVERYTHING or flags | each
  end
  return flags
end

local function keep(kept, fields, handle, now)
  kept.put(fields.id, {
    rev = fields.rev or "", kind = fields.kind, role = fields.role, group = fields.group,
    handle = handle, at = now.at, end_ = now.end_, name = now.name or "",
  })
end

local function handle_of(kept, fields)
  local entry = kept.facts[fields.id]
  return entry and entry.kind == fields.kind and entry.handle or nil
end

local function do_step(step, kept, appliers, fail)
  local proj = kept.proj
  if step.put then
    local fields = step.put
    local handle = handle_of(kept, fields)
    local entry = kept.facts[fields.id]
    if entry and not handle then -- it was another kind
      local before = appliers[entry.kind]
      if before then guarded(before.drop, proj, entry.handle) end
    end
    local applier = appliers[fields.kind]
    local made, now = guarded(applier.put, proj, fields, handle)
    if not made or not now then return fail(fields.id, now) end
    local kept_it, why = pcall(keep, kept, fields, made, now)
    if not kept_it then -- what nobody remembers would be put once more: it goes
      if made ~= handle then guarded(applier.drop, proj, made) end
      fail(fields.id, tostring(why))
    end
  elseif step.tempo then
    for _, fields in ipairs(step.list) do fields.handle = handle_of(kept, fields) end
    local results, why = guarded(appliers.tempo.put_all, proj, step.list)
    for number, fields in ipairs(step.list) do
      local told = results and results[number] or { why = why }
      if told.handle and told.applied then
        keep(kept, fields, told.handle, told.applied)
      else
        fail(fields.id, told.why)
      end
    end
  elseif step.drop then
    local entry = kept.facts[step.drop]
    local applier = appliers[entry.kind]
    local _, why
    if applier then _, why = guarded(applier.drop, proj, entry.handle) end
    if why then fail(step.drop, why) else kept.drop(step.drop) end
  elseif step.untempo then
    local handles = {}
    for _, id in ipairs(step.list) do handles[#handles + 1] = kept.facts[id].handle end
    local _, why = guarded(appliers.tempo.drop_all, proj, handles)
    for _, id in ipairs(step.list) do
      if why then fail(id, why) else kept.drop(id) end
    end
  elseif step.forget then
    kept.drop(step.forget)
  end
end

-- batch: { title, lines = { { verb, values }, ... } }; kept: of store.lua
-- -> list of { id, why } that could not be
function apply.batch(batch, kept, appliers)
  local failed = {}
  local function fail(id, why)
    failed[#failed + 1] = { id = id, why = why or "Reaper did not take it" }
  end
  local steps = plan(batch, kept, appliers, failed)
  if #steps == 0 then return failed end -- no undo step in which nothing changes
  local forgets = true
  for _, step in ipairs(steps) do forgets = forgets and step.forget ~= nil end
  if forgets then -- the project stays as it is: nothing to undo
    for _, step in ipairs(steps) do guarded(do_step, step, kept, appliers, fail) end
    guarded(kept.seal)
    return failed
  end
  local flags, before = flags_of(steps, kept), kept.changed
  local count = reaper.GetProjectStateChangeCount(kept.proj)
  local _, why = apply.step(kept.proj, batch.title, function()
    -- Where nothing could be done, no step is wanted either.
    local same = kept.changed == before and reaper.GetProjectStateChangeCount(kept.proj) == count
    return same and 0 or flags
  end, function()
    for _, step in ipairs(steps) do
      local _, wrong = guarded(do_step, step, kept, appliers, fail)
      if wrong then fail(step.put and step.put.id or step.drop or step.forget or "", wrong) end
    end
    if kept.changed ~= before then kept.seal() end
    reaper.UpdateTimeline()
    return true
  end)
  if why then fail("", why) end
  return failed
end

return apply
