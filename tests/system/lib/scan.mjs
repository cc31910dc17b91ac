// Looks for texts everywhere the house keeps something: each row of each table, Redis, the object store.
import fs from 'node:fs';
import path from 'node:path';
import {spawnSync} from 'node:child_process';

import {services} from './house.mjs';

// What `texts` are found in: "accounts.account", "redis cliffhanger:events:community", "blob …". An id is also looked for as bytes.
export function scan(house, texts) {
  return [...scanTables(house, texts), ...scanRedis(house, texts), ...scanBlobs(house, texts)];
}

// As they are, and an id as its 16 bytes too.
function needles(texts) {
  return texts.flatMap((text) => [Buffer.from(text), ...(/^[0-9a-f-]{36}$/.test(text) ? [Buffer.from(text.replaceAll('-', ''), 'hex')] : [])]);
}

function scanTables(house, texts) {
  const wanted = [...texts, ...needles(texts).map((bytes) => bytes.toString('hex'))];  // columns of bytes read as hex
  const schemas = services.map((name) => `'${name}'`).join();
  // Partitions one by one, and not the table that they are of.
  const tables = house.sql(`SELECT n.nspname || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname IN (${schemas}) ORDER BY 1`).split('\n');
  const like = `ARRAY[${wanted.map((text) => `'%${text}%'`).join()}]`;
  const found = [];
  for (let at = 0; at < tables.length; at += 40) {  // all at once would be longer than an argument may be
    const some = tables.slice(at, at + 40).map((table) => `SELECT '${table}' WHERE EXISTS (SELECT FROM ${table} t WHERE t::text LIKE ANY (${like}))`);
    found.push(...house.sql(some.join(' UNION ALL ')).split('\n').filter(Boolean));
  }
  return found;
}

const script = `
local found, needles = {}, {}
for _, hex in ipairs(ARGV) do table.insert(needles, (hex:gsub('..', function(byte) return string.char(tonumber(byte, 16)) end))) end
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  local all
  if kind == 'string' then all = redis.call('GET', key)
  elseif kind == 'hash' then all = redis.call('HGETALL', key)
  elseif kind == 'list' then all = redis.call('LRANGE', key, 0, -1)
  elseif kind == 'set' then all = redis.call('SMEMBERS', key)
  elseif kind == 'zset' then all = redis.call('ZRANGE', key, 0, -1)
  elseif kind == 'stream' then all = redis.call('XRANGE', key, '-', '+') end
  local function has(value)
    if type(value) == 'table' then
      for _, one in ipairs(value) do if has(one) then return true end end
      return false
    end
    for _, text in ipairs(needles) do if string.find(tostring(value), text, 1, true) then return true end end
    return false
  end
  if has(key) or has(all) then table.insert(found, key) end
end
return found`;

function scanRedis(house, texts) {
  const done = spawnSync('redis-cli', ['-s', path.join(house.dir, 'redis.sock'), 'EVAL', script, '0', ...needles(texts).map((bytes) => bytes.toString('hex'))], {encoding: 'utf8'});
  if (done.status !== 0 || done.stdout.includes('ERR')) throw new Error(`redis: ${done.stdout}${done.stderr}`);
  return done.stdout.split('\n').filter(Boolean).map((key) => `redis ${key}`);
}

function scanBlobs(house, texts) {
  const folder = path.join(house.dir, 'blobs');
  return fs.readdirSync(folder, {recursive: true, withFileTypes: true}).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)).filter((file) => {
    if (texts.some((text) => file.includes(text))) return true;
    if (!fs.statSync(file, {throwIfNoEntry: false})?.isFile()) return false;
    const bytes = fs.readFileSync(file);
    return needles(texts).some((one) => bytes.includes(one));
  }).map((file) => `blob ${path.relative(folder, file)}`);
}
