/**
 * `GET /` as JSON, for operators: who this witness is, how far it has followed each log, and what each
 * log owes.
 *
 * Strangers may ask for it, so it takes a few queries for all logs together; only what is wrong with one
 * is looked up by itself.
 */
import { encodeBase64 } from '#protocol/base64.ts';
import { witnessCheckpointPath } from '#protocol/witness/add-checkpoint.ts';
import type { Description, FollowedLog, OwedItem } from './api.ts';
import type { BastionState } from './bastion/links.ts';
import type { Owed } from './comparison-table.ts';
import type { Cosigner } from './cosigner.ts';
import type { Forgotten } from './forgotten-table.ts';
import { sameWhileSame } from './logs/same-while-same.ts';
import type { WitnessedLog } from './logs/witnessed-log.ts';
import type { Standing, WitnessState } from './state.ts';

/** Owed comparisons that are listed for each log, oldest first. */
const MAX_OWED_TOLD = 16;

export interface DescriptionSources {
  readonly state: WitnessState;
  readonly cosigner: Cosigner;
  /** How long a log may owe a comparison before it is no longer cosigned. */
  readonly patienceMs: number;
  /** Where else it can be reached. */
  readonly bastions: () => readonly BastionState[];
}

export function describe(sources: DescriptionSources): Description {
  const { state, cosigner, bastions } = sources;
  const standings = new Map(state.standings().map((standing) => [standing.origin, standing]));
  const rolledBack = new Set(state.forgotten.origins());
  return {
    name: cosigner.name,
    vkeys: cosigner.active.map(({ text }) => text),
    logs: identities(state.logs.all()).map((log) =>
      followedLog(sources, log, standings.get(log.origin)!, rolledBack.has(log.origin)),
    ),
    bastions: bastions().map(({ address, backend, isConnected, sinceMs }) => ({
      address,
      backend,
      connected: isConnected,
      since: sinceMs,
    })),
    evidence: state.evidence.count(),
  };
}

/** What of each log does not change while the logs do not. */
const identities = sameWhileSame((logs: readonly WitnessedLog[]) =>
  logs.map(({ origin, keys, disabledBecause }) => ({
    origin,
    vkeys: keys.map(({ text }) => text),
    checkpoint: `/${witnessCheckpointPath(origin)}`,
    ...(disabledBecause === undefined ? {} : { disabled: disabledBecause }),
  })),
);

function followedLog(
  { state, patienceMs }: DescriptionSources,
  identity: Pick<FollowedLog, 'origin' | 'vkeys' | 'checkpoint' | 'disabled'>,
  { size, timeSeconds, frozenBy, owed }: Standing,
  isRolledBack: boolean,
): FollowedLog {
  const { origin, disabled } = identity;
  const forgotten = isRolledBack ? state.forgotten.get(origin) : undefined;
  const isOpen = frozenBy === undefined && disabled === undefined && forgotten === undefined;
  return {
    ...identity,
    size,
    cosigned_at: timeSeconds,
    ...(frozenBy === undefined ? {} : { frozen_by: frozenBy }),
    ...(forgotten === undefined ? {} : { rolled_back: rolledBackItem(forgotten) }),
    owed: owed === undefined ? [] : state.owed(origin).slice(0, MAX_OWED_TOLD).map(owedItem),
    // False once something has been owed for too long.
    cosigning: isOpen && (owed === undefined || owed.waitedMs < patienceMs),
  };
}

function owedItem({ size, root, source, sinceMs, reason }: Owed): OwedItem {
  const told = { size, root: encodeBase64(root), source, since: sinceMs };
  return reason === undefined ? told : { ...told, reason };
}

function rolledBackItem({ size, timeSeconds, source, foundAtMs }: Forgotten) {
  return { size, time: timeSeconds, source, found_at: foundAtMs };
}
