-- What an action of the menu and the hook tell each other, through files in the session's folder:
-- Ardour runs each script in a Lua of its own. An action asks, the hook passes it to the daemon,
-- and answers come line by line.

return function(wire, files, folder)
  local ASK, ANSWER = folder .. "/dawbridge.ask", folder .. "/dawbridge.answer"
  local letters = {}

  -- From the action. true, or nil and a reason.
  function letters.ask(line)
    os.remove(ANSWER)
    return files.write(ASK, line)
  end

  -- A second letter about the same; what was answered stays.
  function letters.add(line) return files.write(ASK, line) end

  -- Whether the letter still lies there.
  function letters.waits() return files.read(ASK) ~= nil end

  function letters.take_back() os.remove(ASK) end

  -- From the hook: the letter that came, { verb=, values= }, and its line; nil for none.
  function letters.take()
    local line = files.read(ASK)
    if not line then return nil end
    os.remove(ASK)
    return wire.lines().push(line)[1], line
  end

  -- From the hook, line after line.
  function letters.answer(line)
    local file = io.open(ANSWER, "ab")
    if not file then return end
    file:write(line)
    file:close()
  end

  -- For the action: answers() -> messages that came since.
  function letters.answers()
    local lines, at = wire.lines(), 0
    return function()
      local file = io.open(ANSWER, "rb")
      if not file then return {} end
      file:seek("set", at)
      local piece = file:read("a") or ""
      file:close()
      at = at + #piece
      return lines.push(piece)
    end
  end

  return letters
end
