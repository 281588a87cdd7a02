/**
 * The kinds of sinks that there are, and those that a configuration asks for. Each is one line here.
 *
 * A sink has a name of its own, so there may be several of a kind: `sinks: {night: {type: email, ...}}`.
 * The name is that of its queue in the database, and what the log, the metrics and the page call it.
 * `webhook: {...}` at the top level, as it was when there was one sink, is one of the name `webhook`.
 */
import { z } from 'zod';
import type { FilePathSchema } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { email } from './email.ts';
import { file } from './file.ts';
import { github } from './github.ts';
import { script } from './script.ts';
import type { Sink, SinkKind } from './sink.ts';
import { slack } from './slack.ts';
import { stdout } from './stdout.ts';
import { webhook } from './webhook.ts';

export const SINKS = { webhook, slack, email, github, script, file, stdout };

export type SinkType = keyof typeof SINKS;

const MAX_SINKS = 20;

export const sinkName = () =>
  z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a name of lowercase letters, digits and -');

/** For the top level of the configuration's schema. */
export function sinkKeys(filePath: FilePathSchema) {
  const types = Object.entries(SINKS).map(([type, kind]) =>
    (kind as SinkKind).settings(filePath).extend({ type: z.literal(type) }),
  );
  const one = z.discriminatedUnion('type', types as [(typeof types)[0], ...typeof types]);
  return {
    webhook: webhook.settings(filePath).optional(),
    sinks: z
      .record(sinkName(), one)
      .refine((sinks) => Object.keys(sinks).length <= MAX_SINKS, `expected at most ${MAX_SINKS}`)
      .default({}),
  };
}

export type SinkSettings = z.infer<z.ZodObject<ReturnType<typeof sinkKeys>>>;

/** Those that are configured, by name. Throws `ConfigError`. */
export function openSinks({ webhook: first, sinks }: SinkSettings): Map<string, Sink> {
  if (first !== undefined && sinks.webhook !== undefined) {
    throw new ConfigError('There are two sinks of the name "webhook".');
  }
  const opened = first === undefined ? [] : [['webhook', webhook.open(first)] as const];
  const named = Object.entries(sinks).map(([name, { type, ...settings }]) => {
    const kind = SINKS[type as SinkType] as unknown as SinkKind;
    return [name, kind.open(settings)] as const;
  });
  return new Map([...opened, ...named]);
}
