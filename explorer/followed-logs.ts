/** The logs of a configuration, each with the part of its policy that is about it, and so known by its origin. */
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { formatPolicy, type Policy } from '#protocol/policy/policy.ts';
import { httpPrefix } from '#protocol/policy/url.ts';
import { ConfigError } from '#service/errors.ts';
import { isWithoutQuorum, trustOf } from '#service/trust.ts';
import type { ExplorerConfig, LogSettings } from './config.ts';

export interface FollowedLog {
  readonly origin: string;
  /** Where it is read from: a URL prefix. */
  readonly url: string;
  /** Its keys alone, and those of its witnesses. */
  readonly policy: Policy;
  /** The same as a tlog-policy text. */
  readonly policyText: string;
  /** Whether its checkpoints count by the log's signature alone. */
  readonly withoutQuorum: boolean;
  /** What may stand in it. */
  readonly entryTypes: readonly EntryType[];
  /** Whether its entries are judged, and not only that they make the signed tree. */
  readonly judged: boolean;
}

type FollowedConfig = Pick<ExplorerConfig, 'logs' | 'entry_types' | 'entries'>;

/** Throws `ConfigError`, also for a log that is there twice. */
export function followedLogs(config: FollowedConfig): FollowedLog[] {
  const logs = config.logs.map((log) => followedLog(log, config));
  const origins = new Set<string>();
  for (const { origin } of logs) {
    if (origins.has(origin)) throw new ConfigError(`The log ${origin} is configured twice.`);
    origins.add(origin);
  }
  return logs;
}

function followedLog(
  settings: LogSettings,
  { entry_types: entryTypes, entries }: FollowedConfig,
): FollowedLog {
  const trusted = trustOf(settings);
  const origin = originOf(trusted, settings);
  const policy = { ...trusted, logs: trusted.logs.filter(({ key }) => key.name === origin) };
  return {
    origin,
    url: settings.url,
    policy,
    policyText: formatPolicy(policy),
    withoutQuorum: isWithoutQuorum(policy),
    entryTypes,
    judged: entries === 'check',
  };
}

/** That of the one log of a policy, or of the one with this URL among several. */
function originOf({ logs }: Policy, { url, policy }: LogSettings): string {
  const all = new Set(logs.map(({ key }) => key.name));
  const here = logs.filter((log) => log.url !== undefined && httpPrefix(log.url) === url);
  const [origin, ...others] = all.size > 1 ? new Set(here.map(({ key }) => key.name)) : all;
  if (origin !== undefined && others.length === 0) return origin;
  throw new ConfigError(
    all.size === 0
      ? `${policy} lists no log.`
      : `${policy} lists several logs, and not one with the URL ${url}: name the log by its key ("vkey") instead.`,
  );
}
