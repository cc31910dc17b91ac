// HTTPS in the process: OpenSSL's own client and Node's against a running house, and a certificate that is exchanged under them.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {freePort, House, until} from './lib/house.mjs';

describe('HTTPS', () => {
  const house = new House();
  const cert = path.join(house.dir, 'cert.pem'), key = path.join(house.dir, 'cert.key');
  let port, health;

  const openssl = (args, input = '') => spawnSync('openssl', args, {encoding: 'utf8', input});
  // A new pair of files, put in place by rename.
  const install = (name, {days = 2, extra = []} = {}) => {
    const made = openssl(['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${key}.new`, '-out', `${cert}.new`,
      '-days', String(days), '-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost', ...extra]);
    assert.equal(made.status, 0, made.stderr);
    fs.renameSync(`${key}.new`, key);
    fs.renameSync(`${cert}.new`, cert);
  };
  const get = (url, {agent, headers = {}} = {}) => new Promise((resolve, reject) => {
    const request = https.get(`https://localhost:${port}${url}`, {ca: agent?.ca ?? fs.readFileSync(cert), agent: agent ?? false, headers, family: 4}, (answer) => {
      const name = answer.socket.getPeerCertificate().subject?.CN, protocol = answer.socket.getProtocol();
      let body = '';
      answer.on('data', (piece) => body += piece);
      answer.on('end', () => resolve({status: answer.statusCode, headers: answer.headers, body, name, protocol}));
    });
    request.on('error', reject);
  });
  const shown = () => openssl(['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'localhost', '-brief'], 'Q\n');
  const reloads = async (outcome) => Number((await metrics()).match(new RegExp(`cliffhanger_tls_reloads_total\\{outcome="${outcome}"\\} (\\d+)`))?.[1] ?? 0);
  const metrics = async () => (await fetch(`${health}/metrics`)).text();

  before(async () => {
    install('first');
    port = await freePort();
    const healthPort = await freePort();
    health = `http://127.0.0.1:${healthPort}`;
    Object.assign(house.settings, {CLIFFHANGER_EDGE_TLS_CERT_FILE: cert, CLIFFHANGER_EDGE_TLS_KEY_FILE: key, CLIFFHANGER_EDGE_TLS_PORT: String(port),
      CLIFFHANGER_EDGE_TLS_HSTS_SECONDS: '3600', CLIFFHANGER_HEALTH_PORT: String(healthPort)});
    await house.start();
  });
  after(async () => {
    for (const [name, code] of await house.stop()) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('both ports answer, each in its own way', async () => {
    const secure = await get('/openapi.json', {headers: {'accept-encoding': 'br'}});
    assert.deepEqual([secure.status, secure.headers['content-encoding'], secure.name, secure.protocol], [200, 'br', 'first', 'TLSv1.3']);
    assert.equal(secure.headers['strict-transport-security'], 'max-age=3600');
    const plain = await fetch(`${house.url}/healthz`);
    assert.equal(plain.status, 200);
    assert.equal(plain.headers.get('strict-transport-security'), null);
    const lost = await new Promise((resolve, reject) => http.get(`http://127.0.0.1:${port}/healthz`, resolve).on('error', reject));
    assert.equal(lost.statusCode, 400);
    await until('it is counted', async () => /cliffhanger_tls_handshakes_failed_total\{reason="plain_http"\} 1/.test(await metrics()));
  });

  test('OpenSSL agrees on a modern protocol and on no old one', () => {
    assert.match(shown().stderr, /Protocol version: TLSv1\.3/);
    assert.match(openssl(['s_client', '-connect', `127.0.0.1:${port}`, '-brief', '-tls1_2'], 'Q\n').stderr, /Protocol version: TLSv1\.2/);
    assert.notEqual(openssl(['s_client', '-connect', `127.0.0.1:${port}`, '-brief', '-tls1_1', '-cipher', 'ALL@SECLEVEL=0'], 'Q\n').status, 0);
  });

  test('a new certificate is taken while connections live, and a bad one is not', async () => {
    const agent = new https.Agent({keepAlive: true, maxSockets: 1});
    agent.ca = fs.readFileSync(cert);
    assert.equal((await get('/healthz', {agent})).name, 'first');
    install('second');
    await until('the second certificate', () => /CN = second/.test(shown().stderr));
    const old = agent.freeSockets[Object.keys(agent.freeSockets)[0]]?.[0];
    assert.ok(old && !old.destroyed, 'the connection was not cut');
    assert.equal((await get('/healthz', {agent})).name, 'first', 'who is connected goes on');
    agent.destroy();
    assert.equal((await get('/healthz')).name, 'second');
    const before = await reloads('refused');  // a look may have fallen between the two renames
    fs.writeFileSync(`${key}.new`, openssl(['genpkey', '-algorithm', 'ed25519']).stdout);
    fs.renameSync(`${key}.new`, key);  // a look at half a file would be refused, and counted, for itself
    await until('the refusal is counted', async () => await reloads('refused') === before + 1);
    assert.match(shown().stderr, /CN = second/);
    assert.equal(await reloads('taken'), 1);
    install('third');
    await until('the third certificate', () => /CN = third/.test(shown().stderr));
  });
});
