// Memory of processes over their lives, whatever kills and starts them again.
const warm = 20_000, enough = 10_000;  // ms: of a life that is not counted, and that must be left of it

export class Memory {
  constructor() { this.lives = new Map(); }

  // `mib` of the process `pid`, which is the `name` of now.
  sample(name, pid, mib, now = Date.now()) {
    const lives = this.lives.get(name) ?? this.lives.set(name, new Map()).get(name);
    const life = lives.get(pid) ?? lives.set(pid, []).get(pid);
    life.push([now, mib]);
  }

  // By name: the peak, and the slope in MiB a minute by least squares over all lives once they are warm, each about its own mean; null where
  // none lived long enough.
  report() {
    const out = {};
    for (const [name, lives] of this.lives) {
      let covariance = 0, variance = 0, peak = 0;
      for (const life of lives.values()) {
        for (const [, mib] of life) peak = Math.max(peak, mib);
        const points = life.filter(([at]) => at - life[0][0] >= warm);
        if (points.length < 2 || points.at(-1)[0] - points[0][0] < enough) continue;
        const mean = (index) => points.reduce((sum, point) => sum + point[index], 0) / points.length;
        const [middle, level] = [mean(0), mean(1)];
        for (const [at, mib] of points) {
          covariance += (at - middle) * (mib - level);
          variance += (at - middle) ** 2;
        }
      }
      out[name] = {peakMib: Math.round(peak), mibPerMinute: variance > 0 ? Number((covariance / variance * 60_000).toFixed(2)) : null};
    }
    return out;
  }
}
