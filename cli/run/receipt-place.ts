/**
 * Where `tecp run` keeps a receipt: in a file that was not there before. No receipt is ever overwritten
 * by that of another run, however many run at once.
 *
 * Without `--out` the name is `<command>-<UTC time>.tecp.json`, and, once the log has proven it,
 * `<command>-<UTC time>-<index>.tecp.json`.
 */
import { constants, statSync } from 'node:fs';
import { access, rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { unusable } from '#cli/lib/errors.ts';
import { say } from '#cli/lib/print.ts';
import { writeNewReceipt, writeReceipt } from '#cli/lib/receipt-file.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import { describeWriteError } from '#service/errors.ts';

/** Leaves room for the rest of the name in the 255 bytes that file systems take. */
const MAX_COMMAND_CHARS = 48;

/** Throws, before the command runs, if no receipt can be kept in `out`, or here if there is none. */
export async function checkPlace(out: string | undefined): Promise<void> {
  const folder = out === undefined ? '.' : dirname(resolve(out));
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const where = out ?? 'a receipt into this folder';
    const reason = describeWriteError(error);
    throw unusable(`Cannot write ${where}: ${reason}; choose another file with --out.`);
  }
  if (out === undefined || isUnused(out)) return;
  throw unusable(`${out} is there already, and no receipt is overwritten; choose another --out.`);
}

/** Whether a receipt may go there: nothing is there, or an empty file, as `mktemp` makes. */
function isUnused(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined || (found.isFile() && found.size === 0);
}

/** Writes a receipt without its proof; returns the path. */
export async function keepReceipt(
  receipt: Receipt,
  command: string,
  out: string | undefined,
): Promise<string> {
  if (out !== undefined) {
    if (await writeNewReceipt(out, receipt)) return out;
    if (isUnused(out)) {
      await writeReceipt(out, receipt);
      return out;
    }
    say(`warning: ${out} was written by somebody else meanwhile, and is left as it is.`);
  }
  const stem = stemOf(command, receipt.ts);
  for (let attempt = 1; ; attempt++) {
    const path = attempt === 1 ? `${stem}.tecp.json` : `${stem}.${attempt}.tecp.json`;
    if (await writeNewReceipt(path, receipt)) return path;
  }
}

/** Writes the receipt with its proof in place of the one at `path`; returns its path from now on. */
export async function keepProven(
  receipt: Receipt,
  index: number,
  path: string,
  command: string,
  out: string | undefined,
): Promise<string> {
  const proven = `${stemOf(command, receipt.ts)}-${index}.tecp.json`;
  if (path !== out && (await writeNewReceipt(proven, receipt))) {
    await rm(path, { force: true });
    return proven;
  }
  await writeReceipt(path, receipt);
  return path;
}

/** `sha256sum-20261121T162803Z`; a name that begins with a hyphen would be an option elsewhere. */
function stemOf(command: string, timeMs: number): string {
  const name = basename(command).slice(0, MAX_COMMAND_CHARS).replace(/^-/, '_');
  const time = new Date(timeMs).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  return `${name}-${time}`;
}
