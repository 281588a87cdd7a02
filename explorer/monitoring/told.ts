/**
 * What a monitor says, as the explorer passes it on: of each answer what is understood, up to limits. A monitor of
 * another version may say more, or other things; whatever has not the form that is known here is left out.
 */
import { z } from 'zod';
import type {
  ToldAgreement,
  ToldAlert,
  ToldEvidence,
  ToldLog,
  ToldWitness,
} from '../search/answers.ts';

const MAX_ITEMS = 500;
const MAX_TEXT = 4096;

const text = z.string().max(MAX_TEXT);
const integer = z.int().min(0);
const agreement: z.ZodType<ToldAgreement> = z.enum([
  'agrees',
  'pending',
  'contradicts',
  'went-back',
  'absent',
  'unknown',
]);

const log = z
  .object({ origin: text, agreement, size: integer.optional(), verified_size: integer })
  .transform(({ origin, ...rest }): ToldLog => defined({ log: origin, ...rest }));

const shown = z
  .object({ origin: text, agreement, size: integer.optional(), cosigned_at: integer.optional() })
  .transform(({ origin, cosigned_at, ...rest }): ToldWitness['logs'][number] =>
    defined({ log: origin, ...rest, cosigned_ms: cosigned_at }),
  );

const witness = z
  .object({ name: text, answering: z.boolean(), failure: text.optional(), logs: known(shown) })
  .transform((told): ToldWitness => defined(told));

const alert = z
  .object({
    id: integer,
    kind: text,
    severity: z.enum(['critical', 'warning']),
    title: text,
    origin: text.optional(),
    subject: text.optional(),
    detail: text,
    evidence: z.array(text).max(MAX_ITEMS),
    raised_at: integer,
    last_seen_at: integer,
    resolved_at: integer.optional(),
  })
  .transform(
    ({ origin, raised_at, last_seen_at, resolved_at, ...rest }): ToldAlert =>
      defined({
        ...rest,
        log: origin,
        raised_ms: raised_at,
        last_seen_ms: last_seen_at,
        resolved_ms: resolved_at,
      }),
  );

const evidence = z
  .object({
    id: z.string().regex(/^[0-9a-f]{64}$/),
    kind: text,
    origin: text,
    accused: text,
    detected_at: integer,
  })
  .transform(
    ({ origin, detected_at, ...rest }): ToldEvidence => ({
      ...rest,
      log: origin,
      found_ms: detected_at,
    }),
  );

/** Of `/v1/status`. */
export const toldStatus = z.object({
  ok: z.boolean(),
  logs: known(log),
  witnesses: known(witness),
  evidence: known(evidence),
});

/** Of `/v1/alerts`. */
export const toldAlerts = z.object({ alerts: known(alert) });

/** Those items of a list that have their form, the first of them. */
function known<T>(item: z.ZodType<T>) {
  return z
    .array(z.unknown())
    .transform((items): T[] =>
      items.slice(0, MAX_ITEMS).flatMap((one) => item.safeParse(one).data ?? []),
    );
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the members that are undefined. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as Defined<T>;
}
