/** sign-subtree over real HTTP: each answer of C2SP tlog-witness, in its order, and what is signed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RemoteError } from '#client/http.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { formatNote, type NoteSignature, parseNote } from '#protocol/note/note.ts';
import { verifySubtreeCosignature } from '#protocol/note/subtree-cosignature.ts';
import { formatSignSubtree, type SignSubtreeRequest } from '#protocol/witness/sign-subtree.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
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

beforeEach(async () => {
  log = new MemoryLog().growTo(20);
  setup = witnessSetup(cleanup.folder(), [log]);
  witness = await startTestWitness(cleanup, setup.config);
});
afterEach(cleanup.run);

/** The checkpoint of a size with the witness's cosignatures, as it answered. */
async function cosigned(oldSize: number, size: number): Promise<string> {
  const request = await log.request(oldSize, size);
  const answer = await witness.client.addCheckpoint(request);
  const signatures = answer.kind === 'cosigned' ? answer.signatures : [];
  const note = parseNote(request.checkpoint);
  return formatNote({ ...note, signatures: [...note.signatures, ...signatures] });
}

async function subtreeOf(start: number, end: number, size: number, checkpoint: string) {
  return { ...(await log.subtree(start, end, size)), cosignatures: [], checkpoint };
}

async function post(request: SignSubtreeRequest | string) {
  const body = typeof request === 'string' ? request : formatSignSubtree(request);
  const response = await fetch(`${witness.url}/sign-subtree`, { method: 'POST', body });
  const text = await response.text();
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  return { status: response.status, code: isProblem ? JSON.parse(text).code : undefined, text };
}

const mlDsa = () => setup.keys.find(({ verifier }) => verifier.type === 6)!.verifier;

describe('a subtree that is cosigned', () => {
  it('is signed by the ML-DSA-44 key alone, without a time', async () => {
    const request = await subtreeOf(8, 13, 20, await cosigned(0, 20));
    const [line, ...others] = await witness.client.signSubtree(request);
    expect(others).toEqual([]);
    expect(line!.bytes.subarray(0, 8)).toEqual(new Uint8Array(8));
    const { start, end, hash } = request;
    const signed = (it: object) => () =>
      verifySubtreeCosignature({ origin: log.origin, start, end, hash, ...it }, mlDsa(), line!);
    expect(signed({})).not.toThrow();
    for (const other of [{ origin: 'x' }, { start: 0 }, { end: 12 }, { hash: otherHash }]) {
      expect(signed(other)).toThrow(expect.objectContaining({ code: 'bad-signature' }));
    }
    const timed = { ...line!, bytes: line!.bytes.with(7, 1) };
    const subtree = { origin: log.origin, start, end, hash };
    expect(() => verifySubtreeCosignature(subtree, mlDsa(), timed)).toThrow(
      expect.objectContaining({ code: 'bad-cosignature' }),
    );
  });

  it('may be of any tree that was cosigned, also an older one, and with others’ lines beside', async () => {
    const old = await cosigned(0, 7);
    await cosigned(7, 20);
    const cosignatures: NoteSignature[] = [{ name: 'x', id: '00000000', bytes: Uint8Array.of(1) }];
    for (const [start, end] of [
      [0, 7],
      [0, 1],
      [4, 7],
      [6, 7],
    ] as const) {
      const request = { ...(await subtreeOf(start, end, 7, old)), cosignatures };
      expect(await post(request)).toMatchObject({ status: 200 });
    }
  });

  it('needs no signatures on a checkpoint that is remembered', async () => {
    await cosigned(0, 7);
    await cosigned(7, 20);
    for (const size of [7, 20]) {
      const { text } = parseNote(await log.checkpoint(size));
      expect(await post(await subtreeOf(0, 4, size, text))).toMatchObject({ status: 200 });
    }
    const { text } = parseNote(await log.checkpoint(12));
    expect(await post(await subtreeOf(0, 4, 12, text))).toMatchObject({ code: 'not-cosigned' });
  });
});

