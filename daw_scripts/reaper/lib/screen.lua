-- What the user is told: Reaper's help line and, once, a message box; windows of our other
-- scripts read the same from ExtState. The console is never written to, and no window is opened
-- while somebody plays or records.

local SECTION = "dawbridge"
local KEPT = 40 -- results that stay to be read

return function(wire)
  local screen = {}
  local last, results, progress, boxed = nil, {}, {}, {}
  local box

  local function set(key, text) reaper.SetExtState(SECTION, key, text, false) end

  -- state: listening, silent, waiting, lost ...; text: a sentence
  function screen.state(state, text)
    local line = wire.encode("state", "state", state, "text", text)
    if line == last then return end
    last = line
    set("state", line)
    reaper.Help_Set("dawbridge: " .. (text ~= "" and text or state), true)
  end

  function screen.progress(job, share, text)
    progress[job] = wire.encode("progress", "job", job, "share", share, "text", text)
    local lines = {}
    for _, line in pairs(progress) do lines[#lines + 1] = line end
    set("progress", table.concat(lines))
  end

  function screen.result(job, ok, text)
    progress[job] = nil
    results[#results + 1] = wire.encode("result", "job", job, "ok", ok, "text", text)
    if #results > KEPT then table.remove(results, 1) end
    set("result", table.concat(results))
    reaper.Help_Set("dawbridge: " .. (ok and "" or "not done: ") .. text, true)
  end

  -- In a box, once for the same words, as soon as nobody plays.
  function screen.trouble(text)
    if boxed[text] then return end
    boxed[text] = true
    box = box and box .. "\n\n" .. text or text
  end

  function screen.refused(why, remedy)
    local text = why .. (remedy ~= "" and ".\n\nWhat to do: " .. remedy .. "." or ".")
    screen.state("refused", why .. (remedy ~= "" and "; " .. remedy or ""))
    screen.trouble(text)
  end

  -- Each turn, at its end: a box holds everything up until it is closed.
  function screen.show()
    if not box or math.floor(reaper.GetPlayState()) & 5 ~= 0 then return end
    local text = box
    box = nil
    reaper.ShowMessageBox(text, "dawbridge", 0)
  end

  return screen
end
