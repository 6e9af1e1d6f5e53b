ardour {
  ["type"] = "EditorAction",
  name = "dawbridge: a track for drums",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[Makes a MIDI track, connects the MIDI port of dawbridge to it and arms it.]],
}

function factory(_)
  local action = (function()
    --@include ardour/lib/action.lua
  end)()
  local files = (function()
    --@include ardour/lib/files.lua
  end)()
  local say = action.asking.say

  local NAME = "dawbridge MIDI"

  -- MIDI that other programs send and whose port is ours: JACK calls it `dawbridge:midi`, ALSA
  -- and CoreMIDI bring the client's name in the port's or in its pretty name.
  local function ours()
    local engine = Session:engine()
    local _, told = engine:get_backend_ports("", ARDOUR.DataType("midi"),
      ARDOUR.PortFlags.IsOutput, C.StringVector())
    local names = told[4]
    for name in names:iter() do
      local words = (name .. " " .. engine:get_pretty_name_by_name(name)):lower()
      if words:find("dawbridge", 1, true) and not name:lower():find("^ardour[^:]*:") then
        return name
      end
    end
  end

  -- A track that lays down what comes where the transport stands. As Ardour makes tracks, notes
  -- recorded from a standing transport lie early by what it takes a sound to leave the computer
  -- (7.3: 1038 samples with blocks of 1024), and no call of Lua sets another alignment.
  local TEMPLATE = [[<?xml version="1.0" encoding="UTF-8"?>
<Route version="7002" name="NAME" default-type="midi" strict-io="1" active="1" midi-playlist="0"
 alignment-choice="UseCaptureTime" note-mode="Sustained" input-active="1" restore-pgm="1">
 <PresentationInfo flags="MidiTrack,OrderSet"/>
 <IO name="NAME" direction="Input" default-type="midi">
  <Port type="midi" name="NAME/midi_in 1"/></IO>
 <IO name="NAME" direction="Output" default-type="midi">
  <Port type="midi" name="NAME/midi_out 1"/></IO>
 <Processor name="recorder" active="1" type="diskwriter"/>
 <Processor name="player" active="1" type="diskreader"/>
 <Processor name="Amp" active="1" type="amp">
  <Controllable name="gaincontrol" flags="GainLike" value="1"/></Processor>
 <Processor name="meter" active="1" type="meter"/>
 <Processor name="out" active="1" type="main-outs" role="Main"/>
</Route>
]]

  local LAST = ARDOUR.PresentationInfo.max_order

  local function from_template()
    local path = action.here.folder .. "/drum_track.template"
    if not files.write(path, (TEMPLATE:gsub("NAME", NAME))) then return end
    local done, made = pcall(function()
      return Session:new_route_from_template(1, LAST, path, NAME,
        ARDOUR.PlaylistDisposition.NewPlaylist)
    end)
    os.remove(path)
    if not done then return end -- an Ardour that has it not
    for route in made:iter() do
      local track = route:to_track()
      if not track:isnil() then return track end
      Session:remove_route(route) -- one that reads the template as a bus
    end
  end

  local function new_track()
    local track = from_template()
    if track then return track end
    local one = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
    local made = Session:new_midi_track(one, one, true, ARDOUR.PluginInfo(), nil, nil, 1, NAME, LAST,
      ARDOUR.TrackMode.Normal, false, false)
    for each in made:iter() do return each end
  end

  -- The track that we made before, whatever it is called now.
  local function listening_to(port)
    for route in Session:get_tracks():iter() do
      local track = route:to_track()
      local input = track:input():nth(0)
      if not input:isnil() and (input:connected_to(port) or track:name() == NAME) then
        return track
      end
    end
  end

  return function()
    local port = ours()
    if not port then
      say("dawbridge has no MIDI port yet. Start `dawbridge run` (with --input jack where Ardour "
        .. "runs on JACK), and try again.")
      return
    end
    local track = listening_to(port) or new_track()
    if not track or track:isnil() then
      say("Ardour made no MIDI track.")
      return
    end
    local input = track:input():nth(0)
    if not input:connected_to(port) and input:connect(port) ~= 0 then
      say("Ardour does not connect the port " .. port .. " to the track " .. NAME .. ".")
      return
    end
    track:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup)
  end
end
