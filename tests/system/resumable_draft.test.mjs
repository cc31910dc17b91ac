// Resumable uploads of the IETF draft (interop version 8) on the real thing, together with tus on the same uploads: what a client sees on the
// wire, connections that break, two writers, and files that become episodes.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {Readable} from 'node:stream';
import {after, before, describe, test} from 'node:test';

import * as client from 'tus-js-client';

import {makeEpisode, untilReady} from './lib/api.mjs';
import {makeClip} from './lib/clips.mjs';
import {Draft, types} from './lib/draft.mjs';
import {House, until} from './lib/house.mjs';
import {Tus, b64} from './lib/tus.mjs';

const hello = 'Hello, draft!\n', part = 8 << 20;
const partial = {'Content-Type': 'application/partial-upload'};

describe('resumable uploads of the IETF', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_INGEST_MOST_UPLOAD_BYTES: String(1 << 30)}});
  let draft, tus;
  before(async () => {
    await house.start();
    draft = await Draft.of(house);
    tus = new Tus(house.url, draft.maker, draft.episode);
  });
  after(() => house.stop());
  const problem = async (answer, status, type) => {
    const document = await answer.json();
    assert.equal(answer.status, status, JSON.stringify(document));
    assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
    assert.equal(document.type, type ? types + type : 'about:blank');
    return document;
  };

  describe('on the wire', () => {
    test('OPTIONS tells the limits and the type of appends, to anyone', async () => {
      const answer = await draft.ask('OPTIONS', '/uploads', {Authorization: undefined});
      assert.equal(answer.headers.get('upload-limit'), `max-size=${1 << 30}`);
      assert.equal(answer.headers.get('accept-patch'), 'application/partial-upload');
    });
    test('a creation is told its URL before its body ends, and how far it is', async () => {
      const total = 2 * part + 1000;
      const wire = draft.open('POST', draft.target, {'Upload-Complete': '?1', 'Content-Length': String(total)});
      const first = await wire.next();
      assert.equal(first.line, 'HTTP/1.1 104 Upload Resumption Supported');
      assert.equal(first.headers['upload-draft-interop-version'], '8');
      assert.match(first.headers.location, /^\/uploads\/[0-9a-f-]{36}$/);
      assert.match(first.headers['upload-limit'], /^max-size=1073741824, max-age=\d+$/);
      assert.equal(first.headers['upload-offset'], undefined);
      await wire.send(Buffer.alloc(part, 1));
      const progress = await wire.next();
      assert.equal(progress.status, 104);
      assert.equal(progress.headers['upload-offset'], String(part));
      assert.equal(progress.headers.location, undefined);
      await wire.send(Buffer.alloc(part + 1000, 2));
      let last = await wire.next();
      while (last.status === 104) last = await wire.next();
      assert.equal(last.status, 201);
      assert.equal(last.headers['upload-complete'], '?1');
      assert.equal(last.headers.location, first.headers.location);
      await wire.close();
    });
    test('100 Continue comes too where it is waited for', async () => {
      const wire = draft.open('POST', draft.target, {'Upload-Complete': '?1', 'Content-Length': '5', Expect: '100-continue'});
      assert.equal((await wire.next()).status, 104);
      assert.equal((await wire.next()).status, 100);
      await wire.send('01234');
      assert.equal((await wire.next()).status, 201);
      await wire.close();
    });
    for (const version of [undefined, '7', 'x']) {
      test(`of the version ${version} there is no word before the answer`, async () => {
        const wire = draft.open('POST', draft.target, {'Upload-Complete': '?1', 'Content-Length': '5', 'Upload-Draft-Interop-Version': version}, '01234');
        assert.equal((await wire.next()).status, 201);
        await wire.close();
      });
    }
    test('pages of other origins may use it', async () => {
      const answer = await draft.ask('OPTIONS', '/uploads', {Authorization: undefined, Origin: 'https://studio.example',
        'Access-Control-Request-Method': 'PATCH', 'Access-Control-Request-Headers': 'upload-complete,upload-draft-interop-version'});
      for (const header of ['Upload-Complete', 'Upload-Draft-Interop-Version', 'Content-Digest'])
        assert.ok(answer.headers.get('access-control-allow-headers').includes(header), header);
      assert.match((await draft.head(await draft.made(5))).headers.get('access-control-expose-headers'), /Upload-Complete, Upload-Limit/);
    });
  });

  describe('connections that break', () => {
    test('in mid body: the very next HEAD tells the true offset, and PATCH goes on from there', async () => {
      const at = await draft.made(1000);
      const wire = draft.open('PATCH', at, {...partial, 'Upload-Complete': '?1', 'Upload-Offset': '0', 'Content-Length': '1000'}, 'x'.repeat(600));
      await until('the append has begun', () => house.sql(`SELECT epoch FROM upload WHERE upload_id = '${at.split('/').pop()}'`, 'ingest') === '1');
      await wire.close();
      const head = await draft.head(at);
      assert.equal(head.status, 204);
      assert.equal(head.headers.get('upload-offset'), '600');
      assert.equal(head.headers.get('upload-complete'), '?0');
      const rest = await draft.patch(at, 600, 'y'.repeat(400), true);
      assert.equal(rest.status, 201);
      assert.equal(rest.headers.get('upload-complete'), '?1');
    });
    test('again and again: no byte is lost or comes twice', async () => {
      const bytes = crypto.randomBytes(300_000), at = await draft.made();
      let epoch = 0;
      for (let offset = 0; ; offset = await draft.offset(at), ++epoch) {
        if (offset >= 200_000) {
          assert.equal((await draft.patch(at, offset, bytes.subarray(offset), true)).status, 201);
          break;
        }
        const wire = draft.open('PATCH', at, {...partial, 'Upload-Complete': '?0', 'Upload-Offset': String(offset), 'Content-Length': String(bytes.length - offset)});
        await wire.send(bytes.subarray(offset, offset + 50_000));
        ++epoch;
        await until('the append has begun', () => Number(house.sql(`SELECT epoch FROM upload WHERE upload_id = '${at.split('/').pop()}'`, 'ingest')) >= epoch);
        await wire.close();
      }
      const {upload} = await draft.maker.get(`/v1/uploads/${at.split('/').pop()}`);
      assert.equal(upload.length, '300000');
      assert.equal(upload.offset, '300000');
    });
    test('without a word: the offset that was told stays true, whatever the old connection still brings', async () => {
      const at = await draft.made(100);
      const old = draft.open('PATCH', at, {...partial, 'Upload-Complete': '?1', 'Upload-Offset': '0', 'Content-Length': '100'}, 'o'.repeat(50));
      await until('the append has begun', () => house.sql(`SELECT epoch FROM upload WHERE upload_id = '${at.split('/').pop()}'`, 'ingest') === '1');
      assert.equal(await draft.offset(at), 0);
      await old.send('o'.repeat(50));
      const answer = await old.next({body: true});
      assert.equal(answer.status, 409);
      assert.equal(JSON.parse(answer.body).code, 'STALE_EPOCH');
      assert.equal((await draft.patch(at, 0, 'n'.repeat(100), true)).status, 201);
      await old.close();
    });
    test('the newer of two writers fences the older', async () => {
      const at = await draft.made(100);
      const old = draft.open('PATCH', at, {...partial, 'Upload-Complete': '?1', 'Upload-Offset': '0', 'Content-Length': '100'}, 'o'.repeat(50));
      await until('the append has begun', () => house.sql(`SELECT epoch FROM upload WHERE upload_id = '${at.split('/').pop()}'`, 'ingest') === '1');
      assert.equal((await draft.patch(at, 0, 'n'.repeat(100), true)).status, 201);
      await old.send('o'.repeat(50));
      assert.equal((await old.next()).status, 409);
      await old.close();
    });
    test('a killed edge: the next one knows the offset', async () => {
      const at = await draft.made(2 * part);
      const wire = draft.open('PATCH', at, {...partial, 'Upload-Complete': '?1', 'Upload-Offset': '0', 'Content-Length': String(2 * part)});
      await wire.send(Buffer.alloc(part + 5000, 1));
      assert.equal((await wire.next()).headers['upload-offset'], String(part));
      await house.restart('edge');
      await house.ready();
      await wire.close();
      assert.equal(await draft.offset(at), part);
      assert.equal((await draft.patch(at, part, Buffer.alloc(part, 2), true)).status, 201);
    });
  });

  describe('refusals', () => {
    test('a wrong offset gets 409 with the right one and the draft\'s type', async () => {
      const at = await draft.made(20);
      await draft.patch(at, 0, 'first', false);
      const answer = await draft.patch(at, 3, 'x', false);
      assert.equal(answer.headers.get('upload-offset'), '5');
      assert.equal(answer.headers.get('upload-complete'), '?0');
      const document = await problem(answer, 409, 'mismatching-upload-offset');
      assert.deepEqual([document['expected-offset'], document['provided-offset']], [5, 3]);
    });
    test('a complete upload takes nothing more, but its end may come again', async () => {
      const at = await draft.made(14);
      assert.equal((await draft.patch(at, 0, hello, true)).status, 201);
      assert.equal((await draft.head(at)).headers.get('upload-complete'), '?1');
      await problem(await draft.patch(at, 14, 'x', false), 400, 'inconsistent-upload-length');
      await problem(await draft.patch(at, 14, '', false), 400, 'completed-upload');
      const again = await draft.patch(at, 14, '', true);
      assert.equal(again.status, 201);
      assert.equal(again.headers.get('upload-complete'), '?1');
    });
    test('lengths that don\'t agree get 400 with the draft\'s type, and change nothing', async () => {
      await problem(await draft.create({'Upload-Complete': '?1', 'Upload-Length': '9'}, hello), 400, 'inconsistent-upload-length');
      const at = await draft.made(20);
      await problem(await draft.patch(at, 0, hello, true), 400, 'inconsistent-upload-length');
      await problem(await draft.patch(at, 0, hello, false, {'Upload-Length': '21'}), 400, 'inconsistent-upload-length');
      await problem(await draft.patch(at, 0, 'x'.repeat(21), false), 400, 'inconsistent-upload-length');
      assert.equal(await draft.offset(at), 0);
    });
    test('more bytes than were promised, in chunks, void the upload', async () => {
      const at = await draft.made(5);
      const wire = draft.open('PATCH', at, {...partial, 'Upload-Complete': '?0', 'Upload-Offset': '0', 'Transfer-Encoding': 'chunked'}, 'e\r\nHello, draft!\n\r\n0\r\n\r\n');
      const answer = await wire.next({body: true});
      assert.equal(answer.status, 400);
      assert.equal(JSON.parse(answer.body).type, `${types}inconsistent-upload-length`);
      assert.equal((await draft.head(at)).status, 410);
      await wire.close();
    });
    test('what is too large gets 413 and the limit', async () => {
      const answer = await draft.create({'Upload-Complete': '?0', 'Upload-Length': String((1 << 30) + 1)});
      assert.equal(answer.status, 413);
      assert.equal(answer.headers.get('upload-limit'), `max-size=${1 << 30}`);
    });
    for (const [name, values] of [['Upload-Complete', ['1', 'true', '?2', '?1, ?1', '?1;', 'x'.repeat(8000)]],
      ['Upload-Offset', ['-1', '0.0', '1e3', '9999999999999999', '0;A', '"0"', `0;a="${'\\"'.repeat(3000)}"x`]]]) {
      test(`malformed fields ${name} don't count`, async () => {
        const at = await draft.made(20);
        for (const value of values) await problem(await draft.patch(at, 0, hello, false, {[name]: value}), 400);
        assert.equal((await draft.patch(at, 0, hello, false, {[name]: name === 'Upload-Offset' ? '0;q=1' : '?0;q=1'})).status, 204, 'but parameters do no harm');
      });
    }
    test('a field that comes twice doesn\'t count', async () => {
      const at = await draft.made(14);
      const wire = draft.open('PATCH', at, {...partial, 'Upload-Complete': '?1', 'Upload-Offset': '0', 'upload-offset': '0', 'Content-Length': '14'}, hello);
      assert.equal((await wire.next()).status, 400);
      await wire.close();
    });
    test('without a token 401, another\'s 404, of another type 415', async () => {
      const at = await draft.made(14), other = await Draft.of(house);
      await problem(await draft.patch(at, 0, hello, true, {Authorization: undefined}), 401);
      await problem(await draft.create({Authorization: undefined, 'Upload-Complete': '?0'}), 401);
      await problem(await other.patch(at, 0, hello, true), 404);
      assert.equal((await other.head(at)).status, 404);
      assert.equal((await other.ask('DELETE', at)).status, 404);
      await problem(await draft.patch(at, 0, hello, true, {'Content-Type': 'video/mp4'}), 415);
      assert.equal(await draft.offset(at), 0);
    });
    test('DELETE ends it, also again', async () => {
      const at = await draft.made(14);
      for (let i = 0; i < 2; ++i) assert.equal((await draft.ask('DELETE', at)).status, 204);
      assert.equal((await draft.head(at)).status, 410);
      await problem(await draft.patch(at, 0, hello, true), 410);
    });
    test('the sum of a body is checked (RFC 9530)', async () => {
      const at = await draft.made(14);
      const sum = (bytes) => `sha-256=:${b64(crypto.createHash('sha256').update(bytes).digest())}:`;
      assert.equal((await problem(await draft.patch(at, 0, hello, true, {'Content-Digest': sum('x')}), 400)).code, 'CHECKSUM_MISMATCH');
      assert.equal((await draft.patch(at, 0, hello, true, {'Content-Digest': sum(hello)})).status, 201);
    });
  });

  describe('beside tus', () => {
    test('an upload of tus goes on by the draft', async () => {
      const at = await tus.made({'Upload-Length': '14'});
      await tus.patch(at, 0, hello.slice(0, 6));
      assert.equal(await draft.offset(at), 6);
      assert.equal((await draft.patch(at, 6, hello.slice(6), true)).headers.get('upload-complete'), '?1');
      assert.equal(await tus.offset(at), 14);
    });
    test('and one of the draft by tus', async () => {
      const at = await draft.made();
      await draft.patch(at, 0, hello.slice(0, 6), false);
      assert.equal((await tus.head(at)).headers.get('upload-defer-length'), '1');
      assert.equal((await tus.patch(at, 6, hello.slice(6), {'Upload-Length': '14'})).status, 204);
      const head = await draft.head(at);
      assert.equal(head.headers.get('upload-complete'), '?1');
      assert.equal(head.headers.get('upload-length'), '14');
    });
    test('who says neither is told of tus', async () => {
      const at = await draft.made(14);
      assert.equal((await draft.head(at, {'Upload-Draft-Interop-Version': undefined})).status, 412);
    });
  });

  describe('an episode', () => {
    const sha256 = (bytes) => crypto.createHash('sha256').update(bytes);
    test('is sent in one POST, described by HTTP\'s own fields', async () => {
      const {episode} = await makeEpisode(draft.maker);
      const bytes = fs.readFileSync(makeClip(path.join(house.dir, 'one.mp4'), {seconds: 3, tone: 310}));
      const answer = await draft.ask('POST', `/uploads?episode_id=${episode.episodeId}`, {'Upload-Complete': '?1', 'Content-Type': 'video/mp4',
        'Content-Disposition': 'inline; filename="a b.mp4"; filename*=UTF-8\'\'caf%C3%A9.mp4', 'Repr-Digest': `sha-256=:${sha256(bytes).digest('base64')}:`}, bytes);
      assert.equal(answer.status, 201, await answer.text());
      await untilReady(draft.maker, episode.episodeId);
      const {upload} = await draft.maker.get(`/v1/uploads/${answer.headers.get('location').split('/').pop()}`);
      assert.equal(upload.filename, 'café.mp4');
      assert.equal(upload.sha256, sha256(bytes).digest('hex'));
    });
    test('comes through a pipe of unknown length, its moov at the end', async () => {
      const {episode} = await makeEpisode(draft.maker);
      const early = makeClip(path.join(house.dir, 'early.mp4'), {seconds: 3, tone: 410}), late = path.join(house.dir, 'late.mp4');
      assert.equal(spawnSync('ffmpeg', ['-v', 'error', '-y', '-i', early, '-c', 'copy', late]).status, 0);
      const bytes = fs.readFileSync(late);
      assert.ok(bytes.lastIndexOf('moov') > bytes.indexOf('mdat'));
      const answer = await fetch(new URL(`/uploads?episode_id=${episode.episodeId}`, house.url), {method: 'POST', duplex: 'half',
        headers: draft.headers({'Upload-Complete': '?1', 'Content-Type': 'video/mp4'}), body: Readable.toWeb(spawn('cat', [late]).stdout)});
      assert.equal(answer.status, 201, await answer.text());
      await untilReady(draft.maker, episode.episodeId);
    });
    test('whose bytes are not those of Repr-Digest is refused', async () => {
      const {episode} = await makeEpisode(draft.maker);
      const answer = await draft.ask('POST', `/uploads?episode_id=${episode.episodeId}`, {'Upload-Complete': '?1', 'Content-Type': 'video/mp4',
        'Repr-Digest': `sha-256=:${sha256('other').digest('base64')}:`}, hello);
      assert.equal(answer.headers.get('upload-complete'), '?1');
      const id = answer.headers.get('location').split('/').pop();
      await until('it is rejected', async () => (await draft.maker.get(`/v1/uploads/${id}`)).upload.state === 'UPLOAD_STATE_REJECTED');
      assert.equal((await draft.maker.get(`/v1/uploads/${id}`)).upload.failureReason, 'DIGEST_MISMATCH');
    });
    // It says interop version 6, which has no 104 that we could send it, and is the same otherwise.
    test('comes from tus-js-client by its newest form of the draft', async () => {
      const {episode} = await makeEpisode(draft.maker);
      const file = makeClip(path.join(house.dir, 'client.mp4'), {seconds: 3, tone: 320}), bytes = fs.readFileSync(file);
      const job = await new Promise((resolve, reject) => {
        const one = new client.Upload(fs.createReadStream(file), {endpoint: `${house.url}/uploads`, protocol: 'ietf-draft-05', chunkSize: 64 << 10,
          uploadSize: bytes.length, retryDelays: [0, 100], headers: {Authorization: `Bearer ${draft.maker.token}`},
          metadata: {episode_id: episode.episodeId, filename: 'client.mp4'}, onError: reject, onSuccess: () => resolve(one)});
        one.start();
      });
      await untilReady(draft.maker, episode.episodeId);
      const {upload} = await draft.maker.get(`/v1/uploads/${job.url.split('/').pop()}`);
      assert.equal(upload.sha256, sha256(bytes).digest('hex'));
    });
  });
});
