-- The script's end of the spool folder (docs/daw_protocol.md): files that are only appended to.
-- Nothing here throws for an error of the file system: it comes back as nil and a reason.
-- Every call does a bounded amount of work, since it runs on the DAW's own thread.
-- Lua 5.3 and 5.4. Of the system only io and os.remove are used; the rest is given.

return function(wire)
  local spool = {}

  local SILENCE = 5 -- seconds without a change of beat: no daemon is there
  local LOOK = 0.4 -- seconds between two looks at the presence file, which changes each second
  local LONGEST = 1048576 -- bytes of a file before the next number begins
  local PIECE = 65536 -- bytes read at once
  local EMPTY = 30 -- reads without anything new between two looks for the next number
  local SIGNS = "0123456789abcdef"

  -- 16 hexadecimal signs out of a source of numbers in 0..1.
  function spool.token(random)
    local signs = {}
    for at = 1, 16 do
      local digit = math.floor(random() * 16) % 16 + 1
      signs[at] = SIGNS:sub(digit, digit)
    end
    return table.concat(signs)
  end

  local function read_all(path)
    local file = io.open(path, "rb")
    if not file then return nil end
    local text = file:read(4096)
    file:close()
    return text
  end

  -- Whether a daemon lives. look() -> state, values of the presence line:
  --   "looking"  a file is there, not known yet whether anybody still writes it
  --   "alive"    its beat was seen to change within the last five seconds
  --   "gone"     there is none
  -- Silence is counted in looks, not taken from the clock alone: while a dialog of the DAW holds
  -- the script for ten seconds, or the computer sleeps, nobody looked, so nothing is known.
  function spool.presence(root, now)
    local path = root .. "/daemon"
    local state, values, beat, missing = "looking", {}, nil, 0
    local looked, quiet = nil, 0

    local function changed(told)
      if told.token ~= values.token or told.beat ~= beat then
        -- The very first beat may be years old.
        if beat then state = "alive" end
        quiet, values, beat = 0, told, told.beat
        return true
      end
      return false
    end

    local presence = {}
    function presence.look()
      local time = now()
      if looked and time >= looked and time - looked < LOOK then return state, values end
      quiet = quiet + (looked and math.min(math.max(time - looked, 0), 1) or 0)
      looked = time
      local text = read_all(path)
      local verb, told
      if text then verb, told = wire.decode((text:match("^[^\r\n]*"))) end
      if verb == "daemon" then
        missing = 0
        changed(told)
      elseif not text then
        missing = missing + 1 -- once: it may just be exchanged for a new one
      end
      if quiet >= SILENCE or (missing >= 3 and state ~= "alive") then
        state, beat = "gone", beat or ""
      end
      return state, values
    end
    return presence
  end

  -- A conversation of our own: make_folder(path) makes the folder.
  -- -> conversation, or nil and a reason
  function spool.begin(root, daw, token, make_folder)
    local folder = root .. "/" .. daw .. "-" .. token
    pcall(make_folder, folder)

    local function numbered(name, number) return ("%s/%s.%06d"):format(folder, name, number) end

    local up, down
    local up_number, up_size, torn = 1, 0, false
    local down_number, down_at, lines, finished = 1, 0, wire.lines(), false
    local empty, read_out = 0, {} -- read_out: files that are finished and not deleted yet

    local function open_up()
      local file, why = io.open(numbered("up", up_number), "ab")
      if not file then return nil, why or "cannot be written" end
      up = file
      up_size = file:seek("end") or 0
      return true
    end

    local function close_up()
      if up then pcall(up.close, up) end
      up = nil
    end

    local opened, why = open_up()
    if not opened then return nil, why end

    local talk = { folder = folder, token = token }

    -- Whole lines, at the disk when this returns true. After a failure (a full disk) half a line
    -- may stand there: the next one begins with a line feed, so that it alone is lost.
    function talk.send(text)
      if not up then
        local again, reason = open_up()
        if not again then return nil, reason end
      end
      if torn then text = "\n" .. text end
      local written, reason = up:write(text)
      if written then written, reason = up:flush() end
      if not written then
        torn = true
        close_up() -- what the C library still holds must not come out later
        return nil, reason or "cannot be written"
      end
      torn = false
      up_size = up_size + #text
      if up_size > LONGEST then
        up:write(wire.encode("next"))
        up:flush()
        close_up()
        up_number, up_size = up_number + 1, 0
      end
      return true
    end

    -- Windows refuses to delete what the daemon still has open: then again a little later.
    local function delete_read_out()
      for at = #read_out, 1, -1 do
        local path = read_out[at]
        if os.remove(path) then
          table.remove(read_out, at)
        else
          local file = io.open(path, "rb")
          if file then file:close() else table.remove(read_out, at) end
        end
      end
    end

    local function turn()
      if down then pcall(down.close, down) end
      down = nil
      read_out[#read_out + 1] = numbered("down", down_number)
      delete_read_out()
      down_number, down_at, lines, finished, empty = down_number + 1, 0, wire.lines(), false, 0
    end

    -- Nothing new: the file may be finished although its `next` was torn.
    local function nothing()
      empty = empty + 1
      if empty % EMPTY == 0 then
        delete_read_out()
        local file = io.open(numbered("down", down_number + 1), "rb")
        if file then
          file:close()
          -- Seen once more with nothing new: what was written before it was read by then.
          if empty >= 2 * EMPTY then finished = true end
        end
      end
      return {}
    end

    -- Messages that came since, of at most 64 KB; {} for none. nil, reason: it cannot be read.
    function talk.read()
      if finished then turn() end
      if not down then
        down = io.open(numbered("down", down_number), "rb")
        if not down then return nothing() end -- nothing was said yet
      end
      -- Seeking clears the end-of-file mark, without which nothing new would be seen.
      if not down:seek("set", down_at) then
        pcall(down.close, down)
        down = nil
        return nil, "cannot be read"
      end
      local piece = down:read(PIECE)
      if not piece then return nothing() end
      down_at, empty = down_at + #piece, 0
      local messages = lines.push(piece)
      for at, told in ipairs(messages) do
        if told.verb == "next" then
          finished = true
          for after = #messages, at, -1 do messages[after] = nil end
          break
        end
      end
      return messages
    end

    -- Whether the folder is still there: the daemon removes what was silent for 12 hours.
    function talk.there()
      if not up then return true end
      local file = io.open(numbered("up", up_number), "rb")
      if not file then return false end
      file:close()
      return true
    end

    function talk.close()
      close_up()
      if down then pcall(down.close, down) end
      down = nil
    end

    return talk
  end

  return spool
end
