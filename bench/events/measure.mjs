// measure.mjs ROUNDS SECONDS CONNECTIONS BATCH: apps send batches of new events as fast as wrk can on CONNECTIONS; wrk, all services, PostgreSQL and Redis
// share the same cores. Rate limits are lifted: they are no part of the question. What was answered is counted in the table afterwards.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {guest} from '../../tests/system/lib/api.mjs';
import {House} from '../../tests/system/lib/house.mjs';

const [rounds, seconds, connections, batch] = process.argv.slice(2, 6).map(Number);
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

function flood(house, token, run) {
  const script = path.join(house.dir, 'events.lua');
  fs.writeFileSync(script, `
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer ${token}"
wrk.headers["Content-Type"] = "application/json"
local count, now = 0, os.date("!%Y-%m-%dT%H:%M:%SZ")
request = function()
  local events = {}
  for i = 1, ${batch} do
    count = count + 1
    events[i] = string.format('{"eventId":"%08x-0000-4000-8000-%012x","clientTime":"%s","kind":"EVENT_KIND_PROGRESS","episodeId":"01a227c9-cb32-7ba8-a9af-60aeeb9a11ae","sessionId":"01a227cb-0fea-7d20-92cd-6bb95e064392","positionMs":"%d","amountMs":"1000","bitrateBps":"1400000"}', ${run}, count, now, count % 60000)
  end
  return wrk.format(nil, "/v1/events", nil, '{"sendTime":"' .. now .. '","events":[' .. table.concat(events, ",") .. ']}')
end
done = function(summary, latency)
  local e = summary.errors
  print(string.format('{"requests": %d, "seconds": %f, "p99": %f, "errors": %d}', summary.requests, summary.duration / 1e6,
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end\n`);
  const done = spawnSync('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, house.url], {encoding: 'utf8'});
  const found = JSON.parse(done.stdout.trim().split('\n').at(-1));
  if (found.errors > 0) throw new Error(`${found.errors} requests failed\n${done.stdout}`);
  const kept = Number(house.sql(`SELECT count(*) FROM event WHERE event_id::text LIKE '${run.toString(16).padStart(8, '0')}%'`, 'insight'));
  if (kept < found.requests * batch) throw new Error(`${found.requests * batch} events were answered, ${kept} are there`);
  return {rate: Math.round(found.requests * batch / found.seconds), p99_ms: +(found.p99 / 1000).toFixed(1)};
}

const house = await new House({split: true, settings: {CLIFFHANGER_RATE_PER_SECOND: '1000000', CLIFFHANGER_RATE_BURST: '1000000'}}).start();
try {
  const {token} = await guest(house.url);
  flood(house, token, 1);  // warm
  const found = [];
  for (let i = 0; i < rounds; ++i) {
    found.push(flood(house, token, i + 2));
    console.log(`  round ${i + 1}: ${found.at(-1).rate} events/s in batches of ${batch}, p99 of a batch ${found.at(-1).p99_ms} ms`);
  }
  const model = fs.readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)[1];
  console.log(JSON.stringify({name: 'events', events_per_second: median(found.map((it) => it.rate)), p99_ms: median(found.map((it) => it.p99_ms)), batch, connections,
    machine: `${os.cpus().length} × ${model}`}));
} finally {
  await house.stop();
}
