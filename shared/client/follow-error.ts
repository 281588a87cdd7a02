/**
 * What keeps whoever follows a log from going on with it, by a stable kind: a mirror, or an explorer. Nothing that
 * came with it was believed.
 */
import { ProtocolError } from '#protocol/errors.ts';
import type { Evidence } from '#protocol/evidence/evidence.ts';
import { RemoteError } from './http.ts';
import { TileMismatchError } from './verified-tree.ts';

/**
 * - `untrusted`: what the log shows is no checkpoint of a log that the policy trusts.
 * - `quorum`: the witnesses of the policy have not cosigned it.
 * - `other-log`: it is of another log than what is known.
 * - `went-back`: it is smaller than what is known.
 * - `contradiction`: it does not go on from what is known.
 * - `unproven`: the log does not show that it goes on from there.
 * - `wrong`: a tile or a bundle is not of the tree that the log has signed, or is none.
 * - `unsupported`: the log has no entry bundles of C2SP tlog-tiles.
 */
export type FollowErrorKind =
  | 'untrusted'
  | 'quorum'
  | 'other-log'
  | 'went-back'
  | 'contradiction'
  | 'unproven'
  | 'wrong'
  | 'unsupported';

/** The message is one sentence or more. */
export class FollowError extends Error {
  override readonly name = 'FollowError';
  readonly kind: FollowErrorKind;
  /** Of a contradiction: one for each key that signed both sides; none for a tree that nobody signed. */
  readonly evidence: readonly Evidence[];

  constructor(kind: FollowErrorKind, message: string, evidence: readonly Evidence[] = []) {
    super(message);
    this.kind = kind;
    this.evidence = evidence;
  }
}

/** What a log did while its bundles were read, where that does not say so by itself; any other error as it is. */
export function whileReading(error: unknown): unknown {
  if (isWithoutBundles(error)) return unsupported(error);
  if (error instanceof TileMismatchError) return wrong(error.message);
  if (error instanceof ProtocolError) return wrong(`${error.field}: ${error.message}`);
  return error;
}

function wrong(what: string): FollowError {
  return new FollowError('wrong', `The log shows what is not of the tree that it signed: ${what}.`);
}

const FIRST_BUNDLE = /\/tile\/entries\/000(\.p\/\d+)?$/;

function isWithoutBundles(error: unknown): error is RemoteError {
  return error instanceof RemoteError && error.status === 404 && FIRST_BUNDLE.test(error.url);
}

function unsupported({ message }: RemoteError): FollowError {
  return new FollowError(
    'unsupported',
    `The log has no entry bundle where C2SP tlog-tiles puts it (${message}). Logs with other bundles, such as those of ` +
      'certificates (static-ct-api) and the Go checksum database, cannot be followed.',
  );
}
