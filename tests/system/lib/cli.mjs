// The program's commands for creators, run as a creator runs them.
import {spawn} from 'node:child_process';
import path from 'node:path';

import {build} from './house.mjs';

// Starts `cliffhanger …arguments` with no terminal and only `env`. `end` gives {code, signal, out, err}; `out` and `err` of the job itself are
// what was printed so far.
export function cliffhanger(args, env = {}) {
  const child = spawn(path.join(build, 'bin/cliffhanger'), args, {stdio: ['ignore', 'pipe', 'pipe'], env: {PATH: process.env.PATH, ...env}});
  const job = {child, out: '', err: ''};
  child.stdout.on('data', (bytes) => { job.out += bytes; });
  child.stderr.on('data', (bytes) => { job.err += bytes; });
  job.end = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({code, signal, out: job.out, err: job.err}));
  });
  return job;
}
