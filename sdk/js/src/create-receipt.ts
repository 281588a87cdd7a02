/**
 * Making receipts (docs/spec/receipt.md, sections 4 to 6; docs/spec/verifier.md, section 4): hashes what went in
 * and what came out, fills in time and nonce, and signs.
 */
import { randomBytes, sha256 } from '#crypto';
import { checkBytes, checkMembers, checkText } from '#protocol/arguments.ts';
import { encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import type { JsonObject } from '#protocol/json/canonical.ts';
import { createReceiptBy } from '#protocol/receipt/create.ts';
import type { ChainLink, Environment, KeyErasure, Receipt } from '#protocol/receipt/types.ts';
import { IssuerKey } from './issuer-key.ts';

const NONCE_BYTES = 16;
const HASH_BYTES = 32;

/** Data to be hashed; a text stands for its UTF-8. */
export type Data = Uint8Array | string;

/** What went in: the data, or the 32 bytes of its SHA-256, as `hashStream` gives them. */
export type ReceiptInput =
  | { readonly input: Data; readonly inputHash?: never }
  | { readonly inputHash: Uint8Array; readonly input?: never };

/** What came out, likewise. */
export type ReceiptOutput =
  | { readonly output: Data; readonly outputHash?: never }
  | { readonly outputHash: Uint8Array; readonly output?: never };

/** What a receipt says besides the two hashes. */
export interface ReceiptClaims {
  /** The issuer, who signs. */
  readonly key: IssuerKey;
  /** Which code ran: 1 to 256 printable ASCII characters, such as `git:<hex>`. */
  readonly codeRef: string;
  /** Ids of docs/spec/policy-registry.md, in any order, each once. None by default. */
  readonly policyIds?: readonly string[];
  /** Unix milliseconds. The clock's by default. */
  readonly ts?: number;
  /** 16 to 64 bytes that are never used again. 16 random bytes by default. */
  readonly nonce?: Uint8Array;
  readonly keyErasure?: KeyErasure;
  readonly environment?: Environment;
  readonly chain?: ChainLink;
  readonly ext?: JsonObject;
}

export type ReceiptParams = ReceiptClaims & ReceiptInput & ReceiptOutput;

const CLAIMS: readonly (keyof ReceiptClaims)[] = [
  'key',
  'codeRef',
  'policyIds',
  'ts',
  'nonce',
  'keyErasure',
  'environment',
  'chain',
  'ext',
];
const PARAMS = [...CLAIMS, 'input', 'inputHash', 'output', 'outputHash'];

/**
 * A signed receipt, without a proof. With `ts` and `nonce` given, equal arguments make equal receipts.
 *
 * Throws `ReceiptError` with the code of what a verifier would refuse by its form, before anything is signed;
 * TypeError or RangeError for data, hashes or keys that are none, and for a member that is misspelt.
 */
export function createReceipt(params: ReceiptParams): Receipt {
  checkMembers(params, 'params', PARAMS);
  const {
    key,
    codeRef,
    policyIds = [],
    ts = Date.now(),
    nonce = randomBytes(NONCE_BYTES),
  } = params;
  if (!(key instanceof IssuerKey)) throw new TypeError('expected an IssuerKey as key');
  checkText(codeRef, 'codeRef');
  checkBytes(nonce, 'nonce');
  return createReceiptBy(key, {
    code_ref: codeRef,
    ts,
    nonce: encodeBase64Url(nonce),
    input_hash: hashOf(params.input, params.inputHash, 'input'),
    output_hash: hashOf(params.output, params.outputHash, 'output'),
    policy_ids: [...policyIds].sort(),
    ...optionalMembers(params),
  });
}

/** b64u of the hash that is given, or of that of the data. */
function hashOf(data: Data | undefined, hash: Uint8Array | undefined, name: string): string {
  if ((data === undefined) === (hash === undefined)) {
    throw new TypeError(`expected either ${name} or ${name}Hash`);
  }
  if (hash !== undefined) {
    checkBytes(hash, `${name}Hash`, HASH_BYTES);
    return encodeBase64Url(hash);
  }
  return encodeBase64Url(sha256(bytesOf(data!, name)));
}

function bytesOf(data: Data, name: string): Uint8Array {
  if (typeof data !== 'string') return data;
  // Its UTF-8 would be that of another text.
  if (!data.isWellFormed()) throw new RangeError(`expected valid Unicode as ${name}`);
  return encodeUtf8(data);
}

function optionalMembers({ keyErasure, environment, chain, ext }: ReceiptClaims) {
  return {
    ...(keyErasure === undefined ? {} : { key_erasure: keyErasure }),
    ...(environment === undefined ? {} : { environment }),
    ...(chain === undefined ? {} : { chain }),
    ...(ext === undefined ? {} : { ext }),
  };
}
