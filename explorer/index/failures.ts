/** Errors of an index between threads: each arrives as what it was. */
import { ConfigError, PassingError } from '#service/errors.ts';
import type { ErrorCodec } from '#service/port-calls.ts';
import { SearchIndexError, type SearchIndexErrorKind } from './search-index.ts';

/** Errors that are made of their message alone. */
const PLAIN = { ConfigError, PassingError } as const;

type Described =
  | { readonly type: 'index'; readonly kind: SearchIndexErrorKind; readonly message: string }
  | { readonly type: keyof typeof PLAIN; readonly message: string }
  | { readonly type: 'bug'; readonly message: string; readonly stack: string };

function describe(error: unknown): Described {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SearchIndexError) return { type: 'index', kind: error.kind, message };
  if (error instanceof ConfigError) return { type: 'ConfigError', message };
  if (error instanceof PassingError) return { type: 'PassingError', message };
  return { type: 'bug', message, stack: (error instanceof Error && error.stack) || message };
}

export const FAILURES: ErrorCodec = {
  describe,
  revive: (described) => {
    const failure = described as Described;
    if (failure.type === 'index') return new SearchIndexError(failure.kind, failure.message);
    if (failure.type !== 'bug') return new PLAIN[failure.type](failure.message);
    const error = new Error(failure.message);
    error.stack = failure.stack;
    return error;
  },
};
