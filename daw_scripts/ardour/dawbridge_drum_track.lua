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
      if words:find("dawbridge", 1, true) and not name:lower():find("^ardour:") then return name end
    end
  end

  local function new_track()
    local one = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
    local made = Session:new_midi_track(one, one, true, ARDOUR.PluginInfo(), nil, nil, 1, NAME,
      ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, false, false)
    for track in made:iter() do return track end
  end

  return function()
    local port = ours()
    if not port then
      say("dawbridge has no MIDI port yet. Start `dawbridge run` (with --input jack where Ardour "
        .. "runs on JACK), and try again.")
      return
    end
    local route = Session:route_by_name(NAME)
    local track = route and not route:isnil() and route:to_track() or new_track()
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
