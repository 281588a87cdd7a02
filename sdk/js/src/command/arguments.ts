/** The command line (docs/spec/verifier.md, section 1). */
import { parseArgs } from 'node:util';
import type { FileOptions } from './judge-file.ts';
import { Unusable } from './unusable.ts';

export const USAGE = `usage: tecp-verify-js FILE [--policy FILE] [--profile NAME] [--now MS] [--issuer KEY]...
       tecp-verify-js --lines
       tecp-verify-js --help
`;

/** What the command line asks for. */
export type Task = { readonly help: true } | { readonly lines: true } | FileOptions;

const HAVE_VALUES = ['--policy', '--profile', '--now', '--issuer'];

/** Throws `Unusable`. */
export function readArguments(words: readonly string[]): Task {
  const { values, positionals, tokens } = parseWords(withValues(words));
  const { help, lines, ...options } = values;
  if (help) return { help };
  refuseRepeated(tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : [])));
  const [file, ...others] = positionals;
  if (lines && file === undefined && Object.keys(options).length === 0) return { lines };
  if (lines) throw new Unusable('--lines: takes nothing beside it; see --help');
  if (file === undefined || others.length > 0) throw new Unusable('expected one file; see --help');
  return { file, ...options };
}

function parseWords(args: string[]) {
  try {
    return parseArgs({
      args,
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
  } catch (error) {
    throw error instanceof TypeError ? new Unusable(`${error.message}; see --help`) : error;
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
  if (repeated !== undefined) throw new Unusable(`--${repeated}: given twice`);
}
