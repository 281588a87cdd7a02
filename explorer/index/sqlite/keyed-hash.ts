/**
 * HalfSipHash-2-4 with 64 bits (https://github.com/veorq/SipHash), of which 48 are taken: a short hash that nobody
 * without the key can make collide. So no submitter can have the entries of others found with theirs.
 */

/** Of a key, in bytes. */
export const HASH_KEY_BYTES = 8;

/** A function of its own for each key. It leaves its result in itself, as it is called some thirty times an entry. */
export class KeyedHash {
  readonly #k0: number;
  readonly #k1: number;
  /** The upper 32 bits of the last result. */
  high = 0;
  /** The 16 bits below them. */
  low = 0;

  constructor(key: Uint8Array) {
    const words = new DataView(key.buffer, key.byteOffset, HASH_KEY_BYTES);
    this.#k0 = words.getInt32(0, true);
    this.#k1 = words.getInt32(4, true);
  }

  /** Hashes the first `length` characters, which have to be ASCII. */
  hash(text: string, length = text.length): void {
    let v0 = this.#k0;
    let v1 = this.#k1 ^ 0xee;
    let v2 = 0x6c796765 ^ this.#k0;
    let v3 = 0x74656462 ^ this.#k1;
    const words = length >>> 2;
    // Each word, the last one with the length, and twice the end.
    for (let step = 0; step < words + 3; step++) {
      let word = 0;
      if (step < words) word = wordAt(text, 4 * step);
      else if (step === words) word = lastWord(text, 4 * step, length);
      else if (step === words + 1) v2 ^= 0xee;
      else {
        this.high = (v1 ^ v3) >>> 0;
        v1 ^= 0xdd;
      }
      v3 ^= word;
      for (let rounds = step <= words ? 2 : 4; rounds > 0; rounds--) {
        v0 = (v0 + v1) | 0;
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
        v0 = (v0 << 16) | (v0 >>> 16);
        v2 = (v2 + v3) | 0;
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
        v0 = (v0 + v3) | 0;
        v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
        v2 = (v2 + v1) | 0;
        v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
        v2 = (v2 << 16) | (v2 >>> 16);
      }
      v0 ^= word;
    }
    this.low = (v1 ^ v3) & 0xffff;
  }
}

function wordAt(text: string, at: number): number {
  return (
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)
  );
}

function lastWord(text: string, at: number, length: number): number {
  let word = length << 24;
  for (let i = at; i < length; i++) word |= text.charCodeAt(i) << (8 * (i - at));
  return word;
}
