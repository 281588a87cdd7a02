/** `tecp gossip`: hands a checkpoint that was seen somewhere to a monitor, and tells what it says. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { readCheckpoint } from '#cli/lib/checkpoint-file.ts';
import { CommandError, EXIT } from '#cli/lib/errors.ts';
import { checkUrl } from '#cli/lib/log-target.ts';
import { dataOption } from '#cli/lib/options.ts';
import { formatFacts, printable, printJson } from '#cli/lib/print.ts';
import { paint } from '#cli/lib/style.ts';
import { networkOf } from '#cli/network/control.ts';
import { parseJsonObject, send, shownPrefix, statusError } from '#client/http.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';

const DETAILS = `
A log that shows you something else than everybody is caught when two compare what they saw. The
monitor compares the checkpoint in your file with the tree that it has verified, entry by entry.
Nothing of you is handed over but the checkpoint: not the receipt, nor which entry it is.
  CONSISTENT    It is of the tree that everybody sees.
  INCONSISTENT  The log signed it, and shows everybody else another tree. The monitor holds the
                evidence; the identifiers are printed.
  PENDING       The log has not shown how it fits. The monitor keeps it, and raises an alert if the
                log does not show it in a minute.

Exit codes: 0 CONSISTENT, 1 INCONSISTENT, or refused, 2 nobody answers, or there is no checkpoint in the
file, 3 PENDING.

Examples:
  $ ./tecp gossip receipt.tecp.json
  $ curl -s http://127.0.0.1:8400/checkpoint | ./tecp gossip -
  $ ./tecp gossip receipt.tlog-proof --monitor https://monitor.example.org --json`;

/** The monitor may need to ask the log for tiles. */
const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 65_536;

interface GossipOptions {
  readonly data: string;
  readonly monitor?: string;
  readonly json?: boolean;
}

interface Answer {
  readonly verdict: keyof typeof VERDICTS;
  readonly reason: string;
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly witnesses: readonly string[];
  readonly quorum_met: boolean;
  readonly verified_size: number;
  readonly evidence: readonly string[];
}

const VERDICTS = {
  consistent: { title: 'CONSISTENT', tone: 'good', exitCode: EXIT.ok },
  inconsistent: { title: 'INCONSISTENT', tone: 'bad', exitCode: EXIT.failed },
  pending: { title: 'PENDING', tone: 'warning', exitCode: EXIT.weaker },
} as const;

export function gossipCommand(): Command {
  return new Command('gossip')
    .description('Hands a checkpoint that you saw to a monitor, which compares it with its own.')
    .argument('<file>', 'checkpoint, tlog-proof or receipt with a proof, or - for standard input')
    .option('--monitor <url>', 'monitor to ask (default: the one of the data folder)')
    .addOption(dataOption('data folder of the network'))
    .option('--json', 'print the answer as one line of JSON')
    .addHelpText('after', DETAILS)
    .action(gossip);
}

async function gossip(file: string, options: GossipOptions): Promise<void> {
  const note = await readCheckpoint(file);
  const monitor =
    options.monitor === undefined
      ? (await networkOf(resolve(options.data))).monitor.url
      : checkUrl(options.monitor);
  const answer = await handIn(`${monitor}/v1/gossip/checkpoint`, note);
  const { title, tone, exitCode } = VERDICTS[answer.verdict];
  process.exitCode = exitCode;
  if (options.json) {
    printJson(answer);
    return;
  }
  const facts = formatFacts([
    ['origin', printable(answer.origin)],
    ['size', `${answer.size} (the monitor has checked ${answer.verified_size})`],
    ['cosigned', answer.witnesses.map(printable).join(', ') || 'by nobody that the monitor knows'],
    ['quorum', answer.quorum_met ? 'met' : 'not met'],
    ...answer.evidence.map((id): [string, string] => ['evidence', printable(id)]),
  ]);
  process.stdout.write(`${paint(tone, title)}: ${printable(answer.reason)}\n${facts}`);
}

async function handIn(url: string, note: string): Promise<Answer> {
  const request = { method: 'POST', body: note, headers: { 'content-type': 'text/plain' } };
  const answer = await send(url, request, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES });
  if (answer.status !== 200 && answer.status !== 202) throw statusError(url, answer);
  const found = parseJsonObject(decodeUtf8(answer.body));
  if (found !== undefined && isAnswer(found)) return found as unknown as Answer;
  throw new CommandError(`${shownPrefix(url)} does not answer as a monitor.`, EXIT.unusable);
}

function isAnswer(found: Record<string, unknown>): boolean {
  const areTexts = (value: unknown) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string');
  return (
    Object.hasOwn(VERDICTS, String(found.verdict)) &&
    typeof found.reason === 'string' &&
    typeof found.origin === 'string' &&
    typeof found.root === 'string' &&
    // Printed as they are: a text could steer the terminal.
    Number.isSafeInteger(found.size) &&
    Number.isSafeInteger(found.verified_size) &&
    areTexts(found.witnesses) &&
    areTexts(found.evidence)
  );
}
