-- What other scripts ask (ask.lua), passed on; and that each of them gets an answer.

-- given: asks() -> their lines or nil, unask(lines), refuse_asks(words), screen
return function(wire, given)
  local asks = {}
  local open = {} -- jobs without a result: id = true

  function asks.open() return next(open) ~= nil end

  function asks.over(job) open[job] = nil end

  -- Nobody will answer what is open.
  function asks.lose(words)
    for job in pairs(open) do given.screen.result(job, false, words) end
    open = {}
  end

  -- Nor what was asked since.
  function asks.refuse(words) given.refuse_asks(words) end

  -- before(values) -> true: the line waits, with those behind it; send(line) -> whether it went
  function asks.pass(before, send)
    local text, at = given.asks(), 1
    while text do
      local feed = text:find("\n", at, true)
      if not feed then return end
      local line = text:sub(at, feed - 1)
      local verb, values = wire.decode(line)
      if verb == "ask" then
        if before(values) or not send(line .. "\n") then return given.unask(text:sub(at)) end
        if values.job and values.what ~= "cancel" then open[values.job] = true end
      end
      at = feed + 1
    end
  end

  return asks
end
