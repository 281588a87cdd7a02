/** The keys that the configurations of all servers share, so that each means the same in all. */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { hasUserInfo, httpPrefix } from '#protocol/policy/url.ts';
import { LOG_LEVELS } from './logging.ts';

const MAX_JUDGING_THREADS = 64;

/** For the top level of a server's schema. */
export function serverKeys(defaultPort: number) {
  return {
    listen: listenKey(defaultPort),
    /** Where `/metrics` is served, if not with everything else. */
    metrics: z
      .strictObject({
        host: z.string().min(1).default('127.0.0.1'),
        port: z.int().min(0).max(65_535),
      })
      .optional(),
    /** Take a client's address from the last X-Forwarded-For entry; only behind a proxy of yours. */
    trust_proxy: z.boolean().default(false),
    log_level: z.enum(LOG_LEVELS).default('info'),
  };
}

/** Where a listener listens. Port 0 lets the system choose. */
export function listenKey(defaultPort: number) {
  return z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(defaultPort),
    })
    .prefault({});
}

/** What one client address may ask, with its defaults. */
export function rate(perSecond: number, burst: number) {
  const positive = z.int().min(1);
  return z
    .strictObject({ per_second: positive.default(perSecond), burst: positive.default(burst) })
    .prefault({});
}

/** Threads that judge entries; half of the cores unless told otherwise. */
export function judgingThreadsKey() {
  const threads = z.int().min(1).max(MAX_JUDGING_THREADS);
  return threads.default(() =>
    Math.min(MAX_JUDGING_THREADS, Math.ceil(availableParallelism() / 2)),
  );
}

/** Names of entry types out of `known`; parses to the types, in the order in which they are recognised. */
export function entryTypesKey(known: readonly EntryType[]) {
  const names = known.map(({ name }) => name);
  const name = z
    .string()
    .refine((text) => names.includes(text), `expected one of ${names.join(', ')}`);
  return z
    .array(name)
    .min(1)
    .default(['tecp-receipt'])
    .transform((chosen) => entryTypes(chosen, known));
}

/**
 * An http or https URL; parses to its one spelling, without slashes at its end. Servers show their URLs to everybody,
 * so it has no password.
 */
export function httpUrl() {
  return z.string().transform((text, context): string => {
    const prefix = httpPrefix(text);
    if (prefix !== undefined && !hasUserInfo(prefix)) return prefix;
    context.addIssue('expected an http or https URL, without user and password');
    return z.NEVER;
  });
}
