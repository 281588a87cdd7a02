/** A log as a configuration names it, and as a command of the operator does. */
import { z } from 'zod';
import { ProtocolError } from '#protocol/errors.ts';
import { isLogType } from '#protocol/note/algorithms.ts';
import { parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import { isOrigin, MAX_CONTACT_LENGTH } from '#protocol/witness/log-list.ts';
import { httpUrl } from '#service/server-config.ts';
import { type LogEntry, MAX_KEYS } from './witnessed-log.ts';

/** A verifier key; `isAllowed` says of which kind, and `kind` what to call that. */
export function verifierKey(kind: string, isAllowed: (key: VerifierKey) => boolean) {
  return z.string().transform((text, context): VerifierKey => {
    try {
      const key = parseVerifierKey(text);
      if (isAllowed(key)) return key;
      context.addIssue(`a key of type ${key.type} is not a ${kind}`);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      context.addIssue(`not a verifier key: ${error.message}`);
    }
    return z.NEVER;
  });
}

/** Parses to one value: by `vkey` if it has one key, by `vkeys` if it has several. */
export function logSchema() {
  const logKey = verifierKey('log key', (key) => isLogType(key.type));
  return z
    .strictObject({
      vkey: logKey.optional(),
      vkeys: z.array(logKey).min(1).max(MAX_KEYS).optional(),
      /** The first line of its checkpoints; the name of its first key if absent. */
      origin: z.string().refine(isOrigin, 'expected the first line of a checkpoint').optional(),
      /** Prefix of the log's tiles, for the cross-check. */
      url: httpUrl().optional(),
      /** Prefix of a tiled log that does not push: its checkpoint is fetched and cosigned. */
      feed: httpUrl().optional(),
      /** add-checkpoint requests a day; above it they are refused. */
      qpd: z.int().positive().optional(),
      contact: z.string().max(MAX_CONTACT_LENGTH).optional(),
    })
    .transform(({ vkey, vkeys, origin, url, feed, qpd, contact }, context): LogEntry => {
      const keys = vkey === undefined ? (vkeys ?? []) : [vkey];
      const [first] = keys;
      if (first !== undefined && (vkey === undefined || vkeys === undefined)) {
        return { origin: origin ?? first.name, keys, url, feed, queriesPerDay: qpd, contact };
      }
      context.addIssue('expected vkey, or vkeys where there are several');
      return z.NEVER;
    });
}
