"""The peer: the same viewers by numpy's solver, the same ranking by faiss's flat index. argv: directory, series, dimensions, ours as JSON."""
import json
import os
import sys
import time

import numpy as np

directory, series, d, ours = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])


def read(name, kind):
    return np.fromfile(os.path.join(directory, name), kind)


factors = read('factors', '<f4').reshape(series, d)
lengths, taken, options = read('lengths', '<i4'), read('taken', '<i4'), read('options', '<f8')
viewers = read('viewers', '<f4').reshape(len(lengths), d)
gram = options[0] * (factors.T @ factors)
took, took_cpu, found, at = [], [], np.zeros_like(viewers), 0
for viewer, length in enumerate(lengths):
    items = taken[at:at + length]
    at += length
    begin, begin_cpu = time.perf_counter(), time.thread_time()
    rows = factors[items]
    a = gram + rows.T @ rows
    a[np.diag_indices(d)] += options[1 + viewer]
    found[viewer] = np.linalg.solve(a, rows.sum(axis=0))
    took.append((time.perf_counter() - begin) * 1e6)
    took_cpu.append((time.thread_time() - begin_cpu) * 1e6)
difference = float(np.abs(found - viewers).max() / np.abs(found).max())


def quantiles(times):
    return {'p50': round(float(np.quantile(times, 0.5)), 1), 'p99': round(float(np.quantile(times, 0.99)), 1)}


peer = {'numpy_solve_us': quantiles(took), 'numpy_solve_cpu_us': quantiles(took_cpu)}
ratio = {'fold_in_p50': ours['fold_in_us']['p50'] / peer['numpy_solve_us']['p50'],
         'fold_in_p99': ours['fold_in_us']['p99'] / peer['numpy_solve_us']['p99'],
         'fold_in_cpu_p99': ours['fold_in_cpu_us']['p99'] / peer['numpy_solve_cpu_us']['p99']}
try:
    import faiss
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(d)
    index.add(factors)
    times = []
    for viewer in viewers:
        begin = time.perf_counter()
        index.search(viewer.reshape(1, d), 500)
        times.append((time.perf_counter() - begin) * 1e6)
    peer['faiss_flat_us'] = quantiles(times)
    # Ours folds in and masks besides.
    ratio['for_history_to_faiss_p50'] = ours['for_history_us']['p50'] / peer['faiss_flat_us']['p50']
    ratio['for_history_to_faiss_p99'] = ours['for_history_us']['p99'] / peer['faiss_flat_us']['p99']
except ImportError:
    print('  faiss is not here: apt-get install python3-faiss', file=sys.stderr)
if difference > 1e-3:
    sys.exit(f'fold-in: the answers differ by {difference}')
machine = next(line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name'))
print(json.dumps({'name': 'fold-in', 'ratio': {name: round(value, 3) for name, value in ratio.items()}, 'ours': ours, 'peer': peer,
                  'series': series, 'dimensions': d, 'viewers': len(lengths), 'largest_relative_difference': float(f'{difference:.2g}'),
                  'load': os.getloadavg()[0], 'machine': f'{os.cpu_count()} × {machine}'}, ensure_ascii=False))
