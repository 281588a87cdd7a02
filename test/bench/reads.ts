/**
 * What reads cost a log server, beside a bare echo of as many bytes by `node:http`: the basis of `READ_COSTS` in
 * log-server/serving/clients.ts.
 *
 *     ./tecp bench reads [--requests 3000]
 *
 * A log with three witnesses of two keys each, every process its own. For each route: the processor time that
 * the server took for one, and answers per second. Below them what a request would cost without what is kept:
 * cosignatures verified for each tree head, tiles of a proof read and hashed.
 */
import { parseArgs } from 'node:util';
import { treeHeadJson } from '#log-server/serving/facts.ts';
import { PublishedCheckpoint } from '#log-server/serving/published-checkpoint.ts';
import type { LogReader } from '#log-server/store/store.ts';
import { changedStrips } from '#log-server/store/strips.ts';
import { createTileCache, TreeReader } from '#log-server/store/tree-reader.ts';
import { concatBytes, encodeUtf8 } from '#protocol/bytes.ts';
import { asHash, leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { readPolicyFile } from '#service/policy-file.ts';
import { freshReceipt } from '#test/support/log.ts';
import { echoGetUs, startEcho } from './support/echo.ts';
import { httpRequest } from './support/load-client.ts';
import { LoadGenerator } from './support/load-generator.ts';
import { type BenchNetwork, startBenchNetwork } from './support/network.ts';
import { type Row, report } from './support/report.ts';

const { values } = parseArgs({ options: { requests: { type: 'string', default: '3000' } } });
const REQUESTS = Number(values.requests);
const CONNECTIONS = 16;
/** Requests before the first that is measured, over what is promised; so many to the echo, too. */
const WARM_UP = 24_000;
const ENTRIES = 2000;
const FULL_TILES = Math.floor(ENTRIES / 256);
const LAST_WIDTH = ENTRIES % 256;
const COLD_LEAVES = 66_000;
const GZIP = { 'accept-encoding': 'gzip' };
/** Of a bare echo's rate, for the same processor time. */
const ECHO_SHARE = 0.7;

interface Route {
  readonly what: string;
  readonly path: (i: number) => string;
  readonly headers?: Record<string, string>;
  readonly status?: number;
  /** Whether it is promised to keep up with an echo. */
  readonly isPromised?: boolean;
}

const three = (index: number) => String(index).padStart(3, '0');
const anyFull = (i: number) => three(i % FULL_TILES);
const any = (i: number) => i % ENTRIES;
/** Each of another tile or width, so that none is in the cache. */
const newBundle = (i: number) =>
  `/tile/entries/${anyFull(i)}.p/${255 - (Math.floor(i / FULL_TILES) % 255)}`;

const promised = { isPromised: true };
const tile0 = { 'if-none-match': '"0.0.256"' };
const ROUTES: readonly Route[] = [
  { what: 'tile, full', path: (i) => `/tile/0/${anyFull(i)}`, ...promised },
  {
    what: 'tile, partial',
    path: () => `/tile/0/${three(FULL_TILES)}.p/${LAST_WIDTH}`,
    ...promised,
  },
  { what: 'tile, unchanged', path: () => '/tile/0/000', headers: tile0, status: 304, ...promised },
  { what: 'bundle, full', path: (i) => `/tile/entries/${anyFull(i)}`, ...promised },
  {
    what: 'bundle, full, gzip',
    path: (i) => `/tile/entries/${anyFull(i)}`,
    headers: GZIP,
    ...promised,
  },
  {
    what: 'bundle, partial',
    path: () => `/tile/entries/${three(FULL_TILES)}.p/${LAST_WIDTH}`,
    ...promised,
  },
  { what: 'bundle, partial, never asked before', path: newBundle },
  { what: '  the same, gzip', path: newBundle, headers: GZIP },
  { what: '/checkpoint', path: () => '/checkpoint' },
  { what: '/v1/log/sth', path: () => '/v1/log/sth' },
  { what: '/v1/log/policy', path: () => '/v1/log/policy' },
  { what: '/openapi.json', path: () => '/openapi.json' },
  { what: '/v1/log/entries/N', path: (i) => `/v1/log/entries/${any(i)}` },
  { what: '/v1/log/proof?index=N', path: (i) => `/v1/log/proof?index=${any(i)}` },
  { what: '/v1/log/consistency?from=N', path: (i) => `/v1/log/consistency?from=${any(i)}` },
];

const rows: Row[] = [];
const load = new LoadGenerator();

/** Work in this process: what it costs, and so how often it could be done at most. */
async function measure(what: string, count: number, work: (i: number) => unknown): Promise<void> {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) await work(i);
  const { user, system } = process.cpuUsage(before);
  rows.push({ what, figure: `${((user + system) / count).toFixed(0)} us` });
}

