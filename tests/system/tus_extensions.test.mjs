// The extensions of tus 1.0 on the real thing, case by case as the public conformance suite lists them (see tus_core.test.mjs), and the client
// that most pages use, with several connections, checksums and a length that it doesn't know at first.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {Readable} from 'node:stream';
import {after, before, describe, test} from 'node:test';

import * as client from 'tus-js-client';

import {makeEpisode, untilReady} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {House, until} from './lib/house.mjs';
import {Tus, b64, checksum} from './lib/tus.mjs';

const hello = 'Hello, tus!\n';

describe('extensions of tus', () => {
  const house = new House({split: true});
  let tus;
  before(async () => {
    await house.start();
    tus = await Tus.of(house);
  });
  after(() => house.stop());
  const upload = (length = 100, headers = {}) => tus.made({'Upload-Length': String(length), ...headers});
  const code = async (answer) => (await answer.json()).code;

  describe('creation', () => {
    test('gives a URL of its own that can be resolved', async () => {
      const [one, two] = [await upload(), await upload()];
      assert.notEqual(one, two);
      assert.match(new URL(one, house.url).href, /^https?:\/\/.+\/uploads\/[0-9a-f-]{36}$/);
    });
    test('without a version is refused', async () => {
      const answer = await tus.create({'Upload-Length': '100', 'Tus-Resumable': undefined});
      assert.equal(answer.status, 412);
      assert.ok(answer.headers.get('tus-version'));
    });
    for (const length of [undefined, '', 'x', '-5', '1.5', '1e3']) {
      test(`of the length "${length}" is refused`, async () => assert.equal((await tus.create({'Upload-Length': length})).status, 400));
    }
    test('keeps its metadata as they were sent', async () => {
      const said = `${tus.metadata},filename ${b64('test.txt')},size ${b64('100')},is_mine,content-type ${b64('text/plain')}`;
      const head = await tus.head(await upload(100, {'Upload-Metadata': said}));
      assert.equal(head.headers.get('upload-metadata'), said);
    });
    for (const [what, bad] of [['no base64', 'filename not_valid_base64!!!'], ['a key twice', `a ${b64('x')},a ${b64('y')}`],
      ['more than 4 KiB', `a ${b64('x'.repeat(6000))}`]]) {
      test(`of metadata with ${what} is refused`, async () => {
        const answer = await tus.create({'Upload-Length': '100', 'Upload-Metadata': `${tus.metadata},${bad}`});
        assert.equal(answer.status, 400);
        assert.equal(await code(answer), 'BAD_UPLOAD_METADATA');
      });
    }
    test('takes keys without a value', async () => assert.ok(await upload(100, {'Upload-Metadata': `${tus.metadata},empty`})));
  });

  describe('creation-with-upload', () => {
    const bytes = {'Content-Type': 'application/offset+octet-stream'};
    test('takes the first bytes and tells how many', async () => {
      const answer = await tus.create({'Upload-Length': '100', ...bytes}, 'test data');
      assert.equal(answer.status, 201);
      assert.equal(answer.headers.get('upload-offset'), '9');
      assert.equal(await tus.offset(answer.headers.get('location')), 9);
    });
    test('takes all of them', async () => {
      const at = await tus.made({'Upload-Length': '12', ...bytes}, hello);
      const head = await tus.head(at);
      assert.equal(head.headers.get('upload-offset'), '12');
      assert.equal(head.headers.get('upload-length'), '12');
    });
    test('of another type is refused', async () =>
      assert.equal((await tus.create({'Upload-Length': '12', 'Content-Type': 'text/plain'}, hello)).status, 415));
    test('checks their checksum', async () => {
      const good = await tus.create({'Upload-Length': '12', ...bytes, 'Upload-Checksum': checksum('sha1', hello)}, hello);
      assert.equal(good.headers.get('upload-offset'), '12');
      const bad = await tus.create({'Upload-Length': '12', ...bytes, 'Upload-Checksum': checksum('sha1', 'other')}, hello);
      assert.equal(bad.status, 201);
      assert.equal(bad.headers.get('upload-offset'), '0');
    });
  });

  describe('creation-defer-length', () => {
    const open = () => tus.made({'Upload-Defer-Length': '1'});
    test('leaves the length open until a PATCH tells it', async () => {
      const at = await open();
      const before = await tus.head(at);
      assert.equal(before.headers.get('upload-defer-length'), '1');
      assert.equal(before.headers.get('upload-offset'), '0');
      assert.equal(before.headers.get('upload-length'), null);
      const sent = await tus.patch(at, 0, hello, {'Upload-Length': '12'});
      assert.equal(sent.status, 204);
      assert.equal(sent.headers.get('upload-offset'), '12');
      const known = await tus.head(at);
      assert.equal(known.headers.get('upload-length'), '12');
      assert.equal(known.headers.get('upload-defer-length'), null);
    });
    test('takes it with the last piece, and with none', async () => {
      const at = await open();
      await tus.patch(at, 0, 'Hello, ');
      assert.equal((await tus.patch(at, 7, '', {'Upload-Length': '7'})).status, 204);
      assert.equal((await tus.maker.get(`/v1/uploads/${at.split('/').pop()}`)).upload.length, '7');
    });
    test('refuses another length later', async () => {
      const at = await open();
      assert.equal((await tus.patch(at, 0, 'test', {'Upload-Length': '100'})).status, 204);
      assert.equal((await tus.patch(at, 4, 'more', {'Upload-Length': '200'})).status, 400);
    });
    test('refuses a length beside it, and other values', async () => {
      assert.equal((await tus.create({'Upload-Defer-Length': '1', 'Upload-Length': '100'})).status, 400);
      for (const value of ['0', '2', 'true']) assert.equal((await tus.create({'Upload-Defer-Length': value})).status, 400);
    });
  });

  describe('checksum', () => {
    test('tells its algorithms, sha1 among them', async () => {
      const told = (await tus.ask('OPTIONS', '/uploads')).headers.get('tus-checksum-algorithm');
      assert.match(told, /^[a-z0-9-]+(,[a-z0-9-]+)*$/);
      assert.deepEqual(told.split(','), ['sha1', 'sha256', 'crc32c']);
    });
    for (const field of [checksum('sha1', hello), checksum('sha256', hello), checksum('crc32c', hello)]) {
      test(`takes bytes that match (${field})`, async () => {
        const answer = await tus.patch(await upload(12), 0, hello, {'Upload-Checksum': field});
        assert.equal(answer.status, 204, await answer.text());
        assert.equal(answer.headers.get('upload-offset'), '12');
      });
    }
    for (const field of [`sha1 ${'A'.repeat(28)}`, checksum('sha1', 'hello'), 'crc32c AAAAAA==']) {
      test(`refuses others (${field}), keeps none of them, and takes them again`, async () => {
        const at = await upload(12);
        const answer = await tus.patch(at, 0, hello, {'Upload-Checksum': field});
        assert.equal(answer.status, 460);
        assert.equal(await code(answer), 'CHECKSUM_MISMATCH');
        assert.equal(await tus.offset(at), 0);
        assert.equal((await tus.patch(at, 0, hello, {'Upload-Checksum': checksum('sha1', hello)})).headers.get('upload-offset'), '12');
      });
    }
    for (const field of ['unknownalgo AAAAAAAAAA', 'md5 AAAA', 'sha1', 'sha1 %%%', 'sha1 AAAA,sha256 AAAA']) {
      test(`refuses "${field}" with 400`, async () =>
        assert.equal((await tus.patch(await upload(12), 0, hello, {'Upload-Checksum': field})).status, 400));
    }
    test('of no bytes is that of none', async () => {
      const at = await upload(12);
      assert.equal((await tus.patch(at, 0, '', {'Upload-Checksum': checksum('sha1', '')})).status, 204);
      assert.equal((await tus.patch(at, 0, '', {'Upload-Checksum': checksum('sha1', 'x')})).status, 460);
    });
  });

  describe('concatenation', () => {
    const final = (partials, headers = {}) => tus.create({'Upload-Concat': `final;${partials.join(' ')}`, ...headers});
    test('makes partial uploads, which say so', async () => {
      const at = await tus.partial('AAAAA\n');
      assert.equal((await tus.head(at)).headers.get('upload-concat'), 'partial');
    });
    test('makes one of them, as long as all of them, at once', async () => {
      const partials = [await tus.partial('AAAAA\n'), await tus.partial('BBBBBB\n')];
      const answer = await final(partials);
      assert.equal(answer.status, 201);
      const head = await tus.head(answer.headers.get('location'));
      assert.equal(head.headers.get('upload-offset'), '13');
      assert.equal(head.headers.get('upload-length'), '13');
      assert.equal(head.headers.get('upload-concat'), `final;${partials.join(' ')}`);
    });
    test('asked again after its answer was lost gives the same one', async () => {
      const partials = [await tus.partial('AAAAA\n'), await tus.partial('BBBBBB\n')];
      const [one, two] = [await final(partials), await final(partials)];
      assert.equal(two.status, 201);
      assert.equal(two.headers.get('location'), one.headers.get('location'));
      assert.equal((await final([partials[0]])).status, 409);
    });
    test('takes absolute URLs', async () => assert.equal((await final([new URL(await tus.partial('AA'), house.url).href])).status, 201));
    test('refuses a length', async () => assert.equal((await final([await tus.partial('AAAAA\n')], {'Upload-Length': '6'})).status, 400));
    test('refuses bytes for the final one', async () => {
      const at = (await final([await tus.partial('AAAAA\n')])).headers.get('location');
      for (const offset of [0, 6]) assert.equal((await tus.patch(at, offset, 'data')).status, 403);
    });
    test('refuses partial uploads with bytes missing, and changes nothing', async () => {
      const whole = await tus.partial('AAAAA\n');
      const at = await tus.made({'Upload-Length': '100', 'Upload-Concat': 'partial', 'Upload-Metadata': undefined});
      await tus.patch(at, 0, 'some data!');
      const answer = await final([whole, at]);
      assert.equal(answer.status, 400);
      assert.equal(await code(answer), 'PARTIAL_INCOMPLETE');
      await tus.patch(at, 10, 'x'.repeat(90));
      assert.equal((await final([whole, at])).status, 201);
    });
    test('refuses what is not there, what is no partial one, and another creator\'s', async () => {
      assert.equal((await final(['/uploads/0193b6c0-0000-7000-8000-000000000001'])).status, 404);
      assert.equal((await final(['/elsewhere/1'])).status, 400);
      assert.equal((await final([await upload()])).status, 400);
      const other = await Tus.of(house);
      assert.equal((await final([await other.partial('AA')])).status, 404);
    });
    test('leaves no byte behind', async () => {
      const left = () => {
        const dir = path.join(house.dir, 'blobs/parts');
        return fs.existsSync(dir) ? fs.readdirSync(dir, {recursive: true, withFileTypes: true}).filter((it) => it.isFile()).map((it) => it.parentPath) : [];
      };
      const partials = [await tus.partial('CCCC'), await tus.partial('DDDD')];
      const ids = partials.map((at) => at.split('/').pop());
      assert.ok(ids.every((id) => left().some((dir) => dir.includes(id))));
      await final(partials);
      await until('they are gone', () => !left().some((dir) => ids.some((id) => dir.includes(id))));
    });
  });

  describe('expiration', () => {
    const imf = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
    test('is told by POST, PATCH and HEAD, as an HTTP date, and moves on with each byte', async () => {
      const made = await tus.create({'Upload-Length': '100'});
      const sent = await tus.patch(made.headers.get('location'), 0, 'x');
      const head = await tus.head(made.headers.get('location'));
      for (const answer of [made, sent, head]) {
        assert.match(answer.headers.get('upload-expires'), imf);
        assert.ok(Date.parse(answer.headers.get('upload-expires')) > Date.now() + 23 * 3600e3);
      }
      assert.ok(Date.parse(sent.headers.get('upload-expires')) >= Date.parse(made.headers.get('upload-expires')));
    });
    test('ends what nobody went on with, and says so', async () => {
      const at = await upload();
      await tus.patch(at, 0, 'test data');
      house.sql(`UPDATE upload SET expires_at = now() - interval '1 hour' WHERE upload_id = '${at.split('/').pop()}'`, 'ingest');
      await house.restart('ingest');
      await until('it is gone', async () => (await tus.head(at)).status === 410);
      assert.equal((await tus.patch(at, 9, 'x')).status, 410);
      assert.ok(await upload(), 'another can be begun');
    });
  });

  describe('termination', () => {
    test('answers 204, also again, and then it is gone', async () => {
      const at = await upload();
      await tus.patch(at, 0, 'test data');
      for (let i = 0; i < 2; ++i) assert.equal((await tus.ask('DELETE', at)).status, 204);
      assert.ok([404, 410].includes((await tus.head(at)).status));
      assert.ok([404, 410].includes((await tus.patch(at, 9, 'x')).status));
    });
    test('without a version is refused', async () => assert.equal((await tus.ask('DELETE', await upload(), {'Tus-Resumable': undefined})).status, 412));
    test('of what is not there is 404', async () => assert.equal((await tus.ask('DELETE', '/uploads/non-existent-upload-id-12345')).status, 404));
    test('of a complete one is refused with a reason, or done', async () => {
      const at = await upload(12);
      await tus.patch(at, 0, hello);
      assert.ok([204, 410].includes((await tus.ask('DELETE', at)).status));
    });
  });

  describe('tus-js-client', () => {
    // How the client sends `file` for a new episode, which becomes ready with these very bytes.
    async function sends(name, options) {
      const {episode} = await makeEpisode(tus.maker);
      const file = makeClip(path.join(house.dir, `${name}.mp4`), {seconds: 3, tone: 300 + name.length});
      const bytes = fs.readFileSync(file);
      const source = options.source?.(file) ?? fs.createReadStream(file);
      const job = await new Promise((resolve, reject) => {
        const one = new client.Upload(source, {endpoint: `${house.url}/uploads`, retryDelays: [0, 100],
          headers: {Authorization: `Bearer ${tus.maker.token}`}, metadata: {episode_id: episode.episodeId, filename: `${name}.mp4`},
          onError: reject, onSuccess: () => resolve(one), ...options.with(bytes)});
        one.start();
      });
      await untilReady(tus.maker, episode.episodeId);
      const {upload} = await tus.maker.get(`/v1/uploads/${job.url.split('/').pop()}`);
      assert.equal(upload.sha256, crypto.createHash('sha256').update(bytes).digest('hex'));
    }
    test('over four connections at once', () => sends('parallel', {source: (file) => fs.readFileSync(file),
      with: () => ({parallelUploads: 4, chunkSize: 64 << 10})}));
    test('with a checksum of each piece', () => sends('checked', {with: (bytes) => ({chunkSize: 64 << 10, uploadSize: bytes.length,
      onBeforeRequest(request) {
        if (request.getMethod() !== 'PATCH') return;
        const offset = Number(request.getHeader('Upload-Offset'));
        request.setHeader('Upload-Checksum', checksum('sha256', bytes.subarray(offset, offset + (64 << 10))));
      }})}));
    test('of a stream whose length it learns at its end', () => sends('deferred', {source: (file) => Readable.from(fs.createReadStream(file)),
      with: () => ({uploadLengthDeferred: true, chunkSize: 64 << 10})}));
  });
});
