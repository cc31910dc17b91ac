// The Kubernetes files: rendered as kubectl would apply them, and held against what the program knows.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {describe, test} from 'node:test';

import {build, source} from './lib/house.mjs';

const kustomize = path.join(source, 'deploy/kustomize');

// The rendered objects as text, by "Kind name".
function render(folder) {
  const done = spawnSync('kubectl', ['kustomize', path.join(kustomize, folder)], {encoding: 'utf8'});
  assert.equal(done.status, 0, done.stderr ?? String(done.error));
  const objects = new Map();
  for (const text of done.stdout.split(/^---$/m)) {
    const kind = text.match(/^kind: (\S+)$/m)?.[1], name = text.match(/^metadata:\n(?: {2}.*\n)*? {2}name: (\S+)$/m)?.[1];
    assert.ok(kind && name, text);
    objects.set(`${kind} ${name}`, text);
  }
  return objects;
}
const all = (text, pattern) => [...text.matchAll(pattern)].map((found) => found[1]);

describe('Kubernetes files', () => {
  const folders = ['base', ...fs.readdirSync(path.join(kustomize, 'overlays')).map((name) => `overlays/${name}`)];

  test('name only settings that the program has', () => {
    const known = spawnSync(path.join(build, 'bin/cliffhanger'), ['config'], {encoding: 'utf8'}).stdout;
    for (const folder of folders) {
      for (const [object, text] of render(folder)) {
        for (const name of all(text, /\b(CLIFFHANGER_[A-Z0-9_]+)\b/g)) assert.match(known, new RegExp(`\\b${name}\\b`), `${folder}: ${object}: ${name}`);
      }
    }
  });

  test('mount only volumes that their pods have', () => {
    for (const folder of folders) {
      for (const [object, text] of render(folder)) {
        if (!object.startsWith('Deployment ')) continue;
        const [containers, volumes = ''] = text.split(/^ {6}volumes:$/m);
        const there = new Set(all(volumes, /^ +(?:- )?name: (\S+)$/gm));
        const mounted = all(containers, /- mountPath: \S+\n +name: (\S+)$/gm);
        for (const name of mounted) assert.ok(there.has(name), `${folder}: ${object} has no volume ${name}`);
      }
    }
  });

  test('serve HTTPS where that is asked for, and nowhere else', () => {
    for (const folder of folders) {
      const objects = render(folder);
      const edge = objects.get('Deployment edge'), service = objects.get('Service edge');
      assert.match(edge, /containerPort: 8080\n/, folder);
      assert.match(service, /port: 80\n +targetPort: http\n/, folder);
      if (folder !== 'overlays/https') {
        assert.doesNotMatch(edge + service, /8443|https|EDGE_TLS/, folder);
        continue;
      }
      assert.match(edge, /- containerPort: 8443\n +name: https\n/);
      assert.match(service, /name: https\n +port: 443\n +targetPort: https\n/);
      const value = (name) => edge.match(new RegExp(`name: ${name}\\n +value: "?([^"\\n]+)`))?.[1];
      assert.equal(value('CLIFFHANGER_EDGE_TLS_PORT'), '8443');
      const folderOfFiles = edge.match(/mountPath: (\S+)\n +name: secret-tls\n +readOnly: true/)?.[1];
      assert.equal(value('CLIFFHANGER_EDGE_TLS_CERT_FILE'), `${folderOfFiles}/tls.crt`);
      assert.equal(value('CLIFFHANGER_EDGE_TLS_KEY_FILE'), `${folderOfFiles}/tls.key`);
      assert.match(edge, /- name: secret-tls\n +secret:\n +optional: false\n +secretName: cliffhanger-tls\n/);
    }
  });

  test('the image exposes the ports of the edge', () => {
    const exposed = fs.readFileSync(path.join(source, 'docker/Dockerfile'), 'utf8').match(/^EXPOSE (.+)$/m)[1].split(' ');
    for (const port of ['8080', '8443', '7000', '9000']) assert.ok(exposed.includes(port), port);
  });
});
