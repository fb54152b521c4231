-- What wrk asks. Arguments after "--":
--   records FILE WIDTH PREFIX SUFFIX   a random record of WIDTH bytes (and a line feed) between prefix and suffix: the path
--   lines FILE                         a random line: the path
--   post FILE PATH KEY TYPE            the next line as a body of that content type, each once; KEY "-" for none. In a body of NDJSON a
--                                      record separator (0x1E) stands for the line feed
-- then SEED and DELAY: milliseconds a connection waits on average before it asks again (0: at once), drawn from an exponential
-- distribution, so that requests arrive at a given load and not as fast as they are answered.
-- A list of ten million ids is one string, not ten million: they are cut out of it by position.
local mode, text, width, prefix, suffix, lines, path, wait = "", "", 0, "", "", {}, "", 0
local at = 0

function init(args)
  mode = args[1]
  local file = assert(io.open(args[2], "rb"))
  local rest = 3
  if mode == "records" then
    text = file:read("*a")
    width, prefix, suffix, rest = tonumber(args[3]), args[4], args[5], 6
    if suffix == "-" then suffix = "" end
  else
    for line in file:lines() do lines[#lines + 1] = (string.gsub(line, "\30", "\n")) end
    if mode == "post" then
      path, rest = args[3], 6
      wrk.method = "POST"
      wrk.headers["Content-Type"] = args[5]
      if args[4] ~= "-" then wrk.headers["Authorization"] = "Bearer " .. args[4] end
    end
  end
  file:close()
  local seed = tonumber(args[rest])
  math.randomseed(seed)
  at = math.random(#lines > 0 and #lines or 1) - 1
  wait = tonumber(args[rest + 1])
  if wait > 0 then delay = function() return math.floor(-wait * math.log(1 - math.random()) + 0.5) end end
end

function request()
  if mode == "records" then
    local i = math.random(0, #text / (width + 1) - 1) * (width + 1)
    return wrk.format(nil, prefix .. string.sub(text, i + 1, i + width) .. suffix)
  elseif mode == "lines" then
    return wrk.format(nil, lines[math.random(#lines)])
  end
  at = at % #lines + 1
  return wrk.format(nil, path, nil, lines[at])
end

function done(summary, latency)
  io.write(string.format("RESULT %d %d %d %d %d %d %d %d\n", summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max, summary.bytes))
end
