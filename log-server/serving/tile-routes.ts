/**
 * The log's public files (C2SP tlog-tiles): the checkpoint, tiles and entry bundles.
 *
 * Tiles and bundles reach to the checkpoint signed last: a witness may show it before its quorum is
 * published, and whoever compares then needs the tiles. They never change, so every cache may keep
 * them for ever; the checkpoint is good for a second.
 */
import { ProtocolError } from '#protocol/errors.ts';
import { parseTilePath, type TileId, tileWidth } from '#protocol/merkle/tiles.ts';
import { ANY_PAGE } from '#service/app.ts';
import { gzipBundle, takesCoding } from '#service/content-coding.ts';
import {
  type Answer,
  type DirectHandler,
  type DirectRoutes,
  respond,
} from '#service/direct-routes.ts';
import { type DescribedRoutes, describeHandler } from '#service/openapi.ts';
import type { Exchange } from '#service/pipeline.ts';
import { HttpProblem } from '#service/problem.ts';
import type { TilePublication } from '../publishing/tile-publication.ts';
import type { LogStanding } from '../sequencing/sequencer-link.ts';
import { type Clients, READ_COSTS } from './clients.ts';
import { checkpointRoute, tileRoute } from './openapi/files.ts';
import type { PublishedCheckpoint } from './published-checkpoint.ts';
import type { ServedLog } from './served-log.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';
export const CHECKPOINT_CACHE = 'public, max-age=1';

/** What the public files of a log are served from: the log itself, or a mirror of it. */
export interface ServedFiles {
  /** Tells it from the other logs of the server. */
  readonly origin: string;
  /** What readers are shown; undefined until there is something. */
  readonly published: PublishedCheckpoint | undefined;
  readonly publication: Pick<TilePublication, 'read'>;
  readonly standing: Pick<LogStanding, 'signedSize'>;
  /** As `SequencerLink.catchUp`. */
  catchUp(): Promise<void> | undefined;
}

export interface TileRouteOptions {
  readonly direct: DirectRoutes;
  readonly log: ServedFiles;
  /** URL path under which the log is served. */
  readonly prefix: string;
  readonly clients: Clients;
}

export interface ReadRouteOptions extends TileRouteOptions {
  readonly log: ServedLog;
}

export function addTileRoutes(routes: DescribedRoutes, options: TileRouteOptions): void {
  const { direct, log, prefix, clients } = options;
  /** A file's bytes, read or compressed at most once while they are in the cache. */
  async function cached(name: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const key = `${log.origin} ${name}`;
    const known = clients.files.get(key);
    if (known !== undefined) return known;
    const made = await make();
    // A part of something larger would keep all of it in memory.
    const kept = made.length < made.buffer.byteLength ? new Uint8Array(made) : made;
    clients.files.set(key, kept);
    return kept;
  }

  async function bundle(exchange: Exchange, index: number, width: number): Promise<Uint8Array> {
    return await cached(`entries.${index}.${width}`, async () => {
      clients.chargeRead(exchange, READ_COSTS.newBundle);
      return await read({ level: 'entries', index, width });
    });
  }

  async function compressedBundle(exchange: Exchange, index: number, width: number) {
    return await cached(`entries.${index}.${width}.gz`, async () => {
      const bytes = await bundle(exchange, index, width);
      clients.chargeCompression(exchange, bytes.length);
      return await gzipBundle(bytes);
    });
  }

  /** Of the checkpoint signed last, whose tiles were published before it was signed. */
  async function read(tile: TileId): Promise<Uint8Array> {
    return (await log.publication.read(tile, log.standing.signedSize)) ?? notThere();
  }

  async function checkpointAnswer(exchange: Exchange): Promise<Answer> {
    await log.catchUp();
    const { bytes: body, etag } = published(log);
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': CHECKPOINT_CACHE,
      etag,
    };
    return fresh(exchange, headers, etag) ?? { status: 200, headers, body };
  }

  async function tileAnswer(exchange: Exchange, tile: TileId): Promise<Answer> {
    const { level, index, width } = tile;
    const isThere = () => width <= tileWidth(level, index, log.standing.signedSize);
    if (!isThere()) await log.catchUp();
    if (!isThere()) notThere();
    const etag = `"${level}.${index}.${width}"`;
    const headers: Record<string, string> = {
      'content-type': 'application/octet-stream',
      'cache-control': IMMUTABLE,
      etag,
    };
    if (level === 'entries') headers.vary = 'accept-encoding';
    const known = fresh(exchange, headers, etag);
    if (known !== undefined) return known;
    if (level !== 'entries') {
      const body = await cached(etag, () => read({ level, index, width }));
      return { status: 200, headers, body };
    }
    const isCompressed = takesCoding(exchange.incoming.headers['accept-encoding'], 'gzip');
    const bytes = await (isCompressed ? compressedBundle : bundle)(exchange, index, width);
    clients.holdAnswer(exchange, bytes.length);
    if (isCompressed) {
      headers['content-encoding'] = 'gzip';
      headers.etag = `W/${etag}`;
    }
    return { status: 200, headers, body: bytes };
  }

  routes.openapi(checkpointRoute, async (c) => respond(c, await checkpointAnswer(c.env)));
  const readCheckpoint: DirectHandler = ({ exchange }) => {
    clients.chargeRead(exchange, 1);
    return checkpointAnswer(exchange);
  };
  direct.add('GET', `${prefix}/checkpoint`, readCheckpoint, ANY_PAGE);
  describeHandler(routes, tileRoute, '/tile/*', async (c) =>
    respond(c, await tileAnswer(c.env, requestedTile(c.req.path, prefix))),
  );
  const readTile: DirectHandler = ({ exchange, path }) => {
    const tile = tileAt(path, prefix);
    // Below this path there may be another log.
    if (tile === undefined) return undefined;
    clients.chargeRead(exchange, 1);
    return tileAnswer(exchange, tile);
  };
  direct.add('GET', `${prefix}/tile/*`, readTile, ANY_PAGE);
}

/** The checkpoint that readers are shown, or the answer that there is none yet. */
export function published(log: ServedFiles): PublishedCheckpoint {
  if (log.published !== undefined) return log.published;
  const detail = 'No checkpoint has had its quorum of cosignatures yet.';
  throw new HttpProblem(503, 'not-published', detail, { retryAfterSeconds: 1 });
}

function notThere(): never {
  throw new HttpProblem(404, 'not-found', 'No signed checkpoint covers this.');
}

/** Throws the 404 for a path that no tile has. */
function requestedTile(path: string, prefix: string): TileId {
  try {
    return parseTilePath(path.slice(prefix.length + 1));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new HttpProblem(404, 'bad-tile', error.message);
  }
}

function tileAt(path: string, prefix: string): TileId | undefined {
  try {
    return requestedTile(path, prefix);
  } catch (error) {
    if (error instanceof HttpProblem) return undefined;
    throw error;
  }
}

/** The answer to a client that has this version already. */
function fresh(
  { incoming }: Exchange,
  headers: Readonly<Record<string, string>>,
  etag: string,
): Answer | undefined {
  const known = incoming.headers['if-none-match'];
  if (known === undefined) return undefined;
  const isKnown = known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  return isKnown ? { status: 304, headers, body: null } : undefined;
}
