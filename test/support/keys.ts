/** Keys that nobody has had before. */
import { randomBytes } from '#crypto';
import { type KeyType, makeSignerKey, type SignerKey } from '#protocol/note/key.ts';

export function newKey(name: string, type: KeyType): SignerKey {
  return makeSignerKey(name, type, randomBytes(32));
}
