// What a process of the house takes.
import fs from 'node:fs';

const field = (pid, name) => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${name}:\\s+(\\d+)`))[1]) / 1024;
// MiB
export const rss = (pid) => field(pid, 'VmRSS');
export const peak = (pid) => field(pid, 'VmHWM');
export const resetPeak = (pid) => fs.writeFileSync(`/proc/${pid}/clear_refs`, '5');
