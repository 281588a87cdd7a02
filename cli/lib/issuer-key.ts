/** The key that signs a user's receipts: made on first use, in the data folder. */
import { existsSync, linkSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomBytes } from '#crypto';
import { toHex } from '#protocol/bytes.ts';
import { KEY_TYPES, makeSignerKey, type SignerKey } from '#protocol/note/key.ts';
import { errorCode } from '#service/errors.ts';
import { readSignerKey, writeSignerKey } from '#service/keys.ts';
import { unusable } from './errors.ts';
import { makePrivateFolder } from './files.ts';

const SEED_BYTES = 32;

/** An issuer's key in a file. */
export function readIssuerKey(path: string): SignerKey {
  const key = readSignerKey(path);
  if (key.verifier.type === KEY_TYPES.ed25519) return key;
  throw unusable(`${path} is a witness's key; make one with "tecp keygen --type issuer".`);
}

/** As `readIssuerKey`; a key that is not there is made. */
export async function ensureIssuerKey(path: string): Promise<SignerKey> {
  if (existsSync(path)) return readIssuerKey(path);
  await makePrivateFolder(dirname(path));
  const aside = `${path}.${process.pid}.new`;
  const name = `tecp.localhost/issuer-${toHex(randomBytes(4))}`;
  rmSync(aside, { force: true });
  writeSignerKey(aside, makeSignerKey(name, KEY_TYPES.ed25519, randomBytes(SEED_BYTES)));
  try {
    // Unlike a rename, a link never replaces the key of a command that ran at the same time.
    linkSync(aside, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return readIssuerKey(path);
}
