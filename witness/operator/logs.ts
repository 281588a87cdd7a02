/** Which logs are followed: what an operator may ask of that, and change. */
import type { Hono } from 'hono';
import { z } from 'zod';
import { encodeBase64 } from '#protocol/base64.ts';
import { readCommand } from '#service/operator.ts';
import { HttpProblem } from '#service/problem.ts';
import { logSchema } from '../logs/log-schema.ts';
import type { WitnessedLog } from '../logs/witnessed-log.ts';
import type { WitnessState } from '../state.ts';
import type { OperatorParts } from './parts.ts';

const originSchema = z.strictObject({ origin: z.string().min(1) });
const keySchema = z.strictObject({ origin: z.string().min(1), vkey: z.string().min(1) });

/** A line of the list. */
export interface ListedLog {
  readonly origin: string;
  readonly source: string;
  readonly size: number;
  /** POSIX seconds; 0 if nothing was cosigned. */
  readonly cosigned_at: number;
  readonly disabled?: string;
  readonly frozen_by?: string;
  /** Whether it owes a comparison for too long to be cosigned. */
  readonly owes_too_long: boolean;
}

/** Everything that is known of a log. */
export interface ShownLog extends ListedLog {
  readonly vkeys: readonly string[];
  readonly former_keys: readonly { readonly vkey: string; readonly removed_at: number }[];
  readonly root: string;
  readonly note?: string;
  readonly owed: readonly {
    readonly size: number;
    readonly root: string;
    readonly source: string;
    readonly since: number;
    readonly reason?: string;
  }[];
  readonly url?: string;
  readonly feed?: string;
  readonly qpd?: number;
  readonly contact?: string;
  /** Unix milliseconds; 0 if it was there before that was written down. */
  readonly added_at: number;
}

export interface AddedLog {
  readonly log: ShownLog;
  readonly is_new: boolean;
  readonly added_keys: readonly string[];
}

export function addLogRoutes(app: Hono, parts: OperatorParts): void {
  const { state, now, logger } = parts;
  const { logs } = state;

  app.get('/logs', (c) => c.json(logs.all().map((log) => listed(log, parts))));
  app.get('/logs/one', (c) => {
    const origin = c.req.query('origin') ?? '';
    const log = logs.known(origin);
    if (log === undefined) {
      throw new HttpProblem(404, 'unknown-log', `The log ${origin} is not known here.`);
    }
    return c.json(shown(log, parts));
  });
  app.post('/logs/add', async (c) => {
    const entry = await readCommand(c, logSchema());
    const { log, isNew, addedKeys } = logs.add(entry, 'operator', now());
    if (isNew) logger.warn({ origin: log.origin }, 'the operator added a log');
    for (const vkey of isNew ? [] : addedKeys) {
      logger.warn({ origin: log.origin, vkey }, 'the operator added a key to a log');
    }
    const answer: AddedLog = { log: shown(log, parts), is_new: isNew, added_keys: addedKeys };
    return c.json(answer);
  });
  app.post('/logs/disable', async (c) => {
    const { origin } = await readCommand(c, originSchema);
    const log = logs.disable(origin, now());
    logger.warn({ origin }, 'the operator disabled a log');
    return c.json(shown(log, parts));
  });
  app.post('/logs/enable', async (c) => {
    const { origin } = await readCommand(c, originSchema);
    const log = logs.enable(origin);
    logger.warn({ origin }, 'the operator enabled a log');
    return c.json(shown(log, parts));
  });
  app.post('/logs/remove-key', async (c) => {
    const { origin, vkey } = await readCommand(c, keySchema);
    const log = state.removeLogKey(origin, vkey, now());
    logger.warn({ origin, vkey }, 'the operator removed a key of a log');
    return c.json(shown(log, parts));
  });
}

function listed(log: WitnessedLog, { state, patienceMs }: ListedParts): ListedLog {
  const { origin, source, disabledBecause } = log;
  const { size, timeSeconds, frozenBy } = state.log(origin);
  return {
    origin,
    source,
    size,
    cosigned_at: timeSeconds,
    ...(disabledBecause === undefined ? {} : { disabled: disabledBecause }),
    ...(frozenBy === undefined ? {} : { frozen_by: frozenBy }),
    owes_too_long: state.owed(origin).some(({ waitedMs }) => waitedMs >= patienceMs),
  };
}

interface ListedParts {
  readonly state: WitnessState;
  readonly patienceMs: number;
}

function shown(log: WitnessedLog, parts: ListedParts): ShownLog {
  const { origin, keys, formerKeys, url, feed, queriesPerDay, contact, addedAtMs } = log;
  const { root, note } = parts.state.log(origin);
  return {
    ...listed(log, parts),
    vkeys: keys.map(({ text }) => text),
    former_keys: formerKeys.map(({ key, removedAtMs }) => {
      return { vkey: key.text, removed_at: removedAtMs };
    }),
    root: encodeBase64(root),
    ...(note === undefined ? {} : { note }),
    owed: parts.state.owed(origin).map(({ size, root, source, sinceMs, reason }) => {
      const told = { size, root: encodeBase64(root), source, since: sinceMs };
      return reason === undefined ? told : { ...told, reason };
    }),
    ...(url === undefined ? {} : { url }),
    ...(feed === undefined ? {} : { feed }),
    ...(queriesPerDay === undefined ? {} : { qpd: queriesPerDay }),
    ...(contact === undefined ? {} : { contact }),
    added_at: addedAtMs,
  };
}
