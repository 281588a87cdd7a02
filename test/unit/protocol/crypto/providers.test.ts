/** The crypto providers: interchangeable, known answers, and calm about wrong input. */
import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8, fromHex, toHex } from '#protocol/bytes.ts';
import type { CryptoProvider } from '#protocol/crypto/types.ts';
import { noble, openssl, providers } from './providers.ts';

/** Each verifies what the next one signs. */
const crossed = providers.map(([name, verifier], i): [string, CryptoProvider, CryptoProvider] => {
  const [signerName, signer] = providers[(i + 1) % providers.length]!;
  return [`${name} verifies what ${signerName} signs`, signer, verifier];
});

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const message = fc.uint8Array({ maxLength: 300 });
// The seed of RFC 8032 section 7.1, test 1.
const SEED = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const out = Uint8Array.from(bytes);
  out[bit >> 3]! ^= 1 << (bit & 7);
  return out;
}

describe.each(providers)('the %s provider', (_name, provider) => {
  it('hashes to the known SHA-256 answers and returns a plain Uint8Array', () => {
    const hash = provider.sha256(encodeUtf8('abc'));
    expect(toHex(hash)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(Object.getPrototypeOf(hash)).toBe(Uint8Array.prototype);
  });

  it('hashes parts as it hashes the whole, and refuses what is no bytes', () => {
    const data = Uint8Array.from({ length: 200 }, (_, i) => i);
    for (const size of [1, 63, 64, 65, 200]) {
      const hash = provider.sha256OfParts();
      for (let at = 0; at < data.length; at += size) hash.update(data.subarray(at, at + size));
      expect(hash.digest()).toEqual(provider.sha256(data));
    }
    expect(provider.sha256OfParts().digest()).toEqual(provider.sha256(new Uint8Array(0)));
    expect(() => provider.sha256OfParts().update('abc' as never)).toThrow(TypeError);
  });

  it('gives the RFC 8032 test 1 key and signature', () => {
    expect(toHex(provider.ed25519PublicKey(SEED))).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
    expect(toHex(provider.signEd25519(SEED, new Uint8Array(0)))).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it('answers false, without throwing, for keys and signatures of any wrong length', () => {
    const key = provider.ed25519PublicKey(SEED);
    const sig = provider.signEd25519(SEED, key);
    for (const length of [0, 31, 33, 63, 65, 1312, 2420]) {
      const wrong = new Uint8Array(length).fill(7);
      expect(provider.verifyEd25519(wrong, key, sig)).toBe(false);
      expect(provider.verifyEd25519(key, key, wrong)).toBe(false);
      expect(provider.verifyMlDsa44(wrong, key, new Uint8Array(2420))).toBe(false);
      expect(provider.verifyMlDsa44(new Uint8Array(1312), key, wrong)).toBe(false);
    }
  });

  it('refuses an ECDSA key that is not on its curve, and signatures and keys that are none', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    const key = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    const signature = new Uint8Array(sign('sha256', SEED, privateKey));
    expect(provider.verifyEcdsa(key, SEED, signature)).toBe(true);
    expect(provider.verifyEcdsa(key.with(-1, key.at(-1)! ^ 1), SEED, signature)).toBe(false);
    for (const length of [0, 1, 2, 3, 8, 138, 139, 140]) {
      expect(provider.verifyEcdsa(key, SEED, new Uint8Array(length).fill(0x30))).toBe(false);
      expect(provider.verifyEcdsa(new Uint8Array(length), SEED, signature)).toBe(false);
    }
  });

  it('refuses a public key that is not on the curve', () => {
    // y = 2 has no x on the curve, and passes the byte checks.
    const key = new Uint8Array(32);
    key[0] = 2;
    expect(provider.verifyEd25519(key, key, provider.signEd25519(SEED, key))).toBe(false);
  });

  it('refuses S + L, the same signature with a scalar that is not reduced', () => {
    const key = provider.ed25519PublicKey(SEED);
    const sig = provider.signEd25519(SEED, key);
    const order = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
    let carry = 0;
    for (let i = 0; i < 32; i++) {
      const sum = sig[32 + i]! + order[i]! + carry;
      sig[32 + i] = sum & 0xff;
      carry = sum >> 8;
    }
    expect(carry).toBe(0);
    expect(provider.verifyEd25519(key, key, sig)).toBe(false);
  });

  it('refuses a seed that is not 32 bytes', () => {
    for (const length of [0, 31, 33, 64]) {
      const seed = new Uint8Array(length);
      expect(() => provider.signEd25519(seed, SEED)).toThrow(RangeError);
      expect(() => provider.ed25519PublicKey(seed)).toThrow(RangeError);
      expect(() => provider.signMlDsa44(seed, SEED)).toThrow(RangeError);
      expect(() => provider.mlDsa44PublicKey(seed)).toThrow(RangeError);
    }
  });

  it('draws as many random bytes as asked for', () => {
    expect(provider.randomBytes(24)).toHaveLength(24);
    expect(provider.randomBytes(24)).not.toEqual(provider.randomBytes(24));
  });

  it('keeps verifying correctly past the limit of its key cache', () => {
    const seeds = Array.from({ length: 1100 }, (_, i) => {
      const seed = new Uint8Array(32);
      new DataView(seed.buffer).setUint32(0, i);
      return seed;
    });
    // The others have no cache: a few keys are enough there, at a millisecond each.
    const used = provider === openssl ? seeds : seeds.slice(0, 20);
    const text = encodeUtf8('text');
    for (const seed of used) {
      const key = openssl.ed25519PublicKey(seed);
      expect(provider.verifyEd25519(key, text, openssl.signEd25519(seed, text))).toBe(true);
    }
    const first = openssl.ed25519PublicKey(seeds[0]!);
    expect(provider.verifyEd25519(first, text, openssl.signEd25519(seeds[0]!, text))).toBe(true);
    expect(provider.verifyEd25519(first, text, openssl.signEd25519(seeds[1]!, text))).toBe(false);
  });
});

describe.each(crossed)('%s', (_name, signer, verifier) => {
  it('with Ed25519, and nothing that differs by one bit', () => {
    fc.assert(
      fc.property(bytes32, message, fc.nat(511), fc.nat(255), (seed, text, sigBit, keyBit) => {
        const key = signer.ed25519PublicKey(seed);
        const sig = signer.signEd25519(seed, text);
        expect(verifier.verifyEd25519(key, text, sig)).toBe(true);
        expect(verifier.verifyEd25519(key, text, flipBit(sig, sigBit))).toBe(false);
        expect(verifier.verifyEd25519(flipBit(key, keyBit), text, sig)).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it('with ML-DSA-44, and nothing that differs by one bit', () => {
    fc.assert(
      fc.property(bytes32, message, fc.nat(2420 * 8 - 1), (seed, text, bit) => {
        const key = signer.mlDsa44PublicKey(seed);
        const sig = signer.signMlDsa44(seed, text);
        expect(verifier.verifyMlDsa44(key, text, sig)).toBe(true);
        expect(verifier.verifyMlDsa44(key, text, flipBit(sig, bit))).toBe(false);
      }),
      { numRuns: 8 },
    );
  });
});

describe('the providers', () => {
  it.each(providers)(
    '%s has all functions of the contract, under the same names',
    (_, provider) => {
      expect(Object.keys(provider).sort()).toEqual(Object.keys(noble).sort());
    },
  );

  it('derive the same keys from one seed, and sign the same with Ed25519', () => {
    fc.assert(
      fc.property(bytes32, message, (seed, text) => {
        for (const [, { ed25519PublicKey, signEd25519, mlDsa44PublicKey }] of providers) {
          expect(ed25519PublicKey(seed)).toEqual(noble.ed25519PublicKey(seed));
          expect(signEd25519(seed, text)).toEqual(noble.signEd25519(seed, text));
          expect(mlDsa44PublicKey(seed)).toEqual(noble.mlDsa44PublicKey(seed));
        }
      }),
      { numRuns: 10 },
    );
  });

  it('sign the same with a key that they keep', async () => {
    for (const [, provider] of providers) {
      const signature = await provider.ed25519Signer(SEED)(SEED);
      expect(signature).toEqual(provider.signEd25519(SEED, SEED));
      const key = provider.mlDsa44PublicKey(SEED);
      expect(noble.verifyMlDsa44(key, SEED, await provider.mlDsa44Signer(SEED)(SEED))).toBe(true);
    }
  });
});
