ardour { ["type"] = "EditorAction", name = "A user", license = "Apache-2.0",
  author = "The dawbridge authors", description = [[What a user does with the mouse, for tests.]] }

-- Each line of the file of deeds is what a user would do; the file goes when all is done.
function factory(_)
  --@here
  local function all(name)
    local found, list = {}, Session:locations():list()
    for each in list:iter() do
      if each:name() == name then found[#found + 1] = each end
    end
    return found
  end

  local deeds = {}

  function deeds.rename(name, new) all(name)[1]:set_name(new) end

  function deeds.move(name, sample)
    all(name)[1]:set(Temporal.timepos_t(tonumber(sample)), Temporal.timepos_t(tonumber(sample)))
  end

  function deeds.delete(name) Session:locations():remove(all(name)[1]) end

  function deeds.mark(name, sample)
    local at = Temporal.timepos_t(tonumber(sample))
    Editor:add_location_mark(at, ARDOUR.LocationFlags.IsMark, 0)
    Session:locations():mark_at(at, Temporal.timecnt_t(0)):set_name(name)
  end

  -- A range for the loop, and the button that plays it.
  function deeds.loop(first, last)
    Editor:set_loop_range(Temporal.timepos_t(tonumber(first)), Temporal.timepos_t(tonumber(last)),
      "loop range")
    Session:request_play_loop(true, true)
  end

  -- Preferences: ask for the name of each new marker.
  function deeds.ask_names() ArdourUI.config():set_name_new_markers(true) end

  function deeds.select(track)
    local chosen = ArdourUI.SelectionList()
    local list = Session:route_by_name(track):to_track():playlist():region_list()
    for region in list:iter() do
      chosen:push_back(Editor:regionview_from_region(region))
    end
    Editor:set_selection(chosen, ArdourUI.SelectionOp.Set)
  end

  -- Session > Snapshot, and go on in it.
  function deeds.snapshot(name) Session:save_state(name, false, true, false, false, false) end

  -- File > Import, with everything that the file brings.
  function deeds.import(path)
    local paths = C.StringVector()
    paths:push_back(path)
    Editor:do_import(paths, Editing.ImportDistinctFiles, Editing.ImportAsTrack,
      ARDOUR.SrcQuality.SrcBest, ARDOUR.MidiTrackNameSource.SMFTrackName,
      ARDOUR.MidiTempoMapDisposition.SMFTempoUse, Temporal.timepos_t(0), ARDOUR.PluginInfo(),
      ARDOUR.Track(), true)
  end

  return function()
    local file = io.open(here.folder .. "/deeds", "r")
    local said = {}
    for line in file:lines() do
      local deed, first, second = line:match("^(%S+)\t([^\t]*)\t?(.*)$")
      local fine, problem = pcall(deeds[deed], first, second)
      said[#said + 1] = fine and "done" or tostring(problem)
    end
    file:close()
    local answer = io.open(here.folder .. "/said", "w")
    answer:write(table.concat(said, "\n"))
    answer:close()
    os.remove(here.folder .. "/deeds")
  end
end
