/** Where the keys of a witness come from, and how each becomes something that signs. */
import { isCosignerType } from '#protocol/note/algorithms.ts';
import { ConfigError } from '#service/errors.ts';
import { readSignerKey } from '#service/keys.ts';
import { memorySigner, type Signer } from './signer.ts';

/** Throws `ConfigError` for a file that does not hold a key of a witness. */
export function readSigner(path: string): Signer {
  const key = readSignerKey(path);
  const { name, type } = key.verifier;
  if (isCosignerType(type)) return memorySigner(key);
  throw new ConfigError(`The key ${name} is a log's (type ${type}), not a witness's.`);
}
