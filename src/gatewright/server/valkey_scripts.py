"""What the shared server does by itself, each script at once for all its keys, so that no node comes between.

The clock is the server's. Numbers of a bucket are text: Lua's are doubles, which Redis would cut to whole ones. Limits
hold while the server's memory is full: a script may write once it has written something that takes no memory, as
DEL and PEXPIRE do. Redis documentation: "Scripting with Lua", EVALSHA, TIME; its src/script.c: scriptVerifyOOM.
"""

import secrets
from collections.abc import Mapping, Sequence
from math import inf
from re import compile as pattern
from typing import Any

import msgspec

from gatewright.execute.limits.usage import DAYS_KEPT, SECONDS
from gatewright.execute.shared import Counted, Grant, Known, UseAsk

# A key for each bucket: "tokens at rate", the time in microseconds and the rate since then; a full one has none.
# Arguments for each: rate, burst, back, need, more. The answer for each: tokens granted, and microseconds until there
# is one more.
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
    local left, at, was = string.match(kept, '^(%S+) (%S+) (%S+)$')
    tokens = math.min(burst, left + back + math.max(0, now - at) * was / 1000000)
  end
  local granted = math.min(need, math.floor(tokens))
  granted = granted + math.min(more, math.floor((tokens - granted) / 4))
  tokens = tokens - granted
  local full_in = math.ceil((burst - tokens) / rate * 1000)
  redis.call('DEL', key)
  if full_in > 0 then
    kept = string.format('%.17g %.0f %.17g', tokens, now, rate)
    redis.call('SET', key, kept, 'PX', math.min(full_in, 3153600000000) + 1)
  end
  answer[2 * i - 1] = granted
  answer[2 * i] = math.min(math.ceil(math.max(0, 1 - tokens) / rate * 1000000), 1000000)
end
return answer
"""

# A hash for each key of a plan: `u<day>` requests of a day counted in this `life` of the hash, `s<day>` those that
# nodes know of former ones, and `g<period><first day>` what was granted in place of the limit. Old ones go when a day
# is first counted. An argument for each: `use_of`. The answer for each: requests granted, the limit granted or -1, the
# life, and by turns the days of the period and their requests.
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
  redis.call('PEXPIRE', key, ask.kept)
  if redis.call('HEXISTS', key, 'u' .. ask.day) == 0 then
    for _, field in ipairs(redis.call('HKEYS', key)) do
      local day = string.match(field, '^[gsu]%u*(%d+)$')
      if day and tonumber(day) < ask.oldest then redis.call('HDEL', key, field) end
    end
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
  redis.call('PEXPIRE', key, ask.kept)  -- now that it is there
  local days = {}
  for day = ask.first, ask.day do
    if used(day) > 0 then days[#days + 1] = day; days[#days + 1] = used(day) end
  end
  answer[i] = {granted, limit, life, days}
end
return answer
"""

# Answers of a space are kept under the name it has now: KEYS[1] holds that name, "time-chance". A flush is a new one,
# of the time in microseconds, so that no answer is kept which was asked for before it. Nor is one that was asked for
# before the answer that it would replace: the first digits of what is kept, ASKED of them, are when that was.
ASKED = 16
GET = """
local name = redis.call('GET', KEYS[1])
return name and redis.call('GET', KEYS[1] .. ':' .. name .. ':' .. ARGV[1])
"""
SET = """
local key, answer, milliseconds, age, chance = unpack(ARGV)
local name = redis.call('GET', KEYS[1])
if not name then
  name = '0-' .. chance
  redis.call('SET', KEYS[1], name, 'PX', 7200000)
end
local time = redis.call('TIME')
local asked = time[1] * 1000000 + time[2] - age
local kept = KEYS[1] .. ':' .. name .. ':' .. key
if asked < tonumber(string.match(name, '^%d+')) or asked < (tonumber(redis.call('GETRANGE', kept, 0, 15)) or 0) then
  return false
end
redis.call('SET', kept, string.format('%016.0f', asked) .. answer, 'PX', milliseconds)  -- first: none if memory is full
return redis.call('PEXPIRE', KEYS[1], 7200000)
"""
DELETE = """
local name = redis.call('GET', KEYS[1])
return name and redis.call('DEL', KEYS[1] .. ':' .. name .. ':' .. ARGV[1])
"""
FLUSH = """
local time = redis.call('TIME')
local name = string.format('%.0f', time[1] * 1000000 + time[2]) .. '-' .. ARGV[1]
redis.call('DEL', KEYS[1])
return redis.call('SET', KEYS[1], name, 'PX', 7200000)
"""

_FIELD = pattern("([gsu])([A-Z]*)([0-9]+)")  # of COUNT's hashes


def use_of(use: UseAsk) -> bytes:
    """What COUNT reads."""
    key_day, (back, need, more), known, life, owed, remaining = use
    ask: dict[str, Any] = {
        "day": key_day.day,
        "first": key_day.first,
        "oldest": key_day.day - DAYS_KEPT,
        "period": key_day.quota.period,
        "limit": key_day.limit if key_day.limit is not None else 0,
        "back": back,
        "need": need,
        "more": more,
        "days": known.days,
        "grants": {f"{period}{first}": limit for (period, first), limit in known.grants.items()},
        "life": life,
        "new": secrets.token_hex(8),
        "owed": owed,
        "kept": DAYS_KEPT * SECONDS * 1000,
    }
    if remaining is not None:
        ask["remaining"] = remaining
    return msgspec.json.encode(ask)


def counted(use: UseAsk, granted: int, limit: int, life: bytes, days: Sequence[int]) -> Counted:
    """What COUNT answers. Nobody knows when a key may use more."""
    key_day = use.key_day
    grants = {(key_day.quota.period, key_day.first): limit} if limit >= 0 else {}
    by_day = dict(zip(days[::2], days[1::2], strict=True))
    return Counted(Grant(granted, inf), Known(by_day, grants), life.decode())


def known(fields: Mapping[bytes, bytes]) -> Known:
    """A whole hash of COUNT."""
    days: dict[int, int] = {}
    grants: dict[tuple[str, int], int] = {}
    for field, value in fields.items():
        match = _FIELD.fullmatch(field.decode())
        if match is None:
            continue
        kind, period, first = match.groups()
        if kind == "g":
            grants[period, int(first)] = int(value)
        else:
            days[int(first)] = days.get(int(first), 0) + int(value)
    return Known(days, grants)
