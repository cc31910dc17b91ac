"""The peer: one iteration of the same weighted ALS, a numpy solve for each row. argv: directory, dimensions, threads, ours' iteration and whole training as JSON."""
import json
import os
import sys
import time

import numpy as np

directory, d, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
ours, whole = json.loads(sys.argv[4]), json.loads(sys.argv[5])


def read(name, kind):
    return np.fromfile(os.path.join(directory, name), kind)


start, item, weight = read('start', '<i8'), read('item', '<i4'), read('weight', '<f4')
users, items = (int(it) for it in read('sizes', '<i8'))
unobserved, lam, frequency = read('options', '<f8')


def solve(start, other, weight, factors, out):
    gram = unobserved * (factors.T @ factors)
    for row in range(len(start) - 1):
        first, end = start[row], start[row + 1]
        if first == end:
            out[row] = 0
            continue
        f, w = factors[other[first:end]], weight[first:end, None]
        a = gram + f.T @ (w * f)
        a[np.diag_indices(d)] += lam * (end - first + unobserved * len(factors)) ** frequency
        out[row] = np.linalg.solve(a, (w * f).sum(axis=0))


owner = np.repeat(np.arange(users, dtype=np.int32), np.diff(start))
order = np.argsort(item, kind='stable')
item_start = np.zeros(items + 1, np.int64)
np.cumsum(np.bincount(item, minlength=items), out=item_start[1:])
random = np.random.default_rng(1)
h = (0.1 / np.sqrt(d) * random.standard_normal((items, d))).astype(np.float32)
w = np.zeros((users, d), np.float32)
begin = time.perf_counter()
solve(start, item, weight, h, w)
solve(item_start, owner[order], weight[order], w, h)
seconds = time.perf_counter() - begin
machine = next(line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name'))
print(json.dumps({'name': 'training', 'ratio': {'iteration': round(ours['seconds'] / seconds, 4)}, 'ours': {'iteration': ours, 'whole': whole},
                  'peer': {'iteration': {'events': ours['events'], 'seconds': round(seconds, 2)}}, 'threads': threads,
                  'load': os.getloadavg()[0], 'machine': f'{os.cpu_count()} × {machine}'}, ensure_ascii=False))
