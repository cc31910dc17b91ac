// The client of both sides: tus 1.0 over bare sockets out of one buffer, so that it costs little itself. Run as
// client.mjs JSON, with {port, uploads: [headers of a creation], bytes, piece}, it sends all uploads at once and prints {seconds, paths}: from the first
// creation to the last acknowledgement, and where they are.
import crypto from 'node:crypto';
import net from 'node:net';
import {pathToFileURL} from 'node:url';

const buffer = crypto.randomBytes(4 << 20);

// One connection with one request at a time.
class Connection {
  constructor(port) {
    this.socket = net.connect({port, host: '127.0.0.1'});
    this.socket.setNoDelay(true);
    this.text = '';
    this.socket.on('data', (bytes) => { this.text += bytes.toString('latin1'); this.take(); });
    this.socket.on('error', (error) => this.reject?.(error));
    this.socket.on('close', () => this.reject?.(new Error(`the connection ended: ${this.text}`)));
  }
  take() {
    const at = this.text.indexOf('\r\n\r\n');
    if (at < 0) return;
    const head = this.text.slice(0, at), chunked = /transfer-encoding: chunked/i.test(head);
    const end = chunked ? this.text.indexOf('0\r\n\r\n', at + 4) + 5 : at + 4 + Number(head.match(/content-length: (\d+)/i)?.[1] ?? 0);
    if (end < at + 4 || this.text.length < end) return;
    const body = this.text.slice(at + 4, end);
    this.text = this.text.slice(end);
    this.resolve({status: Number(head.split(' ')[1]), head, body});
  }
  // Sends the head and `bytes` of the buffer; gives the response's status and head.
  async request(method, path, headers, bytes) {
    const answer = new Promise((resolve, reject) => Object.assign(this, {resolve, reject}));
    const fields = Object.entries({Host: 'a', 'Tus-Resumable': '1.0.0', ...headers, 'Content-Length': bytes}).map(([k, v]) => `${k}: ${v}\r\n`).join('');
    this.socket.write(`${method} ${path} HTTP/1.1\r\n${fields}\r\n`);
    for (let left = bytes; left > 0; left -= buffer.length) {
      if (!this.socket.write(left < buffer.length ? buffer.subarray(0, left) : buffer))
        await Promise.race([answer, new Promise((resolve) => this.socket.once('drain', resolve))]);
    }
    return answer;
  }
}

async function send(port, headers, bytes, piece) {
  const connection = new Connection(port);
  const made = await connection.request('POST', '/uploads', {...headers, 'Upload-Length': bytes}, 0);
  if (made.status !== 201) throw new Error(made.head + made.body);
  const path = new URL(made.head.match(/location: (\S+)/i)[1], 'http://a').pathname;
  for (let offset = 0; offset < bytes; offset += piece) {
    const sent = await connection.request('PATCH', path, {...(headers.Authorization && {Authorization: headers.Authorization}),
      'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': offset}, Math.min(piece, bytes - offset));
    if (sent.status !== 204) throw new Error(sent.head + sent.body);
  }
  connection.reject = null;
  connection.socket.destroy();
  return path;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const {port, uploads, bytes, piece} = JSON.parse(process.argv[2]);
  const start = performance.now();
  const paths = await Promise.all(uploads.map((headers) => send(port, headers, bytes, piece)));
  console.log(JSON.stringify({seconds: (performance.now() - start) / 1000, paths}));
}
