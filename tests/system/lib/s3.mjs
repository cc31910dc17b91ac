// npm's s3rver, and in front of it a proxy that remembers what was asked and breaks what a test wants broken.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {until} from './house.mjs';

const program = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../node_modules/s3rver/bin/s3rver.js');

export class S3 {
  static keyId = 'S3RVER';
  static secret = 'S3RVER';

  constructor(bucket) {
    this.bucket = bucket;
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'chs3-'));
    this.asked = [];   // {method, key, query}
    // May answer ({status, body}) instead of S3, cut ({cut: bytes of the body}), or keep silent ({silent: true}).
    this.fault = () => null;
    this.sockets = new Set();
  }

  async start() {
    const log = path.join(this.dir, 's3rver.log'), fd = fs.openSync(log, 'w');
    // Its continuation tokens want DES, which OpenSSL 3 keeps apart.
    this.child = spawn(process.execPath, ['--openssl-legacy-provider', program, '--silent', '--directory', path.join(this.dir, 'data'),
      '--address', '127.0.0.1', '--port', '0', '--configure-bucket', this.bucket], {stdio: ['ignore', fd, fd]});
    fs.closeSync(fd);
    this.upstream = await until('s3rver', () => Number(/listening on 127\.0\.0\.1:(\d+)\n/.exec(fs.readFileSync(log, 'utf8'))?.[1]));
    this.proxy = http.createServer((request, response) => this.pass(request, response));
    this.proxy.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await this.listen(0);
    this.port = this.proxy.address().port;
    return this;
  }
  listen(port) { return new Promise((resolve) => this.proxy.listen(port, '127.0.0.1', resolve)); }

  // What a process needs to work with it. The house is told where it is by the environment alone.
  get settings() {
    return {
      CLIFFHANGER_BLOB_URL: `s3://${this.bucket}/house`, CLIFFHANGER_S3_ENDPOINT: `http://127.0.0.1:${this.port}`,
      CLIFFHANGER_S3_STALL_MS: '2000', AWS_ACCESS_KEY_ID: S3.keyId, AWS_SECRET_ACCESS_KEY: S3.secret,
    };
  }

  pass(request, response) {
    const [where, query = ''] = request.url.split('?');
    const asked = {method: request.method, key: where.replace(`/${this.bucket}/house/`, ''), query, range: request.headers.range};
    this.asked.push(asked);
    const fault = this.fault(asked);
    if (fault?.silent) return;
    if (fault?.status) {
      request.resume();
      response.writeHead(fault.status, {'Content-Type': 'application/xml'}).end(fault.body ?? '');
      return;
    }
    const on = http.request({host: '127.0.0.1', port: this.upstream, method: request.method, path: request.url, headers: request.headers}, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      let left = fault?.cut ?? Infinity;
      answer.on('data', (bytes) => {
        if (left === Infinity) return response.write(bytes);
        if (left > 0) response.write(bytes.subarray(0, left), () => { if (left <= 0) response.destroy(); });
        left -= bytes.length;
      });
      answer.on('end', () => { if (left === Infinity) response.end(); });
    });
    on.on('error', () => response.destroy());
    request.on('error', () => on.destroy());
    request.pipe(on);
  }

  reads(key) { return this.asked.filter((it) => it.method === 'GET' && it.key === key).length; }
  // Connections are refused until back().
  async away() {
    const closed = new Promise((resolve) => this.proxy.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
  back() { return this.listen(this.port); }

  // Keys of all objects.
  keys() {
    const root = path.join(this.dir, 'data', this.bucket), suffix = '._S3rver_object';
    return fs.readdirSync(root, {recursive: true}).map(String).filter((it) => it.endsWith(suffix)).map((it) => it.slice(0, -suffix.length));
  }

  async stop() {
    if (this.proxy?.listening) await this.away();
    this.child?.kill('SIGKILL');
    fs.rmSync(this.dir, {recursive: true, force: true});
  }
}
