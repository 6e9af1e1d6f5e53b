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
  local width = 480
  local ended, last -- when all were over; when something was heard of them

  for _, each in ipairs(list) do each.job = ask.job() end

  local function draw_job(each, y)
    y = window.text(each.title, 16, y, width - 32)
    if each.ok == nil then
      local share, text = ask.progress(each.job)
      if share then last = reaper.time_precise() end
      y = window.bar(share or 0, 16, y, width - 32)
      return window.text(text ~= "" and text or "waiting", 16, y, width - 32, true) + 8
    end
    return window.text((each.ok and "" or "Not done: ") .. each.text, 16, y, width - 32, true) + 8
  end

  local function more(count, y)
    return count > 0 and window.text("and " .. count .. " more", 16, y, width - 32, true) or y
  end

  -- What failed, what runs, what waits, what is done: the first few of them.
  local function draw_jobs(y)
    local done, groups = 0, { {}, {}, {}, {} }
    for _, each in ipairs(list) do
      if each.ok then done = done + 1 end
      local rank = each.ok == false and 1 or each.ok and 4 or ask.progress(each.job) and 2 or 3
      table.insert(groups[rank], each)
    end
    if #list > MANY then
      y = window.text(done .. " of " .. #list .. " are done", 16, y, width - 32) + 8
    end
    local drawn = 0
    for _, group in ipairs(groups) do
      for _, each in ipairs(group) do
        if drawn < MANY then y, drawn = draw_job(each, y), drawn + 1 end
      end
    end
    return more(#list - MANY, y)
  end

  local function read_results()
    local over, good = true, true
    for _, each in ipairs(list) do
      if each.ok == nil then
        local ok, text = ask.result(each.job)
        if ok ~= nil then each.ok, each.text = ok, text end
      end
      over = over and each.ok ~= nil
      good = good and each.ok == true
    end
    return over, good
  end

  local function cancel()
    for _, each in ipairs(list) do
      if each.ok == nil and each.sent then
        each.sent = false
        ask.cancel(each.job)
      end
    end
  end

  local function finish(good)
    cancel()
    window.close()
    if after then after(good) end
  end

  local function turn()
    local over, good = read_results()
    if over and not ended then ended = reaper.time_precise() end
    if not window.begin() then return finish(good) end
    local y = draw_jobs(14)
    for number, note in ipairs(notes or {}) do
      if number <= MANY then y = window.text(note, 16, y, width - 32, true) end
    end
    y = more(#(notes or {}) - MANY, y)
    if not over and reaper.time_precise() - last > WAIT_ABOUT then
      local _, sentence = ask.state()
      y = window.text(sentence ~= "" and sentence
        or "No answer yet. Is dawbridge running? Start it with: dawbridge run", 16, y, width - 32)
    end
    if window.button(over and "Close" or "Cancel", 16, y + 8, 90) then return finish(good) end
    window.finish()
    -- What went well needs no click; what did not, or has a word to it, stays.
    if over and good and #(notes or {}) == 0 and reaper.time_precise() - ended > SHOWN then
      return finish(true)
    end
    reaper.defer(turn)
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
    local rows, lines = math.min(#list, MANY + 1), math.min(#(notes or {}), MANY + 1)
    window.open(title, width, 110 + 70 * rows + 60 * lines)
    turn()
  end)
end

-- One ask without an item.
function jobs.one(title, what, fields, after)
  jobs.run(title, { { what = what, fields = fields or {}, title = title } }, nil, after)
end

return jobs
