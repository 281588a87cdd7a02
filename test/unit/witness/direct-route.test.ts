/** add-checkpoint is answered directly, and says what the application says: status, headers and body. */
import { request } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import { createHttpService } from '#service/http.ts';
import { throwFatal } from '#service/lifecycle.ts';
import { StorageHealth } from '#service/storage-health.ts';
import { newKey } from '#test/support/keys.ts';
import { silent } from '#test/support/log.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { stopRateClock } from '#test/support/rate-clock.ts';
import { Cleanup, witnessSetup } from '#test/support/witness.ts';
import { createAddCheckpoint } from '#witness/add-checkpoint.ts';
import { createWitnessApp, type WitnessAppOptions } from '#witness/app.ts';
import { Cosigner } from '#witness/cosigner.ts';
import { createWitnessMetrics } from '#witness/metrics.ts';
import { memorySigner } from '#witness/signer.ts';
import { WitnessState } from '#witness/state.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const key = newKey('witness.example/one', KEY_TYPES.cosignatureEd25519);
const log = new MemoryLog().growTo(20);
const LIMITS = { requests_per_second: 15, body_bytes: 32 * 1024 };

/** A witness of its own that is asked in one way, or in both. */
async function witness(isDirect: boolean) {
  const { config } = witnessSetup(cleanup.folder(), [log]);
  const state = WitnessState.open(config.database, [key.verifier], { create: true });
  cleanup.add(() => state.close());
  state.logs.configure(config.logs, 0);
  const cosigner = new Cosigner([memorySigner(key)]);
  const metrics = createWitnessMetrics(state);
  const addCheckpoint = createAddCheckpoint({
    ...{ state, cosigner, metrics, logger: silent, patienceMs: 60_000 },
    guard: { hasLooked: () => true, look: async () => undefined },
    now: () => 1_800_000_000_000,
  });
  const { app, direct } = createWitnessApp({
    ...{ state, addCheckpoint, cosigner, metrics, limits: LIMITS, logger: silent },
    ...{ seenWitnesses: [], trustProxy: false, metricsElsewhere: false },
    health: new StorageHealth(silent, throwFatal),
  } as unknown as WitnessAppOptions);
  const parts = isDirect ? { app, direct } : { app };
  const listen = { host: '127.0.0.1', port: 0 };
  const service = createHttpService({ ...parts, logger: silent, listen, trustProxy: false });
  cleanup.add(() => service.close());
  const { port } = await service.start();
  return { port, metrics };
}

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Headers that differ from answer to answer. */
const OWN = ['date', 'x-request-id', 'transfer-encoding', 'content-length'];

function ask(port: number, { method = 'POST', path = '', headers = {}, body = '' }: Asked) {
  return new Promise((resolve, reject) => {
    const options = { port, method, path: `/add-checkpoint${path}`, headers, agent: false };
    const sent = request(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        const told = Object.entries(answer.headers).filter(([name]) => !OWN.includes(name));
        const idIsMine = answer.headers['x-request-id'] === headers['x-request-id'];
        const text = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode, headers: Object.fromEntries(told), idIsMine, text });
      });
    });
    sent.on('error', reject);
    sent.end(encodeUtf8(body));
  });
}

it('the answer is the same on both ways, and is counted under the same route', async () => {
  stopRateClock();
  const body = async (from: number, to: number) => formatAddCheckpoint(await log.request(from, to));
  const stranger = new MemoryLog(newKey('log.example/other', KEY_TYPES.ed25519)).growTo(3);
  const asked: readonly Asked[] = [
    { body: await body(0, 7) },
    { body: await body(7, 7), path: '?x' },
    { body: await body(0, 9) },
    { body: (await body(7, 9)).replace(/\n[^\n]+\n/, `\n${'A'.repeat(43)}=\n`) },
    { body: formatAddCheckpoint(await stranger.request(0, 3)) },
    { body: 'old' },
    { body: await body(7, 9), headers: { 'content-encoding': 'gzip' } },
    { body: 'old', headers: { 'x-request-id': 'mine' } },
    { body: await body(7, 9), path: '/' },
    { method: 'GET' },
    { method: 'HEAD' },
    { method: 'OPTIONS' },
    { body: 'x'.repeat(LIMITS.body_bytes + 1) },
    { body: await body(7, 9), headers: { 'x-forwarded-for': '192.0.2.1' } },
    ...Array.from({ length: 5 }, () => ({ body: 'x'.repeat(LIMITS.body_bytes) })),
  ];
  const ways = [await witness(false), await witness(true)] as const;
  const statuses: number[] = [];
  for (const one of asked) {
    const [application, directly] = await Promise.all(ways.map(({ port }) => ask(port, one)));
    expect(directly).toEqual(application);
    statuses.push((directly as { status: number }).status);
  }
  expect(new Set(statuses)).toEqual(new Set([200, 409, 422, 404, 400, 415, 405, 413, 429]));
  const [application, directly] = await Promise.all(
    ways.map(async ({ metrics }) =>
      [...(await metrics.metrics.text()).matchAll(/_count\{.*\} \d+/g)].map(String).sort(),
    ),
  );
  expect(directly).toEqual(application);
});
