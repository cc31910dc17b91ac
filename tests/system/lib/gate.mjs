// A TCP door to a server's Unix socket that can do what networks do: refuse, reset, stall, and be slow.
import net from 'node:net';

export async function gate(unixPath) {
  const pairs = new Set();
  let state = 'open', delay = 0;
  const move = (from, to) => {
    from.on('data', (bytes) => {
      const pass = () => { if (!to.destroyed && !to.write(bytes)) { from.pause(); to.once('drain', () => state !== 'stalled' && from.resume()); } };
      if (delay > 0) setTimeout(pass, delay); else pass();
    });
    from.on('end', () => to.end());
  };
  const server = net.createServer({allowHalfOpen: true}, (client) => {
    client.on('error', () => {});
    if (state === 'refused') return client.resetAndDestroy();
    const upstream = net.connect({path: unixPath, allowHalfOpen: true});
    const pair = {client, upstream, destroy() { client.resetAndDestroy(); upstream.destroy(); pairs.delete(pair); }};
    pairs.add(pair);
    for (const socket of [client, upstream]) {
      socket.on('error', () => pair.destroy());
      socket.on('close', () => { client.destroy(); upstream.destroy(); pairs.delete(pair); });
    }
    move(client, upstream);
    move(upstream, client);
    if (state === 'stalled') { client.pause(); upstream.pause(); }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const each = (action) => { for (const pair of [...pairs]) action(pair); };
  return {
    port: server.address().port,
    get connections() { return pairs.size; },
    // As if the server's machine were off: connections there are end, new ones too.
    refuse() { state = 'refused'; each((pair) => pair.destroy()); },
    // Bytes stop; connections stay, and new ones are taken.
    stall() { state = 'stalled'; each(({client, upstream}) => { client.pause(); upstream.pause(); }); },
    // Each way takes `ms` more.
    slow(ms) { delay = ms; },
    // Ends the connections there are, once.
    reset() { each((pair) => pair.destroy()); },
    open() { state = 'open'; delay = 0; each(({client, upstream}) => { client.resume(); upstream.resume(); }); },
    close() { each((pair) => pair.destroy()); server.close(); },
  };
}
