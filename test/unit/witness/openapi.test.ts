/** The witness's OpenAPI document is the truth: it lists the routes that are there, and answers fit it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KEY_TYPES } from '#protocol/note/key.ts';
import {
  type AddCheckpointRequest,
  formatAddCheckpoint,
  witnessCheckpointPath,
} from '#protocol/witness/add-checkpoint.ts';
import { Metrics } from '#service/metrics.ts';
import { cosignedBy, feed, servePeer, TileServer } from '#test/support/cross-check.ts';
import { newKey } from '#test/support/keys.ts';
import { silent } from '#test/support/log.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { Described, routesOf } from '#test/support/openapi.ts';
import { until } from '#test/support/wait.ts';
import {
  Cleanup,
  startTestWitness,
  type TestWitness,
  witnessSetup,
} from '#test/support/witness.ts';
import { createWitnessApp } from '#witness/app.ts';

const cleanup = new Cleanup();
let log: MemoryLog;
let witness: TestWitness;
let described: Described;
let peerShows = false;

/** A witness whose peer will have seen a tree of 300 leaves that the log's tiles do not reach to. */
beforeAll(async () => {
  log = new MemoryLog().growTo(20);
  const peerKey = newKey('witness.example/peer', KEY_TYPES.cosignatureEd25519);
  const later = new MemoryLog(log.key).growTo(300);
  const shown = await cosignedBy(later, 300, [peerKey]);
  const peer = {
    url: await servePeer(cleanup, () => (peerShows ? shown : undefined)),
    vkeys: [peerKey.verifier.text],
  };
  const tiles = await TileServer.start(cleanup, log);
  const { config } = witnessSetup(cleanup.folder(), [log], {
    config: {
      logs: [{ vkey: log.key.verifier.text, url: tiles.url }],
      peers: [peer],
      cross_check: { interval_ms: 100, timeout_ms: 300, patience_ms: 1000 },
    },
  });
  witness = await startTestWitness(cleanup, config);
  described = await Described.at(witness.url);
});
afterAll(cleanup.run);

async function post(body: string, headers = {}): Promise<Response> {
  return await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body, headers });
}

async function add(request: AddCheckpointRequest): Promise<Response> {
  return await post(formatAddCheckpoint(request));
}

async function expectAdd(request: AddCheckpointRequest, status: number): Promise<void> {
  const response = await add(request);
  expect(response.status).toBe(status);
  await described.expectAnswer('POST /add-checkpoint', response);
}

async function expectRead(route: string, path: string): Promise<void> {
  await described.expectAnswer(route, await fetch(`${witness.url}${path}`));
}

it('the document lists exactly the routes that are there, and is well formed', () => {
  const unused = {
    limits: { requests_per_second: 1, body_bytes: 1 },
    logs: [],
    seenWitnesses: [],
    state: {},
    health: {},
    metrics: { metrics: new Metrics() },
    logger: silent,
    trustProxy: false,
  };
  expect(described.routes).toEqual(routesOf(createWitnessApp(unused as never).app));
  described.expectWellFormed();
});

it('answers of add-checkpoint and refusals of it fit the document', async () => {
  // After this one it has looked for what it signed before its start.
  await feed(witness, log, 0, 5);
  await expectAdd(await log.request(5, 7), 200);
  await expectAdd(await log.request(3, 9), 409);
  await expectAdd(await log.request(9, 7), 400);
  const { checkpoint } = await log.request(7, 9);
  await expectAdd({ oldSize: 7, proof: [], checkpoint }, 422);
  await expectAdd(await new MemoryLog().growTo(9).request(7, 9), 403);
  const unknown = newKey('log.example/unknown', KEY_TYPES.ed25519);
  await expectAdd(await new MemoryLog(unknown).growTo(9).request(0, 9), 404);
  const refused: [Response, number][] = [
    [await post('nonsense'), 400],
    [await post(' '.repeat(70_000)), 413],
    [await post('', { 'content-encoding': 'gzip' }), 415],
  ];
  for (const [response, status] of refused) {
    expect(response.status).toBe(status);
    await described.expectAnswer('POST /add-checkpoint', response);
  }
});

it('so does the refusal of a log that owes a comparison, and what is told of it', async () => {
  peerShows = true;
  const owed = await until(async () => {
    // The tree that is cosigned already, so that nothing changes while the witness is patient.
    const response = await add(await log.request(7, 7));
    return response.status === 503 && response;
  });
  await described.expectAnswer('POST /add-checkpoint', owed);
  const { logs } = (await (await fetch(witness.url)).json()) as { logs: { owed: unknown[] }[] };
  expect(logs[0]!.owed.length).toBeGreaterThan(0);
  await expectRead('GET /', '/');
});

it('so do reads', async () => {
  await expectRead('GET /{hash}/checkpoint', `/${witnessCheckpointPath(log.origin)}`);
  await expectRead('GET /{hash}/checkpoint', '/x/checkpoint');
  for (const path of ['/metadata', '/openapi.json', '/healthz', '/readyz', '/metrics']) {
    await expectRead(`GET ${path}`, path);
  }
});

it('so do the refusals of a log that contradicted itself', async () => {
  await expectAdd(await log.fork(3, 7).request(7, 7), 422);
  await expectAdd(await log.request(7, 9), 403);
  await expectRead('GET /', '/');
  const [{ id }] = (await (await fetch(`${witness.url}/evidence`)).json()) as [{ id: string }];
  await expectRead('GET /evidence', '/evidence');
  await expectRead('GET /evidence/{id}', `/evidence/${id}`);
  await expectRead('GET /evidence/{id}', '/evidence/x');
});
