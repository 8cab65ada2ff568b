/** A Lua script, and the name that a server which has seen it knows it by. */
export interface Script {
  readonly text: string;
  readonly sha1: string;
}

/** One script for each method of the store. */
export interface Scripts {
  readonly claim: Script;
  readonly change: Script;
  readonly remove: Script;
  readonly read: Script;
}

/*
 * What holds for all four:
 *
 * - One key, in KEYS, so that a cluster knows where to run them. A record is a hash; its fields are named in hash.ts.
 *   A field that begins with "step:" is one of its steps.
 * - Times come from the request, never from TIME: the clocks that are compared are those of the runs.
 * - Numbers are compared by tonumber, a double: exact up to 2^53, as in JavaScript. They are stored as the texts that
 *   came. Lua writes a number in 14 digits ("%.14g"), which cuts the end off a time of today; the one number that is
 *   computed here, the next fence, is written by "%.0f".
 * - A reply begins with the ticket of its request, and shows what Redis holds now, read after the write. The store
 *   compares both: see replies.ts.
 * - Redis does not roll back. The first write is the one that can be refused (out of memory, no permission), and what
 *   comes after it only clears and sets the time to live, so that a script which is cut short leaves a whole record.
 */

/**
 * ARGV: ticket, v, owner, payload, now, lease, expiresAt, time to live in ms, the first fence, "1" when abandoned ones
 * are taken, the fence to replace or "". The condition is the one of `IdempotencyStore.claim`.
 */
const CLAIM = `
local key, ticket = KEYS[1], ARGV[1]
local v, owner, payload, now, lease, expiresAt, ttl = unpack(ARGV, 2, 8)
local fence, takesAbandoned, replaces = unpack(ARGV, 9, 11)
local before = redis.call('HGETALL', key)
local may = #before == 0 and replaces == ''
if #before > 0 then
  local old = {}
  for i = 1, #before, 2 do old[before[i]] = before[i + 1] end
  if old.v and old.fence and old.lease and old.expiresAt and tonumber(old.v) <= tonumber(v) then
    local expired = tonumber(old.expiresAt) <= tonumber(now)
    if replaces ~= '' then
      may = expired and old.fence == replaces
    elseif not expired and old.payload == payload then
      may = old.state == 'RELEASED' or (old.state == 'IN_PROGRESS' and takesAbandoned == '1'
        and tonumber(old.lease) <= tonumber(now))
    end
  end
  if may then fence = string.format('%.0f', tonumber(old.fence) + 1) end
end
if not may then return {ticket, 'refused', before} end
redis.call('HSET', key, 'v', v, 'state', 'IN_PROGRESS', 'owner', owner, 'fence', fence, 'lease', lease,
  'expiresAt', expiresAt, 'at', now, 'payload', payload)
redis.call('HDEL', key, 'result')
if replaces ~= '' then
  for i = 1, #before, 2 do
    if string.sub(before[i], 1, 5) == 'step:' then redis.call('HDEL', key, before[i]) end
  end
end
redis.call('PEXPIRE', key, ttl)
return {ticket, 'claimed', redis.call('HGETALL', key), before}
`;

/** While the record has the state, owner and fence of ARGV 2 to 4. */
const SEEN = `
local key, ticket = KEYS[1], ARGV[1]
local seen = redis.call('HMGET', key, 'state', 'owner', 'fence')
if seen[1] ~= ARGV[2] or seen[2] ~= ARGV[3] or seen[3] ~= ARGV[4] then
  return {ticket, 'refused', redis.call('HGETALL', key)}
end
`;

/**
 * ARGV: ticket, state, owner, fence, time to live in ms or "" to leave it, "1" when steps are dropped, then fields and
 * their new values. It shows of each step that it wrote how many bytes Redis holds, and not all of them once more.
 */
const CHANGE = `${SEEN}
for i = 7, #ARGV, 2 do
  if ARGV[i] == 'lease' and tonumber(redis.call('HGET', key, 'lease')) > tonumber(ARGV[i + 1]) then
    return {ticket, 'refused', redis.call('HGETALL', key)}
  end
end
if #ARGV > 6 then redis.call('HSET', key, unpack(ARGV, 7)) end
if ARGV[6] == '1' then
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 5) == 'step:' then redis.call('HDEL', key, field) end
  end
end
if ARGV[5] ~= '' then redis.call('PEXPIRE', key, ARGV[5]) end
local shown = redis.call('HMGET', key, 'state', 'owner', 'fence', 'lease', 'expiresAt', 'at')
for i = 7, #ARGV, 2 do
  if string.sub(ARGV[i], 1, 5) == 'step:' then
    shown[#shown + 1] = tostring(redis.call('HSTRLEN', key, ARGV[i]))
  end
end
return {ticket, 'changed', shown}
`;

/** ARGV: ticket, state, owner, fence. */
const REMOVE = `${SEEN}
redis.call('DEL', key)
return {ticket, 'removed', redis.call('HGETALL', key)}
`;

/** ARGV: ticket. A script, for a client may send HGETALL to a replica, which can be behind. */
const READ = `
return {ARGV[1], 'read', redis.call('HGETALL', KEYS[1])}
`;

export function scripts(): Scripts {
  return { claim: script(CLAIM), change: script(CHANGE), remove: script(REMOVE), read: script(READ) };
}

function script(text: string): Script {
  return { text, sha1: process.getBuiltinModule("node:crypto").hash("sha1", text) };
}
