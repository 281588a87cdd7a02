/** The JSON API for readers: proofs, consistency, entries, tree head, keys, policy. */
import { encodeBase64 } from '#protocol/base64.ts';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { recogniseEntry } from '#protocol/entry/check.ts';
import { asLeafHash, HASH_BYTES, leafHash } from '#protocol/merkle/hash.ts';
import { ANY_PAGE, type ServiceContext } from '#service/app.ts';
import { type Answer, type DirectHandler, respond } from '#service/direct-routes.ts';
import type { DescribedRoutes } from '#service/openapi.ts';
import type { Exchange } from '#service/pipeline.ts';
import { HttpProblem } from '#service/problem.ts';
import { READ_COSTS } from './clients.ts';
import { keySetJson, oncePer, treeHeadJson } from './facts.ts';
import {
  consistencyRoute,
  entryRoute,
  keySetRoute,
  type ProofQuery,
  policyRoute,
  proofRoute,
  treeHeadRoute,
} from './openapi/reads.ts';
import type { ConsistencyJson, ProofJson } from './openapi/schemas.ts';
import { notSignedYet, proofPending } from './problems.ts';
import type { PublishedCheckpoint } from './published-checkpoint.ts';
import type { ServedLog } from './served-log.ts';
import { CHECKPOINT_CACHE, published, type ReadRouteOptions } from './tile-routes.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';
const PLAIN_TEXT = 'text/plain; charset=UTF-8';
/** The queries that nearly all have: each in the one spelling that the route takes. */
const PLAIN_LEAF_QUERY = /^leaf=([0-9a-f]{64})$/;
const PLAIN_INDEX_QUERY = /^index=(0|[1-9][0-9]{0,14})$/;

export function addApiRoutes(routes: DescribedRoutes, options: ReadRouteOptions): void {
  const { direct, log, prefix, clients } = options;
  const treeHead = oncePer((checkpoint: PublishedCheckpoint) => treeHeadJson(log, checkpoint));
  const keys = keySetJson(log.key);

  async function proofAnswer(exchange: Exchange, query: ProofQuery): Promise<Answer> {
    const { index, leaf } = await requestedEntry(query, log);
    await log.catchUpTo(Math.max(index + 1, query.size ?? 0));
    const newest = published(log);
    if (index >= newest.size) {
      if (index >= log.standing.signedSize) throw notSignedYet();
      throw proofPending({ leaf_index: index, leaf_hash: leaf });
    }
    const { size } = query;
    if (size !== undefined && size <= index) badQuery('size', 'expected a size above the index');
    clients.chargeRead(exchange, READ_COSTS.proof);
    const kept = size === undefined ? log.checkpointFor(index) : log.checkpointOfSize(size);
    const checkpoint = (await kept) ?? notThere('No checkpoint of this size is kept.');
    const headers = {
      'cache-control': checkpoint.isAnchor ? IMMUTABLE : 'no-store',
      vary: 'accept',
    };
    if (!wantsJson(exchange)) {
      const body = checkpoint.proof(await log.proofParts(index, checkpoint));
      return { status: 200, headers: { 'content-type': PLAIN_TEXT, ...headers }, body };
    }
    const hashes = await log.tree.inclusionProof(index, checkpoint.size);
    const body: ProofJson = {
      leaf_index: index,
      leaf_hash: leaf,
      tree_size: checkpoint.size,
      root_hash: encodeBase64(checkpoint.root),
      hashes: hashes.map(encodeBase64),
      checkpoint: checkpoint.note,
    };
    const jsonHeaders = { 'content-type': 'application/json', ...headers };
    return { status: 200, headers: jsonHeaders, body: JSON.stringify(body) };
  }

  routes.openapi(proofRoute, async (c) =>
    respond(c, await proofAnswer(c.env, c.req.valid('query'))),
  );
  const readProof: DirectHandler = ({ exchange, query }) => {
    const leaf = PLAIN_LEAF_QUERY.exec(query)?.[1];
    const index = PLAIN_INDEX_QUERY.exec(query)?.[1];
    if (leaf === undefined && index === undefined) return undefined;
    clients.chargeRead(exchange, 1);
    return proofAnswer(exchange, leaf === undefined ? { index: Number(index) } : { leaf });
  };
  direct.add('GET', `${prefix}/v1/log/proof`, readProof, ANY_PAGE);

  routes.openapi(consistencyRoute, async (c) => {
    const { from, to: asked } = c.req.valid('query');
    await log.catchUpTo(asked ?? Number.POSITIVE_INFINITY);
    const { size } = published(log);
    const to = asked ?? size;
    if (to > size) badQuery('to', `expected at most the published size ${size}`);
    if (from > to) badQuery('from', 'expected a size not above "to"');
    clients.chargeRead(c.env, READ_COSTS.proof);
    const hashes = await log.tree.consistencyProof(from, to);
    // Without `to` the answer is about the newest checkpoint, and changes with it.
    c.header('cache-control', asked === undefined ? CHECKPOINT_CACHE : IMMUTABLE);
    return c.json({ from, to, hashes: hashes.map(encodeBase64) } satisfies ConsistencyJson);
  });

  routes.openapi(entryRoute(log.types), async (c) => {
    const { index } = c.req.valid('param');
    await log.catchUpTo(index + 1);
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

  routes.openapi(treeHeadRoute, async (c) => {
    await log.catchUp();
    c.header('cache-control', CHECKPOINT_CACHE);
    return json(c, treeHead(published(log)));
  });

  routes.openapi(keySetRoute, (c) => {
    c.header('cache-control', 'public, max-age=3600');
    return json(c, keys);
  });

  routes.openapi(policyRoute, (c) => {
    c.header('cache-control', 'public, max-age=60');
    return c.text(log.policyText);
  });
}

/** The entry that the query names, by its leaf hash or else by its index. */
async function requestedEntry({ leaf, index }: ProofQuery, { store }: ServedLog) {
  if (leaf !== undefined) {
    const [found] = await store.findLeaves([asLeafHash(fromHex(leaf, HASH_BYTES))]);
    if (found === undefined) notThere('There is no entry of this leaf hash.');
    return { index: found, leaf };
  }
  const [entry] = await store.entries(index!, 1);
  if (entry === undefined) notThere('There is no entry of this index.');
  return { index: index!, leaf: toHex(leafHash(entry)) };
}

/** Sends text that is JSON already. */
function json(c: ServiceContext, text: string): Response {
  return c.body(text, 200, { 'content-type': 'application/json' });
}

function wantsJson({ incoming }: Exchange): boolean {
  return (incoming.headers.accept ?? '').includes('application/json');
}

function badQuery(field: string, detail: string): never {
  throw new HttpProblem(400, 'bad-request', detail, { field });
}

function notThere(detail: string): never {
  throw new HttpProblem(404, 'not-found', detail);
}
