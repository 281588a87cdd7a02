/**
 * Keys that sign what the generator makes, all of known seeds, and signatures that are the same each time they are
 * made: a case must not hang on what a library draws.
 */
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { ed25519PublicKey, ed25519Signer, sha256 } from '#crypto';
import { concatBytes, encodeUint64, encodeUtf8, fromHex } from '#protocol/bytes.ts';
import { KEY_TYPES, type KeyType, makeVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import { textMessage, treeMessage } from '#protocol/note/statements.ts';

/** What a line of a note signs. */
export interface Statement {
  readonly text: string;
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export interface FuzzKey {
  readonly verifier: VerifierKey;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

export interface Issuer {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

const seedOf = (byte: number) => new Uint8Array(32).fill(byte);

export const ISSUERS: readonly Issuer[] = [1, 2, 3].map((byte) => {
  const seed = seedOf(byte);
  return { seed, publicKey: ed25519PublicKey(seed), sign: ed25519Signer(seed) };
});

function ed25519Key(name: string, type: KeyType, byte: number): FuzzKey {
  const seed = seedOf(byte);
  return {
    verifier: makeVerifierKey(name, type, ed25519PublicKey(seed)),
    sign: ed25519Signer(seed),
  };
}

function mlDsaKey(name: string, byte: number): FuzzKey {
  const { publicKey, secretKey } = ml_dsa44.keygen(seedOf(byte));
  return {
    verifier: makeVerifierKey(name, KEY_TYPES.cosignatureMlDsa44, publicKey),
    sign: (message) => ml_dsa44.sign(message, secretKey, { extraEntropy: false }),
  };
}

const CURVES = [
  [p256, '3059301306072a8648ce3d020106082a8648ce3d030107034200'],
  [p384, '3076301006072a8648ce3d020106052b81040022036200'],
  [p521, '30819b301006072a8648ce3d020106052b8104002303818600'],
] as const;

/** DER of a public key, and signatures in DER over SHA-256 on every curve (docs/spec/log.md section 3). */
export const ECDSA_KEYS: readonly Omit<Issuer, 'seed'>[] = CURVES.map(([curve, prefix], i) => {
  const secret = curve.utils.randomSecretKey(new Uint8Array(curve.lengths.seed ?? 96).fill(40 + i));
  return {
    publicKey: concatBytes(fromHex(prefix, prefix.length / 2), curve.getPublicKey(secret, false)),
    sign: (message) =>
      curve.sign(sha256(message), secret, { prehash: false, lowS: false, format: 'der' }),
  };
});

function ecdsaKey(name: string, curve: number): FuzzKey {
  const { publicKey, sign } = ECDSA_KEYS[curve]!;
  return { verifier: makeVerifierKey(name, KEY_TYPES.ecdsa, publicKey), sign };
}

const LOG = 'log.example/2025';
const LONG = `${'l'.repeat(250)}.long`;

/** Two of one origin, one of each kind, one of another origin, and one with the longest name. */
export const LOG_KEYS: readonly FuzzKey[] = [
  ed25519Key(LOG, KEY_TYPES.ed25519, 11),
  ed25519Key(LOG, KEY_TYPES.ed25519, 12),
  ecdsaKey(LOG, 0),
  mlDsaKey(LOG, 13),
  ed25519Key('other.example', KEY_TYPES.ed25519, 14),
  ecdsaKey('pér.example', 1),
  ed25519Key(LONG, KEY_TYPES.ed25519, 15),
];

export const WITNESS_KEYS: readonly FuzzKey[] = [
  ed25519Key('w1.example', KEY_TYPES.cosignatureEd25519, 21),
  ed25519Key('w2.example', KEY_TYPES.cosignatureEd25519, 22),
  ed25519Key('w3.example', KEY_TYPES.cosignatureEd25519, 23),
  ed25519Key(LOG, KEY_TYPES.cosignatureEd25519, 24),
  mlDsaKey('w1.example', 25),
  mlDsaKey('q.example', 26),
];

/** Verified by nobody. */
export const STRANGERS: readonly FuzzKey[] = [
  ed25519Key('stranger.example', KEY_TYPES.ed25519, 31),
  ed25519Key('w1.example', KEY_TYPES.cosignatureEd25519, 32),
  ecdsaKey('stranger.example', 2),
];

/** Whether a signature takes milliseconds, so that few are made. */
export function isSlow({ verifier }: FuzzKey): boolean {
  return verifier.type === KEY_TYPES.ecdsa || isMlDsa(verifier);
}

function isMlDsa({ type }: VerifierKey): boolean {
  return type === KEY_TYPES.cosignatureMlDsa44;
}

/** The bytes of a log's line after the key ID. `timeSeconds` is for those that have a time. */
export function logLine(key: FuzzKey, statement: Statement, timeSeconds: number): Uint8Array {
  if (!isMlDsa(key.verifier)) return key.sign(encodeUtf8(statement.text));
  const { name } = key.verifier;
  const message = treeMessage(name, checkpointOf(statement), timeSeconds);
  return concatBytes(encodeUint64(timeSeconds), key.sign(message));
}

/** The bytes of a cosignature's line after the key ID. */
export function cosignatureLine(
  key: FuzzKey,
  statement: Statement,
  timeSeconds: number,
): Uint8Array {
  const checkpoint = checkpointOf(statement);
  const { name } = key.verifier;
  const message = isMlDsa(key.verifier)
    ? treeMessage(name, checkpoint, timeSeconds)
    : textMessage({ name, timeSeconds, text: statement.text, checkpoint });
  return concatBytes(encodeUint64(timeSeconds), key.sign(message));
}

function checkpointOf({ origin, size, root }: Statement) {
  return { origin, size, root };
}
