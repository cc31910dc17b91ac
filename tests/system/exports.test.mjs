// Raw events in the object store: an operator finds them by API and manifest, each once, whatever dies; who is erased is in none.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import zlib from 'node:zlib';

import {guest, Person} from './lib/api.mjs';
import {House, until} from './lib/house.mjs';

describe('exports of events', () => {
  const house = new House({split: true, settings: {CLIFFHANGER_INSIGHT_EXPORT: 'true', CLIFFHANGER_INSIGHT_EXPORT_MINUTES: '1',
    CLIFFHANGER_ACCOUNTS_OPERATOR_EMAIL: 'boss@example.com'}});
  const event = (kind) => ({eventId: crypto.randomUUID(), clientTime: new Date().toISOString(), kind: `EVENT_KIND_${kind}`, value: 'love "&" war\n'});
  const send = (person, events) => person.post('/v1/events', {events, sendTime: new Date().toISOString()});
  let boss, gone, stays;
  const sent = new Map();  // event id → user id
  const had = new Set();   // starts of windows with something of who is erased

  const objects = (root = path.join(house.dir, 'blobs')) => fs.readdirSync(root, {recursive: true}).map((it) => path.join(root, it))
      .filter((it) => it.includes('/exports/') && fs.statSync(it).isFile());
  const lines = (file) => zlib.gunzipSync(fs.readFileSync(file)).toString().split('\n').filter(Boolean).map((it) => JSON.parse(it));
  // As a warehouse reads: by manifests alone.
  const read = () => objects().filter((it) => it.endsWith('/_manifest.json')).flatMap((file) => JSON.parse(fs.readFileSync(file)).windows)
      .flatMap((window) => {
        const found = window.parts.flatMap((part) => lines(path.join(house.dir, 'blobs', part.key)));
        assert.equal(found.length, window.lines);
        return found.map((line) => ({...line, window}));
      });

  before(async () => {
    await house.start();
    const made = await new Person(house.url).post('/v1/accounts', {email: 'boss@example.com', password: 'correct horse battery', displayName: 'Boss'});
    boss = new Person(house.url, made.tokens.accessToken);
    [gone, stays] = [await guest(house.url), await guest(house.url)];
  });
  after(async () => {
    const codes = await house.stop();
    for (const [name, code] of codes) assert.equal(code, 0, `${name} did not stop cleanly`);
  });

  test('windows appear whole, each event once, also when insight is killed', async () => {
    for (let round = 0; round < 6; ++round) {
      for (const person of [gone, stays]) {
        const events = Array.from({length: 40}, () => event('PLAY'));
        await until('they are taken', () => send(person, events));  // again, after a restart
        for (const one of events) sent.set(one.eventId, person.account.userId);
      }
      if (round % 2 === 1) await house.restart('insight');
    }
    await until('all are exported', () => read().length >= sent.size, {seconds: 300, every: 500});
    const found = read();
    assert.deepEqual(new Map(found.map((it) => [it.event_id, it.user_id])), sent);
    assert.equal(found.length, sent.size);
    for (const {user_id: user, window} of found) if (user === gone.account.userId) had.add(window.start);
    assert.equal(found[0].value, 'love "&" war\n');
    for (const line of found) assert.ok(line.received_time >= line.window.start && line.received_time < line.window.end);
    const {windows} = await until('insight answers', () => boss.get('/v1/operations/exports?pageSize=200'));
    assert.deepEqual(new Set(windows.flatMap((it) => it.parts ?? []).map((it) => path.join(house.dir, 'blobs', it.key))), new Set(objects().filter((it) => it.endsWith('.gz'))));
    assert.equal((await stays.raw('GET', '/v1/operations/exports')).status, 403);
  });

  test('who is erased is in no object any more, and nobody else is missing', async () => {
    await gone.post('/v1/me:erase', {});
    await until('they are in no object', () => !objects().some((it) => it.endsWith('.gz') && lines(it).some((line) => line.user_id === gone.account.userId)), {every: 500});
    const rest = [...sent].filter(([, user]) => user === stays.account.userId).map(([id]) => id);
    await until('manifests say so', () => read().length === rest.length);
    const found = read();
    assert.deepEqual(found.map((it) => it.event_id).sort(), rest.sort());
    assert.ok(found.every((it) => it.window.revision > 1 || !had.has(it.window.start)));
    await until('insight has confirmed it', () => house.sql("SELECT count(*) FROM erasing", 'insight') === '0');
  });
});
