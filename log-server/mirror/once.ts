/** Copies a log as far as it has published, once. */
import type { Policy } from '#protocol/policy/policy.ts';
import { type PoliteSourceOptions, politeSource } from '#service/polite-source.ts';
import { PublicFilesError } from '#service/public-files/public-files.ts';
import type { Mirrored } from './mirror.ts';
import { openMirror } from './open.ts';

export interface MirrorOnceOptions extends PoliteSourceOptions {
  /** As the operator names it. */
  readonly to: string;
  readonly policy: Policy;
  readonly onProgress: (size: number, to: number) => void;
}

/**
 * Rejects with `ConfigError` or `PassingError`, with `MirrorError` for what must not be copied, and as the source
 * does. What has been verified by then is kept, and the next run goes on from there.
 */
export async function mirrorOnce(options: MirrorOnceOptions): Promise<Mirrored> {
  const { to, policy, onProgress } = options;
  let lost: Error | undefined;
  const onLost = (error: Error) => {
    lost = error;
  };
  const { mirror, copy } = await openMirror(to, policy, { onProgress, onLost });
  try {
    return await mirror.round(politeSource(options));
  } catch (error) {
    if (error instanceof PublicFilesError) throw error.forOperator();
    throw lost ?? error;
  } finally {
    await copy.close();
  }
}
