/** `GET /metadata`: who the witness is, by which keys and where, and whose checkpoints it cosigns. */
import { createPublicKey } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { MemoryLog } from '#test/support/memory-log.ts';
import { Cleanup, startTestWitness, witnessSetup } from '#test/support/witness.ts';
import type { Metadata } from '#witness/metadata.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const log = new MemoryLog().growTo(3);

async function shown(config: object = {}) {
  const { config: whole, keys } = witnessSetup(cleanup.folder(), [log], { config });
  const witness = await startTestWitness(cleanup, whole);
  const response = await fetch(`${witness.url}/metadata`);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const metadata = (await response.json()) as Metadata;
  return { witness, keys, metadata };
}

const rawKey = (base64: string) =>
  new Uint8Array(
    createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' }).export({
      format: 'raw-public',
    }),
  );

it('says who it is, with keys that libraries read, and which logs it follows', async () => {
  const { witness, keys, metadata } = await shown();
  const [ed25519, mlDsa] = keys.map(({ verifier }) => verifier);
  expect(metadata).toEqual({
    witness_name: 'witness.example/one',
    witness_public_key: expect.any(String),
    keys: [
      { vkey: ed25519!.text, algorithm: 'Ed25519' },
      { vkey: mlDsa!.text, algorithm: 'ML-DSA-44' },
    ],
    submission_prefix: witness.url,
    monitoring_prefix: witness.url,
    logs: [
      {
        origin: log.origin,
        vkeys: [log.key.verifier.text],
        log_public_keys: [expect.any(String)],
      },
    ],
  });
  expect(rawKey(metadata.witness_public_key)).toEqual(mlDsa!.publicKey);
  expect(rawKey(metadata.logs[0]!.log_public_keys[0]!)).toEqual(log.key.verifier.publicKey);
});

it('says where it is reached, if it is told', async () => {
  const submission = 'https://w.example/submit';
  const { metadata } = await shown({ prefixes: { submission: `${submission}/` } });
  expect(metadata).toMatchObject({ submission_prefix: submission, monitoring_prefix: submission });
  const monitoring = 'https://read.example';
  const apart = await shown({ prefixes: { submission, monitoring } });
  expect(apart.metadata).toMatchObject({
    submission_prefix: submission,
    monitoring_prefix: monitoring,
  });
});
