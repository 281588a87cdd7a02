/** Published edge cases: all providers give the strict verdict of the specification. */
import { describe, expect, it } from 'vitest';
import { encodeUtf8, fromHex } from '#protocol/bytes.ts';
import { providers } from './providers.ts';
import { readVectors } from './vectors.ts';

type CctvCase = [key: string, signature: string, message: string, flags: string];
type WycheproofCase = [
  id: number,
  key: string,
  message: string,
  signature: string,
  valid: boolean,
  comment: string,
];
type SpeccheckCase = [key: string, message: string, signature: string];

const cctv = readVectors<CctvCase>('ed25519-cctv').cases;
const wycheproof = readVectors<WycheproofCase>('ed25519-wycheproof').cases;
const speccheck = readVectors<SpeccheckCase>('ed25519-speccheck').cases;
const mlDsa = readVectors<WycheproofCase>('ml-dsa-44-wycheproof').cases;
const ecdsa = readVectors<WycheproofCase>('ecdsa-wycheproof').cases;

/** What the flags of a CCTV case say about the strict verdict. */
function isStrictlyValid(flags: string): boolean {
  return !/\b(low_order_[AR]|low_order_residue|non_canonical_[AR]|reencoded_k)\b/.test(flags);
}

describe.each(providers)('the %s provider', (_name, provider) => {
  it('accepts exactly the 43 of the 914 CCTV cases that their flags allow', () => {
    const accepted = cctv.filter(([key, signature, message]) =>
      provider.verifyEd25519(fromHex(key), encodeUtf8(message), fromHex(signature)),
    );
    expect(cctv).toHaveLength(914);
    expect(accepted).toHaveLength(43);
    expect(accepted).toEqual(cctv.filter(([, , , flags]) => isStrictlyValid(flags)));
  });

  it('agrees with Wycheproof on all 151 Ed25519 cases', () => {
    const verdicts = wycheproof.map(([id, key, message, signature]) => [
      id,
      provider.verifyEd25519(fromHex(key), fromHex(message), fromHex(signature)),
    ]);
    expect(verdicts).toHaveLength(151);
    expect(verdicts).toEqual(wycheproof.map(([id, , , , valid]) => [id, valid]));
  });

  it('accepts only number 3 of the twelve "Taming the many EdDSAs" cases', () => {
    const accepted = speccheck.flatMap(([key, message, signature], number) =>
      provider.verifyEd25519(fromHex(key), fromHex(message), fromHex(signature)) ? [number] : [],
    );
    expect(speccheck).toHaveLength(12);
    expect(accepted).toEqual([3]);
  });

  it.each(mlDsa)('agrees with Wycheproof on ML-DSA-44 case %i', (_id, key, message, sig, valid) => {
    expect(provider.verifyMlDsa44(fromHex(key), fromHex(message), fromHex(sig))).toBe(valid);
  });

  it('agrees with Wycheproof on all 602 ECDSA cases, of strict DER and either S', () => {
    const verdicts = ecdsa.map(([id, key, message, signature]) => [
      id,
      provider.verifyEcdsa(fromHex(key), fromHex(message), fromHex(signature)),
    ]);
    expect(verdicts).toHaveLength(602);
    expect(verdicts).toEqual(ecdsa.map(([id, , , , valid]) => [id, valid]));
  });
});
