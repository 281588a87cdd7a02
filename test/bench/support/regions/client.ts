/**
 * A client of a log, as a process in one region: does what `calls.ts` says when it is told to, and says how long each
 * thing took. It asks the front end of its own region.
 */
import { connect } from 'node:net';
import { checkLog } from '#client/check-log.ts';
import { get, RemoteError } from '#client/http.ts';
import { LogClient } from '#client/log-client.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { decodeUtf8, toHex } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { TILE_WIDTH, tilePath } from '#protocol/merkle/tiles.ts';
import { openWithPolicy, parsePolicy } from '#protocol/policy/policy.ts';
import { performCalls } from '#service/port-calls.ts';
import { sleep } from '#service/schedule.ts';
import { freshReceipt } from '#test/support/log.ts';
import { type Audited, type ClientCall, ERRORS, type Sample, type Sighting } from './calls.ts';
import type { Task } from './distances.ts';

/** What cannot be reached is given up by the log itself before. */
const PATIENCE = { timeoutMs: 50_000 };
/** Nobody listens there: the answer is a refusal, one round trip later. */
const CLOSED_PORT = 9;
/** So that each submission has a round of cosigning to itself. */
const PAUSE_MS = 400;
const WATCH_MS = 3;
/** One that fails is not asked again and again. */
const MAX_FAILURES = 2;
const BATCH = 1000;

const [url, policyText] = process.argv.slice(2) as [string, string];
const policy = parsePolicy(policyText);
const log = new LogClient(url, PATIENCE);
const sightings: Sighting[] = [];
let watching: AbortController | undefined;
/** Of entries that others have added. */
let hashes: readonly string[] = [];
let asked = 0;
let widths = 0;

const nowMs = () => performance.timeOrigin + performance.now();

const TASKS: Readonly<Record<Exclude<Task, 'quorum'>, () => Promise<Partial<Sample> | undefined>>> =
  {
    index: async () => {
      const { leaf_index: index } = await log.submit(freshReceipt(), { attempts: 1 });
      return { index };
    },
    proof: async () => {
      const { leaf_index: index } = await log.submit(freshReceipt(), {
        attempts: 1,
        waitForProof: true,
      });
      return { index };
    },
    checkpoint: async () => {
      await get(`${url}/checkpoint`, PATIENCE);
      return undefined;
    },
    'by hash': async () => {
      await log.proof({ leafHash: hashes[asked++ % hashes.length]! });
      return undefined;
    },
    // Each width is another file, so none is known to the front end yet.
    tile: async () => {
      await get(`${url}/${tilePath(0, 0, 1 + (widths++ % (TILE_WIDTH - 1)))}`, PATIENCE);
      return undefined;
    },
  };

async function measure(task: Exclude<Task, 'quorum'>, count: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  let failures = 0;
  while (samples.length < count && failures < MAX_FAILURES) {
    const startedAtMs = nowMs();
    const done = await TASKS[task]().catch((error: unknown) => {
      if (!(error instanceof RemoteError)) throw error;
      failures++;
      return { failure: error.code ?? error.kind };
    });
    samples.push({ startedAtMs, ms: nowMs() - startedAtMs, ...done });
    if (task === 'proof') await sleep(PAUSE_MS);
  }
  return samples;
}

/** Looks at the checkpoint again and again, and notes when each size was there first. */
async function watch({ signal }: AbortController): Promise<void> {
  while (await sleep(WATCH_MS, signal)) {
    const note = decodeUtf8(await get(`${url}/checkpoint`, { ...PATIENCE, signal }));
    const { checkpoint, quorumMet } = openWithPolicy(note, policy);
    const isNew = checkpoint.size > (sightings.at(-1)?.size ?? 0);
    if (quorumMet && isNew) sightings.push({ size: checkpoint.size, atMs: nowMs() });
  }
}

async function roundTrip(host: string): Promise<number> {
  const startedAtMs = nowMs();
  await new Promise((resolve) => connect({ host, port: CLOSED_PORT }).once('error', resolve));
  return nowMs() - startedAtMs;
}

/** Adds so many entries, at most a thousand at a time, and returns their leaf hashes. */
async function add(entries: number): Promise<string[]> {
  const hashes: string[] = [];
  while (hashes.length < entries) {
    const count = Math.min(BATCH, entries - hashes.length);
    const lines = Array.from({ length: count }, () => freshReceipt());
    for (const result of await log.submitBatch(lines, { waitForProof: true })) {
      if (!('leaf_hash' in result)) throw new Error(`not taken: ${result.detail}`);
      hashes.push(result.leaf_hash);
    }
  }
  return hashes;
}

async function audit(): Promise<Audited> {
  const source = new HttpTileSource(url, PATIENCE);
  const report = await checkLog(source, { policy, entryTypes: entryTypes(['tecp-receipt']) });
  const { checkpoint } = openWithPolicy(await source.checkpoint(), policy);
  return {
    problems: report.problems.map(({ detail }) => detail),
    size: checkpoint.size,
    root: toHex(checkpoint.root),
  };
}

async function perform(call: ClientCall): Promise<unknown> {
  switch (call.do) {
    case 'round trips': {
      const times: number[] = [];
      for (let i = 0; i < call.count; i++) times.push(await roundTrip(call.address));
      return times;
    }
    case 'add':
      return await add(call.entries);
    case 'know':
      hashes = call.hashes;
      return undefined;
    case 'measure':
      return await measure(call.task, call.count);
    case 'watch':
      watching = new AbortController();
      watch(watching).catch(() => undefined);
      return undefined;
    case 'sightings':
      watching?.abort();
      return sightings.splice(0);
    case 'audit':
      return await audit();
    case 'read':
      return decodeUtf8(await get(call.url, PATIENCE));
  }
}

const port = {
  on: (event: 'message', listener: (message: never) => void) =>
    process.on(event, (message) => listener(message as never)),
  postMessage: (message: unknown) => process.send!(message),
};
performCalls(port, ERRORS, async (call) => ({ value: await perform(call as ClientCall) }));
