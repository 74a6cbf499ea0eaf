"""What the shared server does by itself, each script at once for all its keys, so that no node comes between.

The clock is the server's. Numbers of a bucket are text: Lua's are doubles, which Redis would cut to whole ones.
Redis documentation: "Scripting with Lua", EVALSHA, TIME.
"""

# A key for each bucket: "tokens at", the time in microseconds; a full one has none. Arguments for each: rate, burst,
# back, need, more. The answer for each: tokens granted, and microseconds until there is one more.
LEASE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answer = {}
for i, key in ipairs(KEYS) do
  local rate, burst = tonumber(ARGV[5 * i - 4]), tonumber(ARGV[5 * i - 3])
  local back, need, more = tonumber(ARGV[5 * i - 2]), tonumber(ARGV[5 * i - 1]), tonumber(ARGV[5 * i])
  local tokens = burst
  if rate <= 0 then  -- nothing passes, and nothing is divided by it
    rate, burst, tokens = 1, 0, 0
  end
  local kept = redis.call('GET', key)
  if kept then
    local left, at = string.match(kept, '^(%S+) (%S+)$')
    tokens = math.min(burst, left + back + math.max(0, now - at) * rate / 1000000)
  end
  local granted = math.min(need, math.floor(tokens))
  granted = granted + math.min(more, math.floor((tokens - granted) / 4))
  tokens = tokens - granted
  local full_in = math.ceil((burst - tokens) / rate * 1000)
  if full_in > 0 then
    redis.call('SET', key, string.format('%.17g %.0f', tokens, now), 'PX', math.min(full_in, 3153600000000) + 1)
  else
    redis.call('DEL', key)
  end
  answer[2 * i - 1] = granted
  answer[2 * i] = math.min(math.ceil(math.max(0, 1 - tokens) / rate * 1000000), 1000000)
end
return answer
"""

# A hash for each key of a plan: `u<day>` requests of a day counted in this `life` of the hash, `s<day>` those that
# nodes know of former ones, and `g<period><first day>` what was granted in place of the limit. An argument for each,
# JSON of execute.shared.UseAsk. The answer for each: requests granted, the limit granted or -1, the life, and by turns
# the days of the period and their requests.
COUNT = """
local answer = {}
for i, key in ipairs(KEYS) do
  local ask = cjson.decode(ARGV[i])
  local function number(field)
    return tonumber(redis.call('HGET', key, field) or 0)
  end
  local function add(requests)
    if requests ~= 0 then redis.call('HINCRBY', key, 'u' .. ask.day, requests) end
  end
  redis.call('HSETNX', key, 'life', ask.new)
  local life = redis.call('HGET', key, 'life')
  for day, requests in pairs(ask.days) do
    if ask.life == '' or ask.life == life then
      requests = requests - number('u' .. day)
    end
    if requests > number('s' .. day) then redis.call('HSET', key, 's' .. day, requests) end
  end
  for period, limit in pairs(ask.grants) do redis.call('HSETNX', key, 'g' .. period, limit) end
  add(ask.owed - ask.back)
  local function used(day)
    return math.max(number('s' .. day) + number('u' .. day), 0)
  end
  local sum = 0
  for day = ask.first, ask.day do sum = sum + used(day) end
  local period = 'g' .. ask.period .. ask.first
  if ask.remaining then redis.call('HSET', key, period, sum + ask.remaining) end
  local limit = tonumber(redis.call('HGET', key, period) or -1)
  local left = math.max((limit < 0 and ask.limit or limit) - sum, 0)
  local granted = math.min(ask.need, left)
  granted = granted + math.min(ask.more, math.floor((left - granted) / 64))
  add(granted)
  redis.call('PEXPIRE', key, ask.kept)
  local days = {}
  for day = ask.first, ask.day do
    if used(day) > 0 then days[#days + 1] = day; days[#days + 1] = used(day) end
  end
  answer[i] = {granted, limit, life, days}
end
return answer
"""

# Answers of a space are kept under the name it has now: KEYS[1] holds that name, "time-chance". A flush is a new one,
# of the time in microseconds, so that no answer is kept which was asked for before it.
GET = """
local name = redis.call('GET', KEYS[1])
return name and redis.call('GET', KEYS[1] .. ':' .. name .. ':' .. ARGV[1])
"""
SET = """
local key, answer, milliseconds, age, chance = unpack(ARGV)
local name = redis.call('GET', KEYS[1])
if not name then
  name = '0-' .. chance
  redis.call('SET', KEYS[1], name)
end
redis.call('PEXPIRE', KEYS[1], 7200000)
local time = redis.call('TIME')
if time[1] * 1000000 + time[2] - age < tonumber(string.match(name, '^%d+') or 0) then
  return false
end
return redis.call('SET', KEYS[1] .. ':' .. name .. ':' .. key, answer, 'PX', milliseconds)
"""
DELETE = """
local name = redis.call('GET', KEYS[1])
return name and redis.call('DEL', KEYS[1] .. ':' .. name .. ':' .. ARGV[1])
"""
FLUSH = """
local time = redis.call('TIME')
local name = string.format('%.0f', time[1] * 1000000 + time[2]) .. '-' .. ARGV[1]
return redis.call('SET', KEYS[1], name, 'PX', 7200000)
"""
