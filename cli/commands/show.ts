/** `tecp show`: one entry of a log, with its hash and its proof. */
import { Command } from 'commander';
import { contentJson, entryJson, formatEntry, proofText } from '#cli/browse/entry-text.ts';
import { LogView } from '#cli/browse/log-view.ts';
import { sayStanding } from '#cli/browse/print-entries.ts';
import { CommandError, EXIT, endingOf, unusable } from '#cli/lib/errors.ts';
import {
  addLogOptions,
  type CheckedProof,
  checkProof,
  type LogTarget,
  type LogTargetOptions,
  openLogTarget,
} from '#cli/lib/log-target.ts';
import { printJson } from '#cli/lib/print.ts';
import { RemoteError } from '#client/http.ts';
import { toHex } from '#protocol/bytes.ts';
import type { LeafHash } from '#protocol/merkle/hash.ts';
import { parseTlogProof } from '#protocol/proof/tlog-proof.ts';

interface ShowOptions extends LogTargetOptions {
  readonly json?: boolean;
}

const HASH_DIGITS = 64;

const DETAILS = `
Exit codes: 0 the entry is there and proven, 1 it is not, 2 the log cannot be read.

Examples:
  $ ./tecp show 0
  $ ./tecp show 5b1f0c... --json           the leaf hash that a submission returned`;

export function showCommand(): Command {
  return addLogOptions(new Command('show'))
    .description('Shows one entry of a log, with its hash and its proof.')
    .argument('<entry>', 'index, or leaf hash in hex')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', DETAILS)
    .action(show);
}

async function show(name: string, options: ShowOptions): Promise<void> {
  const target = await openLogTarget(options);
  const index = await indexOf(name, target);
  const view = await LogView.open(target);
  if (index >= view.size) {
    throw new CommandError(`Entry ${index} is not published; the log shows ${view.size}.`);
  }
  for await (const entry of view.entries(index, index + 1)) {
    if (name.length === HASH_DIGITS && toHex(entry.leafHash) !== name) {
      throw new CommandError(`The log shows another entry, ${index}, for the leaf hash ${name}.`);
    }
    const proof = await proofOf(target, index, entry.leafHash);
    const isProven = typeof proof !== 'string';
    process.exitCode = isProven ? EXIT.ok : EXIT.failed;
    sayStanding(view);
    if (options.json) {
      printJson({ ...entryJson(entry, view), ...contentJson(entry), proof: proofJson(proof) });
    } else {
      const text = isProven ? proofText(proof) : `not proven: ${proof}`;
      process.stdout.write(formatEntry(entry, view, text));
    }
  }
}

async function indexOf(name: string, { client }: LogTarget): Promise<number> {
  if (/^\d{1,15}$/.test(name)) return Number(name);
  if (name.length !== HASH_DIGITS || !/^[0-9a-f]+$/.test(name)) {
    throw unusable(`"${name}" is neither an index nor a leaf hash of 64 hex digits.`);
  }
  try {
    // Only where to look: the entry itself is checked, and its hash is the one that was named.
    return parseTlogProof(await client.proof({ leafHash: name })).index;
  } catch (error) {
    if (!(error instanceof RemoteError) || error.status !== 404) throw error;
    throw new CommandError(`No published entry of the log has the leaf hash ${name}.`);
  }
}

/** The proof, or why there is none. */
async function proofOf(
  target: LogTarget,
  index: number,
  leafHash: LeafHash,
): Promise<CheckedProof | string> {
  try {
    const proof = await checkProof(target, await target.client.proof({ index }), leafHash);
    return proof.index === index ? proof : `the proof is of entry ${proof.index}`;
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof RemoteError)) throw error;
    return endingOf(error).message;
  }
}

function proofJson(proof: CheckedProof | string) {
  if (typeof proof === 'string') return { proven: false, reason: proof };
  const { checkpoint, quorumTimeSeconds } = proof.opened;
  return {
    proven: true,
    trusted: proof.isTrusted,
    tree_size: checkpoint.size,
    quorum_time: quorumTimeSeconds,
    cosigners: proof.cosigners,
  };
}
