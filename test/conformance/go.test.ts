/**
 * An independent implementation agrees: a Go program over golang.org/x/mod/sumdb verifies what our
 * log and witnesses publish, and refuses it once it is tampered with.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { BYTES_MEDIA_TYPE } from '#protocol/entry/entry-type.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { newKey } from '#test/support/keys.ts';
import { freshReceipt } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';
import { buildGo, hasGo, run } from './go-program.ts';
import { type Network, startWitnessedLog } from './network.ts';

/** A changed base64 digit makes another hash, or none. */
const NOT_A_PROOF = 'invalid transparency proof|malformed hash|cannot decode hash';

interface Counts {
  readonly inclusion: number;
  readonly consistency: number;
  readonly served_proofs: number;
  readonly served_proof_texts: number;
  readonly served_consistency: number;
}

async function growWithReceipts({ log }: Network, count: number): Promise<void> {
  const lines = Array.from({ length: count }, () => freshReceipt());
  const body = Buffer.concat(lines.flatMap((line) => [line, encodeUtf8('\n')]));
  const headers = { 'content-type': 'application/x-ndjson' };
  const response = await fetch(`${log.url}/v1/log/entries`, { method: 'POST', headers, body });
  expect(await response.text()).not.toContain('"type"');
}

/** Appends past HTTP: signatures and requests are not what is tested at this size. */
async function growWithOpaque({ log }: Network, size: number): Promise<void> {
  const [transparencyLog] = log.logs;
  const [served] = log.served;
  while (transparencyLog!.head.size < size) {
    const { size: from } = transparencyLog!.head;
    const count = Math.min(10_000, size - from);
    const entries = Array.from({ length: count }, (_, i) => encodeUtf8(`entry ${from + i}`));
    const admitted = entries.map((entry) => served!.admit(entry, BYTES_MEDIA_TYPE));
    await served!.sequence(await Promise.all(admitted));
  }
}

describe.skipIf(!hasGo)('golang.org/x/mod/sumdb', () => {
  const cleanup = new Cleanup();
  let program: string;
  let network: Network;

  beforeAll(async () => {
    program = await buildGo('.');
    network = await startWitnessedLog(cleanup, 3, {
      log: { entry_types: ['tecp-receipt', 'opaque'], checkpoint: { interval_ms: 5 } },
      settings: { limits: { reads: { per_second: 100_000, burst: 100_000 } } },
    });
  });
  afterAll(cleanup.run);

  /** What the program counted. Rejects, with its words in `stderr`, when something is wrong. */
  async function conformance(
    url = network.log.url,
    cosigners = network.policy.witnesses.map(({ key }) => key.text),
  ): Promise<Counts> {
    const flags = cosigners.flatMap((vkey) => ['-cosigner', vkey]);
    const vkey = network.log.key.verifier.text;
    const { stdout } = await run(program, ['-log', vkey, ...flags, url]);
    return JSON.parse(stdout);
  }

  /** Waits until readers are shown a tree of this size. */
  async function published(size: number): Promise<void> {
    await until(() => network.log.logs[0]!.published?.size === size);
  }

  /** The log behind a server that changes one byte of whatever it answers for `path`. */
  function tamper(path: string, at: number): Promise<string> {
    return cleanup.serve(async (request, response) => {
      const { accept = '*/*' } = request.headers;
      const answer = await fetch(`${network.log.url}${request.url}`, { headers: { accept } });
      const body = new Uint8Array(await answer.arrayBuffer());
      if (request.url === path) body[at]! ^= 1;
      response.writeHead(answer.status).end(body);
    });
  }

  it('opens the checkpoint of an empty log with every cosignature of both kinds', async () => {
    await published(0);
    expect(await conformance()).toMatchObject({ size: 0, cosignatures: 6, entries: 0 });
  });

  it.each([1, 2, 3, 255, 256, 257, 700])(
    'verifies every entry, tile and proof of a log of %d receipts',
    async (size) => {
      await growWithReceipts(network, size - network.log.logs[0]!.head.size);
      await published(size);
      const counts = await conformance();
      expect(counts).toMatchObject({ size, cosignatures: 6, entries: size, inclusion: size });
      expect(counts.served_proofs).toBeGreaterThanOrEqual(Math.min(size, 100));
      expect(counts.served_proof_texts).toBe(counts.served_proofs);
      expect(counts.served_consistency).toBeGreaterThanOrEqual(counts.consistency);
    },
  );

  it('refuses a checkpoint that lacks the cosignature of a given witness', async () => {
    const stranger = newKey('stranger.example', KEY_TYPES.cosignatureEd25519).verifier.text;
    const error = await conformance(network.log.url, [stranger]).catch((reason) => reason);
    expect(error).toMatchObject({ code: 1, stderr: expect.stringContaining('1 of 2 signatures') });
  });

  it.each([
    ['an entry', '/tile/entries/000', 100, 'root is'],
    ['a hash of a full tile', '/tile/0/001', 40, 'tile/0/001 is not the tile of its entries'],
    ['a partial tile', '/tile/1/000.p/2', 5, 'tile/1/000.p/2 is not the tile of its entries'],
    ['the origin', '/checkpoint', 0, 'malformed|invalid signature|no verifiable'],
    ['an inclusion proof', '/v1/log/proof?index=699', 190, NOT_A_PROOF],
    ['a consistency proof', '/v1/log/consistency?from=1&to=2', 30, NOT_A_PROOF],
  ])('refuses the log when one bit of %s is changed', async (_what, path, at, words) => {
    const error = await conformance(await tamper(path, at)).catch((reason) => reason);
    expect(error).toMatchObject({ code: 1, stderr: expect.stringMatching(words) });
  });

  it('verifies a log past the third level of tiles, at 65,536 leaves', async () => {
    const size = 66_000;
    await growWithOpaque(network, size);
    await published(size);
    const counts = await conformance();
    // 257 full tiles and a partial one, a full one and one of 1, and one of 1.
    expect(counts).toMatchObject({ size, cosignatures: 6, entries: size, tiles: 261 });
    expect(counts.inclusion).toBeGreaterThan(100);
    expect(counts.served_proofs).toBe(counts.inclusion);
    expect(counts.served_consistency).toBeGreaterThan(100);
  });
});
