"""The peer: EASE (Steck 2019) in plain numpy, of the same viewers and series. argv: directory, threads, ours of the same data and whole as JSON."""
import json
import os
import sys
import time

import numpy as np

directory, threads = sys.argv[1], int(sys.argv[2])
ours, whole = json.loads(sys.argv[3]), json.loads(sys.argv[4])
MOST = 100   # series of a viewer that count: pairs grow with the square
PAIRS = 40_000_000   # counted at once
RIDGE = 500


def read(name, kind):
    return np.fromfile(os.path.join(directory, name), kind)


start, item = read('start', '<i8'), read('item', '<i4')
users, items = (int(it) for it in read('sizes', '<i8'))
begin, begin_cpu = time.perf_counter(), time.process_time()
length = np.minimum(np.diff(start), MOST)
gram, pending, waiting = np.zeros(items * items, np.float32), [], 0


def count():
    global gram, pending, waiting
    if waiting:
        gram += np.bincount(np.concatenate(pending), minlength=gram.size)
    pending, waiting = [], 0


# Viewers of as many series together: all pairs of each in one step.
for many in np.unique(length[length > 0]):
    of = start[:-1][length == many]
    block = max(1, PAIRS // (int(many) ** 2))
    for first in range(0, len(of), block):
        took = item[of[first:first + block, None] + np.arange(many)].astype(np.int64)
        pending.append((took[:, :, None] * items + took[:, None, :]).ravel())
        waiting += pending[-1].size
        if waiting >= PAIRS:
            count()
count()
counted = time.perf_counter() - begin
gram = gram.reshape(items, items)
gram[np.diag_indices(items)] += RIDGE
weights = np.linalg.inv(gram)
weights /= -np.diag(weights)
weights[np.diag_indices(items)] = 0
seconds, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
assert np.isfinite(weights).all()
machine = next(line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name'))
print(json.dumps({'name': 'training', 'ratio': {'seconds': round(ours['seconds'] / seconds, 3)}, 'ours': {'whole': whole, 'same_data': ours},
                  'peer': {'events': int(length.sum()), 'viewers': users, 'series': items, 'seconds': round(seconds, 1), 'cpu_s': round(cpu, 1), 'counting_s': round(counted, 1)}, 'threads': threads,
                  'load': os.getloadavg()[0], 'machine': f'{os.cpu_count()} × {machine}'}, ensure_ascii=False))
