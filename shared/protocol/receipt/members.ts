/**
 * The form of each member of a receipt (docs/spec/receipt.md section 4).
 *
 * Each checker takes the member's value, never undefined, and throws `ReceiptError` when it breaks
 * the rule. Members are checked in the order of `RECEIPT_MEMBERS` and the first failure is reported.
 */
import { decodeBase64Url } from '../base64.ts';
import { isStrictPointEncoding, isStrictSignatureEncoding } from '../crypto/ed25519-encoding.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/canonical.ts';
import { ReceiptError } from './codes.ts';
import { KEY_ERASURE_SCHEMES, RECEIPT_VERSION } from './types.ts';

const HASH_BYTES = 32;
const MIN_NONCE_BYTES = 16;
const MAX_NONCE_BYTES = 64;
const MAX_POLICIES = 64;
const CODE_REF = /^[ -~]{1,256}$/;
const POLICY_ID = /^[a-z0-9][a-z0-9_]{0,63}$/;

/** The decoded values that later steps need. */
export interface DecodedMembers {
  publicKey: Uint8Array;
  signature: Uint8Array;
}

function wrong(field: string, expected: string): ReceiptError {
  return new ReceiptError('E-SCHEMA-002', `${field}: expected ${expected}`, field);
}

function missing(field: string): ReceiptError {
  return new ReceiptError('E-SCHEMA-001', `${field}: missing`, field);
}

function checkString(value: JsonValue, field: string): string {
  if (typeof value !== 'string') throw wrong(field, 'a string');
  return value;
}

/** Bytes of canonical base64url, or undefined. */
function tryDecode(text: string): Uint8Array | undefined {
  try {
    return decodeBase64Url(text);
  } catch {
    return undefined;
  }
}

function checkBytes(value: JsonValue, field: string, min: number, max: number): void {
  const length = tryDecode(checkString(value, field))?.length;
  if (length === undefined || length < min || length > max) {
    const count = min === max ? min : `${min} to ${max}`;
    throw wrong(field, `unpadded base64url of ${count} bytes`);
  }
}

function checkHash(value: JsonValue, field: string): void {
  checkBytes(value, field, HASH_BYTES, HASH_BYTES);
}

/** An object with no members but these; `required` ones are missing with E-SCHEMA-001. */
function checkObject(
  value: JsonValue,
  field: string,
  required: readonly string[],
  optional: readonly string[],
): JsonObject {
  if (!isJsonObject(value)) throw wrong(field, 'an object');
  for (const name of required) {
    if (!Object.hasOwn(value, name)) throw missing(`${field}.${name}`);
  }
  for (const name of Object.keys(value).sort()) {
    if (!required.includes(name) && !optional.includes(name)) {
      throw wrong(`${field}.${name}`, 'no such member');
    }
  }
  return value;
}

function checkVersion(value: JsonValue): void {
  if (checkString(value, 'version') !== RECEIPT_VERSION) {
    throw new ReceiptError('E-SCHEMA-004', `version: expected ${RECEIPT_VERSION}`, 'version');
  }
}

function checkCodeRef(value: JsonValue): void {
  const ok = CODE_REF.test(checkString(value, 'code_ref'));
  if (!ok) throw wrong('code_ref', '1 to 256 printable ASCII characters');
}

function checkTs(value: JsonValue): void {
  if (typeof value !== 'number') throw wrong('ts', 'an integer');
  if (value < 1) throw new ReceiptError('E-TS-001', 'ts: expected 1 to 2^53-1', 'ts');
}

function checkNonce(value: JsonValue): void {
  checkBytes(value, 'nonce', MIN_NONCE_BYTES, MAX_NONCE_BYTES);
}

function checkPolicyIds(value: JsonValue): void {
  if (!Array.isArray(value) || value.length > MAX_POLICIES) {
    throw wrong('policy_ids', `an array of at most ${MAX_POLICIES} ids`);
  }
  let previous = '';
  for (const id of value) {
    // ASCII only, so that code units compare as bytes do.
    if (typeof id !== 'string' || !POLICY_ID.test(id) || id <= previous) {
      throw wrong('policy_ids', 'ids [a-z0-9][a-z0-9_]{0,63}, strictly ascending');
    }
    previous = id;
  }
}

