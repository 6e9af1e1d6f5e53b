-- The chunks that Reaper and Ardour share: in `lua` beside `lib` where they are installed, a
-- folder further up in the sources.

local here = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""

return function(name)
  for _, folder in ipairs({ here .. "../lua/", here .. "../../lua/" }) do
    if reaper.file_exists(folder .. name) then return dofile(folder .. name) end
  end
  error(name .. " is missing: run `dawbridge install reaper` once more", 0)
end
