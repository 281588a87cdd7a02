/**
 * The three verification profiles (docs/spec/receipt.md section 7.1): what each demands.
 */
import { checkInteger, checkText } from '../arguments.ts';
import type { ReceiptErrorCode } from './codes.ts';
import type { Profile } from './types.ts';

export interface ProfileRules {
  /** How far a receipt's time may lie after the reference time. */
  readonly futureSkewMs: number;
  /** How far a receipt's time may lie before the reference time. */
  readonly maxAgeMs: number;
  /** A proof whose policy quorum is met and gives a time. */
  readonly requiresProof: boolean;
  /** Known and sufficient policies, key erasure, and evidence for each policy. */
  readonly requiresEnforcement: boolean;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

export const PROFILES: Readonly<Record<Profile, ProfileRules>> = {
  'tecp-lite': {
    futureSkewMs: 15 * MINUTE_MS,
    maxAgeMs: 7 * 24 * HOUR_MS,
    requiresProof: false,
    requiresEnforcement: false,
  },
  'tecp-v0.1': {
    futureSkewMs: 5 * MINUTE_MS,
    maxAgeMs: 24 * HOUR_MS,
    requiresProof: false,
    requiresEnforcement: false,
  },
  'tecp-strict': {
    futureSkewMs: 60 * SECOND_MS,
    maxAgeMs: HOUR_MS,
    requiresProof: true,
    requiresEnforcement: true,
  },
};

export const DEFAULT_PROFILE: Profile = 'tecp-v0.1';

/** The rules of a profile. Throws TypeError or RangeError for a name that is none. */
export function profileRules(profile: Profile): ProfileRules {
  checkText(profile, 'profile');
  if (Object.hasOwn(PROFILES, profile)) return PROFILES[profile];
  const known = Object.keys(PROFILES).join(', ');
  throw new RangeError(`expected a profile of ${known}, got "${profile}"`);
}

/**
 * Judges `ts` at a reference time, both Unix milliseconds; both limits are inclusive. Throws
 * RangeError or TypeError for times that are not integers from 0.
 */
export function checkTimestamp(
  ts: number,
  profile: Profile,
  referenceMs: number,
): ReceiptErrorCode | undefined {
  const { futureSkewMs, maxAgeMs } = profileRules(profile);
  checkInteger(ts, 'ts');
  checkInteger(referenceMs, 'reference time');
  if (ts > referenceMs + futureSkewMs) return 'E-TS-002';
  if (ts < referenceMs - maxAgeMs) return 'E-TS-003';
  return undefined;
}
