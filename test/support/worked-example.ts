/** The worked example of docs/spec/receipt.md: its fenced blocks, as they stand there. */
import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../docs/spec/receipt.md', import.meta.url), 'utf8');

/** The block with this word after its language, with its last newline. Throws for one that is not there. */
export function workedExample(name: string): string {
  const found = new RegExp(`^\`\`\`[a-z]+ ${name}\n(.*?\n)\`\`\`$`, 'ms').exec(page)?.[1];
  if (found === undefined) throw new Error(`docs/spec/receipt.md has no block named ${name}`);
  return found;
}

/** The time at which it is verified, in Unix milliseconds. */
export const WORKED_EXAMPLE_NOW_MS = Number(/\*now\* = (\d+)/.exec(page)?.[1]);
