/**
 * A line of a guest book: `{"by","guestbook","line","sig","written"}` in canonical JSON, signed with
 * Ed25519 over all but `sig`.
 */
import { ed25519PublicKey, signEd25519, verifyEd25519 } from '#crypto';
import { decodeBase64Url, encodeBase64Url } from '#protocol/base64.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { canonicalize, isJsonObject, type JsonValue } from '#protocol/json/canonical.ts';
import { GuestbookError } from './errors.ts';

export const GUESTBOOK_VERSION = '1';
const MEMBERS = ['by', 'guestbook', 'line', 'sig', 'written'];

export interface Line {
  readonly by: string;
  readonly guestbook: string;
  readonly line: string;
  readonly sig: string;
  /** Unix milliseconds. */
  readonly written: number;
}

/** The bytes of a signed line. */
export function signLine(line: string, written: number, seed: Uint8Array): Uint8Array {
  const by = encodeBase64Url(ed25519PublicKey(seed));
  const unsigned = { by, guestbook: GUESTBOOK_VERSION, line, written };
  const sig = encodeBase64Url(signEd25519(seed, canonicalize(unsigned)));
  return canonicalize({ ...unsigned, sig });
}

export function checkLine(value: JsonValue): Line {
  if (!isJsonObject(value)) throw new GuestbookError('G-FORM', 'expected an object');
  const wrong = Object.keys(value).find((name) => !MEMBERS.includes(name));
  if (wrong !== undefined) throw new GuestbookError('G-FORM', 'no such member', wrong);
  for (const name of MEMBERS) {
    const expected = name === 'written' ? 'number' : 'string';
    const got = typeof value[name];
    if (got !== expected) throw new GuestbookError('G-FORM', `expected a ${expected}`, name);
  }
  return value as unknown as Line;
}

export function verifyLine({ sig, ...unsigned }: Line): void {
  const [key, signature] = [decoded(unsigned.by), decoded(sig)];
  if (verifyEd25519(key, canonicalize(unsigned), signature)) return;
  throw new GuestbookError('G-FORGED', 'the signature is not by this key', 'sig');
}

function decoded(text: string): Uint8Array {
  try {
    return decodeBase64Url(text);
  } catch (error) {
    if (error instanceof ProtocolError) return new Uint8Array();
    throw error;
  }
}
