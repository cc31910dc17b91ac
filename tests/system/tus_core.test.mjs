// What tus 1.0 asks of a server, case by case, on the real thing: the core protocol, and how files are sent from one end to the other. The
// list of cases follows the public conformance suite (tus-conformance-tests); tus_extensions.test.mjs has the rest of it.
import assert from 'node:assert/strict';
import http from 'node:http';
import {after, before, describe, test} from 'node:test';

import {House, until} from './lib/house.mjs';
import {Tus, b64} from './lib/tus.mjs';

const hello = 'Hello, tus!\n';

describe('tus 1.0', () => {
  const house = new House({settings: {CLIFFHANGER_INGEST_MOST_UPLOAD_BYTES: String(1 << 30)}});
  let tus;
  before(async () => {
    await house.start();
    tus = await Tus.of(house);
  });
  after(() => house.stop());
  const upload = (length = 100) => tus.made({'Upload-Length': String(length)});

  describe('HEAD', () => {
    for (const [what, header, value] of [['the offset', 'upload-offset', '0'], ['the length', 'upload-length', '100'],
      ['the version', 'tus-resumable', '1.0.0'], ['that nothing keeps it', 'cache-control', 'no-store']]) {
      test(`tells ${what}`, async () => {
        const head = await tus.head(await upload());
        assert.equal(head.status, 200);
        assert.equal(head.headers.get(header), value);
      });
    }
    test('of a new upload tells offset 0', async () => assert.equal(await tus.offset(await upload()), 0));
    test('without a version is refused', async () => {
      const head = await tus.head(await upload(), {'Tus-Resumable': undefined});
      assert.equal(head.status, 412);
      assert.equal(head.headers.get('tus-version'), '1.0.0');
    });
    for (const id of ['non-existent-upload-id-12345', '0193b6c0-0000-7000-8000-000000000001']) {
      test(`of what is not there (${id}) has no offset`, async () => {
        const head = await tus.head(`/uploads/${id}`);
        assert.ok([403, 404, 410].includes(head.status), String(head.status));
        assert.equal(head.headers.get('upload-offset'), null);
      });
    }
    test('while bytes arrive, and after, tells a true offset', async () => {
      const at = await upload();
      await tus.patch(at, 0, 'test data');
      assert.equal(await tus.offset(at), 9);
    });
    test('of a complete upload tells offset and length alike', async () => {
      const at = await upload(12);
      await tus.patch(at, 0, hello);
      const head = await tus.head(at);
      assert.equal(head.headers.get('upload-offset'), '12');
      assert.equal(head.headers.get('upload-length'), '12');
    });
    test('goes on to tell so when the file turned out to be no film', async () => {
      const at = await upload(12);
      await tus.patch(at, 0, hello);
      await until('it is rejected', async () =>
        (await tus.maker.get(`/v1/uploads/${at.split('/').pop()}`)).upload.state === 'UPLOAD_STATE_REJECTED');
      assert.equal(await tus.offset(at), 12);
    });
  });

  describe('OPTIONS', () => {
    const options = (headers = {'Tus-Resumable': undefined, Authorization: undefined}) => tus.ask('OPTIONS', '/uploads', headers);
    test('tells the versions, the preferred first, to anyone', async () => {
      const answer = await options();
      assert.ok([200, 204].includes(answer.status));
      assert.match(answer.headers.get('tus-version'), /^\d+\.\d+\.\d+(,\d+\.\d+\.\d+)*$/);
      assert.ok(answer.headers.get('tus-version').startsWith('1.0.0'));
    });
    test('takes a version that it was not asked for', async () => assert.ok((await options({'Tus-Resumable': '0.2.2'})).ok));
    test('tells extensions that exist', async () => {
      const known = ['creation', 'creation-with-upload', 'creation-defer-length', 'expiration', 'checksum', 'checksum-trailer',
        'termination', 'concatenation', 'concatenation-unfinished'];
      for (const extension of (await options()).headers.get('tus-extension').split(',')) assert.ok(known.includes(extension), extension);
    });
    test('tells a largest size that is a number, if any', async () => assert.match((await options()).headers.get('tus-max-size') ?? '0', /^\d+$/));
    test('lets pages of other origins in', async () => {
      const answer = await options({'Tus-Resumable': undefined, Authorization: undefined, Origin: 'https://studio.example',
        'Access-Control-Request-Method': 'PATCH', 'Access-Control-Request-Headers': 'upload-checksum,upload-concat,upload-defer-length'});
      assert.ok(answer.ok);
      assert.ok(answer.headers.get('access-control-allow-origin'));
      for (const header of ['Upload-Checksum', 'Upload-Concat', 'Upload-Defer-Length', 'Upload-Offset'])
        assert.ok(answer.headers.get('access-control-allow-headers').includes(header), header);
    });
  });

  describe('versions', () => {
    for (const version of ['0.2.2', '99.0.0', '']) {
      test(`"${version}" is refused, and the right ones are told`, async () => {
        const head = await tus.head(await upload(), {'Tus-Resumable': version});
        assert.equal(head.status, 412);
        assert.equal(head.headers.get('tus-version'), '1.0.0');
      });
    }
    test('1.0.0 is taken', async () => assert.equal((await tus.head(await upload(), {'Tus-Resumable': '1.0.0'})).status, 200));
  });

  describe('PATCH', () => {
    test('without a version is refused', async () => {
      const answer = await tus.patch(await upload(), 0, 'test data', {'Tus-Resumable': undefined});
      assert.equal(answer.status, 412);
      assert.equal(answer.headers.get('tus-version'), '1.0.0');
    });
    for (const type of [undefined, 'text/plain', 'application/octet-stream']) {
      test(`of the type ${type} is refused`, async () =>
        assert.equal((await tus.patch(await upload(), 0, Buffer.from('test data'), {'Content-Type': type})).status, 415));
    }
    for (const offset of [undefined, '', '-1', '+1', '1.5', '0x1', '99999999999999999999']) {
      test(`at the offset "${offset}" is refused`, async () =>
        assert.equal((await tus.patch(await upload(), 0, 'test data', {'Upload-Offset': offset})).status, 400));
    }
    test('at another offset changes nothing and tells the right one', async () => {
      const at = await upload();
      await tus.patch(at, 0, 'first chunk');
      const answer = await tus.patch(at, 0, 'wrong offset');
      assert.equal(answer.status, 409);
      assert.equal(answer.headers.get('upload-offset'), '11');
      assert.equal((await tus.patch(at, 50, 'test data')).status, 409);
      assert.equal(await tus.offset(at), 11);
    });
    test('tells the new offset, the version and when the upload ends', async () => {
      const answer = await tus.patch(await upload(12), 0, hello);
      assert.equal(answer.status, 204);
      assert.equal(answer.headers.get('upload-offset'), '12');
      assert.equal(answer.headers.get('tus-resumable'), '1.0.0');
    });
    test('of what is not there is refused', async () =>
      assert.equal((await tus.patch('/uploads/non-existent-upload-id-12345', 0, 'test data')).status, 404));
    test('beyond the length is refused', async () => {
      const at = await upload(5);
      assert.equal((await tus.patch(at, 0, hello)).status, 413);
      assert.equal(await tus.offset(at), 0);
    });
    test('of a complete upload is no fault of ours', async () => {
      const at = await upload(12);
      await tus.patch(at, 0, hello);
      assert.ok((await tus.patch(at, 12, '')).status < 500);
    });
    test('can not change the length', async () => {
      const at = await upload();
      const answer = await tus.patch(at, 0, 'test', {'Upload-Length': '200'});
      assert.equal(answer.status, 400);
      assert.equal((await answer.json()).code, 'LENGTH_FIXED');
      assert.equal((await tus.head(at)).headers.get('upload-length'), '100');
    });
    test('after PATCH goes on where it ended', async () => {
      const at = await upload();
      assert.equal((await tus.patch(at, 0, 'first chunk\n')).status, 204);
      assert.equal((await tus.patch(at, 12, 'second chunk\n')).status, 204);
    });
    test('in two places at once: one goes on, the other is told the offset', async () => {
      const at = await upload();
      const both = await Promise.all([tus.patch(at, 0, 'first chunk'), tus.patch(at, 0, 'first chunk')]);
      const good = both.filter((answer) => answer.status === 204);
      assert.ok(good.length >= 1 && both.every((answer) => [204, 409].includes(answer.status)), both.map((it) => it.status).join());
      assert.equal(await tus.offset(at), 11);
    });
    test('that breaks off keeps what arrived, and the next HEAD within a second knows', async () => {
      const at = await upload(1000);
      await new Promise((resolve) => {
        const request = http.request(new URL(at, house.url), {method: 'PATCH', headers: {'Tus-Resumable': '1.0.0',
          Authorization: `Bearer ${tus.maker.token}`, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0', 'Content-Length': '1000'}});
        request.on('error', () => resolve());
        request.write('x'.repeat(600), () => setTimeout(() => request.destroy(), 200));
      });
      await until('HEAD tells it', async () => (await tus.offset(at)) === 600, {seconds: 1, every: 50});
      assert.equal((await tus.patch(at, 600, 'y'.repeat(400))).status, 204);
    });
  });

  describe('errors', () => {
    test('have a code for programs and a text for people', async () => {
      const answer = await tus.create({'Tus-Resumable': undefined, 'Upload-Length': '100'});
      assert.equal(answer.status, 412);
      assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
      const problem = await answer.json();
      assert.match(problem.code, /^[A-Z_]+$/);
      assert.ok(problem.detail);
    });
    test('say which field is wrong', async () => {
      const answer = await tus.create({'Upload-Length': '-1'});
      assert.equal(answer.status, 400);
      assert.match((await answer.json()).detail, /Upload-Length/);
    });
    test('of a file that is too large are 413', async () => assert.equal((await tus.create({'Upload-Length': String(2 ** 50)})).status, 413));
  });

  describe('a file', () => {
    test('is sent in one piece', async () => {
      const at = await upload(12);
      assert.equal((await tus.patch(at, 0, hello)).headers.get('upload-offset'), '12');
      assert.equal((await tus.head(at)).headers.get('upload-length'), '12');
    });
    test('is sent in three', async () => {
      const at = await upload(33);
      for (const [i, letter] of ['A', 'B', 'C'].entries())
        assert.equal((await tus.patch(at, 11 * i, letter.repeat(11))).headers.get('upload-offset'), String(11 * i + 11));
      assert.equal(await tus.offset(at), 33);
    });
    test('goes on after each of many interruptions', async () => {
      const at = await upload(50);
      for (let i = 0; i < 5; ++i) await tus.patch(at, await tus.offset(at), '0123456789');
      assert.equal(await tus.offset(at), 50);
    });
    for (const [where, first] of [['from its start', 0], ['from its middle', 11], ['from its last byte', 21]]) {
      test(`goes on ${where}`, async () => {
        const at = await upload(22);
        if (first > 0) await tus.patch(at, 0, 'A'.repeat(first));
        assert.equal(await tus.offset(at), first);
        assert.equal((await tus.patch(at, first, 'B'.repeat(22 - first))).headers.get('upload-offset'), '22');
      });
    }
    test('goes on after a wrong offset', async () => {
      const at = await upload(22);
      await tus.patch(at, 0, 'AAAAAAAAAAA');
      assert.equal((await tus.patch(at, 0, 'WRONGOFFSET')).status, 409);
      assert.equal((await tus.patch(at, await tus.offset(at), 'BBBBBBBBBBB')).status, 204);
    });
    test('without a byte is no film, and is refused when it is created', async () => {
      const answer = await tus.create({'Upload-Length': '0'});
      assert.equal(answer.status, 400);
      assert.equal((await answer.json()).code, 'UPLOAD_EMPTY');
    });
    test('of which two are created are two', async () => {
      const with_name = {'Upload-Length': '100', 'Upload-Metadata': `${tus.metadata},filename ${b64('test.txt')}`};
      const [one, two] = await Promise.all([tus.made(with_name), tus.made(with_name)]);
      assert.notEqual(one, two);
      for (const at of [one, two]) assert.equal((await tus.head(at)).status, 200);
    });
  });
});
