/**
 * The kinds of keys that sign notes, a row each: all that the rest of the program knows of an algorithm.
 *
 * A new kind of key is a new row, with its primitives in `#crypto` if these are new too. Signed-note
 * gives the type bytes; the messages of cosignatures are those of C2SP tlog-cosignature.
 */
import {
  ed25519PublicKey,
  mlDsa44PublicKey,
  signEd25519,
  signMlDsa44,
  verifyEd25519,
  verifyMlDsa44,
} from '#crypto';
import { encodeBase64Url } from '../base64.ts';
import { concatBytes, encodeUint64, encodeUtf8 } from '../bytes.ts';
import { isStrictPointEncoding } from '../crypto/ed25519-encoding.ts';
import {
  ED25519_PUBLIC_KEY_BYTES,
  ED25519_SIGNATURE_BYTES,
  ML_DSA_44_PUBLIC_KEY_BYTES,
  ML_DSA_44_SIGNATURE_BYTES,
} from '../crypto/types.ts';
import { ProtocolError } from '../errors.ts';

/** How a kind of key signs, whatever it signs. All seeds are 32 bytes. */
interface SignatureScheme {
  /** What people call it. */
  readonly label: string;
  /** The same in names of files. */
  readonly fileName: string;
  readonly publicKeyBytes: number;
  readonly signatureBytes: number;
  /** What is wrong with a public key of the right length, in words. */
  readonly faultOf: (publicKey: Uint8Array) => string | undefined;
  readonly publicKeyOf: (seed: Uint8Array) => Uint8Array;
  readonly sign: (seed: Uint8Array, message: Uint8Array) => Uint8Array;
  readonly verify: (pub: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
}

interface KeyKind<Type> extends SignatureScheme {
  /** The byte before a public key or a seed in the text of a key. */
  readonly type: Type;
  /** What the key is for, as commands name it. */
  readonly purpose: string;
}

/** What the algorithm decides in a JSON Web Key; another one adds its own shape. */
interface JsonWebKeyParts {
  readonly members: { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };
  readonly alg: 'EdDSA';
}

/** Signs the text of a checkpoint as the log itself. */
export interface LogAlgorithm<Type = KeyType> extends KeyKind<Type> {
  readonly role: 'log';
  /** As a JSON Web Key (RFC 8037). */
  readonly jwk: (publicKey: Uint8Array) => JsonWebKeyParts;
}

/** Signs that a witness saw a checkpoint at a time. */
export interface CosignerAlgorithm<Type = KeyType> extends KeyKind<Type> {
  readonly role: 'cosigner';
  /** What names of a witness's keys in a policy end with. */
  readonly suffix: string;
  readonly cosignatureMessage: (statement: CosignatureStatement) => Uint8Array;
  /** Of kinds that sign subtrees, too; always without a time. */
  readonly subtreeMessage?: (statement: SubtreeStatement) => Uint8Array;
}

export type KeyAlgorithm<Type = KeyType> = LogAlgorithm<Type> | CosignerAlgorithm<Type>;

/** What a cosignature says. */
export interface CosignatureStatement {
  /** Of the key. */
  readonly name: string;
  readonly timeSeconds: number;
  /** Of the checkpoint, as signed by its log. */
  readonly text: string;
  /** The same, parsed. */
  readonly checkpoint: {
    readonly origin: string;
    readonly size: number;
    readonly root: Uint8Array;
  };
}

/** What a cosignature of a subtree says: that it is consistent with all that the cosigner has seen. */
export interface SubtreeStatement {
  /** Of the log. */
  readonly origin: string;
  /** Leaves from `start` to below `end`. */
  readonly start: number;
  readonly end: number;
  readonly hash: Uint8Array;
  /** Of the key. */
  readonly name: string;
}

const ED25519: SignatureScheme = {
  label: 'Ed25519',
  fileName: 'ed25519',
  publicKeyBytes: ED25519_PUBLIC_KEY_BYTES,
  signatureBytes: ED25519_SIGNATURE_BYTES,
  faultOf(publicKey) {
    const isStrict = isStrictPointEncoding(publicKey);
    return isStrict ? undefined : 'not an acceptable Ed25519 encoding, or of small order';
  },
  publicKeyOf: ed25519PublicKey,
  sign: signEd25519,
  verify: verifyEd25519,
};

const ML_DSA_44: SignatureScheme = {
  label: 'ML-DSA-44',
  fileName: 'ml-dsa-44',
  publicKeyBytes: ML_DSA_44_PUBLIC_KEY_BYTES,
  signatureBytes: ML_DSA_44_SIGNATURE_BYTES,
  faultOf: () => undefined,
  publicKeyOf: mlDsa44PublicKey,
  sign: signMlDsa44,
  verify: verifyMlDsa44,
};

const TABLE = {
  ed25519: {
    ...ED25519,
    type: 0x01,
    role: 'log',
    purpose: 'log',
    jwk(publicKey) {
      const members = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(publicKey) } as const;
      return { members, alg: 'EdDSA' };
    },
  },
  cosignatureEd25519: {
    ...ED25519,
    type: 0x04,
    role: 'cosigner',
    purpose: 'witness',
    suffix: 'ed',
    cosignatureMessage: textStatement,
  },
  cosignatureMlDsa44: {
    ...ML_DSA_44,
    type: 0x06,
    role: 'cosigner',
    purpose: 'witness-mldsa',
    suffix: 'pq',
    cosignatureMessage: ({ name, timeSeconds, checkpoint: { origin, size, root } }) =>
      cosignedMessage({ name, origin, start: 0, end: size, hash: root }, timeSeconds),
    subtreeMessage: (statement) => cosignedMessage(statement, 0),
  },
} as const satisfies Readonly<Record<string, KeyAlgorithm<number>>>;

