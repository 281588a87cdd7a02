/** How a log stands, as plain data: what crosses from its sequencer to its front ends. */
import { asHash } from '#protocol/merkle/hash.ts';
import type { LogStanding } from '../sequencing/sequencer-link.ts';
import { FAILURES } from './failures.ts';

export interface PlainStanding extends Omit<LogStanding, 'refusal'> {
  readonly refusal: unknown;
}

export function describeStanding({ refusal, ...standing }: LogStanding): PlainStanding {
  return { ...standing, refusal: refusal === undefined ? undefined : FAILURES.describe(refusal) };
}

/** Hashes lose their brand on the way. */
export function reviveStanding({ published, refusal, ...rest }: PlainStanding): LogStanding {
  return {
    ...rest,
    published: published && { ...published, root: asHash(published.root) },
    refusal: refusal === undefined ? undefined : FAILURES.revive(refusal),
  };
}
