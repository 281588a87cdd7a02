/**
 * What people are told of a key, and how they compare two: by the SHA-256 of its verifier key, of
 * which `printf %s "$VERIFIER_KEY" | sha256sum` is the same. Never the secret part.
 */
import { sha256 } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { algorithmOf } from '#protocol/note/algorithms.ts';
import {
  KEY_TYPES,
  MAX_KEY_TEXT_BYTES,
  parseSignerKey,
  parseVerifierKey,
  type VerifierKey,
} from '#protocol/note/key.ts';
import { backendHash } from '#service/bastion.ts';
import { readSignerKey } from '#service/keys.ts';
import { unusable } from './errors.ts';
import { inputName, readInput, STDIN } from './files.ts';
import type { Fact } from './print.ts';
import { printable } from './print.ts';

const SIGNER_PREFIX = 'PRIVATE+KEY+';
/** A witness has two; a whole network of them fits, too. */
const MAX_KEYS = 64;

/** SHA-256 of the text of the verifier key, as hex: equal for equal name, type and key only. */
export function fingerprint({ text }: VerifierKey): string {
  return toHex(sha256(encodeUtf8(text)));
}

/** As an issuer's key stands in receipts; undefined for keys of witnesses. */
export function receiptKey({ type, publicKey }: VerifierKey): string | undefined {
  return type === KEY_TYPES.ed25519 ? encodeBase64Url(publicKey) : undefined;
}

/** The name of this key at a bastion (C2SP https-bastion); undefined for keys of other kinds. */
export function bastionBackend({ type, publicKey }: VerifierKey): string | undefined {
  const isEd25519 = type === KEY_TYPES.ed25519 || type === KEY_TYPES.cosignatureEd25519;
  return isEd25519 ? backendHash(publicKey) : undefined;
}

/** What tells keys apart, in a few short lines. */
export function keyFacts(key: VerifierKey): Fact[] {
  return [
    ['name', printable(key.name)],
    ['type', typeName(algorithmOf(key.type))],
    ['key ID', key.id],
    ['fingerprint', fingerprint(key)],
  ];
}

const ROLES = {
  log: ', of a log or an issuer',
  'foreign-log': ', of a log',
  cosigner: ' cosignatures, of a witness',
} as const;

function typeName({ label, role }: ReturnType<typeof algorithmOf>): string {
  return `${label}${ROLES[role]}`;
}

/** The same for programs, with the verifier key in full. */
export function keyJson(key: VerifierKey) {
  const { name, type, id, text } = key;
  const [pubkey, backend] = [receiptKey(key), bastionBackend(key)];
  return {
    ...{ name, type, key_id: id, fingerprint: fingerprint(key), vkey: text },
    ...(pubkey === undefined ? {} : { pubkey }),
    ...(backend === undefined ? {} : { bastion_backend: backend }),
  };
}

export interface KeyInFile {
  readonly key: VerifierKey;
  /** Whether the file also holds the secret. */
  readonly isSecret: boolean;
}

/** The keys of a file or of standard input: a signing key, or verifier keys, one on each line. */
export async function readKeys(path: string): Promise<KeyInFile[]> {
  const content = await readInput(path, MAX_KEYS * MAX_KEY_TEXT_BYTES);
  const lines = content
    .toString()
    .split(/\r?\n/)
    .filter((line) => line !== '');
  if (lines.length === 0) throw unusable(`${inputName(path)} holds no key.`);
  if (lines.length > MAX_KEYS)
    throw unusable(`${inputName(path)} holds more than ${MAX_KEYS} keys.`);
  // As its owner would use it: refused when others may read it.
  if (path !== STDIN && lines[0]!.startsWith(SIGNER_PREFIX)) {
    return [{ key: readSignerKey(path).verifier, isSecret: true }];
  }
  return lines.map((line) => parseKey(line, path));
}

function parseKey(line: string, path: string): KeyInFile {
  const isSecret = line.startsWith(SIGNER_PREFIX);
  try {
    return { key: isSecret ? parseSignerKey(line).verifier : parseVerifierKey(line), isSecret };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const what = 'a verifier key, nor a signing key as written by "tecp keygen"';
    throw unusable(`${inputName(path)} does not hold ${what}: ${error.message}.`);
  }
}
