/**
 * On comparisons that the log owes: signed checkpoints that it has not shown to be of one tree.
 *
 * There is one deadline, whichever way it does not show: an error, an overload, silence, slowness,
 * tiles of another tree. An outage looks the same from outside, so the words say what was seen and
 * who stands behind it; only a contradiction that is proven is called one.
 */
import { isQuorumMet, type Policy } from '#protocol/policy/policy.ts';
import type { Statement } from '../statements/statement.ts';
import { duration, type Judgement, judgementsAbout, type Limits } from './judgement.ts';
import type { OwedComparison } from './observations.ts';

/** What the log did answer while it owed. Times are of the monotonic clock. */
export interface Meanwhile {
  /** Its checkpoint is being answered. */
  readonly checkpoint: boolean;
  /** When entries with all their tiles were last read to their end; absent if never. */
  readonly walkedAtMs?: number | undefined;
}

const MAX_NAMED = 3;

export function judgeOwed(
  origin: string,
  owed: readonly OwedComparison[],
  meanwhile: Meanwhile,
  policy: Policy,
  limits: Limits,
  nowMs: number,
): Judgement[] {
  const about = judgementsAbout(origin);
  const late = owed.filter(({ sinceMs }) => nowMs - sinceMs >= limits.owedMs);
  const isWitnessed = ({ unproven }: OwedComparison) => unproven.cosigners.size > 0;
  const judged = (kind: 'consistency-unproven' | 'checkpoint-unproven', cosigned: boolean) => {
    const cases = late.filter((item) => isWitnessed(item) === cosigned);
    if (cases.length > 0) return [about.bad(kind, '', words(cases, meanwhile, policy, nowMs), 0)];
    const isPending = owed.some((item) => isWitnessed(item) === cosigned);
    return isPending ? [] : [about.good(kind, '')];
  };
  return [...judged('consistency-unproven', true), ...judged('checkpoint-unproven', false)];
}

function words(
  cases: readonly OwedComparison[],
  meanwhile: Meanwhile,
  policy: Policy,
  nowMs: number,
): string {
  const sinceMs = Math.min(...cases.map((item) => item.sinceMs));
  const gravestFirst = cases.toSorted((a, b) => gravity(b, policy) - gravity(a, policy));
  const named = gravestFirst.slice(0, MAX_NAMED).map(describe).join('; ');
  const more = cases.length > MAX_NAMED ? `; and ${cases.length - MAX_NAMED} more` : '';
  return [
    `Owed for ${duration(nowMs - sinceMs)}: ${named}${more}.`,
    ...(gravity(gravestFirst[0]!, policy) === 2
      ? ['Both sides carry a quorum of witnesses, so verifiers accept both.']
      : []),
    ...(meanwhile.checkpoint && (meanwhile.walkedAtMs ?? -1) > sinceMs
      ? ['Meanwhile the log answered everything else: its checkpoint, new entries and their tiles.']
      : []),
  ].join(' ');
}

function describe({ unproven, against, reason }: OwedComparison): string {
  const by = [...unproven.cosigners.keys()].join(', ') || 'no witness';
  const sizes = `size ${unproven.checkpoint.size} (cosigned by ${by})`;
  return `${sizes} and size ${against.checkpoint.size}: ${reason}`;
}

/** How many of the two sides verifiers accept. */
function gravity({ unproven, against }: OwedComparison, policy: Policy): number {
  const accepted = ({ cosigners }: Statement) => isQuorumMet(policy, new Set(cosigners.keys()));
  return Number(accepted(unproven)) + Number(accepted(against));
}