describe('each refusal', () => {
  it('400 malformed: not a request, not a checkpoint, or with too many signatures', async () => {
    const good = await subtreeOf(0, 4, 20, await cosigned(0, 20));
    const note = parseNote(good.checkpoint);
    const crowd = Array.from({ length: 9 }, (_, i) => ({
      name: `w${i}`,
      id: '00000000',
      bytes: Uint8Array.of(1),
    }));
    for (const body of [
      '',
      'subtree 0 4\n',
      { ...good, checkpoint: '' },
      { ...good, checkpoint: 'x\n' },
      { ...good, checkpoint: `${note.text}\n` },
      { ...good, checkpoint: formatNote({ ...note, signatures: crowd }) },
    ]) {
      expect(await post(body)).toMatchObject({ status: 400, code: 'malformed' });
    }
  });

  it('400 bad-range: no subtree, or one beyond the tree, before anything is looked up', async () => {
    const good = await subtreeOf(0, 4, 20, await cosigned(0, 20));
    for (const [start, end] of [
      [0, 0],
      [1, 3],
      [4, 2],
      [0, 21],
      [16, 24],
    ] as const) {
      expect(await post({ ...good, start, end })).toMatchObject({ status: 400, code: 'bad-range' });
    }
  });

  it('404 unknown-log, and 404 no-subtrees without a key for them', async () => {
    const good = await subtreeOf(0, 4, 20, await cosigned(0, 20));
    const checkpoint = good.checkpoint.replace(log.origin, 'other.example');
    expect(await post({ ...good, checkpoint })).toMatchObject({ status: 404, code: 'unknown-log' });
    const types = [KEY_TYPES.cosignatureEd25519];
    const alone = witnessSetup(cleanup.folder(), [log], { types, name: 'w.example/ed' });
    witness = await startTestWitness(cleanup, alone.config);
    expect(await post(good)).toMatchObject({ status: 404, code: 'no-subtrees' });
  });

  it('403 not-cosigned: a checkpoint of the log that we have not cosigned, or of another tree', async () => {
    const note = await cosigned(0, 20);
    const ours = parseNote(note).signatures.slice(1);
    log.growTo(30);
    const fork = log.fork(3, 20);
    for (const [other, size] of [
      [log, 12],
      [log, 30],
      [fork, 20],
    ] as const) {
      const { text, signatures } = parseNote(await other.checkpoint(size));
      const subtree = { ...(await other.subtree(0, 4, size)), cosignatures: [] };
      for (const lines of [signatures, [...signatures, ...ours]]) {
        const checkpoint = formatNote({ text, signatures: lines });
        const answer = await post({ ...subtree, checkpoint });
        expect(answer).toMatchObject({ status: 403, code: 'not-cosigned' });
      }
    }
  });

  it('403 not-cosigned: a larger tree than we remember, although the line is ours', async () => {
    const ahead = await cosigned(0, 20);
    const restored = { ...setup.config, database: `${setup.config.database}.restored` };
    witness = await startTestWitness(cleanup, restored);
    await cosigned(0, 7);
    const request = await subtreeOf(0, 4, 20, ahead);
    expect(await post(request)).toMatchObject({ status: 403, code: 'not-cosigned' });
  });

  it('403 log-frozen: nothing more is said for a log that contradicted itself', async () => {
    const good = await subtreeOf(0, 4, 20, await cosigned(0, 20));
    await expect(
      witness.client.addCheckpoint(await log.fork(3, 20).request(0, 20)),
    ).resolves.toMatchObject({ kind: 'other-size' });
    expect(await post(good)).toMatchObject({ status: 403, code: 'log-frozen' });
  });

  it('422 bad-proof: another hash, or a proof that does not lead to the checkpoint', async () => {
    const good = await subtreeOf(4, 6, 20, await cosigned(0, 20));
    for (const change of [
      { hash: otherHash },
      { proof: [] },
      { proof: good.proof.toReversed() },
      { proof: [...good.proof, otherHash] },
      { start: 0 },
    ]) {
      expect(await post({ ...good, ...change })).toMatchObject({ status: 422, code: 'bad-proof' });
    }
  });

  it('is an error of the client, and 413 over the limit', async () => {
    const good = await subtreeOf(0, 4, 20, await cosigned(0, 20));
    await expect(witness.client.signSubtree({ ...good, hash: otherHash })).rejects.toThrow(
      RemoteError,
    );
    expect(await post('x'.repeat(65 * 1024))).toMatchObject({ status: 413, code: 'E-SIZE-001' });
  });
});
