/** What an error of PostgreSQL, or of the way to it, means to a log. */
import { ConfigError, errorCode, PassingError, sentence } from '#service/errors.ts';
import { StoreError, type StoreErrorKind } from '../store.ts';

/**
 * An error of a statement. The server said it, so the transaction of that one statement is undone: without room
 * (class 53) nothing was written, and what its constraints and triggers refuse (class 23) is not what the
 * caller last saw. All else, and a connection that is gone, says nothing.
 */
export function storeError(error: unknown, does: 'read' | 'write'): StoreError {
  if (error instanceof StoreError) return error;
  const detail = `PostgreSQL: ${describe(error)}`;
  const kind = does === 'read' ? 'failed' : kindOf(errorCode(error) ?? '');
  return new StoreError(kind, detail, { cause: error });
}

function kindOf(sqlState: string): StoreErrorKind {
  if (/^53[0-9A-Z]{3}$/.test(sqlState)) return 'full';
  if (/^23[0-9A-Z]{3}$/.test(sqlState)) return 'conflict';
  return 'failed';
}

/** What only the operator can mend: who may connect, to which database, and what the role may do there. */
const WRONG = /^(28|3D|42|0A|3F|0P)[0-9A-Z]{3}$/;

/** What Node.js says of a certificate that is of nobody who is trusted, or of another name. */
const UNTRUSTED =
  /^(UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|CERT_SIGNATURE_FAILURE|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** The error for a process that is about to start, in one sentence. */
export function openingError(what: string, error: unknown): Error {
  if (error instanceof ConfigError || error instanceof PassingError) return error;
  const cause = error instanceof StoreError ? error.cause : error;
  const code = errorCode(cause) ?? '';
  const isUntrusted = UNTRUSTED.test(code);
  const hint = isUntrusted ? ' ("sslrootcert" names who signs for the name in the URL)' : '';
  const text = sentence(`Cannot use ${what}: ${describe(cause).replace(/\.$/, '')}${hint}`);
  const isWrong = isUntrusted || WRONG.test(code);
  return isWrong ? new ConfigError(text, { cause }) : new PassingError(text, { cause });
}

export function describe(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(describe).join(', ');
  }
  return error instanceof Error ? error.message : String(error);
}
