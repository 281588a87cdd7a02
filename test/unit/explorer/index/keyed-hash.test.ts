import { expect, it } from 'vitest';
import { KeyedHash } from '#explorer/index/sqlite/keyed-hash.ts';
import { fromHex } from '#protocol/bytes.ts';

/** HalfSipHash-2-4 with 64 bits of the first bytes 0, 1, 2, ... (github.com/veorq/SipHash, vectors.h): by how many. */
const VECTORS: Readonly<Record<number, string>> = {
  0: '218d1f59b9b83cc8',
  1: 'be552412f8387315',
  2: '064f39ef7c50eb57',
  3: 'ce0f1a45f7060679',
  4: 'd5e78a175be52ea1',
  5: 'cb9d7c3f2f3db580',
  7: 'ff202728b07bc684',
  8: 'edfee820bce4858c',
  13: '5a2352d75a0c3744',
  15: '217d0bcb4e81c902',
  31: '863c7f155c34117c',
  43: '5b0087c69528acea',
  62: 'f90b3ab572d46693',
  63: '2ea63c71bf326087',
};
const SEQUENCE = String.fromCharCode(...Array.from({ length: 63 }, (_, i) => i));

function hashed(key: string, text: string, length?: number): [number, number] {
  const hash = new KeyedHash(fromHex(key));
  hash.hash(text, length);
  return [hash.high, hash.low];
}

it.each(Object.entries(VECTORS))('agrees with the reference on %s bytes', (length, expected) => {
  const view = new DataView(fromHex(expected).buffer);
  const both = [view.getUint32(0, true), view.getUint32(4, true) & 0xffff];
  expect(hashed('0001020304050607', SEQUENCE.slice(0, Number(length)))).toEqual(both);
  expect(hashed('0001020304050607', SEQUENCE, Number(length))).toEqual(both);
});

it('says something else with another key', () => {
  expect(hashed('0001020304050607', 'x')).not.toEqual(hashed('0001020304050608', 'x'));
  expect(hashed('0001020304050607', 'x')).not.toEqual(hashed('0101020304050607', 'x'));
});
