/**
 * add-checkpoint over real HTTP: each rule of C2SP tlog-witness, in its order, and what is stored.
 */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeBase64 } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { parseEvidence, parseEvidenceFile, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { logOf, openCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import { findCosignatures } from '#protocol/note/cosignature.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import {
  formatNote,
  formatSignatureLine,
  type NoteSignature,
  parseNote,
  parseSignatureLines,
} from '#protocol/note/note.ts';
import {
  type AddCheckpointRequest,
  formatAddCheckpoint,
  witnessCheckpointPath,
} from '#protocol/witness/add-checkpoint.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { stopRateClock } from '#test/support/rate-clock.ts';
import {
  Cleanup,
  startTestWitness,
  type TestWitness,
  type WitnessSetup,
  witnessSetup,
} from '#test/support/witness.ts';

const cleanup = new Cleanup();
const otherHash = leafHash(encodeUtf8('something else'));
let log: MemoryLog;
let setup: WitnessSetup;
let witness: TestWitness;
let nowMs: number;
const now = () => nowMs;

afterEach(cleanup.run);

async function post(body: string | Uint8Array<ArrayBuffer>) {
  const response = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const problem = type === 'application/problem+json' ? JSON.parse(text) : undefined;
  return { status: response.status, type, text, code: problem?.code, problem };
}

function add(request: AddCheckpointRequest) {
  return post(formatAddCheckpoint(request));
}

function stored(): Promise<string | undefined> {
  return witness.client.checkpoint(log.origin);
}

const verifiers = () => setup.keys.map(({ verifier }) => verifier);

// A key that takes a while signs before the transaction, the others within it.
describe.each([
  ['keys of both kinds', [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44]],
  ['a key that signs at once', [KEY_TYPES.cosignatureEd25519]],
] as const)('with %s', (_, types) => {
  beforeEach(async () => {
    nowMs = 1_800_000_000_000;
    log = new MemoryLog().growTo(20);
    setup = witnessSetup(cleanup.folder(), [log], { types });
    witness = await startTestWitness(cleanup, setup.config, { now });
  });

  describe('a checkpoint that is cosigned', () => {
    it('is answered with the cosignature lines only, one for each key, Ed25519 first', async () => {
      const request = await log.request(0, 7);
      const answer = await add(request);
      expect(answer.status).toBe(200);
      const signatures = parseSignatureLines(answer.text);
      expect(signatures.map(({ id }) => id)).toEqual(verifiers().map(({ id }) => id));
      const note = parseNote(request.checkpoint);
      const cosignatures = findCosignatures({ ...note, signatures }, verifiers());
      expect(cosignatures.map(({ timeSeconds }) => timeSeconds)).toEqual(
        verifiers().map(() => nowMs / 1000),
      );
    });

    it('may be any later tree that the proof leads to', async () => {
      let last = 0;
      for (const size of [0, 1, 2, 7, 8, 19, 20]) {
        expect((await add(await log.request(last, size))).status).toBe(200);
        last = size;
      }
      expect((await stored())?.split('\n')[1]).toBe('20');
    });

    it('may be of size 0 and signed again', async () => {
      expect((await add(await log.request(0, 0))).status).toBe(200);
      expect((await add(await log.request(0, 0))).status).toBe(200);
      expect((await add(await log.request(0, 5))).status).toBe(200);
    });

    it('refreshes the time when it is of the same size and root', async () => {
      await add(await log.request(0, 7));
      nowMs += 60_000;
      expect((await add(await log.request(7, 7))).status).toBe(200);
      const cosignatures = findCosignatures(parseNote((await stored()) ?? ''), verifiers());
      expect(cosignatures.map(({ timeSeconds }) => timeSeconds)).toEqual(
        verifiers().map(() => nowMs / 1000),
      );
    });

    it('may have extension lines, which are kept', async () => {
      const checkpoint = await log.checkpoint(7, ['extension one']);
      expect((await add({ oldSize: 0, proof: [], checkpoint })).status).toBe(200);
      expect(await stored()).toContain('\nextension one\n');
    });

    it('is stored with the verified signature of the log, the cosignatures, and nothing else', async () => {
      const { checkpoint, ...rest } = await log.request(0, 7);
      const note = parseNote(checkpoint);
      const forged = [
        { name: 'stranger.example', id: '01020304', bytes: new Uint8Array(64) },
        ...verifiers().map(({ name, id }) => ({ name, id, bytes: new Uint8Array(72) })),
        { name: log.origin, id: 'ffffffff', bytes: new Uint8Array(64) },
      ];
      const signatures = [...forged, ...note.signatures, ...forged];
      const answer = await add({
        ...rest,
        checkpoint: formatNote({ text: note.text, signatures }),
      });
      expect(answer.status).toBe(200);
      expect(await stored()).toBe(`${checkpoint}${answer.text}`);
    });
    it('is never stored under another key ID, by however few bits it differs', async () => {
      await add(await log.request(0, 7));
      const { checkpoint, ...rest } = await log.request(7, 7);
      const { text, signatures } = parseNote(checkpoint);
      const [{ name, id, bytes }] = signatures as [NoteSignature];
      for (const bits of [1, 2, 3]) {
        const other = (Number.parseInt(id, 16) ^ bits) >>> 0;
        const line = { name, id: other.toString(16).padStart(8, '0'), bytes };
        const answer = await add({ ...rest, checkpoint: formatNote({ text, signatures: [line] }) });
        expect(answer.code).toBe('untrusted');
      }
      expect(openCheckpoint((await stored()) ?? '', logOf(log.key.verifier)).checkpoint.size).toBe(
        7,
      );
    });
  });

  describe('each refusal', () => {
    it('400 malformed: a body that is not a request, or a checkpoint that is not one', async () => {
      const good = formatAddCheckpoint(await log.request(0, 7));
      const bodies = [
        '',
        'old 0\n',
        'old 01\n\n',
        good.replace('old 0', 'old -1'),
        good.replace('old 0', 'size 0'),
        good.replace('old 0\n', 'old 0\nnot base64\n'),
        good.replace('old 0\n', `old 0\n${`${encodeBase64(otherHash)}\n`.repeat(64)}`),
        good.replace('\n7\n', '\n07\n'),
        good.replace('\n7\n', '\n9007199254740992\n'),
        good.slice(0, -1),
        `${good}not a signature line\n`,
      ];
      for (const body of bodies)
        expect(await post(body)).toMatchObject({ status: 400, code: 'malformed' });
      const bytes = new Uint8Array([...encodeUtf8(good), 0xff]);
      expect(await post(bytes)).toMatchObject({ status: 400, code: 'malformed' });
    });

    it('comes before anything is decoded that others than the log can have put there', async () => {
      const junk = `${'A'.repeat(7)}\n`.repeat(100);
      const good = formatAddCheckpoint(await log.request(0, 7));
      const signed = good.indexOf('\u2014');
      const unsigned = good.slice(0, signed) + junk;
      expect(await post(unsigned)).toMatchObject({ status: 403, code: 'untrusted' });
      const foreign = unsigned.replace(log.origin, 'log.example/other');
      expect(await post(foreign)).toMatchObject({ status: 404, code: 'unknown-log' });
      const proof = good.slice(0, signed).replace('old 0\n', `old 0\n${junk}`);
      expect(await post(proof)).toMatchObject({ status: 403, code: 'untrusted' });
      const forged = formatSignatureLine({ ...log.key.verifier, bytes: new Uint8Array(64) });
      const answer = await post(good.slice(0, signed) + forged + junk);
      expect(answer).toMatchObject({ status: 403, code: 'bad-signature' });
    });

    it('404 unknown-log: another origin, before any signature is looked at', async () => {
      const stranger = new MemoryLog(newKey('log.example/other', KEY_TYPES.ed25519)).growTo(3);
      expect(await add(await stranger.request(5, 3))).toMatchObject({
        status: 404,
        code: 'unknown-log',
      });
    });

    it('403 untrusted: no signature by the log', async () => {
      const impostor = new MemoryLog(newKey(log.origin, KEY_TYPES.ed25519)).growTo(3);
      expect(await add(await impostor.request(9, 3))).toMatchObject({
        status: 403,
        code: 'untrusted',
      });
    });

    it('403 bad-signature: a bad signature of the log, even beside a good one', async () => {
      const { checkpoint, ...rest } = await log.request(0, 7);
      const note = parseNote(checkpoint);
      const { name, id } = log.key.verifier;
      for (const bytes of [new Uint8Array(64), new Uint8Array(3)]) {
        const signatures = [...note.signatures, { name, id, bytes }];
        const forged = formatNote({ text: note.text, signatures });
        const answer = await add({ ...rest, checkpoint: forged });
        expect(answer).toMatchObject({ status: 403, code: 'bad-signature' });
      }
      expect(await stored()).toBeUndefined();
    });

    it('400 old-above-checkpoint: before the size that was last cosigned is compared', async () => {
      const answer = await add(await log.request(8, 7));
      expect(answer).toMatchObject({ status: 400, code: 'old-above-checkpoint' });
    });

    it('400 old-above-checkpoint: it is no request, so the tree in it is held against nobody', async () => {
      await add(await log.request(0, 7));
      const other = log.fork(0, 7);
      const answer = await add({ oldSize: 8, proof: [], checkpoint: await other.checkpoint() });
      expect(answer).toMatchObject({ status: 400, code: 'old-above-checkpoint' });
      expect(await add(await log.request(7, 9))).toMatchObject({ status: 200 });
    });

    it('422 bad-empty-root: size 0 with a root that is not the empty tree', async () => {
      const fields = { origin: log.origin, size: 0, root: otherHash, extensions: [] };
      const checkpoint = signCheckpoint(fields, log.key);
      const request = { oldSize: 0, proof: [], checkpoint };
      expect(await add(request)).toMatchObject({ status: 422, code: 'bad-empty-root' });
      await add(await log.request(0, 7));
      expect(await add(request)).toMatchObject({ status: 422, code: 'bad-empty-root' });
    });

    it('409 with the size last cosigned, as text/x.tlog.size: also when the proof is wrong', async () => {
      const first = await add({ ...(await log.request(3, 7)), proof: [otherHash] });
      expect(first).toMatchObject({ status: 409, type: 'text/x.tlog.size', text: '0\n' });
      await add(await log.request(0, 7));
      for (const oldSize of [0, 6, 8]) {
        const answer = await add(await log.request(oldSize, 9));
        expect(answer).toMatchObject({ status: 409, type: 'text/x.tlog.size', text: '7\n' });
      }
    });

    it('422 bad-proof: a proof that is not empty from size 0', async () => {
      const request = { ...(await log.request(0, 7)), proof: [otherHash] };
      expect(await add(request)).toMatchObject({ status: 422, code: 'bad-proof' });
    });

    it('422 bad-proof: a proof that does not verify, or that nobody needs', async () => {
      await add(await log.request(0, 7));
      const good = await log.request(7, 9);
      for (const proof of [[], good.proof.slice(1), [...good.proof, otherHash], [otherHash]]) {
        expect(await add({ ...good, proof })).toMatchObject({ status: 422, code: 'bad-proof' });
      }
      const same = { ...(await log.request(7, 7)), proof: [otherHash] };
      expect(await add(same)).toMatchObject({ status: 422, code: 'bad-proof' });
      expect((await stored())?.split('\n')[1]).toBe('7');
    });

    it('422 other-root: another tree of the size last cosigned', async () => {
      await add(await log.request(0, 7));
      const fork = log.fork(3, 7);
      expect(await add(await fork.request(7, 7))).toMatchObject({
        status: 422,
        code: 'other-root',
      });
    });

    it('413 over the limit: 64 KiB, or what is configured', async () => {
      const { checkpoint, ...rest } = await log.request(0, 7);
      const line = `\u2014 stranger.example ${encodeBase64(new Uint8Array(3000))}\n`;
      const padded = (bytes: number) =>
        formatAddCheckpoint({
          ...rest,
          checkpoint: checkpoint + line.repeat(Math.floor(bytes / line.length)),
        });
      expect(await post(padded(70 * 1024))).toMatchObject({ status: 413, code: 'E-SIZE-001' });
      expect((await post(padded(60 * 1024))).status).toBe(200);
      const limits = { ...setup.config.limits, body_bytes: 128 * 1024 };
      const config = { ...setup.config, limits, database: join(cleanup.folder(), 'w.db') };
      witness = await startTestWitness(cleanup, config);
      expect((await post(padded(127 * 1024))).status).toBe(200);
    });

    it('429 after few large bodies: a body costs by its length', async () => {
      stopRateClock();
      const limits = { ...setup.config.limits, requests_per_second: 1 };
      const config = { ...setup.config, limits, database: join(cleanup.folder(), 'w.db') };
      witness = await startTestWitness(cleanup, config);
      expect((await post('x'.repeat(60 * 1024))).status).toBe(400);
      expect((await post('x')).status).toBe(429);
    });

    it('429 above the rate of one client', async () => {
      stopRateClock();
      const limits = { ...setup.config.limits, requests_per_second: 1 };
      const folder = cleanup.folder();
      const config = { ...setup.config, limits, database: `${folder}/w.db` };
      witness = await startTestWitness(cleanup, config);
      const statuses: number[] = [];
      for (let i = 0; i < 4; i++) statuses.push((await post('')).status);
      expect(statuses).toEqual([400, 400, 429, 429]);
    });
  });

  describe('a log that contradicts itself', () => {
    it('is frozen at once, with evidence that proves it, and stays so after a restart', async () => {
      await add(await log.request(0, 7));
      const before = await stored();
      const caught = await add(await log.fork(3, 7).request(7, 7));
      const id: string = caught.problem.evidence;
      const list = await (await fetch(`${witness.url}/evidence`)).json();
      expect(list).toEqual([
        {
          id,
          kind: 'same-size-fork',
          standing: 'proof',
          origin: log.origin,
          accused: log.key.verifier.text,
          statement: expect.stringContaining('two different trees of 7 leaves'),
          detected_at: nowMs,
        },
      ]);
      const bytes = new Uint8Array(
        await (await fetch(`${witness.url}/evidence/${id}`)).arrayBuffer(),
      );
      expect(verifyEvidence(parseEvidence(bytes)).proven).toBe(true);
      const file = await (await fetch(`${witness.url}/evidence/${id}/file`)).arrayBuffer();
      const { sightings } = parseEvidenceFile(new Uint8Array(file));
      expect(sightings.map(({ where }) => where).sort()).toEqual([
        'add-checkpoint',
        'cosigned here',
      ]);
      expect(new Set(sightings.map(({ what }) => what))).toEqual(new Set(['first', 'second']));
      for (let round = 0; round < 2; round++) {
        const answer = await add(await log.request(7, 9));
        expect(answer).toMatchObject({ status: 403, code: 'log-frozen' });
        expect(answer.problem.evidence).toBe(id);
        expect(await stored()).toBe(before);
        await witness.close();
        witness = await startTestWitness(cleanup, setup.config, { now });
      }
    });

    it('is caught also when the request is refused for another reason', async () => {
      await add(await log.request(0, 7));
      expect((await add(await log.fork(3, 7).request(0, 7))).status).toBe(409);
      expect(await add(await log.request(7, 9))).toMatchObject({ status: 403, code: 'log-frozen' });
    });

    it('is caught when it signs two trees of size 0', async () => {
      await add(await log.request(0, 0));
      const fields = { origin: log.origin, size: 0, root: otherHash, extensions: [] };
      const checkpoint = signCheckpoint(fields, log.key);
      expect((await add({ oldSize: 0, proof: [], checkpoint })).code).toBe('bad-empty-root');
      expect((await add(await log.request(0, 5))).code).toBe('log-frozen');
    });

    it('does not freeze another log', async () => {
      const other = new MemoryLog(newKey('log.example/other', KEY_TYPES.ed25519)).growTo(9);
      setup = witnessSetup(cleanup.folder(), [log, other]);
      witness = await startTestWitness(cleanup, setup.config, { now });
      await add(await log.request(0, 7));
      await add(await log.fork(3, 7).request(7, 7));
      expect((await add(await other.request(0, 4))).status).toBe(200);
      expect((await add(await other.request(4, 9))).status).toBe(200);
      expect((await add(await log.request(7, 9))).status).toBe(403);
    });
  });

  describe('the clock', () => {
    async function timesOf(request: AddCheckpointRequest): Promise<number[]> {
      const signatures = parseSignatureLines((await add(request)).text);
      const note = parseNote(request.checkpoint);
      return findCosignatures({ ...note, signatures }, verifiers()).map((c) => c.timeSeconds);
    }

    it('may jump back: the time of cosignatures stands still until it has caught up', async () => {
      const start = nowMs / 1000;
      expect(await timesOf(await log.request(0, 7))).toEqual(types.map(() => start));
      nowMs -= 3_600_000;
      expect(await timesOf(await log.request(7, 8))).toEqual(types.map(() => start));
      await witness.close();
      witness = await startTestWitness(cleanup, setup.config, { now });
      expect(await timesOf(await log.request(8, 9))).toEqual(types.map(() => start));
      nowMs += 3_601_000;
      expect(await timesOf(await log.request(9, 10))).toEqual(types.map(() => start + 1));
    });

    it('may stand at 0: the time of a cosignature never does', async () => {
      nowMs = 0;
      expect(await timesOf(await log.request(0, 7))).toEqual(types.map(() => 1));
    });
  });

  describe('what was cosigned', () => {
    it('survives a restart', async () => {
      await add(await log.request(0, 7));
      const before = await stored();
      await witness.close();
      witness = await startTestWitness(cleanup, setup.config, { now });
      expect(await stored()).toBe(before);
      expect(await add(await log.request(0, 9))).toMatchObject({ status: 409, text: '7\n' });
      expect((await add(await log.request(7, 9))).status).toBe(200);
    });

    it('is served as plain text to any page, revalidated by ETag; 404 where there is none', async () => {
      const url = `${witness.url}/${witnessCheckpointPath(log.origin)}`;
      const missing = await fetch(url);
      expect(missing.status).toBe(404);
      expect(await missing.json()).toMatchObject({ code: 'no-checkpoint' });
      expect((await fetch(`${witness.url}/${witnessCheckpointPath('nobody')}`)).status).toBe(404);
      await add(await log.request(0, 7));
      const found = await fetch(url);
      expect(found.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(found.headers.get('access-control-allow-origin')).toBe('*');
      expect(found.headers.get('cache-control')).toBe('no-cache');
      const note = openCheckpoint(await found.text(), logOf(log.key.verifier));
      expect(findCosignatures(note.note, verifiers())).toHaveLength(types.length);
      expect((await fetch(url, { method: 'OPTIONS' })).status).toBe(204);
      const etag = found.headers.get('etag') ?? '';
      const again = await fetch(url, { headers: { 'if-none-match': etag } });
      expect(again.status).toBe(304);
      expect(again.headers.get('access-control-allow-origin')).toBe('*');
      await add(await log.request(7, 8));
      expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(200);
    });

    it('is shown to operators: description, metrics, readiness', async () => {
      await add(await log.request(0, 7));
      expect(await (await fetch(witness.url)).json()).toMatchObject({
        name: 'witness.example/one',
        vkeys: verifiers().map(({ text }) => text),
        logs: [{ origin: log.origin, size: 7, cosigned_at: nowMs / 1000 }],
        evidence: 0,
      });
      const metrics = await (await fetch(`${witness.url}/metrics`)).text();
      expect(metrics).toContain('tecp_witness_add_checkpoint_total{result="cosigned"} 1');
      expect(metrics).toContain(`tecp_witness_log_size{origin="${log.origin}"} 7`);
      expect(metrics).not.toContain('tecp_witness_log_frozen{');
      expect((await fetch(`${witness.url}/readyz`)).status).toBe(200);
      expect((await fetch(`${witness.url}/evidence/${'0'.repeat(64)}`)).status).toBe(404);
    });
  });

  describe('with many requests at once', () => {
    it('cosigns one of fifty conflicting trees and nothing inconsistent with it', async () => {
      const forks = Array.from({ length: 50 }, (_, i) => log.fork(4, 10 + (i % 5), `fork ${i}`));
      const requests = await Promise.all(forks.map((fork) => fork.request(0)));
      const answers = await Promise.all(requests.map(add));
      const cosigned = answers.flatMap(({ status }, i) => (status === 200 ? [i] : []));
      expect(cosigned).toHaveLength(1);
      const winner = forks[cosigned[0]!]!;
      expect(await stored()).toContain(encodeBase64(await winner.root()));
      expect(answers.filter(({ status }) => status === 409 || status === 403)).toHaveLength(49);
    });

    it('cosigns an honest log in growing sizes only', async () => {
      let size = 0;
      for (let round = 0; round < 5; round++) {
        const requests = await Promise.all(
          [1, 2, 3, 4].map((step) => log.request(size, size + step)),
        );
        const answers = await Promise.all(requests.map(add));
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
        const conflicts = answers.filter(({ status }) => status === 409);
        expect(conflicts).toHaveLength(3);
        size = Number(conflicts[0]?.text);
      }
    });
  });
});

it('a witness with one key of either kind cosigns with that one', async () => {
  for (const type of [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44]) {
    setup = witnessSetup(cleanup.folder(), [log], { types: [type] });
    witness = await startTestWitness(cleanup, setup.config);
    const answer = await add(await log.request(0, 7));
    expect(parseSignatureLines(answer.text).map(({ id }) => id)).toEqual([verifiers()[0]?.id]);
  }
});
