/** What the explorer knows of each log: how far it is read, its numbers, its checkpoints, and evidence against it. */

import { RemoteError } from '#client/http.ts';
import { toHex } from '#protocol/bytes.ts';
import { nearestName } from '#protocol/nearest.ts';
import type { ServiceApp, ServiceContext } from '#service/app.ts';
import { describeHandler } from '#service/openapi.ts';
import { HttpProblem } from '#service/problem.ts';
import type { SeenCheckpoint } from '../index/search-index.ts';
import type { CheckpointsAnswer, LogsAnswer, StatsAnswer } from '../search/answers.ts';
import { quoted } from '../search/spellings.ts';
import { COSTS } from './costs.ts';
import { type Cell, csvOf, isoTime } from './csv.ts';
import {
  checkpointsCsvRoute,
  checkpointsRoute,
  evidenceRoute,
  logsRoute,
  monitorRoute,
  seriesRoute,
  statsRoute,
} from './definitions.ts';
import type { ApiParts } from './parts.ts';
import { badParameter, limitOf, numberOf, type Parameters, readParameters } from './query.ts';
import { nothingConfirmed } from './read-logs.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Looks for the checkpoint of the numbers that were read just before, which the next one may have replaced. */
const TRIES = 3;

export function addLogRoutes(app: ServiceApp, parts: ApiParts): void {
  const { options, logs, spending } = parts;

  describeHandler(app, logsRoute, '/v1/logs', async (c) => {
    readParameters(c, []);
    c.header('cache-control', 'no-store');
    const answer: LogsAnswer = { logs: await logs.answers(), now_ms: options.now() };
    return c.json(answer);
  });

  describeHandler(app, monitorRoute, '/v1/monitor', (c) => {
    readParameters(c, []);
    c.header('cache-control', 'no-store');
    return c.json(options.monitor?.answer ?? {});
  });

  describeHandler(app, statsRoute, '/v1/stats', async (c) => {
    const { origin } = logs.named(readParameters(c, ['log']));
    c.header('cache-control', 'no-store');
    return c.json(await statsOf(c, parts, origin));
  });

  describeHandler(app, seriesRoute, '/v1/stats/:series', async (c) => {
    const { origin } = logs.named(readParameters(c, ['log']));
    const asked = c.req.param('series') ?? '';
    const series = SERIES.get(asked) ?? noSeries(asked);
    return answerCsv(c, asked, series(await statsOf(c, parts, origin)));
  });

  describeHandler(app, checkpointsRoute, '/v1/checkpoints', async (c) => {
    const parameters = readParameters(c, ['log', 'cursor', 'limit', 'notes']);
    const withNotes = parameters.get('notes') ?? 'false';
    if (!['true', 'false'].includes(withNotes))
      throw badParameter('notes', 'Expected true or false.');
    const { origin, page, next } = await checkpointsOf(c, parts, parameters);
    const answer: CheckpointsAnswer = {
      log: origin,
      checkpoints: page.map(({ size, root, note, seenMs, cosigned }) => ({
        size,
        root: toHex(root),
        seen_ms: seenMs,
        cosigned: cosigned.map(({ witness, timeSeconds }) => ({
          witness,
          time_seconds: timeSeconds,
        })),
        ...(withNotes === 'true' && { note }),
      })),
      ...(next !== undefined && { next_cursor: String(next) }),
    };
    c.header('cache-control', 'no-store');
    return c.json(answer);
  });

  describeHandler(app, checkpointsCsvRoute, '/v1/checkpoints.csv', async (c) => {
    const parameters = readParameters(c, ['log', 'cursor', 'limit']);
    const { origin, page, next } = await checkpointsOf(c, parts, parameters);
    if (next !== undefined) {
      const query = new URLSearchParams({
        log: origin,
        limit: `${page.length}`,
        cursor: `${next}`,
      });
      c.header('link', `<${c.req.path}?${query}>; rel="next"`);
    }
    const rows = page.flatMap(({ size, root, seenMs, cosigned }) => {
      const cells = [size, toHex(root), isoTime(seenMs)];
      if (cosigned.length === 0) return [[...cells, '', '']];
      return cosigned.map(({ witness, timeSeconds }) => [
        ...cells,
        witness,
        isoTime(1000 * timeSeconds),
      ]);
    });
    return answerCsv(
      c,
      'checkpoints.csv',
      csvOf(['size', 'root', 'seen', 'witness', 'cosigned'], rows),
    );
  });

  describeHandler(app, evidenceRoute, '/v1/evidence/:id', async (c) => {
    readParameters(c, []);
    const id = c.req.param('id') ?? '';
    const document = /^[0-9a-f]{64}$/.test(id) ? await evidenceOf(parts, id) : undefined;
    if (document === undefined) {
      throw new HttpProblem(404, 'no-evidence', 'No such evidence is here.');
    }
    spending.hold(c, document.length);
    return c.body(document as Uint8Array<ArrayBuffer>, 200, {
      'content-type': 'application/json',
      'content-disposition': `inline; filename="evidence-${id.slice(0, 16)}.tecp-evidence.json"`,
      'cache-control': IMMUTABLE,
    });
  });
}

