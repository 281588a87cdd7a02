/** Puts a mirror together: the copy at its place, and whom it believes. */
import { FollowError } from '#client/follow-error.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { ConfigError } from '#service/errors.ts';
import { type MirrorCopy, MirrorError } from './copy.ts';
import { Mirror, type MirrorOptions } from './mirror.ts';
import { openCopy } from './place.ts';

export interface OpenMirrorOptions extends Pick<MirrorOptions, 'onProgress'> {
  /** Told when a database fails for good. */
  readonly onLost: (error: Error) => void;
}

export interface OpenMirror {
  readonly mirror: Mirror;
  /** To be closed when the mirror does nothing more. */
  readonly copy: MirrorCopy;
}

/** Rejects with `ConfigError`, also for a place that holds something else, or `PassingError`. */
export async function openMirror(
  place: string,
  policy: Policy,
  { onLost, ...options }: OpenMirrorOptions,
): Promise<OpenMirror> {
  let copy: MirrorCopy | undefined;
  try {
    copy = await openCopy(place, policy, onLost);
    return { copy, mirror: new Mirror({ copy, policy, ...options }) };
  } catch (error) {
    await copy?.close();
    const isToBeMended = error instanceof MirrorError || error instanceof FollowError;
    throw isToBeMended ? new ConfigError(error.message, { cause: error }) : error;
  }
}
