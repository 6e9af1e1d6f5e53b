-- Small files of whole lines: written beside and renamed, so that a reader finds all or nothing.
-- Lua 5.3. Nothing here throws for an error of the file system.

local files = {}

function files.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

function files.there(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

-- true, or nil and a reason.
function files.write(path, text)
  local fresh = path .. ".new"
  local file, why = io.open(fresh, "wb")
  if not file then return nil, why end
  local written, reason = file:write(text)
  local closed, later = file:close()
  if not written or not closed then
    os.remove(fresh)
    return nil, reason or later
  end
  local there, because = os.rename(fresh, path)
  if not there then
    os.remove(path) -- Windows renames onto nothing that exists
    there, because = os.rename(fresh, path)
  end
  return there, because
end

-- Makes a folder for the user alone. Ardour's os.execute tells nothing of how it went.
function files.make_folder(path)
  if path:match("^%a:[\\/]") then
    os.execute('mkdir "' .. path:gsub("/", "\\") .. '"')
  else
    os.execute("mkdir -m 700 -p '" .. path:gsub("'", "'\\''") .. "'")
  end
end

-- A name as part of a file's name.
function files.part(name)
  return (name:gsub("[^%w _-]", function(sign) return ("%%%02X"):format(sign:byte()) end))
end

return files
