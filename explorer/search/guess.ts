/** What a value without a field means by its look: an index, a hash, a policy or a log; what else it may be is suggested. */
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { nearestName } from '#protocol/nearest.ts';
import { KNOWN_POLICY_IDS } from '#protocol/receipt/registry.ts';
import { type BoxContext, type Found, Misunderstanding, readField } from './field-value.ts';
import { quoted, readB64u, SpellingError } from './spellings.ts';

const HEX_DIGITS = /^[0-9a-f]{7,128}$/i;
const DATE = /^\d{4}-\d\d-\d\d$/;
const GIT_HASH_DIGITS = 40;

/** Of what is no code reference. Throws `Misunderstanding`. */
export function guess(value: string, { logs }: BoxContext): Found {
  if (/^\d{1,16}$/.test(value)) return readField('index', value);
  if (DATE.test(value)) throw wordlessDate(value);
  if (KNOWN_POLICY_IDS.includes(value)) return ['policies', value];
  if (logs.includes(value)) return ['log', value];
  const hash = bytesOf(value, HASH_BYTES, HASH_BYTES);
  if (hash !== undefined) return ['hash', hash];
  if (HEX_DIGITS.test(value)) throw wrongHash(value);
  const nonce = /^[a-z0-9_]*$/.test(value) ? undefined : bytesOf(value, 16, 64);
  if (nonce !== undefined) {
    throw new Misunderstanding(`write nonce: before a nonce, got ${quoted(value)}`, [
      'nonce',
      nonce,
    ]);
  }
  throw wrongName(value, logs);
}

function bytesOf(value: string, min: number, max: number): string | undefined {
  try {
    return readB64u(value, min, max);
  } catch (error) {
    if (error instanceof SpellingError) return undefined;
    throw error;
  }
}

function wordlessDate(value: string): Misunderstanding {
  return new Misunderstanding(
    `write from: or to: before a time, got ${quoted(value)}`,
    readField('fromMs', value),
  );
}

function wrongHash(digits: string): Misunderstanding {
  const { length } = digits;
  const hash = digits.toLowerCase();
  const message = `expected ${2 * HASH_BYTES} hex digits of a hash, got ${length}`;
  if (length > GIT_HASH_DIGITS) return new Misunderstanding(message);
  const isWhole = length === GIT_HASH_DIGITS;
  const better: Found = [isWhole ? 'codeRef' : 'codeRefPrefix', `git:${hash}`];
  return new Misunderstanding(
    `${message}; a commit is code:git:${hash}${isWhole ? '' : '*'}`,
    better,
  );
}

function wrongName(value: string, logs: readonly string[]): Misunderstanding {
  const policy = nearestName(value, KNOWN_POLICY_IDS);
  const meant = policy ?? nearestName(value, logs);
  if (meant !== undefined) {
    const kind = policy === undefined ? 'log' : 'policies';
    const message = `nothing that is known is called ${quoted(value)}: did you mean ${meant}?`;
    return new Misunderstanding(message, [kind, meant]);
  }
  const expected =
    'expected an index, a hash, a code reference such as git:0123*, the id of a known policy, or a word ' +
    'such as issuer:KEY, policy:ID, input:HASH, output:HASH, nonce:N, from:2026-11-23 or to:2026-11-24';
  return new Misunderstanding(`${expected}; got ${quoted(value)}`);
}
