/**
 * Reading and writing files for commands. `-` means standard input; every read has a cap; files
 * are written aside and renamed, so that nobody ever sees half of one.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomBytes } from '#crypto';
import { decodeUtf8, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { MAX_POLICY_BYTES, type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { describeFileError, describeWriteError, errorCode } from '#service/errors.ts';
import { replaceFile } from '#service/files.ts';
import { unusable } from './errors.ts';

export const STDIN = '-';

/** How a message calls an input. */
export function inputName(path: string): string {
  return path === STDIN ? 'standard input' : path;
}

/** The bytes of a file or of standard input, in the chunks in which they come. */
export async function* readChunks(path: string): AsyncGenerator<Buffer> {
  try {
    yield* path === STDIN ? process.stdin : createReadStream(path);
  } catch (error) {
    throw unusable(`Cannot read ${inputName(path)}: ${describeFileError(error)}.`);
  }
}

/** All of a file or of standard input, which may not exceed `maxBytes`. */
export async function readInput(path: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of readChunks(path)) {
    length += chunk.length;
    if (length > maxBytes) {
      throw unusable(`${inputName(path)} is larger than the ${maxBytes} bytes that it may have.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** SHA-256 of a file or of standard input, of any size. */
export async function hashInput(path: string): Promise<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of readChunks(path)) hash.update(chunk);
  return new Uint8Array(hash.digest());
}

export async function readPolicy(path: string): Promise<Policy> {
  try {
    return parsePolicy(decodeUtf8(await readInput(path, MAX_POLICY_BYTES)));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw unusable(`${inputName(path)} is not a policy file: ${error.message}.`);
  }
}

/**
 * Replaces or creates the file at once. `durable` waits until it would survive power loss. What is no
 * file, such as `/dev/null` or a pipe, is written to and stays what it is.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  options: { mode?: number; durable?: boolean } = {},
): Promise<void> {
  const aside = join(dirname(path), `.tecp-${toHex(randomBytes(8))}.tmp`);
  const { mode = 0o666, durable = false } = options;
  try {
    if (await isDevice(path)) await writeFile(path, content);
    else await replaceFile(path, async () => content, { aside, mode, durable });
  } catch (error) {
    throw unusable(`Cannot write ${path}: ${describeWriteError(error)}.`);
  }
}

async function isDevice(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined); // what is wrong with it, writing tells
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** Creates a folder that only its owner may enter; one that exists is left as it is. */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await makeFolders(path);
  } catch (error) {
    throw unusable(`Cannot create the folder ${path}: ${describeFileError(error)}.`);
  }
}

/** Not `mkdir` with `recursive`, which never returns where the system answers ENOENT (/proc). */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    await makeFolders(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
}
