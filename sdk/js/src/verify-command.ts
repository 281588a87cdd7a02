#!/usr/bin/env node
/**
 * `tecp-verify-js` (docs/spec/verifier.md): judges one receipt in a file, or answers requests line by line.
 *
 * Opens no connection and writes no file. Exit code 2 with a reason on standard error: nothing was judged.
 */
import { parseArgs } from 'node:util';
import { type FileOptions, judgeFile } from './command/judge-file.ts';
import { answerLines } from './command/lines.ts';
import { Unusable } from './command/unusable.ts';

const USAGE = `usage: tecp-verify-js FILE [--policy FILE] [--profile NAME] [--now MS] [--issuer KEY]...
       tecp-verify-js --lines
       tecp-verify-js --help`;

const HAVE_VALUES = ['--policy', '--profile', '--now', '--issuer'];

function readArguments(): { help: true } | { lines: true } | FileOptions {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: withValues(process.argv.slice(2)),
      allowPositionals: true,
      tokens: true,
      options: {
        help: { type: 'boolean' },
        lines: { type: 'boolean' },
        policy: { type: 'string' },
        profile: { type: 'string' },
        now: { type: 'string' },
        issuer: { type: 'string', multiple: true },
      },
    });
    const { help, lines, ...options } = values;
    if (help) return { help };
    refuseRepeated(tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : [])));
    const [file, ...others] = positionals;
    if (lines && file === undefined && Object.keys(options).length === 0) return { lines };
    if (lines || file === undefined || others.length > 0) throw new Unusable(USAGE);
    return { file, ...options };
  } catch (error) {
    throw error instanceof TypeError ? new Unusable(`${error.message}\n${USAGE}`) : error;
  }
}

/** Options and their values in one word each: parseArgs refuses values that begin with a dash, as keys may do. */
function withValues(words: readonly string[]): string[] {
  const [args, rest]: [string[], string[]] = [[], [...words]];
  while (rest.length > 0 && rest[0] !== '--') {
    const word = rest.shift()!;
    const takesNext = HAVE_VALUES.includes(word) && rest.length > 0;
    args.push(takesNext ? `${word}=${rest.shift()}` : word);
  }
  return [...args, ...rest];
}

function refuseRepeated(names: readonly string[]): void {
  const repeated = names.find((name, i) => name !== 'issuer' && names.indexOf(name) < i);
  if (repeated !== undefined) throw new Unusable(`--${repeated}: given twice\n${USAGE}`);
}

async function main(): Promise<number> {
  const given = readArguments();
  if ('help' in given) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if ('lines' in given) {
    await answerLines(process.stdin, process.stdout);
    return 0;
  }
  const { line, valid } = judgeFile(given, Date.now());
  process.stdout.write(`${line}\n`);
  return valid ? 0 : 1;
}

function giveUp(reason: string): void {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 2;
}

// Nobody reads any more, or there is no room: what else is judged would not be heard.
process.stdout.on('error', ({ message }) => {
  giveUp(message);
  process.exit();
});
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Unusable)) throw error;
  giveUp(error.message);
}
