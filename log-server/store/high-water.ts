/**
 * The high-water mark of a log: a small file that says how far it has signed, and how it was stopped.
 *
 * A database restored from a backup has forgotten what was signed after it; this file, beside it or
 * on another volume, has not. It is written aside, synced and renamed, so that a crash leaves the
 * old mark or the new one, and it survives power loss before the signature that it counts leaves.
 */
import { access, constants, type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { decodeBase64, encodeBase64 } from '#protocol/base64.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import { ConfigError, describeFileError, errorCode, fileError } from '#service/errors.ts';
import { replaceFile } from '#service/files.ts';
import { createFolder } from '#service/folders.ts';
import { StoreError, type TreeHead } from './store.ts';

export interface Mark {
  /** The checkpoint signed last; absent before the first. */
  readonly signed?: TreeHead;
  /** The tree of a log that was stopped; absent while it runs, and after a crash. */
  readonly stopped?: TreeHead;
}

const MAX_MARK_BYTES = 4096;
/** There is none on the disk, or among the open files, and there may be some in a moment. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'];

const treeHead = z.strictObject({
  size: z.int().min(0),
  root: z.string().transform((text) => asHash(decodeBase64(text))),
});
const markFile = z.strictObject({
  version: z.literal(1),
  /** Verifier key of the log. */
  log: z.string(),
  signed: treeHead.optional(),
  stopped: treeHead.optional(),
  file: z.string(),
});

export class HighWaterMark {
  readonly path: string;
  readonly #log: string;
  // Both owned by `#write`.
  #mark: Mark | undefined;
  #isOriginal: boolean;

  private constructor(path: string, log: string, read: { mark?: Mark; isOriginal: boolean }) {
    this.path = path;
    this.#log = log;
    this.#mark = read.mark;
    this.#isOriginal = read.isOriginal;
  }

  /** Rejects with `ConfigError` for a file that is damaged, or of another log. */
  static async open(path: string, verifierKey: string): Promise<HighWaterMark> {
    await checkFolder(path);
    return new HighWaterMark(path, verifierKey, await readMark(path, verifierKey));
  }

  /** For a database that is trusted more than the mark beside it, whatever that says. */
  static async replacing(path: string, verifierKey: string): Promise<HighWaterMark> {
    await checkFolder(path);
    return new HighWaterMark(path, verifierKey, { isOriginal: false });
  }

  /** What the file says; undefined where there is none. */
  get mark(): Mark | undefined {
    return this.#mark;
  }

  /** Whether the file is the one that was written, and not a copy: a backup of it proves nothing. */
  get isOriginal(): boolean {
    return this.#isOriginal;
  }

  /** Writes how far a log has signed that is about to run. Rejects with `StoreError`. */
  async begin(signed: TreeHead | undefined): Promise<void> {
    await this.#write(signed === undefined ? {} : { signed });
  }

  /** Makes sure that the mark counts this signature, before it leaves. Rejects with `StoreError`. */
  async raise(signed: TreeHead): Promise<void> {
    if (this.#mark?.signed?.size !== signed.size) await this.#write({ signed });
  }

  /** Notes that the log has stopped with this tree. Rejects with `StoreError`. */
  async stop(stopped: TreeHead): Promise<void> {
    await this.#write({ ...this.#mark, stopped });
  }

  async #write({ signed, stopped }: Mark): Promise<void> {
    const contentOf = async (file: FileHandle) => {
      const content = {
        version: 1,
        log: this.#log,
        ...(signed && { signed: formatHead(signed) }),
        ...(stopped && { stopped: formatHead(stopped) }),
        file: fileIdentity(await file.stat({ bigint: true })),
      };
      return `${JSON.stringify(content)}\n`;
    };
    try {
      const options = { aside: `${this.path}.new`, mode: 0o600, durable: true };
      await replaceFile(this.path, contentOf, options);
    } catch (error) {
      const isFull = NO_ROOM.includes(errorCode(error) ?? '');
      const detail = `cannot write the high-water mark ${this.path}: ${describeFileError(error)}`;
      throw new StoreError(isFull ? 'full' : 'failed', detail, { cause: error });
    }
    this.#mark = { ...(signed && { signed }), ...(stopped && { stopped }) };
    this.#isOriginal = true;
  }
}

/** It is written at each signature: better to know at the start that it cannot be. */
async function checkFolder(path: string): Promise<void> {
  const folder = dirname(path);
  createFolder(folder);
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw fileError(`Cannot write the high-water mark ${path}`, error);
  }
}

function formatHead({ size, root }: TreeHead) {
  return { size, root: encodeBase64(root) };
}

/** What a copy of a file has not in common with it, nor a file that was written over. */
function fileIdentity({ ino, birthtimeNs }: { ino: bigint; birthtimeNs: bigint }): string {
  return `${ino}.${birthtimeNs}`;
}

async function readMark(path: string, log: string): Promise<{ mark?: Mark; isOriginal: boolean }> {
  const file = await readBounded(path);
  if (file === undefined) return { isOriginal: false };
  const content = file.text.length > MAX_MARK_BYTES ? undefined : parseMark(file.text);
  if (content === undefined) {
    throw new ConfigError(
      `The high-water mark ${path} is damaged. Restore it, or judge whether the database is the ` +
        'newest and start once with --trust-database (docs/DEPLOYMENT.md).',
    );
  }
  if (content.log !== log) {
    throw new ConfigError(`${path} is the high-water mark of another log, ${content.log}.`);
  }
  const { signed, stopped } = content;
  const mark = { ...(signed && { signed }), ...(stopped && { stopped }) };
  return { mark, isOriginal: content.file === file.identity };
}

/** The beginning of a file, more than a mark may have; undefined where there is none. */
async function readBounded(path: string) {
  try {
    const file = await open(path, 'r');
    try {
      const identity = fileIdentity(await file.stat({ bigint: true }));
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_MARK_BYTES + 1));
      return { identity, text: buffer.toString('utf8', 0, bytesRead) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw fileError(`Cannot read the high-water mark ${path}`, error);
  }
}

function parseMark(text: string): z.infer<typeof markFile> | undefined {
  try {
    return markFile.parse(JSON.parse(text));
  } catch (error) {
    const isExpected =
      error instanceof SyntaxError || error instanceof z.ZodError || error instanceof ProtocolError;
    if (!isExpected) throw error;
    return undefined;
  }
}
