/** `tecp-js/node`: issuer keys in files (docs/spec/receipt.md, section 6.4). */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { SEED_BYTES } from '#protocol/crypto/types.ts';
import { KEY_TYPES, parseSignerKey } from '#protocol/note/key.ts';
import { FormatError } from './format-error.ts';
import { IssuerKey } from './issuer-key.ts';

const MAX_FILE_BYTES = 16 * 1024;
const OTHERS = 0o077;
const SIGNER_KEY = 'PRIVATE+KEY+';

/**
 * The key in a file: PKCS#8 PEM, 32 raw bytes, or the text that `tecp keygen` writes for a log. Rejects with
 * `FormatError` and the code `bad-key` for other content, and for a file that others than its owner may read or
 * write; with the error of the system where the file cannot be read. No message holds what was read.
 */
export async function loadIssuerKey(path: string): Promise<IssuerKey> {
  const file = await open(path, 'r');
  try {
    await checkOwner(file, path);
    return readKey(await readStart(file, MAX_FILE_BYTES + 1), path);
  } finally {
    await file.close();
  }
}

/** Of the open file, so that nobody puts another one in its place in between. Windows has no such bits. */
async function checkOwner(file: FileHandle, path: string): Promise<void> {
  const { mode } = await file.stat();
  if (process.platform === 'win32' || (mode & OTHERS) === 0) return;
  throw new FormatError('bad-key', `${path} is open to other users: only its owner may read it`);
}

/** At most this many bytes from the beginning, also of a pipe, which has no positions and comes in pieces. */
async function readStart(file: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const content = new Uint8Array(maxBytes);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(content, length, maxBytes - length, null);
    length += bytesRead;
    if (bytesRead === 0 || length === maxBytes) return content.subarray(0, length);
  }
}

function readKey(content: Uint8Array, path: string): IssuerKey {
  if (content.length === SEED_BYTES) return IssuerKey.fromSeed(content);
  try {
    if (content.length > MAX_FILE_BYTES) throw new RangeError('too long');
    const text = decodeUtf8(content);
    if (!text.startsWith(SIGNER_KEY)) return IssuerKey.fromPem(text);
    const { verifier, seed } = parseSignerKey(text.replace(/\n$/, ''));
    if (verifier.type === KEY_TYPES.ed25519) return IssuerKey.fromSeed(seed);
  } catch {
    // What is wrong with a secret is not repeated.
  }
  throw new FormatError('bad-key', `${path} does not hold an issuer key`);
}

/**
 * Writes a key as PKCS#8 PEM into a new file with mode 0600. Rejects
 * with `EEXIST` of the system where there is a file already, which is left as it is.
 */
export async function saveIssuerKey(path: string, key: IssuerKey): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(key.toPem());
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
