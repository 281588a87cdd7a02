/** The evidence module of witness and monitor: what is kept, what is shown, what is fetched. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import {
  type Contradiction,
  type Evidence,
  encodeEvidence,
  evidenceId,
  MAX_EVIDENCE_BYTES,
  MAX_SIGHTINGS,
  parseEvidenceFile,
  proveCosignedBackwards,
  proveSameSizeFork,
} from '#protocol/evidence/evidence.ts';
import { KEY_TYPES, makeSignerKey } from '#protocol/note/key.ts';
import { limitRate } from '#service/app.ts';
import {
  EVIDENCE_TABLE,
  EvidenceTable,
  SIGHTINGS_TABLE,
} from '#service/evidence/evidence-table.ts';
import { fetchEvidence, listEvidence } from '#service/evidence/fetch.ts';
import { addEvidenceRoutes } from '#service/evidence/routes.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import { openDatabase } from '#service/sqlite.ts';
import { listed } from '#test/support/evidence.ts';
import { FakeLog, FakeTree, PuppetWitness } from '#test/support/fake-log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { serve } from './server.ts';

const closing: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

const log = new FakeLog();
const tree = () => new FakeTree().append(3, String(Math.random()));

function fork(): Contradiction {
  const [evidence] = proveSameSizeFork(log.sign(tree()), log.sign(tree()), [log.key.verifier]);
  return evidence!;
}

function anomaly(): Evidence {
  const witness = new PuppetWitness('w');
  const [key] = witness.keys;
  const grown = tree();
  const early = witness.cosign(log.sign(grown), 100, [key]);
  const late = witness.cosign(log.sign(grown, 1), 200, [key]);
  return proveCosignedBackwards(early, late, [key.verifier])[0]!;
}

function table() {
  const opened = openDatabase(join(tempFolder(), 'evidence.db'), {
    kind: 'test',
    applicationId: 1,
    migrations: [EVIDENCE_TABLE, SIGHTINGS_TABLE],
    exclusive: true,
    create: true,
  });
  closing.push(opened);
  return { db: opened.db, evidence: new EvidenceTable(opened.db) };
}

describe('what is kept', () => {
  it('is the first of a kind against a key, with its exact bytes', () => {
    const { evidence } = table();
    const first = fork();
    expect(evidence.add(first, 7)).toMatchObject({ isNew: true, record: { detectedAtMs: 7 } });
    const again = evidence.add(fork(), 8);
    expect(again).toMatchObject({ isNew: false, record: { id: evidenceId(first) } });
    expect(evidence.count()).toBe(1);
    expect(evidence.bytes(evidenceId(first))).toEqual(encodeEvidence(first));
    expect(evidence.bytes('00')).toBeUndefined();
    const { origin, accused } = listed(first);
    expect(evidence.has(origin, accused, 'same-size-fork')).toBe(true);
    expect(evidence.has(origin, accused, 'different-size-fork')).toBe(false);
    expect(evidence.add(anomaly(), 9).isNew).toBe(true);
    expect(evidence.list().map(({ detectedAtMs }) => detectedAtMs)).toEqual([7, 9]);
  });

  it('has beside it where and when it was seen, each once, to the room of a file', () => {
    const { evidence } = table();
    const proof = fork();
    const id = evidenceId(proof);
    const seen = (note: string, atMs: number) => ({ note, where: 'https://w', atMs, by: 'm' });
    evidence.add(proof, 1, [seen(proof.second, 5), seen(proof.first, 4), seen('another', 3)]);
    evidence.add(proof, 2, [seen(proof.first, 4)]);
    const { sightings } = parseEvidenceFile(evidence.file(id)!);
    expect(sightings.map(({ what, atMs }) => [what, atMs])).toEqual([
      ['first', 4],
      ['second', 5],
    ]);
    evidence.add(
      proof,
      3,
      Array.from({ length: 99 }, (_, i) => seen(proof.first, 100 + i)),
    );
    expect(parseEvidenceFile(evidence.file(id)!).sightings).toHaveLength(MAX_SIGHTINGS);
    expect(evidence.file('00')).toBeUndefined();
  });

  it('is proven, and stays', () => {
    const { db, evidence } = table();
    const proof = fork();
    const nothing = { ...proof, second: proof.first };
    expect(() => evidence.add(nothing, 1)).toThrow(/proves nothing/);
    evidence.add(proof, 1);
    expect(() => db.exec("UPDATE evidence SET statement = ''")).toThrow(/never changed/);
    expect(() => db.exec('DELETE FROM evidence')).toThrow(/never deleted/);
  });
});

describe('what is shown', () => {
  it('is the list, each document, and 404 for what is not held, to pages of anybody', async () => {
    const { evidence } = table();
    const document = anomaly();
    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 6 });
    const { url } = await serve((app) =>
      addEvidenceRoutes(app, evidence, limitRate(limiter, false)),
    );
    evidence.add(document, 1);
    const list = await fetch(`${url}/evidence`);
    expect(list.headers.get('access-control-allow-origin')).toBe('*');
    expect(list.headers.get('cache-control')).toBe('no-cache');
    expect(await list.json()).toEqual([listed(document)]);
    const id = evidenceId(document);
    const one = await fetch(`${url}/evidence/${id}`);
    expect(new Uint8Array(await one.arrayBuffer())).toEqual(encodeEvidence(document));
    expect(one.headers.get('cache-control')).toContain('immutable');
    expect(one.headers.get('content-disposition')).toContain(`evidence-${id.slice(0, 16)}.json`);
    const file = await fetch(`${url}/evidence/${id}/file`);
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(evidence.file(id));
    expect(file.headers.get('content-type')).toContain('application/x-ndjson');
    for (const path of ['', '/file']) {
      const none = await fetch(`${url}/evidence/${'0'.repeat(64)}${path}`);
      expect(none.status).toBe(404);
      expect(await none.json()).toMatchObject({ code: 'no-evidence' });
    }
  });

  it('is limited for each client, at each path', async () => {
    const { evidence } = table();
    const item = `/evidence/${'0'.repeat(64)}`;
    for (const path of ['/evidence', item, `${item}/file`]) {
      const limiter = new RateLimiter({ ratePerSecond: 1e-6, burst: 1 });
      const { url } = await serve((app) =>
        addEvidenceRoutes(app, evidence, limitRate(limiter, false)),
      );
      await fetch(url + path);
      expect((await fetch(url + path)).status).toBe(429);
    }
  });
});

describe('what is fetched', () => {
  let peer: PuppetWitness;
  beforeEach(async () => {
    peer = await new PuppetWitness('peer').start();
    closing.push(peer);
  });

  it('is what a peer lists and can be judged, and nothing of a peer without a list', async () => {
    const documents = [fork(), anomaly()];
    peer.evidence.push(...documents);
    const ids = (await listEvidence(peer.url, {})).map(({ id }) => id);
    expect(ids).toEqual(documents.map(evidenceId));
    for (const [i, standing] of (['proof', 'anomaly'] as const).entries()) {
      expect(await fetchEvidence(peer.url, ids[i]!, {})).toMatchObject({ standing });
    }
    peer.listing = 404;
    expect(await listEvidence(peer.url, {})).toEqual([]);
  });

  it('has no items that are none, or of a kind that is not known', async () => {
    const good = listed(fork());
    peer.listing = JSON.stringify([
      null,
      7,
      [],
      {},
      { ...good, id: '../etc' },
      { ...good, id: good.id.toUpperCase() },
      { ...good, kind: 'new-kind' },
      { ...good, origin: undefined },
      { ...good, accused: 7 },
      good,
    ]);
    const { id, kind, origin, accused } = good;
    expect(await listEvidence(peer.url, {})).toEqual([{ id, kind, origin, accused }]);
  });

  it.each<[string, string | Uint8Array]>([
    ['an object', '{}'],
    ['text', 'garbage'],
    ['nothing', ''],
    ['JSON that goes on', '[],"items":[]'],
    ['an array with a byte order mark', '\ufeff[]'],
    ['an array that is not UTF-8', Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d)],
  ])('is no list when it is %s', async (_, listing) => {
    peer.listing = listing;
    await expect(listEvidence(peer.url, {})).rejects.toMatchObject({ kind: 'bad-content' });
  });

  it('is bounded, the list in bytes and in items as well as a document', async () => {
    peer.listing = `[${' '.repeat(1 << 20)}]`;
    await expect(listEvidence(peer.url, {})).rejects.toMatchObject({ kind: 'too-large' });
    peer.listing = `[0${',0'.repeat(500_000)}]`;
    await expect(listEvidence(peer.url, {})).rejects.toMatchObject({ kind: 'bad-content' });
    const { answer } = peer;
    peer.answer = (path) =>
      path.startsWith('evidence/') ? ' '.repeat(MAX_EVIDENCE_BYTES + 1) : answer(path);
    const fetching = fetchEvidence(peer.url, '0'.repeat(64), {});
    await expect(fetching).rejects.toMatchObject({ kind: 'too-large' });
  });

  it('is refused when it is not evidence, or proves nothing', async () => {
    const proof = fork();
    const other = makeSignerKey('x.example', KEY_TYPES.ed25519, randomBytes(32));
    const documents = [
      encodeUtf8('garbage'),
      encodeUtf8(JSON.stringify({ format: 'tecp-evidence/v1' })),
      encodeEvidence({ ...proof, second: proof.first }),
      encodeEvidence({ ...proof, accused: other.verifier }),
    ];
    for (const document of documents) {
      peer.answer = () => document;
      const fetching = fetchEvidence(peer.url, evidenceId(proof), {});
      await expect(fetching).rejects.toMatchObject({ kind: 'bad-content' });
    }
  });
});
