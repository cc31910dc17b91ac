// What Amazon CloudFront does with signed cookies and URLs, a cache and invalidations, as far as its documentation tells: a proxy in front of the edge
// that checks them with the public key, and the API that makes it forget.
import crypto from 'node:crypto';
import http from 'node:http';

const unbase64 = (text) => Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();
const signing = ['Policy', 'Signature', 'Key-Pair-Id', 'Expires'];

// "*" stands for anything.
const matches = (pattern, text) => new RegExp(`^${pattern.split('*').map((it) => it.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`).test(text);

export const cookieHeader = (pass) => pass.cookies.map(({name, value}) => `${name}=${value}`).join('; ');

export class Cdn {
  keyPairId = 'K2JCJMDEHXQW5F';
  distribution = 'E1EXAMPLE';
  access = {id: 'AKIDEXAMPLE', secret: 'a-secret-of-the-api'};
  constructor() {
    ({publicKey: this.publicKey, privateKey: this.privateKey} = crypto.generateKeyPairSync('rsa', {modulusLength: 2048}));
    this.cache = new Map();     // path → {headers, body, until}
    this.asked = [];            // paths, of the origin
    this.invalidations = new Map();  // by CallerReference
    this.failing = null;        // {status, code}: what the API answers instead
    this.refused = 0;           // requests of the API that were not signed as they should be
    this.sockets = new Set();
  }

  async start(secret) {
    this.secret = secret;
    this.server = http.createServer((request, response) => {
      const answer = request.method === 'POST' ? this.api(request) : this.serve(request);
      answer.then(({status, headers = {}, body = ''}) => response.writeHead(status, headers).end(request.method === 'HEAD' ? '' : body),
          (error) => response.writeHead(502).end(String(error)));
    });
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }
  async stop() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  // A pass as CloudFront's documentation makes it, for what the house would never sign.
  sign(resource, expires, key = this.privateKey) {
    const encode = (bytes) => Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
    const policy = JSON.stringify({Statement: [{Resource: resource, Condition: {DateLessThan: {'AWS:EpochTime': expires}}}]});
    return {cookies: [['Policy', encode(policy)], ['Signature', encode(crypto.sign('sha1', policy, key))], ['Key-Pair-Id', this.keyPairId]]
        .map(([name, value]) => ({name: `CloudFront-${name}`, value}))};
  }

  // Whether the viewer may have it: by the policy in the query, else by the one in the cookies.
  allows(url, headers) {
    const cookies = Object.fromEntries((headers.cookie ?? '').split('; ').map((it) => [it.slice(0, it.indexOf('=')), it.slice(it.indexOf('=') + 1)]));
    const of = (name) => url.searchParams.get(name) ?? cookies[`CloudFront-${name}`];
    const [policy, signature, keyPair] = ['Policy', 'Signature', 'Key-Pair-Id'].map(of);
    if (!policy || !signature || keyPair !== this.keyPairId) return false;
    const text = unbase64(policy);
    if (!crypto.verify('sha1', text, this.publicKey, unbase64(signature))) return false;
    const [{Resource: resource, Condition: condition}] = JSON.parse(text).Statement;
    const plain = new URL(url);
    for (const name of signing) plain.searchParams.delete(name);
    return matches(resource, plain.href) && condition.DateLessThan['AWS:EpochTime'] * 1000 > Date.now();
  }

  // Of the origin, without what the viewer sent.
  fetch(path) {
    this.asked.push(path);
    return new Promise((resolve, reject) => {
      const request = http.request(this.origin + path, {headers: {'X-Cliffhanger-Origin-Secret': this.secret}}, (answer) => {
        const pieces = [];
        answer.on('data', (piece) => pieces.push(piece));
        answer.on('end', () => resolve({status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces)}));
        answer.on('error', reject);
      });
      request.on('error', reject);
      request.end();
    });
  }

  async serve(request) {
    const url = new URL(this.url + request.url), path = request.url.split('?')[0];
    if (!path.startsWith('/cdn/') || !this.allows(url, request.headers))
      return {status: 403, headers: {'Content-Type': 'text/xml'}, body: '<Error><Code>AccessDenied</Code></Error>'};
    let kept = this.cache.get(path);
    if (!kept || kept.until < Date.now()) {
      const got = await this.fetch(path);
      const age = Number(/public.*max-age=(\d+)/.exec(got.headers['cache-control'])?.[1] ?? 0);
      kept = {...got, until: Date.now() + age * 1000};
      if (got.status === 200 && age > 0) this.cache.set(path, kept);
    }
    const headers = {'Content-Type': kept.headers['content-type'], 'Cache-Control': kept.headers['cache-control']};
    const range = kept.status === 200 && /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    if (!range) return {status: kept.status, headers, body: kept.body};
    const last = Math.min(range[2] === '' ? Infinity : Number(range[2]), kept.body.length - 1);
    return {status: 206, headers: {...headers, 'Content-Range': `bytes ${range[1]}-${last}/${kept.body.length}`},
      body: kept.body.subarray(Number(range[1]), last + 1)};
  }

  // Signature Version 4 of service cloudfront in us-east-1.
  isSigned({method, url, headers}, body) {
    const given = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/us-east-1\/cloudfront\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/
        .exec(headers.authorization ?? '');
    if (!given || given[1] !== this.access.id) return false;
    const [, , day, names, signature] = given;
    if (!['host', 'x-amz-date'].every((it) => names.split(';').includes(it))) return false;
    if (Math.abs(Date.now() - Date.parse(headers['x-amz-date'].replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'))) > 300_000) return false;
    const canonical = [method, url, '', ...names.split(';').map((name) => `${name}:${headers[name]}`), '', names, sha256(body)].join('\n');
    const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], `${day}/us-east-1/cloudfront/aws4_request`, sha256(canonical)].join('\n');
    const key = ['us-east-1', 'cloudfront', 'aws4_request'].reduce(hmac, hmac(`AWS4${this.access.secret}`, day));
    return hmac(key, text).toString('hex') === signature;
  }

  async api(request) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    const refusal = (status, code) => ({status, body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code></Error></ErrorResponse>`});
    if (this.failing) return refusal(this.failing.status, this.failing.code);
    if (!this.isSigned(request, body)) {
      this.refused += 1;
      return refusal(403, 'SignatureDoesNotMatch');
    }
    if (request.url !== `/2020-05-31/distribution/${this.distribution}/invalidation`) return refusal(404, 'NoSuchDistribution');
    const reference = /<CallerReference>([^<]+)<\/CallerReference>/.exec(body)[1];
    const paths = [...body.matchAll(/<Path>([^<]+)<\/Path>/g)].map((it) => it[1]);
    if (!this.invalidations.has(reference)) {
      this.invalidations.set(reference, paths);
      for (const path of this.cache.keys()) if (paths.some((it) => matches(it, path))) this.cache.delete(path);
    }
    return {status: 201, body: '<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>'};
  }
}
