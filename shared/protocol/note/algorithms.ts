/**
 * The kinds of keys that sign notes, a row each: all that the rest of the program knows of an algorithm.
 *
 * A new kind of key is a new row, with its primitives in `#crypto` if these are new too. Signed-note
 * gives the type bytes.
 */
import {
  ed25519PublicKey,
  ed25519Signer,
  mlDsa44PublicKey,
  mlDsa44Signer,
  signEd25519,
  signMlDsa44,
  verifyEcdsa,
  verifyEd25519,
  verifyMlDsa44,
} from '#crypto';
import { encodeBase64Url } from '../base64.ts';
import { decodeUint64, encodeUtf8, fromHex } from '../bytes.ts';
import { MAX_ECDSA_SIGNATURE_BYTES, readEcdsaKey } from '../crypto/ecdsa-encoding.ts';
import { isStrictPointEncoding } from '../crypto/ed25519-encoding.ts';
import {
  ED25519_PUBLIC_KEY_BYTES,
  ED25519_SIGNATURE_BYTES,
  ML_DSA_44_PUBLIC_KEY_BYTES,
  ML_DSA_44_SIGNATURE_BYTES,
  type QuickSigner,
  type SlowSigner,
} from '../crypto/types.ts';
import { ProtocolError } from '../errors.ts';
import {
  type CosignatureStatement,
  type LogStatement,
  type SubtreeStatement,
  subtreeMessage,
  textMessage,
  treeMessage,
} from './statements.ts';

/** How signatures of a kind of key are verified, whatever is signed. */
interface VerificationScheme {
  /** What people call it. */
  readonly label: string;
  /** Length of a public key; absent where that depends on the key. */
  readonly publicKeyBytes?: number;
  /** Length of a signature, or the greatest where they differ. */
  readonly signatureBytes: number;
  /** What is wrong with a public key of the right length, in words. */
  readonly faultOf: (publicKey: Uint8Array) => string | undefined;
  readonly verify: (pub: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
}

/** How a kind of key signs, whatever it signs. All seeds are 32 bytes. */
interface SignatureScheme extends VerificationScheme {
  /** The label in names of files. */
  readonly fileName: string;
  readonly publicKeyOf: (seed: Uint8Array) => Uint8Array;
  readonly sign: (seed: Uint8Array, message: Uint8Array) => Uint8Array;
  /** For a key that signs often. */
  readonly signer: (seed: Uint8Array) => MessageSigner;
}

/** Signs with a key that it keeps. */
export interface MessageSigner {
  readonly sign: SlowSigner;
  /** The same without a wait. Absent where that would hold up everything else. */
  readonly signAtOnce?: QuickSigner;
}

interface KeyKind<Type> {
  /** The byte before a public key or a seed in the text of a key. */
  readonly type: Type;
  /** What the key is for, as commands name it. */
  readonly purpose: string;
  /** What goes before a public key in its DER SubjectPublicKeyInfo. */
  readonly spkiPrefix: Uint8Array;
  /** How lines of a note by the key are read as a log's; absent if it is never a log's. */
  readonly logLine?: LogLine;
}

/** What a line of a log signs, and how. */
interface LogLine {
  /** Bytes before the signature proper. */
  readonly headBytes: number;
  /** What is signed by a line with this head, or undefined: by none. */
  readonly message: (head: Uint8Array, statement: LogStatement) => Uint8Array | undefined;
}

/** What the algorithm decides in a JSON Web Key; another one adds its own shape. */
interface JsonWebKeyParts {
  readonly members: { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };
  readonly alg: 'EdDSA';
}

/** Signs the text of a checkpoint as the log itself. */
export interface LogAlgorithm<Type = KeyType> extends KeyKind<Type>, SignatureScheme {
  readonly role: 'log';
  /** As a JSON Web Key (RFC 8037). */
  readonly jwk: (publicKey: Uint8Array) => JsonWebKeyParts;
}

/** Signs that a witness saw a checkpoint at a time. */
export interface CosignerAlgorithm<Type = KeyType> extends KeyKind<Type>, SignatureScheme {
  readonly role: 'cosigner';
  /** What names of a witness's keys in a policy end with. */
  readonly suffix: string;
  readonly cosignatureMessage: (statement: CosignatureStatement) => Uint8Array;
  /** Of kinds that sign subtrees, too; always without a time. */
  readonly subtreeMessage?: (statement: SubtreeStatement) => Uint8Array;
}

/** A kind of key that logs of others have: verified here, and never signed with. */
export interface ForeignAlgorithm<Type = KeyType> extends KeyKind<Type>, VerificationScheme {
  readonly role: 'foreign-log';
  /** What the key ID is the beginning of a hash of; of the name, type and key if absent. */
  readonly keyIdInput: (publicKey: Uint8Array) => Uint8Array;
}

/** A kind of key that we make and sign with. */
export type KeyAlgorithm<Type = KeyType> = LogAlgorithm<Type> | CosignerAlgorithm<Type>;

type AnyAlgorithm<Type = KeyType> = KeyAlgorithm<Type> | ForeignAlgorithm<Type>;

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
  signer(seed) {
    const signAtOnce = ed25519Signer(seed);
    return { signAtOnce, sign: async (message) => signAtOnce(message) };
  },
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
  signer: (seed) => ({ sign: mlDsa44Signer(seed) }),
  verify: verifyMlDsa44,
};

const ECDSA: VerificationScheme = {
  label: 'ECDSA',
  signatureBytes: MAX_ECDSA_SIGNATURE_BYTES,
  faultOf(publicKey) {
    const isKnown = readEcdsaKey(publicKey) !== undefined;
    return isKnown ? undefined : 'not the DER of a key of P-256, P-384 or P-521';
  },
  verify: verifyEcdsa,
};

