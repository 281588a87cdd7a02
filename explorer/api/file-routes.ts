/**
 * The public files of each log (C2SP tlog-tiles), as far as the explorer has verified them: so whoever reads logs
 * by their files reads these, and a page checks them by the code that it checks the log itself with.
 */

import { sha256 } from '#crypto';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { encodeEntryBundle, parseTilePath, TILE_WIDTH, tileWidth } from '#protocol/merkle/tiles.ts';
import type { ServiceApp, ServiceContext } from '#service/app.ts';
import { gzipBundle, takesCoding } from '#service/content-coding.ts';
import { describeHandler } from '#service/openapi.ts';
import { HttpProblem } from '#service/problem.ts';
import { filesPath } from '../search/paths.ts';
import { COSTS } from './costs.ts';
import { checkpointFileRoute, tileFileRoute } from './definitions.ts';
import { answerFresh, type FreshHeaders, notModified } from './fresh.ts';
import type { ApiParts } from './parts.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';

export function addFileRoutes(app: ServiceApp, { index, logs, spending }: ApiParts): void {
  describeHandler(app, checkpointFileRoute, '/logs/:id/checkpoint', async (c) => {
    const { origin } = logs.withId(c.req.param('id') ?? '');
    const { note } = await logs.confirmedOf(origin);
    return answerFresh(c, encodeUtf8(note), {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'public, max-age=1',
      etag: `"${toHex(sha256(encodeUtf8(note))).slice(0, 32)}"`,
    });
  });

  describeHandler(app, tileFileRoute, '/logs/:id/tile/*', async (c) => {
    const { origin } = logs.withId(c.req.param('id') ?? '');
    const tile = tileOf(c.req.path.slice(filesPath(origin).length + 1));
    const { level, index: number, width } = tile;
    const { size } = await logs.confirmedOf(origin);
    if (width > tileWidth(level, number, size)) notThere();
    const headers = {
      'content-type': 'application/octet-stream',
      'cache-control': IMMUTABLE,
      etag: `"${level}.${number}.${width}"`,
    };
    if (level === 'entries') return await answerBundle(c, origin, { number, width }, headers);
    return answerFresh(c, (await index.tile(origin, level, number, width)) ?? notThere(), headers);
  });

  async function answerBundle(
    c: ServiceContext,
    origin: string,
    { number, width }: { readonly number: number; readonly width: number },
    plainHeaders: FreshHeaders,
  ): Promise<Response> {
    const headers = { ...plainHeaders, vary: 'Accept-Encoding' };
    const known = notModified(c, headers);
    if (known !== undefined) return known;
    spending.charge(c, COSTS.bundle);
    const start = number * TILE_WIDTH;
    const bytes = encodeEntryBundle(await index.entries(origin, start, start + width));
    spending.hold(c, bytes.length);
    if (!takesCoding(c.req.header('accept-encoding'), 'gzip')) {
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200, headers);
    }
    spending.charge(c, COSTS.compressedByte * bytes.length);
    return c.body((await gzipBundle(bytes)) as Uint8Array<ArrayBuffer>, 200, {
      ...headers,
      'content-encoding': 'gzip',
      etag: `W/${headers.etag}`,
    });
  }
}

function tileOf(path: string) {
  try {
    return parseTilePath(path);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new HttpProblem(404, 'bad-tile', error.message);
  }
}

function notThere(): never {
  throw new HttpProblem(404, 'not-found', 'No verified checkpoint covers this.');
}