/** The key and signature members fail with E-SIG-001 for anything that is a string. */
function decodeStrict(
  value: JsonValue,
  field: string,
  isStrict: (bytes: Uint8Array) => boolean,
): Uint8Array {
  const bytes = tryDecode(checkString(value, field));
  if (bytes !== undefined && isStrict(bytes)) return bytes;
  throw new ReceiptError('E-SIG-001', `${field}: not an acceptable Ed25519 encoding`, field);
}

function checkKeyErasure(value: JsonValue): void {
  const { scheme, evidence } = checkObject(value, 'key_erasure', ['scheme', 'evidence'], []);
  const known: readonly JsonValue[] = KEY_ERASURE_SCHEMES;
  if (!known.includes(scheme!)) {
    throw wrong('key_erasure.scheme', `one of ${KEY_ERASURE_SCHEMES.join(', ')}`);
  }
  checkString(evidence!, 'key_erasure.evidence');
}

function checkEnvironment(value: JsonValue): void {
  const environment = checkObject(value, 'environment', [], ['region', 'provider']);
  for (const name of ['region', 'provider']) {
    const member = environment[name];
    if (member !== undefined) checkString(member, `environment.${name}`);
  }
}

function checkChain(value: JsonValue): void {
  const { seq, prev } = checkObject(value, 'chain', ['seq'], ['prev']);
  if (typeof seq !== 'number' || seq < 0) throw wrong('chain.seq', 'an integer from 0');
  if (seq > 0 && prev === undefined) throw missing('chain.prev');
  if (seq === 0 && prev !== undefined) throw wrong('chain.prev', 'no such member at seq 0');
  if (prev !== undefined) checkHash(prev, 'chain.prev');
}

function checkExt(value: JsonValue): void {
  if (!isJsonObject(value)) throw wrong('ext', 'an object');
}

function checkLogInclusion(value: JsonValue): void {
  const { proof } = checkObject(value, 'log_inclusion', ['proof'], []);
  checkString(proof!, 'log_inclusion.proof');
}

function required(object: JsonObject, name: string): JsonValue {
  if (!Object.hasOwn(object, name)) throw missing(name);
  return object[name]!;
}

function ifPresent(object: JsonObject, name: string, check: (value: JsonValue) => void): void {
  if (Object.hasOwn(object, name)) check(object[name]!);
}

/** What people look for, each by the rule of its member. */
const SEARCHED = {
  code_ref: checkCodeRef,
  nonce: checkNonce,
  input_hash: (value: JsonValue) => checkHash(value, 'input_hash'),
  output_hash: (value: JsonValue) => checkHash(value, 'output_hash'),
  policy_ids: checkPolicyIds,
  pubkey: (value: JsonValue) => decodeStrict(value, 'pubkey', isStrictPointEncoding),
} as const satisfies Readonly<Record<string, (value: JsonValue) => unknown>>;

export type SearchedMember = keyof typeof SEARCHED;

/** A member of an object that may be no receipt; undefined unless it obeys its rule. */
export function memberOfForm(object: JsonObject, name: SearchedMember): JsonValue | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (value === undefined) return undefined;
  try {
    SEARCHED[name](value);
    return value;
  } catch (error) {
    if (error instanceof ReceiptError) return undefined;
    throw error;
  }
}

/** Checks every member in order. Throws `ReceiptError` for the first that breaks its rule. */
export function checkMembers(object: JsonObject): DecodedMembers {
  checkVersion(required(object, 'version'));
  checkCodeRef(required(object, 'code_ref'));
  checkTs(required(object, 'ts'));
  checkNonce(required(object, 'nonce'));
  checkHash(required(object, 'input_hash'), 'input_hash');
  checkHash(required(object, 'output_hash'), 'output_hash');
  checkPolicyIds(required(object, 'policy_ids'));
  const publicKey = decodeStrict(required(object, 'pubkey'), 'pubkey', isStrictPointEncoding);
  const signature = decodeStrict(required(object, 'sig'), 'sig', isStrictSignatureEncoding);
  ifPresent(object, 'key_erasure', checkKeyErasure);
  ifPresent(object, 'environment', checkEnvironment);
  ifPresent(object, 'chain', checkChain);
  ifPresent(object, 'ext', checkExt);
  ifPresent(object, 'log_inclusion', checkLogInclusion);
  return { publicKey, signature };
}
