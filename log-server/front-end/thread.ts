/** A front end in a thread of its own: what `FrontEndThread` of the main thread calls. */
import { parentPort } from 'node:worker_threads';
import { entryTypes } from '#protocol/entry/registry.ts';
import { parseVerifierKey } from '#protocol/note/key.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import type { ListeningAddress } from '#service/http.ts';
import { createLogger } from '#service/logging.ts';
import { Metrics, type MetricValues } from '#service/metrics.ts';
import { PortCaller, performCalls } from '#service/port-calls.ts';
import { restAtEnd } from '#service/threads.ts';
import { StoreTiles } from '../publishing/tile-publication.ts';
import { locateStore } from '../store/open-store.ts';
import { createTileCache, type TileCache, TreeReader } from '../store/tree-reader.ts';
import { FAILURES } from './failures.ts';
import { createFrontEnd, type FrontEnd, type LogToServe } from './front-end.ts';
import { PortLink } from './port-link.ts';
import type { FrontEndCall, FrontEndThreadData, ThreadedLog } from './thread-data.ts';

restAtEnd();

/** A front end before it listens. */
interface Opened {
  readonly metrics: Metrics;
  listen(port: number): Promise<ListeningAddress>;
  close(): Promise<void>;
}

async function open({
  settings,
  logs,
  logLevel,
  sharing,
  others,
}: FrontEndThreadData): Promise<Opened> {
  const caller = new PortCaller(others, FAILURES);
  const metrics = new Metrics({
    others: async () => (await caller.call('values')) as MetricValues[],
  });
  const tiles = createTileCache(sharing.workers);
  const served = await Promise.all(logs.map((log) => logToServe(log, tiles)));
  let frontEnd: FrontEnd | undefined;
  const listen = (port: number) => {
    const types = served.map((log) => [...log.types]);
    const logConfigs = logs.map(({ config }, i) => ({ ...config, entry_types: types[i]! }));
    const config = { ...settings, logs: logConfigs };
    const logger = createLogger({ name: 'log', level: logLevel });
    const parts = { config, logs: served, logger, metrics, sharing };
    frontEnd = createFrontEnd({ ...parts, port, reusePort: true });
    return frontEnd.start();
  };
  const close = async () => {
    await frontEnd?.close();
    for (const { store } of served) await store.close();
  };
  return { metrics, listen, close };
}

async function logToServe(log: ThreadedLog, tiles: TileCache) {
  const { config, verifierKey, policyText, link } = log;
  const key = parseVerifierKey(verifierKey);
  const store = await locateStore(config).openReader({ origin: key.name, verifierKey });
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

/** Owned by the call `open`. */
let opening: Promise<Opened> | undefined;

performCalls(parentPort!, FAILURES, async (request) => {
  const call = request as FrontEndCall;
  switch (call.do) {
    case 'open':
      opening = open(call.data);
      await opening;
      return {};
    case 'listen':
      return { value: await (await opening!).listen(call.port) };
    case 'values':
      return { value: await (await opening!).metrics.values() };
    case 'close': {
      // Whoever called `open` knows why there is none.
      const opened = await opening?.catch(() => undefined);
      await opened?.close();
      return {};
    }
  }
});
