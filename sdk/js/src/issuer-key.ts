/**
 * The key of an issuer: Ed25519, for receipts alone (docs/spec/receipt.md, section 6).
 *
 * It keeps its secret to itself: nothing that prints, copies or serialises it shows more than the public key.
 * `seed()` and `toPem()` alone hand the secret out.
 */
import { ed25519PublicKey, ed25519Signer, randomBytes } from '#crypto';
import { decodeBase64, encodeBase64, encodeBase64Url } from '#protocol/base64.ts';
import { concatBytes, equalBytes, fromHex } from '#protocol/bytes.ts';
import { checkSeed, SEED_BYTES } from '#protocol/crypto/types.ts';
import { FormatError } from './format-error.ts';

const PEM_HEAD = '-----BEGIN PRIVATE KEY-----';
const PEM_TAIL = '-----END PRIVATE KEY-----';
/** All of the PKCS#8 of an Ed25519 key but its seed (RFC 8410, section 7). */
const PKCS8_PREFIX = fromHex('302e020100300506032b657004220420');

export class IssuerKey {
  /** b64u of the 32-byte public key: the `pubkey` of receipts by this key. */
  readonly publicKey: string;
  readonly #seed: Uint8Array;
  readonly #sign: (message: Uint8Array) => Uint8Array;

  private constructor(seed: Uint8Array) {
    this.#sign = ed25519Signer(seed);
    this.#seed = seed;
    this.publicKey = encodeBase64Url(ed25519PublicKey(seed));
  }

  /** A new key from the system's secure generator. */
  static generate(): IssuerKey {
    return new IssuerKey(randomBytes(SEED_BYTES));
  }

  /** The key of 32 secret bytes (RFC 8032), which are copied. Throws RangeError or TypeError for others. */
  static fromSeed(seed: Uint8Array): IssuerKey {
    return new IssuerKey(new Uint8Array(checkSeed(seed)));
  }

  /**
   * The key of a PKCS#8 PEM, as `toPem` and OpenSSL write it. Throws `FormatError` with the code `bad-key`
   * for any other text.
   */
  static fromPem(pem: string): IssuerKey {
    const der = typeof pem === 'string' ? decodePem(pem) : undefined;
    const hasSeed =
      der?.length === PKCS8_PREFIX.length + SEED_BYTES &&
      equalBytes(der.subarray(0, PKCS8_PREFIX.length), PKCS8_PREFIX);
    // What was read is not repeated: it may be a secret of some other kind.
    if (!hasSeed) throw new FormatError('bad-key', 'expected PKCS#8 PEM of an Ed25519 key');
    return new IssuerKey(der.slice(PKCS8_PREFIX.length));
  }

  /** A copy of the 32 secret bytes. */
  seed(): Uint8Array {
    return new Uint8Array(this.#seed);
  }

  /** PKCS#8 PEM (RFC 8410) with a newline at its end: secret. */
  toPem(): string {
    const der = concatBytes(PKCS8_PREFIX, this.#seed);
    return `${PEM_HEAD}\n${encodeBase64(der)}\n${PEM_TAIL}\n`;
  }

  /** The 64-byte Ed25519 signature of a message. Receipts are signed by `createReceipt`. */
  sign(message: Uint8Array): Uint8Array {
    return this.#sign(message);
  }

  /** `IssuerKey(<public key>)`. */
  toString(): string {
    return `IssuerKey(${this.publicKey})`;
  }
}

/** What stands between the two lines, around which there is at most white space. */
function decodePem(pem: string): Uint8Array | undefined {
  const start = pem.indexOf(PEM_HEAD);
  const end = pem.lastIndexOf(PEM_TAIL);
  const around = pem.slice(0, Math.max(0, start)) + pem.slice(end + PEM_TAIL.length);
  const lines = pem.slice(start + PEM_HEAD.length, end).split(/\r?\n/);
  const isPem = 0 <= start && start < end && /^[ \t\r\n]*$/.test(around);
  if (!isPem || lines.length < 3 || lines[0] !== '' || lines.at(-1) !== '') return undefined;
  try {
    return decodeBase64(lines.join(''));
  } catch {
    return undefined;
  }
}
