// measure.mjs CONNECTIONS READERS: what connections that do nothing add to the edge's own memory (RssAnon: mapped files are page cache), and of readers that stop
// what the edge's ends of their sockets hold (ss's wmem_queued and forward allocations), and what the whole machine has less, without what this program takes: that is
// both ends.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';

import {House} from '../../tests/system/lib/house.mjs';
import {publish} from '../edge-segments/published.mjs';

const [connections, readers] = process.argv.slice(2).map(Number);
const house = await new House({split: true, settings: {CLIFFHANGER_HTTP_CONNECTIONS: String(connections + readers + 100),
  CLIFFHANGER_HTTP_CONNECTIONS_OF_ONE: String(connections + readers + 100)}}).start();
const port = Number(new URL(house.url).port), pid = house.processes.get('edge').pid;

const own = () => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/RssAnon:\s+(\d+)/)[1]) * 1024;
// Bytes that are taken on the machine, but for the page cache and this process.
const taken = () => -Number(fs.readFileSync('/proc/meminfo', 'utf8').match(/MemAvailable:\s+(\d+)/)[1]) * 1024 - process.memoryUsage().rss;

// Bytes of kernel memory that the edge's ends of connections are charged with, pages of the page cache that are only lent to them (sendfile) included.
function socketBytes() {
  const text = execFileSync('ss', ['-tmnH', 'state', 'established', `( sport = :${port} )`], {encoding: 'utf8', maxBuffer: 1 << 26});
  let sum = 0;
  for (const [, received, sent, forward] of text.matchAll(/skmem:\(r(\d+),rb\d+,t\d+,tb\d+,f(\d+),w(\d+)/g)) sum += Number(received) + Number(sent) + Number(forward);
  return sum;
}

// A connection that asks for `path` and reads the answer, or only its first byte.
function visit(path, whole) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({port, host: '127.0.0.1'}, () => socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`));
    socket.on('error', reject);
    socket.once('data', (answer) => {
      if (!answer.toString('latin1').startsWith('HTTP/1.1 200')) return reject(new Error(answer.toString('latin1').slice(0, 200)));
      if (!whole) socket.pause();
      resolve(socket);
    });
  });
}

async function all(count, path, whole) {
  const sockets = [];
  while (sockets.length < count) {
    const more = Math.min(200, count - sockets.length);
    sockets.push(...await Promise.all(Array.from({length: more}, () => visit(path, whole))));
  }
  return sockets;
}

try {
  const {paths} = publish(house, 'segments', 64, 550_000);
  for (let i = 0; i < 3; ++i) (await all(200, '/healthz', true)).forEach((it) => it.destroy());  // warm
  await sleep(1000);
  const before = own();
  const idle = await all(connections, '/healthz', true);
  await sleep(500);
  const each = (own() - before) / connections;
  console.log(`  ${connections} idle connections: ${(each / 1024).toFixed(2)} KiB each`);
  idle.forEach((it) => it.destroy());
  await sleep(2000);
  const quiet = own(), takenBefore = taken(), socketsBefore = socketBytes();
  const slow = await all(readers, paths[0], false);
  await sleep(1000);
  const mib = (bytes) => +(bytes / (1 << 20)).toFixed(1);
  const slowOwn = mib(own() - quiet), slowSockets = mib(socketBytes() - socketsBefore), slowMachine = mib(taken() - takenBefore);
  console.log(`  ${readers} readers that stopped in a segment of 550 kB: ${slowOwn} MiB of the edge's, ${slowSockets} MiB of its sockets, ${slowMachine} MiB of the machine's`);
  slow.forEach((it) => it.destroy());
  const model = fs.readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)[1];
  console.log(JSON.stringify({name: 'edge-idle', ours: {idle_kib_each: +(each / 1024).toFixed(2), slow_readers_mib: slowOwn, slow_sockets_mib: slowSockets, slow_machine_mib: slowMachine},
    connections, readers, machine: `${os.cpus().length} × ${model}`}));
} finally {
  await house.stop();
}
