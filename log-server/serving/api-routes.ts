/** The JSON API for readers: proofs, consistency, entries, tree head, keys, policy. */
import { Hono } from 'hono';
import { encodeBase64 } from '#protocol/base64.ts';
import { fromHex, parseDecimal, toHex } from '#protocol/bytes.ts';
import { recogniseEntry } from '#protocol/entry/check.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { asLeafHash, leafHash } from '#protocol/merkle/hash.ts';
import type { ServiceContext, ServiceEnv } from '#service/app.ts';
import { HttpProblem } from '#service/problem.ts';
import { queryParam } from '#service/query.ts';
import type { TransparencyLog } from '../log.ts';
import type { PublishedCheckpoint } from '../publishing/published-checkpoint.ts';
import { type Clients, READ_COSTS } from './clients.ts';
import { keySetJson, oncePer, treeHeadJson } from './facts.ts';
import { openApiDocument } from './openapi.ts';
import { proofPending } from './problems.ts';
import { CHECKPOINT_CACHE, published } from './tile-routes.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';

/** `prefix` is the URL path under which the log is served. */
export function apiRoutes(log: TransparencyLog, prefix: string, clients: Clients) {
  const routes = new Hono<ServiceEnv>();
  const treeHead = oncePer((checkpoint: PublishedCheckpoint) => treeHeadJson(log, checkpoint));
  const keys = keySetJson(log.key.verifier);
  const openapi = JSON.stringify(openApiDocument(log, prefix));

  routes.get('/v1/log/proof', async (c) => {
    const { index, leaf } = await requestedEntry(c, log);
    const newest = published(log);
    if (index >= newest.size) throw proofPending({ leaf_index: index, leaf_hash: leaf });
    const size = decimalQuery(c, 'size');
    if (size !== undefined && size <= index) badQuery('size', 'expected a size above the index');
    clients.chargeRead(c, READ_COSTS.proof);
    const kept = size === undefined ? log.checkpointFor(index) : log.checkpointOfSize(size);
    const checkpoint = (await kept) ?? notThere('No checkpoint of this size is kept.');
    c.header('cache-control', checkpoint.isAnchor ? IMMUTABLE : 'no-store');
    c.header('vary', 'accept');
    if (!wantsJson(c)) return c.text(await log.proof(index, checkpoint));
    const hashes = await log.tree.inclusionProof(index, checkpoint.size);
    return c.json({
      leaf_index: index,
      leaf_hash: leaf,
      tree_size: checkpoint.size,
      root_hash: encodeBase64(checkpoint.root),
      hashes: hashes.map(encodeBase64),
      checkpoint: checkpoint.note,
    });
  });

  routes.get('/v1/log/consistency', async (c) => {
    const { size } = published(log);
    const asked = decimalQuery(c, 'to');
    const to = asked ?? size;
    const from = decimalQuery(c, 'from') ?? badQuery('from', 'expected a tree size');
    if (to > size) badQuery('to', `expected at most the published size ${size}`);
    if (from > to) badQuery('from', 'expected a size not above "to"');
    clients.chargeRead(c, READ_COSTS.proof);
    const hashes = await log.tree.consistencyProof(from, to);
    // Without `to` the answer is about the newest checkpoint, and changes with it.
    c.header('cache-control', asked === undefined ? CHECKPOINT_CACHE : IMMUTABLE);
    return c.json({ from, to, hashes: hashes.map(encodeBase64) });
  });

  routes.get('/v1/log/entries/:index', async (c) => {
    const index = decimal(c.req.param('index'), 'index');
    if (index >= published(log).size) notThere('No published checkpoint covers this index.');
    const [entry] = await log.store.entries(index, 1);
    if (entry === undefined) notThere('There is no such entry.');
    const type = recogniseEntry(entry, log.types);
    return c.body(entry as Uint8Array<ArrayBuffer>, 200, {
      'content-type': type?.mediaType ?? 'application/octet-stream',
      'cache-control': IMMUTABLE,
      etag: `"${toHex(leafHash(entry))}"`,
    });
  });

  routes.get('/v1/log/sth', (c) => {
    c.header('cache-control', CHECKPOINT_CACHE);
    return json(c, treeHead(published(log)));
  });

  routes.get('/.well-known/tecp-log-jwks', (c) => {
    c.header('cache-control', 'public, max-age=3600');
    return json(c, keys);
  });

  routes.get('/v1/log/policy', (c) => {
    c.header('cache-control', 'public, max-age=60');
    return c.text(log.policyText);
  });

  routes.get('/openapi.json', (c) => json(c, openapi));
  return routes;
}

/** The entry that `?leaf=` or `?index=` names: exactly one of them. */
async function requestedEntry(c: ServiceContext, log: TransparencyLog) {
  const leafText = queryParam(c, 'leaf');
  const index = decimalQuery(c, 'index');
  if ((leafText === undefined) === (index === undefined)) {
    badQuery('leaf', 'expected either leaf=<hex> or index=<n>');
  }
  if (index !== undefined) {
    const [entry] = await log.store.entries(index, 1);
    if (entry === undefined) notThere('There is no entry of this index.');
    return { index, leaf: toHex(leafHash(entry)) };
  }
  const hash = asLeafHash(parsed('leaf', () => fromHex(leafText!, 32)));
  const [found] = await log.store.findLeaves([hash]);
  if (found === undefined) notThere('There is no entry of this leaf hash.');
  return { index: found, leaf: leafText! };
}

/** Sends text that is JSON already. */
function json(c: ServiceContext, text: string): Response {
  return c.body(text, 200, { 'content-type': 'application/json' });
}

function wantsJson(c: ServiceContext): boolean {
  return (c.env.incoming.headers.accept ?? '').includes('application/json');
}

function decimalQuery(c: ServiceContext, name: string): number | undefined {
  const text = queryParam(c, name);
  return text === undefined ? undefined : decimal(text, name);
}

function decimal(text: string, name: string): number {
  return parsed(name, () => parseDecimal(text));
}

function parsed<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return badQuery(name, error.message);
  }
}

function badQuery(field: string, detail: string): never {
  throw new HttpProblem(400, 'bad-request', detail, { field });
}

function notThere(detail: string): never {
  throw new HttpProblem(404, 'not-found', detail);
}
