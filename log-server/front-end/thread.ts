/** A front end in a thread of its own: what `FrontEndThread` of the main thread calls. */
import { parentPort, workerData } from 'node:worker_threads';
import { entryTypes } from '#protocol/entry/registry.ts';
import { parseVerifierKey } from '#protocol/note/key.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { createLogger } from '#service/logging.ts';
import { Metrics, type MetricValues } from '#service/metrics.ts';
import { PortCaller, performCalls } from '#service/port-calls.ts';
import { restAtEnd } from '#service/threads.ts';
import { StoreTiles } from '../publishing/tile-publication.ts';
import { locateStore } from '../store/open-store.ts';
import { createTileCache, TreeReader } from '../store/tree-reader.ts';
import { FAILURES } from './failures.ts';
import { createFrontEnd, type FrontEnd, type LogToServe } from './front-end.ts';
import { PortLink } from './port-link.ts';
import type { FrontEndCall, FrontEndThreadData, ThreadedLog } from './thread-data.ts';

restAtEnd();
const data = workerData as FrontEndThreadData;
const { settings, logLevel, sharing, others } = data;
const caller = new PortCaller(others, FAILURES);
const metrics = new Metrics({
  others: async () => (await caller.call('values')) as MetricValues[],
});
const tiles = createTileCache(sharing.workers);
const closing: (() => Promise<void>)[] = [];

async function logToServe({ config, verifierKey, policyText, link }: ThreadedLog) {
  const key = parseVerifierKey(verifierKey);
  const store = await locateStore(config).openReader({ origin: key.name, verifierKey });
  closing.push(() => store.close());
  return {
    key,
    policy: parsePolicy(policyText),
    policyText,
    types: entryTypes(config.entry_types),
    store,
    publication: new StoreTiles(store),
    tree: new TreeReader(store, key.name, tiles),
    sequencer: await PortLink.open(link),
    now: Date.now,
  } satisfies LogToServe;
}

const opened = Promise.all(data.logs.map(logToServe));
// Whoever calls learns of it.
opened.catch(() => undefined);
/** Owned by the call `listen`. */
let frontEnd: FrontEnd | undefined;

async function create(port: number): Promise<FrontEnd> {
  const logs = await opened;
  const config = {
    ...settings,
    logs: data.logs.map((log, i) => ({ ...log.config, entry_types: [...logs[i]!.types] })),
  };
  const logger = createLogger({ name: 'log', level: logLevel });
  return createFrontEnd({ config, logs, logger, metrics, sharing, port, reusePort: true });
}

performCalls(parentPort!, FAILURES, async (request) => {
  const call = request as FrontEndCall;
  switch (call.do) {
    case 'open':
      await opened;
      return {};
    case 'listen':
      frontEnd = await create(call.port);
      return { value: await frontEnd.start() };
    case 'values':
      return { value: await metrics.values() };
    case 'close':
      await frontEnd?.close();
      for (const close of closing) await close();
      return {};
  }
});
