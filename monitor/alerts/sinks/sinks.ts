/**
 * The sinks that there are. A sink's name here is its key in the configuration file, that of its
 * queue in the database, and what the log, the metrics and the page call it.
 */
import type { z } from 'zod';
import type { FilePathSchema } from '#service/config.ts';
import type { Sink, SinkKind } from './sink.ts';
import { webhook } from './webhook.ts';

export const SINKS = {
  webhook,
};

type SettingsOf<Kind> = Kind extends SinkKind<infer Settings> ? Settings : never;

/** As the configuration holds them: a sink without settings is not used. */
export type SinkSettings = {
  [Name in keyof typeof SINKS]?: SettingsOf<(typeof SINKS)[Name]> | undefined;
};

type SinkKeys = { [Name in keyof SinkSettings]-?: z.ZodOptional<z.ZodType<SinkSettings[Name]>> };

function kinds(): [string, SinkKind<unknown>][] {
  return Object.entries(SINKS) as [string, SinkKind<unknown>][];
}

/** For the top level of the configuration's schema. */
export function sinkKeys(filePath: FilePathSchema): SinkKeys {
  const keys = kinds().map(([name, { schema }]) => [name, schema(filePath).optional()]);
  return Object.fromEntries(keys) as SinkKeys;
}

/** Those that are configured, by name. Throws `ConfigError`. */
export function openSinks(settings: SinkSettings): Map<string, Sink> {
  const given: Readonly<Record<string, unknown>> = settings;
  const used = kinds().filter(([name]) => given[name] !== undefined);
  return new Map(used.map(([name, { open }]) => [name, open(given[name])]));
}