/** A store of strips in memory, which costs less to read than any other. */
function coldStore(leaves: number): LogReader {
  const strips = new Map<string, Uint8Array>();
  const builder = TileBuilder.empty();
  for (let i = 0; i < leaves; i++) builder.append(leafHash(encodeUtf8(`entry ${i}`)));
  for (const tile of builder.takeChanged()) {
    for (const { level, index, hashes } of changedStrips(tile, 0)) {
      strips.set(`${level}/${index}`, concatBytes(...hashes));
    }
  }
  const strip = async (level: number, index: number) => strips.get(`${level}/${index}`);
  return { strip } as unknown as LogReader;
}

/** Of the body as it is sent, which `fetch` would ask to be compressed. */
async function bytesOf(
  port: number,
  { path, headers = { 'accept-encoding': 'identity' }, status }: Route,
): Promise<number> {
  if (status === 304) return 0;
  const answer = await fetch(`http://127.0.0.1:${port}${path(0)}`, { headers });
  await answer.body?.cancel();
  return Number(answer.headers.get('content-length') ?? 0);
}

async function routes({ logPort: port, logPid }: BenchNetwork): Promise<void> {
  const echo = await startEcho('node');
  const options = { port, connections: CONNECTIONS };
  const requestsFor = ({ path, headers }: Route, count: number) =>
    Array.from({ length: count }, (_, i) => httpRequest('GET', path(i), undefined, headers));
  const promisedRoutes = ROUTES.filter(({ isPromised }) => isPromised);
  for (const route of promisedRoutes) {
    const requests = requestsFor(route, WARM_UP / promisedRoutes.length);
    await load.run({ ...options, requests }, route.status);
  }
  await echoGetUs(echo, load, 8192, { count: WARM_UP, connections: CONNECTIONS });
  for (const route of ROUTES) {
    const { what, status = 200, isPromised } = route;
    const requests = requestsFor(route, REQUESTS);
    const { serverUs, perSecond } = await load.measure(logPid, { ...options, requests }, status);
    const figure = `${serverUs.toFixed(0)} us, ${perSecond.toFixed(0)}/s`;
    if (!isPromised) {
      rows.push({ what, figure });
      continue;
    }
    const bytes = await bytesOf(port, route);
    const of = { count: REQUESTS, connections: CONNECTIONS };
    const ratio = (await echoGetUs(echo, load, bytes, of)) / serverUs;
    rows.push({ what, figure, ratio, of: `of an echo of ${bytes} bytes`, atLeast: ECHO_SHARE });
  }
  await echo.stop();
}

async function withoutCaches({ logPort, policyPath }: BenchNetwork): Promise<void> {
  const note = await (await fetch(`http://127.0.0.1:${logPort}/checkpoint`)).text();
  const { origin, size, root } = parseCheckpoint(parseNote(note).text);
  const { policy } = readPolicyFile(policyPath);
  const published = new PublishedCheckpoint(note, { size, root: asHash(root) });
  await measure('tree head, cosignatures verified each time', 300, () =>
    treeHeadJson({ origin, policy, standing: { isFrozen: false } }, published),
  );
  const store = coldStore(COLD_LEAVES);
  await measure(`proof among ${COLD_LEAVES}, strips in no cache`, 1000, (i) =>
    new TreeReader(store, 'bench', createTileCache()).inclusionProof(
      (i * 65) % COLD_LEAVES,
      COLD_LEAVES,
    ),
  );
}

const network = await startBenchNetwork();
try {
  const json = { 'content-type': 'application/json' };
  const entries = Array.from({ length: ENTRIES }, () =>
    httpRequest('POST', '/v1/log/entries?wait=proof', freshReceipt(), json),
  );
  await load.run({ port: network.logPort, connections: 64, requests: entries });
  await routes(network);
  await withoutCaches(network);
} finally {
  await load.close();
  await network.stop();
}
report(rows);
