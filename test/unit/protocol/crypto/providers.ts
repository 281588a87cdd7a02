/** All crypto providers, for the one suite that they share. */
import * as noble from '#protocol/crypto/noble.ts';
import * as openssl from '#protocol/crypto/openssl.ts';
import { loadSodium } from '#protocol/crypto/sodium.ts';
import type { CryptoProvider } from '#protocol/crypto/types.ts';

const sodium = loadSodium();
if (sodium === undefined) throw new Error('sodium-native does not load on this system');

export { noble, openssl, sodium };

export const providers: readonly (readonly [name: string, CryptoProvider])[] = [
  ['sodium', sodium],
  ['openssl', openssl],
  ['noble', noble],
];
