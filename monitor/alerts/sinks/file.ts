/**
 * A sink for alerts: one line of JSON for each message at the end of a file. A message counts as taken
 * when it would survive power loss. The file is opened for each, so it may be moved away at any time.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { errorCode } from '#service/errors.ts';
import { syncFolder } from '#service/folders.ts';
import { away, type Outcome, sinkKind, TAKEN } from './sink.ts';

const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
const NEWLINE = 0x0a;

export const file = sinkKind({
  settings: (filePath) =>
    z.strictObject({
      /** Made with mode 0600 if it is not there; its folder has to be. */
      path: filePath,
    }),
  open: ({ path }) => ({ send: ({ body }) => append(path, body) }),
});

async function append(path: string, body: string): Promise<Outcome> {
  try {
    // Read as well, for its last byte. Something that is no file must not hold us up.
    const opened = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, 0o600);
    try {
      const { size, isNew } = await look(opened);
      await write(opened, size, body);
      if (isNew) await syncFolder(dirname(path));
    } finally {
      await opened.close();
    }
    return TAKEN;
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return away(code);
  }
}

async function look(opened: FileHandle): Promise<{ size: number; isNew: boolean }> {
  const stat = await opened.stat();
  if (!stat.isFile()) throw Object.assign(new Error('not a file'), { code: 'not a file' });
  return { size: stat.size, isNew: stat.size === 0 };
}

/** A whole line or nothing; after one that a crash left in part, a new one. */
async function write(opened: FileHandle, size: number, body: string): Promise<void> {
  const last = Buffer.of(NEWLINE);
  if (size > 0) await opened.read(last, 0, 1, size - 1);
  const line = `${last[0] === NEWLINE ? '' : '\n'}${body}\n`;
  try {
    await opened.writeFile(line);
    await opened.datasync();
  } catch (error) {
    await opened.truncate(size).catch(() => undefined); // what failed first is told
    throw error;
  }
}
