/** A witness cosigns logs of the ecosystem: with keys of another name, of other kinds, and with several. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { signMlDsa44 } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { formatCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosignatureLine, cosignatureMessage } from '#protocol/note/cosignature.ts';
import { KEY_TYPES, makeVerifierKey } from '#protocol/note/key.ts';
import { formatNote, type NoteSignature, parseNote } from '#protocol/note/note.ts';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { Cleanup, startTestWitness, witnessSetup } from '#test/support/witness.ts';
import { openRequest } from '#witness/checks.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const ORIGIN = 'a log with spaces';
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = new Uint8Array(ec.publicKey.export({ type: 'spki', format: 'der' }));
const ecdsa = makeVerifierKey('key.example', KEY_TYPES.ecdsa, spki);
const mlDsa = newKey('key.example', KEY_TYPES.cosignatureMlDsa44);

/** Of a length that varies, as DER does. */
function byEcdsa(text: string): NoteSignature {
  const bytes = new Uint8Array(sign('sha256', encodeUtf8(text), ec.privateKey));
  return { name: ecdsa.name, id: ecdsa.id, bytes };
}

function byMlDsa(text: string, timeSeconds = 5): NoteSignature {
  const message = cosignatureMessage(text, mlDsa.verifier, timeSeconds);
  return cosignatureLine(mlDsa.verifier, timeSeconds, signMlDsa44(mlDsa.seed, message));
}

it('cosigns by any key of a log, keeps all of its lines, and refuses a bad one beside', async () => {
  const log = new MemoryLog().growTo(20);
  const vkeys = [ecdsa.text, mlDsa.verifier.text];
  const config = { logs: [{ vkeys, origin: ORIGIN }] };
  const setup = witnessSetup(cleanup.folder(), [], { config });
  const witness = await startTestWitness(cleanup, setup.config);
  const add = async (oldSize: number, size: number, lines: (text: string) => NoteSignature[]) => {
    const root = await log.root(size);
    const text = formatCheckpoint({ origin: ORIGIN, size, root, extensions: [] });
    const checkpoint = formatNote({ text, signatures: lines(text) });
    const proof = await log.proof(oldSize, size);
    return await witness.client.addCheckpoint({ oldSize, proof, checkpoint });
  };
  for (let size = 1; size <= 8; size++) {
    const answer = await add(size - 1, size, (text) => [byEcdsa(text)]);
    expect(answer.kind).toBe('cosigned');
  }
  expect((await add(8, 9, (text) => [byMlDsa(text)])).kind).toBe('cosigned');
  expect((await add(9, 10, (text) => [byMlDsa(text), byEcdsa(text)])).kind).toBe('cosigned');
  const stored = parseNote((await witness.client.checkpoint(ORIGIN)) ?? '');
  expect(stored.signatures.slice(0, 2).map(({ id }) => id)).toEqual([ecdsa.id, mlDsa.verifier.id]);
  const spoilt = add(10, 11, (text) => [
    byEcdsa(text),
    { ...byMlDsa(text), bytes: byEcdsa(text).bytes },
  ]);
  await expect(spoilt).rejects.toMatchObject({ status: 403 });
});

it('takes a checkpoint with 64 signatures of its log, and none with more', async () => {
  const log = new MemoryLog().growTo(1);
  const root = await log.root(1);
  const text = formatCheckpoint({ origin: ORIGIN, size: 1, root, extensions: [] });
  const lines = Array.from({ length: 65 }, (_, i) => byMlDsa(text, i + 1));
  const known = () => ({ origin: ORIGIN, keys: [mlDsa.verifier], isDisabled: false });
  const open = (signatures: NoteSignature[]) => {
    const checkpoint = formatNote({ text, signatures });
    return openRequest(encodeUtf8(formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint })), {
      known,
    });
  };
  expect(open(lines.slice(1))).toMatchObject({ ok: true });
  expect(open(lines)).toMatchObject({ ok: false, refusal: { status: 400, code: 'malformed' } });
});