const TEXT_LINE: LogLine = { headBytes: 0, message: (_, { text }) => encodeUtf8(text) };

/** A log that cosigns its own tree, at any time or none (tlog-checkpoint, tlog-cosignature). */
const SUBTREE_LINE: LogLine = {
  headBytes: 8,
  message(head, { name, checkpoint }) {
    return unlessProtocolError(() => treeMessage(name, checkpoint, decodeUint64(head)));
  },
};

/** Undefined for a time, or an origin, that no line can have. */
function unlessProtocolError<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

const TABLE = {
  ed25519: {
    ...ED25519,
    type: 0x01,
    role: 'log',
    purpose: 'log',
    spkiPrefix: fromHex('302a300506032b6570032100', 12),
    logLine: TEXT_LINE,
    jwk(publicKey) {
      const members = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(publicKey) } as const;
      return { members, alg: 'EdDSA' };
    },
  },
  ecdsa: {
    ...ECDSA,
    type: 0x02,
    role: 'foreign-log',
    purpose: 'log',
    // The key is one already.
    spkiPrefix: new Uint8Array(),
    keyIdInput: (publicKey) => publicKey,
    logLine: TEXT_LINE,
  },
  cosignatureEd25519: {
    ...ED25519,
    type: 0x04,
    role: 'cosigner',
    purpose: 'witness',
    spkiPrefix: fromHex('302a300506032b6570032100', 12),
    suffix: 'ed',
    cosignatureMessage: textMessage,
  },
  cosignatureMlDsa44: {
    ...ML_DSA_44,
    type: 0x06,
    role: 'cosigner',
    purpose: 'witness-mldsa',
    spkiPrefix: fromHex('30820532300b06096086480165030403110382052100', 22),
    logLine: SUBTREE_LINE,
    suffix: 'pq',
    cosignatureMessage: ({ name, timeSeconds, checkpoint }) =>
      treeMessage(name, checkpoint, timeSeconds),
    subtreeMessage: (statement) => subtreeMessage(statement, 0),
  },
} as const satisfies Readonly<Record<string, AnyAlgorithm<number>>>;

type Table = typeof TABLE;
export type KeyType = Table[keyof Table]['type'];

/** Signature type bytes, by the name of their row. */
export const KEY_TYPES = Object.fromEntries(
  Object.entries(TABLE).map(([name, { type }]) => [name, type]),
) as { readonly [Name in keyof Table]: Table[Name]['type'] };

const ALL: readonly AnyAlgorithm[] = Object.values(TABLE);
/** Those that we sign with, in ascending order of their type bytes. */
export const KEY_ALGORITHMS = ALL.filter((kind) => kind.role !== 'foreign-log');
export const COSIGNER_ALGORITHMS = KEY_ALGORITHMS.filter((kind) => kind.role === 'cosigner');

const byType = new Map<number, AnyAlgorithm>(ALL.map((algorithm) => [algorithm.type, algorithm]));

/** The row of a type byte. Throws `bad-key` for a byte that is none. */
export function algorithmOf(type: number | undefined): AnyAlgorithm {
  const algorithm = type === undefined ? undefined : byType.get(type);
  if (algorithm !== undefined) return algorithm;
  const expected = typeNames(ALL);
  throw new ProtocolError(
    'bad-key',
    `expected key type ${expected}, got ${type ?? 'none'}`,
    'type',
  );
}

/** Types that logs sign with, and those that witnesses cosign with: `1, 2 or 6`, `4 or 6`. */
export const LOG_TYPE_NAMES = typeNames(ALL.filter(({ logLine }) => logLine !== undefined));
export const COSIGNER_TYPE_NAMES = typeNames(COSIGNER_ALGORITHMS);

function typeNames(algorithms: readonly AnyAlgorithm[]): string {
  const types = algorithms.map(({ type }) => type);
  return types.join(', ').replace(/, (\d+)$/, ' or $1');
}

/** The row of a type that our logs sign with. Throws `bad-key` for another's. */
export function logAlgorithmOf(type: KeyType): LogAlgorithm {
  const algorithm = algorithmOf(type);
  if (algorithm.role === 'log') return algorithm;
  throw new ProtocolError('bad-key', `our logs do not sign with keys of type ${type}`, 'type');
}

/** The row of a type that we sign with. Throws `bad-key` for a kind that only others have. */
export function signingAlgorithmOf(type: KeyType): KeyAlgorithm {
  const algorithm = algorithmOf(type);
  if (algorithm.role !== 'foreign-log') return algorithm;
  throw new ProtocolError('bad-key', `keys of type ${type} are only verified here`, 'type');
}

/**
 * Whether the bytes of a line are the signature of a log by a key of this type. Throws `bad-key` for a
 * type that no log signs with.
 */
export function verifiesLogLine(
  type: KeyType,
  publicKey: Uint8Array,
  bytes: Uint8Array,
  statement: LogStatement,
): boolean {
  const { logLine, verify } = algorithmOf(type);
  if (logLine === undefined) {
    throw new ProtocolError('bad-key', `a log key has type ${LOG_TYPE_NAMES}, got ${type}`, 'type');
  }
  const { headBytes } = logLine;
  const message = logLine.message(bytes.subarray(0, headBytes), statement);
  return message !== undefined && verify(publicKey, message, bytes.subarray(headBytes));
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
  return algorithmOf(type).logLine !== undefined;
}

/** Length of a log's line by a key of this type without the key ID, or the greatest. */
export function logLineBytes(type: KeyType): number {
  const { logLine, signatureBytes } = algorithmOf(type);
  return (logLine?.headBytes ?? 0) + signatureBytes;
}
