// A TCP proxy that can cut its connections: the train that goes into a tunnel.
import net from 'node:net';

// `url` names the server behind it; `rate` bounds the bytes a second that each connection sends to it.
export async function cutter(url, {rate = Infinity} = {}) {
  const {hostname, port} = new URL(url);
  const pairs = new Set();
  let cutAfter = Infinity, passed = 0, cuts = 0;
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port || 80), hostname);
    const pair = {destroy() { client.destroy(); upstream.destroy(); pairs.delete(pair); }};
    pairs.add(pair);
    for (const socket of [client, upstream]) {
      socket.on('error', () => pair.destroy());
      socket.on('close', () => pair.destroy());
    }
    upstream.pipe(client);
    client.on('data', (bytes) => {
      passed += bytes.length;
      if (passed >= cutAfter) {
        cutAfter = Infinity;
        ++cuts;
        upstream.write(bytes.subarray(0, bytes.length >> 1), () => pair.destroy());
        return;
      }
      const drained = upstream.write(bytes);
      if (rate !== Infinity) {
        client.pause();
        setTimeout(() => client.resume(), bytes.length / rate * 1000);
      } else if (!drained) {
        client.pause();
        upstream.once('drain', () => client.resume());
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    // Cuts once, in the middle of what is sent after `bytes` more.
    cutAfterBytes(bytes) { cutAfter = passed + bytes; },
    get cuts() { return cuts; },
    get passed() { return passed; },
    close() { for (const pair of pairs) pair.destroy(); server.close(); },
  };
}
