/** The checkpoints of each log that were seen and verified, with who cosigned when. */
import { toHex } from '#protocol/bytes.ts';
import type { ServiceApp, ServiceContext } from '#service/app.ts';
import { describeHandler } from '#service/openapi.ts';
import type { ListedCheckpoint } from '../index/search-index.ts';
import type { CheckpointsAnswer } from '../search/answers.ts';
import { isoTime } from '../search/calendar.ts';
import { csvOf } from '../search/csv.ts';
import { COSTS } from './costs.ts';
import { answerCsv } from './csv.ts';
import { checkpointsCsvRoute, checkpointsRoute } from './definitions.ts';
import type { ApiParts } from './parts.ts';
import { badParameter, limitOf, numberOf, type Parameters, readParameters } from './query.ts';

export function addCheckpointRoutes(app: ServiceApp, parts: ApiParts): void {
  describeHandler(app, checkpointsRoute, '/v1/checkpoints', async (c) => {
    const parameters = readParameters(c, ['log', 'cursor', 'limit', 'notes']);
    const withNotes = parameters.get('notes') ?? 'false';
    if (!['true', 'false'].includes(withNotes))
      throw badParameter('notes', 'Expected true or false.');
    const notes = withNotes === 'true';
    const { origin, page, next } = await checkpointsOf(c, parts, parameters, notes);
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
        ...(note !== undefined && { note }),
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
}

/** Newest first; `next` is below which size the next page begins. */
async function checkpointsOf(
  c: ServiceContext,
  { index, logs, spending }: ApiParts,
  parameters: Parameters,
  notes = false,
) {
  const { origin } = logs.named(parameters);
  const limit = limitOf(parameters);
  const before = numberOf(parameters, 'cursor');
  spending.charge(c, COSTS.checkpoint * limit);
  await logs.confirmedOf(origin);
  const seen = await index.checkpoints(origin, {
    limit: limit + 1,
    notes,
    ...(before !== undefined && { before }),
  });
  const page: readonly ListedCheckpoint[] = seen.slice(0, limit);
  const bytes = page.reduce((sum, { note = '' }) => sum + note.length, 0);
  spending.charge(c, COSTS.noteByte * bytes);
  spending.hold(c, bytes);
  return { origin, page, next: seen.length > limit ? page.at(-1)!.size : undefined };
}
