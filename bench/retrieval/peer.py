"""The peer: the same viewers by faiss, its flat index and its graph of the same size, one thread. argv: directory, series, dimensions, k, links, looked_at, search, ours as JSON."""
import json
import os
import sys
import time

import faiss
import numpy as np

directory = sys.argv[1]
series, d, k, links, looked_at, search = (int(it) for it in sys.argv[2:8])
ours = json.loads(sys.argv[8])
faiss.omp_set_num_threads(1)


def read(name, kind, columns):
    return np.fromfile(os.path.join(directory, name), kind).reshape(-1, columns)


factors, viewers, best = read('factors', '<f4', d), read('viewers', '<f4', d), read('best', '<i4', k)


def figures(index):
    begin = time.perf_counter()
    index.add(factors)
    built, times, found = time.perf_counter() - begin, [], 0
    for viewer, wanted in zip(viewers, best):
        begin = time.perf_counter()
        _, got = index.search(viewer.reshape(1, d), k)
        times.append((time.perf_counter() - begin) * 1e6)
        found += len(np.intersect1d(got[0], wanted))
    return {'us': {'p50': round(float(np.quantile(times, 0.5)), 1), 'p99': round(float(np.quantile(times, 0.99)), 1)},
            'recall': round(found / best.size, 4), 'build_s': round(built, 1)}


graph = faiss.IndexHNSWFlat(d, links, faiss.METRIC_INNER_PRODUCT)
graph.hnsw.efConstruction = looked_at
graph.hnsw.efSearch = search
peer = {'flat': figures(faiss.IndexFlatIP(d)), 'graph': figures(graph)}
ratio = {f'{name}_{at}': round(ours[f'{"exact" if name == "flat" else name}_us'][at] / peer[name]['us'][at], 3)
         for name in peer for at in ('p50', 'p99')}
ratio['build'] = round(ours['build_s'] / peer['graph']['build_s'], 3)
ratio['graph_to_exact_p50'] = round(ours['graph_us']['p50'] / ours['exact_us']['p50'], 3)
machine = next(line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name'))
print(json.dumps({'name': 'retrieval', 'ratio': ratio, 'ours': ours, 'peer': peer, 'series': series, 'dimensions': d, 'k': k, 'viewers': len(viewers),
                  'links': links, 'looked_at': looked_at, 'search': search, 'load': os.getloadavg()[0], 'machine': f'{os.cpu_count()} × {machine}'}, ensure_ascii=False))
