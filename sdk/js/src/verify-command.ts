#!/usr/bin/env node
/**
 * `tecp-verify-js` (docs/spec/verifier.md): judges one receipt in a file, or answers requests line by line.
 *
 * Opens no connection and writes no file. Exit code 2 with a reason on standard error: nothing was judged, or the
 * answer could not be written.
 */
import { printable } from '#protocol/printable.ts';
import { readArguments, USAGE } from './command/arguments.ts';
import { judgeFile } from './command/judge-file.ts';
import { answerLines } from './command/lines.ts';
import { standardInput, standardOutput } from './command/standard-streams.ts';

async function run(): Promise<number> {
  const task = readArguments(process.argv.slice(2));
  const answers = standardOutput();
  // Nobody reads any more, or there is no room: what else is judged would not be heard.
  answers.on('error', giveUpAtOnce);
  if ('help' in task) {
    answers.write(USAGE);
    return 0;
  }
  if ('lines' in task) {
    await answerLines(standardInput(), answers);
    return 0;
  }
  const { line, valid } = judgeFile(task, Date.now());
  answers.write(`${line}\n`);
  return valid ? 0 : 1;
}

/** Also where something was thrown by mistake: Node.js would exit with 1, which says that something was judged. */
function giveUp(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  process.exitCode = 2;
  process.stderr.write(`tecp-verify-js: ${printable(reason)}\n`);
}

function giveUpAtOnce(error: unknown): void {
  giveUp(error);
  process.exit();
}

process.on('uncaughtException', giveUpAtOnce);
// Where the reason cannot be said, the exit code says enough.
process.stderr.on('error', () => undefined);
try {
  const code = await run();
  process.exitCode ??= code;
} catch (error) {
  giveUp(error);
}
