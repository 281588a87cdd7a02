/** The canaries of a configuration: one for each log that it names, or none. */
import { KEY_TYPES } from '#protocol/note/key.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { ConfigError } from '#service/errors.ts';
import { readSignerKey } from '#service/keys.ts';
import type { Alerts } from '../alerts/alerts.ts';
import { Canary } from './canary.ts';
import type { CanaryConfig } from './config.ts';
import type { CanaryTable } from './result-table.ts';

export interface CanaryParts {
  readonly policy: Policy;
  /** The logs that are watched. */
  readonly logs: readonly { readonly origin: string; readonly url: string }[];
  readonly table: CanaryTable;
  readonly alerts: Alerts;
  readonly now: () => number;
}

/** Throws `ConfigError` for a key that signs no receipts, and for a log that is not watched. */
export function openCanaries(config: CanaryConfig | undefined, parts: CanaryParts): Canary[] {
  if (config === undefined) return [];
  const { seed, verifier } = readSignerKey(config.key_file);
  if (verifier.type !== KEY_TYPES.ed25519) {
    throw new ConfigError(`${config.key_file} signs no receipts: expected the key of an issuer.`);
  }
  const { logs, ...common } = parts;
  const origins = config.logs ?? logs.map(({ origin }) => origin);
  return [...new Set(origins)].map((origin) => {
    const log = logs.find((watched) => watched.origin === origin);
    if (log === undefined) {
      throw new ConfigError(`"canary.logs": the policy lists no log "${origin}" with a URL.`);
    }
    return new Canary({ ...common, origin, url: log.url, seed, config });
  });
}
