-- An action asks the daemon, by way of the hook, and waits behind a window with a bar that the
-- user may cancel. The window turns Ardour's main loop, so the hook and everything else go on.

return function(wire, files, new_letters, here)
  local asking = {}
  local PAUSE = 50000 -- microseconds between two looks
  local LOOKS = 20 -- looks in a second
  local NO_HOOK = 3 -- seconds in which the hook takes a letter
  local STARTS = 30 -- seconds that dawbridge has for its start

  local failure = here.folder .. "/not_started"

  local function window(kind, buttons, text)
    return LuaDialog.Message("dawbridge", text, kind, buttons):run()
  end

  function asking.say(text)
    window(LuaDialog.MessageType.Info, LuaDialog.ButtonType.Close, text)
  end

  function asking.complain(text)
    window(LuaDialog.MessageType.Warning, LuaDialog.ButtonType.Close, text)
  end

  -- Without files nothing goes: said in words. True: they are there.
  function asking.can()
    if io and os then return true end
    asking.complain("Ardour keeps its scripts from files. Switch off Preferences > General > "
      .. "Sandbox all Lua scripts, and restart Ardour.")
    return false
  end

  local function new_job()
    return ("%x"):format(ARDOUR.LuaAPI.monotonic_time())
  end

  -- One question and its answer: { ok=, text=, missing= }; nil: cancelled.
  local function once(bar, letters, what, fields)
    local job = new_job()
    local asked, why = letters.ask(wire.encode("ask", "what", what, "job", job,
      table.unpack(fields, 1, fields.n)))
    if not asked then return { text = "Nothing can be written beside the session: " .. why } end
    local answers, share, text, looks, cancelled = letters.answers(), -1, "", 0, false
    while true do
      for _, told in ipairs(answers()) do
        local values = told.values
        if values.job == job and told.verb == "result" then
          if cancelled then return nil end
          return { ok = values.ok == "1", text = values.text or "",
            missing = values.missing == "1" }
        elseif values.job == job and told.verb == "progress" then
          share, text = wire.number(values.share) or share, values.text or text
        end
      end
      if bar:progress(share, text) and not cancelled then
        cancelled = true
        letters.add(wire.encode("ask", "what", "cancel", "job", job))
        looks = 0
      end
      looks = looks + 1
      if cancelled and looks > 5 * LOOKS then return nil end
      if looks > NO_HOOK * LOOKS and letters.waits() then
        letters.take_back()
        return { text = "dawbridge is not part of this Ardour yet. Edit > Lua Scripts > "
          .. "Script Manager > Action Hooks > New Hook: choose dawbridge, and try again" }
      end
      ARDOUR.LuaAPI.usleep(PAUSE)
    end
  end

  local function start(bar)
    local wants = window(LuaDialog.MessageType.Question, LuaDialog.ButtonType.Yes_No,
      "dawbridge does not run. Start it now?")
    if wants ~= LuaDialog.Response.Yes then return false end
    os.remove(failure) -- of an earlier start
    if here.command:find("^%a:\\") or here.command:find('^"%a:\\') then
      os.forkexec("cmd", "/c", here.command)
    else
      os.forkexec("/bin/sh", "-c", "exec " .. here.command)
    end
    return true
  end

  -- What the one that did not come up left behind.
  local function why_not()
    local verb, values = wire.decode((files.read(failure) or ""):match("^[^\r\n]*"))
    if verb ~= "failure" or not values.text then return nil end
    return "dawbridge did not start. " .. values.text
  end

  -- ask(title, what, name, value, ...) -> { ok=, text= }; nil: the user cancelled.
  function asking.ask(title, what, ...)
    local fields = table.pack(...)
    local folder = Session:path():gsub("[/\\]+$", "")
    local letters = new_letters(wire, files, folder)
    local bar = LuaDialog.ProgressWindow(title, true)
    local fine, answer = pcall(function()
      local told = once(bar, letters, what, fields)
      if not (told and told.missing) then return told end
      if not start(bar) then return nil end
      for look = 1, STARTS * LOOKS do
        if bar:progress(-1, "dawbridge starts") then return nil end
        ARDOUR.LuaAPI.usleep(PAUSE)
        if look % LOOKS == 0 then
          told = once(bar, letters, what, fields)
          if not (told and told.missing) then return told end
        end
      end
      told.text = why_not() or "dawbridge did not start. Try `" .. here.command
        .. "` in a terminal"
      return told
    end)
    bar:done() -- always: it is in the way of everything while it is there
    if not fine then return { text = tostring(answer) } end
    return answer
  end

  return asking
end
