// measure.mjs segments|playlists ROUNDS SECONDS CONNECTIONS: the edge and nginx by turns, each with the same files of the same object store, warm. wrk has
// one thread of its own on the same cores.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {House} from '../../tests/system/lib/house.mjs';
import {Nginx} from './nginx.mjs';
import {publish} from './published.mjs';

const [kind, ...rest] = process.argv.slice(2), [rounds, seconds, connections] = rest.map(Number);
const files = 64, bytes = kind === 'segments' ? 550_000 : 2000;
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const round = (value, digits = 3) => +value.toFixed(digits);

// Seconds of CPU of these processes so far.
const cpu = (pids) => pids.reduce((sum, pid) => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return sum + (Number(fields[11]) + Number(fields[12])) / 100;
}, 0);

// One run of wrk over all paths by turns.
function load(script, port, pids) {
  const before = cpu(pids);
  const done = spawnSync('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, `http://127.0.0.1:${port}`],
    {encoding: 'utf8'});
  const used = cpu(pids) - before, found = JSON.parse(done.stdout.trim().split('\n').at(-1));
  if (found.errors > 0) throw new Error(`${found.errors} requests failed\n${done.stdout}`);
  return {rate: found.requests / found.seconds, cpu_per_gb: used / (found.requests * bytes / 1e9), p99_ms: found.p99 / 1000};
}

function script(dir, name, paths) {
  const file = path.join(dir, `${name}.lua`);
  fs.writeFileSync(file, `local requests, at = {}, 0
init = function() for _, path in ipairs({${paths.map((it) => `"${it}"`).join(',')}}) do requests[#requests + 1] = wrk.format("GET", path) end end
request = function() at = at % #requests + 1; return requests[at] end
done = function(summary, latency)
  local e = summary.errors
  print(string.format('{"requests": %d, "seconds": %f, "p99": %f, "errors": %d}', summary.requests, summary.duration / 1e6,
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end\n`);
  return file;
}

const house = await new House({split: true}).start();
const servers = [true, false].map((sendfile) => new Nginx(path.join(house.dir, 'blobs'), path.join(house.dir, `nginx-${sendfile}`), sendfile));
try {
  for (const nginx of servers) await nginx.start();
  const {keys, paths} = publish(house, kind, files, bytes);
  const edge = {script: script(house.dir, 'edge', paths), port: Number(new URL(house.url).port), pids: [house.processes.get('edge').pid]};
  const peers = servers.map((nginx) => ({sendfile: nginx.sendfile, script: script(nginx.dir, 'nginx', keys.map((key) => nginx.url(key))),
    port: nginx.port, pids: nginx.pids()}));
  load(edge.script, edge.port, edge.pids);  // warm
  // The better of the two is the peer.
  for (const one of peers) {
    load(one.script, one.port, one.pids);
    one.rate = load(one.script, one.port, one.pids).rate;
  }
  const peer = peers[0].rate >= peers[1].rate ? peers[0] : peers[1];
  console.log(`  nginx by sendfile ${peers[0].rate.toFixed(0)}/s, from buffers ${peers[1].rate.toFixed(0)}/s`);
  const ours = [], theirs = [];
  for (let i = 0; i < rounds; ++i) {
    ours.push(load(edge.script, edge.port, edge.pids));
    theirs.push(load(peer.script, peer.port, peer.pids));
    const say = (it) => `${it.rate.toFixed(0)}/s, ${it.cpu_per_gb.toFixed(3)} s of CPU per GB, p99 ${it.p99_ms.toFixed(1)} ms`;
    console.log(`  round ${i + 1}: edge ${say(ours.at(-1))}; nginx ${say(theirs.at(-1))}`);
  }
  const middle = (list) => Object.fromEntries(Object.keys(list[0]).map((key) => [key, round(median(list.map((it) => it[key])))]));
  const ratio = Object.fromEntries(Object.keys(ours[0]).map((key) => [key, round(median(ours.map((it, i) => it[key] / theirs[i][key])))]));
  const model = fs.readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)[1];
  console.log(JSON.stringify({name: `edge-${kind}`, ratio, ours: middle(ours), peer: {command: `nginx, ${peer.sendfile ? 'sendfile' : 'buffers'}`, ...middle(theirs)}, bytes, connections,
    machine: `${os.cpus().length} × ${model}`}));
} finally {
  for (const nginx of servers) nginx.stop();
  await house.stop();
}
