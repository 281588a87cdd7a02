/**
 * What reads cost a log server: the basis of `READ_COSTS` in log-server/serving/clients.ts.
 *
 *     ./tecp bench reads [--requests N]
 *
 * A log with three witnesses of two keys each, every process its own. For each route: answers per
 * second, and the processor time that the server took for one. Below them what a request would cost
 * without what is kept: cosignatures verified for each tree head, tiles of a proof read and hashed.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { treeHeadJson } from '#log-server/serving/facts.ts';
import type { LogReader } from '#log-server/store/store.ts';
import { createTileCache, TreeReader } from '#log-server/store/tree-reader.ts';
import { concatBytes, encodeUtf8 } from '#protocol/bytes.ts';
import { asHash, leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { readPolicyFile } from '#service/policy-file.ts';
import { freshReceipt } from '#test/support/log.ts';
import { httpRequest, runLoad } from './support/load-client.ts';
import { startBenchNetwork } from './support/network.ts';
import { processorMs } from './support/processor-time.ts';

const { values } = parseArgs({ options: { requests: { type: 'string', default: '1500' } } });
const REQUESTS = Number(values.requests);
const CONNECTIONS = 16;
const ENTRIES = 2000;
const COLD_LEAVES = 66_000;
const JSON_TYPE = { 'content-type': 'application/json' };
function print(what: string, perSecond: number, costUs: number): void {
  console.log(
    `${what.padEnd(44)}${perSecond.toFixed(0).padStart(10)}${costUs.toFixed(0).padStart(12)}`,
  );
}

/** Work in this process: what it costs, and so how often it could be done at most. */
async function measure(what: string, count: number, work: (i: number) => unknown): Promise<void> {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) await work(i);
  const { user, system } = process.cpuUsage(before);
  const eachUs = (user + system) / count;
  print(what, 1e6 / eachUs, eachUs);
}

/** A store of tiles in memory, which costs less to read than any other. */
function coldStore(leaves: number): LogReader {
  const tiles = new Map<string, Uint8Array>();
  const builder = TileBuilder.empty();
  for (let i = 0; i < leaves; i++) builder.append(leafHash(encodeUtf8(`entry ${i}`)));
  for (const { level, index, hashes } of builder.takeChanged()) {
    tiles.set(`${level}/${index}`, concatBytes(...hashes));
  }
  const tile = async (level: number, index: number) => tiles.get(`${level}/${index}`);
  return { tile } as unknown as LogReader;
}

const network = await startBenchNetwork(false);
try {
  const { logPort: port, logPid, policyPath } = network;
  const entries = Array.from({ length: ENTRIES }, () =>
    httpRequest('POST', '/v1/log/entries?wait=proof', freshReceipt(), JSON_TYPE),
  );
  await runLoad({ port, connections: 64, requests: entries });
  console.log(
    `${cpus()[0]!.model}, ${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)}`,
  );
  console.log(`${'read'.padEnd(44)}${'per second'.padStart(10)}${'µs of CPU'.padStart(12)}`);
  const any = (i: number) => i % ENTRIES;
  const routes: readonly [string, (i: number) => string, Record<string, string>?][] = [
    ['/checkpoint', () => '/checkpoint'],
    ['/v1/log/sth', () => '/v1/log/sth'],
    ['/v1/log/policy', () => '/v1/log/policy'],
    ['/openapi.json', () => '/openapi.json'],
    ['/tile/0/000', () => '/tile/0/000'],
    ['/v1/log/entries/N', (i) => `/v1/log/entries/${any(i)}`],
    ['/v1/log/proof?index=N', (i) => `/v1/log/proof?index=${any(i)}`],
    ['/v1/log/consistency?from=N', (i) => `/v1/log/consistency?from=${any(i)}`],
    ['/tile/entries/NNN.p/W, never asked before', (i) => bundle(i)],
    ['  the same, compressed', (i) => bundle(i), { 'accept-encoding': 'gzip' }],
  ];
  for (const [what, path, headers] of routes) {
    const requests = Array.from({ length: REQUESTS }, (_, i) =>
      httpRequest('GET', path(i), undefined, headers),
    );
    const before = processorMs(logPid);
    const { statuses, seconds } = await runLoad({ port, connections: CONNECTIONS, requests });
    const others = [...statuses].filter(([status]) => status !== 200);
    if (others.length > 0) throw new Error(`${what}: answers other than 200: ${String(others)}`);
    print(what, REQUESTS / seconds, ((processorMs(logPid) - before) * 1000) / REQUESTS);
    // So that the rate of one client, which counts all of these, is not what is measured.
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
  const note = await (await fetch(`http://127.0.0.1:${port}/checkpoint`)).text();
  const { origin, size, root } = parseCheckpoint(parseNote(note).text);
  const { policy } = readPolicyFile(policyPath);
  const published = {
    note,
    size,
    root: asHash(root),
    etag: '',
    isAnchor: false,
    writeProof: () => '',
  };
  await measure('tree head, cosignatures verified each time', 300, () =>
    treeHeadJson({ origin, policy }, published),
  );
  const store = coldStore(COLD_LEAVES);
  await measure(`proof among ${COLD_LEAVES}, tiles in no cache`, 1000, (i) =>
    new TreeReader(store, 'bench', createTileCache()).inclusionProof(
      (i * 65) % COLD_LEAVES,
      COLD_LEAVES,
    ),
  );
} finally {
  await network.stop();
}

/** Each of another tile or width, so that none is in the cache. */
function bundle(i: number): string {
  const full = Math.floor(ENTRIES / 256);
  return `/tile/entries/${String(i % full).padStart(3, '0')}.p/${255 - (Math.floor(i / full) % 255)}`;
}
