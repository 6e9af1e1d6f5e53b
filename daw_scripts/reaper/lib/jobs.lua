-- Asks that take a while, with a window that shows how far they are. Closing it cancels.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local ask = dofile(here .. "ask.lua")
local window = dofile(here .. "window.lua")

local jobs = {}

local WAIT_ABOUT = 6 -- seconds without an answer after which it is said why that may be
local SHOWN = 2.5 -- seconds that a success stays to be read
local MANY = 4 -- items, and notes: more do not fit into the window

-- list: { { what, fields, title }, ... }; notes: words to be read; after(all_ok): when all are over
function jobs.run(title, list, notes, after)
  notes = notes or {}
  local over, good = false, false -- all of them; whether all went well
  local ended, last -- when all were over; when something was heard of them

  for _, each in ipairs(list) do each.job = ask.job() end

  local function add_job(each, rows)
    rows[#rows + 1] = { words = each.title }
    if each.ok == nil then
      local share, text = ask.progress(each.job)
      if share then last = reaper.time_precise() end
      rows[#rows + 1] = { bar = share or 0 }
      rows[#rows + 1] = { words = text ~= "" and text or "waiting", dim = true }
    else
      rows[#rows + 1] = { words = (each.ok and "" or "Not done: ") .. each.text, dim = true }
    end
    rows[#rows + 1] = { gap = 8 }
  end

  local function add_more(count, rows)
    if count > 0 then rows[#rows + 1] = { words = "and " .. count .. " more", dim = true } end
  end

  -- What failed, what runs, what waits, what is done: the first few of them.
  local function add_jobs(rows)
    local done, groups = 0, { {}, {}, {}, {} }
    for _, each in ipairs(list) do
      if each.ok then done = done + 1 end
      local rank = each.ok == false and 1 or each.ok and 4 or ask.progress(each.job) and 2 or 3
      table.insert(groups[rank], each)
    end
    if #list > MANY then
      rows[#rows + 1] = { words = done .. " of " .. #list .. " are done" }
      rows[#rows + 1] = { gap = 8 }
    end
    local shown = 0
    for _, group in ipairs(groups) do
      for _, each in ipairs(group) do
        if shown < MANY then
          add_job(each, rows)
          shown = shown + 1
        end
      end
    end
    add_more(#list - MANY, rows)
  end

  local function read_results()
    over, good = true, true
    for _, each in ipairs(list) do
      if each.ok == nil then
        local ok, text = ask.result(each.job)
        if ok ~= nil then each.ok, each.text = ok, text end
      end
      over = over and each.ok ~= nil
      good = good and each.ok == true
    end
    if over and not ended then ended = reaper.time_precise() end
  end

  local function cancel()
    for _, each in ipairs(list) do
      if each.ok == nil and each.sent then
        each.sent = false
        ask.cancel(each.job)
      end
    end
  end

  local function rows()
    read_results()
    -- What went well needs no click; what did not, or has a word to it, stays.
    if over and good and #notes == 0 and reaper.time_precise() - ended > SHOWN then return nil end
    local shown = {}
    add_jobs(shown)
    for number, note in ipairs(notes) do
      if number <= MANY then shown[#shown + 1] = { words = note, dim = true } end
    end
    add_more(#notes - MANY, shown)
    if not over and reaper.time_precise() - last > WAIT_ABOUT then
      local _, sentence = ask.state()
      shown[#shown + 1] = { words = sentence ~= "" and sentence
        or "No answer yet. Is dawbridge running? Start it with: dawbridge run" }
    end
    shown[#shown + 1] = { gap = 8 }
    shown[#shown + 1] = { button = over and "Close" or "Cancel", closes = true }
    return shown
  end

  local function closed()
    cancel()
    if after then after(good) end
  end

  ask.awake(function(runs)
    if not runs then
      return window.tell(title, "dawbridge.lua does not start in Reaper.\n"
        .. "Run the action \"dawbridge.lua\" from the action list; if it is not there, run "
        .. "dawbridge install reaper again.")
    end
    last = reaper.time_precise()
    for _, each in ipairs(list) do
      local fields = { "job", each.job }
      for _, value in ipairs(each.fields) do fields[#fields + 1] = value end
      ask.send(each.what, fields)
      each.sent = true
    end
    reaper.atexit(cancel) -- the user may end the script in other ways
    local count, lines = math.min(#list, MANY + 1), math.min(#notes, MANY + 1)
    window.show(title, 480, 110 + 70 * count + 60 * lines, rows, closed)
  end)
end

-- One ask without an item.
function jobs.one(title, what, fields, after)
  jobs.run(title, { { what = what, fields = fields or {}, title = title } }, nil, after)
end

return jobs
