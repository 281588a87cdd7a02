/** What the entries of each log come to, in numbers with their checkpoint, and as tables. */
import { nearestName } from '#protocol/nearest.ts';
import type { ServiceApp, ServiceContext } from '#service/app.ts';
import { describeHandler } from '#service/openapi.ts';
import { HttpProblem } from '#service/problem.ts';
import type { StatsAnswer } from '../search/answers.ts';
import { isoTime } from '../search/calendar.ts';
import { type Cell, csvOf } from '../search/csv.ts';
import { quoted } from '../search/spellings.ts';
import { COSTS } from './costs.ts';
import { answerCsv } from './csv.ts';
import { seriesRoute, statsRoute } from './definitions.ts';
import type { ApiParts } from './parts.ts';
import { readParameters } from './query.ts';
import { nothingConfirmed } from './read-logs.ts';

/** Looks for the checkpoint of the numbers that were read just before, which the next one may have replaced. */
const TRIES = 3;

export function addStatsRoutes(app: ServiceApp, parts: ApiParts): void {
  const { logs } = parts;

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
}

/** The numbers of a log with the checkpoint of which they are. */
async function statsOf(
  c: ServiceContext,
  { index, logs, spending }: ApiParts,
  origin: string,
): Promise<StatsAnswer> {
  spending.charge(c, COSTS.counts);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const { size, note } = await logs.confirmedOf(origin);
    const numbers = await index.counts(origin);
    if (size === numbers.size) return { log: origin, checkpoint: note, ...numbers };
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
