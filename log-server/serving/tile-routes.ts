/**
 * The log's public files (C2SP tlog-tiles): the checkpoint, tiles and entry bundles.
 *
 * Tiles and bundles reach to the checkpoint signed last: a witness may show it before its quorum is
 * published, and whoever compares then needs the tiles. They never change, so every cache may keep
 * them for ever; the checkpoint is good for a second.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Hono } from 'hono';
import { ProtocolError } from '#protocol/errors.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import {
  encodeEntryBundle,
  parseTilePath,
  TILE_WIDTH,
  type TileId,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import type { ServiceContext, ServiceEnv } from '#service/app.ts';
import { HttpProblem } from '#service/problem.ts';
import { clientAddress } from '#service/rate-limit.ts';
import type { TransparencyLog } from '../log.ts';
import type { PublishedCheckpoint } from '../publishing/publisher.ts';
import { BoundedCache } from './bounded-cache.ts';
import { ByteBudget } from './byte-budget.ts';

const compress = promisify(gzip);

const IMMUTABLE = 'public, max-age=31536000, immutable';
export const CHECKPOINT_CACHE = 'public, max-age=1';
const BUNDLE_CACHE_BYTES = 64 * 1024 * 1024;
/** All bundles on their way to clients at the same time; they may read slowly. */
const MAX_ANSWER_BYTES_HELD = 256 * 1024 * 1024;
/** Receipts are mostly random digits; higher levels cost much time for little. */
const GZIP_LEVEL = 4;

export function tileRoutes(log: TransparencyLog, trustProxy: boolean) {
  const routes = new Hono<ServiceEnv>();
  const bundles = new BoundedCache<string, Uint8Array>(BUNDLE_CACHE_BYTES, (b) => b.length);
  const answers = new ByteBudget(MAX_ANSWER_BYTES_HELD);

  /** A bundle as a body, counted until the client has all of it or is gone. */
  function held(c: ServiceContext, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const client = clientAddress(c.env.incoming, trustProxy);
    const release = answers.reserve(client, bytes.length);
    if (release === undefined) {
      const detail = 'Too many large answers at once. Try again.';
      throw new HttpProblem(503, 'overloaded', detail, { retryAfterSeconds: 1 });
    }
    if (c.env.outgoing.destroyed) release();
    else c.env.outgoing.once('close', release);
    return asBody(bytes);
  }

  /** A bundle's bytes, made or compressed at most once while it is in the cache. */
  async function cached(key: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = bundles.get(key);
    if (known !== undefined) return known;
    const made = await make();
    bundles.set(key, made);
    return made;
  }

  async function bundle(index: number, width: number): Promise<Uint8Array> {
    return await cached(`${index}.${width}`, async () =>
      encodeEntryBundle(await log.store.entries(index * TILE_WIDTH, width)),
    );
  }

  async function compressedBundle(index: number, width: number): Promise<Uint8Array> {
    return await cached(`${index}.${width}.gz`, async () =>
      compress(await bundle(index, width), { level: GZIP_LEVEL }),
    );
  }

  async function tile(level: number, index: number, width: number): Promise<Uint8Array> {
    const bytes = await log.store.tile(level, index);
    return bytes?.subarray(0, width * HASH_BYTES) ?? notThere();
  }

  routes.get('/checkpoint', (c) => {
    const { note, etag } = published(log);
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': CHECKPOINT_CACHE,
      etag,
    };
    if (isFresh(c, etag)) return c.body(null, 304, headers);
    return c.body(note, 200, headers);
  });

  routes.get('/tile/*', async (c) => {
    const { level, index, width } = requestedTile(c);
    const available = tileWidth(level, index, log.signedSize);
    if (width > available) notThere();
    const etag = `"${level}.${index}.${width}"`;
    const headers: Record<string, string> = {
      'content-type': 'application/octet-stream',
      'cache-control': IMMUTABLE,
      etag,
    };
    if (level !== 'entries') {
      if (isFresh(c, etag)) return c.body(null, 304, headers);
      return c.body(asBody(await tile(level, index, width)), 200, headers);
    }
    headers.vary = 'accept-encoding';
    if (isFresh(c, etag)) return c.body(null, 304, headers);
    if (!acceptsGzip(c)) return c.body(held(c, await bundle(index, width)), 200, headers);
    headers['content-encoding'] = 'gzip';
    headers.etag = `W/${etag}`;
    return c.body(held(c, await compressedBundle(index, width)), 200, headers);
  });
  return routes;
}

/** The checkpoint that readers are shown, or the answer that there is none yet. */
export function published(log: TransparencyLog): PublishedCheckpoint {
  if (log.published !== undefined) return log.published;
  const detail = 'No checkpoint has had its quorum of cosignatures yet.';
  throw new HttpProblem(503, 'not-published', detail, { retryAfterSeconds: 1 });
}

/** Hono's types ask for a body over an ArrayBuffer, which SQLite and zlib always give. */
function asBody(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

function notThere(): never {
  throw new HttpProblem(404, 'not-found', 'No signed checkpoint covers this.');
}

function requestedTile(c: ServiceContext): TileId {
  const path = c.req.path;
  try {
    return parseTilePath(path.slice(path.lastIndexOf('/tile/') + 1));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new HttpProblem(404, 'bad-tile', error.message);
  }
}

function isFresh(c: ServiceContext, etag: string): boolean {
  const known = c.env.incoming.headers['if-none-match'];
  if (known === undefined) return false;
  return known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

function acceptsGzip(c: ServiceContext): boolean {
  const header = c.env.incoming.headers['accept-encoding'];
  return (
    typeof header === 'string' &&
    /(^|,)\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[^,]*)?(,|$)/i.test(header)
  );
}