/** What the explorer found itself, or else what the monitor has. */
async function evidenceOf(
  { index, options }: ApiParts,
  id: string,
): Promise<Uint8Array | undefined> {
  const found = await index.evidence(id);
  if (found !== undefined) return found.document;
  try {
    return await options.monitor?.evidence(id);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const detail = 'The monitor that has this evidence does not hand it out now.';
    throw new HttpProblem(503, 'no-monitor', detail, { retryAfterSeconds: 5, cause: error });
  }
}

/** The numbers of a log with the checkpoint of which they are. */
async function statsOf(
  c: ServiceContext,
  { index, logs, spending }: ApiParts,
  origin: string,
): Promise<StatsAnswer> {
  spending.charge(c, COSTS.counts);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    await logs.confirmedOf(origin);
    const numbers = await index.counts(origin);
    const [newest] = await index.checkpoints(origin, { limit: 1, before: numbers.size + 1 });
    if (newest?.size === numbers.size) return { log: origin, checkpoint: newest.note, ...numbers };
  }
  return nothingConfirmed();
}

/** The columns of each series, by the name of its file. */
const SERIES: ReadonlyMap<string, (stats: StatsAnswer) => string> = new Map([
  [
    'hours.csv',
    ({ hours }) =>
      table(
        'hour',
        hours.map(({ hour_ms, entries }) => [isoTime(hour_ms), entries]),
      ),
  ],
  ['policies.csv', ({ policies }) => table('policy', policies.map(countedCells))],
  ['issuers.csv', ({ issuers }) => table('issuer', issuers.map(countedCells))],
  ['types.csv', ({ types }) => table('type', types.map(countedCells))],
  [
    'sizes.csv',
    ({ sizes }) =>
      table(
        'up_to_bytes',
        sizes.map(({ up_to, entries }) => [up_to, entries]),
      ),
  ],
]);

function countedCells({ value, entries }: { value: string; entries: number }): Cell[] {
  return [value, entries];
}

function table(column: string, rows: readonly (readonly Cell[])[]): string {
  return csvOf([column, 'entries'], rows);
}

function noSeries(asked: string): never {
  const known = [...SERIES.keys()];
  const nearest = nearestName(asked, known);
  const hint =
    nearest === undefined ? `Expected one of ${known.join(', ')}.` : `Did you mean ${nearest}?`;
  throw new HttpProblem(404, 'not-found', `There is no series ${quoted(asked)}. ${hint}`);
}

/** Newest first; `next` is below which size the next page begins. */
async function checkpointsOf(
  c: ServiceContext,
  { index, logs, spending }: ApiParts,
  parameters: Parameters,
) {
  const { origin } = logs.named(parameters);
  const limit = limitOf(parameters);
  const before = numberOf(parameters, 'cursor');
  spending.charge(c, COSTS.checkpoints);
  await logs.confirmedOf(origin);
  const seen = await index.checkpoints(origin, {
    limit: limit + 1,
    ...(before !== undefined && { before }),
  });
  const page: readonly SeenCheckpoint[] = seen.slice(0, limit);
  spending.hold(
    c,
    page.reduce((sum, { note }) => sum + note.length, 0),
  );
  return { origin, page, next: seen.length > limit ? page.at(-1)!.size : undefined };
}

function answerCsv(c: ServiceContext, name: string, text: string): Response {
  return c.body(text, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
  });
}
