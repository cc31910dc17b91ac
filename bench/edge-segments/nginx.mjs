// nginx as a peer of the edge: the same files, a link that it verifies (secure_link, the MD5 of a secret, the path and the time of expiry).
import {spawn, spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import {freePort, until} from '../../tests/system/lib/house.mjs';

const secret = 'a secret of nginx';

export class Nginx {
  // Serves what is below `root` by sendfile(2) or from buffers; its own files are in `dir`.
  constructor(root, dir, sendfile) {
    Object.assign(this, {root, dir, sendfile});
  }
  async start() {
    this.port = await freePort();
    fs.mkdirSync(this.dir, {recursive: true});
    const file = path.join(this.dir, 'nginx.conf');
    fs.writeFileSync(file, `
      user root;
      worker_processes auto;
      pid ${this.dir}/pid;
      error_log ${this.dir}/error.log;
      daemon off;
      events { worker_connections 4096; }
      http {
        access_log off;
        ${this.sendfile ? 'sendfile on' : 'sendfile off; output_buffers 2 512k'};
        tcp_nopush on;
        tcp_nodelay on;
        keepalive_requests 100000000;
        open_file_cache max=1000 inactive=1h;
        open_file_cache_valid 1h;
        types { video/mp4 m4s; application/vnd.apple.mpegurl m3u8; }
        client_body_temp_path ${this.dir}/1; proxy_temp_path ${this.dir}/2; fastcgi_temp_path ${this.dir}/3;
        uwsgi_temp_path ${this.dir}/4; scgi_temp_path ${this.dir}/5;
        server {
          listen 127.0.0.1:${this.port};
          location / {
            root ${this.root};
            secure_link $arg_md5,$arg_expires;
            secure_link_md5 "$secure_link_expires$uri ${secret}";
            if ($secure_link = "") { return 403; }
            if ($secure_link = "0") { return 410; }
            add_header Cache-Control "public, max-age=31536000, immutable";
          }
        }
      }`);
    const test = spawnSync('nginx', ['-t', '-c', file], {encoding: 'utf8'});
    if (test.status !== 0) throw new Error(test.stderr);
    this.child = spawn('nginx', ['-c', file], {stdio: 'ignore'});
    await until('nginx answers', async () => (await fetch(`http://127.0.0.1:${this.port}/`)).status === 403);
  }
  stop() {
    this.child?.kill('SIGQUIT');
  }
  // Of its workers.
  pids() {
    return spawnSync('pgrep', ['-P', String(this.child.pid)], {encoding: 'utf8'}).stdout.trim().split('\n').map(Number);
  }
  // The signed path of a file.
  url(name) {
    const expires = Math.floor(Date.now() / 1000) + 36000;
    const md5 = crypto.createHash('md5').update(`${expires}/${name} ${secret}`).digest('base64url');
    return `/${name}?md5=${md5}&expires=${expires}`;
  }
}
