/**
 * The log's public files (C2SP tlog-tiles): the checkpoint, tiles and entry bundles.
 *
 * Tiles and bundles reach to the checkpoint signed last: a witness may show it before its quorum is
 * published, and whoever compares then needs the tiles. They never change, so every cache may keep
 * them for ever; the checkpoint is good for a second.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ProtocolError } from '#protocol/errors.ts';
import { parseTilePath, type TileId, tileWidth } from '#protocol/merkle/tiles.ts';
import type { ServiceContext } from '#service/app.ts';
import { type DescribedRoutes, describeHandler } from '#service/openapi.ts';
import { HttpProblem } from '#service/problem.ts';
import { type Clients, READ_COSTS } from './clients.ts';
import { checkpointRoute, tileRoute } from './openapi/files.ts';
import type { PublishedCheckpoint } from './published-checkpoint.ts';
import type { ServedLog } from './served-log.ts';

const compress = promisify(gzip);

const IMMUTABLE = 'public, max-age=31536000, immutable';
export const CHECKPOINT_CACHE = 'public, max-age=1';
/** Receipts are mostly random digits; higher levels cost much time for little. */
const GZIP_LEVEL = 4;

/** `prefix` is the URL path under which the log is served. */
export function addTileRoutes(
  routes: DescribedRoutes,
  log: ServedLog,
  prefix: string,
  clients: Clients,
): void {
  /** A bundle's bytes, made or compressed at most once while it is in the cache. */
  async function cached(name: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const key = `${log.origin} ${name}`;
    const known = clients.bundles.get(key);
    if (known !== undefined) return known;
    const made = await make();
    clients.bundles.set(key, made);
    return made;
  }

  async function bundle(c: ServiceContext, index: number, width: number): Promise<Uint8Array> {
    return await cached(`${index}.${width}`, async () => {
      clients.chargeRead(c, READ_COSTS.newBundle);
      return await read({ level: 'entries', index, width });
    });
  }

  async function compressedBundle(c: ServiceContext, index: number, width: number) {
    return await cached(`${index}.${width}.gz`, async () => {
      const bytes = await bundle(c, index, width);
      clients.chargeCompression(c, bytes.length);
      return await compress(bytes, { level: GZIP_LEVEL });
    });
  }

  /** Of the checkpoint signed last, whose tiles were published before it was signed. */
  async function read(tile: TileId): Promise<Uint8Array> {
    return (await log.publication.read(tile, log.standing.signedSize)) ?? notThere();
  }

  routes.openapi(checkpointRoute, (c) => {
    const { note, etag } = published(log);
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': CHECKPOINT_CACHE,
      etag,
    };
    if (isFresh(c, etag)) return c.body(null, 304, headers);
    return c.body(note, 200, headers);
  });

  describeHandler(routes, tileRoute, '/tile/*', async (c) => {
    const { level, index, width } = requestedTile(c, prefix);
    const available = tileWidth(level, index, log.standing.signedSize);
    if (width > available) notThere();
    const etag = `"${level}.${index}.${width}"`;
    const headers: Record<string, string> = {
      'content-type': 'application/octet-stream',
      'cache-control': IMMUTABLE,
      etag,
    };
    if (level !== 'entries') {
      if (isFresh(c, etag)) return c.body(null, 304, headers);
      return c.body(asBody(await read({ level, index, width })), 200, headers);
    }
    headers.vary = 'accept-encoding';
    if (isFresh(c, etag)) return c.body(null, 304, headers);
    const isCompressed = acceptsGzip(c);
    const bytes = await (isCompressed ? compressedBundle : bundle)(c, index, width);
    clients.holdAnswer(c, bytes.length);
    if (isCompressed) {
      headers['content-encoding'] = 'gzip';
      headers.etag = `W/${etag}`;
    }
    return c.body(asBody(bytes), 200, headers);
  });
}

/** The checkpoint that readers are shown, or the answer that there is none yet. */
export function published(log: ServedLog): PublishedCheckpoint {
  if (log.published !== undefined) return log.published;
  const detail = 'No checkpoint has had its quorum of cosignatures yet.';
  throw new HttpProblem(503, 'not-published', detail, { retryAfterSeconds: 1 });
}

/** Hono's types ask for a body over an ArrayBuffer, which stores and zlib always give. */
function asBody(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

function notThere(): never {
  throw new HttpProblem(404, 'not-found', 'No signed checkpoint covers this.');
}

function requestedTile(c: ServiceContext, prefix: string): TileId {
  try {
    return parseTilePath(c.req.path.slice(prefix.length + 1));
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
