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
import { displayPath } from './layout.ts';
import { say } from './print.ts';
import { commandLine } from './shell.ts';

const SEED_BYTES = 32;

export interface IssuerKey {
  readonly path: string;
  readonly key: SignerKey;
  /** Whether this command made it. */
  readonly isNew: boolean;
}

/** The key in the file at `named`, or that at `path`, which is made if it is not there, and said so. */
export async function issuerKey(named: string | undefined, path: string): Promise<IssuerKey> {
  if (named !== undefined) return { path: named, key: readIssuerKey(named), isNew: false };
  const isNew = !existsSync(path) && (await makeIssuerKey(path));
  if (isNew) {
    say(
      `made a new issuer key in ${displayPath(path)}: it signs your receipts; keep it, and keep it secret`,
    );
  }
  return { path, key: readIssuerKey(path), isNew };
}

/** An issuer's key in a file. */
function readIssuerKey(path: string): SignerKey {
  const key = readSignerKey(path);
  if (key.verifier.type === KEY_TYPES.ed25519) return key;
  const make = commandLine('keygen', '--type', 'issuer', '--name', 'NAME', '--out', 'FILE');
  throw unusable(`${path} is a witness's key; make one with "${make}".`);
}

/** False if another command that runs at the same time was first. */
async function makeIssuerKey(path: string): Promise<boolean> {
  await makePrivateFolder(dirname(path));
  const aside = `${path}.${toHex(randomBytes(8))}.new`;
  const name = `tecp.localhost/issuer-${toHex(randomBytes(4))}`;
  writeSignerKey(aside, makeSignerKey(name, KEY_TYPES.ed25519, randomBytes(SEED_BYTES)));
  try {
    // Unlike a rename, a link never replaces the key of the other command.
    linkSync(aside, path);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(aside, { force: true });
  }
}