type Table = typeof TABLE;
export type KeyType = Table[keyof Table]['type'];

/** Signature type bytes, by the name of their row. */
export const KEY_TYPES = Object.fromEntries(
  Object.entries(TABLE).map(([name, { type }]) => [name, type]),
) as { readonly [Name in keyof Table]: Table[Name]['type'] };

/** In ascending order of their type bytes. */
export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = Object.values(TABLE);
export const COSIGNER_ALGORITHMS = KEY_ALGORITHMS.filter((kind) => kind.role === 'cosigner');
const LOG_ALGORITHMS = KEY_ALGORITHMS.filter((kind) => kind.role === 'log');

const byType = new Map<number, KeyAlgorithm>(
  KEY_ALGORITHMS.map((algorithm) => [algorithm.type, algorithm]),
);

/** The row of a type byte. Throws `bad-key` for a byte that is none. */
export function algorithmOf(type: number | undefined): KeyAlgorithm {
  const algorithm = type === undefined ? undefined : byType.get(type);
  if (algorithm !== undefined) return algorithm;
  const expected = typeNames(KEY_ALGORITHMS);
  throw new ProtocolError(
    'bad-key',
    `expected key type ${expected}, got ${type ?? 'none'}`,
    'type',
  );
}

/** Types that logs sign with, and those that witnesses cosign with: `1`, `4 or 6`. */
export const LOG_TYPE_NAMES = typeNames(LOG_ALGORITHMS);
export const COSIGNER_TYPE_NAMES = typeNames(COSIGNER_ALGORITHMS);

function typeNames(algorithms: readonly KeyAlgorithm[]): string {
  const types = algorithms.map(({ type }) => type);
  return types.join(', ').replace(/, (\d+)$/, ' or $1');
}

/** The row of a type that logs sign with. Throws `bad-key` for a cosigner's. */
export function logAlgorithmOf(type: KeyType): LogAlgorithm {
  const algorithm = algorithmOf(type);
  if (algorithm.role === 'log') return algorithm;
  throw new ProtocolError('bad-key', `a log key has type ${LOG_TYPE_NAMES}, got ${type}`, 'type');
}

/** The row of a type that witnesses cosign with. Throws `bad-key` for a log's. */
export function cosignerAlgorithmOf(type: KeyType): CosignerAlgorithm {
  const algorithm = algorithmOf(type);
  if (algorithm.role === 'cosigner') return algorithm;
  const message = `a cosigner key has type ${COSIGNER_TYPE_NAMES}, got ${type}`;
  throw new ProtocolError('bad-key', message, 'type');
}

/** Whether keys of this type cosign (rather than sign as a log). */
export function isCosignerType(type: KeyType): boolean {
  return algorithmOf(type).role === 'cosigner';
}

/** Whether keys of this type may sign as a log. */
export function isLogType(type: KeyType): boolean {
  return algorithmOf(type).role === 'log';
}

/** A header with the time, and the checkpoint as it is. */
function textStatement({ timeSeconds, text }: CosignatureStatement): Uint8Array {
  return encodeUtf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}

/** A subtree at a time, which is 0 for none; a whole tree is the subtree from 0 to its size. */
function cosignedMessage(statement: SubtreeStatement, timeSeconds: number): Uint8Array {
  const { name, origin, start, end, hash } = statement;
  return concatBytes(
    encodeUtf8('subtree/v1\n\0'),
    shortString(name, 'name'),
    encodeUint64(timeSeconds),
    shortString(origin, 'origin'),
    encodeUint64(start),
    encodeUint64(end),
    hash,
  );
}

/** One length byte and the UTF-8 of a name of 1 to 255 bytes. */
function shortString(text: string, field: string): Uint8Array {
  const bytes = encodeUtf8(text);
  if (bytes.length === 0 || bytes.length > 255) {
    const message = `expected 1 to 255 bytes, got ${bytes.length}`;
    throw new ProtocolError('bad-cosignature', message, field);
  }
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}
