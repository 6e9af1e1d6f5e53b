ardour {
  ["type"] = "EditorAction",
  name = "dawbridge: settings",
  license = "Apache-2.0",
  author = "The dawbridge authors",
  description = [[Which marks dawbridge makes while you record, and what an analysis brings.]],
}

function factory(_)
  local action = (function()
    --@include ardour/lib/action.lua
  end)()
  local asking = action.asking

  local MARKS = { section = "Sections", riff = "Riffs", chord = "Chords",
    key = "Key", tempo = "Tempo" }
  local BRINGS = { sections = "Sections", riffs = "Riffs", chords = "Chords", key = "Key",
    drums = "Drums as a MIDI region", loops = "Each riff as a loop on a track" }

  return function()
    if not asking.can() then return end
    local settings = action.settings()
    local form = { { type = "heading", title = "Marks while you record", align = "left" } }
    for _, role in ipairs(settings.ROLES) do
      form[#form + 1] = { type = "checkbox", key = "mark " .. role, title = MARKS[role],
        default = settings.roles[role] or false }
    end
    form[#form + 1] = { type = "checkbox", key = "play", title = "Also while it only plays",
      default = settings.during == "play" }
    form[#form + 1] = { type = "heading", title = "What an analysis brings", align = "left" }
    for _, want in ipairs(settings.WANTS) do
      form[#form + 1] = { type = "checkbox", key = "bring " .. want, title = BRINGS[want],
        default = settings.wants[want] or false }
    end
    local wish = LuaDialog.Dialog("dawbridge settings", form):run()
    if not wish then return end
    for _, role in ipairs(settings.ROLES) do settings.roles[role] = wish["mark " .. role] end
    for _, want in ipairs(settings.WANTS) do settings.wants[want] = wish["bring " .. want] end
    settings.during = wish.play and "play" or "record"
    local kept, why = settings.save()
    if not kept then
      asking.complain("The settings cannot be kept: " .. (why or ""))
      return
    end
    action.tell(action.wire.encode("settings"))
  end
end
