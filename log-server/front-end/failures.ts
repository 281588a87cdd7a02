/** Errors between the sequencer and its front ends: each arrives as what it was. */
import { ConfigError, PassingError } from '#service/errors.ts';
import type { ErrorCodec } from '#service/port-calls.ts';
import { NotConfirmedError } from '../publishing/confirmation.ts';
import { TilePublicationError } from '../publishing/tile-publication.ts';
import { QueueFullError } from '../sequencing/batcher.ts';
import { NoSequencerError } from '../sequencing/no-sequencer.ts';
import { StoreError, type StoreErrorKind } from '../store/store.ts';

/** Errors that are made of their message alone. */
const PLAIN = {
  ConfigError,
  PassingError,
  NotConfirmedError,
  NoSequencerError,
  TilePublicationError,
  QueueFullError,
} as const;

type Described =
  | { readonly type: 'store'; readonly kind: StoreErrorKind; readonly message: string }
  | { readonly type: keyof typeof PLAIN; readonly message: string }
  | { readonly type: 'bug'; readonly message: string; readonly stack: string };

function describe(error: unknown): Described {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StoreError) return { type: 'store', kind: error.kind, message };
  for (const [type, Kind] of Object.entries(PLAIN)) {
    if (error instanceof Kind) return { type: type as keyof typeof PLAIN, message };
  }
  return { type: 'bug', message, stack: (error instanceof Error && error.stack) || message };
}

function revive(described: Described): Error {
  const { type, message } = described;
  if (type === 'store') return new StoreError(described.kind, message);
  if (type !== 'bug') return new PLAIN[type](message);
  const error = new Error(message);
  error.stack = described.stack;
  return error;
}

export const FAILURES: ErrorCodec = {
  describe,
  revive: (described) => revive(described as Described),
};
