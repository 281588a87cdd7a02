/** Follows a log with a mirror of it: copies what is new, and shows meanwhile what has been verified. */
import { RemoteError } from '#client/http.ts';
import type { TileSource } from '#client/tile-source.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { Following, type FollowingOptions, type Trouble } from '#service/following.ts';
import type { Logger } from '#service/logging.ts';
import { PublicFilesError } from '#service/public-files/public-files.ts';
import { TilePublicationError } from '../publishing/tile-publication.ts';
import { StoreError } from '../store/store.ts';
import { MirrorError } from './copy.ts';
import type { Mirror } from './mirror.ts';

export interface FollowOptions extends Pick<FollowingOptions, 'intervalMs' | 'onFatal' | 'now'> {
  readonly mirror: Mirror;
  readonly source: (signal: AbortSignal) => TileSource;
  readonly logger: Logger;
}

export function followLog({ mirror, source, logger, ...options }: FollowOptions): Following {
  return new Following({
    ...options,
    troubleOf,
    round: async (signal) => {
      const { origin, from, to } = await mirror.round(source(signal));
      if (to > from) logger.info({ origin, size: to, from }, 'mirrored');
    },
    onNews: (trouble) => {
      if (trouble === undefined) {
        const size = mirror.shown?.checkpoint.size;
        logger.info({ size }, 'the mirror is up to date again');
        return;
      }
      const { kind, message } = trouble;
      const level = kind === 'contradiction' || kind === 'storage' ? 'error' : 'warn';
      logger[level]({ kind, reason: message }, 'the mirror does not go on');
    },
  });
}

/** Undefined for a failure after which the process cannot go on. */
function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof MirrorError) return { kind: error.kind, message: error.message };
  if (error instanceof PublicFilesError || error instanceof TilePublicationError) {
    return { kind: 'storage', message: error.message };
  }
  if (error instanceof StoreError && error.kind === 'full') {
    return { kind: 'storage', message: error.message };
  }
  if (error instanceof RemoteError || error instanceof ProtocolError) {
    return { kind: 'source', message: error.message };
  }
  return undefined;
}
